/*
 * IKEv1 fragments: each carries a piece of one ISAKMP message, header included, numbered from 1,
 * the last one flagged. A few sets at a time; the oldest is overwritten.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <stdlib.h>

#include "session/tracker.h"

#define SETS    16
#define PIECES  64
#define MESSAGE 65536

struct piece {
	uint8_t *octets;
	size_t len;
};

struct set {
	uint64_t spi_i, spi_r;
	uint16_t id, total, have;
	uint8_t exchange;
	bool open, from_low;
	struct piece piece[PIECES];
	size_t octets;
};

struct ik_v1_fragments {
	struct set set[SETS];
	unsigned next;
	uint8_t *joined;
	bool failed; /* no memory */
};

struct ik_v1_fragments *ik_v1_fragments_new(void)
{
	return (struct ik_v1_fragments *)calloc(1, sizeof(struct ik_v1_fragments));
}

bool ik_v1_fragments_failed(const struct ik_v1_fragments *f)
{
	return f->failed;
}

static void clear(struct set *s)
{
	for (size_t i = 0; i < PIECES; i++) {
		free(s->piece[i].octets);
		s->piece[i] = (struct piece){0};
	}
	s->open = false;
	s->total = s->have = 0;
	s->octets = 0;
}

void ik_v1_fragments_free(struct ik_v1_fragments *f)
{
	if (f == NULL)
		return;
	for (size_t i = 0; i < SETS; i++)
		clear(&f->set[i]);
	free(f->joined);
	free(f);
}

static struct set *find(struct ik_v1_fragments *f, const struct ik_msg *m, bool from_low)
{
	struct set *s;

	for (size_t i = 0; i < SETS; i++) {
		s = &f->set[i];
		if (s->open && s->spi_i == m->spi_i && s->spi_r == m->spi_r &&
		    s->id == m->frag_id && s->exchange == m->exchange && s->from_low == from_low)
			return s;
	}
	s = &f->set[f->next++ % SETS];
	clear(s);
	s->open = true;
	s->spi_i = m->spi_i;
	s->spi_r = m->spi_r;
	s->id = m->frag_id;
	s->exchange = m->exchange;
	s->from_low = from_low;
	return s;
}

static const uint8_t *join(struct ik_v1_fragments *f, struct set *s, size_t *len)
{
	size_t pos = 0;

	if (f->joined == NULL)
		f->joined = (uint8_t *)malloc(MESSAGE);
	if (f->joined == NULL) {
		f->failed = true;
		return NULL;
	}
	for (size_t i = 0; i < s->total; i++) {
		memcpy(f->joined + pos, s->piece[i].octets, s->piece[i].len);
		pos += s->piece[i].len;
	}
	clear(s);
	*len = pos;
	return f->joined;
}

const uint8_t *ik_v1_fragments_add(struct ik_v1_fragments *f, const struct ik_msg *m,
                                   const uint8_t *message, bool from_low, size_t *len,
                                   uint16_t *total)
{
	struct set *s;
	struct piece *p;

	if (m->frag_number == 0 || m->frag_number > PIECES || m->frag.len == 0 ||
	    m->frag_total > PIECES)
		return NULL;
	s = find(f, m, from_low);
	p = &s->piece[m->frag_number - 1];
	if (p->octets != NULL || s->octets + m->frag.len > MESSAGE)
		return NULL;
	p->octets = (uint8_t *)malloc(m->frag.len);
	if (p->octets == NULL) {
		f->failed = true;
		return NULL;
	}
	memcpy(p->octets, message + m->frag.pos, m->frag.len);
	p->len = m->frag.len;
	s->octets += p->len;
	s->have++;
	if (m->frag_total != 0)
		s->total = m->frag_total;
	if (s->total == 0 || s->have < s->total)
		return NULL;
	for (size_t i = 0; i < s->total; i++)
		if (s->piece[i].octets == NULL)
			return NULL;
	*total = s->total;
	return join(f, s, len);
}
