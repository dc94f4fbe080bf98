/*
 * Rules about tunnels and their ESP flows.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "diag/tunnel_rule.h"

/* clang-format off */
#define W(...)     { __VA_ARGS__ }
#define SECONDS(n) ((n) * IKESCOPE_SECOND)

/* Fewer lost, late or doubled packets, or less than one in fifty, busy paths have every day. */
#define MANY      8
#define ONE_IN_50 20

/* IKE goes on by default only after a minute of what looks like a dead peer; and no implementation
 * keeps sending under an SA so long that it has replaced. */
#define LONG_AFTER SECONDS(60)

/* The suite of a Child SA is encrypted, so these are the common ones. */
#define MTU_FITS       "MTU {MTU}: an inner MTU of {MTU_SHA512} and a TCP MSS of {MSS} fit with every common suite"
#define MTU_ARITHMETIC "{MTU} - {OUTER} in front of ESP = {FITS}; less header 8, IV, ICV, whole blocks, trailer 2: inner " \
	"MTU {MTU_GCM} with AES-GCM; with AES-CBC {MTU_SHA1} and SHA-1, {MTU_SHA256} and SHA2-256, {MTU_SHA512} and SHA2-512"

#define CANDIDATES(array) .candidates = (array), .n_candidates = sizeof(array) / sizeof((array)[0])
static const struct ikescope_candidate one_way_causes[] = {
	{"esp-blocked", "a filter or a NAT that passes IKE and not ESP looks like this", NULL},
	{"esp-one-way", "the silent site may have nothing to send: no traffic, or a filter inside", NULL},
	{"cleartext-leak", "the answers may leave the other site past the tunnel: routes, NAT exemption", NULL},
	{"ts-violation", "a receiver drops without a word what its selectors do not cover", NULL},
};
static const struct ikescope_candidate loss_causes[] = {
	{"esp-tos", "a policer or a full queue drops what exceeds its rate", NULL},
	{"df-no-icmp", "large packets vanish before a smaller MTU where ICMP is filtered", NULL},
	{"path-flap", "the path itself fails for moments", NULL},
};

