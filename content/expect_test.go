package content_test

import (
	"slices"
	"strings"

	"github.com/google/go-cmp/cmp"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/playbook"
)

// expect holds what came of a run against what a test file says.
func (b *trial) expect(e playbook.Expect) {
	b.t.Helper()
	end := b.m.Ended()
	if e.Status != "" && string(end.Status) != e.Status || !strings.Contains(end.Reason, e.Reason) {
		b.t.Errorf("the run %s (%s), want %s (%s)", end.Status, end.Reason, e.Status, e.Reason)
	}
	b.expectPath(e)
	b.expectEffects(e.Effects)
	for name, want := range e.Outputs {
		if diff := cmp.Diff(want, b.outputs()[name]); diff != "" {
			b.t.Errorf("output %s (-want +got):\n%s", name, diff)
		}
	}
}

// expectPath looks for steps that ran, in order, and for those that did not.
func (b *trial) expectPath(e playbook.Expect) {
	b.t.Helper()
	at := 0
	for _, want := range e.Path {
		i := slices.Index(b.order[at:], want.Label)
		if i < 0 {
			b.t.Errorf("step %s did not run after %v", want.Label, b.order[:at])
			continue
		}
		at += i + 1
	}
	for _, not := range e.Skipped {
		if slices.Contains(b.order, not.Label) {
			b.t.Errorf("step %s ran: %v", not.Label, b.order)
		}
	}
}

// expectEffects compares the effects with those expected, in any order.
func (b *trial) expectEffects(want []playbook.ExpectedEffect) {
	b.t.Helper()
	if want == nil {
		return
	}
	left := slices.Clone(b.effects)
	for _, w := range want {
		for range w.Count {
			i := slices.IndexFunc(left, func(e effect) bool { return b.fits(e, w) })
			if i < 0 {
				b.t.Errorf("effect %s %v is missing among %v", w.Action, w.With, b.effects)
				continue
			}
			left = slices.Delete(left, i, i+1)
		}
	}
	if len(left) > 0 {
		b.t.Errorf("effects that nobody expects: %v", left)
	}
}

// fits reports whether an effect is one that is expected.
func (b *trial) fits(e effect, w playbook.ExpectedEffect) bool {
	for name, value := range w.With {
		if !cmp.Equal(e.with[name], value) {
			return false
		}
	}
	spec := b.m.Plan().Actions[e.action]
	named := w.Action == e.action || w.Action == spec.Verb
	return named && e.withheld == w.Withheld && spec.Effect != harrier.Read && (w.Step == "" || label(e.path) == w.Step)
}
