/* SPDX-License-Identifier: Apache-2.0 */
#include "output/json_value.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/addr.h"
#include "base/timefmt.h"
#include "ikescope/names.h"
#include "output/out.h"

/* Whether s is printable ASCII, which needs no second look. */
static bool plain(const char *s)
{
	for (; *s != '\0'; s++)
		if (*s < 0x20 || *s > 0x7e)
			return false;
	return true;
}

json_t *ik_json_text(const char *s)
{
	json_t *text;
	size_t cap;
	char *harmless;

	if (s == NULL)
		return json_null();
	if (plain(s))
		return json_string_nocheck(s);
	cap = 4 * strlen(s) + 8; /* every octet as \xNN */
	harmless = malloc(cap);
	if (harmless == NULL)
		return NULL;
	ik_harmless(harmless, cap, s);
	text = json_string(harmless);
	free(harmless);
	return text;
}

json_t *ik_json_lines(const char *s)
{
	size_t cap = 4 * strlen(s) + 8, len = 0;
	char *copy = strdup(s), *harmless = malloc(cap), *line = copy, *end;
	json_t *text = NULL;

	if (copy != NULL && harmless != NULL) {
		for (; (end = strchr(line, '\n')) != NULL; line = end + 1) {
			*end = '\0';
			ik_harmless(harmless + len, cap - len, line);
			len += strlen(harmless + len);
			harmless[len++] = '\n';
		}
		ik_harmless(harmless + len, cap - len, line);
		text = json_string(harmless);
	}
	free(copy);
	free(harmless);
	return text;
}

json_t *ik_json_known(uint64_t number)
{
	return number == 0 ? json_null() : json_integer((json_int_t)number);
}

json_t *ik_json_hex(uint64_t number, int digits)
{
	static const char digit[] = "0123456789abcdef";
	char text[16];

	for (int i = digits; i-- > 0; number >>= 4)
		text[i] = digit[number & 15];
	return json_stringn_nocheck(text, (size_t)digits);
}

json_t *ik_json_tri(enum ikescope_tri v)
{
	return v == IKESCOPE_UNKNOWN ? json_null() : json_boolean(v == IKESCOPE_YES);
}

json_t *ik_json_role(enum ikescope_role v)
{
	return v == IKESCOPE_ROLE_UNKNOWN ? json_null()
	                                  : json_string_nocheck(ikescope_role_name(v));
}

json_t *ik_json_addr(const struct ikescope_addr *a)
{
	char text[64];
	struct ik_buf b = IK_BUF_ON(text);

	if (a->family == 0)
		return json_null();
	ik_buf_addr(&b, a);
	return json_stringn_nocheck(b.data, b.len);
}

json_t *ik_json_time(ikescope_time t)
{
	char text[64];
	struct ik_buf b = IK_BUF_ON(text);

	if (t == IKESCOPE_TIME_NONE)
		return json_null();
	ik_buf_rfc3339(&b, t);
	return json_stringn_nocheck(b.data, b.len);
}

static void drop(json_t **whole)
{
	json_decref(*whole);
	*whole = NULL;
}

void ik_json_append(json_t **array, json_t *value)
{
	if (json_array_append_new(*array, value) != 0)
		drop(array);
}

void ik_json_set(json_t **object, const char *key, json_t *value)
{
	if (json_object_set_new_nocheck(*object, key, value) != 0)
		drop(object);
}
