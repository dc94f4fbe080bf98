/*
 * What each kind of term means, printed: what it is first, then where on the wire, the findings
 * that show it, what to type, where it is written.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "diag/rule_words.h"
#include "ikescope/names.h"
#include "output/explain.h"
#include "session/fsm.h"

/* References of one term that are named. */
#define SOURCES_MOST 3

/* ---- pieces ------------------------------------------------------------------------------- */

/* "MM_WAIT_MSG5: This ASA is the responder ..." */
void ik_explain_verdict(struct ik_text *t, const char *term, const char *means)
{
	ik_text_begin(t, 0, 2);
	ik_text_style(t, IK_BOLD);
	ik_text_puts(t, term);
	ik_text_style(t, IK_PLAIN);
	ik_text_puts(t, ": ");
	ik_text_puts(t, means);
	ik_text_end(t);
}

static void labelled(struct ik_text *t, const char *label, const char *text)
{
	if (text == NULL)
		return;
	ik_text_begin(t, 2, 4);
	ik_text_puts(t, label);
	ik_text_puts(t, ": ");
	ik_text_puts(t, text);
	ik_text_end(t);
}

/* "Cisco ASA, IKEv1, as responder" */
void ik_explain_box(struct ik_text *t, const char *vendor, unsigned version,
                    enum ikescope_role role)
{
	ik_text_puts(t, ik_box_vendor(vendor));
	if (version != 0)
		ik_text_printf(t, ", IKEv%u", version);
	if (role != IKESCOPE_ROLE_UNKNOWN)
		ik_text_printf(t, ", as %s", ikescope_role_name(role));
}

static void findings(struct ik_text *t, const char *const *slugs, const char *none)
{
	if (*slugs == NULL) {
		labelled(t, "No finding shows it", none);
		return;
	}
	ik_text_line(t, 2, "Findings of ikescope that show it:");
	for (; *slugs != NULL; slugs++) {
		ik_text_cell(t, 4, 29, *slugs);
		ik_text_puts(t, ik_title(*slugs));
		ik_text_end(t);
	}
}

/* Whether a rule says a slug, or names it as a candidate. */
static bool says(const struct ik_rule_words *rule, const char *slug, bool candidate)
{
	if (!candidate)
		return strcmp(rule->slug, slug) == 0;
	for (size_t i = 0; i < rule->n_candidates; i++)
		if (strcmp(rule->candidates[i].slug, slug) == 0)
			return true;
	return false;
}

/* The remedies of a slug: those of the first rule that says it, of the first that names it as a
 * candidate, or of what makes it without a rule. */
static enum ik_remedy_set remedies_of(const char *slug)
{
	static const struct {
		const char *slug;
		enum ik_remedy_set set;
	} others[] = {{"halfopen-flood", IK_R_COOKIE}, {"no-ike-traffic", IK_R_DAEMON}};

	struct ik_rule_words rule;

	for (int candidate = 0; candidate <= 1; candidate++)
		for (size_t i = 0; ik_rule_words(&rule, i); i++)
			if (rule.remedies != IK_R_NONE && says(&rule, slug, candidate == 1))
				return rule.remedies;
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		if (strcmp(others[i].slug, slug) == 0)
			return others[i].set;
	return IK_R_NONE;
}

/* What the remedies may be for: the boxes, all where there is none or none that has a remedy of its
 * own; the IKE version, 0: both. */
struct wanted {
	const char *vendors[4];
	size_t n;
	unsigned version;
};

static bool for_one_of(const struct wanted *w, const char *vendor)
{
	for (size_t i = 0; i < w->n; i++)
		if (strcmp(w->vendors[i], vendor) == 0)
			return true;
	return false;
}

