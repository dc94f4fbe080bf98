/*
 * Captures built octet by octet, and a sink that remembers what it was told.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef TEST_CAPTURE_H
#define TEST_CAPTURE_H

#include "capture/capture.h"

/* Octets under construction. big: numbers go in with the most significant octet first. */
struct test_bytes {
	bool big;
	size_t n;
	uint8_t data[1 << 16];
};

void test_u8(struct test_bytes *b, unsigned v);
void test_u16(struct test_bytes *b, unsigned v);
void test_u32(struct test_bytes *b, uint32_t v);
void test_u64(struct test_bytes *b, uint64_t v);
void test_fill(struct test_bytes *b, unsigned seed, size_t n);

/* Magic numbers of pcap. */
#define TEST_MICRO UINT32_C(0xA1B2C3D4)
#define TEST_NANO  UINT32_C(0xA1B23C4D)

void test_pcap(struct test_bytes *b, bool big, uint32_t magic, uint32_t link_type);
void test_record(struct test_bytes *b, uint32_t seconds, uint32_t fraction, uint32_t captured,
                 uint32_t length);

/* pcapng blocks. resolution < 0: no if_tsresol option; offset 0: no if_tsoffset option. */
void test_section(struct test_bytes *b, bool big);
void test_interface(struct test_bytes *b, unsigned link_type, uint32_t snaplen, int resolution,
                    int64_t offset);
void test_enhanced(struct test_bytes *b, uint32_t interface, uint64_t time, uint32_t captured,
                   uint32_t length);
void test_obsolete(struct test_bytes *b, unsigned interface, uint64_t time, uint32_t captured,
                   uint32_t length);
void test_simple(struct test_bytes *b, uint32_t captured, uint32_t length);
void test_statistics(struct test_bytes *b, uint32_t interface, int64_t ifdrop, int64_t osdrop);
void test_other(struct test_bytes *b, uint32_t type, size_t n);

struct test_seen_packet {
	struct ikescope_at at;
	ikescope_time time;
	uint32_t interface;
	uint16_t link_type;
	size_t captured, length;
	uint8_t first; /* octet, 0 where none was captured */
};

/* What the sink was told. */
struct test_seen {
	unsigned begun, ended, complaints;
	char formats[256];                   /* "pcap pcapng/gzip ", in the order of begin() */
	char files[512];                     /* "a b " */
	char text[2048];                     /* the complaints, each with a newline */
	char problem[256];                   /* the last one that end() was told */
	struct ikescope_capture_stats stats; /* the last */
	size_t n;
	size_t stop_at; /* the sink returns non-zero from this packet on; 0: never */
	struct test_seen_packet packets[4096];
};

struct ik_capture_sink test_sink(struct test_seen *seen);

#endif
