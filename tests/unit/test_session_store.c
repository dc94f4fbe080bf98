/*
 * The stores: groups come back complete and in order, records come back sorted, whether they stayed
 * in memory or went through the spill.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "session/store.h"

TestSuite(session_store, .timeout = 120);

/* ---- a spill in memory ---------------------------------------------------------------------- */

struct disk {
	uint8_t *octets;
	size_t len, cap;
	size_t reads, largest_read;
	bool full;
};

static int disk_write(void *ctx, const void *data, size_t len)
{
	struct disk *d = ctx;

	if (d->full)
		return -1;
	if (d->len + len > d->cap) {
		d->cap = 2 * (d->len + len);
		d->octets = realloc(d->octets, d->cap);
		cr_assert_not_null(d->octets);
	}
	memcpy(d->octets + d->len, data, len);
	d->len += len;
	return 0;
}

static int disk_read(void *ctx, uint64_t offset, void *data, size_t len)
{
	struct disk *d = ctx;

	cr_assert(offset <= d->len && len <= d->len - offset, "read beyond what was written");
	memcpy(data, d->octets + offset, len);
	d->reads++;
	d->largest_read = len > d->largest_read ? len : d->largest_read;
	return 0;
}

static struct ik_spill spill_on(struct disk *d)
{
	*d = (struct disk){0};
	return (struct ik_spill){.io = {.ctx = d, .write = disk_write, .read = disk_read}};
}

/* ---- the log -------------------------------------------------------------------------------- */

struct entry {
	uint64_t key;
	uint32_t size, number; /* of all, and counted from 0 within its key */
	uint8_t fill[16];
};

static size_t size_of(const uint8_t *record)
{
	struct entry e;

	memcpy(&e, record, sizeof(e));
	return e.size;
}

/* What a drain has to show: each key in one piece, its records numbered from 0. */
struct drained {
	size_t n_keys, n_records, stop_at;
	uint64_t key;
	uint32_t next;
	bool open;
	uint8_t *done; /* by key */
};

static bool on_record(void *ctx, const uint8_t *record, bool first)
{
	struct drained *d = ctx;
	struct entry e;

	memcpy(&e, record, sizeof(e));
	if (first) {
		cr_assert(!d->open);
		cr_assert_eq(d->done[e.key], 0, "key %d came twice", (int)e.key);
		d->done[e.key] = 1;
		d->open = true;
		d->key = e.key;
		d->next = 0;
		d->n_keys++;
	}
	cr_assert_eq(e.key, d->key);
	cr_assert_eq(e.number, d->next, "key %d: %u instead of %u", (int)e.key, e.number, d->next);
	for (size_t i = sizeof(e); i < e.size; i++)
		cr_assert_eq(record[i], (uint8_t)(e.key + e.number), "octet %zu", i);
	d->next++;
	return ++d->n_records != d->stop_at;
}

static bool on_group_end(void *ctx)
{
	struct drained *d = ctx;

	cr_assert(d->open);
	d->open = false;
	return true;
}

static bool append(struct ik_log *log, uint64_t key, uint32_t number, uint32_t size)
{
	struct entry e = {.key = key, .size = size, .number = number};
	uint8_t *record = ik_log_append(log, key, size);

	if (record == NULL)
		return false;
	memset(record, (int)(uint8_t)(key + number), size);
	memcpy(record, &e, sizeof(e));
	return true;
}

/* rounds records of each of keys keys, in turns, of sizes around size. */
static void log_case(uint64_t memory, bool with_spill, size_t keys, uint32_t rounds, uint32_t size,
                     struct disk *disk)
{
	struct ik_spill spill = spill_on(disk);
	struct drained d = {.done = calloc(keys, 1)};
	struct ik_log_reader reader = {
	        .ctx = &d, .size_of = size_of, .record = on_record, .group_end = on_group_end};
	struct ik_log *log;

