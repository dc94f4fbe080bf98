/*
 * ESP in a ladder: the flows of a negotiation as one arrow for each direction.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "base/addr.h"
#include "output/ladder.h"

/* Flows of one direction, added up. */
struct sum {
	const struct ikescope_esp *first; /* of them in time, NULL: there is none */
	ikescope_time last_time;
	uint64_t flows, packets, octets, missing, duplicates;
};

static enum ikescope_role sender(const struct ik_ladder *l, const struct ikescope_esp *e)
{
	if (ik_addr_eq(&e->source, &l->left) || ik_addr_eq(&e->destination, &l->right))
		return IKESCOPE_INITIATOR;
	if (ik_addr_eq(&e->source, &l->right) || ik_addr_eq(&e->destination, &l->left))
		return IKESCOPE_RESPONDER;
	return IKESCOPE_ROLE_UNKNOWN;
}

static struct sum sum_of(const struct ik_ladder *l, const struct ikescope_tunnel *tunnel,
                         uint64_t negotiation, enum ikescope_role from, bool ah)
{
	struct sum s = {.first = NULL};

	for (size_t i = 0; i < tunnel->n_esp; i++) {
		const struct ikescope_esp *e = &tunnel->esp[i];

		if (e->negotiation != negotiation || e->ah != ah || sender(l, e) != from)
			continue;
		if (s.first == NULL || e->first_time < s.first->first_time)
			s.first = e;
		if (s.flows++ == 0 || e->last_time > s.last_time)
			s.last_time = e->last_time;
		s.packets += e->packets;
		s.octets += e->octets;
		s.missing += e->missing;
		s.duplicates += e->duplicates;
	}
	return s;
}

static struct ik_ladder_row row_of(const struct sum *s, enum ikescope_role from)
{
	return (struct ik_ladder_row){.at = s->first->first,
	                              .time = s->first->first_time,
	                              .before = IKESCOPE_TIME_NONE,
	                              .from = from,
	                              .line = IK_LINE_SEALED,
	                              .style = IK_BOLD,
	                              .label = ""};
}

static void numbers(struct ik_ladder *l, const struct sum *s)
{
	char first[48], last[48];
	struct ik_buf a = IK_BUF_ON(first), z = IK_BUF_ON(last);
	size_t indent = ik_ladder_indent(l);

	ik_text_time(l->t, &a, s->first->first_time);
	ik_text_time(l->t, &z, s->last_time);
	ik_ladder_walls(l);
	ik_text_begin(l->t, indent, indent + 2);
	ik_text_style(l->t, IK_DIM);
	ik_text_printf(l->t, "%llu packet%s, %llu octets, %s to %s", (unsigned long long)s->packets,
	               s->packets == 1 ? "" : "s", (unsigned long long)s->octets, first, last);
	if (s->flows == 1)
		ik_text_printf(l->t, ", SPI %08x, sequence %u to %u", s->first->spi,
		               s->first->first_sequence, s->first->last_sequence);
	if (s->missing > 0)
		ik_text_printf(l->t, ", %llu missing", (unsigned long long)s->missing);
	if (s->duplicates > 0)
		ik_text_printf(l->t, ", %llu duplicate%s", (unsigned long long)s->duplicates,
		               s->duplicates == 1 ? "" : "s");
	ik_text_style(l->t, IK_PLAIN);
	ik_text_end(l->t);
	ik_ladder_no_walls(l);
}

/* "ESP", "3 AH SAs of #12" */
static void label(struct ik_buf *b, const struct sum *s, uint64_t named)
{
	const char *protocol = s->first->ah ? "AH" : "ESP";

	if (s->flows > 1)
		ik_buf_printf(b, "%llu %s SAs", (unsigned long long)s->flows, protocol);
	else
		ik_buf_puts(b, protocol);
	ik_buf_puts(b, s->first->encapsulation == IKESCOPE_ENCAP_UDP   ? " in UDP"
	               : s->first->encapsulation == IKESCOPE_ENCAP_TCP ? " in TCP"
	                                                               : "");
	if (named != 0)
		ik_buf_printf(b, " of #%llu", (unsigned long long)named);
}

