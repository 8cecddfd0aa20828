package engine

import (
	"context"
	"encoding/json"
	"time"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/step"
)

// side is the write that an event must share its transaction with: the intent
// with its audit row and its guard (G10), the question to people, the child
// run. It is nil for an event that stands alone.
func (s *Session) side(ctx context.Context, r step.Recorded, index int) (write, error) {
	switch b := r.Body.(type) {
	case step.ActionIntended:
		return s.intend(b, r.At, index)
	case step.ActionSucceeded:
		return s.succeeded(ctx, happened{b.Path, b.To, b.Epoch, orCall(b.By), r.At, b.Output})
	case step.ActionFailed:
		return s.settle(b.Path, b.To, settlement{b.Epoch, harrier.IntentFailed, "call", r.At}), nil
	case step.ActionUnknown:
		return s.settle(b.Path, b.To, settlement{b.Epoch, harrier.IntentUnknown, "call", r.At}), nil
	case step.ActionProbed:
		return s.probed(ctx, b, r.At)
	case step.OutcomeSettled:
		return s.outcome(ctx, b, r.At)
	case step.QuestionAsked:
		return s.ask(b.Path, b.Question, r.At)
	case step.OutcomeAsked:
		return s.ask(b.Path, b.Question, r.At)
	case step.ActionHeld:
		return s.ask(b.Path, b.Question, r.At)
	case step.StepFailed: // a question whose step took too long is nobody's any more
		return s.withdraw(Withdrawal{Path: b.Path, Status: harrier.ApprovalVoid, At: r.At}), nil
	case step.QuestionAnswered:
		if b.Decision == harrier.ApprovalExpired {
			return s.withdraw(Withdrawal{Question: b.ID, Status: harrier.ApprovalExpired, At: r.At}), nil
		}
	case step.ChildCalled:
		return s.createChild(b, r.At)
	}
	return nil, nil
}

func orCall(by string) string {
	if by == "" {
		return "call"
	}
	return by
}

// intended is what the audit trail keeps of an intent.
type intended struct {
	Action     string             `json:"action"`
	Address    string             `json:"address"`
	Approval   harrier.ApprovalID `json:"approval"`
	Args       json.RawMessage    `json:"args"`
	Attempt    int                `json:"attempt"`
	Connection string             `json:"connection"`
	Effect     harrier.Effect     `json:"effect"`
	Epoch      int                `json:"epoch"`
}

// intend asks the switch, takes the guard's slot and writes the intent and its audit row.
func (s *Session) intend(b step.ActionIntended, at time.Time, index int) (write, error) {
	c, ok := s.m.SpecOf(b.Path, b.To)
	if !ok {
		return nil, harrier.Errorf(harrier.Internal, "intent of %s without a call", b.Path)
	}
	args, err := json.Marshal(c.With)
	if err != nil {
		return nil, harrier.Errorf(harrier.Internal, "encode the arguments of %s: %w", b.Path, err)
	}
	in := harrier.Intent{
		Tenant: s.run.Tenant, Run: s.run.ID, Path: b.Path, Connection: b.To, Epoch: b.Epoch, Attempt: b.Attempt,
		Fence: s.run.Fence, Key: b.Key, Action: c.Spec.Name, Effect: c.Spec.Effect, Repeat: c.Spec.Repeat,
		Target: step.TargetOf(c.Spec.Targets, c.With), Args: args, ArgsHash: step.HashOf(c.With),
		ManifestHash: c.Target.Manifest, Approval: b.Approval, Leaf: b.Leaf, State: harrier.IntentOpen, IntendedAt: at,
	}
	audit, err := s.audit("effect.intend", b.Path, in.Target, intended{
		Action: in.Action, Connection: c.Target.Name, Address: c.Target.Address, Effect: in.Effect,
		Attempt: b.Attempt, Epoch: b.Epoch, Args: args, Approval: b.Approval,
	})
	if err != nil {
		return nil, err
	}
	var budgets []budget
	if b.Attempt == 1 && !b.PastGuard {
		budgets = s.budgets(in.Effect, at)
	}
	call := step.CallID(b.Path, b.To)
	off := s.begins(index, c)
	return func(ctx context.Context, tx harrier.Tx) error {
		if err := s.mayBegin(ctx, tx, off); err != nil {
			return err
		}
		if err := s.rightful(ctx, tx, b, guardTripped{index: index, call: call}, in.Effect); err != nil {
			return err
		}
		for _, g := range budgets {
			if err := s.take(ctx, tx, g); err != nil {
				if harrier.KindOf(err) == harrier.Limited {
					return &guardTripped{index: index, call: call, reason: err.Error()}
				}
				return err
			}
		}
		if err := s.e.cfg.Ledger.Intend(ctx, tx, in); err != nil {
			return err
		}
		return audit(ctx, tx)
	}, nil
}

// budget is a guard and the slot to be taken of it.
type budget struct {
	guard Guard
	slot  GuardSlot
}

