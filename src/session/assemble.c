/*
 * One pass over the log. All events of an initiator SPI come together; they may still belong to
 * several SAs: two versions, two responders, a responder that was restarted.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "session/assemble.h"

#include <stdlib.h>

#include "base/addr.h"

#define SLOTS   6
#define INSISTS 3 /* transmissions that make a stall: such an initiator is no passing stranger */

/* A negotiation that nobody answered, as it may still be displaced by an earlier one. */
struct stranger {
	uint32_t seq;
	uint8_t *record;
	size_t len;
	uint64_t packets;
};

struct pass {
	struct ik_assembly *a;
	struct ik_event_full first, ev; /* the first event waits: most strangers have no other */
	bool waiting;
	struct ik_sa *slot[SLOTS];
	bool busy[SLOTS];
	uint64_t used[SLOTS], clock;
	struct stranger *heap; /* the largest seq first */
	size_t heap_n, heap_cap;
};

bool ik_assembly_init(struct ik_assembly *a, struct ik_tracker *t, struct ik_spill *spill,
                      const struct ikescope_limits *limits)
{
	a->tracker = t;
	a->limits = limits;
	a->sorter = ik_sorter_new(spill, ik_key_len);
	return a->sorter != NULL;
}

void ik_assembly_close(struct ik_assembly *a)
{
	ik_sorter_free(a->sorter);
	ik_rank_free(a->rank);
	free(a->target);
}

/* ---- records -------------------------------------------------------------------------------- */

bool ik_assembly_flow(void *ctx, const struct ik_esp_flow *flow)
{
	struct ik_assembly *a = (struct ik_assembly *)ctx;
	uint8_t *record = ik_sorter_reserve(a->sorter, IK_KEY_MOST + IK_FLOW_MOST);
	size_t len;

	if (record == NULL)
		return false;
	len = ik_key_put(record, flow->domain, &flow->src, &flow->dst, IK_REC_FLOW, flow->number);
	len += ik_flow_put(record + len, flow);
	ik_sorter_commit(a->sorter, record, len);
	return true;
}

static bool put_pair_event(struct ik_assembly *a, const struct ik_pair_event *ev)
{
	uint8_t *record = ik_sorter_reserve(a->sorter, IK_KEY_MOST + sizeof(*ev));
	size_t len;

	if (record == NULL)
		return false;
	len = ik_key_put(record, ev->domain, &ev->src, &ev->dst, IK_REC_PAIR_EVENT, ev->place);
	memcpy(record + len, ev, sizeof(*ev));
	ik_sorter_commit(a->sorter, record, len + sizeof(*ev));
	return true;
}

/* ---- strangers ------------------------------------------------------------------------------ */

/* The place of a responder among those that got enough first messages for a flood, or NULL. Which
 * these are does not depend on the order of coming here, which differs from run to run. */
static struct ik_target *target_of(struct ik_assembly *a, uint32_t domain,
                                   const struct ikescope_addr *responder)
{
	const uint64_t key[] = {ik_addr_word(responder, 0), ik_addr_word(responder, 8), domain};
	size_t mask = a->n_slots - 1, slot = ik_hash(&a->tracker->key, key, sizeof(key)) & mask;

	while (a->target[slot].count != 0) {
		struct ik_target *t = &a->target[slot];

		if (t->domain == domain && ik_addr_eq(&t->responder, responder))
			return t;
		slot = (slot + 1) & mask;
	}
	if (a->n_targets == a->limits->targets) {
		a->targets_lost++;
		return NULL;
	}
	a->n_targets++;
	a->target[slot] = (struct ik_target){.responder = *responder, .domain = domain};
	return &a->target[slot];
}

static bool grow_targets(struct ik_assembly *a)
{
	struct ik_target *old = a->target;
	size_t n = a->n_slots, slots = n != 0 ? 2 * n : 64;

	a->target = (struct ik_target *)calloc(slots, sizeof(*a->target));
	if (a->target == NULL) {
		a->target = old;
		return false;
	}
	a->n_slots = slots;
	a->n_targets = 0;
	for (size_t i = 0; i < n; i++)
		if (old[i].count != 0)
			*target_of(a, old[i].domain, &old[i].responder) = old[i];
	free(old);
	return true;
}

