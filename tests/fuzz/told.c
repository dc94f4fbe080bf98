/*
 * Nobody asks: libFuzzer runs the target.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "fuzz/told.h"

bool told(void)
{
	return false;
}

void tell(const char *octets, size_t len)
{
	(void)octets;
	(void)len;
}

void tellf(const char *format, ...)
{
	(void)format;
}
