/*
 * What both boxes would log of a message: the lines of the table that fit what is known of it, with
 * the values that packets show.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "base/addr.h"
#include "iana/iana.h"
#include "output/replay.h"
#include "session/nego.h"

#define LINE      768
#define NOTIFY_KE 17
#define COOKIE    16390
#define DELETED   42
#define EAP       48
#define FEW       5

/* A transmission as one of both ends sees it. */
struct seen {
	const struct ik_replay *r;
	const struct ikescope_negotiation *n;
	const struct ikescope_step *s;
	const struct ik_replay_sent *sent;
	enum ikescope_role side;
	enum ik_replay_event event;
};

static const struct ik_replay_word *word(const struct seen *v, enum ik_replay_word_kind kind,
                                         uint32_t number, const char *key)
{
	for (size_t i = 0; i < ik_replay_n_words; i++) {
		const struct ik_replay_word *w = &ik_replay_words[i];

		if (w->box == v->r->how.style && w->version == v->n->ike_version &&
		    w->kind == kind &&
		    (key != NULL ? strcmp(w->key, key) == 0 : w->number == number))
			return w;
	}
	return NULL;
}

/* ---- facts ------------------------------------------------------------------------------- */

static bool in_state(const struct ikescope_step *s, enum ik_state state)
{
	return s->state != NULL && strcmp(s->state, ik_state_name(state)) == 0;
}

static bool named(const struct ikescope_step *s, const char *name)
{
	return strcmp(s->name, name) == 0;
}

static bool has_message(const struct ikescope_negotiation *n, const char *name, uint32_t id)
{
	for (size_t i = 0; i < n->n_steps; i++)
		if (n->steps[i].message_id == id && named(&n->steps[i], name))
			return true;
	return false;
}

/* The answer to a request of IKE_SA_INIT, or NULL. */
static const struct ikescope_step *answer_of(const struct ikescope_negotiation *n,
                                             const struct ikescope_step *s)
{
	for (const struct ikescope_step *k = s + 1; k < n->steps + n->n_steps; k++)
		if (named(k, "IKE_SA_INIT response"))
			return k;
	return NULL;
}

/* Whether a first message was agreed to, if only with another group; or an answer agrees to it. */
static bool agreed(const struct ikescope_negotiation *n, const struct ikescope_step *s)
{
	const struct ikescope_step *answer;

	if (named(s, "MM1"))
		return has_message(n, "MM2", 0);
	if (named(s, "AM1"))
		return has_message(n, "AM2", 0);
	if (!named(s, "IKE_SA_INIT request"))
		return in_state(s, IK_S_INIT_DONE);
	answer = answer_of(n, s);
	return answer != NULL && (answer->ends->notify == 0 || answer->ends->notify == NOTIFY_KE);
}

/* Whether a quick mode went on, or a request of IKE_SA_INIT was refused. */
static bool answered(const struct ikescope_negotiation *n, const struct ikescope_step *s)
{
	const struct ikescope_step *answer;

	if (!named(s, "IKE_SA_INIT request"))
		return has_message(n, "QM2", s->message_id);
	answer = answer_of(n, s);
	return answer != NULL && answer->ends->notify != 0 && answer->ends->notify < 16384;
}

static uint32_t when(bool holds, enum ik_replay_fact fact)
{
	return holds ? (uint32_t)fact : 0;
}

static uint32_t facts_of_arrival(const struct ikescope_ends *e)
{
	return when(e->taken != IKESCOPE_NO, IK_REPLAY_TAKEN) |
	       when(e->taken == IKESCOPE_YES, IK_REPLAY_SURE) |
	       when(e->reacted, IK_REPLAY_REACTED) | when(e->gone, IK_REPLAY_GONE);
}

static uint32_t facts_of_content(const struct ikescope_ends *e, unsigned version)
{
	const uint32_t base = version == 2 ? 32 : 0;
	const uint32_t sa = version == 2 ? 33 : 1, ke = version == 2 ? 34 : 4;
	const uint32_t nonce = version == 2 ? 40 : 10;

	return when((e->payloads >> (sa - base) & 1) != 0, IK_REPLAY_SA) |
	       when((e->payloads >> (ke - base) & 1) != 0, IK_REPLAY_KEY) |
	       when((e->payloads >> (nonce - base) & 1) != 0, IK_REPLAY_NONCE) |
	       when((e->announced & IK_CAP_XAUTH) != 0, IK_REPLAY_XAUTH) |
	       when((e->announced & IK_CAP_DPD) != 0, IK_REPLAY_DPD) |
	       when((e->announced & IK_CAP_FRAGMENTATION) != 0, IK_REPLAY_FRAGMENTATION) |
	       when((e->announced & IK_CAP_NATT_RFC) != 0, IK_REPLAY_NATT) |
	       when((e->announced & IK_CAP_NATD) != 0, IK_REPLAY_NATD);
}

