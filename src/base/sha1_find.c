/* SPDX-License-Identifier: Apache-2.0 */
#include "base/sha1_find.h"

uint64_t ik_sha1_find(const struct ik_sha1_find *what, uint32_t first, uint64_t n)
{
#ifdef IK_HAVE_AVX2
	if (__builtin_cpu_supports("avx512f"))
		return ik_sha1_find_avx512(what, first, n);
	if (__builtin_cpu_supports("avx2"))
		return ik_sha1_find_avx2(what, first, n);
#endif
	return ik_sha1_find_plain(what, first, n);
}
