/*
 * Captures, negotiations and tunnels as JSON. What packets leave open is null.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "output/json_model.h"

#include "base/addr.h"
#include "base/timefmt.h"
#include "ikescope/names.h"
#include "output/json_value.h"

/* clang-format off: a key and its value a line */

static json_t *party(const struct ikescope_party *p)
{
	return json_pack("{s:o, s:o, s:o, s:o, s:o}", "address", ik_json_addr(&p->endpoint.addr),
	                 "port", ik_json_known(p->endpoint.port), "implementation",
	                 ik_json_text(p->implementation), "behind_nat", ik_json_tri(p->behind_nat),
	                 "inside_address", ik_json_addr(&p->inside));
}

static json_t *endpoint(const struct ikescope_endpoint *e)
{
	return json_pack("{s:o, s:o}", "address", ik_json_addr(&e->addr), "port",
	                 ik_json_known(e->port));
}

static json_t *paths(const struct ikescope_negotiation *n)
{
	json_t *array = json_array();

	for (size_t i = 0; i < n->n_paths; i++) {
		const struct ikescope_path *p = &n->paths[i];
		json_t *o =
		        json_pack("{s:o, s:o, s:o, s:o, s:o, s:o, s:o}", "initiator",
		                  endpoint(&p->initiator), "responder", endpoint(&p->responder),
		                  "first_capture", ik_json_known(p->first.capture), "first_frame",
		                  ik_json_known(p->first.frame), "last_capture",
		                  ik_json_known(p->last.capture), "last_frame",
		                  ik_json_known(p->last.frame), "domain", ik_json_text(p->domain));

		ik_json_append(&array, o);
	}
	return array;
}

static json_t *refusal(const struct ikescope_stall *s)
{
	if (!s->has_by)
		return json_null();
	return json_pack("{s:o, s:o, s:o}", "capture", ik_json_known(s->by.capture), "frame",
	                 ik_json_known(s->by.frame), "name", ik_json_text(s->by_name));
}

static json_t *stalled_at(const struct ikescope_negotiation *n)
{
	const struct ikescope_stall *s = &n->stall;

	if (!n->has_stall)
		return json_null();
	return json_pack("{s:s, s:o, s:o, s:o, s:I, s:o, s:o}", "kind",
	                 ikescope_stall_kind_name(s->kind), "message", ik_json_text(s->message),
	                 "capture", ik_json_known(s->at.capture), "frame",
	                 ik_json_known(s->at.frame), "copies", (json_int_t)s->copies, "waiting_for",
	                 ik_json_role(s->waiting_for), "by", refusal(s));
}

static json_t *both_ends(const char *initiator, const char *responder)
{
	return json_pack("{s:o, s:o}", "initiator", ik_json_text(initiator), "responder",
	                 ik_json_text(responder));
}

static json_t *shown_as(const struct ikescope_shown_as *s)
{
	return json_pack("{s:o, s:o, s:o, s:o}", "ios",
	                 both_ends(s->ios_initiator, s->ios_responder), "asa",
	                 both_ends(s->asa_initiator, s->asa_responder), "strongswan",
	                 both_ends(s->strongswan_initiator, s->strongswan_responder), "libreswan",
	                 both_ends(s->libreswan_initiator, s->libreswan_responder));
}

static json_t *spis(const struct ikescope_child *c)
{
	json_t *array = json_array();

	for (size_t i = 0; i < c->n_spis; i++)
		ik_json_append(&array, ik_json_hex(c->spis[i], 8));
	return array;
}

