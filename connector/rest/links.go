package rest

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/document"
	"github.com/harrier-soar/harrier/expr"
	"github.com/harrier-soar/harrier/schema"
)

// links reads undo and probe, which name other actions, when all are known.
func (l *loader) links(a *action, n *document.Node) {
	if u := n.Get("undo"); u != nil {
		a.spec.Undo = l.link(u, map[string]schema.Type{"input": schema.ObjectOf(readable(a.spec.Input)...), "output": a.spec.Output}, a)
		l.undoes(a, u)
	}
	p := n.Get("probe")
	if p == nil || p.Kind != document.Map {
		return
	}
	vars := map[string]schema.Type{"input": schema.ObjectOf(readable(a.spec.Input)...), "key": schema.TypeOf(schema.String)}
	link := l.link(p, vars, a)
	if link == nil {
		return
	}
	other := l.actions[link.Action]
	if other.spec.Effect.Writes() {
		l.problem(p.Get("action"), "bad-probe", link.Action+" is not a read", "probe with a read that tells the present state")
	}
	vars["output"] = other.spec.Output
	done := l.boolean(p.Get("done"), l.scope(vars))
	if done == nil {
		return
	}
	a.spec.Probe = &schema.Probe{Link: *link, Done: strings.TrimSpace(p.Get("done").Text), Settle: duration(p, "settle", 0)}
}

// link reads the name of an action and what fills its inputs.
func (l *loader) link(n *document.Node, vars map[string]schema.Type, from *action) *schema.Link {
	name := n
	if n.Kind == document.Map {
		name = n.Get("action")
	}
	if name == nil {
		return nil
	}
	to := l.actions[name.Text]
	if to == nil {
		l.unknownAction(name)
		return nil
	}
	link := &schema.Link{Action: name.Text, With: make(map[string]string)}
	if n.Kind == document.Map && n.Get("with") != nil {
		l.linkInputs(n.Get("with"), link, to, l.scope(vars))
	} else {
		for _, f := range to.spec.Input {
			if source := sourceOf(f.Name, from, vars); source != "" {
				link.With[f.Name] = source
			}
		}
	}
	for _, f := range to.spec.Input {
		if f.Required && link.With[f.Name] == "" {
			l.problem(name, "missing-key", fmt.Sprintf("nothing gives the input %q of %s", f.Name, name.Text), fmt.Sprintf("add with: {%s: …}", f.Name))
		}
	}
	return link
}

// sourceOf returns the expression that gives an input by its name: what the
// vendor answered before what was asked.
func sourceOf(name string, from *action, vars map[string]schema.Type) string {
	if _, ok := vars["output"]; ok {
		if f, ok := from.spec.Output.Field(name); ok {
			return selector("output", f.Type.Optional, name)
		}
	}
	if f, ok := schema.ObjectOf(readable(from.spec.Input)...).Field(name); ok {
		return selector("input", f.Type.Optional, name)
	}
	return ""
}

// selector returns the expression for a field.
func selector(of string, optional bool, name string) string {
	if optional {
		return of + ".?" + name
	}
	return of + "." + name
}

// linkInputs reads what fills the inputs of a linked action.
func (l *loader) linkInputs(n *document.Node, link *schema.Link, to *action, s *scope) {
	for _, e := range entries(n) {
		f, ok := schema.ObjectOf(to.spec.Input...).Field(e.Key)
		if !ok {
			l.at(keySpan(e), "unknown-name", link.Action+" has no input "+e.Key, "name one of its inputs")
			continue
		}
		pieces, issues := expr.Split(e.Value.Text)
		if one, ok := expr.Whole(pieces); ok && len(issues) == 0 {
			p := l.expression(e.Value, one.Text, one.Offset, s)
			if p != nil && !mayBe(p.Type(), f.Type) {
				l.problem(e.Value, "wrong-type", fmt.Sprintf("the input %s is %s, and this gives %s", e.Key, f.Type, p.Type()), "convert it, or give another value")
			}
			link.With[e.Key] = strings.TrimSpace(one.Text)
			continue
		}
		if _, wrong := l.checked(e.Value, f); len(wrong) > 0 {
			l.problem(e.Value, "wrong-type", "input "+wrong[0].String(), "write ${{ an expression }} or a constant of type "+f.Type.String())
			continue
		}
		literal, ok := literal(e.Value)
		if !ok || strings.Contains(e.Value.Text, "${{") {
			l.problem(e.Value, "joined-text", "this is neither a constant nor one expression", "write one ${{ expression }}")
		}
		link.With[e.Key] = literal
	}
}

// literal returns a constant as a CEL literal.
func literal(n *document.Node) (string, bool) {
	switch v := n.Value().(type) {
	case string:
		return strconv.Quote(v), true
	case bool, int64, float64:
		return fmt.Sprint(v), true
	}
	return "", false
}

// undoes checks that an undo of a verb provides the verb that reverses it.
func (l *loader) undoes(a *action, n *document.Node) {
	if a.spec.Undo == nil || a.spec.Verb == "" {
		return
	}
	verb, ok := schema.VerbNamed(a.spec.Verb)
	undo := l.actions[a.spec.Undo.Action]
	if ok && verb.Undo != "" && undo.spec.Verb != verb.Undo {
		l.problem(n, "bad-undo", fmt.Sprintf("%s is undone by %s, and %s does not provide that", verb.Name, verb.Undo, a.spec.Undo.Action),
			fmt.Sprintf("add verb: %s to the action that reverses it", verb.Undo))
	}
}