/* An initiator that never continued. False: out of memory. */
static bool count_target(struct ik_assembly *a, uint32_t domain,
                         const struct ikescope_addr *responder, uint64_t place, ikescope_time time,
                         bool answered)
{
	struct ik_target *t;

	if (ik_tracker_asked(a->tracker, domain, responder) < IK_FLOOD_LEAST)
		return true;
	if (2 * (a->n_targets + 1) > a->n_slots && !grow_targets(a))
		return false;
	t = target_of(a, domain, responder);
	if (t == NULL)
		return true;
	if (t->count == 0 || time < t->first_time || (time == t->first_time && place < t->first)) {
		t->first_time = time;
		t->first = place;
	}
	if (t->count == 0 || time > t->last_time)
		t->last_time = time;
	t->count++;
	t->answered += answered;
	return true;
}

static void forget(struct ik_assembly *a, uint64_t packets)
{
	a->strangers_lost++;
	a->strangers_packets += packets;
}

static void heap_down(struct pass *p, size_t i)
{
	for (;;) {
		size_t most = i;

		for (size_t k = 2 * i + 1; k < 2 * i + 3 && k < p->heap_n; k++)
			if (p->heap[k].seq > p->heap[most].seq)
				most = k;
		if (most == i)
			return;
		struct stranger swap = p->heap[i];

		p->heap[i] = p->heap[most];
		p->heap[most] = swap;
		i = most;
	}
}

static void heap_up(struct pass *p, size_t i)
{
	while (i > 0 && p->heap[(i - 1) / 2].seq < p->heap[i].seq) {
		struct stranger swap = p->heap[i];

		p->heap[i] = p->heap[(i - 1) / 2];
		p->heap[(i - 1) / 2] = swap;
		i = (i - 1) / 2;
	}
}

/* Whether a stranger of this rank would be kept: the earliest are. */
static bool would_keep(const struct pass *p, uint32_t seq)
{
	return p->heap_n < p->a->limits->strangers || (p->heap_n > 0 && seq < p->heap[0].seq);
}

/* Writes the record of a negotiation: key and payload; at most record_size(). */
static size_t record_size(const struct ik_nego *n, bool slim)
{
	return IK_KEY_MOST + ik_nego_size(n, slim);
}

static size_t put_record_of(const struct ik_assembly *a, const struct ik_nego *n, bool slim,
                            uint8_t *out)
{
	size_t key = ik_key_put(out, n->domain, &n->i.addr, &n->r.addr, IK_REC_NEGOTIATION, n->seq);

	if ((n->bits & (IK_N_START_SEEN | IK_N_GAP)) != IK_N_START_SEEN ||
	    n->last_time >= a->settled)
		ik_key_mark(out);
	ik_nego_put(n, slim, out + key);
	return key + ik_nego_size(n, slim);
}

static bool keep_stranger(struct pass *p, const struct ik_nego *n, uint64_t packets)
{
	struct stranger s = {.seq = n->seq, .packets = packets};

	s.record = (uint8_t *)malloc(record_size(n, false));
	if (s.record == NULL)
		return false;
	s.len = put_record_of(p->a, n, false, s.record);
	if (p->heap_n >= p->a->limits->strangers) {
		forget(p->a, p->heap[0].packets);
		free(p->heap[0].record);
		p->heap[0] = s;
		heap_down(p, 0);
		return true;
	}
	if (p->heap_n == p->heap_cap) {
		size_t cap = p->heap_cap != 0 ? 2 * p->heap_cap : 64;
		struct stranger *grown = (struct stranger *)realloc(p->heap, cap * sizeof(*grown));

		if (grown == NULL) {
			free(s.record);
			return false;
		}
		p->heap = grown;
		p->heap_cap = cap;
	}
	p->heap[p->heap_n] = s;
	heap_up(p, p->heap_n++);
	return true;
}

/* ---- negotiations --------------------------------------------------------------------------- */

