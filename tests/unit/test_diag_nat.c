/*
 * What NAT detection hashes prove: the candidates of the search, the search on threads, and what is
 * concluded for a negotiation. The hashes were computed by Python's hashlib.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <criterion/criterion.h>
#include <string.h>

#include "base/addr.h"
#include "cli/cli.h"
#include "diag/nat.h"

#define PRIVATE UINT64_C(22151424)

static struct ikescope_nat_job job_of(uint64_t hash, uint16_t port)
{
	struct ikescope_nat_job job = {
	        .hash = hash, .port = port, .algorithm = 2, .among = IKESCOPE_NAT_SEARCH_PRIVATE};

	for (uint8_t i = 0; i < 16; i++)
		job.head[i] = (uint8_t)(i + 1);
	return job;
}

static struct ikescope_addr address(const char *text)
{
	struct ikescope_addr a;

	cr_assert(ik_addr_parse(&a, text), "%s", text);
	return a;
}

/* ---- candidates ----------------------------------------------------------------------------- */

/* python3: hashlib.sha1(bytes(range(1, 17)) + ip_address(a).packed + pack("!H", 500)) */
static const struct edge {
	uint64_t number;
	const char *address;
	uint64_t hash;
} edges[] = {
        {0, "192.168.0.0", 0x519850b8e7eebaf4},
        {65535, "192.168.255.255", 0x0e8ec24eeeb84441},
        {65536, "10.0.0.0", 0xb10f7c54ac6c457b},
        {16842751, "10.255.255.255", 0xcf8c7c7899e6c473},
        {16842752, "172.16.0.0", 0xd255c8d770977779},
        {17891327, "172.31.255.255", 0x9e4f20ad2b833be5},
        {17891328, "100.64.0.0", 0x4bc6344eea72ec75},
        {22085631, "100.127.255.255", 0xa39b2f306d0b5c0f},
        {22085632, "169.254.0.0", 0xa2c21dfbb86a20e9},
        {22151167, "169.254.255.255", 0xe83e9c45219ed134},
        {22151168, "192.0.0.0", 0xdf43dfbb4a988ae5},
        {22151423, "192.0.0.255", 0x4180f5f1c608c1c8},
};
#define EDGES (sizeof(edges) / sizeof(edges[0]))

Test(diag_nat, ranges)
{
	for (size_t i = 0; i < EDGES; i++) {
		struct ikescope_nat_job job = job_of(edges[i].hash, 500);
		uint64_t n = edges[i].number, from = n < 5 ? 0 : n - 5;
		struct ikescope_addr a = ikescope_nat_candidate(&job, n);
		struct ikescope_addr want = address(edges[i].address);

		cr_assert_eq(ikescope_nat_candidates(&job), PRIVATE);
		cr_expect(ik_addr_eq(&a, &want), "%s", edges[i].address);
		cr_expect_eq(ikescope_nat_try(&job, from, n + 6), n, "%s", edges[i].address);
		cr_expect_eq(ikescope_nat_try(&job, n, n + 1), n, "%s", edges[i].address);
		cr_expect_eq(ikescope_nat_try(&job, from, n), IKESCOPE_NAT_NONE);
		cr_expect_eq(ikescope_nat_try(&job, n + 1, n + 6), IKESCOPE_NAT_NONE);
		job.among = IKESCOPE_NAT_SEARCH_OFF;
		cr_expect_eq(ikescope_nat_try(&job, from, n + 6), IKESCOPE_NAT_NONE);
		cr_expect_eq(ikescope_nat_candidates(&job), 0);
	}
}

/* The neighbours of the ranges are not among the candidates. */
Test(diag_nat, beside_the_ranges)
{
	struct ikescope_nat_job job = job_of(0, 500);
	struct ikescope_addr a = ikescope_nat_candidate(&job, PRIVATE);

	cr_expect_eq(a.family, 0);
	for (uint64_t i = 0; i < PRIVATE; i += 251) {
		a = ikescope_nat_candidate(&job, i);
		cr_assert(ik_addr_private(&a) || memcmp(a.octet, "\300\0\0", 3) == 0);
	}
}

