/*
 * Fuzzing the reassembly of IKE fragments: those of IKEv1 join to a message, those of IKEv2 (SKF)
 * are counted until a set is whole.
 *
 * Input: fragments, of an octet each for version, direction and flags; message or fragment id;
 * number; total (SKF) or whether it is the last (IKEv1); the number of its octets; and the octets.
 *
 * What must hold: a joined message is the first copy of each of its fragments, one behind the
 * other; the dissection takes every order and every lie without an error, and for one input of a
 * few so does the analysis; both say the same twice.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "fuzz/invariants.h"
#include "fuzz/told.h"
#include "ike/decode.h"
#include "session/tracker.h"
#include "support/pipeline.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum {
	IP_UDP = 28,
	FRAGMENTS = 80,
	PIECES = 64, /* of one message that are kept */
	FIXED = 4,   /* of a fragment: both versions have four octets before its body */
	BEFORE = IP_UDP + IK_HDR_LEN + IK_GENERIC_LEN + FIXED,
	LINKTYPE_IPV4 = 228,
	V1 = 1,       /* bits of the first octet of a fragment: IKEv1, */
	RESPONSE = 2, /* from the responder, */
	OTHER_SA = 4, /* of another SA, */
	LATE = 8      /* half a minute later */
};

struct packets {
	struct ikescope_packet row[FRAGMENTS];
	uint8_t *octets[FRAGMENTS];
	size_t n;
};

static void set16(uint8_t *p, size_t value)
{
	p[0] = (uint8_t)(value >> 8);
	p[1] = (uint8_t)value;
}

/* RFC 7383 2.5: total and number behind the generic header; IKEv1: id, number and flags. */
static void set_ike(uint8_t *ike, unsigned how, unsigned id, unsigned number, unsigned total)
{
	bool v1 = (how & V1) != 0;
	uint8_t *fixed = ike + IK_HDR_LEN + IK_GENERIC_LEN;

	memset(ike, (how & OTHER_SA) != 0 ? 0xa2 : 0xa1, 8);
	memset(ike + 8, 0xb1, 8);
	ike[16] = v1 ? 132 : 53;
	ike[17] = v1 ? 0x10 : 0x20;
	ike[18] = v1 ? 2 : 35;
	ike[19] = v1 ? 0 : (how & RESPONSE) != 0 ? 0x20 : 0x08;
	if (v1) {
		set16(fixed, id);
		fixed[2] = (uint8_t)number;
		fixed[3] = (uint8_t)(total & 1);
	} else {
		ike[23] = (uint8_t)id;
		ike[IK_HDR_LEN] = number == 1 ? 39 : 0;
		set16(fixed, number);
		set16(fixed + 2, total);
	}
}

static void add(struct packets *p, struct input *in)
{
	static const uint8_t ip[] = {0x45, 0, 0,   0, 0, 0, 0,   0, 64, 17,
	                             0,    0, 192, 0, 2, 1, 192, 0, 2,  2};
	unsigned how = input_number(in, 1), id = input_number(in, 1);
	unsigned number = input_number(in, 1), total = input_number(in, 1);
	size_t n = input_number(in, 1);
	uint8_t *body = input_octets(in, &n), *octets = calloc(BEFORE + n, 1);
	struct ikescope_packet *row = &p->row[p->n];

	require(octets != NULL, "there is memory");
	memcpy(octets, ip, sizeof(ip));
	if ((how & RESPONSE) != 0) {
		octets[15] = 2;
		octets[19] = 1;
	}
	set16(octets + 2, BEFORE + n);
	set16(octets + 20, 500);
	set16(octets + 22, 500);
	set16(octets + 24, BEFORE - 20 + n);
	set_ike(octets + IP_UDP, how, id, number, total);
	set16(octets + IP_UDP + 26, BEFORE - IP_UDP + n);
	set16(octets + IP_UDP + IK_HDR_LEN + 2, IK_GENERIC_LEN + FIXED + n);
	memcpy(octets + BEFORE, body, n);
	free(body);
	*row = (struct ikescope_packet){.at = {1, p->n + 1}, .link_type = LINKTYPE_IPV4};
	row->time = (p->n > 0 ? p->row[p->n - 1].time : 0) +
	            ((how & LATE) != 0 ? 30 : 0) * IKESCOPE_SECOND;
	row->data = p->octets[p->n] = octets;
	row->captured = row->length = BEFORE + n;
	p->n++;
}

