package step

import (
	"slices"
	"time"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/playbook"
)

// Recover goes on after a worker died: effects whose intent was committed and
// whose outcome was not are unknown, reads that were under way are made again.
// Call it once, after the journal was applied.
func (m *Machine) Recover(env Env) {
	for _, n := range slices.Clone(m.active) {
		if n.action == nil || n.Status.Ended() {
			continue
		}
		for i, t := range n.action.begin.Targets {
			k := &n.action.calls[i]
			if k.status == callAsked && k.question == nil { // the journal ends between the doubt and the question
				m.askOutcome(m.callFor(n, t, k.attempt, k.key), *k.failure, env)
				continue
			}
			if k.status != callOpen || m.issued[callKey{n.Path, t.Connection}] {
				continue
			}
			if m.readLike(t) {
				m.command(m.callFor(n, t, k.attempt, ""))
				continue
			}
			c := m.callFor(n, t, k.attempt, k.key)
			m.finishUnknown(c, Failure{Class: "unknown", Text: "the worker stopped before the outcome was known"}, env)
		}
	}
}

// CanRetry returns nil where a run can go on from a step: it ended without
// success and the step had begun in it.
func (m *Machine) CanRetry(from string) error {
	switch {
	case m.over == nil:
		return harrier.Errorf(harrier.Conflict, "the run has not ended; cancel it first")
	case m.over.Status == harrier.RunSucceeded:
		return harrier.Errorf(harrier.Conflict, "the run succeeded; start a new one instead")
	case m.nodes[from] == nil:
		return harrier.Errorf(harrier.NotFound, "the run has no step %q that began; see its steps", from)
	}
	for n := m.nodes[from]; n != nil; n = n.block.owner {
		if n.Step.Kind == playbook.PollKind && n.Path != from {
			return harrier.Errorf(harrier.Invalid, "step %q is inside the poll %q; retry from the poll", from, n.Path)
		}
		if n.block.owner != nil && n.block == n.block.owner.handler {
			return harrier.Errorf(harrier.Invalid, "step %q handles the failure of %q; retry from that", from, n.block.owner.Path)
		}
	}
	return nil
}

// FirstFailed returns the path of the step at which the run failed, or "".
func (m *Machine) FirstFailed() string {
	var first *Node
	for _, n := range m.nodes {
		stopped := n.Status == Failed || n.Status == Cancelled || n.Status == Active
		if stopped && len(n.blocks) == 0 && (first == nil || n.Began.Before(first.Began) || n.Began.Equal(first.Began) && n.Path < first.Path) {
			first = n
		}
	}
	if first == nil {
		return ""
	}
	return first.Path
}

// apply implements [Body]: what came before the step is kept, the rest is
// forgotten, and effects that follow are new ones.
func (b RunRetried) apply(m *Machine, at time.Time) error {
	n := m.nodes[b.From]
	if n == nil || m.over == nil {
		return harrier.Errorf(harrier.Internal, "a run cannot be retried from %s", b.From)
	}
	for _, old := range m.nodes {
		if old.action == nil {
			continue
		}
		for i := range old.action.calls {
			m.epoch = max(m.epoch, old.action.calls[i].epoch)
		}
	}
	m.epoch++
	m.over, m.halting, m.failure = nil, nil, nil
	m.rewind(n)
	m.reindex(at)
	return nil
}

// rewind makes a node the next one of its block again.
func (m *Machine) rewind(n *Node) {
	b := n.block
	i := slices.Index(b.nodes, n)
	b.nodes, b.cursor = b.nodes[:i], i
	m.revive(b)
}

// revive makes a block active again, and everything that holds it.
func (m *Machine) revive(b *block) {
	b.ended, b.failure, b.halted, b.prepared = false, nil, false, nil
	owner := b.owner
	if owner == nil {
		m.root, m.phase = b, b.phase
		m.roots = m.roots[:slices.Index(m.roots, b)+1]
		return
	}
	owner.Status, owner.Failure, owner.Output, owner.Ended, owner.handler = Active, nil, nil, time.Time{}, nil
	open := 0
	for _, sibling := range owner.blocks {
		if sibling.halted && !sibling.ended {
			sibling.resume()
		}
		if !sibling.ended {
			open++
		}
	}
	if owner.loop != nil {
		owner.loop.open = open
	}
	up := owner.block
	j := slices.Index(up.nodes, owner)
	up.nodes, up.cursor = up.nodes[:j+1], j
	m.revive(up)
}

// resume makes a block that was halted go on after the last step that ended well.
func (b *block) resume() {
	i := slices.IndexFunc(b.nodes, func(n *Node) bool { return n.Status != Succeeded && n.Status != Skipped })
	if i < 0 {
		i = len(b.nodes)
	}
	b.nodes, b.cursor, b.halted, b.prepared = b.nodes[:i], i, false, nil
	b.ended = i == len(b.steps)
}

// reindex rebuilds the indexes over the tree.
func (m *Machine) reindex(at time.Time) {
	m.nodes, m.active, m.ready, m.checks = map[string]*Node{}, nil, nil, nil
	for _, root := range m.roots {
		root.frame.nodes = nil
	}
	for _, root := range m.roots {
		m.reindexBlock(root)
	}
	if m.root.cursor >= len(m.root.steps) && !m.root.ended {
		m.endBlock(m.root, at)
	}
}

func (m *Machine) reindexBlock(b *block) {
	for _, n := range b.nodes {
		n.block.frame.add(n)
		m.nodes[n.Path] = n
		if !n.Status.Ended() {
			m.active = append(m.active, n)
		}
		for _, below := range n.blocks {
			if below.frame != b.frame {
				below.frame.nodes = nil
			}
			m.reindexBlock(below)
		}
		if n.handler != nil {
			m.reindexBlock(n.handler)
		}
	}
	next := len(b.nodes) == b.cursor && b.cursor < len(b.steps)
	if next && !b.ended && !b.halted {
		m.ready = append(m.ready, b)
	}
}
