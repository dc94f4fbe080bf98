/*
 * The states at a moment, as both boxes would show them: tables of IKE SAs, and of the ESP SAs
 * below. The IKE SAs of a tunnel are kept until its ESP is known.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "base/addr.h"
#include "base/timefmt.h"
#include "ikescope/names.h"
#include "output/replay.h"

#define LINE 256
/* Boxes list a deleted SA a while longer, IOS about so long. */
#define LINGERS (60 * IKESCOPE_SECOND)
#define NONE    "(none)"

/* One end of a tunnel at its prompt. */
struct box {
	struct ik_replay *r;
	const struct ikescope_tunnel *tunnel;
	enum ikescope_role side;
	struct ikescope_addr address;
};

/* ---- keeping ----------------------------------------------------------------------------- */

static size_t children_until(const struct ikescope_negotiation *n, ikescope_time at)
{
	size_t up = 0;

	for (size_t i = 0; i < n->n_steps; i++) {
		const struct ikescope_step *s = &n->steps[i];
		bool last = strcmp(s->name, "QM3") == 0 ||
		            strcmp(s->name, "IKE_AUTH response") == 0 ||
		            strcmp(s->name, "CREATE_CHILD_SA response") == 0;

		up += s->first_time <= at && last && ik_replay_child(n, s);
	}
	return up;
}

/* The last message until a moment, or NULL. */
static const struct ikescope_step *last_until(const struct ikescope_negotiation *n,
                                              ikescope_time at)
{
	for (size_t i = n->n_steps; i-- > 0;)
		if (n->steps[i].first_time <= at)
			return &n->steps[i];
	return NULL;
}

/* When something of it was on the wire for the last time until a moment, copies too. */
static ikescope_time heard_until(const struct ikescope_negotiation *n, ikescope_time at)
{
	ikescope_time heard = IKESCOPE_TIME_NONE;

	for (size_t i = 0; i < n->n_steps; i++) {
		const struct ikescope_step *s = &n->steps[i];

		if (s->first_time <= at && s->first_time > heard)
			heard = s->first_time;
		for (size_t k = 0; k < s->n_again; k++)
			if (s->again[k].time <= at && s->again[k].time > heard)
				heard = s->again[k].time;
	}
	return heard;
}

/* A new row; or that of the attempt which was given up for this one. NULL: there is no room. */
static struct ik_replay_sa *row_for(struct ik_replay *r, uint64_t retry_of)
{
	for (size_t i = 0; i < r->n_sas && retry_of != 0; i++)
		if (r->sa[i].id == retry_of && r->sa[i].silent)
			return &r->sa[i];
	return r->n_sas < IK_REPLAY_SAS ? &r->sa[r->n_sas++] : NULL;
}

int ik_replay_keep(struct ik_replay *r, const struct ikescope_negotiation *n)
{
	const struct ikescope_step *last = last_until(n, r->at);
	ikescope_time heard = heard_until(n, r->at);
	struct ik_replay_sa *sa;
	bool none;

	if (last == NULL || (last->ends->gone && r->at - heard > LINGERS))
		return 0;
	sa = row_for(r, n->retry_of);
	if (sa == NULL) {
		r->more_sas++;
		return 0;
	}
	none = last->ends->gone || last->ends->refused;
	*sa = (struct ik_replay_sa){.id = n->id,
	                            .ike_version = n->ike_version,
	                            .initiator = n->initiator,
	                            .responder = n->responder,
	                            .initiator_spi = n->initiator_spi,
	                            .responder_spi = n->responder_spi,
	                            .heard = heard,
	                            .ends = *last->ends,
	                            .children = none ? 0 : children_until(n, r->at)};
	/* Behind NAT it has moved to other ports by then. */
	sa->initiator.endpoint.port =
	        last->from == IKESCOPE_INITIATOR ? last->source_port : last->destination_port;
	sa->responder.endpoint.port =
	        last->from == IKESCOPE_INITIATOR ? last->destination_port : last->source_port;
	sa->initiator.implementation = sa->responder.implementation = NULL;
	sa->silent = n->last_time <= r->at && !last->ends->gone &&
	             (n->outcome != IKESCOPE_ESTABLISHED || n->at_end == IKESCOPE_END_LOST);
	return 0;
}

/* ---- lines ------------------------------------------------------------------------------- */

