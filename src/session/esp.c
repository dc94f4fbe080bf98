/*
 * The flow table: sets of four slots, doubled until the limit, then the longest idle flow of a set
 * leaves. Packets of one flow come in runs, so the last flow is tried before the table.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "session/esp.h"

#include <stdlib.h>
#include <string.h>

#include "base/addr.h"

#define WAYS          4
#define WORDS         (IK_ESP_WINDOW / 64)
#define RECENT        4
#define MIRROR_WINDOW (5 * IKESCOPE_SECOND / 1000)

struct recent {
	uint32_t seq;
	uint16_t ip_id;
	uint8_t ttl;
	bool has_id;
	ikescope_time time;
};

struct slot {
	uint64_t hash;          /* 0: free */
	uint64_t window[WORDS]; /* bit k: max_seq - k came */
	struct recent recent[RECENT];
	uint32_t recent_n;
	bool shadow; /* copies of a flow in another domain: mirror duplicates all */
	struct ik_esp_flow flow;
};

struct ik_esp_table {
	struct ik_hash_key key;
	struct slot **sets; /* rows of WAYS slots, allocated when first used */
	size_t n_sets;      /* a power of two */
	uint64_t most, n, evicted;
	struct slot *last;
	bool (*evict)(void *ctx, const struct ik_esp_flow *flow);
	void *ctx;
};

struct ik_esp_table *ik_esp_new(const struct ik_hash_key *key, uint64_t most,
                                bool (*evict)(void *ctx, const struct ik_esp_flow *flow), void *ctx)
{
	struct ik_esp_table *t = (struct ik_esp_table *)calloc(1, sizeof(*t));

	if (t != NULL) {
		t->key = *key;
		t->most = most;
		t->evict = evict;
		t->ctx = ctx;
	}
	return t;
}

void ik_esp_free(struct ik_esp_table *t)
{
	if (t == NULL)
		return;
	for (size_t i = 0; i < t->n_sets; i++)
		free(t->sets[i]);
	free(t->sets);
	free(t);
}

/* The domain is left out: copies of one flow in two domains meet in one set. */
static uint64_t hash_of(const struct ik_esp_table *t, const struct ik_esp_packet *p)
{
	uint8_t in[37];
	size_t n = ik_addr_len(p->src), m = ik_addr_len(p->dst);

	memcpy(in, &p->spi, 4);
	in[4] = p->ah;
	memcpy(in + 5, p->src->octet, n);
	memcpy(in + 5 + n, p->dst->octet, m);
	return ik_hash(&t->key, in, 5 + n + m) | 1;
}

static bool is(const struct slot *s, const struct ik_esp_packet *p)
{
	return s->flow.spi == p->spi && s->flow.domain == p->domain && s->flow.ah == p->ah &&
	       ik_addr_eq(&s->flow.dst, p->dst) && ik_addr_eq(&s->flow.src, p->src);
}

static struct slot *set_of(struct ik_esp_table *t, uint64_t hash)
{
	struct slot **set = &t->sets[(hash >> 1) & (t->n_sets - 1)];

	if (*set == NULL)
		*set = (struct slot *)calloc(WAYS, sizeof(**set));
	return *set;
}

/* Twice the sets; a flow whose new set is full leaves. */
static bool grow(struct ik_esp_table *t)
{
	size_t n = t->n_sets != 0 ? 2 * t->n_sets : 4, old_n = t->n_sets;
	struct slot **old = t->sets;
	struct slot **sets = (struct slot **)calloc(n, sizeof(*sets));
	bool ok = sets != NULL;

	if (!ok)
		return false;
	t->sets = sets;
	t->n_sets = n;
	t->last = NULL;
	for (size_t i = 0; i < old_n; i++) {
		for (size_t w = 0; ok && old[i] != NULL && w < WAYS; w++) {
			struct slot *from = &old[i][w], *to;

			if (from->hash == 0)
				continue;
			to = set_of(t, from->hash);
			ok = to != NULL;
			for (size_t k = 0; ok && k < WAYS; k++)
				if (to[k].hash == 0) {
					to[k] = *from;
					break;
				}
		}
		free(old[i]);
	}
	free(old);
	return ok;
}

