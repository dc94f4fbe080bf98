/*
 * Mutations that know what a capture of IKE is. Only classic pcap files are understood; anything
 * else is left to libFuzzer.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "fuzz/mutate.h"

#include <stdbool.h>
#include <string.h>

/* Of libFuzzer; without it nothing is changed. */
size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t max) __attribute__((weak));

enum {
	FILE_HEADER = 24,
	RECORD_HEADER = 16,
	IKE_HEADER = 28,
	RECORDS = 256,
	PAYLOADS = 32,
	SCRATCH = 2048
};

struct capture {
	uint8_t *data;
	size_t size, max;
	uint32_t random;
	bool big; /* numbers of the file are big-endian */
	size_t record[RECORDS], n;
};

/* One datagram inside a record: offsets in the file. */
struct datagram {
	size_t record, ip, udp, ike, end;
	bool v6;
};

/* The octet that names a payload's type, and where it is. */
struct payload {
	size_t type_at, at, len;
};

static uint32_t draw(struct capture *c, uint32_t below)
{
	c->random ^= c->random << 13;
	c->random ^= c->random >> 17;
	c->random ^= c->random << 5;
	return below != 0 ? (c->random >> 4) % below : 0;
}

static uint32_t get32(const struct capture *c, size_t at)
{
	const uint8_t *p = c->data + at;

	return c->big ? (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3]
	              : (uint32_t)p[3] << 24 | (uint32_t)p[2] << 16 | (uint32_t)p[1] << 8 | p[0];
}

static void set32(struct capture *c, size_t at, uint32_t value)
{
	for (unsigned i = 0; i < 4; i++)
		c->data[at + i] = (uint8_t)(value >> (c->big ? 24 - 8 * i : 8 * i));
}

/* Numbers of the network. */
static uint32_t net16(const struct capture *c, size_t at)
{
	return (uint32_t)c->data[at] << 8 | c->data[at + 1];
}

static void add16(struct capture *c, size_t at, size_t more)
{
	uint32_t value = net16(c, at) + (uint32_t)more;

	c->data[at] = (uint8_t)(value >> 8);
	c->data[at + 1] = (uint8_t)value;
}

static bool open_capture(struct capture *c)
{
	if (c->size < FILE_HEADER + RECORD_HEADER)
		return false;
	if (memcmp(c->data + 1, "\xc3\xb2\xa1", 3) == 0 ||
	    memcmp(c->data, "\x4d\x3c\xb2\xa1", 4) == 0)
		c->big = false;
	else if (memcmp(c->data, "\xa1\xb2", 2) == 0)
		c->big = true;
	else
		return false;
	for (size_t at = FILE_HEADER; c->n < RECORDS && c->size - at >= RECORD_HEADER;) {
		uint32_t len = get32(c, at + 8);

		if (len > c->size - at - RECORD_HEADER)
			break;
		c->record[c->n++] = at;
		at += RECORD_HEADER + len;
	}
	return c->n > 0;
}

static size_t record_end(const struct capture *c, size_t record)
{
	return record + RECORD_HEADER + get32(c, record + 8);
}

/* UDP in IP at an offset, if the lengths agree. */
static bool udp_at(const struct capture *c, size_t at, size_t end, struct datagram *d)
{
	const uint8_t *p = c->data + at;

	d->v6 = p[0] >> 4 == 6;
	d->ip = at;
	d->udp = at + (d->v6 ? 40 : 20);
	if (d->udp + 8 > end || (d->v6 ? p[6] : p[9]) != 17 || (!d->v6 && p[0] != 0x45))
		return false;
	if (d->udp + net16(c, d->udp + 4) > end)
		return false;
	d->end = d->udp + net16(c, d->udp + 4);
	d->ike = d->udp + 8;
	if (d->ike + 4 <= d->end && memcmp(c->data + d->ike, "\0\0\0", 4) == 0)
		d->ike += 4;
	return d->ike + IKE_HEADER <= d->end;
}

/* The innermost UDP datagram of a record. */
static bool find_datagram(const struct capture *c, size_t record, struct datagram *d)
{
	size_t end = record_end(c, record);
	struct datagram found;
	bool any = false;

	for (size_t at = record + RECORD_HEADER; at + IKE_HEADER + 28 <= end; at++)
		if ((c->data[at] == 0x45 || c->data[at] >> 4 == 6) && udp_at(c, at, end, &found)) {
			*d = found;
			d->record = record;
			any = true;
		}
	return any;
}

