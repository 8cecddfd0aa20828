package app

import (
	"cmp"
	"context"
	"io/fs"
	"time"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/content"
	"github.com/harrier-soar/harrier/document"
	"github.com/harrier-soar/harrier/internal/enrich"
	"github.com/harrier-soar/harrier/internal/intake"
	"github.com/harrier-soar/harrier/internal/judge"
	"github.com/harrier-soar/harrier/internal/mapping"
	"github.com/harrier-soar/harrier/internal/risk"
	"github.com/harrier-soar/harrier/internal/triage"
)

// loadMappings reads the mappings that ship and those of a team. One that is
// wrong is left out and told: its events are quarantined, nothing is lost.
func (a *App) loadMappings() {
	set, problems := mapping.Load(content.FS, userTree(a.opt.Dir, "mappings"))
	a.tellProblems("mapping is wrong and left out", problems)
	a.mappings = set
}

// loadRules reads the rules of triage. Where a team's own are wrong, those that
// ship hold alone until they are mended, which is told.
func (a *App) loadRules() error {
	trees := []fs.FS{content.FS, userTree(a.opt.Dir, ".")}
	rules, problems := judge.Load(trees...)
	if rules == nil {
		a.tellProblems("the rules of triage in the data directory are wrong; those that ship hold alone", problems)
		rules, problems = judge.Load(content.FS)
		if err := problems.Err(); err != nil {
			return harrier.Errorf(harrier.Internal, "the rules of triage that ship are wrong: %w", err)
		}
	}
	a.rules = rules
	return nil
}

// tellProblems logs what is wrong with files.
func (a *App) tellProblems(message string, problems document.Problems) {
	if err := problems.Err(); err != nil {
		a.opt.Log.Error(message, "err", err)
	}
}

// assessor judges findings: it has the picture made, and the rules decide.
type assessor struct{ app *App }

var (
	_ intake.Triage = assessor{}
	_ enrich.Hook   = assessor{}
)

// Assess implements [intake.Triage]. Who is in a hurry waits a little for those
// that are asked; what they tell later has the alert judged again.
func (s assessor) Assess(ctx context.Context, q intake.Question) (as intake.Assessment, err error) {
	var pending bool
	as.Picture, pending, err = s.app.enrich.Picture(ctx, drawing(q))
	if err != nil {
		return as, err
	}
	as.Decision, err = s.app.rules.Judge(ctx, judge.Subject{Finding: q.Finding, Source: q.Source, Picture: as.Picture, Now: q.Now})
	as.Decision.Provisional = as.Decision.Provisional || pending
	as.Pending = pending
	return as, err
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

// Follow implements [intake.Triage]: what the alert holds against hosts and
// users, its case, and that answers are still to come.
func (s assessor) Follow(ctx context.Context, tx harrier.Tx, a harrier.Alert, f harrier.Finding, as intake.Assessment) error {
	at := a.EventAt
	if at.IsZero() {
		at = a.CreatedAt
	}
	_, err := s.app.risk.Judge(ctx, tx, risk.Judged{
		Tenant: a.Tenant, Alert: a.ID, Title: a.Title, Rule: cmp.Or(a.Rule.ID, a.Rule.Name, a.Title), Source: a.Source, Tactics: f.Tactics,
		At: at, Now: a.UpdatedAt, Risk: as.Decision.Risk, Old: a.Observed,
	})
	if err != nil {
		return err
	}
	if as.Pending && a.Status != triage.StatusClosed {
		return s.app.enrich.Later(ctx, tx, enrich.Request{Tenant: a.Tenant, Alert: a.ID, Finding: f, Fingerprint: a.Fingerprint, Severity: a.Severity, At: f.Time})
	}
	return nil
}

// Arrived implements [enrich.Hook].
func (s assessor) Arrived(ctx context.Context, tenant harrier.TenantID, alert harrier.AlertID) error {
	err := s.app.pipeline.Rejudge(ctx, tenant, alert, "Answers arrived that it was judged without")
	if harrier.KindOf(err) == harrier.NotFound && err != nil {
		return nil
	}
	return err
}
