/* Intrusive hash table and list. SPDX-License-Identifier: Apache-2.0 */
#include "net/table.h"

#include <stdlib.h>
#include <string.h>

enum { FIRST_BUCKETS = 16 };

static struct ik_node **bucket_of(const struct ik_table *t, uint64_t hash)
{
	return &t->bucket[hash & (t->n_buckets - 1)];
}

struct ik_node *ik_table_find(const struct ik_table *t, uint64_t hash, const void *key, size_t len)
{
	if (t->count == 0)
		return NULL;
	for (struct ik_node *node = *bucket_of(t, hash); node != NULL; node = node->chain)
		if (node->hash == hash && memcmp(node + 1, key, len) == 0)
			return node;
	return NULL;
}

static void link_in(struct ik_table *t, struct ik_node *node)
{
	struct ik_node **at = bucket_of(t, node->hash);

	node->chain = *at;
	*at = node;
}

static bool grow(struct ik_table *t)
{
	struct ik_table wide = {.n_buckets = t->n_buckets != 0 ? t->n_buckets * 2 : FIRST_BUCKETS};

	wide.bucket = (struct ik_node **)calloc(wide.n_buckets, sizeof(struct ik_node *));
	if (wide.bucket == NULL)
		return false;
	for (size_t i = 0; i < t->n_buckets; i++) {
		for (struct ik_node *node = t->bucket[i], *next; node != NULL; node = next) {
			next = node->chain;
			link_in(&wide, node);
		}
	}
	wide.count = t->count;
	free(t->bucket);
	*t = wide;
	return true;
}

bool ik_table_add(struct ik_table *t, struct ik_node *node)
{
	if (t->count >= t->n_buckets && !grow(t))
		return false;
	link_in(t, node);
	t->count++;
	return true;
}

void ik_table_remove(struct ik_table *t, struct ik_node *node)
{
	struct ik_node **at = bucket_of(t, node->hash);

	while (*at != node)
		at = &(*at)->chain;
	*at = node->chain;
	t->count--;
}

void ik_table_free(struct ik_table *t)
{
	free(t->bucket);
	*t = (struct ik_table){0};
}

void ik_list_append(struct ik_list *l, struct ik_node *node)
{
	node->before = l->last;
	node->after = NULL;
	if (l->last != NULL)
		l->last->after = node;
	else
		l->first = node;
	l->last = node;
	l->count++;
}

void ik_list_remove(struct ik_list *l, struct ik_node *node)
{
	if (node->before != NULL)
		node->before->after = node->after;
	else
		l->first = node->after;
	if (node->after != NULL)
		node->after->before = node->before;
	else
		l->last = node->before;
	l->count--;
}