static bool unanswered(const struct ik_nego *n)
{
	return (n->bits & IK_N_DIR_R2I) == 0 && n->n_icmp == 0 && n->n_lost == 0 &&
	       (n->bits & IK_N_START_SEEN) != 0 && n->messages[IK_I2R] == 1;
}

/* Answered, and never heard of again. */
static bool half_open(const struct ik_nego *n)
{
	return n->messages[IK_I2R] == 1 && (n->bits & IK_N_START_SEEN) != 0 &&
	       (n->state == IK_S_INIT_DONE || n->state == IK_S_COOKIE || n->state == IK_S_MM2 ||
	        n->state == IK_S_AM2);
}

/* What of a negotiation no rule asks its single messages about. */
#define ORDINARY                                                                                   \
	(IK_N_START_SEEN | IK_N_MIRRORED | IK_N_DIR_I2R | IK_N_DIR_R2I | IK_N_MESSAGE |            \
	 IK_N_USED | IK_N_TCP | IK_N_FLOATED | IK_N_RETURN_4500 | IK_N_DELETED | IK_N_EAP)

/* Both announced NAT traversal, or are behind the marker anyway: nothing to say about it. */
static bool natt_settled(const struct ik_nego *n)
{
	const uint32_t natt = IK_CAP_NATT_RFC | IK_CAP_NATT_DRAFT;

	return (n->bits & IK_N_FLOATED) != 0 ||
	       (n->n_steps > 0 && (n->steps[0].bits & IK_STEP_MARKED) != 0) ||
	       ((n->peer[IK_I2R].caps & natt) != 0 && (n->peer[IK_R2I].caps & natt) != 0);
}

static bool ordinary_steps(const struct ik_nego *n)
{
	const unsigned odd = IK_STEP_SNAPPED | IK_STEP_INCOMPLETE | IK_STEP_ERROR;

	for (size_t i = 0; i < n->n_steps; i++)
		if ((n->steps[i].bits & odd) != 0 || n->steps[i].ip_fragments > 1 ||
		    n->steps[i].copies > 2)
			return false;
	return true;
}

/* One path, and that of UDP 4500 behind the move there: neither end moved otherwise. */
static bool stayed(const struct ik_nego *n)
{
	return n->n_paths <= ((n->bits & IK_N_FLOATED) != 0 ? 2 : 1);
}

/* An error notify or a Delete behind IKE_AUTH may be the initiator's no. */
static bool objection(const struct ik_nego *n)
{
	const struct ik_step *s = ik_nego_step(n, n->after_auth_step);

	return s != NULL && (s->inner == 41 || s->inner == 42);
}

/* The answer came when another copy of the request was due, and none came: its sender may have
 * given the SA up by then. Times of waiting only grow. */
static bool answered_late(const struct ik_nego *n, const struct ik_exchange *x)
{
	const struct ik_step *asked = ik_nego_step(n, x->step[0]);
	const struct ik_step *answer = ik_nego_step(n, x->step[1]);

	return asked != NULL && answer != NULL && asked->copies > 1 &&
	       answer->first_time - asked->last_time >= asked->last_time - asked->first_time;
}

/* Nothing about it needs its single messages: it came up and nobody complained. */
static bool unremarkable(const struct ik_nego *n)
{
	bool up = n->state == IK_S_V1_UP || n->state == IK_S_UP || n->state == IK_S_UP_ASSUMED;

	if (!up || n->n_icmp != 0 || n->n_lost != 0 || n->n_anomalies != 0 || objection(n) ||
	    n->dpd_open[0] > 2 || n->dpd_open[1] > 2 || n->n_children == 0 ||
	    (n->bits & ~(uint32_t)ORDINARY) != 0 || n->cookie_rounds != 0 || n->ke_retries != 0 ||
	    !natt_settled(n) || !ordinary_steps(n) || !stayed(n))
		return false;
	for (size_t i = 0; i < n->n_children; i++)
		if (n->children[i].state != IKESCOPE_PHASE_ESTABLISHED)
			return false;
	for (size_t i = 0; i < n->n_exchanges; i++)
		if (n->exchanges[i].state == IK_X_OPEN || n->exchanges[i].refused ||
		    answered_late(n, &n->exchanges[i]))
			return false;
	return true;
}

