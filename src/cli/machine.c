/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/machine.h"

#include <errno.h>
#include <langinfo.h>
#include <locale.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#define WIDTH_PRESET 80

unsigned ik_processors(unsigned most)
{
	cpu_set_t set;
	long n = sched_getaffinity(0, sizeof(set), &set) == 0 ? CPU_COUNT(&set)
	                                                      : sysconf(_SC_NPROCESSORS_ONLN);

	return n < 1 ? 1 : (unsigned long)n > most ? most : (unsigned)n;
}

int ik_output_write(void *ctx, const char *data, size_t len)
{
	struct ik_output *o = ctx;

	while (len > 0 && !o->closed) {
		ssize_t n = write(STDOUT_FILENO, data, len);

		if (n >= 0) {
			data += n;
			len -= (size_t)n;
		} else if (errno == EPIPE) {
			o->closed = true;
		} else if (errno != EINTR) {
			o->error = errno;
			return 1;
		}
	}
	return 0;
}

bool ik_terminal_colour(enum ik_colour wanted)
{
	const char *no = getenv("NO_COLOR"), *term = getenv("TERM");

	if (wanted != IK_COLOUR_AUTO)
		return wanted == IK_COLOUR_ALWAYS;
	return isatty(STDOUT_FILENO) && (no == NULL || no[0] == '\0') && term != NULL &&
	       term[0] != '\0' && strcmp(term, "dumb") != 0;
}

unsigned ik_terminal_width(unsigned most)
{
	const char *columns = getenv("COLUMNS");
	struct winsize size = {0};
	unsigned long width = 0;

	if (!isatty(STDOUT_FILENO))
		return WIDTH_PRESET;
	if (columns != NULL)
		width = strtoul(columns, NULL, 10);
	if (width == 0 && ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0)
		width = size.ws_col;
	if (width == 0)
		return WIDTH_PRESET;
	return width < most ? (unsigned)width : most;
}

bool ik_locale_utf8(void)
{
	locale_t locale = newlocale(LC_CTYPE_MASK, "", (locale_t)0);
	bool utf8;

	if (locale == (locale_t)0)
		return false;
	utf8 = strcmp(nl_langinfo_l(CODESET, locale), "UTF-8") == 0;
	freelocale(locale);
	return utf8;
}

int ik_local_offset(void *ctx, int64_t seconds)
{
	time_t t = (time_t)seconds;
	struct tm local;

	(void)ctx;
	return localtime_r(&t, &local) != NULL ? (int)local.tm_gmtoff : 0;
}
