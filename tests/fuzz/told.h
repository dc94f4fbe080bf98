/*
 * What a fuzz target says about its input. The driver writes it down, so that it can be compared
 * with what another machine says; libFuzzer does not ask.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef TEST_FUZZ_TOLD_H
#define TEST_FUZZ_TOLD_H

#include <stdbool.h>
#include <stddef.h>

/* Whether somebody asks. */
bool told(void);

void tell(const char *octets, size_t len);
void tellf(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif
