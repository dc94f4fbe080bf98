/*
 * The public writers: a context's walk in front of the ones that know no context.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "ikescope/writers.h"

#include "output/out.h"

static int walk(void *ctx, const struct ikescope_visitor *visitor, void *user)
{
	return ikescope_walk((struct ikescope *)ctx, visitor, user);
}

int ikescope_write_json(struct ikescope *s, enum ikescope_document document,
                        const struct ikescope_writer *writer, struct ikescope_verdict *verdict)
{
	const struct ik_source source = {.ctx = s, .walk = walk};

	return ik_write_json(&source, document, writer, verdict);
}

int ikescope_write_text(struct ikescope *s, enum ikescope_document document,
                        const struct ikescope_text_options *options,
                        const struct ikescope_writer *writer, struct ikescope_verdict *verdict)
{
	const struct ik_source source = {.ctx = s, .walk = walk};

	return ik_write_text(&source, document, options, writer, verdict);
}
