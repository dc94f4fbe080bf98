/*
 * What "show crypto isakmp sa" and "show crypto ikev2 sa" would print at a position, on both ends.
 * IOS prints one table, ASA (MM_WAIT_MSGn) another; "(none)" where a box prints nothing.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "diag/case.h"

struct shown_row {
	uint8_t state;
	struct ikescope_shown_as as;
};

/* clang-format off */
static const struct shown_row rows[] = {
	/*  last on the wire         IOS initiator    IOS responder    ASA initiator   ASA responder */
	{ IK_S_MM1,               { "MM_NO_STATE",  "(none)",        "MM_WAIT_MSG2", "(none)" } },
	{ IK_S_MM2,               { "MM_SA_SETUP",  "MM_SA_SETUP",   "MM_WAIT_MSG4", "MM_WAIT_MSG3" } },
	{ IK_S_MM3,               { "MM_SA_SETUP",  "MM_SA_SETUP",   "MM_WAIT_MSG4", "MM_WAIT_MSG3" } },
	{ IK_S_MM4,               { "MM_KEY_EXCH",  "MM_KEY_EXCH",   "MM_WAIT_MSG4", "MM_WAIT_MSG5" } },
	{ IK_S_MM5,               { "MM_KEY_EXCH",  "MM_KEY_EXCH",   "MM_WAIT_MSG6", "MM_WAIT_MSG5" } },
	{ IK_S_MM6,               { "QM_IDLE",      "QM_IDLE",       "MM_ACTIVE",    "MM_ACTIVE" } },
	{ IK_S_AM1,               { "AG_NO_STATE",  "(none)",        "AM_WAIT_MSG2", "(none)" } },
	{ IK_S_AM2,               { "AG_INIT_EXCH", "AG_INIT_EXCH",  "AM_WAIT_MSG2", "AM_WAIT_MSG3" } },
	{ IK_S_AM3,               { "QM_IDLE",      "QM_IDLE",       "AM_ACTIVE",    "AM_ACTIVE" } },
	{ IK_S_V1_UP,             { "QM_IDLE",      "QM_IDLE",       "MM_ACTIVE",    "MM_ACTIVE" } },
	{ IK_S_V1_REFUSED,        { "MM_NO_STATE",  "MM_NO_STATE",   "MM_WAIT_MSG2", "(none)" } },
	{ IK_S_INIT_SENT,         { "IN-NEG",       "(none)",        "IN-NEG",       "(none)" } },
	{ IK_S_COOKIE,            { "IN-NEG",       "(none)",        "IN-NEG",       "(none)" } },
	{ IK_S_KE_RETRY,          { "IN-NEG",       "(none)",        "IN-NEG",       "(none)" } },
	{ IK_S_INIT_REFUSED,      { "DELETED",      "(none)",        "DELETED",      "(none)" } },
	{ IK_S_INIT_DONE,         { "IN-NEG",       "IN-NEG",        "IN-NEG",       "IN-NEG" } },
	{ IK_S_INTERMEDIATE,      { "IN-NEG",       "IN-NEG",        "IN-NEG",       "IN-NEG" } },
	{ IK_S_AUTH_SENT,         { "IN-NEG",       "IN-NEG",        "IN-NEG",       "IN-NEG" } },
	{ IK_S_EAP,               { "IN-NEG",       "IN-NEG",        "IN-NEG",       "IN-NEG" } },
	{ IK_S_AUTH_REFUSED,      { "DELETED",      "DELETED",       "DELETED",      "DELETED" } },
	{ IK_S_UP,                { "READY",        "READY",         "READY",        "READY" } },
	{ IK_S_UP_ASSUMED,        { "READY",        "READY",         "READY",        "READY" } },
};
/* clang-format on */

static struct ikescope_shown_as of_state(uint8_t state)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (rows[i].state == state)
			return rows[i].as;
	return (struct ikescope_shown_as){"(none)", "(none)", "(none)", "(none)"};
}

/* A refusal in clear leaves the states of the message that it answers for a while. */
static struct ikescope_shown_as of_refusal(const struct ik_nego *n)
{
	if (n->mode == IKESCOPE_MODE_AGGRESSIVE)
		return (struct ikescope_shown_as){"AG_NO_STATE", "AG_NO_STATE", "AM_WAIT_MSG2",
		                                  "(none)"};
	return of_state(n->best >= IK_S_MM2 && n->best <= IK_S_MM6 ? n->best : IK_S_V1_REFUSED);
}

struct ikescope_shown_as ik_shown_as(const struct ik_nego *n, const struct ik_position *pos)
{
	struct ikescope_shown_as as;

	if (n->state == IK_S_V1_REFUSED)
		return of_refusal(n);
	if (n->state == IK_S_MID || n->state == IK_S_NONE)
		as = pos->outcome == IKESCOPE_ESTABLISHED
		             ? of_state(n->version == 2 ? IK_S_UP : IK_S_V1_UP)
		             : of_state(IK_S_NONE);
	else
		as = of_state(n->state);
	if (n->state == IK_S_V1_UP && n->mode == IKESCOPE_MODE_AGGRESSIVE)
		as = of_state(IK_S_AM3);
	if (pos->at_end == IKESCOPE_END_DELETED || pos->at_end == IKESCOPE_END_REKEYED ||
	    pos->at_end == IKESCOPE_END_LOST ||
	    (n->version == 2 && pos->outcome == IKESCOPE_FAILED))
		as = n->version == 2 ? (struct ikescope_shown_as){"DELETED", "DELETED", "DELETED",
		                                                  "DELETED"}
		                     : (struct ikescope_shown_as){"MM_NO_STATE", "MM_NO_STATE",
		                                                  "(none)", "(none)"};
	if (n->state == IK_S_INIT_REFUSED)
		as = of_state(IK_S_INIT_REFUSED);
	return as;
}
