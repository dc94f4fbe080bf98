/*
 * SAs from events made by hand: exchanges, retransmissions, mirror duplicates, fragments, retries,
 * directions.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <criterion/criterion.h>
#include <string.h>

#include "base/addr.h"
#include "session/sa.h"

enum { MAIN = 2, AGGRESSIVE = 4, V1_INFO = 5, QUICK = 32 };
enum { INIT = 34, AUTH = 35, CHILD = 36, INFO = 37 };
enum { FLAG_I = 0x08, FLAG_R = 0x20 };
#define P(type) (UINT64_C(1) << (type))

static struct ikescope_limits limits;
static struct ik_offers *offers;
static struct ik_sa *sa;
static const struct ik_nego *n;
static ikescope_time now;
static uint32_t frame;
static bool begun;

static void set_up(void)
{
	static const struct ik_hash_key key;

	limits = ikescope_limits_default();
	offers = ik_offers_new(&key, 64);
	sa = ik_sa_new(&limits, offers);
	cr_assert(offers != NULL && sa != NULL);
	now = 1000 * IKESCOPE_SECOND;
	begun = false;
}

static void tear_down(void)
{
	ik_sa_free(sa);
	ik_offers_free(offers);
}

TestSuite(session_sa, .init = set_up, .fini = tear_down);

/* ---- events --------------------------------------------------------------------------------- */

static struct ikescope_addr host(uint8_t last)
{
	return ik_addr4((const uint8_t[]){192, 0, 2, last});
}

/* A new message, 100 ms after the last one, from 192.0.2.1 (i) or 192.0.2.2 (r). */
static struct ik_event_full message(char from, uint8_t version, uint8_t exchange, uint32_t mid)
{
	struct ik_event_full ev;

	memset(&ev, 0, sizeof(ev));
	now += IKESCOPE_SECOND / 10;
	frame++;
	ev.e = (struct ik_event){
	        .spi_i = 0x1111,
	        .spi_r = 0x2222,
	        .digest = 0xd000 + frame,
	        .time = now,
	        .frame = frame,
	        .capture = 1,
	        .mid = mid,
	        .length = 200,
	        .sport = 500,
	        .dport = 500,
	        .ip_id = (uint16_t)frame,
	        .ttl = 64,
	        .ip_fragments = 1,
	        .version = version,
	        .exchange = exchange,
	        .bits = IK_EVB_IP_ID,
	};
	ev.src = host(from == 'i' ? 1 : 2);
	ev.dst = host(from == 'i' ? 2 : 1);
	return ev;
}

static struct ik_event_full clear1(char from, uint8_t exchange, uint64_t payloads)
{
	struct ik_event_full ev = message(from, 0x10, exchange, 0);

	ev.e.bits |= IK_EVB_CLEAR;
	ev.clear.payload_bits = payloads;
	return ev;
}

static struct ik_event_full secret1(char from, uint8_t exchange, uint32_t mid)
{
	struct ik_event_full ev = message(from, 0x10, exchange, mid);

	ev.e.flags = 1;
	ev.e.bits |= IK_EVB_ENCRYPTED;
	return ev;
}

static struct ik_event_full clear2(char from, uint64_t payloads, uint16_t notify)
{
	struct ik_event_full ev = message(from, 0x20, INIT, 0);

	ev.e.flags = from == 'i' ? FLAG_I : FLAG_R;
	ev.e.bits |= IK_EVB_CLEAR;
	ev.clear.payload_bits = payloads;
	if (notify != 0) {
		ev.clear.n_notify = 1;
		ev.clear.notify[0] =
		        (struct ik_clear_notify){.type = notify, .word = 19, .data_len = 2};
	}
	if (from == 'i')
		ev.e.spi_r = 0;
	return ev;
}

static struct ik_event_full secret2(char from, uint8_t exchange, uint8_t flags, uint32_t mid,
                                    uint8_t inner)
{
	struct ik_event_full ev = message(from, 0x20, exchange, mid);

	ev.e.flags = flags;
	ev.e.inner_np = inner;
	ev.e.sk_len = (uint16_t)(ev.e.length - 32);
	ev.e.bits |= IK_EVB_ENCRYPTED;
	return ev;
}

/* Hands an event over; true where it was a mirror duplicate. */
static bool say(struct ik_event_full ev)
{
	if (!begun)
		ik_sa_begin(sa, &ev);
	begun = true;
	return ik_sa_event(sa, &ev);
}

