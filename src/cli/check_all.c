/*
 * All cases, each in a process of its own: one that ends badly takes no other with it.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cli/check.h"

/* A process at work. */
struct worker {
	pid_t pid; /* 0: idle */
	size_t which;
	FILE *err;  /* its standard error */
	char *text; /* of its result, so far */
	size_t len, cap;
};

struct pool {
	const struct ik_cli *cli;
	const struct ik_check_list *list;
	struct worker *worker;
	struct pollfd *pipe;
	size_t jobs, next; /* the case that starts next */
	json_t **result;   /* of each case that has ended */
	bool failed;
};

/* ---- in the process of the case ----------------------------------------------------------- */

static void write_all(int fd, const char *text, size_t len)
{
	while (len > 0) {
		ssize_t n = write(fd, text, len);

		if (n < 0 && errno != EINTR)
			return;
		if (n > 0) {
			text += n;
			len -= (size_t)n;
		}
	}
}

static void work(const struct pool *p, size_t which, FILE *err, int fd)
{
	json_t *result;
	char *text;

	(void)dup2(fileno(err), STDERR_FILENO);
	result = ik_check_one(p->cli, &p->list->row[which], err);
	text = json_dumps(result, JSON_COMPACT);

	if (text != NULL)
		write_all(fd, text, strlen(text));
	free(text);
	json_decref(result);
	_exit(text != NULL ? 0 : IK_EXIT_LOST);
}

/* ---- in the process of the user ----------------------------------------------------------- */

static bool start(struct pool *p, size_t slot)
{
	struct worker *w = &p->worker[slot];
	int ends[2];

	w->err = tmpfile();
	if (w->err == NULL)
		return false;
	if (pipe(ends) != 0) {
		fclose(w->err);
		return false;
	}
	w->pid = fork();
	if (w->pid == 0) {
		(void)close(ends[0]);
		work(p, p->next, w->err, ends[1]);
	}
	(void)close(ends[1]);
	if (w->pid < 0) {
		w->pid = 0;
		(void)close(ends[0]);
		fclose(w->err);
		return false;
	}
	p->pipe[slot] = (struct pollfd){.fd = ends[0], .events = POLLIN};
	w->which = p->next++;
	w->len = 0;
	return true;
}

/* What a process left: its result, or how it ended. */
static json_t *outcome(const struct worker *w, int status)
{
	json_t *result = w->len > 0 ? json_loadb(w->text, w->len, 0, NULL) : NULL;
	char text[128];
	struct ik_buf how = IK_BUF_ON(text);

	if (result != NULL && WIFEXITED(status) && WEXITSTATUS(status) == 0)
		return result;
	json_decref(result);
	if (WIFSIGNALED(status))
		ik_buf_printf(&how, "ended by signal %d, %s", WTERMSIG(status),
		              strsignal(WTERMSIG(status)));
	else
		ik_buf_printf(&how, "ended with status %d", WEXITSTATUS(status));
	return ik_check_failed("analysis", "comes to its end", text, w->err);
}

static void finish(struct pool *p, size_t slot)
{
	struct worker *w = &p->worker[slot];
	int status = 0;

	(void)close(p->pipe[slot].fd);
	p->pipe[slot].fd = -1;
	while (waitpid(w->pid, &status, 0) < 0 && errno == EINTR)
		;
	w->pid = 0;
	p->result[w->which] = outcome(w, status);
	fclose(w->err);
	p->failed |= p->result[w->which] == NULL;
}

/* Reads what a process has to say; at its end the process is done. */
static void listen_to(struct pool *p, size_t slot)
{
	struct worker *w = &p->worker[slot];
	ssize_t n;

	if (w->cap - w->len < 65536) {
		char *grown = realloc(w->text, w->len + 131072);

		if (grown != NULL) {
			w->text = grown;
			w->cap = w->len + 131072;
		}
	}
	n = w->cap > w->len ? read(p->pipe[slot].fd, w->text + w->len, w->cap - w->len) : 0;
	if (n > 0)
		w->len += (size_t)n;
	else if (n == 0 || errno != EINTR)
		finish(p, slot);
}

/* Starts what may start; returns how many are at work. */
static size_t fill(struct pool *p)
{
	size_t busy = 0;

	for (size_t i = 0; i < p->jobs; i++) {
		if (p->worker[i].pid == 0 && p->next < p->list->n && !p->failed)
			p->failed |= !start(p, i);
		busy += p->worker[i].pid != 0;
	}
	return busy;
}

static bool run_all(struct pool *p, void (*result)(void *ctx, size_t i, json_t *result), void *ctx)
{
	size_t told = 0;

	while (fill(p) > 0) {
		if (poll(p->pipe, p->jobs, -1) < 0 && errno != EINTR)
			p->failed = true;
		for (size_t i = 0; i < p->jobs; i++)
			if (p->worker[i].pid != 0 && p->pipe[i].revents != 0)
				listen_to(p, i);
		for (; told < p->list->n && p->result[told] != NULL; told++)
			result(ctx, told, p->result[told]);
	}
	return !p->failed;
}

bool ik_check_all(const struct ik_cli *cli, const struct ik_check_list *list, unsigned jobs,
                  void (*result)(void *ctx, size_t i, json_t *result), void *ctx)
{
	struct pool p = {.cli = cli, .list = list, .jobs = jobs};
	bool ok;

	p.worker = calloc(jobs, sizeof(*p.worker));
	p.pipe = calloc(jobs, sizeof(*p.pipe));
	p.result = calloc(list->n + 1, sizeof(*p.result));
	for (size_t i = 0; p.pipe != NULL && i < jobs; i++)
		p.pipe[i].fd = -1;
	fflush(NULL); /* or every process writes it once more */
	ok = p.worker != NULL && p.pipe != NULL && p.result != NULL && run_all(&p, result, ctx);
	for (size_t i = 0; p.worker != NULL && i < jobs; i++)
		free(p.worker[i].text);
	for (size_t i = 0; p.result != NULL && i < list->n; i++)
		json_decref(p.result[i]);
	free(p.worker);
	free(p.pipe);
	free(p.result);
	return ok;
}
