/*
 * The engine: which rows hold, how sure they may be, and the finding that comes of each.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <string.h>

#include "diag/nat.h"
#include "diag/recapture.h"
#include "diag/tunnel_rule.h"

static const struct ik_rule_set *const sets[] = {
        &ik_rules_disorder,  &ik_rules_transport, &ik_rules_natt,        &ik_rules_phase1,
        &ik_rules_retries,   &ik_rules_auth,      &ik_rules_silence,     &ik_rules_phase2,
        &ik_rules_liveness,  &ik_rules_deleted,   &ik_rules_unexplained, &ik_rules_noted,
        &ik_rules_malformed, &ik_rules_nat,       &ik_rules_order,       &ik_rules_children,
};
const struct ik_rules ik_all_rules = {sets, sizeof(sets) / sizeof(sets[0]), &ik_all_tunnel_rules};

bool ik_rule_holds(const struct ik_rule *rule, const struct ik_case *c)
{
	for (const struct ik_clause *clause = rule->when; clause->op != IK_END; clause++)
		if (!ik_op_holds(clause->op, c->fact[clause->fact], clause->value))
			return false;
	return rule->also == NULL || rule->also(c);
}

/* ---- findings ------------------------------------------------------------------------------- */

void ik_findings_reset(struct ik_findings *f)
{
	f->n = f->n_evidence = f->n_frames = f->n_candidates = f->n_text = 0;
}

const char *ik_findings_keep(struct ik_findings *f, const char *text)
{
	size_t len = strlen(text) + 1, room = sizeof(f->text) - f->n_text;
	char *copy = f->text + f->n_text;

	if (room == 0)
		return "";
	if (len > room)
		len = room;
	memcpy(copy, text, len - 1);
	copy[len - 1] = '\0';
	f->n_text += len;
	return copy;
}

/* seen: what the lines of boxes have to go with, or NULL without any. */
static struct ikescope_finding *add(struct ik_findings *f, const char *slug,
                                    enum ikescope_severity severity, enum ikescope_claim claim,
                                    const char *summary, const struct ik_box_seen *seen)
{
	struct ikescope_box_line *lines = &f->on_box[f->n * IK_BOX_LINES];
	struct ikescope_finding *row;

	if (f->n == IK_FINDINGS_MOST)
		return NULL;
	row = &f->row[f->n++];
	*row = (struct ikescope_finding){
	        .slug = slug,
	        .severity = severity,
	        .claim = claim,
	        .summary = ik_findings_keep(f, summary),
	        .evidence = &f->evidence[f->n_evidence],
	};
	if (!f->brief)
		row->title = ik_title(slug);
	if (seen != NULL) {
		row->on_box = lines;
		row->n_on_box = ik_box_lines(slug, seen, lines);
	}
	return row;
}

struct ikescope_finding *ik_findings_add(struct ik_findings *f, const char *slug,
                                         enum ikescope_severity severity, enum ikescope_claim claim,
                                         const char *summary)
{
	const struct ik_box_seen any = {.version = 0};

	return add(f, slug, severity, claim, summary, &any);
}

/* Evidence of one finding is added before that of the next. */
void ik_findings_evidence(struct ik_findings *f, struct ikescope_finding *finding,
                          const struct ik_cited *cited)
{
	struct ikescope_evidence *e;
	size_t most = sizeof(f->frames) / sizeof(f->frames[0]);

	if (f->n_evidence == sizeof(f->evidence) / sizeof(f->evidence[0]))
		return;
	e = &f->evidence[f->n_evidence++];
	*e = (struct ikescope_evidence){.at = ik_at(cited->place),
	                                .frames = &f->frames[f->n_frames],
	                                .text = ik_findings_keep(f, cited->text)};
	for (size_t i = 0; i < cited->n_frames && f->n_frames < most; i++) {
		struct ikescope_at at = ik_at(cited->frames[i]);

		if (at.capture != e->at.capture || e->n_frames >= f->evidence_frames)
			continue;
		f->frames[f->n_frames++] = at.frame;
		e->n_frames++;
	}
	finding->n_evidence++;
}

void ik_findings_cite(struct ik_findings *f, struct ikescope_finding *finding, uint64_t place,
                      const char *text)
{
	struct ik_cited cited = {.place = place, .n_frames = place != 0, .frames = {place}};

	if (finding == NULL)
		return;
	for (size_t n = 0; text[n] != '\0' && n + 1 < sizeof(cited.text); n++)
		cited.text[n] = text[n];
	ik_findings_evidence(f, finding, &cited);
}

/* "Likely" needs the way back proven visible. An ICMP error or a notify that nobody signed makes
 * no cause certain: a row that claims so of one (icmp-unreachable, p1-invalid-ke, cookie-challenge)
 * is about the message itself, and its summary says no more than that it was sent. */
