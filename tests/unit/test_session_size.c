/*
 * What a length gives away: the tables of message sizes, suite by suite.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <criterion/criterion.h>

#include "iana/iana.h"
#include "session/size.h"

TestSuite(session_size);

/* ---- IKEv2 ---------------------------------------------------------------------------------- */

/* Lengths of SK messages by content (RFC 7296 3.14, minimal padding): nothing; a notify without
 * data or the Delete of the IKE SA; INVALID_KE_PAYLOAD; the Delete of one ESP SA; an IKE_AUTH
 * response whose Child SA was refused (IDr of an IPv4 address, PSK); the least that holds one. */
/* clang-format off */
static const struct {
	const char *name;
	struct ik_suite suite;
	uint32_t empty, notify, invalid_ke, delete_esp, refused, success;
} v2[] = {
	{"3DES, SHA1",           {.encr = 3,  .integ = 2,  .prf = 2, .known = true},  60, 68, 68, 68, 108, 180},
	{"AES-CBC, SHA1",        {.encr = 12, .integ = 2,  .prf = 2, .known = true},  76, 76, 76, 76, 124, 188},
	{"AES-CBC, SHA2-256",    {.encr = 12, .integ = 12, .prf = 5, .known = true},  80, 80, 80, 80, 128, 208},
	{"AES-CBC, SHA2-384",    {.encr = 12, .integ = 13, .prf = 6, .known = true},  88, 88, 88, 88, 152, 232},
	{"AES-CBC, SHA2-512",    {.encr = 12, .integ = 14, .prf = 7, .known = true},  96, 96, 96, 96, 176, 256},
	{"AES-CTR, XCBC",        {.encr = 13, .integ = 5,  .prf = 4, .known = true},  53, 61, 63, 65,  97, 169},
	{"AES-GCM, SHA2-256",    {.encr = 20,              .prf = 5, .known = true},  57, 65, 67, 69, 117, 189},
	{"AES-CCM, SHA2-256",    {.encr = 16,              .prf = 5, .known = true},  57, 65, 67, 69, 117, 189},
	{"ChaCha20, SHA2-256",   {.encr = 28,              .prf = 5, .known = true},  57, 65, 67, 69, 117, 189},
	{"AES-GCM, SHA2-384",    {.encr = 20,              .prf = 6, .known = true},  57, 65, 67, 69, 133, 205},
	{"AES-GCM, SHA2-512",    {.encr = 20,              .prf = 7, .known = true},  57, 65, 67, 69, 149, 221},
};
/* clang-format on */

static struct ik_step step_of(uint32_t length, uint8_t inner)
{
	return (struct ik_step){
	        .length = length, .sk_len = (uint16_t)(length - 32), .inner = inner};
}

/* A message of a length can hold its content, and not one octet more than padding leaves room
 * for. */
static void expect_room(size_t row, uint32_t length, uint32_t content)
{
	uint32_t capacity = ik_size_capacity(&v2[row].suite, length - 32);
	uint32_t block = ik_alg_encr_v2(v2[row].suite.encr)->block;

	cr_expect_geq(capacity, content, "%s: %u", v2[row].name, length);
	cr_expect_lt(capacity, content + (block > 1 ? block : 1), "%s: %u holds %u, not %u",
	             v2[row].name, length, capacity, content);
}

Test(session_size, v2_lengths)
{
	for (size_t i = 0; i < sizeof(v2) / sizeof(v2[0]); i++) {
		uint32_t prf = ik_size_prf(&v2[i].suite, 2);

		expect_room(i, v2[i].empty, 0);
		expect_room(i, v2[i].notify, 8);
		expect_room(i, v2[i].invalid_ke, 10);
		expect_room(i, v2[i].delete_esp, 12);
		expect_room(i, v2[i].refused, 12 + 8 + prf + 8);
	}
}

