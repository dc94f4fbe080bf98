/*
 * The analysis: packets in, negotiations and findings out. No file, socket, clock, terminal,
 * thread or global is used; time is capture time. One context is used by one thread at a time.
 *
 *	struct ikescope *s = ikescope_new(&options);
 *	ikescope_capture_begin(s, &info);
 *	while (...) ikescope_packet(s, &packet);
 *	ikescope_capture_end(s, capture, &stats);
 *	ikescope_finish(s);
 *	ikescope_walk(s, &visitor, user);
 *	ikescope_free(s);
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef IKESCOPE_ANALYSIS_H
#define IKESCOPE_ANALYSIS_H

#include <ikescope/limits.h>
#include <ikescope/model.h>
#include <ikescope/natsearch.h>

#ifdef __cplusplus
extern "C" {
#endif

struct ikescope;

/* Where records go that memory has no room for. write() appends len octets and returns 0, read()
 * returns exactly len octets from an offset that was written before and returns 0; anything else
 * is an error that ends the analysis with IKESCOPE_ERR_SPILL. Without one (write NULL) memory is
 * used beyond the limits instead. */
struct ikescope_spill {
	void *ctx;
	int (*write)(void *ctx, const void *data, size_t len);
	int (*read)(void *ctx, uint64_t offset, void *data, size_t len);
};

struct ikescope_options {
	struct ikescope_limits limits;
	struct ikescope_spill spill;
	const uint16_t *ike_ports; /* besides 500 and 4500 */
	size_t n_ike_ports;
	enum ikescope_nat_search nat_search;
	struct ikescope_nat_runner nat_runner;
	struct ikescope_addr peer; /* only this peer's negotiations are reported; family 0: all */
	uint8_t hash_key[16]; /* random for hostile input, zero for tests: no output depends on it
	                       */
};

/* Defaults, no spill, a zero hash key; addresses behind NAT are searched among the private ones. */
struct ikescope_options ikescope_options_default(void);

enum ikescope_error {
	IKESCOPE_OK = 0,
	IKESCOPE_ERR_MEMORY = -1,
	IKESCOPE_ERR_SPILL = -2,
	IKESCOPE_ERR_USE = -3, /* a call out of order or an argument out of range */
};

/* A new context, or NULL without memory. */
struct ikescope *ikescope_new(const struct ikescope_options *options);
void ikescope_free(struct ikescope *s);

/* An input begins. Strings are copied. capture counts from 1 in the order of the calls. */
struct ikescope_capture_info {
	const char *file, *format, *compression; /* compression may be NULL */
};
int ikescope_capture_begin(struct ikescope *s, const struct ikescope_capture_info *info,
                           uint32_t *capture);

/* One captured packet. link_type is a LINKTYPE_ number (of the file, not the host's DLT_);
 * captured <= length; time is within IKESCOPE_TIME_MOST. Packets of several captures come merged by
 * time. data is not kept. */
struct ikescope_packet {
	struct ikescope_at at;
	ikescope_time time;
	uint32_t interface;
	uint16_t link_type;
	const uint8_t *data;
	size_t captured, length;
};
int ikescope_packet(struct ikescope *s, const struct ikescope_packet *packet);

/* Link types that an analysis understands: name and description, NULL if unknown. */
const char *ikescope_link_type_name(uint16_t link_type);

/* An input ended. dropped < 0: unknown. problem: why it could not be read to its end, or NULL. */
struct ikescope_capture_stats {
	int64_t dropped;
	bool truncated_file;
	const char *problem;
};
int ikescope_capture_end(struct ikescope *s, uint32_t capture,
                         const struct ikescope_capture_stats *stats);

/* No more packets: everything is reconstructed. Call once, after the last capture_end. */
int ikescope_finish(struct ikescope *s);

/* Receives what was found, in this order: begin, captures, negotiations and tunnels by tunnel,
 * end. A NULL member is skipped, and what only it would have needed is not computed. A callback
 * that returns non-zero ends the walk with that value. A walk may be repeated. */
struct ikescope_visitor {
	int (*begin)(void *user, const struct ikescope_totals *totals);
	int (*capture)(void *user, const struct ikescope_capture_view *capture);
	int (*negotiation)(void *user, const struct ikescope_negotiation *negotiation);
	int (*tunnel)(void *user, const struct ikescope_tunnel *tunnel);
	int (*end)(void *user, const struct ikescope_totals *totals);
	bool brief; /* negotiations come without steps, findings without title, summary, evidence
	               and lines of boxes */
	/* Whether the steps of a negotiation come with exchange, content and copies; NULL: of none.
	 */
	bool (*detailed)(void *user, uint64_t id);
};
/* In begin() the counts of negotiations and the limits are known, outcomes and failures only in
 * end(). */
int ikescope_walk(struct ikescope *s, const struct ikescope_visitor *visitor, void *user);

#ifdef __cplusplus
}
#endif

#endif
