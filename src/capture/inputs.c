/*
 * The list of inputs that the arguments of a command stand for.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "capture/inputs.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "capture/reader.h"

/* Appends an input; path is taken over. */
static int append(struct ik_inputs *inputs, char *path, bool member, size_t folder)
{
	size_t cap = inputs->cap > 0 ? 2 * inputs->cap : 8;
	struct ik_input *bigger;

	if (path == NULL)
		return -1;
	if (inputs->n == inputs->cap) {
		bigger = realloc(inputs->list, cap * sizeof(*bigger));
		if (bigger == NULL) {
			free(path);
			return -1;
		}
		inputs->list = bigger;
		inputs->cap = cap;
	}
	inputs->list[inputs->n++] = (struct ik_input){path, member, folder};
	return 0;
}

static char *joined(const char *folder, const char *name)
{
	size_t len = strlen(folder);
	const char *slash = len > 0 && folder[len - 1] == '/' ? "" : "/";
	char *path;

	return asprintf(&path, "%s%s%s", folder, slash, name) >= 0 ? path : NULL;
}

static int by_path(const void *a, const void *b)
{
	const struct ik_input *x = a, *y = b;

	return strcmp(x->path, y->path);
}

static bool is_regular(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 && S_ISREG(st.st_mode);
}

/* Appends the regular files of a folder, sorted by name. */
static int append_folder(struct ik_inputs *inputs, const char *folder, size_t argument, DIR *dir)
{
	size_t first = inputs->n;
	const struct dirent *entry;
	char *path;

	while ((entry = readdir(dir)) != NULL) {
		path = joined(folder, entry->d_name);
		if (path != NULL && !is_regular(path))
			free(path);
		else if (append(inputs, path, true, argument) < 0)
			return -1;
	}
	if (inputs->n > first)
		qsort(inputs->list + first, inputs->n - first, sizeof(*inputs->list), by_path);
	return 0;
}

/* Standard input can be read once, and not from a person. */
static const char *refuse_standard_input(const struct ik_inputs *inputs)
{
	for (size_t i = 0; i < inputs->n; i++)
		if (strcmp(inputs->list[i].path, "-") == 0)
			return "given twice, but it can be read only once";
	return isatty(STDIN_FILENO) ? "is a terminal" : NULL;
}

static int append_argument(struct ik_inputs *inputs, const char *path, size_t argument,
                           const struct ik_capture_sink *sink)
{
	bool standard = strcmp(path, "-") == 0;
	const char *refused = standard ? refuse_standard_input(inputs) : NULL;
	size_t first = inputs->n;
	struct stat st;
	DIR *dir = NULL;
	int status = 0;

	if (refused != NULL)
		ik_complain(sink, NULL, "standard input %s", refused);
	else if (!standard &&
	         (stat(path, &st) < 0 || (S_ISDIR(st.st_mode) && (dir = opendir(path)) == NULL)))
		ik_complain(sink, path, "%s", strerror(errno));
	else if (dir != NULL)
		status = append_folder(inputs, path, argument, dir);
	else
		status = append(inputs, strdup(path), false, argument);
	if (dir != NULL)
		(void)closedir(dir);
	if (dir != NULL && status == 0 && inputs->n == first)
		ik_complain(sink, path,
		            "the folder holds no capture; folders in it are not looked into");
	if (inputs->n == first)
		inputs->complained = true;
	return status;
}

int ik_inputs_make(struct ik_inputs *inputs, char *const *paths, size_t n,
                   const struct ik_capture_sink *sink)
{
	*inputs = (struct ik_inputs){0};
	for (size_t i = 0; i < n; i++)
		if (append_argument(inputs, paths[i], i, sink) < 0)
			return -1;
	return 0;
}

void ik_inputs_free(struct ik_inputs *inputs)
{
	for (size_t i = 0; i < inputs->n; i++)
		free(inputs->list[i].path);
	free(inputs->list);
}
