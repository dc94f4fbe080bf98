/*
 * Every payload type of both versions, field by field.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <criterion/criterion.h>

#include "ike/decode.h"
#include "test_ike.h"

TestSuite(ike_payloads);

/* clang-format off */
static const struct { uint8_t major, type; const char *body, *fields; } rows[] = {
	/* IKEv1 */
	{ 1, 1, "00000001 00000001 0000002c 01010001 00000024 01010000 8001 0007 800e 0080 8002 0002 8003 0001 8004 000e 000c0004 00015180",
	  "DOI=1:IPSEC;situation=1:SIT_IDENTITY_ONLY;proposal{>number=1;>protocol=1:PROTO_ISAKMP;>SPI size=0;>transforms=1;"
	  ">transform{>>number=1;>>transform id=1:KEY_IKE;>>attribute{>>>value=7:AES-CBC;>>attribute{>>>value=128;"
	  ">>attribute{>>>value=2:SHA;>>attribute{>>>value=1:pre-shared key;>>attribute{>>>value=14:2048-bit MODP group;>>attribute{>>>value=86400;" },
	{ 1, 1, "00000001 00000001 0000001c 02030401 cafebabe 00000010 010c0000 8004 0003 8005 0005",
	  "DOI=1:IPSEC;situation=1:SIT_IDENTITY_ONLY;proposal{>number=2;>protocol=3:PROTO_IPSEC_ESP;>SPI size=4;>transforms=1;>SPI=cafebabe;"
	  ">transform{>>number=1;>>transform id=12:ESP_AES-CBC;>>attribute{>>>value=3:UDP-Encapsulated-Tunnel;>>attribute{>>>value=5:HMAC-SHA2-256;" },
	{ 1, 1, "00000001 00000002 0102", "DOI=1:IPSEC;situation=2:SIT_SECRECY;situation and proposals=0102;" },
	{ 1, 4, "0a0b0c", "public value=0a0b0c;" },
	{ 1, 5, "011101f4 c0000201", "ID type=1:ID_IPV4_ADDR;protocol=17;port=500;address=c0000201;" },
	{ 1, 5, "02000000 612e62", "ID type=2:ID_FQDN;protocol=0;port=0;FQDN=a.b;" },
	{ 1, 5, "03000000 614062", "ID type=3:ID_USER_FQDN;protocol=0;port=0;user FQDN=a@b;" },
	{ 1, 5, "04000000 0a000000 ff000000", "ID type=4:ID_IPV4_ADDR_SUBNET;protocol=0;port=0;subnet=0a000000;mask=ff000000;" },
	{ 1, 5, "05000000 20*16", "ID type=5:ID_IPV6_ADDR;protocol=0;port=0;address=20202020202020202020202020202020;" },
	{ 1, 5, "06000000 20*16 ff*16", "ID type=6:ID_IPV6_ADDR_SUBNET;protocol=0;port=0;subnet=20202020202020202020202020202020;mask=ffffffffffffffffffffffffffffffff;" },
	{ 1, 5, "07000000 0a000001 0a000009", "ID type=7:ID_IPV4_ADDR_RANGE;protocol=0;port=0;first address=0a000001;last address=0a000009;" },
	{ 1, 5, "08000000 20*16 21*16", "ID type=8:ID_IPV6_ADDR_RANGE;protocol=0;port=0;first address=20202020202020202020202020202020;last address=21212121212121212121212121212121;" },
	{ 1, 5, "09000000 3000", "ID type=9:ID_DER_ASN1_DN;protocol=0;port=0;DN=3000;" },
	{ 1, 5, "0a000000 3000", "ID type=10:ID_DER_ASN1_GN;protocol=0;port=0;GN=3000;" },
	{ 1, 5, "0b000000 3000", "ID type=11:ID_KEY_ID;protocol=0;port=0;key id=3000;" },
	{ 1, 5, "0c000000 3000", "ID type=12:ID_LIST;protocol=0;port=0;list=3000;" },
	{ 1, 5, "0d000000 3000", "ID type=13;protocol=0;port=0;identification data=3000;" },
	{ 1, 5, "63000000 3000", "ID type=99;protocol=0;port=0;identification data=3000;" },
	{ 1, 6, "04 3003", "encoding=4:X.509 Certificate - Signature;certificate=3003;" },
	{ 1, 7, "04 3003", "encoding=4:X.509 Certificate - Signature;certification authority=3003;" },
	{ 1, 8, "0102", "data=0102;" },
	{ 1, 9, "0102", "data=0102;" },
	{ 1, 10, "11*8", "nonce=1111111111111111;" },
	{ 1, 11, "00000001 01 10 6002 aa*8 bb*8", "DOI=1:IPSEC;protocol=1:PROTO_ISAKMP;SPI size=16;type=24578:INITIAL-CONTACT;SPI=aaaaaaaaaaaaaaaabbbbbbbbbbbbbbbb;" },
	{ 1, 11, "00000001 01 00 000e 01", "DOI=1:IPSEC;protocol=1:PROTO_ISAKMP;SPI size=0;type=14:NO-PROPOSAL-CHOSEN;data=01;" },
	{ 1, 11, "00000001 01 00 8d28 00000007", "DOI=1:IPSEC;protocol=1:PROTO_ISAKMP;SPI size=0;type=36136:R-U-THERE;sequence number=7;" },
	{ 1, 11, "00000001 03 04 6000 cafebabe 8001 0001 8002 0e10", "DOI=1:IPSEC;protocol=3:PROTO_IPSEC_ESP;SPI size=4;type=24576:RESPONDER-LIFETIME;SPI=cafebabe;"
	  "attribute{>value=1:seconds;attribute{>value=3600;" },
	{ 1, 11, "00000001 01 00 6000 800b 0001 000c0004 00015180", "DOI=1:IPSEC;protocol=1:PROTO_ISAKMP;SPI size=0;type=24576:RESPONDER-LIFETIME;"
	  "attribute{>value=1:seconds;attribute{>value=86400;" },
	{ 1, 11, "00000001 03 04 6001 cafebabe 00000001", "DOI=1:IPSEC;protocol=3:PROTO_IPSEC_ESP;SPI size=4;type=24577:REPLAY-STATUS;SPI=cafebabe;replay detection=1;" },
	{ 1, 11, "00000001 01 00 9e35 c0000201", "DOI=1:IPSEC;protocol=1:PROTO_ISAKMP;SPI size=0;type=40501:UNITY-LOAD-BALANCE;gateway=c0000201;" },
	{ 1, 12, "00000001 03 04 0002 cafebabe deadbeef", "DOI=1:IPSEC;protocol=3:PROTO_IPSEC_ESP;SPI size=4;SPIs=2;SPI=cafebabe;SPI=deadbeef;" },
	{ 1, 13, "afcad71368a1f1c96b8696fc77570100", "vendor id=afcad71368a1f1c96b8696fc77570100:Dead Peer Detection v1.0;" },
	{ 1, 13, "0102", "vendor id=0102;" },
	{ 1, 14, "01 00 0007 0001 0000 0003 0004 c0000201 c088 0001", "type=1:ISAKMP_CFG_REQUEST;identifier=7;attribute{attribute{>address=c0000201;attribute{>value=1:RADIUS-CHAP;" },
	{ 1, 14, "03 00 0007 4089 0002 6162 c08f 0001 000d 0008 0a000000ff000000", "type=3:ISAKMP_CFG_SET;identifier=7;attribute{>text=ab;attribute{>value=1:OK;attribute{>address=0a000000;>mask=ff000000;" },
	{ 1, 15, "0102", "data=0102;" },
	{ 1, 15, "11*20", "hash of address and port=1111111111111111111111111111111111111111;" },
	{ 1, 16, "0102", "protocol=1:GDOI_PROTO_IPSEC_ESP;data=02;" },
	{ 1, 17, "0102", "data=0102;" },
	{ 1, 18, "0102", "data=0102;" },
	{ 1, 19, "0102", "data=0102;" },
	{ 1, 20, "11*16", "hash of address and port=11111111111111111111111111111111;" },
	{ 1, 21, "01000000 c0000201", "ID type=1:ID_IPV4_ADDR;original address=c0000201;" },
	{ 1, 21, "05000000 20*16", "ID type=5:ID_IPV6_ADDR;original address=20202020202020202020202020202020;" },
	{ 1, 22, "0102", "data=0102;" },
	{ 1, 128, "0102", "data=0102;" },
	{ 1, 130, "11*16", "hash of address and port=11111111111111111111111111111111;" },
	{ 1, 131, "01000000 c0000201", "ID type=1:ID_IPV4_ADDR;original address=c0000201;" },
	{ 1, 132, "0003 02 01 aabb", "fragment id=3;fragment number=2;last fragment=1:Last fragment;fragment=aabb;" },
	/* IKEv2 */
	{ 2, 33, "0000002c 01010004 0300000c 0100000c 800e0100 03000008 02000005 03000008 0300000c 00000008 0400001f",
	  "proposal{>number=1;>protocol=1:IKE;>SPI size=0;>transforms=4;"
	  ">transform{>>transform type=1:Encryption Algorithm (ENCR);>>transform id=12:ENCR_AES_CBC;>>attribute{>>>value=256;"
	  ">transform{>>transform type=2:Pseudo-random Function (PRF);>>transform id=5:PRF_HMAC_SHA2_256;"
	  ">transform{>>transform type=3:Integrity Algorithm (INTEG);>>transform id=12:AUTH_HMAC_SHA2_256_128;"
	  ">transform{>>transform type=4:Key Exchange Method (KE);>>transform id=31:Curve25519;" },
	{ 2, 33, "00000014 01030401 cafebabe 00000008 06000024", "proposal{>number=1;>protocol=3:ESP;>SPI size=4;>transforms=1;>SPI=cafebabe;"
	  ">transform{>>transform type=6:Additional Key Exchange 1 (ADDKE1);>>transform id=36:ml-kem-768;" },
	{ 2, 34, "001f 0000 09*32", "group=31:Curve25519;public value=0909090909090909090909090909090909090909090909090909090909090909;" },
	{ 2, 35, "01000000 c0000201", "ID type=1:ID_IPV4_ADDR;address=c0000201;" },
	{ 2, 36, "02000000 612e62", "ID type=2:ID_FQDN;FQDN=a.b;" },
	{ 2, 36, "03000000 614062", "ID type=3:ID_RFC822_ADDR;RFC 822 name=a@b;" },
	{ 2, 36, "05000000 20*16", "ID type=5:ID_IPV6_ADDR;address=20202020202020202020202020202020;" },
	{ 2, 36, "0b000000 6162", "ID type=11:ID_KEY_ID;key id=6162;" },
	{ 2, 36, "04000000 6162", "ID type=4;identification data=6162;" },
	{ 2, 36, "0d000000", "ID type=13:ID_NULL;" },
	{ 2, 36, "0e000000 6162", "ID type=14;identification data=6162;" },
	{ 2, 37, "04 3003", "encoding=4:X.509 Certificate - Signature;certificate=3003;" },
	{ 2, 38, "04 3003", "encoding=4:X.509 Certificate - Signature;certification authority=3003;" },
	{ 2, 39, "02000000 3003", "method=2:Shared Key Message Integrity Code;authentication data=3003;" },
	{ 2, 39, "0e000000 02 3003 aa", "method=14:Digital Signature;algorithm identifier length=2;algorithm identifier=3003;authentication data=aa;" },
	{ 2, 40, "11*16", "nonce=11111111111111111111111111111111;" },
	{ 2, 41, "00 00 0011 001f", "protocol=0:NONE;SPI size=0;type=17:INVALID_KE_PAYLOAD;accepted group=31:Curve25519;" },
	{ 2, 41, "00 00 000e", "protocol=0:NONE;SPI size=0;type=14:NO_PROPOSAL_CHOSEN;" },
	{ 2, 41, "00 00 0001 7f", "protocol=0:NONE;SPI size=0;type=1:UNSUPPORTED_CRITICAL_PAYLOAD;payload type=127;" },
	{ 2, 41, "00 00 4004 11*20", "protocol=0:NONE;SPI size=0;type=16388:NAT_DETECTION_SOURCE_IP;hash of address and port=1111111111111111111111111111111111111111;" },
	{ 2, 41, "00 00 4006 0102", "protocol=0:NONE;SPI size=0;type=16390:COOKIE;cookie=0102;" },
	{ 2, 41, "03 04 4009 cafebabe", "protocol=3:ESP;SPI size=4;type=16393:REKEY_SA;SPI=cafebabe;" },
	{ 2, 41, "00 00 4001 00000005", "protocol=0:NONE;SPI size=0;type=16385:SET_WINDOW_SIZE;window size=5;" },
	{ 2, 41, "00 00 4003 1234 03", "protocol=0:NONE;SPI size=0;type=16387:IPCOMP_SUPPORTED;CPI=4660;transform id=3:IPCOMP_LZS;" },
	{ 2, 41, "00 00 400d c0000201", "protocol=0:NONE;SPI size=0;type=16397:ADDITIONAL_IP4_ADDRESS;address=c0000201;" },
	{ 2, 41, "00 00 4013 00000e10", "protocol=0:NONE;SPI size=0;type=16403:AUTH_LIFETIME;lifetime=3600;" },
	{ 2, 41, "00 00 4017 01 04 c0000201 aabb", "protocol=0:NONE;SPI size=0;type=16407:REDIRECT;gateway identity type=1:IPv4 address of the VPN gateway;gateway identity length=4;gateway=c0000201;nonce=aabb;" },
	{ 2, 41, "00 00 4018 03 03 612e62", "protocol=0:NONE;SPI size=0;type=16408:REDIRECTED_FROM;gateway identity type=3:FQDN of the VPN gateway;gateway identity length=3;gateway=a.b;" },
	{ 2, 41, "00 00 4019 00000e10 aa", "protocol=0:NONE;SPI size=0;type=16409:TICKET_LT_OPAQUE;lifetime=3600;ticket=aa;" },
	{ 2, 41, "00 00 4020 8001 000f 0005 0002 1000", "protocol=0:NONE;SPI size=0;type=16416:ROHC_SUPPORTED;attribute{>value=15;attribute{>value=4096;" },
	{ 2, 41, "00 00 4026", "protocol=0:NONE;SPI size=0;type=16422:IKEV2_MESSAGE_ID_SYNC;" },
	{ 2, 41, "00 00 4026 00000001 00000002 00000003", "protocol=0:NONE;SPI size=0;type=16422:IKEV2_MESSAGE_ID_SYNC;nonce=1;next message id to send=2;next message id to receive=3;" },
	{ 2, 41, "00 00 402e", "protocol=0:NONE;SPI size=0;type=16430:IKEV2_FRAGMENTATION_SUPPORTED;" },
	{ 2, 41, "00 00 402f 0002 0005", "protocol=0:NONE;SPI size=0;type=16431:SIGNATURE_HASH_ALGORITHMS;hash algorithm=2:SHA2-256;hash algorithm=5:Identity;" },
	{ 2, 41, "00 00 4032 0005 10", "protocol=0:NONE;SPI size=0;type=16434:PUZZLE;PRF=5:PRF_HMAC_SHA2_256;difficulty=16;" },
	{ 2, 41, "00 00 4034 02 6162", "protocol=0:NONE;SPI size=0;type=16436:PPK_IDENTITY;PPK id type=2:PPK_ID_FIXED;PPK id=6162;" },
	{ 2, 41, "00 00 403b 02 02 03 01 00 05 0e 01 3003", "protocol=0:NONE;SPI size=0;type=16443:SUPPORTED_AUTH_METHODS;"
	  "announcement length=2;authentication method=2:Shared Key Message Integrity Code;"
	  "announcement length=3;authentication method=1:RSA Digital Signature;certificate link=0;"
	  "announcement length=5;authentication method=14:Digital Signature;certificate link=1;algorithm identifier=3003;" },
	{ 2, 42, "03 04 0001 cafebabe", "protocol=3:ESP;SPI size=4;SPIs=1;SPI=cafebabe;" },
	{ 2, 42, "01 00 0000", "protocol=1:IKE;SPI size=0;SPIs=0;" },
	{ 2, 43, "464c455856504e2d535550504f52544544", "vendor id=464c455856504e2d535550504f52544544:Cisco FlexVPN Supported;" },
	{ 2, 44, "01000000 07 00 0010 0000 ffff 0a000000 0affffff", "selectors=1;traffic selector{>protocol=0;>start port=0;>end port=65535;>starting address=0a000000;>ending address=0affffff;" },
	{ 2, 45, "01000000 08 11 0028 0000 ffff 20*16 21*16", "selectors=1;traffic selector{>protocol=17;>start port=0;>end port=65535;>starting address=20202020202020202020202020202020;>ending address=21212121212121212121212121212121;" },
	{ 2, 45, "01000000 0a 00 0006 6162", "selectors=1;traffic selector{>security label=6162;" },
	{ 2, 46, "11*17", "IV, ciphertext and ICV=1111111111111111111111111111111111;" },
	{ 2, 47, "01000000 0001 0000 0003 0004 c0000201 0008 0011 20*16 40 000e 0004 0001 0003 0007 0002 6162", "type=1:CFG_REQUEST;attribute{attribute{>address=c0000201;attribute{>address=20202020202020202020202020202020;>prefix length=64;"
	  "attribute{>attribute=1:INTERNAL_IP4_ADDRESS;>attribute=3:INTERNAL_IP4_DNS;attribute{>text=ab;" },
	{ 2, 47, "02000000 000d 0008 0a000000 ff000000 7000 0002 6162 7fff 0001 aa", "type=2:CFG_REPLY;attribute{>address=0a000000;>mask=ff000000;attribute{>text=ab;attribute{>value=aa;" },
	{ 2, 48, "01 07 0006 01 61", "code=1:Request;identifier=7;length=6;EAP type=1:Identity;identity=a;" },
	{ 2, 48, "02 07 0007 03 1a 0d", "code=2:Response;identifier=7;length=7;EAP type=3:Legacy Nak;wanted type=26:MS-EAP-Authentication (EAP-MSCHAPv2);wanted type=13:EAP-TLS;" },
	{ 2, 48, "01 07 000c fe 00372a 00000001", "code=1:Request;identifier=7;length=12;EAP type=254:Expanded Types;vendor=14122;vendor's type=1;" },
	{ 2, 37, "0c 11*20 68", "encoding=12:Hash and URL of X.509 certificate;SHA-1 of it=1111111111111111111111111111111111111111;URL=h;" },
	{ 2, 38, "04 11*20 22*20", "encoding=4:X.509 Certificate - Signature;authority key SHA-1=1111111111111111111111111111111111111111;authority key SHA-1=2222222222222222222222222222222222222222;" },
	{ 2, 48, "01 07 0008 17 05 0000", "code=1:Request;identifier=7;length=8;EAP type=23:EAP-AKA;subtype=5:AKA-Identity;EAP data=0000;" },
	{ 2, 48, "02 07 0007 1a 02 01", "code=2:Response;identifier=7;length=7;EAP type=26:MS-EAP-Authentication (EAP-MSCHAPv2);operation=2:Response;EAP data=01;" },
	{ 2, 48, "02 07 0005 1a", "code=2:Response;identifier=7;length=5;EAP type=26:MS-EAP-Authentication (EAP-MSCHAPv2);" },
	{ 2, 48, "03 07 0004", "code=3:Success;identifier=7;length=4;" },
	{ 2, 49, "0102", "data=0102;" },
	{ 2, 50, "0b000000 61", "ID type=11:ID_KEY_ID;key id=61;" },
	{ 2, 51, "0102", "data=0102;" },
	{ 2, 52, "0102", "data=0102;" },
	{ 2, 53, "0001 0002 11*17", "fragment number=1;total fragments=2;IV, ciphertext and ICV=1111111111111111111111111111111111;" },
	{ 2, 54, "0102", "data=0102;" },
	{ 2, 99, "0102", "data=0102;" },
	{ 2, 128, "0b000000 61", "ID type=11:ID_KEY_ID;key id=61;" },
	{ 2, 132, "0003 02 00 aabb", "fragment id=3;fragment number=2;last fragment=0:More fragments;fragment=aabb;" },
};
/* clang-format on */

