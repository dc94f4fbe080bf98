/*
 * Runs a fuzz target without libFuzzer: once over every file named, folders with all they hold.
 * So the seeds are a test in every build, with any compiler. With --print it writes what the target
 * says, so that other machines can be compared.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <ftw.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fuzz/told.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The files, in an order that no file system decides. */
static struct {
	char **path;
	size_t n, cap;
} files;

static bool print;

bool told(void)
{
	return print;
}

void tell(const char *octets, size_t len)
{
	if (print)
		(void)fwrite(octets, 1, len, stdout);
}

void tellf(const char *format, ...)
{
	va_list ap;

	if (!print)
		return;
	va_start(ap, format);
	(void)vprintf(format, ap);
	va_end(ap);
}

static int run_file(const char *path)
{
	FILE *f = fopen(path, "rb");
	uint8_t *data = NULL;
	long size = -1;
	int result = 1;

	if (f && fseek(f, 0, SEEK_END) == 0)
		size = ftell(f);
	if (size < 0 || fseek(f, 0, SEEK_SET) != 0)
		goto out;
	/* Exactly as long as the file, so that the sanitizer sees a read past its end. */
	data = malloc(size > 0 ? (size_t)size : 1);
	if (!data || fread(data, 1, (size_t)size, f) != (size_t)size)
		goto out;
	tellf("==== %s\n", path);
	LLVMFuzzerTestOneInput(data, (size_t)size);
	result = 0;
out:
	if (result)
		perror(path);
	free(data);
	if (f)
		fclose(f);
	return result;
}

static int visit(const char *path, const struct stat *status, int type, struct FTW *ftw)
{
	(void)status;
	(void)ftw;
	if (type != FTW_F)
		return 0;
	if (files.n == files.cap) {
		files.cap = files.cap != 0 ? 2 * files.cap : 1024;
		files.path = realloc(files.path, files.cap * sizeof(*files.path));
		if (!files.path)
			abort();
	}
	files.path[files.n] = strdup(path);
	return files.path[files.n++] != NULL ? 0 : 1;
}

static int by_path(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

int main(int argc, char **argv)
{
	int failed = 0;

	print = argc > 1 && strcmp(argv[1], "--print") == 0;
	for (int i = 1 + print; i < argc; i++)
		if (nftw(argv[i], visit, 16, FTW_PHYS) != 0)
			return EXIT_FAILURE;
	if (files.n > 0)
		qsort(files.path, files.n, sizeof(*files.path), by_path);
	for (size_t i = 0; i < files.n; i++) {
		failed |= run_file(files.path[i]);
		free(files.path[i]);
	}
	free(files.path);
	printf("%zu inputs\n", files.n);
	return files.n > 0 && !failed ? EXIT_SUCCESS : EXIT_FAILURE;
}
