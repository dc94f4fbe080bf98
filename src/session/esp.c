/*
 * The flow table. An index of small buckets (a tag and a number) leads to flows in two arrays: what
 * every packet touches, two cache lines, and the rest. A third array has what only flows with
 * something unusual need. Idle flows leave a large table from time to time. The index doubles until
 * the limit; then the longest idle flow of a full bucket leaves.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "session/esp.h"

#include <stdlib.h>
#include <string.h>

#include "base/addr.h"
#include "base/big.h"
#include "base/line.h"

#define WAYS         4
#define WORDS        (IK_ESP_WINDOW / 64)
#define RECENT       4
#define LARGE        8192                    /* flows of a table whose idle ones leave */
#define IDLE         (300 * IKESCOPE_SECOND) /* longer than most keepalives and probes */
#define TICK_SHIFT   17                      /* a tick is 131 microseconds */
#define MIRROR_TICKS 38                      /* 5 ms */

/* Touched by every packet of a flow: two cache lines. */
struct hot {
	uint64_t hash;          /* of SPI and addresses; equal hashes are one flow */
	uint64_t window[WORDS]; /* bit k: max_seq - k came */
	uint64_t packets, octets, last;
	ikescope_time last_time;
	uint32_t max_seq, domain;
	uint32_t sizes;   /* bit k: a packet of 16 * (k + 32 * n) octets or up to 15 more came */
	uint16_t lengths; /* bit k: a packet of k octets, modulo 16, came */
	uint16_t watch;   /* a larger packet is looked at: the largest so far, or the limit */
	uint32_t recent_seq[RECENT];
	uint16_t recent_id[RECENT], recent_tick[RECENT];
	uint8_t recent_ttl[RECENT];
	uint8_t recent_n; /* where the next goes; from RECENT on all are in use */
	bool shadow;      /* copies of a flow in another domain: mirror duplicates all */
	bool has_id;
	uint8_t encapsulations; /* bits */
};

_Static_assert(sizeof(struct hot) == 2 * IK_LINE, "the hot part of a flow is two cache lines");

/* What is written once, and what few packets touch. */
struct cold {
	struct ikescope_addr src, dst;
	uint64_t first, number, mirrors, duplicates, out_of_order;
	ikescope_time first_time;
	uint32_t spi, first_seq;
	uint32_t odd; /* where its unusual things are, + 1; 0 none */
	uint16_t sport, dport;
	bool ah;
	uint8_t encapsulation;
};

struct entry {
	uint32_t tag, number; /* number + 1 of the flow, 0 free */
};

struct ik_esp_table {
	struct entry *index;
	size_t n_buckets; /* a power of two */
	struct hot *hot;
	struct cold *cold;
	struct ik_esp_odd *odd;
	size_t n, cap, n_odd, cap_odd;
	uint32_t free_odd; /* + 1 of the first that no flow has, 0 none; its .next leads on */
	size_t retire_at;  /* flows there are when idle ones leave next */
	uint64_t most, evicted, begun;
	bool (*evict)(void *ctx, const struct ik_esp_flow *flow);
	void *ctx;
};

struct ik_esp_table *ik_esp_new(uint64_t most,
                                bool (*evict)(void *ctx, const struct ik_esp_flow *flow), void *ctx)
{
	struct ik_esp_table *t = (struct ik_esp_table *)calloc(1, sizeof(*t));

	if (t != NULL) {
		t->most = most;
		t->retire_at = LARGE;
		t->evict = evict;
		t->ctx = ctx;
	}
	return t;
}

void ik_esp_free(struct ik_esp_table *t)
{
	if (t == NULL)
		return;
	free(t->index);
	free(t->hot);
	free(t->cold);
	free(t->odd);
	free(t);
}

static struct entry *bucket_of(const struct ik_esp_table *t, uint64_t hash)
{
	return &t->index[(size_t)(hash & (t->n_buckets - 1)) * WAYS];
}

/* So many buckets for the flows there are. A flow for which no place is left in its bucket stays
 * unreachable until it is drained; its later packets begin a part of their own, and the parts are
 * joined in the end. */
