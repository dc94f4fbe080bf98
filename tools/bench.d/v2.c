/*
 * IKEv2 negotiations (RFC 7296), healthy and failing. What would be encrypted is random; lengths
 * and the next payload in clear are those of real contents.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "pair.h"

enum {
	FRAGMENT = 1180, /* octets of content in one encrypted fragment (RFC 7383) */
	NOTIFY = 8,      /* octets of a notify without data */
	ID = 12,         /* of an identification payload with an IPv4 address */
	SELECTOR = 24,   /* of a traffic selector payload with one IPv4 range */
	CERT_LEAST = 900,
	CERT_MOST = 1500,
};

/* clang-format off */
static const struct transform offer_full[] = {
	{1, 12, 128}, {1, 12, 192}, {1, 12, 256}, {1, 3, 0}, {1, 13, 128}, {1, 13, 256},
	{3, 12, 0}, {3, 13, 0}, {3, 14, 0}, {3, 2, 0}, {3, 5, 0},
	{2, 5, 0}, {2, 6, 0}, {2, 7, 0}, {2, 4, 0}, {2, 2, 0},
	{4, 31, 0}, {4, 19, 0}, {4, 20, 0}, {4, 21, 0}, {4, 14, 0}, {4, 15, 0}, {4, 16, 0}, {0, 0, 0},
	{1, 20, 128}, {1, 20, 192}, {1, 20, 256}, {1, 28, 0},
	{2, 5, 0}, {2, 6, 0}, {2, 7, 0}, {2, 4, 0}, {2, 2, 0},
	{4, 31, 0}, {4, 19, 0}, {4, 20, 0}, {4, 21, 0}, {4, 14, 0}, {4, 15, 0}, {4, 16, 0}, {0, 0, 0},
	{0, 0, 0},
};
static const struct transform offer_four[] = {
	{1, 20, 256}, {2, 7, 0}, {2, 5, 0}, {4, 14, 0}, {4, 16, 0}, {4, 19, 0}, {4, 31, 0}, {0, 0, 0},
	{1, 20, 128}, {2, 7, 0}, {2, 5, 0}, {4, 14, 0}, {4, 16, 0}, {4, 19, 0}, {4, 31, 0}, {0, 0, 0},
	{1, 12, 256}, {2, 7, 0}, {2, 5, 0}, {3, 14, 0}, {3, 12, 0},
	{4, 14, 0}, {4, 16, 0}, {4, 19, 0}, {4, 31, 0}, {0, 0, 0},
	{1, 12, 128}, {2, 7, 0}, {2, 5, 0}, {2, 2, 0}, {3, 14, 0}, {3, 12, 0}, {3, 2, 0},
	{4, 14, 0}, {4, 16, 0}, {4, 19, 0}, {4, 31, 0}, {0, 0, 0},
	{0, 0, 0},
};

static const struct suite suites[] = {
	/* cipher, integrity, PRF, group                             iv block icv prf group */
	{{{1, 12, 256}, {3, 12, 0}, {2, 5, 0}, {4, 14, 0}},          16, 16,  16, 32, 14},
	{{{1, 12, 128}, {3, 12, 0}, {2, 5, 0}, {4, 16, 0}},          16, 16,  16, 32, 16},
	{{{1, 12, 256}, {3, 14, 0}, {2, 7, 0}, {4, 16, 0}},          16, 16,  32, 64, 16},
	{{{1, 12, 128}, {3, 2, 0}, {2, 2, 0}, {4, 14, 0}},           16, 16,  12, 20, 14},
	{{{1, 20, 256}, {2, 7, 0}, {4, 16, 0}},                       8,  1,  16, 64, 16},
	{{{1, 20, 128}, {2, 5, 0}, {4, 19, 0}},                       8,  1,  16, 32, 19},
};
/* clang-format on */

static const uint8_t no_spi[8];

static struct ike_header header(const struct pair *p, unsigned exchange, unsigned flags,
                                uint32_t id)
{
	return (struct ike_header){p->spi_i, p->spi_r, 0x20, (uint8_t)exchange, (uint8_t)flags, id};
}

/* --- IKE_SA_INIT -------------------------------------------------------------------------- */

struct init_request {
	unsigned group;
	size_t cookie; /* octets, 0: none */
	const uint8_t *cookie_data;
};

static void nat_detection(const struct pair *p, struct message *m, bool response)
{
	uint8_t digest[20];

	pair_nat_digest(p, DIGEST_SHA1, response, response ? &p->r_inner : &p->i_inner, 500,
	                digest);
	v2_notify(m, NAT_DETECTION_SOURCE_IP, digest, sizeof(digest));
	pair_nat_digest(p, DIGEST_SHA1, response, response ? &p->i : &p->r,
	                response ? p->i_500 : 500, digest);
	v2_notify(m, NAT_DETECTION_DESTINATION_IP, digest, sizeof(digest));
}