static struct ik_buf fresh(char *text)
{
	return ik_buf_on(text, LINE);
}

/* A line as it stands where it fits, else a paragraph. */
static void put(struct ik_replay *r, const char *text, size_t indent)
{
	if (indent + ik_text_width(text, strlen(text)) > r->t->opt.width) {
		ik_text_line(r->t, indent + strspn(text, " "), text);
		return;
	}
	ik_out_fill(&r->t->out, ' ', indent);
	ik_out_puts(&r->t->out, text);
	ik_text_blank(r->t);
}

static void pad(struct ik_buf *b, size_t to)
{
	do
		ik_buf_putc(b, ' ');
	while (b->len < to);
}

/* The sides of an SA as one box sees them: side is its role there. */
struct ends {
	const struct ikescope_party *me, *peer;
	enum ikescope_role role;
	const char *state;
};

static struct ends ends_of(const struct box *b, const struct ik_replay_sa *sa)
{
	bool initiator = ik_addr_eq(&sa->initiator.endpoint.addr, &b->address);

	return (struct ends){
	        .me = initiator ? &sa->initiator : &sa->responder,
	        .peer = initiator ? &sa->responder : &sa->initiator,
	        .role = initiator ? IKESCOPE_INITIATOR : IKESCOPE_RESPONDER,
	        .state = ik_replay_state(&sa->ends, b->r->how.style,
	                                 initiator ? IKESCOPE_INITIATOR : IKESCOPE_RESPONDER),
	};
}

static void put_endpoint(struct ik_buf *b, const struct ikescope_party *p, bool mine,
                         const char *before_port)
{
	if (!mine && ik_replay_hidden(p)) {
		ik_buf_printf(b, "*%s*", before_port);
		return;
	}
	ik_buf_address(b, mine && p->inside.family != 0 ? &p->inside : &p->endpoint.addr);
	ik_buf_printf(b, "%s%u", before_port, p->endpoint.port);
}

/* ---- IKE SAs ----------------------------------------------------------------------------- */

static void ios_v1(const struct box *box, const struct ik_replay_sa *sa, const struct ends *e)
{
	char text[LINE];
	struct ik_buf b = fresh(text);

	ik_buf_address(&b, &sa->responder.endpoint.addr);
	pad(&b, 16);
	ik_buf_address(&b, &sa->initiator.endpoint.addr);
	pad(&b, 32);
	ik_buf_puts(&b, e->state);
	pad(&b, 47);
	ik_buf_puts(&b, sa->ends.gone ? "      * ACTIVE (deleted)" : "      * ACTIVE");
	put(box->r, text, 2);
}

static void ios_v2(const struct box *box, const struct ik_replay_sa *sa, const struct ends *e)
{
	char text[LINE];
	struct ik_buf b = fresh(text);

	(void)sa;
	ik_buf_puts(&b, "*");
	pad(&b, 11);
	put_endpoint(&b, e->me, true, "/");
	pad(&b, 33);
	put_endpoint(&b, e->peer, false, "/");
	pad(&b, 55);
	ik_buf_puts(&b, "*/*");
	pad(&b, 67);
	ik_buf_puts(&b, e->state);
	put(box->r, text, 2);
}

static void asa_v1(const struct box *box, const struct ik_replay_sa *sa, const struct ends *e)
{
	char text[LINE];
	struct ik_buf b = fresh(text);

	(void)sa;
	ik_buf_puts(&b, "*   IKE Peer: ");
	ik_buf_address(&b, &e->peer->endpoint.addr);
	put(box->r, text, 2);
	b = fresh(text);
	ik_buf_printf(&b, "    Type    : *               Role    : %s",
	              ikescope_role_name(e->role));
	put(box->r, text, 2);
	b = fresh(text);
	ik_buf_printf(&b, "    Rekey   : *               State   : %s", e->state);
	put(box->r, text, 2);
}