static struct ik_event_full later(struct ik_event_full ev, ikescope_time by)
{
	frame++;
	ev.e.time += by;
	ev.e.frame = frame;
	return ev;
}

/* The same message once more, as its sender repeats it. */
static struct ik_event_full again(struct ik_event_full ev, ikescope_time by)
{
	ev = later(ev, by);
	ev.e.ip_id = (uint16_t)(ev.e.ip_id + 1000 + frame);
	return ev;
}

static void finish(void)
{
	n = ik_sa_finish(sa, now);
}

static void expect_names(const enum ik_msg_name *names, size_t count)
{
	cr_assert_eq(n->n_steps, count, "%u steps", n->n_steps);
	for (size_t i = 0; i < count; i++)
		cr_expect_eq(n->steps[i].name, names[i], "step %zu is %s, not %s", i,
		             ik_msg_name((enum ik_msg_name)n->steps[i].name),
		             ik_msg_name(names[i]));
}

static void main_mode(unsigned messages)
{
	struct ik_event_full mm1 = clear1('i', MAIN, P(1) | P(13));

	mm1.e.spi_r = 0;
	say(mm1);
	if (messages > 1)
		say(clear1('r', MAIN, P(1) | P(13)));
	if (messages > 2)
		say(clear1('i', MAIN, P(4) | P(10)));
	if (messages > 3)
		say(clear1('r', MAIN, P(4) | P(10)));
	if (messages > 4)
		say(secret1('i', MAIN, 0));
	if (messages > 5)
		say(secret1('r', MAIN, 0));
}

static void init(void)
{
	say(clear2('i', P(33) | P(34) | P(40), 0));
	say(clear2('r', P(33) | P(34) | P(40), 0));
}

static void auth(void)
{
	init();
	say(secret2('i', AUTH, FLAG_I, 1, 35));
	say(secret2('r', AUTH, FLAG_R, 1, 36));
}

/* ---- IKEv1 ---------------------------------------------------------------------------------- */

Test(session_sa, main_mode_step_by_step)
{
	static const enum ik_state states[] = {IK_S_MM1, IK_S_MM2, IK_S_MM3,
	                                       IK_S_MM4, IK_S_MM5, IK_S_MM6};

	for (unsigned k = 1; k <= 6; k++) {
		begun = false;
		main_mode(k);
		finish();
		cr_expect_eq(n->state, states[k - 1], "%u: %s", k,
		             ik_state_name((enum ik_state)n->state));
		cr_expect_eq(n->n_steps, k);
		cr_expect_eq(n->up_time != IKESCOPE_TIME_NONE, k == 6);
		cr_expect_eq(n->bits & (IK_N_START_SEEN | IK_N_GAP), IK_N_START_SEEN);
		for (unsigned i = 0; i < k; i++)
			cr_expect_eq(n->steps[i].state, states[i], "%u of %u", i, k);
	}
}

/* Every message has the state behind it, also one that no row takes. */
Test(session_sa, state_behind_each_message)
{
	static const enum ik_state states[] = {IK_S_INIT_SENT,  IK_S_INIT_DONE,  IK_S_AUTH_SENT,
	                                       IK_S_UP_ASSUMED, IK_S_UP_ASSUMED, IK_S_UP_ASSUMED};

	auth();
	say(secret2('i', INFO, FLAG_I, 2, 0));
	say(secret2('r', INFO, FLAG_R, 2, 0));
	finish();
	cr_assert_eq(n->n_steps, 6);
	for (size_t i = 0; i < 6; i++)
		cr_expect_eq(n->steps[i].state, states[i], "step %zu: %s", i,
		             ik_state_name((enum ik_state)n->steps[i].state));
}

