/*
 * Text from the wire in a buffer: escaped, and cut where a character ends.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <criterion/criterion.h>

#include "base/buf.h"

TestSuite(base_buf);

Test(base_buf, what_does_not_fit_whole_is_left_out)
{
	static const struct {
		const char *octets, *whole;
		size_t first; /* characters that the first unit takes */
	} rows[] = {
	        {"\xff", "\\xff", 4},
	        {"\\", "\\\\", 2},
	        {"a", "a", 1},
	        {"\xc3\xa9", "\xc3\xa9", 2},
	        {"\xe2\x82\xac", "\xe2\x82\xac", 3},
	        {"\xe2\x80\xae", "\\xe2\\x80\\xae", 4}, /* turns the direction of text round */
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		size_t n = strlen(rows[i].octets), len = strlen(rows[i].whole);

		for (size_t room = 0; room <= len; room++) {
			char text[32];
			struct ik_buf b = ik_buf_on(text, room + 1);
			size_t kept = room / rows[i].first * rows[i].first;

			ik_buf_escape(&b, (const uint8_t *)rows[i].octets, n);
			cr_expect_eq(b.cut, room < len, "row %zu, %zu", i, room);
			cr_expect_eq(b.len, kept, "row %zu, %zu: %zu", i, room, b.len);
			cr_expect(memcmp(text, rows[i].whole, kept) == 0, "row %zu, %zu", i, room);
			cr_expect_eq(text[b.len], '\0', "row %zu, %zu", i, room);
		}
	}
}

Test(base_buf, nothing_follows_what_was_cut)
{
	char text[8];
	struct ik_buf b = IK_BUF_ON(text);

	ik_buf_escape(&b,
	              (const uint8_t *)"ab\xff\xff"
	                               "c",
	              5);
	cr_expect(b.cut);
	cr_expect_str_eq(text, "ab\\xff");
	ik_buf_escape(&b, (const uint8_t *)"d", 1);
	cr_expect_str_eq(text, "ab\\xff");
}
