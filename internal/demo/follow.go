package demo

import (
	"context"
	"strings"
	"time"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/api"
	"github.com/harrier-soar/harrier/internal/cli"
)

// follow shows the run as it goes and answers what it asks, until it has ended.
func (s *story) follow(ctx context.Context, id harrier.RunID) (api.RunDetail, error) {
	events, err := s.app.WatchRun(ctx, id)
	if err != nil {
		return api.RunDetail{}, err
	}
	answered := map[harrier.ApprovalID]bool{}
	for ev, err := range events {
		if err != nil {
			return api.RunDetail{}, err
		}
		run, err := s.app.RunDetail(ctx, id)
		if err != nil {
			return run, err
		}
		if ev.Seq < run.Seq && !asks(ev.Type) {
			continue // a later event shows the same and more
		}
		s.see.Run(run)
		if err := s.answer(ctx, id, answered); err != nil {
			return run, err
		}
		s.linger(ctx)
	}
	run, err := s.app.RunDetail(ctx, id)
	if err == nil {
		s.see.Run(run)
	}
	return run, err
}

// linger lets people look at what is shown. The run does not wait for them.
func (s *story) linger(ctx context.Context) {
	if s.o.Pace <= 0 {
		return
	}
	timer := time.NewTimer(s.o.Pace)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	}
}

// asks reports whether an event may put something to people.
func asks(typ string) bool {
	return strings.HasPrefix(typ, "question.") || typ == "outcome.asked" || typ == "action.held"
}

// answer answers what the run asks people.
func (s *story) answer(ctx context.Context, id harrier.RunID, answered map[harrier.ApprovalID]bool) error {
	pending, err := s.app.PendingApprovals(ctx, id)
	if err != nil {
		return err
	}
	for _, a := range pending {
		if answered[a.ID] {
			continue
		}
		answered[a.ID] = true
		decision := s.see.Approve(a)
		s.report.HandsOnSeconds += decision.HandsOn.Seconds()
		_, err := s.decide(ctx, a, decision)
		if err != nil && harrier.KindOf(err) != harrier.Conflict { // somebody else was faster
			return err
		}
	}
	return nil
}

// decide carries a decision out by what was asked.
func (s *story) decide(ctx context.Context, a api.Approval, d cli.DemoDecision) (api.Approval, error) {
	switch a.Kind {
	case harrier.FormQuestion:
		verdict := "malicious"
		if !d.Approve {
			verdict = "benign"
		}
		return s.app.Answer(ctx, a.ID, api.Answer{Hash: a.Hash, Values: api.Object{"verdict": verdict, "note": "answered by the demonstration"}})
	case harrier.OutcomeQuestion:
		return s.app.Answer(ctx, a.ID, api.Answer{Hash: a.Hash, Values: api.Object{"choice": s.foundOut(a)}})
	case harrier.PlanApproval, harrier.GuardApproval:
	}
	return s.app.Decide(ctx, a.ID, api.Decision{Approve: d.Approve, Hash: a.Hash, Comment: d.Comment})
}
