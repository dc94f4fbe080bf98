/*
 * Both forms of the digest are one function.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <criterion/criterion.h>

#include "base/hash.h"

Test(base_hash, one_digest_on_every_processor)
{
	uint8_t octets[2048];

	for (size_t i = 0; i < sizeof(octets); i++)
		octets[i] = (uint8_t)(i * 7 + i / 256);
	for (size_t n = 0; n <= sizeof(octets); n++) {
		uint64_t plain = ik_digest_plain(octets, n);

		cr_assert_eq(ik_digest(octets, n), plain, "%zu octets", n);
#ifdef IK_HAVE_AVX2
		if (__builtin_cpu_supports("avx2"))
			cr_assert_eq(ik_digest_avx2(octets, n), plain, "%zu octets", n);
#endif
		if (n > 0)
			cr_assert_neq(ik_digest_plain(octets, n - 1), plain, "%zu octets", n);
	}
}
