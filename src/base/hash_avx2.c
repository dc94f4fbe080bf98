/*
 * The digest once more, compiled for processors that take 32 octets at once.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "base/hash.h"

#ifdef IK_HAVE_AVX2
#define XXH_INLINE_ALL
#include <xxhash.h>

uint64_t ik_digest_avx2(const void *data, size_t len)
{
	return XXH3_64bits(data, len);
}
#endif
