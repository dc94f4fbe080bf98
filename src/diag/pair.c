/* SPDX-License-Identifier: Apache-2.0 */
#include "diag/pair.h"

#include <stdlib.h>

#include "base/addr.h"

#define EVENTS_MOST  1024
#define OWNERS_TRIED 256
#define BESIDE       (60 * IKESCOPE_SECOND)
#define KEEP_WORDS   (UINT32_C(1) << 17) /* of eight octets */

/* ---- reading -------------------------------------------------------------------------------- */

/* A negotiation of a record: in place where the record stays, else from a copy that is aligned. */
static bool read_negotiation(struct ik_pair_reader *r, const uint8_t *payload, size_t len,
                             struct ik_nego *n)
{
	struct ik_nego_space *space = &r->space;
	size_t need = (len + 7) / 8;

	if (ik_cursor_lasting(r->cursor)) {
		ik_nego_get(n, payload);
		return true;
	}
	if (need > space->cap) {
		uint64_t *grown = (uint64_t *)realloc(space->words, 2 * need * sizeof(*grown));

		if (grown == NULL)
			return false;
		space->words = grown;
		space->cap = 2 * need;
	}
	memcpy(space->words, payload, len);
	ik_nego_get(n, (const uint8_t *)space->words);
	return true;
}

void ik_nego_space_free(struct ik_nego_space *space)
{
	free(space->words);
	*space = (struct ik_nego_space){0};
}

void ik_pair_free(struct ik_pair *p)
{
	free(p->briefs);
	free(p->flows);
	free(p->events);
}

/* Room for one more of an array. */
static void *more(void *array, size_t n, size_t *cap, size_t size)
{
	size_t want = *cap != 0 ? 2 * *cap : 8;
	void *grown = array;

	if (n == *cap) {
		grown = realloc(array, want * size);
		if (grown != NULL)
			*cap = want;
	}
	return grown;
}

static bool add_flow(struct ik_pair *p, const uint8_t *payload)
{
	void *grown = more(p->flows, p->n_flows, &p->cap_flows, sizeof(*p->flows));
	struct ik_pair_flow *flow;
	size_t side;

	if (grown == NULL)
		return false;
	p->flows = (struct ik_pair_flow *)grown;
	flow = &p->flows[p->n_flows++];
	flow->brief = SIZE_MAX;
	flow->child = -1;
	ik_flow_get(&flow->esp, payload);
	side = ik_pair_side(p, &flow->esp.src);
	p->flows_from[side] = true;
	if (flow->esp.encapsulation == IKESCOPE_ENCAP_UDP &&
	    flow->esp.last_time > p->udp_until[side])
		p->udp_until[side] = flow->esp.last_time;
	return true;
}

static bool add_event(struct ik_pair *p, const uint8_t *payload)
{
	void *grown;

	if (p->n_events == EVENTS_MOST) {
		p->events_lost++;
		return true;
	}
	grown = more(p->events, p->n_events, &p->cap_events, sizeof(*p->events));
	if (grown == NULL)
		return false;
	p->events = (struct ik_pair_event *)grown;
	memcpy(&p->events[p->n_events++], payload, sizeof(*p->events));
	return true;
}

/* ---- briefs --------------------------------------------------------------------------------- */

static bool usual_port(const struct ik_pair_reader *r, uint16_t port)
{
	if (port == 500 || port == 4500 || port == 0)
		return true;
	for (size_t i = 0; i < r->n_ike_ports; i++)
		if (r->ike_ports[i] == port)
			return true;
	return false;
}

/* CREATE_CHILD_SA exchanges that succeeded and do not say that they rekey a Child SA. */
static void rekey_candidate(struct ik_brief *b, const struct ik_nego *n)
{
	for (size_t i = 0; i < n->n_children; i++) {
		const struct ik_child *c = &n->children[i];

		if (c->kind == IK_CHILD_CREATE && c->rekeys != IKESCOPE_YES &&
		    c->state == IKESCOPE_PHASE_ESTABLISHED) {
			b->rekey_candidates++;
			b->rekey_candidate = c->mid + 1;
			b->rekey_time = c->last_time;
		}
	}
}

