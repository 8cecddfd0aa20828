package step

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/playbook"
)

// The default limits of a run.
const (
	defaultTimeout = 24 * time.Hour
	defaultMaxAge  = 30 * 24 * time.Hour
)

// due is a time at which something happens to a node.
type due struct {
	at   time.Time
	node *Node
	fire func(Env)
}

// fire lets everything happen whose time has come, in order of time and path.
func (m *Machine) fire(env Env) {
	if m.halting == nil && m.root != nil {
		m.expire(env)
	}
	var list []due
	for _, n := range m.active {
		for _, d := range m.dues(n) {
			if !d.at.After(env.Now) {
				list = append(list, d)
			}
		}
	}
	slices.SortStableFunc(list, func(a, b due) int {
		return cmp.Or(a.at.Compare(b.at), cmp.Compare(a.node.Path, b.node.Path))
	})
	for _, d := range list {
		if !d.node.Status.Ended() { // an earlier one may have ended it
			d.fire(env)
		}
	}
}

// expire ends a run that is older than its limits allow.
func (m *Machine) expire(env Env) {
	age, limit := env.Now.Sub(m.began), orDefault(m.plan.Limits.MaxAge, defaultMaxAge)
	active, bound := age-m.waited, orDefault(m.plan.Limits.Timeout, defaultTimeout)
	switch {
	case age > limit:
		m.record(env.Now, RunHalting{Status: harrier.RunFailed, Reason: fmt.Sprintf("the run is older than max_age %s", limit)})
	case active > bound && len(m.ready) > 0:
		m.record(env.Now, RunHalting{Status: harrier.RunFailed, Reason: fmt.Sprintf("the run was active for longer than its timeout %s", bound)})
	}
}

// dues lists the times at which something happens to a node.
func (m *Machine) dues(n *Node) []due {
	var list []due
	if !n.due.IsZero() {
		list = append(list, due{n.due, n, func(env Env) { m.record(env.Now, TimerFired{Path: n.Path}) }})
	}
	if q := n.question; q != nil && !q.Expires.IsZero() {
		list = append(list, m.expiry(n, q))
	}
	if n.action != nil {
		for i := range n.action.calls {
			list = m.callDues(list, n, i)
		}
	} else if n.Step.Timeout > 0 && n.Failure == nil && (n.loop == nil || !n.Step.Loop.Single) {
		list = append(list, due{n.Began.Add(n.Step.Timeout), n, func(env Env) {
			m.record(env.Now, StepFailed{Path: n.Path, Failure: Failure{Class: "timeout", Text: "the step took longer than its timeout " + n.Step.Timeout.String()}})
		}})
	}
	return list
}

// expiry is the time at which nobody can answer a question any more.
func (m *Machine) expiry(n *Node, q *Question) due {
	return due{q.Expires, n, func(env Env) {
		m.record(env.Now, QuestionAnswered{Path: n.Path, ID: q.ID, Decision: harrier.ApprovalExpired})
		m.stopOnDeny(n, harrier.ApprovalExpired, env)
	}}
}

// stopOnDeny ends the run after a no where the approve step says so.
func (m *Machine) stopOnDeny(n *Node, decision harrier.ApprovalStatus, env Env) {
	a := n.Step.Approve
	if a != nil && a.StopOnDeny && decision != harrier.ApprovalApproved && m.halting == nil && n.action == nil {
		m.record(env.Now, RunHalting{Status: harrier.RunFailed, Reason: "the approval " + n.Path + " was " + string(decision)})
	}
}

