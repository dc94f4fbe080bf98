/*
 * What is told of an ESP flow: what is unusual about its order and sizes, and parts of it joined.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "session/esp.h"

#define LEAST_MTU    68              /* RFC 791 3.2; a smaller one is no MTU */
#define HEEDED_BY    IKESCOPE_SECOND /* a sender that heeds an MTU does so within a round trip */
#define FORGOTTEN_BY (300 * IKESCOPE_SECOND) /* then it may try larger ones (RFC 8201 4) */
#define BACK_STEP    16 /* numbers that a run may leave out between two packets */

enum { IPV4 = 20, IPV6 = 40, UDP = 8 };

void ik_esp_odd_ahead(struct ik_esp_odd *odd, uint32_t max_seq, const struct ik_esp_packet *p)
{
	if (p->seq - max_seq <= odd->jump)
		return;
	odd->jump = p->seq - max_seq;
	odd->jump_place = p->place;
}

/* One more packet of numbers that may have begun anew. */
static void back(struct ik_esp_odd *odd, uint32_t max_seq, const struct ik_esp_packet *p)
{
	bool on = odd->back_run > 0 && odd->back_max == max_seq &&
	          p->seq - odd->back_seq - 1 < BACK_STEP;

	odd->back_run = on ? odd->back_run + 1 : 1;
	odd->back_first = on ? odd->back_first : p->seq;
	odd->back_max = max_seq;
	odd->back_seq = p->seq;
	if (odd->back_run <= odd->back_longest)
		return;
	if (odd->back_run == IK_ESP_BACK_RUN) {
		odd->back_place = p->place;
		odd->back_time = p->time;
		odd->back_from = max_seq;
		odd->back_to = odd->back_first;
	}
	odd->back_longest = odd->back_run;
}

void ik_esp_odd_again(struct ik_esp_odd *odd, uint32_t max_seq, const struct ik_esp_packet *p)
{
	back(odd, max_seq, p);
}

void ik_esp_odd_behind(struct ik_esp_odd *odd, uint32_t max_seq, const struct ik_esp_packet *p)
{
	uint32_t by = max_seq - p->seq;

	for (size_t i = 0; i < IK_ESP_WINDOWS && by >= UINT32_C(32) << i; i++)
		odd->late[i]++;
	/* Within the window it is known to fill a gap. */
	if (by >= IK_ESP_WINDOW)
		back(odd, max_seq, p);
	else
		odd->back_run = 0;
	if (by > odd->deepest) {
		odd->deepest = by;
		odd->deepest_place = p->place;
	}
}

void ik_esp_odd_large(struct ik_esp_odd *odd, const struct ik_esp_packet *p)
{
	if (p->octets > odd->largest)
		odd->largest = p->octets;
	if (p->fragmented) {
		if (odd->fragmented++ == 0)
			odd->fragmented_place = p->place;
	} else if (odd->mtu != 0 && p->octets > odd->fits && p->time - odd->told_time > HEEDED_BY &&
	           p->time - odd->told_last < FORGOTTEN_BY) {
		if (odd->oversized++ == 0)
			odd->oversized_place = p->place;
	}
}

void ik_esp_odd_limit(struct ik_esp_odd *odd, const struct ik_esp_packet *quoted, uint32_t mtu)
{
	uint32_t outer = quoted->src->family == 6 ? IPV6 : IPV4;

	outer += quoted->encapsulation == IKESCOPE_ENCAP_UDP ? UDP : 0;
	odd->told++;
	odd->told_last = quoted->time;
	if (mtu < LEAST_MTU || (odd->mtu != 0 && mtu >= odd->mtu))
		return;
	odd->mtu = mtu;
	odd->fits = mtu - outer;
	odd->told_time = quoted->time;
}

static void deeper(uint32_t *most, uint64_t *place, uint32_t other, uint64_t other_place)
{
	if (other <= *most)
		return;
	*most = other;
	*place = other_place;
}

static void add(uint32_t *count, uint64_t *place, uint32_t more, uint64_t more_place)
{
	if (*count == 0)
		*place = more_place;
	*count += more;
}

static void join_odd(struct ik_esp_odd *odd, const struct ik_esp_odd *later)
{
	for (size_t i = 0; i < IK_ESP_WINDOWS; i++)
		odd->late[i] += later->late[i];
	deeper(&odd->deepest, &odd->deepest_place, later->deepest, later->deepest_place);
	deeper(&odd->jump, &odd->jump_place, later->jump, later->jump_place);
	if (later->back_longest > odd->back_longest) {
		odd->back_longest = later->back_longest;
		odd->back_from = later->back_from;
		odd->back_to = later->back_to;
		odd->back_place = later->back_place;
		odd->back_time = later->back_time;
	}
	if (odd->mtu == 0 || (later->mtu != 0 && later->mtu < odd->mtu)) {
		odd->mtu = later->mtu;
		odd->fits = later->fits;
		odd->told_time = later->told_time;
		odd->told_last = later->told_last;
	}
	odd->told += later->told;
	add(&odd->oversized, &odd->oversized_place, later->oversized, later->oversized_place);
	add(&odd->fragmented, &odd->fragmented_place, later->fragmented, later->fragmented_place);
}

void ik_esp_join(struct ik_esp_flow *flow, const struct ik_esp_flow *later)
{
	if (flow->max_seq == later->first_seq) {
		flow->duplicates++;
		flow->unique--;
	} else if (flow->max_seq - later->first_seq < UINT32_C(0x80000000)) {
		flow->out_of_order++;
		if (flow->first_seq - later->first_seq < IK_ESP_WINDOW)
			flow->first_seq = later->first_seq;
	}
	flow->packets += later->packets;
	flow->octets += later->octets;
	flow->mirrors += later->mirrors;
	flow->duplicates += later->duplicates;
	flow->out_of_order += later->out_of_order;
	flow->unique += later->unique;
	flow->sizes |= later->sizes;
	flow->lengths |= later->lengths;
	flow->encapsulations |= later->encapsulations;
	flow->largest = later->largest > flow->largest ? later->largest : flow->largest;
	flow->unusual |= later->unusual;
	join_odd(&flow->odd, &later->odd);
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
