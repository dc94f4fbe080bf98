/*
 * The facts of a tunnel and of its ESP flows.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <string.h>

#include "base/addr.h"
#include "diag/tunnel_rule.h"

#define ONE_WAY_SPAN (2 * IKESCOPE_SECOND) /* fewer packets could be one burst, answered later */
#define ONE_WAY_MANY 10
#define SWITCH_WITHIN                                                                              \
	(10 * IKESCOPE_SECOND)               /* a side that changes SPIs is done with it by then   \
	                                      */
#define HEALED        (10 * IKESCOPE_SECOND) /* without a further error */
#define ICV_SIZES     8  /* distinct sizes: one residue of all by chance is one in 4^7 */
#define WITNESS_LOSS  5  /* losses that the other flow should have had: none is one in e^5 */
#define WITNESSES     64 /* flows that are looked at for it */
#define MISSING_LEAST 8  /* below it no witness is asked for */

/* Octets of ESP around the inner packet: SPI and sequence number, IV, ICV; and two behind the
 * padding (RFC 4303 2). */
enum { ESP_HEAD = 8, TRAILER = 2, IP_TCP = 40 };
static const struct {
	enum ik_tunnel_fact fact;
	uint8_t iv, block, icv;
} suites[] = {
        {IK_T_MTU_GCM, 8, 4, 16},
        {IK_T_MTU_SHA1, 16, 16, 12},
        {IK_T_MTU_SHA256, 16, 16, 16},
        {IK_T_MTU_SHA512, 16, 16, 32},
};

#define UNKNOWN(name, unit, what) IK_FACT_UNKNOWN,
static const int64_t unknown[IK_TUNNEL_FACT_COUNT] = {IK_TUNNEL_FACTS(UNKNOWN)};
#undef UNKNOWN

/* ---- the tunnel ----------------------------------------------------------------------------- */

static void add_flow(struct ik_tunnel_side *side, const struct ik_pair_flow *flow)
{
	const struct ik_esp_flow *f = &flow->esp;
	const struct ik_pair_flow *older = flow;

	if (side->packets == 0 || f->first_time < side->first_time) {
		side->first_time = f->first_time;
		side->first = f->first;
	}
	if (side->packets == 0 || f->last_time > side->last_time)
		side->last_time = f->last_time;
	side->packets += f->packets;
	side->encapsulations |= f->encapsulations;
	side->lengths |= f->lengths;
	side->sizes |= f->sizes;
	if (side->newest == NULL) {
		side->newest = flow;
		return;
	}
	if (f->number > side->newest->esp.number) {
		older = side->newest;
		side->newest = flow;
	}
	if (side->before == NULL || older->esp.last_time > side->others_last)
		side->others_last = older->esp.last_time;
	if (side->before == NULL || older->esp.number > side->before->esp.number)
		side->before = older;
}

/* The SA that a chain of replacements began with: an index into the briefs of the scene. */
static size_t origin(const struct ik_tunnel_scene *s, size_t k)
{
	uint64_t wanted = s->pair->briefs[s->briefs[k]].rekey_of;

	for (size_t i = k; i-- > 0 && wanted != 0;) {
		const struct ik_brief *b = &s->pair->briefs[s->briefs[i]];

		if (b->id == wanted) {
			wanted = b->rekey_of;
			k = i;
		}
	}
	return k;
}

static bool stood(const struct ik_brief *b, ikescope_time from, ikescope_time to)
{
	if (b->state != IK_S_MID && (b->up_time == IKESCOPE_TIME_NONE || b->up_time > to))
		return false;
	return !b->stray && (!b->deleted || b->delete_time >= from);
}

/* Whose Child SA a flow is goes by time, for its SPI is encrypted. That is no guess only where one
 * SA and those that replaced it stood while ESP went by. */
