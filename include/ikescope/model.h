/*
 * What an analysis found: captures, negotiations, tunnels, findings. Every pointer in these views
 * belongs to the context and is valid until the callback that received the view returns.
 * Names and meanings follow the RFCs; a value that packets leave open is "unknown", never guessed.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef IKESCOPE_MODEL_H
#define IKESCOPE_MODEL_H

#include <ikescope/types.h>

#ifdef __cplusplus
extern "C" {
#endif

/* ---- findings ---------------------------------------------------------------------------- */

enum ikescope_severity {
	IKESCOPE_NOTE,    /* worth knowing */
	IKESCOPE_WARNING, /* works, but will bite */
	IKESCOPE_FAILURE, /* explains why something does not work */
};

/* How well the cause that a finding's slug names is proved. */
enum ikescope_claim {
	IKESCOPE_POSSIBLE, /* one of several explanations */
	IKESCOPE_LIKELY,   /* one dominant explanation, look-alikes excluded by named evidence */
	IKESCOPE_CERTAIN,  /* the octets or a verified MAC say so */
};

/* One piece of evidence: an observation and where it stands. at is the frame that decides it,
 * frames[0..n_frames) all of them, in the capture at.capture. at.frame 0: no single frame. */
struct ikescope_evidence {
	struct ikescope_at at;
	const uint64_t *frames;
	size_t n_frames;
	const char *text;
};

/* One of several causes that the packets cannot tell apart. */
struct ikescope_candidate {
	const char *slug;
	const char *in_favour; /* or NULL */
	const char *against;   /* or NULL */
};

/* What to type. vendor is "cisco-ios", "cisco-asa", "strongswan" or "any". */
struct ikescope_remedy {
	const char *vendor;
	const char *text;
};

enum ikescope_role { IKESCOPE_ROLE_UNKNOWN, IKESCOPE_INITIATOR, IKESCOPE_RESPONDER };

/* What a box prints that meets the case, in its log or under a show command; "*" stands for what
 * varies. vendor is as in remedies, or "libreswan"; role is that of the box, unknown: either. */
struct ikescope_box_line {
	const char *vendor;
	enum ikescope_role role;
	const char *text;
};

/* Where to capture anew: where this capture was taken, at either end, or at one of them. */
enum ikescope_recapture_side {
	IKESCOPE_AT_SAME_PLACE,
	IKESCOPE_AT_EITHER,
	IKESCOPE_AT_INITIATOR,
	IKESCOPE_AT_RESPONDER,
};

/* A capture that would decide what this one leaves open. The filter is one of pcap-filter(7), for
 * hosts and never for ports, which only first IP fragments have; "<peer>" stands in it for an
 * address that is not known, be it that NAT changes it. The texts are NULL for a brief visitor. */
struct ikescope_recapture {
	enum ikescope_recapture_side side;
	struct ikescope_addr at;      /* of the end that side names; family 0: none, or unknown */
	struct ikescope_addr ends[2]; /* both, as packets have them there; family 0: unknown */
	const char *filter;
	const char *question; /* what to look for in it */
	const char *line;     /* all of it in a sentence; question is its end */
	const char *keys;     /* of which SA it takes the keys, "IKE", or NULL: none */
};

struct ikescope_finding {
	const char *slug;
	enum ikescope_severity severity;
	enum ikescope_claim claim;
	const char *summary; /* one sentence */
	const struct ikescope_evidence *evidence;
	size_t n_evidence;
	const struct ikescope_candidate *candidates;
	size_t n_candidates;
	bool together;                  /* the candidates are no alternatives: all of them hold */
	const char *const *would_raise; /* what would make the claim stronger; the lines of
	                                 * recapture come first */
	size_t n_would_raise;
	const struct ikescope_remedy *remedies;
	size_t n_remedies;
	const char *title; /* the cause in a few words, "the pre-shared keys differ", or NULL */
	const struct ikescope_box_line *on_box; /* by vendor: what one would see there */
	size_t n_on_box;
	const struct ikescope_recapture *recapture;
	size_t n_recapture;
};

/* ---- captures ---------------------------------------------------------------------------- */

struct ikescope_capture_view {
	uint32_t capture; /* from 1 */
	const char *file;
	const char *format;            /* "pcap", "pcapng", "live" */
	const char *compression;       /* "gzip", "zstd", "xz" or NULL */
	const char *const *link_types; /* names as libpcap has them, "EN10MB" */
	size_t n_link_types;
	uint64_t packets, ike_messages, esp_packets, mirror_duplicates;
	int64_t dropped; /* by the kernel or the interface; -1 unknown */
	ikescope_time first_time, last_time;
	bool truncated_file;
	const struct ikescope_finding *findings;
	size_t n_findings;
};

/* ---- negotiations ------------------------------------------------------------------------ */

