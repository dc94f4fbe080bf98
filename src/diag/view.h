/*
 * Views: what the public model shows of a case.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef IK_DIAG_VIEW_H
#define IK_DIAG_VIEW_H

#include "diag/case.h"

/* Arrays that the view of one negotiation points into; reused for the next. */
struct ik_view_space {
	struct ikescope_step *steps;
	char *notes;
	size_t cap_steps;
	struct ikescope_child *children;
	size_t cap_children;
	struct ikescope_path paths[IK_NEGO_PATHS];
	char domains[IK_NEGO_PATHS][64];
};
void ik_view_space_free(struct ik_view_space *space);

/* The view of a case, without findings. brief leaves out the steps. False: out of memory. */
bool ik_view_make(struct ik_view_space *space, const struct ik_case *c, bool brief,
                  struct ikescope_negotiation *v);

#endif