static uint64_t packets_of(const struct ik_nego *n)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < n->n_steps; i++)
		sum += n->steps[i].copies;
	return sum;
}

/* An initiator that nobody answered and that did not insist: kept, displaced or only counted.
 * *taken: it was one. */
static bool put_stranger(struct pass *p, const struct ik_nego *n, bool *taken)
{
	struct ik_assembly *a = p->a;
	uint64_t packets;

	*taken = false;
	if (!unanswered(n))
		return true;
	packets = packets_of(n);
	if (!count_target(a, n->domain, &n->r.addr, n->first, n->first_time, false))
		return false;
	if (packets >= INSISTS || ik_tracker_answers(a->tracker, n->domain, &n->i.addr, &n->r.addr))
		return true;
	*taken = true;
	if (would_keep(p, n->seq))
		return keep_stranger(p, n, packets);
	forget(a, packets);
	return true;
}

static bool put_negotiation(struct pass *p, const struct ik_nego *n)
{
	struct ik_assembly *a = p->a;
	bool slim = a->slim && unremarkable(n), taken;
	uint8_t *record;

	if (!put_stranger(p, n, &taken))
		return false;
	if (taken)
		return true;
	if (half_open(n) && !count_target(a, n->domain, &n->r.addr, n->first, n->first_time, true))
		return false;
	ik_rank_mark(a->rank, n->seq);
	a->negotiations++;
	a->folded += n->folded;
	a->children_lost += (n->bits & IK_N_CHILDREN_LOST) != 0;
	record = ik_sorter_reserve(a->sorter, record_size(n, slim));
	if (record == NULL)
		return false;
	ik_sorter_commit(a->sorter, record, put_record_of(a, n, slim, record));
	return true;
}

static bool finish_slot(struct pass *p, size_t k)
{
	const struct ik_nego *n = ik_sa_finish(p->slot[k], p->a->end);

	p->busy[k] = false;
	return put_negotiation(p, n);
}

/* What names an SA of which no message was captured concerns the pair. */
static bool homeless(struct pass *p, const struct ik_event_full *ev)
{
	const struct ik_event *e = &ev->e;
	struct ik_pair_event out = {
	        .domain = e->domain,
	        .src = ev->src,
	        .dst = ev->dst,
	        .from = ev->src,
	        .sport = e->sport,
	        .dport = e->dport,
	        .has_ports = true,
	        .protocol = 17,
	        .place = ik_place(e->capture, ik_event_at(e).frame),
	        .time = e->time,
	        .icmp = e->kind == IK_EV_ICMP,
	        .icmp_type = e->np,
	        .icmp_code = e->inner_np,
	        .have = e->sk_len,
	        .total = ik_event_length(e),
	        .has_first = (e->frag_number & 1) != 0,
	        .has_last = (e->frag_number & 2) != 0,
	};

	return put_pair_event(p->a, &out);
}

static bool take(struct pass *p, const struct ik_event_full *ev)
{
	size_t k, pick = SLOTS;

	for (k = 0; k < SLOTS; k++)
		if (p->busy[k] && ik_sa_owns(p->slot[k], ev) &&
		    (pick == SLOTS || p->used[k] > p->used[pick]))
			pick = k;
	for (k = 0; pick == SLOTS && k < SLOTS; k++)
		if (p->busy[k] && ik_sa_adopts(p->slot[k], ev))
			pick = k;
	if (pick == SLOTS && (ev->e.kind == IK_EV_ICMP || ev->e.kind == IK_EV_LOST))
		return homeless(p, ev);
	if (pick == SLOTS) {
		for (pick = 0, k = 0; k < SLOTS; k++)
			if (!p->busy[k] || (p->busy[pick] && p->used[k] < p->used[pick]))
				pick = k;
		if (p->busy[pick] && !finish_slot(p, pick))
			return false;
		if (p->slot[pick] == NULL)
			p->slot[pick] = ik_sa_new(p->a->limits, p->a->tracker->offers);
		if (p->slot[pick] == NULL)
			return false;
		ik_sa_begin(p->slot[pick], ev);
		p->busy[pick] = true;
	}
	p->used[pick] = ++p->clock;
	if (ik_sa_event(p->slot[pick], ev))
		p->a->tracker->counts[ev->e.capture - 1].mirror_duplicates++;
	return true;
}

