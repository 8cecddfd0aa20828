package step

import (
	"time"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/playbook"
)

// callAt returns the node and the call that an event is about. The first event
// of an action, which carries begin, creates them.
func (m *Machine) callAt(path string, to harrier.ConnectionID, begin *Begin, at time.Time) (*Node, *call, error) {
	n := m.nodes[path]
	if begin != nil {
		begun, err := m.begin(path, at)
		if err != nil {
			return nil, nil, err
		}
		n = begun
		n.action = &action{begin: begin, calls: make([]call, len(begin.Targets))}
		for i := range n.action.calls {
			n.action.calls[i].attempt = 1
			if m.readLike(begin.Targets[i]) {
				n.action.calls[i].status = callOpen
			}
		}
	}
	if n == nil || n.action == nil {
		return nil, nil, harrier.Errorf(harrier.Internal, "action %s has not begun", path)
	}
	k := n.call(to)
	if k == nil {
		return nil, nil, harrier.Errorf(harrier.Internal, "action %s has no call to %s", path, to)
	}
	if k.status.ended() {
		return nil, nil, harrier.Errorf(harrier.Internal, "the call of %s to %s has ended", path, to)
	}
	return n, k, nil
}

// readLike reports whether a target is called without an intent.
func (m *Machine) readLike(t Target) bool {
	return !m.plan.Actions[t.Action].Effect.Writes() || m.run.Mode == harrier.Replay || m.plan.Actions[t.Action].Local
}

// apply implements [Body].
func (b ActionIntended) apply(m *Machine, at time.Time) error {
	n, k, err := m.callAt(b.Path, b.To, b.Begin, at)
	if err != nil {
		return err
	}
	if b.Attempt == 1 && !b.PastGuard { // what was held counts from then on
		m.spend(n, b.Approval)
	}
	if k.first.IsZero() || k.epoch != b.Epoch {
		k.first, k.doubt = at, false
	}
	k.status, k.attempt, k.epoch, k.key = callOpen, b.Attempt, b.Epoch, b.Key
	k.approval, k.leaf, k.at, k.again = b.Approval, b.Leaf, time.Time{}, false
	return nil
}

// apply implements [Body].
func (b ActionSucceeded) apply(m *Machine, at time.Time) error {
	n, k, err := m.callAt(b.Path, b.To, b.Begin, at)
	if err != nil {
		return err
	}
	out, err := b.answer(n)
	if err != nil {
		return err
	}
	k.status, k.output, k.by, k.at = callDone, out, b.By, time.Time{}
	m.settleAction(n, at)
	return nil
}

// apply implements [Body].
func (b ActionFailed) apply(m *Machine, at time.Time) error {
	n, k, err := m.callAt(b.Path, b.To, b.Begin, at)
	if err != nil {
		return err
	}
	k.failure, k.at = &b.Failure, b.RetryAt
	if !b.RetryAt.IsZero() {
		k.status, k.attempt = callRetry, b.Attempt
		return nil
	}
	k.status = callFailed
	m.settleAction(n, at)
	return nil
}

// apply implements [Body].
func (b ActionUnknown) apply(m *Machine, at time.Time) error {
	n, k, err := m.callAt(b.Path, b.To, nil, at)
	if err != nil {
		return err
	}
	k.failure, k.at = &b.Failure, b.At
	switch b.Then {
	case "repeat":
		k.status, k.doubt = callUnknown, true
	case "probe":
		k.status = callProbe
	case "ask":
		k.status = callAsked
	default:
		k.status = callUnclear
		m.settleAction(n, at)
	}
	return nil
}

// apply implements [Body].
func (b ActionProbed) apply(m *Machine, at time.Time) error {
	n, k, err := m.callAt(b.Path, b.To, nil, at)
	if err != nil {
		return err
	}
	k.probes++
	k.at = b.RetryAt
	switch {
	case b.Done:
		k.status, k.output, k.by, k.at = callDone, b.Output, "probe", time.Time{}
		m.settleAction(n, at)
	case b.Failure != nil && !b.RetryAt.IsZero():
		k.status = callProbe
	case b.Failure != nil:
		k.status = callAsked
	case !b.RetryAt.IsZero():
		k.status, k.doubt = callRetry, false
	default:
		k.status, k.failure = callFailed, &Failure{Class: "unavailable", Text: "the vendor did not do it in any attempt; the last said: " + textOf(k.failure)}
		m.settleAction(n, at)
	}
	return nil
}

// apply implements [Body].
func (b ActionPending) apply(m *Machine, at time.Time) error {
	_, k, err := m.callAt(b.Path, b.To, b.Begin, at)
	if err != nil {
		return err
	}
	k.status, k.resume, k.at = callPending, b.State, b.At
	return nil
}

// apply implements [Body].
func (b ActionWithheld) apply(m *Machine, at time.Time) error {
	n, err := m.begin(b.Path, at)
	if err != nil {
		return err
	}
	n.action = &action{begin: b.Begin, calls: make([]call, len(b.Begin.Targets))}
	for i := range n.action.calls {
		n.action.calls[i] = call{status: callWithheld, output: b.Output}
		if q := m.approvalOf(n.block, n.Step); q != nil {
			m.spend(n, q.ID)
		}
	}
	m.settleAction(n, at)
	return nil
}

// settleAction ends an action when all its calls have ended.
func (m *Machine) settleAction(n *Node, at time.Time) {
	var failure *Failure
	done := 0
	for i := range n.action.calls {
		k := &n.action.calls[i]
		switch {
		case !k.status.ended():
			return
		case k.status == callDone || k.status == callWithheld:
			done++
		case k.status == callUnclear:
			failure = &Failure{Class: "unknown", Text: "nobody knows whether it happened: " + textOf(k.failure)}
		case failure == nil:
			failure = k.failure
		}
	}
	all := n.Step.Action.Verb && n.Step.Action.Via == playbook.ViaAll
	if all {
		n.Output = n.action.results()
		if n.Step.Action.Effect == harrier.Read && done > 0 {
			failure = nil
		}
	} else if done > 0 {
		n.Output = n.action.calls[0].output
	}
	if failure != nil {
		m.fail(n, *failure, at)
		return
	}
	m.end(n, Succeeded, at)
}

// results is the output of a verb that went to all connections.
func (a *action) results() map[string]any {
	list := make([]any, len(a.calls))
	for i := range a.calls {
		k := &a.calls[i]
		one := map[string]any{"connection": a.begin.Targets[i].Name, "status": string(Succeeded)}
		if k.status == callDone || k.status == callWithheld {
			one["output"] = k.output
		} else {
			one["status"] = string(Failed)
			one["error"] = map[string]any{"class": classOf(k.failure), "text": textOf(k.failure)}
		}
		list[i] = one
	}
	return map[string]any{"results": list}
}

func textOf(f *Failure) string {
	if f == nil {
		return ""
	}
	return f.Text
}

func classOf(f *Failure) string {
	if f == nil {
		return ""
	}
	return f.Class
}
