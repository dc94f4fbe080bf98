/*
 * The fields of one message, gathered: the decoder gives them one at a time, the writers want to
 * see what follows, and the encrypted payload falls into parts where the suite of its SA is known.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <stdlib.h>

#include "output/dissect.h"

/* A field that the list has no room for. */
static void gather(void *ctx, const struct ik_field *f)
{
	struct ik_decoded *d = (struct ik_decoded *)ctx;
	struct ik_field_list *list = &d->fields;
	size_t cap = list->cap != 0 ? 2 * list->cap : 256;
	struct ik_field *row;

	if (list->n == list->cap && list->n >= IK_FIELDS_MOST) {
		d->cut++;
		return;
	}
	if (list->n == list->cap) {
		row = (struct ik_field *)realloc(list->row, cap * sizeof(*row));
		if (row == NULL) {
			d->no_memory = true;
			return;
		}
		list->row = row;
		list->cap = cap;
	}
	list->row[list->n++] = *f;
}

static void part(struct ik_decoded *d, const struct ik_field *whole, const char *name, uint32_t at,
                 uint32_t len)
{
	struct ik_field f = *whole;

	f.name = name;
	f.pos = whole->pos + at;
	f.len = len;
	if (len > 0)
		gather(d, &f);
}

/* RFC 7296 3.14: IV, ciphertext with padding, ICV. The encrypted payload is the last of a message,
 * and its body the last field. */
void ik_decode_split(struct ik_decoded *d, const struct ik_dissected *m)
{
	struct ik_field whole;
	uint32_t around = (uint32_t)m->iv + m->icv;

	if (!m->known || d->msg.major != 2 || d->msg.sk_len <= around || d->fields.n == 0)
		return;
	whole = d->fields.row[d->fields.n - 1];
	if (whole.kind != IK_FIELD_OCTETS || whole.len != d->msg.sk_len)
		return;
	d->fields.n--;
	part(d, &whole, "IV", 0, m->iv);
	part(d, &whole, "ciphertext", m->iv, whole.len - around);
	part(d, &whole, "ICV", whole.len - m->icv, m->icv);
}

static bool decode(struct ik_decoded *d, const uint8_t *octets, size_t captured, size_t length,
                   bool snapped, unsigned max_payloads)
{
	const struct ik_field_sink sink = {.ctx = d, .field = gather, .list = &d->fields};

	d->fields.n = 0;
	ik_words_reset(&d->words);
	d->cut = 0;
	d->no_memory = false;
	ik_msg_decode(&d->msg, octets, captured, length, snapped, max_payloads, &sink);
	return !d->no_memory;
}

bool ik_decode_fields(struct ik_decoded *d, const struct ik_dissected *m, unsigned max_payloads)
{
	return decode(d, m->octets, m->captured, m->length, m->snapped, max_payloads);
}

bool ik_decode_joined(struct ik_decoded *d, const struct ik_dissected *m, unsigned max_payloads)
{
	return decode(d, m->joined, m->joined_len, m->joined_len, false, max_payloads);
}

void ik_decoded_free(struct ik_decoded *d)
{
	free(d->fields.row);
	d->fields.row = NULL;
	ik_words_free(&d->words);
}

size_t ik_anomaly_field(const struct ik_decoded *d, const struct ik_anomaly *a)
{
	size_t before = d->fields.n, inside = d->fields.n;

	for (size_t i = 0; i < d->fields.n && d->fields.row[i].pos <= a->offset; i++) {
		before = i;
		if (a->offset - d->fields.row[i].pos < d->fields.row[i].len)
			inside = i;
	}
	return inside < d->fields.n ? inside : before;
}

const char *ik_value_range(const struct ik_field *f)
{
	const struct ik_iana_row *row = ik_iana_find(f->names, (uint32_t)f->value);

	return row != NULL ? row->name : "unassigned";
}