/* What stood in clear is kept for its message, up to a bound; nothing of what is encrypted. */
Test(session_sa, what_messages_in_clear_carried)
{
	struct ik_event_full ev;

	main_mode(6);
	finish();
	cr_assert_eq(n->n_carried, 4);
	for (uint32_t i = 0; i < 4; i++) {
		cr_expect_eq(n->carried[i].serial, i + 1);
		cr_expect_eq(n->carried[i].major, 1);
		cr_expect_eq(n->carried[i].payloads, i < 2 ? P(1) | P(13) : P(4) | P(10));
	}
	begun = false;
	ev = clear2('i', P(33) | P(34) | P(48), 0);
	ev.clear.offer = 5;
	ev.clear.caps = IK_CAP_NATD;
	ev.clear.ke_group = 19;
	ev.clear.n_vid = 2;
	ev.clear.vid[0] = 3;
	for (unsigned i = 0; i < IK_NEGO_CARRIED + 3; i++) {
		say(ev);
		ev = later(ev, IKESCOPE_SECOND);
		ev.e.digest++;
	}
	finish();
	cr_assert_eq(n->n_steps, IK_NEGO_CARRIED + 3);
	cr_assert_eq(n->n_carried, IK_NEGO_CARRIED);
	cr_expect_eq(n->carried[0].payloads, 1U << 1 | 1U << 2 | 1U << 16);
	cr_expect(n->carried[0].offer == 5 && n->carried[0].ke_group == 19);
	cr_expect(n->carried[0].caps == IK_CAP_NATD && n->carried[0].vid == 3);
	cr_expect_eq(n->carried[IK_NEGO_CARRIED - 1].serial, IK_NEGO_CARRIED);
}

Test(session_sa, main_mode_and_quick_mode)
{
	static const enum ik_msg_name names[] = {IK_MM1, IK_MM2, IK_MM3, IK_MM4, IK_MM5,
	                                         IK_MM6, IK_QM1, IK_QM2, IK_QM3};

	main_mode(6);
	say(secret1('i', QUICK, 0xabc));
	say(secret1('r', QUICK, 0xabc));
	say(secret1('i', QUICK, 0xabc));
	finish();
	expect_names(names, 9);
	cr_assert_eq(n->state, IK_S_V1_UP);
	cr_assert_eq(n->mode, IKESCOPE_MODE_MAIN);
	cr_assert_neq(n->bits & IK_N_USED, 0);
	cr_assert_eq(n->n_children, 1);
	cr_assert_eq(n->children[0].kind, IK_CHILD_QUICK);
	cr_assert_eq(n->children[0].state, IKESCOPE_PHASE_ESTABLISHED);
	cr_assert_eq(n->children[0].by, IK_I2R);
	cr_assert_eq(n->messages[IK_I2R], 5);
	cr_assert_eq(n->messages[IK_R2I], 4);
	cr_assert(ik_addr_eq(&n->i.addr, &(struct ikescope_addr){4, {192, 0, 2, 1}}));
}

Test(session_sa, main_mode_with_a_hole)
{
	main_mode(2);
	say(clear1('r', MAIN, P(4) | P(10)));
	finish();
	cr_assert_eq(n->state, IK_S_MM4);
	cr_assert_neq(n->bits & IK_N_GAP, 0);
}

Test(session_sa, refusals_in_clear)
{
	struct ik_event_full no = clear1('r', V1_INFO, P(11));

	no.clear.n_notify = 1;
	no.clear.notify[0].type = 14;
	main_mode(1);
	no.e.time = now + IKESCOPE_SECOND;
	say(no);
	finish();
	cr_assert_eq(n->state, IK_S_V1_REFUSED);
	cr_assert_eq(n->steps[1].name, IK_V1_INFO);
	cr_assert_neq(n->steps[1].bits & IK_STEP_ERROR, 0);
	cr_assert_eq(n->refusal_step, 2);
}

Test(session_sa, known_only_from_its_middle)
{
	say(secret1('r', QUICK, 7));
	finish();
	cr_assert_neq(n->bits & IK_N_ROLE_ASSUMED, 0);
	cr_assert_eq(n->bits & IK_N_START_SEEN, 0);
	cr_assert_eq(n->steps[0].name, IK_QM1);
}

/* ---- copies --------------------------------------------------------------------------------- */

Test(session_sa, retransmissions_and_mirror_duplicates)
{
	struct ik_event_full mm1 = clear1('i', MAIN, P(1)), copy;

	mm1.e.spi_r = 0;
	cr_assert_not(say(mm1));
	cr_assert_not(say(again(mm1, 4 * IKESCOPE_SECOND)), "sent again");
	cr_assert(say(later(mm1, 1000)), "the same packet a microsecond later");
	copy = later(mm1, 1000);
	copy.e.ttl--;
	cr_assert(say(copy), "behind one router");
	copy.e.ttl -= 2;
	cr_assert_not(say(copy), "behind three routers: not the same packet");
	copy = later(mm1, 1000);
	copy.e.domain = 3;
	cr_assert(say(copy), "in another VLAN");
	copy = later(mm1, 5 * IKESCOPE_SECOND);
	copy.e.capture = 2;
	cr_assert(say(copy), "at another capture point, whose clock differs");
	cr_assert_not(say(later(mm1, IKESCOPE_SECOND)), "with the same identification, much later");
	finish();
	cr_assert_eq(n->n_steps, 1);
	cr_assert_eq(n->steps[0].copies, 4);
	cr_assert_eq(n->steps[0].mirrors, 4);
	cr_assert_eq(n->n_copies, 3);
	cr_assert_neq(n->bits & IK_N_MIRRORED, 0);
}

