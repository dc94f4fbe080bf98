/*
 * Windows on files, and what happens to those whose file is cut.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "capture/window.h"

#include <pthread.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static struct ik_window windows[IK_WINDOWS_MOST];
static struct sigaction before; /* what was done about SIGBUS before the first window */

/* Puts zeros where the file is gone, from the page of the fault to the end of its window. A fault
 * elsewhere is not ours: with the former action in place it happens again at once. */
static void on_fault(int number, siginfo_t *info, void *context)
{
	uintptr_t fault = (uintptr_t)info->si_addr, page = (uintptr_t)sysconf(_SC_PAGESIZE);

	(void)context;
	for (size_t i = 0; i < IK_WINDOWS_MOST; i++) {
		struct ik_window *w = &windows[i];
		uintptr_t at = (uintptr_t)w->at;
		size_t gone;

		if (w->at == NULL || fault < at || fault >= at + IK_WINDOW)
			continue;
		gone = (size_t)((fault - at) & ~(page - 1));
		w->torn = 1;
		if (mmap(w->at + gone, IK_WINDOW - gone, PROT_READ,
		         MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) != MAP_FAILED)
			return;
	}
	(void)sigaction(number, &before, NULL);
}

static void guard(void)
{
	struct sigaction action = {.sa_sigaction = on_fault, .sa_flags = SA_SIGINFO};

	(void)sigemptyset(&action.sa_mask);
	(void)sigaction(SIGBUS, &action, &before);
}

struct ik_window *ik_window_open(int fd, off_t offset)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;
	void *at;

	for (size_t i = 0; i < IK_WINDOWS_MOST; i++) {
		struct ik_window *w = &windows[i];

		if (w->at != NULL)
			continue;
		(void)pthread_once(&once, guard);
		at = mmap(NULL, IK_WINDOW, PROT_READ, MAP_SHARED, fd, offset);
		if (at == MAP_FAILED)
			return NULL;
		*w = (struct ik_window){.at = at};
		return w;
	}
	return NULL;
}

void ik_window_close(struct ik_window *w)
{
	if (w == NULL)
		return;
	(void)munmap(w->at, IK_WINDOW);
	w->at = NULL;
}
