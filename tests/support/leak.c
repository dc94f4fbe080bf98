/*
 * Makes a leak a failure. Criterion runs each test in a process of its own and ends it without the
 * sanitizer's verdict, so a leaking test would pass. Before main() every test gets a teardown that
 * asks for leaks; no suite has to remember it.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <criterion/criterion.h>
#include <stdlib.h>

#ifndef __has_feature
#define __has_feature(x) 0
#endif

#if defined(__SANITIZE_ADDRESS__) || __has_feature(address_sanitizer)
#include <sanitizer/lsan_interface.h>

/* Criterion's list of tests: pointers that the linker gathers, with gaps under the sanitizer. */
extern struct criterion_test *__start_cr_tst[];
extern struct criterion_test *__stop_cr_tst[];

/* Tests that brought a teardown of their own; it runs before the look for leaks. */
enum { OWN_MAX = 256 };
static struct {
	const struct criterion_test *test;
	void (*fini)(void);
} own[OWN_MAX];
static size_t n_own;

static void check_leaks(void)
{
	const struct criterion_test *now = criterion_current_test;

	for (size_t i = 0; i < n_own; i++)
		if (strcmp(own[i].test->category, now->category) == 0 &&
		    strcmp(own[i].test->name, now->name) == 0)
			own[i].fini();
	/* In a teardown a failed assertion does not count any more; a crash does. */
	if (__lsan_do_recoverable_leak_check())
		abort();
}

__attribute__((constructor)) static void add_leak_checks(void)
{
	for (struct criterion_test **t = __start_cr_tst; t < __stop_cr_tst; t++) {
		if (!*t)
			continue;
		if ((*t)->data->fini) {
			if (n_own == OWN_MAX)
				abort();
			own[n_own].test = *t;
			own[n_own++].fini = (*t)->data->fini;
		}
		(*t)->data->fini = check_leaks;
	}
}
#endif

static void *volatile kept;

/* The trap itself is tested: ctest runs this with the variable set and expects the failure. */
Test(leak, trap)
{
	kept = malloc(64);
	cr_assert_not_null(kept);
	if (!getenv("IKESCOPE_LEAK_ON_PURPOSE"))
		free(kept);
	kept = NULL;
}
