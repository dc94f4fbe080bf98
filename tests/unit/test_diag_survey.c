/*
 * What is said of captures without a whole IKE message: pieces of messages are told from nothing.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "support/pipeline.h"

#define SAMPLE IKESCOPE_SOURCE "/pcaps/fragments/v2-big-init.initiator.pcap"

enum which { FIRST, LATER };

/* Ethernet and IPv4, as the sample has them. */
static bool is_first(const struct ikescope_packet *p)
{
	return ((p->data[20] & 0x1f) << 8 | p->data[21]) == 0;
}

/* The sample with one kind of fragments only. */
static struct pl_packets fragments(enum which which)
{
	struct pl_packets all, some = {0};
	uint8_t *data;
	size_t len;

	data = pl_read(SAMPLE, &len);
	cr_assert_not_null(data);
	all = pl_take_apart(data, len);
	for (size_t i = 0; i < all.n; i++) {
		struct ikescope_packet row = all.row[i];

		if (is_first(&row) != (which == FIRST))
			continue;
		row.at.frame = some.n + 1;
		pl_packets_add(&some, &row);
	}
	cr_assert_eq(some.n, 4);
	pl_packets_free(&all);
	free(data);
	return some;
}

/* The document holds the one and not the other. */
static void expect(struct pl_packets packets, const char *severity, const char *said,
                   const char *not_said)
{
	struct pl_how how = pl_how_default();
	struct pl_result r;
	const char *finding;

	how.keep = true;
	pl_replay(&packets, &how, &r);
	cr_assert_eq(r.json.code, 0);
	finding = strstr(r.json.octets, "\"slug\":\"no-ike-traffic\",\"severity\":");
	cr_assert_not_null(finding);
	finding += strlen("\"slug\":\"no-ike-traffic\",\"severity\":\"");
	cr_expect_eq(strncmp(finding, severity, strlen(severity)), 0, "%.20s", finding);
	cr_expect(strstr(finding, said) != NULL, "%s", finding);
	cr_expect(strstr(finding, not_said) == NULL, "%s", finding);
	pl_free(&r);
	pl_packets_free(&packets);
}

/* What begins as IKE does is IKE, whole or not. */
Test(diag_survey, beginnings_of_messages)
{
	expect(fragments(FIRST), "warning",
	       "4 IP datagrams begin as IKE messages and are not whole",
	       "nobody tries to negotiate");
}

/* Later fragments have no port: whose they are is left open. */
Test(diag_survey, ends_of_datagrams)
{
	expect(fragments(LATER), "note",
	       "4 IP datagrams of UDP are here without their first fragment", "No IKE message is");
}

/* The same fragments of another protocol prove nothing. */
Test(diag_survey, beginnings_of_something_else)
{
	static const uint8_t zero[4] = {0};
	struct pl_packets packets = fragments(FIRST);

	for (size_t i = 0; i < packets.n; i++) /* ESP in UDP: it has an SPI, IKE has a marker */
		memcpy(packets.octets[i] + 34, (uint8_t[]){0x11, 0x94, 0x11, 0x94}, 4);
	expect(packets, "note", "nobody tries to negotiate", "begin as IKE");
	packets = fragments(FIRST);
	for (size_t i = 0; i < packets.n; i++) {
		memcpy(packets.octets[i] + 34, (uint8_t[]){0x11, 0x94, 0x11, 0x94}, 4);
		memcpy(packets.octets[i] + 42, zero, sizeof(zero));
	}
	expect(packets, "warning", "4 IP datagrams begin as IKE messages", "nobody tries");
}

Test(diag_survey, ends_of_something_else)
{
	struct pl_packets packets = fragments(LATER);

	for (size_t i = 0; i < packets.n; i++)
		packets.octets[i][23] = 6;
	expect(packets, "note", "nobody tries to negotiate", "without their first fragment");
}

Test(diag_survey, nothing_at_all)
{
	expect((struct pl_packets){0}, "note", "nobody tries to negotiate", "datagrams");
}