static void what_to_check(struct ik_text *t, const char *slug, const struct wanted *wanted)
{
	size_t n, kept = 0;
	const struct ikescope_remedy *all = ik_remedies(remedies_of(slug), wanted->version, &n);
	struct ikescope_remedy rows[16];
	bool own = false;

	for (size_t i = 0; i < n; i++)
		own |= for_one_of(wanted, all[i].vendor);
	for (size_t i = 0; i < n && kept < sizeof(rows) / sizeof(rows[0]); i++)
		if (!own || for_one_of(wanted, all[i].vendor) || strcmp(all[i].vendor, "any") == 0)
			rows[kept++] = all[i];
	if (kept == 0)
		return;
	ik_text_blank(t);
	ik_text_begin(t, 2, 4);
	ik_text_printf(t, "What to check and to type for %s:", slug);
	ik_text_end(t);
	ik_text_remedies(t, rows, kept, NULL, 4);
}

/* Adds the sources of the rules of a slug that are new; returns how many there are. */
static size_t sources_of(const char *slug, const char **seen, size_t n)
{
	struct ik_rule_words rule;

	for (size_t i = 0; n < SOURCES_MOST && ik_rule_words(&rule, i); i++) {
		bool known = rule.source == NULL || !says(&rule, slug, false);

		for (size_t k = 0; k < n && !known; k++)
			known = strcmp(seen[k], rule.source) == 0;
		if (!known)
			seen[n++] = rule.source;
	}
	return n;
}

static void references(struct ik_text *t, const char *const *slugs)
{
	const char *seen[SOURCES_MOST];
	size_t n = 0;

	for (; *slugs != NULL; slugs++)
		n = sources_of(*slugs, seen, n);
	if (n == 0)
		return;
	ik_text_begin(t, 2, 4);
	ik_text_puts(t, "References: ");
	for (size_t i = 0; i < n; i++) {
		ik_text_puts(t, i == 0 ? "" : "; ");
		ik_text_puts(t, seen[i]);
	}
	ik_text_end(t);
}

/* Findings, remedies of the first, references. */
static void consequences(struct ik_text *t, const char *const *slugs, const char *none,
                         const struct wanted *wanted, bool check)
{
	findings(t, slugs, none);
	if (*slugs == NULL)
		return;
	if (check)
		what_to_check(t, slugs[0], wanted);
	if (check && slugs[1] != NULL) {
		ik_text_blank(t);
		ik_text_begin(t, 2, 4);
		ik_text_printf(t, "For the others: ikescope explain %s", slugs[1]);
		ik_text_puts(t, slugs[2] != NULL ? ", and so on" : "");
		ik_text_end(t);
	}
	references(t, slugs);
}

/* ---- kinds -------------------------------------------------------------------------------- */

static const struct ik_box_state *usual_name(const struct ik_box_state *state)
{
	for (size_t i = 0; state->alias_of != NULL && i < ik_boxes.n_states; i++)
		if (strcmp(ik_boxes.states[i].name, state->alias_of) == 0 &&
		    ik_boxes.states[i].alias_of == NULL)
			return &ik_boxes.states[i];
	return state;
}

/* The same state of several boxes is printed once: returns how many hits that were. */
static size_t state(struct ik_text *t, const struct ik_term_hit *hits, size_t n, bool check)
{
	const struct ik_box_state *shown = hits[0].is.state, *s = usual_name(shown);
	struct wanted wanted = {.vendors = {s->vendor}, .n = 1, .version = s->version};
	size_t same = 1;

	if (s != shown)
		ik_explain_verdict(t, shown->name, shown->means);
	ik_explain_verdict(t, s->name, s->means);
	ik_text_blank(t);
	ik_text_begin(t, 2, 4);
	ik_text_puts(t, "Shown by: ");
	ik_explain_box(t, s->vendor, s->version, s->role);
	for (; same < n && hits[same].kind == IK_TERM_STATE && wanted.n < 4; same++) {
		const struct ik_box_state *other = hits[same].is.state;

		if (strcmp(other->name, shown->name) != 0 ||
		    strcmp(other->means, shown->means) != 0)
			break;
		wanted.vendors[wanted.n++] = other->vendor;
		ik_text_puts(t, "; ");
		ik_text_puts(t, ik_box_vendor(other->vendor));
	}
	ik_text_end(t);
	labelled(t, "Last on the wire", s->where);
	if (*s->slugs != NULL)
		labelled(t, "Note", s->note);
	consequences(t, s->slugs, s->note, &wanted, check);
	return same;
}

