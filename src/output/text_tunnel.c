/*
 * One tunnel as text: its ESP flows in both directions and what all its negotiations have in
 * common.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "base/addr.h"
#include "ikescope/names.h"
#include "output/text.h"

/* Flows of one tunnel that are listed; the rest are added up. */
#define LISTED_FLOWS 24

void ik_text_tunnel_heading(struct ik_text *t, const struct ikescope_tunnel *tunnel)
{
	char a[64], b[64];
	struct ik_buf x = IK_BUF_ON(a), y = IK_BUF_ON(b);

	ik_buf_address(&x, &tunnel->peers[0]);
	ik_buf_address(&y, &tunnel->peers[1]);
	ik_text_begin(t, 0, 4);
	ik_text_style(t, IK_BOLD);
	ik_text_printf(t, "Tunnel %s <-> %s", a, b);
	ik_text_style(t, IK_PLAIN);
	if (tunnel->domain != NULL) {
		ik_text_puts(t, ", ");
		ik_text_wire(t, tunnel->domain);
	}
	ik_text_printf(t, ": %zu negotiation%s", tunnel->n_negotiations,
	               tunnel->n_negotiations == 1 ? "" : "s");
	ik_text_printf(t, ", %zu ESP flow%s", tunnel->n_esp, tunnel->n_esp == 1 ? "" : "s");
	ik_text_end(t);
}

/* "->" from the first peer to the second, "<-" back, or the addresses on a line of their own. */
static const char *direction(const struct ikescope_tunnel *tunnel, const struct ikescope_esp *e)
{
	if (ik_addr_eq(&e->source, &tunnel->peers[0]) &&
	    ik_addr_eq(&e->destination, &tunnel->peers[1]))
		return "->";
	if (ik_addr_eq(&e->source, &tunnel->peers[1]) &&
	    ik_addr_eq(&e->destination, &tunnel->peers[0]))
		return "<-";
	return NULL;
}

static const char *protocol(const struct ikescope_esp *e)
{
	return e->ah                                    ? "AH"
	       : e->encapsulation == IKESCOPE_ENCAP_UDP ? "ESP/UDP"
	       : e->encapsulation == IKESCOPE_ENCAP_TCP ? "ESP/TCP"
	                                                : "ESP";
}

void ik_text_esp_row(struct ik_text *t, const struct ikescope_tunnel *tunnel,
                     const struct ikescope_esp *e)
{
	const char *way = direction(tunnel, e);
	char text[200], sequence[32];
	struct ik_buf b = IK_BUF_ON(text), s = IK_BUF_ON(sequence);

	ik_buf_printf(&s, "%u-%u", e->first_sequence, e->last_sequence);
	ik_buf_printf(&b, "  %2s %08x %-7s %8llu %10llu", way != NULL ? way : "", e->spi,
	              protocol(e), (unsigned long long)e->packets, (unsigned long long)e->octets);
	ik_buf_printf(&b, " %-21s %6llu %4llu %4llu", sequence, (unsigned long long)e->missing,
	              (unsigned long long)e->duplicates, (unsigned long long)e->out_of_order);
	ik_out_putn(&t->out, b.data, b.len);
	ik_text_blank(t);
	if (way == NULL) {
		ik_buf_reset(&b);
		ik_buf_puts(&b, "from ");
		ik_buf_address(&b, &e->source);
		ik_buf_puts(&b, " to ");
		ik_buf_address(&b, &e->destination);
		ik_text_line(t, 6, text);
	}
}

static void flows(struct ik_text *t, const struct ikescope_tunnel *tunnel)
{
	size_t listed = tunnel->n_esp < LISTED_FLOWS ? tunnel->n_esp : LISTED_FLOWS;
	uint64_t packets = 0;
	char text[128];
	struct ik_buf b = IK_BUF_ON(text);

	if (tunnel->n_esp == 0)
		return;
	ik_buf_printf(&b, "     %-8s %-7s %8s %10s %-21s %6s %4s %4s", "SPI", "", "packets",
	              "bytes", "sequence", "missed", "dup", "late");
	ik_out_putn(&t->out, b.data, b.len);
	ik_text_blank(t);
	for (size_t i = 0; i < listed; i++)
		ik_text_esp_row(t, tunnel, &tunnel->esp[i]);
	for (size_t i = listed; i < tunnel->n_esp; i++)
		packets += tunnel->esp[i].packets;
	if (listed < tunnel->n_esp) {
		ik_text_begin(t, 2, 4);
		ik_text_printf(t, "and %zu more flows with %llu packets", tunnel->n_esp - listed,
		               (unsigned long long)packets);
		ik_text_end(t);
	}
}

/* What only several negotiations together show, or what fails for all of them. */
static bool leads(const struct ikescope_tunnel *tunnel, const struct ikescope_finding *f)
{
	return tunnel->n_negotiations > 1 &&
	       (f->severity == IKESCOPE_FAILURE || strcmp(f->slug, "repeated-failure") == 0 ||
	        strncmp(f->slug, "flap-", 5) == 0);
}

size_t ik_text_tunnel_leads(const struct ikescope_tunnel *tunnel)
{
	size_t n = 0;

	for (size_t i = 0; i < tunnel->n_findings; i++)
		n += leads(tunnel, &tunnel->findings[i]);
	return n;
}

static void finding(struct ik_text *t, const struct ikescope_finding *f)
{
	ik_text_blank(t);
	ik_text_finding(t, f, NULL, 2);
}

void ik_text_tunnel_first(struct ik_text *t, const struct ikescope_tunnel *tunnel)
{
	if (ik_text_tunnel_leads(tunnel) == 0)
		return;
	ik_text_blank(t);
	ik_text_tunnel_heading(t, tunnel);
	for (size_t i = 0; i < tunnel->n_findings; i++)
		if (leads(tunnel, &tunnel->findings[i]))
			finding(t, &tunnel->findings[i]);
}

void ik_text_tunnel(struct ik_text *t, const struct ikescope_tunnel *tunnel)
{
	size_t told = t->leads ? ik_text_tunnel_leads(tunnel) : 0;

	t->line_before = false;
	if (tunnel->n_esp == 0 && tunnel->n_findings == told)
		return;
	ik_text_blank(t);
	ik_text_tunnel_heading(t, tunnel);
	flows(t, tunnel);
	for (size_t i = 0; i < tunnel->n_findings; i++)
		if (!t->leads || !leads(tunnel, &tunnel->findings[i]))
			finding(t, &tunnel->findings[i]);
}
