package clientgen

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// exported makes a name of Go from one of JSON, a path or an operation.
func exported(text string) string {
	short := []string{"id", "url", "ip", "tlp", "pap", "sla", "ioc", "api", "sha256", "csv", "json", "ca", "vip"}
	var b strings.Builder
	for _, word := range strings.FieldsFunc(text, func(r rune) bool { return !('a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' || '0' <= r && r <= '9') }) {
		if slices.Contains(short, word) {
			b.WriteString(strings.ToUpper(word))
			continue
		}
		b.WriteString(strings.ToUpper(word[:1]) + word[1:])
	}
	return b.String()
}

// argument makes a name of a parameter of a function.
func argument(text string) string {
	name := exported(text)
	if name == strings.ToUpper(name) {
		return strings.ToLower(name)
	}
	return strings.ToLower(name[:1]) + name[1:]
}

// enumeration is a type of strings with its values.
type enumeration struct {
	name   string
	values []string
	uses   []enumUse
	// root is the type of the root package that it is, if it is one.
	root string
}

// enumUse is a place where an enumeration stands.
type enumUse struct{ owner, field string }

// enumerations gives the sets of values names. The same set is one type: named
// after its field where several nouns have it and no other set is called so, and
// after the shortest owner with its field otherwise.
type enumerations struct {
	bySet map[string]*enumeration
}

// typeOf is the type of a set in Go.
func (e *enumerations) typeOf(values []string) string {
	one := e.bySet[setKey(values)]
	if one.root != "" {
		return "harrier." + one.root
	}
	return one.name
}

func setKey(values []string) string { return strings.Join(values, "\x00") }

// see notes a use of a set.
func (e *enumerations) see(values []string, use enumUse, root string) {
	key := setKey(values)
	if e.bySet[key] == nil {
		e.bySet[key] = &enumeration{values: values}
	}
	e.bySet[key].uses = append(e.bySet[key].uses, use)
	e.bySet[key].root = cmp.Or(e.bySet[key].root, root)
}

// name gives all sets their names; taken tells those that are gone already.
func (e *enumerations) name(taken func(string) bool) error {
	fields := map[string]int{}
	for _, one := range e.bySet {
		if one.root != "" {
			continue
		}
		for field := range one.fields() {
			fields[field]++
		}
	}
	seen := map[string]bool{}
	for _, key := range slices.Sorted(maps.Keys(e.bySet)) {
		one := e.bySet[key]
		if one.root != "" {
			continue
		}
		slices.SortFunc(one.uses, func(a, b enumUse) int {
			return cmp.Or(cmp.Compare(len(a.owner), len(b.owner)), cmp.Compare(a.owner, b.owner), cmp.Compare(a.field, b.field))
		})
		first := one.uses[0]
		one.name = first.owner + exported(first.field)
		if strings.HasSuffix(first.owner, exported(first.field)) {
			one.name = first.owner + "Kind"
		}
		if len(one.fields()) == 1 && fields[first.field] == 1 && one.foreign() {
			one.name = exported(first.field)
		}
		if taken(one.name) {
			one.name += "Choice"
		}
		if taken(one.name) || seen[one.name] {
			return fmt.Errorf("two types would be called %s", one.name)
		}
		seen[one.name] = true
	}
	return nil
}

// foreign tells that more than one noun has the set.
func (e *enumeration) foreign() bool {
	return slices.ContainsFunc(e.uses, func(u enumUse) bool { return !strings.Contains(u.owner, e.uses[0].owner) })
}

// fields is in which fields the set stands.
func (e *enumeration) fields() map[string]bool {
	all := map[string]bool{}
	for _, u := range e.uses {
		all[u.field] = true
	}
	return all
}

// sentence makes a text the rest of a sentence that begins elsewhere.
func sentence(text string) string {
	text = strings.TrimSpace(text)
	if len(text) > 1 && text[1] >= 'a' && text[1] <= 'z' {
		text = strings.ToLower(text[:1]) + text[1:]
	}
	return strings.TrimSuffix(text, ".")
}

// remark writes a comment.
func remark(b *strings.Builder, text string) {
	text = strings.TrimSpace(text)
	if text == "" {
		return
	}
	for line := range strings.SplitSeq(text, "\n") {
		b.WriteString(strings.TrimRight("// "+line, " ") + "\n")
	}
}
