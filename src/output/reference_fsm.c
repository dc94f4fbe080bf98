/*
 * The transition rows: as text, and as a graph in the language of Graphviz.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "iana/iana.h"
#include "output/reference.h"
#include "session/fsm.h"

#define EVERY UINT32_MAX

static const struct ik_registry *payloads_of(const struct ik_fsm_row *row)
{
	return row->version == 1 ? &ik_reg_v1_payload_types : &ik_reg_v2_payload_types;
}

/* ---- text --------------------------------------------------------------------------------- */

static void heading(struct ik_text *t, const struct ik_fsm_row *row, size_t number)
{
	static const char *const crypt[] = {"in clear", "encrypted", "in clear or encrypted"};
	const struct ik_registry *exchanges =
	        row->version == 1 ? &ik_reg_v1_exchange_types : &ik_reg_v2_exchange_types;
	char name[64];
	struct ik_buf b = IK_BUF_ON(name);

	ik_iana_put(&b, exchanges, row->exchange);
	ik_text_begin(t, 0, 4);
	ik_text_style(t, IK_BOLD);
	ik_text_printf(t, "%zu. %s", number,
	               row->name != IK_M_NONE ? ik_msg_name((enum ik_msg_name)row->name) : name);
	ik_text_style(t, IK_PLAIN);
	ik_text_printf(t, ": IKEv%u %s (%u) from the %s, %s", row->version, name, row->exchange,
	               row->dir == IK_I2R ? "initiator" : "responder", crypt[row->crypt]);
	ik_text_end(t);
}

static void from(struct ik_text *t, const struct ik_fsm_row *row)
{
	const char *between = "from: ";

	ik_text_begin(t, 4, 6);
	if (row->from == EVERY)
		ik_text_puts(t, "from: any state");
	for (unsigned s = 0; row->from != EVERY && s < IK_STATES; s++) {
		if ((row->from >> s & 1) == 0)
			continue;
		ik_text_puts(t, between);
		ik_text_puts(t, ik_state_name((enum ik_state)s));
		between = ", ";
	}
	ik_text_end(t);
}

static void payloads(struct ik_text *t, const char *word, uint64_t types,
                     const struct ik_registry *reg)
{
	for (uint32_t type = 0; type < 64; type++) {
		char name[64];
		struct ik_buf b = IK_BUF_ON(name);

		if ((types >> type & 1) == 0)
			continue;
		ik_iana_put(&b, reg, type);
		ik_text_printf(t, "; %s %s", word, name);
	}
}

/* "to: MM1 sent; with SA; without KE; notify any error" */
static void to(struct ik_text *t, const struct ik_fsm_row *row)
{
	ik_text_begin(t, 4, 6);
	ik_text_printf(t, "to: %s", ik_state_name((enum ik_state)row->to));
	if (row->to_opaque != row->to)
		ik_text_printf(t, ", where encryption hides it: %s",
		               ik_state_name((enum ik_state)row->to_opaque));
	payloads(t, "with", row->need, payloads_of(row));
	payloads(t, "without", row->forbid, payloads_of(row));
	if (row->notify == IK_FSM_ERROR)
		ik_text_puts(t, "; with an error notify");
	else if (row->notify != 0)
		ik_text_printf(t, "; with the notify %s",
		               ik_notify_name(row->version, row->notify));
	if (row->inner != 0)
		payloads(t, "first encrypted payload", UINT64_C(1) << row->inner, payloads_of(row));
	if (row->error_only)
		ik_text_puts(t, "; too short for anything but a notify");
	ik_text_end(t);
}

int ikescope_write_transitions(const struct ikescope_text_options *options,
                               const struct ikescope_writer *writer)
{
	struct ik_text *t = ik_text_open(options, writer);

	if (t == NULL)
		return IKESCOPE_ERR_MEMORY;
	ik_text_line(t, 0,
	             "A message takes the first row that fits. States are what the wire has shown; "
	             "many may come before a row, since a capture can begin late or miss an "
	             "answer.");
	for (size_t i = 0; i < ik_fsm_n_rows; i++) {
		ik_text_blank(t);
		heading(t, &ik_fsm_rows[i], i + 1);
		ik_text_line(t, 4, ik_fsm_rows[i].story);
		from(t, &ik_fsm_rows[i]);
		to(t, &ik_fsm_rows[i]);
	}
	return ik_text_close(t, 0);
}

/* ---- graph -------------------------------------------------------------------------------- */

