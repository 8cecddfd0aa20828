package app

import (
	"context"
	"io/fs"
	"sync"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/content"
	"github.com/harrier-soar/harrier/internal/casework"
	"github.com/harrier-soar/harrier/internal/correlate"
	"github.com/harrier-soar/harrier/internal/intake"
	"github.com/harrier-soar/harrier/internal/judge"
	"github.com/harrier-soar/harrier/internal/mapping"
	"github.com/harrier-soar/harrier/internal/mute"
	"github.com/harrier-soar/harrier/internal/risk"
)

// loadMappings reads the mappings that ship and those of a team. One that is
// wrong is left out and told: its events are quarantined, nothing is lost.
func (a *App) loadMappings() (*mapping.Set, error) {
	mine, err := fs.Sub(a.changes.Team(), "mappings")
	if err != nil {
		return nil, err
	}
	set, problems := mapping.Load(content.FS, mine)
	if err := problems.Err(); err != nil {
		a.opt.Log.Error("mapping is wrong and left out", "err", err)
	}
	return set, nil
}

// loadRules reads the rules of triage. Where a team's own are wrong, those that
// ship hold alone until they are mended, which is told.
func (a *App) loadRules() (*judge.Rules, error) {
	rules, problems := judge.Load(content.FS, a.changes.Team())
	if rules != nil {
		return rules, nil
	}
	a.opt.Log.Error("the rules of triage in the data directory are wrong; those that ship hold alone", "err", problems.Err())
	rules, problems = judge.Load(content.FS)
	if err := problems.Err(); err != nil {
		return nil, harrier.Errorf(harrier.Internal, "the rules of triage that ship are wrong: %w", err)
	}
	return rules, nil
}

// wireCases makes what keeps cases and what puts alerts into them.
func (a *App) wireCases() (err error) {
	settings, err := readNoise(a.changes.Team())
	if err != nil {
		return err
	}
	a.noise.set(settings)
	templates, policy, err := a.readCaseFiles()
	if err != nil {
		return err
	}
	a.cases = casework.New(casework.Config{
		Store: a.store, Now: a.opt.Now, Templates: templates, Policy: policy, Log: a.opt.Log,
		Joined: func(ctx context.Context, tx harrier.Tx, l casework.Link) error { return a.correlate.Joined(ctx, tx, l) },
	})
	a.risk = risk.NewService(risk.Config{Store: a.store, Cases: a.cases, Policy: settings.Risk, Now: a.opt.Now})
	a.correlate = correlate.NewService(correlate.Config{
		Store: a.store, Cases: a.cases, Organisation: commons{a}, Policy: settings.Correlation, Now: a.opt.Now,
	})
	a.mutes = mute.NewService(mute.Config{Store: a.store, Log: a.opt.Log, Now: a.opt.Now})
	a.closers = mute.NewClosers(a.store, a.opt.Now)
	return nil
}

// wirePipeline makes what makes alerts of events. Most commands judge none:
// mappings and rules are read when the first is judged, or by [App.Warm].
func (a *App) wirePipeline() {
	a.mappings.load, a.rules.load = a.loadMappings, a.loadRules
	a.pipeline = intake.NewPipeline(intake.PipelineConfig{
		Store: a.store, Mapper: chosen{a}, Triage: assessor{a}, Playbooks: triggers{a.library}, Runs: a.engine, Log: a.opt.Log, Now: a.opt.Now,
		Hit: a.opt.Points.Hit, Bad: a.badOf,
	})
}

// runTriage does what goes on beside alerts until ctx ends.
func (a *App) runTriage(ctx context.Context, wg *sync.WaitGroup) {
	for _, run := range []func(context.Context) error{
		a.pipeline.Run, a.mutes.Run, a.cases.Run,
		func(ctx context.Context) error { return a.enrich.Run(ctx, assessor{a}) },
	} {
		wg.Go(func() { _ = run(ctx) }) // they end with ctx only
	}
}
