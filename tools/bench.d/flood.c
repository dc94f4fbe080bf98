/*
 * Half-open flood: first messages of phase 1 from spoofed addresses, which nobody answers.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "stream.h"

enum { PERCENT_MAIN_MODE = 10, ROOM = 1024 };

/* clang-format off */
static const struct transform offer[] = {
	{1, 12, 256}, {2, 5, 0}, {3, 12, 0}, {4, 14, 0}, {0, 0, 0},
	{0, 0, 0},
};
static const struct policy policies[] = {
	{7, 4, 14, 1, 256, 28800}, {7, 2, 14, 1, 256, 28800}, {7, 4, 14, 1, 192, 28800},
	{7, 2, 14, 1, 192, 28800}, {7, 4, 14, 1, 128, 28800}, {7, 2, 14, 1, 128, 28800},
	{7, 2, 2, 1, 128, 28800},  {5, 2, 2, 1, 0, 28800},    {5, 1, 2, 1, 0, 28800}, {0, 0, 0, 0, 0, 0},
};
/* clang-format on */

static const uint8_t zero[8];

void flood_open(struct flood *f, uint64_t seed, uint32_t gateways)
{
	f->rng = rng_seeded(seed);
	f->sent = 0;
	f->gateways = gateways;
	digester_open(&f->digester);
}

void flood_close(struct flood *f)
{
	digester_close(&f->digester);
}

static size_t init_request(struct flood *f, uint8_t *room, const uint8_t *spi,
                           const struct host *from, const struct host *to)
{
	struct ike_header h = {spi, zero, 0x20, IKE_SA_INIT, V2_INITIATOR, 0};
	struct message m;
	uint8_t digest[20];

	message_begin(&m, room, ROOM, &h, &f->rng);
	v2_sa(&m, offer);
	v2_ke(&m, 14);
	payload(&m, V2_NONCE);
	m_random(&m, rng_between(&f->rng, 32, 48));
	nat_digest(&f->digester, DIGEST_SHA1, spi, zero, from, 500, digest);
	v2_notify(&m, NAT_DETECTION_SOURCE_IP, digest, sizeof(digest));
	nat_digest(&f->digester, DIGEST_SHA1, spi, zero, to, 500, digest);
	v2_notify(&m, NAT_DETECTION_DESTINATION_IP, digest, sizeof(digest));
	return message_end(&m);
}

static size_t first_message(struct flood *f, uint8_t *room, const uint8_t *spi)
{
	struct ike_header h = {spi, zero, 0x10, MAIN_MODE, 0, 0};
	struct message m;

	message_begin(&m, room, ROOM, &h, &f->rng);
	v1_sa(&m, policies);
	vendor(&m, "4a131c81070358455c5728f20e95452f", V1_VENDOR);
	vendor(&m, "afcad71368a1f1c96b8696fc77570100", V1_VENDOR);
	return message_end(&m);
}

void flood_send(struct flood *f, struct capture *c, uint64_t time)
{
	uint8_t room[ROOM], spi[8];
	struct host from = host_public(ROLE_SPOOFED, f->sent++);
	struct host to = host_public(ROLE_RESPONDER, rng_below(&f->rng, f->gateways));
	struct route r = {
	        &from, &to, (uint16_t)rng_next(&f->rng), 0, (uint8_t)rng_between(&f->rng, 40, 250),
	        false};
	size_t n;

	rng_fill(&f->rng, spi, sizeof(spi));
	if (rng_percent(&f->rng, PERCENT_MAIN_MODE))
		n = first_message(f, room, spi);
	else
		n = init_request(f, room, spi, &from, &to);
	send_udp(c, time, &r, 500, 500, room, n, false);
}
