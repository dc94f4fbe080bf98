/*
 * Writes a capture for measurements: generate WORKLOAD OCTETS SEED FILE. The same arguments give
 * the same octets. What is in it goes to standard output, one "name number" on each line.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "stream.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

enum { GATEWAYS = 4, TUNNELS = 6400, FEWEST = 40, MANY = 10000 };

#define GIGABYTE                  1e9
#define NEGOTIATIONS_PER_GIGABYTE 242000.0

struct workload {
	const char *name;
	double ike;                 /* share of the octets */
	double negotiations;        /* for each gigabyte */
	double seconds;             /* of capture time for each gigabyte */
	double esp, foreign, flood; /* shares of the octets */
	uint32_t responders;
};

/* clang-format off */
static const struct workload workloads[] = {
	/* name   ike  negotiations                     seconds esp   foreign flood responders */
	{"ike",   1.0,  NEGOTIATIONS_PER_GIGABYTE,        3600, 0,    0,    0, 0},
	{"esp",   0.01, NEGOTIATIONS_PER_GIGABYTE * 0.01,  900, 0.99, 0,    0, 0},
	{"mixed", 0.02, NEGOTIATIONS_PER_GIGABYTE * 0.02,  900, 0.08, 0.90, 0, 0},
	{"flood", 0.0,  400,                               600, 0,    0,    1, GATEWAYS},
};
/* clang-format on */

enum { ESP, FOREIGN, FLOOD, STREAMS };

struct generator {
	struct capture capture;
	struct engine *engine;
	struct esp *esp;
	struct foreign *foreign;
	struct flood flood;
	struct pace pace[STREAMS];
	uint64_t octets; /* where the streams end */
};

static void open_streams(struct generator *g, const struct workload *w, uint64_t seed,
                         uint64_t span)
{
	/* octets of an average record */
	static const double average[STREAMS] = {796, 770, 500};
	const double share[STREAMS] = {w->esp, w->foreign, w->flood};
	double scale = (double)g->octets / GIGABYTE;

	for (unsigned i = 0; i < STREAMS; i++) {
		double packets = (double)g->octets * share[i] / average[i];

		g->pace[i].rng = rng_seeded(seed + i);
		g->pace[i].time = packets > 0 ? 0 : UINT64_MAX;
		g->pace[i].mean = packets > 0 ? (uint32_t)((double)span / packets) + 1 : 0;
	}
	if (w->esp > 0)
		g->esp =
		        esp_new(seed + STREAMS, (uint32_t)(TUNNELS * (scale < 1 ? scale : 1)) + 32);
	if (w->foreign > 0)
		g->foreign = foreign_new(seed + STREAMS + 1);
	if (w->flood > 0)
		flood_open(&g->flood, seed + STREAMS + 2, w->responders);
}

static void open_engine(struct generator *g, const struct workload *w, uint64_t seed, uint64_t span)
{
	double scale = (double)g->octets / GIGABYTE;
	struct engine_plan plan = {
	        .seed = seed,
	        .negotiations = (uint64_t)(w->negotiations * scale),
	        .span = w->ike < 1 ? span * 7 / 10 : span,
	        .responders = w->responders,
	        .on_child = g->esp != NULL ? esp_on_child : NULL,
	        .context = g->esp,
	};

	if (plan.negotiations < FEWEST)
		plan.negotiations = FEWEST;
	plan.attempts = plan.negotiations < MANY ? 2 : 6;
	g->engine = engine_new(&plan);
}

static void step_stream(struct generator *g, unsigned which)
{
	struct pace *p = &g->pace[which];

	if (which == ESP)
		esp_send(g->esp, &g->capture, p->time);
	else if (which == FOREIGN)
		foreign_send(g->foreign, &g->capture, p->time);
	else
		flood_send(&g->flood, &g->capture, p->time);
	pace_step(p);
}

/* One packet, the earliest of all; false where there is none. */
static bool step(struct generator *g)
{
	uint64_t ike = UINT64_MAX;
	unsigned first = 0;
	bool more = engine_next(g->engine, &ike);

	for (unsigned i = 1; i < STREAMS; i++)
		if (g->pace[i].time < g->pace[first].time)
			first = i;
	if (g->pace[first].time < ike && g->capture.octets < g->octets)
		step_stream(g, first);
	else if (more)
		engine_send(g->engine, &g->capture);
	else
		return g->pace[first].time != UINT64_MAX && g->capture.octets < g->octets;
	return true;
}

static void report(const struct generator *g)
{
	const struct engine_count *n = engine_counts(g->engine);

	printf("packets %" PRIu64 "\noctets %" PRIu64 "\n", g->capture.packets, g->capture.octets);
	printf("negotiations %" PRIu64 "\nfailing %" PRIu64 "\npairs %" PRIu64 "\n",
	       n->negotiations, n->failing, n->pairs);
	if (g->esp != NULL)
		printf("esp-flows %" PRIu64 "\n", esp_flows(g->esp));
	if (g->flood.sent != 0)
		printf("spoofed %" PRIu32 "\n", g->flood.sent);
	for (size_t i = 0; scripts[i].name != NULL; i++)
		printf("%s %" PRIu64 "\n", scripts[i].name, n->script[i]);
}

static void generate(const struct workload *w, uint64_t octets, uint64_t seed, const char *file)
{
	struct generator g = {.octets = octets};
	double seconds = w->seconds * (double)octets / GIGABYTE;
	uint64_t span = (uint64_t)((seconds > 60 ? seconds : 60) * SECOND);

	capture_open(&g.capture, file);
	open_streams(&g, w, rng_mix(seed), span);
	open_engine(&g, w, rng_mix(seed + 1), span);
	while (step(&g))
		;
	capture_close(&g.capture);
	report(&g);
	engine_free(g.engine);
	if (g.esp != NULL)
		esp_free(g.esp);
	if (g.foreign != NULL)
		foreign_free(g.foreign);
	if (w->flood > 0)
		flood_close(&g.flood);
}

int main(int argc, char **argv)
{
	if (argc == 5)
		for (size_t i = 0; i < sizeof(workloads) / sizeof(workloads[0]); i++)
			if (strcmp(workloads[i].name, argv[1]) == 0) {
				generate(&workloads[i], strtoull(argv[2], NULL, 10),
				         strtoull(argv[3], NULL, 10), argv[4]);
				return 0;
			}
	fputs("usage: generate ike|esp|mixed|flood OCTETS SEED FILE\n", stderr);
	return 2;
}
