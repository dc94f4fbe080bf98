/* SPDX-License-Identifier: Apache-2.0 */
#include "diag/boxes.h"

#include <string.h>

static const struct ik_box_shown *shown_of(const char *slug, unsigned version)
{
	size_t low = 0, high = ik_boxes.n_shown;

	while (low < high) {
		size_t mid = low + (high - low) / 2;
		const struct ik_box_shown *row = &ik_boxes.shown[mid];
		int order = strcmp(row->slug, slug);

		if (order == 0 && row->version == version)
			return row;
		if (order < 0 || (order == 0 && row->version < version))
			low = mid + 1;
		else
			high = mid;
	}
	return NULL;
}

/* Whether nothing that is seen rules a line out. */
static bool fits(const struct ik_box_case *line, const struct ik_box_seen *seen)
{
	if (line->objects == IK_BOX_RESPONDER && seen->initiator_objects)
		return false;
	if (line->objects == IK_BOX_INITIATOR && !seen->initiator_objects)
		return false;
	if (line->notify == IK_BOX_SEALED)
		return seen->notify == 0;
	if (line->notify == 0)
		return true;
	return seen->notify == 0 ? !seen->silent : seen->notify == line->notify;
}

/* Who logs a line: where one side is behind a NAT, each side says something else of it. */
static enum ikescope_role logged_by(const struct ik_box_case *line, enum ikescope_role nat)
{
	if (line->nat == IK_BOX_NAT_ANY || nat == IKESCOPE_ROLE_UNKNOWN)
		return line->says.role;
	return (line->nat == IK_BOX_NAT_HERE) == (nat == IKESCOPE_INITIATOR) ? IKESCOPE_INITIATOR
	                                                                     : IKESCOPE_RESPONDER;
}

size_t ik_box_lines(const char *slug, const struct ik_box_seen *seen, struct ikescope_box_line *out)
{
	const struct ik_box_shown *row = shown_of(slug, seen->version);
	size_t n = 0;

	for (size_t i = 0; row != NULL && i < row->n && n < IK_BOX_LINES; i++) {
		const struct ik_box_case *line = &row->lines[i];

		/* They are in the order of their vendors. */
		if (!fits(line, seen) ||
		    (n >= IK_BOX_OF_VENDOR &&
		     strcmp(out[n - IK_BOX_OF_VENDOR].vendor, line->says.vendor) == 0))
			continue;
		out[n] = line->says;
		out[n++].role = logged_by(line, seen->nat);
	}
	return n;
}

const struct ik_box_notify *ik_box_notify(unsigned version, uint16_t number)
{
	for (size_t i = 0; i < ik_boxes.n_notifies; i++)
		if (ik_boxes.notifies[i].version == version &&
		    ik_boxes.notifies[i].number == number)
			return &ik_boxes.notifies[i];
	return NULL;
}

bool ik_box_names(const char *const *slugs, const char *slug)
{
	for (; *slugs != NULL; slugs++)
		if (strcmp(*slugs, slug) == 0)
			return true;
	return false;
}

const char *ik_box_vendor(const char *vendor)
{
	static const char *const names[][2] = {
	        {"cisco-ios", "Cisco IOS, IOS-XE"},
	        {"cisco-asa", "Cisco ASA"},
	        {"strongswan", "strongSwan"},
	        {"libreswan", "libreswan"},
	};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (strcmp(names[i][0], vendor) == 0)
			return names[i][1];
	return "any box";
}
