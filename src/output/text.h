/*
 * The text writer's page: paragraphs that wrap, colours, times, places, and the parts of a report
 * that stand on it.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef IK_OUTPUT_TEXT_H
#define IK_OUTPUT_TEXT_H

#include "base/buf.h"
#include "output/out.h"
#include "output/recapture.h"
#include "output/text_tally.h"
#include "output/text_told.h"

enum ik_style { IK_PLAIN, IK_BOLD, IK_DIM, IK_GREEN, IK_YELLOW, IK_RED };

/* Times are printed the same way over and over: the last answer of the caller's time zone and the
 * last date are kept. */
struct ik_text_clock {
	int64_t quarter, offset; /* quarter of an hour since 1970 that offset belongs to */
	int64_t day;             /* local day since 1970 that text belongs to */
	char text[32];           /* "2026-01-31 09:14:23" */
};

/* Two addresses as they were printed last, "192.0.2.1 -> 198.51.100.1"; len 0: none were. */
struct ik_text_pair {
	struct ikescope_addr from, to;
	char text[100];
	size_t len;
};

struct ik_text {
	struct ik_out out;
	struct ikescope_text_options opt;
	struct ik_text_clock clock;
	ikescope_time origin, last; /* of all captures */
	bool dated;                 /* more than one day: clock times carry the date */
	uint32_t captures;          /* more than one: places carry the capture */
	uint64_t most_packets;      /* of a capture */
	struct ikescope_verdict *verdict;
	struct ik_tally tally;
	struct ik_recaptures again; /* what is to be captured anew, of what has been printed */
	struct ik_text_pair pair;
	struct ik_folds folds;  /* of the pair of peers that is being walked over */
	struct ik_folds crowds; /* of a flood: initiators that never went on, whoever they are */
	struct ik_told told;
	uint64_t tunnels;   /* as counted */
	bool flood;         /* a half-open flood is found: many initiators are nobody */
	bool leads;         /* findings of tunnels come before the negotiations */
	bool brief;         /* a line for each negotiation */
	bool brief_tunnels; /* and for each tunnel */
	bool several;       /* more than one negotiation */
	bool table;         /* the heading of a table of sessions has been printed */
	bool verdict_said;  /* before anything else */
	bool line_before;   /* the negotiation before was told as an earlier one */
	/* the paragraph being written */
	size_t column, hang, word_len, word_width;
	bool started;
	char word[256];
	/* Lifelines left and right of paragraphs, NULL: none. Words are set between them, and one
	 * that is too long is broken. */
	const char *wall;
	size_t wall_left, wall_right; /* their columns */
	enum ik_style style,
	        next_style;       /* of what has been set, and behind the word being gathered */
	char block[IK_OUT_BLOCK]; /* of out */
};

/* ---- the page (text.c) -------------------------------------------------------------------- */

/* A page under options, which may be NULL. NULL without memory. */
struct ik_text *ik_text_open(const struct ikescope_text_options *options,
                             const struct ikescope_writer *writer);
/* Hands over the rest, unless rc says that it failed before; frees the page. Returns rc, or what
 * write() returned. */
int ik_text_close(struct ik_text *t, int rc);

/* ---- paragraphs (text_page.c) ------------------------------------------------------------ */

/* A paragraph: its first line starts at indent, the others at hang. What ik_text_puts() adds is
 * broken at spaces, wherever calls begin and end; ik_text_end() closes the line. */
void ik_text_begin(struct ik_text *t, size_t indent, size_t hang);
void ik_text_puts(struct ik_text *t, const char *s); /* text of the program itself */
void ik_text_wire(struct ik_text *t,
                  const char *s); /* text of the model, made harmless; NULL: "" */
