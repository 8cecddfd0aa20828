package rehearsal_test

import (
	"context"
	"strings"
	"testing"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/rehearsal"
)

// thinking looks at one thing.
const thinking = `steps:
  - id: look
    uses: box.read
    with:
      x: file
    on_error: continue
`

// read gives the evidence that is named, as email.parse does with mails.
func read(_ context.Context, with map[string]any, evidence map[string]string) (map[string]any, error) {
	id, _ := with["x"].(string)
	switch text, ok := evidence[id]; {
	case !ok:
		return nil, harrier.Errorf(harrier.Unavailable, "there is none")
	case strings.HasPrefix(text, "bad"):
		return nil, harrier.Errorf(harrier.Invalid, "it is %s", text)
	default:
		return map[string]any{"x": text}, nil
	}
}

func TestThink_answersWhereTheTestDoesNot(t *testing.T) {
	t.Parallel()
	plan, tests := compiled(t, thinking, `
  - name: with what is at hand
    evidence: {file: the text}
    expect: {steps: {look: {output: {x: the text}}}}
  - name: its failure is one of the action
    evidence: {file: bad}
    expect: {steps: {look: {status: failed, error: it is bad}}}
  - name: an answer of the test goes first
    evidence: {file: the text}
    actions: {look: {output: {x: said}}}
    expect: {steps: {look: {output: {x: said}}}}
  - name: where nothing is at hand the example answers
    expect: {steps: {look: {output: {x: example}}}}
`)
	report := rehearsal.Run(t.Context(), plan, tests, rehearsal.World{Think: map[string]rehearsal.Think{"box.read": read}})
	for _, c := range report.Cases {
		if !c.OK {
			t.Errorf("case %q:\n%s", c.Name, strings.Join(c.Failures, "\n"))
		}
	}
}
