/* SPDX-License-Identifier: Apache-2.0 */
#include "diag/tunnel.h"

#include <stdlib.h>
#include <string.h>

#include "base/addr.h"
#include "base/timefmt.h"

#define ONE_WAY_PACKETS 4 /* over ONE_WAY_SPAN, or ONE_WAY_MANY at once */
#define ONE_WAY_SPAN    (2 * IKESCOPE_SECOND)
#define ONE_WAY_MANY    10
#define ZERO_AFTER      (30 * IKESCOPE_SECOND)

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

/* ---- findings
 * ------------------------------------------------------------------------------------- */

struct sums {
	uint64_t packets[2], first[2], last[2]; /* from low, from high; places */
	ikescope_time first_time[2], last_time[2];
	bool ike[2];               /* IKE was seen from low, from high */
	const struct ik_brief *up; /* the first negotiation that stood */
	bool owned;
	size_t flows;
};

static void sum_flow(void *ctx, const struct ik_pair *p, const struct ik_pair_flow *flow)
{
	struct sums *s = (struct sums *)ctx;
	const struct ik_esp_flow *f = &flow->esp;
	size_t side = ik_pair_side(p, &f->src);

	s->flows++;
	s->owned |= flow->brief != SIZE_MAX;
	if (s->packets[side] == 0 || f->first_time < s->first_time[side]) {
		s->first_time[side] = f->first_time;
		s->first[side] = f->first;
	}
	if (f->last_time >= s->last_time[side]) {
		s->last_time[side] = f->last_time;
		s->last[side] = f->last;
	}
	s->packets[side] += f->packets;
}

static void sum_up(const struct ik_pair *p, const struct range *r, struct sums *s)
{
	for (size_t k = r->from; k < r->to; k++) {
		const struct ik_brief *b = &p->briefs[r->order[k]];

		if (b->pos.outcome == IKESCOPE_ESTABLISHED && s->up == NULL)
			s->up = b;
	}
	s->ike[0] = r->to > r->from && p->side[0].ike_seen;
	s->ike[1] = r->to > r->from && p->side[1].ike_seen;
	each_flow(p, r, sum_flow, s);
}

static void one_way(struct ik_findings *f, const struct ik_pair *p, const struct sums *s)
{
	size_t from = s->packets[0] > 0 ? 0 : 1;
	const struct ikescope_addr *src = from == 0 ? &p->low : &p->high;
	const struct ikescope_addr *dst = from == 0 ? &p->high : &p->low;
	static const char *const raise[] = {
	        "a capture at the other end: does ESP arrive there, does any leave"};
	struct ikescope_finding *finding;
	char text[320];
	struct ik_buf b = IK_BUF_ON(text);

	ik_buf_puts(&b, "ESP flows one way only: ");
	ik_buf_addr(&b, src);
	ik_buf_puts(&b, " sends, nothing comes back from ");
	ik_buf_addr(&b, dst);
	ik_buf_putc(&b, '.');
	finding = ik_findings_add(f, "esp-one-way", IKESCOPE_FAILURE, IKESCOPE_POSSIBLE, text);
	if (finding == NULL)
		return;
	finding->would_raise = raise;
	finding->n_would_raise = 1;
	finding->remedies = ik_remedies(IK_R_ESP, 0, &finding->n_remedies);
	ik_buf_reset(&b);
	ik_buf_printf(&b, "%llu ESP packets one way in ", (unsigned long long)s->packets[from]);
	ik_buf_seconds(&b, s->last_time[from] - s->first_time[from]);
	ik_buf_puts(&b, " s, none the other way, while IKE went both ways");
	ik_findings_cite(f, finding, s->first[from], text);
}

static void zero(struct ik_findings *f, const struct sums *s, ikescope_time until)
{
	static const char *const raise[] = {"traffic for the tunnel",
	                                    "a capture filter that lets ESP and UDP 4500 pass"};
	struct ikescope_finding *finding =
	        ik_findings_add(f, "esp-zero", IKESCOPE_WARNING, IKESCOPE_POSSIBLE,
	                        "The SA stands, but no ESP was captured either way.");
	char text[160];
	struct ik_buf b = IK_BUF_ON(text);

	if (finding == NULL)
		return;
	finding->would_raise = raise;
	finding->n_would_raise = 2;
	finding->remedies = ik_remedies(IK_R_ESP, 0, &finding->n_remedies);
	ik_buf_puts(&b, "the SA stood here; no ESP in the ");
	ik_buf_seconds(&b, until - s->up->up_time);
	ik_buf_puts(&b, " s that follow");
	ik_findings_cite(f, finding, s->up->last, text);
}

static void find(struct ik_findings *f, const struct ik_pair *p, const struct sums *s,
                 const struct ik_pair_said *said, ikescope_time capture_end)
{
	uint64_t total = s->packets[0] + s->packets[1];
	size_t from = s->packets[0] > 0 ? 0 : 1;

	if (s->up == NULL)
		return;
	if (total == 0 && s->up->up_time != IKESCOPE_TIME_NONE) {
		ikescope_time until = s->up->deleted ? s->up->delete_time : capture_end;

		if (until - s->up->up_time >= ZERO_AFTER)
			zero(f, s, until);
	} else if (s->packets[1 - from] == 0 && total >= ONE_WAY_PACKETS && s->owned && s->ike[0] &&
	           s->ike[1] && !said->natt && !said->esp_blackhole &&
	           (total >= ONE_WAY_MANY ||
	            s->last_time[from] - s->first_time[from] >= ONE_WAY_SPAN)) {
		one_way(f, p, s);
	}
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

	return (struct ikescope_esp){
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
	};
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
                int (*each)(void *ctx, const struct ikescope_tunnel *t), void *ctx)
{
	struct ikescope_tunnel t;
	struct sums s = {.flows = 0};

	if (!make(space, p, r, &t))
		return -1;
	sum_up(p, r, &s);
	ik_findings_reset(&space->findings);
	find(&space->findings, p, &s, said, capture_end);
	t.findings = space->findings.row;
	t.n_findings = space->findings.n;
	return each(ctx, &t);
}

int ik_tunnels(struct ik_tunnel_space *space, const struct ik_pair *p,
               const struct ik_pair_said *said, ikescope_time capture_end,
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
		result = tell(space, p, &r, said, capture_end, each, ctx);
	while (result == 0 && r.to < p->n_briefs) {
		r.from = r.to;
		r.port = p->briefs[r.order[r.from]].nat_port;
		while (r.to < p->n_briefs && p->briefs[r.order[r.to]].nat_port == r.port)
			r.to++;
		result = tell(space, p, &r, said, capture_end, each, ctx);
	}
	return result;
}
