/*
 * One input: a file, a pipe or memory, compressed or not, read by libpcap as far as libpcap can.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "capture/reader.h"

#include <errno.h>
#include <pcap/pcap.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdio_ext.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "capture/linktype.h"
#include "capture/pcapng.h"
#include "capture/records.h"
#include "capture/unpack.h"

struct ik_reader {
	const char *name;
	const struct ik_capture_sink *sink;
	struct ik_stream stream;
	struct ik_ng ng;
	bool is_ng;
	struct ik_records records;
	bool plain;        /* records are taken without libpcap as long as they are plain */
	size_t header_due; /* octets of the file header that libpcap has still to get; no more */
	const char *compression;
	pcap_t *pcap; /* NULL: what is left is read by ik_ng_next() */
	char *buffer; /* of the FILE that libpcap reads */
	uint64_t frames;
	struct ikescope_packet packet; /* the one at hand; while paused, the next to go */
	bool understood;               /* the link type that libpcap reads */
	bool pending, stopped, skipped, truncated;
	ikescope_time pause_at;
	char problem[PCAP_ERRBUF_SIZE]; /* of libpcap or of the pcapng reader */
	char why[PCAP_ERRBUF_SIZE + 96];
};

void ik_complain(const struct ik_capture_sink *sink, const char *name, const char *fmt, ...)
{
	char line[1024];
	struct ik_buf b = IK_BUF_ON(line);
	va_list ap;

	if (sink->complain == NULL)
		return;
	if (name != NULL) {
		ik_buf_escape(&b, (const uint8_t *)name, strlen(name));
		ik_buf_puts(&b, ": ");
	}
	va_start(ap, fmt);
	ik_buf_vprintf(&b, fmt, ap);
	va_end(ap);
	sink->complain(sink->ctx, line);
}

/* The formats by their first four octets. */
enum format { FORMAT_PCAP, FORMAT_PCAPNG };

/* Magic numbers: microseconds, nanoseconds, and the records of an old modification, in both octet
 * orders; the type of a pcapng section header reads the same in both. unit: nanoseconds that the
 * fraction of a second counts in, 0 where records are not laid out as usual. */
struct magic {
	uint8_t octets[4];
	enum format format;
	uint32_t unit;
};
/* clang-format off */
static const struct magic magics[] = {
	{ { 0xD4, 0xC3, 0xB2, 0xA1 }, FORMAT_PCAP,   1000 },
	{ { 0xA1, 0xB2, 0xC3, 0xD4 }, FORMAT_PCAP,   1000 },
	{ { 0x4D, 0x3C, 0xB2, 0xA1 }, FORMAT_PCAP,   1 },
	{ { 0xA1, 0xB2, 0x3C, 0x4D }, FORMAT_PCAP,   1 },
	{ { 0x34, 0xCD, 0xB2, 0xA1 }, FORMAT_PCAP,   0 },
	{ { 0xA1, 0xB2, 0xCD, 0x34 }, FORMAT_PCAP,   0 },
	{ { 0x0A, 0x0D, 0x0D, 0x0A }, FORMAT_PCAPNG, 0 },
};
/* clang-format on */

#define FILE_HEADER 24 /* octets, in every classic format */

static const struct magic *magic_of(struct ik_stream *s)
{
	if (ik_stream_peek(s, 4, 4096) < 4)
		return NULL;
	for (size_t i = 0; i < sizeof(magics) / sizeof(magics[0]); i++)
		if (memcmp(ik_stream_at(s), magics[i].octets, 4) == 0)
			return &magics[i];
	return NULL;
}

/* libpcap reads a FILE whose octets come from here. */
static ssize_t cookie_read(void *cookie, char *buf, size_t n)
{
	struct ik_reader *r = cookie;
	ssize_t got;

	if (r->header_due > 0 && n > r->header_due)
		n = r->header_due;
	if (r->is_ng)
		got = (ssize_t)ik_ng_feed(&r->ng, (uint8_t *)buf, n);
	else
		got = ik_stream_read(&r->stream, buf, n);
	if (got > 0 && r->header_due > 0)
		r->header_due -= (size_t)got;
	if (got < 0)
		errno = EIO;
	return got;
}

