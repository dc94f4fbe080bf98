/*
 * The smallest user of the installed library; valid C and C++.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <ikescope/ikescope.h>
#include <stdio.h>

int main(void)
{
	struct ikescope_options options = ikescope_options_default();
	struct ikescope *scope = ikescope_new(&options);

	if (!scope)
		return 1;
	if (ikescope_finish(scope) != IKESCOPE_OK)
		return 1;
	ikescope_free(scope);
	printf("%s\n", ikescope_version());
	return 0;
}