static size_t walk(const struct capture *c, const struct datagram *d, struct payload *out)
{
	size_t at = d->ike + IKE_HEADER, type_at = d->ike + 16, n = 0;

	while (n < PAYLOADS && c->data[type_at] != 0 && at + 4 <= d->end) {
		size_t len = net16(c, at + 2);

		if (len < 4 || len > d->end - at)
			break;
		out[n++] = (struct payload){.type_at = type_at, .at = at, .len = len};
		type_at = at;
		at += len;
	}
	return n;
}

/* Replaces octets of a datagram; every length around them follows. */
static bool splice(struct capture *c, const struct datagram *d, size_t at, size_t drop,
                   const uint8_t *octets, size_t n)
{
	size_t more = n - drop; /* wraps when it shrinks, and so do the sums */

	if (n > drop && (more > c->max - c->size || d->end + more - d->udp > 65000))
		return false;
	memmove(c->data + at + n, c->data + at + drop, c->size - at - drop);
	if (n > 0)
		memcpy(c->data + at, octets, n);
	c->size += more;
	set32(c, d->record + 8, get32(c, d->record + 8) + (uint32_t)more);
	set32(c, d->record + 12, get32(c, d->record + 12) + (uint32_t)more);
	add16(c, d->ip + (d->v6 ? 4 : 2), more);
	add16(c, d->udp + 4, more);
	if (draw(c, 16) != 0)
		add16(c, d->ike + 26, more);
	return true;
}

/* ---- changes of a message ------------------------------------------------------------------- */

static const uint8_t exchanges[] = {2, 4, 5, 6, 32, 33, 34, 35, 36, 37, 43};
static const uint8_t flags[] = {0, 1, 2, 3, 4, 8, 16, 32, 40, 48};
static const uint8_t types[] = {0,  1,  2,  4,  5,  7,  8,  10, 11, 12, 13, 14, 20, 33, 34,  35, 36,
                                37, 38, 39, 40, 41, 42, 43, 44, 45, 46, 47, 48, 53, 54, 132, 200};
static const uint16_t notifies[] = {1,     4,     5,     7,     9,     14,    16,    17,
                                    18,    24,    34,    38,    43,    44,    16384, 16388,
                                    16389, 16390, 16391, 16393, 16406, 16407, 16418, 16430,
                                    16435, 24576, 24578, 36136, 36137};

#define PICK(c, table) ((table)[draw((c), (uint32_t)(sizeof(table) / sizeof((table)[0])))])

static void header(struct capture *c, const struct datagram *d)
{
	uint8_t *p = c->data + d->ike;

	switch (draw(c, 8)) {
	case 0: p[18] = PICK(c, exchanges); break;
	case 1: p[19] = PICK(c, flags); break;
	case 2: p[16] = PICK(c, types); break;
	case 3: p[17] = p[17] == 0x20 ? 0x10 : 0x20; break;
	case 4: memset(p + 8, draw(c, 2) != 0 ? 0 : (int)draw(c, 256), 8); break;
	case 5: memset(p, (int)draw(c, 4) + 1, 8); break;
	case 6: p[23] = (uint8_t)draw(c, 4); break;
	default: p[20 + draw(c, 8)] = (uint8_t)draw(c, 256); break;
	}
}

static void body(struct capture *c, const struct datagram *d, const struct payload *p)
{
	uint8_t scratch[SCRATCH];
	size_t n = p->len - 4, grown;

	if (n > SCRATCH / 2 || !LLVMFuzzerMutate)
		return;
	memcpy(scratch, c->data + p->at + 4, n);
	grown = LLVMFuzzerMutate(scratch, n, SCRATCH);
	if (splice(c, d, p->at + 4, n, scratch, grown) && draw(c, 8) != 0)
		add16(c, p->at + 2, grown - n);
}

/* Puts a payload in front of another one. */
static void insert(struct capture *c, const struct datagram *d, const struct payload *before,
                   uint8_t type, const uint8_t *octets, size_t n)
{
	uint8_t scratch[SCRATCH];

	if (n > sizeof(scratch) || n < 4)
		return;
	memcpy(scratch, octets, n);
	scratch[0] = c->data[before->type_at];
	if (splice(c, d, before->at, 0, scratch, n))
		c->data[before->type_at] = type;
}