// verb checks that an action is what its verb promises.
func (l *loader) verb(a *action, n *document.Node) {
	at := n.Get("verb")
	if at == nil {
		if u := n.Get("unsupported"); u != nil {
			l.problem(u, "conflicting-keys", "unsupported is for actions with a verb", "take the inputs away instead")
		}
		return
	}
	verb, ok := schema.VerbNamed(at.Text)
	if !ok {
		var names []string
		for _, v := range schema.Verbs() {
			names = append(names, v.Name)
		}
		fix := "see the verbs in the documentation"
		if s := harrier.Suggest(at.Text, names); s != "" {
			fix = "did you mean \"" + s + "\"?"
		}
		l.problem(at, "unknown-verb", "there is no verb "+at.Text, fix)
		return
	}
	if verb.Effect != a.spec.Effect && n.Get("effect") != nil {
		l.problem(n.Get("effect"), "wrong-effect", fmt.Sprintf("%s is %s", verb.Name, verb.Effect), "write effect: "+string(verb.Effect)+", or take the verb away")
	}
	l.verbInputs(a, verb, n, at)
	for _, want := range verb.Output.Fields {
		got, ok := a.spec.Output.Field(want.Name)
		switch {
		case !ok && want.Required:
			l.problem(at, "verb-mismatch", fmt.Sprintf("%s must give %s (%s)", verb.Name, want.Name, want.Type), "add the output "+want.Name)
		case ok && !assignable(got.Type, want.Type):
			l.problem(n.Get("output").Get(want.Name), "verb-mismatch", fmt.Sprintf("%s of %s is %s", want.Name, verb.Name, want.Type), "change the type to "+want.Type.String()+", and its fields with it")
		case ok && want.Required && got.Type.Optional:
			l.problem(n.Get("output").Get(want.Name), "verb-mismatch", want.Name+" of "+verb.Name+" must always come", "take optional away and give it a value in every case")
		}
	}
}

// verbInputs checks the inputs against those of a verb.
func (l *loader) verbInputs(a *action, verb schema.Verb, n, at *document.Node) {
	for _, want := range verb.Input {
		got, ok := schema.ObjectOf(a.spec.Input...).Field(want.Name)
		unsupported := slices.Contains(a.spec.Unsupported, want.Name)
		switch {
		case unsupported && (want.Required || ok):
			l.problem(n.Get("unsupported"), "verb-mismatch", want.Name+" of "+verb.Name+" cannot be unsupported here", "take it out of unsupported, or its input away if it is optional")
		case !ok && !unsupported:
			l.problem(at, "verb-mismatch", fmt.Sprintf("%s takes %s (%s)", verb.Name, want.Name, want.Type), "add the input "+want.Name+", or, if it is optional, list it under unsupported")
		case ok && !assignable(want.Type, got.Type):
			l.problem(n.Get("input").Get(want.Name), "verb-mismatch", fmt.Sprintf("%s of %s is %s", want.Name, verb.Name, want.Type), "change the type to "+want.Type.String())
		case ok && got.Required && !want.Required:
			l.problem(n.Get("input").Get(want.Name), "verb-mismatch", want.Name+" of "+verb.Name+" is optional", "take required away")
		}
	}
	for _, f := range a.spec.Input {
		if _, ok := schema.ObjectOf(verb.Input...).Field(f.Name); !ok && f.Required {
			l.problem(n.Get("input").Get(f.Name), "verb-mismatch", verb.Name+" has no input "+f.Name+", so nobody could give it", "give it a default or make it a setting")
		}
	}
	for _, name := range a.spec.Unsupported {
		if _, ok := schema.ObjectOf(verb.Input...).Field(name); !ok {
			l.problem(n.Get("unsupported"), "verb-mismatch", verb.Name+" has no input "+name, "take it out of unsupported")
		}
	}
}

// assignable reports whether every value of type got is one of type want.
func assignable(got, want schema.Type) bool {
	if want.Kind == schema.Any {
		return true
	}
	if got.Kind != want.Kind {
		textual := []schema.Kind{schema.IP, schema.CIDR, schema.URL, schema.Domain, schema.Email, schema.Hash, schema.Host, schema.User, schema.Verdict}
		return want.Kind == schema.Number && got.Kind == schema.Integer ||
			want.Kind == schema.String && len(want.Values) == 0 && slices.Contains(textual, got.Kind)
	}
	for _, v := range got.Values {
		if len(want.Values) > 0 && !slices.Contains(want.Values, v) {
			return false
		}
	}
	if len(got.Values) == 0 && len(want.Values) > 0 {
		return false
	}
	if want.Elem != nil {
		return got.Elem != nil && assignable(*got.Elem, *want.Elem)
	}
	for _, f := range want.Fields {
		g, ok := got.Field(f.Name)
		if !ok && !f.Type.Optional || ok && !assignable(g.Type, f.Type) {
			return false
		}
	}
	return true
}