/* Opens libpcap on the stream. A buffer has to be given: glibc ignores the size of one that it is
 * to allocate itself, and libpcap's 4096 octets are half of its cost. */
static bool pcap_begin(struct ik_reader *r, size_t buffer)
{
	const cookie_io_functions_t io = {.read = cookie_read};
	FILE *file = fopencookie(r, "r", io);

	r->buffer = malloc(buffer);
	if (file == NULL || r->buffer == NULL) {
		(void)snprintf(r->problem, sizeof(r->problem), "out of memory");
		if (file != NULL)
			(void)fclose(file);
		return false;
	}
	(void)setvbuf(file, r->buffer, _IOFBF, buffer);
	(void)__fsetlocking(file, FSETLOCKING_BYCALLER);
	r->pcap = pcap_fopen_offline_with_tstamp_precision(file, PCAP_TSTAMP_PRECISION_NANO,
	                                                   r->problem);
	if (r->pcap != NULL)
		return true;
	r->truncated = feof(file) || r->ng.cut;
	(void)fclose(file);
	return false;
}

static void pcap_end(struct ik_reader *r)
{
	if (r->pcap != NULL)
		pcap_close(r->pcap);
	free(r->buffer);
	r->pcap = NULL;
	r->buffer = NULL;
}

static void link_type_complain(const struct ik_reader *r, int number)
{
	ik_complain(r->sink, r->name, "link type %s (%d) is not supported",
	            ik_link_type_known_as(number), number);
}

/* Whether records can be taken as they are: in the host's octet order, of the one version that has
 * been written since 1998. */
static bool plain_records(const struct ik_reader *r)
{
	return r->records.unit != 0 && pcap_is_swapped(r->pcap) == 0 &&
	       pcap_major_version(r->pcap) == 2 && pcap_minor_version(r->pcap) == 4;
}

/* libpcap refuses a pcapng file without any interface; to the pcapng reader that is an empty one,
 * or it knows better what is wrong with it. */
static bool open_format(struct ik_reader *r, size_t buffer)
{
	int number;

	if (!pcap_begin(r, buffer)) {
		pcap_end(r);
		if (r->stream.problem[0] != '\0')
			ik_complain(r->sink, r->name, "%s", r->stream.problem);
		else if (r->is_ng && r->ng.n_interfaces == 0 && !r->ng.cut)
			return true;
		else if (r->truncated)
			ik_complain(r->sink, r->name, "cut off inside the file header");
		else
			ik_complain(r->sink, r->name, "%s", r->problem);
		return false;
	}
	number = pcap_datalink(r->pcap);
	r->packet.link_type = ik_link_type(number);
	r->understood = ikescope_link_type_name(r->packet.link_type) != NULL;
	r->plain = plain_records(r);
	r->records.snaplen = (uint32_t)pcap_snapshot(r->pcap);
	if (r->understood || r->is_ng)
		return true;
	link_type_complain(r, r->packet.link_type < UINT16_MAX ? r->packet.link_type : number);
	return false;
}

/* Why a stream is no capture. */
static void no_capture_complain(const struct ik_capture_sink *sink, const char *name,
                                const struct ik_stream *s, const char *compression)
{
	if (s->problem[0] != '\0')
		ik_complain(sink, name, "%s", s->problem);
	else if (s->pos == s->end && compression == NULL)
		ik_complain(sink, name, "the file is empty");
	else if (s->pos == s->end)
		ik_complain(sink, name, "the %s-compressed file is empty", compression);
	else
		ik_complain(sink, name, "not a capture file (neither pcap nor pcapng)");
}