static void asa_v2(const struct box *box, const struct ik_replay_sa *sa, const struct ends *e)
{
	char text[LINE];
	struct ik_buf b = fresh(text);

	ik_buf_printf(&b, "Session-id:*, Status:*, IKE count:1, CHILD count:%zu", sa->children);
	put(box->r, text, 2);
	put(box->r, "Tunnel-id  Local                 Remote                Status    Role", 2);
	b = fresh(text);
	ik_buf_puts(&b, "*");
	pad(&b, 11);
	put_endpoint(&b, e->me, true, "/");
	pad(&b, 33);
	put_endpoint(&b, e->peer, false, "/");
	pad(&b, 55);
	ik_buf_puts(&b, e->state);
	pad(&b, 65);
	ik_buf_puts(&b, e->role == IKESCOPE_INITIATOR ? "INITIATOR" : "RESPONDER");
	put(box->r, text, 2);
}

static void charon(const struct box *box, const struct ik_replay_sa *sa, const struct ends *e)
{
	bool initiator = e->role == IKESCOPE_INITIATOR;
	char text[LINE];
	struct ik_buf b = fresh(text);

	ik_buf_printf(&b, "*: #*, %s, IKEv%u, %016llx_i%s %016llx_r%s", e->state, sa->ike_version,
	              (unsigned long long)sa->initiator_spi, initiator ? "*" : "",
	              (unsigned long long)sa->responder_spi, initiator ? "" : "*");
	put(box->r, text, 2);
	b = fresh(text);
	ik_buf_puts(&b, "  local  '*' @ ");
	put_endpoint(&b, e->me, true, "[");
	ik_buf_putc(&b, ']');
	put(box->r, text, 2);
	b = fresh(text);
	ik_buf_puts(&b, "  remote '*' @ ");
	put_endpoint(&b, e->peer, false, "[");
	ik_buf_putc(&b, ']');
	put(box->r, text, 2);
}

static void words(const struct box *box, const struct ik_replay_sa *sa, const struct ends *e)
{
	char text[LINE];
	struct ik_buf b = fresh(text);

	ik_buf_printf(&b, "#%llu  IKEv%u, %s: %s", (unsigned long long)sa->id, sa->ike_version,
	              ikescope_role_name(e->role), e->state);
	if (sa->children > 0)
		ik_buf_printf(&b, ", %zu child SA%s", sa->children, sa->children == 1 ? "" : "s");
	ik_text_line(box->r->t, 2, text);
}

/* A command that lists IKE SAs. */
static const struct listing {
	enum ikescope_replay_style box;
	unsigned ike_version; /* 0: both */
	const char *command;  /* or NULL */
	const char *none;     /* what it prints without any, or NULL */
	const char *head[2];  /* or NULL */
	void (*row)(const struct box *box, const struct ik_replay_sa *sa, const struct ends *e);
} listings[] = {
        {IKESCOPE_AS_TRACE, 0, NULL, "no IKE SA", {NULL, NULL}, words},
        {IKESCOPE_AS_IOS,
         1,
         "show crypto isakmp sa",
         NULL,
         {"IPv4 Crypto ISAKMP SA", "dst             src             state          conn-id status"},
         ios_v1},
        {IKESCOPE_AS_IOS,
         2,
         "show crypto ikev2 sa",
         NULL,
         {"Tunnel-id  Local                 Remote                fvrf/ivrf   Status", NULL},
         ios_v2},
        {IKESCOPE_AS_ASA,
         1,
         "show crypto isakmp sa",
         "There are no IKEv1 SAs",
         {"IKEv1 SAs:", NULL},
         asa_v1},
        {IKESCOPE_AS_ASA,
         2,
         "show crypto ikev2 sa",
         "There are no IKEv2 SAs",
         {"IKEv2 SAs:", NULL},
         asa_v2},
        {IKESCOPE_AS_CHARON, 0, "swanctl --list-sas", NULL, {NULL, NULL}, charon},
};

/* ---- ESP --------------------------------------------------------------------------------- */

/* One direction of the ESP SAs of a negotiation until a moment. */
struct traffic {
	uint64_t flows, packets, octets;
	bool whole; /* all of it lies before the moment: its packets are counted */
};

static bool sent_by(const struct ikescope_esp *e, const struct ends *ends)
{
	return ik_addr_eq(&e->source, &ends->me->endpoint.addr);
}

static struct traffic traffic_of(const struct box *box, const struct ik_replay_sa *sa,
                                 const struct ends *ends, bool outbound)
{
	struct traffic t = {.whole = true};

	for (size_t i = 0; i < box->tunnel->n_esp; i++) {
		const struct ikescope_esp *e = &box->tunnel->esp[i];

		if (e->negotiation != sa->id || e->first_time > box->r->at ||
		    sent_by(e, ends) != outbound)
			continue;
		t.flows++;
		t.packets += e->packets;
		t.octets += e->octets;
		t.whole &= e->last_time <= box->r->at;
	}
	return t;
}

