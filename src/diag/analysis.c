/*
 * The context behind the public interface: packets go to the tracker; in the end pairs come back
 * sorted, become cases, and rules speak.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "ikescope/analysis.h"

#include <stdlib.h>
#include <string.h>

#include "diag/nat.h"
#include "diag/survey.h"
#include "diag/tunnel.h"
#include "diag/view.h"

/* Healthy negotiations are kept without their single messages once all messages take more than this
 * part of the memory: their records would take several times as much. */
#define SLIM_FROM 4

struct capture {
	char *file, *format, *compression, *problem;
	const char *link_types[8];
	int64_t dropped;
	bool truncated;
};

struct ikescope {
	struct ikescope_options options;
	uint16_t *ports;
	struct ik_spill spill;
	struct ik_tracker tracker;
	struct ik_assembly assembly;
	struct capture *captures;
	size_t n_captures, cap_captures;
	struct ik_survey survey;
	struct ik_nat_memory *nat; /* NULL: too many negotiations */
	struct walk *idle;         /* the space of an earlier walk, for the next one */
	struct ikescope_limit_reached limits[24];
	ikescope_time capture_end;
	bool finished;
	int error;
};

struct ikescope_options ikescope_options_default(void)
{
	return (struct ikescope_options){.limits = ikescope_limits_default(),
	                                 .nat_search = IKESCOPE_NAT_SEARCH_PRIVATE};
}

/* ---- life ----------------------------------------------------------------------------------- */

struct ikescope *ikescope_new(const struct ikescope_options *options)
{
	struct ikescope *s = (struct ikescope *)calloc(1, sizeof(*s));
	size_t ports = options->n_ike_ports;

	if (s == NULL)
		return NULL;
	s->options = *options;
	s->spill.io = options->spill;
	s->spill.memory = options->limits.memory;
	s->ports = (uint16_t *)calloc(ports + 1, sizeof(*s->ports));
	if (s->ports != NULL && ports > 0)
		memcpy(s->ports, options->ike_ports, ports * sizeof(*s->ports));
	s->options.ike_ports = s->ports;
	if (s->ports == NULL ||
	    !ik_tracker_init(&s->tracker, &s->options, &s->spill, ik_assembly_flow, &s->assembly) ||
	    !ik_assembly_init(&s->assembly, &s->tracker, &s->spill, &s->options.limits)) {
		ikescope_free(s);
		return NULL;
	}
	return s;
}

void ikescope_free(struct ikescope *s)
{
	if (s == NULL)
		return;
	ik_tracker_close(&s->tracker);
	ik_assembly_close(&s->assembly);
	ik_spill_close(&s->spill);
	for (size_t i = 0; i < s->n_captures; i++) {
		free(s->captures[i].file);
		free(s->captures[i].format);
		free(s->captures[i].compression);
		free(s->captures[i].problem);
	}
	free(s->captures);
	free(s->survey.captures);
	ik_nat_memory_free(s->nat);
	free(s->idle);
	free(s->ports);
	free(s);
}

static int fail(struct ikescope *s)
{
	if (s->error == 0)
		s->error = s->spill.failed && !s->spill.no_memory ? IKESCOPE_ERR_SPILL
		                                                  : IKESCOPE_ERR_MEMORY;
	return s->error;
}

/* False: out of memory. */
static bool copy(char **to, const char *text)
{
	*to = text != NULL ? strdup(text) : NULL;
	return text == NULL || *to != NULL;
}

int ikescope_capture_begin(struct ikescope *s, const struct ikescope_capture_info *info,
                           uint32_t *capture)
{
	struct capture *c;

	if (s->error != 0 || s->finished || s->n_captures == UINT16_MAX)
		return s->error != 0 ? s->error : IKESCOPE_ERR_USE;
	if (s->n_captures == s->cap_captures) {
		size_t cap = s->cap_captures != 0 ? 2 * s->cap_captures : 4;
		struct capture *grown =
		        (struct capture *)realloc(s->captures, cap * sizeof(*grown));

		if (grown == NULL)
			return fail(s);
		s->captures = grown;
		s->cap_captures = cap;
	}
	if (!ik_tracker_capture(&s->tracker))
		return fail(s);
	c = &s->captures[s->n_captures++];
	*c = (struct capture){.dropped = -1};
	*capture = (uint32_t)s->n_captures;
	return copy(&c->file, info->file) && copy(&c->format, info->format) &&
	                       copy(&c->compression, info->compression)
	               ? IKESCOPE_OK
	               : fail(s);
}

