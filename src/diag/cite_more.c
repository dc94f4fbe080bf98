/*
 * Evidence about encryption, fragments, children and the life of an SA.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "base/addr.h"
#include "base/timefmt.h"
#include "diag/cites.h"
#include "diag/difference.h"
#include "diag/words.h"
#include "iana/iana.h"
#include "session/size.h"

static const char *side(uint8_t dir)
{
	return dir == IK_I2R ? "initiator" : "responder";
}

bool ik_cite_float(const struct ik_case *c, struct ik_cited *out, struct ik_buf *b)
{
	const struct ik_step *s = ik_nego_step(c->n, c->pos.serial);

	if (s == NULL || (s->bits & IK_STEP_MARKED) == 0)
		return false;
	ik_cited_frame(out, s->first);
	ik_buf_printf(b,
	              "%s went to UDP %u in one packet of %u octets; everything before it ran on "
	              "UDP %u, and nothing ever came from port 4500",
	              ik_msg_name((enum ik_msg_name)s->name), s->dport, s->length,
	              c->n->n_steps > 0 ? c->n->steps[0].dport : 500);
	return true;
}

bool ik_cite_fragments(const struct ik_case *c, struct ik_cited *out, struct ik_buf *b)
{
	const struct ik_step *s = ik_nego_step(c->n, c->pos.serial);

	for (size_t i = 0; i < c->n->n_lost; i++) {
		const struct ik_lost_seen *l = &c->n->lost[i];

		if (l->time < ik_answer_time(c->n))
			continue;
		ik_cited_frame(out, l->place);
		ik_buf_printf(b, "an IP datagram of the %s is incomplete here: %s; %u octets seen",
		              side(l->dir),
		              l->has_first ? (l->has_last ? "a fragment in the middle is missing"
		                                          : "only its first part came")
		                           : "its first fragment is missing",
		              l->have);
		if (l->count > 1)
			ik_buf_printf(b, ", %u times", l->count);
		return true;
	}
	if (s == NULL || s->ip_fragments < 2)
		return false;
	ik_cited_copies(out, c->n, s, IKESCOPE_TIME_NONE);
	ik_buf_printf(b, "%s has %u octets and left in %u IP fragments; IKE fragmentation was %s",
	              ik_msg_name((enum ik_msg_name)s->name), s->length, s->ip_fragments,
	              (c->n->peer[0].caps & c->n->peer[1].caps & IK_CAP_FRAGMENTATION) != 0
	                      ? "announced by both sides"
	                      : "not announced by both sides");
	return true;
}

bool ik_cite_skf(const struct ik_case *c, struct ik_cited *out, struct ik_buf *b)
{
	const struct ik_step *s = ik_nego_step(c->n, (uint32_t)c->fact[IK_F_INCOMPLETE]);

	if (s == NULL)
		return false;
	ik_cited_copies(out, c->n, s, IKESCOPE_TIME_NONE);
	ik_buf_printf(b, "%s came as IKE fragments: %u", ik_msg_name((enum ik_msg_name)s->name),
	              s->frag_seen);
	if (s->frag_total != 0)
		ik_buf_printf(b, " of %u", s->frag_total);
	ik_buf_printf(b, " were seen, number %u never; the set was sent ", s->frag_missing);
	ik_words_times(b, s->copies);
	return true;
}

bool ik_cite_offers(const struct ik_case *c, struct ik_cited *out, struct ik_buf *b)
{
	const struct ik_offers *offers = c->pair->assembly->tracker->offers;

	if (c->n->peer[IK_I2R].offer == 0)
		return false;
	if (c->n->n_steps > 0)
		ik_cited_frame(out, c->n->steps[0].first);
	ik_buf_puts(b, "offered: ");
	ik_words_offer(b, offers, c->n->peer[IK_I2R].offer);
	if (c->fact[IK_F_PEER_OFFER] > 0) {
		ik_buf_puts(b, ". The peer itself uses: ");
		ik_words_offer(b, offers, (uint32_t)c->fact[IK_F_PEER_OFFER]);
	}
	return true;
}

/* The arithmetic: what a message of that length can hold under the suite that was negotiated. */
bool ik_cite_size(const struct ik_case *c, struct ik_cited *out, struct ik_buf *b)
{
	const struct ik_suite *suite = &c->n->suite;
	const struct ik_step *s = ik_nego_step(c->n, c->n->refusal_step);
	uint32_t capacity;

	for (size_t i = c->n->n_children; s == NULL && i-- > 0;)
		if (c->n->children[i].state == IKESCOPE_PHASE_FAILED)
			s = ik_nego_step(c->n, c->n->children[i].step[1]);
	if (s == NULL || (s->bits & IK_STEP_ENCRYPTED) == 0)
		return false;
	ik_cited_frame(out, s->first);
	if (c->n->version == 1) {
		ik_buf_printf(b, "the encrypted INFORMATIONAL has %u octets, the size of a notify",
		              s->length);
		return true;
	}
	capacity = ik_size_capacity(suite, s->sk_len);
	if (capacity == UINT32_MAX) {
		ik_buf_printf(b, "%u octets: no more than an error fits in any suite", s->length);
		return true;
	}
	ik_buf_printf(b, "%u octets under ", s->length);
	ik_iana_put(b, &ik_reg_v2_encr, suite->encr);
	if (suite->integ != 0) {
		ik_buf_puts(b, " and ");
		ik_iana_put(b, &ik_reg_v2_integ, suite->integ);
	}
	ik_buf_printf(b, " hold at most %u octets of payloads; ", capacity);
	if (s->name != IK_AUTH_RSP)
		ik_buf_puts(b, "an SA with a nonce needs more");
	else if (s->inner == 41)
		ik_buf_puts(b, "IDr and AUTH need more, and its first payload is a notify");
	else
		ik_buf_printf(b, "IDr, AUTH, SA and traffic selectors need %u or more",
		              97 + ik_size_prf(suite, 2));
	return true;
}

