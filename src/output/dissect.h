/*
 * The parts of the dissector: messages on their way to a writer, their fields, both writers.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef IK_OUTPUT_DISSECT_H
#define IK_OUTPUT_DISSECT_H

#include "diag/nat.h"
#include "iana/iana.h"
#include "ike/message.h"
#include "ikescope/dissect.h"
#include "output/text.h"
#include "session/marks.h"

/* ---- one message ------------------------------------------------------------------------- */

/* A message as it came. Pointers are valid during the call. */
struct ik_dissected {
	struct ikescope_at at; /* the packet that completed it */
	ikescope_time time;
	struct ikescope_endpoint source, destination;
	const char *domain; /* "VLAN 100", or NULL */
	bool tcp, snapped;
	bool lacking; /* fragments of its IP datagram are missing, and all behind the first of them
	               */
	bool placed;  /* it stands in one packet, offset octets into it */
	size_t offset;
	const uint64_t *frames; /* all packets it came in */
	size_t n_frames;
	const uint8_t *octets; /* from the ISAKMP header on */
	size_t captured, length;
	struct ik_mark mark;
	const struct ik_mark_set *set; /* of fragments, as it is when the message is written, or
	                                * NULL */
	uint16_t group;                /* that its IKE SA agreed on before, 0: unknown */
	const uint8_t *joined; /* the message of IKEv1 fragments that this one completes, or NULL */
	size_t joined_len;
	uint8_t iv, icv; /* octets in the encrypted payload, where known is set */
	const char *cipher;
	bool known;
};

/* A copy in size octets of space, which is aligned as malloc() does it. The texts are not copied.
 */
size_t ik_dissected_size(const struct ik_dissected *m);
void ik_dissected_copy(struct ik_dissected *to, const struct ik_dissected *m, uint8_t *space);

/* Fields of one message; of a hostile one there are at most so many. */
#define IK_FIELDS_MOST 65536

/* Texts that were made for fields of one message. */
struct ik_words {
	char **text;
	size_t n, cap;
};
void ik_words_reset(struct ik_words *w);
void ik_words_free(struct ik_words *w);

/* A message decoded: what the decoder said of it. */
struct ik_decoded {
	struct ik_msg msg;
	struct ik_field_list fields; /* a parent stands before its children */
	struct ik_words words;
	uint64_t cut;   /* fields beyond the limit */
	bool no_memory; /* for more fields */
};

/* ---- fields (dissect_fields.c) ----------------------------------------------------------- */

/* Decodes a message into d, whose space is used again. False: out of memory. */
bool ik_decode_fields(struct ik_decoded *d, const struct ik_dissected *m, unsigned max_payloads);
/* The same for the message inside IKEv1 fragments. */
bool ik_decode_joined(struct ik_decoded *d, const struct ik_dissected *m, unsigned max_payloads);
/* Parts the body of the encrypted payload where the suite is known. */
void ik_decode_split(struct ik_decoded *d, const struct ik_dissected *m);
void ik_decoded_free(struct ik_decoded *d);

/* Reads certificates, distinguished names and what else is X.509 in a message that passed at a
 * time (dissect_x509.c): their parts follow the field as children. False: out of memory. */
bool ik_decode_x509(struct ik_decoded *d, const uint8_t *octets, ikescope_time time);
/* Has OpenSSL look for what it needs to read keys, before several threads do: of two that meet the
 * first RSASSA-PSS key at the same time OpenSSL 3.0 lets one go without. */
void ik_x509_prepare(void);

/* Says of each NAT detection hash what of the packet it is over (dissect_nat.c). */
void ik_decode_nat(struct ik_decoded *d, const struct ik_dissected *m, struct ik_hashers *hashers);

/* The field that an anomaly stands beside: the innermost that holds its offset, else the last that
 * begins before it; fields.n where there is none. */
size_t ik_anomaly_field(const struct ik_decoded *d, const struct ik_anomaly *a);

/* Whether row i is a payload in clear: neither the header, nor something inside, nor what IKEv1
 * encrypts. */
static inline bool ik_is_payload(const struct ik_decoded *d, size_t i)
{
	const struct ik_field *f = &d->fields.row[i];

	return i > 0 && f->depth == 0 && f->kind == IK_FIELD_GROUP;
}

/* What an unnamed value of a registry is: "Private use", "unassigned". */
const char *ik_value_range(const struct ik_field *f);

/* ---- which messages (dissect_select.c) --------------------------------------------------- */