#define N_ROWS (sizeof(rows) / sizeof(rows[0]))

Test(ike_payloads, every_field)
{
	for (size_t i = 0; i < N_ROWS; i++) {
		struct message m = message_of(rows[i].major, rows[i].type, rows[i].body);
		struct test_fields t = {.octets = m.octets};
		struct ik_field_sink sink = {.ctx = &t, .field = test_field};

		t.text = IK_BUF_ON(t.data);
		message_decode(&m, &sink);
		cr_expect_eq(t.gap, 0, "row %zu (IKEv%u payload %u): octet %zu has no field", i,
		             rows[i].major, rows[i].type, t.gap);
		cr_expect_eq(t.covered, m.len, "row %zu: the end has no field", i);
		cr_expect_str_eq(t.data, rows[i].fields, "row %zu (IKEv%u payload %u): %s", i,
		                 rows[i].major, rows[i].type, t.data);
	}
}

Test(ike_payloads, every_type_has_a_row_in_this_test)
{
	for (unsigned major = 1; major <= 2; major++) {
		for (unsigned type = 0; type < 256; type++) {
			bool seen = false;

			for (size_t i = 0; i < N_ROWS; i++)
				seen = seen || (rows[i].major == major && rows[i].type == type);
			if (ik_payload_row(major, (uint8_t)type) != NULL)
				cr_expect(seen, "IKEv%u payload %u", major, type);
		}
	}
}

