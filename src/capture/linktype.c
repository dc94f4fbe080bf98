/*
 * Link types: the numbers in files (LINKTYPE_) and those of libpcap on this host (DLT_).
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "capture/linktype.h"

#include <stddef.h>
#include <pcap/pcap.h>

/* Most numbers are the same. Those that systems gave different meanings got LINKTYPE_ numbers of
 * their own, which no DLT_ has; files of old programs hold the DLT_ of their system. */
static const struct {
	int number;
	uint16_t link_type;
} renumbered[] = {
        {11, 100}, /* ATM, RFC 1483 */
        {12, 101}, /* raw IP */
        {14, 101}, /* raw IP of OpenBSD */
        {15, 102}, /* SLIP of BSD/OS */
        {16, 103}, /* PPP of BSD/OS */
        {19, 106}, /* classical IP over ATM */
};

uint16_t ik_link_type(int number)
{
	for (size_t i = 0; i < sizeof(renumbered) / sizeof(renumbered[0]); i++)
		if (renumbered[i].number == number)
			return renumbered[i].link_type;
	return number >= 0 && number < UINT16_MAX ? (uint16_t)number : UINT16_MAX;
}

const char *ik_link_type_known_as(int number)
{
	const char *name;

	for (size_t i = 0; i < sizeof(renumbered) / sizeof(renumbered[0]); i++)
		if (renumbered[i].link_type == number)
			number = renumbered[i].number;
	name = pcap_datalink_val_to_name(number);
	return name != NULL ? name : "unknown";
}
