/*
 * What can be inside an encrypted message, by its length alone.
 *
 * IKEv2 (RFC 7296 3.14): SK{} adds 28 octets of header, 4 of the generic payload header, the IV,
 * padding to the block, one octet of pad length and the ICV. IKEv1 (RFC 2409): 28 octets of header
 * and padding to the block; some pad always, some only where needed.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef IK_SESSION_SIZE_H
#define IK_SESSION_SIZE_H

#include "session/nego.h"

/* Octets of the largest content an SK message of a length can hold; UINT32_MAX where the suite is
 * not known. */
uint32_t ik_size_capacity(const struct ik_suite *s, uint32_t sk_len);

/* Output length of the negotiated PRF (v2) or hash (v1), 0 unknown. */
uint32_t ik_size_prf(const struct ik_suite *s, unsigned version);

/* Nothing but an error notify fits into an IKE_AUTH response: no IDr with AUTH. */
bool ik_size_error_only_auth(const struct ik_suite *s, const struct ik_step *step);

/* Neither an SA with nonce fits into a CREATE_CHILD_SA response: only notifies. */
bool ik_size_error_only_child(const struct ik_suite *s, const struct ik_step *step);

/* IDr and AUTH may fit, a Child SA with traffic selectors does not. inner is the first payload. */
bool ik_size_no_child(const struct ik_suite *s, const struct ik_step *step);

/* A CREATE_CHILD_SA request of this length can be one for a new IKE SA (RFC 7296 1.3.2): proposals
 * of sa octets, SPIs included, a nonce, and a key exchange of the group of the suite, if that is of
 * a size that no request for a child without one comes near to as long as its proposals are no
 * longer: one that offers much more may be as long. */
bool ik_size_new_ike_sa(const struct ik_suite *s, const struct ik_step *step, uint32_t sa);

/* A new IKE SA of the group of the suite may be asked for in this; true where the suite is not
 * known. */
bool ik_size_holds_ike_sa(const struct ik_suite *s, const struct ik_step *step);

/* The length of an encrypted IKEv1 message with this content (payloads behind the HASH): least and
 * most, by both padding habits. False where the suite is not known. */
bool ik_size_v1(const struct ik_suite *s, uint32_t content, uint32_t *least, uint32_t *most);

/* The group whose key exchange payload (RFC 2409 5.5) one of two encrypted IKEv1 messages has more
 * than the other, by their lengths, together with the group attribute of one transform; 0 none. */
uint16_t ik_size_v1_group(const struct ik_suite *s, uint32_t one, uint32_t other);

/* An IKEv1 informational of this length can hold HASH and: a notify with an SPI of spi octets
 * (Delete of one SPI has the same size). */
bool ik_size_v1_notify(const struct ik_suite *s, uint32_t length, uint32_t spi);

#endif
