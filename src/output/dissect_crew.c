/*
 * Messages to the hands of a crew, a job of some dozens at a time, and what they made of them back
 * in order. A job keeps its output in blocks until the one before it has been written.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <stdlib.h>

#include "output/dissect.h"

#define JOB_MESSAGES 64
#define JOB_OCTETS   32768
#define BLOCKS_KEPT  8 /* for the next job; of hostile messages the output is much longer */

struct job {
	struct ik_jobs *all;
	struct ik_dissected row[JOB_MESSAGES];
	size_t n;
	uint8_t *space; /* of what the messages point at */
	size_t used, cap;
	struct ik_blocks blocks;
	uint64_t shown;
	int error;
};

struct ik_jobs {
	const struct ikescope_dissect_options *options;
	struct ik_hand hand[IKESCOPE_CREW_HANDS];
	struct job job[IKESCOPE_CREW_JOBS];
	size_t first, put; /* the oldest that was put and not written, and how many were; behind
	                    * them is the one that is being filled */
};

struct ik_jobs *ik_jobs_new(const struct ikescope_dissect_options *options)
{
	struct ik_jobs *jobs = (struct ik_jobs *)calloc(1, sizeof(*jobs));

	if (jobs == NULL)
		return NULL;
	jobs->options = options;
	for (size_t i = 0; i < IKESCOPE_CREW_JOBS; i++)
		jobs->job[i].all = jobs;
	for (size_t i = 0; i < options->crew.hands; i++) {
		jobs->hand[i].page.options = options;
		jobs->hand[i].page.cache = ik_json_cache_new();
		if (jobs->hand[i].page.cache == NULL) {
			ik_jobs_free(jobs);
			return NULL;
		}
	}
	return jobs;
}

/* Nobody works on what is freed. */
static void wait_for_all(struct ik_jobs *jobs)
{
	for (; jobs->put > 0; jobs->put--)
		jobs->options->crew.finish(jobs->options->crew.ctx);
}

void ik_jobs_free(struct ik_jobs *jobs)
{
	if (jobs == NULL)
		return;
	wait_for_all(jobs);
	for (size_t i = 0; i < IKESCOPE_CREW_HANDS; i++)
		ik_hand_free(&jobs->hand[i]);
	for (size_t i = 0; i < IKESCOPE_CREW_JOBS; i++) {
		free(jobs->job[i].space);
		ik_blocks_free(&jobs->job[i].blocks);
	}
	free(jobs);
}

/* What a hand does: the messages of a job, none of them the first of the document. */
static void work(void *arg, unsigned number)
{
	struct job *job = (struct job *)arg;
	struct ik_hand *h = &job->all->hand[number];
	unsigned payloads = (unsigned)job->all->options->limits.payloads;
	struct ik_out out;

	if (!ik_out_keep(&out, &job->blocks)) {
		job->error = IKESCOPE_ERR_MEMORY;
		return;
	}
	h->page.out = &out;
	h->page.shown = 1;
	for (size_t i = 0; i < job->n && job->error == 0; i++)
		job->error = ik_decode_fields(&h->outer, &job->row[i], payloads)
		                     ? ik_hand_write(h, &job->row[i])
		                     : IKESCOPE_ERR_MEMORY;
	ik_out_kept(&out);
	job->shown = h->page.shown - 1;
}

static struct job *filling(struct ik_jobs *jobs)
{
	return &jobs->job[(jobs->first + jobs->put) % IKESCOPE_CREW_JOBS];
}

/* Writes what the oldest job made. In front of the first message of the document nothing parts it
 * from others. */
static int write_oldest(struct ik_jobs *jobs, struct ik_dissect_page *page)
{
	struct job *job = &jobs->job[jobs->first];
	struct ik_out *out = page->out;
	size_t skip;

	jobs->options->crew.finish(jobs->options->crew.ctx);
	skip = page->shown == 0 && job->shown > 0 ? 1 : 0;
	jobs->first = (jobs->first + 1) % IKESCOPE_CREW_JOBS;
	jobs->put--;
	job->n = job->used = 0;
	if (job->error != 0)
		return job->error;
	ik_out_flush(out);
	for (size_t i = 0; i < job->blocks.n && out->status == 0; i++, skip = 0)
		if (job->blocks.row[i].len > skip)
			out->status = out->writer->write(out->writer->ctx,
			                                 job->blocks.row[i].octets + skip,
			                                 job->blocks.row[i].len - skip);
	ik_blocks_shrink(&job->blocks, BLOCKS_KEPT);
	page->shown += job->shown;
	return out->status;
}

/* Puts the job that is being filled. One is left to be filled. */
static int put_job(struct ik_jobs *jobs, struct ik_dissect_page *page)
{
	jobs->options->crew.put(jobs->options->crew.ctx, work, filling(jobs));
	jobs->put++;
	return jobs->put == IKESCOPE_CREW_JOBS ? write_oldest(jobs, page) : 0;
}

int ik_jobs_add(struct ik_jobs *jobs, const struct ik_dissected *m, struct ik_dissect_page *page)
{
	size_t size = ik_dissected_size(m);
	struct job *job = filling(jobs);
	int error = 0;

	if (job->n == JOB_MESSAGES || (job->n > 0 && job->cap - job->used < size)) {
		error = put_job(jobs, page);
		job = filling(jobs);
	}
	if (error == 0 && job->n == 0 && job->cap < size) {
		free(job->space);
		job->cap = size > JOB_OCTETS ? size : JOB_OCTETS;
		job->space = (uint8_t *)malloc(job->cap);
		if (job->space == NULL) {
			job->cap = 0;
			error = IKESCOPE_ERR_MEMORY;
		}
	}
	if (error != 0)
		return error;
	ik_dissected_copy(&job->row[job->n++], m, job->space + job->used);
	job->used += size;
	return 0;
}

int ik_jobs_finish(struct ik_jobs *jobs, struct ik_dissect_page *page)
{
	int error = filling(jobs)->n > 0 ? put_job(jobs, page) : 0;

	while (error == 0 && jobs->put > 0)
		error = write_oldest(jobs, page);
	return error;
}
