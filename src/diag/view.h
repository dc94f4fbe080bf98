/*
 * Views: what the public model shows of a case.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef IK_DIAG_VIEW_H
#define IK_DIAG_VIEW_H

#include "base/buf.h"
#include "diag/case.h"

/* Arrays that the view of one negotiation points into; reused for the next. */
struct ik_view_space {
	struct ikescope_step *steps;
	char *notes;
	size_t cap_steps;
	char *carries; /* where details are wanted: for each step */
	struct ikescope_ends *ends;
	size_t cap_carries;
	struct ikescope_copy again[IK_NEGO_COPIES];
	struct ikescope_child *children;
	size_t cap_children;
	struct ikescope_path paths[IK_NEGO_PATHS];
	char domains[IK_NEGO_PATHS][64];
};
void ik_view_space_free(struct ik_view_space *space);

/* How much of a case: without the steps, with them, with what they carry. */
enum ik_view_depth { IK_VIEW_BRIEF, IK_VIEW_WHOLE, IK_VIEW_DETAILED };

/* The view of a case, without findings. False: out of memory. */
bool ik_view_make(struct ik_view_space *space, const struct ik_case *c, enum ik_view_depth depth,
                  struct ikescope_negotiation *v);

/* The notify in clear that decides something: an error, COOKIE, REDIRECT. False: there is none. */
bool ik_view_notify(struct ik_buf *b, const struct ik_nego *n, const struct ik_step *s);

/* "first payload IDi": the first inside the encrypted part, by the short name of the field. */
void ik_view_inner(struct ik_buf *b, uint8_t type);

/* Adds the details to the steps of a view (view_steps.c). False: out of memory. */
bool ik_view_details(struct ik_view_space *space, const struct ik_case *c, size_t n_steps);

#endif
