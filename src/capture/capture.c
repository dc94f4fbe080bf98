/*
 * Captures in: every input of the arguments, merged by time.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "capture/capture.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "capture/inputs.h"
#include "capture/reader.h"

/* How much is read at one time. Measured: below 128 KiB it costs time, above 256 KiB it gains none.
 * Less where many are open together, little for the look at the first packet of each of several. */
enum {
	BUFFER_ALL = 1 << 24,
	BUFFER_MOST = 1 << 18,
	BUFFER_LEAST = 1 << 15,
	BUFFER_LOOK = 1 << 12,
};

struct lane {
	const struct ik_input *input;
	struct ik_reader *reader; /* NULL: not open now */
	ikescope_time time;       /* of its next packet; INT64_MIN: not known yet */
	uint32_t capture;         /* 0: begin() was not called yet */
	bool passed_over;         /* a file of a folder that is no capture */
};

/* The lanes as a binary heap: the one whose packet is next stands first. */
struct merge {
	const struct ik_capture_sink *sink;
	struct lane *lanes;
	size_t n_lanes;
	size_t *heap, n;
	bool incomplete;
};

static bool before(const struct merge *m, size_t a, size_t b)
{
	return m->lanes[a].time < m->lanes[b].time ||
	       (m->lanes[a].time == m->lanes[b].time && a < b);
}

/* Puts the lane that stands first where it belongs, after its time changed. */
static void sift_down(struct merge *m)
{
	size_t lane = m->heap[0], at = 0, child;

	while ((child = 2 * at + 1) < m->n) {
		if (child + 1 < m->n && before(m, m->heap[child + 1], m->heap[child]))
			child++;
		if (!before(m, m->heap[child], lane))
			break;
		m->heap[at] = m->heap[child];
		at = child;
	}
	m->heap[at] = lane;
}

/* The first lane is done. */
static void drop_first(struct merge *m)
{
	m->heap[0] = m->heap[--m->n];
	if (m->n > 0)
		sift_down(m);
}

/* How far the first lane may go on before another one has its turn: ties in argument order. */
static ikescope_time turn_ends(const struct merge *m)
{
	size_t first = m->heap[0], next;

	if (m->n < 2)
		return INT64_MAX;
	next = m->n > 2 && before(m, m->heap[2], m->heap[1]) ? m->heap[2] : m->heap[1];
	return m->lanes[next].time + (first < next ? 1 : 0);
}

/* Whether a path can be opened again later. Only regular files of the given name can. */
static bool reopens(const struct ik_input *input)
{
	struct stat st;

	return strcmp(input->path, "-") != 0 && stat(input->path, &st) == 0 && S_ISREG(st.st_mode);
}

static size_t buffer_size(const struct merge *m, const struct lane *lane)
{
	size_t size = BUFFER_ALL / m->n_lanes;

	if (m->n_lanes > 1 && lane->capture == 0 && reopens(lane->input))
		return BUFFER_LOOK;
	return size > BUFFER_MOST ? BUFFER_MOST : size < BUFFER_LEAST ? BUFFER_LEAST : size;
}

static const char *shown_name(const struct ik_input *input)
{
	return strcmp(input->path, "-") == 0 ? "standard input" : input->path;
}

/* Opens the input of a lane. False where there is nothing to read. */
static bool lane_open(struct merge *m, struct lane *lane)
{
	bool standard = strcmp(lane->input->path, "-") == 0;
	struct ik_stream stream;
	int fd = standard ? STDIN_FILENO : open(lane->input->path, O_RDONLY | O_CLOEXEC | O_NOCTTY);

	if (fd < 0) {
		ik_complain(m->sink, lane->input->path, "%s", strerror(errno));
		m->incomplete = true;
		return false;
	}
	ik_stream_on_fd(&stream, fd, !standard);
	if (m->n_lanes <= IK_WINDOWS_MOST)
		ik_stream_look(&stream);
	lane->reader = ik_reader_open(&stream, shown_name(lane->input), buffer_size(m, lane),
	                              lane->input->member && lane->capture == 0, m->sink,
	                              &lane->passed_over);
	if (lane->reader == NULL && !lane->passed_over)
		m->incomplete = true;
	return lane->reader != NULL;
}

