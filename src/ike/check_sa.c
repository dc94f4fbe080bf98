/*
 * SA payloads against the rules: order and number of proposals and transforms, what each protocol
 * needs, keys of ciphers; and the key exchange and nonce that go with them.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "ike/check.h"
#include "ike/decode.h"

#define PROPOSAL1     2 /* the payload of IKEv1 */
#define PROPOSAL_LEN  8
#define TRANSFORM_LEN 8
#define KEY_LENGTH    14 /* of both versions */
#define AF            0x8000
#define IKE_SA_INIT   34
#define NO_KEY        UINT32_MAX /* no Key Length attribute */
#define REMEMBERED    64         /* transforms of a proposal, to find doubles */

enum { ISAKMP = 1, IKE = 1, AH, ESP };
enum { ENCR = 1, PRF, INTEG, KE_METHOD, ESN };
#define BIT(type) (UINT32_C(1) << (type))
#define TYPE_MOST 12                    /* those of groups, and private ones, are not judged */
#define MORE_KE   (UINT32_C(0x7f) << 6) /* RFC 9370 2.2.1 */

/* RFC 7296 3.3.3: what a proposal for a protocol must and may have. */
static const struct need {
	uint8_t protocol;
	uint32_t must, may;
} needs[] = {
        {IKE, BIT(ENCR) | BIT(PRF) | BIT(KE_METHOD), BIT(INTEG) | MORE_KE},
        {AH, BIT(INTEG) | BIT(ESN), BIT(KE_METHOD) | MORE_KE},
        {ESP, BIT(ENCR) | BIT(ESN), BIT(INTEG) | BIT(KE_METHOD) | MORE_KE},
};

struct transform {
	uint8_t type;
	uint16_t id;
	uint32_t bits;      /* of the key, or NO_KEY */
	size_t pos, key_at; /* of the transform; of the Key Length attribute, else the same */
};

/* One SA payload on its way. */
struct sa {
	const struct ik_check *c;
	uint8_t type; /* of the payload */
	bool answer, first_phase;
	/* Of the proposal at hand: ciphers, those of which nothing is known, integrity algorithms.
	 */
	bool aead, plain, strange, separate;
	size_t integ_at;
	uint32_t seen; /* types of transforms, classes of attributes */
	struct transform known[REMEMBERED];
	size_t n_known;
	unsigned proposals, transforms;
	size_t second;              /* transform of IKEv1 */
	uint16_t prf_size;          /* the largest */
	uint16_t ke_size;           /* of the first group of IKEv1 */
	bool group_fits, group_any; /* the key exchange of the message is of a group of the SA */
};

static void tell(const struct sa *s, enum ik_anomaly_code code, size_t at, uint32_t got,
                 uint32_t expected)
{
	ik_check_anomaly(s->c, code, s->type, at, got, expected);
}

/* RFC 7296 3.3.5, RFC 2409 appendix A. Sizes of ciphers that are not known are not judged. */
static void check_key(const struct sa *s, const struct ik_alg_encr *alg, uint32_t bits, size_t at)
{
	if (alg == NULL || alg->key_length == IK_KEY_UNKNOWN)
		return;
	if (bits == NO_KEY) {
		if (alg->key_length == IK_KEY_REQUIRED)
			tell(s, IK_KEY_LENGTH, at, 0, alg->key_least);
		return;
	}
	if (alg->key_length == IK_KEY_FORBIDDEN)
		tell(s, IK_KEY_LENGTH, at, bits, 0);
	else if (bits < alg->key_least || bits > alg->key_most ||
	         (bits - alg->key_least) % alg->key_step != 0)
		tell(s, IK_KEY_LENGTH, at, bits,
		     bits < alg->key_least ? alg->key_least : alg->key_most);
}

/* ---- IKEv2 ---------------------------------------------------------------------------------- */

static const struct need *need_of(uint8_t protocol)
{
	for (size_t i = 0; i < sizeof(needs) / sizeof(needs[0]); i++)
		if (needs[i].protocol == protocol)
			return &needs[i];
	return NULL;
}