static json_t *children(const struct ikescope_negotiation *n)
{
	json_t *array = json_array();

	for (size_t i = 0; i < n->n_children; i++) {
		const struct ikescope_child *c = &n->children[i];
		json_t *o =
		        json_pack("{s:I, s:o, s:o, s:o, s:o, s:s, s:o, s:o, s:b}", "message_id",
		                  (json_int_t)c->message_id, "exchange", ik_json_text(c->exchange),
		                  "initiated_by", ik_json_role(c->initiated_by), "first_capture",
		                  ik_json_known(c->first.capture), "first_frame",
		                  ik_json_known(c->first.frame), "state",
		                  ikescope_phase_name(c->state), "spis", spis(c), "rekeys",
		                  ik_json_tri(c->rekeys), "assumed", (int)c->assumed);

		ik_json_append(&array, o);
	}
	return array;
}

static json_t *link_types(const struct ikescope_capture_view *c)
{
	json_t *array = json_array();

	for (size_t i = 0; i < c->n_link_types; i++)
		ik_json_append(&array, ik_json_text(c->link_types[i]));
	return array;
}

json_t *ik_json_capture(const struct ikescope_capture_view *c, bool with_findings)
{
	json_t *o = json_pack("{s:I, s:o, s:o, s:o, s:o, s:I, s:I, s:I, s:I, s:o, s:o, s:o, s:b}",
	                      "capture", (json_int_t)c->capture, "file", ik_json_text(c->file),
	                      "format", ik_json_text(c->format), "compression",
	                      ik_json_text(c->compression), "link_types", link_types(c), "packets",
	                      (json_int_t)c->packets, "ike_messages", (json_int_t)c->ike_messages,
	                      "esp_packets", (json_int_t)c->esp_packets, "mirror_duplicates",
	                      (json_int_t)c->mirror_duplicates, "dropped",
	                      c->dropped < 0 ? json_null() : json_integer(c->dropped), "first_time",
	                      ik_json_time(c->first_time), "last_time", ik_json_time(c->last_time),
	                      "truncated_file", (int)c->truncated_file);

	if (with_findings)
		ik_json_set(&o, "findings", ik_json_findings(c->findings, c->n_findings));
	return o;
}

/* Who, how and when. */
static json_t *identity(const struct ikescope_negotiation *n)
{
	return json_pack(
	        "{s:I, s:I, s:s, s:s, s:s, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o,"
	        " s:o, s:o, s:o, s:o, s:o, s:o}",
	        "id", (json_int_t)n->id, "ike_version", (json_int_t)n->ike_version, "mode",
	        ikescope_mode_name(n->mode), "transport", ikescope_transport_name(n->transport),
	        "started_by", ikescope_started_by_name(n->started_by), "rekey_of",
	        ik_json_known(n->rekey_of), "rekeyed_by", ik_json_known(n->rekeyed_by), "retry_of",
	        ik_json_known(n->retry_of), "initiator", party(&n->initiator), "responder",
	        party(&n->responder), "paths", paths(n), "initiator_spi",
	        ik_json_hex(n->initiator_spi, 16), "responder_spi",
	        ik_json_hex(n->responder_spi, 16), "first_capture", ik_json_known(n->first.capture),
	        "first_frame", ik_json_known(n->first.frame), "last_capture",
	        ik_json_known(n->last.capture), "last_frame", ik_json_known(n->last.frame),
	        "first_time", ik_json_time(n->first_time), "last_time", ik_json_time(n->last_time));
}

/* How far it came. */
static json_t *position(const struct ikescope_negotiation *n)
{
	return json_pack("{s:s, s:b, s:s, s:s, s:s, s:o, s:o, s:o}", "outcome",
	                 ikescope_outcome_name(n->outcome), "assumed", (int)n->assumed, "at_end",
	                 ikescope_at_end_name(n->at_end), "phase1", ikescope_phase_name(n->phase1),
	                 "phase2", ikescope_phase_name(n->phase2), "stalled_at", stalled_at(n),
	                 "shown_as", shown_as(&n->shown_as), "children", children(n));
}

json_t *ik_json_negotiation(const struct ikescope_negotiation *n, bool with_findings)
{
	json_t *o = identity(n), *more = position(n);

	if (o != NULL && (more == NULL || json_object_update(o, more) != 0)) {
		json_decref(o);
		o = NULL;
	}
	json_decref(more);
	if (with_findings)
		ik_json_set(&o, "findings", ik_json_findings(n->findings, n->n_findings));
	return o;
}

