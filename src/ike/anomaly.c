/*
 * Anomalies: what is wrong with a message, in words and with the section that says so.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "ike/check.h"
#include "ike/decode.h"

/* clang-format off */
static const struct ik_anomaly_info infos[IK_ANOMALY_COUNT] = {
	/*                          name                    severity    text                                                                                        IKEv1              IKEv2 */
	[IK_ANOMALY_NONE]       = { "none",                 IK_NOTE,    "nothing is wrong",                                                                         "RFC 2408",        "RFC 7296" },
	[IK_HDR_SHORT]          = { "header-short",         IK_ERROR,   "the datagram is shorter than an ISAKMP header",                                            "RFC 2408 3.1",    "RFC 7296 3.1" },
	[IK_HDR_LENGTH]         = { "header-length",        IK_ERROR,   "the length field of the header is below the header or beyond the datagram",                "RFC 2408 3.1",    "RFC 7296 3.1" },
	[IK_HDR_TRAILING]       = { "header-trailing",      IK_WARNING, "the datagram goes on behind the message that the length field describes",                  "RFC 2408 3.1",    "RFC 7296 3.1" },
	[IK_HDR_SPI_ZERO]       = { "header-spi-zero",      IK_ERROR,   "the initiator's SPI or cookie is zero",                                                    "RFC 2408 2.5.3",  "RFC 7296 3.1" },
	[IK_HDR_FLAGS]          = { "header-flags",         IK_WARNING, "reserved flags are set, or flags that exclude each other",                                 "RFC 2408 3.1",    "RFC 7296 3.1" },
	[IK_HDR_VERSION]        = { "header-version",       IK_NOTE,    "the version number is not one that is defined",                                            "RFC 2408 3.1",    "RFC 7296 2.5" },
	[IK_PAYLOAD_LENGTH]     = { "payload-length",       IK_ERROR,   "the payload length is below the generic header or runs past the end of the message",       "RFC 2408 3.2",    "RFC 7296 3.2" },
	[IK_PAYLOAD_RESERVED]   = { "payload-reserved",     IK_WARNING, "a reserved field is not zero",                                                             "RFC 2408 3.2",    "RFC 7296 3.2" },
	[IK_PAYLOAD_UNKNOWN]    = { "payload-unknown",      IK_NOTE,    "the payload type is not known",                                                            "RFC 2408 3.1",    "RFC 7296 3.2" },
	[IK_PAYLOAD_CRITICAL]   = { "payload-critical",     IK_ERROR,   "a payload of unknown type has the critical bit set: the peer must refuse the message",     "RFC 2408 3.1",    "RFC 7296 2.5" },
	[IK_PAYLOAD_TOO_MANY]   = { "payload-too-many",     IK_NOTE,    "there are more payloads than the decoder's limit; the rest is not decoded",                "RFC 2408 3.2",    "RFC 7296 3.2" },
	[IK_PAYLOAD_SHORT]      = { "payload-short",        IK_ERROR,   "the payload is shorter than its fixed fields",                                             "RFC 2408 3.4",    "RFC 7296 3.3" },
	[IK_PROPOSAL_LENGTH]    = { "proposal-length",      IK_ERROR,   "a proposal's length or last-proposal mark does not fit the SA payload",                    "RFC 2408 3.5",    "RFC 7296 3.3.1" },
	[IK_TRANSFORM_LENGTH]   = { "transform-length",     IK_ERROR,   "a transform's length is below its header or runs past the proposal",                       "RFC 2408 3.6",    "RFC 7296 3.3.2" },
	[IK_TRANSFORM_COUNT]    = { "transform-count",      IK_ERROR,   "a proposal does not hold the number of transforms that it announces",                      "RFC 2408 3.5",    "RFC 7296 3.3.1" },
	[IK_ATTRIBUTE_LENGTH]   = { "attribute-length",     IK_ERROR,   "an SA attribute has the wrong form or runs past its transform",                            "RFC 2408 3.3",    "RFC 7296 3.3.5" },
	[IK_SPI_SIZE]           = { "spi-size",             IK_ERROR,   "the SPI size is not one that the protocol can have",                                       "RFC 2408 3.5",    "RFC 7296 3.3.1" },
	[IK_KE_LENGTH]          = { "ke-length",            IK_ERROR,   "the public value does not have the size of its group",                                     "RFC 2409 5",      "RFC 7296 3.4" },
	[IK_NONCE_LENGTH]       = { "nonce-length",         IK_ERROR,   "the nonce is too short or too long",                                                       "RFC 2409 5",      "RFC 7296 3.9" },
	[IK_NOTIFY_LENGTH]      = { "notify-length",        IK_ERROR,   "the notification data does not have the size that its type prescribes",                    "RFC 2407 4.6.3",  "RFC 7296 3.10" },
	[IK_DELETE_LENGTH]      = { "delete-length",        IK_ERROR,   "the delete payload does not hold the number of SPIs that it announces",                    "RFC 2408 3.15",   "RFC 7296 3.11" },
	[IK_ID_LENGTH]          = { "id-length",            IK_ERROR,   "the identification data does not have the size that its type prescribes",                  "RFC 2407 4.6.2",  "RFC 7296 3.5" },
	[IK_TS_LENGTH]          = { "ts-length",            IK_ERROR,   "the traffic selectors do not have the number or the size that they announce",              "RFC 2407 4.6.2",  "RFC 7296 3.13" },
	[IK_CONFIG_LENGTH]      = { "config-length",        IK_ERROR,   "a configuration attribute does not have the size that its type prescribes",                "RFC 2408 3.3",    "RFC 7296 3.15.1" },
	[IK_EAP_LENGTH]         = { "eap-length",           IK_ERROR,   "the length of the EAP message is not that of its payload",                                 "RFC 3748 4",      "RFC 7296 3.16" },
	[IK_FRAGMENT_NUMBER]    = { "fragment-number",      IK_ERROR,   "the fragment number is zero or above the total",                                           "RFC 2408 3.1",    "RFC 7383 2.5" },
	[IK_SK_SHORT]           = { "encrypted-short",      IK_ERROR,   "the encrypted part is too short for any cipher",                                           "RFC 2409 App. B", "RFC 7296 3.14" },
	[IK_CHAIN_AFTER_SK]     = { "chain-after-sk",       IK_ERROR,   "octets stand behind the encrypted payload, which must be the last",                        "RFC 2408 3.2",    "RFC 7296 3.14" },
	[IK_CHAIN_NOT_ENDED]    = { "chain-not-ended",      IK_ERROR,   "the payload chain does not end where the message ends",                                    "RFC 2408 3.2",    "RFC 7296 3.2" },
	[IK_SNAPPED]            = { "snapped",              IK_NOTE,    "the capture holds only the beginning of the message",                                      "RFC 2408 3.1",    "RFC 7296 3.1" },
	[IK_HDR_MESSAGE_ID]     = { "header-message-id",    IK_ERROR,   "the message id is zero where it may not be, or not zero where it must be",                 "RFC 2408 3.1",    "RFC 7296 2.2" },
	[IK_HDR_RESPONDER_SPI]  = { "header-responder-spi", IK_ERROR,   "the responder's SPI or cookie is zero where it may not be, or not zero where it must be",  "RFC 2408 2.4",    "RFC 7296 3.1" },
	[IK_HDR_EXCHANGE]       = { "header-exchange",      IK_NOTE,    "the exchange type is not assigned",                                                        "RFC 2408 3.1",    "RFC 7296 3.1" },
	[IK_PAYLOAD_MISSING]    = { "payload-missing",      IK_ERROR,   "the message lacks a payload that it must carry",                                           "RFC 2409 5",      "RFC 7296 1.2" },
	[IK_PAYLOAD_REPEATED]   = { "payload-repeated",     IK_ERROR,   "the message carries a payload more often than it may",                                     "RFC 2409 5",      "RFC 7296 1.2" },
	[IK_PAYLOAD_UNEXPECTED] = { "payload-unexpected",   IK_WARNING, "a message of this exchange has no such payload",                                           "RFC 2409 5",      "RFC 7296 1.2" },
	[IK_PAYLOAD_IN_CLEAR]   = { "payload-in-clear",     IK_ERROR,   "the payload must be encrypted and stands in clear",                                        "RFC 2409 5",      "RFC 7296 3.14" },
	[IK_PAYLOAD_ORDER]      = { "payload-order",        IK_ERROR,   "the payload must be the first and is not",                                                 "RFC 2409 5",      "RFC 7296 2.6" },
	[IK_PROPOSAL_NUMBER]    = { "proposal-number",      IK_ERROR,   "proposals are not numbered in order",                                                      "RFC 2408 4.2",    "RFC 7296 3.3.1" },
	[IK_PROPOSAL_PROTOCOL]  = { "proposal-protocol",    IK_ERROR,   "the proposal is for a protocol that the exchange does not negotiate",                      "RFC 2409 5",      "RFC 7296 3.3.1" },
	[IK_TRANSFORM_NUMBER]   = { "transform-number",     IK_WARNING, "transforms are not numbered in order",                                                     "RFC 2408 4.2",    "RFC 7296 3.3.2" },
	[IK_TRANSFORM_TYPE]     = { "transform-type",       IK_ERROR,   "the protocol of the proposal has no transform of this type",                               "RFC 2409 5",      "RFC 7296 3.3.2" },
	[IK_TRANSFORM_MISSING]  = { "transform-missing",    IK_ERROR,   "the proposal lacks a transform of a type that its protocol needs",                         "RFC 2408 3.5",    "RFC 7296 3.3.3" },
	[IK_TRANSFORM_TWICE]    = { "transform-twice",      IK_NOTE,    "the proposal has the same transform twice",                                                "RFC 2408 3.6",    "RFC 7296 3.3.2" },
	[IK_NO_CHOICE]          = { "no-choice",            IK_ERROR,   "the answer leaves a choice where it has to make one",                                      "RFC 2409 5",      "RFC 7296 2.7" },
	[IK_AEAD_INTEGRITY]     = { "aead-integrity",       IK_ERROR,   "a cipher that authenticates is proposed with a separate integrity algorithm",              "RFC 2408 3.5",    "RFC 7296 3.3" },
	[IK_AEAD_MIXED]         = { "aead-mixed",           IK_ERROR,   "one proposal has ciphers that authenticate and ciphers that do not",                       "RFC 2408 3.5",    "RFC 7296 3.3" },
	[IK_KEY_LENGTH]         = { "key-length",           IK_ERROR,   "the key length is missing, not one of the cipher, or given where the cipher has only one", "RFC 2409 App. A", "RFC 7296 3.3.5" },
	[IK_ATTRIBUTE_FORM]     = { "attribute-form",       IK_WARNING, "a basic attribute has the form of one of variable length",                                 "RFC 2409 App. A", "RFC 7296 3.3.5" },
	[IK_ATTRIBUTE_MISSING]  = { "attribute-missing",    IK_ERROR,   "the transform lacks an attribute that phase 1 has to negotiate",                           "RFC 2409 4",      "RFC 7296 3.3.5" },
	[IK_KE_GROUP]           = { "ke-group",             IK_ERROR,   "the key exchange is of a group that the SA payload does not have",                         "RFC 2409 5",      "RFC 7296 3.4" },
	[IK_NONCE_PRF]          = { "nonce-prf",            IK_WARNING, "the nonce is shorter than half the key of a pseudorandom function of the SA payload",      "RFC 2409 5",      "RFC 7296 2.10" },
};
/* clang-format on */