static void hash_algorithms(struct message *m)
{
	static const uint8_t sha2[8] = {0, 2, 0, 3, 0, 4, 0, 5};

	v2_notify(m, SIGNATURE_HASH_ALGORITHMS, sha2, sizeof(sha2));
}

static struct unit init_request(struct pair *p, const struct init_request *what)
{
	struct ike_header h = header(p, IKE_SA_INIT, V2_INITIATOR, 0);
	struct rng body = rng_seeded(p->seed);
	struct message m;

	h.spi_r = no_spi;
	pair_message(p, &m, &h);
	m.rng = &body;
	if (what->cookie > 0)
		v2_notify(&m, COOKIE, what->cookie_data, what->cookie);
	v2_sa(&m, p->habits->floats_always ? offer_full : offer_four);
	v2_ke(&m, what->group);
	payload(&m, V2_NONCE);
	m_random(&m, 32);
	if (!p->habits->floats_always)
		v2_notify(&m, FRAGMENTATION_SUPPORTED, NULL, 0);
	nat_detection(p, &m, false);
	if (p->habits->floats_always) {
		v2_notify(&m, FRAGMENTATION_SUPPORTED, NULL, 0);
		hash_algorithms(&m);
		v2_notify(&m, REDIRECT_SUPPORTED, NULL, 0);
	}
	return pair_store(p, &m, false);
}

static struct unit init_response(struct pair *p)
{
	struct ike_header h = header(p, IKE_SA_INIT, V2_RESPONSE, 0);
	struct message m;

	pair_message(p, &m, &h);
	v2_sa(&m, p->suite->chosen);
	v2_ke(&m, p->suite->group);
	payload(&m, V2_NONCE);
	m_random(&m, 32);
	nat_detection(p, &m, true);
	if (p->certificates) {
		payload(&m, V2_CERTREQ);
		m_put8(&m, 4);
		m_random(&m, 40);
	}
	v2_notify(&m, FRAGMENTATION_SUPPORTED, NULL, 0);
	if (p->habits->floats_always) {
		hash_algorithms(&m);
		v2_notify(&m, CHILDLESS_IKEV2_SUPPORTED, NULL, 0);
		v2_notify(&m, MULTIPLE_AUTH_SUPPORTED, NULL, 0);
	}
	return pair_store(p, &m, true);
}

/* A reply that is one notify in clear. */
static struct unit init_error(struct pair *p, unsigned type, const uint8_t *data, size_t n)
{
	struct ike_header h = header(p, IKE_SA_INIT, V2_RESPONSE, 0);
	struct message m;

	h.spi_r = no_spi;
	pair_message(p, &m, &h);
	v2_notify(&m, type, data, n);
	return pair_store(p, &m, true);
}

static struct unit first_request(struct pair *p)
{
	p->suite = &suites[p->taste % (sizeof(suites) / sizeof(suites[0]))];
	return init_request(p, &(struct init_request){.group = p->suite->group});
}

static void init(struct pair *p)
{
	struct unit request = first_request(p);

	pair_exchange(p, request, init_response(p));
	p->floated = p->nat || p->habits->floats_always;
}

/* --- encrypted messages ------------------------------------------------------------------- */

/* Octets of the body of an SK payload that holds `content`: IV, padding, its length, ICV. */
static size_t sealed(const struct pair *p, size_t content)
{
	size_t block = p->suite->block;

	return p->suite->iv + (content + 1 + block - 1) / block * block + p->suite->icv;
}

static struct unit sk(struct pair *p, const struct ike_header *h, unsigned first, size_t content)
{
	struct message m;

	pair_message(p, &m, h);
	payload(&m, V2_SK);
	put8(m.next, first);
	m_random(&m, sealed(p, content));
	return pair_store(p, &m, (h->flags & V2_RESPONSE) != 0);
}

/* In fragments, where the content is too large for one message. */
static struct unit sk_fragments(struct pair *p, const struct ike_header *h, unsigned first,
                                size_t content)
{
	unsigned total = (unsigned)((content + FRAGMENT - 1) / FRAGMENT);
	struct unit u = {p->stored, 0};
	struct message m;

	if (total == 1)
		return sk(p, h, first, content);
	for (unsigned number = 1; number <= total; number++) {
		size_t n = number < total ? FRAGMENT : content - FRAGMENT * (total - 1);

		pair_message(p, &m, h);
		payload(&m, V2_SKF);
		put8(m.next, number == 1 ? first : 0);
		m_put16(&m, number);
		m_put16(&m, total);
		m_random(&m, sealed(p, n));
		pair_store(p, &m, (h->flags & V2_RESPONSE) != 0);
		u.count++;
	}
	return u;
}

