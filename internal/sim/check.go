package sim

import (
	"context"
	"encoding/json"
	"slices"
	"strings"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/engine"
	"github.com/harrier-soar/harrier/internal/step"
)

// checkCall holds a call against the ledger at the moment it is made: an
// effect has a committed intent (I5, G5), and nothing that succeeded is done
// again (G4).
func (s *Simulation) checkCall(ctx context.Context, run harrier.RunID, c step.Call) {
	if c.Probe || !c.Effectful() {
		return
	}
	intents, _ := s.store.Intents(ctx, run)
	i := slices.IndexFunc(intents, func(in harrier.Intent) bool { return in.Path == c.Path && in.Key == c.Key })
	switch {
	case i < 0:
		s.breaks("I5: %s is called without an intent", c.Path)
	case intents[i].State != harrier.IntentOpen:
		s.breaks("G4: %s is called though its intent is %s", c.Path, intents[i].State)
	}
}

// checkState compares a session's state with what its journal tells (G8, I8).
func (s *Simulation) checkState(ctx context.Context, session *engine.Session) {
	if s.rng.IntN(8) > 0 {
		return
	}
	m := s.replay(ctx, session.Run().ID)
	if m == nil {
		return
	}
	if live := session.Machine().Digest(); m.Digest() != live && s.owns(ctx, session) {
		s.breaks("I8: the state is not what the journal tells:\n%s\njournal:\n%s", live, m.Digest())
	}
}

// owns reports whether the session still owns its run.
func (s *Simulation) owns(ctx context.Context, session *engine.Session) bool {
	run, err := s.store.Load(ctx, harrier.DefaultTenant, session.Run().ID)
	return err == nil && run.Fence == session.Run().Fence
}

// length is how many events a run's journal has.
func (s *Simulation) length(ctx context.Context, id harrier.RunID) int64 {
	last := int64(0)
	for ev, err := range s.store.Events(ctx, id, 0) {
		if err != nil {
			return last
		}
		last = ev.Seq
	}
	return last
}

// replay folds a run's journal; an event that does not fit breaks I7.
func (s *Simulation) replay(ctx context.Context, id harrier.RunID) *step.Machine {
	m := step.New(s.plan)
	seq := int64(0)
	for ev, err := range s.store.Events(ctx, id, 0) {
		if err != nil {
			s.breaks("journal of %s: %v", id, err)
			return nil
		}
		if seq++; ev.Seq != seq {
			s.breaks("I7: event %d of %s stands where %d should", ev.Seq, id, seq)
		}
		body, err := step.Decode(ev)
		if err == nil {
			err = m.Apply(ev.At, body)
		}
		if err != nil {
			s.breaks("I7: event %d of %s does not fit: %v", ev.Seq, id, err)
			return nil
		}
	}
	return m
}

// check holds the whole history against the invariants.
func (s *Simulation) check(ctx context.Context) {
	for e, count := range s.world.effects {
		s.checkEffect(ctx, e, count)
	}
	audited := s.audited(ctx)
	for _, id := range s.runs {
		run, err := s.store.Load(ctx, harrier.DefaultTenant, id)
		if err != nil {
			s.breaks("run %s: %v", id, err)
			continue
		}
		m := s.replay(ctx, id)
		if m != nil && run.Status.Ended() != (m.Ended() != nil) {
			s.breaks("I3: run %s is %s and its journal tells otherwise", id, run.Status)
		}
		if strings.HasPrefix(run.Reason, "the run is older than") {
			s.breaks("I14: run %s was stuck until its limits.max_age ended it", id)
		}
		s.checkTimers(ctx, id)
		intents, _ := s.store.Intents(ctx, id)
		s.checkContained(ctx, id, intents)
		unknown := 0
		for _, in := range intents {
			s.checkIntent(ctx, in, run.Status.Ended())
			if in.By != "local" && audited[in.Run.String()+in.Path] == 0 {
				s.breaks("I9: the intent of %s has no audit row", in.Path)
			}
			if in.State == harrier.IntentUnknown || in.State == harrier.IntentAborted {
				unknown++
			}
		}
		if m != nil && m.Unresolved() > unknown {
			s.breaks("run %s counts %d unresolved actions, its ledger %d", id, m.Unresolved(), unknown)
		}
	}
}

// checkEffect holds one effect of the world against the ledger (I4, I5).
func (s *Simulation) checkEffect(ctx context.Context, e effect, count int) {
	intents, _ := s.store.Intents(ctx, e.run)
	i := slices.IndexFunc(intents, func(in harrier.Intent) bool { return in.Path == e.path && in.Key == e.key })
	if i < 0 {
		s.breaks("I5: the world saw %s, which nobody intended", e.path)
		return
	}
	limit := 1
	if s.world.repeat[e] == harrier.Natural {
		limit = intents[i].Attempt
	}
	if count > limit {
		s.breaks("I4: the world saw %s %d times (%s, attempt %d)", e.path, count, s.world.repeat[e], intents[i].Attempt)
	}
}

