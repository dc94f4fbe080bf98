/* Reassembly of IP fragments. SPDX-License-Identifier: Apache-2.0 */
#include "net/fragment.h"

#include <stdlib.h>

#include "net/layer.h"

/* How long a quiet datagram is remembered: mirror copies and the rest of its fragments come within
 * milliseconds, while the identification may be used again after a second. */
static const uint64_t QUIET_TIME = IKESCOPE_SECOND;

/* More pieces of one datagram than any path makes; a sender of smaller ones is refused. */
enum { PIECES_MAX = 1024, MARKS_MAX = 64 };

enum state { OPEN, WHOLE, FOREIGN, REFUSED };

/* RFC 791 3.2: source, destination, protocol and identification make a datagram; IPv6 leaves the
 * protocol out, because only the first fragment knows it (RFC 8200 4.5). No padding matters: keys
 * are zeroed first. */
struct frag_key {
	struct ikescope_addr src, dst;
	uint8_t protocol;
	uint32_t id, domain;
};

/* Octets of a datagram; pieces do not overlap. */
struct piece {
	struct piece *next; /* in the order of start */
	uint64_t frame;
	uint32_t start, length, captured;
	uint8_t data[];
};

/* What is left of a piece of a datagram that is whole: enough to know a copy. */
struct mark {
	uint32_t start, length;
	uint64_t digest;
};

struct datagram {
	struct ik_node node;
	struct frag_key key;
	enum state state;
	struct piece *first, *last;
	uint32_t n_pieces, n_fragments;
	uint32_t have, total; /* total 0 while the last fragment is missing */
	uint8_t protocol;
	struct ikescope_at at;
	ikescope_time time, last_time;
	struct mark *mark; /* of a whole one; none if it had very many pieces */
	uint32_t n_marks;
};

/* The upper layer as the first fragment shows it. */
struct opening {
	uint8_t protocol;
	bool readable; /* the UDP header was captured */
	uint16_t sport, dport;
	size_t data; /* position behind the UDP header, or of the upper layer header */
};

static struct opening read_opening(struct ik_rd rd, uint8_t protocol)
{
	struct opening o = {.protocol = protocol};

	ik_skip_extensions(&rd, &o.protocol);
	if (o.protocol == 17) {
		o.sport = ik_rd_u16(&rd);
		o.dport = ik_rd_u16(&rd);
		ik_rd_skip(&rd, 4);
	}
	o.readable = !rd.bad;
	o.data = rd.pos;
	return o;
}

static bool opening_is_ike(const struct ik_net *n, const struct opening *o)
{
	if (o->protocol == 17)
		return o->readable && (ik_is_ike_port(n, o->sport) || ik_is_ike_port(n, o->dport));
	return o->protocol == 50 || o->protocol == 51;
}

/* Whether the datagram is worth reassembling. */
static bool opening_matters(const struct ik_net *n, const struct opening *o)
{
	if (o->protocol == 17)
		return opening_is_ike(n, o) ||
		       (o->readable && ik_udp_tunnel(o->dport) != IK_L_NONE);
	return ik_protocol_matters(o->protocol);
}

static bool older_than(ikescope_time then, ikescope_time now, uint64_t age)
{
	return now > then && (uint64_t)now - (uint64_t)then > age;
}

/* When what began at `then` has aged: the last of all times where there is no such time. */
static ikescope_time aged(ikescope_time then, uint64_t age)
{
	return then > INT64_MAX - (ikescope_time)age ? INT64_MAX : then + (ikescope_time)age;
}

static void free_pieces(struct ik_fragments *f, struct datagram *d)
{
	for (struct piece *p = d->first, *next; p != NULL; p = next) {
		next = p->next;
		f->memory -= sizeof(*p) + p->captured;
		free(p);
	}
	d->first = d->last = NULL;
}

static void discard(struct ik_fragments *f, struct datagram *d)
{
	ik_list_remove(d->state == OPEN ? &f->open : &f->quiet, &d->node);
	ik_table_remove(&f->table, &d->node);
	free_pieces(f, d);
	free(d->mark);
	free(d);
}

