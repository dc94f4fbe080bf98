/* SPDX-License-Identifier: Apache-2.0 */
#include "diag/tunnel.h"

#include <stdlib.h>
#include <string.h>

#include "base/addr.h"
#include "base/buf.h"

#define ONE_WAY_SPAN (2 * IKESCOPE_SECOND) /* fewer packets could be one burst, answered later */
#define ONE_WAY_MANY 10

void ik_tunnel_space_free(struct ik_tunnel_space *space)
{
	free(space->ids);
	free(space->esp);
	free(space->order);
	space->ids = NULL;
	space->esp = NULL;
	space->order = NULL;
	space->cap_ids = space->cap_esp = space->cap_order = 0;
}

/* ---- which tunnel
 * -------------------------------------------------------------------------------- */

/* The negotiations of a pair by the port that tells its tunnels apart: [from, to) of order. */
struct range {
	const uint32_t *order;
	size_t from, to;
	uint16_t port;
};

static int by_port(const void *one, const void *two, void *pair)
{
	const struct ik_pair *p = (const struct ik_pair *)pair;
	uint32_t a = *(const uint32_t *)one, b = *(const uint32_t *)two;
	int ports = p->briefs[a].nat_port - p->briefs[b].nat_port;

	return ports != 0 ? ports : a < b ? -1 : a > b;
}

static bool sort_briefs(struct ik_tunnel_space *space, const struct ik_pair *p)
{
	bool several = false;

	if (p->n_briefs > space->cap_order) {
		uint32_t *grown = (uint32_t *)realloc(space->order, p->n_briefs * sizeof(*grown));

		if (grown == NULL)
			return false;
		space->order = grown;
		space->cap_order = p->n_briefs;
	}
	for (size_t i = 0; i < p->n_briefs; i++) {
		space->order[i] = (uint32_t)i;
		several |= p->briefs[i].nat_port != p->briefs[0].nat_port;
	}
	if (several) {
		void *pair;

		memcpy(&pair, &p, sizeof(pair));
		qsort_r(space->order, p->n_briefs, sizeof(*space->order), by_port, pair);
	}
	return true;
}

/* The flows without a negotiation. */
static size_t first_unowned(const struct ik_pair *p)
{
	size_t i = p->n_flows;

	while (i > 0 && p->flows[i - 1].brief == SIZE_MAX)
		i--;
	return i;
}

/* Calls each() for every flow of a range; those of no negotiation belong to the tunnel of port 0.
 */
static void
each_flow(const struct ik_pair *p, const struct range *r,
          void (*each)(void *ctx, const struct ik_pair *p, const struct ik_pair_flow *f), void *ctx)
{
	for (size_t k = r->from; k < r->to; k++) {
		const struct ik_brief *b = &p->briefs[r->order[k]];

		for (size_t i = b->flows; i < b->flows_end; i++)
			each(ctx, p, &p->flows[i]);
	}
	if (r->port != 0)
		return;
	for (size_t i = first_unowned(p); i < p->n_flows; i++)
		each(ctx, p, &p->flows[i]);
}

/* ---- facts
 * ------------------------------------------------------------------------------------- */

struct sums {
	uint64_t packets[2], first[2]; /* from low, from high; places */
	ikescope_time first_time[2], last_time[2];
	const struct ik_brief *up; /* the first negotiation that stood */
	bool owned;
};

static void sum_flow(void *ctx, const struct ik_pair *p, const struct ik_pair_flow *flow)
{
	struct sums *s = (struct sums *)ctx;
	const struct ik_esp_flow *f = &flow->esp;
	size_t side = ik_pair_side(p, &f->src);

	s->owned |= flow->brief != SIZE_MAX;
	if (s->packets[side] == 0 || f->first_time < s->first_time[side]) {
		s->first_time[side] = f->first_time;
		s->first[side] = f->first;
	}
	if (f->last_time >= s->last_time[side])
		s->last_time[side] = f->last_time;
	s->packets[side] += f->packets;
}

static void sum_up(const struct ik_pair *p, const struct range *r, struct sums *s)
{
	for (size_t k = r->from; k < r->to; k++) {
		const struct ik_brief *b = &p->briefs[r->order[k]];

		if (b->pos.outcome == IKESCOPE_ESTABLISHED && s->up == NULL)
			s->up = b;
	}
	each_flow(p, r, sum_flow, s);
}

static void facts_of_tunnel(struct ik_tunnel_case *c, const struct ik_pair *p, const struct sums *s,
                            const struct ik_pair_said *said, ikescope_time capture_end)
{
	size_t from = s->packets[0] > 0 ? 0 : 1;
	bool stood = s->up != NULL && s->up->up_time != IKESCOPE_TIME_NONE;
	ikescope_time until = stood && s->up->deleted ? s->up->delete_time : capture_end;
	bool none = s->packets[0] + s->packets[1] == 0;

	*c = (struct ik_tunnel_case){
	        .from = from == 0 ? &p->low : &p->high,
	        .to = from == 0 ? &p->high : &p->low,
	        .place[IK_TP_UP] = s->up != NULL ? s->up->last : 0,
	        .place[IK_TP_ONE_WAY] = s->first[from],
	        .fact[IK_T_UP] = s->up != NULL,
	        .fact[IK_T_IDLE] = none && stood ? until - s->up->up_time : IK_FACT_UNKNOWN,
	        .fact[IK_T_ONE_WAY] = s->packets[1 - from] == 0 ? (int64_t)s->packets[from] : 0,
	        .fact[IK_T_ONE_WAY_SPAN] = s->last_time[from] - s->first_time[from],
	        .fact[IK_T_ONE_WAY_LASTS] =
	                s->packets[from] >= ONE_WAY_MANY ||
	                s->last_time[from] - s->first_time[from] >= ONE_WAY_SPAN,
	        .fact[IK_T_OWNED] = s->owned,
	        .fact[IK_T_SAID] = said->natt || said->esp_blackhole,
	};
}

