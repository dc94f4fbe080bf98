/*
 * What ikescope is compared with: reads a capture with libpcap as it comes and counts the packets.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <pcap/pcap.h>
#include <stdio.h>

static void count(u_char *user, const struct pcap_pkthdr *header, const u_char *octets)
{
	unsigned long *packets = (unsigned long *)(void *)user;

	(void)header;
	(void)octets;
	++*packets;
}

int main(int argc, char **argv)
{
	char error[PCAP_ERRBUF_SIZE] = "usage: pcap_loop FILE";
	unsigned long packets = 0;
	pcap_t *capture = argc == 2 ? pcap_open_offline(argv[1], error) : NULL;

	if (capture == NULL) {
		fprintf(stderr, "%s\n", error);
		return 2;
	}
	if (pcap_loop(capture, -1, count, (u_char *)&packets) != 0) {
		pcap_perror(capture, argv[1]);
		return 1;
	}
	printf("%lu\n", packets);
	pcap_close(capture);
	return 0;
}
