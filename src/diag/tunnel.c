/* SPDX-License-Identifier: Apache-2.0 */
#include "diag/tunnel.h"

#include <stdlib.h>
#include <string.h>

#include "base/addr.h"
#include "base/buf.h"

void ik_tunnel_space_free(struct ik_tunnel_space *space)
{
	free(space->ids);
	free(space->esp);
	free(space->order);
	free(space->flows);
	ik_history_free(&space->history);
	space->ids = NULL;
	space->esp = NULL;
	space->flows = NULL;
	space->order = NULL;
	space->cap_ids = space->cap_esp = space->cap_order = 0;
}

/* ---- which tunnel --------------------------------------------------------------------------- */

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

/* ---- tunnels -------------------------------------------------------------------------------- */

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
		const struct ik_pair_flow **flows;

		if (grown == NULL)
			return false;
		space->esp = grown;
		flows = (const struct ik_pair_flow **)realloc(space->flows,
		                                              p->n_flows * sizeof(*flows));
		if (flows == NULL)
			return false;
		space->flows = flows;
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
	        .largest = f->largest,
	        .fragmented = f->odd.fragmented,
	};

	memcpy(esp.replay_drops, f->odd.late, sizeof(esp.replay_drops));
	return esp;
}

static void add_esp(void *ctx, const struct ik_pair *p, const struct ik_pair_flow *flow)
{
	struct ik_tunnel_space *space = (struct ik_tunnel_space *)ctx;

	space->flows[space->n_esp] = flow;
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
	const uint32_t *briefs = r->to > r->from ? r->order + r->from : NULL;
	struct ik_tunnel_scene scene;
	struct ikescope_tunnel t;

	if (!make(space, p, r, &t))
		return -1;
	scene = (struct ik_tunnel_scene){
	        .pair = p,
	        .flows = space->flows,
	        .n_flows = space->n_esp,
	        .briefs = briefs,
	        .n_briefs = r->to - r->from,
	        .said = said,
	        .capture_end = capture_end,
	};
	ik_tunnel_scene_make(&scene);
	ik_findings_reset(&space->findings);
	ik_findings_of_tunnel(&space->findings, &scene, rules);
	ik_history_tell(&space->findings, &space->history, p, briefs, r->to - r->from);
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
