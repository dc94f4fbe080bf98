/*
 * What the scripts are written in: storing messages, sending, waiting, repeating.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "pair.h"

#include <stdio.h>
#include <stdlib.h>

/* Gaps between the copies of a message that nobody answers. */
static const uint32_t gaps_1_8[] = {4000, 7200, 12960, 23328, 41990, 0};
static const uint32_t gaps_doubling[] = {500, 500, 1000, 2000, 4000, 8000, 16000, 0};
static const uint32_t gaps_ten[] = {10000, 10000, 10000, 10000, 10000, 0};
static const uint32_t gaps_two[] = {1900, 3700, 7400, 15000, 30000, 0};
static const uint32_t gaps_eight[] = {8000, 8000, 8000, 0};

/* clang-format off */
const struct habits habits_table[] = {
	/* name          gaps           patience floats pads   repeats */
	{"factor 1.8",   gaps_1_8,         75580, true,  true,  false},
	{"doubling",     gaps_doubling,    28000, false, false, true },
	{"two seconds",  gaps_two,         30000, false, true,  false},
	{"ten seconds",  gaps_ten,         10000, false, true,  true },
	{"eight seconds", gaps_eight,       8000, false, true,  false},
};

const struct script scripts[] = {
	/* name                 version weight failing ip4    script */
	{"v2-healthy",                2, 80, false, false, v2_healthy},
	{"v2-cookie",                 2,  6, false, false, v2_cookie},
	{"v2-invalid-ke",             2,  8, false, false, v2_invalid_ke},
	{"v2-eap",                    2,  6, false, false, v2_eap},
	{"v2-silent",                 2, 15, true,  false, v2_silent},
	{"v2-unreachable",            2,  5, true,  true,  v2_unreachable},
	{"v2-no-proposal",            2, 20, true,  false, v2_no_proposal},
	{"v2-auth-refused",           2, 20, true,  false, v2_auth_refused},
	{"v2-auth-unanswered",        2, 10, true,  false, v2_auth_unanswered},
	{"v2-auth-tail-lost",         2,  5, true,  true,  v2_auth_tail_lost},
	{"v2-fragment-lost",          2,  5, true,  false, v2_fragment_lost},
	{"v2-child-refused",          2, 10, true,  false, v2_child_refused},
	{"v2-eap-refused",            2,  5, true,  false, v2_eap_refused},
	{"v2-dpd-unanswered",         2,  5, true,  false, v2_dpd_unanswered},
	{"v1-healthy",                1, 80, false, false, v1_healthy},
	{"v1-aggressive",             1, 12, false, false, v1_aggressive},
	{"v1-xauth",                  1,  8, false, false, v1_xauth},
	{"v1-silent",                 1, 15, true,  false, v1_silent},
	{"v1-no-proposal",            1, 20, true,  false, v1_no_proposal},
	{"v1-mm3-unanswered",         1,  8, true,  false, v1_mm3_unanswered},
	{"v1-mm5-unanswered",         1, 25, true,  false, v1_mm5_unanswered},
	{"v1-quick-refused",          1, 15, true,  false, v1_quick_refused},
	{"v1-quick-unanswered",       1,  7, true,  false, v1_quick_unanswered},
	{"v1-aggressive-refused",     1, 10, true,  false, v1_aggressive_refused},
	{NULL,                        0,  0, false, false, NULL},
};
/* clang-format on */

const size_t habits_count = sizeof(habits_table) / sizeof(habits_table[0]);

void pair_reset(struct pair *p, uint64_t now)
{
	rng_fill(&p->rng, p->spi_i, 8);
	rng_fill(&p->rng, p->spi_r, 8);
	p->seed = rng_next(&p->rng);
	p->floated = false;
	p->now = now;
	p->stored = p->sends = p->next = 0;
	p->used = 0;
}

static struct stored *new_message(struct pair *p, enum message_kind kind)
{
	struct stored *s;

