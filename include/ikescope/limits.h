/*
 * Every cap of the library, in one place. Reaching one is reported (struct ikescope_limit_reached),
 * never silent. A cap changes speed and disk use, not verdicts, unless its row says "lost".
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef IKESCOPE_LIMITS_H
#define IKESCOPE_LIMITS_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* X(name, default, least, most, what it bounds). Memory in octets, times in seconds. */
/* clang-format off */
#define IKESCOPE_LIMITS(X) \
	X(memory,           201326592, 65536, 17179869184, "octets of messages and negotiations kept in memory; the rest spills to the temporary file") \
	X(strangers,             4096,     0, 1000000000, "unanswered initiators listed that sent once or twice; more are counted only") \
	X(esp_flows,            65536,    16,   16777216, "ESP and AH security associations followed at one time") \
	X(endpoints,            32768,    16,   16777216, "addresses remembered as seen at all") \
	X(fragment_datagrams,    1024,     1,    1048576, "IP datagrams under reassembly at one time") \
	X(fragment_memory,    8388608, 65536, 1073741824, "octets of IP fragments held") \
	X(fragment_timeout,        30,     1,       3600, "seconds until an incomplete IP datagram is given up") \
	X(tcp_streams,            256,     1,    1048576, "TCP streams of encapsulated IKE followed at one time") \
	X(tunnel_depth,            16,     1,         64, "headers of link and tunnel layers inside each other") \
	X(domains,               4096,     1,    1048576, "distinct VLAN, VNI and session stacks") \
	X(offers,                4096,     1,    1048576, "distinct SA payloads kept once for all who sent them") \
	X(payloads,               256,     1,       4096, "payloads in one message") \
	X(targets,              65536,     1,   16777216, "responders under many first messages of which the initiators are counted") \
	X(pair_events,          65536,     1,   16777216, "ICMP errors and incomplete IP datagrams kept that name no negotiation") \
	X(anomalies,               16,     1,       4096, "kinds of malformed packets below IKE that are told") \
	X(steps,                  512,    16,      60000, "distinct messages kept of one negotiation; more are folded") \
	X(children,               256,     1,      60000, "child security associations kept of one negotiation") \
	X(nat_negotiations,      1000,     0,    1000000, "negotiations of which the NAT detection hashes are explained; with more it is not done") \
	X(nat_passes,              32,     0,    1000000, "passes over all addresses, a port each, in search of one behind a NAT; 8 each where it is not SHA-1") \
	X(remembered,           57344,     7,    7340032, "messages that dissect remembers: it knows copies of them, and the suites they chose") \
	X(evidence_frames,         16,     1,       4096, "frames named by one piece of evidence")
/* clang-format on */

#define IKESCOPE_LIMIT_FIELD(name, def, least, most, what) uint64_t name;
struct ikescope_limits {
	IKESCOPE_LIMITS(IKESCOPE_LIMIT_FIELD)
};
#undef IKESCOPE_LIMIT_FIELD

/* One row for each limit, for --limit and --help; the table ends with a NULL name. */
struct ikescope_limit_info {
	const char *name;
	uint64_t preset, least, most;
	const char *what;
	size_t offset; /* of the uint64_t in struct ikescope_limits */
};
extern const struct ikescope_limit_info ikescope_limit_table[];

/* The defaults. */
struct ikescope_limits ikescope_limits_default(void);

/* Sets one limit by name. 0, or -1 where there is no such limit, or -2 where the value is out of
 * the bounds of its row. */
int ikescope_limits_set(struct ikescope_limits *limits, const char *name, uint64_t value);

#ifdef __cplusplus
}
#endif

#endif
