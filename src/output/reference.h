/*
 * What the printed tables have in common.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef IK_OUTPUT_REFERENCE_H
#define IK_OUTPUT_REFERENCE_H

#include "ikescope/reference.h"
#include "output/text.h"

/* Whether a slug is one; else unknown says so, with the nearest. */
bool ik_slug_known(const char *slug, struct ikescope_unknown *unknown);

#endif
