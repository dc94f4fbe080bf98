/*
 * Remedies by vendor, titles of slugs.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <criterion/criterion.h>
#include <ctype.h>
#include <string.h>

#include "diag/rule.h"

TestSuite(diag_remedies);

static const char *const vendors[] = {"cisco-ios", "cisco-asa", "strongswan", "libreswan"};

static size_t rows_of(const char *vendor, enum ik_remedy_set set, unsigned ike_version)
{
	size_t n, found = 0;
	const struct ikescope_remedy *rows = ik_remedies(set, ike_version, &n);

	for (size_t i = 0; i < n; i++)
		found += strcmp(rows[i].vendor, vendor) == 0;
	return found;
}

static void check_vendors(enum ik_remedy_set set, unsigned ike_version)
{
	size_t n, of_vendors = 0, any = rows_of("any", set, ike_version);

	for (size_t i = 0; i < sizeof(vendors) / sizeof(vendors[0]); i++) {
		size_t found = rows_of(vendors[i], set, ike_version);

		cr_assert_eq(found, 1, "set %d, %s: %zu rows", (int)set, vendors[i], found);
		of_vendors += found;
	}
	cr_assert_not_null(ik_remedies(set, ike_version, &n));
	cr_assert_leq(any, 1, "set %d: %zu rows for any vendor", (int)set, any);
	cr_assert_eq(n, of_vendors + any, "set %d: a vendor of another name", (int)set);
}

Test(diag_remedies, every_set_has_each_vendor_once)
{
	for (int set = IK_R_NONE + 1; set < IK_REMEDY_SETS; set++)
		for (unsigned version = 1; version <= 2; version++)
			check_vendors((enum ik_remedy_set)set, version);
}

/* Sets that only rules of the other version use. */
static bool of_other_version(int set, unsigned version)
{
	static const struct {
		int set;
		unsigned version;
	} only[] = {{IK_R_AUTH2, 2}, {IK_R_EAP, 2},  {IK_R_COOKIE, 2},
	            {IK_R_KE, 2},    {IK_R_MODE, 1}, {IK_R_XAUTH, 1},
	            {IK_R_ID, 1},    {IK_R_MM3, 1},  {IK_R_REDIRECT, 2}};

	for (size_t i = 0; i < sizeof(only) / sizeof(only[0]); i++)
		if (only[i].set == set && only[i].version != version)
			return true;
	return false;
}

/* Whoever speaks IKEv1 is not told what to type for IKEv2, but where the version is the matter. */
Test(diag_remedies, each_version_has_its_own_commands)
{
	static const char *const foreign[][3] = {
	        [1] = {"ikev2 ", "IKEv2:", "mobike"},
	        [2] = {"isakmp policy", "IKEv1:", "ikev1 "},
	};

	for (int set = IK_R_NONE + 1; set < IK_REMEDY_SETS; set++)
		for (unsigned version = 1; version <= 2; version++) {
			size_t n;
			const struct ikescope_remedy *rows =
			        ik_remedies((enum ik_remedy_set)set, version, &n);

			if (set == IK_R_VERSION)
				continue;
			for (size_t i = 0; i < n; i++)
				for (size_t k = 0; k < 3; k++)
					cr_expect(of_other_version(set, version) ||
					                  strstr(rows[i].text,
					                         foreign[version][k]) == NULL,
					          "set %d, %s, IKEv%u: %s", set, rows[i].vendor,
					          version, foreign[version][k]);
		}
}

Test(diag_remedies, no_set_and_an_unknown_set_are_empty)
{
	size_t n = 7;

	cr_assert_null(ik_remedies(IK_R_NONE, 1, &n));
	cr_assert_eq(n, 0);
	n = 7;
	cr_assert_null(ik_remedies(IK_REMEDY_SETS, 0, &n));
	cr_assert_eq(n, 0);
}

static void check_lines(int set, const struct ikescope_remedy *row)
{
	for (const char *line = row->text; line != NULL;) {
		size_t len = strcspn(line, "\n");

		cr_assert_gt(len, 0, "set %d, %s: an empty line", set, row->vendor);
		cr_assert_leq(len, 78, "set %d, %s: %.*s", set, row->vendor, (int)len, line);
		cr_assert_neq(line[len - 1], ' ', "set %d, %s: %.*s", set, row->vendor, (int)len,
		              line);
		line = line[len] == '\n' ? line + len + 1 : NULL;
	}
}