/* A slot for a new flow: free, or after growth, or that of the longest idle flow. */
static struct slot *take_slot(struct ik_esp_table *t, uint64_t hash)
{
	struct slot *set, *oldest;

	for (;;) {
		if (t->n_sets == 0 && !grow(t))
			return NULL;
		set = set_of(t, hash);
		if (set == NULL)
			return NULL;
		for (size_t w = 0; w < WAYS; w++)
			if (set[w].hash == 0) {
				t->n++;
				return &set[w];
			}
		if (t->n_sets * WAYS >= 2 * t->most)
			break;
		if (!grow(t))
			return NULL;
	}
	oldest = &set[0];
	for (size_t w = 1; w < WAYS; w++)
		if (set[w].flow.last_time < oldest->flow.last_time)
			oldest = &set[w];
	t->evicted++;
	return oldest->shadow || t->evict(t->ctx, &oldest->flow) ? oldest : NULL;
}

static struct slot *find(struct ik_esp_table *t, const struct ik_esp_packet *p, bool *fresh)
{
	uint64_t hash;
	struct slot *s;

	*fresh = false;
	if (t->last != NULL && is(t->last, p))
		return t->last;
	hash = hash_of(t, p);
	if (t->n_sets != 0) {
		s = set_of(t, hash);
		if (s == NULL)
			return NULL;
		for (size_t w = 0; w < WAYS; w++)
			if (s[w].hash == hash && is(&s[w], p))
				return &s[w];
	}
	*fresh = true;
	s = take_slot(t, hash);
	if (s != NULL)
		s->hash = hash;
	return s;
}

static bool mirror(const struct slot *s, const struct ik_esp_packet *p)
{
	uint32_t n = s->recent_n < RECENT ? s->recent_n : RECENT;

	for (uint32_t i = 0; i < n; i++) {
		const struct recent *r = &s->recent[i];
		int hops = r->ttl > p->ttl ? r->ttl - p->ttl : p->ttl - r->ttl;

		if (r->seq != p->seq || r->has_id != p->has_ip_id ||
		    p->time - r->time > MIRROR_WINDOW)
			continue;
		if (r->has_id ? r->ip_id == p->ip_id && hops <= 1 : hops == 1)
			return true;
	}
	return false;
}

/* The first packet is a copy of one that just passed in another domain. */
static bool copied(struct ik_esp_table *t, const struct slot *fresh, const struct ik_esp_packet *p)
{
	const struct slot *set = set_of(t, fresh->hash);

	for (size_t w = 0; w < WAYS; w++)
		if (&set[w] != fresh && set[w].hash == fresh->hash && !set[w].shadow &&
		    p->has_ip_id && mirror(&set[w], p))
			return true;
	return false;
}

static void begin(struct ik_esp_table *t, struct slot *s, const struct ik_esp_packet *p)
{
	s->shadow = copied(t, s, p);
	memset(s->window, 0, sizeof(s->window));
	s->window[0] = 1;
	s->recent_n = 0;
	s->flow = (struct ik_esp_flow){
	        .spi = p->spi,
	        .domain = p->domain,
	        .src = *p->src,
	        .dst = *p->dst,
	        .ah = p->ah,
	        .encapsulation = p->encapsulation,
	        .sport = p->sport,
	        .dport = p->dport,
	        .first = p->place,
	        .first_time = p->time,
	        .first_seq = p->seq,
	        .max_seq = p->seq,
	        .unique = 1,
	};
}