enum ikescope_mode {
	IKESCOPE_MODE_UNKNOWN,
	IKESCOPE_MODE_MAIN,
	IKESCOPE_MODE_AGGRESSIVE,
	IKESCOPE_MODE_IKEV2
};
enum ikescope_transport { IKESCOPE_UDP, IKESCOPE_TCP };
enum ikescope_started_by {
	IKESCOPE_STARTED_UNKNOWN,
	IKESCOPE_STARTED_INITIAL,
	IKESCOPE_STARTED_REKEY
};

enum ikescope_outcome {
	IKESCOPE_INCONCLUSIVE,
	IKESCOPE_ESTABLISHED,
	IKESCOPE_PARTIAL,
	IKESCOPE_FAILED,
	IKESCOPE_STALLED,
};

enum ikescope_at_end {
	IKESCOPE_END_UNKNOWN,
	IKESCOPE_END_UP,
	IKESCOPE_END_DELETED,
	IKESCOPE_END_REKEYED,
	IKESCOPE_END_LOST,
	IKESCOPE_END_REFUSED,
};

enum ikescope_phase {
	IKESCOPE_PHASE_UNKNOWN,
	IKESCOPE_PHASE_NOT_REACHED,
	IKESCOPE_PHASE_IN_PROGRESS,
	IKESCOPE_PHASE_ESTABLISHED,
	IKESCOPE_PHASE_FAILED,
	IKESCOPE_PHASE_STALLED,
	IKESCOPE_PHASE_DELETED,
};

enum ikescope_stall_kind { IKESCOPE_UNANSWERED, IKESCOPE_REFUSED, IKESCOPE_MISSING };

/* Where a negotiation stands still. */
struct ikescope_stall {
	enum ikescope_stall_kind kind;
	const char *message;   /* "MM5", "IKE_AUTH request", ... */
	struct ikescope_at at; /* its first frame */
	uint32_t copies;       /* transmissions, the first included, mirror duplicates not */
	enum ikescope_role waiting_for;
	bool has_by; /* a refusal that can be read */
	struct ikescope_at by;
	const char *by_name; /* "NO_PROPOSAL_CHOSEN" */
};

struct ikescope_party {
	struct ikescope_endpoint endpoint; /* the first seen */
	const char *implementation;        /* from vendor ids and habits, or NULL */
	enum ikescope_tri behind_nat;      /* unknown also where a hash differs on purpose */
	struct ikescope_addr inside;       /* its own address behind NAT; family 0: unknown */
};

/* One pair of addresses and ports that the negotiation used. */
struct ikescope_path {
	struct ikescope_endpoint initiator, responder;
	struct ikescope_at first, last;
	const char *domain; /* "VLAN 100", "VXLAN 5001", or NULL */
};

/* One child security association under negotiation: a quick mode, a CREATE_CHILD_SA exchange, or
 * the child of IKE_AUTH. */
struct ikescope_child {
	uint32_t message_id;
	const char *exchange; /* "Quick Mode", "IKE_AUTH", "CREATE_CHILD_SA" */
	enum ikescope_role initiated_by;
	struct ikescope_at first;
	enum ikescope_phase state; /* in the end; none is better than phase 2 is */
	const uint32_t *spis;      /* known ESP SPIs, may be none */
	size_t n_spis;
	enum ikescope_tri rekeys; /* replaces an older child */
	bool assumed;
	bool stood; /* its exchange made it, whatever became of it */
};

/* One transmission of a message behind its first. */
struct ikescope_copy {
	struct ikescope_at at;
	ikescope_time time;
};

/* The state of the SA as boxes show it: IOS and IOS-XE, ASA, "swanctl --list-sas" of strongSwan,
 * "ipsec status" of libreswan. "(none)" where one prints nothing. */
struct ikescope_shown_as {
	const char *ios_initiator, *ios_responder, *asa_initiator, *asa_responder;
	const char *strongswan_initiator, *strongswan_responder;
	const char *libreswan_initiator, *libreswan_responder;
};

/* Both ends behind a message, by the tables of states and as far as packets tell: who sent it is
 * past it; who received it moves on only where nothing speaks against its arrival. */
struct ikescope_ends {
	struct ikescope_shown_as shown_as;
	const char *initiator, *responder; /* in words: "MM1 sent", "IKE SA up (assumed)" */
	/* Whether the receiver took it: yes, something later on the wire rests on it; no, the
	 * answer that must follow is missing, or the receiver repeated what it had sent before;
	 * unknown, no answer is due, or it is an informational of IKEv1. */
	enum ikescope_tri taken;
	bool reacted;    /* the receiver sent something because of it, if only a complaint */
	bool gone;       /* the IKE SA is deleted, with this message or before */
	bool refused;    /* phase 1 was refused, with this message or before */
	uint16_t notify; /* in clear, that decides something, 0 none: an error, COOKIE, REDIRECT */
	uint8_t first_payload; /* of IKEv2, the first inside the encrypted part; 0 unknown or none
	                        */
	/* For the writers of the library: payload types in clear, as bits (those of IKEv2 less 32),
	 * and what they announce. 0: nothing is kept of them. */
	uint32_t payloads, announced;
};

