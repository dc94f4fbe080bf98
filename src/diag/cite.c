/*
 * Evidence: for each kind a function that finds the frames and says what they show.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <string.h>

#include "base/addr.h"
#include "base/timefmt.h"
#include "diag/cites.h"
#include "diag/nat.h"
#include "diag/rule.h"
#include "diag/words.h"

void ik_cited_frame(struct ik_cited *out, uint64_t place)
{
	if (out->place == 0)
		out->place = place;
	if (out->n_frames < sizeof(out->frames) / sizeof(out->frames[0]))
		out->frames[out->n_frames++] = place;
}

void ik_cited_copies(struct ik_cited *out, const struct ik_nego *n, const struct ik_step *s,
                     ikescope_time from)
{
	if (s->first_time >= from)
		ik_cited_frame(out, s->first);
	for (size_t i = 0; i < n->n_copies; i++)
		if (n->copies[i].serial == s->serial && n->copies[i].time >= from)
			ik_cited_frame(out, n->copies[i].place);
}

/* The times of the copies, in seconds since the first. */
static void put_times(struct ik_buf *b, const struct ik_nego *n, const struct ik_step *s)
{
	size_t shown = 0;

	ik_buf_puts(b, " (0");
	for (size_t i = 0; i < n->n_copies && shown < 7; i++)
		if (n->copies[i].serial == s->serial) {
			ik_buf_puts(b, ", ");
			ik_buf_seconds(b, n->copies[i].time - s->first_time);
			shown++;
		}
	ik_buf_puts(b, shown == 7 ? " s, ...)" : " s)");
}

bool ik_cite_stall(const struct ik_case *c, struct ik_cited *out, struct ik_buf *b)
{
	const struct ik_step *s = ik_nego_step(c->n, c->pos.serial);

	if (s == NULL) {
		if (c->pos.place != 0)
			ik_cited_frame(out, c->pos.place);
		ik_buf_printf(b, "%s never came", ik_msg_name(c->pos.message));
		if (c->pos.place != 0)
			ik_buf_puts(b, "; this is the last message before it");
		return true;
	}
	ik_cited_copies(out, c->n, s, IKESCOPE_TIME_NONE);
	ik_buf_printf(b, "%s, %u octets, sent ", ik_msg_name((enum ik_msg_name)s->name), s->length);
	ik_words_times(b, s->copies);
	if (s->copies > 1)
		put_times(b, c->n, s);
	if (c->pos.kind == IKESCOPE_UNANSWERED)
		ik_buf_puts(b, ", without the answer that must follow");
	ik_words_schedule(b, c->n, s);
	return true;
}

bool ik_cite_silence(const struct ik_case *c, struct ik_cited *out, struct ik_buf *b)
{
	bool initiator = c->pos.waiting_for == IKESCOPE_INITIATOR;
	const struct ikescope_addr *addr = initiator ? &c->n->i.addr : &c->n->r.addr;
	uint32_t last = initiator ? c->n->last_i : c->n->last_r;
	const struct ik_step *s = ik_nego_step(c->n, last);

	if (s != NULL) {
		ik_cited_frame(out, s->last);
		ik_buf_puts(b, "the last message from ");
		ik_buf_addr(b, addr);
		ik_buf_printf(b, " in this negotiation is %s",
		              ik_msg_name((enum ik_msg_name)s->name));
		return true;
	}
	ik_buf_puts(b, "no IKE message from ");
	ik_buf_addr(b, addr);
	ik_buf_puts(b, " in this negotiation");
	if (c->fact[IK_F_REVERSE_VISIBLE] != 1)
		ik_buf_puts(b, ", and no other packet from there in the capture: it may also be "
		               "that this point does not see the way back");
	return true;
}

