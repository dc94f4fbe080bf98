/*
 * pcapng, for what libpcap refuses or cannot say. Source: draft-ietf-opsawg-pcapng.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "capture/pcapng.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/*
 *    0                   1                   2                   3
 *    0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 *   +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *   |                          Block Type                           |
 *   |                      Block Total Length                       |
 *   /                   Block Body, padded to 32 bits               /
 *   |                      Block Total Length                       |
 *   +---------------------------------------------------------------+
 */
enum {
	BLOCK_HEADER = 8,
	BLOCK_TRAILER = 4,
	PACKET_HEAD = 24,           /* up to and with the captured length, in both packet blocks */
	BLOCK_MAX = 1 << 24,        /* what libpcap accepts, and what is kept in memory here */
	DESCRIPTION_MAX = 1 << 20,  /* of a section or an interface */
	INTERFACES_MAX = 1 << 16,   /* of one section */
	SNAPLEN_UNLIMITED = 262144, /* libpcap's reading of a snapshot length of 0 */
};

enum block_type {
	SECTION_HEADER = 0x0A0D0D0A,
	INTERFACE_DESCRIPTION = 1,
	PACKET = 2, /* obsolete */
	SIMPLE_PACKET = 3,
	INTERFACE_STATISTICS = 5,
	ENHANCED_PACKET = 6,
};

/* Blocks that are no packets and that tshark nevertheless numbers as frames: systemd journal
 * entries, the events of sysdig in their six shapes, custom blocks. */
/* clang-format off */
static const uint32_t other_frames[] = {
	9, 0x204, 0x208, 0x216, 0x217, 0x221, 0x222, 0xBAD, 0x40000BAD,
};
/* clang-format on */

enum option { OPTION_END = 0, IF_TSRESOL = 9, IF_TSOFFSET = 14, ISB_IFDROP = 5, ISB_OSDROP = 7 };

struct block {
	uint32_t type, total;
};

enum step { STEP_BLOCK, STEP_END, STEP_BAD };

static void __attribute__((format(printf, 2, 3))) damaged(struct ik_ng *ng, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(ng->problem, sizeof(ng->problem), fmt, ap);
	va_end(ap);
}

static uint16_t host16(const struct ik_ng *ng, uint16_t v)
{
	return ng->little ? __builtin_bswap16(v) : v;
}

static uint32_t host32(const struct ik_ng *ng, uint32_t v)
{
	return ng->little ? __builtin_bswap32(v) : v;
}

static uint16_t ng_u16(const struct ik_ng *ng, struct ik_rd *r)
{
	return host16(ng, ik_rd_u16(r));
}

static uint32_t ng_u32(const struct ik_ng *ng, struct ik_rd *r)
{
	return host32(ng, ik_rd_u32(r));
}

static uint64_t ng_u64(const struct ik_ng *ng, struct ik_rd *r)
{
	uint64_t v = ik_rd_u64(r);

	return ng->little ? __builtin_bswap64(v) : v;
}

void ik_ng_begin(struct ik_ng *ng, struct ik_stream *stream, size_t least)
{
	*ng = (struct ik_ng){.stream = stream, .least = least};
}

void ik_ng_end(struct ik_ng *ng)
{
	free(ng->interfaces);
	*ng = (struct ik_ng){0};
}

/* A section may have the other octet order: its header says so before its length is read. */
static bool section_order(struct ik_ng *ng)
{
	static const uint8_t big[4] = {0x1A, 0x2B, 0x3C, 0x4D},
	                     little[4] = {0x4D, 0x3C, 0x2B, 0x1A};
	const uint8_t *magic;

	if (ik_stream_peek(ng->stream, BLOCK_HEADER + 4, ng->least) < BLOCK_HEADER + 4)
		return false;
	magic = ik_stream_at(ng->stream) + BLOCK_HEADER;
	if (memcmp(magic, big, 4) == 0)
		ng->little = false;
	else if (memcmp(magic, little, 4) == 0)
		ng->little = true;
	else
		damaged(ng, "a section header without its octet order mark");
	return ng->problem[0] == '\0';
}

/* Looks at the header of the block that comes next, without using it up. */
static enum step look(struct ik_ng *ng, struct block *block)
{
	size_t left = ik_stream_peek(ng->stream, BLOCK_HEADER, ng->least);
	struct ik_rd r = ik_rd_make(ik_stream_at(ng->stream), left);