static uint32_t facts_of(const struct seen *v)
{
	const struct ikescope_negotiation *n = v->n;
	const struct ikescope_step *s = v->s;
	const struct ikescope_ends *e = s->ends;
	bool initiator = v->side == IKESCOPE_INITIATOR;
	const struct ikescope_party *me = initiator ? &n->initiator : &n->responder;
	const struct ikescope_party *peer = initiator ? &n->responder : &n->initiator;
	bool whole = s->encrypted && s->fragments_total <= 1;

	return facts_of_arrival(e) | facts_of_content(e, n->ike_version) |
	       when(v->sent->step == 0, IK_REPLAY_FIRST) | when(s->encrypted, IK_REPLAY_SEALED) |
	       when(e->notify != 0 && e->notify < 16384, IK_REPLAY_ERROR) |
	       when(e->notify == COOKIE, IK_REPLAY_COOKIE) |
	       when(e->notify == NOTIFY_KE && n->ike_version == 2, IK_REPLAY_KE) |
	       when(in_state(s, IK_S_UP) || in_state(s, IK_S_UP_ASSUMED), IK_REPLAY_UP) |
	       when(in_state(s, IK_S_INIT_REFUSED) || in_state(s, IK_S_AUTH_REFUSED) ||
	                    in_state(s, IK_S_V1_REFUSED),
	            IK_REPLAY_REFUSED) |
	       when(agreed(n, s), IK_REPLAY_AGREED) | when(answered(n, s), IK_REPLAY_ANSWERED) |
	       when(e->first_payload == EAP, IK_REPLAY_EAP) |
	       when(me->behind_nat == IKESCOPE_YES, IK_REPLAY_NAT_ME) |
	       when(peer->behind_nat == IKESCOPE_YES, IK_REPLAY_NAT_PEER) |
	       when(e->first_payload == DELETED, IK_REPLAY_DELETE) |
	       when(whole && n->ike_version == 2 && e->first_payload == 0, IK_REPLAY_EMPTY) |
	       when(s->fragments > 0, IK_REPLAY_FRAGMENTS) |
	       when(s->fragment_missing != 0, IK_REPLAY_INCOMPLETE) |
	       when(ik_replay_child(n, s), IK_REPLAY_CHILD) |
	       when(v->sent->copy <= FEW, IK_REPLAY_FEW);
}

/* ---- placeholders ------------------------------------------------------------------------ */

/* "NO_PROPOSAL_CHOSEN", as logs write it: with underscores in both versions. */
static void put_notify(struct ik_buf *b, const struct seen *v)
{
	const char *name = ik_notify_name(v->n->ike_version, v->s->ends->notify);

	if (name == NULL)
		ik_buf_printf(b, "(%u)", v->s->ends->notify);
	for (; name != NULL && *name != '\0'; name++)
		ik_buf_putc(b, (char)(*name == '-' ? '_' : *name));
}

/* One of the list of payloads, in the separator of the box. */
static void put_item(struct ik_buf *b, const struct seen *v, size_t from, const char *text)
{
	if (b->len > from)
		ik_buf_puts(b, v->r->how.style == IKESCOPE_AS_ASA ? " + " : " ");
	ik_buf_puts(b, text);
}

static void put_error(struct ik_buf *b, const struct seen *v, size_t from, const char *before)
{
	const struct ik_replay_word *brief =
	        word(v, IK_REPLAY_WORD_NOTIFY, v->s->ends->notify, NULL);

	put_item(b, v, from, before);
	if (brief != NULL)
		ik_buf_puts(b, brief->word);
	else
		put_notify(b, v);
	ik_buf_putc(b, ')');
}