static bool make_index(struct ik_esp_table *t, size_t n)
{
	if (n != t->n_buckets) {
		struct entry *index = (struct entry *)ik_big_alloc(n * WAYS * sizeof(*index));

		if (index == NULL)
			return false;
		free(t->index);
		t->index = index;
		t->n_buckets = n;
	}
	memset(t->index, 0, n * WAYS * sizeof(*t->index));
	for (size_t i = 0; i < t->n; i++) {
		struct entry *e = bucket_of(t, t->hot[i].hash);

		for (size_t w = 0; w < WAYS; w++)
			if (e[w].number == 0) {
				e[w] = (struct entry){(uint32_t)(t->hot[i].hash >> 32),
				                      (uint32_t)(i + 1)};
				break;
			}
	}
	return true;
}

static bool grow_index(struct ik_esp_table *t)
{
	return make_index(t, t->n_buckets != 0 ? 2 * t->n_buckets : 4);
}

static bool grow_flows(struct ik_esp_table *t)
{
	size_t cap = t->cap < LARGE ? 2 * t->cap + 16 : t->cap + t->cap / 4;
	struct hot *hot = (struct hot *)ik_big_alloc(cap * sizeof(*hot));
	struct cold *cold;

	if (hot == NULL)
		return false;
	if (t->n > 0)
		memcpy(hot, t->hot, t->n * sizeof(*hot));
	free(t->hot);
	t->hot = hot;
	cold = (struct cold *)realloc(t->cold, cap * sizeof(*cold));
	if (cold == NULL)
		return false;
	t->cold = cold;
	t->cap = cap;
	return true;
}

/* The place for what is unusual about a flow; NULL without memory. */
static struct ik_esp_odd *odd_of(struct ik_esp_table *t, struct cold *c)
{
	if (c->odd != 0)
		return &t->odd[c->odd - 1];
	if (t->free_odd == 0 && t->n_odd == t->cap_odd) {
		size_t cap = t->cap_odd + t->cap_odd / 2 + 16;
		struct ik_esp_odd *grown =
		        (struct ik_esp_odd *)realloc(t->odd, cap * sizeof(*grown));

		if (grown == NULL)
			return NULL;
		t->odd = grown;
		t->cap_odd = cap;
	}
	if (t->free_odd != 0) {
		c->odd = t->free_odd;
		t->free_odd = t->odd[c->odd - 1].next;
	} else {
		c->odd = (uint32_t)++t->n_odd;
	}
	t->odd[c->odd - 1] = (struct ik_esp_odd){0};
	return &t->odd[c->odd - 1];
}

/* A flow as it is told: all parts together. */
static struct ik_esp_flow whole(const struct ik_esp_table *t, size_t i)
{
	const struct hot *h = &t->hot[i];
	const struct cold *c = &t->cold[i];
	struct ik_esp_odd odd = c->odd != 0 ? t->odd[c->odd - 1] : (struct ik_esp_odd){0};

	return (struct ik_esp_flow){
	        .spi = c->spi,
	        .domain = h->domain,
	        .src = c->src,
	        .dst = c->dst,
	        .ah = c->ah,
	        .unusual = c->odd != 0,
	        .encapsulation = c->encapsulation,
	        .encapsulations = h->encapsulations,
	        .sport = c->sport,
	        .dport = c->dport,
	        .packets = h->packets,
	        .octets = h->octets,
	        .mirrors = c->mirrors,
	        .first = c->first,
	        .last = h->last,
	        .first_time = c->first_time,
	        .last_time = h->last_time,
	        .first_seq = c->first_seq,
	        .max_seq = h->max_seq,
	        .last_seq = h->recent_seq[(h->recent_n + RECENT - 1) % RECENT],
	        .largest = odd.largest < h->watch && odd.mtu == 0 ? h->watch : odd.largest,
	        .unique = h->packets - c->duplicates - odd.late[IK_ESP_REMEMBERED],
	        .number = c->number,
	        .duplicates = c->duplicates,
	        .out_of_order = c->out_of_order,
	        .sizes = h->sizes,
	        .lengths = h->lengths,
	        .odd = odd,
	};
}

static bool tell(struct ik_esp_table *t, size_t i)
{
	struct ik_esp_flow f = whole(t, i);
	uint32_t odd = t->cold[i].odd;

	if (odd != 0) {
		t->odd[odd - 1].next = t->free_odd;
		t->free_odd = odd;
		t->cold[i].odd = 0;
	}
	return t->hot[i].shadow || t->evict(t->ctx, &f);
}

