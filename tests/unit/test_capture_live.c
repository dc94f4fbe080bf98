/*
 * Live captures: on the loopback interface where that is allowed, and the lines where it is not.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <arpa/inet.h>
#include <criterion/criterion.h>
#include <pcap/pcap.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "unit/test_capture.h"

static struct test_seen seen;

static double now(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* Whether this process may capture at all. */
static bool allowed(void)
{
	char error[PCAP_ERRBUF_SIZE];
	pcap_t *p = pcap_create("lo", error);
	int status = p != NULL ? pcap_activate(p) : -1;

	if (p != NULL)
		pcap_close(p);
	return status >= 0;
}

/* Sends datagrams to a port of this machine until somebody ends it, for ten seconds at most. */
static void send_datagrams(void)
{
	const struct sockaddr_in to = {.sin_family = AF_INET,
	                               .sin_port = htons(45007),
	                               .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	int fd = socket(AF_INET, SOCK_DGRAM, 0);

	for (int i = 0; i < 500; i++) {
		(void)sendto(fd, "ikescope", 8, 0, (const struct sockaddr *)&to, sizeof(to));
		(void)usleep(20000);
	}
}

static enum ik_capture_result capture(const char *iface, double seconds, sig_atomic_t stopped)
{
	struct ik_capture_sink sink = test_sink(&seen);
	volatile sig_atomic_t stop = stopped;

	memset(&seen, 0, sizeof(seen));
	return ik_capture_live(iface, seconds, NULL, 0, &stop, &sink);
}

Test(capture_live, loopback_until_the_time_is_up)
{
	double begin, took;
	pid_t child;

	if (!allowed())
		cr_skip_test("capturing needs a privilege");
	child = fork();
	if (child == 0) {
		send_datagrams();
		_exit(0);
	}
	begin = now();
	cr_assert_eq(capture("lo", 0.6, 0), IK_CAPTURE_OK, "%s", seen.text);
	took = now() - begin;
	(void)kill(child, SIGKILL);
	(void)waitpid(child, NULL, 0);
	cr_assert_geq(took, 0.55);
	cr_assert_geq(seen.n, 5);
	cr_assert_str_eq(seen.formats, "live ");
	cr_assert_str_eq(seen.files, "lo ");
	cr_assert_eq(seen.stats.dropped, 0);
	cr_assert_eq(seen.packets[0].link_type, 1);
	cr_assert_eq(seen.packets[1].at.frame, 2);
	cr_assert_lt(seen.packets[0].time / IKESCOPE_SECOND - time(NULL), 60);
}

Test(capture_live, a_stop_is_heeded_without_packets)
{
	if (!allowed())
		cr_skip_test("capturing needs a privilege");
	cr_assert_eq(capture("lo", 0, 1), IK_CAPTURE_OK, "%s", seen.text);
	cr_assert_eq(seen.begun, 1);
	cr_assert_eq(seen.ended, 1);
}

Test(capture_live, no_such_interface)
{
	cr_assert_eq(capture("ikescope9", 1, 0), IK_CAPTURE_INCOMPLETE);
	cr_assert_eq(strncmp(seen.text, "ikescope9: no such interface; there are: ", 41), 0, "%s",
	             seen.text);
	cr_assert_eq(seen.complaints, 1);
	cr_assert_eq(seen.begun, 0);
}

Test(capture_live, permission_denied_says_what_to_type)
{
	char path[512], expected[700];
	ssize_t n = readlink("/proc/self/exe", path, sizeof(path) - 1);

	/* Without root's identity the capabilities are gone as well. */
	if (geteuid() == 0 && setuid(65534) != 0)
		cr_skip_test("the identity cannot be changed");
	if (allowed())
		cr_skip_test("capturing is allowed to everybody here");
	path[n > 0 ? n : 0] = '\0';
	(void)snprintf(expected, sizeof(expected),
	               "permission denied on lo: run it with sudo, or once: sudo setcap "
	               "cap_net_raw,cap_net_admin=eip %s\n",
	               path);
	cr_assert_eq(capture("lo", 1, 0), IK_CAPTURE_INCOMPLETE);
	cr_assert_str_eq(seen.text, expected);
}