static bool is_command(const char *text)
{
	return strncmp(text, "show ", 5) == 0 || strncmp(text, "debug ", 6) == 0 ||
	       strncmp(text, "clear ", 6) == 0 || strcmp(text, "packet-tracer") == 0;
}

static void line(struct ik_text *t, const struct ik_box_line *l, bool check)
{
	const struct wanted wanted = {.vendors = {l->says.vendor}, .n = 1, .version = l->version};
	char quoted[240];
	struct ik_buf b = IK_BUF_ON(quoted);

	ik_buf_printf(&b, "\"%s\"", l->says.text);
	ik_explain_verdict(t, quoted, l->means);
	ik_text_blank(t);
	ik_text_begin(t, 2, 4);
	ik_text_puts(t, is_command(l->says.text) ? "A command of: " : "Said by: ");
	ik_explain_box(t, l->says.vendor, l->version, l->says.role);
	ik_text_end(t);
	labelled(t, "On the wire it is about", l->where);
	consequences(t, l->slugs, l->none, &wanted, check);
}

static void notify(struct ik_text *t, const struct ik_term_hit *hit, bool check)
{
	static const char *const nothing[] = {NULL};
	const struct ik_iana_row *row = hit->is.notify;
	const struct wanted wanted = {.version = hit->version};
	const struct ik_box_notify *known = ik_box_notify(hit->version, (uint16_t)row->first);
	bool error = row->first < 16384;
	char term[96];
	struct ik_buf b = IK_BUF_ON(term);

	ik_buf_printf(&b, "%s, %s %lu of IKEv%u", row->name,
	              error ? "error notify" : "status notify", (unsigned long)row->first,
	              hit->version);
	ik_explain_verdict(t, term,
	                   known != NULL ? known->means
	                   : error       ? "The sender refuses what it got; the name says why."
	                           : "It announces or confirms something; it refuses nothing.");
	labelled(t, "Registered by", row->reference[0] != '\0' ? row->reference : NULL);
	consequences(t, known != NULL ? known->slugs : nothing,
	             error ? "none is about this notify" : "it refuses nothing", &wanted, check);
}

/* What the rules of a slug say. */
static void summaries(struct ik_text *t, const char *slug)
{
	struct ik_rule_words rule;
	bool headed = false;

	for (size_t i = 0; ik_rule_words(&rule, i); i++) {
		if (strcmp(rule.slug, slug) != 0)
			continue;
		if (!headed)
			ik_text_line(t, 2, "As ikescope says it:");
		headed = true;
		ik_text_begin(t, 4, 6);
		ik_text_printf(t, "%s (%s): ", ikescope_severity_name(rule.severity),
		               ikescope_claim_name(rule.claim));
		ik_text_puts(t, rule.summary);
		ik_text_end(t);
	}
}

/* Every line that goes with a slug. */
static void lines_of(struct ik_text *t, const char *slug)
{
	bool headed = false;

	for (size_t i = 0; i < ik_boxes.n_lines; i++) {
		const struct ik_box_line *l = &ik_boxes.lines[i];

		if (!ik_box_names(l->slugs, slug))
			continue;
		if (!headed)
			ik_text_line(t, 2, "On a box you may see:");
		headed = true;
		ik_text_begin(t, 4, 6);
		ik_explain_box(t, l->says.vendor, 0, l->says.role);
		ik_text_puts(t, ": ");
		ik_text_puts(t, l->says.text);
		ik_text_end(t);
	}
}

/* What has a name in the field and is not told by it. */
static void untold(struct ik_text *t, const struct ik_untold *row, bool check)
{
	const struct wanted all = {.n = 0};

	ik_explain_verdict(t, row->slug, row->title);
	labelled(t, "Not told by this name", row->why);
	if (row->nearest == NULL)
		return;
	ik_text_line(t, 2, "Nearest to it:");
	ik_text_cell(t, 4, 29, row->nearest);
	ik_text_puts(t, ik_title(row->nearest));
	ik_text_end(t);
	if (check)
		what_to_check(t, row->nearest, &all);
}

