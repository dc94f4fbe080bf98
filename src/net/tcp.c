/*
 * TCP connections that carry IKE and ESP: which are followed, and their segments in order.
 *
 * A connection is recognised by the prefix at the start of a direction on any ports, or by
 * plausible framing on the ports of IKE. Foreign TCP costs a look at one octet and at one counter.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "net/tcp.h"

#include <stdlib.h>

#include "net/layer.h"
#include "net/tcp_message.h"

enum { FLAG_SYN = 0x02, FLAG_RST = 0x04, FLAG_ACK = 0x10 };

/* Octets held of one direction while an earlier segment is missing, and how far ahead of the
 * missing one a segment may be. */
enum { HELD_MAX = 65536, WINDOW = 1 << 20 };

/* The lower end first, so that both directions have one key. Zeroed before it is filled. */
struct stream_key {
	struct ikescope_addr low, high;
	uint16_t low_port, high_port;
	uint32_t domain;
};

/* A segment that came before its time. */
struct held {
	struct held *next; /* by sequence number */
	uint64_t frame;
	uint32_t seq, wire, captured;
	uint8_t data[];
};

struct direction {
	bool in_step; /* next is known to be the right place */
	bool gap;     /* the peer has acknowledged octets that were not captured */
	uint32_t next;
	size_t octets; /* held */
	struct held *held;
	struct ik_tcp_reader reader;
};

struct stream {
	struct ik_node node;
	struct stream_key key;
	struct direction side[2]; /* from the low end, from the high end */
};

/* One segment as the walk found it. */
struct segment {
	uint32_t seq, ack;
	uint8_t flags;
	size_t from; /* index of side */
	struct ik_tcp_octets octets;
};

/* Fills the key; the index of the side that a is. */
static size_t make_key(struct stream_key *key, uint32_t domain, const struct ikescope_endpoint *a,
                       const struct ikescope_endpoint *b)
{
	int order = ik_addr_cmp(&a->addr, &b->addr);
	bool swap = order > 0 || (order == 0 && a->port > b->port);
	const struct ikescope_endpoint *low = swap ? b : a, *high = swap ? a : b;

	memset(key, 0, sizeof(*key));
	key->low = low->addr;
	key->high = high->addr;
	key->low_port = low->port;
	key->high_port = high->port;
	key->domain = domain;
	return swap;
}

static struct stream *find(const struct ik_net *n, const struct stream_key *key)
{
	uint64_t hash = ik_hash(&n->key, key, sizeof(*key));

	return (struct stream *)ik_table_find(&n->streams.table, hash, key, sizeof(*key));
}

bool ik_streams_follow(const struct ik_net *n, uint32_t domain, const struct ikescope_endpoint *a,
                       const struct ikescope_endpoint *b)
{
	struct stream_key key;

	if (n->streams.by_ports[ik_tcp_fold(a->port, b->port)] == 0)
		return false;
	(void)make_key(&key, domain, a, b);
	return find(n, &key) != NULL;
}

/* Forgets everything about a direction. */
static void out_of_step(struct direction *d)
{
	for (struct held *h = d->held, *next; h != NULL; h = next) {
		next = h->next;
		free(h);
	}
	ik_tcp_reader_free(&d->reader);
	*d = (struct direction){0};
}

static void discard(struct ik_streams *all, struct stream *s)
{
	all->by_ports[ik_tcp_fold(s->key.low_port, s->key.high_port)]--;
	ik_table_remove(&all->table, &s->node);
	ik_list_remove(&all->used, &s->node);
	out_of_step(&s->side[0]);
	out_of_step(&s->side[1]);
	free(s);
}

void ik_streams_free(struct ik_streams *s)
{
	while (s->used.first != NULL)
		discard(s, (struct stream *)s->used.first);
	ik_table_free(&s->table);
}

static struct stream *new_stream(struct ik_walk *w, const struct stream_key *key)
{
	struct ik_streams *all = &w->n->streams;
	struct stream *s;

	if (all->used.count >= w->n->limits.tcp_streams) {
		w->n->lost[IK_CAP_TCP_STREAMS]++;
		discard(all, (struct stream *)all->used.first);
	}
	s = (struct stream *)calloc(1, sizeof(*s));
	if (s != NULL) {
		s->key = *key;
		s->node.hash = ik_hash(&w->n->key, key, sizeof(*key));
	}
	if (s == NULL || !ik_table_add(&all->table, &s->node)) {
		w->failed = true;
		free(s);
		return NULL;
	}
	ik_list_append(&all->used, &s->node);
	all->by_ports[ik_tcp_fold(key->low_port, key->high_port)]++;
	return s;
}

