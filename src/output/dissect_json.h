/*
 * How JSON is laid down by hand, for what passes here by the million: room is asked for once, and
 * what is written into it is copied in parts of constant length. Names come from tables of this
 * library: a field is put together once, but for its place, and found again by what it is made of.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef IK_OUTPUT_DISSECT_JSON_H
#define IK_OUTPUT_DISSECT_JSON_H

#include "base/addr.h"
#include "output/dissect.h"

/* Room for one field or one part of an envelope, longer texts and octets apart. */
#define IK_JSON_ROOM      2048
#define IK_JSON_NAME      256 /* the longest name of a table */
#define IK_JSON_PIECE     112
#define IK_JSON_ADDRS     1024
#define IK_JSON_SLOT_BITS 12

/* Part of a field, and what it is made of: the name of the field, the registry or the text that has
 * a name for value, the length. n 0: none yet. */
struct ik_json_piece {
	const char *name;
	const void *of;
	uint64_t value;
	uint32_t len, n;
	char piece[IK_JSON_PIECE];
};

/* An address as text in quotes: the same ones come again and again. */
struct ik_json_addr {
	struct ikescope_addr addr;
	uint8_t len; /* 0: none yet */
	char text[48];
};

struct ik_json_cache {
	char digits[1000][4]; /* three characters from the first digit on, and how many count */
	struct ik_json_piece piece[1 << IK_JSON_SLOT_BITS];
	struct ik_json_addr addr[IK_JSON_ADDRS];
	int64_t second; /* since 1970, that stamp belongs to */
	char stamp[40]; /* "2026-01-31T09:14:23." */
	size_t stamp_len;
};

/* Appends a literal; p is the end of what was written, and its value the new end. */
#define IK_PUT(p, text) ((p) = ik_lay(p, text, sizeof(text) - 1))

static inline char *ik_lay(char *p, const char *s, size_t n)
{
	memcpy(p, s, n);
	return p + n;
}

/* Of 1000 and more. */
char *ik_lay_large(char *p, uint64_t v);

static inline char *ik_lay_number(const struct ik_json_cache *c, char *p, uint64_t v)
{
	if (v >= 1000)
		return ik_lay_large(p, v);
	memcpy(p, c->digits[v], 4);
	return p + c->digits[v][3];
}

/* Two characters for each octet; up to six more are written behind them. */
char *ik_lay_hex(char *restrict p, const uint8_t *restrict octets, size_t n);

/* A name of a table in quotes, or null. */
char *ik_lay_name(char *p, const char *name);

char *ik_lay_addr(struct ik_json_cache *c, char *p, const struct ikescope_addr *a);

/* RFC 3339, in quotes. */
char *ik_lay_time(struct ik_json_cache *c, char *p, ikescope_time t);

/* Where a message lies: its octets, and its place in the frame. */
struct ik_json_place {
	const uint8_t *octets;
	size_t offset;
	bool placed;
};

/* A string of the caller, or null. */
void ik_json_string(struct ik_out *o, const char *s);

/* ,"fields":[...],"payload_types":[...]; the latter where there is a header */
void ik_json_fields(struct ik_out *o, struct ik_json_cache *c, const struct ik_decoded *d,
                    const uint8_t *octets);

/* ,"anomalies":[...] */
void ik_json_anomalies(struct ik_out *o, const struct ik_json_cache *c, const struct ik_msg *m,
                       const struct ik_json_place *at);

#endif