bool ik_cite_child(const struct ik_case *c, struct ik_cited *out, struct ik_buf *b)
{
	const struct ik_child *k = ik_last_child(c->n);
	bool any = false;

	if (k == NULL)
		return false;
	for (size_t i = 0; i < 3; i++) {
		const struct ik_step *s = ik_nego_step(c->n, k->step[i]);

		if (s == NULL)
			continue;
		ik_cited_copies(out, c->n, s, IKESCOPE_TIME_NONE);
		ik_buf_printf(b, "%s%s (%u octets, ", any ? ", then " : "",
		              ik_msg_name((enum ik_msg_name)s->name), s->length);
		ik_words_times(b, s->copies);
		ik_buf_puts(b, ")");
		any = true;
	}
	ik_buf_printf(b, " under message id %08x", k->mid);
	return any;
}

bool ik_cite_ke(const struct ik_case *c, struct ik_cited *out, struct ik_buf *b)
{
	for (size_t i = 0; i < c->n->n_steps; i++) {
		const struct ik_step *s = &c->n->steps[i];

		if (s->name != IK_INIT_RSP || s->notify[0] != 17)
			continue;
		ik_cited_copies(out, c->n, s, IKESCOPE_TIME_NONE);
		ik_buf_puts(b, "INVALID_KE_PAYLOAD: the initiator sent ");
		ik_iana_put(b, &ik_reg_v2_key_exchange_methods, c->n->first_ke_group);
		ik_buf_puts(b, ", the responder wants ");
		ik_iana_put(b, &ik_reg_v2_key_exchange_methods, s->word);
		return true;
	}
	return false;
}

bool ik_cite_cookie(const struct ik_case *c, struct ik_cited *out, struct ik_buf *b)
{
	for (size_t i = 0; i < c->n->n_steps; i++)
		if (c->n->steps[i].name == IK_INIT_RSP && c->n->steps[i].notify[0] == 16390)
			ik_cited_frame(out, c->n->steps[i].first);
	ik_buf_puts(b, "COOKIE was asked for ");
	ik_words_times(b, (uint32_t)c->n->cookie_rounds);
	return out->n_frames > 0;
}

