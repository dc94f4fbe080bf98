/*
 * What a datagram on the ports of IKE is: IKE, ESP in UDP, a keepalive, or something else.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "ike/decode.h"

#define MARKER_LEN 4 /* non-ESP marker, RFC 3948 2.2 */
#define ESP_LEN    8 /* SPI and sequence number, RFC 4303 2 */

/* A header is told from chance by what it must say: version, exchange type, flags and length make
 * some fifty bits. Where one or two of them are wrong, the first payload must bear witness. */
struct header {
	const uint8_t *p;
	size_t captured, length; /* octets there are, octets on the wire */
	unsigned major;
	bool encrypted; /* IKEv1 E flag */
};

/* IKEv1 types for private use, and IKEv2 types that were assigned later or are for private use, say
 * less than the others: nothing else in the header may then be wrong. */
static bool exchange_known(const struct header *h, bool *unnamed)
{
	uint8_t type = h->p[18];
	const struct ik_registry *types =
	        h->major == 1 ? &ik_reg_v1_exchange_types : &ik_reg_v2_exchange_types;
	bool named = type != 0 && ik_iana_named(types, type);

	*unnamed = h->major == 1 ? type >= 240 : type >= 34 && !named;
	return *unnamed || named;
}

/* No message begins with a payload that is nested in others, or that the version does not have;
 * under the E flag of IKEv1 next payload may be anything that has a name. A header alone has
 * none. */
static bool first_payload_ok(const struct header *h)
{
	uint8_t np = h->p[16];

	if (np == 0)
		return h->length == IK_HDR_LEN || h->encrypted;
	return ik_payload_row(h->major, np) != NULL;
}

/* The generic header of the first payload: reserved bits, a length that fits, and a successor
 * that exists. A message may end within it. */
static bool chain_step_ok(const struct header *h)
{
	const uint8_t *g = h->p + IK_HDR_LEN;
	uint8_t np = h->p[16];

	if (np == 0 || h->encrypted || h->captured < IK_HDR_LEN + 2)
		return false;
	if (h->major == 1 ? g[1] != 0 : (g[1] & 0x7f) != 0)
		return false;
	if (g[0] != 0 && ik_payload_row(h->major, g[0]) == NULL)
		return false;
	if (h->captured < IK_HDR_LEN + IK_GENERIC_LEN)
		return h->captured == h->length;
	return ik_be16(g + 2) >= IK_GENERIC_LEN && ik_be16(g + 2) <= h->length - IK_HDR_LEN;
}

/* What is wrong with a header, leaving aside what would decide at once. */
static unsigned count_faults(const struct header *h, bool snapped)
{
	const uint8_t *p = h->p;
	uint8_t flags = h->major == 1 ? IK_V1_FLAGS : IK_V2_FLAGS, minor = p[17] & 0x0f;
	uint32_t length = ik_be32(p + 24);
	unsigned faults = 0;

	faults += length != h->length && !(snapped && length > h->length);
	faults += (p[19] & ~flags) != 0;
	faults += ik_be64(p) == 0;
	faults += minor > (h->major == 1 ? 1 : 0);
	return faults;
}

static bool is_ike(const uint8_t *p, size_t captured, size_t length, bool snapped, bool strict)
{
	struct header h = {.p = p, .captured = captured, .length = length};
	bool unnamed;
	unsigned faults;

	if (captured < IK_HDR_LEN)
		return false;
	h.major = p[17] >> 4;
	if ((h.major != 1 && h.major != 2) || !exchange_known(&h, &unnamed))
		return false;
	h.encrypted = h.major == 1 && (p[19] & IK_V1_FLAG_E) != 0;
	if (!first_payload_ok(&h))
		return false;
	faults = count_faults(&h, snapped);
	if (faults == 0)
		return true;
	return !strict && !unnamed && faults <= 2 && chain_step_ok(&h);
}

static struct ik_framing classify_marked(const uint8_t *data, size_t captured, size_t length,
                                         bool snapped)
{
	struct ik_framing ike = {.kind = IK_FRAME_IKE, .skip = MARKER_LEN};
	struct ik_framing bare = {.kind = IK_FRAME_IKE, .skip = 0};

	if (length == 1)
		bare.kind =
		        captured == 1 && data[0] == 0xff ? IK_FRAME_KEEPALIVE : IK_FRAME_FOREIGN;
	else if (captured < ESP_LEN)
		bare.kind = IK_FRAME_FOREIGN;
	else if (ik_be32(data) != 0)
		bare.kind =
		        is_ike(data, captured, length, snapped, true) ? IK_FRAME_IKE : IK_FRAME_ESP;
	else if (is_ike(data + MARKER_LEN, captured - MARKER_LEN, length - MARKER_LEN, snapped,
	                false))
		return ike;
	else
		bare.kind = IK_FRAME_FOREIGN;
	return bare;
}

struct ik_framing ik_frame_classify(const uint8_t *data, size_t captured, size_t length,
                                    bool marked, bool snapped)
{
	struct ik_framing f = {.kind = IK_FRAME_FOREIGN, .skip = 0};

	if (length < captured)
		length = captured;
	if (marked)
		return classify_marked(data, captured, length, snapped);
	if (is_ike(data, captured, length, snapped, false))
		f.kind = IK_FRAME_IKE;
	return f;
}
