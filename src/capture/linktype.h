/*
 * Link types: the numbers in files (LINKTYPE_) and those of libpcap on this host (DLT_).
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef IK_CAPTURE_LINKTYPE_H
#define IK_CAPTURE_LINKTYPE_H

#include <stdint.h>

/* The LINKTYPE_ number of a DLT_ number, or of the numbers that old files have in its place. 65535
 * where it does not fit. */
uint16_t ik_link_type(int number);

/* The name of a link type that the analysis does not understand, for a complaint. */
const char *ik_link_type_known_as(int number);

#endif
