/*
 * The replay: a negotiation message by message, in the words of a log that a box could have
 * written on either side, or in our own, with the states of both ends behind each.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef IK_OUTPUT_REPLAY_H
#define IK_OUTPUT_REPLAY_H

#include "output/kinds.h"
#include "output/text.h"

/* ---- the language (generated from tools/boxes/replay-*.csv) -------------------------------- */

/* RESEND and AGAIN: a copy, on the side that sends it and on the one that receives it. */
enum ik_replay_event { IK_REPLAY_SEND, IK_REPLAY_RECEIVE, IK_REPLAY_RESEND, IK_REPLAY_AGAIN };

/* What is known of a message, as bits: a line needs some of these and does without others. */
enum ik_replay_fact {
	IK_REPLAY_FIRST = 1,   /* of the negotiation */
	IK_REPLAY_TAKEN = 2,   /* nothing speaks against it that the receiver took it */
	IK_REPLAY_SURE = 4,    /* something later rests on that */
	IK_REPLAY_REACTED = 8, /* the receiver sent something because of it */
	IK_REPLAY_SEALED = 16, /* it is encrypted */
	IK_REPLAY_ERROR = 32,  /* an error notify in clear */
	IK_REPLAY_COOKIE = 64,
	IK_REPLAY_KE = 128, /* another group is wanted */
	IK_REPLAY_UP = 256, /* the IKE SA stands with it */
	IK_REPLAY_REFUSED = 1024,
	IK_REPLAY_AGREED = 2048,   /* the proposal was accepted, by what the responder sent */
	IK_REPLAY_ANSWERED = 4096, /* a quick mode went on, a request of IKE_SA_INIT was refused */
	IK_REPLAY_EAP = 8192,
	IK_REPLAY_NAT_ME = 16384, /* this end is behind a NAT, the other end is */
	IK_REPLAY_NAT_PEER = 32768,
	IK_REPLAY_GONE = 65536,    /* the IKE SA is deleted */
	IK_REPLAY_DELETE = 131072, /* a Delete */
	IK_REPLAY_EMPTY = 262144,  /* nothing is in it: liveness */
	IK_REPLAY_FRAGMENTS = 524288,
	IK_REPLAY_INCOMPLETE = 1048576, /* a fragment is missing */
	IK_REPLAY_CHILD = 2097152,      /* the child that is negotiated with it stood */
	IK_REPLAY_FEW = 4194304,        /* not yet repeated more than five times */
	IK_REPLAY_SA = 8388608,         /* payloads in clear */
	IK_REPLAY_KEY = 16777216,
	IK_REPLAY_NONCE = 33554432,
	IK_REPLAY_XAUTH = 67108864, /* what it announces */
	IK_REPLAY_DPD = 134217728,
	IK_REPLAY_FRAGMENTATION = 268435456,
	IK_REPLAY_NATT = 536870912,
	IK_REPLAY_NATD = 1073741824,
};

/* A line of a log. version 0: both; message NULL: any; role is of who logs it, unknown: either. */
struct ik_replay_line {
	enum ikescope_replay_style box;
	uint8_t version;
	enum ik_replay_event event;
	enum ikescope_role role;
	const char *message;
	uint32_t needs, forbids;
	const char *line; /* with {placeholders}; "*" is what packets do not show */
	const char *note; /* how sure it is, or NULL */
};
extern const struct ik_replay_line ik_replay_lines[];
extern const size_t ik_replay_n_lines;

enum ik_replay_word_kind {
	IK_REPLAY_WORD_MESSAGE,   /* key: the message */
	IK_REPLAY_WORD_PAYLOAD,   /* number: a payload type in clear */
	IK_REPLAY_WORD_ANNOUNCED, /* number: enum ik_cap_bits */
	IK_REPLAY_WORD_OTHER,     /* number: a payload type, where nothing announced says as much */
	IK_REPLAY_WORD_ERROR,     /* a notify in clear; what stands before its name */
	IK_REPLAY_WORD_FIRST,     /* number: the first payload inside the encrypted part */
	IK_REPLAY_WORD_NOTIFY,    /* number: a notify, in short */
	IK_REPLAY_WORD_SENT_IN,   /* key: the message; the phase that it is sent in */
	IK_REPLAY_WORD_RECEIVED_IN, /* the same where it is received */
};
struct ik_replay_word {
	enum ikescope_replay_style box;
	uint8_t version;
	enum ik_replay_word_kind kind;
	uint32_t number;
	const char *key, *word;
};
extern const struct ik_replay_word ik_replay_words[];
extern const size_t ik_replay_n_words;