/* ---- the model of IKEv1 reassembly: what the first copy of each fragment said --------------- */

struct model {
	const uint8_t *piece[PIECES];
	size_t len[PIECES];
};

static void require_joined(const struct model *m, const uint8_t *joined, size_t len, unsigned total)
{
	size_t at = 0;

	require(total >= 1 && total <= PIECES, "a message has fragments");
	for (unsigned i = 0; i < total; i++) {
		require(m->piece[i] != NULL && m->len[i] <= len - at,
		        "each fragment of a message came");
		require(memcmp(joined + at, m->piece[i], m->len[i]) == 0,
		        "fragments are joined in order");
		at += m->len[i];
	}
	require(at == len, "nothing else is in a message");
}

/* One set, one id: the fragments of IKEv1 whose SA and id are those of the first. */
static void join(const struct packets *p)
{
	struct ik_v1_fragments *f = ik_v1_fragments_new();
	struct model model = {.len = {0}};
	uint16_t id = 0;
	bool any = false;

	require(f != NULL, "there is memory");
	for (size_t i = 0; i < p->n; i++) {
		const uint8_t *ike = p->row[i].data + IP_UDP, *joined;
		size_t ike_len = p->row[i].captured - IP_UDP, len = 0;
		uint16_t total = 0;
		struct ik_msg m;

		memset(&m, 0, sizeof(m));
		ik_msg_decode(&m, ike, ike_len, ike_len, false, 256, NULL);
		if (m.major != 1 || m.spi_i != UINT64_C(0xa1a1a1a1a1a1a1a1) ||
		    (any && m.frag_id != id))
			continue;
		any = true;
		id = m.frag_id;
		if (m.frag_number >= 1 && m.frag_number <= PIECES && m.frag.len > 0 &&
		    model.piece[m.frag_number - 1] == NULL) {
			model.piece[m.frag_number - 1] = ike + m.frag.pos;
			model.len[m.frag_number - 1] = m.frag.len;
		}
		joined = ik_v1_fragments_add(f, &m, ike, true, &len, &total);
		if (joined == NULL)
			continue;
		require_joined(&model, joined, len, total);
		tellf("joined %u fragments, %zu octets\n", total, len);
		memset(&model, 0, sizeof(model));
	}
	ik_v1_fragments_free(f);
}

/* ---- the whole way -------------------------------------------------------------------------- */

static void dissect(struct packets *p)
{
	const struct ikescope_dissect_options options = {.limits = ikescope_limits_default(),
	                                                 .json = true};
	struct document json = {0};

	dissect_packets(p->row, p->n, &options, &json);
	require_dissection(&json);
	document_free(&json);
}

static void analyse(struct packets *p)
{
	struct pl_packets packets = {.row = p->row, .octets = p->octets, .n = p->n};
	struct pl_how how = pl_how_default();
	struct pl_result first, again;
	struct document json, other;

	how.keep = true;
	pl_replay(&packets, &how, &first);
	pl_replay(&packets, &how, &again);
	require(first.analysis == 0 && first.json.code == 0 && first.text.code == 0 &&
	                first.ladder.code == 0 && first.replay.code == 0 &&
	                first.dissection.code == 0,
	        "the analysis ends without an error");
	require(!first.json.unclean && !first.text.unclean && !first.dissection.unclean,
	        "no control character is written");
	json = (struct document){.octets = first.dissection.octets, .len = first.dissection.len};
	other = (struct document){.octets = again.dissection.octets, .len = again.dissection.len};
	require_dissection(&json);
	require_same(&json, &other);
	tell(json.octets, json.len);
	json = (struct document){.octets = first.json.octets, .len = first.json.len};
	other = (struct document){.octets = again.json.octets, .len = again.json.len};
	require_same(&json, &other);
	tell(json.octets, json.len);
	pl_free(&first);
	pl_free(&again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input in = {.at = data, .left = size};
	struct packets p = {.n = 0};

	while (in.left > 0 && p.n < FRAGMENTS)
		add(&p, &in);
	join(&p);
	/* The tables of an analysis cost more than what a few packets do in them. */
	if (told() || ik_digest(data, size) % 64 == 0)
		analyse(&p);
	else
		dissect(&p);
	for (size_t i = 0; i < p.n; i++)
		free(p.octets[i]);
	return 0;
}
