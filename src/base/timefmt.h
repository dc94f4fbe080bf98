/*
 * Times as text.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef IK_BASE_TIMEFMT_H
#define IK_BASE_TIMEFMT_H

#include "base/buf.h"
#include "ikescope/types.h"

/* RFC 3339 in UTC with nine digits: 2026-01-31T09:14:23.441000000Z. */
void ik_buf_rfc3339(struct ik_buf *b, ikescope_time t);

/* Seconds with the digits that matter: "0.004", "4.0", "165". Negative values keep their sign. */
void ik_buf_seconds(struct ik_buf *b, ikescope_time duration);

#endif