	if (left < BLOCK_HEADER) {
		ng->cut = left > 0;
		return STEP_END;
	}
	block->type = ng_u32(ng, &r);
	if (block->type == SECTION_HEADER && !section_order(ng)) {
		ng->cut = ng->problem[0] == '\0';
		return ng->cut ? STEP_END : STEP_BAD;
	}
	r = ik_rd_make(ik_stream_at(ng->stream), BLOCK_HEADER);
	ik_rd_skip(&r, 4);
	block->total = ng_u32(ng, &r);
	if (block->total >= BLOCK_HEADER + BLOCK_TRAILER && block->total % 4 == 0)
		return STEP_BLOCK;
	damaged(ng, "a block of %u octets", block->total);
	return STEP_BAD;
}

/* The body of the block that look() saw, all of it in the window; bad where the stream ends before
 * or the two lengths differ. */
static struct ik_rd body_of(struct ik_ng *ng, const struct block *block)
{
	struct ik_rd body = {.bad = true}, trailer;

	if (ik_stream_peek(ng->stream, block->total, ng->least) < block->total) {
		ng->cut = true;
		return body;
	}
	body = ik_rd_make(ik_stream_at(ng->stream), block->total - BLOCK_TRAILER);
	ik_rd_skip(&body, BLOCK_HEADER);
	trailer =
	        ik_rd_make(ik_stream_at(ng->stream) + block->total - BLOCK_TRAILER, BLOCK_TRAILER);
	if (ng_u32(ng, &trailer) != block->total) {
		damaged(ng, "a block whose two lengths differ");
		body.bad = true;
	}
	return body;
}

static void section_begin(struct ik_ng *ng, struct ik_rd *body)
{
	uint16_t major;

	ik_rd_skip(body, 4);
	major = ng_u16(ng, body);
	if (body->bad || major != 1)
		damaged(ng, "a section of pcapng version %u", (unsigned)major);
	for (uint32_t i = 0; i < ng->n_interfaces; i++)
		ng->dropped_before += ng->interfaces[i].dropped_by_interface +
		                      ng->interfaces[i].dropped_by_system;
	ng->n_interfaces = 0;
	ng->saw_section = true;
}

/* The next option: its code and a window over its value. False at the end of the options. */
static bool next_option(const struct ik_ng *ng, struct ik_rd *r, uint16_t *code,
                        struct ik_rd *value)
{
	uint16_t len;

	if (ik_rd_left(r) == 0)
		return false;
	*code = ng_u16(ng, r);
	len = ng_u16(ng, r);
	*value = ik_rd_sub(r, len);
	ik_rd_skip(r, (size_t)(-len & 3));
	return !r->bad && *code != OPTION_END;
}

/* if_tsresol: a negative power of 10, or of 2 where the top bit is set. 0: out of range. */
static uint64_t ticks_of(uint8_t resolution)
{
	uint64_t ticks = 1;

	if (resolution & 0x80)
		return (resolution & 0x7F) < 64 ? UINT64_C(1) << (resolution & 0x7F) : 0;
	if (resolution > 19)
		return 0;
	while (resolution-- > 0)
		ticks *= 10;
	return ticks;
}

static bool interfaces_reserve(struct ik_ng *ng)
{
	uint32_t cap = ng->interfaces_cap > 0 ? 2 * ng->interfaces_cap : 1;
	struct ik_ng_interface *bigger;

	if (ng->n_interfaces < ng->interfaces_cap)
		return true;
	bigger = cap <= INTERFACES_MAX ? realloc(ng->interfaces, cap * sizeof(*bigger)) : NULL;
	if (bigger == NULL) {
		damaged(ng, "more than %u interfaces in a section", ng->n_interfaces);
		return false;
	}
	ng->interfaces = bigger;
	ng->interfaces_cap = cap;
	return true;
}

