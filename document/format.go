package document

import (
	"cmp"
	"slices"
	"strings"
)

// FormatRules are what a kind of file wants from [Format]. The zero value
// keeps the order of keys and the style of every map and list.
type FormatRules struct {
	// Order returns the keys that come first in the map at a path, in order;
	// other keys follow as they stood. Items of lists add nothing to the path.
	// It may be nil.
	Order func(path []string) []string
	// Block names keys whose value is never written in braces or brackets.
	Block []string
}

// MaxColumns is how wide a map or list in braces or brackets may make a line.
const MaxColumns = 120

// Format writes a file in its one canonical form and keeps every comment: two
// spaces a level, quotes only where a plain text would surprise, at most one
// blank line where there were some. It is idempotent, and the result reads as
// the same tree. A file with errors is returned as it was, with its problems.
func Format(name string, source []byte, rules FormatRules) ([]byte, Problems) {
	r := read(name, source)
	if r.problems.Err() != nil {
		return source, r.problems
	}
	notes, ok := r.notes()
	if !ok {
		return source, append(r.problems, r.unformatted())
	}
	p := &printer{reader: r, rules: rules, notes: notes}
	out := p.print(r.file.Root)
	again := read(name, out)
	if again.problems.Err() != nil || !same(r.file.Root, again.file.Root) || !slices.Equal(r.commentTexts(), again.commentTexts()) {
		return source, append(r.problems, r.unformatted())
	}
	return out, r.problems
}

// unformatted is the warning about a file that would change its meaning.
func (r *reader) unformatted() Problem {
	p := r.file.Problem(Pos{1, 1}, 1, "not-formatted", "this file cannot be formatted without changing what it means or losing a comment, so it was left as it is",
		"simplify its quotes, block texts and comments, and put comments on lines of their own")
	p.Warning = true
	return p
}

// commentTexts returns the comments of the file, sorted.
func (r *reader) commentTexts() []string {
	texts := make([]string, 0, len(r.comments))
	for _, t := range r.comments {
		texts = append(texts, commentText(t.Value))
	}
	slices.Sort(texts)
	return texts
}

// commentText returns a comment as it is written, without blanks at its end.
func commentText(value string) string { return "#" + strings.TrimRight(value, " \t\r\n") }

// same reports whether two trees hold the same values, however written; maps
// may differ in order.
func same(a, b *Node) bool {
	if a == nil || b == nil {
		return a == b
	}
	if a.Kind != b.Kind || len(a.Entries) != len(b.Entries) || len(a.Items) != len(b.Items) {
		return false
	}
	if a.Kind == Bool {
		return strings.EqualFold(a.Text, b.Text)
	}
	if a.Kind != Map && a.Kind != List && a.Text != b.Text {
		return false
	}
	for i, item := range a.Items {
		if !same(item, b.Items[i]) {
			return false
		}
	}
	return sameEntries(a.Entries, b.Entries)
}

// sameEntries compares the entries of two maps, which have unique keys.
func sameEntries(a, b []Entry) bool {
	byKey := func(x, y Entry) int { return cmp.Compare(x.Key, y.Key) }
	a, b = slices.SortedFunc(slices.Values(a), byKey), slices.SortedFunc(slices.Values(b), byKey)
	for i := range a {
		if a[i].Key != b[i].Key || !same(a[i].Value, b[i].Value) {
			return false
		}
	}
	return true
}