/* ---- one replay -------------------------------------------------------------------------- */

/* A transmission: copy 0 is the first, k is again[k - 1] of the step. */
struct ik_replay_sent {
	size_t step, copy;
	size_t latest; /* the last step that began until then: a copy takes nobody back */
	struct ikescope_at at;
	ikescope_time time;
};

/* An IKE SA at a moment, kept until its tunnel is told: strings are static. */
struct ik_replay_sa {
	uint64_t id;
	unsigned ike_version;
	struct ikescope_party initiator, responder; /* implementation is not kept */
	uint64_t initiator_spi, responder_spi;
	ikescope_time heard; /* of the last message until then */
	struct ikescope_ends ends;
	size_t children; /* that stood then */
	bool silent;     /* nothing of it comes after the moment, and no Delete came before */
};

/* IKE SAs of one tunnel that are listed; more are counted. */
#define IK_REPLAY_SAS 32

struct ik_replay {
	struct ik_text *t;
	struct ikescope_replay how;
	ikescope_time from, to, at; /* resolved; IKESCOPE_TIME_NONE: not asked for */
	bool chosen_only;
	struct ik_kinds kinds;
	uint64_t playing; /* id of the negotiation that this walk is for, 0: any */
	uint64_t played;
	ikescope_time before; /* of the last transmission */
	bool begun;           /* a transmission was played */
	size_t side, cell;    /* columns of the side, of all left of a line */
	struct ik_replay_sent *sent;
	size_t n_sent, cap_sent;
	struct ik_replay_sa sa[IK_REPLAY_SAS];
	size_t n_sas;
	uint64_t more_sas, tables;
};

/* The document (replay.c). */
int ik_replay(struct ik_text *t, const struct ik_source *source, uint64_t negotiations);

/* One negotiation (replay_play.c). Returns 0, what wait() returned, or an enum ikescope_error. */
int ik_replay_negotiation(struct ik_replay *r, const struct ikescope_negotiation *n);

/* Begins a line of one side at a time (none: blank); ik_replay_text() sets text, breaking what is
 * too long for a line, and ik_text_end() ends it. */
void ik_replay_begin(struct ik_replay *r, const struct ikescope_negotiation *n,
                     enum ikescope_role side, ikescope_time time);
void ik_replay_text(struct ik_replay *r, const char *text);

/* What both boxes log of a transmission (replay_log.c). */
void ik_replay_log(struct ik_replay *r, const struct ikescope_negotiation *n,
                   const struct ik_replay_sent *sent);

/* Whether an end is behind NAT and its address outside is not in the packets, because they were
 * captured inside or nothing tells: what the other end sees of it is not known then. */
bool ik_replay_hidden(const struct ikescope_party *p);

/* The states of one side in a style: of a box, or in words. */
const char *ik_replay_state(const struct ikescope_ends *ends, enum ikescope_replay_style style,
                            enum ikescope_role side);
const char *ik_replay_vendor(enum ikescope_replay_style style); /* "cisco-ios", NULL: ours */

/* Whether the child that a message is about stood with it. */
bool ik_replay_child(const struct ikescope_negotiation *n, const struct ikescope_step *s);

/* The states at a moment (replay_show.c). */
int ik_replay_keep(struct ik_replay *r, const struct ikescope_negotiation *n);
int ik_replay_show(struct ik_replay *r, const struct ikescope_tunnel *tunnel);

/* A moment of the captures (replay_time.c): its beginning, or its end. NONE stays NONE. */
ikescope_time ik_replay_moment(const struct ik_text *t, const struct ikescope_moment *moment,
                               bool end);

#endif
