package app

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"time"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/correlate"
	"github.com/harrier-soar/harrier/internal/enrich"
	"github.com/harrier-soar/harrier/internal/intake"
	"github.com/harrier-soar/harrier/internal/judge"
	"github.com/harrier-soar/harrier/internal/mute"
	"github.com/harrier-soar/harrier/internal/picture"
	"github.com/harrier-soar/harrier/internal/risk"
	"github.com/harrier-soar/harrier/internal/triage"
)

// assessor judges findings: it has the picture made, the rules decide, and
// mutes keep noise from people.
type assessor struct{ app *App }

var (
	_ intake.Triage = assessor{}
	_ enrich.Hook   = assessor{}
)

// Assess implements [intake.Triage]. Who is in a hurry waits a little for those
// that are asked; what they tell later has the alert judged again.
func (s assessor) Assess(ctx context.Context, q intake.Question) (as intake.Assessment, err error) {
	rules, err := s.app.rules.now()
	if err != nil {
		return as, err
	}
	as.Picture, as.Pending, err = s.app.enrich.Picture(ctx, drawing(q))
	if err != nil {
		return as, err
	}
	as.Mutes = s.app.mutes.Mutes(ctx, q.Source.Tenant, mute.Subject{Source: q.Source, Finding: q.Finding, Picture: as.Picture, Now: q.Now})
	mute.Note(&as.Picture, as.Mutes)
	discount(&as.Picture, as.Mutes)
	as.Decision, err = rules.Judge(ctx, judge.Subject{
		Finding: q.Finding, Source: q.Source, Picture: as.Picture, Pending: as.Pending, Now: q.Now,
	})
	if err != nil {
		return as, err
	}
	as.Quiet = quiet(as.Decision, as.Mutes)
	mute.Apply(&as.Decision, as.Mutes)
	if rule, ok := s.closing(as.Decision); ok {
		s.app.closers.Check(q.Source.Tenant, &as.Decision, rule, q.Now)
	}
	return as, nil
}

// drawing asks for the picture of a finding.
func drawing(q intake.Question) enrich.Request {
	waits := map[string]time.Duration{"critical": time.Second, "high": 500 * time.Millisecond, "medium": 200 * time.Millisecond}[q.Finding.Severity]
	if waits == 0 || q.Backfill {
		waits = -1
	}
	return enrich.Request{
		Tenant: q.Source.Tenant, Alert: q.Alert, Finding: q.Finding, Fingerprint: q.Fingerprint, At: q.Finding.Time, Deadline: waits,
	}
}

// discount writes into a picture which of its observables a mute allows.
func discount(p *picture.Picture, mutes []mute.Applied) {
	for _, m := range mutes {
		for i := range p.Observables {
			if o := &p.Observables[i]; m.Effect == mute.Discount && o.Allowed == "" && slices.Contains(m.On, o.Type+" "+strings.ToLower(o.Value)) {
				o.Allowed = "mute " + m.Mute.String()
			}
		}
	}
}

// quiet reports whether nobody is to be told of what was decided.
func quiet(d picture.Decision, mutes []mute.Applied) bool {
	return len(d.Guards) == 0 && slices.ContainsFunc(mutes, func(m mute.Applied) bool { return m.Effect == mute.Quiet && m.Overruled == "" })
}

// closing is what the rule declares that closes an alert by a decision.
func (s assessor) closing(d picture.Decision) (rule mute.Closing, ok bool) {
	name, ok := mute.ClosedBy(d)
	if !ok {
		return rule, false
	}
	rule = mute.Closing{Rule: name}
	rules, err := s.app.rules.now()
	if err != nil {
		return rule, false
	}
	if r, ok := rules.Find(name); ok {
		rule.Owner = r.Owner
		if last, err := time.Parse(time.DateOnly, r.Expires); err == nil {
			rule.Until = last.AddDate(0, 0, 1)
		}
	}
	return s.app.noise.now().Of(rule), true
}

// Follow implements [intake.Triage]: what the alert holds against hosts and
// users, its case, and that answers are still to come.
func (s assessor) Follow(ctx context.Context, tx harrier.Tx, a harrier.Alert, f harrier.Finding, as intake.Assessment) error {
	held := as.Decision.Risk
	if acquitted(a) {
		held = nil
	}
	_, err := s.app.risk.Judge(ctx, tx, risk.Judged{
		Tenant: a.Tenant, Alert: a.ID, Title: a.Title, Rule: cmp.Or(a.Rule.ID, a.Rule.Name, a.Title), Source: a.Source, Tactics: f.Tactics,
		At: a.Happened(), Now: a.UpdatedAt, Risk: held, Old: a.Observed || as.Quiet,
	})
	if err != nil {
		return err
	}
	s.app.mutes.Hit(tx, a.Tenant, as.Mutes, a.UpdatedAt)
	if err := s.place(ctx, tx, a, f, as); err != nil {
		return err
	}
	if rule, ok := s.closing(as.Decision); ok && a.Status == triage.StatusClosed {
		c := mute.Close{Tenant: a.Tenant, Alert: a.ID, Rule: rule, Disposition: a.Disposition, Reason: a.Reason, At: a.UpdatedAt}
		if err := s.app.closers.Closed(ctx, tx, c); err != nil {
			return err
		}
	}
	if !as.Quiet {
		if err := s.app.trigger.Verdicts(ctx, tx, s.app.subject(a), as.Before, as.Picture); err != nil {
			return err
		}
	}
	if as.Pending { // also where it is closed by now: what arrives may open it again
		return s.app.enrich.Later(ctx, tx, enrich.Request{Tenant: a.Tenant, Alert: a.ID, Finding: f, Fingerprint: a.Fingerprint, Severity: a.Severity, At: f.Time})
	}
	return nil
}

// place puts an alert into its case: where triage wants one, one is opened if
// no open one attracts it; what only waits to be looked at joins the one that
// attracts it. Old news and what nobody is to see has no case, and a reported
// mail has that which its playbook shares with other reports of the mail.
func (s assessor) place(ctx context.Context, tx harrier.Tx, a harrier.Alert, f harrier.Finding, as intake.Assessment) error {
	if a.Observed || a.Status == triage.StatusClosed || as.Quiet || a.Source == intake.SourceID(a.Tenant, intake.MailSource) {
		return nil
	}
	subject := correlate.Subject{
		Tenant: a.Tenant, Alert: a.ID, Title: a.Title, Severity: a.Severity, Category: a.Category, At: a.Happened(), Now: a.UpdatedAt, Finding: f, Picture: as.Picture,
	}
	switch a.Route {
	case picture.Escalate, picture.ToCase:
		_, err := s.app.correlate.Place(ctx, tx, subject)
		return err
	case picture.ToQueue:
		_, err := s.app.correlate.Offer(ctx, tx, subject)
		return err
	}
	return nil
}

// Arrived implements [enrich.Hook].
func (s assessor) Arrived(ctx context.Context, tenant harrier.TenantID, alert harrier.AlertID) error {
	err := s.app.pipeline.Rejudge(ctx, tenant, alert, "Answers arrived that it was judged without")
	if harrier.KindOf(err) == harrier.NotFound {
		return nil
	}
	return err
}
