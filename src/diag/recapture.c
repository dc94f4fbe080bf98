/* SPDX-License-Identifier: Apache-2.0 */
#include "diag/recapture.h"

#include "base/addr.h"
#include "diag/nat.h"

/* Where a row wants the capture. */
enum place {
	HERE,      /* where it was */
	EITHER,    /* at one of the ends, whichever */
	INITIATOR, /* the outside interface of the one */
	RESPONDER,
	AWAITED,    /* the end whose message is awaited */
	SENDER,     /* the other one */
	BEYOND_NAT, /* the end on the other side of the NAT */
};

struct ik_ask_row {
	enum place place;
	bool icmp;        /* errors that a box on the way sends have neither address */
	const char *keys; /* of which SA, or NULL: none are needed */
	const char *question;
	const char *missing; /* what is asked where the message never came, or NULL: the same */
};

/* Errors are asked for only where they decide: all ICMP of a busy box is much. */
#define ICMP true
#define NONE NULL

/* clang-format off */
static const struct ik_ask_row rows[IK_ASKS] = {
	[IK_ASK_ARRIVES]           = { AWAITED,    false, NONE, "does {message} arrive there, and does an answer leave?", "does {message} leave there?" },
	[IK_ASK_UNALTERED]         = { AWAITED,    false, NONE, "does {message} arrive there unaltered?", NONE },
	[IK_ASK_FRAGMENT_LEAVES]   = { SENDER,     false, NONE, "does the missing fragment leave there?", NONE },
	[IK_ASK_REQUEST_PIECES]    = { RESPONDER,  ICMP,  NONE, "which fragments of {message} arrive there?", NONE },
	[IK_ASK_ANSWER_PIECES]     = { INITIATOR,  ICMP,  NONE, "which fragments of the answer arrive there?", NONE },
	[IK_ASK_ALL_FRAGMENTS]     = { HERE,       ICMP,  NONE, "do all fragments come, now that the filter is one for hosts?", NONE },
	[IK_ASK_4500_ARRIVES]      = { RESPONDER,  false, NONE, "does anything to UDP 4500 arrive there?", NONE },
	[IK_ASK_4500_LEAVES]       = { INITIATOR,  false, NONE, "does anything to UDP 4500 leave there?", NONE },
	[IK_ASK_ERROR_FROM]        = { AWAITED,    ICMP,  NONE, "does {message} arrive there, or does the error come from before?", NONE },
	[IK_ASK_TIME_TO_ANSWER]    = { RESPONDER,  false, NONE, "how long does the answer take there?", NONE },
	[IK_ASK_ANSWER_ARRIVES]    = { INITIATOR,  false, NONE, "is the answer missing there, or does it arrive and is ignored?", NONE },
	[IK_ASK_ESP_BEYOND_NAT]    = { BEYOND_NAT, false, NONE, "does ESP leave and arrive there?", NONE },
	[IK_ASK_ESP_ALL_THE_SAME]  = { HERE,       false, NONE, "does ESP flow both ways all the same?", NONE },
	[IK_ASK_OTHER_END_STARTS]  = { HERE,       false, NONE, "what does the other end propose when it starts the negotiation itself?", NONE },
	[IK_ASK_ONE_PROPOSAL]      = { HERE,       false, NONE, "is the proposal taken when it is sent alone, or first?", NONE },
	[IK_ASK_COOKIE_ARRIVES]    = { INITIATOR,  false, NONE, "does the cookie arrive there?", NONE },
	[IK_ASK_NOTIFY_VARIES]     = { HERE,       false, NONE, "has the notify another type at the next attempt, as garbage has?", NONE },
	[IK_ASK_REPEATED_LATER]    = { HERE,       false, NONE, "is the last message of phase 1 repeated later on, since the pre-shared keys differ?", NONE },
	[IK_ASK_AFTER_REST]        = { HERE,       false, NONE, "does an attempt after half a minute of rest get an answer?", NONE },
	[IK_ASK_ERROR_INSIDE]      = { EITHER,     false, "IKE", "which error does the encrypted notify name?", NONE },
	[IK_ASK_METHODS_INSIDE]    = { EITHER,     false, "IKE", "which identities, methods of authentication and error are inside?", NONE },
	[IK_ASK_SELECTORS_INSIDE]  = { EITHER,     false, "IKE", "which traffic selectors are in request and response?", NONE },
	[IK_ASK_EAP_INSIDE]        = { EITHER,     false, "IKE", "which EAP code and type are inside?", NONE },
	[IK_ASK_XAUTH_INSIDE]      = { EITHER,     false, "IKE", "which XAUTH-STATUS is inside?", NONE },
	[IK_ASK_QUICK_MODE_INSIDE] = { EITHER,     false, "IKE", "which error does the notify name, which proposal and identities has QM1?", NONE },
	[IK_ASK_REFUSAL_INSIDE]    = { EITHER,     false, "IKE", "what is in the refusal and in the message that it answers?", NONE },
	[IK_ASK_QM2_ARRIVES]       = { INITIATOR,  false, NONE, "does QM2 arrive there?", NONE },
	[IK_ASK_QM3_ARRIVES]       = { RESPONDER,  false, NONE, "does QM3 arrive there?", NONE },
	[IK_ASK_QM3_LEAVES]        = { INITIATOR,  false, NONE, "does QM3 leave there?", NONE },
	[IK_ASK_QM1_LEAVES]        = { INITIATOR,  false, NONE, "does QM1 leave there once there is traffic for the tunnel?", NONE },
	[IK_ASK_MALFORMED_AT_HOME] = { EITHER,     false, NONE, "is the message malformed already where it is sent?", NONE },
	[IK_ASK_BEYOND_NAT]        = { BEYOND_NAT, false, NONE, "which addresses and ports do the packets have there?", NONE },
	/* artefacts: the capture itself is to be another */
	[IK_ASK_LARGER_BUFFER]     = { HERE,       false, NONE, "are the gaps there again with a larger buffer (tcpdump -B 65536)?", NONE },
	[IK_ASK_NO_MIRROR]         = { EITHER,     false, NONE, "does each packet come twice there, too?", NONE },
	[IK_ASK_LONGER]            = { HERE,       false, NONE, "is there an answer within 165 seconds of the first request?", NONE },
	[IK_ASK_FROM_THE_START]    = { HERE,       false, NONE, "what do the first messages say, when it begins before the tunnel is brought up?", NONE },
	[IK_ASK_BOTH_WAYS]         = { EITHER,     false, NONE, "are the answers there?", NONE },
	[IK_ASK_ONE_CLOCK]         = { HERE,       false, NONE, "does time step back on one machine with a steady clock, too?", NONE },
	[IK_ASK_WHOLE_PACKETS]     = { HERE,       false, NONE, "what is in the messages with a snap length of 0, which is all?", NONE },
	/* tunnels, the document */
	[IK_ASK_ESP_ARRIVES]       = { EITHER,     false, NONE, "does ESP arrive at the one end, does any leave the other?", NONE },
	[IK_ASK_NUMBERS_LEAVE]     = { EITHER,     false, NONE, "do the missing sequence numbers leave the sender?", NONE },
	[IK_ASK_ANY_ESP]           = { HERE,       false, NONE, "is there ESP once there is traffic for the tunnel?", NONE },
	[IK_ASK_ANY_IKE]           = { INITIATOR,  false, NONE, "does IKE leave there once there is traffic for the tunnel?", NONE },
};