Test(diag_nat, all_of_ipv4)
{
	/* 255.255.255.255 port 1 */
	struct ikescope_nat_job job = job_of(0x6432b2df0d2cdd71, 1);
	struct ikescope_addr last = address("255.255.255.255"), a;

	job.among = IKESCOPE_NAT_SEARCH_ALL;
	cr_expect_eq(ikescope_nat_candidates(&job), UINT64_C(1) << 32);
	cr_expect_eq(ikescope_nat_try(&job, UINT32_MAX - 100, UINT64_C(1) << 33), UINT32_MAX);
	a = ikescope_nat_candidate(&job, UINT32_MAX);
	cr_expect(ik_addr_eq(&a, &last));
}

/* 172.31.255.255 port 500. */
Test(diag_nat, algorithms)
{
	static const struct {
		uint16_t number;
		uint64_t hash;
	} row[] = {{1, 0xbf4148752e2fddec},
	           {2, 0x9e4f20ad2b833be5},
	           {4, 0xad71442fb6fbf06e},
	           {5, 0x60f48b3d9e27d391},
	           {6, 0x89924475a564fe0a}};

	for (size_t i = 0; i < sizeof(row) / sizeof(row[0]); i++) {
		struct ikescope_nat_job job = job_of(row[i].hash, 500);

		job.algorithm = row[i].number;
		cr_expect_eq(ikescope_nat_try(&job, 17891000, 17892000), 17891327, "%u",
		             row[i].number);
		job.port = 501;
		cr_expect_eq(ikescope_nat_try(&job, 17891000, 17892000), IKESCOPE_NAT_NONE);
		job.port = 500;
		job.algorithm = 3;
		cr_expect_eq(ikescope_nat_try(&job, 17891000, 17892000), IKESCOPE_NAT_NONE);
		job.algorithm = 7;
		cr_expect_eq(ikescope_nat_try(&job, 17891000, 17892000), IKESCOPE_NAT_NONE);
	}
}

/* ---- threads -------------------------------------------------------------------------------- */

Test(diag_nat, threads_find_it_anywhere)
{
	for (size_t i = 0; i < EDGES; i++) {
		struct ikescope_nat_job job = job_of(edges[i].hash, 500);

		cr_assert_eq(ik_nat_search(NULL, &job), edges[i].number, "%s", edges[i].address);
	}
}

Test(diag_nat, threads_find_nothing)
{
	struct ikescope_nat_job job = job_of(0x0123456789abcdef, 500);

	cr_expect_eq(ik_nat_search(NULL, &job), IKESCOPE_NAT_NONE);
}

/* ---- negotiations --------------------------------------------------------------------------- */

/* A runner that counts, and may know the answer without a search. */
struct oracle {
	unsigned passes;
	enum ikescope_nat_search among;
	uint64_t
	        answer; /* if among and port are these; else a real search among the private ones */
	uint16_t port;
	bool lies, blind;
};

static uint64_t ask(void *ctx, const struct ikescope_nat_job *job)
{
	struct oracle *o = ctx;

	o->passes++;
	if (o->lies)
		return 7;
	if (o->among != IKESCOPE_NAT_SEARCH_OFF && job->among == o->among && job->port == o->port)
		return o->answer;
	return o->blind ? IKESCOPE_NAT_NONE : ik_nat_search(NULL, job);
}

/* An IKE_SA_INIT exchange between 203.0.113.10:20001 and 198.51.100.20:500 by what each side hashes
 * of itself and of the other; SPIs 0102030405060708 and 090a0b0c0d0e0f10. */
struct exchange {
	struct ik_nego n;
	struct ik_path path;
};

