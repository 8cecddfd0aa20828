package step

import (
	"reflect"
	"strings"
	"time"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/playbook"
)

// This file is how a round of a poll stores only what changed: an answer that
// is that of the round before is recorded as being the same.

// answers are what the calls of a round gave, by [CallID] of their path within
// the round.
type answers map[string]map[string]any

// roundOf returns the poll that a block is in, and the block that is its
// round; nil where it is in none.
func roundOf(b *block) (poll *Node, round *block) {
	for ; b != nil; b = b.outer() {
		if b.owner != nil && b.owner.Step.Kind == playbook.PollKind && b != b.owner.handler {
			return b.owner, b
		}
	}
	return nil, nil
}

// before returns what a call gave in the round before; ok is false where there
// was none.
func before(b *block, path string, to harrier.ConnectionID) (out map[string]any, ok bool) {
	poll, round := roundOf(b)
	if poll == nil {
		return nil, false
	}
	out, ok = poll.before[CallID(strings.TrimPrefix(path, round.prefix), to)]
	return out, ok
}

// unchanged reports whether an answer is that of the round before.
func (m *Machine) unchanged(c *Call, out map[string]any) bool {
	_, b := m.stepAt(c.Path)
	was, ok := before(b, c.Path, c.Target.Connection)
	return ok && len(out) > 0 && reflect.DeepEqual(was, out)
}

// gather adds what the calls in a round gave.
func (a answers) gather(round, b *block) {
	for _, n := range b.nodes {
		if n.action != nil {
			for i := range n.action.calls {
				if k := &n.action.calls[i]; k.status == callDone {
					a[CallID(strings.TrimPrefix(n.Path, round.prefix), n.action.begin.Targets[i].Connection)] = k.output
				}
			}
		}
		if n.Step.Kind == playbook.PollKind { // its rounds are its own
			continue
		}
		for _, below := range n.blocks {
			a.gather(round, below)
		}
		if n.handler != nil {
			a.gather(round, n.handler)
		}
	}
}

// answer is the output that a success tells of.
func (b ActionSucceeded) answer(n *Node) (map[string]any, error) {
	if !b.Same {
		return b.Output, nil
	}
	out, ok := before(n.block, b.Path, b.To)
	if !ok {
		return nil, harrier.Errorf(harrier.Internal, "step %s has no round before whose answer is the same", b.Path)
	}
	return out, nil
}

// turn forgets the last round of a poll but for what its calls gave.
func (m *Machine) turn(n *Node) {
	n.before = answers{}
	for _, old := range n.blocks {
		n.before.gather(old, old)
		for _, gone := range old.nodes {
			m.forget(gone)
		}
	}
	n.rounds++
	n.due = time.Time{}
}
