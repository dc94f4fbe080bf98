/*
 * Fuzzing what "ikescope check" reads: the input is an expectation, behind a zero octet perhaps the
 * document to hold against it.
 *
 * What must hold: a complaint is clean and there where an expectation is refused; what holds is the
 * same twice; an expectation made of a document is read again and holds of it.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <stdlib.h>
#include <string.h>

#include "check/expect.h"
#include "fuzz/invariants.h"
#include "fuzz/told.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A diagnosis, as far as expectations look at it. */
static const char diagnosis[] =
        "{\"schema\":\"ikescope.diagnosis/1\",\"findings\":[{\"slug\":\"no-ike-traffic\","
        "\"severity\":\"failure\",\"claim\":\"likely\",\"candidates\":[]}],"
        "\"captures\":[{\"file\":\"a.pcap\",\"findings\":[]}],"
        "\"negotiations\":[{\"mode\":\"main\",\"outcome\":\"failed\",\"phase1\":\"MM5\","
        "\"phase2\":null,\"assumed\":false,\"stalled_at\":{\"kind\":\"waiting\",\"message\":"
        "\"MM6\"},"
        "\"findings\":[{\"slug\":\"psk-mismatch\",\"severity\":\"failure\",\"claim\":\"certain\","
        "\"candidates\":[{\"slug\":\"id-mismatch\",\"why\":\"b\"}]},"
        "{\"slug\":\"slow\",\"severity\":\"note\",\"claim\":\"possible\"}]},"
        "{\"mode\":\"aggressive\",\"outcome\":\"established\",\"phase1\":\"up\",\"findings\":[]}],"
        "\"tunnels\":[{\"peers\":[\"192.0.2.1\"],\"findings\":[]}]}";

static void unmet(void *ctx, const struct ik_unmet *what)
{
	const char *part[] = {what->assertion, what->expected, what->got, what->known};

	require(what->assertion != NULL && what->expected != NULL, "what is unmet has a name");
	for (size_t i = 0; i < sizeof(part) / sizeof(part[0]); i++)
		if (part[i] != NULL)
			(void)document_write(ctx, part[i], strlen(part[i]));
	(void)document_write(ctx, "\n", 1);
}

static void hold(const json_t *expectation, json_t *document, int status)
{
	struct document first = {0}, again = {0};

	require(ik_expect_hold(expectation, document, status, unmet, &first) &&
	                ik_expect_hold(expectation, document, status, unmet, &again),
	        "there is memory");
	require_same(&first, &again);
	tell(first.octets, first.len);
	document_free(&first);
	document_free(&again);
}

/* What is made of the built-in diagnosis is an expectation that it meets. */
static void make(const json_t *old)
{
	json_t *document = json_loadb(diagnosis, strlen(diagnosis), 0, NULL);
	json_t *made = ik_expect_make(old, document, 1), *again;
	char *text = json_dumps(made, JSON_SORT_KEYS), why[512];
	struct ik_buf said = IK_BUF_ON(why);
	struct document lines = {0};

	require(document != NULL && text != NULL, "there is memory");
	again = ik_expect_read(text, strlen(text), &said);
	require(again != NULL, "what was made is an expectation");
	/* An author may have asserted what is wrong, or expect what is not there. */
	require(ik_expect_hold(again, document, 1, unmet, &lines), "there is memory");
	require(old != NULL || lines.len == 0, "what was made holds");
	tell(text, strlen(text));
	document_free(&lines);
	free(text);
	json_decref(again);
	json_decref(made);
	json_decref(document);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const uint8_t *zero = size > 0 ? memchr(data, 0, size) : NULL;
	size_t len = zero != NULL ? (size_t)(zero - data) : size;
	const char *rest = zero != NULL ? (const char *)zero + 1 : diagnosis;
	size_t rest_len = zero != NULL ? size - len - 1 : strlen(diagnosis);
	char *text = malloc(len + 1), why[512];
	struct ik_buf said = IK_BUF_ON(why);
	json_t *expectation, *document = json_loadb(rest, rest_len, 0, NULL);

	require(text != NULL, "there is memory");
	if (len > 0)
		memcpy(text, data, len);
	expectation = ik_expect_read(text, len, &said);
	require((expectation == NULL) == (said.len > 0), "who refuses says why");
	tellf("%s\n", why);
	if (expectation != NULL) {
		hold(expectation, document, 0);
		make(expectation);
	} else {
		make(NULL);
	}
	json_decref(document);
	json_decref(expectation);
	free(text);
	return 0;
}
