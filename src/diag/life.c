/* SPDX-License-Identifier: Apache-2.0 */
#include "diag/life.h"

#include "base/addr.h"

#define INVALID_COOKIE                                                                             \
	4 /* RFC 2408 3.14.1; INVALID_IKE_SPI of RFC 7296 3.10.1 has the same number */
#define LIVENESS_TYPE 37
#define TOGETHER      (60 * IKESCOPE_SECOND) /* the first messages of both may be lost at first */

/* ---- the others of the pair ----------------------------------------------------------------- */

static bool same_tunnel(const struct ik_case *c, const struct ik_brief *b)
{
	return b != c->brief && b->nat_port == c->brief->nat_port && b->version == c->n->version;
}

/* The first negotiation that began at or after a time, by an address. */
static const struct ik_brief *begun(const struct ik_case *c, const struct ikescope_addr *by,
                                    ikescope_time from)
{
	const struct ik_brief *end = c->pair->briefs + c->pair->n_briefs;

	if (c->pair->disordered)
		return NULL;
	for (const struct ik_brief *b = c->brief + 1; b < end; b++)
		if (b->start_seen && b->first_time >= from && same_tunnel(c, b) &&
		    ik_addr_eq(&b->i.addr, by))
			return b;
	return NULL;
}

static const struct ikescope_addr *address_of(const struct ik_case *c, uint8_t dir)
{
	return dir == IK_I2R ? &c->n->i.addr : &c->n->r.addr;
}

/* ---- rekeys and starts that cross ----------------------------------------------------------- */

/* Children that stood by then: of several, each end may rekey another one. */
static size_t standing(const struct ik_nego *n, ikescope_time by)
{
	size_t count = 0;

	for (size_t i = 0; i < n->n_children; i++)
		count += n->children[i].state == IKESCOPE_PHASE_ESTABLISHED &&
		         n->children[i].rekeys != IKESCOPE_YES && n->children[i].last_time < by;
	return count;
}

/* Both ask to replace the same thing: a child, or the IKE SA where a new one took over. */
static bool of_a_kind(const struct ik_case *c, const struct ik_child *a, const struct ik_child *b)
{
	bool children = a->rekeys == IKESCOPE_YES && b->rekeys == IKESCOPE_YES &&
	                standing(c->n, a->first_time) <= 1;

	return children || (c->brief->rekeyed_by != 0 && a->rekeys != IKESCOPE_YES &&
	                    b->rekeys != IKESCOPE_YES);
}

static bool crossed(const struct ik_case *c, const struct ik_child *a, const struct ik_child *b)
{
	return a->kind == IK_CHILD_CREATE && b->kind == IK_CHILD_CREATE && a->by != b->by &&
	       of_a_kind(c, a, b) && a->step[0] != 0 && b->step[0] != 0 && a->step[1] != 0 &&
	       b->step[1] != 0 && a->first_time <= b->last_time && b->first_time <= a->last_time;
}

size_t ik_life_collision(const struct ik_case *c, const struct ik_child *pair[2])
{
	size_t count = 0;

	for (size_t i = 1; i < c->n->n_children; i++) {
		const struct ik_child *a = &c->n->children[i - 1], *b = &c->n->children[i];

		if (!crossed(c, a, b))
			continue;
		if (count++ == 0) {
			pair[0] = a;
			pair[1] = b;
		}
	}
	return count;
}

const struct ik_brief *ik_life_crossing(const struct ik_case *c)
{
	const struct ik_brief *b = c->brief;

	if (!b->start_seen || b->up_time == IKESCOPE_TIME_NONE || c->pair->disordered)
		return NULL;
	while (b-- > c->pair->briefs && c->n->first_time - b->first_time <= TOGETHER)
		if (b->start_seen && same_tunnel(c, b) && !ik_addr_eq(&b->i.addr, &c->n->i.addr) &&
		    b->up_time > c->n->first_time)
			return b;
	return NULL;
}

/* ---- quick modes that nobody answers -------------------------------------------------------- */

bool ik_life_silent_quick(const struct ik_child *child)
{
	return child->kind == IK_CHILD_QUICK && child->state == IKESCOPE_PHASE_STALLED &&
	       child->step[1] == 0;
}

size_t ik_life_silent(const struct ik_nego *n)
{
	bool stood = false, again = false;
	size_t count = 0;

	for (size_t i = 0; i < n->n_children; i++) {
		const struct ik_child *child = &n->children[i];

		if (ik_life_silent_quick(child)) {
			again |= stood;
			count++;
		} else if (count > 0 && child->state == IKESCOPE_PHASE_ESTABLISHED) {
			stood = true;
		}
	}
	return again ? count : 0;
}

/* ---- liveness ------------------------------------------------------------------------------- */

/* A liveness check that was answered after it had been repeated. */
static bool repeated_check(const struct ik_nego *n, const struct ik_exchange *x,
                           const struct ik_step **asked, const struct ik_step **answer)
{
	if (x->type != LIVENESS_TYPE || x->np_req != 0 || x->state == IK_X_OPEN)
		return false;
	*asked = ik_nego_step(n, x->step[0]);
	*answer = ik_nego_step(n, x->step[1]);
	return *asked != NULL && *answer != NULL && (*asked)->copies > 1;
}

