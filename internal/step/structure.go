package step

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/playbook"
)

// This file is how one end leads to the next: steps to blocks, blocks to what
// holds them, phases to the end. It runs inside Apply only, and evaluates nothing.

// path is the path of a step of the block.
func (b *block) path(s *playbook.Step) string {
	if b.single() {
		return b.prefix
	}
	return b.prefix + s.Label
}

// single reports whether the block is an item whose one action has the item's own path.
func (b *block) single() bool {
	return b.owner != nil && b.owner.Step.Kind == playbook.LoopKind && b.owner.Step.Loop.Single && b != b.owner.handler
}

// next is the step that the block comes to.
func (b *block) next() *playbook.Step { return b.steps[b.cursor] }

// isNext reports whether path is that of the next step.
func (b *block) isNext(path string) bool {
	if b.single() {
		return b.prefix == path
	}
	rest, ok := strings.CutPrefix(path, b.prefix)
	return ok && rest == b.next().Label
}

// open makes the block's next step ready to be decided, or ends an empty block.
func (m *Machine) open(b *block, at time.Time) {
	if b.cursor < len(b.steps) {
		m.ready = append(m.ready, b)
		return
	}
	m.endBlock(b, at)
}

// begin creates the node of the step that a ready block has come to.
func (m *Machine) begin(path string, at time.Time) (*Node, error) {
	i := slices.IndexFunc(m.ready, func(b *block) bool { return b.isNext(path) })
	if i < 0 {
		return nil, harrier.Errorf(harrier.Internal, "step %s cannot begin here", path)
	}
	b := m.ready[i]
	m.ready = slices.Delete(m.ready, i, i+1)
	n := &Node{Step: b.next(), Path: path, Status: Active, Began: at, block: b}
	b.prepared = nil
	b.nodes = append(b.nodes, n)
	b.frame.add(n)
	m.nodes[path] = n
	m.active = append(m.active, n)
	return n, nil
}

// add makes a node visible in its scope.
func (f *frame) add(n *Node) {
	if n.Step.ID == "" {
		return
	}
	if f.nodes == nil {
		f.nodes = map[string]*Node{}
	}
	f.nodes[n.Step.ID] = n
}

// live returns the node of a path that has begun and not ended.
func (m *Machine) live(path string) (*Node, error) {
	n := m.nodes[path]
	if n == nil || n.Status.Ended() {
		return nil, harrier.Errorf(harrier.Internal, "step %s is not active", path)
	}
	return n, nil
}

// end ends a node and goes on from it.
func (m *Machine) end(n *Node, status Status, at time.Time) {
	n.Status, n.Ended = status, at
	if i := slices.Index(m.active, n); i >= 0 {
		m.active = slices.Delete(m.active, i, i+1)
	}
	switch {
	case n.block.halted:
		m.drained(n.block, at)
	case status == Failed && len(n.Step.OnError.Steps) > 0 && !n.block.single():
		n.handler = &block{steps: n.Step.OnError.Steps, prefix: n.block.prefix, frame: n.block.frame, owner: n}
		m.open(n.handler, at)
	case status == Failed && (!n.Step.OnError.Continue || n.block.single()):
		n.block.failure = n.Failure
		m.endBlock(n.block, at)
	default:
		m.advance(n.block, at)
	}
}

// fail ends a node as failed.
func (m *Machine) fail(n *Node, f Failure, at time.Time) {
	n.Failure = &f
	m.end(n, Failed, at)
}

// advance moves a block past the step that ended.
func (m *Machine) advance(b *block, at time.Time) {
	b.cursor++
	m.open(b, at)
}

// endBlock ends a block and tells what holds it.
func (m *Machine) endBlock(b *block, at time.Time) {
	b.ended = true
	n := b.owner
	if n == nil {
		m.endPhase(b, at)
		return
	}
	if b == n.handler {
		if b.failure != nil {
			n.block.failure = b.failure
			m.endBlock(n.block, at)
			return
		}
		m.advance(n.block, at)
		return
	}
	switch n.Step.Kind {
	case playbook.LoopKind:
		m.endItem(n, at)
	case playbook.ParallelKind:
		m.endBranch(n, b, at)
	case playbook.PollKind:
		m.endRound(n, b, at)
	case playbook.IfKind, playbook.SwitchKind:
		m.endWith(n, b.failure, at)
	case playbook.ActionKind, playbook.SetKind, playbook.WaitKind, playbook.ApproveKind, playbook.AskKind,
		playbook.CallKind, playbook.ScriptKind, playbook.StopKind:
	}
}

// endWith ends a node that fails where f is not nil.
func (m *Machine) endWith(n *Node, f *Failure, at time.Time) {
	if f != nil {
		m.fail(n, *f, at)
		return
	}
	m.end(n, Succeeded, at)
}

// enterPhase begins a part of the run.
func (m *Machine) enterPhase(p phase) {
	m.phase = p
	f := &frame{}
	if m.root != nil {
		f = m.root.frame
	}
	var steps []*playbook.Step
	switch p {
	case phaseMain:
		steps = m.plan.Steps
	case phaseFailure:
		steps = m.plan.OnFailure
	case phaseAlways:
		steps = m.plan.Always
	case phaseEnd:
		m.root = &block{ended: true, frame: f, phase: p}
		return
	}
	m.root = &block{steps: steps, frame: f, phase: p}
	m.roots = append(m.roots, m.root)
	m.open(m.root, m.last)
}

// endPhase goes on after a phase.
func (m *Machine) endPhase(b *block, _ time.Time) {
	if b.failure != nil && m.failure == nil {
		m.failure = b.failure
	}
	switch m.phase {
	case phaseMain:
		if m.failure != nil && m.halting == nil && len(m.plan.OnFailure) > 0 {
			m.enterPhase(phaseFailure)
			return
		}
		m.enterPhase(phaseAlways)
	case phaseFailure:
		m.enterPhase(phaseAlways)
	case phaseAlways:
		m.enterPhase(phaseEnd)
	case phaseEnd:
	}
}

// itemPrefix is the prefix of the paths in an item of a loop or a round of a poll.
func itemPrefix(n *Node, key string) string {
	p := n.Path + "[" + strconv.Quote(key) + "]"
	if n.Step.Kind == playbook.LoopKind && n.Step.Loop.Single {
		return p
	}
	return p + "/"
}