Test(diag_remedies, lines_are_short_and_none_is_empty)
{
	for (int set = IK_R_NONE + 1; set < IK_REMEDY_SETS; set++) {
		size_t n;
		const struct ikescope_remedy *rows = ik_remedies((enum ik_remedy_set)set, 0, &n);

		for (size_t i = 0; i < n; i++) {
			cr_assert_not_null(rows[i].text);
			check_lines(set, &rows[i]);
		}
	}
}

/* Ascending, as the table is. */
static const char *const slugs[] = {
        "art-drop",
        "art-dup-span",
        "art-early-end",
        "art-encap",
        "art-midstart",
        "art-oneway",
        "art-reorder",
        "art-snaplen",
        "auth-failed-v1",
        "auth-failed-v2",
        "cookie-challenge",
        "crash-restart-peer",
        "delete-without-replacement",
        "dpd-aggressive",
        "dpd-asymmetric",
        "dpd-unanswered",
        "duplicate-peer-identity",
        "eap-failure",
        "esp-one-way",
        "esp-zero",
        "exchange-mode-mismatch",
        "flap-dpd",
        "flap-idle",
        "flap-lifetime",
        "flap-loss",
        "frag-ike-auth",
        "frag-ikev2-partial",
        "frag-response-lost",
        "halfopen-flood",
        "icmp-unreachable",
        "id-mismatch-v1",
        "ike-auth-unanswered",
        "ike-version-mismatch",
        "lifetime-mismatch",
        "malformed-message",
        "mtime-clock",
        "natt-4500-blocked",
        "natt-not-offered",
        "no-ike-traffic",
        "one-way-underlay",
        "p1-invalid-ke",
        "p1-mm3-lost",
        "p1-no-proposal",
        "p2-refused-v1",
        "p2-refused-v2",
        "p2-unanswered",
        "peer-silent",
        "psk-mismatch-am",
        "psk-mismatch-mm",
        "psk-missing",
        "qm3-lost",
        "reauth-gap",
        "rekey-collision",
        "rekey-unanswered",
        "repeated-failure",
        "simultaneous-initiation",
        "traffic-trigger-missing",
        "unexplained-refusal",
        "unexplained-stall",
        "unknown-exchange-or-critical",
        "weak-crypto",
        "xauth-modecfg-failure",
};

static bool starts_well(const char *title)
{
	return islower((unsigned char)title[0]) ||
	       (isupper((unsigned char)title[0]) && isupper((unsigned char)title[1]));
}

/* A row out of its order in the table is not found by the binary search. */
Test(diag_remedies, every_slug_has_a_title)
{
	for (size_t i = 0; i < sizeof(slugs) / sizeof(slugs[0]); i++) {
		const char *title = ik_title(slugs[i]);

		cr_assert_not_null(title, "%s", slugs[i]);
		cr_assert_gt(strlen(title), 0, "%s", slugs[i]);
		cr_assert_leq(strlen(title), 60, "%s: %s", slugs[i], title);
		cr_assert(starts_well(title), "%s: %s", slugs[i], title);
		cr_assert_neq(title[strlen(title) - 1], '.', "%s: %s", slugs[i], title);
		if (i > 0)
			cr_assert_lt(strcmp(slugs[i - 1], slugs[i]), 0, "%s", slugs[i]);
	}
}

Test(diag_remedies, titles_say_the_cause)
{
	cr_assert_str_eq(ik_title("psk-mismatch-mm"), "the pre-shared keys differ");
	cr_assert_str_eq(ik_title("natt-4500-blocked"), "UDP 4500 is blocked");
	cr_assert_str_eq(ik_title("peer-silent"), "the peer is silent");
}

Test(diag_remedies, an_unknown_slug_has_no_title)
{
	cr_assert_null(ik_title(""));
	cr_assert_null(ik_title("peer-silen"));
	cr_assert_null(ik_title("peer-silent-"));
	cr_assert_null(ik_title("zzz"));
}
