/*
 * The words of the contract for the values of model.h, and the program's version.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef IKESCOPE_NAMES_H
#define IKESCOPE_NAMES_H

#include <ikescope/model.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Static strings, never NULL: "main", "stalled", "not-reached", "likely", ... */
const char *ikescope_mode_name(enum ikescope_mode v);
const char *ikescope_transport_name(enum ikescope_transport v);
const char *ikescope_started_by_name(enum ikescope_started_by v);
const char *ikescope_outcome_name(enum ikescope_outcome v);
const char *ikescope_at_end_name(enum ikescope_at_end v);
const char *ikescope_phase_name(enum ikescope_phase v);
const char *ikescope_role_name(enum ikescope_role v);
const char *ikescope_stall_kind_name(enum ikescope_stall_kind v);
const char *ikescope_severity_name(enum ikescope_severity v);
const char *ikescope_claim_name(enum ikescope_claim v);
const char *ikescope_encapsulation_name(enum ikescope_encapsulation v);
const char *ikescope_recapture_side_name(enum ikescope_recapture_side v);

/* "0.1.0" */
const char *ikescope_version(void);

#ifdef __cplusplus
}
#endif

#endif
