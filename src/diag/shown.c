/*
 * What boxes would show of the SA at a position, on both ends: "show crypto isakmp sa" and "show
 * crypto ikev2 sa" of IOS and ASA (MM_WAIT_MSGn), "swanctl --list-sas" of strongSwan, "ipsec
 * status" of libreswan. IOS-XE shows what IOS does. "(none)" where a box prints nothing.
 *
 * strongSwan forgets what is refused at once; libreswan does not heed a refusal in clear and goes
 * on.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "diag/case.h"

/* Positions that are no state of the wire. */
enum { AM_REFUSED = IK_STATES, V1_GONE, V2_GONE };

/* clang-format off */
/* By what was last on the wire. */
const struct ikescope_shown_as ik_shown_rows[] = {
	/*                      initiator        responder        initiator        responder
	 * IOS, ASA,
	 * strongSwan, libreswan */
	[IK_S_NONE]         = { "(none)",        "(none)",        "(none)",        "(none)",
	                        "(none)",        "(none)",        "(none)",        "(none)" },
	[IK_S_MID]          = { "(none)",        "(none)",        "(none)",        "(none)",
	                        "(none)",        "(none)",        "(none)",        "(none)" },
	[IK_S_MM1]          = { "MM_NO_STATE",   "(none)",        "MM_WAIT_MSG2",  "(none)",
	                        "CONNECTING",    "(none)",        "STATE_MAIN_I1", "(none)" },
	[IK_S_MM2]          = { "MM_SA_SETUP",   "MM_SA_SETUP",   "MM_WAIT_MSG4",  "MM_WAIT_MSG3",
	                        "CONNECTING",    "CONNECTING",    "STATE_MAIN_I1", "STATE_MAIN_R1" },
	[IK_S_MM3]          = { "MM_SA_SETUP",   "MM_SA_SETUP",   "MM_WAIT_MSG4",  "MM_WAIT_MSG3",
	                        "CONNECTING",    "CONNECTING",    "STATE_MAIN_I2", "STATE_MAIN_R1" },
	[IK_S_MM4]          = { "MM_KEY_EXCH",   "MM_KEY_EXCH",   "MM_WAIT_MSG4",  "MM_WAIT_MSG5",
	                        "CONNECTING",    "CONNECTING",    "STATE_MAIN_I2", "STATE_MAIN_R2" },
	[IK_S_MM5]          = { "MM_KEY_EXCH",   "MM_KEY_EXCH",   "MM_WAIT_MSG6",  "MM_WAIT_MSG5",
	                        "CONNECTING",    "CONNECTING",    "STATE_MAIN_I3", "STATE_MAIN_R2" },
	[IK_S_MM6]          = { "QM_IDLE",       "QM_IDLE",       "MM_ACTIVE",     "MM_ACTIVE",
	                        "ESTABLISHED",   "ESTABLISHED",   "STATE_MAIN_I4", "STATE_MAIN_R3" },
	[IK_S_AM1]          = { "AG_NO_STATE",   "(none)",        "AM_WAIT_MSG2",  "(none)",
	                        "CONNECTING",    "(none)",        "STATE_AGGR_I1", "(none)" },
	[IK_S_AM2]          = { "AG_INIT_EXCH",  "AG_INIT_EXCH",  "AM_WAIT_MSG2",  "AM_WAIT_MSG3",
	                        "CONNECTING",    "CONNECTING",    "STATE_AGGR_I1", "STATE_AGGR_R1" },
	[IK_S_AM3]          = { "QM_IDLE",       "QM_IDLE",       "AM_ACTIVE",     "AM_ACTIVE",
	                        "ESTABLISHED",   "ESTABLISHED",   "STATE_AGGR_I2", "STATE_AGGR_R2" },
	[IK_S_V1_UP]        = { "QM_IDLE",       "QM_IDLE",       "MM_ACTIVE",     "MM_ACTIVE",
	                        "ESTABLISHED",   "ESTABLISHED",   "STATE_MAIN_I4", "STATE_MAIN_R3" },
	[IK_S_V1_REFUSED]   = { "MM_NO_STATE",   "MM_NO_STATE",   "MM_WAIT_MSG2",  "(none)",
	                        "(none)",        "(none)",        "STATE_MAIN_I1", "(none)" },
	[IK_S_INIT_SENT]    = { "IN-NEG",        "(none)",        "IN-NEG",        "(none)",
	                        "CONNECTING",    "(none)",        "STATE_V2_PARENT_I1", "(none)" },
	[IK_S_COOKIE]       = { "IN-NEG",        "(none)",        "IN-NEG",        "(none)",
	                        "CONNECTING",    "(none)",        "STATE_V2_PARENT_I1", "(none)" },
	[IK_S_KE_RETRY]     = { "IN-NEG",        "(none)",        "IN-NEG",        "(none)",
	                        "CONNECTING",    "(none)",        "STATE_V2_PARENT_I1", "(none)" },
	[IK_S_INIT_REFUSED] = { "DELETED",       "(none)",        "DELETED",       "(none)",
	                        "(none)",        "(none)",        "STATE_V2_PARENT_I1", "(none)" },
	[IK_S_INIT_DONE]    = { "IN-NEG",        "IN-NEG",        "IN-NEG",        "IN-NEG",
	                        "CONNECTING",    "CONNECTING",    "STATE_V2_PARENT_I1", "STATE_V2_PARENT_R1" },
	[IK_S_INTERMEDIATE] = { "IN-NEG",        "IN-NEG",        "IN-NEG",        "IN-NEG",
	                        "CONNECTING",    "CONNECTING",    "STATE_V2_PARENT_I2", "STATE_V2_PARENT_R1" },
	[IK_S_AUTH_SENT]    = { "IN-NEG",        "IN-NEG",        "IN-NEG",        "IN-NEG",
	                        "CONNECTING",    "CONNECTING",    "STATE_V2_PARENT_I2", "STATE_V2_PARENT_R1" },
	[IK_S_EAP]          = { "IN-NEG",        "IN-NEG",        "IN-NEG",        "IN-NEG",
	                        "CONNECTING",    "CONNECTING",    "STATE_V2_PARENT_I2", "STATE_V2_PARENT_R_EAP" },
	[IK_S_AUTH_REFUSED] = { "DELETED",       "DELETED",       "DELETED",       "DELETED",
	                        "(none)",        "(none)",        "(none)",        "(none)" },
	[IK_S_UP]           = { "READY",         "READY",         "READY",         "READY",
	                        "ESTABLISHED",   "ESTABLISHED",   "STATE_V2_ESTABLISHED_IKE_SA", "STATE_V2_ESTABLISHED_IKE_SA" },
	[IK_S_UP_ASSUMED]   = { "READY",         "READY",         "READY",         "READY",
	                        "ESTABLISHED",   "ESTABLISHED",   "STATE_V2_ESTABLISHED_IKE_SA", "STATE_V2_ESTABLISHED_IKE_SA" },
	[AM_REFUSED]        = { "AG_NO_STATE",   "AG_NO_STATE",   "AM_WAIT_MSG2",  "(none)",
	                        "(none)",        "(none)",        "STATE_AGGR_I1", "(none)" },
	[V1_GONE]           = { "MM_NO_STATE",   "MM_NO_STATE",   "(none)",        "(none)",
	                        "(none)",        "(none)",        "(none)",        "(none)" },
	[V2_GONE]           = { "DELETED",       "DELETED",       "DELETED",       "DELETED",
	                        "(none)",        "(none)",        "(none)",        "(none)" },
};
/* clang-format on */

