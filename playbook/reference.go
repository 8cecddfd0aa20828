package playbook

// KeyDoc documents one key of the language.
type KeyDoc struct {
	// Where is what the key stands in, such as playbook, step or approve.
	Where string
	Key   string
	// Required tells that it has to be there.
	Required bool
	// Value says what it takes.
	Value string
	Help  string
}

// Reference lists every key of the language, made from the grammar that
// [Parse] uses, in the order in which it is explained.
func Reference() []KeyDoc {
	g := language()
	var out []KeyDoc
	out = g.describe(out, "playbook", g.shapes["playbook"].keys)
	for _, name := range []string{"trigger", "field", "limits"} {
		out = g.describe(out, name, g.shapes[name].keys)
	}
	out = g.describe(out, "step", g.common)
	for _, sk := range g.kinds {
		out = g.describe(out, sk.key+" step", sk.keys)
	}
	for _, name := range []string{"retry", "lease", "approve", "ask", "script"} {
		out = g.describe(out, name, g.shapes[name].keys)
	}
	return out
}

// describe adds the rows of keys, and of the maps written directly below them.
func (g *grammar) describe(rows []KeyDoc, where string, keys []key) []KeyDoc {
	for _, k := range keys {
		rows = append(rows, KeyDoc{Where: where, Key: k.name, Required: k.required, Value: g.resolve(k.shape).want(g), Help: k.help})
	}
	for _, k := range keys {
		below := k.shape
		if below.elem != nil {
			below = *below.elem
		}
		if below.or != nil && len(below.keys) == 0 {
			below = *below.or
		}
		if len(below.keys) > 0 {
			rows = g.describe(rows, where+"."+k.name, below.keys)
		}
	}
	return rows
}
