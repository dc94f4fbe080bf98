/*
 * Fuzzing the whole way: the input is a capture file, so that every sample is a seed. A hash of it
 * chooses the limits, so that spilling, folding and eviction are tried as well.
 *
 * What must hold: nothing crashes; the analysis ends without an error; the JSON is well formed and
 * the text without control characters; memory stays under its limit; no output depends on the hash
 * key.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "fuzz/mutate.h"
#include "fuzz/told.h"
#include "support/pipeline.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max, unsigned seed);

/* Beside what the limit of memory is for: tables of bounded size, in octets. */
enum { TABLES = 32 << 20 };

/* A limit that one bit of the hash makes tiny: below what the program allows. */
static const struct {
	size_t offset;
	uint64_t tiny;
} shrink[] = {
        {offsetof(struct ikescope_limits, memory), 0},
        {offsetof(struct ikescope_limits, esp_flows), 4},
        {offsetof(struct ikescope_limits, steps), 16},
        {offsetof(struct ikescope_limits, children), 1},
        {offsetof(struct ikescope_limits, strangers), 1},
        {offsetof(struct ikescope_limits, fragment_datagrams), 1},
        {offsetof(struct ikescope_limits, tcp_streams), 1},
        {offsetof(struct ikescope_limits, domains), 1},
        {offsetof(struct ikescope_limits, offers), 1},
        {offsetof(struct ikescope_limits, payloads), 4},
        {offsetof(struct ikescope_limits, endpoints), 4},
        {offsetof(struct ikescope_limits, evidence_frames), 1},
        {offsetof(struct ikescope_limits, remembered), 7},
};

static struct pl_how how_of(uint64_t hash)
{
	struct pl_how how = pl_how_default();

	/* To clear a table for thousands of messages takes longer than all of a small capture. */
	how.options.limits.remembered = 512;
	for (size_t i = 0; (hash & 3) != 0 && i < sizeof(shrink) / sizeof(shrink[0]); i++)
		if ((hash >> (8 + i) & 1) != 0)
			memcpy((char *)&how.options.limits + shrink[i].offset, &shrink[i].tiny,
			       sizeof(shrink[i].tiny));
	how.spill = true;
	how.text = (hash >> 35 & 3) == 0; /* four documents more, which take most of the time */
	how.sessions = (hash >> 32 & 7) == 0;
	how.keep = true;
	return how;
}

static void fail(const char *why)
{
	(void)fprintf(stderr, "%s\n", why);
	abort();
}

static void check(const struct pl_result *r)
{
	if (r->analysis != 0)
		fail("the analysis ended with an error");
	if (r->json.code != 0 || r->text.code != 0 || r->ladder.code != 0 || r->replay.code != 0 ||
	    r->dissection.code != 0)
		fail("a writer ended with an error");
	if (r->json.unclean || r->text.unclean || r->ladder.unclean || r->replay.unclean ||
	    r->dissection.unclean)
		fail("a control character in the output");
}

static void check_json(const struct pl_document *d)
{
	json_error_t error;
	json_t *json = json_loadb(d->octets, d->len, JSON_REJECT_DUPLICATES, &error);

	if (json == NULL)
		fail(error.text);
	json_decref(json);
}

static bool same(const struct pl_document *a, const struct pl_document *b)
{
	return a->len == b->len && (a->len == 0 || memcmp(a->octets, b->octets, a->len) == 0);
}

/* The same under another hash key. */
static void check_key(const uint8_t *data, size_t size, struct pl_how how,
                      const struct pl_result *r)
{
	struct pl_result other;

	memset(how.options.hash_key, 0x5a, sizeof(how.options.hash_key));
	pl_run(data, size, &how, &other);
	if (!same(&other.json, &r->json) || !same(&other.text, &r->text) ||
	    !same(&other.ladder, &r->ladder) || !same(&other.replay, &r->replay) ||
	    !same(&other.dissection, &r->dissection))
		fail("the output depends on the hash key");
	pl_free(&other);
}

static void tell_documents(const struct pl_result *r)
{
	const struct pl_document *all[] = {&r->json, &r->text, &r->ladder, &r->replay,
	                                   &r->dissection};

	tellf("reader %d, %u complaints, %" PRIu64 " packets\n", (int)r->capture, r->complaints,
	      r->packets);
	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		tell(all[i]->octets, all[i]->len);
}

/* Both sets of documents under the limits that users have. */
static void tell_all(const uint8_t *data, size_t size)
{
	for (unsigned k = 0; k < 2; k++) {
		struct pl_how how = pl_how_default();
		struct pl_result r;

		how.sessions = k == 1;
		how.keep = true;
		pl_run(data, size, &how, &r);
		tell_documents(&r);
		pl_free(&r);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint64_t hash = ik_digest(data, size);
	struct pl_how how = how_of(hash);
	struct pl_result r;

	pl_run(data, size, &how, &r);
	check(&r);
	if (r.memory > how.options.limits.memory + TABLES)
		fail("more memory than the limit");
	if (told()) {
		tell_all(data, size);
		tell_documents(&r);
	}
	if ((hash >> 40 & 7) == 0)
		check_json(&r.json);
	if ((hash >> 40 & 7) == 1 && how.text && !how.sessions)
		check_json(&r.dissection);
	/* With tiny tables the key decides who has to leave. */
	if ((hash & 3) == 0 && (hash >> 43 & 3) == 0)
		check_key(data, size, how, &r);
	pl_free(&r);
	return 0;
}

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max, unsigned seed)
{
	return mutate_capture(data, size, max, seed);
}
