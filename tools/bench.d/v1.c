/*
 * IKEv1 negotiations (RFC 2409), healthy and failing. What would be encrypted is random; lengths
 * and the next payload in clear are those of real contents.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "pair.h"

enum {
	NOTIFY_BARE = 12,
	NOTIFY_SPI4 = 16,
	NOTIFY_COOKIES = 28,
	DPD_BODY = 32,
	ID_HOST = 12,
	ID_NET = 16
};

/* clang-format off */
static const struct policy offer_long[] = {
	{7, 4, 14, 1, 256, 28800}, {7, 4, 19, 1, 256, 28800}, {7, 2, 14, 1, 256, 28800},
	{7, 4, 14, 1, 128, 28800}, {7, 2, 14, 1, 128, 28800}, {7, 2, 2, 1, 128, 28800},
	{5, 2, 14, 1, 0, 28800},   {5, 2, 2, 1, 0, 28800},    {5, 1, 2, 1, 0, 28800}, {0, 0, 0, 0, 0, 0},
};
static const struct policy offer_short[] = {
	{7, 4, 14, 1, 256, 28800}, {7, 2, 2, 1, 128, 28800}, {5, 1, 2, 1, 0, 28800}, {0, 0, 0, 0, 0, 0},
};
static const struct suite_v1 suites[] = {
	/* chosen                        digest          block */
	{{{7, 4, 14, 1, 256, 28800}}, DIGEST_SHA256, 16},
	{{{7, 2, 2, 1, 128, 28800}},  DIGEST_SHA1,   16},
	{{{5, 1, 2, 1, 0, 28800}},    DIGEST_MD5,     8},
};
static const char *const vendors_long[] = {
	"09002689dfd6b712",                 /* XAUTH */
	"afcad71368a1f1c96b8696fc77570100", /* dead peer detection, RFC 3706 */
	"4048b7d56ebce88525e7de7f00d6c2d3", /* IKEv1 fragmentation */
	"4a131c81070358455c5728f20e95452f", /* RFC 3947 */
	"7d9419a65310ca6f2c179d9215529d56", /* NAT traversal, drafts 03, 02 and 00 */
	"90cb80913ebb696e086381b5ec427b1f",
	"cd60464335df21f87cfdb2fc68b6a448",
	"4485152d18b6bbcd0be8a8469579ddcc",
	NULL,
};
static const char *const vendors_short[] = {
	"4a131c81070358455c5728f20e95452f", "afcad71368a1f1c96b8696fc77570100", NULL,
};
static const char *const vendors_late[] = {
	"12f5f28c457168a9702d9fe274cc0100", /* Unity */
	"afcad71368a1f1c96b8696fc77570100", "09002689dfd6b712", NULL,
};
/* clang-format on */

static const uint8_t no_cookie[8];

static struct ike_header header(const struct pair *p, unsigned exchange, unsigned flags,
                                uint32_t id)
{
	return (struct ike_header){p->spi_i, p->spi_r, 0x10, (uint8_t)exchange, (uint8_t)flags, id};
}

static void vendors(struct message *m, const char *const *list)
{
	for (; *list != NULL; list++)
		vendor(m, *list, V1_VENDOR);
}

static const struct policy *offer(const struct pair *p)
{
	return p->habits->floats_always ? offer_long : offer_short;
}

static void choose(struct pair *p)
{
	p->suite_v1 = &suites[p->taste % (sizeof(suites) / sizeof(suites[0]))];
}

/* --- messages in clear -------------------------------------------------------------------- */

/* First message of main mode; nothing of the responder is known. */
static struct unit mm1(struct pair *p)
{
	struct ike_header h = header(p, MAIN_MODE, 0, 0);
	struct message m;

	choose(p);
	h.spi_r = no_cookie;
	pair_message(p, &m, &h);
	v1_sa(&m, offer(p));
	vendors(&m, vendors_long);
	return pair_store(p, &m, false);
}

static struct unit mm2(struct pair *p)
{
	struct ike_header h = header(p, MAIN_MODE, 0, 0);
	struct message m;

	pair_message(p, &m, &h);
	v1_sa(&m, p->suite_v1->chosen);
	vendors(&m, vendors_short);
	return pair_store(p, &m, true);
}

/* Two digests, the one of the receiver first (RFC 3947 3.2). */
static void nat_detection(const struct pair *p, struct message *m, bool from_responder)
{
	enum digest d = p->suite_v1->digest;
	uint8_t digest[32];

	pair_nat_digest(p, d, true, from_responder ? &p->i : &p->r, from_responder ? p->i_500 : 500,
	                digest);
	payload(m, V1_NATD);
	m_put(m, digest, digest_octets(d));
	pair_nat_digest(p, d, true, from_responder ? &p->r_inner : &p->i_inner, 500, digest);
	payload(m, V1_NATD);
	m_put(m, digest, digest_octets(d));
}