/* Of quick modes nothing says whether they replace one, but that nobody does so soon. */
static uint32_t children(const struct ik_nego *n)
{
	ikescope_time first = IKESCOPE_TIME_NONE;
	uint32_t count = 0;

	for (size_t i = 0; i < n->n_children; i++) {
		const struct ik_child *c = &n->children[i];

		if (c->state != IKESCOPE_PHASE_ESTABLISHED || c->kind == IK_CHILD_IKE_REKEY ||
		    c->rekeys == IKESCOPE_YES)
			continue;
		if (first == IKESCOPE_TIME_NONE)
			first = c->first_time;
		count += c->kind != IK_CHILD_QUICK || c->first_time - first < BESIDE;
	}
	return count;
}

static bool stray(const struct ik_nego *n)
{
	for (size_t i = 0; i < n->n_steps; i++) {
		const struct ik_step *s = &n->steps[i];

		if ((s->bits & IK_STEP_ENCRYPTED) != 0 ||
		    (s->name != IK_INFO_RSP && s->name != IK_INFO_REQ && s->name != IK_V1_INFO))
			return false;
	}
	return n->n_steps > 0; /* none are kept of what ran smoothly, where memory is short */
}

static struct ik_brief brief_of(const struct ik_pair_reader *r, const struct ik_pair *p,
                                const struct ik_nego *n)
{
	const uint32_t both = IK_N_DIR_I2R | IK_N_DIR_R2I;
	struct ik_brief b = {
	        .id = ik_assembly_id(p->assembly, n->seq),
	        .spi_i = n->spi_i,
	        .spi_r = n->spi_r,
	        .seq = n->seq,
	        .first_time = n->first_time,
	        .last_time = n->last_time,
	        .up_time = n->up_time,
	        .asked_time = n->last_i_time != IKESCOPE_TIME_NONE ? n->last_i_time : n->last_time,
	        .first = n->first,
	        .last = n->last,
	        .i = n->i,
	        .r = n->r,
	        .nat_port = usual_port(r, n->i.port) ? 0 : n->i.port,
	        .offer = {n->peer[0].offer, n->peer[1].offer},
	        .version = n->version,
	        .mode = n->mode,
	        .state = n->state,
	        .pos = ik_position_of(n, NULL, r->capture_end),
	        .flow_begun = {IKESCOPE_TIME_NONE, IKESCOPE_TIME_NONE},
	        .start_seen = (n->bits & IK_N_START_SEEN) != 0,
	        .float_port = n->n_paths > 0 ? n->paths[n->n_paths - 1].i.port : n->i.port,
	        .product = n->peer[IK_R2I].implementation,
	        .first_mid = n->n_steps > 0 ? n->steps[0].mid : 0,
	        .deleted = (n->bits & IK_N_DELETED) != 0,
	        .delete_time = n->last_time,
	        .answer_time = ik_answer_time(n),
	        .one_sided = (n->bits & IK_N_GAP) != 0 && (n->bits & both) != both,
	        .stray = stray(n),
	        .children = children(n),
	};

	b.bare = b.version == 1 && b.start_seen && n->n_children == 0 && n->n_exchanges == 0 &&
	         b.pos.phase1 == IKESCOPE_PHASE_ESTABLISHED;
	rekey_candidate(&b, n);
	return b;
}