struct ik_reader *ik_reader_open(struct ik_stream *stream, const char *name, size_t buffer,
                                 bool only_captures, const struct ik_capture_sink *sink,
                                 bool *passed_over)
{
	const char *compression = NULL;
	const struct magic *magic = NULL;
	struct ik_reader *r;

	if (ik_unpack(stream, buffer, &compression) == 0)
		magic = magic_of(stream);
	r = calloc(1, sizeof(*r));
	*passed_over = only_captures && magic == NULL;
	if (magic == NULL || r == NULL) {
		if (!*passed_over)
			no_capture_complain(sink, name, stream, compression);
		ik_stream_close(stream);
		free(r);
		return NULL;
	}
	r->name = name;
	r->sink = sink;
	r->stream = *stream;
	*stream = (struct ik_stream){.fd = -1};
	r->compression = compression;
	r->is_ng = magic->format == FORMAT_PCAPNG;
	r->header_due = r->is_ng ? 0 : FILE_HEADER;
	r->records = (struct ik_records){
	        .stream = &r->stream,
	        .least = buffer,
	        .unit = magic->unit,
	        .units = magic->unit != 0 ? (uint32_t)IKESCOPE_SECOND / magic->unit : 0};
	ik_ng_begin(&r->ng, &r->stream, buffer);
	if (open_format(r, buffer))
		return r;
	ik_reader_close(r);
	return NULL;
}

void ik_reader_describe(const struct ik_reader *r, struct ikescope_capture_info *info)
{
	info->format = r->is_ng ? "pcapng" : "pcap";
	info->compression = r->compression;
}

/* Hands over the packet at hand. True while reading goes on. */
static bool deliver(struct ik_reader *r)
{
	r->pending = r->packet.time >= r->pause_at;
	if (r->pending)
		return false;
	r->stopped = r->sink->packet(r->sink->ctx, &r->packet) != 0;
	return !r->stopped;
}

/* Packets of an interface that the analysis does not understand are skipped, which is said once. */
static bool supported(struct ik_reader *r, uint32_t interface, uint16_t link_type)
{
	struct ik_ng_interface *i = &r->ng.interfaces[interface];

	if (ikescope_link_type_name(link_type) != NULL)
		return true;
	if (!i->complained)
		link_type_complain(r, link_type);
	i->complained = true;
	r->skipped = true;
	return false;
}

static void from_pcap(u_char *user, const struct pcap_pkthdr *h, const u_char *data)
{
	/* The cast undoes the one that libpcap's interface demands. */
	struct ik_reader *r = (struct ik_reader *)(void *)user;
	int64_t seconds = r->is_ng ? (int64_t)h->ts.tv_sec : (int64_t)(uint32_t)h->ts.tv_sec;

	r->packet.at.frame = ++r->frames;
	r->packet.time = ik_ng_time(seconds, h->ts.tv_usec);
	r->packet.data = data;
	r->packet.captured = h->caplen;
	r->packet.length = h->len > h->caplen ? h->len : h->caplen;
	if (!r->understood && !supported(r, 0, r->packet.link_type))
		return;
	if (!deliver(r))
		pcap_breakloop(r->pcap);
}

/* Takes plain records. False where what is left is for libpcap. */
static bool run_records(struct ik_reader *r, enum ik_reader_state *state)
{
	while (ik_records_next(&r->records, &r->packet)) {
		r->packet.at.frame = ++r->frames;
		if (deliver(r))
			continue;
		*state = r->stopped ? IK_READER_STOPPED : IK_READER_PAUSED;
		return true;
	}
	r->plain = false;
	return false;
}

