/* Records: keys and flows. SPDX-License-Identifier: Apache-2.0 */
#include "session/record.h"

#include "base/addr.h"
#include "base/rd.h"

enum { HEADS = 8, FAMILIES = 2, TAIL = 12, DOMAIN_LEN = 4, BEHIND_PAIR = 10 };

static uint8_t *put(uint8_t *out, const uint8_t *octets, size_t n)
{
	memcpy(out, octets, n);
	return out + n;
}

static uint8_t *put_number(uint8_t *out, uint64_t value, size_t n)
{
	for (size_t i = n; i-- > 0; value >>= 8)
		out[i] = (uint8_t)value;
	return out + n;
}

/* Nothing stands behind the first four octets of addresses of these families. */
static bool short_key(uint8_t low_family, uint8_t high_family)
{
	return low_family != 6 && high_family != 6;
}

size_t ik_key_put(uint8_t *out, uint32_t domain, const struct ikescope_addr *a,
                  const struct ikescope_addr *b, enum ik_record_kind kind, uint64_t order)
{
	bool swap = ik_addr_cmp(a, b) > 0;
	const struct ikescope_addr *low = swap ? b : a, *high = swap ? a : b;
	uint8_t *p = put(put(out, low->octet, 4), high->octet, 4);

	*p++ = low->family;
	*p++ = high->family;
	if (!short_key(low->family, high->family))
		p = put(put(p, low->octet + 4, TAIL), high->octet + 4, TAIL);
	p = put_number(p, domain, DOMAIN_LEN);
	*p++ = (uint8_t)kind;
	p = put_number(p, order, 8);
	*p++ = 0;
	return (size_t)(p - out);
}

size_t ik_key_len(const uint8_t *record)
{
	return short_key(record[HEADS], record[HEADS + 1]) ? 24 : IK_KEY_MOST;
}

size_t ik_key_pair_len(const uint8_t *record)
{
	return ik_key_len(record) - BEHIND_PAIR;
}

void ik_key_mark(uint8_t *record)
{
	record[ik_key_len(record) - 1] = 1;
}

bool ik_key_marked(const uint8_t *record)
{
	return record[ik_key_len(record) - 1] != 0;
}

enum ik_record_kind ik_key_kind(const uint8_t *record)
{
	return (enum ik_record_kind)record[ik_key_pair_len(record)];
}

struct ik_record_pair ik_key_pair(const uint8_t *record)
{
	struct ik_record_pair pair = {
	        .domain = ik_be32(record + ik_key_pair_len(record) - DOMAIN_LEN)};

	pair.low.family = record[HEADS];
	pair.high.family = record[HEADS + 1];
	memcpy(pair.low.octet, record, 4);
	memcpy(pair.high.octet, record + 4, 4);
	if (ik_key_len(record) == IK_KEY_MOST) {
		memcpy(pair.low.octet + 4, record + HEADS + FAMILIES, TAIL);
		memcpy(pair.high.octet + 4, record + HEADS + FAMILIES + TAIL, TAIL);
	}
	return pair;
}

/* ---- flows ---------------------------------------------------------------------------------- */

/* What is unusual about a flow is most of it, and of most flows it is left out. */
#define USUAL offsetof(struct ik_esp_flow, odd)

size_t ik_flow_put(uint8_t *out, const struct ik_esp_flow *flow)
{
	size_t len = flow->unusual ? sizeof(*flow) : USUAL;

	memcpy(out, flow, len);
	return len;
}

void ik_flow_get(struct ik_esp_flow *flow, const uint8_t *in)
{
	memcpy(flow, in, USUAL);
	if (flow->unusual)
		memcpy(&flow->odd, in + USUAL, sizeof(flow->odd));
	else
		flow->odd = (struct ik_esp_odd){0};
}
