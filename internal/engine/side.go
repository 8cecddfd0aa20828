package engine

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/step"
)

// side writes the rows that an event must share its transaction with: the
// intent with its audit row and its guard (G10), the question to people, the
// child run.
func (s *Session) side(ctx context.Context, tx harrier.Tx, r step.Recorded, index int) error {
	switch b := r.Body.(type) {
	case step.ActionIntended:
		return s.intend(ctx, tx, b, r.At, index)
	case step.ActionSucceeded:
		return s.settle(ctx, tx, b.Path, b.To, settlement{b.Epoch, harrier.IntentSucceeded, orCall(b.By), r.At})
	case step.ActionFailed:
		return s.settle(ctx, tx, b.Path, b.To, settlement{b.Epoch, harrier.IntentFailed, "call", r.At})
	case step.ActionUnknown:
		return s.settle(ctx, tx, b.Path, b.To, settlement{b.Epoch, harrier.IntentUnknown, "call", r.At})
	case step.ActionProbed:
		return s.probed(ctx, tx, b, r.At)
	case step.OutcomeSettled:
		return s.outcome(ctx, tx, b, r.At)
	case step.QuestionAsked:
		return s.ask(ctx, tx, b.Path, b.Question, r.At)
	case step.OutcomeAsked:
		return s.ask(ctx, tx, b.Path, b.Question, r.At)
	case step.ActionHeld:
		return s.ask(ctx, tx, b.Path, b.Question, r.At)
	case step.QuestionAnswered:
		if b.Decision != harrier.ApprovalExpired {
			return nil
		}
		return s.e.cfg.Questions.Withdraw(ctx, tx, Withdrawal{
			Tenant: s.run.Tenant, Run: s.run.ID, Path: b.Path, Status: harrier.ApprovalExpired, At: r.At,
		})
	case step.ChildCalled:
		return s.createChild(ctx, tx, b, r.At)
	case step.RunHalting:
		return s.cancelChildren(ctx, tx, b, r.At)
	}
	return nil
}

func orCall(by string) string {
	if by == "" {
		return "call"
	}
	return by
}

// intend takes the guard's slot and writes the intent and its audit row.
func (s *Session) intend(ctx context.Context, tx harrier.Tx, b step.ActionIntended, at time.Time, index int) error {
	c, ok := s.m.SpecOf(b.Path, b.To)
	if !ok {
		return harrier.Errorf(harrier.Internal, "intent of %s without a call", b.Path)
	}
	if b.Attempt == 1 && !b.PastGuard {
		if err := s.guard(ctx, tx, c, at); err != nil {
			if harrier.KindOf(err) == harrier.Limited {
				return &guardTripped{index: index, call: step.CallID(b.Path, b.To), reason: err.Error()}
			}
			return err
		}
	}
	args, err := json.Marshal(c.With)
	if err != nil {
		return harrier.Errorf(harrier.Internal, "encode the arguments of %s: %w", b.Path, err)
	}
	in := harrier.Intent{
		Tenant: s.run.Tenant, Run: s.run.ID, Path: b.Path, Connection: b.To, Epoch: b.Epoch, Attempt: b.Attempt,
		Fence: s.run.Fence, Key: b.Key, Action: c.Spec.Name, Effect: c.Spec.Effect, Repeat: c.Spec.Repeat,
		Target: step.TargetOf(c.Spec.Targets, c.With), Args: args, ArgsHash: step.HashOf(c.With),
		ManifestHash: c.Target.Manifest, Approval: b.Approval, Leaf: b.Leaf, State: harrier.IntentOpen, IntendedAt: at,
	}
	if err := s.e.cfg.Ledger.Intend(ctx, tx, in); err != nil {
		return err
	}
	return s.audit(ctx, tx, "effect.intend", b.Path, in.Target, map[string]any{
		"action": in.Action, "connection": c.Target.Name, "address": c.Target.Address, "effect": in.Effect,
		"attempt": b.Attempt, "epoch": b.Epoch, "args": json.RawMessage(args), "approval": b.Approval,
	})
}

