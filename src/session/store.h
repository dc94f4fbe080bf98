/*
 * Stores of variable-length records that outgrow memory: the log (grouped by key, order kept) and
 * the sorter (ordered by key). Beyond its memory a store writes to the spill, in large blocks.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef IK_SESSION_STORE_H
#define IK_SESSION_STORE_H

#include "ikescope/analysis.h"

/* The spill as shared by the stores of one analysis: it only grows. */
struct ik_spill {
	struct ikescope_spill io;
	uint64_t size;
	bool failed;
};

/* ---- log: append by 64-bit key, read back group by group ---------------------------------- */

struct ik_log;

/* seed: secret, against chosen keys. */
struct ik_log *ik_log_new(struct ik_spill *spill, uint64_t memory, uint64_t seed);
void ik_log_free(struct ik_log *log);

/* Appends a record of len octets (at most 65535) whose first eight octets are the key, in host
 * order, and whose own length the reader learns from size_of(). False: no memory or no spill. */
bool ik_log_append(struct ik_log *log, const void *record, size_t len);

/* Reads everything back: records of equal key come together, in the order they were appended; the
 * order of the keys is unspecified. begin() may be NULL. Memory is given back on the way.
 * False: the spill failed, no memory, or a callback returned false. */
struct ik_log_reader {
	void *ctx;
	size_t (*size_of)(const uint8_t *record);
	bool (*record)(void *ctx, const uint8_t *record, bool first_of_key);
	bool (*group_end)(void *ctx);
};
bool ik_log_drain(struct ik_log *log, const struct ik_log_reader *reader);

/* ---- sorter: append, then read in the order of the leading key octets ----------------------- */

struct ik_sorter;

/* Records sort by memcmp of their first key_len octets, then by the order of appending. */
struct ik_sorter *ik_sorter_new(struct ik_spill *spill, uint64_t memory, size_t key_len);
void ik_sorter_free(struct ik_sorter *s);
bool ik_sorter_append(struct ik_sorter *s, const void *record, size_t len);

/* No more appends. */
bool ik_sorter_finish(struct ik_sorter *s);

/* A position in the sorted records; may be opened again and again, and copied by opening at a
 * mark. Valid until the next call; NULL at the end or on failure (see ik_spill.failed). */
struct ik_cursor;
struct ik_cursor *ik_cursor_open(struct ik_sorter *s);
void ik_cursor_close(struct ik_cursor *c);
const uint8_t *ik_cursor_next(struct ik_cursor *c, size_t *len);

/* The next ik_cursor_next() returns the last record once more. */
void ik_cursor_unread(struct ik_cursor *c);

/* Remembers the position before the record that the next ik_cursor_next() returns, and goes back
 * to it. One mark per cursor. */
bool ik_cursor_mark(struct ik_cursor *c);
bool ik_cursor_rewind(struct ik_cursor *c);

#endif
