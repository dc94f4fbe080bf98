/*
 * The transition rows: every one can be taken, every state can be entered, all have a story.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <criterion/criterion.h>
#include <string.h>

#include "session/fsm.h"

TestSuite(session_fsm);

/* A message that a row is meant for. */
static struct ik_fsm_input input_of(const struct ik_fsm_row *row, bool encrypted)
{
	return (struct ik_fsm_input){
	        .payloads = row->need,
	        .version = row->version,
	        .exchange = row->exchange,
	        .dir = row->dir,
	        .inner = row->inner,
	        .encrypted = encrypted,
	        .error_only = row->error_only == 1,
	        .notify = row->notify == IK_FSM_ERROR ? 14 : row->notify,
	        .n_notify = row->notify != 0,
	};
}

/* Whether a row is taken in a state, clear or encrypted. */
static bool taken(const struct ik_fsm_row *row, enum ik_state state)
{
	for (int encrypted = 0; encrypted <= 1; encrypted++) {
		struct ik_fsm_input in = input_of(row, encrypted != 0);

		if ((row->crypt == 2 || row->crypt == encrypted) && ik_fsm_find(state, &in) == row)
			return true;
	}
	return false;
}

Test(session_fsm, every_row_can_be_taken_from_each_of_its_states)
{
	for (size_t i = 0; i < ik_fsm_n_rows; i++) {
		const struct ik_fsm_row *row = &ik_fsm_rows[i];

		cr_expect_neq(row->from, 0, "row %zu", i);
		for (unsigned s = 0; s < IK_STATES; s++)
			if ((row->from >> s & 1) != 0)
				cr_expect(taken(row, (enum ik_state)s),
				          "row %zu (%s) is shadowed in state %s", i, row->story,
				          ik_state_name((enum ik_state)s));
			else
				cr_expect_not(taken(row, (enum ik_state)s), "row %zu", i);
	}
}

/* States that some order of messages leads to. */
static uint32_t reachable(void)
{
	uint32_t states = 1U << IK_S_NONE | 1U << IK_S_MID, before = 0;

	while (states != before) {
		before = states;
		for (size_t i = 0; i < ik_fsm_n_rows; i++) {
			const struct ik_fsm_row *row = &ik_fsm_rows[i];

			if ((row->from & states) == 0)
				continue;
			if (row->crypt != 1)
				states |= 1U << row->to;
			if (row->crypt != 0)
				states |= 1U << row->to_opaque;
		}
	}
	return states;
}

Test(session_fsm, every_row_and_every_state_is_reachable)
{
	uint32_t states = reachable();

	for (size_t i = 0; i < ik_fsm_n_rows; i++)
		cr_expect_neq(ik_fsm_rows[i].from & states, 0, "row %zu", i);
	for (unsigned s = 0; s < IK_STATES; s++)
		cr_expect((states >> s & 1) != 0, "state %s", ik_state_name((enum ik_state)s));
}

Test(session_fsm, every_row_makes_sense)
{
	for (size_t i = 0; i < ik_fsm_n_rows; i++) {
		const struct ik_fsm_row *row = &ik_fsm_rows[i];

		cr_expect(row->story != NULL && row->story[0] != '\0', "row %zu", i);
		cr_expect(row->version == 1 || row->version == 2, "row %zu", i);
		cr_expect(row->dir == IK_I2R || row->dir == IK_R2I, "row %zu", i);
		cr_expect(row->crypt <= 2 && row->error_only <= 1, "row %zu", i);
		cr_expect(row->name < IK_MSG_NAMES && row->to < IK_STATES &&
		                  row->to_opaque < IK_STATES,
		          "row %zu", i);
		cr_expect_eq(row->need & row->forbid, 0, "row %zu", i);
		cr_expect(row->inner == 0 || row->crypt != 0, "row %zu", i);
	}
}

Test(session_fsm, names_are_there_and_differ)
{
	for (unsigned i = 0; i < IK_STATES; i++) {
		cr_assert(ik_state_name((enum ik_state)i) != NULL &&
		                  ik_state_name((enum ik_state)i)[0] != '\0',
		          "state %u", i);
		for (unsigned k = 0; k < i; k++)
			cr_expect_str_neq(ik_state_name((enum ik_state)i),
			                  ik_state_name((enum ik_state)k));
	}
	for (unsigned i = 0; i < IK_MSG_NAMES; i++) {
		cr_assert(ik_msg_name((enum ik_msg_name)i) != NULL &&
		                  ik_msg_name((enum ik_msg_name)i)[0] != '\0',
		          "message %u", i);
		for (unsigned k = 0; k < i; k++)
			cr_expect_str_neq(ik_msg_name((enum ik_msg_name)i),
			                  ik_msg_name((enum ik_msg_name)k));
	}
}

/* Messages that no row takes are named by exchange and direction. */
Test(session_fsm, names_without_a_row)
{
	/* clang-format off */
	static const struct {
		uint8_t version, exchange, dir;
		bool encrypted, response;
		uint8_t name;
	} rows[] = {
		{1, 2,  IK_I2R, true,  false, IK_MM5},
		{1, 2,  IK_R2I, true,  false, IK_MM6},
		{1, 2,  IK_I2R, false, false, IK_V1_OTHER},
		{1, 5,  IK_R2I, false, false, IK_V1_INFO},
		{1, 6,  IK_I2R, true,  false, IK_TRANSACTION},
		{1, 33, IK_I2R, true,  false, IK_V1_OTHER},
		{2, 34, IK_I2R, false, false, IK_INIT_REQ},
		{2, 34, IK_R2I, false, true,  IK_INIT_RSP},
		{2, 35, IK_I2R, true,  false, IK_AUTH_REQ},
		{2, 35, IK_R2I, true,  true,  IK_AUTH_RSP},
		{2, 36, IK_R2I, true,  false, IK_CHILD_REQ},
		{2, 36, IK_I2R, true,  true,  IK_CHILD_RSP},
		{2, 37, IK_R2I, true,  false, IK_INFO_REQ},
		{2, 37, IK_I2R, true,  true,  IK_INFO_RSP},
		{2, 43, IK_I2R, true,  false, IK_INTERMEDIATE_REQ},
		{2, 43, IK_R2I, true,  true,  IK_INTERMEDIATE_RSP},
		{2, 99, IK_I2R, true,  false, IK_V2_OTHER_REQ},
		{2, 99, IK_R2I, true,  true,  IK_V2_OTHER_RSP},
	};
	/* clang-format on */

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct ik_fsm_input in = {.version = rows[i].version,
		                          .exchange = rows[i].exchange,
		                          .dir = rows[i].dir,
		                          .encrypted = rows[i].encrypted};

		cr_expect_eq(ik_fsm_name(&in, rows[i].response), rows[i].name, "row %zu", i);
	}
}