/* ---- tunnels
 * ---------------------------------------------------------------------------------------- */

static bool room(struct ik_tunnel_space *space, const struct ik_pair *p)
{
	if (p->n_briefs > space->cap_ids) {
		uint64_t *grown = (uint64_t *)realloc(space->ids, p->n_briefs * sizeof(*grown));

		if (grown == NULL)
			return false;
		space->ids = grown;
		space->cap_ids = p->n_briefs;
	}
	if (p->n_flows > space->cap_esp) {
		struct ikescope_esp *grown =
		        (struct ikescope_esp *)realloc(space->esp, p->n_flows * sizeof(*grown));

		if (grown == NULL)
			return false;
		space->esp = grown;
		space->cap_esp = p->n_flows;
	}
	return true;
}

static struct ikescope_esp esp_of(const struct ik_pair *p, const struct ik_pair_flow *flow)
{
	const struct ik_esp_flow *f = &flow->esp;
	struct ikescope_esp esp = {
	        .ah = f->ah,
	        .spi = f->spi,
	        .source = f->src,
	        .destination = f->dst,
	        .encapsulation = (enum ikescope_encapsulation)f->encapsulation,
	        .negotiation = flow->brief != SIZE_MAX ? p->briefs[flow->brief].id : 0,
	        .child = flow->child,
	        .packets = f->packets,
	        .octets = f->octets,
	        .first = ik_at(f->first),
	        .last = ik_at(f->last),
	        .first_time = f->first_time,
	        .last_time = f->last_time,
	        .first_sequence = f->first_seq,
	        .last_sequence = f->last_seq,
	        .missing = ik_esp_missing(f),
	        .duplicates = f->duplicates,
	        .out_of_order = f->out_of_order,
	        .reorder_depth = f->odd.deepest,
	        .largest = f->odd.largest,
	        .fragmented = f->odd.fragmented,
	};

	memcpy(esp.replay_drops, f->odd.late, sizeof(esp.replay_drops));
	return esp;
}

static void add_esp(void *ctx, const struct ik_pair *p, const struct ik_pair_flow *flow)
{
	struct ik_tunnel_space *space = (struct ik_tunnel_space *)ctx;

	space->esp[space->n_esp++] = esp_of(p, flow);
}

static bool make(struct ik_tunnel_space *space, const struct ik_pair *p, const struct range *r,
                 struct ikescope_tunnel *t)
{
	const char *domain = ik_net_domain(p->assembly->tracker->net, p->domain);
	struct ik_buf b = IK_BUF_ON(space->domain);

	if (!room(space, p))
		return false;
	if (domain != NULL)
		ik_buf_puts(&b, domain);
	*t = (struct ikescope_tunnel){
	        .peers = {p->low, p->high},
	        .domain = domain != NULL ? space->domain : NULL,
	        .negotiations = space->ids,
	        .esp = space->esp,
	};
	for (size_t k = r->from; k < r->to; k++)
		space->ids[t->n_negotiations++] = p->briefs[r->order[k]].id;
	space->n_esp = 0;
	each_flow(p, r, add_esp, space);
	t->n_esp = space->n_esp;
	return true;
}

static int tell(struct ik_tunnel_space *space, const struct ik_pair *p, const struct range *r,
                const struct ik_pair_said *said, ikescope_time capture_end,
                const struct ik_tunnel_rules *rules,
                int (*each)(void *ctx, const struct ikescope_tunnel *t), void *ctx)
{
	struct ik_tunnel_case c;
	struct ikescope_tunnel t;
	struct sums s = {.up = NULL};

	if (!make(space, p, r, &t))
		return -1;
	sum_up(p, r, &s);
	ik_findings_reset(&space->findings);
	facts_of_tunnel(&c, p, &s, said, capture_end);
	ik_findings_of_tunnel(&space->findings, &c, rules);
	t.findings = space->findings.row;
	t.n_findings = space->findings.n;
	return each(ctx, &t);
}

int ik_tunnels(struct ik_tunnel_space *space, const struct ik_pair *p,
               const struct ik_pair_said *said, ikescope_time capture_end,
               const struct ik_tunnel_rules *rules,
               int (*each)(void *ctx, const struct ikescope_tunnel *t), void *ctx)
{
	struct range r = {0};
	int result = 0;

	if (!sort_briefs(space, p))
		return -1;
	r.order = space->order;
	/* Flows of no negotiation are a tunnel of their own where none has port 0. */
	if (first_unowned(p) < p->n_flows &&
	    (p->n_briefs == 0 || p->briefs[r.order[0]].nat_port != 0))
		result = tell(space, p, &r, said, capture_end, rules, each, ctx);
	while (result == 0 && r.to < p->n_briefs) {
		r.from = r.to;
		r.port = p->briefs[r.order[r.from]].nat_port;
		while (r.to < p->n_briefs && p->briefs[r.order[r.to]].nat_port == r.port)
			r.to++;
		result = tell(space, p, &r, said, capture_end, rules, each, ctx);
	}
	return result;
}
