/*
 * What a term may be, found in the tables, and each kind printed.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef IK_OUTPUT_EXPLAIN_H
#define IK_OUTPUT_EXPLAIN_H

#include "diag/boxes.h"
#include "diag/rule.h"
#include "iana/iana.h"
#include "ike/message.h"
#include "output/reference.h"
#include "output/replay.h"

/* In the order in which equally good hits are printed. */
enum ik_term_kind {
	IK_TERM_SLUG,
	IK_TERM_STATE,
	IK_TERM_NOTIFY,
	IK_TERM_MESSAGE,
	IK_TERM_LINE,
	IK_TERM_ANOMALY,
	IK_TERM_NAME,   /* any other name of a registry */
	IK_TERM_LOGGED, /* a line of a replay */
};

/* How well a term names something. */
enum ik_term_fit {
	IK_FIT_NONE,
	IK_FIT_PART,  /* a part of it, or the other way round */
	IK_FIT_NAME,  /* the name, but for - and _ and capitals, or the number */
	IK_FIT_EXACT, /* the name as it is written, but for capitals */
};

struct ik_term_hit {
	enum ik_term_kind kind;
	enum ik_term_fit fit;
	unsigned version; /* of a notify */
	union {
		const char *slug;
		const struct ik_box_state *state;
		const struct ik_iana_row *notify;
		enum ik_msg_name message;
		const struct ik_box_line *line;
		const struct ik_anomaly_info *anomaly;
		struct {
			const struct ik_registry *of;
			const struct ik_iana_row *row;
		} name;
		const struct ik_replay_line *logged; /* the first row with its text */
	} is;
};

#define IK_TERM_HITS      64
#define IK_TERM_MOST      1000 /* characters of a term that are looked at */
#define IK_TERM_LINE_MOST 320  /* of a line of a replay */

struct ik_term_hits {
	struct ik_term_hit row[IK_TERM_HITS]; /* the best fit first */
	size_t n;
	size_t more; /* that found no room */
	const char *nearest;
};

/* Everything that a term may be. */
void ik_term_find(struct ik_term_hits *hits, const char *term);

/* A line of a replay with "*" for what varies. */
void ik_term_logged(struct ik_buf *out, const struct ik_replay_line *line);
bool ik_term_same_line(const struct ik_replay_line *a, const struct ik_replay_line *b);

/* How a term fits a name, and a line of a log. */
enum ik_term_fit ik_term_fits(const char *name, const char *term);
bool ik_term_fits_line(const char *line, const char *term);

/* One hit in full; check: with the commands to type. The next hit is printed with it where only
 * the vendor differs: returns the number of hits that were printed. */
size_t ik_explain(struct ik_text *t, const struct ik_term_hit *hits, size_t n, bool check);

/* Pieces of it: "MM_WAIT_MSG5: This ASA is the responder ..."; "Cisco ASA, IKEv1, as responder". */
void ik_explain_verdict(struct ik_text *t, const char *term, const char *means);
void ik_explain_box(struct ik_text *t, const char *vendor, unsigned version,
                    enum ikescope_role role);

/* A line of a replay (explain_logged.c). */
void ik_explain_logged(struct ik_text *t, const struct ik_replay_line *row);

/* One hit in a few lines, with what it means or without. */
void ik_explain_briefly(struct ik_text *t, const struct ik_term_hit *hit, bool means);

#endif
