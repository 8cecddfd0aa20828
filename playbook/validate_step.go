package playbook

import (
	"fmt"
	"slices"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/document"
)

// step holds a step against the keys of its kind.
func (v *validator) step(n *document.Node) {
	if v.steps++; v.steps > maxSteps {
		if v.steps == maxSteps+1 {
			v.report(n.Pos, 1, document.Problem{
				Code: "too-many-steps", Message: fmt.Sprintf("the playbook has more than %d steps", maxSteps),
				Fix: "move parts of it to playbooks of their own and call them",
			})
		}
		v.bad[n] = true
		return
	}
	sk, ok := v.stepKind(n)
	if !ok {
		v.bad[n] = true
		for _, e := range n.Entries {
			if k, common := find(v.grammar.common, e.Key); common {
				v.value(e.Value, k.shape, placeAt(e))
			}
		}
		return
	}
	v.kinds[n] = sk.kind
	allowed := v.grammar.allowed(sk)
	at := place{name: "this " + sk.key + " step", pos: stepKeyPos(n, sk.key), width: widthOfText(sk.key)}
	for _, e := range n.Entries {
		k, known := find(allowed, e.Key)
		if !known {
			v.foreign(e, sk, allowed)
			continue
		}
		v.value(e.Value, k.shape, placeAt(e))
	}
	for _, k := range sk.keys {
		if k.required && !has(n, k.name) && !v.nearMiss(n, allowed, k.name) {
			v.missing(k, at)
		}
	}
	v.exactlyOne(n, sk.one, at)
}

// stepKind finds out which kind a step is; what is ambiguous is reported.
func (v *validator) stepKind(n *document.Node) (stepKind, bool) {
	var found []stepKind
	for _, sk := range v.grammar.kinds {
		if has(n, sk.key) && (len(found) == 0 || !owns(found[0], sk.key)) {
			found = append(found, sk)
		}
	}
	switch len(found) {
	case 1:
		return found[0], true
	case 0:
		v.noKind(n)
		return stepKind{}, false
	}
	first := slices.MinFunc(found, func(a, b stepKind) int { return indexOf(n, a.key) - indexOf(n, b.key) })
	for _, sk := range found {
		if sk.kind == first.kind {
			continue
		}
		pos := stepKeyPos(n, sk.key)
		v.report(pos, widthOfText(sk.key), document.Problem{
			Code: "two-kinds", Message: fmt.Sprintf("a step cannot be %s and %s at once", first.key, sk.key),
			Fix: fmt.Sprintf("make two steps of it: move %s to a step of its own, with - before it", sk.key),
		})
	}
	return stepKind{}, false
}

// owns reports whether a kind has a key of its own of that name.
func owns(sk stepKind, name string) bool {
	_, ok := find(sk.keys, name)
	return ok
}

// noKind reports a step that does nothing.
func (v *validator) noKind(n *document.Node) {
	discriminators := make([]string, 0, len(v.grammar.kinds))
	for _, sk := range v.grammar.kinds {
		discriminators = append(discriminators, sk.key)
	}
	common := names(v.grammar.common)
	for _, e := range n.Entries {
		if v.misread(e.KeyPos) {
			return
		}
		if slices.Contains(common, e.Key) {
			continue
		}
		if near := harrier.Suggest(e.Key, append(discriminators, common...)); near != "" {
			v.report(e.KeyPos, widthOfText(e.Key), document.Problem{
				Code: "unknown-key", Message: fmt.Sprintf("a step has no key %q", e.Key), Fix: fmt.Sprintf("did you mean %s?", near),
			})
			return
		}
	}
	pos, width := n.Pos, 1
	if len(n.Entries) > 0 {
		width = widthOfText(n.Entries[0].Key)
	}
	switch {
	case has(n, "else"):
		v.report(pos, width, document.Problem{Code: "no-kind", Message: "this step has an else and no then",
			Fix: "add then: and the steps that run where the condition is true"})
	case has(n, "if") && len(n.Entries) == 1:
		v.report(pos, width, document.Problem{Code: "no-kind", Message: "this step has a condition and nothing to do",
			Fix: "add then: and the steps that run where it is true"})
	default:
		v.report(pos, width, document.Problem{Code: "no-kind", Message: "this step does nothing",
			Fix: "add one of " + orList(discriminators)})
	}
}

// foreign reports a key that a step of this kind does not have.
func (v *validator) foreign(e document.Entry, sk stepKind, allowed []key) {
	for _, other := range v.grammar.kinds {
		if owns(other, e.Key) && other.kind != sk.kind {
			v.bad[e.Value] = true
			v.report(e.KeyPos, widthOfText(e.Key), document.Problem{
				Code: "unknown-key", Message: fmt.Sprintf("%s belongs to %s steps, and this is %s", e.Key, other.key, article(sk.key)),
				Fix: fmt.Sprintf("remove it, or make this %s step", article(other.key)),
			})
			return
		}
	}
	v.unknown(e, allowed, article(sk.key)+" step")
}

// article puts a or an before a word.
func article(word string) string {
	if slices.Contains([]byte("aeio"), word[0]) {
		return "an " + word
	}
	return "a " + word
}

// stepKeyPos returns where a key of a step stands, or the step where it has none.
func stepKeyPos(n *document.Node, name string) document.Pos {
	for _, e := range n.Entries {
		if e.Key == name {
			return e.KeyPos
		}
	}
	return n.Pos
}

// indexOf returns how many keys stand before a key.
func indexOf(n *document.Node, name string) int {
	return slices.IndexFunc(n.Entries, func(e document.Entry) bool { return e.Key == name })
}