static bool of_version(unsigned state, unsigned version)
{
	return version == 1 ? state <= IK_S_V1_REFUSED : state > IK_S_V1_REFUSED;
}

static void nodes(struct ik_out *out, unsigned version)
{
	char text[160];
	struct ik_buf b = IK_BUF_ON(text);

	ik_buf_printf(&b, "\tsubgraph cluster_%u {\n\t\tlabel=\"IKEv%u\";\n", version, version);
	ik_out_putn(out, b.data, b.len);
	for (unsigned s = IK_S_NONE + 1; s < IK_S_MID; s++) {
		if (!of_version(s, version))
			continue;
		ik_buf_reset(&b);
		ik_buf_printf(&b, "\t\ts%u [label=\"%s\"];\n", s, ik_state_name((enum ik_state)s));
		ik_out_putn(out, b.data, b.len);
	}
	ik_out_puts(out, "\t}\n");
}

static bool refusal(unsigned s)
{
	return s == IK_S_V1_REFUSED || s == IK_S_INIT_REFUSED || s == IK_S_AUTH_REFUSED;
}

/* The directions of the messages that lead to a state, as bits. */
static unsigned reached_by(unsigned s)
{
	unsigned directions = 0;

	for (size_t i = 0; i < ik_fsm_n_rows; i++)
		directions |= ik_fsm_rows[i].to == s ? 1U << ik_fsm_rows[i].dir : 0;
	return directions;
}

/* The state before a row when nothing is missing in the capture: the furthest that a message of the
 * other side leads to. A state that both sides lead to, such as EAP, begins with a message of one;
 * the others stay within it: IK_STATES. */
static unsigned usual(const struct ik_fsm_row *row)
{
	unsigned other = 1U << (row->dir == IK_I2R ? IK_R2I : IK_I2R), both = 3;
	bool shared = reached_by(row->to) == both;
	unsigned found = IK_S_NONE;

	for (unsigned s = IK_S_NONE + 1; s < row->to; s++)
		if ((row->from >> s & 1) != 0 && of_version(s, row->version) && !refusal(s) &&
		    (shared ? reached_by(s) != both : reached_by(s) == other))
			found = s;
	return shared && reached_by(found) != other ? IK_STATES : found;
}

/* Whether a row is the next message behind a state. */
static bool next(const struct ik_fsm_row *row, unsigned s)
{
	unsigned other = 1U << (row->dir == IK_I2R ? IK_R2I : IK_I2R);

	/* A refusal may answer whatever the other side says. */
	if (refusal(row->to))
		return (reached_by(s) & other) != 0 && !refusal(s);
	return s == usual(row);
}

/* solid: the usual way; dashed: something is missing in the capture; dotted: encryption hides
 * whether it is so. */
static void edge(struct ik_out *out, const struct ik_fsm_row *row, unsigned from, unsigned to,
                 const char *style)
{
	char text[192];
	struct ik_buf b = IK_BUF_ON(text);

	ik_buf_printf(&b, "\ts%u -> s%u [style=%s", from, to, style);
	if (strcmp(style, "dashed") == 0)
		ik_buf_puts(&b, ", color=gray, constraint=false];\n");
	else
		ik_buf_printf(&b, ", label=\"%s\"];\n",
		              row->name != IK_M_NONE ? ik_msg_name((enum ik_msg_name)row->name)
		                                     : row->story);
	ik_out_putn(out, b.data, b.len);
}

static void edges(struct ik_out *out, const struct ik_fsm_row *row)
{
	for (unsigned s = 0; s < IK_S_MID; s++)
		if ((row->from >> s & 1) != 0 && s != row->to &&
		    (s == IK_S_NONE || of_version(s, row->version)))
			edge(out, row, s, row->to, next(row, s) ? "solid" : "dashed");
	if (row->to_opaque != row->to)
		edge(out, row, usual(row), row->to_opaque, "dotted");
}

int ikescope_write_transitions_dot(const struct ikescope_writer *writer)
{
	struct ik_text *t = ik_text_open(NULL, writer);

	if (t == NULL)
		return IKESCOPE_ERR_MEMORY;
	ik_out_puts(&t->out, "digraph ikescope {\n\trankdir=TB;\n\tnode [shape=box];\n"
	                     "\ts0 [label=\"none\", shape=circle];\n");
	nodes(&t->out, 1);
	nodes(&t->out, 2);
	for (size_t i = 0; i < ik_fsm_n_rows; i++)
		edges(&t->out, &ik_fsm_rows[i]);
	ik_out_puts(&t->out, "}\n");
	return ik_text_close(t, 0);
}
