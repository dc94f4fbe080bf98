/*
 * Sessions as text, in the manner of "show crypto isakmp sa" and "show crypto ipsec sa".
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "ikescope/names.h"
#include "output/text.h"

/* An address column holds any IPv4 address; longer addresses have a line of their own. With them
 * and numbers that fit theirs, "inconclusive deleted" ends in column 80. */
#define ADDRESS 15
#define STATE   46 /* where the longest state of IOS ends */
#define ID      5
#define FRAME   6

static void pad(struct ik_buf *b, size_t to)
{
	while (b->len < to && !b->cut)
		ik_buf_putc(b, ' ');
}

/* A number that ends its column, or goes beyond it. */
static void right(struct ik_buf *b, uint64_t number, unsigned width)
{
	uint64_t least = 10;

	for (; width > 1 && number >= least; width--)
		least *= 10;
	for (; width > 1; width--)
		ik_buf_putc(b, ' ');
	ik_buf_u64(b, number);
}

/* "dst              src              ", as two columns or as a line above them */
static void addresses(struct ik_text *t, struct ik_buf *b, const struct ikescope_addr *first,
                      const struct ikescope_addr *second)
{
	size_t indent = b->len;
	char text[64];
	struct ik_buf other = IK_BUF_ON(text);

	ik_buf_address(&other, second);
	ik_buf_address(b, first);
	if (b->len - indent > ADDRESS || other.len > ADDRESS) {
		ik_buf_putc(b, ' ');
		ik_buf_putn(b, other.data, other.len);
		ik_out_putn(&t->out, b->data, b->len);
		ik_text_blank(t);
		ik_buf_reset(b);
		pad(b, indent + 2 * (ADDRESS + 1));
		return;
	}
	pad(b, indent + ADDRESS + 1);
	ik_buf_putn(b, other.data, other.len);
	pad(b, indent + 2 * (ADDRESS + 1));
}

/* The state that the peer in question would print; the initiator's, as the one who asks. */
static const char *state(const struct ikescope_negotiation *n)
{
	return n->shown_as.ios_initiator != NULL ? n->shown_as.ios_initiator : "-";
}

void ik_text_session(struct ik_text *t, const struct ikescope_negotiation *n)
{
	char text[320];
	struct ik_buf b = IK_BUF_ON(text);

	if (!t->table)
		ik_out_puts(&t->out, "dst             src             v state      conn-id  frame "
		                     "status\n");
	t->table = true;
	addresses(t, &b, &n->responder.endpoint.addr, &n->initiator.endpoint.addr);
	ik_buf_u64(&b, n->ike_version);
	ik_buf_putc(&b, ' ');
	ik_buf_puts(&b, state(n));
	pad(&b, STATE);
	ik_buf_putc(&b, ' ');
	right(&b, n->id, ID);
	ik_buf_putc(&b, ' ');
	right(&b, n->first.frame, FRAME);
	ik_buf_putc(&b, ' ');
	ik_buf_puts(&b, ikescope_outcome_name(n->outcome));
	if (n->at_end != IKESCOPE_END_UNKNOWN && n->at_end != IKESCOPE_END_UP) {
		ik_buf_putc(&b, ' ');
		ik_buf_puts(&b, ikescope_at_end_name(n->at_end));
	}
	ik_out_putn(&t->out, b.data, b.len);
	ik_text_blank(t);
}

void ik_text_session_esp(struct ik_text *t, const struct ikescope_esp *e)
{
	char text[320];
	struct ik_buf b = IK_BUF_ON(text);

	if (!t->table)
		ik_out_puts(&t->out, "spi      dst             src             enc conn-id "
		                     " packets      bytes missing\n");
	t->table = true;
	ik_buf_printf(&b, "%08x ", e->spi);
	addresses(t, &b, &e->destination, &e->source);
	ik_buf_puts(&b, e->ah ? "ah"
	                : e->encapsulation == IKESCOPE_ENCAP_NONE
	                        ? "esp"
	                        : ikescope_encapsulation_name(e->encapsulation));
	pad(&b, 44);
	if (e->negotiation != 0)
		ik_buf_printf(&b, " %7llu", (unsigned long long)e->negotiation);
	else
		ik_buf_puts(&b, "       -");
	ik_buf_printf(&b, " %8llu %10llu %7llu", (unsigned long long)e->packets,
	              (unsigned long long)e->octets, (unsigned long long)e->missing);
	ik_out_putn(&t->out, b.data, b.len);
	ik_text_blank(t);
}