static const struct {
	const char *slug;
	enum ik_ask ask;
} of_slug[] = {
	{ "art-drop",            IK_ASK_LARGER_BUFFER },
	{ "art-dup-span",        IK_ASK_NO_MIRROR },
	{ "art-early-end",       IK_ASK_LONGER },
	{ "art-frag-only-first", IK_ASK_ALL_FRAGMENTS },
	{ "art-midstart",        IK_ASK_FROM_THE_START },
	{ "art-oneway",          IK_ASK_BOTH_WAYS },
	{ "art-reorder",         IK_ASK_ONE_CLOCK },
	{ "art-snaplen",         IK_ASK_WHOLE_PACKETS },
	{ "esp-blocked",         IK_ASK_ESP_ARRIVES },
	{ "esp-dup",             IK_ASK_NO_MIRROR },
	{ "esp-one-way",         IK_ASK_ESP_ARRIVES },
	{ "esp-seq-gap",         IK_ASK_NUMBERS_LEAVE },
	{ "esp-zero",            IK_ASK_ANY_ESP },
	{ "no-ike-traffic",      IK_ASK_ANY_IKE },
	{ "postfrag-esp",        IK_ASK_ALL_FRAGMENTS },
};
/* clang-format on */

const struct ik_ask_row *ik_ask(enum ik_ask ask)
{
	return ask != IK_ASK_NONE ? &rows[ask] : NULL;
}

