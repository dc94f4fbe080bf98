/* SPDX-License-Identifier: Apache-2.0 */
#include "session/marks.h"

#include <stdalign.h>
#include <stdlib.h>

#include "base/addr.h"
#include "base/line.h"
#include "session/sa_parts.h"

/* Messages are remembered in rows of so many, found by digest; in a row the oldest makes room. The
 * digests of a row fill a line of the cache: most messages are new, and nothing else is looked at.
 */
#define WAYS      7
#define MARK_SETS 64
#define REPEATED                                                                                   \
	1024 /* messages whose gaps are remembered; one of the same place displaces another */
#define GAPS 16

/* A distinct message: where it came first, and the latest packet that carried it. */
struct known {
	alignas(IK_LINE) uint64_t source; /* a hash of the sender's address */
	uint64_t first, last;             /* ik_place */
	struct ik_sa_seen seen;           /* of last */
	uint32_t length;
};

struct row {
	alignas(IK_LINE) uint64_t digest[WAYS]; /* 0: none */
	uint64_t next;                          /* which makes room */
};

/* The gaps between the copies of a message, from the first one on. */
struct repeated {
	uint64_t digest; /* 0: none */
	uint32_t gap[GAPS], n;
};

struct ik_marks {
	size_t mask;            /* one less than the rows, a power of two */
	void *rows, *all_known; /* as allocated */
	struct row *row;
	struct known *known; /* WAYS for each row */
	struct repeated repeated[REPEATED];
	struct ik_mark_set set[MARK_SETS];
	uint64_t sets;
	struct ik_v1_fragments *fragments;
};

/* NULL, or the first line in it. */
static void *aligned(void *space)
{
	return space != NULL ? (char *)space + (IK_LINE - (uintptr_t)space % IK_LINE) % IK_LINE
	                     : NULL;
}

struct ik_marks *ik_marks_new(size_t messages)
{
	struct ik_marks *m = (struct ik_marks *)calloc(1, sizeof(*m));
	size_t rows = 1;

	if (m == NULL)
		return NULL;
	while (2 * rows * WAYS <= messages)
		rows *= 2;
	m->mask = rows - 1;
	m->rows = calloc(rows + 1, sizeof(*m->row));
	m->all_known = calloc(rows * WAYS + 1, sizeof(*m->known));
	m->row = (struct row *)aligned(m->rows);
	m->known = (struct known *)aligned(m->all_known);
	m->fragments = ik_v1_fragments_new();
	if (m->row != NULL && m->known != NULL && m->fragments != NULL)
		return m;
	ik_marks_free(m);
	return NULL;
}

void ik_marks_free(struct ik_marks *m)
{
	if (m == NULL)
		return;
	ik_v1_fragments_free(m->fragments);
	free(m->rows);
	free(m->all_known);
	free(m);
}

/* ---- copies --------------------------------------------------------------------------------- */

static struct ik_sa_seen seen_of(const struct ik_datagram *dg)
{
	const struct ikescope_packet *p = dg->packet;

	return (struct ik_sa_seen){
	        .time = p->time,
	        .domain = dg->domain,
	        .ip_id = dg->ip_id,
	        .capture = (uint16_t)p->at.capture,
	        .ttl = dg->ttl,
	        .interface = (uint8_t)(p->interface < UINT8_MAX ? p->interface : UINT8_MAX),
	        .has_id = dg->has_ip_id,
	};
}

uint64_t ik_marks_digest(const struct ik_marks *m, const uint8_t *octets, size_t len)
{
	uint64_t digest = ik_digest(octets, len);

	digest += digest == 0;
	ik_fetch_to_write(&m->row[digest & m->mask], 1);
	return digest;
}

/* What is known of a digest, or NULL. */
static struct known *find_known(const struct ik_marks *m, uint64_t digest, uint32_t length)
{
	const struct row *row = &m->row[digest & m->mask];

	for (size_t i = 0; i < WAYS; i++) {
		struct known *k = &m->known[(digest & m->mask) * WAYS + i];

		if (row->digest[i] == digest && k->length == length)
			return k;
	}
	return NULL;
}

void ik_marks_expect(const struct ik_marks *m, uint64_t digest)
{
	const struct row *row = &m->row[digest & m->mask];

	ik_fetch_to_write(&m->known[(digest & m->mask) * WAYS + row->next % WAYS], 1);
}

static void remember(struct ik_marks *m, const struct ik_datagram *dg, uint64_t digest,
                     uint32_t length)
{
	struct row *row = &m->row[digest & m->mask];
	size_t way = row->next++ % WAYS;
	struct known *k = &m->known[(digest & m->mask) * WAYS + way];

	row->digest[way] = digest;
	k->source = ik_addr_hash(&dg->src);
	k->first = k->last = ik_place(dg->packet->at.capture, dg->packet->at.frame);
	k->seen = seen_of(dg);
	k->length = length;
}

