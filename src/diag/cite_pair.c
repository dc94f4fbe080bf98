/*
 * Evidence in the other negotiations of a pair.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "base/addr.h"
#include "base/timefmt.h"
#include "diag/cites.h"

bool ik_cite_half_open(const struct ik_case *c, struct ik_cited *out, struct ik_buf *b)
{
	int64_t count = c->fact[IK_F_HALF_OPEN];

	if (count <= 0)
		return false;
	for (size_t i = (size_t)(c->brief - c->pair->briefs); i-- > 0 && count-- > 0;)
		ik_cited_frame(out, c->pair->briefs[i].first);
	ik_buf_printf(b, "%lld attempts of ", (long long)c->fact[IK_F_HALF_OPEN]);
	ik_buf_addr(b, &c->n->i.addr);
	ik_buf_puts(b, " in the half minute before were answered and not completed");
	return true;
}

bool ik_cite_late(const struct ik_case *c, struct ik_cited *out, struct ik_buf *b)
{
	const struct ik_brief *next = ik_brief_retry(c->pair, c->brief);

	if (next == NULL)
		return false;
	ik_cited_frame(out, next->first);
	ik_buf_puts(b, "the answer came ");
	ik_buf_seconds(b, c->brief->answer_time - c->brief->first_time);
	ik_buf_printf(b, " s behind the request, negotiation %llu had begun ",
	              (unsigned long long)next->id);
	ik_buf_seconds(b, c->brief->answer_time - next->first_time);
	ik_buf_puts(b, " s before it");
	return true;
}