// budgets lists the budgets of an effect.
func (s *Session) budgets(effect harrier.Effect, at time.Time) (list []budget) {
	for _, g := range *s.e.guards.Load() {
		if g.Effect == effect {
			list = append(list, budget{g, GuardSlot{
				Tenant: s.run.Tenant, Guard: string(g.Effect) + "/" + g.Window.String(), Window: at.Truncate(g.Window), Cap: g.Cap,
			}})
		}
	}
	return list
}

// take takes a slot of a budget.
func (s *Session) take(ctx context.Context, tx harrier.Tx, b budget) error {
	err := s.e.cfg.Ledger.Take(ctx, tx, b.slot)
	if harrier.KindOf(err) == harrier.Limited && err != nil {
		return harrier.Errorf(harrier.Limited, "the budget of %d %s effects in %s is used up", b.guard.Cap, b.guard.Effect, b.guard.Window)
	}
	return err
}

// settlement is what came of an intent.
type settlement struct {
	epoch int
	state harrier.IntentState
	by    string
	at    time.Time
}

// settle records what came of an intent; calls without one have nothing to
// settle, and nil is returned.
func (s *Session) settle(path string, to harrier.ConnectionID, w settlement) write {
	if s.run.Mode == harrier.Replay || !s.m.Effectful(path, to) {
		return nil
	}
	in := harrier.Intent{
		Tenant: s.run.Tenant, Run: s.run.ID, Path: path, Connection: to, Epoch: w.epoch,
		Fence: s.run.Fence, State: w.state, By: w.by, EndedAt: w.at,
	}
	return func(ctx context.Context, tx harrier.Tx) error { return s.e.cfg.Ledger.Settle(ctx, tx, in) }
}

// succeeded records that an effect is in the world: its intent is settled, and
// the ledger of containments follows.
func (s *Session) succeeded(ctx context.Context, h happened) (write, error) {
	settle := s.settle(h.path, h.to, settlement{h.epoch, harrier.IntentSucceeded, h.by, h.at})
	if settle == nil {
		return nil, nil
	}
	contain, err := s.contain(ctx, h)
	if err != nil || contain == nil {
		return settle, err
	}
	return func(ctx context.Context, tx harrier.Tx) error { return all(ctx, tx, []write{settle, contain}) }, nil
}

func (s *Session) probed(ctx context.Context, b step.ActionProbed, at time.Time) (write, error) {
	switch {
	case b.Done:
		return s.succeeded(ctx, happened{b.Path, b.To, b.Epoch, "probe", at, b.Output})
	case b.Failure == nil:
		return s.settle(b.Path, b.To, settlement{b.Epoch, harrier.IntentFailed, "probe", at}), nil
	}
	return nil, nil
}

// outcome records what a person said of an intent. One that is ordered again
// goes on as a new epoch; the old one stays unknown for ever.
func (s *Session) outcome(ctx context.Context, b step.OutcomeSettled, at time.Time) (write, error) {
	state := harrier.IntentAborted
	switch b.Choice {
	case "happened":
		return s.succeeded(ctx, happened{b.Path, b.To, b.Epoch, "person", at, map[string]any{}})
	case "did_not":
		state = harrier.IntentFailed
	}
	return s.settle(b.Path, b.To, settlement{b.Epoch, state, "person", at}), nil
}

// ask puts a question to people.
func (s *Session) ask(path string, q step.Question, at time.Time) (write, error) {
	audit, err := s.audit("approval.ask", path, q.ID.String(), map[string]any{"kind": q.Kind, "hash": q.Hash, "title": q.Title})
	if err != nil {
		return nil, err
	}
	a := harrier.Approval{
		Tenant: s.run.Tenant, ID: q.ID, Run: s.run.ID, Path: path, Kind: q.Kind, Status: harrier.ApprovalPending,
		Title: q.Title, Message: q.Message, Body: q.Body, Hash: q.Hash, Assign: q.Assign, Need: max(1, q.Need),
		RequestedBy: s.run.StartedBy, CreatedAt: at, ExpiresAt: q.Expires, Over: q.Over, Rev: 1,
	}
	if q.Escalate != nil {
		a.EscalateAt, a.EscalateTo = q.Escalate.At, q.Escalate.To
	}
	if len(q.Over) > 0 {
		a.PostAt = at
	}
	return func(ctx context.Context, tx harrier.Tx) error {
		if err := s.e.cfg.Questions.Ask(ctx, tx, a); err != nil {
			return err
		}
		return audit(ctx, tx)
	}, nil
}

// audit writes a row of the audit trail on behalf of the run.
func (s *Session) audit(action, path, target string, data any) (write, error) {
	now := s.e.now()
	text, err := json.Marshal(data)
	if err != nil {
		return nil, harrier.Errorf(harrier.Internal, "encode an audit row: %w", err)
	}
	entry := harrier.AuditEntry{
		Tenant: s.run.Tenant, ID: harrier.NewID[harrier.AuditID](now), At: now, Actor: s.run.StartedBy, ActorName: "run",
		Action: action, Target: target, Run: s.run.ID, Path: path, Data: text,
	}
	return func(ctx context.Context, tx harrier.Tx) error { return s.e.cfg.Ledger.Audit(ctx, tx, entry) }, nil
}
