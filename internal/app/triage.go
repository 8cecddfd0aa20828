package app

import (
	"context"
	"io/fs"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/content"
	"github.com/harrier-soar/harrier/document"
	"github.com/harrier-soar/harrier/internal/intake"
	"github.com/harrier-soar/harrier/internal/judge"
	"github.com/harrier-soar/harrier/internal/mapping"
	"github.com/harrier-soar/harrier/internal/picture"
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

var _ intake.Triage = assessor{}

// Assess implements [intake.Triage].
func (s assessor) Assess(ctx context.Context, q intake.Question) (as intake.Assessment, err error) {
	as.Picture = plainPicture(q)
	as.Decision, err = s.app.rules.Judge(ctx, judge.Subject{Finding: q.Finding, Source: q.Source, Picture: as.Picture, Now: q.Now})
	return as, err
}

// plainPicture is what a finding itself tells.
func plainPicture(q intake.Question) picture.Picture {
	p := picture.Picture{At: q.Now, Entities: []picture.Entity{}, Observables: []picture.Observable{}, Missing: []picture.Missing{}}
	for _, e := range q.Finding.Entities {
		p.Entities = append(p.Entities, picture.Entity{Entity: e})
	}
	for _, o := range q.Finding.Observables {
		p.Observables = append(p.Observables, picture.Observable{Observable: o, Verdict: "unknown"})
	}
	p.History.Repeats = q.Repeats
	return p
}

// Follow implements [intake.Triage].
func (s assessor) Follow(context.Context, harrier.Tx, harrier.Alert, harrier.Finding, intake.Assessment) error {
	return nil
}
