/*
 * The JSON documents: an outer object written by hand around objects made one at a time, so that
 * a document of any size needs the memory of one negotiation. Negotiations and tunnels come in
 * one walk but stand in two arrays: the source is walked once for each.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <stdlib.h>

#include "output/json_model.h"
#include "output/out.h"
#include "output/recapture.h"

struct ik_json {
	struct ik_out out;
	char block[IK_OUT_BLOCK];
	struct ikescope_verdict *verdict;
	struct ik_recaptures again;
	bool sessions;
	bool more; /* the array that is open has an element already */
};

static int dump_part(const char *data, size_t len, void *user)
{
	struct ik_out *o = user;

	ik_out_putn(o, data, len);
	return 0;
}

/* Writes one value and gives its reference up. */
static int dump(struct ik_json *j, json_t *value)
{
	const size_t flags = JSON_COMPACT | JSON_ENCODE_ANY;
	int failed = value == NULL || json_dump_callback(value, dump_part, &j->out, flags) != 0;

	json_decref(value);
	return failed ? IKESCOPE_ERR_MEMORY : j->out.status;
}

/* One element of the array that is open, on a line of its own. */
static int element(struct ik_json *j, json_t *value)
{
	ik_out_puts(&j->out, j->more ? ",\n" : "\n");
	j->more = true;
	return dump(j, value);
}

static int open_array(struct ik_json *j, const char *key)
{
	ik_out_puts(&j->out, ",\n\"");
	ik_out_puts(&j->out, key);
	ik_out_puts(&j->out, "\":[");
	j->more = false;
	return 0;
}

static int member(struct ik_json *j, const char *key, json_t *value)
{
	ik_out_puts(&j->out, ",\n\"");
	ik_out_puts(&j->out, key);
	ik_out_puts(&j->out, "\":");
	return dump(j, value);
}

static int on_capture(void *user, const struct ikescope_capture_view *c)
{
	struct ik_json *j = user;

	ik_recaptures_add(&j->again, c->findings, c->n_findings);
	return element(j, ik_json_capture(c, !j->sessions));
}

static int on_negotiation(void *user, const struct ikescope_negotiation *n)
{
	struct ik_json *j = user;

	ik_recaptures_negotiation(&j->again, n);
	return element(j, ik_json_negotiation(n, !j->sessions));
}

static int on_tunnel(void *user, const struct ikescope_tunnel *t)
{
	struct ik_json *j = user;
	int rc = 0;

	ik_recaptures_add(&j->again, t->findings, t->n_findings);
	if (!j->sessions)
		return element(j, ik_json_tunnel(t));
	for (size_t i = 0; rc == 0 && i < t->n_esp; i++)
		rc = element(j, ik_json_esp(&t->esp[i]));
	return rc;
}

static int on_end(void *user, const struct ikescope_totals *totals)
{
	struct ik_json *j = user;

	ik_verdict_take(j->verdict, totals);
	return 0;
}

static int on_last_end(void *user, const struct ikescope_totals *totals)
{
	struct ik_json *j = user;
	int rc = 0;

	ik_verdict_take(j->verdict, totals);
	ik_out_puts(&j->out, "]");
	ik_recaptures_add(&j->again, totals->findings, totals->n_findings);
	if (!j->sessions)
		rc = member(j, "findings", ik_json_findings(totals->findings, totals->n_findings));
	if (rc == 0 && !j->sessions)
		rc = member(j, "recapture_commands", ik_json_recapture(&j->again));
	if (rc == 0)
		rc = member(j, "limits_reached", ik_json_limits(totals));
	if (rc == 0)
		rc = member(j, "not_kept", ik_json_not_kept(totals));
	return rc;
}

static int document(struct ik_json *j, const struct ik_source *source)
{
	const struct ikescope_visitor captures = {.capture = on_capture};
	const struct ikescope_visitor negotiations = {.negotiation = on_negotiation, .end = on_end};
	const struct ikescope_visitor tunnels = {.tunnel = on_tunnel, .end = on_last_end};
	int rc;

	ik_out_puts(&j->out, j->sessions ? "{\"schema\":\"ikescope.sessions/1\""
	                                 : "{\"schema\":\"ikescope.diagnosis/1\"");
	open_array(j, "captures");
	rc = source->walk(source->ctx, &captures, j);
	ik_out_putc(&j->out, ']');
	if (rc != 0)
		return rc;
	open_array(j, "negotiations");
	rc = source->walk(source->ctx, &negotiations, j);
	ik_out_putc(&j->out, ']');
	if (rc != 0)
		return rc;
	open_array(j, j->sessions ? "esp" : "tunnels");
	rc = source->walk(source->ctx, &tunnels, j);
	ik_out_puts(&j->out, "}\n");
	return rc;
}

int ik_write_json(const struct ik_source *source, enum ikescope_document what,
                  const struct ikescope_writer *writer, struct ikescope_verdict *verdict)
{
	struct ik_json *j;
	int rc;

	if (what == IKESCOPE_LADDER || what == IKESCOPE_REPLAY)
		return IKESCOPE_ERR_USE;
	j = malloc(sizeof(*j));
	if (j == NULL)
		return IKESCOPE_ERR_MEMORY;
	j->out = (struct ik_out){.writer = writer, .block = j->block};
	j->again = (struct ik_recaptures){.inconclusive = false};
	j->verdict = verdict;
	j->sessions = what == IKESCOPE_SESSIONS;
	j->more = false;
	rc = document(j, source);
	if (rc == 0)
		rc = ik_out_flush(&j->out);
	free(j);
	return rc;
}