const struct ik_ask_row *ik_ask_of(const char *slug)
{
	for (size_t i = 0; i < sizeof(of_slug) / sizeof(of_slug[0]); i++)
		if (strcmp(of_slug[i].slug, slug) == 0)
			return &rows[of_slug[i].ask];
	return NULL;
}

void ik_ask_words(struct ik_buf *b, const struct ik_ask_row *row)
{
	static const char *const where[] = {
	        [HERE] = "another capture",
	        [EITHER] = "a capture at either end",
	        [INITIATOR] = "a capture at the initiator",
	        [RESPONDER] = "a capture at the responder",
	        [AWAITED] = "a capture at the end that is awaited",
	        [SENDER] = "a capture at the sender",
	        [BEYOND_NAT] = "a capture on the other side of the NAT",
	};

	ik_buf_puts(b, where[row->place]);
	if (row->keys != NULL)
		ik_buf_printf(b, " with the keys of the %s SA", row->keys);
	ik_buf_puts(b, ": ");
	ik_buf_puts(b, row->question);
}

/* ---- addresses ------------------------------------------------------------------------------ */

/* Both ends, as packets have them at the place of the new capture; unknown: NAT changes them. */
struct there {
	enum ikescope_recapture_side side;
	struct ikescope_addr i, r;
	const char *domain;
};

/* What a side is to itself. */
static struct ikescope_addr at_home(const struct ik_nat *nat, enum ik_dir side,
                                    const struct ikescope_addr *here)
{
	if (ik_nat_behind(nat, side, false) == IKESCOPE_YES)
		return ik_nat_inside(nat, side);
	return *here;
}

/* What a side is to the other one. Where its hash is not there, a private address on the way to a
 * public one is sure to be changed. */
static struct ikescope_addr abroad(const struct ik_nat *nat, enum ik_dir side,
                                   const struct ikescope_addr *here,
                                   const struct ikescope_addr *other)
{
	const struct ik_nat_word *known = &nat->known[side];
	bool changed = ik_addr_private(here) && !ik_addr_private(other);

	switch (known->kind) {
	case IK_NAT_ABSENT: break;
	case IK_NAT_FITS: return known->here.addr;
	case IK_NAT_FOUND: return ik_nat_address(known) ? known->hashed.addr : known->here.addr;
	case IK_NAT_NOWHERE:
	case IK_NAT_OPEN: changed = true;
	}
	return changed ? (struct ikescope_addr){0} : *here;
}

/* The end that has another address than here. */
static enum ikescope_recapture_side beyond(const struct ik_case *c, const struct ik_nat *nat)
{
	if (nat->own[IK_R2I].kind >= IK_NAT_FOUND || nat->known[IK_I2R].kind >= IK_NAT_FOUND)
		return IKESCOPE_AT_RESPONDER;
	if (ik_addr_private(&c->n->i.addr) && !ik_addr_private(&c->n->r.addr))
		return IKESCOPE_AT_RESPONDER;
	return IKESCOPE_AT_INITIATOR;
}

static enum ikescope_recapture_side side_of(enum place place, const struct ik_case *c,
                                            const struct ik_nat *nat)
{
	bool initiator = c->pos.waiting_for == IKESCOPE_INITIATOR;

	switch (place) {
	case HERE: break;
	case EITHER: return IKESCOPE_AT_EITHER;
	case INITIATOR: return IKESCOPE_AT_INITIATOR;
	case RESPONDER: return IKESCOPE_AT_RESPONDER;
	case AWAITED: return initiator ? IKESCOPE_AT_INITIATOR : IKESCOPE_AT_RESPONDER;
	case SENDER: return initiator ? IKESCOPE_AT_RESPONDER : IKESCOPE_AT_INITIATOR;
	case BEYOND_NAT: return beyond(c, nat);
	}
	return IKESCOPE_AT_SAME_PLACE;
}

/* At either end the address of each is the same only where it is to itself what it is to the
 * other. */
static struct ikescope_addr same(const struct ikescope_addr *a, const struct ikescope_addr *b)
{
	return ik_addr_eq(a, b) ? *a : (struct ikescope_addr){0};
}

