/*
 * The search for an address, four addresses at a time: the compiler has an answer to that on every
 * processor.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "base/sha1_find.h"

#define LANES 4
#define FIND  ik_sha1_find_plain
#include "base/sha1_lanes.h"