/* Frames of the pieces, ascending, each once. at has room for one of each piece. */
static size_t collect_frames(const struct datagram *d, uint64_t *at)
{
	size_t n = 0;

	for (const struct piece *p = d->first; p != NULL; p = p->next) {
		size_t i = n;

		while (i > 0 && at[i - 1] > p->frame)
			i--;
		if (i > 0 && at[i - 1] == p->frame)
			continue;
		memmove(at + i + 1, at + i, (n - i) * sizeof(*at));
		at[i] = p->frame;
		n++;
	}
	return n;
}

static void fill_incomplete(struct ik_incomplete *lost, const struct datagram *d,
                            const struct opening *o)
{
	lost->domain = d->key.domain;
	lost->src = d->key.src;
	lost->dst = d->key.dst;
	lost->ip_protocol = o->protocol;
	lost->sport = o->sport;
	lost->dport = o->dport;
	lost->has_last = d->total != 0;
	lost->have = d->have;
	lost->total = d->total;
	lost->at = d->at;
	lost->time = d->time;
	lost->last_time = d->last_time;
	if (lost->has_first && o->readable) {
		lost->data = d->first->data + o->data;
		lost->captured = d->first->captured - o->data;
	}
}

/* Tells the sink of an open datagram that can have been IKE. */
static void report(const struct ik_net *n, const struct datagram *d, bool displaced)
{
	struct ik_incomplete lost = {.displaced = displaced};
	struct opening o = {.protocol = d->protocol};
	uint64_t *frames;

	lost.has_first = d->first != NULL && d->first->start == 0;
	if (lost.has_first)
		o = read_opening(ik_rd_make(d->first->data, d->first->captured), d->protocol);
	if (lost.has_first ? !opening_is_ike(n, &o)
	                   : o.protocol != 17 && o.protocol != 50 && o.protocol != 51)
		return;
	fill_incomplete(&lost, d, &o);
	frames = (uint64_t *)malloc((d->n_pieces + 1) * sizeof(*frames));
	if (frames != NULL) {
		lost.n_frames = collect_frames(d, frames);
		lost.frames = frames;
	}
	if (n->sink.incomplete != NULL)
		n->sink.incomplete(n->sink.ctx, &lost);
	free(frames);
}

static void give_up(struct ik_net *n, struct datagram *d, bool displaced)
{
	report(n, d, displaced);
	discard(&n->fragments, d);
}

static struct datagram *first_of(const struct ik_list *l)
{
	return (struct datagram *)l->first;
}

void ik_fragments_expire(struct ik_net *n, ikescope_time now)
{
	struct ik_fragments *f = &n->fragments;
	uint64_t age = n->limits.fragment_timeout * (uint64_t)IKESCOPE_SECOND;
	ikescope_time open = INT64_MAX;
	ikescope_time quiet = INT64_MAX;

	while (f->open.first != NULL && older_than(first_of(&f->open)->time, now, age))
		give_up(n, first_of(&f->open), false);
	while (f->quiet.first != NULL &&
	       older_than(first_of(&f->quiet)->last_time, now, QUIET_TIME))
		discard(f, first_of(&f->quiet));
	if (f->open.first != NULL)
		open = aged(first_of(&f->open)->time, age);
	if (f->quiet.first != NULL)
		quiet = aged(first_of(&f->quiet)->last_time, QUIET_TIME);
	f->due = open < quiet ? open : quiet;
}

void ik_fragments_flush(struct ik_net *n)
{
	while (n->fragments.open.first != NULL)
		give_up(n, first_of(&n->fragments.open), false);
}

void ik_fragments_free(struct ik_fragments *f)
{
	while (f->open.first != NULL)
		discard(f, first_of(&f->open));
	while (f->quiet.first != NULL)
		discard(f, first_of(&f->quiet));
	ik_table_free(&f->table);
}

