/*
 * Wrappers seen around packets, and domains: the stacks of those wrappers that keep tenants apart
 * (VLANs, VNIs, ERSPAN sessions, GRE keys), each known by a number.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef IK_NET_DOMAIN_H
#define IK_NET_DOMAIN_H

#include "net/net.h"

struct ik_walk;

enum ik_wrap_kind {
	IK_WRAP_VLAN,
	IK_WRAP_QINQ, /* value: up to four VLAN ids of 16 bits, the innermost in the lowest */
	IK_WRAP_PPPOE,
	IK_WRAP_MPLS,
	IK_WRAP_GRE,
	IK_WRAP_GRE_KEY,
	IK_WRAP_ERSPAN_I,
	IK_WRAP_ERSPAN_II,
	IK_WRAP_ERSPAN_III,
	IK_WRAP_VXLAN,
	IK_WRAP_GENEVE,
	IK_WRAP_IP_IN_IP,
};

/* What makes a wrapper or a domain. The addresses are zero for a domain, and for a wrapper below
 * IP. */
struct ik_wrap_key {
	uint64_t value;
	uint32_t parent; /* domain it was found in */
	uint32_t kind;
	struct ikescope_addr src, dst;
	uint8_t pad[6]; /* zero: keys are compared and hashed as octets */
};
_Static_assert(sizeof(struct ik_wrap_key) == 16 + 2 * sizeof(struct ikescope_addr) + 6,
               "no padding of the compiler's own");

/* Keys that have got numbers from 0 on, in the order of their coming. */
struct ik_intern {
	struct ik_wrap_key *key;
	uint32_t *slot; /* number + 1 of a key, or 0; open addressing */
	uint32_t count, room, n_slots;
};

struct ik_wrap_row {
	struct ik_wrapper wrapper;
	char *text;      /* owns the text of wrapper */
	uint32_t domain; /* of what is inside */
};

/* All zero is empty. */
#define IK_WRAP_RECENT 512
#define IK_VLAN_IDS    4096
struct ik_domains {
	struct ik_intern domain; /* domain number - 1 */
	struct ik_intern wrapper;
	char **text;                     /* of a domain; as many as domain.room */
	struct ik_wrap_row *row;         /* as many as wrapper.room */
	uint32_t recent[IK_WRAP_RECENT]; /* number + 1 of a wrapper met lately */
	uint32_t vlan[IK_VLAN_IDS];      /* the same of a VLAN around everything else, by its id */
};

/* The walk goes into a wrapper: counts it, and sets the domain of what is inside. */
void ik_domains_wrap(struct ik_walk *w, enum ik_wrap_kind kind, uint64_t value);

/* The same for a VLAN around everything else that was met before; false, and nothing changed, where
 * it was not. */
static inline bool ik_domains_vlan(struct ik_domains *d, uint16_t id, uint32_t *domain)
{
	uint32_t number = d->vlan[id % IK_VLAN_IDS];

	if (number == 0)
		return false;
	d->row[number - 1].wrapper.packets++;
	*domain = d->row[number - 1].domain;
	return true;
}

const char *ik_domains_text(const struct ik_domains *d, uint32_t domain);
const struct ik_wrapper *ik_domains_wrapper(const struct ik_domains *d, size_t i);
void ik_domains_free(struct ik_domains *d);

#endif
