/*
 * Anomalies: what is wrong with a message, in words and with the section that says so.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "ike/decode.h"

/* clang-format off */
static const struct ik_anomaly_info infos[IK_ANOMALY_COUNT] = {
	/*                       name                   text                                                                                      IKEv1                IKEv2 */
	[IK_ANOMALY_NONE]     = { "none",               "nothing is wrong",                                                                       "RFC 2408",          "RFC 7296" },
	[IK_HDR_SHORT]        = { "header-short",       "the datagram is shorter than an ISAKMP header",                                          "RFC 2408 3.1",      "RFC 7296 3.1" },
	[IK_HDR_LENGTH]       = { "header-length",      "the length field of the header is below the header or beyond the datagram",             "RFC 2408 3.1",      "RFC 7296 3.1" },
	[IK_HDR_TRAILING]     = { "header-trailing",    "the datagram goes on behind the message that the length field describes",               "RFC 2408 3.1",      "RFC 7296 3.1" },
	[IK_HDR_SPI_ZERO]     = { "header-spi-zero",    "the initiator's SPI or cookie is zero",                                                  "RFC 2408 2.5.3",    "RFC 7296 3.1" },
	[IK_HDR_FLAGS]        = { "header-flags",       "reserved flags are set, or flags that exclude each other",                               "RFC 2408 3.1",      "RFC 7296 3.1" },
	[IK_HDR_VERSION]      = { "header-version",     "the version number is not one that is defined",                                          "RFC 2408 3.1",      "RFC 7296 2.5" },
	[IK_PAYLOAD_LENGTH]   = { "payload-length",     "the payload length is below the generic header or runs past the end of the message",    "RFC 2408 3.2",      "RFC 7296 3.2" },
	[IK_PAYLOAD_RESERVED] = { "payload-reserved",   "a reserved field is not zero",                                                           "RFC 2408 3.2",      "RFC 7296 3.2" },
	[IK_PAYLOAD_UNKNOWN]  = { "payload-unknown",    "the payload type is not known",                                                          "RFC 2408 3.1",      "RFC 7296 3.2" },
	[IK_PAYLOAD_CRITICAL] = { "payload-critical",   "a payload of unknown type has the critical bit set: the peer must refuse the message",  "RFC 2408 3.1",      "RFC 7296 2.5" },
	[IK_PAYLOAD_TOO_MANY] = { "payload-too-many",   "there are more payloads than the decoder's limit; the rest is not decoded",             "RFC 2408 3.2",      "RFC 7296 3.2" },
	[IK_PAYLOAD_SHORT]    = { "payload-short",      "the payload is shorter than its fixed fields",                                           "RFC 2408 3.4",      "RFC 7296 3.3" },
	[IK_PROPOSAL_LENGTH]  = { "proposal-length",    "a proposal's length or last-proposal mark does not fit the SA payload",                  "RFC 2408 3.5",      "RFC 7296 3.3.1" },
	[IK_TRANSFORM_LENGTH] = { "transform-length",   "a transform's length is below its header or runs past the proposal",                     "RFC 2408 3.6",      "RFC 7296 3.3.2" },
	[IK_TRANSFORM_COUNT]  = { "transform-count",    "a proposal does not hold the number of transforms that it announces",                    "RFC 2408 3.5",      "RFC 7296 3.3.1" },
	[IK_ATTRIBUTE_LENGTH] = { "attribute-length",   "an SA attribute has the wrong form or runs past its transform",                          "RFC 2408 3.3",      "RFC 7296 3.3.5" },
	[IK_SPI_SIZE]         = { "spi-size",           "the SPI size is not one that the protocol can have",                                     "RFC 2408 3.5",      "RFC 7296 3.3.1" },
	[IK_KE_LENGTH]        = { "ke-length",          "the public value does not have the size of its group",                                   "RFC 2409 5",        "RFC 7296 3.4" },
	[IK_NONCE_LENGTH]     = { "nonce-length",       "the nonce is too short or too long",                                                     "RFC 2409 5",        "RFC 7296 3.9" },
	[IK_NOTIFY_LENGTH]    = { "notify-length",      "the notification data does not have the size that its type prescribes",                  "RFC 2407 4.6.3",    "RFC 7296 3.10" },
	[IK_DELETE_LENGTH]    = { "delete-length",      "the delete payload does not hold the number of SPIs that it announces",                  "RFC 2408 3.15",     "RFC 7296 3.11" },
	[IK_ID_LENGTH]        = { "id-length",          "the identification data does not have the size that its type prescribes",                "RFC 2407 4.6.2",    "RFC 7296 3.5" },
	[IK_TS_LENGTH]        = { "ts-length",          "the traffic selectors do not have the number or the size that they announce",           "RFC 2407 4.6.2",    "RFC 7296 3.13" },
	[IK_CONFIG_LENGTH]    = { "config-length",      "a configuration attribute does not have the size that its type prescribes",              "RFC 2408 3.3",      "RFC 7296 3.15.1" },
	[IK_EAP_LENGTH]       = { "eap-length",         "the length of the EAP message is not that of its payload",                               "RFC 3748 4",        "RFC 7296 3.16" },
	[IK_FRAGMENT_NUMBER]  = { "fragment-number",    "the fragment number is zero or above the total",                                         "RFC 2408 3.1",      "RFC 7383 2.5" },
	[IK_SK_SHORT]         = { "encrypted-short",    "the encrypted part is too short for any cipher",                                         "RFC 2409 App. B",   "RFC 7296 3.14" },
	[IK_CHAIN_AFTER_SK]   = { "chain-after-sk",     "octets stand behind the encrypted payload, which must be the last",                      "RFC 2408 3.2",      "RFC 7296 3.14" },
	[IK_CHAIN_NOT_ENDED]  = { "chain-not-ended",    "the payload chain does not end where the message ends",                                  "RFC 2408 3.2",      "RFC 7296 3.2" },
	[IK_SNAPPED]          = { "snapped",            "the capture holds only the beginning of the message",                                    "RFC 2408 3.1",      "RFC 7296 3.1" },
};
/* clang-format on */

const struct ik_anomaly_info *ik_anomaly_info(enum ik_anomaly_code code)
{
	return (unsigned)code < IK_ANOMALY_COUNT ? &infos[code] : &infos[IK_ANOMALY_NONE];
}

static uint32_t saturate(uint64_t value)
{
	return value > UINT32_MAX ? UINT32_MAX : (uint32_t)value;
}

void ik_dec_anomaly(struct ik_dec *d, enum ik_anomaly_code code, size_t offset, uint64_t got,
                    uint64_t expected)
{
	struct ik_msg *m = d->msg;

	if (d->cut && code != IK_SNAPPED)
		return;
	if (m->anomalies < UINT16_MAX)
		m->anomalies++;
	if (m->n_anomaly < IK_MAX_ANOMALIES)
		m->anomaly[m->n_anomaly++] = (struct ik_anomaly){.code = code,
		                                                 .payload = d->payload,
		                                                 .offset = (uint32_t)offset,
		                                                 .got = saturate(got),
		                                                 .expected = saturate(expected)};
}
