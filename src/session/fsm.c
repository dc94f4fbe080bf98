/* SPDX-License-Identifier: Apache-2.0 */
#include "session/fsm.h"

#define S(state) (1U << IK_S_##state)
#define P(type)  (UINT64_C(1) << (type))
#define ANY      UINT32_MAX

/* Payload types of RFC 2408 3.1 and RFC 7296 3.2. */
#define P1_SA   P(1)
#define P1_KE   P(4)
#define P1_HASH P(8)
#define P1_SIG  P(9)
#define P2_SA   P(33)
#define P2_KE   P(34)

/* From these on a message may still come; an unauthenticated refusal holds nothing up. */
#define V1_OPEN (S(NONE) | S(MID) | S(V1_REFUSED))
#define TO_MM1  (V1_OPEN | S(MM1))
#define TO_MM2  (TO_MM1 | S(MM2))
#define TO_MM3  (TO_MM2 | S(MM3))
#define TO_MM4  (TO_MM3 | S(MM4))
#define TO_MM5  (TO_MM4 | S(MM5))
#define TO_MM6  (TO_MM5 | S(MM6))
#define V2_INIT (S(NONE) | S(MID) | S(INIT_SENT) | S(COOKIE) | S(KE_RETRY) | S(INIT_REFUSED))
#define V2_AUTH (V2_INIT | S(INIT_DONE) | S(INTERMEDIATE) | S(AUTH_SENT) | S(EAP) | S(UP_ASSUMED))

enum { V1_MAIN = 2, V1_AGGRESSIVE = 4, V1_INFO = 5, V1_TRANSACTION = 6, V1_QUICK = 32 };
enum { V2_SA_INIT = 34, V2_IKE_AUTH = 35, V2_CHILD = 36, V2_INFO = 37, V2_INTERMEDIATE = 43 };
enum { INNER_NOTIFY = 41, INNER_EAP = 48 };
enum { N_INVALID_KE = 17, N_COOKIE = 16390, N_REDIRECT = 16407 };

