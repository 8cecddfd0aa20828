package rest

// form is the kind of thing that stands at a place in a manifest.
type form int

const (
	textForm     form = iota + 1
	integerForm       // a whole number
	booleanForm       // true or false
	durationForm      // 90s, 15m, 2h, 30d
	rateForm          // 1/s, 100/m
	sizeForm          // 64KiB, 8MiB
	celForm           // a bare CEL expression
	treeForm          // any data; texts may be ${{ expressions }}
	dataForm          // any data, as it stands
	typeForm          // ip, list<string>, …
	statusForm        // 404, 5xx
	listForm          // items of elem
	mapForm           // free keys, values of elem
	objectForm        // the keys that are listed
	eitherForm        // one of the alternatives, told apart by their YAML kind
	refForm           // a named rule
)

// rule says what may stand at a place in a manifest. The loader and the JSON
// Schema for editors both read it.
type rule struct {
	form   form
	help   string
	values []string // of texts, where only these are allowed
	elem   *rule    // of lists and maps
	keys   []key    // of objects
	choose []choice // of objects
	either []rule
	ref    string
}

// key is a key of an object.
type key struct {
	name     string
	rule     rule
	required bool
}

// choice says that of these keys at most one stands, or exactly one.
type choice struct {
	of      []string
	exactly bool
}

// as returns a rule of a simple form with its help.
func as(f form, help string) rule { return rule{form: f, help: help} }

// enum returns the rule of a text with few values.
func enum(help string, values ...string) rule {
	return rule{form: textForm, help: help, values: values}
}

// listOf returns the rule of lists.
func listOf(elem rule, help string) rule { return rule{form: listForm, elem: &elem, help: help} }

// mapOf returns the rule of maps with free keys.
func mapOf(elem rule, help string) rule { return rule{form: mapForm, elem: &elem, help: help} }

// object returns the rule of maps with known keys.
func object(help string, keys ...key) rule { return rule{form: objectForm, keys: keys, help: help} }

// either returns the rule of places where one of several things stands.
func either(help string, rules ...rule) rule {
	return rule{form: eitherForm, either: rules, help: help}
}

// named refers to a rule of [definition].
func named(name string) rule { return rule{form: refForm, ref: name} }

// choosing adds choices to an object.
func (r rule) choosing(choices ...choice) rule {
	r.choose = choices
	return r
}

// with adds keys to an object.
func (r rule) with(keys ...key) rule {
	r.keys = append(r.keys[:len(r.keys):len(r.keys)], keys...)
	return r
}

// need returns a key that must be there.
func need(name string, r rule) key { return key{name: name, rule: r, required: true} }

// can returns a key that may be there.
func can(name string, r rule) key { return key{name: name, rule: r} }

// exactly returns the choice of one of these keys.
func exactly(of ...string) choice { return choice{of: of, exactly: true} }

// atMost returns the choice of one of these keys or none.
func atMost(of ...string) choice { return choice{of: of} }

// definitions names the rules that others refer to.
func definitions() []string {
	return []string{"setting", "input", "output", "request", "errors", "paging", "action"}
}

// definition returns a named rule.
func definition(name string) rule {
	switch name {
	case "setting", "input":
		return inputGrammar(name)
	case "output":
		return outputGrammar()
	case "request":
		return requestGrammar()
	case "errors":
		return errorsGrammar()
	case "paging":
		return pagingGrammar()
	case "action":
		return actionGrammar()
	}
	panic("rest: the grammar has no rule " + name)
}

// resolve follows references.
func (r rule) resolve() rule {
	for r.form == refForm {
		r = definition(r.ref)
	}
	return r
}
