/*
 * Names of messages and states; negotiations to records and back.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "session/nego.h"

#include <string.h>

#include "base/addr.h"

/* clang-format off */
static const char *const msg_names[IK_MSG_NAMES] = {
	[IK_M_NONE] = "none",
	[IK_MM1] = "MM1", [IK_MM2] = "MM2", [IK_MM3] = "MM3",
	[IK_MM4] = "MM4", [IK_MM5] = "MM5", [IK_MM6] = "MM6",
	[IK_AM1] = "AM1", [IK_AM2] = "AM2", [IK_AM3] = "AM3",
	[IK_QM1] = "QM1", [IK_QM2] = "QM2", [IK_QM3] = "QM3",
	[IK_TRANSACTION]      = "TRANSACTION",
	[IK_V1_INFO]          = "INFORMATIONAL",
	[IK_V1_OTHER]         = "other exchange",
	[IK_INIT_REQ]         = "IKE_SA_INIT request",
	[IK_INIT_RSP]         = "IKE_SA_INIT response",
	[IK_INTERMEDIATE_REQ] = "IKE_INTERMEDIATE request",
	[IK_INTERMEDIATE_RSP] = "IKE_INTERMEDIATE response",
	[IK_AUTH_REQ]         = "IKE_AUTH request",
	[IK_AUTH_RSP]         = "IKE_AUTH response",
	[IK_CHILD_REQ]        = "CREATE_CHILD_SA request",
	[IK_CHILD_RSP]        = "CREATE_CHILD_SA response",
	[IK_INFO_REQ]         = "INFORMATIONAL request",
	[IK_INFO_RSP]         = "INFORMATIONAL response",
	[IK_V2_OTHER_REQ]     = "other request",
	[IK_V2_OTHER_RSP]     = "other response",
};

static const char *const state_names[IK_STATES] = {
	[IK_S_NONE] = "none",
	[IK_S_MM1] = "MM1 sent", [IK_S_MM2] = "MM2 sent", [IK_S_MM3] = "MM3 sent",
	[IK_S_MM4] = "MM4 sent", [IK_S_MM5] = "MM5 sent", [IK_S_MM6] = "MM6 sent",
	[IK_S_AM1] = "AM1 sent", [IK_S_AM2] = "AM2 sent", [IK_S_AM3] = "AM3 sent",
	[IK_S_V1_UP]             = "phase 1 up",
	[IK_S_V1_REFUSED]        = "phase 1 refused",
	[IK_S_INIT_SENT]         = "IKE_SA_INIT sent",
	[IK_S_COOKIE]            = "COOKIE asked for",
	[IK_S_KE_RETRY]          = "other group asked for",
	[IK_S_INIT_REFUSED]      = "IKE_SA_INIT refused",
	[IK_S_INIT_DONE]         = "IKE_SA_INIT done",
	[IK_S_INTERMEDIATE]      = "IKE_INTERMEDIATE",
	[IK_S_AUTH_SENT]         = "IKE_AUTH sent",
	[IK_S_EAP]               = "EAP",
	[IK_S_AUTH_REFUSED]      = "IKE_AUTH refused",
	[IK_S_UP]                = "IKE SA up",
	[IK_S_UP_ASSUMED]        = "IKE SA up (assumed)",
	[IK_S_MID]               = "beginning not captured",
};
/* clang-format on */

const char *ik_msg_name(enum ik_msg_name name)
{
	return msg_names[name];
}

const char *ik_state_name(enum ik_state s)
{
	return state_names[s];
}

const struct ik_path *ik_nego_elsewhere(const struct ik_nego *n)
{
	for (size_t i = 0; (n->bits & IK_N_ELSEWHERE) != 0 && i < n->n_paths; i++)
		if (!ik_addr_eq(&n->paths[i].r.addr, &n->r.addr))
			return &n->paths[i];
	return NULL;
}

const struct ik_step *ik_nego_step(const struct ik_nego *n, uint32_t serial)
{
	size_t low = 0, high = n->n_steps;

	if (serial == 0)
		return NULL;
	/* Where it is as long as none was folded. */
	if (serial - 1 < high && n->steps[serial - 1].serial == serial)
		return &n->steps[serial - 1];
	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (n->steps[mid].serial < serial)
			low = mid + 1;
		else
			high = mid;
	}
	return low < n->n_steps && n->steps[low].serial == serial ? &n->steps[low] : NULL;
}

const struct ik_exchange *ik_nego_exchange(const struct ik_nego *n, uint32_t serial)
{
	for (size_t i = n->n_exchanges; i-- > 0;)
		for (size_t k = 0; k < 3; k++)
			if (n->exchanges[i].step[k] == serial)
				return &n->exchanges[i];
	return NULL;
}

bool ik_child_crossed(const struct ik_nego *n, const struct ik_child *child)
{
	for (size_t i = 0; n->version == 2 && i < n->n_children; i++) {
		const struct ik_child *other = &n->children[i];

		if (other != child && other->by != child->by && other->kind != IK_CHILD_AUTH &&
		    other->first_time <= child->last_time + IKESCOPE_SECOND &&
		    other->last_time + IKESCOPE_SECOND >= child->first_time)
			return true;
	}
	return false;
}

/* The arrays of a record, in order: where the pointer and where the count is. */
#define ARRAYS(X)                                                                                  \
	X(steps, n_steps)                                                                          \
	X(exchanges, n_exchanges)                                                                  \
	X(copies, n_copies)                                                                        \
	X(children, n_children)                                                                    \
	X(paths, n_paths)                                                                          \
	X(icmp, n_icmp)                                                                            \
	X(lost, n_lost)                                                                            \
	X(anomalies, n_anomalies)                                                                  \
	X(carried, n_carried)

/* What is recorded of the structure: all before the arrays. */
#define FIXED offsetof(struct ik_nego, steps)

static size_t aligned(size_t n)
{
	return (n + 7) & ~(size_t)7;
}

/* A negotiation as it is recorded: slim ones lose what only a ladder needs. */
static struct ik_nego recorded(const struct ik_nego *n, bool slim)
{
	struct ik_nego out = *n;

	if (slim)
		out.n_steps = out.n_exchanges = out.n_copies = out.n_carried = 0;
	return out;
}

size_t ik_nego_size(const struct ik_nego *n, bool slim)
{
	struct ik_nego r = recorded(n, slim);
	size_t size = FIXED;

#define SIZE(array, count) size += aligned((size_t)r.count * sizeof(*r.array));
	ARRAYS(SIZE)
#undef SIZE
	return size;
}

void ik_nego_put(const struct ik_nego *n, bool slim, uint8_t *out)
{
	struct ik_nego r = recorded(n, slim);

	memcpy(out, &r, FIXED);
	out += FIXED;
#define PUT(array, count)                                                                          \
	if (r.count > 0)                                                                           \
		memcpy(out, r.array, (size_t)r.count * sizeof(*r.array));                          \
	out += aligned((size_t)r.count * sizeof(*r.array));
	ARRAYS(PUT)
#undef PUT
}

void ik_nego_get(struct ik_nego *n, const uint8_t *in)
{
	uint8_t *p;

	memcpy(n, in, FIXED);
	memcpy(&p, &in, sizeof(p)); /* the record is read through n, never written */
	p += FIXED;
#define GET(array, count)                                                                          \
	n->array = (void *)p;                                                                      \
	p += aligned((size_t)n->count * sizeof(*n->array));
	ARRAYS(GET)
#undef GET
}