static size_t certificate(struct pair *p)
{
	return p->certificates ? 5 + rng_between(&p->rng, CERT_LEAST, CERT_MOST) + 256 : 0;
}

static size_t authentication(const struct pair *p)
{
	return 8u + p->suite->prf;
}

static size_t child_sa(const struct pair *p)
{
	return p->habits->floats_always ? 144 : 44;
}

static struct unit auth_request(struct pair *p)
{
	struct ike_header h = header(p, IKE_AUTH, V2_INITIATOR, 1);

	return sk_fragments(p, &h, V2_IDI,
	                    ID + certificate(p) + NOTIFY + ID + authentication(p) + child_sa(p) +
	                            2 * SELECTOR + 3 * NOTIFY);
}

static struct unit auth_response(struct pair *p)
{
	struct ike_header h = header(p, IKE_AUTH, V2_RESPONSE, 1);

	return sk_fragments(p, &h, V2_IDR,
	                    ID + certificate(p) + authentication(p) + 44 + 2 * SELECTOR + NOTIFY);
}

/* An exchange that is encrypted on both sides. */
static void exchange(struct pair *p, unsigned type, uint32_t id, unsigned request_first,
                     size_t request, unsigned response_first, size_t response)
{
	struct ike_header q = header(p, type, V2_INITIATOR, id);
	struct ike_header a = header(p, type, V2_RESPONSE, id);
	struct unit u = sk(p, &q, request_first, request);

	pair_exchange(p, u, sk(p, &a, response_first, response));
}

/* The same, begun by the responder of the IKE SA. */
static void exchange_backwards(struct pair *p, unsigned type, uint32_t id, unsigned request_first,
                               size_t request, unsigned response_first, size_t response)
{
	struct ike_header q = header(p, type, 0, id);
	struct ike_header a = header(p, type, V2_INITIATOR | V2_RESPONSE, id);
	struct unit u = sk(p, &q, request_first, request);
	struct unit v;

	p->message[u.first].from_responder = true;
	v = sk(p, &a, response_first, response);
	p->message[v.first].from_responder = false;
	pair_exchange(p, u, v);
}

/* --- scripts ------------------------------------------------------------------------------ */

static void rekey_child(struct pair *p, uint32_t id)
{
	size_t ke = rng_percent(&p->rng, 50) ? 8 + group_octets(p->suite->group) : 0;

	exchange(p, CREATE_CHILD_SA, id, V2_NOTIFY, 12 + 44 + 36 + ke + 2 * SELECTOR, V2_SA,
	         44 + 36 + ke + 2 * SELECTOR);
	exchange(p, V2_INFORMATIONAL, id + 1, V2_DELETE, 12, V2_DELETE, 12);
}

/* What follows IKE_AUTH: liveness, rekeying, in the end a delete. */
static void live(struct pair *p)
{
	uint32_t id = 2, back = 0;

	for (uint32_t n = rng_below(&p->rng, 2); n > 0; n--) {
		pair_wait(p, 10000, 40000);
		if (p->nat && rng_percent(&p->rng, 30))
			pair_send_at(p, pair_keepalive(p), p->now - 5 * SECOND);
		if (rng_percent(&p->rng, 35)) {
			rekey_child(p, id);
			id += 2;
		} else if (rng_percent(&p->rng, 70)) {
			exchange(p, V2_INFORMATIONAL, id++, 0, 0, 0, 0);
		} else {
			exchange_backwards(p, V2_INFORMATIONAL, back++, 0, 0, 0, 0);
		}
	}
	pair_wait(p, 5000, 60000);
	exchange(p, V2_INFORMATIONAL, id, V2_DELETE, 8, 0, 0);
	pair_event(p, EVENT_CHILD_DOWN);
}

static void authenticate(struct pair *p)
{
	struct unit request = auth_request(p);

	pair_exchange(p, request, auth_response(p));
	pair_event(p, EVENT_CHILD_UP);
	live(p);
}

void v2_healthy(struct pair *p)
{
	init(p);
	authenticate(p);
}

void v2_cookie(struct pair *p)
{
	uint8_t cookie[20];
	struct unit request = first_request(p);

	rng_fill(&p->rng, cookie, sizeof(cookie));
	pair_exchange(p, request, init_error(p, COOKIE, cookie, sizeof(cookie)));
	request = init_request(p, &(struct init_request){p->suite->group, sizeof(cookie), cookie});
	pair_exchange(p, request, init_response(p));
	p->floated = p->nat || p->habits->floats_always;
	authenticate(p);
}

