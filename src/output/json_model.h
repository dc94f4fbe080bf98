/*
 * Each view of the model as a JSON object, key by key as the output contract has them. A function
 * returns a new reference, or NULL without memory.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef IK_OUTPUT_JSON_MODEL_H
#define IK_OUTPUT_JSON_MODEL_H

#include <jansson.h>

#include "ikescope/model.h"
#include "output/recapture.h"

/* with_findings is false in the document of sessions, whose objects have no key "findings". */
json_t *ik_json_capture(const struct ikescope_capture_view *c, bool with_findings);
json_t *ik_json_negotiation(const struct ikescope_negotiation *n, bool with_findings);
json_t *ik_json_tunnel(const struct ikescope_tunnel *t);
json_t *ik_json_esp(const struct ikescope_esp *e);
json_t *ik_json_findings(const struct ikescope_finding *f, size_t n);
json_t *ik_json_recapture(const struct ik_recaptures *r);
json_t *ik_json_limits(const struct ikescope_totals *t);
json_t *ik_json_not_kept(const struct ikescope_totals *t);

#endif