static bool lists(const struct seen *v, const struct ik_replay_word *w, bool announced_any)
{
	const struct ikescope_ends *e = v->s->ends;
	uint32_t bit = w->number - (v->n->ike_version == 2 ? 32 : 0);

	switch (w->kind) {
	case IK_REPLAY_WORD_PAYLOAD: return (e->payloads >> (bit & 31) & 1) != 0;
	case IK_REPLAY_WORD_OTHER: return !announced_any && (e->payloads >> (bit & 31) & 1) != 0;
	case IK_REPLAY_WORD_ANNOUNCED: return (e->announced & w->number) != 0;
	case IK_REPLAY_WORD_ERROR: return e->notify != 0 && e->notify != COOKIE;
	case IK_REPLAY_WORD_MESSAGE:
	case IK_REPLAY_WORD_FIRST:
	case IK_REPLAY_WORD_NOTIFY:
	case IK_REPLAY_WORD_SENT_IN:
	case IK_REPLAY_WORD_RECEIVED_IN: break;
	}
	return false;
}

/* What stood in clear, in the order of the table. */
static void put_clear(struct ik_buf *b, const struct seen *v)
{
	const uint32_t vendors = IK_CAP_NATT_RFC | IK_CAP_NATT_DRAFT | IK_CAP_FRAGMENTATION |
	                         IK_CAP_DPD | IK_CAP_XAUTH;
	bool any = v->n->ike_version == 1 && (v->s->ends->announced & vendors) != 0;
	size_t from = b->len;

	for (size_t i = 0; i < ik_replay_n_words; i++) {
		const struct ik_replay_word *w = &ik_replay_words[i];

		if (w->box != v->r->how.style || w->version != v->n->ike_version ||
		    !lists(v, w, any))
			continue;
		if (w->kind == IK_REPLAY_WORD_ERROR)
			put_error(b, v, from, w->word);
		else
			put_item(b, v, from, w->word);
	}
	if (b->len == from && v->s->ends->notify != 0)
		put_error(b, v, from, "N(");
	else if (b->len == from)
		ik_buf_putc(b, '*');
}

/* What packets show of an encrypted message: the first payload in IKEv2, and whether there is one.
 */
static void put_sealed(struct ik_buf *b, const struct seen *v, uint32_t facts)
{
	const struct ik_replay_word *first =
	        word(v, IK_REPLAY_WORD_FIRST, v->s->ends->first_payload, NULL);

	if (v->r->how.style == IKESCOPE_AS_IOS && v->n->ike_version == 2)
		ik_buf_puts(b, "ENCR");
	else if (first != NULL)
		ik_buf_printf(b, "%s *", first->word);
	else if ((facts & IK_REPLAY_EMPTY) == 0)
		ik_buf_putc(b, '*');
}

static void put_message(struct ik_buf *b, const struct seen *v)
{
	const struct ik_replay_word *w = word(v, IK_REPLAY_WORD_MESSAGE, 0, v->s->name);

	ik_buf_puts(b, w != NULL ? w->word : v->s->exchange != NULL ? v->s->exchange : v->s->name);
}

static void put_phase(struct ik_buf *b, const struct seen *v)
{
	static const enum ik_replay_word_kind kinds[] = {
	        [IK_REPLAY_SEND] = IK_REPLAY_WORD_SENT_IN,
	        [IK_REPLAY_RESEND] = IK_REPLAY_WORD_SENT_IN,
	        [IK_REPLAY_RECEIVE] = IK_REPLAY_WORD_RECEIVED_IN,
	};
	/* A copy that is answered finds its receiver where the answer has it. */
	bool again = v->event == IK_REPLAY_AGAIN;
	const struct ikescope_step *s = again ? &v->n->steps[v->sent[1].step] : v->s;
	const struct ik_replay_word *w = again ? NULL : word(v, kinds[v->event], 0, s->name);

	ik_buf_puts(b, w != NULL ? w->word : ik_replay_state(s->ends, v->r->how.style, v->side));
}

bool ik_replay_hidden(const struct ikescope_party *p)
{
	return p->behind_nat == IKESCOPE_YES &&
	       (p->inside.family == 0 || ik_addr_eq(&p->inside, &p->endpoint.addr));
}

/* The address of one end: as itself knows it the inside one, where NAT detection shows that. */
static void put_address(struct ik_buf *b, const struct seen *v, bool mine)
{
	bool initiator = (v->side == IKESCOPE_INITIATOR) == mine;
	const struct ikescope_party *p = initiator ? &v->n->initiator : &v->n->responder;

	if (!mine && ik_replay_hidden(p))
		ik_buf_putc(b, '*');
	else
		ik_buf_address(b, mine && p->inside.family != 0 ? &p->inside : &p->endpoint.addr);
}

