package demo

import (
	"context"
	"slices"
	"time"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/api"
	"github.com/harrier-soar/harrier/internal/cli"
)

// lookEvery is how often the story looks how its run goes.
const lookEvery = 50 * time.Millisecond

// quiet is how many looks show nothing new when all that can be done now is done.
const quiet = 4

// milestone is the step after which a story is told: what was done was checked
// and people know. The run goes on by itself, and hunts again.
const milestone = "handled"

// follow shows the run, and those that it calls, as they go, and answers what
// they ask, until all is handled or the run has ended.
func (s *story) follow(ctx context.Context, id harrier.RunID) (api.RunDetail, error) {
	answered := map[harrier.ApprovalID]bool{}
	tick := time.NewTicker(lookEvery)
	defer tick.Stop()
	for seen, still := int64(-1), 0; ; {
		run, all, err := s.app.RunTree(ctx, id)
		if err != nil {
			return run, err
		}
		still++
		if run.Seq != seen {
			seen, still = run.Seq, 0
			s.see.Run(run)
		}
		asked, err := s.answer(ctx, all, answered)
		if err != nil {
			return run, err
		}
		if run.Status.Ended() || still >= quiet && found(run.Steps, milestone) != nil {
			s.runs = all
			return run, nil
		}
		if asked {
			still = 0
			continue
		}
		if err := s.linger(ctx, tick.C); err != nil {
			return run, err
		}
	}
}

// linger lets people look at what is shown. The run does not wait for them.
func (s *story) linger(ctx context.Context, next <-chan time.Time) error {
	if s.o.Pace > 0 {
		timer := time.NewTimer(s.o.Pace)
		defer timer.Stop()
		next = timer.C
	}
	select {
	case <-next:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// found returns the step of an id that has succeeded, wherever it stands.
func found(steps []api.Step, id string) *api.Step {
	for i := range steps {
		if steps[i].ID == id && steps[i].Status == "succeeded" {
			return &steps[i]
		}
		if st := found(steps[i].Steps, id); st != nil {
			return st
		}
	}
	return nil
}

// answer answers what the runs ask people; asked tells that there was something.
func (s *story) answer(ctx context.Context, runs []harrier.RunID, answered map[harrier.ApprovalID]bool) (asked bool, err error) {
	for _, id := range runs {
		pending, err := s.app.PendingApprovals(ctx, id)
		if err != nil {
			return asked, err
		}
		for _, a := range pending {
			if answered[a.ID] || byHand(a) {
				continue
			}
			answered[a.ID], asked = true, true
			decision := s.see.Approve(a)
			s.report.HandsOnSeconds += decision.HandsOn.Seconds()
			_, err := s.decide(ctx, a, decision)
			if err != nil && harrier.KindOf(err) != harrier.Conflict { // somebody else was faster
				return asked, err
			}
		}
	}
	return asked, nil
}

// byHand reports whether somebody is asked to do something, which nobody in the
// story does: it stays open.
func byHand(a api.Approval) bool {
	return slices.ContainsFunc(a.Fields, func(f api.FormField) bool { return f.Name == "done" })
}

// decide carries a decision out by what was asked.
func (s *story) decide(ctx context.Context, a api.Approval, d cli.DemoDecision) (api.Approval, error) {
	switch a.Kind {
	case harrier.FormQuestion:
		return s.app.Answer(ctx, a.ID, api.Answer{Hash: a.Hash, Values: filledIn(a.Fields, d.Approve)})
	case harrier.OutcomeQuestion:
		return s.app.Answer(ctx, a.ID, api.Answer{Hash: a.Hash, Values: api.Object{"choice": s.foundOut(a)}})
	case harrier.PlanApproval, harrier.GuardApproval:
	}
	return s.app.Decide(ctx, a.ID, api.Decision{Approve: d.Approve, Hash: a.Hash, Comment: d.Comment})
}

// filledIn fills a form in as the story's analyst would: yes means that a mail is
// malicious, and that what is asked is so.
func filledIn(fields []api.FormField, yes bool) api.Object {
	values := api.Object{}
	for _, f := range fields {
		switch {
		case f.Name == "verdict" && yes:
			values[f.Name] = "malicious"
		case f.Name == "verdict":
			values[f.Name] = "benign"
		case f.Type == "boolean":
			values[f.Name] = yes
		case f.Name == "note":
			values[f.Name] = "answered by the demonstration"
		}
	}
	return values
}