/* Tells the flows that are idle and closes the gaps; again when a quarter more have come. */
static bool retire(struct ik_esp_table *t, ikescope_time now)
{
	size_t kept = 0;

	for (size_t i = 0; i < t->n; i++) {
		if (t->hot[i].last_time < now - IDLE) {
			if (!tell(t, i))
				return false;
			continue;
		}
		t->hot[kept] = t->hot[i];
		t->cold[kept++] = t->cold[i];
	}
	t->n = kept;
	t->retire_at = kept + kept / 4 > LARGE ? kept + kept / 4 : LARGE;
	return make_index(t, t->n_buckets);
}

/* Room for one more flow at the end of the arrays. */
static bool room_for_flow(struct ik_esp_table *t, ikescope_time now)
{
	if (t->n >= t->retire_at && !retire(t, now))
		return false;
	return t->n < t->cap || t->n >= t->most || grow_flows(t);
}

/* A place in a bucket and a number for a new flow; SIZE_MAX without memory. */
static size_t take(struct ik_esp_table *t, uint64_t hash, ikescope_time now)
{
	struct entry *e, *oldest;
	size_t i;

	for (;;) {
		if ((t->n_buckets == 0 && !grow_index(t)) || !room_for_flow(t, now))
			return SIZE_MAX;
		e = bucket_of(t, hash);
		for (size_t w = 0; w < WAYS; w++) {
			if (e[w].number != 0 || t->n >= t->most)
				continue;
			e[w] = (struct entry){(uint32_t)(hash >> 32), (uint32_t)++t->n};
			return t->n - 1;
		}
		if (t->n >= t->most || t->n_buckets * WAYS >= 4 * t->most)
			break;
		if (!grow_index(t))
			return SIZE_MAX;
	}
	oldest = NULL;
	for (size_t w = 0; w < WAYS; w++)
		if (e[w].number != 0 &&
		    (oldest == NULL ||
		     t->hot[e[w].number - 1].last_time < t->hot[oldest->number - 1].last_time))
			oldest = &e[w];
	if (oldest ==
	    NULL) { /* the limit is reached, this bucket is empty: take any flow's place */
		i = (size_t)(hash >> 16) % t->n;
		if (!tell(t, i))
			return SIZE_MAX;
		for (size_t w = 0, b = (size_t)(t->hot[i].hash & (t->n_buckets - 1)) * WAYS;
		     w < WAYS; w++)
			if (t->index[b + w].number == i + 1)
				t->index[b + w].number = 0;
		oldest = &e[0];
	} else {
		i = oldest->number - 1;
		if (!tell(t, i))
			return SIZE_MAX;
	}
	t->evicted++;
	*oldest = (struct entry){(uint32_t)(hash >> 32), (uint32_t)(i + 1)};
	return i;
}

static struct hot *find(struct ik_esp_table *t, uint64_t hash, uint32_t domain)
{
	struct entry *e;

	if (t->n_buckets == 0)
		return NULL;
	e = bucket_of(t, hash);
	for (size_t w = 0; w < WAYS; w++) {
		struct hot *h = e[w].number != 0 ? &t->hot[e[w].number - 1] : NULL;

		if (h != NULL && e[w].tag == (uint32_t)(hash >> 32) && h->hash == hash &&
		    h->domain == domain)
			return h;
	}
	return NULL;
}

/* ---- mirror duplicates ---------------------------------------------------------------------- */

static uint16_t tick(ikescope_time time)
{
	return (uint16_t)((uint64_t)time >> TICK_SHIFT);
}

static bool mirror(const struct hot *h, const struct ik_esp_packet *p)
{
	size_t n = h->recent_n < RECENT ? h->recent_n : RECENT;

	for (size_t i = 0; i < n; i++) {
		int hops = h->recent_ttl[i] - p->ttl;

		if (h->recent_seq[i] != p->seq || h->has_id != p->has_ip_id ||
		    (uint16_t)(tick(p->time) - h->recent_tick[i]) > MIRROR_TICKS)
			continue;
		if (p->has_ip_id ? h->recent_id[i] == p->ip_id && hops >= -1 && hops <= 1
		                 : hops == 1 || hops == -1)
			return true;
	}
	return false;
}