void v2_invalid_ke(struct pair *p)
{
	uint8_t wanted[2] = {0};
	struct unit request;

	first_request(p);
	p->stored = 0;
	p->used = 0;
	request = init_request(p, &(struct init_request){.group = p->suite->group == 14 ? 31 : 14});
	wanted[1] = p->suite->group;
	pair_exchange(p, request, init_error(p, INVALID_KE_PAYLOAD, wanted, sizeof(wanted)));
	request = init_request(p, &(struct init_request){.group = p->suite->group});
	pair_exchange(p, request, init_response(p));
	p->floated = p->nat || p->habits->floats_always;
	authenticate(p);
}

/* IKE_AUTH with EAP up to the last round; returns the next message id. */
static uint32_t eap_rounds(struct pair *p)
{
	uint32_t id = 1;

	exchange(p, IKE_AUTH, id++, V2_IDI, ID + child_sa(p) + 2 * SELECTOR + 4 * NOTIFY, V2_IDR,
	         ID + 400 + authentication(p) + 9);
	exchange(p, IKE_AUTH, id++, V2_EAP, 20, V2_EAP, 41);
	exchange(p, IKE_AUTH, id++, V2_EAP, 77, V2_EAP, 56);
	return id;
}

void v2_eap(struct pair *p)
{
	uint32_t id;

	init(p);
	id = eap_rounds(p);
	exchange(p, IKE_AUTH, id++, V2_EAP, 10, V2_EAP, 8);
	exchange(p, IKE_AUTH, id, V2_AUTH, authentication(p), V2_AUTH,
	         authentication(p) + 44 + 2 * SELECTOR + NOTIFY);
	pair_event(p, EVENT_CHILD_UP);
	pair_wait(p, 20000, 90000);
	exchange(p, V2_INFORMATIONAL, id + 1, V2_DELETE, 8, 0, 0);
	pair_event(p, EVENT_CHILD_DOWN);
}

void v2_eap_refused(struct pair *p)
{
	uint32_t id;

	init(p);
	id = eap_rounds(p);
	exchange(p, IKE_AUTH, id, V2_EAP, 10, V2_EAP, 8);
}

void v2_silent(struct pair *p)
{
	pair_unanswered(p, first_request(p));
}

void v2_unreachable(struct pair *p)
{
	struct unit request = first_request(p);

	pair_in_vain(p, request, pair_unreachable(p));
}

void v2_no_proposal(struct pair *p)
{
	struct unit request = first_request(p);

	pair_exchange(p, request, init_error(p, NO_PROPOSAL_CHOSEN, NULL, 0));
}

void v2_auth_refused(struct pair *p)
{
	struct ike_header h = header(p, IKE_AUTH, V2_RESPONSE, 1);
	struct unit request;

	init(p);
	request = auth_request(p);
	pair_exchange(p, request, sk(p, &h, V2_NOTIFY, NOTIFY));
}

void v2_auth_unanswered(struct pair *p)
{
	init(p);
	p->floated = true;
	pair_unanswered(p, auth_request(p));
}

/* A large request without RFC 7383, of which IP fragments get lost. */
void v2_auth_tail_lost(struct pair *p)
{
	struct ike_header h = header(p, IKE_AUTH, V2_INITIATOR, 1);
	struct unit u;

	init(p);
	u = sk(p, &h, V2_IDI, rng_between(&p->rng, 1700, 2300));
	p->message[u.first].lose_tail = true;
	pair_unanswered(p, u);
}

/* RFC 7383, of which the last fragment never arrives. */
void v2_fragment_lost(struct pair *p)
{
	struct ike_header h = header(p, IKE_AUTH, V2_INITIATOR, 1);
	struct unit u;

	init(p);
	u = sk_fragments(p, &h, V2_IDI, rng_between(&p->rng, FRAGMENT + 200, 2 * FRAGMENT));
	u.count--;
	pair_unanswered(p, u);
}

/* The peer authenticates itself, the Child SA is refused, the initiator takes the IKE SA down. */
void v2_child_refused(struct pair *p)
{
	struct ike_header h = header(p, IKE_AUTH, V2_RESPONSE, 1);
	struct unit request;

	init(p);
	p->certificates = false;
	request = auth_request(p);
	pair_exchange(p, request, sk(p, &h, V2_IDR, ID + authentication(p) + NOTIFY));
	pair_wait(p, 1, 20);
	exchange(p, V2_INFORMATIONAL, 2, V2_DELETE, 8, 0, 0);
}

void v2_dpd_unanswered(struct pair *p)
{
	struct ike_header h = header(p, V2_INFORMATIONAL, V2_INITIATOR, 3);
	struct unit request;

	init(p);
	request = auth_request(p);
	pair_exchange(p, request, auth_response(p));
	pair_event(p, EVENT_CHILD_UP);
	pair_wait(p, 10000, 30000);
	exchange(p, V2_INFORMATIONAL, 2, 0, 0, 0, 0);
	pair_wait(p, 10000, 30000);
	pair_event(p, EVENT_CHILD_DOWN);
	pair_unanswered(p, sk(p, &h, 0, 0));
}
