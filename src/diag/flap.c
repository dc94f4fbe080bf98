/*
 * Flapping: a tunnel that goes down and comes back, told by how it goes down and by what is equal
 * each time.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "diag/cites.h"
#include "diag/past.h"
#include "diag/spread.h"

#define IDLE_LEAST   (60 * IKESCOPE_SECOND)
#define IDLE_PRESET  (1800 * IKESCOPE_SECOND) /* the idle timeout that is on by default */
#define DAY          (86400 * IKESCOPE_SECOND)
#define LOSS_ESP     10 /* missing sequence numbers; and one of a hundred */
#define LOSS_REPEATS 3  /* requests repeated before they were answered; and one of ten */

struct flap {
	size_t n, kind[IK_DOWN_REKEY + 1];
	size_t same;    /* deleted by the side that begins anew at once */
	size_t in_life; /* phase 1 stood for about the seconds that were agreed */
	struct ik_cited downs;
	struct ik_spread stood, idle, period, gap, asked;
	uint64_t esp, esp_missing, answered, repeated;
	unsigned version; /* of the last SA that went down */
};

static void count_down(const struct ik_past *t, struct flap *f, size_t k, size_t back)
{
	const struct ik_life *l = ik_past_life(t, k);
	const struct ik_brief *b = ik_past_brief(t, k);
	ikescope_time agreed = l->lifetime * IKESCOPE_SECOND;
	ikescope_time stood =
	        b->up_time != IKESCOPE_TIME_NONE ? l->down_time - b->up_time : IKESCOPE_TIME_NONE;

	f->n++;
	f->version = b->version;
	f->kind[l->down]++;
	f->same += ik_past_reauthenticated(t, k, back);
	f->in_life += agreed > 0 && stood >= agreed / 10 * 8 && stood <= agreed + agreed / 20;
	f->answered += l->answered;
	f->repeated += l->repeated;
	for (size_t i = b->flows; i < b->flows_end; i++) {
		f->esp += t->p->flows[i].esp.packets;
		f->esp_missing += ik_esp_missing(&t->p->flows[i].esp);
	}
	ik_cited_frame(&f->downs, l->down_place);
}

static void count(const struct ik_past *t, struct flap *f)
{
	for (size_t k = 0; k < t->n; k++) {
		size_t back = ik_past_comeback(t, k);

		if (back != 0)
			count_down(t, f, k, back);
	}
}

/* One pass over all downs: the first adds, the second takes the deviations. */
static void measure(const struct ik_past *t, struct flap *f,
                    void (*take)(struct ik_spread *s, ikescope_time duration))
{
	ikescope_time last = IKESCOPE_TIME_NONE, up = IKESCOPE_TIME_NONE;

	for (size_t k = 0; k < t->n; k++) {
		const struct ik_life *l = ik_past_life(t, k);
		ikescope_time esp = ik_past_last_esp(t, k);
		size_t back = ik_past_comeback(t, k);

		if (ik_past_brief(t, k)->start_seen &&
		    ik_past_brief(t, k)->up_time != IKESCOPE_TIME_NONE)
			up = ik_past_brief(t, k)->up_time;
		if (back == 0)
			continue;
		if (up != IKESCOPE_TIME_NONE)
			take(&f->stood, l->down_time - up);
		if (last != IKESCOPE_TIME_NONE)
			take(&f->period, l->down_time - last);
		if (esp != IKESCOPE_TIME_NONE)
			take(&f->idle, l->down_time - esp);
		if (l->down != IK_DOWN_DELETE)
			take(&f->asked, l->asked);
		take(&f->gap, ik_past_brief(t, back)->first_time - l->down_time);
		last = l->down_time;
		up = IKESCOPE_TIME_NONE;
	}
}

static bool lossy(const struct flap *f)
{
	return (f->repeated >= LOSS_REPEATS && f->repeated * 10 >= f->answered) ||
	       (f->esp_missing >= LOSS_ESP && f->esp_missing * 100 >= f->esp);
}

/* ---- telling -------------------------------------------------------------------------------- */

static const struct ikescope_candidate timer_or_idle[] = {
        {"flap-lifetime", "it stands equally long each time", NULL},
        {"flap-idle", "it carried nothing for equally long before each Delete", NULL},
};