static int lane_begin(struct merge *m, struct lane *lane)
{
	struct ikescope_capture_info info = {.file = lane->input->path};

	ik_reader_describe(lane->reader, &info);
	return m->sink->begin(m->sink->ctx, &info, &lane->capture);
}

static void lane_close(struct lane *lane)
{
	ik_reader_close(lane->reader);
	lane->reader = NULL;
}

/* An input that began has to end, even where it could not be opened a second time. */
static int lane_end(struct merge *m, struct lane *lane)
{
	struct ikescope_capture_stats stats = {.dropped = -1, .problem = "could not be read again"};
	int status;

	if (lane->reader == NULL || !ik_reader_finish(lane->reader, &stats))
		m->incomplete = true;
	status = m->sink->end(m->sink->ctx, lane->capture, &stats);
	lane_close(lane);
	return status;
}

/* Lets the first lane have its turn. At its first turn an input only shows the time of its first
 * packet; where the file can be opened again it stays closed until that time has come, so that of a
 * long rotated set only what overlaps is open. Non-zero: the sink stopped it. */
static int take_turn(struct merge *m)
{
	struct lane *lane = &m->lanes[m->heap[0]];
	bool look = lane->capture == 0 && m->n_lanes > 1;
	enum ik_reader_state state;

	if (lane->reader == NULL && !lane_open(m, lane)) {
		drop_first(m);
		return lane->capture != 0 ? lane_end(m, lane) : 0;
	}
	if (lane->capture == 0 && lane_begin(m, lane) != 0)
		return -1;
	state = ik_reader_run(lane->reader, lane->capture, look ? INT64_MIN : turn_ends(m));
	if (state == IK_READER_STOPPED)
		return -1;
	if (state == IK_READER_ENDED) {
		drop_first(m);
		return lane_end(m, lane);
	}
	lane->time = ik_reader_time(lane->reader);
	if (look && ik_reader_at_first(lane->reader) && reopens(lane->input))
		lane_close(lane);
	sift_down(m);
	return 0;
}

static int merge_begin(struct merge *m, const struct ik_inputs *inputs)
{
	m->n = m->n_lanes = inputs->n;
	m->lanes = calloc(inputs->n + 1, sizeof(*m->lanes));
	m->heap = calloc(inputs->n + 1, sizeof(*m->heap));
	if (m->lanes == NULL || m->heap == NULL)
		return -1;
	for (size_t i = 0; i < inputs->n; i++) {
		m->lanes[i] = (struct lane){.input = &inputs->list[i], .time = INT64_MIN};
		m->heap[i] = i;
	}
	return 0;
}

/* Folders none of whose files is a capture. */
static void complain_of_folders(struct merge *m, char *const *paths, size_t n)
{
	for (size_t folder = 0; folder < n; folder++) {
		size_t members = 0, passed_over = 0;

		for (size_t i = 0; i < m->n_lanes; i++)
			if (m->lanes[i].input->member && m->lanes[i].input->folder == folder) {
				members++;
				passed_over += m->lanes[i].passed_over;
			}
		if (members == 0 || passed_over < members)
			continue;
		ik_complain(m->sink, paths[folder],
		            "the folder holds no capture; folders in it are not looked into");
		m->incomplete = true;
	}
}

static void merge_end(struct merge *m)
{
	for (size_t i = 0; m->lanes != NULL && i < m->n_lanes; i++)
		lane_close(&m->lanes[i]);
	free(m->lanes);
	free(m->heap);
}

enum ik_capture_result ik_capture_files(char *const *paths, size_t n,
                                        const struct ik_capture_sink *sink)
{
	struct merge m = {.sink = sink};
	struct ik_inputs inputs;
	int status = 0;

	if (ik_inputs_make(&inputs, paths, n, sink) < 0 || merge_begin(&m, &inputs) < 0) {
		ik_complain(sink, NULL, "out of memory");
		m.incomplete = true;
		m.n = 0;
	}
	while (m.n > 0 && status == 0)
		status = take_turn(&m);
	if (status == 0)
		complain_of_folders(&m, paths, n);
	merge_end(&m);
	m.incomplete = m.incomplete || inputs.complained;
	ik_inputs_free(&inputs);
	if (status != 0)
		return IK_CAPTURE_STOPPED;
	return m.incomplete ? IK_CAPTURE_INCOMPLETE : IK_CAPTURE_OK;
}