static void note_sides(struct ik_pair *p, const struct ik_brief *b, const struct ik_nego *n)
{
	size_t i = ik_pair_side(p, &n->i.addr), r = ik_pair_side(p, &n->r.addr);
	unsigned v = b->version & 3;

	p->side[i].ike_seen |= (n->bits & IK_N_DIR_I2R) != 0;
	p->side[r].ike_seen |= (n->bits & IK_N_DIR_R2I) != 0;
	if (b->start_seen) {
		p->side[i].starts[v] = true;
		p->side[i].main |= b->mode == IKESCOPE_MODE_MAIN;
		p->side[i].aggressive |= b->mode == IKESCOPE_MODE_AGGRESSIVE;
		if (b->offer[IK_I2R] != 0)
			p->side[i].offer[v] = b->offer[IK_I2R];
	}
	if (b->offer[IK_R2I] != 0)
		p->side[r].chosen[v] = b->offer[IK_R2I];
	for (size_t k = 0; k < n->n_children; k++) {
		const struct ik_child *child = &n->children[k];
		const struct ik_step *qm1 =
		        child->kind == IK_CHILD_QUICK ? ik_nego_step(n, child->step[0]) : NULL;

		if (qm1 != NULL)
			p->side[child->by == IK_I2R ? i : r].qm1 = qm1->length;
	}
	if (b->pos.outcome == IKESCOPE_ESTABLISHED) {
		p->established[v] = p->stood[b->mode] = true;
		p->last_established = b->first_time;
	}
}

/* Keeps the records of a pair of usual size, each behind its length in words, so that they need not
 * be read from the spill again. */
static void keep(struct ik_pair_reader *r, const uint8_t *payload, size_t len)
{
	size_t words = (len + 7) / 8;

	if (r->kept_all && r->kept_used + words + 1 > r->kept.cap) {
		size_t cap = 2 * (r->kept_used + words + 1);
		uint64_t *grown =
		        cap <= KEEP_WORDS ? (uint64_t *)realloc(r->kept.words, cap * 8) : NULL;

		r->kept_all = grown != NULL;
		if (grown != NULL) {
			r->kept.words = grown;
			r->kept.cap = cap;
		}
	}
	if (!r->kept_all)
		return;
	r->kept.words[r->kept_used] = words;
	memcpy(&r->kept.words[r->kept_used + 1], payload, len);
	r->kept_used += words + 1;
}

static bool add_brief(struct ik_pair_reader *r, struct ik_pair *p, const uint8_t *payload,
                      size_t len)
{
	struct ik_nego n;
	void *grown = more(p->briefs, p->n_briefs, &p->cap_briefs, sizeof(*p->briefs));

	if (grown == NULL)
		return false;
	p->briefs = (struct ik_brief *)grown;
	if (!read_negotiation(r, payload, len, &n))
		return false;
	keep(r, payload, len);
	p->briefs[p->n_briefs] = brief_of(r, p, &n);
	note_sides(p, &p->briefs[p->n_briefs], &n);
	p->disordered |= p->n_briefs > 0 &&
	                 p->briefs[p->n_briefs].first_time < p->briefs[p->n_briefs - 1].first_time;
	p->n_briefs++;
	return true;
}

/* ---- flows ---------------------------------------------------------------------------------- */

static bool may_own(const struct ik_brief *b, const struct ik_esp_flow *f)
{
	bool from_i = ik_addr_eq(&f->src, &b->i.addr);
	uint16_t port = from_i ? f->sport : f->dport;

	if (b->pos.outcome != IKESCOPE_ESTABLISHED && b->up_time == IKESCOPE_TIME_NONE &&
	    b->state != IK_S_MID)
		return false;
	if (f->encapsulation != IKESCOPE_ENCAP_NONE && b->nat_port != 0 && port != b->float_port)
		return false;
	return !b->deleted || f->first_time <= b->delete_time;
}

/* The latest negotiation that stood when the flow began. Its briefs are in the order of their first
 * events, which is that of time unless a clock stepped back. */
static size_t owner_of(const struct ik_pair *p, const struct ik_esp_flow *f)
{
	ikescope_time by = f->first_time + IKESCOPE_SECOND;
	size_t low = 0, high = p->n_briefs;

	while (low < high && !p->disordered) {
		size_t mid = low + (high - low) / 2;

		if (p->briefs[mid].first_time <= by)
			low = mid + 1;
		else
			high = mid;
	}
	for (size_t i = p->disordered ? p->n_briefs : low, tried = 0;
	     i-- > 0 && tried < OWNERS_TRIED; tried++)
		if (p->briefs[i].first_time <= by && may_own(&p->briefs[i], f))
			return i;
	return SIZE_MAX;
}