/* The rows that are wrong on purpose, to be read with data left as it is. */
static bool is_faulty(size_t i)
{
	return rows[i].type == 99 || strcmp(rows[i].body, "00 00 4026") == 0;
}

Test(ike_payloads, nothing_is_wrong_with_them)
{
	for (size_t i = 0; i < N_ROWS; i++) {
		struct message m = message_of(rows[i].major, rows[i].type, rows[i].body);
		struct ik_msg out = message_decode(&m, NULL);

		cr_expect_eq(out.anomalies != 0, is_faulty(i), "row %zu: %s", i,
		             ik_anomaly_info(out.anomaly[0].code)->name);
	}
}

static void put_flag(void *ctx, const struct ik_field *f)
{
	struct ik_buf *b = (struct ik_buf *)ctx;

	if (f->pos == 19)
		ik_buf_printf(b, "%s=%u %s;", f->name, (unsigned)f->value,
		              ik_field_text(f) != NULL ? ik_field_text(f) : "-");
}

Test(ike_payloads, flags_have_names)
{
	struct message m = message_open(0x20, 35, 0xa8);
	char text[128];
	struct ik_buf b = IK_BUF_ON(text);
	struct ik_field_sink sink = {.ctx = &b, .field = put_flag};

	message_decode(&m, &sink);
	cr_assert_str_eq(text, "flags=168 -;flag=8 I (Initiator);flag=32 R (Response);flag=128 -;");
}

