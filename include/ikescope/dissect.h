/*
 * Dissection: every IKE message of a capture with all its fields, as text or JSON, while packets
 * pass. Memory does not grow with the input.
 *
 *	struct ikescope_dissector *d = ikescope_dissector_new(&options, &writer);
 *	ikescope_dissector_capture_begin(d, &info, &capture);
 *	while (...) ikescope_dissector_packet(d, &packet);
 *	ikescope_dissector_capture_end(d, capture, &stats);
 *	ikescope_dissector_finish(d);
 *	ikescope_dissector_free(d);
 *
 * Messages are held to the rules of their exchange. What breaks one stands beside the field, and in
 * "anomalies" of JSON, with its section and a severity: an error is what a receiver may refuse the
 * message for, a warning is against the RFC and ignored as a rule, a note is legal, or the doing of
 * the capture or of a limit. ikescope_write_explanation() knows their codes.
 *
 * Functions that return int return 0, an enum ikescope_error, or what the writer's write()
 * returned; what failed once fails ever after.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef IKESCOPE_DISSECT_H
#define IKESCOPE_DISSECT_H

#include <ikescope/writers.h>

#ifdef __cplusplus
extern "C" {
#endif

/* ---- which messages ---------------------------------------------------------------------- */

/* Numbers of exchange or payload types of IKEv1 and IKEv2. */
struct ikescope_types {
	uint32_t bits[2][8]; /* by version - 1 */
};

/* Adds what text says: a number is one of either version; a name is that of a registry, in capitals
 * or not, with '-', '_' or blanks between words, also an abbreviation ("Main", "SA", "NAT-D").
 * False: it is neither. */
bool ikescope_exchange_types_add(struct ikescope_types *types, const char *text);
bool ikescope_payload_types_add(struct ikescope_types *types, const char *text);

#define IKESCOPE_SELECTION_MOST 16

/* What the messages of one negotiation are known by. */
struct ikescope_selection {
	uint64_t id;
	bool found;
	uint64_t initiator_spi, responder_spi;
	uint64_t other_spi[IKESCOPE_SELECTION_MOST]; /* of responders in other negotiations under
	                                              * the same initiator SPI */
	size_t n_other;
	struct ikescope_addr pair[IKESCOPE_SELECTION_MOST][2]; /* addresses it used */
	size_t n_pairs;
	ikescope_time first_time, last_time;
};

/* Finds a negotiation by its id in a finished analysis of the same captures. Where there is none,
 * found is false, and no message will fit. */
int ikescope_select(struct ikescope *s, uint64_t id, struct ikescope_selection *selection);

/* ---- the dissector ----------------------------------------------------------------------- */

struct ikescope_dissector;

#define IKESCOPE_CREW_HANDS 4
#define IKESCOPE_CREW_JOBS  8

/* Threads of the caller that take part in the work; the library starts none. What is written is the
 * same with them and without. All zero: there are none. */
struct ikescope_crew {
	void *ctx;
	unsigned hands; /* who may work at a time, the calling thread included; at most
	                 * IKESCOPE_CREW_HANDS */
	/* Puts a job behind those that were put before, at most IKESCOPE_CREW_JOBS that are not
	 * finished. Somebody calls work(job, hand) once, with a hand from 0 to hands - 1 that has
	 * nothing else to do. */
	void (*put)(void *ctx, void (*work)(void *job, unsigned hand), void *job);
	/* Returns when the first of those that are not finished was done. The calling thread may do
	 * jobs meanwhile. */
	void (*finish)(void *ctx);
};

/* All zero but the limits: text, every message. What it points at is read until the dissector is
 * freed. */
struct ikescope_dissect_options {
	struct ikescope_limits limits;
	const uint16_t *ike_ports; /* besides 500 and 4500 */
	size_t n_ike_ports;
	uint8_t hash_key[16];      /* random for hostile input: no output depends on it */
	bool json;                 /* "ikescope.dissection/1", one message a line; else text */
	bool hex;                  /* text: the octets beside each field */
	bool prompt;               /* hand over what is written with each packet */
	struct ikescope_crew crew; /* for JSON, unless prompt */
	struct ikescope_text_options text; /* width, colour, relative, offset_of, ctx */
	/* Only messages that fit all of these. */
	struct ikescope_addr peer;              /* from or to it; family 0: any */
	const struct ikescope_types *exchanges; /* of these types; NULL: any */
	const struct ikescope_types *payloads;  /* with such a payload, in clear or the first of the
	                                         * encrypted part; NULL: any */
	uint64_t first_frame, last_frame; /* any of its packets; 0: from the first, to the last */
	const struct ikescope_selection *select; /* of this negotiation; NULL: any */
};

/* A new dissector; the options and the writer are copied. NULL without memory. */
struct ikescope_dissector *ikescope_dissector_new(const struct ikescope_dissect_options *options,
                                                  const struct ikescope_writer *writer);
void ikescope_dissector_free(struct ikescope_dissector *d);

/* As ikescope_capture_begin(), ikescope_packet(), ikescope_capture_end(). */
int ikescope_dissector_capture_begin(struct ikescope_dissector *d,
                                     const struct ikescope_capture_info *info, uint32_t *capture);
int ikescope_dissector_packet(struct ikescope_dissector *d, const struct ikescope_packet *packet);
int ikescope_dissector_capture_end(struct ikescope_dissector *d, uint32_t capture,
                                   const struct ikescope_capture_stats *stats);

/* No more packets: the end of the document. Call once. */
int ikescope_dissector_finish(struct ikescope_dissector *d);

#ifdef __cplusplus
}
#endif

#endif