static uint16_t port(const struct seen *v, bool mine)
{
	bool sender = v->s->from == v->side;

	return sender == mine ? v->s->source_port : v->s->destination_port;
}

/* A translator gives a client another port outside: its own is one of IKE, and the one that the
 * other end sees goes with the address. */
static void put_port(struct ik_buf *b, const struct seen *v, bool mine)
{
	bool initiator = (v->side == IKESCOPE_INITIATOR) == mine;
	const struct ikescope_party *p = initiator ? &v->n->initiator : &v->n->responder;
	uint16_t number = port(v, mine);
	bool translated = mine && p->behind_nat == IKESCOPE_YES && number != 500 && number != 4500;

	if (translated || (!mine && ik_replay_hidden(p)))
		ik_buf_putc(b, '*');
	else
		ik_buf_printf(b, "%u", number);
}

static void put_spi(struct ik_buf *b, const struct seen *v, bool responder)
{
	uint64_t spi = responder ? v->n->responder_spi : v->n->initiator_spi;

	if (responder && (named(v->s, "IKE_SA_INIT request") || named(v->s, "MM1")))
		spi = 0;
	ik_buf_printf(b, "%016llX", (unsigned long long)spi);
}

static void put_octets(struct ik_buf *b, const struct seen *v)
{
	if (v->s->length > 0)
		ik_buf_printf(b, "%u", v->s->length);
	else
		ik_buf_putc(b, '*');
}

static void put_payloads(struct ik_buf *b, const struct seen *v)
{
	if (v->s->encrypted)
		put_sealed(b, v, facts_of(v));
	else
		put_clear(b, v);
}

static void put_me(struct ik_buf *b, const struct seen *v)
{
	put_address(b, v, true);
}

static void put_peer(struct ik_buf *b, const struct seen *v)
{
	put_address(b, v, false);
}

static void put_my_port(struct ik_buf *b, const struct seen *v)
{
	put_port(b, v, true);
}

static void put_peer_port(struct ik_buf *b, const struct seen *v)
{
	put_port(b, v, false);
}

static void put_initiator_spi(struct ik_buf *b, const struct seen *v)
{
	put_spi(b, v, false);
}

static void put_responder_spi(struct ik_buf *b, const struct seen *v)
{
	put_spi(b, v, true);
}

static void put_id(struct ik_buf *b, const struct seen *v)
{
	ik_buf_printf(b, "%u", v->s->message_id);
}

static void put_id_hex(struct ik_buf *b, const struct seen *v)
{
	ik_buf_printf(b, "%x", v->s->message_id);
}

static void put_id_hex8(struct ik_buf *b, const struct seen *v)
{
	ik_buf_printf(b, "%08x", v->s->message_id);
}

static void put_copy(struct ik_buf *b, const struct seen *v)
{
	ik_buf_printf(b, "%zu", v->sent->copy);
}

static void put_side(struct ik_buf *b, const struct seen *v)
{
	bool none = v->event == IK_REPLAY_RECEIVE && v->n->ike_version == 1 &&
	            (named(v->s, "MM1") || named(v->s, "AM1"));

	ik_buf_putc(b, (char)(none ? 'N' : v->side == IKESCOPE_INITIATOR ? 'I' : 'R'));
}

/* The number of an ISAKMP SA, which is 0 until there are keys. */
static void put_sa(struct ik_buf *b, const struct seen *v)
{
	ik_buf_putc(b, (char)(v->s->encrypted ? '*' : '0'));
}

static void put_exchange(struct ik_buf *b, const struct seen *v)
{
	ik_buf_puts(b, v->s->exchange != NULL ? v->s->exchange : "*");
}

static void put_fragments(struct ik_buf *b, const struct seen *v)
{
	ik_buf_printf(b, "%u", v->s->fragments_total > 0 ? v->s->fragments_total : v->s->fragments);
}

/* clang-format off */
static const struct {
	const char *name;
	void (*put)(struct ik_buf *b, const struct seen *v);
} placeholders[] = {
	{"me", put_me},          {"peer", put_peer},        {"myport", put_my_port},     {"peerport", put_peer_port},
	{"octets", put_octets},  {"mid", put_id},           {"midhex", put_id_hex},      {"midhex8", put_id_hex8},
	{"copy", put_copy},      {"payloads", put_payloads}, {"ispi", put_initiator_spi}, {"rspi", put_responder_spi},
	{"notify", put_notify},  {"side", put_side},        {"sa", put_sa},              {"phase", put_phase},
	{"message", put_message}, {"exchange", put_exchange}, {"fragments", put_fragments},
};
/* clang-format on */