/* Without an identification only another hop count or place tells a mirror from a sender. */
Test(session_sa, mirror_duplicates_without_identification)
{
	struct ik_event_full mm1 = clear1('i', MAIN, P(1)), copy;

	mm1.e.spi_r = 0;
	mm1.e.bits &= (uint8_t)~IK_EVB_IP_ID;
	cr_assert_not(say(mm1));
	cr_assert_not(say(later(mm1, 1000)));
	copy = later(mm1, 1000);
	copy.e.ttl--;
	cr_assert(say(copy));
	copy = later(mm1, IKESCOPE_SECOND / 100);
	copy.e.ttl--;
	cr_assert_not(say(copy));
	finish();
	cr_assert_eq(n->steps[0].copies, 3);
	cr_assert_eq(n->steps[0].mirrors, 1);
}

/* A request that comes back unchanged from the other side is no copy. */
Test(session_sa, direction_is_part_of_a_copy)
{
	struct ik_event_full a, b;

	main_mode(6);
	a = secret1('i', V1_INFO, 5);
	b = secret1('r', V1_INFO, 5);
	b.e.digest = a.e.digest;
	say(a);
	say(b);
	finish();
	cr_assert_eq(n->n_steps, 8);
}

Test(session_sa, steps_are_folded_at_the_limit)
{
	ik_sa_free(sa);
	limits.steps = 16;
	sa = ik_sa_new(&limits, offers);
	auth();
	for (uint32_t mid = 2; mid < 300; mid++) {
		say(secret2('i', INFO, FLAG_I, mid, 0));
		say(secret2('r', INFO, FLAG_R, mid, 0));
	}
	finish();
	cr_assert_leq(n->n_steps, 16);
	cr_assert_eq(n->n_steps + n->folded, 600);
	cr_assert_neq(n->bits & IK_N_FOLDED, 0);
	cr_assert_eq(n->steps[0].name, IK_INIT_REQ, "the beginning stays");
	cr_assert_eq(n->steps[n->n_steps - 1].serial, 600);
	cr_assert_eq(n->messages[IK_I2R] + n->messages[IK_R2I], 600);
	cr_assert_eq(n->dpd_answers, 298);
}

Test(session_sa, children_are_bounded)
{
	ik_sa_free(sa);
	limits.children = 4;
	sa = ik_sa_new(&limits, offers);
	auth();
	for (uint32_t mid = 2; mid < 50; mid++) {
		say(secret2('i', CHILD, FLAG_I, mid, 33));
		say(secret2('r', CHILD, FLAG_R, mid, 33));
	}
	finish();
	cr_assert_leq(n->n_children, 4);
	cr_assert_eq(n->children[n->n_children - 1].mid, 49);
}

/* ---- fragments ------------------------------------------------------------------------------ */

static struct ik_event_full fragment1(uint16_t number, bool last)
{
	struct ik_event_full ev = message('i', 0x10, MAIN, 0);

	ev.e.frag_number = number;
	ev.e.frag_total = last ? number : 0;
	ev.e.sk_len = 9; /* fragment id */
	return ev;
}

Test(session_sa, fragments_of_ikev1)
{
	struct ik_event_full whole;

	main_mode(4);
	say(fragment1(1, false));
	say(fragment1(2, true));
	whole = secret1('i', MAIN, 0);
	whole.e.kind = IK_EV_ASSEMBLED;
	whole.e.frag_total = 2;
	say(whole);
	finish();
	cr_assert_eq(n->state, IK_S_MM5);
	cr_assert_eq(n->n_steps, 5);
	cr_assert_eq(n->steps[4].name, IK_MM5);
	cr_assert_neq(n->steps[4].bits & IK_STEP_V1_FRAGMENTED, 0);
	cr_assert_eq(n->steps[4].bits & IK_STEP_INCOMPLETE, 0);
	cr_assert_eq(n->steps[4].frag_total, 2);
}