static void cite_downs(struct ik_findings *f, struct ikescope_finding *finding, struct flap *flap,
                       const char *how)
{
	struct ik_buf b = IK_BUF_ON(flap->downs.text);

	ik_buf_printf(&b, "it went down %zu times, %s; from one time to the next ", flap->n, how);
	ik_spread_put(&b, &flap->period);
	ik_findings_evidence(f, finding, &flap->downs);
}

static void cite_spread(struct ik_findings *f, struct ikescope_finding *finding, const char *before,
                        const struct ik_spread *s, const char *behind)
{
	char text[240];
	struct ik_buf b = IK_BUF_ON(text);

	ik_buf_puts(&b, before);
	ik_spread_put(&b, s);
	ik_buf_puts(&b, behind);
	ik_findings_cite(f, finding, 0, text);
}

static void ending(struct ik_findings *f, struct ikescope_finding *finding, const struct flap *flap,
                   enum ik_remedy_set remedies, const char *const *raise, size_t n_raise)
{
	cite_spread(f, finding, "the next attempt began ", &flap->gap, " later");
	finding->would_raise = raise;
	finding->n_would_raise = n_raise;
	finding->remedies = ik_remedies(remedies, flap->version, &finding->n_remedies);
}

static void tell_lifetime(struct ik_findings *f, struct flap *flap, bool idle_too)
{
	static const char *const raise[] = {"the lifetimes of both ends",
	                                    "the log of the side that sends the Delete"};
	bool agreed = flap->in_life == flap->n, again = flap->same == flap->n;
	struct ikescope_finding *finding = ik_findings_add(
	        f, "flap-lifetime", IKESCOPE_WARNING,
	        (agreed || again) && !idle_too ? IKESCOPE_LIKELY : IKESCOPE_POSSIBLE,
	        "The tunnel is deleted at equal intervals and set up anew: a lifetime ends, and "
	        "the SA is not replaced before it goes.");

	if (finding == NULL || f->brief)
		return;
	cite_downs(f, finding, flap, "each time by a Delete");
	cite_spread(f, finding, "it stood for ", &flap->stood,
	            agreed ? ": the lifetime that phase 1 agreed on" : "");
	if (idle_too) {
		cite_spread(f, finding, "its last ESP came ", &flap->idle, " before the Delete");
		finding->candidates = timer_or_idle;
		finding->n_candidates = sizeof(timer_or_idle) / sizeof(timer_or_idle[0]);
	} else if (again) {
		ik_findings_cite(f, finding, 0,
		                 "the side that deletes it also begins anew, at once");
	}
	ending(f, finding, flap, IK_R_REAUTH, raise, 2);
}

static void tell_idle(struct ik_findings *f, struct flap *flap)
{
	static const char *const raise[] = {"the idle timeouts of both ends"};
	int64_t idle = ik_spread_mean(&flap->idle), preset = ik_spread_ms(IDLE_PRESET);
	bool likely = idle >= preset - preset / 20 && idle <= preset + preset / 20;
	struct ikescope_finding *finding = ik_findings_add(
	        f, "flap-idle", IKESCOPE_NOTE, likely ? IKESCOPE_LIKELY : IKESCOPE_POSSIBLE,
	        "The tunnel is deleted when it was idle for a time that is always the same, and "
	        "comes back when it is needed: idle, not failed.");

	if (finding == NULL || f->brief)
		return;
	cite_downs(f, finding, flap, "each time by a Delete");
	cite_spread(f, finding, "its last ESP came ", &flap->idle,
	            likely ? " before the Delete: the idle timeout of 30 minutes that is a common "
	                     "default"
	                   : " before the Delete");
	ending(f, finding, flap, IK_R_DELETE, raise, 1);
}

static void cite_loss(struct ik_findings *f, struct ikescope_finding *finding,
                      const struct flap *flap)
{
	char text[240];
	struct ik_buf b = IK_BUF_ON(text);

	ik_buf_printf(&b, "while it stood, %llu of %llu answered requests had to be repeated",
	              (unsigned long long)flap->repeated, (unsigned long long)flap->answered);
	if (flap->esp > 0)
		ik_buf_printf(&b, ", and %llu ESP packets are missing beside %llu that came",
		              (unsigned long long)flap->esp_missing, (unsigned long long)flap->esp);
	ik_findings_cite(f, finding, 0, text);
}

