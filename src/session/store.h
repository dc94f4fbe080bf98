/*
 * Stores of variable-length records that outgrow memory: the log (grouped by key, order kept) and
 * the sorter (ordered by key). Beyond its memory a store writes to the spill, in large blocks.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef IK_SESSION_STORE_H
#define IK_SESSION_STORE_H

#include "ikescope/analysis.h"

/* Memory of the stores: records one behind the other. */
struct ik_chunk {
	struct ik_chunk *next;
	uint32_t used, cap;
	uint8_t data[];
};

/* What the stores of one analysis share: the memory that they may take together, and the spill for
 * the rest, which only grows. A chunk that one store gives back is there for another. All zero but
 * for io and memory is empty; ik_spill_close() in the end. */
struct ik_spill {
	struct ikescope_spill io;
	uint64_t memory, used;
	/* What the memory is earned by: packets read, IKE messages among them, and octets of
	 * messages that only an SA under way has. See ik_spill_budget(). */
	uint64_t packets, messages, proved;
	uint64_t size;
	bool failed;    /* a store could not write or read */
	bool no_memory; /* because there was none */
	struct ik_chunk *spare;
	struct ik_slab *slabs; /* that chunks are cut from, the newest first */
};
void ik_spill_close(struct ik_spill *spill);

/* A chunk for at least that many octets, NULL without memory, and back again. */
struct ik_chunk *ik_chunk_take(struct ik_spill *spill, size_t least);
void ik_chunk_give(struct ik_spill *spill, struct ik_chunk *chunk);

/* The octets that may stay in memory now. The memory is there for captures of little else than IKE:
 * each gets as much of it as IKE has of its packets, for where most packets are something else,
 * writing the few messages out takes no time beside reading. And half of it has to be earned by
 * messages of SAs that are under way, so that a flood of first messages does not get it. */
uint64_t ik_spill_budget(const struct ik_spill *spill);

/* Whether something has to leave memory before more comes in. */
static inline bool ik_spill_full(const struct ik_spill *spill)
{
	return spill->used > ik_spill_budget(spill) && spill->io.write != NULL;
}

/* Appends octets; reads what was written. False: it failed, now or earlier. */
bool ik_spill_write(struct ik_spill *spill, const void *data, size_t len);
bool ik_spill_read(struct ik_spill *spill, uint64_t offset, void *data, size_t len);

/* ---- log: append by 64-bit key, read back group by group ---------------------------------- */

struct ik_log;

/* seed: secret, against chosen keys. */
struct ik_log *ik_log_new(struct ik_spill *spill, uint64_t seed);
void ik_log_free(struct ik_log *log);

/* Octets appended, wherever they are. */
uint64_t ik_log_size(const struct ik_log *log);

/* Room for a record of len octets (at most 65535), to be filled at once: its first eight octets are
 * the key, in host order; its length the reader learns from size_of(). NULL: no memory, no spill.
 */
uint8_t *ik_log_append(struct ik_log *log, uint64_t key, size_t len);

/* Reads everything back: records of equal key come together, in the order they were appended; the
 * order of the keys is unspecified. Memory is given back on the way.
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

/* Records sort by memcmp of the octets of their keys, which they begin with, then by the order of
 * appending. key_len() tells the octets of the key of a record. */
struct ik_sorter *ik_sorter_new(struct ik_spill *spill, size_t (*key_len)(const uint8_t *record));
void ik_sorter_free(struct ik_sorter *s);
bool ik_sorter_append(struct ik_sorter *s, const void *record, size_t len);

/* The same without a copy: room for at most that many octets, then how many it became. Nothing else
 * is done with the sorter in between. NULL: no memory or no spill. */
uint8_t *ik_sorter_reserve(struct ik_sorter *s, size_t most);
void ik_sorter_commit(struct ik_sorter *s, const uint8_t *record, size_t len);

/* No more appends. */
bool ik_sorter_finish(struct ik_sorter *s);

/* A position in the sorted records; may be opened again and again. A record is valid until the next
 * call; NULL at the end or on failure (see ik_spill.failed). */
struct ik_cursor;
struct ik_cursor *ik_cursor_open(struct ik_sorter *s);
void ik_cursor_close(struct ik_cursor *c);
const uint8_t *ik_cursor_next(struct ik_cursor *c, size_t *len);

/* Whether nothing but the keys of the records that come is looked at, which takes less time. */
void ik_cursor_keys(struct ik_cursor *c, bool keys);

/* Whether records stay where they are, aligned to eight octets, as long as the sorter: none was
 * spilled. */
bool ik_cursor_lasting(const struct ik_cursor *c);

/* The next ik_cursor_next() returns the last record once more. */
void ik_cursor_unread(struct ik_cursor *c);

/* Remembers the position before the record that the next ik_cursor_next() returns, and goes back
 * to it. One mark per cursor. */
bool ik_cursor_mark(struct ik_cursor *c);
bool ik_cursor_rewind(struct ik_cursor *c);

#endif