bool ik_cite_other(const struct ik_case *c, struct ik_cited *out, struct ik_buf *b)
{
	if (c->seen != NULL) {
		ik_cited_frame(out, c->seen->first);
		ik_buf_addr(b, &c->seen->addr);
		ik_buf_printf(b, " is alive: other packets come from it (IP protocol %u)",
		              c->seen->protocol);
		return true;
	}
	for (size_t i = 0; i < c->pair->n_flows; i++) {
		const struct ik_esp_flow *f = &c->pair->flows[i].esp;

		if (!ik_addr_eq(&f->src, &c->n->r.addr))
			continue;
		ik_cited_frame(out, f->first);
		ik_buf_addr(b, &f->src);
		ik_buf_printf(b, " is alive: it sends ESP under SPI %08x", f->spi);
		return true;
	}
	return false;
}

/* The message that ICMP is about was for a side behind a NAT. */
static bool asked_through_nat(const struct ik_case *c, const struct ik_icmp_seen *s)
{
	enum ik_dir to = s->dir == IK_I2R ? IK_R2I : IK_I2R;

	return c->nat != NULL &&
	       ik_nat_behind(c->nat, to, to == IK_I2R && c->brief->nat_port != 0) == IKESCOPE_YES;
}

bool ik_cite_icmp(const struct ik_case *c, struct ik_cited *out, struct ik_buf *b)
{
	const struct ik_icmp_seen *s = &c->icmp;

	if (s->count == 0)
		return false;
	ik_cited_frame(out, s->place);
	if (s->last != s->place)
		ik_cited_frame(out, s->last);
	ik_buf_puts(b, "ICMP from ");
	ik_buf_addr(b, &s->from);
	ik_buf_printf(b, ", type %u code %u, ", s->type, s->code);
	ik_words_times(b, s->count);
	ik_buf_puts(b, ", about a packet to ");
	ik_buf_endpoint(b, &(struct ikescope_endpoint){s->target, s->dport});
	ik_buf_printf(b, ": %s", ik_words_icmp(s->from.family, s->type, s->code));
	if (!ik_addr_eq(&s->from, &s->target))
		ik_buf_puts(b, "; a box on the way says so");
	else if (asked_through_nat(c, s))
		ik_buf_puts(b,
		            "; a NAT has that address, and says so itself where it has no mapping");
	else
		ik_buf_puts(b, "; the target itself says so");
	ik_buf_puts(b, "; nobody signs ICMP");
	return true;
}

bool ik_cite_refusal(const struct ik_case *c, struct ik_cited *out, struct ik_buf *b)
{
	const struct ik_step *s = ik_nego_step(c->n, c->n->refusal_step);

	if (s == NULL)
		return false;
	ik_cited_copies(out, c->n, s, IKESCOPE_TIME_NONE);
	ik_buf_printf(b, "%s from the %s, %u octets", ik_msg_name((enum ik_msg_name)s->name),
	              s->dir == IK_I2R ? "initiator" : "responder", s->length);
	if (s->notify[0] != 0) {
		ik_buf_puts(b, ", in clear: ");
		ik_words_notify(b, c->n->version, s->notify[0]);
		ik_buf_puts(b, (s->bits & IK_STEP_SPI_R) != 0 ? ", with a responder SPI"
		                                              : ", without a responder SPI");
		ik_buf_puts(b, "; nobody signed it");
	} else if (s->inner == 41) {
		ik_buf_puts(b, ", encrypted; its first payload is a notify");
	}
	return true;
}

/* The last answer of the other side before the message that stands, or that message itself. */
static const struct ik_step *answer(const struct ik_case *c)
{
	const struct ik_step *s = ik_nego_step(c->n, c->n->phase1_step), *found = NULL;

	if (s != NULL && s->dir == IK_R2I)
		return s;
	for (size_t i = 0; i < c->n->n_steps; i++)
		if (c->n->steps[i].dir == IK_R2I &&
		    (s == NULL || c->n->steps[i].serial < s->serial))
			found = &c->n->steps[i];
	return found;
}