static void remember(struct hot *h, const struct ik_esp_packet *p)
{
	size_t i = h->recent_n % RECENT;

	h->recent_seq[i] = p->seq;
	h->recent_id[i] = p->ip_id;
	h->recent_tick[i] = tick(p->time);
	h->recent_ttl[i] = p->ttl;
	h->has_id = p->has_ip_id;
	h->recent_n = (uint8_t)(h->recent_n + 1 < 2 * RECENT ? h->recent_n + 1 : RECENT);
}

/* The first packet is a copy of one that just passed in another domain. */
static bool copied(struct ik_esp_table *t, uint64_t hash, const struct ik_esp_packet *p)
{
	const struct entry *e;

	if (t->n_buckets == 0 || !p->has_ip_id)
		return false;
	e = bucket_of(t, hash);
	for (size_t w = 0; w < WAYS; w++) {
		const struct hot *h = e[w].number != 0 ? &t->hot[e[w].number - 1] : NULL;

		if (h != NULL && h->hash == hash && !h->shadow && mirror(h, p))
			return true;
	}
	return false;
}

/* ---- packets -------------------------------------------------------------------------------- */

static struct hot *begin(struct ik_esp_table *t, uint64_t hash, const struct ik_esp_packet *p)
{
	bool shadow = copied(t, hash, p);
	size_t i = take(t, hash, p->time);

	if (i == SIZE_MAX)
		return NULL;
	t->hot[i] =
	        (struct hot){.hash = hash,
	                     .window = {1},
	                     .max_seq = p->seq,
	                     .watch = (uint16_t)(p->octets < UINT16_MAX ? p->octets : UINT16_MAX),
	                     .domain = p->domain,
	                     .shadow = shadow};
	t->cold[i] = (struct cold){
	        .spi = p->spi,
	        .src = *p->src,
	        .dst = *p->dst,
	        .ah = p->ah,
	        .encapsulation = p->encapsulation,
	        .sport = p->sport,
	        .dport = p->dport,
	        .first = p->place,
	        .first_time = p->time,
	        .first_seq = p->seq,
	        .number = ++t->begun,
	};
	return &t->hot[i];
}

/* Moves the window so that bit 0 is the new highest number. */
static void advance(struct hot *h, uint32_t by)
{
	uint32_t words = by / 64, bits = by % 64;

	if (by == 1) {
		for (size_t k = WORDS; k-- > 1;)
			h->window[k] = h->window[k] << 1 | h->window[k - 1] >> 63;
		h->window[0] <<= 1;
	} else if (by >= IK_ESP_WINDOW) {
		memset(h->window, 0, sizeof(h->window));
	} else {
		for (size_t k = WORDS; k-- > 0;) {
			uint64_t high = k >= words ? h->window[k - words] : 0;
			uint64_t low = k > words ? h->window[k - words - 1] : 0;

			h->window[k] = bits == 0 ? high : high << bits | low >> (64 - bits);
		}
	}
	h->window[0] |= 1;
}

/* A sequence number at or behind the highest. */
static enum ik_esp_result behind(struct ik_esp_table *t, struct hot *h,
                                 const struct ik_esp_packet *p)
{
	struct cold *f = &t->cold[h - t->hot];
	uint32_t by = h->max_seq - p->seq;
	bool again = by < IK_ESP_WINDOW && (h->window[by / 64] >> (by % 64) & 1) != 0;
	struct ik_esp_odd *odd;

	if (again && mirror(h, p)) {
		f->mirrors++;
		return IK_ESP_MIRROR;
	}
	odd = odd_of(t, f);
	if (odd == NULL)
		return IK_ESP_NO_MEMORY;
	if (again) {
		f->duplicates++;
		ik_esp_odd_again(odd, h->max_seq, p);
		return IK_ESP_COUNTED;
	}
	f->out_of_order++;
	ik_esp_odd_behind(odd, h->max_seq, p);
	if (by < IK_ESP_WINDOW)
		h->window[by / 64] |= UINT64_C(1) << (by % 64);
	if (f->first_seq - p->seq < IK_ESP_WINDOW)
		f->first_seq = p->seq;
	return IK_ESP_COUNTED;
}