Test(session_sa, fragments_of_ikev1_that_never_become_whole)
{
	struct ik_event_full one, three;

	main_mode(4);
	one = fragment1(1, false);
	three = fragment1(3, true);
	say(one);
	say(three);
	say(again(one, 4 * IKESCOPE_SECOND));
	say(again(three, 4 * IKESCOPE_SECOND));
	finish();
	cr_assert_eq(n->state, IK_S_MM4);
	cr_assert_eq(n->n_steps, 5);
	cr_assert_eq(n->steps[4].name, IK_MM5);
	cr_assert_neq(n->steps[4].bits & IK_STEP_INCOMPLETE, 0);
	cr_assert_eq(n->steps[4].frag_seen, 2);
	cr_assert_eq(n->steps[4].frag_total, 3);
	cr_assert_eq(n->steps[4].frag_missing, 2);
	cr_assert_eq(n->steps[4].copies, 2);
}

static struct ik_event_full skf(char from, uint16_t number, uint16_t total)
{
	struct ik_event_full ev =
	        secret2(from, AUTH, from == 'i' ? FLAG_I : FLAG_R, 1, number == 1 ? 35 : 0);

	ev.e.frag_number = number;
	ev.e.frag_total = total;
	return ev;
}

/* A request counts with its first fragment, a response when it is whole. */
Test(session_sa, fragments_of_ikev2)
{
	static const enum ik_state states[] = {IK_S_INIT_DONE, IK_S_AUTH_SENT, IK_S_AUTH_SENT,
	                                       IK_S_AUTH_SENT, IK_S_UP_ASSUMED};

	for (unsigned k = 1; k <= 5; k++) {
		begun = false;
		init();
		say(skf('i', 2, 3));
		if (k > 1)
			say(skf('i', 1, 3));
		if (k > 2)
			say(skf('i', 3, 3));
		if (k > 3)
			say(skf('r', 1, 2));
		if (k > 4)
			say(skf('r', 2, 2));
		finish();
		cr_assert_eq(n->state, states[k - 1], "%u", k);
		cr_assert_eq(n->n_steps, k > 3 ? 4 : 3);
		cr_assert_eq(n->steps[2].name, IK_AUTH_REQ);
		cr_assert_eq(n->steps[2].frag_seen, k < 3 ? k : 3);
		cr_assert_eq(n->steps[2].frag_missing, k == 1 ? 1 : k == 2 ? 3 : 0);
		cr_assert_eq((n->steps[2].bits & IK_STEP_INCOMPLETE) != 0, k < 3);
		cr_assert_eq(n->steps[2].length, k < 3 ? 200 * k : 600);
		cr_assert_eq(n->steps[2].inner, k > 1 ? 35 : 0);
		if (k < 4)
			continue;
		cr_assert_eq(n->steps[3].name, IK_AUTH_RSP);
		cr_assert_eq(n->steps[3].frag_missing, k == 4 ? 2 : 0);
		cr_assert_eq((n->steps[3].bits & IK_STEP_INCOMPLETE) != 0, k == 4);
	}
}

Test(session_sa, fragments_of_ikev2_sent_again)
{
	struct ik_event_full one, two;

	init();
	one = skf('i', 1, 2);
	two = skf('i', 2, 2);
	say(one);
	say(two);
	for (int i = 1; i <= 3; i++) {
		say(again(one, i * IKESCOPE_SECOND));
		say(again(two, i * IKESCOPE_SECOND));
	}
	finish();
	cr_assert_eq(n->n_steps, 3);
	cr_assert_eq(n->steps[2].copies, 4);
	cr_assert_eq(n->steps[2].length, 400);
}

/* Numbers beyond their own total, or beyond any, are nothing. */
Test(session_sa, fragments_that_lie)
{
	init();
	say(skf('i', 3, 2));
	say(skf('i', 257, 300));
	say(skf('i', 65535, 65535));
	finish();
	cr_assert_eq(n->n_steps, 2);
	cr_assert_eq(n->state, IK_S_INIT_DONE);
}

/* ---- IKEv2 ---------------------------------------------------------------------------------- */