bool ik_cite_reply(const struct ik_case *c, struct ik_cited *out, struct ik_buf *b)
{
	const struct ik_step *s = answer(c);

	if (s == NULL)
		return false;
	ik_cited_copies(out, c->n, s, IKESCOPE_TIME_NONE);
	ik_buf_printf(b, "%s was captured, sent ", ik_msg_name((enum ik_msg_name)s->name));
	ik_words_times(b, s->copies);
	ik_buf_printf(b, " from port %u", s->sport);
	return true;
}

bool ik_cite_repeats(const struct ik_case *c, struct ik_cited *out, struct ik_buf *b)
{
	const struct ik_step *s = answer(c), *request = NULL;

	for (size_t i = 0; s != NULL && i < c->n->n_steps && c->n->steps[i].serial < s->serial; i++)
		if (c->n->steps[i].dir != s->dir)
			request = &c->n->steps[i];
	if (request == NULL)
		return false;
	ik_cited_copies(out, c->n, request, s->first_time);
	if (out->n_frames == 0)
		return false;
	ik_buf_printf(b, "%s came again behind it, ", ik_msg_name((enum ik_msg_name)request->name));
	ik_words_times(b, ik_copies_after(c->n, request->serial, s->first_time));
	ik_buf_puts(b, ": its sender did not take the answer");
	return true;
}

bool ik_cite_info(const struct ik_case *c, struct ik_cited *out, struct ik_buf *b)
{
	const struct ik_step *last = ik_nego_step(c->n, c->n->phase1_step);
	uint32_t count = 0, length = 0;
	uint8_t dir = c->n->state == IK_S_AM2 ? IK_I2R : IK_R2I;

	for (size_t i = 0; last != NULL && i < c->n->n_steps; i++) {
		const struct ik_step *s = &c->n->steps[i];

		if (s->name != IK_V1_INFO || s->dir != dir || s->serial < last->serial)
			continue;
		ik_cited_frame(out, s->first);
		count++;
		length = s->length;
	}
	if (count == 0)
		return false;
	ik_buf_printf(b, "%u encrypted INFORMATIONAL of %u octets from the %s behind %s; ", count,
	              length, dir == IK_I2R ? "initiator" : "responder",
	              ik_msg_name((enum ik_msg_name)last->name));
	if (c->fact[IK_F_COPIES_AFTER_INFO] > 0)
		ik_buf_puts(b,
		            "the other side went on repeating all the same: it cannot read them or "
		            "does not heed them");
	else
		ik_buf_puts(b, "the other side stopped at once: it could read it");
	return true;
}

bool ik_cite_crossed(const struct ik_case *c, struct ik_cited *out, struct ik_buf *b)
{
	const struct ik_step *last = ik_nego_step(c->n, c->n->phase1_step), *before = NULL;

	for (size_t i = 0; last != NULL && i < c->n->n_steps; i++)
		if (c->n->steps[i].serial < last->serial && c->n->steps[i].dir != last->dir)
			before = &c->n->steps[i];
	if (before == NULL || c->fact[IK_F_CROSSED] <= 0)
		return false;
	ik_cited_copies(out, c->n, before, last->first_time);
	ik_buf_printf(b, "%s was sent again, ", ik_msg_name((enum ik_msg_name)before->name));
	ik_words_times(b, (uint32_t)c->fact[IK_F_CROSSED]);
	ik_buf_printf(b, ", behind the first %s: the %s has no usable %s",
	              ik_msg_name((enum ik_msg_name)last->name),
	              before->dir == IK_I2R ? "initiator" : "responder",
	              ik_msg_name((enum ik_msg_name)last->name));
	return true;
}

bool ik_cite_last(const struct ik_case *c, struct ik_cited *out, struct ik_buf *b)
{
	const struct ik_step *s = ik_nego_step(c->n, c->n->last_serial);

	if (s == NULL)
		return false;
	ik_cited_frame(out, s->last);
	ik_buf_printf(b, "the last message is %s from the %s; the capture goes on for ",
	              ik_msg_name((enum ik_msg_name)s->name),
	              s->dir == IK_I2R ? "initiator" : "responder");
	ik_buf_seconds(b, c->capture_end - c->n->last_time);
	ik_buf_puts(b, " s");
	return true;
}

