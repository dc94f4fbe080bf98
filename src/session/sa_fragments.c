/*
 * IKE fragments: RFC 7383 (SKF), whose first fragment shows the first payload, and IKEv1 fragments,
 * which the tracker joins because their inside begins with a header in clear.
 *
 * A request counts as sent with its first fragment: the sender sent all of them. A response counts
 * when it is whole. Another copy of the set is a retransmission.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "base/count.h"
#include "session/sa_parts.h"

static bool has(const struct ik_sa_set *set, unsigned number)
{
	return (set->mask[(number - 1) >> 6] >> ((number - 1) & 63) & 1) != 0;
}

static uint16_t first_missing(const struct ik_sa_set *set)
{
	unsigned most = set->total != 0 ? set->total : 256;

	for (unsigned k = 1; k <= most && k <= 256; k++)
		if (!has(set, k))
			return (uint16_t)k;
	return 0;
}

static struct ik_sa_set *find_set(struct ik_sa *sa, const struct ik_event *e, enum ik_dir dir)
{
	bool v2 = ik_event_major(e) == 2;
	uint32_t id = v2 ? e->mid : e->sk_len;

	for (size_t k = 0; k < SETS; k++) {
		struct ik_sa_set *s = &sa->set[k];

		if (s->open && s->dir == dir && s->exchange == e->exchange && s->mid == id &&
		    s->version == ik_event_major(e) && (!v2 || s->total == e->frag_total))
			return s;
	}
	return NULL;
}

static struct ik_sa_set *open_set(struct ik_sa *sa, const struct ik_event_full *ev, enum ik_dir dir)
{
	const struct ik_event *e = &ev->e;
	struct ik_sa_set *set = &sa->set[sa->set_next++ % SETS];
	bool v2 = ik_event_major(e) == 2;

	*set = (struct ik_sa_set){
	        .mid = v2 ? e->mid : e->sk_len,
	        .total = e->frag_total,
	        .version = (uint8_t)ik_event_major(e),
	        .exchange = e->exchange,
	        .dir = (uint8_t)dir,
	        .open = true,
	};
	if (v2) {
		struct ik_step *s = ik_sa_new_step(sa, ev, dir);

		s->frag_total = e->frag_total;
		s->bits |= IK_STEP_INCOMPLETE;
		s->length = 0;
		s->sk_len = 0;
		set->serial = s->serial;
	}
	return set;
}

static void fragment_v2(struct ik_sa *sa, struct ik_sa_set *set, const struct ik_event_full *ev)
{
	const struct ik_event *e = &ev->e;
	struct ik_step *s = ik_sa_step_of(sa, set->serial);
	bool request = (e->flags & 0x20) == 0;

	if (s == NULL)
		return;
	s->frag_seen = set->seen;
	s->frag_missing = set->seen == set->total ? 0 : first_missing(set);
	s->length += ik_event_length(e);
	s->sk_len = (uint16_t)(s->sk_len + e->sk_len);
	s->last = ik_place(e->capture, ik_event_at(e).frame);
	s->last_time = e->time;
	if (e->frag_number == 1)
		s->inner = e->inner_np;
	if (set->seen == set->total)
		s->bits &= (uint16_t)~IK_STEP_INCOMPLETE;
	if (!set->done && (set->seen == set->total || (request && e->frag_number == 1))) {
		set->done = true;
		ik_sa_transition(sa, s, ev);
	}
}

void ik_sa_fragment(struct ik_sa *sa, const struct ik_event_full *ev, enum ik_dir dir)
{
	const struct ik_event *e = &ev->e;
	struct ik_sa_set *set;
	unsigned number = e->frag_number;

	if (number > 256 || (ik_event_major(e) == 2 && number > e->frag_total))
		return;
	set = find_set(sa, e, dir);
	if (set == NULL)
		set = open_set(sa, ev, dir);
	if (e->frag_total != 0)
		set->total = e->frag_total;
	if (number <= SET_COUNTS)
		ik_count8(&set->count[number - 1]);
	if (has(set, number)) {
		struct ik_step *s = ik_sa_step_of(sa, set->serial);

		/* A further copy of the set: as many as its most repeated fragment. */
		if (s != NULL && number <= SET_COUNTS && set->count[number - 1] > s->copies)
			ik_sa_copy(sa, s, ev);
		return;
	}
	set->mask[(number - 1) >> 6] |= UINT64_C(1) << ((number - 1) & 63);
	set->seen++;
	if (set->version == 2)
		fragment_v2(sa, set, ev);
}

void ik_sa_fragments_assembled(struct ik_sa *sa, enum ik_dir dir)
{
	for (size_t k = 0; k < SETS; k++)
		if (sa->set[k].open && sa->set[k].version == 1 && sa->set[k].dir == dir &&
		    sa->set[k].total != 0 && sa->set[k].seen >= sa->set[k].total)
			sa->set[k].open = false;
}

/* IKEv1 fragments that never became a message: a step of its own, named by what must follow. */
static void leftover_v1(struct ik_sa *sa, const struct ik_sa_set *set)
{
	struct ik_nego *n = &sa->n;
	struct ik_event_full ev = {.e = {.exchange = set->exchange,
	                                 .version = 0x10,
	                                 .time = n->last_time,
	                                 .bits = IK_EVB_ENCRYPTED}};
	struct ik_step *s = ik_sa_new_step(sa, &ev, (enum ik_dir)set->dir);

	s->first = s->last = n->last;
	s->bits |= IK_STEP_INCOMPLETE | IK_STEP_V1_FRAGMENTED;
	s->frag_seen = set->seen;
	s->frag_total = set->total;
	s->frag_missing = first_missing(set);
	/* As many copies of the set as of its most repeated fragment. */
	for (size_t k = 0; k < SET_COUNTS; k++)
		if (set->count[k] > s->copies)
			s->copies = set->count[k];
	s->name = set->exchange == X_QUICK        ? IK_QM1
	          : set->exchange == X_AGGRESSIVE ? (set->dir == IK_I2R ? IK_AM3 : IK_AM2)
	          : set->dir == IK_I2R            ? IK_MM5
	                                          : IK_MM6;
}

void ik_sa_fragments_finish(struct ik_sa *sa)
{
	for (size_t k = 0; k < SETS; k++) {
		struct ik_sa_set *set = &sa->set[k];
		struct ik_step *s;

		if (!set->open)
			continue;
		set->open = false;
		if (set->version == 1) {
			leftover_v1(sa, set);
			continue;
		}
		s = set->done ? NULL : ik_sa_step_of(sa, set->serial);
		if (s != NULL && s->name == IK_M_NONE) {
			struct ik_fsm_input in = {.version = 2,
			                          .exchange = set->exchange,
			                          .dir = set->dir,
			                          .encrypted = true};

			s->name = (uint8_t)ik_fsm_name(&in, set->dir == IK_R2I);
		}
	}
}