static void notify(struct capture *c, const struct datagram *d, const struct payload *before)
{
	uint16_t type = PICK(c, notifies);
	bool v1 = c->data[d->ike + 17] >> 4 == 1;
	uint8_t octets[20] = {0};
	size_t n = v1 ? 12 : 8;

	octets[n - 2] = (uint8_t)(type >> 8);
	octets[n - 1] = (uint8_t)type;
	octets[n + 1] = (uint8_t)draw(c, 32);
	n += draw(c, 5);
	octets[3] = (uint8_t)n;
	insert(c, d, before, v1 ? 11 : 41, octets, n);
}

static void message(struct capture *c, const struct datagram *d)
{
	struct payload p[PAYLOADS], other[PAYLOADS];
	size_t n = walk(c, d, p), k = n > 0 ? draw(c, (uint32_t)n) : 0, m;
	struct datagram from;

	if (n == 0 || draw(c, 4) == 0) {
		header(c, d);
		return;
	}
	switch (draw(c, 8)) {
	case 0: insert(c, d, &p[k], c->data[p[k].type_at], c->data + p[k].at, p[k].len); break;
	case 1: {
		uint8_t next = c->data[p[k].at];

		if (splice(c, d, p[k].at, p[k].len, NULL, 0))
			c->data[p[k].type_at] = next;
		break;
	}
	case 2: notify(c, d, &p[k]); break;
	case 3: c->data[p[k].type_at] = PICK(c, types); break;
	case 4: add16(c, p[k].at + 2, draw(c, 64) - 32U); break;
	case 5:
		if (!find_datagram(c, c->record[draw(c, (uint32_t)c->n)], &from))
			break;
		m = walk(c, &from, other);
		if (m > 0) {
			const struct payload *o = &other[draw(c, (uint32_t)m)];

			insert(c, d, &p[k], c->data[o->type_at], c->data + o->at, o->len);
		}
		break;
	default: body(c, d, &p[k]); break;
	}
}

/* ---- changes of the order of records -------------------------------------------------------- */

static void copy_record(struct capture *c, size_t record, size_t to)
{
	uint8_t scratch[SCRATCH];
	size_t n = record_end(c, record) - record;

	if (n > sizeof(scratch) || n > c->max - c->size)
		return;
	memcpy(scratch, c->data + record, n);
	memmove(c->data + to + n, c->data + to, c->size - to);
	memcpy(c->data + to, scratch, n);
	c->size += n;
	if (draw(c, 2) != 0)
		set32(c, to, get32(c, to) + draw(c, 40));
}

static void drop_record(struct capture *c, size_t record)
{
	size_t end = record_end(c, record);

	memmove(c->data + record, c->data + end, c->size - end);
	c->size -= end - record;
}

static void turn_round(struct capture *c, const struct datagram *d)
{
	size_t n = d->v6 ? 16 : 4, at = d->ip + (d->v6 ? 8 : 12);
	uint8_t swap[16];

	memcpy(swap, c->data + at, n);
	memcpy(c->data + at, c->data + at + n, n);
	memcpy(c->data + at + n, swap, n);
}

static void order(struct capture *c, size_t record)
{
	struct datagram d;

	switch (draw(c, 5)) {
	case 0: copy_record(c, record, c->record[draw(c, (uint32_t)c->n)]); break;
	case 1: drop_record(c, record); break;
	case 2: set32(c, record, get32(c, record) + draw(c, 4000) - 20U); break;
	case 3:
		if (find_datagram(c, record, &d))
			turn_round(c, &d);
		break;
	default: /* another identification or port */
		if (find_datagram(c, record, &d))
			c->data[d.ip + (draw(c, 2) != 0 ? 5 : 20 + draw(c, 4))] ^= 1;
		break;
	}
}

size_t mutate_capture(uint8_t *data, size_t size, size_t max, unsigned seed)
{
	struct capture c = {.data = data, .size = size, .max = max, .random = seed | 1};
	struct datagram d;
	size_t record;

	if (!LLVMFuzzerMutate)
		return size;
	if (!open_capture(&c) || draw(&c, 6) == 0)
		return LLVMFuzzerMutate(data, size, max);
	record = c.record[draw(&c, (uint32_t)c.n)];
	if (draw(&c, 3) == 0)
		order(&c, record);
	else if (find_datagram(&c, record, &d))
		message(&c, &d);
	else
		return LLVMFuzzerMutate(data, size, max);
	return c.size;
}