/* clang-format off */
static bool (*const cites[IK_CITES])(const struct ik_case *c, struct ik_cited *out,
				     struct ik_buf *b) = {
	[IK_CITE_STALL]        = ik_cite_stall,
	[IK_CITE_SILENCE]      = ik_cite_silence,
	[IK_CITE_OTHER]        = ik_cite_other,
	[IK_CITE_ICMP]         = ik_cite_icmp,
	[IK_CITE_REFUSAL]      = ik_cite_refusal,
	[IK_CITE_REPLY]        = ik_cite_reply,
	[IK_CITE_REPEATS]      = ik_cite_repeats,
	[IK_CITE_INFO]         = ik_cite_info,
	[IK_CITE_CROSSED]      = ik_cite_crossed,
	[IK_CITE_FLOAT]        = ik_cite_float,
	[IK_CITE_FRAGMENTS]    = ik_cite_fragments,
	[IK_CITE_SKF]          = ik_cite_skf,
	[IK_CITE_OFFERS]       = ik_cite_offers,
	[IK_CITE_SIZE]         = ik_cite_size,
	[IK_CITE_CHILD]        = ik_cite_child,
	[IK_CITE_SILENT]       = ik_cite_silent,
	[IK_CITE_KE]           = ik_cite_ke,
	[IK_CITE_COOKIE]       = ik_cite_cookie,
	[IK_CITE_NATT]         = ik_cite_natt,
	[IK_CITE_NATD_I]       = ik_cite_natd_i,
	[IK_CITE_NATD_R]       = ik_cite_natd_r,
	[IK_CITE_LIVENESS]     = ik_cite_liveness,
	[IK_CITE_ESP]          = ik_cite_esp,
	[IK_CITE_DELETE]       = ik_cite_delete,
	[IK_CITE_EAP]          = ik_cite_eap,
	[IK_CITE_TRANSACTION]  = ik_cite_transaction,
	[IK_CITE_CERT]         = ik_cite_cert,
	[IK_CITE_OBJECTION]    = ik_cite_objection,
	[IK_CITE_PEER_VERSION] = ik_cite_peer_version,
	[IK_CITE_ANOMALY]      = ik_cite_anomaly,
	[IK_CITE_HALF_OPEN]    = ik_cite_half_open,
	[IK_CITE_LATE]         = ik_cite_late,
	[IK_CITE_ELSEWHERE]    = ik_cite_elsewhere,
	[IK_CITE_COLLISION]    = ik_cite_collision,
	[IK_CITE_CROSSING]     = ik_cite_crossing,
	[IK_CITE_LATE_CHECK]   = ik_cite_late_check,
	[IK_CITE_UNKNOWN_SA]   = ik_cite_unknown_sa,
	[IK_CITE_BEGAN]        = ik_cite_began,
	[IK_CITE_NEXT]         = ik_cite_next,
	[IK_CITE_IDLE]         = ik_cite_idle,
	[IK_CITE_DPD_SIDES]    = ik_cite_dpd_sides,
	[IK_CITE_ROLE]         = ik_cite_role,
	[IK_CITE_REUSED]       = ik_cite_reused,
	[IK_CITE_MOVED]        = ik_cite_moved,
	[IK_CITE_PRODUCTS]     = ik_cite_products,
	[IK_CITE_LAST]         = ik_cite_last,
};
/* clang-format on */

bool ik_cite(enum ik_cite cite, const struct ik_case *c, struct ik_cited *out)
{
	struct ik_buf b;

	out->place = 0;
	out->n_frames = 0;
	b = IK_BUF_ON(out->text);
	return cites[cite] != NULL && cites[cite](c, out, &b) && b.len > 0;
}