Test(session_sa, ikev2_up)
{
	static const enum ik_msg_name names[] = {IK_INIT_REQ, IK_INIT_RSP, IK_AUTH_REQ,
	                                         IK_AUTH_RSP, IK_INFO_REQ, IK_INFO_RSP};

	auth();
	say(secret2('r', INFO, 0, 0, 0));
	say(secret2('i', INFO, FLAG_I | FLAG_R, 0, 0));
	finish();
	expect_names(names, 6);
	cr_assert_eq(n->state, IK_S_UP_ASSUMED);
	cr_assert_eq(n->spi_r, 0x2222);
	cr_assert_neq(n->bits & IK_N_USED, 0);
	cr_assert_eq(n->dpd_answers, 1);
	cr_assert_eq(n->n_children, 1);
	cr_assert_eq(n->children[0].kind, IK_CHILD_AUTH);
	cr_assert_eq(n->children[0].state, IKESCOPE_PHASE_ESTABLISHED);
}

/* COOKIE and INVALID_KE_PAYLOAD: the same SPI and message id, and no retransmissions. */
Test(session_sa, cookie_and_another_group)
{
	struct ik_event_full cookie, group, second, third;

	say(clear2('i', P(33) | P(34), 0));
	cookie = clear2('r', P(41), 16390);
	cookie.e.spi_r = 0;
	say(cookie);
	cr_assert_eq(ik_sa_finish(sa, now)->state, IK_S_COOKIE);
	second = clear2('i', P(41) | P(33) | P(34), 16390);
	say(second);
	group = clear2('r', P(41), 17);
	group.e.spi_r = 0x9999;
	say(group);
	cr_assert_eq(ik_sa_finish(sa, now)->state, IK_S_KE_RETRY);
	third = clear2('i', P(33) | P(34), 0);
	say(third);
	say(clear2('r', P(33) | P(34), 0));
	finish();
	cr_assert_eq(n->state, IK_S_INIT_DONE);
	cr_assert_eq(n->n_steps, 6);
	cr_assert_eq(n->cookie_rounds, 1);
	cr_assert_eq(n->ke_retries, 1);
	cr_assert_eq(n->invalid_ke_group, 19);
	cr_assert_eq(n->init_requests, 3);
	cr_assert_eq(n->spi_r, 0x2222, "a refusal's SPI is thrown away");
	cr_assert_eq(n->bits & IK_N_SPI_CHANGED, 0);
	for (size_t i = 0; i < n->n_steps; i++)
		cr_assert_eq(n->steps[i].copies, 1);
}

Test(session_sa, refused_in_the_first_exchange)
{
	struct ik_event_full no;

	say(clear2('i', P(33) | P(34), 0));
	no = clear2('r', P(41), 14);
	no.e.spi_r = 0x9999;
	say(no);
	finish();
	cr_assert_eq(n->state, IK_S_INIT_REFUSED);
	cr_assert_eq(n->spi_r, 0);
	cr_assert_eq(n->refusal_step, 2);
	/* An unauthenticated refusal holds nothing up (RFC 7296 2.21.1). */
	say(clear2('r', P(33) | P(34), 0));
	finish();
	cr_assert_eq(n->state, IK_S_INIT_DONE);
	cr_assert_eq(n->refusal_step, 0);
}

Test(session_sa, authentication_refused)
{
	struct ik_event_full no;

	init();
	say(secret2('i', AUTH, FLAG_I, 1, 35));
	no = secret2('r', AUTH, FLAG_R, 1, 41);
	no.e.length = 80;
	no.e.sk_len = 48;
	say(no);
	finish();
	cr_assert_eq(n->state, IK_S_AUTH_REFUSED);
	cr_assert_eq(n->n_children, 0);
	/* The same first payload in a message that has room for more is no refusal. */
	begun = false;
	init();
	say(secret2('i', AUTH, FLAG_I, 1, 35));
	say(secret2('r', AUTH, FLAG_R, 1, 41));
	finish();
	cr_assert_eq(n->state, IK_S_UP_ASSUMED);
}

Test(session_sa, eap)
{
	init();
	say(secret2('i', AUTH, FLAG_I, 1, 35));
	say(secret2('r', AUTH, FLAG_R, 1, 36));
	begun = false;
	init();
	say(secret2('i', AUTH, FLAG_I, 1, 35));
	say(secret2('r', AUTH, FLAG_R, 1, 48));
	say(secret2('i', AUTH, FLAG_I, 2, 48));
	finish();
	cr_assert_eq(n->state, IK_S_EAP);
	cr_assert_neq(n->bits & IK_N_EAP, 0);
	cr_assert_eq(n->eap_rounds, 1);
}