/* The hashes of both sides: over itself, over the other. */
static void make(struct exchange *x, uint64_t i_own, uint64_t i_other, uint64_t r_own,
                 uint64_t r_other)
{
	*x = (struct exchange){.path = {.i = {address("203.0.113.10"), 20001},
	                                .r = {address("198.51.100.20"), 500}}};
	x->n = (struct ik_nego){.spi_i = 0x0102030405060708,
	                        .spi_r = 0x090a0b0c0d0e0f10,
	                        .version = 2,
	                        .paths = &x->path,
	                        .n_paths = 1};
	x->n.i = x->path.i;
	x->n.r = x->path.r;
	x->n.peer[IK_I2R] =
	        (struct ik_peer){.natd = {i_own, i_other}, .n_natd = 2, .natd_sources = 1};
	x->n.peer[IK_R2I] =
	        (struct ik_peer){.natd = {r_own, r_other}, .n_natd = 2, .natd_sources = 1};
}

/* python3 as above, with a responder SPI of zero in what the initiator sends. */
#define I_INSIDE    0xa758af3864a79c9d /* 10.0.0.5 port 500 */
#define I_INSIDE_0  0x643578924ab18ef0 /* 10.0.0.5 port 0 */
#define I_PORT_500  0x7fc38baac74349a6 /* 203.0.113.10 port 500 */
#define I_PORT_0    0x4ae346e261359410 /* 203.0.113.10 port 0 */
#define I_HERE      0x165dc6ece95838b4 /* 203.0.113.10 port 20001 */
#define I_INVENTED  0x063287315942507d /* 55.176.30.230 port 0 */
#define I_OTHER     0xfcb149f83b2c8109 /* 198.51.100.20 port 500 */
#define R_INSIDE    0xe1849a067625826d /* 192.168.88.20 port 500 */
#define R_HERE      0xe00d02aa519aaf73 /* 198.51.100.20 port 500 */
#define R_CONFUSED  0xd97ae4422caf045a /* 198.51.100.20 port 4500 */
#define R_OTHER     0x52060ba7212f0562 /* 203.0.113.10 port 20001 */
#define R_OTHER_500 0xfeee4f5b61b540d3 /* 203.0.113.10 port 500 */
#define R_PUBLIC    0x05300e957d402ca3 /* 8.8.8.8 port 500 */
#define NOBODY      0x1122334455667788

static struct ik_nat_memory *memory_with(struct oracle *o, enum ikescope_nat_search among,
                                         uint64_t passes)
{
	struct ikescope_options options = ikescope_options_default();
	struct ik_nat_memory *m;

	cr_assert_eq(options.nat_search, IKESCOPE_NAT_SEARCH_PRIVATE);
	options.nat_search = among;
	options.nat_runner = (struct ikescope_nat_runner){o, ask};
	options.limits.nat_passes = passes;
	m = ik_nat_memory_new(&options);
	cr_assert_not_null(m);
	return m;
}

static const struct ik_nat *learn(struct ik_nat_memory *m, const struct exchange *x, uint64_t id)
{
	struct ik_hashers hashers = {.ctx = NULL};

	cr_assert(ik_nat_learn(m, &x->n, id, &hashers));
	ik_nat_learnt(m);
	ik_hashers_free(&hashers);
	return ik_nat_find(m, id);
}