static void count_sas(struct ik_tunnel_scene *s)
{
	ikescope_time from = IKESCOPE_TIME_MOST, to = -IKESCOPE_TIME_MOST;
	size_t of = SIZE_MAX;
	uint32_t children = 0;

	for (size_t i = 0; i < s->n_flows; i++) {
		const struct ik_esp_flow *f = &s->flows[i]->esp;

		from = f->first_time < from ? f->first_time : from;
		to = f->last_time > to ? f->last_time : to;
	}
	for (size_t k = 0; k < s->n_briefs && s->one_sa; k++) {
		const struct ik_brief *brief = &s->pair->briefs[s->briefs[k]];

		if (!stood(brief, from, to))
			continue;
		children += brief->children;
		if (of == SIZE_MAX)
			of = origin(s, k);
		s->one_sa = origin(s, k) == of;
	}
	s->one_child = s->one_sa && children <= 1;
}

void ik_tunnel_scene_make(struct ik_tunnel_scene *s)
{
	for (size_t k = 0; k < s->n_briefs; k++) {
		const struct ik_brief *b = &s->pair->briefs[s->briefs[k]];

		if (b->pos.outcome != IKESCOPE_ESTABLISHED)
			continue;
		if (s->up == NULL)
			s->up = b;
		else if (b->start_seen && b->rekey_of == 0 && b->up_time != IKESCOPE_TIME_NONE)
			s->anew = b;
	}
	s->one_sa = true;
	for (size_t i = 0; i < s->n_flows; i++) {
		const struct ik_pair_flow *flow = s->flows[i];

		s->owned |= flow->brief != SIZE_MAX;
		s->one_sa &= flow->brief == s->flows[0]->brief;
		s->ah |= flow->esp.ah;
		add_flow(&s->side[ik_pair_side(s->pair, &flow->esp.src)], flow);
	}
	count_sas(s);
}

static int64_t fewer(const struct ik_tunnel_scene *s)
{
	uint64_t a = s->side[0].packets, b = s->side[1].packets;

	return (int64_t)(a < b ? a : b);
}

/* Both ends know whether there is a NAT (RFC 7296 2.23). */
static bool split_udp(const struct ik_tunnel_scene *s)
{
	const unsigned bare = 1U << IKESCOPE_ENCAP_NONE, udp = 1U << IKESCOPE_ENCAP_UDP;
	const struct ik_tunnel_side *a = &s->side[0], *b = &s->side[1];

	return s->one_sa && s->owned && !s->ah &&
	       ((a->encapsulations == bare && b->encapsulations == udp) ||
	        (a->encapsulations == udp && b->encapsulations == bare)) &&
	       a->first_time <= b->last_time && b->first_time <= a->last_time;
}

/* With AES-CBC a length is 8 + 16 + 16 n + ICV. Both SAs of a Child SA have one suite, so 4 modulo
 * 16 one way and 8 the other are two readings of it. */
static int64_t icv_bits(const struct ik_tunnel_side *side)
{
	int64_t bits = side->lengths == 1U << 4   ? 96
	               : side->lengths == 1U << 8 ? 128
	                                          : IK_FACT_UNKNOWN;

	if (bits == IK_FACT_UNKNOWN || __builtin_popcount(side->sizes) < ICV_SIZES)
		return IK_FACT_UNKNOWN;
	return bits;
}

