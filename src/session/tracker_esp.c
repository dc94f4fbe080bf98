/*
 * ESP and AH packets on their way to the flow table.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "base/addr.h"
#include "session/tracker.h"

bool ik_tracker_esp_flush(struct ik_tracker *t)
{
	size_t n = t->n_waiting;

	t->n_waiting = 0;
	for (size_t i = 0; i < n; i++)
		ik_esp_fetch_flow(t->esp, t->waiting[i].hash);
	for (size_t i = 0; i < n; i++) {
		const struct ik_esp_packet *p = &t->waiting[i].packet;

		switch (ik_esp_count(t->esp, t->waiting[i].hash, p)) {
		case IK_ESP_MIRROR:
			t->counts[ik_at(p->place).capture - 1].mirror_duplicates++;
			break;
		case IK_ESP_NO_MEMORY: return false;
		case IK_ESP_COUNTED: break;
		}
	}
	return true;
}

bool ik_tracker_esp(struct ik_tracker *t, const struct ik_datagram *dg, size_t skip,
                    enum ikescope_encapsulation encapsulation)
{
	/* AH has the next header, its length and two reserved octets first (RFC 4302 2). */
	bool ah = dg->kind == IK_DG_AH;
	struct ik_esp_waiting *w = &t->waiting[t->n_waiting];
	struct ik_rd r = ik_rd_make(dg->data, dg->captured);
	const uint8_t *h;

	ik_rd_skip(&r, skip + (ah ? 4 : 0));
	h = ik_rd_take(&r, 8);
	if (h == NULL) {
		if (!dg->snapped)
			ik_tracker_trouble(t, dg->packet, dg->offset, ah ? "AH" : "ESP",
			                   "shorter than SPI and sequence number",
			                   ah ? "RFC 4302 2" : "RFC 4303 2");
		return true;
	}
	t->counts[dg->packet->at.capture - 1].esp_packets++;
	ik_addr_copy(&w->src, &dg->src);
	ik_addr_copy(&w->dst, &dg->dst);
	w->packet = (struct ik_esp_packet){
	        .spi = ik_be32(h),
	        .seq = ik_be32(h + 4),
	        .domain = dg->domain,
	        .src = &w->src,
	        .dst = &w->dst,
	        .ah = ah,
	        .has_ip_id = dg->has_ip_id,
	        .fragmented = dg->fragments > 1,
	        .ip_id = dg->ip_id,
	        .ttl = dg->ttl,
	        .encapsulation = (uint8_t)encapsulation,
	        .sport = dg->sport,
	        .dport = dg->dport,
	        .octets = (uint32_t)(dg->length - skip),
	        .time = dg->packet->time,
	        .place = ik_place(dg->packet->at.capture, dg->packet->at.frame),
	};
	w->hash = ik_esp_hash(&w->packet);
	ik_esp_fetch_index(t->esp, w->hash);
	return ++t->n_waiting < IK_ESP_WAIT || ik_tracker_esp_flush(t);
}
