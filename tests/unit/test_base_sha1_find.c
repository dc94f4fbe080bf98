/*
 * The search for the address behind a SHA-1: every form of it against hashes that Python's hashlib
 * computed, and against OpenSSL.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <criterion/criterion.h>
#include <openssl/evp.h>
#include <string.h>

#include "base/rd.h"
#include "base/sha1_find.h"

typedef uint64_t (*find_fn)(const struct ik_sha1_find *what, uint32_t first, uint64_t n);

static struct form {
	const char *name;
	find_fn find;
} forms[4];
static size_t n_forms;

static void add(const char *name, find_fn find)
{
	forms[n_forms++] = (struct form){name, find};
}

static void set_up(void)
{
	n_forms = 0;
	add("chosen", ik_sha1_find);
	add("plain", ik_sha1_find_plain);
#ifdef IK_HAVE_AVX2
	if (__builtin_cpu_supports("avx2"))
		add("AVX2", ik_sha1_find_avx2);
	if (__builtin_cpu_supports("avx512f"))
		add("AVX-512", ik_sha1_find_avx512);
#endif
}

TestSuite(base_sha1_find, .init = set_up);

/* The octets 1 to 16. */
static const uint32_t head[4] = {0x01020304, 0x05060708, 0x090a0b0c, 0x0d0e0f10};

static struct ik_sha1_find quest(uint64_t hash, uint16_t port)
{
	struct ik_sha1_find what = {.want = {(uint32_t)(hash >> 32), (uint32_t)hash}, .port = port};

	memcpy(what.head, head, sizeof(head));
	return what;
}

/* python3: hashlib.sha1(bytes(range(1, 17)) + ip_address(a).packed + pack("!H", port)) */
static const struct {
	uint32_t address;
	uint16_t port;
	uint64_t hash;
} known[] = {
        {0x00000000, 0, 0x68251a53b9062cc9},    {0x0a000005, 500, 0x95fe0b84f0ae27c0},
        {0xc0a84d0a, 4500, 0xe39749d1757b87da}, {0x647fffff, 500, 0xa39b2f306d0b5c0f},
        {0x37b01ee6, 0, 0xe6c0d94a768f439a},    {0xcb00710a, 65535, 0x5b5c7e0539d5acbe},
        {0xffffffff, 1, 0x6432b2df0d2cdd71},
};
#define KNOWN (sizeof(known) / sizeof(known[0]))

/* Wherever the address lies in the range: at its ends, and at each place of a block. */
Test(base_sha1_find, known_hashes)
{
	for (size_t f = 0; f < n_forms; f++)
		for (size_t i = 0; i < KNOWN; i++) {
			struct ik_sha1_find what = quest(known[i].hash, known[i].port);
			uint64_t address = known[i].address;

			for (uint64_t before = 0; before <= 40 && before <= address; before++) {
				uint32_t first = (uint32_t)(address - before);
				uint64_t most = (UINT64_C(1) << 32) - first;
				uint64_t n = before + 30 < most ? before + 30 : most;

				cr_assert_eq(forms[f].find(&what, first, n), before, "%s, %zu",
				             forms[f].name, i);
				cr_assert_eq(forms[f].find(&what, first, before + 1), before);
				cr_assert_eq(forms[f].find(&what, first, before), before,
				             "%s: found behind the end", forms[f].name);
			}
			if (address < UINT32_MAX)
				cr_assert_eq(forms[f].find(&what, known[i].address + 1, 1), 1);
		}
}

/* Both words and the port count, and all of the head. */
Test(base_sha1_find, nothing_else_fits)
{
	for (size_t f = 0; f < n_forms; f++) {
		struct ik_sha1_find what = quest(known[1].hash, 500);

		what.want[0] ^= 1;
		cr_expect_eq(forms[f].find(&what, 0x0a000000, 256), 256, "%s", forms[f].name);
		what = quest(known[1].hash ^ 0x80000000, 500);
		cr_expect_eq(forms[f].find(&what, 0x0a000000, 256), 256, "%s", forms[f].name);
		what = quest(known[1].hash, 501);
		cr_expect_eq(forms[f].find(&what, 0x0a000000, 256), 256, "%s", forms[f].name);
		for (size_t i = 0; i < 4; i++) {
			what = quest(known[1].hash, 500);
			what.head[i] ^= 1;
			cr_expect_eq(forms[f].find(&what, 0x0a000000, 256), 256);
		}
		cr_expect_eq(forms[f].find(&what, 0x0a000000, 0), 0);
	}
}

static uint64_t openssl(uint32_t address, uint16_t port)
{
	uint8_t in[22], out[EVP_MAX_MD_SIZE];
	unsigned len;

	for (uint8_t i = 0; i < 16; i++)
		in[i] = (uint8_t)(i + 1);
	for (int i = 0; i < 4; i++)
		in[16 + i] = (uint8_t)(address >> (24 - 8 * i));
	in[20] = (uint8_t)(port >> 8);
	in[21] = (uint8_t)port;
	cr_assert_eq(EVP_Digest(in, sizeof(in), out, &len, EVP_sha1(), NULL), 1);
	return ik_be64(out);
}

/* Over a carry through many bits of the address, so through many rows of the table of steps. */
Test(base_sha1_find, the_same_as_openssl)
{
	static const uint32_t around[] = {0x0a000000, 0x0a00ffe0, 0x7ffffff0, 0xac1fffc8};

	for (size_t f = 0; f < n_forms; f++)
		for (size_t k = 0; k < sizeof(around) / sizeof(around[0]); k++)
			for (uint32_t i = 0; i < 64; i++) {
				struct ik_sha1_find what =
				        quest(openssl(around[k] + i, (uint16_t)(i * 1021)),
				              (uint16_t)(i * 1021));

				cr_assert_eq(forms[f].find(&what, around[k] - 3, 80), i + 3,
				             "%s, %08x", forms[f].name, around[k] + i);
			}
}

/* Far from where the search begins. */
Test(base_sha1_find, a_long_way)
{
	struct ik_sha1_find what = quest(openssl(0x0a0fedcb, 500), 500);

	for (size_t f = 0; f < n_forms; f++)
		cr_expect_eq(forms[f].find(&what, 0x0a000001, UINT64_C(1) << 21), 0x0fedca, "%s",
		             forms[f].name);
}
