/*
 * No memory, at every place where some is asked for: over captures of each kind, the n-th
 * allocation fails, for every n, alone and with all after it. Whatever is under way then ends with
 * the error code for it, or brings out exactly what it would have; it crashes never, and the leak
 * checker of the sanitizer build finds nothing left.
 *
 * The linker sends malloc() and its kin here (--wrap), jansson and OpenSSL are told to use them.
 * They only fail while a library function runs.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <errno.h>
#include <jansson.h>
#include <openssl/crypto.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "capture/memory.h"
#include "ikescope/ikescope.h"
#include "support/crew.h"
#include "support/pipeline.h"

/* ---- allocations that fail ------------------------------------------------------------------ */

static struct {
	bool armed;
	bool all;         /* every one from the n-th on fails */
	unsigned long n;  /* the one that fails; 0: none */
	unsigned long at; /* how many were asked for */
	unsigned long failed;
} memory;

static bool refuse(void)
{
	if (!memory.armed)
		return false;
	memory.at++;
	if (memory.n == 0 || (memory.all ? memory.at < memory.n : memory.at != memory.n))
		return false;
	memory.failed++;
	errno = ENOMEM;
	return true;
}

void *__real_malloc(size_t size);
void *__real_calloc(size_t n, size_t size);
void *__real_realloc(void *old, size_t size);
char *__real_strdup(const char *text);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t n, size_t size);
void *__wrap_realloc(void *old, size_t size);
char *__wrap_strdup(const char *text);

void *__wrap_malloc(size_t size)
{
	return refuse() ? NULL : __real_malloc(size);
}

void *__wrap_calloc(size_t n, size_t size)
{
	return refuse() ? NULL : __real_calloc(n, size);
}

void *__wrap_realloc(void *old, size_t size)
{
	return refuse() ? NULL : __real_realloc(old, size);
}

char *__wrap_strdup(const char *text)
{
	return refuse() ? NULL : __real_strdup(text);
}

static void *crypto_malloc(size_t size, const char *file, int line)
{
	(void)file;
	(void)line;
	return __wrap_malloc(size);
}

static void *crypto_realloc(void *old, size_t size, const char *file, int line)
{
	(void)file;
	(void)line;
	return __wrap_realloc(old, size);
}

static void crypto_free(void *old, const char *file, int line)
{
	(void)file;
	(void)line;
	free(old);
}

/* ---- what is done --------------------------------------------------------------------------- */

struct job {
	const uint8_t *file; /* the capture */
	size_t file_len;
	struct pl_packets packets;
	bool spill;
	uint64_t digest; /* of all that came out */
};

static int take(void *ctx, const char *data, size_t len)
{
	struct job *j = ctx;

	/* Block by block would depend on where blocks end. */
	for (size_t i = 0; i < len; i++)
		j->digest = (j->digest ^ (uint8_t)data[i]) * UINT64_C(0x100000001b3);
	return 0;
}

static void take_number(struct job *j, uint64_t number)
{
	j->digest = ik_mix(j->digest, number);
}

/* A spill that keeps nothing back and needs no memory: what is spilled fits. */
static struct {
	uint8_t octets[1 << 20];
	size_t len;
} spilled;

static int spill_write(void *ctx, const void *data, size_t len)
{
	(void)ctx;
	if (len > sizeof(spilled.octets) - spilled.len)
		return -1;
	memcpy(spilled.octets + spilled.len, data, len);
	spilled.len += len;
	return 0;
}

static int spill_read(void *ctx, uint64_t offset, void *data, size_t len)
{
	(void)ctx;
	memcpy(data, spilled.octets + offset, len);
	return 0;
}

static const struct ikescope_capture_info info = {
        .file = "capture", .format = "pcap", .compression = "gzip"};
static const struct ikescope_capture_stats stats = {.dropped = 3, .problem = "cut off"};

/* The analysis of all packets, finished; NULL and *code where that fails. */
static struct ikescope *analysis(struct job *j, int *code)
{
	struct ikescope_options options = ikescope_options_default();
	struct ikescope *s;
	uint32_t capture = 0;

	spilled.len = 0;
	options.nat_search = IKESCOPE_NAT_SEARCH_OFF;
	if (j->spill) {
		options.spill = (struct ikescope_spill){.write = spill_write, .read = spill_read};
		options.limits.memory = 0;
	}
	s = ikescope_new(&options);
	*code = s != NULL ? ikescope_capture_begin(s, &info, &capture) : IKESCOPE_ERR_MEMORY;
	for (size_t i = 0; *code == 0 && i < j->packets.n; i++) {
		struct ikescope_packet p = j->packets.row[i];

		p.at.capture = capture;
		*code = ikescope_packet(s, &p);
	}
	if (*code == 0)
		*code = ikescope_capture_end(s, capture, &stats);
	if (*code == 0)
		*code = ikescope_finish(s);
	if (*code == 0)
		return s;
	ikescope_free(s);
	return NULL;
}

