package step

import (
	"slices"
	"time"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/playbook"
)

// apply implements [Body].
func (b RunHalting) apply(m *Machine, at time.Time) error {
	m.halting = &b
	m.halt(m.root)
	m.drained(m.root, at)
	return nil
}

// halt keeps anything new from beginning in a block. What was sent stays
// active until its outcome comes; everything else is cancelled.
func (m *Machine) halt(b *block) {
	b.halted, b.prepared = true, nil
	m.ready = slices.DeleteFunc(m.ready, func(r *block) bool { return r == b })
	for _, n := range b.nodes {
		m.haltNode(n)
	}
}

func (m *Machine) haltNode(n *Node) {
	for _, below := range n.blocks {
		m.halt(below)
	}
	if n.handler != nil {
		m.halt(n.handler)
	}
	if n.Status.Ended() {
		return
	}
	m.checks = slices.DeleteFunc(m.checks, func(c *Node) bool { return c == n })
	if n.action != nil && n.action.halt() {
		return
	}
	if n.Step.Kind == playbook.CallKind { // its end is waited for
		m.stopChild(n)
		return
	}
	n.Status, n.due = Cancelled, time.Time{}
	if i := slices.Index(m.active, n); i >= 0 {
		m.active = slices.Delete(m.active, i, i+1)
	}
}

// halt gives up every call that is not under way, and reports whether one is.
func (a *action) halt() (open bool) {
	for i := range a.calls {
		c := &a.calls[i]
		switch c.status {
		case callOpen:
			open = true
		case callUnknown, callProbe, callAsked, callPending:
			c.abandoned = c.status == callPending
			c.status = callUnclear
		case callNew, callRetry, callHeld:
			if c.doubt {
				c.status = callUnclear
				continue
			}
			c.status, c.failure = callFailed, &Failure{Class: "cancelled", Text: "the run stopped before it was sent"}
		case callDone, callFailed, callUnclear, callWithheld:
		}
	}
	return open
}

// drained goes on above a halted block where nothing in it is active any more.
func (m *Machine) drained(b *block, at time.Time) {
	for b.owner != nil && b.owner.block.halted {
		b = b.owner.block
	}
	if b.owner == nil {
		if !b.active() && !b.ended {
			b.ended = true
			m.endPhase(b, at)
		}
		return
	}
	if n := b.owner; !n.Status.Ended() && !slices.ContainsFunc(n.blocks, (*block).active) {
		m.endDrained(n, at)
	}
}

// endDrained ends a node that waited for what it had halted: a parallel step
// that has its winner, or a step whose time was over.
func (m *Machine) endDrained(n *Node, at time.Time) {
	if n.Failure != nil {
		m.endFailed(n, at)
		return
	}
	m.end(n, Succeeded, at)
}

// active reports whether anything in the block has not ended.
func (b *block) active() bool {
	for _, n := range b.nodes {
		if !n.Status.Ended() {
			return true
		}
		if slices.ContainsFunc(n.blocks, (*block).active) || n.handler != nil && n.handler.active() {
			return true
		}
	}
	return false
}

// Cancel stops a run at somebody's wish. A run that is stopping already goes
// on to its end at once where it was stopped before.
func (m *Machine) Cancel(at time.Time, by, reason string) {
	if m.over == nil && (m.halting == nil || m.phase == phaseAlways) && m.phase != phaseEnd {
		m.record(at, RunHalting{Status: harrier.RunCancelled, Reason: reason, By: by})
	}
}

// apply implements [Body]: a step fails for a reason beyond its calls.
func (b StepFailed) apply(m *Machine, at time.Time) error {
	n := m.nodes[b.Path]
	if n == nil || n.Status.Ended() {
		begun, err := m.begin(b.Path, at)
		if err != nil {
			return err
		}
		n = begun
	}
	n.Failure = &b.Failure
	m.stopChild(n)
	for _, below := range n.blocks {
		m.halt(below)
	}
	m.checks = slices.DeleteFunc(m.checks, func(c *Node) bool { return c == n })
	if !slices.ContainsFunc(n.blocks, (*block).active) {
		m.endFailed(n, at)
	}
	return nil
}

// endFailed ends a node that failed as a whole.
func (m *Machine) endFailed(n *Node, at time.Time) {
	if n.Step.Kind == playbook.LoopKind {
		n.breakLoop()
	}
	m.end(n, Failed, at)
}