// checkIntent holds one intent against the world and the approvals (I5, I6, I10).
func (s *Simulation) checkIntent(ctx context.Context, in harrier.Intent, ended bool) {
	happened := s.world.effects[effect{in.Run, in.Path, in.Connection, in.Key}] > 0
	switch in.State {
	case harrier.IntentSucceeded:
		if !happened && in.By != "local" {
			s.breaks("I6: %s succeeded by %s, and the world saw nothing", in.Path, in.By)
		}
	case harrier.IntentOpen:
		if ended {
			s.breaks("I5: the run ended with an open intent of %s", in.Path)
		}
	case harrier.IntentFailed:
		if happened && in.By == "call" && in.Attempt == 1 {
			s.breaks("I6: %s failed for certain, and the world saw it", in.Path)
		}
	case harrier.IntentUnknown, harrier.IntentAborted:
	}
	if in.Approval.IsZero() {
		return
	}
	a, err := s.store.Approval(ctx, in.Tenant, in.Approval)
	if err != nil || a.Status != harrier.ApprovalApproved {
		s.breaks("I10: %s was done under approval %s, which is %s (%v)", in.Path, in.Approval, a.Status, err)
		return
	}
	var shown struct {
		step.Plan
		Leaf step.Leaf `json:"leaf"` // of what goes beyond the terms of an approval
	}
	if err := json.Unmarshal(a.Body, &shown); err != nil {
		s.breaks("I10: approval %s cannot be read: %v", a.ID, err)
		return
	}
	listed := func(l step.Leaf) bool { return l.Hash() == in.Leaf }
	switch {
	case a.Kind == harrier.GuardApproval && listed(shown.Leaf), slices.ContainsFunc(shown.Leaves, listed):
	case shown.Late != nil:
		s.checkLate(in, a, shown.Late)
	default:
		s.breaks("I10: %s was done with a leaf that is not in the approved plan", in.Path)
	}
}

// checkLate holds an intent against the terms that people agreed to (I10).
func (s *Simulation) checkLate(in harrier.Intent, a harrier.Approval, terms *step.Late) {
	if !slices.ContainsFunc(terms.Calls, func(c step.LateCall) bool { return c.Connection == in.Connection && c.Action == in.Action }) {
		s.breaks("I10: %s does %s, which was not shown", in.Path, in.Action)
	}
	used := s.used[a.ID]
	if used == nil {
		used = map[string]bool{}
		s.used[a.ID] = used
	}
	used[step.CallID(in.Path, in.Connection)] = true
	if len(used) > terms.Cap {
		s.breaks("I10: %d effects under approval %s, of which there may be %d", len(used), a.ID, terms.Cap)
	}
}

// checkContained holds the ledger of containments against that of effects: what
// succeeded is contained or took something back, and nothing else is contained (I16).
func (s *Simulation) checkContained(ctx context.Context, run harrier.RunID, intents []harrier.Intent) {
	rows, _, err := s.store.Containments(ctx, harrier.DefaultTenant, harrier.ContainmentFilter{Run: run}, harrier.Page{Limit: 500})
	if err != nil {
		s.breaks("containments of %s: %v", run, err)
		return
	}
	want := map[string]int{}
	for _, in := range intents {
		if in.State == harrier.IntentSucceeded && in.Action == "box.set" {
			want[in.Path]++
		}
	}
	for _, c := range rows {
		want[c.Path]--
		if ended := !c.EndedAt.IsZero(); ended == (c.State == harrier.ContainmentActive) {
			s.breaks("I16: the containment of %s is %s and ended at %s", c.Path, c.State, c.EndedAt)
		}
	}
	for path, missing := range want {
		if missing != 0 {
			s.breaks("I16: %d effects of %s are not contained as often as they succeeded", missing, path)
		}
	}
}

// audited counts the audit rows of intents by run and path.
func (s *Simulation) audited(ctx context.Context) map[string]int {
	count := map[string]int{}
	for cursor := ""; ; {
		rows, next, err := s.store.AuditTrail(ctx, harrier.DefaultTenant, harrier.AuditFilter{}, harrier.Page{Cursor: cursor, Limit: 500})
		if err != nil {
			s.breaks("audit: %v", err)
			return count
		}
		for _, r := range rows {
			if r.Action == "effect.intend" {
				count[r.Run.String()+r.Path]++
			}
		}
		if cursor = next; cursor == "" {
			return count
		}
	}
}

// checkTimers finds timers that fired before their time, or twice (I15).
func (s *Simulation) checkTimers(ctx context.Context, id harrier.RunID) {
	due := map[string]step.TimerArmed{}
	for ev, err := range s.store.Events(ctx, id, 0) {
		if err != nil {
			return
		}
		body, _ := step.Decode(ev)
		switch b := body.(type) {
		case step.TimerArmed:
			due[b.Path] = b
		case step.TimerFired:
			armed, ok := due[b.Path]
			if ok && ev.At.Before(armed.Due) {
				s.breaks("I15: the timer of %s fired at %s and was due at %s", b.Path, ev.At, armed.Due)
			}
		}
	}
}
