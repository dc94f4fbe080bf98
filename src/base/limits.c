/* SPDX-License-Identifier: Apache-2.0 */
#include "ikescope/limits.h"

#include <string.h>

#define ROW(name, def, least, most, what)                                                          \
	{#name, (def), (least), (most), (what), offsetof(struct ikescope_limits, name)},
const struct ikescope_limit_info ikescope_limit_table[] = {
        IKESCOPE_LIMITS(ROW){NULL, 0, 0, 0, NULL, 0},
};
#undef ROW

struct ikescope_limits ikescope_limits_default(void)
{
#define PRESET(name, def, least, most, what) .name = (def),
	return (struct ikescope_limits){IKESCOPE_LIMITS(PRESET)};
#undef PRESET
}

int ikescope_limits_set(struct ikescope_limits *limits, const char *name, uint64_t value)
{
	for (const struct ikescope_limit_info *row = ikescope_limit_table; row->name != NULL;
	     row++) {
		if (strcmp(row->name, name) != 0)
			continue;
		if (value < row->least || value > row->most)
			return -2;
		memcpy((char *)limits + row->offset, &value, sizeof(value));
		return 0;
	}
	return -1;
}