int ikescope_packet(struct ikescope *s, const struct ikescope_packet *packet)
{
	if (s->error != 0)
		return s->error;
	if (s->finished || packet->at.capture - UINT32_C(1) >= s->n_captures ||
	    packet->captured > packet->length ||
	    (uint64_t)packet->time + IKESCOPE_TIME_MOST > UINT64_C(2) * IKESCOPE_TIME_MOST)
		return IKESCOPE_ERR_USE;
	return ik_tracker_packet(&s->tracker, packet) ? IKESCOPE_OK : fail(s);
}

const char *ikescope_link_type_name(uint16_t link_type)
{
	return ik_net_link_name(link_type);
}

int ikescope_capture_end(struct ikescope *s, uint32_t capture,
                         const struct ikescope_capture_stats *stats)
{
	struct capture *c;

	if (s->error != 0)
		return s->error;
	if (capture == 0 || capture > s->n_captures)
		return IKESCOPE_ERR_USE;
	c = &s->captures[capture - 1];
	c->dropped = stats->dropped;
	c->truncated = stats->truncated_file;
	return copy(&c->problem, stats->problem) ? IKESCOPE_OK : fail(s);
}

/* ---- the end -------------------------------------------------------------------------------- */

static void find_capture_end(struct ikescope *s)
{
	s->capture_end = IKESCOPE_TIME_NONE;
	for (size_t i = 0; i < s->tracker.n_counts; i++)
		if (s->tracker.counts[i].last_time > s->capture_end)
			s->capture_end = s->tracker.counts[i].last_time;
}

static bool open_reader(struct ikescope *s, struct ik_pair_reader *r)
{
	*r = (struct ik_pair_reader){
	        .cursor = ik_cursor_open(s->assembly.sorter),
	        .capture_end = s->capture_end,
	        .ike_ports = s->ports,
	        .n_ike_ports = s->options.n_ike_ports,
	};
	return r->cursor != NULL;
}

static void close_reader(struct ik_pair_reader *r, struct ik_pair *p)
{
	ik_cursor_close(r->cursor);
	ik_nego_space_free(&r->space);
	ik_nego_space_free(&r->kept);
	ik_pair_free(p);
}

/* Whether a pair is of the peer that was asked for. */
static bool asked_for(const struct ikescope *s, const struct ik_pair *p)
{
	const struct ikescope_addr *peer = &s->options.peer;

	return peer->family == 0 || memcmp(peer, &p->low, sizeof(*peer)) == 0 ||
	       memcmp(peer, &p->high, sizeof(*peer)) == 0;
}

static bool take_survey(struct ikescope *s)
{
	struct ik_pair pair = {.assembly = &s->assembly};
	struct ik_pair_reader r;

	s->survey.n_captures = s->n_captures;
	s->survey.captures =
	        (struct ik_capture_survey *)calloc(s->n_captures + 1, sizeof(*s->survey.captures));
	if (s->survey.captures == NULL || !open_reader(s, &r))
		return false;
	do {
		if (s->options.peer.family == 0)
			s->survey.negotiations += ik_pair_pass(&r);
		if (!ik_pair_next(&r, &pair))
			break;
		if (asked_for(s, &pair))
			ik_survey_pair(&s->survey, &pair, s->capture_end);
	} while (true);
	close_reader(&r, &pair);
	return !r.failed && !s->spill.failed;
}