/* Third and fourth message. */
static struct unit mm_keys(struct pair *p, bool from_responder)
{
	struct ike_header h = header(p, MAIN_MODE, 0, 0);
	struct message m;

	pair_message(p, &m, &h);
	v1_ke(&m, p->suite_v1->chosen[0].group);
	payload(&m, V1_NONCE);
	m_random(&m, p->habits->floats_always ? 32 : 20);
	if (!p->habits->floats_always)
		vendors(&m, vendors_late);
	nat_detection(p, &m, from_responder);
	return pair_store(p, &m, from_responder);
}

/* An informational message in clear with one notify. */
static struct unit clear_notify(struct pair *p, unsigned type)
{
	struct ike_header h = header(p, V1_INFORMATIONAL, 0, (uint32_t)rng_next(&p->rng) | 1);
	struct message m;

	h.spi_r = p->habits->floats_always ? p->spi_r : no_cookie;
	pair_message(p, &m, &h);
	payload(&m, V1_NOTIFY);
	m_put32(&m, 1);
	m_put8(&m, 1);
	m_put8(&m, p->habits->floats_always ? 16 : 0);
	m_put16(&m, type);
	if (p->habits->floats_always) {
		m_put(&m, p->spi_i, 8);
		m_put(&m, p->spi_r, 8);
	}
	return pair_store(p, &m, true);
}

/* --- encrypted messages ------------------------------------------------------------------- */

static struct unit encrypted(struct pair *p, bool from_responder, unsigned exchange, uint32_t id,
                             unsigned first, size_t content)
{
	struct ike_header h = header(p, exchange, V1_ENCRYPTED, id);
	size_t block = p->suite_v1->block;
	struct message m;

	content += p->habits->pads_always ? block : block - 1;
	pair_message(p, &m, &h);
	m_encrypted(&m, first, content / block * block);
	return pair_store(p, &m, from_responder);
}

static size_t hash(const struct pair *p)
{
	return 4 + digest_octets(p->suite_v1->digest);
}

/* --- phase 1 ------------------------------------------------------------------------------ */

/* Main mode up to the fourth message. */
static void main_mode_keys(struct pair *p)
{
	struct unit u = mm1(p);

	pair_exchange(p, u, mm2(p));
	u = mm_keys(p, false);
	pair_exchange(p, u, mm_keys(p, true));
	p->floated = p->nat;
}

static struct unit mm5(struct pair *p)
{
	size_t contact = p->habits->floats_always ? NOTIFY_COOKIES : 0;

	return encrypted(p, false, MAIN_MODE, 0, V1_ID, ID_HOST + hash(p) + contact);
}

static void main_mode(struct pair *p)
{
	struct unit u;

	main_mode_keys(p);
	u = mm5(p);
	pair_exchange(p, u, encrypted(p, true, MAIN_MODE, 0, V1_ID, ID_HOST + hash(p)));
}

static struct unit am1(struct pair *p)
{
	static const uint8_t fqdn[] = "\2\0\0\0branch.example.net";
	struct ike_header h = header(p, AGGRESSIVE_MODE, 0, 0);
	struct message m;

	choose(p);
	h.spi_r = no_cookie;
	pair_message(p, &m, &h);
	v1_sa(&m, offer(p));
	v1_ke(&m, p->suite_v1->chosen[0].group);
	payload(&m, V1_NONCE);
	m_random(&m, 20);
	payload(&m, V1_ID);
	m_put(&m, fqdn, sizeof(fqdn) - 1);
	vendors(&m, vendors_long);
	return pair_store(p, &m, false);
}

static struct unit am2(struct pair *p)
{
	struct ike_header h = header(p, AGGRESSIVE_MODE, 0, 0);
	struct message m;

	pair_message(p, &m, &h);
	v1_sa(&m, p->suite_v1->chosen);
	v1_ke(&m, p->suite_v1->chosen[0].group);
	payload(&m, V1_NONCE);
	m_random(&m, 20);
	payload(&m, V1_ID);
	m_put32(&m, 1u << 24); /* an IPv4 address */
	m_put32(&m, 0xc0a80101);
	payload(&m, V1_HASH);
	m_random(&m, digest_octets(p->suite_v1->digest));
	nat_detection(p, &m, true);
	vendors(&m, vendors_short);
	return pair_store(p, &m, true);
}