const struct ik_anomaly_info *ik_anomaly_info(enum ik_anomaly_code code)
{
	return (unsigned)code < IK_ANOMALY_COUNT ? &infos[code] : &infos[IK_ANOMALY_NONE];
}

const char *ik_severity_name(enum ik_severity severity)
{
	static const char *const names[] = {"note", "warning", "error"};

	return names[severity];
}

const char *ik_anomaly_reference(const struct ik_anomaly *a, unsigned major)
{
	const struct ik_anomaly_info *info = ik_anomaly_info(a->code);

	if (a->rule != 0)
		return ik_rule_reference(a->rule);
	return major == 1 ? info->rfc1 : info->rfc2;
}

static uint32_t saturate(uint64_t value)
{
	return value > UINT32_MAX ? UINT32_MAX : (uint32_t)value;
}

void ik_msg_anomaly(struct ik_msg *m, const struct ik_anomaly *a)
{
	if (m->anomalies < UINT16_MAX)
		m->anomalies++;
	if (m->n_anomaly < IK_MAX_ANOMALIES)
		m->anomaly[m->n_anomaly++] = *a;
}

void ik_dec_anomaly(struct ik_dec *d, enum ik_anomaly_code code, size_t offset, uint64_t got,
                    uint64_t expected)
{
	const struct ik_anomaly a = {.code = code,
	                             .payload = d->payload,
	                             .offset = (uint32_t)offset,
	                             .got = saturate(got),
	                             .expected = saturate(expected)};

	if (!d->cut || code == IK_SNAPPED)
		ik_msg_anomaly(d->msg, &a);
}