// guard takes a slot of each budget of the effect.
func (s *Session) guard(ctx context.Context, tx harrier.Tx, c step.Call, at time.Time) error {
	for _, g := range s.e.cfg.Guards {
		if g.Effect != c.Spec.Effect {
			continue
		}
		slot := GuardSlot{
			Tenant: s.run.Tenant, Guard: fmt.Sprintf("%s/%s", g.Effect, g.Window), Window: at.Truncate(g.Window), Cap: g.Cap,
		}
		err := s.e.cfg.Ledger.Take(ctx, tx, slot)
		if harrier.KindOf(err) == harrier.Limited && err != nil {
			return harrier.Errorf(harrier.Limited, "the budget of %d %s effects in %s is used up", g.Cap, g.Effect, g.Window)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// settlement is what came of an intent.
type settlement struct {
	epoch int
	state harrier.IntentState
	by    string
	at    time.Time
}

// settle records what came of an intent; calls without one have nothing to settle.
func (s *Session) settle(ctx context.Context, tx harrier.Tx, path string, to harrier.ConnectionID, w settlement) error {
	c, ok := s.m.SpecOf(path, to)
	if !ok || !c.Effectful() || s.run.Mode == harrier.Replay {
		return nil
	}
	return s.e.cfg.Ledger.Settle(ctx, tx, harrier.Intent{
		Tenant: s.run.Tenant, Run: s.run.ID, Path: path, Connection: to, Epoch: w.epoch,
		Fence: s.run.Fence, State: w.state, By: w.by, EndedAt: w.at,
	})
}

func (s *Session) probed(ctx context.Context, tx harrier.Tx, b step.ActionProbed, at time.Time) error {
	switch {
	case b.Done:
		return s.settle(ctx, tx, b.Path, b.To, settlement{b.Epoch, harrier.IntentSucceeded, "probe", at})
	case b.Failure == nil:
		return s.settle(ctx, tx, b.Path, b.To, settlement{b.Epoch, harrier.IntentFailed, "probe", at})
	}
	return nil
}

// outcome records what a person said of an intent. One that is ordered again
// goes on as a new epoch; the old one stays unknown for ever.
func (s *Session) outcome(ctx context.Context, tx harrier.Tx, b step.OutcomeSettled, at time.Time) error {
	state := harrier.IntentAborted
	switch b.Choice {
	case "happened":
		state = harrier.IntentSucceeded
	case "did_not":
		state = harrier.IntentFailed
	}
	return s.settle(ctx, tx, b.Path, b.To, settlement{b.Epoch, state, "person", at})
}

// ask puts a question to people.
func (s *Session) ask(ctx context.Context, tx harrier.Tx, path string, q step.Question, at time.Time) error {
	err := s.e.cfg.Questions.Ask(ctx, tx, harrier.Approval{
		Tenant: s.run.Tenant, ID: q.ID, Run: s.run.ID, Path: path, Kind: q.Kind, Status: harrier.ApprovalPending,
		Title: q.Title, Message: q.Message, Body: q.Body, Hash: q.Hash, Assign: q.Assign, Need: max(1, q.Need),
		RequestedBy: s.run.StartedBy, CreatedAt: at, ExpiresAt: q.Expires, Rev: 1,
	})
	if err != nil {
		return err
	}
	return s.audit(ctx, tx, "approval.ask", path, q.ID.String(), map[string]any{"kind": q.Kind, "hash": q.Hash, "title": q.Title})
}

// audit writes a row of the audit trail on behalf of the run.
func (s *Session) audit(ctx context.Context, tx harrier.Tx, action, path, target string, data map[string]any) error {
	now := s.e.now()
	text, err := json.Marshal(data)
	if err != nil {
		return harrier.Errorf(harrier.Internal, "encode an audit row: %w", err)
	}
	return s.e.cfg.Ledger.Audit(ctx, tx, harrier.AuditEntry{
		Tenant: s.run.Tenant, ID: harrier.NewID[harrier.AuditID](now), At: now, Actor: s.run.StartedBy, ActorName: "run",
		Action: action, Target: target, Run: s.run.ID, Path: path, Data: text,
	})
}