void ik_tunnel_facts(const struct ik_tunnel_scene *s, struct ik_tunnel_case *c)
{
	size_t from = s->side[0].packets > 0 ? 0 : 1;
	const struct ik_tunnel_side *side = &s->side[from];
	bool stood = s->up != NULL && s->up->up_time != IKESCOPE_TIME_NONE;
	ikescope_time until = stood && s->up->deleted ? s->up->delete_time : s->capture_end;
	ikescope_time span = side->last_time - side->first_time;

	memcpy(c->fact, unknown, sizeof(c->fact));
	memset(c->place, 0, sizeof(c->place));
	c->scene = s;
	c->from = from == 0 ? &s->pair->low : &s->pair->high;
	c->to = from == 0 ? &s->pair->high : &s->pair->low;
	c->router = c->refuser = (struct ikescope_addr){0};
	c->flow = NULL;
	c->icmp_type = c->icmp_code = 0;
	c->place[IK_TP_UP] = s->up != NULL ? s->up->last : 0;
	c->place[IK_TP_ONE_WAY] = side->first;
	c->place[IK_TP_LOW] = s->side[0].first;
	c->place[IK_TP_HIGH] = s->side[1].first;
	c->fact[IK_T_UP] = s->up != NULL;
	if (s->n_flows == 0 && stood)
		c->fact[IK_T_IDLE] = until - s->up->up_time;
	c->fact[IK_T_ONE_WAY] = s->side[1 - from].packets == 0 ? (int64_t)side->packets : 0;
	c->fact[IK_T_ONE_WAY_SPAN] = span;
	c->fact[IK_T_ONE_WAY_LASTS] = side->packets >= ONE_WAY_MANY || span >= ONE_WAY_SPAN;
	c->fact[IK_T_OWNED] = s->owned;
	c->fact[IK_T_SAID] = s->said->natt || s->said->esp_blackhole;
	c->fact[IK_T_SPLIT_UDP] = split_udp(s) ? fewer(s) : 0;
	if (!s->ah) {
		c->fact[IK_T_ICV_LOW] = icv_bits(&s->side[0]);
		c->fact[IK_T_ICV_HIGH] = icv_bits(&s->side[1]);
	}
	if (s->one_child && c->fact[IK_T_ICV_LOW] != IK_FACT_UNKNOWN &&
	    c->fact[IK_T_ICV_HIGH] != IK_FACT_UNKNOWN &&
	    c->fact[IK_T_ICV_LOW] != c->fact[IK_T_ICV_HIGH])
		c->fact[IK_T_SPLIT_ICV] = fewer(s);
}

/* ---- order and loss ------------------------------------------------------------------------- */

static int64_t per_mille(uint64_t part, uint64_t whole)
{
	return whole > 0 ? (int64_t)((double)part * 1000.0 / (double)whole) : 0;
}

/* Packets of a flow while another was there, as far as its pace is even. */
static double while_there(const struct ik_esp_flow *f, const struct ik_esp_flow *other)
{
	ikescope_time from = f->first_time > other->first_time ? f->first_time : other->first_time;
	ikescope_time to = f->last_time < other->last_time ? f->last_time : other->last_time;
	ikescope_time span = f->last_time - f->first_time;

	if (to < from)
		return 0;
	return span > 0 ? (double)f->packets * (double)(to - from) / (double)span : 1;
}

/* A capture that loses packets loses those of all flows alike. */
static bool witnessed(const struct ik_tunnel_scene *s, const struct ik_esp_flow *f,
                      uint64_t missing, uint64_t range)
{
	double loss = (double)missing / (double)range;

	/* One hole that makes up most of it is an outage, or the sender skipped numbers, as after a
	 * failover. */
	if (s->said->dropped || (uint64_t)f->odd.jump * 2 > missing)
		return false;
	for (size_t i = 0, tried = 0; i < s->n_flows && tried < WITNESSES; i++) {
		const struct ik_esp_flow *w = &s->flows[i]->esp;
		double due = while_there(w, f) * loss;

		tried += w != f;
		if (w != f && due >= WITNESS_LOSS && (double)ik_esp_missing(w) * 10 <= due)
			return true;
	}
	return false;
}

/* A negotiation from its start to its end lies in between: what follows may be of another SA, whose
 * SPI the receiver chose once more (RFC 4303 2.1). */
static bool began_anew(const struct ik_tunnel_scene *s, ikescope_time from, ikescope_time by)
{
	for (size_t k = 0; k < s->n_briefs; k++) {
		const struct ik_brief *b = &s->pair->briefs[s->briefs[k]];

		if (b->start_seen && b->first_time > from && b->up_time != IKESCOPE_TIME_NONE &&
		    b->up_time <= by)
			return true;
	}
	return false;
}

