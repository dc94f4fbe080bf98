/* SPDX-License-Identifier: Apache-2.0 */
#include "support/paper.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

static int keep(void *ctx, const char *data, size_t len)
{
	struct paper *p = ctx;

	cr_assert_lt(p->len + len, PAPER_MOST);
	memcpy(p->text + p->len, data, len);
	p->len += len;
	p->text[p->len] = '\0';
	return 0;
}

static int refuse(void *ctx, const char *data, size_t len)
{
	(void)ctx;
	(void)data;
	(void)len;
	return 7;
}

const struct ikescope_writer paper_full = {.write = refuse};

void paper_take(struct paper *p)
{
	*p = (struct paper){.text = malloc(PAPER_MOST), .writer = {.ctx = p, .write = keep}};
	cr_assert_not_null(p->text);
	paper_wipe(p);
}

void paper_wipe(struct paper *p)
{
	p->text[0] = '\0';
	p->len = 0;
}

void paper_check_page(const char *text, const char *what)
{
	for (const char *line = text; *line != '\0';) {
		size_t n = strcspn(line, "\n");

		cr_expect_leq(n, 80, "%s: %.*s", what, (int)n, line);
		cr_expect(n == 0 || line[n - 1] != ' ', "%s: '%.*s'", what, (int)n, line);
		line += n;
		line += *line == '\n';
	}
}
