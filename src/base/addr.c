/* SPDX-License-Identifier: Apache-2.0 */
#include "base/addr.h"

#include <arpa/inet.h>

bool ik_addr_private(const struct ikescope_addr *a)
{
	const uint8_t *o = a->octet;

	if (a->family == 4)
		return o[0] == 10 || (o[0] == 172 && (o[1] & 0xf0) == 16) ||
		       (o[0] == 192 && o[1] == 168) || (o[0] == 100 && (o[1] & 0xc0) == 64) ||
		       (o[0] == 169 && o[1] == 254);
	return a->family == 6 && ((o[0] & 0xfe) == 0xfc || (o[0] == 0xfe && (o[1] & 0xc0) == 0x80));
}

/* Written for every line of a report, so without printf. */
static void put_quad(struct ik_buf *b, const uint8_t *octet)
{
	char text[16];
	size_t n = 0;

	for (size_t i = 0; i < 4; i++) {
		if (i > 0)
			text[n++] = '.';
		if (octet[i] >= 100)
			text[n++] = (char)('0' + octet[i] / 100);
		if (octet[i] >= 10)
			text[n++] = (char)('0' + octet[i] / 10 % 10);
		text[n++] = (char)('0' + octet[i] % 10);
	}
	ik_buf_putn(b, text, n);
}

void ik_buf_addr(struct ik_buf *b, const struct ikescope_addr *a)
{
	char text[INET6_ADDRSTRLEN];

	if (a->family == 4)
		put_quad(b, a->octet);
	else if (a->family == 6 && inet_ntop(AF_INET6, a->octet, text, sizeof(text)) != NULL)
		ik_buf_puts(b, text);
	else
		ik_buf_putc(b, '-');
}

void ik_buf_endpoint(struct ik_buf *b, const struct ikescope_endpoint *e)
{
	bool bracket = e->addr.family == 6 && e->port != 0;

	if (bracket)
		ik_buf_putc(b, '[');
	ik_buf_addr(b, &e->addr);
	if (bracket)
		ik_buf_putc(b, ']');
	if (e->port != 0)
		ik_buf_printf(b, ":%u", e->port);
}

bool ik_addr_parse(struct ikescope_addr *a, const char *text)
{
	*a = (struct ikescope_addr){0};
	if (inet_pton(AF_INET, text, a->octet) == 1)
		a->family = 4;
	else if (inet_pton(AF_INET6, text, a->octet) == 1)
		a->family = 6;
	return a->family != 0;
}