static int write_all(struct ikescope *s, const struct ikescope_writer *w)
{
	static const struct ikescope_text_options plain = {.width = 100};
	int code = ikescope_write_json(s, IKESCOPE_DIAGNOSIS, w, NULL);

	if (code == 0)
		code = ikescope_write_json(s, IKESCOPE_SESSIONS, w, NULL);
	for (int kind = IKESCOPE_DIAGNOSIS; code == 0 && kind <= IKESCOPE_LADDER; kind++)
		code = ikescope_write_text(s, (enum ikescope_document)kind, &plain, w, NULL);
	for (int style = IKESCOPE_AS_TRACE; code == 0 && style <= IKESCOPE_AS_CHARON; style++) {
		struct ikescope_replay as = {.style = (enum ikescope_replay_style)style};
		struct ikescope_text_options o = {.replay = &as};

		code = ikescope_write_text(s, IKESCOPE_REPLAY, &o, w, NULL);
	}
	return code;
}

static int diagnose(struct job *j)
{
	const struct ikescope_writer w = {.ctx = j, .write = take};
	int code;
	struct ikescope *s = analysis(j, &code);

	if (s == NULL)
		return code;
	code = write_all(s, &w);
	ikescope_free(s);
	return code;
}

static int dissect(struct job *j, bool json, unsigned hands)
{
	struct lazy_crew crew = {.first = 0};
	const struct ikescope_dissect_options options = {.limits = ikescope_limits_default(),
	                                                 .json = json,
	                                                 .hex = true,
	                                                 .crew = lazy_crew(&crew, hands)};
	const struct ikescope_writer w = {.ctx = j, .write = take};
	struct ikescope_dissector *d = ikescope_dissector_new(&options, &w);
	uint32_t capture = 0;
	int code = d != NULL ? ikescope_dissector_capture_begin(d, &info, &capture)
	                     : IKESCOPE_ERR_MEMORY;

	for (size_t i = 0; code == 0 && i < j->packets.n; i++) {
		struct ikescope_packet p = j->packets.row[i];

		p.at.capture = capture;
		code = ikescope_dissector_packet(d, &p);
	}
	if (code == 0)
		code = ikescope_dissector_capture_end(d, capture, &stats);
	if (code == 0)
		code = ikescope_dissector_finish(d);
	ikescope_dissector_free(d);
	return code;
}

static int dissect_json(struct job *j)
{
	return dissect(j, true, 1);
}

static int dissect_json_with_others(struct job *j)
{
	return dissect(j, true, 2);
}

static int dissect_text(struct job *j)
{
	return dissect(j, false, 1);
}

static int select_first(struct job *j)
{
	struct ikescope_selection found;
	int code;
	struct ikescope *s = analysis(j, &code);

	if (s == NULL)
		return code;
	code = ikescope_select(s, 1, &found);
	if (code == 0)
		take_number(j, found.initiator_spi ^ found.n_pairs);
	ikescope_free(s);
	return code;
}

/* ---- the reader: it complains and ends early ------------------------------------------------ */

static int begin(void *ctx, const struct ikescope_capture_info *what, uint32_t *capture)
{
	(void)what;
	(void)ctx;
	*capture = 1;
	return 0;
}

static int packet(void *ctx, const struct ikescope_packet *p)
{
	take_number(ctx, ik_digest(p->data, p->captured));
	return 0;
}

static int end(void *ctx, uint32_t capture, const struct ikescope_capture_stats *what)
{
	(void)ctx;
	(void)what;
	return capture == 1 ? 0 : -1;
}

static void complain(void *ctx, const char *line)
{
	(void)ctx;
	(void)line;
}

static int read_file(struct job *j)
{
	const struct ik_capture_sink sink = {
	        .ctx = j, .begin = begin, .packet = packet, .end = end, .complain = complain};

	return ik_capture_memory(j->file, j->file_len, "capture", &sink) == IK_CAPTURE_OK
	               ? 0
	               : IKESCOPE_ERR_MEMORY;
}

/* ---- the tables, which need no capture ------------------------------------------------------ */

