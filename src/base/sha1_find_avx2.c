/*
 * The search for an address, eight at a time.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "base/sha1_find.h"

#ifdef IK_HAVE_AVX2
#define LANES 8
#define FIND  ik_sha1_find_avx2
#include "base/sha1_lanes.h"
#endif