static void facts_of_order(const struct ik_tunnel_scene *s, const struct ik_esp_flow *f,
                           struct ik_tunnel_case *c)
{
	static const uint8_t late[IK_ESP_WINDOWS] = {IK_T_LATE_32,  IK_T_LATE_64,  IK_T_LATE_128,
	                                             IK_T_LATE_256, IK_T_LATE_512, IK_T_LATE_1024};
	uint64_t missing = ik_esp_missing(f);
	uint64_t range = (uint64_t)(uint32_t)(f->max_seq - f->first_seq) + 1;

	c->fact[IK_T_PACKETS] = (int64_t)f->packets;
	c->fact[IK_T_MISSING] = (int64_t)missing;
	c->fact[IK_T_LOSS] = per_mille(missing, range);
	c->fact[IK_T_LARGEST_HOLE] = f->odd.jump > 0 ? (int64_t)f->odd.jump - 1 : 0;
	c->fact[IK_T_WITNESSED] = missing >= MISSING_LEAST && witnessed(s, f, missing, range);
	c->fact[IK_T_OUT_OF_ORDER] = (int64_t)f->out_of_order;
	c->fact[IK_T_DISORDER] = per_mille(f->out_of_order, f->packets);
	c->fact[IK_T_DEEPEST] = f->odd.deepest;
	for (size_t i = 0; i < IK_ESP_WINDOWS; i++)
		c->fact[late[i]] = (int64_t)f->odd.late[i];
	/* Packets that only were late fill what is missing. */
	c->fact[IK_T_BACK] = f->odd.back_longest >= IK_ESP_BACK_RUN && f->odd.back_longest > missing
	                             ? f->odd.back_longest
	                             : 0;
	c->fact[IK_T_DUPLICATES] = (int64_t)f->duplicates;
	if (c->fact[IK_T_BACK] > 0 && began_anew(s, f->first_time, f->odd.back_time))
		c->fact[IK_T_BACK] = c->fact[IK_T_DUPLICATES] = 0;
	c->fact[IK_T_DOUBLED] = per_mille((uint64_t)c->fact[IK_T_DUPLICATES], f->packets);
	c->fact[IK_T_BACK_FROM] = f->odd.back_from;
	c->fact[IK_T_BACK_TO] = f->odd.back_to;
	c->fact[IK_T_FIRST_NUMBER] = f->first_seq;
	c->fact[IK_T_LAST_NUMBER] = f->max_seq;
	c->fact[IK_T_WRAPPED] = f->max_seq < f->first_seq;
	c->place[IK_TP_HOLE] = f->odd.jump_place;
	c->place[IK_TP_DEEPEST] = f->odd.deepest_place;
	c->place[IK_TP_BACK] = f->odd.back_place;
}

/* ---- sizes ---------------------------------------------------------------------------------- */

static void facts_of_size(const struct ik_esp_flow *f, struct ik_tunnel_case *c)
{
	uint32_t fits = f->odd.fits;

	c->fact[IK_T_LARGEST] = f->largest;
	c->fact[IK_T_TOLD] = f->odd.told;
	c->fact[IK_T_OVERSIZED] = f->odd.oversized;
	c->fact[IK_T_FRAGMENTED] = f->odd.fragmented;
	c->place[IK_TP_OVERSIZED] = f->odd.oversized_place;
	c->place[IK_TP_FRAGMENTED] = f->odd.fragmented_place;
	if (f->odd.mtu == 0)
		return;
	c->fact[IK_T_MTU] = f->odd.mtu;
	c->fact[IK_T_OUTER] = (int64_t)f->odd.mtu - fits;
	c->fact[IK_T_FITS] = fits;
	for (size_t i = 0; i < sizeof(suites) / sizeof(suites[0]); i++) {
		int64_t room = (int64_t)fits - ESP_HEAD - suites[i].iv - suites[i].icv;

		room = room > 0 ? room / suites[i].block * suites[i].block - TRAILER : 0;
		c->fact[suites[i].fact] = room > 0 ? room : 0;
	}
	c->fact[IK_T_MSS] =
	        c->fact[IK_T_MTU_SHA512] > IP_TCP ? c->fact[IK_T_MTU_SHA512] - IP_TCP : 0;
}