/* What NAT detection says of the negotiations, unless they are too many. */
static bool learn_nat(struct ikescope *s)
{
	struct ik_pair pair = {.assembly = &s->assembly};
	struct ik_hashers hashers = {.ctx = NULL};
	struct ik_pair_reader r;
	bool ok = true;

	if (s->survey.negotiations > s->options.limits.nat_negotiations)
		return true;
	s->nat = ik_nat_memory_new(&s->options);
	if (s->nat == NULL || !open_reader(s, &r))
		return false;
	while (ok && ik_pair_next(&r, &pair)) {
		if (!asked_for(s, &pair) || pair.n_briefs == 0)
			continue;
		ik_pair_again(&r);
		for (size_t i = 0; ok && i < pair.n_briefs; i++) {
			struct ik_nego n;

			ok = ik_pair_negotiation(&r, &n) &&
			     ik_nat_learn(s->nat, &n, pair.briefs[i].id, &hashers) &&
			     !hashers.failed;
		}
	}
	ik_nat_learnt(s->nat);
	close_reader(&r, &pair);
	ik_hashers_free(&hashers);
	return ok && !r.failed && !s->spill.failed;
}

int ikescope_finish(struct ikescope *s)
{
	if (s->error != 0 || s->finished)
		return s->error != 0 ? s->error : IKESCOPE_ERR_USE;
	s->finished = true;
	find_capture_end(s);
	if (!ik_tracker_flush(&s->tracker))
		return fail(s);
	s->assembly.slim = ik_log_size(s->tracker.log) > s->spill.memory / SLIM_FROM;
	s->assembly.end = s->capture_end;
	s->assembly.settled = ik_survey_settled(s->capture_end);
	if (!ik_assembly_run(&s->assembly) || !take_survey(s) || !learn_nat(s))
		return fail(s);
	return IKESCOPE_OK;
}

/* ---- totals --------------------------------------------------------------------------------- */

static void add_limit(struct ikescope_totals *t, struct ikescope *s, const char *name,
                      uint64_t value, uint64_t lost)
{
	if (t->n_limits < sizeof(s->limits) / sizeof(s->limits[0]))
		s->limits[t->n_limits++] = (struct ikescope_limit_reached){name, value, lost};
}

static void fill_limits(struct ikescope *s, struct ikescope_totals *t)
{
	const struct ik_tracker *k = &s->tracker;
	const struct ikescope_limits *l = &s->options.limits;
	struct ik_net_cap cap;

	for (size_t i = 0; (cap = ik_net_cap(k->net, i)).name != NULL; i++)
		if (cap.lost > 0)
			add_limit(t, s, cap.name, cap.value, cap.lost);
	if (s->assembly.strangers_lost > 0)
		add_limit(t, s, "strangers", l->strangers, s->assembly.strangers_lost);
	if (s->assembly.slim || ik_log_size(k->log) > l->memory)
		add_limit(t, s, "memory", l->memory, 0);
	if (ik_esp_evicted(k->esp) > 0)
		add_limit(t, s, "esp_flows", l->esp_flows, 0);
	if (ik_seen_forgotten(k->seen) > 0)
		add_limit(t, s, "endpoints", l->endpoints, 0);
	if (ik_offers_lost(k->offers) > 0)
		add_limit(t, s, "offers", l->offers, ik_offers_lost(k->offers));
	if (s->assembly.children_lost > 0)
		add_limit(t, s, "children", l->children, s->assembly.children_lost);
	if (s->assembly.folded > 0)
		add_limit(t, s, "steps", l->steps, s->assembly.folded);
	if (s->assembly.targets_lost > 0)
		add_limit(t, s, "targets", l->targets, s->assembly.targets_lost);
	if (k->pair_events_lost + s->survey.events_lost > 0)
		add_limit(t, s, "pair_events", l->pair_events,
		          k->pair_events_lost + s->survey.events_lost);
	if (k->trouble_lost > 0)
		add_limit(t, s, "anomalies", l->anomalies, k->trouble_lost);
	if (s->nat == NULL)
		add_limit(t, s, "nat_negotiations", l->nat_negotiations, s->survey.negotiations);
	if (ik_nat_not_searched(s->nat) > 0)
		add_limit(t, s, "nat_passes", l->nat_passes, ik_nat_not_searched(s->nat));
	t->limits = s->limits;
	t->lost_answered = k->events_lost > 0 || s->assembly.children_lost > 0;
}

