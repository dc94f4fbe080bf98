/*
 * A hash table of nodes that the caller owns, and lists to keep nodes in an order of their own.
 * Both are intrusive: a node stands first in the caller's structure, its key right behind it.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef IK_NET_TABLE_H
#define IK_NET_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct ik_node {
	struct ik_node *chain;          /* next in the same bucket */
	struct ik_node *before, *after; /* in the list it is in */
	uint64_t hash;
};

/* All zero is an empty table. */
struct ik_table {
	struct ik_node **bucket;
	size_t n_buckets, count;
};

/* All zero is an empty list. */
struct ik_list {
	struct ik_node *first, *last;
	size_t count;
};

/* The node with this hash and these len octets of key behind it, or NULL. */
struct ik_node *ik_table_find(const struct ik_table *t, uint64_t hash, const void *key, size_t len);

/* Takes a node in that is not there yet; node->hash is set. False: out of memory. */
bool ik_table_add(struct ik_table *t, struct ik_node *node);
void ik_table_remove(struct ik_table *t, struct ik_node *node);

/* Frees the buckets, not the nodes. */
void ik_table_free(struct ik_table *t);

void ik_list_append(struct ik_list *l, struct ik_node *node);
void ik_list_remove(struct ik_list *l, struct ik_node *node);

#endif
