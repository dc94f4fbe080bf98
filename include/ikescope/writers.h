/*
 * What an analysis found, as JSON for programs and as text for people. A writer hands its output
 * to the caller in blocks; it opens nothing and knows no terminal, clock or time zone.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef IKESCOPE_WRITERS_H
#define IKESCOPE_WRITERS_H

#include <ikescope/analysis.h>

#ifdef __cplusplus
extern "C" {
#endif

enum ikescope_document {
	IKESCOPE_DIAGNOSIS, /* every negotiation with what is wrong and why */
	IKESCOPE_SESSIONS,  /* every negotiation and ESP flow, flat, without findings */
	IKESCOPE_LADDER,    /* every message as an arrow between the peers; only as text */
	IKESCOPE_REPLAY,    /* message by message, with the states of both ends; only as text */
};

/* Takes the output, in order, in blocks of up to 64 KiB. write() returns 0, or a positive number
 * that ends the output and that the writer returns. */
struct ikescope_writer {
	void *ctx;
	int (*write)(void *ctx, const char *data, size_t len);
};

/* What an exit status rests on, filled in by the writers from what they walked over. */
struct ikescope_verdict {
	uint64_t failures;  /* findings of severity failure */
	bool lost_answered; /* see struct ikescope_totals */
};

/* The document as JSON: "ikescope.diagnosis/1" or "ikescope.sessions/1", one negotiation, tunnel
 * or capture a line. Returns 0, an enum ikescope_error, or what write() returned. The context has
 * been finished. verdict may be NULL. IKESCOPE_ERR_USE: ladder and replay are no
 * JSON documents. */
int ikescope_write_json(struct ikescope *s, enum ikescope_document document,
                        const struct ikescope_writer *writer, struct ikescope_verdict *verdict);

/* ---- the replay -------------------------------------------------------------------------- */

/* The language of a replay: our own, or that of the log of a box. */
enum ikescope_replay_style {
	IKESCOPE_AS_TRACE,
	IKESCOPE_AS_IOS,
	IKESCOPE_AS_ASA,
	IKESCOPE_AS_CHARON,
};

/* A moment as people write it. What it lacks is taken from the captures: the day of a clock time
 * is that of the first packet, or the next. It lasts for a millisecond, as times are printed, or as
 * long as its last digit where that is less. */
enum ikescope_moment_kind {
	IKESCOPE_MOMENT_NONE,
	IKESCOPE_MOMENT_SINCE, /* seconds since the first packet: "12.044" */
	IKESCOPE_MOMENT_UTC,   /* "2026-01-31T09:14:23.441Z", or with an offset */
	IKESCOPE_MOMENT_DATE,  /* "2026-01-31 09:14:23" in the zone of the output */
	IKESCOPE_MOMENT_DAY,   /* "01-31 09:14:23.441" */
	IKESCOPE_MOMENT_CLOCK, /* "09:14:23.441" */
};
struct ikescope_moment {
	enum ikescope_moment_kind kind;
	int month, day;
	ikescope_time value; /* since the first packet, 1970, or midnight */
	ikescope_time lasts;
};

/* False: it is none of these. */
bool ikescope_moment_parse(struct ikescope_moment *moment, const char *text);

struct ikescope_replay {
	enum ikescope_replay_style style;
	struct ikescope_moment from, to; /* only messages between */
	struct ikescope_moment at;       /* instead of messages, the states at a moment */
	/* Called before each message, with the time since the one before; all before it has been
	 * written. Returns 0, or a positive number that ends the output and that the writer
	 * returns. NULL: no wait. */
	int (*wait)(void *ctx, ikescope_time since);
	void *ctx;
};

struct ikescope_text_options {
	unsigned width;   /* columns, 0: 80; at least 40 */
	bool colour;      /* ANSI colours; nothing is said by colour alone */
	bool relative;    /* seconds since the first packet instead of clock times */
	uint64_t details; /* with more negotiations than this each has one line; 0: 20 */
	bool verbose;     /* diagnosis: each in full, whatever their number; nothing is folded */
	bool boxes;       /* the ladder's lines in characters of Unicode, else in ASCII */
	uint64_t only;    /* ladder, replay: of this negotiation alone, by id; 0: all */
	const struct ikescope_replay *replay; /* how to replay; NULL: a trace of all */
	/* Seconds east of UTC at a time in seconds since 1970; NULL: times are UTC. */
	int (*offset_of)(void *ctx, int64_t seconds);
	void *ctx;
};

/* The document as text, the verdict first. options may be NULL; the rest as for JSON. */
int ikescope_write_text(struct ikescope *s, enum ikescope_document document,
                        const struct ikescope_text_options *options,
                        const struct ikescope_writer *writer, struct ikescope_verdict *verdict);

#ifdef __cplusplus
}
#endif

#endif
