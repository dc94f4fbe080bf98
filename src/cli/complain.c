/* SPDX-License-Identifier: Apache-2.0 */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "cli/cli.h"

void ik_cli_error(const char *fmt, ...)
{
	char raw[2048], line[4 * sizeof(raw) + 1];
	struct ik_buf text = IK_BUF_ON(raw), safe = IK_BUF_ON(line);
	va_list ap;

	va_start(ap, fmt);
	ik_buf_vprintf(&text, fmt, ap);
	va_end(ap);
	for (size_t i = 0; i < text.len;) { /* escaped as it is, a backslash once */
		size_t n = strcspn(raw + i, "\\");

		ik_buf_escape(&safe, (const uint8_t *)raw + i, n);
		if (raw[i + n] == '\\')
			ik_buf_putc(&safe, '\\');
		i += n + 1;
	}
	fprintf(stderr, "ikescope: %s\n", line);
}
