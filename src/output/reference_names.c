/*
 * The registries as text: their list, or the names of one.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "base/nearest.h"
#include "iana/iana.h"
#include "output/reference.h"

static size_t named(const struct ik_registry *reg)
{
	size_t n = 0;

	for (size_t i = 0; i < reg->n; i++)
		n += reg->rows[i].named;
	return n;
}

/* "ikev2/notify-error   34 names" */
static void in_list(struct ik_text *t, const struct ik_registry *reg)
{
	ik_text_cell(t, 0, 38, reg->name);
	ik_text_printf(t, "%zu names", named(reg));
	ik_text_end(t);
}

/* "  14           NO_PROPOSAL_CHOSEN (RFC 7296)" */
static void row(struct ik_text *t, const struct ik_iana_row *r)
{
	char value[32];
	struct ik_buf b = IK_BUF_ON(value);

	ik_buf_printf(&b, "%lu", (unsigned long)r->first);
	if (r->last != r->first)
		ik_buf_printf(&b, "-%lu", (unsigned long)r->last);
	ik_text_cell(t, 2, 13, value);
	ik_text_puts(t, r->name);
	if (r->reference[0] != '\0')
		ik_text_printf(t, " (%s)", r->reference);
	ik_text_end(t);
}

static void whole(struct ik_text *t, const struct ik_registry *reg)
{
	ik_text_style(t, IK_BOLD);
	ik_text_line(t, 0, reg->name);
	ik_text_style(t, IK_PLAIN);
	for (size_t i = 0; i < reg->n; i++)
		row(t, &reg->rows[i]);
	ik_text_blank(t);
}

/* Whether a registry is asked for: by its name, or by a part of it where no name is the whole. */
static bool asked(const struct ik_registry *reg, const char *word, bool exact)
{
	return exact ? strcmp(reg->name, word) == 0 : strstr(reg->name, word) != NULL;
}

static bool any(const char *word, bool exact, struct ik_nearest *near)
{
	bool found = false;

	for (size_t i = 0; ik_registries[i] != NULL; i++) {
		found |= asked(ik_registries[i], word, exact);
		ik_nearest_try(near, ik_registries[i]->name);
	}
	return found;
}

int ikescope_write_names(const char *registry, const struct ikescope_text_options *options,
                         const struct ikescope_writer *writer, struct ikescope_unknown *unknown)
{
	struct ik_nearest near = ik_nearest_to(registry != NULL ? registry : "");
	bool exact = registry != NULL && any(registry, true, &near);
	struct ik_text *t;

	*unknown = (struct ikescope_unknown){NULL, NULL};
	if (registry != NULL && !exact && (registry[0] == '\0' || !any(registry, false, &near))) {
		*unknown = (struct ikescope_unknown){registry, near.name};
		return 0;
	}
	t = ik_text_open(options, writer);
	if (t == NULL)
		return IKESCOPE_ERR_MEMORY;
	for (size_t i = 0; ik_registries[i] != NULL; i++) {
		if (registry == NULL)
			in_list(t, ik_registries[i]);
		else if (asked(ik_registries[i], registry, exact))
			whole(t, ik_registries[i]);
	}
	return ik_text_close(t, 0);
}
