package step

import (
	"github.com/harrier-soar/harrier"
)

// The types of signals that a run understands.
const (
	// SignalDecided carries a [Decided].
	SignalDecided = "decided"
	// SignalCancel carries a [CancelOrder].
	SignalCancel = "cancel"
	// SignalChild carries a [ChildEnded].
	SignalChild = "child"
	// SignalRetry carries a [RunRetried].
	SignalRetry = "retry"
)

// Decided is the data of a signal: what people said to a question.
type Decided struct {
	ID      harrier.ApprovalID     `json:"id"`
	Status  harrier.ApprovalStatus `json:"status"`
	By      string                 `json:"by"`
	Comment string                 `json:"comment,omitempty"`
	// Hash is what the decision named; another than the question's is ignored.
	Hash string `json:"hash"`
	// Answer holds the form's fields, or choice for an outcome.
	Answer map[string]any `json:"answer,omitempty"`
}

// CancelOrder is the data of a cancel signal.
type CancelOrder struct {
	By     string `json:"by"`
	Reason string `json:"reason"`
	// Once tells that the order is the same however often it comes: it does
	// not stop a run that is stopping already.
	Once bool `json:"once,omitempty"`
}

// Signal folds a signal into events. One that comes twice, or too late, gives
// none.
func (m *Machine) Signal(s harrier.Signal, env Env) error {
	switch s.Type {
	case SignalCancel:
		order, err := decodeInto[CancelOrder](s.Data)
		if err == nil && !(order.Once && m.halting != nil) {
			m.Cancel(env.Now, order.By, order.Reason)
		}
		return wrapSignal(s, err)
	case SignalChild:
		b, err := as[ChildEnded](s.Data)
		if err != nil {
			return wrapSignal(s, err)
		}
		ended, _ := b.(ChildEnded)
		if n := m.nodes[ended.Path]; n != nil && n.child == ended.Run && !n.Status.Ended() {
			m.record(env.Now, ended)
		}
		return nil
	case SignalDecided:
		d, err := decodeInto[Decided](s.Data)
		if err == nil {
			d.Answer = canonicalMap(d.Answer)
			m.decided(d, env)
		}
		return wrapSignal(s, err)
	case SignalRetry:
		r, err := decodeInto[RunRetried](s.Data)
		if err == nil && m.CanRetry(r.From) == nil {
			m.record(env.Now, r)
		}
		return wrapSignal(s, err)
	}
	return harrier.Errorf(harrier.Internal, "signal %d has the unknown type %q", s.Seq, s.Type)
}

func wrapSignal(s harrier.Signal, err error) error {
	if err == nil {
		return nil
	}
	return harrier.Errorf(harrier.Internal, "signal %d of type %q cannot be read: %w", s.Seq, s.Type, err)
}

// decided folds what people said to a question.
func (m *Machine) decided(d Decided, env Env) {
	for _, n := range m.active {
		if q := n.question; q != nil && q.ID == d.ID && q.Hash == d.Hash {
			m.record(env.Now, QuestionAnswered{Path: n.Path, ID: d.ID, Decision: d.Status, By: d.By, Comment: d.Comment, Answer: d.Answer})
			m.stopOnDeny(n, d.Status, env)
			return
		}
		if n.action == nil {
			continue
		}
		for i := range n.action.calls {
			k := &n.action.calls[i]
			if k.question == nil || k.question.ID != d.ID || k.question.Hash != d.Hash || k.status.ended() {
				continue // an answer to what was given up meanwhile comes too late
			}
			if k.status == callHeld {
				m.record(env.Now, QuestionAnswered{Path: n.Path, ID: d.ID, Decision: d.Status, By: d.By, Comment: d.Comment})
				return
			}
			choice, _ := d.Answer["choice"].(string)
			m.record(env.Now, OutcomeSettled{Path: n.Path, To: n.action.begin.Targets[i].Connection, Choice: choice, By: d.By, Epoch: k.epoch})
			return
		}
	}
}
