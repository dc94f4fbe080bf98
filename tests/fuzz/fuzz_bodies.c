/*
 * Fuzzing the bodies of payloads: a message with one payload, whose lengths are right.
 *
 * Input: version (1 or else 2), exchange type, flags, payload type, an octet each; the body.
 *
 * What must hold: fields lie in the message and inside their parents, with certificates and names
 * read as well; the JSON of a dissection nests the same way, or its text is clean: which of both is
 * tried the last octet says.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <stdlib.h>
#include <string.h>

#include "fuzz/invariants.h"
#include "ike/decode.h"
#include "output/dissect.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum {
	IP_UDP = 28, /* both headers */
	BODY_MOST = 32768,
	BEFORE = IP_UDP + IK_HDR_LEN + IK_GENERIC_LEN,
	LINKTYPE_IPV4 = 228
};

static void set16(uint8_t *p, size_t value)
{
	p[0] = (uint8_t)(value >> 8);
	p[1] = (uint8_t)value;
}

/* A packet of IPv4 with the message in UDP; *len octets. The caller frees. */
static uint8_t *build(struct input *in, size_t *len)
{
	static const uint8_t ip[] = {0x45, 0, 0,   0, 0, 0, 0,   0, 64, 17,
	                             0,    0, 192, 0, 2, 1, 192, 0, 2,  2};
	unsigned v1 = input_number(in, 1), exchange = input_number(in, 1);
	unsigned flags = input_number(in, 1), type = input_number(in, 1);
	size_t n = BODY_MOST;
	uint8_t *body = input_octets(in, &n), *packet = calloc(BEFORE + n, 1);
	uint8_t *ike = packet + IP_UDP;

	require(packet != NULL, "there is memory");
	memcpy(packet, ip, sizeof(ip));
	set16(packet + 2, BEFORE + n);
	set16(packet + 20, 500);
	set16(packet + 22, 500);
	set16(packet + 24, BEFORE - 20 + n);
	memset(ike, 0xa1, 16);
	ike[16] = (uint8_t)type;
	ike[17] = v1 == 1 ? 0x10 : 0x20;
	ike[18] = (uint8_t)exchange;
	ike[19] = (uint8_t)flags;
	set16(ike + 26, IK_HDR_LEN + IK_GENERIC_LEN + n);
	set16(ike + IK_HDR_LEN + 2, IK_GENERIC_LEN + n);
	memcpy(packet + BEFORE, body, n);
	free(body);
	*len = BEFORE + n;
	return packet;
}

static void decode(const uint8_t *octets, size_t len)
{
	const struct ik_dissected m = {.octets = octets, .captured = len, .length = len};
	struct ik_decoded d = {.cut = 0};
	struct nest nest = {.len = len}, again = {.len = len};

	require(ik_decode_fields(&d, &m, 256), "there is memory for fields");
	for (size_t i = 0; i < d.fields.n; i++)
		nest_field(&nest, &d.fields.row[i]);
	require_message(&d.msg, len);
	require(ik_decode_x509(&d, octets, 0), "there is memory for what is in certificates");
	require(d.fields.n >= nest.fields, "certificates only add fields");
	for (size_t i = 0; i < d.fields.n; i++)
		nest_field(&again, &d.fields.row[i]);
	for (size_t i = 0; i < d.msg.n_anomaly; i++)
		require(ik_anomaly_field(&d, &d.msg.anomaly[i]) < d.fields.n,
		        "an anomaly has a place");
	ik_decoded_free(&d);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input in = {.at = data, .left = size};
	struct ikescope_dissect_options options = {.limits = ikescope_limits_default()};
	struct ikescope_packet packet = {.at = {1, 1}, .link_type = LINKTYPE_IPV4};
	struct document document = {0};
	uint8_t *octets = build(&in, &packet.captured);

	packet.data = octets;
	packet.length = packet.captured;
	decode(octets + IP_UDP, packet.captured - IP_UDP);
	options.json = size == 0 || (data[size - 1] & 1) == 0;
	options.hex = true;
	dissect_packets(&packet, 1, &options, &document);
	if (options.json)
		require_dissection(&document);
	document_free(&document);
	free(octets);
	return 0;
}