static int by_number(const struct ik_pair_flow *x, const struct ik_pair_flow *y)
{
	return x->esp.number < y->esp.number ? -1 : x->esp.number > y->esp.number;
}

static int by_identity(const void *one, const void *two)
{
	const struct ik_pair_flow *x = (const struct ik_pair_flow *)one;
	const struct ik_pair_flow *y = (const struct ik_pair_flow *)two;
	int order;

	if (x->esp.spi != y->esp.spi)
		return x->esp.spi < y->esp.spi ? -1 : 1;
	if (x->esp.ah != y->esp.ah)
		return x->esp.ah ? 1 : -1;
	order = ik_addr_cmp(&x->esp.src, &y->esp.src);
	if (order == 0)
		order = ik_addr_cmp(&x->esp.dst, &y->esp.dst);
	return order != 0 ? order : by_number(x, y);
}

static bool same_flow(const struct ik_esp_flow *a, const struct ik_esp_flow *b)
{
	return a->spi == b->spi && a->ah == b->ah && ik_addr_eq(&a->src, &b->src) &&
	       ik_addr_eq(&a->dst, &b->dst);
}

/* Parts of one flow, which left the table early, become one. */
static void join_flows(struct ik_pair *p)
{
	size_t kept = 0;

	if (p->n_flows < 2)
		return;
	qsort(p->flows, p->n_flows, sizeof(*p->flows), by_identity);
	for (size_t i = 1; i < p->n_flows; i++) {
		if (same_flow(&p->flows[kept].esp, &p->flows[i].esp))
			ik_esp_join(&p->flows[kept].esp, &p->flows[i].esp);
		else if (++kept != i)
			p->flows[kept] = p->flows[i];
	}
	p->n_flows = kept + 1;
}

static int by_brief(const void *one, const void *two)
{
	const struct ik_pair_flow *x = (const struct ik_pair_flow *)one;
	const struct ik_pair_flow *y = (const struct ik_pair_flow *)two;

	if (x->brief != y->brief)
		return x->brief < y->brief ? -1 : 1;
	return by_number(x, y);
}

static void link_flows(struct ik_pair *p)
{
	join_flows(p);
	for (size_t i = 0; i < p->n_flows; i++)
		p->flows[i].brief = owner_of(p, &p->flows[i].esp);
	if (p->n_flows > 1)
		qsort(p->flows, p->n_flows, sizeof(*p->flows), by_brief);
	for (size_t i = 0; i < p->n_flows && p->flows[i].brief != SIZE_MAX; i++) {
		struct ik_brief *b = &p->briefs[p->flows[i].brief];
		const struct ik_esp_flow *f = &p->flows[i].esp;

		b->flow_begun[ik_addr_eq(&f->src, &b->i.addr) ? IK_I2R : IK_R2I] = f->first_time;
		if (b->flows_end == 0)
			b->flows = i;
		b->flows_end = i + 1;
	}
}

void ik_pair_children(struct ik_pair *p, const struct ik_nego *n, const struct ik_brief *b)
{
	for (size_t i = b->flows; i < b->flows_end; i++)
		for (size_t k = 0; k < n->n_children; k++)
			if (n->children[k].first_time <= p->flows[i].esp.first_time &&
			    n->children[k].state >= IKESCOPE_PHASE_ESTABLISHED)
				p->flows[i].child = (int64_t)k;
}

/* ---- pairs ---------------------------------------------------------------------------------- */

static bool add_record(struct ik_pair_reader *r, struct ik_pair *p, const uint8_t *record,
                       size_t len)
{
	size_t key = ik_key_len(record);
	const uint8_t *payload = record + key;

	switch (ik_key_kind(record)) {
	case IK_REC_PAIR_EVENT: return add_event(p, payload);
	case IK_REC_FLOW: return add_flow(p, payload);
	case IK_REC_NEGOTIATION: return add_brief(r, p, payload, len - key);
	}
	return true;
}

