/* SPDX-License-Identifier: Apache-2.0 */
#include "output/kinds.h"

#include <string.h>

#include "base/buf.h"
#include "output/text_tally.h"

static bool same_kind(const struct ik_kind *a, const struct ik_kind *b)
{
	return a->ike_version == b->ike_version && a->mode == b->mode && a->outcome == b->outcome &&
	       strcmp(a->stop, b->stop) == 0 && strcmp(a->cause, b->cause) == 0;
}

void ik_kinds_add(struct ik_kinds *kinds, const struct ikescope_negotiation *n)
{
	struct ik_kind k = {
	        .ike_version = n->ike_version, .mode = n->mode, .outcome = n->outcome, .id = n->id};
	const struct ikescope_finding *f = ik_first_failure(n->findings, n->n_findings);
	struct ik_buf cause = IK_BUF_ON(k.cause);

	ik_stop_text(k.stop, sizeof(k.stop), n);
	ik_buf_puts(&cause, f != NULL ? f->slug : "");
	for (size_t i = 0; i < kinds->n; i++)
		if (same_kind(&kinds->kind[i], &k)) {
			if (n->id < kinds->kind[i].id)
				kinds->kind[i].id = n->id;
			return;
		}
	if (kinds->n < IK_KINDS)
		kinds->kind[kinds->n++] = k;
	else
		kinds->others++;
}

bool ik_kinds_has(const struct ik_kinds *kinds, uint64_t id)
{
	for (size_t i = 0; i < kinds->n; i++)
		if (kinds->kind[i].id == id)
			return true;
	return false;
}