/* What is concluded from the four hashes. */
static const struct conclusion {
	const char *what;
	uint64_t i_own, i_other, r_own, r_other;
	enum ikescope_nat_search among;
	int claim; /* -1: nothing to tell */
	enum ikescope_tri behind_i, behind_r;
	const char *inside_i, *inside_r; /* or NULL */
	const char *words;
} conclusions[] = {
        {"no NAT", I_HERE, I_OTHER, R_HERE, R_OTHER, IKESCOPE_NAT_SEARCH_PRIVATE, -1, IKESCOPE_NO,
         IKESCOPE_NO, NULL, NULL, ""},
        {"source NAT", I_INSIDE, I_OTHER, R_HERE, R_OTHER, IKESCOPE_NAT_SEARCH_PRIVATE,
         IKESCOPE_CERTAIN, IKESCOPE_YES, IKESCOPE_NO, "10.0.0.5", NULL,
         "inside address is 10.0.0.5 port 500, seen here as 203.0.113.10 port 20001"},
        {"source NAT, not searched", I_INSIDE, I_OTHER, R_HERE, R_OTHER, IKESCOPE_NAT_SEARCH_OFF,
         IKESCOPE_POSSIBLE, IKESCOPE_UNKNOWN, IKESCOPE_NO, NULL, NULL, "fits not 203.0.113.10"},
        {"only the port", I_PORT_500, I_OTHER, R_HERE, R_OTHER, IKESCOPE_NAT_SEARCH_OFF,
         IKESCOPE_CERTAIN, IKESCOPE_YES, IKESCOPE_NO, "203.0.113.10", NULL,
         "rewrites only its port: 500 inside, 20001 here"},
        {"destination NAT", I_HERE, I_OTHER, R_INSIDE, R_OTHER, IKESCOPE_NAT_SEARCH_PRIVATE,
         IKESCOPE_CERTAIN, IKESCOPE_NO, IKESCOPE_YES, NULL, "192.168.88.20",
         "The responder is behind NAT: its inside address is 192.168.88.20 port 500"},
        {"beyond this point", I_HERE, I_OTHER, R_HERE, R_PUBLIC, IKESCOPE_NAT_SEARCH_PRIVATE,
         IKESCOPE_POSSIBLE, IKESCOPE_YES, IKESCOPE_NO, "203.0.113.10", NULL,
         "knows the initiator by another address or port"},
        {"beyond this point, only the port", I_HERE, I_OTHER, R_HERE, R_OTHER_500,
         IKESCOPE_NAT_SEARCH_OFF, IKESCOPE_CERTAIN, IKESCOPE_YES, IKESCOPE_NO, "203.0.113.10", NULL,
         "The responder knows the initiator by 203.0.113.10 port 500"},
        {"forced, own address", I_PORT_0, I_OTHER, R_HERE, R_OTHER, IKESCOPE_NAT_SEARCH_OFF,
         IKESCOPE_CERTAIN, IKESCOPE_NO, IKESCOPE_NO, NULL, NULL,
         "own address with port 0, as libreswan"},
        {"forced behind NAT", I_INSIDE_0, I_OTHER, R_HERE, R_OTHER, IKESCOPE_NAT_SEARCH_PRIVATE,
         IKESCOPE_LIKELY, IKESCOPE_YES, IKESCOPE_NO, "10.0.0.5", NULL,
         "10.0.0.5 port 0; as libreswan does that"},
        {"an error", I_HERE, I_OTHER, R_CONFUSED, R_OTHER, IKESCOPE_NAT_SEARCH_PRIVATE,
         IKESCOPE_LIKELY, IKESCOPE_NO, IKESCOPE_NO, NULL, NULL,
         "with port 4500, though it sends from port 500"},
        {"nowhere", NOBODY, I_OTHER, R_HERE, R_OTHER, IKESCOPE_NAT_SEARCH_PRIVATE,
         IKESCOPE_POSSIBLE, IKESCOPE_UNKNOWN, IKESCOPE_NO, NULL, NULL,
         "fits neither 203.0.113.10 nor any private address"},
};