/* The answer to the Delete of an IKE SA is empty. */
Test(session_sa, deleted)
{
	auth();
	say(secret2('i', INFO, FLAG_I, 2, 42));
	say(secret2('r', INFO, FLAG_R, 2, 0));
	finish();
	cr_assert_neq(n->bits & IK_N_DELETED, 0);
	cr_assert_eq(n->delete_place, n->steps[4].first);
	/* That of a Child SA is a Delete of the other half. */
	begun = false;
	auth();
	say(secret2('i', INFO, FLAG_I, 2, 42));
	say(secret2('r', INFO, FLAG_R, 2, 42));
	finish();
	cr_assert_eq(n->bits & IK_N_DELETED, 0);
}

/* Both sides delete one child at once: neither answer names it again. */
Test(session_sa, deletes_that_cross)
{
	auth();
	say(secret2('i', INFO, FLAG_I, 2, 42));
	say(secret2('r', INFO, 0, 0, 42));
	say(secret2('r', INFO, FLAG_R, 2, 0));
	say(secret2('i', INFO, FLAG_I | FLAG_R, 0, 0));
	finish();
	cr_assert_eq(n->bits & IK_N_DELETED, 0);
	/* The IKE SA is deleted by the one that is answered. */
	begun = false;
	auth();
	say(secret2('i', INFO, FLAG_I, 2, 42));
	say(secret2('r', INFO, 0, 0, 42));
	say(secret2('i', INFO, FLAG_I | FLAG_R, 0, 0));
	finish();
	cr_assert_neq(n->bits & IK_N_DELETED, 0);
	cr_assert_eq(n->delete_by, IK_R2I);
	/* One behind the other, the second deletes the IKE SA. */
	begun = false;
	auth();
	say(secret2('r', INFO, 0, 0, 42));
	say(secret2('i', INFO, FLAG_I | FLAG_R, 0, 42));
	say(secret2('i', INFO, FLAG_I, 2, 42));
	say(secret2('r', INFO, FLAG_R, 2, 0));
	finish();
	cr_assert_neq(n->bits & IK_N_DELETED, 0);
	cr_assert_eq(n->delete_by, IK_I2R);
}

/* What is answered later says that the SA was not deleted; an answer in clear does not. */
Test(session_sa, deleted_and_alive)
{
	struct ik_event_full no;

	auth();
	say(secret2('i', INFO, FLAG_I, 2, 42));
	say(secret2('r', INFO, FLAG_R, 2, 0));
	say(secret2('i', INFO, FLAG_I, 3, 0));
	no = secret2('r', INFO, FLAG_R, 3, 41);
	no.e.bits = (uint8_t)(no.e.bits & ~IK_EVB_ENCRYPTED);
	say(no);
	finish();
	cr_assert_neq(n->bits & IK_N_DELETED, 0);
	say(secret2('r', INFO, 0, 0, 0));
	say(secret2('i', INFO, FLAG_I | FLAG_R, 0, 0));
	finish();
	cr_assert_eq(n->bits & IK_N_DELETED, 0);
	cr_assert_eq(n->delete_place, 0);
	/* What was asked before the Delete and is answered behind it says nothing. */
	begun = false;
	auth();
	say(secret2('r', INFO, 0, 0, 0));
	say(secret2('i', INFO, FLAG_I, 2, 42));
	say(secret2('r', INFO, FLAG_R, 2, 0));
	say(secret2('i', INFO, FLAG_I | FLAG_R, 0, 0));
	finish();
	cr_assert_neq(n->bits & IK_N_DELETED, 0);
}

/* ---- whose, and which way ------------------------------------------------------------------- */

Test(session_sa, responder_spi_changes)
{
	struct ik_event_full other = clear2('r', P(33) | P(34), 0);

	init();
	other.e.spi_r = 0x3333;
	cr_assert(ik_sa_owns(sa, &other), "as long as only the first exchange was seen");
	say(other);
	finish();
	cr_assert_eq(n->spi_r, 0x3333);
	cr_assert_neq(n->bits & IK_N_SPI_CHANGED, 0);
	say(secret2('i', AUTH, FLAG_I, 1, 35));
	other.e.spi_r = 0x4444;
	other.e.digest ^= 1; /* else it were a copy of the packet before */
	cr_assert_not(ik_sa_owns(sa, &other), "settled");
}