/* ---- the pass ------------------------------------------------------------------------------- */

static bool on_record(void *ctx, const uint8_t *record, bool first_of_key)
{
	struct pass *p = (struct pass *)ctx;

	if (first_of_key) {
		ik_event_get(&p->first, record);
		p->waiting = true;
		return true;
	}
	if (p->waiting && !take(p, &p->first))
		return false;
	p->waiting = false;
	ik_event_get(&p->ev, record);
	return take(p, &p->ev);
}

/* What the transition rows take for the beginning of an SA; the rest is no stranger. */
static bool begins(const struct ik_event_full *ev)
{
	return (ev->e.bits & IK_EVB_ENCRYPTED) == 0 &&
	       (ik_event_major(&ev->e) == 2 ||
	        ((ev->e.bits & IK_EVB_CLEAR) != 0 && ik_clear_has(&ev->clear, 1)));
}

/* A single first message to a responder that answered nobody at this address: no more than its
 * number is needed once enough of the kind are kept. */
static bool lone_stranger(struct pass *p, bool *taken)
{
	const struct ik_event_full *ev = &p->first;
	const struct ik_event *e = &ev->e;
	bool request = ik_event_major(e) == 2 ? e->exchange == 34 && (e->flags & 0x20) == 0
	                                      : e->exchange == 2 || e->exchange == 4;

	if (e->kind != IK_EV_MESSAGE || e->spi_r != 0 || !request || e->frag_number != 0 ||
	    !begins(ev) || would_keep(p, e->seq) ||
	    ik_tracker_answers(p->a->tracker, e->domain, &ev->src, &ev->dst)) {
		*taken = false;
		return true;
	}
	*taken = true;
	forget(p->a, 1);
	return count_target(p->a, e->domain, &ev->dst, ik_place(e->capture, ik_event_at(e).frame),
	                    e->time, false);
}

static bool on_group_end(void *ctx)
{
	struct pass *p = (struct pass *)ctx;

	if (p->waiting) {
		bool taken;

		p->waiting = false;
		if (!lone_stranger(p, &taken))
			return false;
		if (taken)
			return true;
		if (!take(p, &p->first))
			return false;
	}
	for (size_t k = 0; k < SLOTS; k++)
		if (p->busy[k] && !finish_slot(p, k))
			return false;
	return true;
}

static bool put_strangers(struct pass *p)
{
	for (size_t i = 0; i < p->heap_n; i++) {
		ik_rank_mark(p->a->rank, p->heap[i].seq);
		p->a->negotiations++;
		if (!ik_sorter_append(p->a->sorter, p->heap[i].record, p->heap[i].len))
			return false;
	}
	return true;
}

bool ik_assembly_run(struct ik_assembly *a)
{
	struct ik_tracker *t = a->tracker;
	struct pass p = {.a = a};
	struct ik_log_reader reader = {.ctx = &p,
	                               .size_of = ik_event_size,
	                               .record = on_record,
	                               .group_end = on_group_end};
	bool ok;

	a->rank = ik_rank_new(t->next_seq);
	ok = a->rank != NULL && ik_log_drain(t->log, &reader) && put_strangers(&p);
	for (size_t i = 0; ok && i < t->n_pair_events; i++)
		ok = put_pair_event(a, &t->pair_events[i]);
	ok = ok && ik_sorter_finish(a->sorter);
	if (a->rank != NULL)
		ik_rank_seal(a->rank);
	for (size_t k = 0; k < SLOTS; k++)
		ik_sa_free(p.slot[k]);
	for (size_t i = 0; i < p.heap_n; i++)
		free(p.heap[i].record);
	free(p.heap);
	return ok;
}

uint64_t ik_assembly_id(const struct ik_assembly *a, uint32_t seq)
{
	return ik_rank_of(a->rank, seq);
}