/* By the size of the window. */
static json_t *replay_drops(const struct ikescope_esp *e)
{
	json_t *o = json_object();

	for (unsigned i = 0; i < IKESCOPE_REPLAY_WINDOWS; i++) {
		char window[16];
		struct ik_buf b = IK_BUF_ON(window);

		ik_buf_printf(&b, "%u", 32U << i);
		ik_json_set(&o, window, json_integer((json_int_t)e->replay_drops[i]));
	}
	return o;
}

json_t *ik_json_esp(const struct ikescope_esp *e)
{
	return json_pack(
	        "{s:s, s:o, s:o, s:o, s:s, s:o, s:o, s:I, s:I, s:o, s:o, s:o, s:o, s:o,"
	        " s:o, s:I, s:I, s:I, s:I, s:I, s:I, s:o, s:I, s:I}",
	        "protocol", e->ah ? "ah" : "esp", "spi", ik_json_hex(e->spi, 8), "source",
	        ik_json_addr(&e->source), "destination", ik_json_addr(&e->destination),
	        "encapsulation", ikescope_encapsulation_name(e->encapsulation), "negotiation",
	        ik_json_known(e->negotiation), "child",
	        e->child < 0 ? json_null() : json_integer(e->child), "packets",
	        (json_int_t)e->packets, "bytes", (json_int_t)e->octets, "first_capture",
	        ik_json_known(e->first.capture), "first_frame", ik_json_known(e->first.frame),
	        "last_capture", ik_json_known(e->last.capture), "last_frame",
	        ik_json_known(e->last.frame), "first_time", ik_json_time(e->first_time),
	        "last_time", ik_json_time(e->last_time), "first_sequence",
	        (json_int_t)e->first_sequence, "last_sequence", (json_int_t)e->last_sequence,
	        "missing", (json_int_t)e->missing, "duplicates", (json_int_t)e->duplicates,
	        "out_of_order", (json_int_t)e->out_of_order, "reorder_depth",
	        (json_int_t)e->reorder_depth, "replay_drops", replay_drops(e), "largest",
	        (json_int_t)e->largest, "fragmented", (json_int_t)e->fragmented);
}

json_t *ik_json_tunnel(const struct ikescope_tunnel *t)
{
	json_t *ids = json_array(), *esp = json_array();

	for (size_t i = 0; i < t->n_negotiations; i++)
		ik_json_append(&ids, json_integer((json_int_t)t->negotiations[i]));
	for (size_t i = 0; i < t->n_esp; i++)
		ik_json_append(&esp, ik_json_esp(&t->esp[i]));
	return json_pack("{s:[o, o], s:o, s:o, s:o, s:o}", "peers", ik_json_addr(&t->peers[0]),
	                 ik_json_addr(&t->peers[1]), "domain", ik_json_text(t->domain),
	                 "negotiations", ids, "esp", esp, "findings",
	                 ik_json_findings(t->findings, t->n_findings));
}

json_t *ik_json_limits(const struct ikescope_totals *t)
{
	json_t *array = json_array();

	for (size_t i = 0; i < t->n_limits; i++)
		ik_json_append(&array,
		               json_pack("{s:o, s:I, s:I}", "name", ik_json_text(t->limits[i].name),
		                         "value", (json_int_t)t->limits[i].value, "lost",
		                         (json_int_t)t->limits[i].lost));
	return array;
}

json_t *ik_json_not_kept(const struct ikescope_totals *t)
{
	return json_pack("{s:I, s:I, s:I}", "strangers", (json_int_t)t->not_kept_strangers, "flows",
	                 (json_int_t)t->not_kept_flows, "packets", (json_int_t)t->not_kept_packets);
}
/* clang-format on */