	if (!with_spill)
		spill.io = (struct ikescope_spill){0};
	spill.memory = memory;
	log = ik_log_new(&spill, UINT64_C(0x1234567890abcdef) * keys);
	cr_assert(log != NULL && d.done != NULL);
	for (uint32_t r = 0; r < rounds; r++)
		for (uint64_t k = 0; k < keys; k++)
			cr_assert(append(log, k, r, size + (uint32_t)(k * 7 + r) % 64));
	cr_assert(ik_log_drain(log, &reader));
	cr_assert_eq(d.n_keys, keys);
	cr_assert_eq(d.n_records, keys * rounds);
	/* It is empty now. */
	d.n_records = 0;
	cr_assert(ik_log_drain(log, &reader));
	cr_assert_eq(d.n_records, 0);
	ik_log_free(log);
	ik_spill_close(&spill);
	free(d.done);
	free(disk->octets);
}

Test(session_store, log_in_memory)
{
	struct disk disk;

	log_case(1U << 30, true, 1, 1, 64, &disk);
	log_case(1U << 30, true, 1000, 20, 64, &disk);
	cr_assert_eq(disk.len, 0, "nothing is spilled while there is room");
}

Test(session_store, log_without_a_spill_uses_memory)
{
	struct disk disk;

	log_case(0, false, 1000, 20, 64, &disk);
}

Test(session_store, log_through_the_spill)
{
	struct disk disk;

	log_case(0, true, 1000, 20, 64, &disk);
	cr_assert_gt(disk.len, 0);
	log_case(65536, true, 3000, 30, 200, &disk);
	cr_assert_gt(disk.len, 1000000);
}

Test(session_store, log_keeps_the_largest_records)
{
	struct disk disk;

	log_case(0, true, 3, 40, 65535 - 63, &disk);
}

/* One partition larger than what is loaded at a time: read through a window, which moves forward
 * once for each key. */
Test(session_store, log_through_a_window)
{
	struct disk disk;

	log_case(1U << 20, true, 1, 1100, 65400, &disk);
	cr_assert_gt(disk.len, 64U << 20);
	cr_assert_leq(disk.largest_read, 1U << 20);
	log_case(1U << 20, true, 2, 1100, 65400, &disk);
}

Test(session_store, log_without_room_on_disk)
{
	struct disk disk;
	struct ik_spill spill = spill_on(&disk);
	struct ik_log *log = ik_log_new(&spill, 0);
	bool ok = true;

	disk.full = true;
	for (uint32_t i = 0; i < 1000 && ok; i++)
		ok = append(log, i, 0, 64);
	cr_assert(!ok && spill.failed);
	ik_log_free(log);
	ik_spill_close(&spill);
	free(disk.octets);
}

Test(session_store, log_stops_when_the_reader_does)
{
	struct disk disk;
	struct ik_spill spill = spill_on(&disk);
	struct drained d = {.done = calloc(100, 1), .stop_at = 30};
	struct ik_log_reader reader = {
	        .ctx = &d, .size_of = size_of, .record = on_record, .group_end = on_group_end};
	struct ik_log *log = ik_log_new(&spill, 0);

	for (uint32_t i = 0; i < 1000; i++)
		cr_assert(append(log, i % 100, i / 100, 64));
	cr_assert_not(ik_log_drain(log, &reader));
	cr_assert_eq(d.n_records, 30);
	ik_log_free(log);
	ik_spill_close(&spill);
	free(d.done);
	free(disk.octets);
}

/* ---- the sorter ----------------------------------------------------------------------------- */

enum { KEY = 4 };

static size_t key_len(const uint8_t *record)
{
	(void)record;
	return KEY;
}

/* A record: the key in big-endian, the number of its appending, and a tail that tells its length.
 */
static size_t make(uint8_t *out, uint32_t key, uint32_t number)
{
	size_t len = 12 + number % 50;

	for (int i = 0; i < KEY; i++)
		out[i] = (uint8_t)(key >> (24 - 8 * i));
	memcpy(out + KEY, &number, sizeof(number));
	memset(out + KEY + sizeof(number), (int)(number & 0xff), len - KEY - sizeof(number));
	return len;
}