/* One more copy, of which the last came at a time. */
static void repeat(struct ik_marks *m, const struct ik_msg *msg, uint64_t digest, bool first,
                   ikescope_time gap, struct ik_mark *mark)
{
	struct repeated *r = &m->repeated[digest % REPEATED];

	if (first)
		*r = (struct repeated){.digest = digest};
	if (r->digest != digest)
		return;
	gap /= IKESCOPE_SECOND / 1000;
	if (r->n == GAPS || gap < 0 || gap > UINT32_MAX) {
		r->digest = 0;
		return;
	}
	r->gap[r->n++] = (uint32_t)gap;
	mark->repeats = ik_guess_by_gaps(msg, r->gap, r->n);
}

/* The same octets from the same sender were sent again; the same packet may come from another one,
 * as before and behind a NAT. */
static void mark_copy(struct ik_marks *m, const struct ik_datagram *dg, const struct ik_msg *msg,
                      uint64_t digest, struct ik_mark *mark)
{
	struct known *k = find_known(m, digest, msg->length);
	struct ik_sa_seen now;

	if (k == NULL) {
		remember(m, dg, digest, msg->length);
		return;
	}
	now = seen_of(dg);
	if (ik_mirrored(&k->seen, &now)) {
		mark->mirror = true;
		mark->same = ik_at(k->last);
	} else if (k->source == ik_addr_hash(&dg->src)) {
		mark->same = ik_at(k->first);
		repeat(m, msg, digest, k->last == k->first, now.time - k->seen.time, mark);
		k->last = ik_place(dg->packet->at.capture, dg->packet->at.frame);
		k->seen = now;
	}
}

/* ---- fragments ------------------------------------------------------------------------------ */

const struct ik_mark_set *ik_marks_set(const struct ik_marks *m, uint64_t serial)
{
	const struct ik_mark_set *s = &m->set[serial % MARK_SETS];

	return serial != 0 && s->serial == serial ? s : NULL;
}

/* The latest set that a fragment belongs to. What is new is no part of a set that is whole. */
static struct ik_mark_set *find_set(struct ik_marks *m, const struct ik_mark_set *like, bool copy)
{
	for (uint64_t i = m->sets; i > 0 && i + MARK_SETS > m->sets; i--) {
		struct ik_mark_set *s = &m->set[i % MARK_SETS];

		if (s->spi_i == like->spi_i && s->spi_r == like->spi_r && s->id == like->id &&
		    s->exchange == like->exchange && s->major == like->major &&
		    s->from_low == like->from_low && (s->major == 1 || s->total == like->total) &&
		    (copy || !s->whole))
			return s;
	}
	return NULL;
}

static struct ik_mark_set *set_of(struct ik_marks *m, const struct ik_datagram *dg,
                                  const struct ik_msg *msg, bool copy)
{
	struct ik_mark_set like = {
	        .spi_i = msg->spi_i,
	        .spi_r = msg->spi_r,
	        .id = msg->major == 1 ? msg->frag_id : msg->mid,
	        .total = msg->frag_total,
	        .major = msg->major,
	        .exchange = msg->exchange,
	        .from_low = ik_from_low(dg),
	        .capture = dg->packet->at.capture,
	};
	struct ik_mark_set *s = find_set(m, &like, copy);

	if (s != NULL)
		return s;
	like.serial = ++m->sets;
	s = &m->set[like.serial % MARK_SETS];
	*s = like;
	return s;
}

static void add(struct ik_mark_set *s, const struct ik_datagram *dg, const struct ik_msg *msg)
{
	uint64_t *frame = &s->frame[msg->frag_number - 1];

	if (msg->major == 1 && msg->frag_total != 0)
		s->total = msg->frag_total;
	if (*frame != 0)
		return;
	*frame = dg->packet->at.frame;
	s->have++;
	s->octets += msg->major == 1 ? msg->frag.len : msg->sk_len;
	if (msg->major != 1 && msg->frag_number == 1)
		s->inner = msg->inner_np;
	if (s->total != 0 && s->have == s->total) {
		s->whole = true;
		s->whole_at = dg->packet->at;
	}
}

static bool is_fragment(const struct ik_msg *msg)
{
	unsigned most = msg->major == 1 ? IK_MARK_FRAGMENTS : msg->frag_total;

	return msg->frag_number != 0 && msg->frag_number <= most &&
	       msg->frag_number <= IK_MARK_FRAGMENTS && msg->frag_total <= IK_MARK_FRAGMENTS;
}

const uint8_t *ik_marks_take(struct ik_marks *m, const struct ik_datagram *dg,
                             const struct ik_msg *msg, const uint8_t *octets, uint64_t digest,
                             struct ik_mark *mark, size_t *len)
{
	struct ik_mark_set *s;
	uint16_t total = 0;

	*mark = (struct ik_mark){.set = 0};
	mark_copy(m, dg, msg, digest, mark);
	if (!is_fragment(msg))
		return NULL;
	s = set_of(m, dg, msg, mark->same.frame != 0);
	mark->set = s->serial;
	if (s->whole)
		return NULL;
	add(s, dg, msg);
	if (msg->major != 1)
		return NULL;
	return ik_v1_fragments_add(m->fragments, msg, octets, s->from_low, len, &total);
}

bool ik_marks_failed(const struct ik_marks *m)
{
	return ik_v1_fragments_failed(m->fragments);
}