static enum ikescope_claim claim_of(const struct ik_rule *rule, const struct ik_case *c)
{
	if (rule->reverse && c->fact[IK_F_REVERSE_VISIBLE] != 1)
		return IKESCOPE_POSSIBLE;
	if (rule->claim > IKESCOPE_POSSIBLE && (c->n->bits & IK_N_SNAPPED) != 0)
		return (enum ikescope_claim)(rule->claim - 1);
	return rule->claim;
}

static void add_candidates(struct ik_findings *f, struct ikescope_finding *finding,
                           const struct ik_rule *rule, const struct ik_case *c)
{
	finding->candidates = rule->candidates;
	finding->n_candidates = rule->n_candidates;
	finding->together = rule->together;
	if (rule->which == NULL)
		return;
	finding->candidates = &f->candidate[f->n_candidates];
	finding->n_candidates = 0;
	for (size_t i = 0; i < rule->n_candidates && f->n_candidates < IK_CANDIDATES; i++) {
		if (!rule->which(c, i))
			continue;
		f->candidate[f->n_candidates++] = rule->candidates[i];
		finding->n_candidates++;
	}
}

/* The side behind a NAT, where it is one of them and certainly so. */
static enum ikescope_role behind_nat(const struct ik_case *c)
{
	bool initiator, responder;

	if (c->nat == NULL)
		return IKESCOPE_ROLE_UNKNOWN;
	initiator = ik_nat_behind(c->nat, IK_I2R, c->brief->nat_port != 0) == IKESCOPE_YES;
	responder = ik_nat_behind(c->nat, IK_R2I, false) == IKESCOPE_YES;
	if (initiator == responder)
		return IKESCOPE_ROLE_UNKNOWN;
	return initiator ? IKESCOPE_INITIATOR : IKESCOPE_RESPONDER;
}

static struct ik_box_seen seen_of(const struct ik_rule *rule, const struct ik_case *c)
{
	int64_t notify = c->fact[IK_F_NOTIFY];

	return (struct ik_box_seen){
	        .version = c->n->version,
	        .initiator_objects = rule->boxes == IK_BOXES_SAY_SWAPPED,
	        .silent = c->fact[IK_F_ANSWERED] == 0,
	        .notify = notify > 0 && notify < UINT16_MAX ? (uint16_t)notify : 0,
	        .nat = behind_nat(c),
	};
}

static void speak(struct ik_findings *f, const struct ik_rule *rule, const struct ik_case *c)
{
	char text[512];
	struct ik_buf b = IK_BUF_ON(text);
	const struct ik_box_seen seen = seen_of(rule, c);
	struct ikescope_finding *finding;

	if (!f->brief)
		ik_expand(rule->summary, c, &b);
	finding = add(f, rule->slug, rule->severity, claim_of(rule, c), text,
	              rule->boxes != IK_BOXES_SAY_NOTHING ? &seen : NULL);
	if (finding == NULL)
		return;
	add_candidates(f, finding, rule, c);
	ik_recapture_case(f, finding, rule, c);
	finding->remedies = ik_remedies(rule->remedies, c->n->version, &finding->n_remedies);
	for (const uint8_t *cite = rule->cite; !f->brief && *cite != IK_CITE_END; cite++) {
		struct ik_cited cited;

		if (ik_cite((enum ik_cite) * cite, c, &cited))
			ik_findings_evidence(f, finding, &cited);
	}
}

/* The groups that have something to explain in this case. */
static bool concerned(enum ik_group group, const struct ik_case *c)
{
	if (group == IK_GROUP_CAUSE)
		return c->pos.has_stall || c->pos.outcome == IKESCOPE_FAILED;
	return true;
}

void ik_findings_of_case(struct ik_findings *f, const struct ik_case *c,
                         const struct ik_rules *rules)
{
	/* By group: nothing to explain, or explained. Most rules are about why something failed,
	 * which most negotiations did not. */
	bool silent[IK_GROUP_NOTE + 1];

	for (size_t g = 0; g <= IK_GROUP_NOTE; g++)
		silent[g] = !concerned((enum ik_group)g, c);
	for (size_t s = 0; s < rules->n; s++) {
		const struct ik_rule_set *set = rules->sets[s];

		if (silent[set->group])
			continue;
		for (size_t i = 0; i < set->n; i++) {
			if (!ik_rule_holds(&set->rows[i], c))
				continue;
			speak(f, &set->rows[i], c);
			if (set->group == IK_GROUP_NOTE)
				continue;
			silent[set->group] = true;
			break;
		}
	}
}