static void interface_add(struct ik_ng *ng, struct ik_rd *body)
{
	struct ik_ng_interface entry = {.ticks = 1000000};
	struct ik_rd value;
	uint16_t code;

	entry.link_type = ng_u16(ng, body);
	ik_rd_skip(body, 2);
	entry.snaplen = ng_u32(ng, body);
	while (next_option(ng, body, &code, &value)) {
		if (code == IF_TSRESOL)
			entry.ticks = ticks_of(ik_rd_u8(&value));
		else if (code == IF_TSOFFSET)
			entry.offset = (int64_t)ng_u64(ng, &value);
		if (value.bad && (code == IF_TSRESOL || code == IF_TSOFFSET))
			body->bad = true;
	}
	if (body->bad || entry.ticks == 0)
		damaged(ng, "an interface description that cannot be read");
	else if (interfaces_reserve(ng))
		ng->interfaces[ng->n_interfaces++] = entry;
}

/* Statistics are totals: the last ones of an interface count. */
static void statistics_set(struct ik_ng *ng, struct ik_rd *body)
{
	uint32_t interface = ng_u32(ng, body);
	struct ik_rd value;
	uint64_t count;
	uint16_t code;

	ik_rd_skip(body, 8);
	if (body->bad || interface >= ng->n_interfaces)
		return;
	while (next_option(ng, body, &code, &value)) {
		if (code != ISB_IFDROP && code != ISB_OSDROP)
			continue;
		count = ng_u64(ng, &value);
		if (value.bad)
			continue;
		if (code == ISB_IFDROP)
			ng->interfaces[interface].dropped_by_interface = count;
		else
			ng->interfaces[interface].dropped_by_system = count;
		ng->saw_drops = true;
	}
}

/* Takes note of a block that describes; packets and unknown blocks change nothing. */
static void note(struct ik_ng *ng, const struct block *block)
{
	struct ik_rd body;

	if (block->type != SECTION_HEADER && block->type != INTERFACE_DESCRIPTION &&
	    block->type != INTERFACE_STATISTICS)
		return;
	if (block->total > DESCRIPTION_MAX) {
		damaged(ng, "a description of %u octets", block->total);
		return;
	}
	body = body_of(ng, block);
	if (body.bad)
		return;
	if (block->type == SECTION_HEADER)
		section_begin(ng, &body);
	else if (block->type == INTERFACE_DESCRIPTION)
		interface_add(ng, &body);
	else
		statistics_set(ng, &body);
}

static bool is_other_frame(uint32_t type)
{
	for (size_t i = 0; i < sizeof(other_frames) / sizeof(other_frames[0]); i++)
		if (type == other_frames[i])
			return true;
	return false;
}

static uint32_t snaplen_of(const struct ik_ng_interface *i)
{
	return i->snaplen > 0 && i->snaplen <= INT32_MAX ? i->snaplen : SNAPLEN_UNLIMITED;
}

/* Whether libpcap would read the block the way it is meant. */
static bool for_libpcap(struct ik_ng *ng, const struct block *block)
{
	struct ik_rd head;

	if (block->total > BLOCK_MAX || is_other_frame(block->type))
		return false;
	if (block->type == SECTION_HEADER)
		return !ng->saw_section;
	if (block->type == INTERFACE_DESCRIPTION)
		return ng->n_interfaces == 0;
	if (block->type == SIMPLE_PACKET)
		return ng->n_interfaces > 0;
	if (block->type != ENHANCED_PACKET && block->type != PACKET)
		return true;
	if (ng->n_interfaces == 0)
		return false;
	if (ik_stream_peek(ng->stream, PACKET_HEAD, ng->least) < PACKET_HEAD)
		return true;
	head = ik_rd_make(ik_stream_at(ng->stream), PACKET_HEAD);
	ik_rd_skip(&head, PACKET_HEAD - 4);
	return ng_u32(ng, &head) <= snaplen_of(&ng->interfaces[0]);
}

size_t ik_ng_feed(struct ik_ng *ng, uint8_t *buf, size_t n)
{
	struct block block;
	size_t done = 0, part;

	while (done < n && ng->problem[0] == '\0') {
		if (ng->pass == 0) {
			if (look(ng, &block) != STEP_BLOCK || !for_libpcap(ng, &block))
				break;
			note(ng, &block);
			if (ng->cut || ng->problem[0] != '\0')
				break;
			ng->pass = block.total;
		}
		part = ik_stream_peek(ng->stream, 1, ng->least);
		if (part == 0)
			break;
		part = part < ng->pass ? part : (size_t)ng->pass;
		part = part < n - done ? part : n - done;
		memcpy(buf + done, ik_stream_at(ng->stream), part);
		ik_stream_skip(ng->stream, part);
		ng->pass -= part;
		done += part;
	}
	return done;
}