bool ik_types_have(const struct ikescope_types *types, unsigned major, uint8_t type);
bool ik_dissect_wanted(const struct ikescope_dissect_options *o, const struct ik_dissected *m,
                       const struct ik_decoded *outer, const struct ik_decoded *inner);

/* ---- what waits (dissect_hold.c) --------------------------------------------------------- */

/* Messages that wait until it is known where the fragment in front becomes whole. */
struct ik_held;
struct ik_held *ik_held_new(void);
void ik_held_free(struct ik_held *h);
size_t ik_held_count(const struct ik_held *h);
/* Adds a copy. False: out of memory. */
bool ik_held_add(struct ik_held *h, const struct ik_dissected *m);
/* The first that need not wait at a time, or that has waited long enough; all: whatever waits.
 * Valid until it is dropped; NULL: none. */
struct ik_dissected *ik_held_ready(struct ik_held *h, const struct ik_marks *marks,
                                   ikescope_time now, bool all);
void ik_held_drop(struct ik_held *h);
/* Whether a message is a fragment of a set that may still become whole. */
bool ik_held_open(const struct ik_marks *marks, const struct ik_dissected *m);

/* ---- writers ----------------------------------------------------------------------------- */

struct ik_dissect_capture {
	char *file, *format, *compression, *problem; /* the last two may be NULL */
	uint64_t packets, ike_messages;
	bool truncated;
};

/* What a writer works on. */
struct ik_dissect_page {
	struct ik_text *text; /* of the text writer, else unused */
	struct ik_out *out;   /* of the JSON writer */
	const struct ikescope_dissect_options *options;
	uint64_t messages, shown;
	const struct ik_dissect_capture *captures;
	size_t n_captures;
	const struct ikescope_limit_reached *limits;
	size_t n_limits;
	struct ik_json_cache *cache; /* of the JSON writer, NULL for text */
};

/* NULL without memory; to be freed with free(). */
struct ik_json_cache *ik_json_cache_new(void);
void ik_dissect_json_begin(struct ik_dissect_page *p);
/* inner is NULL where no message of IKEv1 fragments is completed. */
void ik_dissect_json_message(struct ik_dissect_page *p, const struct ik_dissected *m,
                             const struct ik_decoded *outer, const struct ik_decoded *inner);
void ik_dissect_json_end(struct ik_dissect_page *p);
void ik_dissect_text_message(struct ik_dissect_page *p, const struct ik_dissected *m,
                             const struct ik_decoded *outer, const struct ik_decoded *inner);
void ik_dissect_text_end(struct ik_dissect_page *p);

/* ---- hands (dissect_hand.c) -------------------------------------------------------------- */

/* All that the work on one message needs: a thread has one of its own. */
struct ik_hand {
	struct ik_dissect_page page;
	struct ik_hashers hashers;
	struct ik_decoded outer, inner;
};
void ik_hand_free(struct ik_hand *h);
/* Writes a message whose fields are in h->outer, if it is wanted. Returns 0, what write() returned,
 * or IKESCOPE_ERR_MEMORY. */
int ik_hand_write(struct ik_hand *h, const struct ik_dissected *m);

/* ---- several hands (dissect_crew.c) ------------------------------------------------------ */

/* Messages as JSON, by the hands of a crew, in the order in which they are added. */
struct ik_jobs;
/* NULL without memory. */
struct ik_jobs *ik_jobs_new(const struct ikescope_dissect_options *options);
void ik_jobs_free(struct ik_jobs *jobs);
/* Adds a copy; what is ready goes to page->out. The result is that of ik_hand_write(). */
int ik_jobs_add(struct ik_jobs *jobs, const struct ik_dissected *m, struct ik_dissect_page *page);
/* All that was added goes to page->out. */
int ik_jobs_finish(struct ik_jobs *jobs, struct ik_dissect_page *page);

/* ---- values in words (dissect_words.c) --------------------------------------------------- */

/* "34 IKE_SA_INIT", "86400 (1 d)", "192.0.2.1", "0x08": the value of a field as one would write it.
 * Octets are left to the caller. seconds: it is a duration. */
void ik_dissect_value(struct ik_buf *b, const struct ik_field *f, const struct ik_msg *m,
                      const uint8_t *octets, bool seconds);
/* "IKE_SA_INIT request, message id 0" */
void ik_dissect_what(struct ik_buf *b, const struct ik_msg *m);

#endif
