/*
 * Plain records against libpcap, which reads the same files alone.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <criterion/criterion.h>
#include <pcap/pcap.h>
#include <stdio.h>
#include <string.h>

#include "capture/memory.h"
#include "support/samples.h"
#include "unit/test_capture.h"

TestSuite(capture_records);

/* What libpcap reads, packet by packet, while ours comes in. */
struct both {
	pcap_t *pcap;
	const char *what;
	uint64_t n;
};

static int begin(void *ctx, const struct ikescope_capture_info *info, uint32_t *capture)
{
	(void)ctx;
	(void)info;
	*capture = 1;
	return 0;
}

static int packet(void *ctx, const struct ikescope_packet *p)
{
	struct both *both = ctx;
	struct pcap_pkthdr *h;
	const u_char *data;

	both->n++;
	cr_assert_eq(p->at.frame, both->n, "%s", both->what);
	cr_assert_eq(pcap_next_ex(both->pcap, &h, &data), 1, "%s: packet %d", both->what,
	             (int)both->n);
	cr_assert_eq(p->time,
	             (int64_t)(uint32_t)h->ts.tv_sec * IKESCOPE_SECOND + (int64_t)h->ts.tv_usec,
	             "%s: time of packet %d", both->what, (int)both->n);
	cr_assert_eq(p->captured, h->caplen, "%s: packet %d", both->what, (int)both->n);
	cr_assert_eq(p->length, h->len > h->caplen ? h->len : h->caplen, "%s", both->what);
	cr_assert_eq(memcmp(p->data, data, h->caplen), 0, "%s: octets of packet %d", both->what,
	             (int)both->n);
	return 0;
}

static int end(void *ctx, uint32_t capture, const struct ikescope_capture_stats *stats)
{
	(void)ctx;
	(void)capture;
	(void)stats;
	return 0;
}

/* Packets that both read; the results must end the same way. */
static uint64_t compare(const uint8_t *data, size_t len, const char *what)
{
	char error[PCAP_ERRBUF_SIZE];
	FILE *f = tmpfile();
	struct both both = {.what = what};
	const struct ik_capture_sink sink = {
	        .ctx = &both, .begin = begin, .packet = packet, .end = end};
	enum ik_capture_result result;
	struct pcap_pkthdr *h;
	const u_char *octets;
	int last;

	cr_assert(f != NULL && fwrite(data, 1, len, f) == len);
	rewind(f);
	both.pcap = pcap_fopen_offline_with_tstamp_precision(f, PCAP_TSTAMP_PRECISION_NANO, error);
	cr_assert_not_null(both.pcap, "%s: %s", what, error);
	result = ik_capture_memory(data, len, what, &sink);
	last = pcap_next_ex(both.pcap, &h, &octets);
	cr_assert_eq(last, result == IK_CAPTURE_OK ? PCAP_ERROR_BREAK : PCAP_ERROR, "%s", what);
	pcap_close(both.pcap);
	return both.n;
}

/* Classic captures of the octet order of either kind of machine. */
static bool classic(const struct sample *s)
{
	return s->len > 24 && (s->data[0] == 0xd4 || s->data[0] == 0x4d || s->data[0] == 0xa1);
}

Test(capture_records, equal_libpcap_on_every_sample)
{
	struct samples samples = {0};
	uint64_t packets = 0;

	samples_add(&samples, IKESCOPE_SOURCE "/pcaps");
	for (size_t i = 0; i < samples.n; i++)
		if (classic(&samples.row[i]))
			packets += compare(samples.row[i].data, samples.row[i].len,
			                   samples.row[i].path);
	samples_free(&samples);
	cr_assert_gt(packets, 2000);
}

/* libpcap takes over at each record that is not plain, and goes on to the end. */
Test(capture_records, hand_over_what_is_not_plain)
{
	for (int big = 0; big <= 1; big++)
		for (unsigned odd = 0; odd < 6; odd++) {
			struct test_bytes b = {0};
			char what[32];

			(void)snprintf(what, sizeof(what), "row %u, order %d", odd, big);
			test_pcap(&b, big != 0, odd % 2 == 0 ? TEST_MICRO : TEST_NANO, 1);
			for (unsigned i = 0; i < 9; i++)
				test_record(&b, i, i == odd ? 1500000000 : 7, 60 + i,
				            i < 5 ? 2000 : 60);
			cr_assert_eq(compare(b.data, b.n, what), 9, "%s", what);
			/* Records beyond the snap length, of which libpcap keeps what is within. */
			memset(b.data + 16, 0, 4);
			b.data[big != 0 ? 19 : 16] = 63;
			cr_assert_eq(compare(b.data, b.n, what), 9, "%s", what);
		}
}