const size_t ik_shown_n_rows = sizeof(ik_shown_rows) / sizeof(ik_shown_rows[0]);

void ik_shown_take(struct ikescope_shown_as *to, const struct ikescope_shown_as *from,
                   enum ik_dir side)
{
	if (side == IK_I2R) {
		to->ios_initiator = from->ios_initiator;
		to->asa_initiator = from->asa_initiator;
		to->strongswan_initiator = from->strongswan_initiator;
		to->libreswan_initiator = from->libreswan_initiator;
	} else {
		to->ios_responder = from->ios_responder;
		to->asa_responder = from->asa_responder;
		to->strongswan_responder = from->strongswan_responder;
		to->libreswan_responder = from->libreswan_responder;
	}
}

/* Behind a refusal of phase 1 of IKEv1 that came before step end. It leaves the states of the
 * message that it answers for a while, and an initiator that refuses MM6 or AM2 where it was. */
static struct ikescope_shown_as refused_v1(const struct ik_nego *n, size_t end)
{
	struct ikescope_shown_as as;
	uint8_t before = IK_S_NONE;

	for (size_t k = end; k-- > 0 && before == IK_S_NONE;)
		if (n->steps[k].state != IK_S_V1_REFUSED)
			before = n->steps[k].state;
	as = ik_shown_rows[before >= IK_S_MM2 && before <= IK_S_MM6 ? before
	                   : n->mode == IKESCOPE_MODE_AGGRESSIVE    ? AM_REFUSED
	                                                            : IK_S_V1_REFUSED];
	if (before == IK_S_MM6)
		ik_shown_take(&as, &ik_shown_rows[IK_S_MM5], IK_I2R);
	if (before == IK_S_AM2)
		ik_shown_take(&as, &ik_shown_rows[IK_S_AM2], IK_R2I);
	as.strongswan_initiator = as.strongswan_responder = "(none)";
	return as;
}