/* Whether a transform is the second of its kind. */
static bool is_double(struct sa *s, const struct transform *t)
{
	for (size_t i = 0; i < s->n_known; i++)
		if (s->known[i].type == t->type && s->known[i].id == t->id &&
		    s->known[i].bits == t->bits)
			return true;
	if (s->n_known < REMEMBERED)
		s->known[s->n_known++] = *t;
	return false;
}

static void take_cipher(struct sa *s, const struct transform *t)
{
	const struct ik_alg_encr *alg = ik_alg_encr_v2(t->id);

	check_key(s, alg, t->bits, t->key_at);
	if (alg == NULL)
		s->strange = true;
	else if (alg->icv > 0)
		s->aead = true;
	else
		s->plain = true;
}

static void take_transform2(struct sa *s, const struct need *need, const struct transform *t)
{
	const struct ik_alg_size *prf = t->type == PRF ? ik_alg_prf_v2(t->id) : NULL;

	if (t->type == ENCR)
		take_cipher(s, t);
	else if (t->bits != NO_KEY && (t->type == PRF || t->type == INTEG))
		tell(s, IK_KEY_LENGTH, t->key_at, t->bits, 0);
	if (t->type == INTEG && t->id != 0 && !s->separate) {
		s->separate = true;
		s->integ_at = t->pos;
	}
	if (prf != NULL && prf->size > s->prf_size)
		s->prf_size = prf->size;
	if (t->type == KE_METHOD) {
		s->group_any = true;
		s->group_fits |= t->id == s->c->msg->ke_group;
	}
	if (need != NULL && t->type <= TYPE_MOST && ((need->must | need->may) >> t->type & 1) == 0)
		tell(s, IK_TRANSFORM_TYPE, t->pos + 4, t->type, 0);
	if (s->answer && t->type < 32 && (s->seen >> t->type & 1) != 0)
		tell(s, IK_NO_CHOICE, t->pos, 2, 1);
	else if (is_double(s, t))
		tell(s, IK_TRANSFORM_TWICE, t->pos, t->id, 0);
	s->seen |= t->type < 32 ? BIT(t->type) : 0;
}

static void find_key(struct transform *t, struct ik_rd r)
{
	while (!r.bad && ik_rd_left(&r) >= 4) {
		size_t pos = r.pos;
		uint16_t type = ik_rd_u16(&r), value = ik_rd_u16(&r);

		if (type == (KEY_LENGTH | AF)) {
			t->bits = value;
			t->key_at = pos;
			return;
		}
		if ((type & AF) == 0)
			ik_rd_skip(&r, value);
	}
}

/* What the whole of a proposal has to be. */
static void judge2(const struct sa *s, const struct need *need, size_t at)
{
	uint32_t lacking = need != NULL ? need->must & ~s->seen : 0;

	if (need != NULL && need->protocol == IKE && s->plain && !s->separate)
		lacking |= BIT(INTEG);
	for (unsigned type = 0; lacking >> type != 0; type++)
		if ((lacking >> type & 1) != 0)
			tell(s, IK_TRANSFORM_MISSING, at, 0, type);
	if (s->aead && s->plain)
		tell(s, IK_AEAD_MIXED, at, 2, 1);
	else if (s->aead && s->separate && !s->strange)
		tell(s, IK_AEAD_INTEGRITY, s->integ_at, 1, 0);
}

/* The transforms of one proposal, and the proposal where they are as they should be. */
static void proposal2(struct sa *s, const uint8_t *h, struct ik_rd r, size_t at)
{
	const struct need *need = need_of(h[5]);
	const uint8_t *t;

	if (s->first_phase && h[5] != IKE)
		tell(s, IK_PROPOSAL_PROTOCOL, at + 5, h[5], IKE);
	else if (s->first_phase && h[6] != 0)
		tell(s, IK_SPI_SIZE, at + 6, h[6], 0);
	/* RFC 7296 3.3.1: from one on, and an answer has the number of what it takes. */
	if (!s->answer && h[4] != (uint8_t)s->proposals)
		tell(s, IK_PROPOSAL_NUMBER, at + 4, h[4], (uint8_t)s->proposals);
	ik_rd_skip(&r, h[6]);
	while ((t = ik_rd_take(&r, TRANSFORM_LEN)) != NULL) {
		size_t pos = r.pos - TRANSFORM_LEN, len = ik_be16(t + 2);
		struct transform one = {.type = t[4],
		                        .id = ik_be16(t + 6),
		                        .bits = NO_KEY,
		                        .pos = pos,
		                        .key_at = pos};

		if (len < TRANSFORM_LEN || len - TRANSFORM_LEN > ik_rd_left(&r))
			return;
		find_key(&one, ik_rd_sub(&r, len - TRANSFORM_LEN));
		take_transform2(s, need, &one);
	}
	judge2(s, need, at);
}