bool ik_cite_natt(const struct ik_case *c, struct ik_cited *out, struct ik_buf *b)
{
	const struct ik_nego *n = c->n;

	if (n->n_steps > 0)
		ik_cited_frame(out, n->steps[0].first);
	ik_buf_printf(b, "NAT traversal: announced by the initiator %s, by the responder %s",
	              c->fact[IK_F_NATT_I] == 1 ? "yes" : "no",
	              c->fact[IK_F_NATT_R] == 1 ? "yes" : "no");
	if (ik_natd_source(c, IK_I2R) == IKESCOPE_NO)
		ik_buf_puts(b,
		            "; the initiator's own NAT detection hash does not fit its address "
		            "here: a NAT is between it and this point, or it wants encapsulation");
	else if (c->brief->nat_port != 0)
		ik_buf_printf(b, "; the initiator's source port is %u", n->i.port);
	return true;
}

bool ik_cite_liveness(const struct ik_case *c, struct ik_cited *out, struct ik_buf *b)
{
	const struct ik_nego *n = c->n;
	const struct ik_step *s = ik_nego_step(n, c->pos.serial);

	if (s == NULL)
		return false;
	if (n->version == 2)
		return ik_cite_stall(c, out, b);
	for (size_t i = 0; i < n->n_steps; i++)
		if (n->steps[i].name == IK_V1_INFO && n->steps[i].serial >= s->serial &&
		    n->steps[i].dir == s->dir && n->steps[i].length == s->length)
			ik_cited_frame(out, n->steps[i].first);
	ik_buf_printf(b,
	              "%u encrypted INFORMATIONAL of %u octets, the size of a liveness probe, each "
	              "under a new message id; none of that size came back; answered before: %u",
	              n->dpd_open[s->dir], s->length, n->dpd_answers);
	return true;
}

bool ik_cite_esp(const struct ik_case *c, struct ik_cited *out, struct ik_buf *b)
{
	ikescope_time last[2] = {IKESCOPE_TIME_NONE, IKESCOPE_TIME_NONE};
	uint64_t place[2] = {0, 0}, packets[2] = {0, 0};

	for (size_t i = c->brief->flows; i < c->brief->flows_end; i++) {
		const struct ik_esp_flow *f = &c->pair->flows[i].esp;
		enum ik_dir dir = ik_addr_eq(&f->src, &c->n->i.addr) ? IK_I2R : IK_R2I;

		packets[dir] += f->packets;
		if (f->last_time > last[dir]) {
			last[dir] = f->last_time;
			place[dir] = f->last;
		}
	}
	if (packets[0] + packets[1] == 0)
		return false;
	for (size_t dir = 0; dir < 2; dir++)
		if (place[dir] != 0)
			ik_cited_frame(out, place[dir]);
	ik_buf_printf(b,
	              "ESP under this SA: %llu packets from the initiator, %llu from the responder",
	              (unsigned long long)packets[0], (unsigned long long)packets[1]);
	return true;
}

bool ik_cite_delete(const struct ik_case *c, struct ik_cited *out, struct ik_buf *b)
{
	const struct ik_nego *n = c->n;

	if (n->delete_place == 0)
		return false;
	ik_cited_frame(out, n->delete_place);
	ik_buf_printf(b, "the %s deletes the IKE SA; no other took its place in the ",
	              side((uint8_t)n->delete_by));
	ik_buf_seconds(b, c->capture_end - n->last_time);
	ik_buf_puts(b, " s that follow");
	return true;
}

bool ik_cite_eap(const struct ik_case *c, struct ik_cited *out, struct ik_buf *b)
{
	const struct ik_step *last = NULL;

	for (size_t i = 0; i < c->n->n_steps; i++)
		if (c->n->steps[i].inner == 48)
			last = &c->n->steps[i];
	if (last == NULL)
		return false;
	ik_cited_frame(out, last->first);
	ik_buf_printf(b, "%u EAP rounds; the last message with EAP first is %s of %u octets",
	              c->n->eap_rounds, ik_msg_name((enum ik_msg_name)last->name), last->length);
	if (last->dir == IK_R2I && c->fact[IK_F_EAP_LAST_SHORT] == 1)
		ik_buf_puts(b, ", room for EAP-Failure and no more");
	if (c->n->last_i > last->serial || c->n->last_r > last->serial)
		ik_buf_puts(b, "; an encrypted notify ends it");
	return true;
}

