package notify

import (
	"fmt"
	"io/fs"
	"maps"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/document"
)

// suffix ends the names of files that hold a template.
const suffix = ".template.yaml"

// fallback is the language that every template has.
const fallback = "en"

// template is what is told on one occasion.
type template struct {
	id string
	// values are the names of what is filled in.
	values    map[string]bool
	languages map[string]text
}

// text is a template in one language.
type text struct{ subject, body string }

// Templates are what can be told, by id. They do not change.
type Templates struct{ byID map[string]template }

// Load reads templates/*.template.yaml of several trees; of two with one id the
// later one wins. What is wrong is returned as [document.Problems], all together.
func Load(trees ...fs.FS) (*Templates, error) {
	byID, err := document.Named(trees, "templates/*"+suffix, func(file string, source []byte) (string, template, document.Problems) {
		one, found := parse(file, source)
		return one.id, one, found
	})
	return &Templates{byID}, err
}

// ids lists the templates.
func (t *Templates) ids() []string { return slices.Sorted(maps.Keys(t.byID)) }

// reader reads one file and collects what is wrong with it.
type reader struct {
	file     *document.File
	problems document.Problems
}

// say notes a problem with a node.
func (r *reader) say(n *document.Node, code, message, fix string) {
	pos, width := document.Pos{Line: 1, Column: 1}, 1
	if n != nil {
		line, _, _ := strings.Cut(n.Text, "\n")
		pos, width = n.Pos, utf8.RuneCountInString(line)
	}
	r.problems = append(r.problems, r.file.Problem(pos, width, code, message, fix))
}

// parse reads a template.
func parse(name string, source []byte) (template, document.Problems) {
	file, problems := document.Parse(name, source)
	r := &reader{file: file, problems: problems}
	if problems.Err() != nil {
		return template{}, r.problems
	}
	root := file.Root
	r.keys(root, "harrier", "template", "title", "values", "languages")
	if v := root.Get("harrier"); v == nil || v.Text != "1" {
		r.say(v, "version", "the version of the file's language is missing", "begin with harrier: 1")
	}
	t := template{values: map[string]bool{}, languages: map[string]text{}, id: r.text(root, "template", "write template: and a name such as report-received")}
	if values := root.Get("values"); values != nil {
		for _, e := range values.Entries {
			t.values[e.Key] = true
		}
	}
	languages := root.Get("languages")
	if languages.Get(fallback) == nil {
		r.say(languages, "language", "a template has English", "add languages: {en: {subject: …, body: …}}")
	}
	if languages != nil {
		for _, e := range languages.Entries {
			t.languages[strings.ToLower(e.Key)] = r.language(e.Value, t.values)
		}
	}
	return t, r.problems
}

// keys reports keys that a map does not have.
func (r *reader) keys(n *document.Node, known ...string) {
	if n == nil || n.Kind != document.Map {
		r.say(n, "type", "this is not a map", "write it as key: value, with "+strings.Join(known, ", "))
		return
	}
	for _, e := range n.Entries {
		if !slices.Contains(known, e.Key) {
			fix := "use one of " + strings.Join(known, ", ")
			if near := harrier.Suggest(e.Key, known); near != "" {
				fix = "did you mean " + near + "?"
			}
			r.problems = append(r.problems, r.file.Problem(e.KeyPos, utf8.RuneCountInString(e.Key), "unknown-key", fmt.Sprintf("there is no key %q", e.Key), fix))
		}
	}
}

// text returns a text that must be there.
func (r *reader) text(n *document.Node, key, fix string) string {
	v := n.Get(key)
	if v == nil || v.Kind != document.String || strings.TrimSpace(v.Text) == "" {
		if v == nil {
			v = n
		}
		r.say(v, "missing-key", "there is no "+key, fix)
		return ""
	}
	return v.Text
}

// language reads what is told in one language.
func (r *reader) language(n *document.Node, values map[string]bool) text {
	r.keys(n, "subject", "body")
	if n == nil || n.Kind != document.Map {
		return text{}
	}
	t := text{r.text(n, "subject", "write subject: and one line"), r.text(n, "body", "write body: |- and the text")}
	for _, part := range []string{"subject", "body"} {
		v := n.Get(part)
		if v == nil {
			continue
		}
		for _, m := range places().FindAllStringSubmatch(v.Text, -1) {
			if !values[m[1]] {
				r.say(v, "unknown-value", fmt.Sprintf("{%s} is no value of this template", m[1]), "add it under values, or use one of "+strings.Join(slices.Sorted(maps.Keys(values)), ", "))
			}
		}
	}
	if strings.Contains(strings.TrimSpace(t.subject), "\n") {
		r.say(n.Get("subject"), "one-line", "the subject has several lines", "write it as one")
	}
	return t
}

// places finds where values are filled in.
func places() *regexp.Regexp { return regexp.MustCompile(`\{([a-z][a-z0-9_]*)\}`) }
