/*
 * Registries of numbers: names by value, sorted disjoint ranges, generated from tools/iana/.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef IK_IANA_IANA_H
#define IK_IANA_IANA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"

/* One range of values that share a name. For a single value first == last. status is "iana",
 * "reserved", "private", "draft", "unassigned", ... as in the CSV; a row that is not named only
 * gives a state ("private use"), as name and as status. */
struct ik_iana_row {
	uint32_t first, last;
	const char *name;
	const char *reference;
	const char *status;
	bool named;
};

struct ik_registry {
	const char *name;               /* "ikev2/notify-error" */
	const struct ik_iana_row *rows; /* ascending, disjoint */
	size_t n;
	uint64_t named; /* bit v: the row of value v is named, below 64 */
};

/* ik_reg_v1_exchange_types, ik_reg_v2_notify_error, ...: every registry of the CSV files. */
#include "iana/registries.h"

/* The row that holds value, or NULL. */
const struct ik_iana_row *ik_iana_find(const struct ik_registry *reg, uint32_t value);

/* Whether a value has a name: quick below 64. */
static inline bool ik_iana_named(const struct ik_registry *reg, uint32_t value)
{
	const struct ik_iana_row *row;

	if (value < 64)
		return (reg->named >> value & 1) != 0;
	row = ik_iana_find(reg, value);
	return row != NULL && row->named;
}

/* The name of a single assigned value, else NULL (ranges such as "private use" have none). */
const char *ik_iana_name(const struct ik_registry *reg, uint32_t value);

/* Appends the name, or "private use (40960)", "unassigned (77)": never empty. */
void ik_iana_put(struct ik_buf *b, const struct ik_registry *reg, uint32_t value);

/* A notify type by version; v2 joins notify-error and notify-status. */
const char *ik_notify_name(unsigned major, uint16_t type);

/* ---- algorithms: the sizes that keyless arithmetic needs ----------------------------------- */

/* Sizes in octets; 0 where there is none. */
enum ik_key_length { IK_KEY_UNKNOWN, IK_KEY_FORBIDDEN, IK_KEY_OPTIONAL, IK_KEY_REQUIRED };
struct ik_alg_encr {
	uint16_t id;
	const char *name;
	uint8_t salt, iv, block, icv;           /* icv > 0: AEAD */
	enum ik_key_length key_length;          /* whether a Key Length attribute goes with it */
	uint16_t key_least, key_most, key_step; /* sizes of keys in bits */
};
struct ik_alg_size {
	uint16_t id;
	const char *name;
	uint16_t size;   /* integ: ICV; prf and hash: output; ke: public value of the initiator */
	uint16_t size_r; /* ke: public value of the responder */
};
const struct ik_alg_encr *ik_alg_encr_v2(uint16_t id);
const struct ik_alg_encr *ik_alg_encr_v1(uint16_t id); /* phase 1 */
const struct ik_alg_size *ik_alg_integ_v2(uint16_t id);
const struct ik_alg_size *ik_alg_prf_v2(uint16_t id);
const struct ik_alg_size *ik_alg_hash_v1(uint16_t id); /* phase 1 */
const struct ik_alg_size *ik_alg_ke(unsigned major, uint16_t group);

/* ---- vendor ids ----------------------------------------------------------------------------- */

enum ik_vid_class {
	IK_VID_OTHER,
	IK_VID_PRODUCT, /* names an implementation */
	IK_VID_NATT_RFC3947,
	IK_VID_NATT_DRAFT,
	IK_VID_FRAGMENTATION,
	IK_VID_DPD,
	IK_VID_XAUTH,
	IK_VID_UNITY,
	IK_VID_CAPABILITY, /* any other extension */
};

struct ik_vendor {
	const uint8_t *octets;
	uint8_t len;
	bool prefix; /* matches the beginning only */
	enum ik_vid_class kind;
	const char *name;           /* "strongSwan 5.9.8", "RFC 3947 NAT-T" */
	const char *implementation; /* "strongSwan", "Cisco IOS", or NULL */
};

/* The longest match, as row number + 1; 0 where no row matches. */
uint16_t ik_vendor_find(const uint8_t *octets, size_t len);
/* The row of a number that ik_vendor_find() returned; NULL for 0 and beyond the table. */
const struct ik_vendor *ik_vendor_row(uint16_t number);

/* ---- retransmission schedules --------------------------------------------------------------- */

/* How an implementation waits before it sends a message again, as delivered. Whoever configures
 * other timers waits otherwise, and several implementations wait alike: a schedule that fits is
 * consistent with them and proves none. */
struct ik_schedule {
	const char *implementation;
	uint8_t versions;     /* bit 0: IKEv1, bit 1: IKEv2 */
	bool responder;       /* known of what responders send, not of initiators */
	const uint32_t *gaps; /* milliseconds from one copy to the next */
	uint8_t n;
};

#define IK_SCHEDULE_LEAST 3 /* gaps; fewer fit too many */

/* The implementations whose schedule begins with these gaps in milliseconds, each within a tenth or
 * 100 ms; at most so many names. */
size_t ik_schedules_find(unsigned major, bool responder, const uint32_t *gaps, size_t n,
                         const char **names, size_t most);

#endif
