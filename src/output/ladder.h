/*
 * The ladder: each negotiation as a chart between two lifelines, with everything that is known of a
 * message beside its arrow.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef IK_OUTPUT_LADDER_H
#define IK_OUTPUT_LADDER_H

#include "output/kinds.h"
#include "output/text.h"

/* What the lines of a chart are drawn with. */
struct ik_ladder_glyphs {
	const char *wall;
	const char *tee_right, *tee_left;       /* where an arrow in clear leaves a lifeline */
	const char *sealed_right, *sealed_left; /* where an encrypted one does */
	const char *clear, *sealed;
	const char *head_right, *head_left, *lost;
};

struct ik_ladder {
	struct ik_text *t;
	const struct ik_ladder_glyphs *glyphs;
	/* Widths of the columns left of the chart, 0: there is no room for it. */
	size_t frame, time, delta;
	size_t chart, width; /* the column of the left lifeline; columns with both lifelines */
	bool states;         /* there is room for the state behind each message */
	struct ikescope_addr left, right;
	/* Where not all are drawn: the first of each kind. */
	bool chosen_only;
	struct ik_kinds kinds;
	/* Charts since the last tunnel, the id of the last of them, charts in all. */
	uint64_t drawn, last_id, drawn_all;
};

/* ---- the page (ladder_page.c) ------------------------------------------------------------ */

enum ik_ladder_line { IK_LINE_CLEAR, IK_LINE_SEALED, IK_LINE_BROKEN };

/* What stands left and right of an arrow, and on it. */
struct ik_ladder_row {
	struct ikescope_at at;
	ikescope_time time, before; /* before: of the message before it, or IKESCOPE_TIME_NONE */
	enum ikescope_role from;
	enum ik_ladder_line line;
	enum ik_style style;
	const char *label;
	const char *state; /* or NULL */
};

/* Columns that the difference of a row to the one before takes. */
size_t ik_ladder_delta(const struct ik_ladder_row *row);

/* Sets the columns of a chart: as many for differences as its widest takes. */
void ik_ladder_columns(struct ik_ladder *l, size_t least_delta, bool states);

/* The heading of the columns, with one text over each lifeline; then lines with such texts alone.
 */
void ik_ladder_head(struct ik_ladder *l, const char *left, const char *right);
void ik_ladder_sides(struct ik_ladder *l, const char *left, const char *right);

void ik_ladder_arrow(struct ik_ladder *l, const struct ik_ladder_row *row);

/* Between these two, paragraphs stand between the lifelines; they begin at ik_ladder_indent(). */
void ik_ladder_walls(struct ik_ladder *l);
void ik_ladder_no_walls(struct ik_ladder *l);
size_t ik_ladder_indent(const struct ik_ladder *l);

/* ---- parts ------------------------------------------------------------------------------- */

/* One negotiation (ladder_chart.c). */
void ik_ladder_negotiation(struct ik_ladder *l, const struct ikescope_negotiation *n);

/* ESP of the negotiations that were drawn, an arrow for each direction (ladder_esp.c). */
void ik_ladder_tunnel(struct ik_ladder *l, const struct ikescope_tunnel *tunnel);

/* The whole document (ladder.c). */
int ik_ladder(struct ik_text *t, const struct ik_source *source, uint64_t negotiations);

#endif