static void slug(struct ik_text *t, const char *name, bool check)
{
	const struct wanted all = {.n = 0};
	const char *const one[] = {name, NULL};

	if (ik_untold_find(name) != NULL) {
		untold(t, ik_untold_find(name), check);
		return;
	}
	ik_explain_verdict(t, name, ik_title(name));
	labelled(t, "About it", ik_about(name));
	summaries(t, name);
	lines_of(t, name);
	if (check)
		what_to_check(t, name, &all);
	references(t, one);
	ik_text_begin(t, 2, 4);
	ik_text_printf(t, "Every condition: ikescope rules %s", name);
	ik_text_end(t);
}

/* Messages that no transition row takes. */
static const char *story_of(enum ik_msg_name m)
{
	static const char *const stories[IK_MSG_NAMES] = {
	        [IK_QM1] = "initiator offers proposals and subnets for an IPsec SA",
	        [IK_QM2] = "responder chooses a proposal for the IPsec SA",
	        [IK_QM3] = "initiator confirms; the IPsec SA stands",
	        [IK_TRANSACTION] = "XAUTH or mode config under phase 1",
	        [IK_V1_INFO] = "a notify or Delete, which nobody answers",
	        [IK_CHILD_REQ] = "a further child SA, or a rekeying, is asked for",
	        [IK_CHILD_RSP] = "the child SA or the rekeying is granted or refused",
	        [IK_INFO_REQ] = "a liveness check, a Delete or a notify",
	        [IK_INFO_RSP] = "the answer to it, mostly empty",
	};

	for (size_t i = 0; i < ik_fsm_n_rows; i++)
		if (ik_fsm_rows[i].name == m && m != IK_V1_INFO)
			return ik_fsm_rows[i].story;
	return stories[m];
}

static void shown_states(struct ik_text *t, enum ik_msg_name m)
{
	const struct ikescope_shown_as *as = NULL;

	for (size_t i = 0; i < ik_fsm_n_rows && as == NULL; i++)
		if (ik_fsm_rows[i].name == m && m != IK_V1_INFO)
			as = &ik_shown_rows[ik_fsm_rows[i].to];
	if (as == NULL)
		return;
	ik_text_line(t, 2, "While it is the last on the wire:");
	ik_text_states(t, as);
}

/* Whether a rule asks for a message by its name. */
static bool asks_for(const struct ik_rule *rule, enum ik_msg_name m)
{
	for (const struct ik_clause *c = rule->when; c->op != IK_END; c++)
		if (c->fact == IK_F_STALL_MESSAGE && c->op == IK_EQ && c->value == m)
			return true;
	return false;
}

/* Whether some rule of a slug does. */
static bool about_message(const char *slug, enum ik_msg_name m)
{
	struct ik_rule_words rule;

	for (size_t i = 0; ik_rule_words(&rule, i); i++)
		if (strcmp(rule.slug, slug) == 0 && rule.row != NULL && asks_for(rule.row, m))
			return true;
	return false;
}

static void message(struct ik_text *t, enum ik_msg_name m)
{
	bool headed = false;

	ik_explain_verdict(t, ik_msg_name(m), story_of(m));
	shown_states(t, m);
	for (size_t i = 0; ik_slug(i) != NULL; i++) {
		if (!about_message(ik_slug(i), m))
			continue;
		if (!headed)
			ik_text_line(t, 2, "Findings about it alone:");
		headed = true;
		ik_text_cell(t, 4, 29, ik_slug(i));
		ik_text_puts(t, ik_title(ik_slug(i)));
		ik_text_end(t);
	}
}

static void anomaly(struct ik_text *t, const struct ik_anomaly_info *info)
{
	static const char *const severities[] = {
	        [IK_NOTE] = "note: legal, or the doing of the capture or of a limit",
	        [IK_WARNING] = "warning: against the RFC, but ignored as a rule",
	        [IK_ERROR] = "error: a receiver may refuse the message",
	};

	ik_explain_verdict(t, info->name, info->text);
	labelled(t, "An anomaly that dissect shows, as", severities[info->severity]);
	labelled(t, "Where it is written for IKEv1", info->rfc1);
	labelled(t, "Where it is written for IKEv2", info->rfc2);
}