/* A packet larger than all before it or than the path takes, or one in IP fragments. */
static bool large(struct ik_esp_table *t, struct hot *h, const struct ik_esp_packet *p)
{
	struct cold *c = &t->cold[h - t->hot];
	uint16_t octets = (uint16_t)(p->octets < UINT16_MAX ? p->octets : UINT16_MAX);
	struct ik_esp_odd *odd = NULL;

	if (p->fragmented || c->odd != 0) {
		odd = odd_of(t, c);
		if (odd == NULL)
			return false;
		ik_esp_odd_large(odd, p);
	}
	if (octets > h->watch && (odd == NULL || odd->mtu == 0))
		h->watch = octets;
	return true;
}

/* Numbers were left out. */
static bool jumped(struct ik_esp_table *t, struct hot *h, const struct ik_esp_packet *p)
{
	struct ik_esp_odd *odd = h->shadow ? NULL : odd_of(t, &t->cold[h - t->hot]);

	if (odd != NULL)
		ik_esp_odd_ahead(odd, h->max_seq, p);
	return odd != NULL || h->shadow;
}

void ik_esp_fetch_index(const struct ik_esp_table *t, uint64_t hash)
{
	if (t->n_buckets > 0)
		ik_fetch(bucket_of(t, hash), 1);
}

void ik_esp_fetch_flow(const struct ik_esp_table *t, uint64_t hash)
{
	const struct entry *e = t->n_buckets > 0 ? bucket_of(t, hash) : NULL;

	for (size_t w = 0; e != NULL && w < WAYS; w++) {
		if (e[w].number != 0 && e[w].tag == (uint32_t)(hash >> 32))
			ik_fetch_to_write(&t->hot[e[w].number - 1], sizeof(struct hot));
	}
}

enum ik_esp_result ik_esp_packet(struct ik_esp_table *t, const struct ik_esp_packet *p)
{
	return ik_esp_count(t, ik_esp_hash(p), p);
}

enum ik_esp_result ik_esp_count(struct ik_esp_table *t, uint64_t hash,
                                const struct ik_esp_packet *p)
{
	struct hot *h = find(t, hash, p->domain);

	if (h == NULL) {
		h = begin(t, hash, p);
		if (h == NULL)
			return IK_ESP_NO_MEMORY;
	} else if (p->seq - h->max_seq - 1 < UINT32_C(0x7fffffff)) {
		if (p->seq - h->max_seq > 1 && !jumped(t, h, p))
			return IK_ESP_NO_MEMORY;
		advance(h, p->seq - h->max_seq);
		h->max_seq = p->seq;
	} else if (!h->shadow) {
		enum ik_esp_result result = behind(t, h, p);

		if (result != IK_ESP_COUNTED)
			return result;
	}
	h->last_time = p->time;
	if (h->shadow)
		return IK_ESP_MIRROR;
	if ((p->octets > h->watch || p->fragmented) && !large(t, h, p))
		return IK_ESP_NO_MEMORY;
	remember(h, p);
	h->encapsulations |= (uint8_t)(1U << p->encapsulation);
	h->lengths |= (uint16_t)(1U << (p->octets & 15));
	h->sizes |= UINT32_C(1) << (p->octets >> 4 & 31);
	h->packets++;
	h->octets += p->octets;
	h->last = p->place;
	return IK_ESP_COUNTED;
}

bool ik_esp_too_large(struct ik_esp_table *t, const struct ik_esp_packet *quoted, uint32_t mtu)
{
	struct hot *h = find(t, ik_esp_hash(quoted), quoted->domain);
	struct ik_esp_odd *odd;

	if (h == NULL || h->shadow)
		return true;
	odd = odd_of(t, &t->cold[h - t->hot]);
	if (odd == NULL)
		return false;
	if (odd->mtu == 0)
		odd->largest = odd->largest < h->watch ? h->watch : odd->largest;
	ik_esp_odd_limit(odd, quoted, mtu);
	if (odd->mtu != 0)
		h->watch = (uint16_t)(odd->fits < UINT16_MAX ? odd->fits : UINT16_MAX);
	return true;
}

bool ik_esp_drain(struct ik_esp_table *t)
{
	for (size_t i = 0; i < t->n; i++)
		if (!tell(t, i))
			return false;
	return true;
}

uint64_t ik_esp_evicted(const struct ik_esp_table *t)
{
	return t->evicted;
}