/* One message of the ladder: a distinct message with all its copies. */
struct ikescope_step {
	const char *name; /* "MM1", "IKE_AUTH request", ... */
	enum ikescope_role from;
	struct ikescope_at first, last;
	ikescope_time first_time, last_time;
	uint32_t copies, mirror_copies;
	uint32_t length;    /* ISAKMP length */
	uint16_t fragments; /* IKE fragments (RFC 7383 or IKEv1) seen, 0 if whole */
	uint16_t source_port, destination_port;
	const char *note; /* "NO_PROPOSAL_CHOSEN", "encrypted, first payload IDi", or "" */
	uint32_t message_id;
	bool encrypted;
	uint16_t fragments_total;  /* IKE fragments that there should be, 0 if whole or unknown */
	uint16_t fragment_missing; /* number of the first that was never seen, 0 none */
	uint8_t ip_fragments;      /* of its largest copy, 1 if none */
	const char *state;         /* what the wire has shown behind it, "MM3 sent", "IKE SA up" */
	/* For a visitor that wants details, else NULL and 0: */
	const char *exchange; /* "Identity Protection", "CREATE_CHILD_SA" */
	const char *carries;  /* "SA AES-CBC 256, SHA, group 14; KE group 14; NAT-D", or "" */
	const struct ikescope_copy *again; /* its copies, as far as they were kept */
	size_t n_again;
	const struct ikescope_ends *ends;
};

struct ikescope_negotiation {
	uint64_t id;
	unsigned ike_version; /* 1 or 2 */
	enum ikescope_mode mode;
	enum ikescope_transport transport;
	enum ikescope_started_by started_by;
	uint64_t rekey_of, rekeyed_by, retry_of; /* ids, 0 none */
	struct ikescope_party initiator, responder;
	const struct ikescope_path *paths;
	size_t n_paths;
	uint64_t initiator_spi, responder_spi; /* or cookies; as big-endian numbers */
	struct ikescope_at first, last;
	ikescope_time first_time, last_time;
	enum ikescope_outcome outcome;
	bool assumed;
	enum ikescope_at_end at_end;
	/* phase2 is the best of the children's; an SA that replaces another has its children too,
	 * although the list has only those that it made itself. */
	enum ikescope_phase phase1, phase2;
	bool has_stall;
	struct ikescope_stall stall;
	struct ikescope_shown_as shown_as;
	const struct ikescope_child *children;
	size_t n_children;
	const struct ikescope_step *steps;
	size_t n_steps;
	uint64_t steps_folded; /* messages that the ladder leaves out */
	const struct ikescope_finding *findings;
	size_t n_findings;
};

/* ---- tunnels ----------------------------------------------------------------------------- */

enum ikescope_encapsulation { IKESCOPE_ENCAP_NONE, IKESCOPE_ENCAP_UDP, IKESCOPE_ENCAP_TCP };

#define IKESCOPE_REPLAY_WINDOWS 6

/* One direction of an ESP or AH security association, by SPI and destination. */
struct ikescope_esp {
	bool ah;
	uint32_t spi;
	struct ikescope_addr source, destination;
	enum ikescope_encapsulation encapsulation;
	uint64_t negotiation; /* id, 0 none */
	int64_t child;        /* index in its children, -1 none */
	uint64_t packets, octets;
	struct ikescope_at first, last;
	ikescope_time first_time, last_time;
	uint32_t first_sequence, last_sequence;
	uint64_t missing, duplicates, out_of_order;
	uint32_t reorder_depth; /* how far the latest packet was behind the highest number */
	uint64_t replay_drops[IKESCOPE_REPLAY_WINDOWS]; /* what a receiver with a window of 32, 64,
	                                                   ... 1024 packets drops as too late */
	uint32_t largest;    /* octets of the largest packet, from the ESP or AH header on */
	uint64_t fragmented; /* packets that came in IP fragments */
};

struct ikescope_tunnel {
	struct ikescope_addr peers[2];
	const char *domain;           /* or NULL */
	const uint64_t *negotiations; /* ids, ascending */
	size_t n_negotiations;
	const struct ikescope_esp *esp;
	size_t n_esp;
	const struct ikescope_finding *findings;
	size_t n_findings;
};

/* ---- the whole --------------------------------------------------------------------------- */

struct ikescope_limit_reached {
	const char *name;
	uint64_t value;
	uint64_t lost; /* what was lost by it, 0: it only cost time or disk */
};

struct ikescope_totals {
	uint64_t negotiations, outcome[5]; /* by enum ikescope_outcome */
	uint64_t failures;                 /* findings of severity failure, all levels */
	uint64_t tunnels, esp_flows;
	uint64_t not_kept_strangers, not_kept_flows, not_kept_packets;
	const struct ikescope_limit_reached *limits;
	size_t n_limits;
	bool lost_answered; /* a limit or an internal error lost evidence of something answered */
	const struct ikescope_finding *findings; /* of the whole document */
	size_t n_findings;
};

#ifdef __cplusplus
}
#endif

#endif
