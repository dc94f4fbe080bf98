/*
 * Transitions of phase 1 and of the IKE SA, as rows.
 *
 * The observer sees both peers: a state is what the wire has shown. Where encryption hides the
 * content of a message, to_opaque is the state taken, so that a guess stays visible.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef IK_SESSION_FSM_H
#define IK_SESSION_FSM_H

#include "session/nego.h"

/* A distinct message as the rows see it. */
struct ik_fsm_input {
	uint64_t payloads; /* types in clear below 64 */
	uint8_t version, exchange, dir;
	uint8_t inner; /* first encrypted payload */
	bool encrypted;
	bool error_only; /* an IKE_AUTH response too short for anything but a notify */
	bool start;      /* the responder SPI is zero: a first message */
	uint16_t notify; /* the first error notify in clear, else the first notify, 0 none */
	uint16_t n_notify;
};

struct ik_fsm_row {
	uint8_t version, exchange, dir;
	uint8_t crypt;         /* 0 clear, 1 encrypted, 2 either */
	uint32_t from;         /* states, as bits */
	uint64_t need, forbid; /* payloads in clear */
	uint16_t notify;       /* this notify, 0 any, IK_FSM_ERROR any error */
	uint8_t inner;         /* this first encrypted payload, 0 any */
	uint8_t error_only;    /* 1: only error-only messages, 0: any other */
	uint8_t name;          /* enum ik_msg_name */
	uint8_t to, to_opaque;
	const char *story;
};

#define IK_FSM_ERROR 0xffff

extern const struct ik_fsm_row ik_fsm_rows[];
extern const size_t ik_fsm_n_rows;

/* The first row that takes the input in a state, or NULL. */
const struct ik_fsm_row *ik_fsm_find(enum ik_state state, const struct ik_fsm_input *in);

/* The name of a message that no row takes: by exchange and direction alone. */
enum ik_msg_name ik_fsm_name(const struct ik_fsm_input *in, bool response);

#endif