	if (p->stored == PAIR_MESSAGES) {
		fputs("generator: a script has too many messages\n", stderr);
		abort();
	}
	s = &p->message[p->stored++];
	*s = (struct stored){.offset = p->used, .kind = (uint8_t)kind, .floated = p->floated};
	return s;
}

void pair_message(struct pair *p, struct message *m, const struct ike_header *h)
{
	message_begin(m, p->octets + p->used, PAIR_ROOM - p->used, h, &p->rng);
}

struct unit pair_store(struct pair *p, struct message *m, bool from_responder)
{
	struct stored *s = new_message(p, KIND_IKE);

	s->length = (uint16_t)message_end(m);
	s->from_responder = from_responder;
	p->used += s->length;
	return (struct unit){(uint16_t)(p->stored - 1), 1};
}

struct unit pair_keepalive(struct pair *p)
{
	new_message(p, KIND_KEEPALIVE);
	return (struct unit){(uint16_t)(p->stored - 1), 1};
}

struct unit pair_unreachable(struct pair *p)
{
	struct stored *s = new_message(p, KIND_UNREACHABLE);

	s->from_responder = true;
	return (struct unit){(uint16_t)(p->stored - 1), 1};
}

void pair_wait(struct pair *p, uint32_t low_ms, uint32_t high_ms)
{
	p->now += (uint64_t)rng_between(&p->rng, low_ms, high_ms) * MILLISECOND;
	p->now += rng_below(&p->rng, MILLISECOND);
}

void pair_send_at(struct pair *p, struct unit u, uint64_t time)
{
	uint16_t at;

	for (uint16_t i = 0; i < u.count; i++, time += 12) {
		if (p->sends == PAIR_SENDS) {
			fputs("generator: a script sends too much\n", stderr);
			abort();
		}
		/* in the order of time */
		for (at = p->sends++; at > 0 && p->send[at - 1].time > time; at--)
			p->send[at] = p->send[at - 1];
		p->send[at] = (struct scheduled){time, (uint16_t)(u.first + i), EVENT_NONE};
	}
}

void pair_send(struct pair *p, struct unit u)
{
	pair_send_at(p, u, p->now);
}

void pair_event(struct pair *p, enum send_event e)
{
	p->send[p->sends - 1].event = (uint8_t)e;
}

static uint32_t answer_time(struct pair *p)
{
	return p->round_trip + rng_between(&p->rng, 300, 9000);
}

void pair_exchange(struct pair *p, struct unit request, struct unit response)
{
	uint32_t fate = rng_below(&p->rng, 100);

	pair_send(p, request);
	if (fate < 4) {
		/* the request was lost behind the capture point */
		p->now += (uint64_t)p->habits->gaps[0] * MILLISECOND;
		pair_send(p, request);
	} else if (fate < 6) {
		/* the answer was lost behind the capture point */
		pair_send_at(p, response, p->now + answer_time(p));
		p->now += (uint64_t)p->habits->gaps[0] * MILLISECOND;
		pair_send(p, request);
	}
	p->now += answer_time(p);
	pair_send(p, response);
	p->now += rng_between(&p->rng, 500, 12000);
}

static void repeat(struct pair *p, struct unit u, struct unit reply)
{
	const uint32_t *gap = p->habits->gaps;

	for (;;) {
		pair_send(p, u);
		if (reply.count > 0)
			pair_send_at(p, reply, p->now + answer_time(p));
		if (*gap == 0)
			break;
		p->now += (uint64_t)*gap++ * MILLISECOND + rng_below(&p->rng, 3 * MILLISECOND);
	}
	p->now += (uint64_t)p->habits->patience * MILLISECOND;
}

void pair_unanswered(struct pair *p, struct unit u)
{
	repeat(p, u, (struct unit){0, 0});
}

void pair_in_vain(struct pair *p, struct unit u, struct unit reply)
{
	repeat(p, u, reply);
}

void pair_nat_digest(const struct pair *p, enum digest which, bool responder_known,
                     const struct host *h, uint16_t port, uint8_t *into)
{
	static const uint8_t zero[8];

	nat_digest(p->digester, which, p->spi_i, responder_known ? p->spi_r : zero, h, port, into);
}
