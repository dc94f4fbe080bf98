/* SPDX-License-Identifier: Apache-2.0 */
#include "diag/weak.h"

/* Transform ids of RFC 2409 Appendix A and of IANA for IKEv2; RFC 8247 2 and RFC 9395 2 say why. */
enum part { ENCRYPTION_V1, ENCRYPTION_V2, HASH_V1, INTEGRITY_V2, PRF_V2, GROUP, MODE };

/* clang-format off */
static const struct {
	enum part part;
	uint16_t value;
	const char *name;
} rows[] = {
	{ ENCRYPTION_V1, 1,  "DES" },
	{ ENCRYPTION_V2, 2,  "DES" },
	{ ENCRYPTION_V1, 5,  "3DES" },
	{ ENCRYPTION_V2, 3,  "3DES" },
	{ HASH_V1,       1,  "MD5" },
	{ INTEGRITY_V2,  1,  "HMAC-MD5" },
	{ PRF_V2,        1,  "PRF HMAC-MD5" },
	{ GROUP,         1,  "group 1 (768 bits)" },
	{ GROUP,         2,  "group 2 (1024 bits)" },
	{ GROUP,         5,  "group 5 (1536 bits)" },
	{ GROUP,         22, "group 22 (small subgroup)" },
	{ GROUP,         23, "group 23 (small subgroup)" },
	{ GROUP,         24, "group 24 (small subgroup)" },
	{ MODE,          IKESCOPE_MODE_AGGRESSIVE, "aggressive mode with a pre-shared key" },
};
/* clang-format on */
#define ROWS (sizeof(rows) / sizeof(rows[0]))

/* Methods with a key that both ends know: RFC 2409, and the same with XAUTH. */
static bool shared_key(uint16_t method)
{
	return method == 1 || method == 65001 || method == 65002;
}

/* The value that a row is about; 0 where the negotiation has no such part. */
static uint16_t value_of(const struct ik_nego *n, enum part part)
{
	bool v1 = n->version == 1;

	switch (part) {
	case ENCRYPTION_V1: return v1 ? n->suite.encr : 0;
	case ENCRYPTION_V2: return v1 ? 0 : n->suite.encr;
	case HASH_V1: return v1 ? n->suite.prf : 0;
	case INTEGRITY_V2: return v1 ? 0 : n->suite.integ;
	case PRF_V2: return v1 ? 0 : n->suite.prf;
	case GROUP: return n->suite.group;
	case MODE: break;
	}
	return v1 && shared_key(n->suite.auth) ? n->mode : 0;
}

/* What most choose: no row can fit. */
static bool sound(const struct ik_nego *n)
{
	const struct ik_suite *s = &n->suite;

	return s->encr > 5 && s->prf != 1 && s->integ != 1 && s->group >= 14 && s->group <= 21 &&
	       n->mode != IKESCOPE_MODE_AGGRESSIVE;
}

uint32_t ik_weak(const struct ik_nego *n)
{
	uint32_t weak = 0;

	if (!n->suite.known || sound(n))
		return 0;
	for (size_t i = 0; i < ROWS; i++)
		if (value_of(n, rows[i].part) == rows[i].value)
			weak |= UINT32_C(1) << i;
	return weak;
}

void ik_weak_put(struct ik_buf *b, uint32_t weak)
{
	const char *before = "";

	for (size_t i = 0; i < ROWS; i++)
		if ((weak >> i & 1) != 0) {
			ik_buf_printf(b, "%s%s", before, rows[i].name);
			before = ", ";
		}
}

bool ik_weak_aggressive(uint32_t weak)
{
	return (weak >> (ROWS - 1) & 1) != 0;
}
