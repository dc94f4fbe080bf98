/*
 * The clear part of an event: what a message announces, offers and complains of.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <string.h>

#include "iana/iana.h"
#include "session/tracker.h"

/* Notify types of RFC 7296 3.10.1 and extensions that announce something, the usual ones first. */
/* clang-format off */
static const struct {
	uint16_t type;
	uint32_t cap;
} notify_caps[] = {
	{16388, IK_CAP_NATT_RFC | IK_CAP_NATD}, /* NAT_DETECTION_SOURCE_IP */
	{16389, IK_CAP_NATT_RFC | IK_CAP_NATD}, /* NAT_DETECTION_DESTINATION_IP */
	{16430, IK_CAP_FRAGMENTATION},
	{16431, IK_CAP_HASHES},
	{16406, IK_CAP_REDIRECT},
	{16404, IK_CAP_MULTIPLE_AUTH},
	{16418, IK_CAP_CHILDLESS},
	{16438, IK_CAP_INTERMEDIATE},
	{16390, IK_CAP_COOKIE},
	{16435, IK_CAP_PPK},
};

static const uint32_t vid_caps[] = {
	[IK_VID_OTHER] = 0,
	[IK_VID_PRODUCT] = 0,
	[IK_VID_NATT_RFC3947] = IK_CAP_NATT_RFC,
	[IK_VID_NATT_DRAFT] = IK_CAP_NATT_DRAFT,
	[IK_VID_FRAGMENTATION] = IK_CAP_FRAGMENTATION,
	[IK_VID_DPD] = IK_CAP_DPD,
	[IK_VID_XAUTH] = IK_CAP_XAUTH,
	[IK_VID_UNITY] = 0,
	[IK_VID_CAPABILITY] = 0,
};
/* clang-format on */

static void clear_notifies(struct ik_clear *c, const struct ik_msg *m, const uint8_t *octets)
{
	c->n_notify = 0;
	for (size_t i = 0; i < m->n_notify; i++) {
		const struct ik_notify *n = &m->notify[i];

		for (size_t k = 0;
		     m->major == 2 && k < sizeof(notify_caps) / sizeof(notify_caps[0]); k++)
			if (notify_caps[k].type == n->type) {
				c->caps |= notify_caps[k].cap;
				break;
			}
		/* Errors, COOKIE and REDIRECT decide something. */
		if (c->n_notify == IK_CLEAR_NOTIFIES ||
		    (n->type >= 16384 && n->type != 16390 && n->type != 16407))
			continue;
		c->notify[c->n_notify++] = (struct ik_clear_notify){
		        .type = n->type,
		        .spi_size = n->spi_size,
		        .protocol = n->protocol,
		        .data_len = (uint16_t)(n->data.len < UINT16_MAX ? n->data.len : UINT16_MAX),
		        .word = n->data.len >= 2 ? ik_be16(octets + n->data.pos) : 0,
		};
	}
}

static void clear_vendors(struct ik_clear *c, const struct ik_msg *m)
{
	c->n_vid = 0;
	c->caps |= m->n_vid > 0 ? IK_CAP_VID : 0;
	for (size_t i = 0; i < m->n_vid; i++) {
		const struct ik_vendor *row = ik_vendor_row(m->vid[i]);

		if (row == NULL)
			continue;
		c->caps |= vid_caps[row->kind];
		if (row->implementation != NULL && c->n_vid < IK_CLEAR_VIDS)
			c->vid[c->n_vid++] = m->vid[i];
	}
}

bool ik_tracker_clear(struct ik_tracker *t, const struct ik_msg *m, const uint8_t *octets)
{
	struct ik_clear *c = &t->event.clear;

	c->payload_bits = m->payload_bits[0];
	c->offer = 0;
	c->caps = (m->certreqs > 0 ? IK_CAP_CERTREQ : 0) | (m->n_natd > 0 ? IK_CAP_NATD : 0);
	c->ke_group = m->ke_group;
	c->n_anomaly = m->n_anomaly;
	c->anomaly = m->n_anomaly > 0 ? m->anomaly[0] : (struct ik_anomaly){0};
	c->n_natd = m->n_natd < IK_CLEAR_NATD ? m->n_natd : IK_CLEAR_NATD;
	memcpy(c->natd, m->natd, c->n_natd * sizeof(c->natd[0]));
	c->id_type = 0;
	c->id_len = 0;
	if (m->id_i.len > 4) { /* type, protocol and port, then the identification */
		uint32_t len = m->id_i.len - 4;

		c->id_type = octets[m->id_i.pos];
		c->id_len = (uint8_t)(len < IK_CLEAR_ID ? len : IK_CLEAR_ID);
		memcpy(c->id, octets + m->id_i.pos + 4, c->id_len);
	}
	clear_notifies(c, m, octets);
	clear_vendors(c, m);
	if (m->sa.len == 0)
		return true;
	if (!ik_offers_add(t->offers, m->major, octets + m->sa.pos, m->sa.len, &c->offer))
		return false;
	if (m->anomalies == 0)
		ik_offers_sound(t->offers, c->offer);
	return true;
}