static void tell_loss(struct ik_findings *f, struct flap *flap)
{
	static const char *const raise[] = {"a ping between the peers while it happens",
	                                    "a capture at the other end: what is lost on the way"};
	struct ikescope_finding *finding = ik_findings_add(
	        f, "flap-loss", IKESCOPE_WARNING, IKESCOPE_LIKELY,
	        "The path loses packets, until liveness checks give the tunnel up; then it is set "
	        "up anew.");

	if (finding == NULL || f->brief)
		return;
	cite_downs(f, finding, flap, "each time when liveness checks were not answered");
	cite_loss(f, finding, flap);
	ending(f, finding, flap, IK_R_DPD, raise, 2);
}

static void tell_liveness(struct ik_findings *f, struct flap *flap)
{
	static const char *const raise[] = {"a ping between the peers while it happens",
	                                    "the log of the side that does not answer"};
	bool regular = ik_spread_steady(&flap->period, IK_AGAIN_LEAST);
	struct ikescope_finding *finding = ik_findings_add(
	        f, "flap-dpd", IKESCOPE_WARNING, regular ? IKESCOPE_POSSIBLE : IKESCOPE_LIKELY,
	        "The peer stops answering, liveness checks give the tunnel up, and it is set up "
	        "anew, again and again.");
	int64_t day = ik_spread_ms(DAY), period = ik_spread_mean(&flap->period);

	if (finding == NULL || f->brief)
		return;
	cite_downs(f, finding, flap, "each time when liveness checks were not answered");
	cite_spread(f, finding, "it was given up ", &flap->asked,
	            " behind the first check without an answer");
	if (regular && period >= day - day / 50 && period <= day + day / 50)
		ik_findings_cite(f, finding, 0,
		                 "the period is a day: an access line that is cut every 24 hours?");
	else if (regular)
		ik_findings_cite(f, finding, 0,
		                 "the period is regular: a timer is behind it, not chance");
	ending(f, finding, flap, IK_R_DPD, raise, 2);
}

static void tell_rekeys(struct ik_findings *f, struct flap *flap)
{
	static const char *const raise[] = {"a capture at the other end",
	                                    "the log of the side that does not answer"};
	struct ikescope_finding *finding = ik_findings_add(
	        f, "flap-lifetime", IKESCOPE_WARNING, IKESCOPE_LIKELY,
	        "The tunnel dies each time when it is to be rekeyed, and is set up anew.");

	if (finding == NULL || f->brief)
		return;
	cite_downs(f, finding, flap, "each time when a rekey was not answered");
	if (flap->stood.n > 0)
		cite_spread(f, finding, "it stood for ", &flap->stood, "");
	ending(f, finding, flap, IK_R_REKEY, raise, 2);
}

static bool of_one_kind(const struct flap *f)
{
	for (size_t kind = IK_DOWN_DELETE; kind <= IK_DOWN_REKEY; kind++)
		if (f->kind[kind] == f->n)
			return true;
	return false;
}

bool ik_flap_tell(struct ik_findings *f, const struct ik_past *t)
{
	struct flap flap = {.n = 0};
	size_t before = f->n;
	bool idle, stood;

	count(t, &flap);
	if (flap.n < IK_AGAIN_LEAST || !of_one_kind(&flap))
		return false;
	measure(t, &flap, ik_spread_add);
	measure(t, &flap, ik_spread_deviate);
	idle = ik_spread_steady(&flap.idle, flap.n) &&
	       ik_spread_mean(&flap.idle) >= ik_spread_ms(IDLE_LEAST);
	stood = ik_spread_steady(&flap.stood, IK_AGAIN_LEAST);
	if (flap.kind[IK_DOWN_LIVENESS] == flap.n && lossy(&flap))
		tell_loss(f, &flap);
	else if (flap.kind[IK_DOWN_LIVENESS] == flap.n)
		tell_liveness(f, &flap);
	else if (flap.kind[IK_DOWN_REKEY] == flap.n)
		tell_rekeys(f, &flap);
	else if (flap.kind[IK_DOWN_DELETE] == flap.n && stood)
		tell_lifetime(f, &flap, idle && flap.in_life < flap.n);
	else if (flap.kind[IK_DOWN_DELETE] == flap.n && idle)
		tell_idle(f, &flap);
	return f->n > before;
}