static void name(struct ik_text *t, const struct ik_term_hit *hit)
{
	char text[160];
	struct ik_buf b = IK_BUF_ON(text);

	ik_buf_printf(&b, "value %lu of %s", (unsigned long)hit->is.name.row->first,
	              hit->is.name.of->name);
	if (hit->is.name.row->reference[0] != '\0')
		ik_buf_printf(&b, " (%s)", hit->is.name.row->reference);
	ik_explain_verdict(t, hit->is.name.row->name, text);
}

size_t ik_explain(struct ik_text *t, const struct ik_term_hit *hits, size_t n, bool check)
{
	switch (hits[0].kind) {
	case IK_TERM_SLUG: slug(t, hits[0].is.slug, check); break;
	case IK_TERM_STATE: return state(t, hits, n, check);
	case IK_TERM_NOTIFY: notify(t, &hits[0], check); break;
	case IK_TERM_MESSAGE: message(t, hits[0].is.message); break;
	case IK_TERM_LINE: line(t, hits[0].is.line, check); break;
	case IK_TERM_ANOMALY: anomaly(t, hits[0].is.anomaly); break;
	case IK_TERM_NAME: name(t, &hits[0]); break;
	case IK_TERM_LOGGED: ik_explain_logged(t, hits[0].is.logged); break;
	}
	return 1;
}

/* "Cisco ASA as responder: MM_WAIT_MSG5" */
static void briefly(struct ik_text *t, const char *vendor, enum ikescope_role role,
                    const char *term, const char *means, const char *const *slugs)
{
	ik_text_puts(t, ik_box_vendor(vendor));
	if (role != IKESCOPE_ROLE_UNKNOWN)
		ik_text_printf(t, " as %s", ikescope_role_name(role));
	ik_text_puts(t, ": ");
	ik_text_puts(t, term);
	if (means != NULL) {
		ik_text_puts(t, ": ");
		ik_text_puts(t, means);
	}
	if (*slugs != NULL)
		ik_text_printf(t, " [%s]", *slugs);
}

void ik_explain_briefly(struct ik_text *t, const struct ik_term_hit *hit, bool means)
{
	static const char *const none[] = {NULL};
	char text[IK_TERM_LINE_MOST];
	struct ik_buf logged = IK_BUF_ON(text);

	ik_text_begin(t, 2, 6);
	switch (hit->kind) {
	case IK_TERM_SLUG:
		ik_text_printf(t, "%s: %s", hit->is.slug,
		               ik_title(hit->is.slug) != NULL
		                       ? ik_title(hit->is.slug)
		                       : ik_untold_find(hit->is.slug)->title);
		break;
	case IK_TERM_STATE:
		briefly(t, hit->is.state->vendor, hit->is.state->role, hit->is.state->name,
		        means ? hit->is.state->means : NULL, hit->is.state->slugs);
		break;
	case IK_TERM_NOTIFY:
		ik_text_printf(t, "%s: notify %lu of IKEv%u", hit->is.notify->name,
		               (unsigned long)hit->is.notify->first, hit->version);
		break;
	case IK_TERM_MESSAGE:
		ik_text_printf(t, "%s: %s", ik_msg_name(hit->is.message),
		               story_of(hit->is.message));
		break;
	case IK_TERM_LINE:
		briefly(t, hit->is.line->says.vendor, hit->is.line->says.role,
		        hit->is.line->says.text, means ? hit->is.line->means : NULL,
		        hit->is.line->slugs);
		break;
	case IK_TERM_ANOMALY:
		ik_text_printf(t, "%s: %s", hit->is.anomaly->name, hit->is.anomaly->text);
		break;
	case IK_TERM_NAME:
		ik_text_printf(t, "%s: value %lu of %s", hit->is.name.row->name,
		               (unsigned long)hit->is.name.row->first, hit->is.name.of->name);
		break;
	case IK_TERM_LOGGED:
		ik_term_logged(&logged, hit->is.logged);
		briefly(t, ik_replay_vendor(hit->is.logged->box), hit->is.logged->role, text, NULL,
		        none);
		break;
	}
	ik_text_end(t);
}