static void arrow(struct ik_ladder *l, const struct sum *s, enum ikescope_role from, uint64_t named)
{
	struct ik_ladder_row row = row_of(s, from);
	char text[64];
	struct ik_buf b = IK_BUF_ON(text);

	label(&b, s, named);
	row.label = text;
	ik_ladder_arrow(l, &row);
	numbers(l, s);
}

/* What goes neither way between the two, as behind a NAT that gave another address. */
static void elsewhere(struct ik_ladder *l, const struct sum *s)
{
	char text[96];
	struct ik_buf b = IK_BUF_ON(text);

	ik_buf_printf(&b, "and %llu packets between other addresses",
	              (unsigned long long)s->packets);
	ik_ladder_walls(l);
	ik_text_line(l->t, ik_ladder_indent(l), text);
	ik_ladder_no_walls(l);
}

/* The arrows of one negotiation, or of none (0). */
static void arrows(struct ik_ladder *l, const struct ikescope_tunnel *tunnel, uint64_t negotiation,
                   bool named)
{
	for (int ah = 0; ah < 2; ah++)
		for (int from = IKESCOPE_INITIATOR; from <= IKESCOPE_RESPONDER; from++) {
			struct sum s =
			        sum_of(l, tunnel, negotiation, (enum ikescope_role)from, ah == 1);

			if (s.first != NULL)
				arrow(l, &s, (enum ikescope_role)from, named ? negotiation : 0);
		}
	for (int ah = 0; ah < 2; ah++) {
		struct sum s = sum_of(l, tunnel, negotiation, IKESCOPE_ROLE_UNKNOWN, ah == 1);

		if (s.first != NULL)
			elsewhere(l, &s);
	}
}

/* A chart of its own, for ESP of several negotiations or of none. */
static void own_chart(struct ik_ladder *l, const struct ikescope_tunnel *tunnel)
{
	char left[64], right[64];
	struct ik_buf a = IK_BUF_ON(left), b = IK_BUF_ON(right);

	l->left = tunnel->peers[0];
	l->right = tunnel->peers[1];
	ik_text_blank(l->t);
	ik_text_tunnel_heading(l->t, tunnel);
	ik_text_blank(l->t);
	ik_ladder_columns(l, 0, false);
	ik_buf_address(&a, &l->left);
	ik_buf_address(&b, &l->right);
	ik_ladder_head(l, left, right);
	for (size_t i = 0; i < tunnel->n_negotiations; i++)
		arrows(l, tunnel, tunnel->negotiations[i], true);
	arrows(l, tunnel, 0, false);
}

/* The arrows below are no single packets, and belong above. */
static void added_up(struct ik_ladder *l, const struct ikescope_tunnel *tunnel, bool whole)
{
	bool any = false;

	for (size_t i = 0; i < tunnel->n_esp; i++)
		any |= tunnel->esp[i].negotiation == l->last_id ||
		       (whole && tunnel->esp[i].negotiation == 0);
	if (!any)
		return;
	ik_ladder_walls(l);
	ik_text_line(l->t, ik_ladder_indent(l), "traffic meanwhile, each direction added up:");
	ik_ladder_no_walls(l);
}

void ik_ladder_tunnel(struct ik_ladder *l, const struct ikescope_tunnel *tunnel)
{
	bool whole = !l->chosen_only && l->t->opt.only == 0;
	bool alone = l->drawn == 1 && (!whole || tunnel->n_negotiations == 1);

	if (alone) {
		added_up(l, tunnel, whole);
		arrows(l, tunnel, l->last_id, false);
		if (whole)
			arrows(l, tunnel, 0, false);
	} else if (whole && (tunnel->n_esp > 0 || tunnel->n_findings > 0)) {
		own_chart(l, tunnel);
	}
	if (alone || whole) {
		ik_ladder_walls(l);
		for (size_t i = 0; i < tunnel->n_findings; i++)
			ik_text_headline(l->t, &tunnel->findings[i], ik_ladder_indent(l));
		ik_ladder_no_walls(l);
	}
	l->drawn = 0;
}