/* ---- the typed view ------------------------------------------------------------------------- */

Test(ike_payloads, view_of_ike_sa_init)
{
	struct message m = message_open(0x20, 34, 0x08);
	struct ik_msg out;

	message_add(&m, 41, "00 00 4006 0102030405");
	message_add(&m, 33, "00000014 01010001 03000000 00000008 0400001f");
	message_add(&m, 34, "001f 0000 09*32");
	message_add(&m, 40, "11*32");
	message_add(&m, 41, "00 00 4004 a1*20");
	message_add(&m, 41, "00 00 4005 a2*20");
	message_add(&m, 43, "882fe56d6fd20dbc2251613b2ebe5beb");
	message_add(&m, 43, "0102");
	out = message_decode(&m, NULL);
	cr_assert_eq(out.spi_i, 0xa1a2a3a4a5a6a7a8);
	cr_assert_eq(out.spi_r, 0xb1b2b3b4b5b6b7b8);
	cr_assert_eq(out.major, 2);
	cr_assert_eq(out.payloads, 8);
	cr_assert(ik_has(&out, 33) && ik_has(&out, 34) && ik_has(&out, 40) && ik_has(&out, 41) &&
	          ik_has(&out, 43) && !ik_has(&out, 35));
	cr_assert_eq(out.cookie.len, 5);
	cr_assert_eq(m.octets[out.cookie.pos], 1);
	cr_assert_eq(out.sa.len, 20);
	cr_assert_eq(out.ke_group, 31);
	cr_assert_eq(out.ke.len, 32);
	cr_assert_eq(m.octets[out.ke.pos], 9);
	cr_assert_eq(out.nonce.len, 32);
	cr_assert_eq(out.n_notify, 3);
	cr_assert_eq(out.notify[1].type, 16388);
	cr_assert_eq(out.n_natd, 2);
	cr_assert(out.natd[0].source && !out.natd[1].source);
	cr_assert_eq(out.natd[1].prefix, 0xa2a2a2a2a2a2a2a2);
	cr_assert_eq(out.natd[1].octets, 20);
	cr_assert_eq(out.n_vid, 2);
	cr_assert_str_eq(ik_vendor_row(out.vid[0])->implementation, "strongSwan");
	cr_assert_eq(out.vid[1], 0);
	cr_assert(!out.encrypted);
}