bool ik_cite_transaction(const struct ik_case *c, struct ik_cited *out, struct ik_buf *b)
{
	for (size_t i = 0; i < c->n->n_steps; i++)
		if (c->n->steps[i].name == IK_TRANSACTION)
			ik_cited_copies(out, c->n, &c->n->steps[i], IKESCOPE_TIME_NONE);
	if (out->n_frames == 0)
		return false;
	ik_buf_printf(b, "%lld TRANSACTION exchanges behind phase 1, no quick mode follows",
	              (long long)c->fact[IK_F_TRANSACTIONS]);
	return true;
}

bool ik_cite_cert(const struct ik_case *c, struct ik_cited *out, struct ik_buf *b)
{
	const struct ik_nego *n = c->n;
	const struct ik_step *s = ik_nego_step(n, c->pos.serial);
	bool certreq = (n->peer[IK_R2I].caps & IK_CAP_CERTREQ) != 0;

	if (s == NULL || (s->name != IK_AUTH_REQ && s->name != IK_MM5))
		return false;
	ik_cited_frame(out, s->first);
	ik_buf_printf(b,
	              "the responder %s for a certificate; the initiator's message has %u octets: ",
	              certreq ? "asked" : "did not ask", s->length);
	ik_buf_puts(b, s->length >= 700 ? "room for one" : "too few for one");
	return true;
}

bool ik_cite_objection(const struct ik_case *c, struct ik_cited *out, struct ik_buf *b)
{
	const struct ik_step *s = ik_nego_step(c->n, c->n->after_auth_step);

	for (size_t i = 0; s == NULL && i < c->n->n_steps; i++)
		if (c->n->steps[i].name == IK_V1_INFO && c->n->steps[i].dir == IK_I2R &&
		    c->n->steps[i].serial > c->n->phase1_step)
			s = &c->n->steps[i];
	if (s == NULL)
		return false;
	ik_cited_frame(out, s->first);
	ik_buf_printf(b, "%s of %u octets from the initiator, ",
	              ik_msg_name((enum ik_msg_name)s->name), s->length);
	if (c->n->version == 2)
		ik_buf_printf(b, "first payload %s, ", s->inner == 42 ? "Delete" : "notify");
	ik_buf_seconds(b, s->first_time - c->n->up_time);
	ik_buf_puts(b, " s behind the responder's authentication");
	return true;
}

bool ik_cite_peer_version(const struct ik_case *c, struct ik_cited *out, struct ik_buf *b)
{
	for (size_t i = 0; i < c->pair->n_briefs; i++) {
		const struct ik_brief *o = &c->pair->briefs[i];

		if (o->version == c->n->version)
			continue;
		ik_cited_frame(out, o->first);
		ik_buf_printf(b, "negotiation %llu between the same peers runs IKEv%u, started by ",
		              (unsigned long long)o->id, o->version);
		ik_buf_addr(b, &o->i.addr);
		return true;
	}
	return false;
}

bool ik_cite_elsewhere(const struct ik_case *c, struct ik_cited *out, struct ik_buf *b)
{
	const struct ik_path *p = ik_nego_elsewhere(c->n);

	if (p == NULL)
		return false;
	ik_cited_frame(out, p->first);
	ik_buf_puts(b, "an answer under the SPI of the request, from ");
	ik_buf_addr(b, &p->r.addr);
	ik_buf_printf(b, " port %u to ", p->r.port);
	ik_buf_addr(b, &p->i.addr);
	ik_buf_puts(b, "; the request went to ");
	ik_buf_addr(b, &c->n->r.addr);
	return true;
}

bool ik_cite_anomaly(const struct ik_case *c, struct ik_cited *out, struct ik_buf *b)
{
	for (size_t i = 0; i < c->n->n_anomalies; i++) {
		const struct ik_anomaly_seen *a = &c->n->anomalies[i];
		const struct ik_anomaly_info *info = ik_anomaly_info((enum ik_anomaly_code)a->code);
		const char *rfc = c->n->version == 1 ? info->rfc1 : info->rfc2;

		if (a->code == IK_SNAPPED)
			continue;
		ik_cited_frame(out, a->place);
		ik_buf_printf(b, "%s%s, at offset %u of the message (got %u, expected %u)",
		              b->len > 0 ? "; " : "", info->text, a->offset, a->got, a->expected);
		if (rfc != NULL)
			ik_buf_printf(b, ", %s", rfc);
		if (a->count > 1)
			ik_buf_printf(b, ", %u times", a->count);
	}
	return out->n_frames > 0;
}
