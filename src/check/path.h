/*
 * Where assertions look in a document: "negotiations[0].stalled_at.message".
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef IK_CHECK_PATH_H
#define IK_CHECK_PATH_H

#include <jansson.h>
#include <stdbool.h>

/* Whether text is a path: keys joined by ".", each followed by indexes in brackets. */
bool ik_path_valid(const char *path);

/* The value at a path, a new reference; NULL where there is none. Besides the members that stand in
 * the document an array has ".length", and an object with findings ".slugs", those of all of them,
 * sorted, and ".failures", those of severity failure. */
json_t *ik_path_value(json_t *document, const char *path);

/* Several places at once, as a slice: "negotiations[1:9:2]" is 1, 3, 5, 7. */
struct ik_slice {
	char array[32];
	size_t from, to, by; /* by 0: no slice, the place itself */
};

/* Takes a place apart: "document", "captures[0]", "negotiations[1:9:2]". False: it is none. */
bool ik_place_read(const char *place, struct ik_slice *slice);

#endif