const struct ik_exchange *ik_life_late_answer(const struct ik_case *c, const struct ik_brief **anew)
{
	const struct ik_nego *n = c->n;
	const struct ik_step *asked, *answer;

	for (size_t i = 0; n->version == 2 && c->pair->n_briefs > 1 && i < n->n_exchanges; i++) {
		const struct ik_exchange *x = &n->exchanges[i];

		if (!repeated_check(n, x, &asked, &answer))
			continue;
		*anew = begun(c, address_of(c, x->by), asked->last_time);
		/* Its sender gave the SA up: it said nothing more under it. */
		if (*anew != NULL && (*anew)->first_time < answer->first_time &&
		    (x->by == IK_I2R ? n->last_i_time : n->last_r_time) < (*anew)->first_time)
			return x;
	}
	return NULL;
}

/* The request of an SA that was lost. */
static const struct ik_step *in_vain(const struct ik_case *c)
{
	return c->pos.at_end == IKESCOPE_END_LOST && c->pair->n_briefs > 1
	               ? ik_nego_step(c->n, c->pos.serial)
	               : NULL;
}

const struct ik_brief *ik_life_peer_began(const struct ik_case *c)
{
	const struct ik_step *s = in_vain(c);
	const struct ik_brief *b =
	        s != NULL ? begun(c, address_of(c, !s->dir), s->first_time) : NULL;
	ikescope_time last = c->n->last_time;

	return b != NULL && b->up_time != IKESCOPE_TIME_NONE && b->up_time < last ? b : NULL;
}

const struct ik_brief *ik_life_next(const struct ik_case *c)
{
	const struct ik_step *s = in_vain(c);

	return s != NULL ? begun(c, address_of(c, s->dir), c->n->last_time) : NULL;
}

/* The SA was gone by then, and in order: the Delete was answered, or its sender itself says so. */
static bool deleted_before(const struct ik_nego *n, const struct ik_step *s)
{
	return (n->bits & IK_N_DELETED) != 0 && s->first_time > n->delete_time &&
	       (n->version == 2 || s->dir == n->delete_by);
}

/* The side that a notify in clear is from encrypts under the SA behind it: it has the keys, and
 * somebody else sent the notify (RFC 7296 2.4), or it was about another message. */
static bool still_known(const struct ik_nego *n, const struct ik_step *notify)
{
	for (size_t i = 0; i < n->n_steps; i++) {
		const struct ik_step *s = &n->steps[i];

		if (s->dir == notify->dir && (s->bits & IK_STEP_ENCRYPTED) != 0 &&
		    s->last_time > notify->last_time)
			return true;
	}
	return false;
}

const struct ik_step *ik_life_unknown_here(const struct ik_case *c)
{
	const struct ik_nego *n = c->n;
	const struct ik_step *found = NULL;

	if (n->up_time == IKESCOPE_TIME_NONE)
		return NULL;
	for (size_t i = n->n_steps; i-- > 0 && n->steps[i].first_time > n->up_time;) {
		const struct ik_step *s = &n->steps[i];

		if ((s->bits & IK_STEP_ERROR) != 0 && s->notify[0] == INVALID_COOKIE &&
		    !deleted_before(n, s) && !still_known(n, s))
			found = s;
	}
	return found;
}

/* ---- facts ---------------------------------------------------------------------------------- */

ikescope_time ik_life_last_esp(const struct ik_case *c, uint64_t *place)
{
	ikescope_time last = IKESCOPE_TIME_NONE;

	for (size_t i = c->brief->flows; i < c->brief->flows_end; i++) {
		const struct ik_esp_flow *f = &c->pair->flows[i].esp;

		if (f->last_time > last) {
			last = f->last_time;
			*place = f->last;
		}
	}
	return last;
}

/* Vendor ids stand in clear in the first messages of both sides (RFC 3706 5.1): where phase 1
 * stood, all of them were seen. */
static void facts_of_dpd(struct ik_case *c)
{
	const uint32_t whole = IK_N_START_SEEN | IK_N_DIR_I2R | IK_N_DIR_R2I;
	const struct ik_nego *n = c->n;

	if (n->version == 1 && (n->bits & (whole | IK_N_GAP | IK_N_SNAPPED)) == whole &&
	    n->up_time != IKESCOPE_TIME_NONE)
		c->fact[IK_F_DPD_SIDES] = ((n->peer[IK_I2R].caps & IK_CAP_DPD) != 0) +
		                          ((n->peer[IK_R2I].caps & IK_CAP_DPD) != 0);
}

static void facts_of_unknown(struct ik_case *c)
{
	const struct ik_step *s = ik_life_unknown_here(c);

	c->fact[IK_F_UNKNOWN_SA] = s != NULL;
	if (s != NULL && c->n->version == 1 && c->n->suite.known && c->n->suite.life > 0)
		c->fact[IK_F_LIFE_SPENT] =
		        (s->first_time - c->n->up_time) / IKESCOPE_SECOND * 100 / c->n->suite.life;
}

void ik_facts_of_life(struct ik_case *c)
{
	const struct ik_brief *anew;
	const struct ik_child *pair[2];
	uint64_t place;
	ikescope_time esp = ik_life_last_esp(c, &place);

	facts_of_dpd(c);
	facts_of_unknown(c);
	c->fact[IK_F_COLLISIONS] = (int64_t)ik_life_collision(c, pair);
	c->fact[IK_F_CROSSING] = ik_life_crossing(c) != NULL;
	c->fact[IK_F_PEER_BEGAN] = ik_life_peer_began(c) != NULL;
	c->fact[IK_F_LATE_ANSWER] = ik_life_late_answer(c, &anew) != NULL;
	if (c->n->delete_place != 0 && esp != IKESCOPE_TIME_NONE)
		c->fact[IK_F_IDLE_AT_DELETE] = (c->n->delete_time - esp) / IKESCOPE_SECOND;
}