void ik_text_printf(struct ik_text *t, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void ik_text_style(struct ik_text *t, enum ik_style style);
void ik_text_style_now(struct ik_text *t, enum ik_style style); /* outside of paragraphs */
void ik_text_end(struct ik_text *t);
void ik_text_line(struct ik_text *t, size_t indent, const char *s); /* a whole paragraph */
/* Begins a paragraph that stands to the right of s: text of the program in a column of its own. */
void ik_text_cell(struct ik_text *t, size_t indent, size_t width, const char *s);
void ik_text_blank(struct ik_text *t);

/* Columns that a text takes: characters of UTF-8. */
size_t ik_text_width(const char *s, size_t len);

/* ---- pieces (text_page.c, text_clock.c) -------------------------------------------------- */

void ik_buf_u64(struct ik_buf *b, uint64_t v);
void ik_buf_address(struct ik_buf *b, const struct ikescope_addr *a); /* fast ik_buf_addr() */
/* A clock time as the options have it: "09:14:23.441", "01-31 09:14:23.441" or "12.044". */
void ik_text_time(struct ik_text *t, struct ik_buf *b, ikescope_time time);
/* "2026-01-31 09:14:23", always with the date, whatever the options. */
void ik_text_date(struct ik_text *t, struct ik_buf *b, ikescope_time time);
/* "UTC", "+02:00" or "seconds": what the times are. */
void ik_text_zone(struct ik_text *t, struct ik_buf *b);
/* "5", or "2:5" where there are several captures. */
void ik_text_place(const struct ik_text *t, struct ik_buf *b, const struct ikescope_at *at);

/* ---- parts ------------------------------------------------------------------------------- */

/* "IKEv1 main mode", "IKEv2" */
const char *ik_text_mode(const struct ikescope_negotiation *n);
/* Whether a negotiation needs more than a line: it did not come up, or was lost. */
bool ik_text_troubled(const struct ikescope_negotiation *n);

/* "#1 192.0.2.1:500 -> 198.51.100.1:500 IKEv2: stalled"; when and under which SPIs; where it stands
 * still, in words behind a mark that may be empty. */
void ik_text_heading(struct ik_text *t, const struct ikescope_negotiation *n);
void ik_text_when(struct ik_text *t, const struct ikescope_negotiation *n);
/* The same within a paragraph: the heading without what encryption hides, "SPIs ...", and "repeats
 * #1" behind a mark, or nothing. */
void ik_text_heading_words(struct ik_text *t, const struct ikescope_negotiation *n);
void ik_text_spis(struct ik_text *t, const struct ikescope_negotiation *n);
void ik_text_kin(struct ik_text *t, const struct ikescope_negotiation *n, const char *before);
void ik_text_stop(struct ik_text *t, const struct ikescope_negotiation *n, size_t indent,
                  const char *mark);
/* "Failure (likely): The responder ... [psk-mismatch-mm]" */
void ik_text_headline(struct ik_text *t, const struct ikescope_finding *f, size_t indent);
/* "Tunnel 192.0.2.1 <-> 198.51.100.1: 2 negotiations, 4 ESP flows" */
void ik_text_tunnel_heading(struct ik_text *t, const struct ikescope_tunnel *tunnel);

void ik_text_captures_line(struct ik_text *t, const struct ikescope_capture_view *c);
void ik_text_negotiation(struct ik_text *t, const struct ikescope_negotiation *n);
/* True: it says what an earlier one said, and has been told in a paragraph that names that one. */
bool ik_text_again(struct ik_text *t, const struct ikescope_negotiation *n);
/* The same of a finding of a negotiation that is told; failures are always told. */
bool ik_text_finding_again(struct ik_text *t, const struct ikescope_finding *f,
                           const struct ikescope_negotiation *n);
/* The states that boxes show, a table of five lines. */
void ik_text_states(struct ik_text *t, const struct ikescope_shown_as *s);
void ik_text_ladder(struct ik_text *t, const struct ikescope_negotiation *n);
/* n is the negotiation that the finding is about, NULL for captures, tunnels and the whole. */
void ik_text_finding(struct ik_text *t, const struct ikescope_finding *f,
                     const struct ikescope_negotiation *n, size_t indent);
/* "5, 7 and 9 more", or "2:5, 2:7" */
void ik_text_frames(const struct ik_text *t, struct ik_buf *b, const struct ikescope_evidence *e);
void ik_text_evidence(struct ik_text *t, const struct ikescope_evidence *e,
                      const struct ikescope_negotiation *n, size_t indent);

/* What boxes print of a finding, and what to type; where that stands already, only where. */
struct ik_advice {
	const char *slug;
	const struct ikescope_box_line *on_box;
	size_t n_on_box;
	const struct ikescope_remedy *remedies;
	size_t n_remedies;
};
void ik_text_advice(struct ik_text *t, const struct ik_advice *a,
                    const struct ikescope_negotiation *n, size_t indent);
void ik_text_remedies(struct ik_text *t, const struct ikescope_remedy *r, size_t count,
                      const struct ikescope_negotiation *n, size_t indent);
/* Text of several lines, each a paragraph; blanks before a line are the depth of a configuration.
 */
void ik_text_commands(struct ik_text *t, const char *text, size_t indent);
/* What boxes print: of one that was not recognised no more than a line. */
void ik_text_on_box(struct ik_text *t, const struct ikescope_box_line *line, size_t count,
                    const struct ikescope_negotiation *n, size_t indent);
/* What several negotiations of a tunnel show together, before any of them, and how many findings
 * that is; then its flows, and what else is found of it. */
size_t ik_text_tunnel_leads(const struct ikescope_tunnel *tunnel);
void ik_text_tunnel_first(struct ik_text *t, const struct ikescope_tunnel *tunnel);
void ik_text_tunnel(struct ik_text *t, const struct ikescope_tunnel *tunnel);
void ik_text_esp_row(struct ik_text *t, const struct ikescope_tunnel *tunnel,
                     const struct ikescope_esp *e);

/* More negotiations than the reader can have in full: a line each, equal failures folded. */
void ik_text_brief(struct ik_text *t, const struct ikescope_negotiation *n);
void ik_text_brief_tunnel(struct ik_text *t, const struct ikescope_tunnel *tunnel);
void ik_text_brief_end(struct ik_text *t); /* prints what is still folded */
void ik_text_causes(struct ik_text *t);

void ik_text_verdict(struct ik_text *t, const struct ikescope_totals *totals);
void ik_text_totals(struct ik_text *t, const struct ikescope_totals *totals);
void ik_text_limits(struct ik_text *t, const struct ikescope_totals *totals);
/* The commands for what is to be captured anew. */
void ik_text_recapture(struct ik_text *t);

/* What a document begins with: the verdict, or how many negotiations there are where those are too
 * many to be counted first; the captures; what is found of the whole. t->brief is set. */
int ik_text_opening(struct ik_text *t, const struct ik_source *source, uint64_t negotiations);

void ik_text_session(struct ik_text *t, const struct ikescope_negotiation *n);
void ik_text_session_esp(struct ik_text *t, const struct ikescope_esp *e);

#endif
