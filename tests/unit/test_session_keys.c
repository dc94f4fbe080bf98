/*
 * Keys of records: the pair comes back, and their octets sort as they should.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <criterion/criterion.h>
#include <string.h>

#include "base/addr.h"
#include "session/record.h"

TestSuite(session_keys);

static const char *const addresses[] = {"192.0.2.1",   "192.0.2.2",   "198.51.100.7",
                                        "2001:db8::1", "2001:db8::2", "fe80::1"};
#define N (sizeof(addresses) / sizeof(addresses[0]))

static struct ikescope_addr address(size_t i)
{
	struct ikescope_addr a;

	cr_assert(ik_addr_parse(&a, addresses[i]));
	return a;
}

Test(session_keys, come_back)
{
	for (size_t i = 0; i < N; i++)
		for (size_t k = 0; k < N; k++) {
			struct ikescope_addr a = address(i), b = address(k);
			bool swap = ik_addr_cmp(&a, &b) > 0;
			uint8_t key[IK_KEY_MOST], other[IK_KEY_MOST];
			size_t len = ik_key_put(key, 0x01020304, &a, &b, IK_REC_FLOW, 77);
			struct ik_record_pair pair = ik_key_pair(key);

			cr_assert_eq(len, ik_key_len(key));
			cr_assert_eq(len % 8, 0);
			cr_assert_eq(ik_key_kind(key), IK_REC_FLOW);
			cr_assert_eq(pair.domain, 0x01020304);
			cr_assert(ik_addr_eq(&pair.low, swap ? &b : &a));
			cr_assert(ik_addr_eq(&pair.high, swap ? &a : &b));
			/* The direction does not matter; the kind and the order are no part of the
			 * pair. */
			cr_assert_eq(ik_key_put(other, 0x01020304, &b, &a, IK_REC_NEGOTIATION, 1),
			             len);
			cr_assert_eq(memcmp(key, other, ik_key_pair_len(key)), 0);
			cr_assert_neq(memcmp(key, other, len), 0);
		}
}

/* Within a pair by kind, then by order, however large. */
Test(session_keys, sort)
{
	static const struct {
		enum ik_record_kind kind;
		uint64_t order;
	} rows[] = {
	        {IK_REC_PAIR_EVENT, 0},
	        {IK_REC_PAIR_EVENT, UINT64_MAX},
	        {IK_REC_FLOW, 1},
	        {IK_REC_FLOW, 256},
	        {IK_REC_NEGOTIATION, 0},
	        {IK_REC_NEGOTIATION, 255},
	        {IK_REC_NEGOTIATION, 65536},
	        {IK_REC_NEGOTIATION, UINT64_MAX},
	};

	for (size_t i = 0; i < N; i += 3)
		for (size_t k = 0; k + 1 < sizeof(rows) / sizeof(rows[0]); k++) {
			struct ikescope_addr a = address(i), b = address(i + 1);
			uint8_t one[IK_KEY_MOST], two[IK_KEY_MOST];
			size_t len = ik_key_put(one, 9, &a, &b, rows[k].kind, rows[k].order);

			(void)ik_key_put(two, 9, &a, &b, rows[k + 1].kind, rows[k + 1].order);
			cr_assert_lt(memcmp(one, two, len), 0, "row %zu", k);
		}
}