/* A line for each ESP SA of a direction, below a head that may be NULL. */
static void put_spis(const struct box *box, const struct ik_replay_sa *sa, const struct ends *ends,
                     bool outbound, const char *head, const char *before)
{
	bool cisco = head != NULL;
	char text[LINE];

	for (size_t i = 0; i < box->tunnel->n_esp; i++) {
		const struct ikescope_esp *e = &box->tunnel->esp[i];
		struct ik_buf b = fresh(text);

		if (e->negotiation != sa->id || e->first_time > box->r->at ||
		    sent_by(e, ends) != outbound)
			continue;
		if (head != NULL)
			put(box->r, head, 2);
		head = NULL;
		ik_buf_printf(&b, cisco ? "%s0x%08X" : "%s%08x", before, e->spi);
		put(box->r, text, 2);
	}
}

/* "#pkts encaps: 10 (captured)", or that the number at the moment is not known. */
static void put_count(const struct box *box, const struct traffic *t, const char *what,
                      const char *as)
{
	char text[LINE];
	struct ik_buf b = fresh(text);

	if (t->whole)
		ik_buf_printf(&b, "    #pkts %s: %llu (%s)", what, (unsigned long long)t->packets,
		              as);
	else
		ik_buf_printf(&b, "    #pkts %s: * (the flow goes on; it is counted as a whole)",
		              what);
	put(box->r, text, 2);
}

static void cisco_esp(const struct box *box, const struct ik_replay_sa *sa, const struct ends *ends)
{
	struct traffic out = traffic_of(box, sa, ends, true), in = traffic_of(box, sa, ends, false);
	char text[LINE];
	struct ik_buf b = fresh(text);

	ik_buf_puts(&b, "  current_peer ");
	put_endpoint(&b, ends->peer, false, " port ");
	put(box->r, text, 2);
	put_count(box, &out, "encaps", "captured");
	put_count(box, &in, "decaps", "captured; whether they were decrypted is not visible");
	put_spis(box, sa, ends, false, "    inbound esp sas:", "     spi: ");
	put_spis(box, sa, ends, true, "    outbound esp sas:", "     spi: ");
	if (out.flows + in.flows == 0)
		put(box->r, "    inbound and outbound esp sas: * (no ESP of them was captured)", 2);
}

static void charon_esp(const struct box *box, const struct ik_replay_sa *sa,
                       const struct ends *ends)
{
	struct traffic in = traffic_of(box, sa, ends, false), out = traffic_of(box, sa, ends, true);
	char text[LINE];
	struct ik_buf b = fresh(text);

	ik_buf_puts(&b, "  *: #*, reqid *, INSTALLED, *, ESP:*");
	put(box->r, text, 2);
	put_spis(box, sa, ends, false, NULL, "    in  ");
	put_spis(box, sa, ends, true, NULL, "    out ");
	if (in.flows + out.flows == 0) {
		put(box->r, "    in  *, out * (no ESP of it was captured)", 2);
		return;
	}
	b = fresh(text);
	if (in.whole && out.whole)
		ik_buf_printf(&b, "    captured: in %llu packets, out %llu packets",
		              (unsigned long long)in.packets, (unsigned long long)out.packets);
	else
		ik_buf_puts(&b, "    packets: * (the flow goes on; it is counted as a whole)");
	put(box->r, text, 2);
}

/* ---- one box ----------------------------------------------------------------------------- */

static void prompt(const struct box *box, const char *command)
{
	char text[LINE];
	struct ik_buf b = fresh(text);

	ik_buf_printf(&b, "%s ", box->side == IKESCOPE_INITIATOR ? "initiator" : "responder");
	ik_buf_address(&b, &box->address);
	if (command != NULL)
		ik_buf_printf(&b, "# %s", command);
	ik_text_blank(box->r->t);
	ik_text_style_now(box->r->t, IK_BOLD);
	ik_out_puts(&box->r->t->out, text);
	ik_text_style_now(box->r->t, IK_PLAIN);
	ik_text_blank(box->r->t);
}

