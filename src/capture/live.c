/*
 * Captures from a live interface through libpcap.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "capture/capture.h"

#include <net/if.h>
#include <poll.h>
#include <string.h>
#include <pcap/pcap.h>
#include <time.h>
#include <unistd.h>

#include "base/buf.h"
#include "capture/linktype.h"
#include "capture/pcapng.h"
#include "capture/reader.h"

/* The ring rides out a pause of the reader; the kernel hands a block over when it is full or after
 * the timeout. Waiting no longer than WAIT bounds how late a stop is noticed. */
enum {
	SNAPLEN = 262144,
	RING = 1 << 26,
	TIMEOUT_MS = 50,
	WAIT_MS = 50,
	BATCH = 4096, /* packets between two looks at the clock */
};

struct live {
	const char *iface;
	const struct ik_capture_sink *sink;
	pcap_t *pcap;
	struct ikescope_packet packet;
	int64_t unit; /* nanoseconds in the fraction of a time stamp */
	bool stopped;
};

/* What to type so that it works: the program may be anywhere, the kernel knows where. */
static void permission_complain(const struct live *l)
{
	char path[512];
	ssize_t n = readlink("/proc/self/exe", path, sizeof(path) - 1);

	path[n > 0 ? n : 0] = '\0';
	ik_complain(l->sink, NULL,
	            "permission denied on %s: run it with sudo, or once: "
	            "sudo setcap cap_net_raw,cap_net_admin=eip %s",
	            l->iface, n > 0 ? path : "ikescope");
}

static void no_device_complain(const struct live *l)
{
	char names[512];
	struct ik_buf b = IK_BUF_ON(names);
	struct if_nameindex *all = if_nameindex();

	for (const struct if_nameindex *i = all; i != NULL && i->if_index != 0; i++)
		ik_buf_printf(&b, "%s, ", i->if_name);
	if (all != NULL)
		if_freenameindex(all);
	ik_complain(l->sink, l->iface, "no such interface; there are: %sany", names);
}

static void error_complain(const struct live *l, int status)
{
	const char *more = pcap_geterr(l->pcap);

	/* The permission is asked for first, whether or not the interface exists. */
	if (status == PCAP_ERROR_NO_SUCH_DEVICE ||
	    (status == PCAP_ERROR_PERM_DENIED && if_nametoindex(l->iface) == 0 &&
	     strcmp(l->iface, "any") != 0))
		no_device_complain(l);
	else if (status == PCAP_ERROR_PERM_DENIED || status == PCAP_ERROR_PROMISC_PERM_DENIED)
		permission_complain(l);
	else if (status == PCAP_ERROR_IFACE_NOT_UP)
		ik_complain(l->sink, l->iface, "the interface is down");
	else
		ik_complain(l->sink, l->iface, "%s",
		            more[0] != '\0' ? more : pcap_statustostr(status));
}

/* No kernel filter: ports behind VLAN tags, tunnels and fragments would need one that follows all
 * of that, and what it missed would be missing from the verdict. Packets that do not matter cost
 * the analysis a few nanoseconds each. */
static bool live_open(struct live *l)
{
	char error[PCAP_ERRBUF_SIZE];
	int status;

	l->pcap = pcap_create(l->iface, error);
	if (l->pcap == NULL) {
		ik_complain(l->sink, l->iface, "%s", error);
		return false;
	}
	(void)pcap_set_snaplen(l->pcap, SNAPLEN);
	(void)pcap_set_promisc(l->pcap, 1);
	(void)pcap_set_buffer_size(l->pcap, RING);
	(void)pcap_set_timeout(l->pcap, TIMEOUT_MS);
	(void)pcap_set_tstamp_precision(l->pcap, PCAP_TSTAMP_PRECISION_NANO);
	status = pcap_activate(l->pcap);
	if (status < 0) {
		error_complain(l, status);
		return false;
	}
	if (pcap_setnonblock(l->pcap, 1, error) != 0) {
		ik_complain(l->sink, l->iface, "%s", error);
		return false;
	}
	l->unit = pcap_get_tstamp_precision(l->pcap) == PCAP_TSTAMP_PRECISION_NANO ? 1 : 1000;
	l->packet.link_type = ik_link_type(pcap_datalink(l->pcap));
	if (ikescope_link_type_name(l->packet.link_type) != NULL)
		return true;
	ik_complain(l->sink, l->iface, "link type %s (%d) is not supported",
	            ik_link_type_known_as(l->packet.link_type), l->packet.link_type);
	return false;
}

