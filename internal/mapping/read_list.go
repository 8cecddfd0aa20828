package mapping

import (
	"fmt"
	"slices"
	"strings"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/document"
)

// lists reads entities and observables.
func (r *reader) lists(root *document.Node) {
	entities := []string{string(harrier.HostEntity), string(harrier.UserEntity), string(harrier.AddressEntity), string(harrier.MailboxEntity), string(harrier.ResourceEntity)}
	for _, n := range r.items(root.Get("entities")) {
		l, ok := r.entry(n, []string{"type", "each", "when", "name", "domain", "role"}, "name")
		if !ok {
			continue
		}
		if n.Get("type") == nil {
			r.say(n, "missing-key", "an entity has a type", "add type: "+strings.Join(entities, ", "))
		}
		r.closed(n.Get("type"), &l.kind, entities)
		r.closed(n.Get("role"), &l.role, entityRoles())
		r.m.lists = append(r.m.lists, l)
	}
	for _, n := range r.items(root.Get("observables")) {
		l, ok := r.entry(n, []string{"type", "each", "when", "value", "role", "where"}, "value")
		if !ok {
			continue
		}
		r.closed(n.Get("type"), &l.kind, observableTypes())
		r.closed(n.Get("role"), &l.role, observableRoles())
		l.where = textOf(n.Get("where"))
		r.m.observed = append(r.m.observed, l)
	}
}

// entry reads what each item of a list gives.
func (r *reader) entry(n *document.Node, keys []string, main string) (l list, ok bool) {
	if !r.keys(n, keys) {
		return l, false
	}
	for _, item := range r.items(n.Get("each")) {
		l.each = append(l.each, r.together(item, r.path))
	}
	if len(l.each) > 0 && len(l.each[0]) > 0 {
		r.start = l.each[0][0].names()
	}
	defer func() { r.start = nil }()
	if when := n.Get("when"); when != nil {
		l.when = r.pattern(when)
	}
	v := n.Get(main)
	if v == nil {
		r.say(n, "missing-key", "there is no "+main, "add "+main+": and a path")
		return l, false
	}
	l.name = *r.value(v)
	if domain := n.Get("domain"); domain != nil {
		l.domain = *r.value(domain)
	}
	return l, true
}

// closed reads one of some words, as it stands or out of a table.
func (r *reader) closed(n *document.Node, into *value, words []string) {
	if n == nil {
		return
	}
	given := []string{n.Text}
	if n.Kind == document.String && !strings.Contains(n.Text, "${{") {
		into.otherwise = n.Text
	} else {
		given = nil
		*into = *r.value(n)
		for _, w := range into.ways {
			for _, word := range w.table {
				given = append(given, word)
			}
		}
	}
	for _, word := range given {
		if !slices.Contains(words, word) {
			fix := "use one of " + strings.Join(words, ", ")
			if near := harrier.Suggest(word, words); near != "" {
				fix = "did you mean " + near + "?"
			}
			r.say(n, "unknown-word", fmt.Sprintf("%q cannot stand here", word), fix)
		}
	}
}

// ecs reads the event in the names of ECS.
func (r *reader) ecs(root *document.Node) {
	for _, n := range r.items(root.Get("ecs")) {
		p := r.path(n)
		if p == nil {
			continue
		}
		r.m.ecs = append(r.m.ecs, p)
		for _, set := range fieldSets() {
			r.m.known.add(append(p.names(), set))
		}
	}
	data := root.Get("data")
	if data == nil {
		data = &document.Node{Kind: document.Map}
	}
	if data.Kind != document.Map {
		r.say(data, "wrong-kind", "data has fields of ECS and where they come from", "write data: and below it host.name: agent.name")
		return
	}
	for _, e := range data.Entries {
		names := strings.Split(e.Key, ".")
		if slices.Contains(names, "") || strings.ContainsAny(e.Key, " []") {
			r.place(written{e.KeyPos, e.Key}, "bad-field", e.Key+" is no field of ECS", "write names with dots between them, such as source.ip")
			continue
		}
		r.m.data = append(r.m.data, dataField{names, *r.value(e.Value), isNumber(names[len(names)-1])})
	}
	for _, n := range r.items(root.Get("extract")) {
		if v := r.value(n); len(v.ways) > 0 {
			r.m.extracts = append(r.m.extracts, *v)
		}
	}
}

// isNumber reports whether ECS has a number in fields of this name.
func isNumber(name string) bool {
	return slices.Contains([]string{"port", "pid", "ppid", "bytes", "packets", "count", "size", "status_code", "exit_code", "risk_score", "risk_score_norm"}, name)
}

// known reads the fields that are left out on purpose.
func (r *reader) known(n *document.Node) {
	for _, item := range r.items(n) {
		if item.Kind != document.String || strings.TrimSpace(item.Text) == "" {
			r.say(item, "wrong-kind", "known lists paths that are left out on purpose", "write a path such as rule.mail; * stands for any name")
			continue
		}
		r.m.known.add(strings.Split(item.Text, "."))
	}
}