/* The originator begins here; what the other side has yet to say begins where this one
 * acknowledges. */
static void begin(struct stream *s, const struct segment *g)
{
	struct direction *d = &s->side[g->from], *other = &s->side[1 - g->from];

	out_of_step(d);
	out_of_step(other);
	d->in_step = true;
	d->next = g->seq;
	d->reader.prefix_left = IK_TCP_PREFIX;
	other->in_step = (g->flags & FLAG_ACK) != 0;
	other->next = g->ack;
}

/* Keeps a segment for later. False: out of memory. */
static bool hold(struct direction *d, const struct segment *g)
{
	struct held **link = &d->held, *h;

	while (*link != NULL && (int32_t)((*link)->seq - g->seq) < 0)
		link = &(*link)->next;
	if (*link != NULL && (*link)->seq == g->seq && (*link)->wire >= g->octets.wire)
		return true;
	h = (struct held *)malloc(sizeof(*h) + g->octets.captured);
	if (h == NULL)
		return false;
	*h = (struct held){.next = *link,
	                   .frame = g->octets.frame,
	                   .seq = g->seq,
	                   .wire = (uint32_t)g->octets.wire,
	                   .captured = (uint32_t)g->octets.captured};
	if (h->captured != 0)
		memcpy(h->data, g->octets.data, h->captured);
	d->octets += sizeof(*h) + h->captured;
	*link = h;
	return true;
}

/* Reads octets of which some may have been read before; seq is not ahead of next. */
static enum ik_tcp_result read_new(struct ik_walk *w, struct direction *d, uint32_t seq,
                                   struct ik_tcp_octets o)
{
	uint32_t old = d->next - seq;

	if (old >= o.wire)
		return IK_TCP_OK;
	ik_tcp_advance(&o, old);
	d->next += (uint32_t)o.wire;
	return ik_tcp_read(w, &d->reader, o);
}

/* Reads what was held and is no longer ahead. */
static enum ik_tcp_result read_held(struct ik_walk *w, struct direction *d)
{
	enum ik_tcp_result result = IK_TCP_OK;

	while (result == IK_TCP_OK && d->held != NULL && (int32_t)(d->held->seq - d->next) <= 0) {
		struct held *h = d->held;
		struct ik_tcp_octets o = {h->data, h->captured, h->wire, h->frame, 0};

		d->held = h->next;
		d->octets -= sizeof(*h) + h->captured;
		result = read_new(w, d, h->seq, o);
		free(h);
	}
	return result;
}

static void lost(struct ik_walk *w, const char *text)
{
	ik_trouble(w, IK_NET_MALFORMED, w->rd.pos, "TCP", text, "RFC 9329 3");
}

/* The stream ends, but for a snap length: then the next segment may begin a message. */
static void end(struct ik_walk *w, struct stream *s, struct direction *d, enum ik_tcp_result why)
{
	switch (why) {
	case IK_TCP_OK: return;
	case IK_TCP_CUT: out_of_step(d); return;
	case IK_TCP_FOREIGN: break;
	case IK_TCP_LENGTH: lost(w, "a message length that is less than its own field"); break;
	case IK_TCP_MEMORY: w->failed = true; break;
	}
	discard(&w->n->streams, s);
}

/* Segments are missing for good: the held ones are searched for the start of a message. */
static enum ik_tcp_result step_over_gap(struct ik_walk *w, struct direction *d)
{
	struct held *h = d->held;

	lost(w, "segments were not captured: messages are missing");
	ik_tcp_reader_free(&d->reader);
	d->gap = false;
	while (h != NULL && !ik_tcp_plausible(h->data, h->captured)) {
		d->held = h->next;
		d->octets -= sizeof(*h) + h->captured;
		free(h);
		h = d->held;
	}
	d->in_step = h != NULL;
	if (h == NULL)
		return IK_TCP_OK;
	d->next = h->seq;
	return read_held(w, d);
}

static enum ik_tcp_result arrive(struct ik_walk *w, struct direction *d, const struct segment *g)
{
	enum ik_tcp_result result = IK_TCP_OK;

