/*
 * Traffic around the negotiations: ESP, what has nothing to do with IPsec, a flood. Each stream has
 * a pace, and gives one packet after another.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef BENCH_STREAM_H
#define BENCH_STREAM_H

#include "engine.h"

/* Packets at random distances around a mean. */
struct pace {
	struct rng rng;
	uint64_t time; /* of the next packet, microseconds */
	uint32_t mean; /* microseconds between two packets */
};

static inline void pace_step(struct pace *p)
{
	p->time += rng_below(&p->rng, 2 * p->mean) + 1;
}

/* ESP of tunnels that were up before the capture began, and of those that come up in it. */
struct esp;
struct esp *esp_new(uint64_t seed, uint32_t tunnels);
void esp_send(struct esp *e, struct capture *c, uint64_t time);
/* For struct engine_plan; the context is a struct esp. */
void esp_on_child(void *context, uint32_t slot, const struct child *child);
/* SPIs that have been used. */
uint64_t esp_flows(const struct esp *e);
void esp_free(struct esp *e);

/* TCP, UDP, ICMP, GRE and ARP, some of it in IPv6 or in a VLAN. */
struct foreign;
struct foreign *foreign_new(uint64_t seed);
void foreign_send(struct foreign *f, struct capture *c, uint64_t time);
void foreign_free(struct foreign *f);

/* First messages of phase 1 from spoofed addresses, which nobody answers. */
struct flood {
	struct rng rng;
	struct digester digester;
	uint32_t sent, gateways;
};
void flood_open(struct flood *f, uint64_t seed, uint32_t gateways);
void flood_send(struct flood *f, struct capture *c, uint64_t time);
void flood_close(struct flood *f);

#endif