static struct ikescope_totals totals_of(struct ikescope *s)
{
	struct ikescope_totals t = {
	        .negotiations = s->survey.negotiations,
	        .esp_flows = s->survey.flows,
	        .not_kept_strangers = s->assembly.strangers_lost,
	        .not_kept_packets = s->assembly.strangers_packets,
	};

	fill_limits(s, &t);
	return t;
}

/* ---- the walk ------------------------------------------------------------------------------- */

struct walk {
	struct ikescope *s;
	const struct ikescope_visitor *v;
	void *user;
	const struct ik_rules *rules;
	struct ikescope_totals totals;
	struct ik_case kase;
	struct ik_findings findings, document;
	struct ik_view_space view;
	struct ik_tunnel_space tunnel;
	struct ik_hashers hashers;
	bool dropped; /* packets while capturing, in any capture */
};

static void count_failures(struct walk *w, const struct ikescope_finding *f, size_t n)
{
	for (size_t i = 0; i < n; i++)
		w->totals.failures += f[i].severity == IKESCOPE_FAILURE;
}

static int walk_captures(struct walk *w)
{
	struct ikescope *s = w->s;

	for (size_t i = 0; i < s->n_captures; i++) {
		struct capture *c = &s->captures[i];
		const struct ik_capture_counts *n = &s->tracker.counts[i];
		struct ikescope_capture_view view = {
		        .capture = (uint32_t)i + 1,
		        .file = c->file,
		        .format = c->format,
		        .compression = c->compression,
		        .link_types = c->link_types,
		        .n_link_types = n->n_link_types,
		        .packets = n->packets,
		        .ike_messages = n->ike_messages,
		        .esp_packets = n->esp_packets,
		        .mirror_duplicates = n->mirror_duplicates,
		        .dropped = c->dropped,
		        .first_time = n->first_time,
		        .last_time = n->last_time,
		        .truncated_file = c->truncated,
		};
		int result;

		for (size_t k = 0; k < n->n_link_types; k++) {
			const char *name = ik_net_link_name(n->link_types[k]);

			c->link_types[k] = name != NULL ? name : "unknown";
		}
		ik_findings_reset(&w->findings);
		ik_survey_capture(&w->findings, &s->survey, &s->assembly, view.capture, c->dropped,
		                  c->problem);
		view.findings = w->findings.row;
		view.n_findings = w->findings.n;
		count_failures(w, view.findings, view.n_findings);
		result = w->v->capture(w->user, &view);
		if (result != 0)
			return result;
	}
	return 0;
}

static int show_negotiation(struct walk *w, const struct ik_nego *n, struct ik_pair *p,
                            const struct ik_brief *b, struct ik_pair_said *said)
{
	struct ikescope_negotiation view;
	enum ik_view_depth depth;

	ik_case_make(&w->kase, n, p, b, w->s->capture_end);
	ik_pair_children(p, n, b);
	ik_findings_reset(&w->findings);
	ik_findings_of_case(&w->findings, &w->kase, w->rules);
	if (!ik_history_take(&w->tunnel.history, (size_t)(b - p->briefs), &w->kase, &w->findings))
		return fail(w->s);
	w->totals.outcome[w->kase.pos.outcome]++;
	count_failures(w, w->findings.row, w->findings.n);
	for (size_t i = 0; i < w->findings.n; i++) {
		if (w->findings.row[i].severity != IKESCOPE_FAILURE)
			continue;
		said->natt |= strcmp(w->findings.row[i].slug, "natt-not-offered") == 0;
		said->esp_blackhole |=
		        strcmp(w->findings.row[i].slug, "delete-without-replacement") == 0;
	}
	if (w->v->negotiation == NULL)
		return 0;
	depth = w->v->brief                                                ? IK_VIEW_BRIEF
	        : w->v->detailed != NULL && w->v->detailed(w->user, b->id) ? IK_VIEW_DETAILED
	                                                                   : IK_VIEW_WHOLE;
	if (!ik_view_make(&w->view, &w->kase, depth, &view) || w->hashers.failed)
		return fail(w->s);
	view.findings = w->findings.row;
	view.n_findings = w->findings.n;
	return w->v->negotiation(w->user, &view);
}

