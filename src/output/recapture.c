/* SPDX-License-Identifier: Apache-2.0 */
#include "output/recapture.h"

#include <string.h>

#include "base/addr.h"

enum when { ALWAYS, V4, V6, KEYS };

struct row {
	enum when when;
	struct ik_recapture_command command;
};

/* Behind the entries for the hosts, which differ between IPv4 and IPv6. */
#define IOS_CAPTURE                                                                                \
	" permit icmp any any\n"                                                                   \
	"monitor capture ike access-list IKE-AGAIN interface INTERFACE both\n"                     \
	"monitor capture ike buffer size 10\n"                                                     \
	"monitor capture ike start\n"                                                              \
	"monitor capture ike stop\n"                                                               \
	"monitor capture ike export flash:ike.pcap"

/* Words in capitals are to be replaced, as in remedies. An access list without ports and a match
 * for "ip" let fragments pass. */
/* clang-format off */
static const struct row rows[] = {
	{ ALWAYS, { "tcpdump", "tcpdump, on Linux and strongSwan", false,
	  "tcpdump -ni INTERFACE -s 0 -w ike.pcap '<filter>'" } },
	{ V4, { "cisco-ios", "Cisco IOS-XE", false,
	  "ip access-list extended IKE-AGAIN\n"
	  " permit ip host <peer> host <local>\n"
	  " permit ip host <local> host <peer>\n"
	  IOS_CAPTURE } },
	{ V6, { "cisco-ios", "Cisco IOS-XE", false,
	  "ipv6 access-list IKE-AGAIN\n"
	  " permit ipv6 host <peer> host <local>\n"
	  " permit ipv6 host <local> host <peer>\n"
	  IOS_CAPTURE } },
	{ ALWAYS, { "cisco-asa", "Cisco ASA", false,
	  "capture ike interface outside match ip host <peer> host <local>\n"
	  "copy /pcap capture:ike disk0:ike.pcap" } },
	{ KEYS, { "cisco-asa", "Cisco ASA, what it decrypts of IKE", true,
	  "capture plain type isakmp interface outside match ip host <peer> host <local>\n"
	  "show capture plain decode" } },
	{ ALWAYS, { "fortigate", "FortiGate", false,
	  "diagnose sniffer packet any '<filter>' 6 0 l\n"
	  "it prints text, of which fgt2eth makes a capture" } },
	{ KEYS, { "strongswan", "strongSwan, the keys", true,
	  "in strongswan.conf (charon-systemd instead of charon where that runs):\n"
	  "charon { filelog { keys { path = /root/charon.keys } } }\n"
	  "charon { filelog { keys { ike = 4 } } }\n"
	  "charon { filelog { keys { chd = 4 } } }\n"
	  "swanctl --reload-settings\n"
	  "or, where the plugin save-keys was built, which needs a restart:\n"
	  "charon { plugins { save-keys { load = yes } } }\n"
	  "charon { plugins { save-keys { ike = yes } } }\n"
	  "charon { plugins { save-keys { esp = yes } } }\n"
	  "charon { plugins { save-keys { wireshark_keys = /root } } }\n"
	  "whoever has these keys reads the tunnel: delete them afterwards" } },
};
/* clang-format on */

/* ---- what is asked for ---------------------------------------------------------------------- */

/* What concerns a capture as a whole names no ends, and goes along with any. */
static bool placed(const struct ikescope_recapture *r)
{
	return r->ends[0].family != 0 || r->ends[1].family != 0;
}

static void take_ends(struct ik_recapture_sum *s, const struct ikescope_recapture *r)
{
	bool ordered = ik_addr_cmp(&r->ends[0], &r->ends[1]) <= 0;
	const struct ikescope_addr *one = &r->ends[ordered ? 0 : 1];
	const struct ikescope_addr *other = &r->ends[ordered ? 1 : 0];

	s->v6 |= other->family == 6;
	if (!s->placed) {
		s->one = *one;
		s->other = *other;
	} else {
		s->ends_differ |= !ik_addr_eq(&s->one, one) || !ik_addr_eq(&s->other, other);
	}
}

