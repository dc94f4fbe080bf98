/* SPDX-License-Identifier: Apache-2.0 */
#include "diag/view.h"

#include <stdlib.h>

#include "base/buf.h"
#include "diag/nat.h"
#include "diag/words.h"
#include "iana/iana.h"

#define NOTE 80

void ik_view_space_free(struct ik_view_space *space)
{
	free(space->steps);
	free(space->notes);
	free(space->carries);
	free(space->ends);
	free(space->children);
	*space = (struct ik_view_space){0};
}

/* ---- steps ---------------------------------------------------------------------------------- */

bool ik_view_notify(struct ik_buf *b, const struct ik_nego *n, const struct ik_step *s)
{
	if (s->notify[0] == 0 ||
	    ((s->bits & IK_STEP_ERROR) == 0 && s->notify[0] != 16390 && s->notify[0] != 16407))
		return false;
	ik_words_notify(b, n->version, s->notify[0]);
	if (s->notify[0] == 17 && n->version == 2) {
		ik_buf_puts(b, ": wants ");
		ik_iana_put(b, &ik_reg_v2_key_exchange_methods, s->word);
	}
	return true;
}

void ik_view_inner(struct ik_buf *b, uint8_t type)
{
	const char *name = ik_iana_name(&ik_reg_v2_payload_types, type);
	const char *open = name != NULL ? strchr(name, '(') : NULL;

	ik_buf_puts(b, "first payload ");
	if (open != NULL)
		ik_buf_putn(b, open + 1, strcspn(open + 1, ")"));
	else
		ik_iana_put(b, &ik_reg_v2_payload_types, type);
}

static void put_note(struct ik_buf *b, const struct ik_nego *n, const struct ik_step *s)
{
	if (ik_view_notify(b, n, s)) {
		/* what decides is said */
	} else if ((s->bits & IK_STEP_ENCRYPTED) != 0) {
		ik_buf_puts(b, "encrypted");
		if (n->version == 2 && s->inner != 0) {
			ik_buf_puts(b, ", ");
			ik_view_inner(b, s->inner);
		} else if (n->version == 2 && (s->bits & IK_STEP_INCOMPLETE) == 0) {
			ik_buf_puts(b, ", empty");
		}
	}
	if ((s->bits & IK_STEP_INCOMPLETE) != 0 && s->frag_missing != 0)
		ik_buf_printf(b, "%sfragment %u missing", b->len > 0 ? ", " : "", s->frag_missing);
	else if (s->ip_fragments > 1)
		ik_buf_printf(b, "%s%u IP fragments", b->len > 0 ? ", " : "", s->ip_fragments);
}

static bool room_for_steps(struct ik_view_space *space, size_t n)
{
	struct ikescope_step *steps;
	char *notes;

	if (n <= space->cap_steps)
		return true;
	steps = (struct ikescope_step *)realloc(space->steps, n * sizeof(*steps));
	if (steps != NULL)
		space->steps = steps;
	notes = (char *)realloc(space->notes, n * NOTE);
	if (notes != NULL)
		space->notes = notes;
	if (steps == NULL || notes == NULL)
		return false;
	space->cap_steps = n;
	return true;
}

static bool make_steps(struct ik_view_space *space, const struct ik_nego *n,
                       struct ikescope_negotiation *v)
{
	if (!room_for_steps(space, n->n_steps))
		return false;
	for (size_t i = 0; i < n->n_steps; i++) {
		const struct ik_step *s = &n->steps[i];
		struct ik_buf note = ik_buf_on(space->notes + i * NOTE, NOTE);

		put_note(&note, n, s);
		space->steps[i] = (struct ikescope_step){
		        .name = ik_msg_name((enum ik_msg_name)s->name),
		        .from = s->dir == IK_I2R ? IKESCOPE_INITIATOR : IKESCOPE_RESPONDER,
		        .first = ik_at(s->first),
		        .last = ik_at(s->last),
		        .first_time = s->first_time,
		        .last_time = s->last_time,
		        .copies = s->copies,
		        .mirror_copies = s->mirrors,
		        .length = s->length,
		        .fragments = s->frag_total > 1 ? s->frag_seen : 0,
		        .source_port = s->sport,
		        .destination_port = s->dport,
		        .note = note.data,
		        .message_id = s->mid,
		        .encrypted = (s->bits & IK_STEP_ENCRYPTED) != 0,
		        .fragments_total = s->frag_total,
		        .fragment_missing =
		                (s->bits & IK_STEP_INCOMPLETE) != 0 ? s->frag_missing : 0,
		        .ip_fragments = s->ip_fragments,
		        .state = ik_state_name((enum ik_state)s->state),
		};
	}
	v->steps = space->steps;
	v->n_steps = n->n_steps;
	v->steps_folded = n->folded;
	return true;
}

/* ---- children, paths ------------------------------------------------------------------------ */

static bool make_children(struct ik_view_space *space, const struct ik_case *c,
                          struct ikescope_negotiation *v)
{
	static const char *const exchange[] = {
	        [IK_CHILD_QUICK] = "Quick Mode",
	        [IK_CHILD_AUTH] = "IKE_AUTH",
	        [IK_CHILD_CREATE] = "CREATE_CHILD_SA",
	        [IK_CHILD_IKE_REKEY] = "CREATE_CHILD_SA",
	};
	const struct ik_nego *n = c->n;

