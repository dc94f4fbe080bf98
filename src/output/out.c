/* SPDX-License-Identifier: Apache-2.0 */
#include "output/out.h"

#include <stdlib.h>

#include "base/buf.h"

/* One more block behind those that are there. */
static bool block_next(struct ik_blocks *b)
{
	if (b->n == b->cap) {
		struct ik_block *row =
		        (struct ik_block *)realloc(b->row, (b->cap + 1) * sizeof(*row));

		if (row == NULL)
			return false;
		b->row = row;
		row[b->cap].octets = (char *)malloc(IK_OUT_BLOCK);
		if (row[b->cap].octets == NULL)
			return false;
		b->cap++;
	}
	b->row[b->n++].len = 0;
	return true;
}

bool ik_out_keep(struct ik_out *o, struct ik_blocks *kept)
{
	*o = (struct ik_out){.kept = kept};
	kept->n = 0;
	if (!block_next(kept))
		return false;
	o->block = kept->row[0].octets;
	return true;
}

void ik_out_kept(struct ik_out *o)
{
	o->kept->row[o->kept->n - 1].len = o->len;
}

void ik_blocks_shrink(struct ik_blocks *b, size_t n)
{
	b->n = 0;
	while (b->cap > n)
		free(b->row[--b->cap].octets);
}

void ik_blocks_free(struct ik_blocks *b)
{
	ik_blocks_shrink(b, 0);
	free(b->row);
}

/* Goes on in a new block; without memory what follows is dropped. */
static void keep(struct ik_out *o)
{
	ik_out_kept(o);
	if (o->status == 0 && block_next(o->kept))
		o->block = o->kept->row[o->kept->n - 1].octets;
	else
		o->status = IKESCOPE_ERR_MEMORY;
	o->len = 0;
}

int ik_out_flush(struct ik_out *o)
{
	if (o->kept != NULL) {
		keep(o);
		return o->status;
	}
	if (o->status == 0 && o->len > 0)
		o->status = o->writer->write(o->writer->ctx, o->block, o->len);
	o->len = 0;
	return o->status;
}

void ik_out_spill(struct ik_out *o, const char *s, size_t n)
{
	while (n > 0) {
		size_t room = IK_OUT_BLOCK - o->len, part = n < room ? n : room;

		memcpy(o->block + o->len, s, part);
		o->len += part;
		s += part;
		n -= part;
		if (o->len == IK_OUT_BLOCK)
			ik_out_flush(o);
	}
}

void ik_out_fill(struct ik_out *o, char c, size_t n)
{
	char run[64];

	memset(run, c, sizeof(run));
	for (; n > sizeof(run); n -= sizeof(run))
		ik_out_putn(o, run, sizeof(run));
	ik_out_putn(o, run, n);
}

void ik_verdict_take(struct ikescope_verdict *verdict, const struct ikescope_totals *totals)
{
	if (verdict == NULL)
		return;
	if (totals->failures > verdict->failures)
		verdict->failures = totals->failures;
	verdict->lost_answered |= totals->lost_answered;
}

/* Octets from p on that belong together: one UTF-8 sequence as its first octet announces it, but
 * never more than there are. */
static size_t sequence(const char *p)
{
	uint8_t first = (uint8_t)*p;
	size_t want = first < 0xc0 ? 1 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4, have = 1;

	while (have < want && ((uint8_t)p[have] & 0xc0) == 0x80)
		have++;
	return have;
}

/* Plain characters in front, copied: most texts are nothing else. */
static size_t plain(char *out, size_t most, const char *s)
{
	size_t n = 0;

	while (n < most && s[n] >= ' ' && s[n] <= '~' && s[n] != '\\') {
		out[n] = s[n];
		n++;
	}
	return n;
}

size_t ik_harmless(char *out, size_t cap, const char *s)
{
	struct ik_buf b = ik_buf_on(out, cap);
	size_t taken = plain(out, cap - 1, s);

	b.len = taken;
	out[taken] = '\0';
	while (s[taken] != '\0') {
		size_t n = sequence(s + taken), before = b.len;

		if (s[taken] == '\\')
			ik_buf_putc(&b, '\\');
		else
			ik_buf_escape(&b, (const uint8_t *)s + taken, n);
		if (b.cut) {
			out[before] = '\0';
			break;
		}
		taken += n;
	}
	return taken;
}
