/*
 * The list of inputs that the arguments of a command stand for.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef IK_CAPTURE_INPUTS_H
#define IK_CAPTURE_INPUTS_H

#include "capture/capture.h"

/* One file, pipe or standard input ("-"). */
struct ik_input {
	char *path;
	bool member;   /* found in a folder: passed over where it is no capture */
	size_t folder; /* of a member: the index of its argument */
};

struct ik_inputs {
	struct ik_input *list;
	size_t n, cap;
	bool complained; /* of an argument that stands for nothing */
};

/* Fills the list from the arguments: folders become their regular files, sorted by name. What does
 * not exist is complained of. -1 without memory. */
int ik_inputs_make(struct ik_inputs *inputs, char *const *paths, size_t n,
                   const struct ik_capture_sink *sink);
void ik_inputs_free(struct ik_inputs *inputs);

#endif