/* Without looking at hashes: where there is a NAT, nothing is known. */
static struct there there_briefly(const struct ik_ask_row *row, const struct ik_case *c)
{
	static const struct ik_nat none = {.id = 0};
	struct there t = {.side = side_of(row->place, c, &none)};

	if (c->nat == NULL && c->fact[IK_F_NAT_SEEN] != 1) {
		t.i = c->n->i.addr;
		t.r = c->n->r.addr;
	}
	return t;
}

static struct there there_of(const struct ik_ask_row *row, const struct ik_case *c)
{
	const struct ikescope_addr i = c->n->i.addr, r = c->n->r.addr;
	const struct ik_nat nat = c->nat != NULL ? *c->nat : ik_nat_of(c->n, c->pair->hashers);
	const struct ikescope_addr i_home = at_home(&nat, IK_I2R, &i);
	const struct ikescope_addr r_home = at_home(&nat, IK_R2I, &r);
	const struct ikescope_addr i_abroad = abroad(&nat, IK_I2R, &i, &r);
	const struct ikescope_addr r_abroad = abroad(&nat, IK_R2I, &r, &i);
	struct there t = {.side = side_of(row->place, c, &nat),
	                  .i = i,
	                  .r = r,
	                  .domain =
	                          ik_net_domain(c->pair->assembly->tracker->net, c->pair->domain)};

	switch (t.side) {
	case IKESCOPE_AT_SAME_PLACE: break;
	case IKESCOPE_AT_EITHER:
		t.i = same(&i_home, &i_abroad);
		t.r = same(&r_home, &r_abroad);
		break;
	case IKESCOPE_AT_INITIATOR:
		t.i = i_home;
		t.r = r_abroad;
		break;
	case IKESCOPE_AT_RESPONDER:
		t.i = i_abroad;
		t.r = r_home;
		break;
	}
	/* Where no hash says so, only that it is another is known of the address inside. */
	if (row->place == BEYOND_NAT && ik_addr_eq(&t.i, &i) && ik_addr_eq(&t.r, &r))
		*(t.side == IKESCOPE_AT_RESPONDER ? &t.r : &t.i) = (struct ikescope_addr){0};
	return t;
}

/* ---- words ---------------------------------------------------------------------------------- */

/* Of the end where the capture runs nothing is asked: it has more tunnels than this one. */
static void put_hosts(struct ik_buf *b, const struct there *t)
{
	const struct ikescope_addr *one = &t->i, *other = &t->r;
	bool both = false;

	if (t->side == IKESCOPE_AT_INITIATOR)
		one = &t->r;
	else if (t->side != IKESCOPE_AT_RESPONDER)
		both = one->family != 0 && other->family != 0;
	ik_buf_puts(b, "host ");
	if (one->family == 0 || (!both && t->side < IKESCOPE_AT_INITIATOR)) {
		ik_buf_puts(b, "<peer>");
		return;
	}
	ik_buf_addr(b, one);
	if (!both)
		return;
	ik_buf_puts(b, " and host ");
	ik_buf_addr(b, other);
}

static void put_plain_filter(struct ik_buf *b, const struct ik_ask_row *row, const struct there *t)
{
	bool v6 = t->i.family == 6 || t->r.family == 6;

	put_hosts(b, t);
	if (row->icmp)
		ik_buf_puts(b, v6 ? " or icmp6" : " or icmp");
}

/* How many VLAN tags packets have here, outside of any tunnel. */
static size_t tags(const char *domain)
{
	if (domain == NULL)
		return 0;
	return strncmp(domain, "VLAN ", 5) == 0 ? 1 : strncmp(domain, "QinQ ", 5) == 0 ? 2 : 0;
}

/* As pcap-filter(7) has it: each "vlan" moves what stands behind it by a tag. */
static void put_filter(struct ik_buf *b, const struct ik_ask_row *row, const struct there *t)
{
	size_t n = tags(t->domain);

	put_plain_filter(b, row, t);
	for (size_t i = 0; i < n; i++) {
		ik_buf_puts(b, " or (vlan and (");
		put_plain_filter(b, row, t);
		ik_buf_puts(b, ")");
	}
	for (size_t i = 0; i < n; i++)
		ik_buf_puts(b, ")");
}