	if (d->in_step && d->held != NULL && (d->gap || d->octets > HELD_MAX))
		result = step_over_gap(w, d);
	if (result != IK_TCP_OK)
		return result;
	if (!d->in_step) {
		if (!ik_tcp_plausible(g->octets.data, g->octets.captured))
			return IK_TCP_OK;
		d->in_step = true;
		d->next = g->seq;
	}
	if ((int32_t)(g->seq - d->next) > 0)
		return hold(d, g) ? IK_TCP_OK : IK_TCP_MEMORY;
	result = read_new(w, d, g->seq, g->octets);
	return result == IK_TCP_OK ? read_held(w, d) : result;
}

/* A segment so far from the expected one is of another connection between the same ports. */
static bool far(const struct direction *d, uint32_t seq)
{
	int32_t ahead = (int32_t)(seq - d->next);

	return d->in_step && (ahead > WINDOW || ahead < -WINDOW);
}

/* The stream that a segment with payload belongs to, made if it begins one; NULL: none. */
static struct stream *stream_of(struct ik_walk *w, struct stream *s, const struct stream_key *key,
                                const struct segment *g)
{
	const struct ik_tcp_octets *o = &g->octets;
	size_t begins = ik_tcp_prefix(o->data, o->captured);
	bool known = s != NULL;

	if (known && far(&s->side[g->from], g->seq))
		out_of_step(&s->side[g->from]);
	if (known && (s->side[g->from].in_step || begins < IK_TCP_PREFIX))
		return s;
	if (begins == 0 &&
	    !((ik_is_ike_port(w->n, w->dg.sport) || ik_is_ike_port(w->n, w->dg.dport)) &&
	      ik_tcp_plausible(o->data, o->captured)))
		return NULL;
	if (!known)
		s = new_stream(w, key);
	if (s != NULL && begins != 0)
		begin(s, g);
	return s;
}

static void follow(struct ik_walk *w, struct segment *g)
{
	struct ik_streams *all = &w->n->streams;
	const struct ikescope_endpoint src = {w->dg.src, w->dg.sport},
	                               dst = {w->dg.dst, w->dg.dport};
	struct stream_key key;
	struct direction *other;
	struct stream *s;

	g->from = make_key(&key, w->dg.domain, &src, &dst);
	s = find(w->n, &key);
	if (s != NULL && (g->flags & (FLAG_SYN | FLAG_RST)) != 0) {
		discard(all, s);
		return;
	}
	if (s != NULL && (g->flags & FLAG_ACK) != 0) {
		other = &s->side[1 - g->from];
		other->gap = other->gap ||
		             (other->held != NULL && (int32_t)(g->ack - other->held->seq) > 0);
	}
	if (g->octets.wire == 0)
		return;
	s = stream_of(w, s, &key, g);
	if (s == NULL)
		return;
	ik_list_remove(&all->used, &s->node);
	ik_list_append(&all->used, &s->node);
	end(w, s, &s->side[g->from], arrive(w, &s->side[g->from], g));
}

/*
 * RFC 9293 3.1:
 *
 *  | Source Port (16)           | Destination Port (16) |
 *  | Sequence Number (32)                               |
 *  | Acknowledgment Number (32)                         |
 *  | Data Offset (4) | Rsrvd (4) | Flags (8) | Window (16) |
 *  | Checksum (16)              | Urgent Pointer (16)   |
 *  | options                                            |
 */
enum ik_layer ik_tcp(struct ik_walk *w)
{
	const uint8_t *h = ik_rd_take(&w->rd, 20);
	struct segment g;
	size_t header;

	if (h == NULL)
		return IK_L_OTHER;
	w->dg.sport = ik_be16(h);
	w->dg.dport = ik_be16(h + 2);
	header = (size_t)(h[12] >> 4) * 4;
	ik_rd_skip(&w->rd, header < 20 ? 0 : header - 20);
	if (header < 20 || w->rd.bad ||
	    !ik_tcp_matters(w->n, w->dg.sport, w->dg.dport, w->rd.buf + w->rd.pos,
	                    ik_rd_left(&w->rd)))
		return IK_L_OTHER;
	g = (struct segment){.seq = ik_be32(h + 4), .ack = ik_be32(h + 8), .flags = h[13]};
	g.octets = (struct ik_tcp_octets){w->rd.buf + w->rd.pos, ik_rd_left(&w->rd),
	                                  ik_wire_left(w), w->packet->at.frame, w->rd.pos};
	follow(w, &g);
	return IK_L_OTHER;
}