/* By exchange type. */
/* clang-format off */
const struct ik_fsm_row ik_fsm_rows[] = {
	/* v exchange       dir     crypt from               need                forbid   notify        inner        err name          to               to_opaque         story */
	{ 1, V1_MAIN,       IK_I2R, 0, TO_MM1,               P1_SA,              0,       0,            0,            0, IK_MM1,       IK_S_MM1,        IK_S_MM1,         "initiator offers proposals" },
	{ 1, V1_MAIN,       IK_R2I, 0, TO_MM2,               P1_SA,              0,       0,            0,            0, IK_MM2,       IK_S_MM2,        IK_S_MM2,         "responder chooses a proposal" },
	{ 1, V1_MAIN,       IK_I2R, 0, TO_MM3,               P1_KE,              P1_SA,   0,            0,            0, IK_MM3,       IK_S_MM3,        IK_S_MM3,         "initiator sends key exchange and nonce" },
	{ 1, V1_MAIN,       IK_R2I, 0, TO_MM4,               P1_KE,              P1_SA,   0,            0,            0, IK_MM4,       IK_S_MM4,        IK_S_MM4,         "responder sends key exchange and nonce" },
	{ 1, V1_MAIN,       IK_I2R, 1, TO_MM5,               0,                  0,       0,            0,            0, IK_MM5,       IK_S_MM5,        IK_S_MM5,         "initiator authenticates" },
	{ 1, V1_MAIN,       IK_R2I, 1, TO_MM6,               0,                  0,       0,            0,            0, IK_MM6,       IK_S_MM6,        IK_S_MM6,         "responder authenticates" },
	{ 1, V1_AGGRESSIVE, IK_I2R, 0, TO_MM1 | S(AM1),      P1_SA,              0,       0,            0,            0, IK_AM1,       IK_S_AM1,        IK_S_AM1,         "initiator offers proposals, key exchange and identity" },
	{ 1, V1_AGGRESSIVE, IK_R2I, 0, V1_OPEN | S(AM1) | S(AM2), P1_SA,         0,       0,            0,            0, IK_AM2,       IK_S_AM2,        IK_S_AM2,         "responder chooses, sends key exchange and authenticates" },
	{ 1, V1_AGGRESSIVE, IK_I2R, 2, V1_OPEN | S(AM1) | S(AM2) | S(AM3), 0,    P1_SA,   0,            0,            0, IK_AM3,       IK_S_AM3,        IK_S_AM3,         "initiator authenticates" },
	{ 1, V1_INFO,       IK_R2I, 0, TO_MM5 | S(AM1) | S(AM2), 0,              0,       IK_FSM_ERROR, 0,            0, IK_V1_INFO,   IK_S_V1_REFUSED, IK_S_V1_REFUSED,  "responder refuses in clear" },
	{ 1, V1_INFO,       IK_I2R, 0, S(MM2) | S(MM4) | S(MM6) | S(AM2), 0,     0,       IK_FSM_ERROR, 0,            0, IK_V1_INFO,   IK_S_V1_REFUSED, IK_S_V1_REFUSED,  "initiator refuses in clear" },
	{ 1, V1_TRANSACTION,IK_I2R, 1, ANY,                  0,                  0,       0,            0,            0, IK_M_NONE,    IK_S_V1_UP,      IK_S_V1_UP,       "XAUTH or mode config under phase 1" },
	{ 1, V1_TRANSACTION,IK_R2I, 1, ANY,                  0,                  0,       0,            0,            0, IK_M_NONE,    IK_S_V1_UP,      IK_S_V1_UP,       "XAUTH or mode config under phase 1" },
	{ 1, V1_QUICK,      IK_I2R, 1, ANY,                  0,                  0,       0,            0,            0, IK_M_NONE,    IK_S_V1_UP,      IK_S_V1_UP,       "phase 2 under phase 1" },
	{ 1, V1_QUICK,      IK_R2I, 1, ANY,                  0,                  0,       0,            0,            0, IK_M_NONE,    IK_S_V1_UP,      IK_S_V1_UP,       "phase 2 under phase 1" },

	{ 2, V2_SA_INIT,    IK_I2R, 0, V2_INIT,              0,                  0,       0,            0,            0, IK_INIT_REQ,  IK_S_INIT_SENT,  IK_S_INIT_SENT,   "initiator offers proposals and a key exchange" },
	{ 2, V2_SA_INIT,    IK_R2I, 0, V2_INIT,              P2_SA | P2_KE,      0,       0,            0,            0, IK_INIT_RSP,  IK_S_INIT_DONE,  IK_S_INIT_DONE,   "responder chooses, key exchange done" },
	{ 2, V2_SA_INIT,    IK_R2I, 0, V2_INIT,              0,                  P2_SA,   N_COOKIE,     0,            0, IK_INIT_RSP,  IK_S_COOKIE,     IK_S_COOKIE,      "responder asks for a cookie" },
	{ 2, V2_SA_INIT,    IK_R2I, 0, V2_INIT,              0,                  P2_SA,   N_INVALID_KE, 0,            0, IK_INIT_RSP,  IK_S_KE_RETRY,   IK_S_KE_RETRY,    "responder wants another group" },
	{ 2, V2_SA_INIT,    IK_R2I, 0, V2_INIT,              0,                  P2_SA,   N_REDIRECT,   0,            0, IK_INIT_RSP,  IK_S_INIT_REFUSED, IK_S_INIT_REFUSED, "responder redirects to another gateway" },
	{ 2, V2_SA_INIT,    IK_R2I, 0, V2_INIT,              0,                  P2_SA,   IK_FSM_ERROR, 0,            0, IK_INIT_RSP,  IK_S_INIT_REFUSED, IK_S_INIT_REFUSED, "responder refuses in clear" },
	{ 2, V2_IKE_AUTH,   IK_I2R, 1, V2_AUTH,              0,                  0,       0,            INNER_EAP,    0, IK_AUTH_REQ,  IK_S_EAP,        IK_S_EAP,         "initiator answers EAP" },
	{ 2, V2_IKE_AUTH,   IK_I2R, 2, V2_AUTH,              0,                  0,       0,            0,            0, IK_AUTH_REQ,  IK_S_AUTH_SENT,  IK_S_AUTH_SENT,   "initiator authenticates" },
	{ 2, V2_IKE_AUTH,   IK_R2I, 1, V2_AUTH,              0,                  0,       0,            INNER_NOTIFY, 1, IK_AUTH_RSP,  IK_S_AUTH_REFUSED, IK_S_AUTH_REFUSED, "responder sends an error and nothing else" },
	{ 2, V2_IKE_AUTH,   IK_R2I, 1, V2_AUTH,              0,                  0,       0,            INNER_EAP,    0, IK_AUTH_RSP,  IK_S_EAP,        IK_S_EAP,         "responder goes on with EAP" },
	{ 2, V2_IKE_AUTH,   IK_R2I, 0, V2_AUTH,              0,                  0,       IK_FSM_ERROR, 0,            0, IK_AUTH_RSP,  IK_S_AUTH_REFUSED, IK_S_AUTH_REFUSED, "responder refuses in clear" },
	{ 2, V2_IKE_AUTH,   IK_R2I, 2, V2_AUTH,              0,                  0,       0,            0,            0, IK_AUTH_RSP,  IK_S_UP,         IK_S_UP_ASSUMED,  "responder authenticates" },
	{ 2, V2_INTERMEDIATE, IK_I2R, 1, V2_AUTH,            0,                  0,       0,            0,            0, IK_INTERMEDIATE_REQ, IK_S_INTERMEDIATE, IK_S_INTERMEDIATE, "initiator sends another key exchange" },
	{ 2, V2_INTERMEDIATE, IK_R2I, 1, V2_AUTH,            0,                  0,       0,            0,            0, IK_INTERMEDIATE_RSP, IK_S_INTERMEDIATE, IK_S_INTERMEDIATE, "responder answers another key exchange" },
};
/* clang-format on */
const size_t ik_fsm_n_rows = sizeof(ik_fsm_rows) / sizeof(ik_fsm_rows[0]);