Test(ike_payloads, view_of_encrypted_messages)
{
	struct message v1 = message_open(0x10, 32, 0x01), sk = message_open(0x20, 35, 0x08), skf;
	struct ik_msg out;

	v1.octets[16] = 8;
	message_hex(&v1, "77*40");
	message_close(&v1);
	out = message_decode(&v1, NULL);
	cr_assert(out.encrypted);
	cr_assert_eq(out.inner_np, 8);
	cr_assert_eq(out.payloads, 0);
	cr_assert_eq(out.anomalies, 0);

	message_add(&sk, 46, "77*64");
	sk.octets[28] = 35;
	out = message_decode(&sk, NULL);
	cr_assert(out.encrypted);
	cr_assert_eq(out.inner_np, 35);
	cr_assert_eq(out.sk_len, 64);
	cr_assert_eq(out.payloads, 1);
	cr_assert_eq(out.anomalies, 0);

	skf = message_open(0x20, 35, 0x08);
	message_add(&skf, 53, "0002 0003 77*64");
	out = message_decode(&skf, NULL);
	cr_assert(out.encrypted);
	cr_assert_eq(out.inner_np, 0);
	cr_assert_eq(out.sk_len, 64);
	cr_assert_eq(out.frag_number, 2);
	cr_assert_eq(out.frag_total, 3);
}