static void take_filter(struct ik_recapture_sum *s, const struct ikescope_recapture *r)
{
	struct ik_buf b;

	if (s->placed) {
		s->filters_differ |= r->filter == NULL || strcmp(s->filter, r->filter) != 0;
		return;
	}
	b = IK_BUF_ON(s->filter);
	ik_buf_puts(&b, r->filter != NULL ? r->filter : "");
	s->filters_differ = r->filter == NULL;
}

static void take(struct ik_recapture_sum *s, const struct ikescope_recapture *r)
{
	s->any = true;
	s->keys |= r->keys != NULL;
	if (!placed(r))
		return;
	take_ends(s, r);
	take_filter(s, r);
	s->placed = true;
}

void ik_recaptures_add(struct ik_recaptures *r, const struct ikescope_finding *f, size_t n)
{
	for (size_t i = 0; i < n; i++)
		for (size_t k = 0; k < f[i].n_recapture; k++)
			take(f[i].severity == IKESCOPE_NOTE ? &r->of_notes : &r->of_others,
			     &f[i].recapture[k]);
}

void ik_recaptures_negotiation(struct ik_recaptures *r, const struct ikescope_negotiation *n)
{
	r->inconclusive |= n->outcome == IKESCOPE_INCONCLUSIVE;
	ik_recaptures_add(r, n->findings, n->n_findings);
}

const struct ik_recapture_sum *ik_recaptures_sum(const struct ik_recaptures *r)
{
	if (r->of_others.any)
		return &r->of_others;
	return r->inconclusive && r->of_notes.any ? &r->of_notes : NULL;
}

/* ---- commands ------------------------------------------------------------------------------- */

static bool serves(const struct row *row, const struct ik_recapture_sum *s)
{
	switch (row->when) {
	case ALWAYS: break;
	case V4: return !s->v6;
	case V6: return s->v6;
	case KEYS: return s->keys;
	}
	return true;
}

const struct ik_recapture_command *ik_recapture_command(const struct ik_recapture_sum *s,
                                                        size_t number)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (serves(&rows[i], s) && number-- == 0)
			return &rows[i].command;
	return NULL;
}

bool ik_recapture_addressed(const struct ik_recapture_sum *s)
{
	return !s->ends_differ && s->one.family != 0;
}

static void put_filter(struct ik_buf *b, const struct ik_recapture_sum *s)
{
	if (s->placed && !s->filters_differ) {
		ik_buf_puts(b, s->filter);
	} else if (ik_recapture_addressed(s)) {
		ik_buf_puts(b, "host ");
		ik_buf_addr(b, &s->one);
		ik_buf_puts(b, " and host ");
		ik_buf_addr(b, &s->other);
	} else {
		ik_buf_puts(b, "host <peer>");
	}
}

/* Both ends stand on both sides of what is matched: which of them is the box does not matter. */
void ik_recapture_text(struct ik_buf *b, const struct ik_recapture_sum *s,
                       const struct ik_recapture_command *c)
{
	static const char filter[] = "<filter>", peer[] = "<peer>", local[] = "<local>";
	const bool addressed = ik_recapture_addressed(s);

	for (const char *p = c->text; *p != '\0';) {
		if (strncmp(p, filter, sizeof(filter) - 1) == 0) {
			put_filter(b, s);
			p += sizeof(filter) - 1;
		} else if (addressed && strncmp(p, peer, sizeof(peer) - 1) == 0) {
			ik_buf_addr(b, &s->one);
			p += sizeof(peer) - 1;
		} else if (addressed && strncmp(p, local, sizeof(local) - 1) == 0) {
			ik_buf_addr(b, &s->other);
			p += sizeof(local) - 1;
		} else {
			ik_buf_putc(b, *p++);
		}
	}
}
