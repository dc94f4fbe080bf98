/*
 * Which implementation may have sent a message: a guess, by what it says of itself, by the order of
 * what it says, and by the gaps at which it repeats itself. Nothing here is proof; no verdict
 * rests on it.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef IK_SESSION_GUESS_H
#define IK_SESSION_GUESS_H

#include <stddef.h>

#include "ike/message.h"

#define IK_GUESS_NAMES 4

enum ik_guess_by { IK_GUESS_VENDOR_IDS, IK_GUESS_ORDER, IK_GUESS_REPETITIONS, IK_GUESS_WAYS };

/* Static texts; n 0: no guess. */
struct ik_guess {
	const char *name[IK_GUESS_NAMES];
	size_t n;
};

/* "vendor-ids", "order", "repetitions" */
extern const char *const ik_guess_by_names[IK_GUESS_WAYS];

/* By the vendor ids of one message, first come first. */
struct ik_guess ik_guess_by_vendor_ids(const struct ik_msg *m);

/* By the order of vendor ids (IKEv1) or notifies (IKEv2) of a first message or its answer, where no
 * vendor id tells. */
struct ik_guess ik_guess_by_order(const struct ik_msg *m);

/* By the gaps in milliseconds between the copies of a message, from its first one on. */
struct ik_guess ik_guess_by_gaps(const struct ik_msg *m, const uint32_t *gaps, size_t n);

#endif