static void put_placeholder(struct ik_buf *b, const struct seen *v, const char *name, size_t len)
{
	for (size_t i = 0; i < sizeof(placeholders) / sizeof(placeholders[0]); i++)
		if (strlen(placeholders[i].name) == len &&
		    memcmp(placeholders[i].name, name, len) == 0)
			placeholders[i].put(b, v);
}

static void fill(struct ik_buf *b, const struct seen *v, const char *line)
{
	while (*line != '\0') {
		size_t plain = strcspn(line, "{"), name;

		ik_buf_putn(b, line, plain);
		line += plain;
		if (*line == '\0')
			return;
		name = strcspn(++line, "}");
		put_placeholder(b, v, line, name);
		line += name + (line[name] == '}');
	}
}

/* ---- lines ------------------------------------------------------------------------------- */

static void put_line(struct ik_replay *r, const struct seen *v, const struct ik_replay_line *row)
{
	char text[LINE];
	struct ik_buf b = IK_BUF_ON(text);

	fill(&b, v, row->line);
	ik_replay_begin(r, v->n, v->side, v->sent->time);
	ik_replay_text(r, text);
	if (row->note != NULL) {
		ik_text_style(r->t, IK_DIM);
		ik_text_printf(r->t, " (%s)", row->note);
		ik_text_style(r->t, IK_PLAIN);
	}
	ik_text_end(r->t);
}

static bool fits(const struct ik_replay_line *row, const struct seen *v, uint32_t facts)
{
	return row->box == v->r->how.style &&
	       (row->version == 0 || row->version == v->n->ike_version) && row->event == v->event &&
	       (row->role == IKESCOPE_ROLE_UNKNOWN || row->role == v->side) &&
	       (row->message == NULL || named(v->s, row->message)) &&
	       (facts & row->needs) == row->needs && (facts & row->forbids) == 0;
}

/* Returns whether there was any line. */
static bool one_side(struct ik_replay *r, struct seen *v, enum ikescope_role side,
                     enum ik_replay_event event)
{
	uint32_t facts;
	bool any = false;

	v->side = side;
	v->event = event;
	facts = facts_of(v);
	for (size_t i = 0; i < ik_replay_n_lines; i++)
		if (fits(&ik_replay_lines[i], v, facts)) {
			put_line(r, v, &ik_replay_lines[i]);
			any = true;
		}
	return any;
}

/* Whether the receiver of a copy sends something at once because of it: its answer once more, or
 * one more complaint. */
static bool answers_copy(const struct ik_replay *r, const struct ikescope_negotiation *n,
                         const struct ik_replay_sent *sent)
{
	const struct ikescope_step *s = &n->steps[sent->step];

	return s->ends->reacted && sent + 1 < r->sent + r->n_sent &&
	       n->steps[sent[1].step].from != s->from;
}

void ik_replay_log(struct ik_replay *r, const struct ikescope_negotiation *n,
                   const struct ik_replay_sent *sent)
{
	const struct ikescope_step *s = &n->steps[sent->step];
	enum ikescope_role other =
	        s->from == IKESCOPE_INITIATOR ? IKESCOPE_RESPONDER : IKESCOPE_INITIATOR;
	struct seen v = {.r = r, .n = n, .s = s, .sent = sent};

	(void)one_side(r, &v, s->from, sent->copy == 0 ? IK_REPLAY_SEND : IK_REPLAY_RESEND);
	if (sent->copy > 0) {
		if (answers_copy(r, n, sent))
			(void)one_side(r, &v, other, IK_REPLAY_AGAIN);
		return;
	}
	if (one_side(r, &v, other, IK_REPLAY_RECEIVE))
		return;
	ik_replay_begin(r, n, other, sent->time);
	ik_text_style(r->t, IK_DIM);
	ik_text_puts(r->t, s->fragment_missing != 0 ? "(no line is certain: a fragment is missing)"
	                                            : "(no line: nothing shows that it arrived)");
	ik_text_style(r->t, IK_PLAIN);
	ik_text_end(r->t);
}