Test(session_size, v2_error_only)
{
	for (size_t i = 0; i < sizeof(v2) / sizeof(v2[0]); i++) {
		const struct ik_suite *s = &v2[i].suite;
		struct ik_step notify = step_of(v2[i].notify, 41);
		struct ik_step ke = step_of(v2[i].invalid_ke, 41);
		struct ik_step refused = step_of(v2[i].refused, 36);
		struct ik_step success = step_of(v2[i].success, 36);

		cr_expect(ik_size_error_only_auth(s, &notify), "%s", v2[i].name);
		cr_expect_not(ik_size_error_only_auth(s, &refused), "%s", v2[i].name);
		cr_expect_not(ik_size_error_only_auth(s, &success), "%s", v2[i].name);
		cr_expect(ik_size_error_only_child(s, &notify), "%s", v2[i].name);
		cr_expect(ik_size_error_only_child(s, &ke), "%s", v2[i].name);
		cr_expect_not(ik_size_error_only_child(s, &success), "%s", v2[i].name);
		cr_expect(ik_size_no_child(s, &refused), "%s", v2[i].name);
		cr_expect_not(ik_size_no_child(s, &success), "%s", v2[i].name);
	}
}

/* Fragments say nothing alone; behind EAP the response has no identity; an unknown suite leaves
 * only what holds for all of them. */
Test(session_size, v2_what_is_not_said)
{
	const struct ik_suite unknown = {0}, gcm = v2[6].suite;
	struct ik_step s = step_of(96, 41);

	cr_assert_eq(ik_size_capacity(&unknown, 100), UINT32_MAX);
	cr_assert_eq(ik_size_capacity(&gcm, 10), 0);
	cr_assert(ik_size_error_only_auth(&unknown, &s));
	s = step_of(97, 41);
	cr_assert_not(ik_size_error_only_auth(&unknown, &s));
	s = step_of(v2[6].refused, 36);
	cr_assert_not(ik_size_no_child(&unknown, &s));
	s.frag_total = 2;
	cr_assert_not(ik_size_no_child(&gcm, &s));
	/* Content of 88 octets and the PRF: room for a Child SA only without IDr. */
	s = step_of(32 + 8 + 16 + 1 + 88 + 32, 36);
	cr_assert(ik_size_no_child(&gcm, &s));
	s.inner = 39;
	cr_assert_not(ik_size_no_child(&gcm, &s));
	s = step_of(32 + 8 + 16 + 1 + 87 + 32, 39);
	cr_assert(ik_size_no_child(&gcm, &s));
}

/* AES-CBC with SHA2-512 pads 180 to 244 octets (proposals of 56, a public value of 96, a nonce of
 * 16 to 64) to messages of 272 to 336. */
Test(session_size, v2_new_ike_sa)
{
	struct ik_suite p384 = {.encr = 12, .integ = 14, .prf = 7, .group = 20, .known = true};
	struct ik_suite p256 = p384, unknown = {.known = false};
	struct ik_step s;

	p256.group = 19;
	for (uint32_t length = 240; length <= 352; length += 16) {
		s = step_of(length, 33);
		cr_expect_eq(ik_size_new_ike_sa(&p384, &s, 56), length >= 272 && length <= 320,
		             "%u", length);
		cr_expect_not(ik_size_new_ike_sa(&p256, &s, 56), "%u", length);
		cr_expect_not(ik_size_new_ike_sa(&unknown, &s, 56), "%u", length);
		cr_expect(ik_size_holds_ike_sa(&unknown, &s));
		cr_expect_eq(ik_size_holds_ike_sa(&p384, &s), length >= 256, "%u", length);
	}
	s = step_of(288, 33);
	s.frag_total = 2;
	cr_expect_not(ik_size_new_ike_sa(&p384, &s, 56));
	cr_expect(ik_size_holds_ike_sa(&p384, &s));
}

/* ---- IKEv1 ---------------------------------------------------------------------------------- */

/* Lengths of encrypted messages by content behind the HASH, with the least padding and with some
 * always: MM5 and MM6 (identity of an IPv4 address), with INITIAL_CONTACT; informationals with a
 * notify without SPI, with an SPI of 4 and of 16 octets; a DPD probe; QM3. */
