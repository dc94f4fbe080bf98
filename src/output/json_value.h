/*
 * Single JSON values: unknown becomes null, text is valid UTF-8 whatever it was.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef IK_OUTPUT_JSON_VALUE_H
#define IK_OUTPUT_JSON_VALUE_H

#include <jansson.h>

#include "ikescope/model.h"

/* New references, NULL without memory. */
json_t *ik_json_text(const char *s);                 /* NULL: null */
json_t *ik_json_lines(const char *s);                /* with its line ends */
json_t *ik_json_known(uint64_t number);              /* 0: null (ids, ports, frames, captures) */
json_t *ik_json_hex(uint64_t number, int digits);    /* zero-padded, lower case */
json_t *ik_json_tri(enum ikescope_tri v);            /* unknown: null */
json_t *ik_json_role(enum ikescope_role v);          /* unknown: null */
json_t *ik_json_addr(const struct ikescope_addr *a); /* family 0: null */
json_t *ik_json_time(ikescope_time t);               /* none: null, else RFC 3339 */

/* Adds a new reference to *array or *object and takes it over. Where either is NULL or memory
 * ends, the whole is dropped and becomes NULL, so that one test at the end is enough. */
void ik_json_append(json_t **array, json_t *value);
void ik_json_set(json_t **object, const char *key, json_t *value);

#endif