// callDues adds the times at which something happens to a call.
func (m *Machine) callDues(list []due, n *Node, i int) []due {
	k, t := &n.action.calls[i], n.action.begin.Targets[i]
	if m.barredCalls[callKey{n.Path, t.Connection}] {
		return list
	}
	if k.status == callHeld && k.question != nil {
		list = append(list, m.expiry(n, k.question))
	}
	if k.at.IsZero() || m.issued[callKey{n.Path, t.Connection}] {
		return list
	}
	switch k.status {
	case callRetry, callUnknown:
		return append(list, due{k.at, n, func(env Env) { m.again(n, t, k, env) }})
	case callPending:
		return append(list, due{k.at, n, func(Env) { m.command(m.callFor(n, t, k.attempt, k.key)) }})
	case callProbe:
		return append(list, due{k.at, n, func(Env) {
			c := m.callFor(n, t, k.attempt, k.key)
			c.Probe, c.Deadline = true, time.Time{}
			m.command(c)
		}})
	case callNew, callOpen, callHeld, callAsked, callDone, callFailed, callUnclear, callWithheld:
	}
	return list
}

// again makes a call again: a read at once, an effect after a further intent
// with the same key, or with a new one where a person ordered it.
func (m *Machine) again(n *Node, t Target, k *call, env Env) {
	if m.readLike(t) {
		m.command(m.callFor(n, t, k.attempt+1, ""))
		return
	}
	in := ActionIntended{
		Path: n.Path, To: t.Connection, Attempt: k.attempt + 1, Epoch: k.epoch,
		Approval: k.approval, Leaf: k.leaf, PastGuard: k.passed,
	}
	if k.again {
		in.Attempt, in.Epoch = 1, k.epoch+1
	}
	if why := env.barred(n.Path, t); why != "" {
		m.barAgain(callKey{n.Path, t.Connection}, why)
		return
	}
	if reason, held := env.Held[CallID(n.Path, t.Connection)]; held && !k.passed {
		d := decision{m: m, path: n.Path, env: env}
		m.record(env.Now, ActionHeld{Path: n.Path, To: t.Connection, Reason: reason, Question: d.guardQuestion(t, n.action.begin.With, reason)})
		return
	}
	m.intend(n.Path, in, env)
}

// NextDue returns the earliest time at which something happens by itself; ok
// is false where the run waits for people or children only.
func (m *Machine) NextDue() (at time.Time, ok bool) {
	if m.over != nil {
		return at, false
	}
	for _, n := range m.active {
		for _, d := range m.dues(n) {
			if !ok || d.at.Before(at) {
				at, ok = d.at, true
			}
		}
	}
	if end := m.began.Add(orDefault(m.plan.Limits.MaxAge, defaultMaxAge)); m.halting == nil && (!ok || end.Before(at)) {
		return end.Add(time.Microsecond), true
	}
	return at, ok
}

// WaitingFor names for people what the run waits for.
func (m *Machine) WaitingFor() string {
	var parts []string
	for _, n := range m.active {
		if part := n.waitingFor(); part != "" {
			parts = append(parts, part)
		}
	}
	const most = 3
	if len(parts) > most {
		parts = append(parts[:most], fmt.Sprintf("and %d more", len(parts)-most))
	}
	return strings.Join(parts, "; ")
}

// waitingFor names what a node waits for, or "".
func (n *Node) waitingFor() string {
	switch {
	case n.question != nil && n.Step.Kind == playbook.AskKind:
		return "an answer to " + n.Path
	case n.question != nil:
		return "a decision on " + n.Path
	case !n.child.IsZero():
		return "child " + n.child.String()
	case !n.due.IsZero():
		return "a timer of " + n.Path
	case n.action == nil:
		return ""
	}
	for i := range n.action.calls {
		switch k := &n.action.calls[i]; k.status {
		case callAsked:
			return "needs_human: the outcome of " + n.Path + " is unknown"
		case callHeld:
			return "a decision on " + n.Path + ", which a guard stopped"
		case callRetry, callUnknown:
			return "a retry of " + n.Path
		case callProbe:
			return "a probe of " + n.Path
		case callPending:
			return "the vendor's answer to " + n.Path
		case callNew, callOpen, callDone, callFailed, callUnclear, callWithheld:
		}
	}
	return ""
}