static void begin_pair(struct ik_pair *p, const uint8_t *record)
{
	struct ik_record_pair pair = ik_key_pair(record);

	p->domain = pair.domain;
	p->low = pair.low;
	p->high = pair.high;
	p->n_briefs = p->n_flows = p->n_events = 0;
	p->events_lost = 0;
	p->flows_from[0] = p->flows_from[1] = p->disordered = false;
	p->udp_until[0] = p->udp_until[1] = IKESCOPE_TIME_NONE;
	memset(p->side, 0, sizeof(p->side));
	memset(p->established, 0, sizeof(p->established));
	memset(p->stood, 0, sizeof(p->stood));
	p->last_established = IKESCOPE_TIME_NONE;
}

/* Goes on to the first pair of which more is known; returns how many negotiations it met. */
static uint64_t pass(struct ik_cursor *c)
{
	const uint8_t *record = NULL, *pair = NULL;
	uint64_t passed = 0, settled = 0;
	size_t len;

	for (;;) {
		record = ik_cursor_next(c, &len);
		if (record == NULL || pair == NULL ||
		    memcmp(record, pair, ik_key_pair_len(record)) != 0) {
			passed += settled;
			settled = 0;
			if (record == NULL)
				return passed;
			pair = record;
			ik_cursor_unread(c);
			ik_cursor_mark(c);
			record = ik_cursor_next(c, &len);
		}
		if (ik_key_kind(record) != IK_REC_NEGOTIATION || ik_key_marked(record)) {
			ik_cursor_rewind(c);
			return passed;
		}
		settled++;
	}
}

uint64_t ik_pair_pass(struct ik_pair_reader *r)
{
	uint64_t passed;

	if (!ik_cursor_lasting(r->cursor))
		return 0;
	ik_cursor_keys(r->cursor, true);
	passed = pass(r->cursor);
	ik_cursor_keys(r->cursor, false);
	return passed;
}

bool ik_pair_next(struct ik_pair_reader *r, struct ik_pair *p)
{
	uint8_t pair[IK_KEY_MOST];
	const uint8_t *record;
	size_t len = 0, pair_len;

	r->kept_all = !ik_cursor_lasting(r->cursor);
	r->kept_used = 0;
	ik_cursor_mark(r->cursor);
	record = ik_cursor_next(r->cursor, &len);
	if (record == NULL)
		return false;
	pair_len = ik_key_pair_len(record);
	memcpy(pair, record, pair_len);
	begin_pair(p, record);
	while (record != NULL && memcmp(record, pair, pair_len) == 0) {
		if (!add_record(r, p, record, len)) {
			r->failed = true;
			return false;
		}
		record = ik_cursor_next(r->cursor, &len);
	}
	if (record != NULL)
		ik_cursor_unread(r->cursor);
	ik_pair_link(p);
	link_flows(p);
	return true;
}

bool ik_pair_again(struct ik_pair_reader *r)
{
	r->kept_at = 0;
	return r->kept_all || ik_cursor_rewind(r->cursor);
}

bool ik_pair_negotiation(struct ik_pair_reader *r, struct ik_nego *n)
{
	const uint8_t *record;
	size_t len = 0, key;

	if (r->kept_all) {
		if (r->kept_at >= r->kept_used)
			return false;
		ik_nego_get(n, (const uint8_t *)&r->kept.words[r->kept_at + 1]);
		r->kept_at += r->kept.words[r->kept_at] + 1;
		return true;
	}
	do {
		record = ik_cursor_next(r->cursor, &len);
		if (record == NULL)
			return false;
	} while (ik_key_kind(record) != IK_REC_NEGOTIATION);
	key = ik_key_len(record);
	r->failed |= !read_negotiation(r, record + key, len - key, n);
	return !r->failed;
}
