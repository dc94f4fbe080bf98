/*
 * One message, decoded and judged and written.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <stdlib.h>

#include "output/dissect.h"

void ik_hand_free(struct ik_hand *h)
{
	free(h->page.cache);
	ik_hashers_free(&h->hashers);
	ik_decoded_free(&h->outer);
	ik_decoded_free(&h->inner);
}

/* The message inside fragments belongs to the IKE SA of their header, or to one nobody knows. */
static uint16_t group_of(const struct ik_dissected *m, const struct ik_msg *outer,
                         const struct ik_msg *msg)
{
	return msg->major == outer->major && msg->spi_i == outer->spi_i &&
	                       msg->spi_r == outer->spi_r
	               ? m->group
	               : 0;
}

/* What the decoder alone cannot say of a message. */
static void judge(struct ik_hand *h, struct ik_decoded *one, const struct ik_dissected *m,
                  const uint8_t *octets)
{
	ik_msg_check(&one->msg, octets, &one->fields, group_of(m, &h->outer.msg, &one->msg));
	ik_decode_nat(one, m, &h->hashers);
}

int ik_hand_write(struct ik_hand *h, const struct ik_dissected *m)
{
	const struct ikescope_dissect_options *o = h->page.options;
	const struct ik_decoded *inner = m->joined != NULL ? &h->inner : NULL;

	if (inner != NULL && !ik_decode_joined(&h->inner, m, (unsigned)o->limits.payloads))
		return IKESCOPE_ERR_MEMORY;
	if (!ik_dissect_wanted(o, m, &h->outer, inner))
		return 0;
	ik_decode_split(&h->outer, m);
	if (!ik_decode_x509(&h->outer, m->octets, m->time) ||
	    (inner != NULL && !ik_decode_x509(&h->inner, m->joined, m->time)))
		return IKESCOPE_ERR_MEMORY;
	judge(h, &h->outer, m, m->octets);
	if (inner != NULL)
		judge(h, &h->inner, m, m->joined);
	if (h->hashers.failed)
		return IKESCOPE_ERR_MEMORY;
	h->page.shown++;
	if (!o->json) {
		ik_dissect_text_message(&h->page, m, &h->outer, inner);
		return h->page.text->out.status;
	}
	ik_dissect_json_message(&h->page, m, &h->outer, inner);
	return h->page.out->status;
}

/* ---- copies -------------------------------------------------------------------------------- */

size_t ik_dissected_size(const struct ik_dissected *m)
{
	size_t size = m->n_frames * sizeof(*m->frames) + m->captured;

	size += m->set != NULL ? sizeof(*m->set) : 0;
	size += m->joined != NULL ? m->joined_len : 0;
	return (size + 7) / 8 * 8;
}

static const void *put(uint8_t **at, const void *what, size_t n)
{
	const void *here = *at;

	if (what == NULL)
		return NULL;
	memcpy(*at, what, n);
	*at += n;
	return here;
}

/* What is aligned comes first. */
void ik_dissected_copy(struct ik_dissected *to, const struct ik_dissected *m, uint8_t *space)
{
	*to = *m;
	to->frames = (const uint64_t *)put(&space, m->frames, m->n_frames * sizeof(*m->frames));
	to->set = (const struct ik_mark_set *)put(&space, m->set, sizeof(*m->set));
	to->octets = (const uint8_t *)put(&space, m->octets, m->captured);
	to->joined = (const uint8_t *)put(&space, m->joined, m->joined_len);
}
