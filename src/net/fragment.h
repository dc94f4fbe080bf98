/*
 * Reassembly of IP fragments (RFC 791 3.2, RFC 8200 4.5), with caps; what never becomes whole is
 * reported.
 *
 * A datagram is open while fragments are missing. A quiet one holds no octets: it is complete,
 * foreign or refused, and is remembered a moment so that copies and the rest of its fragments do
 * not look like a new datagram.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef IK_NET_FRAGMENT_H
#define IK_NET_FRAGMENT_H

#include "net/net.h"
#include "net/table.h"

/* All zero is empty. */
struct ik_fragments {
	struct ik_table table;
	struct ik_list open;  /* by the time of the first fragment captured */
	struct ik_list quiet; /* by the time of the last fragment captured */
	ikescope_time due;    /* nothing is to be given up before; all zero does no harm */
	size_t memory;        /* octets held */
};

struct ik_fragment {
	size_t at; /* position of the header that makes it a fragment */
	uint32_t id;
	uint32_t offset;  /* in octets */
	uint8_t protocol; /* of the datagram */
	bool more;
};

/* Gives up what is older than the limits allow at that time. */
void ik_fragments_expire(struct ik_net *n, ikescope_time now);

/* Gives up everything. */
void ik_fragments_flush(struct ik_net *n);

void ik_fragments_free(struct ik_fragments *f);

#endif