	if (n->n_children > space->cap_children) {
		struct ikescope_child *grown = (struct ikescope_child *)realloc(
		        space->children, n->n_children * sizeof(*grown));

		if (grown == NULL)
			return false;
		space->children = grown;
		space->cap_children = n->n_children;
	}
	v->children = space->children;
	for (size_t i = 0; i < n->n_children; i++) {
		const struct ik_child *k = &n->children[i];

		/* The exchange that replaced the IKE SA made no child. */
		if (c->brief->rekeyed_by != 0 && k->mid + 1 == c->brief->rekey_candidate &&
		    k->kind == IK_CHILD_CREATE)
			continue;
		space->children[v->n_children++] = (struct ikescope_child){
		        .message_id = k->mid,
		        .exchange = exchange[k->kind],
		        .initiated_by = k->by == IK_I2R ? IKESCOPE_INITIATOR : IKESCOPE_RESPONDER,
		        .first = ik_at(k->first),
		        .state = ik_child_ends(k, c->brief, &c->pos),
		        .rekeys = (enum ikescope_tri)k->rekeys,
		        .assumed = k->assumed,
		        .stood = ik_child_state(k, c->brief) == IKESCOPE_PHASE_ESTABLISHED,
		};
	}
	return true;
}

static void make_paths(struct ik_view_space *space, const struct ik_case *c,
                       struct ikescope_negotiation *v)
{
	const struct ik_net *net = c->pair->assembly->tracker->net;

	for (size_t i = 0; i < c->n->n_paths; i++) {
		const struct ik_path *p = &c->n->paths[i];
		const char *domain = ik_net_domain(net, p->domain);
		struct ik_buf b = IK_BUF_ON(space->domains[i]);

		if (domain != NULL)
			ik_buf_puts(&b, domain);
		space->paths[i] = (struct ikescope_path){
		        .initiator = p->i,
		        .responder = p->r,
		        .first = ik_at(p->first),
		        .last = ik_at(p->last),
		        .domain = domain != NULL ? b.data : NULL,
		};
	}
	v->paths = space->paths;
	v->n_paths = c->n->n_paths;
}

/* ---- the negotiation ------------------------------------------------------------------------ */

static void make_nat(const struct ik_case *c, struct ikescope_negotiation *v)
{
	const struct ik_nat nat = c->nat != NULL ? *c->nat : ik_nat_of(c->n, c->pair->hashers);

	v->initiator.behind_nat = ik_nat_behind(&nat, IK_I2R, c->brief->nat_port != 0);
	v->responder.behind_nat = ik_nat_behind(&nat, IK_R2I, false);
	v->initiator.inside = ik_nat_inside(&nat, IK_I2R);
	v->responder.inside = ik_nat_inside(&nat, IK_R2I);
}

static enum ikescope_started_by started_by(const struct ik_case *c)
{
	if (c->brief->rekey_of != 0)
		return IKESCOPE_STARTED_REKEY;
	return (c->n->bits & IK_N_START_SEEN) != 0 ? IKESCOPE_STARTED_INITIAL
	                                           : IKESCOPE_STARTED_UNKNOWN;
}

static void make_stall(const struct ik_position *p, struct ikescope_negotiation *v)
{
	v->has_stall = p->has_stall;
	if (!p->has_stall)
		return;
	v->stall = (struct ikescope_stall){
	        .kind = p->kind,
	        .message = ik_msg_name(p->message),
	        .at = ik_at(p->place),
	        .copies = p->copies,
	        .waiting_for = p->waiting_for,
	        .has_by = p->by != 0,
	        .by = ik_at(p->by),
	        .by_name = p->by_name,
	};
}

bool ik_view_make(struct ik_view_space *space, const struct ik_case *c, enum ik_view_depth depth,
                  struct ikescope_negotiation *v)
{
	const struct ik_nego *n = c->n;
	bool brief = depth == IK_VIEW_BRIEF;

	*v = (struct ikescope_negotiation){
	        .id = c->brief->id,
	        .ike_version = n->version,
	        .mode = n->version == 2 ? IKESCOPE_MODE_IKEV2 : (enum ikescope_mode)n->mode,
	        .transport = (n->bits & IK_N_TCP) != 0 ? IKESCOPE_TCP : IKESCOPE_UDP,
	        .started_by = started_by(c),
	        .rekey_of = c->brief->rekey_of,
	        .rekeyed_by = c->brief->rekeyed_by,
	        .retry_of = c->brief->retry_of,
	        .initiator = {.endpoint = n->i, .implementation = n->peer[IK_I2R].implementation},
	        .responder = {.endpoint = n->r, .implementation = n->peer[IK_R2I].implementation},
	        .initiator_spi = n->spi_i,
	        .responder_spi = n->spi_r,
	        .first = ik_at(n->first),
	        .last = ik_at(n->last),
	        .first_time = n->first_time,
	        .last_time = n->last_time,
	        .outcome = c->pos.outcome,
	        .assumed = c->pos.assumed,
	        .at_end = c->pos.at_end,
	        .phase1 = c->pos.phase1,
	        .phase2 = c->pos.phase2,
	        .shown_as = ik_shown_as(n, &c->pos),
	};
	make_stall(&c->pos, v);
	if (brief)
		return true;
	make_nat(c, v);
	make_paths(space, c, v);
	return make_children(space, c, v) && make_steps(space, n, v) &&
	       (depth != IK_VIEW_DETAILED || ik_view_details(space, c, v->n_steps));
}