struct ikescope_shown_as ik_shown_as(const struct ik_nego *n, const struct ik_position *pos)
{
	bool gone = pos->at_end == IKESCOPE_END_DELETED || pos->at_end == IKESCOPE_END_REKEYED ||
	            pos->at_end == IKESCOPE_END_LOST;
	bool failed = pos->outcome == IKESCOPE_FAILED;

	if (n->state == IK_S_V1_REFUSED || (n->version == 1 && failed && !gone))
		return refused_v1(n, n->n_steps);
	if (n->state == IK_S_INIT_REFUSED || (n->state == IK_S_KE_RETRY && failed))
		return ik_shown_rows[IK_S_INIT_REFUSED];
	if (n->version == 2 && (gone || failed))
		return ik_shown_rows[V2_GONE];
	if (gone)
		return ik_shown_rows[V1_GONE];
	if (n->state == IK_S_MID || n->state == IK_S_NONE) {
		if (pos->outcome != IKESCOPE_ESTABLISHED)
			return ik_shown_rows[IK_S_NONE];
		return ik_shown_rows[n->version == 2 ? IK_S_UP : IK_S_V1_UP];
	}
	if (n->state == IK_S_V1_UP && n->mode == IKESCOPE_MODE_AGGRESSIVE)
		return ik_shown_rows[IK_S_AM3];
	return ik_shown_rows[n->state];
}

/* ---- behind each message ----------------------------------------------------------------- */

struct ikescope_shown_as ik_shown_before(void)
{
	return ik_shown_rows[IK_S_NONE];
}

bool ik_shown_gone(const struct ik_nego *n, const struct ik_position *pos, size_t i)
{
	return n->delete_place != 0 && n->steps[i].first >= n->delete_place &&
	       (pos->at_end == IKESCOPE_END_DELETED || pos->at_end == IKESCOPE_END_REKEYED);
}

struct ikescope_shown_as ik_shown_after(const struct ik_nego *n, const struct ik_position *pos,
                                        size_t i)
{
	uint8_t state = n->steps[i].state;

	if (ik_shown_gone(n, pos, i))
		return ik_shown_rows[n->version == 2 ? V2_GONE : V1_GONE];
	if (state == IK_S_V1_REFUSED)
		return refused_v1(n, i);
	if (state == IK_S_MID)
		state = pos->outcome != IKESCOPE_ESTABLISHED ? IK_S_NONE
		        : n->version == 2                    ? IK_S_UP
		                                             : IK_S_V1_UP;
	if (state == IK_S_V1_UP && n->mode == IKESCOPE_MODE_AGGRESSIVE)
		state = IK_S_AM3;
	return ik_shown_rows[state];
}
