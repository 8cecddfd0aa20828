package step

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"github.com/harrier-soar/harrier/playbook"
)

// enterLoop decides the items of a loop and their keys. A loop over one action
// to which people said no is skipped as a whole, without an item.
func (d decision) enterLoop(ctx context.Context) {
	if l := d.step.Loop; l.Single {
		if no := d.m.denied(d.block, l.Body[0]); no != "" {
			d.record(StepSkipped{Path: d.path, Reason: no})
			return
		}
	}
	items, keys, f := d.items(ctx, d.step, d.block.frame)
	if f != nil {
		d.fail(*f)
		return
	}
	d.record(LoopOpened{Path: d.path, Items: items, Keys: keys})
}

// items evaluates what a loop goes over, in a scope.
func (d decision) items(ctx context.Context, s *playbook.Step, f *frame) ([]any, []string, *Failure) {
	v, err := s.Loop.Over.Eval(ctx, d.m.scope(f), d.env.Now)
	if err != nil {
		return nil, nil, expressionFailure(err)
	}
	items, ok := Canonical(v).([]any)
	if !ok {
		return nil, nil, &Failure{Class: "expression", Text: "for_each needs a list, got " + describe(v)}
	}
	if len(items) > MaxItems {
		return nil, nil, &Failure{Class: "limit", Text: fmt.Sprintf("for_each over %d items; the limit is %d", len(items), MaxItems)}
	}
	keys := make([]string, len(items))
	seen := make(map[string]int, len(items))
	for i, item := range items {
		key, fail := d.key(ctx, s.Loop, &frame{parent: f, as: s.Loop.As, item: item})
		if fail != nil {
			return nil, nil, fail
		}
		if first, twice := seen[key]; twice {
			return nil, nil, &Failure{Class: "expression", Text: fmt.Sprintf("items %d and %d of for_each have the same key %q; give a key that tells them apart", first, i, key)}
		}
		seen[key], keys[i] = i, key
	}
	return items, keys, nil
}

// key is the key of one item.
func (d decision) key(ctx context.Context, l *playbook.Loop, f *frame) (string, *Failure) {
	if l.Key == nil {
		if s, ok := f.item.(string); ok {
			return s, nil
		}
		return HashOf(f.item)[:16], nil
	}
	v, err := l.Key.Eval(ctx, d.m.scope(f), d.env.Now)
	if err != nil {
		return "", expressionFailure(err)
	}
	switch v := v.(type) {
	case string:
		return v, nil
	case int64:
		return strconv.FormatInt(v, 10), nil
	}
	return "", &Failure{Class: "expression", Text: "the key of an item must be text or an integer, got " + describe(v)}
}

// apply implements [Body].
func (b LoopOpened) apply(m *Machine, at time.Time) error {
	n, err := m.begin(b.Path, at)
	if err != nil {
		return err
	}
	n.loop = &loop{items: b.Items, keys: b.Keys}
	n.blocks = make([]*block, 0, len(b.Items))
	m.fillLoop(n, at)
	return nil
}

// fillLoop begins items as long as there is room, and ends the loop after the last.
func (m *Machine) fillLoop(n *Node, at time.Time) {
	l, spec := n.loop, n.Step.Loop
	for l.next < len(l.items) && l.open < max(1, spec.MaxParallel) {
		f := &frame{parent: n.block.frame, as: spec.As, item: l.items[l.next]}
		b := &block{steps: spec.Body, prefix: itemPrefix(n, l.keys[l.next]), frame: f, owner: n, index: l.next}
		n.blocks = append(n.blocks, b)
		l.next++
		l.open++
		m.open(b, at)
	}
	if l.open == 0 && l.next == len(l.items) && !n.Status.Ended() {
		m.endLoop(n, at)
	}
}

// endItem goes on after one item. An item that failed does not keep the others
// from being done: half a containment is worse than one with a gap that is told.
func (m *Machine) endItem(n *Node, at time.Time) {
	n.loop.open--
	m.fillLoop(n, at)
}

// endLoop gathers the results and ends the loop.
func (m *Machine) endLoop(n *Node, at time.Time) {
	items, errs := []any{}, []any{}
	for i, b := range n.blocks {
		if b.failure != nil {
			errs = append(errs, itemError(n.loop.keys[i], *b.failure))
			continue
		}
		items = append(items, b.output())
	}
	n.Output = loopOutput(items, errs)
	if len(errs) == 0 {
		m.end(n, Succeeded, at)
		return
	}
	m.fail(n, Failure{Class: "items", Text: fmt.Sprintf("%d of %d items failed; the first: %s", len(errs), len(n.blocks), n.firstFailure())}, at)
}

// loopOutput is the output of a loop.
func loopOutput(items, errs []any) map[string]any {
	return map[string]any{"items": items, "errors": errs, "ok": int64(len(items)), "failed": int64(len(errs))}
}

func itemError(key string, f Failure) map[string]any {
	return map[string]any{"key": key, "error": map[string]any{"class": f.Class, "text": f.Text}}
}

// breakLoop gives a loop that failed as a whole the output of a loop: the items
// that were done, and an error for each other one, or for the loop where it has
// no items yet.
func (n *Node) breakLoop() {
	items, errs := []any{}, []any{}
	if n.loop == nil {
		n.Output = loopOutput(items, append(errs, itemError("", *n.Failure)))
		return
	}
	for i, key := range n.loop.keys {
		if f := n.itemFailure(i); f != nil {
			errs = append(errs, itemError(key, *f))
			continue
		}
		items = append(items, n.blocks[i].output())
	}
	n.Output = loopOutput(items, errs)
}

// itemFailure says why an item of a loop that failed as a whole is not done;
// nil where it came to its end all the same.
func (n *Node) itemFailure(i int) *Failure {
	if i >= len(n.blocks) {
		return n.Failure
	}
	b := n.blocks[i]
	if b.failure != nil {
		return b.failure
	}
	for _, step := range b.nodes {
		if step.Failure != nil && step.Status == Failed && !step.Step.OnError.Continue {
			return step.Failure
		}
	}
	last := len(b.nodes) - 1
	if b.ended || last == len(b.steps)-1 && b.nodes[last].Status != Cancelled {
		return nil
	}
	return n.Failure
}

// firstFailure is the text of the first item that failed.
func (n *Node) firstFailure() string {
	for i, b := range n.blocks {
		if b.failure != nil {
			return n.loop.keys[i] + ": " + b.failure.Text
		}
	}
	return ""
}

// output is the output of the last step of the block that has one.
func (b *block) output() any {
	for i := len(b.nodes) - 1; i >= 0; i-- {
		if out := b.nodes[i].Output; out != nil {
			return out
		}
	}
	return nil
}
