package judge

import (
	"maps"
	"slices"

	"github.com/harrier-soar/harrier/schema"
)

// Word is something that rules can read.
type Word struct {
	// Name is how it is written; what has [] in it is a field of the items of a list.
	Name string `json:"name"`
	Type string `json:"type"`
	// Help says what it is; of a fact it is the expression.
	Help string `json:"help"`
	Fact bool   `json:"fact"`
}

// Words lists what rules can read: variables with their fields, then facts.
func (r *Rules) Words() []Word {
	var out []Word
	for _, name := range []string{"alert", "context", "known", "decision", "source"} {
		out = append(out, fieldsOf(name, r.words.declaration[name])...)
	}
	for _, name := range slices.Sorted(maps.Keys(r.factIndex)) {
		p := r.facts[r.factIndex[name]].program
		out = append(out, Word{Name: name, Type: shown(p.Type()), Help: p.Text(), Fact: true})
	}
	return out
}

// fieldsOf lists the fields of an object, and of what is in it.
func fieldsOf(path string, t schema.Type) (out []Word) {
	for _, f := range t.Fields {
		name := path + "." + f.Name
		out = append(out, Word{Name: name, Type: shown(f.Type), Help: f.Help})
		inner := f.Type
		if inner.Kind == schema.List {
			name, inner = name+"[]", *inner.Elem
		}
		if inner.Kind == schema.Object {
			out = append(out, fieldsOf(name, inner)...)
		}
	}
	return out
}

// shown is a type in few words.
func shown(t schema.Type) string {
	optional := t.Optional
	t.Optional = false
	text := t.String()
	if optional {
		text += ", may be absent"
	}
	return text
}
