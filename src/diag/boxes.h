/*
 * What boxes say: the lines that they log, the states that they show, and what notifies mean.
 *
 * The tables are generated from tools/boxes/. Vendors are named as in remedies, and "libreswan";
 * "cisco-ios" is IOS and IOS-XE. Version 0 is both. Lists of slugs end with NULL and may be empty.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef IK_DIAG_BOXES_H
#define IK_DIAG_BOXES_H

#include <stdbool.h>

#include "ikescope/model.h"

/* A line of a log or of a show command. "*" in its text stands for what varies. */
struct ik_box_line {
	struct ikescope_box_line says;
	uint8_t version;
	const char *where; /* the messages on the wire that it is about */
	const char *means;
	const char *const *slugs;
	const char *none; /* why no finding shows it, or NULL */
};

/* What of a case a line goes with: who refuses, a NAT seen from the box that logs it, the notify in
 * clear that it names (0: none is named). */
enum ik_box_objects { IK_BOX_ANY, IK_BOX_RESPONDER, IK_BOX_INITIATOR };
enum ik_box_nat { IK_BOX_NAT_ANY, IK_BOX_NAT_HERE, IK_BOX_NAT_THERE };
#define IK_BOX_SEALED UINT16_MAX /* of a line: only where no refusal can be read */

struct ik_box_case {
	struct ikescope_box_line says;
	uint8_t objects, nat;
	uint16_t notify;
};

/* The lines that stand with the findings of a slug, for an IKE version. */
struct ik_box_shown {
	const char *slug;
	uint8_t version;
	const struct ik_box_case *lines;
	size_t n;
};

/* What is seen where lines are asked for. */
struct ik_box_seen {
	unsigned version;
	bool initiator_objects; /* it refuses what the responder sent */
	bool silent;            /* nothing came back, so nobody received a notify */
	uint16_t notify;        /* of the refusal in clear, 0: none */
	enum ikescope_role nat; /* the one side behind a NAT; unknown: none, both, or not clear */
};

/* Lines of one vendor with one finding, and of all. */
#define IK_BOX_OF_VENDOR 2
#define IK_BOX_LINES     10

/* A state as a box names it. */
struct ik_box_state {
	const char *vendor;
	uint8_t version;
	enum ikescope_role role; /* of the box in that state; unknown: either */
	const char *name;
	const char *alias_of; /* the usual name, or NULL */
	const char *means;
	const char *where; /* what was last on the wire */
	const char *const *slugs;
	const char *note; /* or NULL; why there is no slug, where there is none */
};

struct ik_box_notify {
	uint8_t version;
	uint16_t number;
	const char *means;
	const char *const *slugs;
};

struct ik_box_tables {
	const struct ik_box_line *lines;
	size_t n_lines;
	const struct ik_box_shown *shown; /* ascending by slug, then by version */
	size_t n_shown;
	const struct ik_box_state *states;
	size_t n_states;
	const struct ik_box_notify *notifies; /* ascending by version, then by number */
	size_t n_notifies;
};
extern const struct ik_box_tables ik_boxes;

/* The lines for a finding that go with what is seen: writes at most IK_BOX_LINES and returns their
 * number. */
size_t ik_box_lines(const char *slug, const struct ik_box_seen *seen,
                    struct ikescope_box_line *out);

/* What a notify means in more words than its name, or NULL. */
const struct ik_box_notify *ik_box_notify(unsigned version, uint16_t number);

/* Whether a list of slugs has a slug. */
bool ik_box_names(const char *const *slugs, const char *slug);

/* "Cisco IOS, IOS-XE", "Cisco ASA", "strongSwan", "libreswan", "any box" */
const char *ik_box_vendor(const char *vendor);

#endif