static void put_where(struct ik_buf *b, const struct there *t, const struct ikescope_addr *at)
{
	switch (t->side) {
	case IKESCOPE_AT_SAME_PLACE: ik_buf_puts(b, " again"); return;
	case IKESCOPE_AT_EITHER: ik_buf_puts(b, " at either end"); return;
	case IKESCOPE_AT_INITIATOR: ik_buf_puts(b, " at the initiator"); break;
	case IKESCOPE_AT_RESPONDER: ik_buf_puts(b, " at the responder"); break;
	}
	if (at->family != 0) {
		ik_buf_putc(b, ' ');
		ik_buf_addr(b, at);
	}
}

static void fill(struct ik_findings *f, struct ikescope_finding *finding,
                 const struct ik_ask_row *row, const struct there *t, const struct ik_case *c)
{
	struct ikescope_recapture *out = &f->recapture[f->n - 1];
	char filter[400], text[900];
	struct ik_buf b = IK_BUF_ON(filter), line = IK_BUF_ON(text);
	size_t question;

	*out = (struct ikescope_recapture){
	        .side = t->side, .ends = {t->i, t->r}, .keys = row->keys};
	if (t->side == IKESCOPE_AT_INITIATOR || t->side == IKESCOPE_AT_RESPONDER)
		out->at = out->ends[t->side == IKESCOPE_AT_RESPONDER];
	finding->recapture = out;
	finding->n_recapture = 1;
	if (f->brief)
		return;
	put_filter(&b, row, t);
	ik_buf_puts(&line, "Capture");
	put_where(&line, t, &out->at);
	ik_buf_printf(&line, " with '%s'", filter);
	if (row->keys != NULL)
		ik_buf_printf(&line, " and the keys of the %s SA", row->keys);
	ik_buf_puts(&line, ": ");
	question = line.len;
	if (c == NULL)
		ik_buf_puts(&line, row->question);
	else if (row->missing != NULL && c->pos.kind == IKESCOPE_MISSING)
		ik_expand(row->missing, c, &line);
	else
		ik_expand(row->question, c, &line);
	out->filter = ik_findings_keep(f, filter);
	out->line = ik_findings_keep(f, text);
	out->question = out->line + (strlen(out->line) >= question ? question : 0);
}

/* ---- findings ------------------------------------------------------------------------------- */

static void join(struct ik_findings *f, struct ikescope_finding *finding, const char *const *raise)
{
	const char **out = f->raise[f->n - 1];
	size_t n = 0;

	if (finding->n_recapture > 0 && finding->recapture->line != NULL)
		out[n++] = finding->recapture->line;
	for (size_t i = 0; raise != NULL && i < IK_RAISES && raise[i] != NULL; i++)
		out[n++] = raise[i];
	finding->would_raise = out;
	finding->n_would_raise = n;
}

void ik_recapture_case(struct ik_findings *f, struct ikescope_finding *finding,
                       const struct ik_rule *rule, const struct ik_case *c)
{
	const struct ik_ask_row *row = ik_ask(rule->ask);

	if (row != NULL) {
		const struct there t = f->brief ? there_briefly(row, c) : there_of(row, c);

		fill(f, finding, row, &t, c);
	}
	join(f, finding, rule->raise);
}

void ik_recapture_row(struct ik_findings *f, struct ikescope_finding *finding,
                      const struct ik_ask_row *row, const char *const *raise,
                      const struct ik_ends *ends)
{
	static const enum ikescope_recapture_side sides[] = {
	        [HERE] = IKESCOPE_AT_SAME_PLACE,
	        [EITHER] = IKESCOPE_AT_EITHER,
	        [INITIATOR] = IKESCOPE_AT_INITIATOR,
	        [RESPONDER] = IKESCOPE_AT_RESPONDER,
	};

	if (row != NULL) {
		struct there t = {.side = sides[row->place]};

		if (ends != NULL && !(ends->nat && t.side == IKESCOPE_AT_EITHER)) {
			t.i = ends->one;
			t.r = ends->other;
			t.domain = ends->domain;
		}
		fill(f, finding, row, &t, NULL);
	}
	join(f, finding, raise);
}

void ik_recapture_slug(struct ik_findings *f, struct ikescope_finding *finding,
                       const char *const *raise, const struct ik_ends *ends)
{
	ik_recapture_row(f, finding, ik_ask_of(finding->slug), raise, ends);
}
