/*
 * The words of the output contract for the values of the model, one table each.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "ikescope/names.h"

#define WORD(table, v) ((size_t)(v) < sizeof(table) / sizeof((table)[0]) ? (table)[v] : "unknown")

/* clang-format off */
static const char *const mode_words[]      = {"unknown", "main", "aggressive", "ikev2"};
static const char *const transport_words[] = {"udp", "tcp"};
static const char *const started_words[]   = {"unknown", "initial", "rekey"};
static const char *const outcome_words[]   = {"inconclusive", "established", "partial", "failed", "stalled"};
static const char *const at_end_words[]    = {"unknown", "up", "deleted", "rekeyed", "lost", "refused"};
static const char *const phase_words[]     = {"unknown", "not-reached", "in-progress", "established", "failed", "stalled", "deleted"};
static const char *const role_words[]      = {"unknown", "initiator", "responder"};
static const char *const stall_words[]     = {"unanswered", "refused", "missing"};
static const char *const severity_words[]  = {"note", "warning", "failure"};
static const char *const claim_words[]     = {"possible", "likely", "certain"};
static const char *const encap_words[]     = {"none", "udp", "tcp"};
static const char *const side_words[]      = {"same-place", "either-end", "initiator", "responder"};
/* clang-format on */

const char *ikescope_mode_name(enum ikescope_mode v)
{
	return WORD(mode_words, v);
}

const char *ikescope_transport_name(enum ikescope_transport v)
{
	return WORD(transport_words, v);
}

const char *ikescope_started_by_name(enum ikescope_started_by v)
{
	return WORD(started_words, v);
}

const char *ikescope_outcome_name(enum ikescope_outcome v)
{
	return WORD(outcome_words, v);
}

const char *ikescope_at_end_name(enum ikescope_at_end v)
{
	return WORD(at_end_words, v);
}

const char *ikescope_phase_name(enum ikescope_phase v)
{
	return WORD(phase_words, v);
}

const char *ikescope_role_name(enum ikescope_role v)
{
	return WORD(role_words, v);
}

const char *ikescope_stall_kind_name(enum ikescope_stall_kind v)
{
	return WORD(stall_words, v);
}

const char *ikescope_severity_name(enum ikescope_severity v)
{
	return WORD(severity_words, v);
}

const char *ikescope_claim_name(enum ikescope_claim v)
{
	return WORD(claim_words, v);
}

const char *ikescope_encapsulation_name(enum ikescope_encapsulation v)
{
	return WORD(encap_words, v);
}

const char *ikescope_version(void)
{
	return IKESCOPE_VERSION_TEXT;
}

const char *ikescope_recapture_side_name(enum ikescope_recapture_side v)
{
	return WORD(side_words, v);
}