/* From open to quiet: the octets go, the memory of it stays a moment. */
static void silence(struct ik_net *n, struct datagram *d, enum state state)
{
	struct ik_fragments *f = &n->fragments;

	if (f->quiet.count >= n->limits.fragment_datagrams) {
		n->lost[IK_CAP_FRAGMENT_DATAGRAMS]++;
		discard(f, first_of(&f->quiet));
	}
	ik_list_remove(&f->open, &d->node);
	free_pieces(f, d);
	d->state = state;
	ik_list_append(&f->quiet, &d->node);
}

static struct frag_key make_key(const struct ik_walk *w, const struct ik_fragment *f)
{
	struct frag_key key;

	memset(&key, 0, sizeof(key));
	key.src = w->dg.src;
	key.dst = w->dg.dst;
	key.protocol = w->dg.src.family == 4 ? f->protocol : 0;
	key.id = f->id;
	key.domain = w->dg.domain;
	return key;
}

/* A new open datagram; another one makes room if need be. NULL: out of memory. */
static struct datagram *new_datagram(struct ik_walk *w, const struct frag_key *key, uint64_t hash,
                                     uint8_t protocol)
{
	struct ik_net *n = w->n;
	struct datagram *d;

	if (n->fragments.open.count >= n->limits.fragment_datagrams) {
		n->lost[IK_CAP_FRAGMENT_DATAGRAMS]++;
		give_up(n, first_of(&n->fragments.open), true);
	}
	d = (struct datagram *)calloc(1, sizeof(*d));
	if (d == NULL)
		return NULL;
	d->node.hash = hash;
	d->key = *key;
	d->protocol = protocol;
	d->at = w->packet->at;
	d->time = w->packet->time;
	if (!ik_table_add(&n->fragments.table, &d->node)) {
		free(d);
		return NULL;
	}
	ik_list_append(&n->fragments.open, &d->node);
	return d;
}

/* Room for so many octets, at the cost of older datagrams but not of d. */
static bool make_room(struct ik_net *n, const struct datagram *d, size_t octets)
{
	struct ik_fragments *f = &n->fragments;

	while (f->memory + octets > n->limits.fragment_memory) {
		struct datagram *victim = first_of(&f->open);

		n->lost[IK_CAP_FRAGMENT_MEMORY]++;
		if (victim == d)
			victim = (struct datagram *)victim->node.after;
		if (victim == NULL)
			return false;
		give_up(n, victim, true);
	}
	return true;
}

enum outcome { TAKEN, DIFFERS, NO_ROOM, NO_MEMORY };

/* Puts the octets from start to end of the fragment, which no piece has, in front of *link. */
static enum outcome insert(struct ik_walk *w, struct datagram *d, struct piece **link,
                           const struct ik_fragment *f, uint32_t start, uint32_t end)
{
	size_t skip = start - f->offset, captured = ik_rd_left(&w->rd);
	struct piece *p;

	captured = captured > skip ? captured - skip : 0;
	if (captured > end - start)
		captured = end - start;
	if (d->n_pieces >= PIECES_MAX || !make_room(w->n, d, sizeof(*p) + captured))
		return NO_ROOM;
	p = (struct piece *)malloc(sizeof(*p) + captured);
	if (p == NULL)
		return NO_MEMORY;
	*p = (struct piece){.next = *link,
	                    .frame = w->packet->at.frame,
	                    .start = start,
	                    .length = end - start,
	                    .captured = (uint32_t)captured};
	if (captured != 0)
		memcpy(p->data, w->rd.buf + w->rd.pos + skip, captured);
	w->n->fragments.memory += sizeof(*p) + captured;
	*link = p;
	if (p->next == NULL)
		d->last = p;
	d->n_pieces++;
	d->have += p->length;
	return TAKEN;
}

/* Whether the octets that both have are the same. */
static bool agrees(const struct ik_walk *w, const struct piece *p, const struct ik_fragment *f)
{
	size_t from = p->start > f->offset ? p->start : f->offset;
	size_t end = f->offset + ik_rd_left(&w->rd), to = p->start + p->captured;

	if (to > end)
		to = end;
	return from >= to || memcmp(p->data + (from - p->start),
	                            w->rd.buf + w->rd.pos + (from - f->offset), to - from) == 0;
}