static uint32_t key_of(const uint8_t *r)
{
	return (uint32_t)r[0] << 24 | (uint32_t)r[1] << 16 | (uint32_t)r[2] << 8 | r[3];
}

static uint32_t number_of(const uint8_t *r)
{
	uint32_t number;

	memcpy(&number, r + KEY, sizeof(number));
	return number;
}

/* n records with keys below range, in an order that looks random. */
static struct ik_sorter *filled(struct ik_spill *spill, uint64_t memory, uint32_t n, uint32_t range)
{
	uint8_t record[64];
	struct ik_sorter *s;

	spill->memory = memory;
	s = ik_sorter_new(spill, key_len);
	cr_assert_not_null(s);
	for (uint32_t i = 0; i < n; i++)
		cr_assert(ik_sorter_append(s, record,
		                           make(record, i * UINT32_C(2654435761) % range, i)));
	cr_assert(ik_sorter_finish(s));
	return s;
}

/* From where the cursor stands: want records, ordered by key and then by appending. */
static void expect_sorted(struct ik_cursor *c, uint32_t want)
{
	uint32_t n = 0, key = 0, number = 0;
	const uint8_t *r;
	size_t len;

	for (; (r = ik_cursor_next(c, &len)) != NULL; n++) {
		cr_assert_eq(len, 12 + number_of(r) % 50);
		cr_assert_eq(r[len - 1], (uint8_t)number_of(r));
		if (n > 0) {
			cr_assert_geq(key_of(r), key);
			if (key_of(r) == key)
				cr_assert_gt(number_of(r), number, "order of appending");
		}
		key = key_of(r);
		number = number_of(r);
	}
	cr_assert_eq(n, want);
	cr_assert_null(ik_cursor_next(c, &len), "the end is the end");
}

static void sorter_case(uint64_t memory, uint32_t n, uint32_t range)
{
	struct disk disk;
	struct ik_spill spill = spill_on(&disk);
	struct ik_sorter *s = filled(&spill, memory, n, range);
	struct ik_cursor *c = ik_cursor_open(s), *other = ik_cursor_open(s);

	cr_assert(c != NULL && other != NULL);
	expect_sorted(c, n);
	expect_sorted(other, n);
	ik_cursor_close(c);
	ik_cursor_close(other);
	ik_sorter_free(s);
	ik_spill_close(&spill);
	free(disk.octets);
}

Test(session_store, sorter_in_memory)
{
	sorter_case(1U << 30, 0, 1);
	sorter_case(1U << 30, 1, 1);
	sorter_case(1U << 30, 5000, 1000000);
	sorter_case(1U << 30, 5000, 7);
}

Test(session_store, sorter_through_runs)
{
	sorter_case(20000, 5000, 1000000);
	sorter_case(20000, 5000, 7);
}

/* A run for every record: more runs than are read at a time, merged more than once. */
Test(session_store, sorter_through_many_runs)
{
	sorter_case(0, 49, 3);
	sorter_case(0, 97, 1);
	sorter_case(0, 2600, 11);
	sorter_case(0, 2600, 1);
}

Test(session_store, sorter_without_room_on_disk)
{
	struct disk disk;
	struct ik_spill spill = spill_on(&disk);
	struct ik_sorter *s = ik_sorter_new(&spill, key_len);
	uint8_t record[64];
	bool ok = true;

	disk.full = true;
	for (uint32_t i = 0; i < 10 && ok; i++)
		ok = ik_sorter_append(s, record, make(record, i, i));
	cr_assert(!ok && spill.failed);
	ik_sorter_free(s);
	ik_spill_close(&spill);
	free(disk.octets);
}