Test(ike_payloads, nat_detection_of_ikev1_has_three_numbers)
{
	static const uint8_t types[] = {15, 20, 130};

	for (size_t i = 0; i < sizeof(types); i++) {
		struct message m = message_of(1, types[i], "a1*20");
		struct ik_msg out = message_decode(&m, NULL);

		cr_assert_eq(out.n_natd, 1, "type %u", types[i]);
		cr_assert_eq(out.natd[0].octets, 20);
		cr_assert(ik_has(&out, 20) && !ik_has(&out, 15));
	}
}

Test(ike_payloads, type_15_is_a_group_key_where_it_is_no_hash)
{
	struct message m = message_of(1, 15, "a1*21"), pull = message_open(0x10, 32, 0);
	struct ik_msg out = message_decode(&m, NULL);

	cr_assert_eq(out.n_natd, 0);
	cr_assert(ik_has(&out, 15));
	message_add(&pull, 15, "a1*20");
	out = message_decode(&pull, NULL);
	cr_assert_eq(out.n_natd, 0);
}

Test(ike_payloads, original_address_of_the_middle_drafts)
{
	struct message m = message_open(0x10, 32, 0);
	struct ik_msg out;

	message_add(&m, 16, "01000000 c0000201");
	out = message_decode(&m, NULL);
	cr_assert(ik_has(&out, 21) && !ik_has(&out, 16));
}

Test(ike_payloads, view_of_ikev1)
{
	struct message m = message_open(0x10, 4, 0), f;
	struct ik_msg out;

	message_add(&m, 5, "01000000 c0000201");
	message_add(&m, 6, "04 aa");
	message_add(&m, 7, "04");
	message_add(&m, 12, "00000001 03 04 0002 cafebabe deadbeef");
	out = message_decode(&m, NULL);
	cr_assert_eq(out.id_i.len, 8);
	cr_assert_eq(m.octets[out.id_i.pos], 1);
	cr_assert_eq(out.id_r.len, 0);
	cr_assert_eq(out.certs, 1);
	cr_assert_eq(out.certreqs, 1);
	cr_assert_eq(out.delete_count, 2);

	f = message_of(1, 132, "0003 02 01 aabbcc");
	out = message_decode(&f, NULL);
	cr_assert_eq(out.frag_id, 3);
	cr_assert_eq(out.frag_number, 2);
	cr_assert_eq(out.frag_total, 2);
	cr_assert_eq(out.frag.len, 3);
}