/* Reads with libpcap. False where what is left is for ik_ng_next(). */
static bool run_pcap(struct ik_reader *r, enum ik_reader_state *state)
{
	int status = pcap_loop(r->pcap, -1, from_pcap, (u_char *)r);

	*state = IK_READER_ENDED;
	if (status == PCAP_ERROR_BREAK) {
		*state = r->stopped ? IK_READER_STOPPED : IK_READER_PAUSED;
		return true;
	}
	if (status == 0 && r->is_ng) {
		pcap_end(r);
		return false;
	}
	if (status == 0)
		return true;
	if (r->stream.problem[0] == '\0' && feof(pcap_file(r->pcap)))
		r->truncated = true;
	else if (r->stream.problem[0] == '\0')
		(void)snprintf(r->problem, sizeof(r->problem), "%s", pcap_geterr(r->pcap));
	return true;
}

static enum ik_reader_state run_ng(struct ik_reader *r)
{
	struct ik_ng_packet p;

	while (ik_ng_next(&r->ng, &p)) {
		r->packet.at.frame = ++r->frames;
		if (p.data == NULL)
			continue;
		r->packet.time = p.time;
		r->packet.interface = p.interface;
		r->packet.link_type = ik_link_type(r->ng.interfaces[p.interface].link_type);
		r->packet.data = p.data;
		r->packet.captured = p.captured;
		r->packet.length = p.length > p.captured ? p.length : p.captured;
		if (supported(r, p.interface, r->packet.link_type) && !deliver(r))
			return r->stopped ? IK_READER_STOPPED : IK_READER_PAUSED;
	}
	if (r->ng.problem[0] != '\0')
		(void)snprintf(r->problem, sizeof(r->problem), "%s", r->ng.problem);
	r->truncated = r->ng.cut && r->stream.problem[0] == '\0';
	return IK_READER_ENDED;
}

enum ik_reader_state ik_reader_run(struct ik_reader *r, uint32_t capture, ikescope_time pause_at)
{
	enum ik_reader_state state;

	r->problem[0] = '\0';
	r->packet.at.capture = capture;
	r->pause_at = pause_at;
	if (r->pending && !deliver(r))
		return r->stopped ? IK_READER_STOPPED : IK_READER_PAUSED;
	if (r->plain && run_records(r, &state))
		return state;
	if (r->pcap != NULL && run_pcap(r, &state))
		return state;
	return run_ng(r);
}

ikescope_time ik_reader_time(const struct ik_reader *r)
{
	return r->packet.time;
}

bool ik_reader_at_first(const struct ik_reader *r)
{
	return r->packet.at.frame == 1;
}

/* Why reading ended, into r->why; empty where all was read. Of compressed data the last piece
 * before an error is lost, so that not every packet before it was read. */
static void explain(struct ik_reader *r)
{
	struct ik_buf b = IK_BUF_ON(r->why);
	unsigned long long read = (unsigned long long)r->frames;

	if (r->stream.problem[0] != '\0')
		ik_buf_printf(&b, "%s; read up to frame %llu", r->stream.problem, read);
	else if (r->truncated)
		ik_buf_printf(&b,
		              "the last record (frame %llu) is cut off; everything before it "
		              "was read",
		              read + 1);
	else if (r->problem[0] != '\0')
		ik_buf_printf(&b, "damaged at frame %llu: %s; everything before it was read",
		              read + 1, r->problem);
}

bool ik_reader_finish(struct ik_reader *r, struct ikescope_capture_stats *stats)
{
	explain(r);
	if (r->why[0] != '\0')
		ik_complain(r->sink, r->name, "%s", r->why);
	*stats = (struct ikescope_capture_stats){
	        .dropped = r->is_ng ? ik_ng_dropped(&r->ng) : -1,
	        .truncated_file = r->truncated || r->stream.cut,
	        .problem = r->why[0] != '\0' ? r->why : NULL,
	};
	return r->why[0] == '\0' && !r->skipped;
}

void ik_reader_close(struct ik_reader *r)
{
	if (r == NULL)
		return;
	pcap_end(r);
	ik_ng_end(&r->ng);
	ik_stream_close(&r->stream);
	free(r);
}
