/*
 * The tables behind a diagnosis, printed: the rules, the registries, the transitions, and what a
 * state, a notify, a slug or a line of a log means. No capture and no context are needed.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef IKESCOPE_REFERENCE_H
#define IKESCOPE_REFERENCE_H

#include <ikescope/writers.h>

#ifdef __cplusplus
extern "C" {
#endif

/* A word that the tables do not have. Nothing was written then, and the function returned 0. */
struct ikescope_unknown {
	const char *word;    /* of the arguments; NULL: everything was known */
	const char *nearest; /* what was meant, most likely; static, or NULL */
};

/* All functions return 0, an enum ikescope_error, or what write() returned; options may be NULL. */

/* The rules of the slugs, of all without any. */
int ikescope_write_rules(const char *const *slugs, size_t n,
                         const struct ikescope_text_options *options,
                         const struct ikescope_writer *writer, struct ikescope_unknown *unknown);

/* The same as JSON, "ikescope.rules/1": with the slugs their rules and remedies; always all facts.
 */
int ikescope_write_rules_json(const char *const *slugs, size_t n,
                              const struct ikescope_writer *writer,
                              struct ikescope_unknown *unknown);

/* One registry, "ikev2/notify-error"; or, where none is called so, all that have the word in their
 * name; the list of them where it is NULL. */
int ikescope_write_names(const char *registry, const struct ikescope_text_options *options,
                         const struct ikescope_writer *writer, struct ikescope_unknown *unknown);

/* The transition rows of phase 1 and of the IKE SA: as text, and as a graph in the language of
 * Graphviz. */
int ikescope_write_transitions(const struct ikescope_text_options *options,
                               const struct ikescope_writer *writer);
int ikescope_write_transitions_dot(const struct ikescope_writer *writer);

/* What a term means: a slug, a state as a box shows it, a notify by name or number ("v1 14"), a
 * message, a name of a registry, or a line of a log or a part of it. */
int ikescope_write_explanation(const char *term, const struct ikescope_text_options *options,
                               const struct ikescope_writer *writer,
                               struct ikescope_unknown *unknown);

#ifdef __cplusplus
}
#endif

#endif
