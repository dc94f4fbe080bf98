/*
 * Bounds-checked reader: a sticky cursor with child windows.
 *
 * Every octet that comes from a capture is read through here. Positions are absolute in buf, so
 * the place of an anomaly needs no arithmetic; pos <= end always holds. Once a read asked for more
 * than there is, bad stays set and every later read yields zero or NULL: test it before a number
 * from the wire is used as a length, a count or an index.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef IK_BASE_RD_H
#define IK_BASE_RD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct ik_rd {
	const uint8_t *buf;
	size_t pos, end;
	bool bad;
};

static inline struct ik_rd ik_rd_make(const void *buf, size_t len)
{
	return (struct ik_rd){.buf = (const uint8_t *)buf, .pos = 0, .end = len, .bad = false};
}

static inline size_t ik_rd_left(const struct ik_rd *r)
{
	return r->end - r->pos;
}

/* The next n octets, or NULL. The comparison is on the side of the subtraction: it cannot wrap. */
static inline const uint8_t *ik_rd_take(struct ik_rd *r, size_t n)
{
	if (r->bad || n > r->end - r->pos) {
		r->bad = true;
		return NULL;
	}
	r->pos += n;
	return r->buf + (r->pos - n);
}

static inline void ik_rd_skip(struct ik_rd *r, size_t n)
{
	(void)ik_rd_take(r, n);
}

/* A child window over the next n octets. The parent has moved past it whatever the child does, so
 * a body that lies about its content cannot derail the walk. Too short: an empty, bad child. */
static inline struct ik_rd ik_rd_sub(struct ik_rd *r, size_t n)
{
	struct ik_rd child = {.buf = r->buf, .pos = r->pos, .end = r->pos, .bad = false};

	if (ik_rd_take(r, n) == NULL)
		child.bad = true;
	else
		child.end = r->pos;
	return child;
}

static inline uint16_t ik_be16(const uint8_t *p)
{
	return (uint16_t)(p[0] << 8 | p[1]);
}

static inline uint32_t ik_be32(const uint8_t *p)
{
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

static inline uint64_t ik_be64(const uint8_t *p)
{
	return (uint64_t)ik_be32(p) << 32 | ik_be32(p + 4);
}

static inline uint8_t ik_rd_u8(struct ik_rd *r)
{
	const uint8_t *p = ik_rd_take(r, 1);

	return p != NULL ? p[0] : 0;
}

static inline uint16_t ik_rd_u16(struct ik_rd *r)
{
	const uint8_t *p = ik_rd_take(r, 2);

	return p != NULL ? ik_be16(p) : 0;
}

static inline uint32_t ik_rd_u32(struct ik_rd *r)
{
	const uint8_t *p = ik_rd_take(r, 4);

	return p != NULL ? ik_be32(p) : 0;
}

static inline uint64_t ik_rd_u64(struct ik_rd *r)
{
	const uint8_t *p = ik_rd_take(r, 8);

	return p != NULL ? ik_be64(p) : 0;
}

#endif
