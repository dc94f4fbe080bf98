/*
 * NAT detection hashes against the packet they came in: over an address and port of it, over an
 * address with another port, or over nothing that was tried.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "base/addr.h"
#include "diag/nat.h"
#include "output/dissect.h"

#define GMT0022 0x11 /* the version whose hash is none of those below */

/* Ports that a hash may be over: as seen, those of IKE, none, that of the other side. */
enum { AS_SEEN, IKE, FLOATED, NO_PORT, OTHERS, PORTS };

/* By the end whose address it is. */
static const char *const texts[2][PORTS] = {
        {"fits the source", "fits the source address with port 500",
         "fits the source address with port 4500", "fits the source address with port 0",
         "fits the source address with the destination port"},
        {"fits the destination", "fits the destination address with port 500",
         "fits the destination address with port 4500", "fits the destination address with port 0",
         "fits the destination address with the source port"},
};
static const char nowhere[] = "fits neither address with a port of this packet, 500, 4500 or 0";

/* The number of the algorithm: SHA-1 in IKEv2, what was agreed on in IKEv1, which the length tells.
 * 0: none. */
static unsigned algorithm_of(const struct ik_msg *m, const struct ik_natd *natd)
{
	static const struct {
		uint8_t octets, number; /* RFC 2409 appendix A */
	} rows[] = {{16, 1}, {20, 2}, {32, 4}, {48, 5}, {64, 6}};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]) && m->version != GMT0022; i++)
		if (rows[i].octets == natd->octets)
			return m->major == 1 || rows[i].number == 2 ? rows[i].number : 0;
	return 0;
}

struct search {
	struct ik_hashers *hashers;
	const void *method;
	uint8_t head[16];
	uint64_t prefix;
};

/* False with hashers->failed set where there is no memory for it. */
static bool fits(const struct search *s, const struct ikescope_addr *addr, uint16_t port)
{
	const struct ikescope_endpoint e = {.addr = *addr, .port = port};
	uint64_t prefix;

	if (ik_nat_hash(s->hashers->ctx, s->method, s->head, &e, &prefix))
		return prefix == s->prefix;
	s->hashers->failed = true;
	return false;
}

/* The address that the hash should be over is tried first. */
static const char *find(const struct search *s, const struct ik_dissected *m, bool source)
{
	const struct ikescope_endpoint *ends[] = {&m->source, &m->destination};

	for (unsigned i = 0; i < 2; i++) {
		unsigned end = source ? i : 1 - i;
		const uint16_t ports[PORTS] = {[AS_SEEN] = ends[end]->port,
		                               [IKE] = 500,
		                               [FLOATED] = 4500,
		                               [NO_PORT] = 0,
		                               [OTHERS] = ends[1 - end]->port};

		for (unsigned p = 0; p < PORTS; p++)
			if ((p == AS_SEEN || ports[p] != ports[AS_SEEN]) &&
			    fits(s, &ends[end]->addr, ports[p]))
				return texts[end][p];
	}
	return nowhere;
}

/* Behind the proposals: from the end it is not far. */
static void say(struct ik_decoded *d, const struct ik_natd *natd, const char *text)
{
	for (size_t i = d->fields.n; i-- > 0;) {
		struct ik_field *f = &d->fields.row[i];

		if (f->pos == natd->pos && f->kind == IK_FIELD_OCTETS) {
			f->text = text;
			return;
		}
	}
}

/* RFC 3947 3.2: the first hash of a message of IKEv1 is about its destination. */
void ik_decode_nat(struct ik_decoded *d, const struct ik_dissected *m, struct ik_hashers *hashers)
{
	const struct ik_msg *msg = &d->msg;

	for (size_t i = 0; i < msg->n_natd; i++) {
		const struct ik_natd *natd = &msg->natd[i];
		unsigned number = algorithm_of(msg, natd);
		struct search s = {.hashers = hashers,
		                   .method = ik_nat_method(hashers, number),
		                   .prefix = natd->prefix};

		if (s.method == NULL)
			continue;
		for (unsigned k = 0; k < 8; k++) {
			s.head[k] = (uint8_t)(msg->spi_i >> (56 - 8 * k));
			s.head[8 + k] = (uint8_t)(msg->spi_r >> (56 - 8 * k));
		}
		say(d, natd, find(&s, m, msg->major == 1 ? i > 0 : natd->source));
	}
}