/* ---- what others say ------------------------------------------------------------------------ */

/* Whether an ICMP error says that the protocol itself is not let through or not known. */
static bool refuses(const struct ik_pair_event *ev)
{
	if (ev->from.family == 4)
		return ev->icmp_type == 3 && (ev->icmp_code == 2 || ev->icmp_code == 9 ||
		                              ev->icmp_code == 10 || ev->icmp_code == 13);
	return (ev->icmp_type == 1 && ev->icmp_code == 1) ||
	       (ev->icmp_type == 4 && ev->icmp_code == 1);
}

/* The way there ends, or the port: of a NAT that forgot its mapping, too. */
static bool unreachable(const struct ik_pair_event *ev)
{
	return ev->icmp_type == (ev->from.family == 4 ? 3 : 1) && !refuses(ev) &&
	       !ik_too_large(&ev->from, ev->icmp_type, ev->icmp_code);
}

static void count(struct ik_tunnel_case *c, enum ik_tunnel_fact fact, enum ik_tunnel_place place,
                  const struct ik_pair_event *ev)
{
	if (c->fact[fact]++ != 0)
		return;
	c->place[place] = ev->place;
	if (ev->icmp) {
		c->refuser = ev->from;
		c->icmp_type = ev->icmp_type;
		c->icmp_code = ev->icmp_code;
	}
}

/* answered is when the other side sent ESP for the last time. Where errors end and the flow goes
 * on, nobody says any more that it is lost: limits on their rate (RFC 1812 4.3.2.8) leave some. */
static void take_event(struct ik_tunnel_case *c, const struct ik_esp_flow *f,
                       const struct ik_pair_event *ev, ikescope_time answered)
{
	bool along = ik_addr_eq(&ev->src, &f->src);

	if (ev->esp_spi != f->spi)
		return;
	if (ev->invalid_spi && !along && ev->time >= f->first_time) {
		if (c->fact[IK_T_UNKNOWN_SPI] == 0)
			c->fact[IK_T_GOES_ON] = f->last_time - ev->time;
		count(c, IK_T_UNKNOWN_SPI, IK_TP_UNKNOWN_SPI, ev);
	} else if (ev->icmp && along && refuses(ev)) {
		count(c, IK_T_REFUSED, IK_TP_REFUSED, ev);
	} else if (ev->icmp && along && ik_too_large(&ev->src, ev->icmp_type, ev->icmp_code)) {
		if (c->place[IK_TP_TOLD] == 0) {
			c->place[IK_TP_TOLD] = ev->place;
			c->router = ev->from;
		}
	} else if (ev->icmp && along && unreachable(ev)) {
		if (c->fact[IK_T_UNREACHABLE] > 0 || answered < ev->time)
			count(c, IK_T_UNREACHABLE, IK_TP_REFUSED, ev);
		c->unreachable = ev->time;
	} else if (!ev->icmp && !ev->invalid_spi && along) {
		count(c, IK_T_INCOMPLETE, IK_TP_INCOMPLETE, ev);
	}
}

/* ---- old SAs -------------------------------------------------------------------------------- */

/* The other side left its only SPI for a new one; this flow began before and goes on. */
static int64_t old_spi(const struct ik_tunnel_scene *s, const struct ik_pair_flow *flow,
                       struct ik_tunnel_case *c)
{
	size_t side = ik_pair_side(s->pair, &flow->esp.src);
	const struct ik_tunnel_side *other = &s->side[1 - side];
	ikescope_time since;

