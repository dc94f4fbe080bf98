/*
 * Mutations that know what a capture of IKE is: records, datagrams and payloads are moved, copied
 * and changed, and the lengths around them are set right again, so that a change gets as far as
 * the layer that it is meant for.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef TEST_FUZZ_MUTATE_H
#define TEST_FUZZ_MUTATE_H

#include <stddef.h>
#include <stdint.h>

/* As LLVMFuzzerCustomMutator(): changes data of size octets, which may grow to max. */
size_t mutate_capture(uint8_t *data, size_t size, size_t max, unsigned seed);

#endif