Test(diag_nat, conclusions)
{
	for (size_t i = 0; i < sizeof(conclusions) / sizeof(conclusions[0]); i++) {
		const struct conclusion *k = &conclusions[i];
		struct oracle o = {.passes = 0};
		struct ik_nat_memory *m = memory_with(&o, k->among, 32);
		struct exchange x;
		struct ik_hashers hashers = {.ctx = NULL};
		struct ik_nat plain;
		const struct ik_nat *nat;
		struct ikescope_addr want_i = {0}, want_r = {0}, got_i, got_r;
		enum ikescope_claim claim;
		char text[1024];
		struct ik_buf b = IK_BUF_ON(text);

		make(&x, k->i_own, k->i_other, k->r_own, k->r_other);
		nat = learn(m, &x, 1);
		cr_assert_eq(nat != NULL, k->claim >= 0, "%s", k->what);
		plain = ik_nat_of(&x.n, &hashers);
		ik_hashers_free(&hashers);
		nat = nat != NULL ? nat : &plain;
		cr_expect_eq(ik_nat_claim(nat, 2, &claim), k->claim >= 0, "%s", k->what);
		cr_expect(k->claim < 0 || (int)claim == k->claim, "%s: %d", k->what, (int)claim);
		cr_expect_eq(ik_nat_behind(nat, IK_I2R, false), k->behind_i, "%s", k->what);
		cr_expect_eq(ik_nat_behind(nat, IK_R2I, false), k->behind_r, "%s", k->what);
		if (k->inside_i != NULL)
			want_i = address(k->inside_i);
		if (k->inside_r != NULL)
			want_r = address(k->inside_r);
		got_i = ik_nat_inside(nat, IK_I2R);
		got_r = ik_nat_inside(nat, IK_R2I);
		cr_expect(ik_addr_eq(&got_i, &want_i), "%s", k->what);
		cr_expect(ik_addr_eq(&got_r, &want_r), "%s", k->what);
		ik_words_nat(&b, nat);
		cr_expect(strstr(text, k->words) != NULL, "%s: %s", k->what, text);
		ik_nat_memory_free(m);
	}
}

/* A port that no daemon uses by itself is a NAT even where the hash cannot be explained. */
Test(diag_nat, odd_port)
{
	struct exchange x;
	struct ik_hashers hashers = {.ctx = NULL};
	struct ik_nat nat;

	make(&x, NOBODY, I_OTHER, R_HERE, R_OTHER);
	nat = ik_nat_of(&x.n, &hashers);
	ik_hashers_free(&hashers);
	cr_expect_eq(ik_nat_behind(&nat, IK_I2R, true), IKESCOPE_YES);
	cr_expect_eq(ik_nat_behind(&nat, IK_I2R, false), IKESCOPE_UNKNOWN);
	nat.own[IK_I2R].kind = IK_NAT_FITS;
	cr_expect_eq(ik_nat_behind(&nat, IK_I2R, true), IKESCOPE_NO);
}

/* One hash alone is about one part of the path: aggressive mode encrypts those of the initiator. */
Test(diag_nat, one_hash_alone)
{
	struct ik_nat nat = {.id = 1};

	nat.known[IK_I2R].kind = IK_NAT_FITS;
	cr_expect_eq(ik_nat_behind(&nat, IK_I2R, false), IKESCOPE_UNKNOWN);
	cr_expect_eq(ik_nat_behind(&nat, IK_I2R, true), IKESCOPE_YES);
	nat.own[IK_R2I].kind = IK_NAT_FITS;
	cr_expect_eq(ik_nat_behind(&nat, IK_R2I, false), IKESCOPE_UNKNOWN);
	nat.known[IK_R2I].kind = IK_NAT_FITS;
	cr_expect_eq(ik_nat_behind(&nat, IK_R2I, false), IKESCOPE_NO);
}

/* An address that the daemon invented is no inside address and no NAT. */
Test(diag_nat, invented)
{
	struct oracle o = {
	        .among = IKESCOPE_NAT_SEARCH_ALL, .answer = 0x37b01ee6, .port = 0, .blind = true};
	struct ik_nat_memory *m = memory_with(&o, IKESCOPE_NAT_SEARCH_ALL, 32);
	enum ikescope_claim claim;
	const struct ik_nat *nat;
	struct exchange x;
	char text[512];
	struct ik_buf b = IK_BUF_ON(text);

	make(&x, I_INVENTED, I_OTHER, R_HERE, R_OTHER);
	nat = learn(m, &x, 1);
	cr_assert_not_null(nat);
	/* The ports 500, 4500, 0 and 20001 among the private addresses, then port 0 at once. */
	cr_expect_eq(o.passes, 5);
	cr_expect(ik_nat_invented(&nat->own[IK_I2R]));
	cr_expect(ik_nat_claim(nat, 2, &claim) && claim == IKESCOPE_CERTAIN);
	cr_expect_eq(ik_nat_behind(nat, IK_I2R, false), IKESCOPE_UNKNOWN);
	cr_expect_eq(ik_nat_inside(nat, IK_I2R).family, 0);
	ik_words_nat(&b, nat);
	cr_expect(strstr(text, "55.176.30.230 port 0") != NULL, "%s", text);
	ik_nat_memory_free(m);
}