/* Within what the analysis takes: the difference of two times is a time, too. */
ikescope_time ik_ng_time(int64_t seconds, int64_t nanoseconds)
{
	const int64_t most = IKESCOPE_TIME_MOST / IKESCOPE_SECOND - 8;

	if (seconds > most)
		seconds = most;
	else if (seconds < -most)
		seconds = -most;
	return seconds * IKESCOPE_SECOND + nanoseconds;
}

static ikescope_time time_of(const struct ik_ng_interface *i, uint64_t count)
{
	const uint64_t second = (uint64_t)IKESCOPE_SECOND;
	uint64_t ticks = i->ticks, rest = count % ticks;
	int64_t seconds = (int64_t)(count / ticks + (uint64_t)i->offset);

	if (ticks % second == 0) {
		rest /= ticks / second;
	} else if (second % ticks == 0) {
		rest *= second / ticks;
	} else {
		while (ticks > UINT64_C(1) << 34) { /* so that the product below fits */
			ticks >>= 1;
			rest >>= 1;
		}
		rest = rest * second / ticks;
	}
	return ik_ng_time(seconds, (int64_t)rest);
}

/* The packet of a packet block of any of the three kinds. */
static bool packet_of(struct ik_ng *ng, uint32_t type, struct ik_rd *body, struct ik_ng_packet *p)
{
	uint64_t count = 0;

	*p = (struct ik_ng_packet){0};
	if (type == ENHANCED_PACKET)
		p->interface = ng_u32(ng, body);
	else if (type == PACKET) {
		p->interface = ng_u16(ng, body);
		ik_rd_skip(body, 2);
	}
	if (type != SIMPLE_PACKET) {
		count = (uint64_t)ng_u32(ng, body) << 32;
		count |= ng_u32(ng, body);
		p->captured = ng_u32(ng, body);
	}
	p->length = ng_u32(ng, body);
	if (!body->bad && p->interface >= ng->n_interfaces) {
		damaged(ng, "a packet of interface %u, which is not described", p->interface);
		return false;
	}
	if (type == SIMPLE_PACKET && !body->bad) {
		p->captured = snaplen_of(&ng->interfaces[0]);
		if (p->captured > p->length)
			p->captured = p->length;
	}
	p->data = ik_rd_take(body, p->captured);
	if (p->data == NULL) {
		damaged(ng, "a packet that is longer than its block");
		return false;
	}
	p->time = time_of(&ng->interfaces[p->interface], count);
	return true;
}

/* A block that is no packet: noted and used up. */
static void pass_over(struct ik_ng *ng, const struct block *block)
{
	note(ng, block);
	if (!ng->cut && !ik_stream_discard(ng->stream, block->total, ng->least))
		ng->cut = true;
}

bool ik_ng_next(struct ik_ng *ng, struct ik_ng_packet *packet)
{
	struct block block;
	struct ik_rd body;

	while (!ng->cut && ng->problem[0] == '\0' && look(ng, &block) == STEP_BLOCK) {
		if (block.type == ENHANCED_PACKET || block.type == SIMPLE_PACKET ||
		    block.type == PACKET) {
			if (block.total > BLOCK_MAX) {
				damaged(ng, "a packet of %u octets", block.total);
				return false;
			}
			body = body_of(ng, &block);
			if (body.bad || !packet_of(ng, block.type, &body, packet))
				return false;
			ik_stream_skip(ng->stream, block.total);
			return true;
		}
		pass_over(ng, &block);
		if (is_other_frame(block.type) && !ng->cut) {
			*packet = (struct ik_ng_packet){0};
			return true;
		}
	}
	return false;
}

int64_t ik_ng_dropped(const struct ik_ng *ng)
{
	uint64_t dropped = ng->dropped_before;

	for (uint32_t i = 0; i < ng->n_interfaces; i++)
		dropped += ng->interfaces[i].dropped_by_interface +
		           ng->interfaces[i].dropped_by_system;
	return ng->saw_drops && dropped <= INT64_MAX ? (int64_t)dropped : -1;
}