/* clang-format off */
static const struct {
	const char *name;
	struct ik_suite suite;
	uint32_t mm5[2], contact[2], notify[2], notify4[2], notify16[2], dpd[2], qm3[2];
} v1[] = {
	{"3DES, MD5",     {.encr = 5, .prf = 1, .known = true}, {60, 68},   {92, 92},   {60, 68},   {68, 68},   {76, 84},   {84, 84},   {52, 52}},
	{"3DES, SHA1",    {.encr = 5, .prf = 2, .known = true}, {68, 68},   {92, 100},  {68, 68},   {68, 76},   {84, 84},   {84, 92},   {52, 60}},
	{"AES, SHA1",     {.encr = 7, .prf = 2, .known = true}, {76, 76},   {92, 108},  {76, 76},   {76, 76},   {92, 92},   {92, 92},   {60, 60}},
	{"AES, SHA2-256", {.encr = 7, .prf = 4, .known = true}, {76, 92},   {108, 108}, {76, 92},   {92, 92},   {92, 108},  {108, 108}, {76, 76}},
	{"AES, SHA2-384", {.encr = 7, .prf = 5, .known = true}, {92, 108},  {124, 124}, {92, 108},  {108, 108}, {108, 124}, {124, 124}, {92, 92}},
	{"AES, SHA2-512", {.encr = 7, .prf = 6, .known = true}, {108, 124}, {140, 140}, {108, 124}, {124, 124}, {124, 140}, {140, 140}, {108, 108}},
};
/* clang-format on */

static void expect_v1(size_t row, uint32_t content, const uint32_t want[2])
{
	uint32_t least = 0, most = 0;

	cr_assert(ik_size_v1(&v1[row].suite, content, &least, &most));
	cr_expect(least == want[0] && most == want[1], "%s: %u octets make %u to %u, not %u to %u",
	          v1[row].name, content, least, most, want[0], want[1]);
}

Test(session_size, v1_lengths)
{
	for (size_t i = 0; i < sizeof(v1) / sizeof(v1[0]); i++) {
		expect_v1(i, 12, v1[i].mm5);
		expect_v1(i, 12 + 28, v1[i].contact);
		expect_v1(i, 12, v1[i].notify);
		expect_v1(i, 16, v1[i].notify4);
		expect_v1(i, 28, v1[i].notify16);
		expect_v1(i, 32, v1[i].dpd);
		expect_v1(i, 0, v1[i].qm3);
	}
}

Test(session_size, v1_notifies)
{
	for (size_t i = 0; i < sizeof(v1) / sizeof(v1[0]); i++)
		for (size_t k = 0; k < 2; k++) {
			const struct ik_suite *s = &v1[i].suite;

			cr_expect(ik_size_v1_notify(s, v1[i].notify[k], 0), "%s", v1[i].name);
			cr_expect(ik_size_v1_notify(s, v1[i].notify4[k], 4), "%s", v1[i].name);
			cr_expect(ik_size_v1_notify(s, v1[i].notify16[k], 16), "%s", v1[i].name);
			cr_expect_not(ik_size_v1_notify(s, v1[i].notify[k] + 1, 0), "%s",
			              v1[i].name);
			cr_expect_not(ik_size_v1_notify(s, v1[i].dpd[1] + 64, 16), "%s",
			              v1[i].name);
		}
}

Test(session_size, v1_unknown)
{
	const struct ik_suite none = {0}, odd = {.encr = 65000, .prf = 2, .known = true};
	uint32_t least = 1, most = 1;

	cr_assert_not(ik_size_v1(&none, 12, &least, &most));
	cr_assert_not(ik_size_v1(&odd, 12, &least, &most));
	cr_assert_not(ik_size_v1_notify(&none, 76, 0));
	cr_assert_eq(ik_size_prf(&none, 1), 0);
}