/* ---- IKEv1 ---------------------------------------------------------------------------------- */

/* RFC 2409 appendix A: classes that have the short form, and those that phase 1 needs; a group is
 * one that is known or described. */
#define ENCRYPTION 1
#define GROUP      4
#define GROUP_TYPE 5
/* RFC 2409 5.3: here the public value is encrypted. */
#define AUTHENTICATION 3
#define REVISED_RSA    5

static const uint32_t basic =
        BIT(1) | BIT(2) | BIT(3) | BIT(4) | BIT(5) | BIT(11) | BIT(13) | BIT(14) | BIT(15);

static void take_group(struct sa *s, uint16_t group)
{
	const struct ik_alg_size *alg = ik_alg_ke(1, group);

	s->group_any = true;
	s->group_fits |= alg == NULL || alg->size == s->c->msg->ke.len;
	if (alg != NULL && s->ke_size == 0)
		s->ke_size = alg->size;
}

static void transform1(struct sa *s, struct ik_rd r, size_t at)
{
	uint32_t bits = NO_KEY, seen = 0;
	size_t key_at = at;
	uint16_t cipher = 0;

	while (!r.bad && ik_rd_left(&r) >= 4) {
		size_t pos = r.pos;
		uint16_t type = ik_rd_u16(&r), value = ik_rd_u16(&r), class = type & 0x7fff;

		seen |= class < 32 ? BIT(class) : 0;
		if ((type & AF) == 0) {
			if (class < 32 && (basic >> class & 1) != 0)
				tell(s, IK_ATTRIBUTE_FORM, pos, value, 2);
			ik_rd_skip(&r, value);
		} else if (class == KEY_LENGTH) {
			bits = value;
			key_at = pos;
		} else if (class == ENCRYPTION) {
			cipher = value;
		} else if (class == GROUP) {
			take_group(s, value);
		} else if (class == AUTHENTICATION && value == REVISED_RSA) {
			s->group_fits = true;
		}
	}
	for (unsigned class = ENCRYPTION; class <= GROUP; class ++)
		if ((seen >> class & 1) == 0 && (class != GROUP || (seen >> GROUP_TYPE & 1) == 0))
			tell(s, IK_ATTRIBUTE_MISSING, at, 0, class);
	check_key(s, ik_alg_encr_v1(cipher), bits, key_at);
}

static void proposal1(struct sa *s, const uint8_t *h, struct ik_rd r, size_t at)
{
	const uint8_t *t;
	bool first = true;
	uint8_t before = 0;

	if (h[5] != ISAKMP)
		tell(s, IK_PROPOSAL_PROTOCOL, at + 5, h[5], ISAKMP);
	ik_rd_skip(&r, h[6]);
	while (h[5] == ISAKMP && (t = ik_rd_take(&r, TRANSFORM_LEN)) != NULL) {
		size_t pos = r.pos - TRANSFORM_LEN, len = ik_be16(t + 2);

		if (len < TRANSFORM_LEN || len - TRANSFORM_LEN > ik_rd_left(&r))
			return;
		if (++s->transforms == 2)
			s->second = pos;
		if (!first && t[4] <= before)
			tell(s, IK_TRANSFORM_NUMBER, pos + 4, t[4], before + 1U);
		first = false;
		before = t[4];
		if (t[5] != 1) /* KEY_IKE */
			tell(s, IK_TRANSFORM_TYPE, pos + 5, t[5], 1);
		transform1(s, ik_rd_sub(&r, len - TRANSFORM_LEN), pos);
	}
}

/* ---- one SA payload ------------------------------------------------------------------------- */

