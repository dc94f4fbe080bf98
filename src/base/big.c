/* SPDX-License-Identifier: Apache-2.0 */
#include "base/big.h"

#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>

#include "base/line.h"

#define HUGE ((size_t)2 << 20)

void *ik_big_alloc(size_t size)
{
	size_t align = size >= HUGE / 2 ? HUGE : IK_LINE;
	void *p;

	if (size > SIZE_MAX - align)
		return NULL;
	p = aligned_alloc(align, (size + align - 1) / align * align);
#ifdef MADV_HUGEPAGE
	if (p != NULL && align == HUGE)
		(void)madvise(p, size, MADV_HUGEPAGE);
#endif
	return p;
}