/* What the library is told has to fit. */
Test(diag_nat, a_runner_that_lies)
{
	struct oracle o = {.lies = true};
	struct ik_nat_memory *m = memory_with(&o, IKESCOPE_NAT_SEARCH_PRIVATE, 32);
	const struct ik_nat *nat;
	struct exchange x;

	make(&x, I_INSIDE, I_OTHER, R_HERE, R_OTHER);
	nat = learn(m, &x, 1);
	cr_assert_not_null(nat);
	cr_expect_eq(nat->own[IK_I2R].kind, IK_NAT_NOWHERE);
	ik_nat_memory_free(m);
}

/* Without a runner the library searches by itself. */
Test(diag_nat, without_a_runner)
{
	struct ikescope_options options = ikescope_options_default();
	struct ik_nat_memory *m = ik_nat_memory_new(&options);
	const struct ik_nat *nat;
	struct exchange x;

	cr_assert_not_null(m);
	make(&x, I_INSIDE, I_OTHER, R_INSIDE, R_OTHER);
	nat = learn(m, &x, 1);
	cr_assert_not_null(nat);
	cr_expect(ik_nat_address(&nat->own[IK_I2R]));
	cr_expect(ik_nat_address(&nat->own[IK_R2I]));
	ik_nat_memory_free(m);
}

/* The same side again: what was found is tried first, what was not is not searched again. */
Test(diag_nat, repeated_attempts)
{
	struct oracle o = {.passes = 0};
	struct ik_nat_memory *m = memory_with(&o, IKESCOPE_NAT_SEARCH_PRIVATE, 32);
	const struct ik_nat *nat;
	struct exchange x;

	make(&x, I_INSIDE, I_OTHER, R_HERE, R_OTHER);
	cr_assert_not_null(learn(m, &x, 4));
	cr_expect_eq(o.passes, 1);
	/* Another responder SPI is another hash of the responder, not of the initiator. */
	x.path.i.port = 20002;
	x.n.peer[IK_R2I].n_natd = 0;
	nat = learn(m, &x, 3);
	cr_assert_not_null(nat);
	cr_expect_eq(o.passes, 1);
	cr_expect(ik_nat_address(&nat->own[IK_I2R]));
	x.n.peer[IK_I2R].natd[0] = NOBODY;
	nat = learn(m, &x, 2);
	cr_assert_not_null(nat);
	cr_expect_eq(nat->own[IK_I2R].kind, IK_NAT_NOWHERE);
	cr_expect_eq(o.passes, 5);
	x.n.peer[IK_I2R].natd[0] = NOBODY + 1;
	nat = learn(m, &x, 1);
	cr_assert_not_null(nat);
	cr_expect_eq(nat->own[IK_I2R].kind, IK_NAT_OPEN);
	cr_expect_eq(o.passes, 5);
	cr_expect_eq(ik_nat_not_searched(m), 0);
	cr_expect_eq(ik_nat_find(m, 3)->id, 3);
	cr_expect_null(ik_nat_find(m, 5));
	ik_nat_memory_free(m);
}

