/* Wrappers and domains. SPDX-License-Identifier: Apache-2.0 */
#include "net/domain.h"

#include <inttypes.h>
#include <stdlib.h>

#include "net/layer.h"

struct kind_row {
	const char *kind;
	const char
	        *domain; /* what the domain is called before the value; NULL: separates nothing */
	const char *wrapper; /* the same for the wrapper */
	bool valued, addressed;
};

/* clang-format off */
static const struct kind_row kinds[] = {
	[IK_WRAP_VLAN]       = {"VLAN",     "VLAN ",    "VLAN ",               true,  false},
	[IK_WRAP_QINQ]       = {"QinQ",     "QinQ ",    "QinQ ",               true,  false},
	[IK_WRAP_PPPOE]      = {"PPPoE",    NULL,       "PPPoE session ",      true,  false},
	[IK_WRAP_MPLS]       = {"MPLS",     NULL,       "MPLS label ",         true,  false},
	[IK_WRAP_GRE]        = {"GRE",      NULL,       "GRE",                 false, true},
	[IK_WRAP_GRE_KEY]    = {"GRE",      "GRE key ", "GRE key ",            true,  true},
	[IK_WRAP_ERSPAN_I]   = {"ERSPAN",   NULL,       "ERSPAN I",            false, true},
	[IK_WRAP_ERSPAN_II]  = {"ERSPAN",   "ERSPAN ",  "ERSPAN II session ",  true,  true},
	[IK_WRAP_ERSPAN_III] = {"ERSPAN",   "ERSPAN ",  "ERSPAN III session ", true,  true},
	[IK_WRAP_VXLAN]      = {"VXLAN",    "VXLAN ",   "VXLAN VNI ",          true,  true},
	[IK_WRAP_GENEVE]     = {"Geneve",   "Geneve ",  "Geneve VNI ",         true,  true},
	[IK_WRAP_IP_IN_IP]   = {"IP in IP", NULL,       "IP in IP",            false, true},
};
/* clang-format on */

enum { FIRST_ROOM = 8, TEXT_MAX = 512 };
static const uint32_t NONE = UINT32_MAX; /* an empty slot less one */

/* The slot of a key: where it is, or the empty one where it belongs. n_slots > count. */
static uint32_t *slot_of(const struct ik_intern *t, const struct ik_hash_key *key,
                         const struct ik_wrap_key *what)
{
	uint64_t at = ik_hash(key, what, sizeof(*what));

	for (;; at++) {
		uint32_t *slot = &t->slot[at & (t->n_slots - 1)];

		if (*slot == 0 || memcmp(&t->key[*slot - 1], what, sizeof(*what)) == 0)
			return slot;
	}
}

static uint32_t intern_find(const struct ik_intern *t, const struct ik_hash_key *key,
                            const struct ik_wrap_key *what)
{
	return t->count == 0 ? NONE : *slot_of(t, key, what) - 1;
}

/* Makes room for one more key. The slots are twice the room. */
static bool intern_grow(struct ik_intern *t, const struct ik_hash_key *key)
{
	uint32_t room = t->room != 0 ? t->room * 2 : FIRST_ROOM;
	struct ik_wrap_key *keys;
	uint32_t *slots;

	keys = (struct ik_wrap_key *)realloc(t->key, room * sizeof(*keys));
	if (keys == NULL)
		return false;
	t->key = keys;
	slots = (uint32_t *)calloc((size_t)room * 2, sizeof(*slots));
	if (slots == NULL)
		return false;
	free(t->slot);
	t->slot = slots;
	t->room = room;
	t->n_slots = room * 2;
	for (uint32_t i = 0; i < t->count; i++)
		*slot_of(t, key, &t->key[i]) = i + 1;
	return true;
}

/* Adds a key that is not there; there is room. */
static uint32_t intern_add(struct ik_intern *t, const struct ik_hash_key *key,
                           const struct ik_wrap_key *what)
{
	*slot_of(t, key, what) = t->count + 1;
	t->key[t->count] = *what;
	return t->count++;
}

static void put_value(struct ik_buf *b, enum ik_wrap_kind kind, uint64_t value)
{
	const char *dot = "";

	if (kind != IK_WRAP_QINQ) {
		ik_buf_printf(b, "%" PRIu64, value);
		return;
	}
	for (unsigned shift = 64; shift > 0;) {
		shift -= 16;
		if (value >> shift == 0)
			continue;
		ik_buf_printf(b, "%s%u", dot, (unsigned)(value >> shift & 0xffff));
		dot = ".";
	}
}

static char *wrapper_text(const struct ik_wrap_key *what)
{
	const struct kind_row *row = &kinds[what->kind];
	char text[TEXT_MAX];
	struct ik_buf b = IK_BUF_ON(text);

	ik_buf_puts(&b, row->wrapper);
	if (row->valued)
		put_value(&b, (enum ik_wrap_kind)what->kind, what->value);
	if (row->addressed) {
		ik_buf_puts(&b, ", ");
		ik_buf_addr(&b, &what->src);
		ik_buf_puts(&b, " > ");
		ik_buf_addr(&b, &what->dst);
	}
	return strdup(text);
}

static char *domain_text(const struct ik_domains *d, const struct ik_wrap_key *what)
{
	char text[TEXT_MAX];
	struct ik_buf b = IK_BUF_ON(text);

	if (what->parent != 0) {
		ik_buf_puts(&b, d->text[what->parent - 1]);
		ik_buf_putc(&b, ' ');
	}
	ik_buf_puts(&b, kinds[what->kind].domain);
	put_value(&b, (enum ik_wrap_kind)what->kind, what->value);
	return strdup(text);
}

