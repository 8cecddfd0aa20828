package schema

import (
	"slices"
	"strings"
	"sync"

	"github.com/harrier-soar/harrier"
)

// Verbs lists every vendor-neutral capability. The table is part of the
// playbook language: a verb is never renamed, its required inputs and outputs
// never change, and what is added later is optional.
func Verbs() []Verb {
	return slices.Concat(intelVerbs(), sandboxVerbs(), mailVerbs(), endpointVerbs(), identityVerbs(),
		firewallVerbs(), siemVerbs(), ticketVerbs(), peopleVerbs(), inventoryVerbs())
}

// VerbNamed returns the verb of that name.
func VerbNamed(name string) (Verb, bool) {
	v, ok := verbsByName()[name]
	return v, ok
}

// verbsByName is the table of verbs, which is made once: every call of an
// action asks for one.
var verbsByName = sync.OnceValue(func() map[string]Verb {
	all := map[string]Verb{}
	for _, v := range Verbs() {
		all[v.Name] = v
	}
	return all
})

// ReservedNamespaces lists what no connector may be called: the namespaces of
// the verbs and of the built-in actions.
func ReservedNamespaces() []string {
	return []string{
		"alert", "asset", "case", "chat", "containment", "email", "endpoint", "evidence", "firewall", "harrier", "http", "identity",
		"intel", "list", "mail", "notify", "oncall", "organisation", "playbook", "run", "sandbox", "script", "siem", "ticket", "util",
		"verdict", "vuln",
	}
}

// must returns a required input or an output that always comes.
func must(name string, t Type, help string) Field {
	return Field{Name: name, Type: t, Required: true, Help: help}
}

// may returns an optional input.
func may(name string, t Type, help string) Field {
	return Field{Name: name, Type: t, Help: help}
}

// given returns an optional input with a default.
func given(name string, t Type, def any, help string) Field {
	return Field{Name: name, Type: t, Default: def, Help: help}
}

// perhaps returns an output that may be absent.
func perhaps(name string, t Type, help string) Field {
	return Field{Name: name, Type: OptionalOf(t), Help: help}
}

// oneOf returns the type of a string with these values only.
func oneOf(values ...string) Type { return Type{Kind: String, Values: values} }

// reading returns a verb that changes nothing.
func reading(name, title string, input []Field, output ...Field) Verb {
	return Verb{Name: name, Title: title, Effect: harrier.Read, Input: input, Output: ObjectOf(output...)}
}

// doing returns a verb with an effect and these inputs and outputs.
func doing(v Verb, input []Field, output ...Field) Verb {
	v.Input, v.Output = input, ObjectOf(output...)
	return v
}

// Releases reports whether an action takes something back that another contains:
// what its verb, or the action itself, is called tells it. The reverse of a
// containment changes the defended environment as well, so that its effect is
// contain too, but it leaves nothing contained.
func Releases(spec ActionSpec) bool {
	_, name, ok := strings.Cut(spec.Verb, ".")
	if !ok {
		_, name, _ = strings.Cut(spec.Name, ".")
	}
	first, _, _ := strings.Cut(name, "_")
	return slices.Contains([]string{"enable", "release", "restore", "unblock"}, first)
}

// containing returns a verb that changes the defended environment and the verb
// that reverses it. The reverse is itself a change that can be reversed.
func containing(name, undo string, v Verb) Verb {
	v.Name, v.Undo, v.Effect = name, undo, harrier.Contain
	return v
}
