package step

import (
	"slices"
	"time"
)

// apply implements [Body].
func (b ParallelOpened) apply(m *Machine, at time.Time) error {
	n, err := m.begin(b.Path, at)
	if err != nil {
		return err
	}
	for i, branch := range n.Step.Parallel.Branches {
		n.blocks = append(n.blocks, &block{steps: branch.Steps, prefix: n.block.prefix, frame: n.block.frame, owner: n, index: i})
	}
	for _, branch := range n.blocks {
		if !branch.halted { // an empty branch may have won already
			m.open(branch, at)
		}
	}
	return nil
}

// endBranch goes on after one branch. With join all, every branch comes to its
// end before a failure counts; with join any, the first to succeed ends the
// others, and what they had sent is waited for.
func (m *Machine) endBranch(n *Node, b *block, at time.Time) {
	if n.Status.Ended() {
		return
	}
	if n.Step.Parallel.Any && b.failure == nil {
		for _, other := range n.blocks {
			if other != b && !other.ended {
				m.halt(other)
			}
		}
		if !slices.ContainsFunc(n.blocks, (*block).active) {
			m.end(n, Succeeded, at)
		}
		return
	}
	if slices.ContainsFunc(n.blocks, func(b *block) bool { return !b.ended }) {
		return
	}
	for _, b := range n.blocks {
		if b.failure != nil {
			m.fail(n, *b.failure, at)
			return
		}
	}
	m.end(n, Succeeded, at)
}