/* Moves the window so that bit 0 is the new highest number. */
static void advance(struct slot *s, uint32_t by)
{
	uint32_t words = by / 64, bits = by % 64;

	if (by >= IK_ESP_WINDOW) {
		memset(s->window, 0, sizeof(s->window));
	} else {
		for (size_t k = WORDS; k-- > 0;) {
			uint64_t high = k >= words ? s->window[k - words] : 0;
			uint64_t low = k > words ? s->window[k - words - 1] : 0;

			s->window[k] = bits == 0 ? high : high << bits | low >> (64 - bits);
		}
	}
	s->window[0] |= 1;
}

static enum ik_esp_result sequence(struct slot *s, const struct ik_esp_packet *p)
{
	struct ik_esp_flow *f = &s->flow;
	uint32_t ahead = p->seq - f->max_seq, behind = f->max_seq - p->seq;

	if (ahead != 0 && ahead < UINT32_C(0x80000000)) {
		advance(s, ahead);
		f->max_seq = p->seq;
		f->unique++;
		return IK_ESP_COUNTED;
	}
	if (behind < IK_ESP_WINDOW && (s->window[behind / 64] >> (behind % 64) & 1) != 0) {
		if (mirror(s, p))
			return IK_ESP_MIRROR;
		f->duplicates++;
		return IK_ESP_COUNTED;
	}
	f->out_of_order++;
	if (behind < IK_ESP_WINDOW) {
		s->window[behind / 64] |= UINT64_C(1) << (behind % 64);
		f->unique++;
	}
	if (f->first_seq - p->seq < IK_ESP_WINDOW)
		f->first_seq = p->seq;
	return IK_ESP_COUNTED;
}

enum ik_esp_result ik_esp_packet(struct ik_esp_table *t, const struct ik_esp_packet *p)
{
	bool fresh;
	struct slot *s = find(t, p, &fresh);
	enum ik_esp_result result = IK_ESP_COUNTED;

	if (s == NULL)
		return IK_ESP_NO_MEMORY;
	t->last = s;
	if (fresh)
		begin(t, s, p);
	else if (!s->shadow)
		result = sequence(s, p);
	if (s->shadow)
		return IK_ESP_MIRROR;
	if (result == IK_ESP_MIRROR) {
		s->flow.mirrors++;
		return result;
	}
	s->recent[s->recent_n++ % RECENT] =
	        (struct recent){p->seq, p->ip_id, p->ttl, p->has_ip_id, p->time};
	s->flow.packets++;
	s->flow.octets += p->octets;
	s->flow.last = p->place;
	s->flow.last_time = p->time;
	s->flow.last_seq = p->seq;
	return result;
}

bool ik_esp_drain(struct ik_esp_table *t)
{
	for (size_t i = 0; i < t->n_sets; i++)
		for (size_t w = 0; t->sets[i] != NULL && w < WAYS; w++)
			if (t->sets[i][w].hash != 0 && !t->sets[i][w].shadow &&
			    !t->evict(t->ctx, &t->sets[i][w].flow))
				return false;
	return true;
}

uint64_t ik_esp_evicted(const struct ik_esp_table *t)
{
	return t->evicted;
}

void ik_esp_join(struct ik_esp_flow *flow, const struct ik_esp_flow *later)
{
	flow->packets += later->packets;
	flow->octets += later->octets;
	flow->mirrors += later->mirrors;
	flow->duplicates += later->duplicates;
	flow->out_of_order += later->out_of_order;
	flow->unique += later->unique;
	flow->last = later->last;
	flow->last_time = later->last_time;
	flow->last_seq = later->last_seq;
	if (later->max_seq - flow->max_seq < UINT32_C(0x80000000))
		flow->max_seq = later->max_seq;
}

uint64_t ik_esp_missing(const struct ik_esp_flow *flow)
{
	uint64_t range = (uint64_t)(uint32_t)(flow->max_seq - flow->first_seq) + 1;

	return range > flow->unique ? range - flow->unique : 0;
}