/* Takes in what is new of a fragment. Octets that came before must be the same (RFC 5722 4 and
 * RFC 3128 refuse overlaps; a mirror port sends copies). */
static enum outcome take(struct ik_walk *w, struct datagram *d, const struct ik_fragment *f)
{
	uint32_t at = f->offset, end = f->offset + (uint32_t)ik_wire_left(w);
	struct piece **link = &d->first;
	enum outcome outcome = TAKEN;

	if (d->last != NULL && at >= d->last->start + d->last->length)
		link = &d->last->next;
	while (at < end && outcome == TAKEN) {
		struct piece *p = *link;
		uint32_t until = p == NULL || p->start > end ? end : p->start;

		if (at < until) {
			outcome = insert(w, d, link, f, at, until);
			at = until;
		} else if (p != NULL && !agrees(w, p, f)) {
			outcome = DIFFERS;
		} else if (p != NULL && p->start + p->length > at) {
			at = p->start + p->length;
		}
		if (*link != NULL)
			link = &(*link)->next;
	}
	return outcome;
}

/* The end of the datagram, once known, holds for every fragment. */
static bool end_agrees(struct datagram *d, uint32_t end, bool more)
{
	if (d->total != 0 && (more ? end > d->total : end != d->total))
		return false;
	if (!more && d->last != NULL && d->last->start + d->last->length > end)
		return false;
	if (!more)
		d->total = end;
	return true;
}

/* The octets of all pieces in one, up to the first that the snap length cut off, behind the frame
 * numbers. The walk goes on there. */
static bool join(struct ik_walk *w, const struct datagram *d)
{
	uint64_t *whole;
	uint8_t *data;
	size_t captured = 0;

	whole = (uint64_t *)malloc(d->n_pieces * sizeof(*whole) + d->total);
	if (whole == NULL)
		return false;
	data = (uint8_t *)(whole + d->n_pieces);
	for (const struct piece *p = d->first; p != NULL; p = p->next) {
		memcpy(data + captured, p->data, p->captured);
		captured += p->captured;
		if (p->captured < p->length)
			break;
	}
	free(w->whole);
	w->whole = whole;
	w->rd = ik_rd_make(data, captured);
	w->wire_end = d->total;
	w->dg.frames = whole;
	w->dg.n_frames = collect_frames(d, whole);
	w->dg.fragments = d->n_fragments;
	return true;
}

static bool remember_pieces(struct datagram *d)
{
	if (d->n_pieces > MARKS_MAX)
		return true;
	d->mark = (struct mark *)malloc(d->n_pieces * sizeof(*d->mark));
	if (d->mark == NULL)
		return false;
	for (const struct piece *p = d->first; p != NULL; p = p->next)
		d->mark[d->n_marks++] =
		        (struct mark){p->start, p->length, ik_digest(p->data, p->captured)};
	return true;
}

static enum ik_layer complete(struct ik_walk *w, struct datagram *d)
{
	uint8_t protocol = d->protocol;

	if (!join(w, d) || !remember_pieces(d)) {
		w->failed = true;
		discard(&w->n->fragments, d);
		return IK_L_NONE;
	}
	silence(w->n, d, WHOLE);
	return ik_next_protocol(w, protocol);
}

static enum ik_layer refuse(struct ik_walk *w, struct datagram *d, const struct ik_fragment *f,
                            const char *text)
{
	const char *rfc = w->dg.src.family == 4 ? "RFC 3128" : "RFC 5722 4";

	ik_trouble(w, IK_NET_OVERLAP, f->at, "fragment", text, rfc);
	silence(w->n, d, REFUSED);
	return IK_L_NONE;
}

static enum ik_layer add_to_open(struct ik_walk *w, struct datagram *d, const struct ik_fragment *f)
{
	uint32_t end = f->offset + (uint32_t)ik_wire_left(w), have = d->have;