static void proposals(struct sa *s, struct ik_rd r)
{
	const uint8_t *h;
	size_t second = 0;

	while ((h = ik_rd_take(&r, PROPOSAL_LEN)) != NULL) {
		size_t pos = r.pos - PROPOSAL_LEN, len = ik_be16(h + 2);
		struct ik_rd body;

		if (len < PROPOSAL_LEN || len - PROPOSAL_LEN > ik_rd_left(&r))
			return;
		body = ik_rd_sub(&r, len - PROPOSAL_LEN);
		s->proposals++;
		s->seen = 0;
		s->n_known = 0;
		s->aead = s->plain = s->strange = s->separate = false;
		if (s->c->msg->major == 1)
			proposal1(s, h, body, pos);
		else
			proposal2(s, h, body, pos);
		if (s->proposals == 2)
			second = pos;
	}
	if (s->answer && s->proposals > 1)
		tell(s, IK_NO_CHOICE, second, s->proposals, 1);
	else if (s->answer && s->transforms > 1)
		tell(s, IK_NO_CHOICE, s->second, s->transforms, 1);
	else if (s->c->msg->major == 1 && s->proposals > 1) /* RFC 2409 5, of phase 1 */
		ik_check_anomaly(s->c, IK_PAYLOAD_REPEATED, PROPOSAL1, second, s->proposals, 1);
}

/* RFC 7296 3.4 and 2.10: the public value is of a group that is proposed, the nonce long enough for
 * each function that is. */
static void judge_keys2(const struct sa *s)
{
	const struct ik_msg *m = s->c->msg;

	if (m->ke.len != 0 && s->group_any && !s->group_fits)
		ik_check_anomaly(s->c, IK_KE_GROUP, 34, m->ke.pos - 4, m->ke_group, 0);
	if (m->nonce.len >= 16 && m->nonce.len < s->prf_size / 2U)
		ik_check_anomaly(s->c, IK_NONCE_PRF, 40, m->nonce.pos, m->nonce.len,
		                 s->prf_size / 2U);
}

static void check_sa(const struct ik_check *c, const struct ik_placed *p)
{
	const struct ik_msg *m = c->msg;
	bool one = m->major == 1;
	struct sa s = {.c = c, .type = p->type};
	size_t end = p->pos + (size_t)p->len;
	struct ik_rd r = {.buf = c->octets, .pos = p->pos, .end = end};

	s.answer = one ? m->spi_r != 0 : (m->flags & IK_V2_FLAG_R) != 0;
	s.first_phase = one || m->exchange == IKE_SA_INIT;
	ik_rd_skip(&r, IK_GENERIC_LEN);
	if (one) {
		/* RFC 2407 4.6.1: proposals stand behind the situation that has no labels. */
		uint32_t doi = ik_rd_u32(&r), situation = ik_rd_u32(&r);

		if (r.bad || doi > 1 || situation > 1)
			return;
	}
	proposals(&s, r);
	if (!one)
		judge_keys2(&s);
	else if (m->ke.len != 0 && s.group_any && !s.group_fits)
		ik_check_anomaly(c, IK_KE_LENGTH, 4, m->ke.pos, m->ke.len, s.ke_size);
}

/* The public value of main mode: the group was agreed on two messages before. */
static void check_ke1(const struct ik_check *c)
{
	const struct ik_msg *m = c->msg;
	const struct ik_alg_size *alg = c->group != 0 ? ik_alg_ke(1, c->group) : NULL;

	if (m->ke.len != 0 && m->sa.len == 0 && alg != NULL && m->ke.len != alg->size)
		ik_check_anomaly(c, IK_KE_LENGTH, 4, m->ke.pos, m->ke.len, alg->size);
}

void ik_check_sa(const struct ik_check *c)
{
	const struct ik_msg *m = c->msg;
	uint8_t type = m->major == 1 ? 1 : 33;

	if (!c->whole)
		return;
	if (m->major == 1)
		check_ke1(c);
	for (size_t i = 0; i < c->n; i++)
		if (c->payload[i].type == type) {
			check_sa(c, &c->payload[i]);
			return; /* a second one is too many as it is */
		}
}