/* No more passes than the limit allows, and what that left out is counted. */
Test(diag_nat, budget)
{
	struct oracle o = {.blind = true};
	struct ik_nat_memory *m = memory_with(&o, IKESCOPE_NAT_SEARCH_PRIVATE, 6);
	struct exchange x;

	for (uint16_t i = 0; i < 3; i++) {
		make(&x, NOBODY, I_OTHER, R_HERE, R_OTHER);
		x.path.i.port = (uint16_t)(20001 + i);
		x.n.peer[IK_R2I].n_natd = 0;
		cr_assert_not_null(learn(m, &x, i));
	}
	cr_expect_eq(o.passes, 6);
	cr_expect_eq(ik_nat_not_searched(m), 2);
	cr_expect_eq(ik_nat_find(m, 1)->own[IK_I2R].kind, IK_NAT_OPEN);
	ik_nat_memory_free(m);
	/* IKEv1 with SHA2-256: a pass counts as eight. */
	m = memory_with(&o, IKESCOPE_NAT_SEARCH_PRIVATE, 16);
	o.passes = 0;
	x.n.version = 1;
	x.n.suite.prf = 4;
	cr_assert_not_null(learn(m, &x, 9));
	cr_expect_eq(o.passes, 2);
	ik_nat_memory_free(m);
}

/* An IPv6 side may hash an IPv4 address: a translator's client, or a daemon that invents one. */
Test(diag_nat, ipv6)
{
	struct oracle o = {.passes = 0};
	struct ik_nat_memory *m = memory_with(&o, IKESCOPE_NAT_SEARCH_PRIVATE, 32);
	const struct ik_nat *nat;
	struct exchange x;

	make(&x, 0x66fc4dadbaab2384, NOBODY, NOBODY, NOBODY); /* 2001:db8:1::10 port 500 */
	x.path.i = (struct ikescope_endpoint){address("2001:db8:1::10"), 500};
	x.path.r = (struct ikescope_endpoint){address("2001:db8:2::20"), 500};
	x.n.peer[IK_R2I].n_natd = 0;
	x.n.peer[IK_I2R].n_natd = 1;
	cr_expect_null(learn(m, &x, 1));
	x.n.peer[IK_I2R].natd[0] = I_INSIDE;
	nat = learn(m, &x, 2);
	cr_assert_not_null(nat);
	cr_expect(ik_nat_address(&nat->own[IK_I2R]));
	ik_nat_memory_free(m);
}

/* Captures on both sides of a NAT: what a side is inside stands in another packet. */
Test(diag_nat, both_sides_captured)
{
	struct ik_path paths[2];
	struct ik_hashers hashers = {.ctx = NULL};
	struct exchange x;
	struct ik_nat nat;

	make(&x, I_INSIDE, I_OTHER, R_HERE, R_OTHER);
	paths[0] = paths[1] = x.path;
	paths[1].i = (struct ikescope_endpoint){address("10.0.0.5"), 500};
	x.n.paths = paths;
	x.n.n_paths = 2;
	nat = ik_nat_of(&x.n, &hashers);
	ik_hashers_free(&hashers);
	cr_expect(ik_nat_address(&nat.own[IK_I2R]));
}

/* The answer comes from another address than the one that was asked, and that both sides hash. */
Test(diag_nat, answered_from_elsewhere)
{
	struct ik_path paths[2];
	struct ik_hashers hashers = {.ctx = NULL};
	enum ikescope_claim claim;
	struct exchange x;
	struct ik_nat nat;

	make(&x, I_HERE, I_OTHER, R_HERE, R_OTHER);
	paths[0] = paths[1] = x.path;
	paths[1].r = (struct ikescope_endpoint){address("198.51.100.99"), 500};
	x.n.paths = paths;
	x.n.n_paths = 2;
	x.n.peer[IK_R2I].natd_path = 1;
	nat = ik_nat_of(&x.n, &hashers);
	cr_expect_not(ik_nat_claim(&nat, 2, &claim));
	cr_expect_eq(ik_nat_behind(&nat, IK_R2I, false), IKESCOPE_NO);
	/* Without the word of the initiator it is the address inside. */
	x.n.peer[IK_I2R].n_natd = 1;
	nat = ik_nat_of(&x.n, &hashers);
	ik_hashers_free(&hashers);
	cr_expect(ik_nat_address(&nat.own[IK_R2I]));
}