/* The place of the first row of an exchange type, + 1. */
static const uint8_t behind_first[] = {
        [V1_MAIN] = 1,   [V1_AGGRESSIVE] = 7, [V1_INFO] = 10,     [V1_TRANSACTION] = 12,
        [V1_QUICK] = 14, [V2_SA_INIT] = 16,   [V2_IKE_AUTH] = 22, [V2_INTERMEDIATE] = 28,
};

static bool notify_fits(const struct ik_fsm_row *row, uint16_t notify)
{
	if (row->notify == 0)
		return true;
	if (row->notify == IK_FSM_ERROR)
		return notify != 0 && notify < 16384;
	return row->notify == notify;
}

static bool fits(const struct ik_fsm_row *row, enum ik_state state, const struct ik_fsm_input *in)
{
	return row->version == in->version && row->dir == in->dir &&
	       (row->from >> state & 1) != 0 && (row->crypt == 2 || row->crypt == in->encrypted) &&
	       (in->payloads & row->need) == row->need && (in->payloads & row->forbid) == 0 &&
	       notify_fits(row, in->notify) && (row->inner == 0 || row->inner == in->inner) &&
	       (row->error_only == 0 || in->error_only);
}

const struct ik_fsm_row *ik_fsm_find(enum ik_state state, const struct ik_fsm_input *in)
{
	size_t i = in->exchange < sizeof(behind_first) ? behind_first[in->exchange] : 0;

	for (; i != 0 && i <= ik_fsm_n_rows && ik_fsm_rows[i - 1].exchange == in->exchange; i++)
		if (fits(&ik_fsm_rows[i - 1], state, in))
			return &ik_fsm_rows[i - 1];
	return NULL;
}

enum ik_msg_name ik_fsm_name(const struct ik_fsm_input *in, bool response)
{
	static const struct {
		uint8_t exchange, request, response;
	} v2[] = {
	        {V2_SA_INIT, IK_INIT_REQ, IK_INIT_RSP},
	        {V2_IKE_AUTH, IK_AUTH_REQ, IK_AUTH_RSP},
	        {V2_CHILD, IK_CHILD_REQ, IK_CHILD_RSP},
	        {V2_INFO, IK_INFO_REQ, IK_INFO_RSP},
	        {V2_INTERMEDIATE, IK_INTERMEDIATE_REQ, IK_INTERMEDIATE_RSP},
	};

	if (in->version == 1) {
		switch (in->exchange) {
		case V1_MAIN:
			return in->encrypted ? (in->dir == IK_I2R ? IK_MM5 : IK_MM6) : IK_V1_OTHER;
		case V1_INFO: return IK_V1_INFO;
		case V1_TRANSACTION: return IK_TRANSACTION;
		default: return IK_V1_OTHER;
		}
	}
	for (size_t i = 0; i < sizeof(v2) / sizeof(v2[0]); i++)
		if (v2[i].exchange == in->exchange)
			return (enum ik_msg_name)(response ? v2[i].response : v2[i].request);
	return response ? IK_V2_OTHER_RSP : IK_V2_OTHER_REQ;
}
