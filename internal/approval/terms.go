package approval

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/harrier-soar/harrier/internal/step"
)

// Terms bound what falls under a decision though it turns up only later.
type Terms struct {
	// Cap is how many effects there may be in all, For how long from the decision on.
	Cap int
	For string
	// Skips tells that what is beyond the terms is skipped; otherwise a person is asked.
	Skips bool
	// Same says what counts as the same, a line for each value.
	Same []string
	// Calls are what may be called: an effect for each action and connection,
	// without a target.
	Calls []Effect
	// Summary says the terms in sentences.
	Summary []string
}

// termsOf renders the terms of a plan; nil where it has none.
func termsOf(l *step.Late) *Terms {
	if l == nil {
		return nil
	}
	t := &Terms{Cap: l.Cap, For: l.For, Skips: l.Beyond == step.BeyondSkip, Same: sameness(l.Same)}
	for _, c := range l.Calls {
		t.Calls = append(t.Calls, effectOf(step.Leaf{
			Path: c.Step, Name: c.Name, Address: c.Address, Action: c.Action, Effect: c.Effect, Undo: c.Undo,
		}))
	}
	t.Summary = append(t.Summary, fmt.Sprintf("up to %d more, if they turn up within %s of the decision", l.Cap, l.For))
	for _, e := range t.Calls {
		t.Summary = append(t.Summary, fmt.Sprintf("%s at %s: %s", e.What, e.Where, nature(e)))
	}
	beyond := "a person is asked about anything beyond that"
	if t.Skips {
		beyond = "anything beyond that is skipped"
	}
	t.Summary = append(t.Summary, beyond)
	return t
}

// maxSame bounds how much of the value that says what is the same is shown as
// text; the whole is bound by the hash.
const maxSame = 20

// sameness says what counts as the same: a line for each value of an object.
func sameness(v any) []string {
	m, ok := v.(map[string]any)
	if !ok {
		return []string{inline(v)}
	}
	var lines []string
	for _, k := range slices.Sorted(maps.Keys(m)) {
		if len(lines) == maxSame {
			return append(lines, fmt.Sprintf("and %d more values", len(m)-maxSame))
		}
		lines = append(lines, k+": "+inline(m[k]))
	}
	return lines
}

// inline is a value on one line.
func inline(v any) string {
	const most = 300
	if list, ok := v.([]any); ok && len(list) > 0 {
		parts := make([]string, len(list))
		for i := range list {
			parts[i] = inline(list[i])
		}
		return clip(strings.Join(parts, ", "), most)
	}
	if s, ok := v.(string); ok {
		return clip(s, most)
	}
	data, err := json.Marshal(v)
	if err != nil { // values in a plan are JSON values
		return fmt.Sprint(v)
	}
	return clip(string(data), most)
}

// clip cuts a text after so many characters.
func clip(s string, most int) string {
	if r := []rune(s); len(r) > most {
		return string(r[:most]) + "…"
	}
	return s
}
