package step

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"time"
)

// apply implements [Body].
func (b PollOpened) apply(m *Machine, at time.Time) error {
	n, err := m.begin(b.Path, at)
	if err != nil {
		return err
	}
	m.nextRound(n, at)
	return nil
}

// nextRound begins a round of a poll. Only the last round is kept.
func (m *Machine) nextRound(n *Node, at time.Time) {
	m.turn(n)
	b := &block{
		steps: n.Step.Poll.Steps, prefix: itemPrefix(n, strconv.Itoa(n.rounds)),
		frame: &frame{parent: n.block.frame}, owner: n,
	}
	n.blocks = []*block{b}
	m.open(b, at)
}

// forget removes a node and what it holds from the index of paths.
func (m *Machine) forget(n *Node) {
	delete(m.nodes, n.Path)
	for _, b := range n.blocks {
		for _, below := range b.nodes {
			m.forget(below)
		}
	}
	if n.handler != nil {
		for _, below := range n.handler.nodes {
			m.forget(below)
		}
	}
}

// endRound goes on after a round: a failed one fails the poll, else its
// condition is to be evaluated.
func (m *Machine) endRound(n *Node, b *block, at time.Time) {
	if b.failure != nil {
		m.fail(n, *b.failure, at)
		return
	}
	n.awaiting = true
	m.checks = append(m.checks, n)
}

// check evaluates the condition of a poll after a round.
func (m *Machine) check(ctx context.Context, n *Node, env Env) {
	p := n.Step.Poll
	v, err := p.Until.Eval(ctx, m.scope(n.blocks[0].frame), env.Now)
	done, isBool := v.(bool)
	switch {
	case err != nil:
		m.record(env.Now, StepFailed{Path: n.Path, Failure: *expressionFailure(err)})
	case !isBool:
		m.record(env.Now, StepFailed{Path: n.Path, Failure: Failure{Class: "expression", Text: "until needs true or false, got " + describe(v)}})
	case done:
		m.record(env.Now, PollChecked{Path: n.Path, Done: true})
	case p.MaxRounds > 0 && n.rounds >= p.MaxRounds, p.MaxTime > 0 && env.Now.Add(p.Every).Sub(n.Began) > p.MaxTime:
		m.record(env.Now, StepFailed{Path: n.Path, Failure: Failure{Class: "timeout", Text: fmt.Sprintf("the condition did not come true in %d rounds", n.rounds)}})
	default:
		m.record(env.Now, PollChecked{Path: n.Path, Due: env.Now.Add(p.Every)})
	}
}

// apply implements [Body].
func (b PollChecked) apply(m *Machine, at time.Time) error {
	n, err := m.live(b.Path)
	if err != nil {
		return err
	}
	n.awaiting = false
	m.checks = slices.DeleteFunc(m.checks, func(c *Node) bool { return c == n })
	if !b.Done {
		n.due = b.Due
		return nil
	}
	n.Output = map[string]any{"rounds": int64(n.rounds), "done": true, "last": n.blocks[0].output()}
	m.end(n, Succeeded, at)
	return nil
}
