/* SPDX-License-Identifier: Apache-2.0 */
#include "diag/boxes.h"

#include <string.h>

const struct ikescope_box_line *ik_box_lines(const char *slug, unsigned version, size_t *n)
{
	size_t low = 0, high = ik_boxes.n_shown;

	while (low < high) {
		size_t mid = low + (high - low) / 2;
		const struct ik_box_shown *row = &ik_boxes.shown[mid];
		int order = strcmp(row->slug, slug);

		if (order == 0 && row->version == version) {
			*n = row->n;
			return row->lines;
		}
		if (order < 0 || (order == 0 && row->version < version))
			low = mid + 1;
		else
			high = mid;
	}
	*n = 0;
	return NULL;
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