static void aggressive_mode(struct pair *p)
{
	struct unit u = am1(p);

	pair_exchange(p, u, am2(p));
	p->floated = p->nat;
	pair_send(p, encrypted(p, false, AGGRESSIVE_MODE, 0, V1_HASH,
	                       hash(p) + 2 * (4 + digest_octets(p->suite_v1->digest))));
	pair_wait(p, 5, 30);
}

/* --- after phase 1 ------------------------------------------------------------------------ */

static uint32_t new_id(struct pair *p)
{
	return (uint32_t)rng_next(&p->rng) | 1;
}

static size_t qm_content(struct pair *p)
{
	return hash(p) + 60 + 36 + 2 * ID_NET + (p->taste & 1 ? 4 + group_octets(2) : 0);
}

static void quick_mode(struct pair *p)
{
	uint32_t id = new_id(p);
	struct unit u = encrypted(p, false, QUICK_MODE, id, V1_HASH, qm_content(p));

	pair_exchange(p, u, encrypted(p, true, QUICK_MODE, id, V1_HASH, qm_content(p)));
	pair_send(p, encrypted(p, false, QUICK_MODE, id, V1_HASH, hash(p)));
	pair_event(p, EVENT_CHILD_UP);
	pair_wait(p, 5, 30);
}

static void inform(struct pair *p, bool from_responder, size_t body)
{
	pair_send(p, encrypted(p, from_responder, V1_INFORMATIONAL, new_id(p), V1_HASH,
	                       hash(p) + body));
	pair_wait(p, 5, 60);
}

static void live(struct pair *p)
{
	for (uint32_t n = rng_below(&p->rng, 2); n > 0; n--) {
		bool asker = rng_percent(&p->rng, 50);

		pair_wait(p, 10000, 40000);
		inform(p, asker, DPD_BODY);
		inform(p, !asker, DPD_BODY);
	}
	pair_wait(p, 5000, 60000);
	inform(p, false, NOTIFY_SPI4);
	pair_event(p, EVENT_CHILD_DOWN);
	inform(p, false, NOTIFY_COOKIES);
}

/* --- scripts ------------------------------------------------------------------------------ */

void v1_healthy(struct pair *p)
{
	main_mode(p);
	quick_mode(p);
	live(p);
}

void v1_aggressive(struct pair *p)
{
	aggressive_mode(p);
	quick_mode(p);
	live(p);
}

void v1_xauth(struct pair *p)
{
	aggressive_mode(p);
	for (unsigned round = 0; round < 2; round++) {
		uint32_t id = new_id(p);
		struct unit u = encrypted(p, true, TRANSACTION, id, V1_HASH, hash(p) + 20);

		pair_exchange(p, u, encrypted(p, false, TRANSACTION, id, V1_HASH, hash(p) + 36));
	}
	quick_mode(p);
	live(p);
}

void v1_silent(struct pair *p)
{
	pair_unanswered(p, mm1(p));
}

void v1_no_proposal(struct pair *p)
{
	struct unit u = mm1(p);

	pair_exchange(p, u, clear_notify(p, NO_PROPOSAL_CHOSEN));
}

void v1_mm3_unanswered(struct pair *p)
{
	struct unit u = mm1(p);

	pair_exchange(p, u, mm2(p));
	pair_unanswered(p, mm_keys(p, false));
}

/* The responder cannot read message 5: it says nothing, or repeats message 4. */
void v1_mm5_unanswered(struct pair *p)
{
	uint64_t start;
	struct unit fourth;

	main_mode_keys(p);
	fourth = (struct unit){(uint16_t)(p->stored - 1), 1};
	start = p->now;
	pair_unanswered(p, mm5(p));
	if (!p->habits->repeats_answers)
		return;
	for (const uint32_t *gap = p->habits->gaps; *gap != 0; gap++) {
		start += (uint64_t)*gap * MILLISECOND + 211;
		pair_send_at(p, fourth, start);
	}
}

void v1_quick_refused(struct pair *p)
{
	struct unit u;

	main_mode(p);
	u = encrypted(p, false, QUICK_MODE, new_id(p), V1_HASH, qm_content(p));
	pair_exchange(p, u,
	              encrypted(p, true, V1_INFORMATIONAL, new_id(p), V1_HASH,
	                        hash(p) + (p->habits->pads_always ? NOTIFY_SPI4 : NOTIFY_BARE)));
	pair_wait(p, 10, 200);
	inform(p, false, NOTIFY_COOKIES);
}

void v1_quick_unanswered(struct pair *p)
{
	main_mode(p);
	pair_unanswered(p, encrypted(p, false, QUICK_MODE, new_id(p), V1_HASH, qm_content(p)));
}

/* The initiator cannot verify the hash of the second message and says nothing more. */
void v1_aggressive_refused(struct pair *p)
{
	struct unit u = am1(p);

	pair_in_vain(p, u, am2(p));
}