	if (f->offset == 0)
		d->protocol = f->protocol;
	if (!end_agrees(d, end, f->more))
		return refuse(w, d, f, "fragments disagree about the end of the datagram");
	switch (take(w, d, f)) {
	case TAKEN: break;
	case DIFFERS: return refuse(w, d, f, "fragments overlap with different content");
	case NO_ROOM: give_up(w->n, d, true); return IK_L_NONE;
	case NO_MEMORY:
		w->failed = true;
		discard(&w->n->fragments, d);
		return IK_L_NONE;
	}
	d->n_fragments += d->have != have;
	return d->total != 0 && d->have == d->total ? complete(w, d) : IK_L_NONE;
}

static bool is_copy(const struct ik_walk *w, const struct datagram *d, const struct ik_fragment *f)
{
	size_t length = ik_wire_left(w);

	for (uint32_t i = 0; i < d->n_marks; i++)
		if (d->mark[i].start == f->offset && d->mark[i].length == length)
			return d->mark[i].digest ==
			       ik_digest(w->rd.buf + w->rd.pos, ik_rd_left(&w->rd));
	return false;
}

/* Whether a fragment belongs to a datagram that is done with. */
static bool belongs(const struct ik_walk *w, const struct datagram *d, const struct ik_fragment *f)
{
	if (d->state == WHOLE)
		return is_copy(w, d, f);
	return d->state == REFUSED || f->offset != 0;
}

static enum ik_layer foreign(struct ik_walk *w, const struct ik_fragment *f)
{
	w->dg.ip_protocol = f->protocol;
	return IK_L_OTHER;
}

/* What is wrong with a fragment, in octets behind the beginning of its header; 0: nothing. */
static size_t fault(const struct ik_walk *w, const struct ik_fragment *f)
{
	size_t length = ik_wire_left(w);
	bool v4 = w->dg.src.family == 4;

	if (length == 0 || length > 65535 || (f->more && length % 8 != 0))
		return 2; /* IPv4: the total length; IPv6: the offset, the length is not here */
	if (f->offset > 65535 - length)
		return v4 ? 6 : 2;
	return 0;
}

/* A datagram that is done with gets one more fragment. True: that is all there is to it. */
static bool add_to_quiet(struct ik_walk *w, struct datagram *d, const struct ik_fragment *f)
{
	struct ik_fragments *all = &w->n->fragments;

	if (!belongs(w, d, f)) {
		discard(all, d);
		return false;
	}
	d->last_time = w->packet->time;
	ik_list_remove(&all->quiet, &d->node);
	ik_list_append(&all->quiet, &d->node);
	return true;
}

enum ik_layer ik_fragment(struct ik_walk *w, const struct ik_fragment *f)
{
	struct frag_key key;
	struct datagram *d;
	uint64_t hash;
	size_t wrong;

	if (!ik_protocol_matters(f->protocol))
		return foreign(w, f);
	w->n->fragments.due = INT64_MIN; /* what is next to be given up is found anew */
	wrong = fault(w, f);
	if (wrong != 0)
		return ik_malformed(w, f->at + wrong, "fragment",
		                    "a fragment of impossible length or offset",
		                    w->dg.src.family == 4 ? "RFC 791 3.2" : "RFC 8200 4.5");
	key = make_key(w, f);
	hash = ik_hash(&w->n->key, &key, sizeof(key));
	d = (struct datagram *)ik_table_find(&w->n->fragments.table, hash, &key, sizeof(key));
	if (d != NULL && d->state != OPEN) {
		enum state state = d->state;

		if (add_to_quiet(w, d, f))
			return state == FOREIGN ? foreign(w, f) : IK_L_NONE;
		d = NULL;
	}
	if (d == NULL && (d = new_datagram(w, &key, hash, f->protocol)) == NULL) {
		w->failed = true;
		return IK_L_NONE;
	}
	d->last_time = w->packet->time;
	if (f->offset == 0) {
		struct opening o = read_opening(w->rd, f->protocol);

		if (!opening_matters(w->n, &o)) {
			silence(w->n, d, FOREIGN);
			return foreign(w, f);
		}
	}
	return add_to_open(w, d, f);
}