static void from_interface(u_char *user, const struct pcap_pkthdr *h, const u_char *data)
{
	struct live *l = (struct live *)(void *)user;

	l->packet.at.frame++;
	l->packet.time = ik_ng_time((int64_t)h->ts.tv_sec, (int64_t)h->ts.tv_usec * l->unit);
	l->packet.data = data;
	l->packet.captured = h->caplen;
	l->packet.length = h->len > h->caplen ? h->len : h->caplen;
	if (l->sink->packet(l->sink->ctx, &l->packet) == 0)
		return;
	l->stopped = true;
	pcap_breakloop(l->pcap);
}

static double now(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* Reads until it is stopped or the time is up; false on an error, which was complained of. */
static bool live_loop(struct live *l, double seconds, const volatile sig_atomic_t *stop)
{
	const double end = now() + seconds;
	struct pollfd wait = {.fd = pcap_get_selectable_fd(l->pcap), .events = POLLIN};
	double left;
	int got;

	while (*stop == 0 && !l->stopped) {
		left = seconds > 0 ? (end - now()) * 1000 : WAIT_MS;
		if (left <= 0)
			return true;
		got = pcap_dispatch(l->pcap, BATCH, from_interface, (u_char *)l);
		if (got < 0 && got != PCAP_ERROR_BREAK) {
			error_complain(l, got);
			return false;
		}
		if (got == 0 && *stop == 0)
			(void)poll(&wait, 1, left < WAIT_MS ? (int)left + 1 : WAIT_MS);
	}
	return true;
}

static int64_t live_dropped(const struct live *l)
{
	struct pcap_stat stat;

	return pcap_stats(l->pcap, &stat) == 0 ? (int64_t)stat.ps_drop + stat.ps_ifdrop : -1;
}

static enum ik_capture_result live_read(struct live *l, double seconds,
                                        const volatile sig_atomic_t *stop)
{
	const struct ikescope_capture_info info = {.file = l->iface, .format = "live"};
	struct ikescope_capture_stats stats = {.dropped = -1};
	bool complete;

	if (l->sink->begin(l->sink->ctx, &info, &l->packet.at.capture) != 0)
		return IK_CAPTURE_STOPPED;
	complete = live_loop(l, seconds, stop);
	/* What the kernel has handed over by now belongs to the capture. */
	if (complete && !l->stopped)
		(void)pcap_dispatch(l->pcap, BATCH, from_interface, (u_char *)l);
	if (l->stopped)
		return IK_CAPTURE_STOPPED;
	stats.dropped = live_dropped(l);
	stats.problem = complete ? NULL : "the interface failed";
	if (l->sink->end(l->sink->ctx, l->packet.at.capture, &stats) != 0)
		return IK_CAPTURE_STOPPED;
	return complete ? IK_CAPTURE_OK : IK_CAPTURE_INCOMPLETE;
}

enum ik_capture_result ik_capture_live(const char *iface, double seconds, const uint16_t *ike_ports,
                                       size_t n_ike_ports, volatile sig_atomic_t *stop,
                                       const struct ik_capture_sink *sink)
{
	enum ik_capture_result result = IK_CAPTURE_INCOMPLETE;
	struct live l = {.iface = iface, .sink = sink};

	(void)ike_ports;
	(void)n_ike_ports;
	if (live_open(&l))
		result = live_read(&l, seconds, stop);
	if (l.pcap != NULL)
		pcap_close(l.pcap);
	return result;
}