/* Reads some, marks, reads on, goes back: the same records come again. With unread between. */
static void mark_case(uint64_t memory, uint32_t before, uint32_t beyond)
{
	enum { N = 400 };
	struct disk disk;
	struct ik_spill spill = spill_on(&disk);
	struct ik_sorter *s = filled(&spill, memory, N, 50);
	struct ik_cursor *c = ik_cursor_open(s);
	uint32_t next = 0;
	const uint8_t *r = NULL;
	size_t len;

	for (uint32_t i = 0; i < before; i++)
		r = ik_cursor_next(c, &len);
	if (r != NULL) {
		uint32_t last = number_of(r);

		ik_cursor_unread(c);
		r = ik_cursor_next(c, &len);
		cr_assert(r != NULL && number_of(r) == last);
		ik_cursor_unread(c);
		before--;
	}
	cr_assert(ik_cursor_mark(c));
	for (uint32_t i = 0; i <= beyond; i++) {
		r = ik_cursor_next(c, &len);
		if (i == 0 && r != NULL)
			next = number_of(r);
	}
	cr_assert(ik_cursor_rewind(c));
	r = ik_cursor_next(c, &len);
	cr_assert_not_null(r);
	cr_assert_eq(number_of(r), next, "memory %d, mark %u", (int)memory, before);
	/* Going back twice is as good. */
	cr_assert(ik_cursor_rewind(c));
	expect_sorted(c, N - before);
	cr_assert(ik_cursor_rewind(c));
	expect_sorted(c, N - before);
	ik_cursor_close(c);
	ik_sorter_free(s);
	ik_spill_close(&spill);
	free(disk.octets);
}

Test(session_store, sorter_marks)
{
	static const uint32_t places[] = {0, 1, 2, 7, 50, 199, 399, 400};
	static const uint64_t memories[] = {1U << 30, 4000, 0};

	for (size_t m = 0; m < 3; m++)
		for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++)
			for (uint32_t beyond = 0; beyond < 500; beyond += 83)
				mark_case(memories[m], places[i], beyond);
}

/* A record longer than a run's window. */
Test(session_store, sorter_with_long_records)
{
	struct disk disk;
	struct ik_spill spill = spill_on(&disk);
	struct ik_sorter *s = ik_sorter_new(&spill, key_len);
	size_t len, size = 300000, n = 0;
	uint8_t *record = calloc(1, size);
	struct ik_cursor *c;
	const uint8_t *r;

	cr_assert_not_null(record);
	for (uint32_t i = 0; i < 20; i++) {
		(void)make(record, 1000 - i, i);
		record[size - 1] = (uint8_t)i;
		cr_assert(ik_sorter_append(s, record, i % 3 == 0 ? size : 40));
	}
	cr_assert(ik_sorter_finish(s));
	c = ik_cursor_open(s);
	for (; (r = ik_cursor_next(c, &len)) != NULL; n++) {
		cr_assert_eq(number_of(r), 19 - n);
		cr_assert_eq(len, number_of(r) % 3 == 0 ? size : 40);
		if (len == size)
			cr_assert_eq(r[size - 1], number_of(r));
	}
	cr_assert_eq(n, 20);
	ik_cursor_close(c);
	ik_sorter_free(s);
	ik_spill_close(&spill);
	free(record);
	free(disk.octets);
}

/* Memory is for captures of IKE: by its share of the packets, and half of it only for SAs that are
 * under way. */
Test(session_store, budget)
{
	struct ik_spill s = {.memory = 6400};

	cr_assert_eq(ik_spill_budget(&s), 3200);
	s.proved = 1000;
	cr_assert_eq(ik_spill_budget(&s), 4200);
	s.proved = 100000;
	cr_assert_eq(ik_spill_budget(&s), 6400);
	s.packets = 4;
	cr_assert_eq(ik_spill_budget(&s), 100);
	s.messages = 1;
	cr_assert_eq(ik_spill_budget(&s), 100 + 6300 / 4);
	s.proved = 0;
	s.messages = 5; /* several in one TCP segment */
	cr_assert_eq(ik_spill_budget(&s), 3200);
}