static bool of_version(const struct box *box, unsigned version)
{
	for (size_t i = 0; i < box->r->n_sas; i++)
		if (version == 0 || box->r->sa[i].ike_version == version)
			return true;
	return false;
}

static bool is_here(const struct box *box, const struct ik_replay_sa *sa)
{
	return ik_addr_eq(&sa->initiator.endpoint.addr, &box->address) ||
	       ik_addr_eq(&sa->responder.endpoint.addr, &box->address);
}

static void list(const struct box *box, const struct listing *l)
{
	bool any = false;

	prompt(box, l->command);
	for (size_t i = 0; i < box->r->n_sas; i++) {
		const struct ik_replay_sa *sa = &box->r->sa[i];
		struct ends e = ends_of(box, sa);

		if (!is_here(box, sa) ||
		    (l->ike_version != 0 && sa->ike_version != l->ike_version) ||
		    strcmp(e.state, NONE) == 0)
			continue;
		for (size_t k = 0; k < 2 && !any && l->head[k] != NULL; k++)
			put(box->r, l->head[k], 2);
		any = true;
		l->row(box, sa, &e);
		if (box->r->how.style == IKESCOPE_AS_CHARON && sa->children > 0)
			charon_esp(box, sa, &e);
	}
	for (size_t k = 0; k < 2 && !any && l->none == NULL && l->head[k] != NULL; k++)
		put(box->r, l->head[k], 2);
	if (!any)
		put(box->r, l->none != NULL ? l->none : "(nothing)", 2);
}

static void list_esp(const struct box *box)
{
	bool any = false;

	if (box->r->how.style != IKESCOPE_AS_IOS && box->r->how.style != IKESCOPE_AS_ASA)
		return;
	prompt(box, "show crypto ipsec sa");
	for (size_t i = 0; i < box->r->n_sas; i++) {
		const struct ik_replay_sa *sa = &box->r->sa[i];
		struct ends e = ends_of(box, sa);

		if (!is_here(box, sa) || sa->children == 0)
			continue;
		any = true;
		cisco_esp(box, sa, &e);
	}
	if (!any)
		put(box->r,
		    box->r->how.style == IKESCOPE_AS_ASA ? "There are no ipsec sas"
		                                         : "(no inbound and outbound esp sas)",
		    2);
}

static void one_box(struct box *box)
{
	for (size_t i = 0; i < sizeof(listings) / sizeof(listings[0]); i++)
		if (listings[i].box == box->r->how.style &&
		    of_version(box, listings[i].ike_version))
			list(box, &listings[i]);
	list_esp(box);
}

/* ---- a tunnel ---------------------------------------------------------------------------- */

/* What packets cannot tell: until when a box holds on to what has no answer. */
static void silences(struct ik_replay *r)
{
	for (size_t i = 0; i < r->n_sas; i++) {
		char text[48];
		struct ik_buf b = IK_BUF_ON(text);

		if (!r->sa[i].silent)
			continue;
		ik_text_time(r->t, &b, r->sa[i].heard);
		ik_text_begin(r->t, 0, 2);
		ik_text_printf(r->t,
		               "#%llu is silent since %s: boxes give up by timers of their own, "
		               "and show no more of it then.",
		               (unsigned long long)r->sa[i].id, text);
		ik_text_end(r->t);
	}
}

int ik_replay_show(struct ik_replay *r, const struct ikescope_tunnel *tunnel)
{
	/* Who began the last of them gives both boxes their names. */
	const struct ik_replay_sa *last = r->n_sas > 0 ? &r->sa[r->n_sas - 1] : NULL;
	struct box box = {.r = r, .tunnel = tunnel};

	if (last == NULL)
		return r->t->out.status;
	r->tables++;
	box.side = IKESCOPE_INITIATOR;
	box.address = last->initiator.endpoint.addr;
	one_box(&box);
	box.side = IKESCOPE_RESPONDER;
	box.address = last->responder.endpoint.addr;
	one_box(&box);
	ik_text_blank(r->t);
	silences(r);
	if (r->more_sas > 0) {
		ik_text_begin(r->t, 0, 2);
		ik_text_printf(r->t, "and %llu more IKE SAs between these two",
		               (unsigned long long)r->more_sas);
		ik_text_end(r->t);
	}
	r->n_sas = 0;
	r->more_sas = 0;
	return r->t->out.status;
}
