package rehearsal

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/harrier-soar/harrier/internal/step"
	"github.com/harrier-soar/harrier/playbook"
)

// card is a question that was put to people.
type card struct {
	at       place
	question step.Question
}

// text is what people read of it.
func (c card) text() string { return strings.TrimSpace(c.question.Title + "\n" + c.question.Message) }

// lacks lists what is wanted of the question and not to be read there.
func (c card) lacks(says []string) []string {
	var out []string
	for _, part := range says {
		if !strings.Contains(c.text(), part) {
			out = append(out, fmt.Sprintf("%q", part))
		}
	}
	return out
}

// expectAsked looks for a question that says all that is expected of it.
func (t *trial) expectAsked(want playbook.ExpectedQuestion) {
	var near []string
	found := false
	for _, c := range t.asked {
		if !c.at.is(want.Label) {
			continue
		}
		if near = c.lacks(want.Says); len(near) == 0 {
			return
		}
		found = true
		near = append(near, fmt.Sprintf("in %q", c.text()))
	}
	if !found {
		t.fail(want.Pos, "step %s put no question to people; what ran is %s", want.Label, t.order())
		return
	}
	t.fail(want.Pos, "the question of step %s does not say %s", want.Label, strings.Join(near, ", "))
}

// expectCall looks for a call with the arguments that are expected. Where none
// is, the one that comes closest tells why.
func (t *trial) expectCall(want playbook.ExpectedCall) {
	var found [][]string
	for _, c := range t.calls {
		if c.at.is(want.Label) {
			found = append(found, differences(want.With, c.with))
		}
	}
	if len(found) == 0 {
		t.fail(want.Pos, "step %s called nothing; what ran is %s", want.Label, t.order())
		return
	}
	near := slices.MinFunc(found, func(a, b []string) int { return cmp.Compare(len(a), len(b)) })
	for _, d := range near {
		t.fail(want.Pos, "the call of step %s: with.%s", want.Label, d)
	}
}