static int print_tables(struct job *j)
{
	static const char *const slugs[] = {"psk-mismatch"};
	const struct ikescope_writer w = {.ctx = j, .write = take};
	struct ikescope_unknown unknown;
	int code = ikescope_write_rules(slugs, 1, NULL, &w, &unknown);

	if (code == 0)
		code = ikescope_write_names("ikev2/notify-error", NULL, &w, &unknown);
	if (code == 0)
		code = ikescope_write_transitions(NULL, &w);
	if (code == 0)
		code = ikescope_write_transitions_dot(&w);
	if (code == 0)
		code = ikescope_write_explanation("MM_WAIT_MSG4", NULL, &w, &unknown);
	if (code == 0)
		code = ikescope_write_explanation("AUTHENTICATION_FAILED", NULL, &w, &unknown);
	return code;
}

static int print_rules(struct job *j)
{
	const struct ikescope_writer w = {.ctx = j, .write = take};
	struct ikescope_unknown unknown;

	return ikescope_write_rules_json(NULL, 0, &w, &unknown);
}

/* ---- every n -------------------------------------------------------------------------------- */

static unsigned long n_runs, n_codes;

static int run(struct job *j, int (*what)(struct job *j), unsigned long n, bool all)
{
	int code;

	j->digest = 0;
	memory.n = n;
	memory.all = all;
	memory.at = memory.failed = 0;
	memory.armed = true;
	code = what(j);
	memory.armed = false;
	n_runs++;
	return code;
}

/* Up to DENSE allocations every one fails in turn, then one of a few, beginning elsewhere for each
 * job. */
enum { DENSE = 800 };

static bool try(struct job *j, const char *name, int (*what)(struct job *j))
{
	unsigned long total, failures = 0;
	uint64_t whole;

	/* What libraries do once is done. */
	(void)run(j, what, 0, false);
	if (run(j, what, 0, false) != 0) {
		(void)fprintf(stderr, "%s: fails with all the memory there is\n", name);
		return false;
	}
	whole = j->digest;
	total = memory.at;
	for (unsigned long n = 1, step = 1; n <= total; n += step) {
		for (int all = 0; all < 2; all++) {
			int code = run(j, what, n, all != 0);

			n_codes += code != 0;
			if (code == 0 ? j->digest == whole : code == IKESCOPE_ERR_MEMORY)
				continue;
			if (failures++ < 10)
				(void)fprintf(stderr, "%s: allocation %lu of %lu%s: code %d, %s\n",
				              name, n, total, all != 0 ? " and all after" : "",
				              code,
				              code == 0 ? "with other output" : "which is wrong");
		}
		if (n >= DENSE)
			step = total / DENSE * 2 + 1;
	}
	printf("%s: %lu allocations, %lu failures\n", name, total, failures);
	return failures == 0;
}

static bool try_capture(const char *folder, const char *sample)
{
	static const struct {
		const char *name;
		int (*what)(struct job *j);
	} jobs[] = {{"read", read_file},
	            {"diagnose", diagnose},
	            {"dissect as JSON", dissect_json},
	            {"dissect as JSON with a crew", dissect_json_with_others},
	            {"dissect as text", dissect_text},
	            {"select", select_first}};
	struct job j = {.digest = 0};
	bool good = true;
	char path[512], name[128];
	uint8_t *file;

	(void)snprintf(path, sizeof(path), "%s/%s", folder, sample);
	file = pl_read(path, &j.file_len);
	if (file == NULL) {
		perror(path);
		return false;
	}
	j.file = file;
	j.packets = pl_take_apart(file, j.file_len);
	for (size_t i = 0; i < sizeof(jobs) / sizeof(jobs[0]); i++) {
		(void)snprintf(name, sizeof(name), "%s, %s", sample, jobs[i].name);
		good &= try(&j, name, jobs[i].what);
	}
	j.spill = true;
	(void)snprintf(name, sizeof(name), "%s, diagnose with a spill", sample);
	good &= try(&j, name, diagnose);
	pl_packets_free(&j.packets);
	free(file);
	return good;
}

int main(int argc, char **argv)
{
	struct job none = {.digest = 0};
	bool good = CRYPTO_set_mem_functions(crypto_malloc, crypto_realloc, crypto_free) == 1;

	if (!good || argc < 3) {
		(void)fprintf(stderr, "usage: allocations FOLDER CAPTURE...\n");
		return EXIT_FAILURE;
	}
	json_set_alloc_funcs(__wrap_malloc, free);
	for (int i = 2; i < argc; i++)
		good &= try_capture(argv[1], argv[i]);
	good &= try(&none, "tables", print_tables);
	good &= try(&none, "rules as JSON", print_rules);
	printf("%lu runs, %lu ended with a code\n", n_runs, n_codes);
	return good && n_codes > 1000 ? EXIT_SUCCESS : EXIT_FAILURE;
}
