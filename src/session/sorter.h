/*
 * What the two halves of the sorter share: sorter.c takes records and writes sorted runs, cursor.c
 * reads them back and merges them.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef IK_SESSION_SORTER_H
#define IK_SESSION_SORTER_H

#include "session/store.h"

/* What decides the order of nearly all records lies beside the records, so that sorting touches
 * them rarely: their first octets as numbers that sort like them. */
#define IK_PREFIX 3
struct ik_entry {
	uint64_t prefix[IK_PREFIX];
	uint64_t number; /* of appending, since the last run */
};

struct ik_place {
	const uint8_t *record;
	size_t len;
};

/* A run in the spill: a length of four octets before each record. */
struct ik_run {
	uint64_t offset, size;
};

struct ik_sorter {
	struct ik_spill *spill;
	uint64_t used;
	size_t (*key_len)(const uint8_t *record);
	struct ik_chunk *chunks, *last;
	struct ik_entry *entries; /* in order after ik_sorter_finish() */
	struct ik_place *places;  /* by number */
	size_t n_entries, cap_entries;
	struct ik_run *runs;
	size_t n_runs, cap_runs;
};

/* Order of two records whose first octets are known to be equal up to from. */
int ik_sorter_compare(const struct ik_sorter *s, const uint8_t *a, const uint8_t *b, size_t from);

/* Brings the entries in memory into order. False: no memory. */
bool ik_sorter_sort(struct ik_sorter *s);

/* Records on their way to a run, gathered into blocks. The run is complete after flush. */
#define IK_RUN_BLOCK (256U << 10)
struct ik_run_out {
	struct ik_spill *spill;
	uint8_t *block;
	size_t used;
};
bool ik_run_put(struct ik_run_out *o, const uint8_t *record, uint32_t len);
bool ik_run_flush(struct ik_run_out *o);

#endif