static const struct ik_tunnel_rule rows[] = {

	/* ---- does ESP flow: what others say first, then what the flows show */

	{ .slug = "invalid-spi-blackhole", .group = IK_TG_FLOWING, .worst = IK_T_GOES_ON,
	  .severity = IKESCOPE_FAILURE, .claim = IKESCOPE_LIKELY,
	  .when = W({IK_T_GOES_ON, IK_GE, SECONDS(1)}),
	  .summary = "{to} says that it does not know SPI {spi}, under which {from} goes on sending: this ESP is lost.",
	  .evidence = W({IK_TP_UNKNOWN_SPI, "INVALID_SPI in clear from {to}, {UNKNOWN_SPI} in all; it names SPI {spi}"},
	                {IK_TP_LAST, "{from} still sends under it, {GOES_ON} s after the first"}),
	  .raise = W("the receiver's log: did it restart or delete the SA"),
	  .remedies = IK_R_SPI, .source = "RFC 7296 1.5, 2.21.4" },

	{ .slug = "esp-blocked", .group = IK_TG_FLOWING, .worst = IK_T_REFUSED,
	  .severity = IKESCOPE_FAILURE, .claim = IKESCOPE_LIKELY,
	  .when = W({IK_T_REFUSED, IK_GE, 3}),
	  .summary = "{refuser} refuses ESP from {from} to {to}: {icmp}.",
	  .evidence = W({IK_TP_REFUSED, "ICMP from {refuser} that quotes SPI {spi}: {icmp}, {REFUSED} in all"},
	                {IK_TP_FIRST, "{PACKETS} ESP packets under this SPI"}),
	  .raise = W("the filter on the sender of the ICMP errors"),
	  .remedies = IK_R_ESP, .source = "RFC 1812 5.2.7.1, RFC 4443 3.1" },

	{ .slug = "icmp-unreachable", .group = IK_TG_FLOWING, .worst = IK_T_UNREACHABLE,
	  .severity = IKESCOPE_FAILURE, .claim = IKESCOPE_CERTAIN,
	  .when = W({IK_T_UNREACHABLE, IK_GE, 4}),
	  .summary = "{refuser} answers ESP from {from} to {to} with ICMP: {icmp}. No ESP came back since then.",
	  .evidence = W({IK_TP_REFUSED, "ICMP from {refuser} that quotes SPI {spi}: {icmp}, {UNREACHABLE} in all"},
	                {IK_TP_LAST, "{PACKETS} ESP packets under this SPI, up to here"}),
	  .raise = W("behind a NAT: did it forget the mapping, has the peer a new one"),
	  .remedies = IK_R_ESP, .source = "RFC 792, RFC 4443 3.1" },

	{ .slug = "esp-on-wrong-port", .group = IK_TG_FLOWING,
	  .severity = IKESCOPE_WARNING, .claim = IKESCOPE_CERTAIN,
	  .when = W({IK_T_SPLIT_UDP, IK_GE, 4}),
	  .summary = "One end sends ESP in UDP, the other ESP without it: they disagree about a NAT between them.",
	  .evidence = W({IK_TP_LOW, "{low} sends {low ESP}"}, {IK_TP_HIGH, "{high} sends {high ESP}"},
	                {IK_TP_NONE, "at least {SPLIT_UDP} packets of each, under one IKE SA; many receivers drop what is "
	                             "not encapsulated as they expect it"}),
	  .raise = W("the receivers' counters of packets that they drop"),
	  .remedies = IK_R_NATT_ESP, .source = "RFC 7296 2.23, RFC 3948" },

	{ .slug = "esp-sa-size-mismatch", .group = IK_TG_FLOWING,
	  .severity = IKESCOPE_FAILURE, .claim = IKESCOPE_LIKELY,
	  .when = W({IK_T_SPLIT_ICV, IK_GE, 1}),
	  .summary = "The ends put an ICV of different length behind their ESP packets: HMAC-SHA2-256 truncated to 96 bits "
	             "on one end and to 128 on the other. Each drops what the other sends.",
	  .evidence = W({IK_TP_LOW, "all lengths of {low} fit AES-CBC with an ICV of {ICV_LOW} bits"},
	                {IK_TP_HIGH, "all lengths of {high} fit one of {ICV_HIGH} bits"},
	                {IK_TP_NONE, "both directions of a Child SA have one suite; {SPLIT_ICV} packets or more of each"}),
	  .raise = W("the receivers' counters of packets that failed authentication"),
	  .remedies = IK_R_SUITE, .source = "RFC 4868 2.3, RFC 4303 2" },

	{ .slug = "old-spi-used", .group = IK_TG_FLOWING, .worst = IK_T_OLD_SPI,
	  .severity = IKESCOPE_WARNING, .claim = IKESCOPE_LIKELY,
	  .when = W({IK_T_OLD_SPI, IK_GE, LONG_AFTER}),
	  .summary = "{from} goes on sending under the old SPI {spi} although {to} changed to a new SA: {to} may have "
	             "deleted the old one.",
	  .evidence = W({IK_TP_NEW, "{to} sends under a new SPI from here on, and no more under its old one"},
	                {IK_TP_LAST, "{from} still sends under {spi}, {OLD_SPI} s later, and under no other"}),
	  .raise = W("the receiver's counter of unknown SPIs", "whether one of several Child SAs only became idle"),
	  .remedies = IK_R_SPI, .source = "RFC 7296 2.8" },

	{ .slug = "invalid-spi-blackhole", .group = IK_TG_FLOWING, .worst = IK_T_OLD_SA,
	  .severity = IKESCOPE_WARNING, .claim = IKESCOPE_POSSIBLE,
	  .when = W({IK_T_OLD_SA, IK_GE, LONG_AFTER}),
	  .summary = "{to} negotiated anew and left the SAs of before, perhaps after a restart; {from} goes on sending under "
	             "the old SPI {spi}.",
	  .evidence = W({IK_TP_NEW, "{to} begins a new IKE SA"},
	                {IK_TP_LAST, "{from} still sends under {spi}, {OLD_SA} s after it stood, and under no newer one"}),
	  .raise = W("the receiver's counter of unknown SPIs", "whether they have several connections with each other"),
	  .remedies = IK_R_SPI, .source = "RFC 7296 2.4" },

	{ .slug = "esp-one-way", .group = IK_TG_FLOWING,
	  .severity = IKESCOPE_FAILURE, .claim = IKESCOPE_POSSIBLE,
	  .when = W({IK_T_UP, IK_EQ, 1}, {IK_T_OWNED, IK_EQ, 1}, {IK_T_SAID, IK_EQ, 0},
	            {IK_T_ONE_WAY, IK_GE, 4}, {IK_T_ONE_WAY_LASTS, IK_EQ, 1}),
	  .summary = "ESP flows one way only: {from} sends, nothing comes back from {to}.",
	  .evidence = W({IK_TP_ONE_WAY, "{ONE_WAY} ESP packets one way in {ONE_WAY_SPAN} s, none the other way, "
	                                "while IKE went both ways"}),
	  CANDIDATES(one_way_causes),
	  .remedies = IK_R_ESP },

	{ .slug = "esp-zero", .group = IK_TG_FLOWING,
	  .severity = IKESCOPE_WARNING, .claim = IKESCOPE_POSSIBLE,
	  .when = W({IK_T_IDLE, IK_GE, SECONDS(30)}),
	  .summary = "The SA stands, but no ESP was captured either way.",
	  .evidence = W({IK_TP_UP, "the SA stood here; no ESP in the {IDLE} s that follow"}),
	  .raise = W("traffic for the tunnel"),
	  .remedies = IK_R_ESP },

	/* ---- loss: here or before, since these numbers never came by */

	{ .slug = "esp-seq-gap", .group = IK_TG_LOSS, .worst = IK_T_MISSING,
	  .severity = IKESCOPE_WARNING, .claim = IKESCOPE_LIKELY,
	  .when = W({IK_T_LOSS, IK_GE, ONE_IN_50},
	            {IK_T_WITNESSED, IK_EQ, 1}),
	  .summary = "{ESP} from {from} to {to} is lost before this capture point: {LOSS}.",
	  .evidence = W({IK_TP_HOLE, "SPI {spi}: {MISSING} sequence numbers from {FIRST_NUMBER} to {LAST_NUMBER} never came, at "
	                             "most {LARGEST_HOLE} in a row, here"},
	                {IK_TP_NONE, "another flow between the two lost next to nothing at the same time: the capture is not to "
	                             "blame"}),
	  CANDIDATES(loss_causes),
	  .raise = W("drop counters of a mirror port", "whether a second path carries a part"),
	  .remedies = IK_R_LOSS, .source = "RFC 4303 2.2" },

	{ .slug = "esp-seq-gap", .group = IK_TG_LOSS, .worst = IK_T_MISSING,
	  .severity = IKESCOPE_NOTE, .claim = IKESCOPE_POSSIBLE,
	  .when = W({IK_T_MISSING, IK_GE, MANY}, {IK_T_LOSS, IK_GE, ONE_IN_50}),
	  .summary = "{ESP} from {from} to {to} is lost, {LOSS}, unless the capture lost it or the sender left numbers out.",
	  .evidence = W({IK_TP_HOLE, "SPI {spi}: {MISSING} sequence numbers from {FIRST_NUMBER} to {LAST_NUMBER} never came, at "
	                             "most {LARGEST_HOLE} in a row, here"}),
	  CANDIDATES(loss_causes),
	  .raise = W("a flow of the same time without holes, which would show that the capture is complete"),
	  .remedies = IK_R_LOSS, .source = "RFC 4303 2.2" },

	/* ---- order */

	{ .slug = "esp-seq-wrap", .group = IK_TG_ORDER, .worst = IK_T_BACK,
	  .severity = IKESCOPE_WARNING, .claim = IKESCOPE_CERTAIN,
	  .when = W({IK_T_BACK, IK_GE, IK_ESP_BACK_RUN}),
	  .summary = "The sequence numbers of {from} step back under the same SPI {spi}: a receiver with replay protection "
	             "drops these packets. The sender restarted or failed over without a new SA, or this is a replay.",
	  .evidence = W({IK_TP_BACK, "after number {BACK_FROM} they carry on from {BACK_TO}: {BACK} packets in a row by here"}),
	  .raise = W("whether the packets are the same octets once more"),
	  .remedies = IK_R_SPI, .source = "RFC 4303 3.3.3, 3.4.3" },

	{ .slug = "esp-seq-wrap", .group = IK_TG_ORDER, .worst = IK_T_PACKETS,
	  .severity = IKESCOPE_NOTE, .claim = IKESCOPE_CERTAIN,
	  .when = W({IK_T_WRAPPED, IK_EQ, 1}),
	  .summary = "The sequence numbers of {from} passed 2^32 under SPI {spi}: fine with extended sequence numbers, else the "
	             "SA had to be replaced before.",
	  .evidence = W({IK_TP_LAST, "from {FIRST_NUMBER} on, {LAST_NUMBER} now"}),
	  .remedies = IK_R_REKEY, .source = "RFC 4303 2.2.1, 3.3.3" },

	{ .slug = "esp-replay-window", .group = IK_TG_ORDER, .worst = IK_T_LATE_64,
	  .severity = IKESCOPE_WARNING, .claim = IKESCOPE_LIKELY,
	  .when = W({IK_T_LATE_64, IK_GE, MANY}),
	  .summary = "{ESP} from {from} to {to} comes so far out of order that a receiver with the usual replay window of 64 "
	             "packets drops {LATE_64} of {PACKETS}.",
	  .evidence = W({IK_TP_DEEPEST, "SPI {spi}: {OUT_OF_ORDER} packets out of order, this one {DEEPEST} behind the highest"},
	                {IK_TP_NONE, "dropped with a window of 32: {LATE_32}; 64: {LATE_64}; 128: {LATE_128}; 256: {LATE_256}; "
	                             "512: {LATE_512}; 1024: {LATE_1024}"}),
	  .raise = W("the receiver's window, and its counter of replay errors"),
	  .remedies = IK_R_REPLAY, .source = "RFC 4303 3.4.3, A2" },

	{ .slug = "esp-reorder", .group = IK_TG_ORDER, .worst = IK_T_OUT_OF_ORDER,
	  .severity = IKESCOPE_NOTE, .claim = IKESCOPE_CERTAIN,
	  .when = W({IK_T_OUT_OF_ORDER, IK_GE, MANY}, {IK_T_DISORDER, IK_GE, ONE_IN_50}),
	  .summary = "{ESP} from {from} to {to} comes out of order: {DISORDER}, at most {DEEPEST} behind.",
	  .evidence = W({IK_TP_DEEPEST, "SPI {spi}: {OUT_OF_ORDER} of {PACKETS} packets out of order, this one {DEEPEST} behind "
	                                "the highest; a window of 64 would have dropped {LATE_64}"}),
	  .remedies = IK_R_REPLAY, .source = "RFC 4303 3.4.3" },

	{ .slug = "esp-dup", .group = IK_TG_TWICE, .worst = IK_T_DUPLICATES,
	  .severity = IKESCOPE_NOTE, .claim = IKESCOPE_POSSIBLE,
	  .when = W({IK_T_DUPLICATES, IK_GE, MANY}, {IK_T_DOUBLED, IK_GE, ONE_IN_50}, {IK_T_BACK, IK_EQ, 0}),
	  .summary = "{ESP} from {from} to {to} comes twice: the path doubles packets, or somebody replays them.",
	  .evidence = W({IK_TP_FIRST, "SPI {spi}: {DUPLICATES} of {PACKETS} packets have a number that came before, and are no "
	                              "copies of a mirror port as far as IP shows"}),
	  .raise = W("the replay errors that the receiver counts"),
	  .remedies = IK_R_LOSS, .source = "RFC 4303 3.4.3" },

	/* ---- size */

	{ .slug = "pmtu-esp", .group = IK_TG_SIZE, .worst = IK_T_OVERSIZED,
	  .severity = IKESCOPE_WARNING, .claim = IKESCOPE_CERTAIN,
	  .when = W({IK_T_OVERSIZED, IK_GE, 4}),
	  .summary = "{router} says that ESP from {from} to {to} is too large for its MTU of {MTU} ahead, and packets as large go "
	             "on. An inner MTU of {MTU_SHA512} and a TCP MSS of {MSS} fit.",
	  .evidence = W({IK_TP_TOLD, "ICMP from {router} quotes SPI {spi}, {TOLD} in all: MTU {MTU}"},
	                {IK_TP_OVERSIZED, "{OVERSIZED} packets too large, a second and more later, this one the first; the "
	                                  "largest has {LARGEST} octets of ESP"},
	                {IK_TP_NONE, MTU_ARITHMETIC}),
	  .remedies = IK_R_TUNNEL_MTU, .source = "RFC 4301 8.2, RFC 1191, RFC 8201" },

	{ .slug = "pmtu-esp", .group = IK_TG_SIZE, .worst = IK_T_TOLD,
	  .severity = IKESCOPE_NOTE, .claim = IKESCOPE_CERTAIN,
	  .when = W({IK_T_TOLD, IK_GE, 1}),
	  .summary = "{router} says that ESP from {from} to {to} is too large for what is ahead.",
	  .evidence = W({IK_TP_TOLD, "ICMP from {router} quotes SPI {spi}, {TOLD} in all; the largest packet has {LARGEST} "
	                             "octets of ESP"},
	                {IK_TP_NONE, MTU_FITS}, {IK_TP_NONE, MTU_ARITHMETIC}),
	  .remedies = IK_R_TUNNEL_MTU, .source = "RFC 4301 8.2, RFC 1191, RFC 8201" },

	/* ---- IP fragments */

	{ .slug = "postfrag-esp", .group = IK_TG_FRAGMENTS, .worst = IK_T_INCOMPLETE,
	  .severity = IKESCOPE_WARNING, .claim = IKESCOPE_POSSIBLE,
	  .when = W({IK_T_INCOMPLETE, IK_GE, 4}),
	  .summary = "IP fragments of ESP packets from {from} to {to} are lost, and the packets with them.",
	  .evidence = W({IK_TP_INCOMPLETE, "SPI {spi}: {INCOMPLETE} packets never became whole, this one first"},
	                {IK_TP_FRAGMENTED, "{FRAGMENTED} packets in IP fragments did"}),
	  .remedies = IK_R_TUNNEL_MTU, .source = "RFC 4303 3.3.4" },

	{ .slug = "postfrag-esp", .group = IK_TG_FRAGMENTS, .worst = IK_T_FRAGMENTED,
	  .severity = IKESCOPE_NOTE, .claim = IKESCOPE_CERTAIN,
	  .when = W({IK_T_FRAGMENTED, IK_GE, 4}),
	  .summary = "ESP packets from {from} are larger than the path and come in IP fragments: slow to receive, and lost with "
	             "any of them.",
	  .evidence = W({IK_TP_FRAGMENTED, "SPI {spi}: {FRAGMENTED} of {PACKETS} packets, this one first; the largest {LARGEST} "
	                                   "octets of ESP"}),
	  .remedies = IK_R_TUNNEL_MTU, .source = "RFC 4303 3.3.4" },
};
/* clang-format on */

_Static_assert(sizeof(rows) / sizeof(rows[0]) <= IK_TUNNEL_RULES, "room for a verdict of each");
const struct ik_tunnel_rules ik_all_tunnel_rules = {rows, sizeof(rows) / sizeof(rows[0])};