static int show_tunnel(void *ctx, const struct ikescope_tunnel *t)
{
	struct walk *w = (struct walk *)ctx;

	w->totals.tunnels++;
	count_failures(w, t->findings, t->n_findings);
	return w->v->tunnel != NULL ? w->v->tunnel(w->user, t) : 0;
}

static int walk_pair(struct walk *w, struct ik_pair_reader *r, struct ik_pair *p)
{
	struct ik_pair_said said = {.dropped = w->dropped};
	int result = 0;

	if (p->n_briefs > 0)
		ik_pair_again(r);
	for (size_t i = 0; result == 0 && i < p->n_briefs; i++) {
		struct ik_nego n;

		if (!ik_pair_negotiation(r, &n))
			return fail(w->s);
		result = show_negotiation(w, &n, p, &p->briefs[i], &said);
	}
	if (result == 0)
		result = ik_tunnels(&w->tunnel, p, &said, w->s->capture_end, w->rules->tunnel,
		                    show_tunnel, w);
	return result;
}

static int walk_pairs(struct walk *w)
{
	struct ik_pair pair = {
	        .assembly = &w->s->assembly, .hashers = &w->hashers, .nat = w->s->nat};
	struct ik_pair_reader r;
	int result = 0;

	if (!open_reader(w->s, &r))
		return fail(w->s);
	while (result == 0 && ik_pair_next(&r, &pair))
		if (asked_for(w->s, &pair))
			result = walk_pair(w, &r, &pair);
	close_reader(&r, &pair);
	if (result == 0 && (r.failed || w->s->spill.failed))
		result = fail(w->s);
	return result;
}

static int walk_all(struct walk *w)
{
	const struct ikescope_visitor *v = w->v;
	int result = v->begin != NULL ? v->begin(w->user, &w->totals) : 0;

	if (result == 0 && v->capture != NULL)
		result = walk_captures(w);
	if (result == 0 && (v->negotiation != NULL || v->tunnel != NULL))
		result = walk_pairs(w);
	if (result == 0 && v->end != NULL)
		result = v->end(w->user, &w->totals);
	return result;
}

int ik_walk_rules(struct ikescope *s, const struct ikescope_visitor *visitor, void *user,
                  const struct ik_rules *rules)
{
	struct walk *w;
	int result;

	if (s->error != 0 || !s->finished)
		return s->error != 0 ? s->error : IKESCOPE_ERR_USE;
	w = s->idle != NULL ? s->idle : (struct walk *)malloc(sizeof(*w));
	if (w == NULL)
		return fail(s);
	s->idle = NULL;
	memset(w, 0, sizeof(*w));
	w->s = s;
	w->v = visitor;
	w->user = user;
	w->rules = rules;
	for (size_t i = 0; i < s->n_captures; i++)
		w->dropped |= s->captures[i].dropped > 0;
	w->findings.evidence_frames = w->document.evidence_frames =
	        w->tunnel.findings.evidence_frames = s->options.limits.evidence_frames;
	w->findings.brief = w->tunnel.findings.brief = visitor->brief;
	w->totals = totals_of(s);
	ik_survey_document(&w->document, &s->survey, &s->assembly);
	w->totals.findings = w->document.row;
	w->totals.n_findings = w->document.n;
	count_failures(w, w->document.row, w->document.n);
	result = walk_all(w);
	ik_view_space_free(&w->view);
	ik_tunnel_space_free(&w->tunnel);
	ik_hashers_free(&w->hashers);
	free(s->idle);
	s->idle = w;
	return result;
}

int ikescope_walk(struct ikescope *s, const struct ikescope_visitor *visitor, void *user)
{
	return ik_walk_rules(s, visitor, user, &ik_all_rules);
}