Test(session_sa, owners)
{
	struct ik_event_full ev = clear2('i', P(33), 0);

	init();
	cr_assert(ik_sa_owns(sa, &ev));
	ev.dst = host(9);
	cr_assert_not(ik_sa_owns(sa, &ev), "another responder");
	ev.e.kind = IK_EV_ICMP;
	cr_assert(ik_sa_owns(sa, &ev), "an ICMP error names the SA by its SPI alone");
	ev = clear1('r', V1_INFO, P(11));
	cr_assert_not(ik_sa_owns(sa, &ev), "another version");
	ev.clear.n_notify = 1;
	ev.clear.notify[0].type = 5;
	cr_assert(ik_sa_owns(sa, &ev), "INVALID_MAJOR_VERSION comes in the peer's own version");
}

/* The flag says who the initiator is, wherever it moved (RFC 4555); where both addresses say the
 * opposite they are believed. */
Test(session_sa, direction_by_flag)
{
	struct ik_event_full ev;

	auth();
	ev = secret2('i', INFO, FLAG_I, 2, 0);
	ev.src = host(77);
	say(ev);
	ev = secret2('r', INFO, FLAG_R, 2, 0);
	ev.dst = host(77);
	say(ev);
	ev = secret2('r', INFO, FLAG_I, 3, 0);
	say(ev);
	finish();
	cr_assert_eq(n->steps[4].dir, IK_I2R);
	cr_assert_eq(n->steps[5].dir, IK_R2I);
	cr_assert_eq(n->steps[6].dir, IK_R2I);
	cr_assert_eq(n->n_paths, 2);
}

Test(session_sa, direction_by_address)
{
	struct ik_event_full ev;

	main_mode(6);
	ev = secret1('i', QUICK, 5);
	ev.src = host(77);
	say(ev);
	ev = secret1('r', QUICK, 5);
	ev.dst = host(77);
	say(ev);
	finish();
	cr_assert_eq(n->steps[6].dir, IK_I2R);
	cr_assert_eq(n->steps[7].dir, IK_R2I);
}

/* Both behind one address: the port tells. */
Test(session_sa, direction_by_port)
{
	struct ik_event_full ev = clear1('i', MAIN, P(1));

	ev.dst = ev.src;
	ev.e.spi_r = 0;
	ev.e.sport = 1024;
	say(ev);
	ev = clear1('r', MAIN, P(1));
	ev.src = ev.dst;
	ev.e.dport = 1024;
	say(ev);
	finish();
	cr_assert_eq(n->steps[0].dir, IK_I2R);
	cr_assert_eq(n->steps[1].dir, IK_R2I);
	cr_assert_eq(n->steps[1].name, IK_MM2);
}

/* The first message that was captured is the responder's. */
Test(session_sa, begins_with_the_second_message)
{
	say(clear1('r', MAIN, P(1)));
	finish();
	cr_assert(ik_addr_eq(&n->r.addr, &(struct ikescope_addr){4, {192, 0, 2, 2}}));
	cr_assert_eq(n->steps[0].dir, IK_R2I);
	begun = false;
	say(clear2('r', P(33) | P(34), 0));
	finish();
	cr_assert(ik_addr_eq(&n->r.addr, &(struct ikescope_addr){4, {192, 0, 2, 2}}));
	cr_assert_eq(n->state, IK_S_INIT_DONE);
}

/* ---- what others say ------------------------------------------------------------------------ */

Test(session_sa, icmp_errors_and_lost_fragments)
{
	struct ik_event_full ev;

	init();
	for (int i = 0; i < 3; i++) {
		ev = message('i', 0x20, 0, 0);
		ev.e.kind = IK_EV_ICMP;
		ev.e.np = 3;
		ev.e.inner_np = 3;
		ev.src = host(9);
		ev.dst = host(2);
		cr_assert_not(say(ev));
	}
	ev = message('r', 0x20, 0, 0);
	ev.e.kind = IK_EV_LOST;
	ev.e.frag_number = 1;
	ev.e.length = 1600;
	ev.e.sk_len = 1400;
	say(ev);
	say(ev);
	finish();
	cr_assert_eq(n->n_icmp, 1);
	cr_assert_eq(n->icmp[0].count, 3);
	cr_assert_eq(n->icmp[0].dir, IK_I2R);
	cr_assert_eq(n->n_lost, 1);
	cr_assert_eq(n->lost[0].count, 2);
	cr_assert_eq(n->lost[0].dir, IK_R2I);
	cr_assert(n->lost[0].has_first && !n->lost[0].has_last);
	cr_assert_eq(n->n_steps, 2);
}