static bool room_for_domain(struct ik_net *n)
{
	struct ik_domains *d = &n->domains;
	char **text;

	if (d->domain.count < d->domain.room)
		return true;
	if (!intern_grow(&d->domain, &n->key))
		return false;
	text = (char **)realloc(d->text, d->domain.room * sizeof(*text));
	if (text == NULL) {
		d->domain.room = d->domain.count;
		return false;
	}
	d->text = text;
	return true;
}

static bool room_for_wrapper(struct ik_net *n)
{
	struct ik_domains *d = &n->domains;
	struct ik_wrap_row *row;

	if (d->wrapper.count < d->wrapper.room)
		return true;
	if (!intern_grow(&d->wrapper, &n->key))
		return false;
	row = (struct ik_wrap_row *)realloc(d->row, d->wrapper.room * sizeof(*row));
	if (row == NULL) {
		d->wrapper.room = d->wrapper.count;
		return false;
	}
	d->row = row;
	return true;
}

/* The domain inside a wrapper, made if new. Beyond the cap it is the domain outside. */
static uint32_t domain_of(struct ik_walk *w, const struct ik_wrap_key *wrapper)
{
	struct ik_domains *d = &w->n->domains;
	struct ik_wrap_key what = *wrapper;
	uint32_t found;
	char *text;

	if (kinds[what.kind].domain == NULL)
		return what.parent;
	memset(&what.src, 0, sizeof(what.src));
	memset(&what.dst, 0, sizeof(what.dst));
	found = intern_find(&d->domain, &w->n->key, &what);
	if (found != NONE)
		return found + 1;
	if (d->domain.count >= w->n->limits.domains)
		return what.parent;
	text = room_for_domain(w->n) ? domain_text(d, &what) : NULL;
	if (text == NULL) {
		w->failed = true;
		return what.parent;
	}
	d->text[d->domain.count] = text;
	return intern_add(&d->domain, &w->n->key, &what) + 1;
}

static struct ik_wrap_row *new_row(struct ik_walk *w, const struct ik_wrap_key *what)
{
	struct ik_domains *d = &w->n->domains;
	struct ik_wrap_row *row;
	char *text;

	text = room_for_wrapper(w->n) ? wrapper_text(what) : NULL;
	if (text == NULL) {
		w->failed = true;
		return NULL;
	}
	row = &d->row[intern_add(&d->wrapper, &w->n->key, what)];
	row->text = text;
	row->wrapper = (struct ik_wrapper){text, kinds[what->kind].kind, w->packet->at, 0};
	row->domain = domain_of(w, what);
	return row;
}

/* The row of a wrapper met before, or NULL. */
static struct ik_wrap_row *known_row(const struct ik_net *n, struct ik_domains *d,
                                     const struct ik_wrap_key *what)
{
	uint64_t hash = ik_mix(what->value << 4 ^ what->kind ^ (uint64_t)what->parent << 32,
	                       ik_addr_word(&what->src, 0) ^ ik_addr_word(&what->dst, 0) << 1);
	uint32_t *recent = &d->recent[hash % IK_WRAP_RECENT];
	uint32_t found;

	if (*recent != 0 && memcmp(&d->wrapper.key[*recent - 1], what, sizeof(*what)) == 0)
		return &d->row[*recent - 1];
	found = intern_find(&d->wrapper, &n->key, what);
	if (found == NONE)
		return NULL;
	*recent = found + 1;
	return &d->row[found];
}

void ik_domains_wrap(struct ik_walk *w, enum ik_wrap_kind kind, uint64_t value)
{
	struct ik_wrap_row *row;
	struct ik_wrap_key what;

	memset(&what, 0, sizeof(what));
	what.parent = w->dg.domain;
	what.kind = kind;
	what.value = value;
	if (kinds[kind].addressed) {
		what.src = w->dg.src;
		what.dst = w->dg.dst;
	}
	w->erspan_vlan = 0;
	row = known_row(w->n, &w->n->domains, &what);
	if (row == NULL && w->n->domains.wrapper.count < w->n->limits.domains)
		row = new_row(w, &what);
	if (row == NULL) {
		w->n->lost[IK_CAP_DOMAINS] += !w->failed;
		w->dg.domain = domain_of(w, &what);
		return;
	}
	if (kind == IK_WRAP_VLAN && what.parent == 0)
		w->n->domains.vlan[value % IK_VLAN_IDS] = (uint32_t)(row - w->n->domains.row) + 1;
	row->wrapper.packets++;
	w->dg.domain = row->domain;
}

const char *ik_domains_text(const struct ik_domains *d, uint32_t domain)
{
	return domain != 0 && domain <= d->domain.count ? d->text[domain - 1] : NULL;
}

const struct ik_wrapper *ik_domains_wrapper(const struct ik_domains *d, size_t i)
{
	return i < d->wrapper.count ? &d->row[i].wrapper : NULL;
}

void ik_domains_free(struct ik_domains *d)
{
	for (uint32_t i = 0; i < d->domain.count; i++)
		free(d->text[i]);
	for (uint32_t i = 0; i < d->wrapper.count; i++)
		free(d->row[i].text);
	free(d->text);
	free(d->row);
	free(d->domain.key);
	free(d->domain.slot);
	free(d->wrapper.key);
	free(d->wrapper.slot);
	*d = (struct ik_domains){0};
}