	if (flow != s->side[side].newest || other->before == NULL || !s->owned || !s->one_child)
		return 0;
	since = other->newest->esp.first_time;
	if (other->others_last > since + SWITCH_WITHIN ||
	    other->before->esp.last_time < since - SWITCH_WITHIN ||
	    flow->esp.first_time > since - SWITCH_WITHIN)
		return 0;
	c->place[IK_TP_NEW] = other->newest->esp.first;
	return flow->esp.last_time - since;
}

/* The other side began anew, sends nothing more under what was before, and this flow of before goes
 * on. */
static int64_t old_sa(const struct ik_tunnel_scene *s, const struct ik_pair_flow *flow,
                      struct ik_tunnel_case *c)
{
	size_t side = ik_pair_side(s->pair, &flow->esp.src);
	const struct ik_tunnel_side *other = &s->side[1 - side];
	bool left = false;

	if (s->anew == NULL || !ik_addr_eq(&s->anew->i.addr, &flow->esp.dst) ||
	    flow != s->side[side].newest || flow->esp.first_time > s->anew->up_time - SWITCH_WITHIN)
		return 0;
	for (size_t i = 0; i < s->n_flows; i++) {
		const struct ik_esp_flow *f = &s->flows[i]->esp;

		if (ik_pair_side(s->pair, &f->src) == side || f->first_time > s->anew->up_time)
			continue;
		if (f->last_time > s->anew->up_time)
			return 0;
		left = true;
	}
	if (!left || other->packets == 0)
		return 0;
	c->place[IK_TP_NEW] = s->anew->first;
	return flow->esp.last_time - s->anew->up_time;
}

/* ---- a flow --------------------------------------------------------------------------------- */

bool ik_tunnel_plain(const struct ik_tunnel_scene *s, const struct ik_pair_flow *flow)
{
	const struct ik_esp_flow *f = &flow->esp;
	size_t side = ik_pair_side(s->pair, &f->src);
	bool may_be_old = flow == s->side[side].newest &&
	                  (s->anew != NULL || s->side[1 - side].before != NULL);

	return f->odd.jump == 0 && f->odd.deepest == 0 && f->odd.told == 0 &&
	       f->odd.fragmented == 0 && f->duplicates == 0 && f->out_of_order == 0 &&
	       f->max_seq >= f->first_seq && ik_esp_missing(f) == 0 && s->pair->n_events == 0 &&
	       !may_be_old;
}

void ik_tunnel_flow_facts(const struct ik_tunnel_scene *s, const struct ik_pair_flow *flow,
                          struct ik_tunnel_case *c)
{
	const struct ik_esp_flow *f = &flow->esp;
	bool low = ik_pair_side(s->pair, &f->src) == 0;
	const struct ik_tunnel_side *other = &s->side[low ? 1 : 0];
	ikescope_time answered = other->packets > 0 ? other->last_time : IKESCOPE_TIME_NONE;

	c->flow = f;
	c->from = low ? &s->pair->low : &s->pair->high;
	c->to = low ? &s->pair->high : &s->pair->low;
	c->place[IK_TP_FIRST] = f->first;
	c->place[IK_TP_LAST] = f->last;
	facts_of_order(s, f, c);
	facts_of_size(f, c);
	c->fact[IK_T_INCOMPLETE] = c->fact[IK_T_REFUSED] = 0;
	c->fact[IK_T_UNREACHABLE] = c->fact[IK_T_UNKNOWN_SPI] = 0;
	for (size_t i = 0; i < s->pair->n_events; i++)
		take_event(c, f, &s->pair->events[i], answered);
	if (c->fact[IK_T_UNREACHABLE] > 0 && f->last_time - c->unreachable > HEALED)
		c->fact[IK_T_UNREACHABLE] = 0;
	c->fact[IK_T_OLD_SPI] = old_spi(s, flow, c);
	if (c->fact[IK_T_OLD_SPI] == 0)
		c->fact[IK_T_OLD_SA] = old_sa(s, flow, c);
}
