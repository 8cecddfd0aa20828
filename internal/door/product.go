package door

import (
	"encoding/json"
	"fmt"
	"io/fs"
	"maps"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/document"
)

const productSuffix = ".source.yaml"

// Product is an entry of the catalogue: what a source of a product is, and what
// has to be set on the product's side.
type Product struct {
	Name  string
	Title string
	// Kind is how events come: webhook, syslog, poll, mailbox or file.
	Kind    string
	Mapping string
	// Reliability is the grade that its sources begin with.
	Reliability string
	Settings    json.RawMessage
	// Steps say what to do in the product, Snippets what to paste there. {url},
	// {token}, {user} and {name} stand for those of the source.
	Steps    []string
	Snippets []Snippet
}

// Snippet is something to paste.
type Snippet struct{ Title, Text string }

// Catalogue is the products that are known, by name. It does not change.
type Catalogue struct{ byName map[string]Product }

// LoadCatalogue reads sources/*.source.yaml of several trees; of two with one
// name the later one wins. What is wrong is returned as [document.Problems],
// all together.
func LoadCatalogue(trees ...fs.FS) (*Catalogue, error) {
	byName, err := document.Named(trees, "sources/*"+productSuffix, func(file string, text []byte) (string, Product, document.Problems) {
		p, found := parseProduct(file, text)
		return p.Name, p, found
	})
	return &Catalogue{byName}, err
}

// All lists the products by name.
func (c *Catalogue) All() []Product {
	list := make([]Product, 0, len(c.byName))
	for _, name := range slices.Sorted(maps.Keys(c.byName)) {
		list = append(list, c.byName[name])
	}
	return list
}

// Product returns a product, or a NotFound error that suggests another.
func (c *Catalogue) Product(name string) (Product, error) {
	p, ok := c.byName[name]
	if ok {
		return p, nil
	}
	known := slices.Sorted(maps.Keys(c.byName))
	if near := harrier.Suggest(name, known); near != "" {
		return p, harrier.Errorf(harrier.NotFound, "there is no product %q; did you mean %s?", name, near)
	}
	return p, harrier.Errorf(harrier.NotFound, "there is no product %q; choose one of %s, or generic for any other", name, strings.Join(known, ", "))
}

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
		pos, width = n.Pos, max(1, utf8.RuneCountInString(line))
	}
	r.problems = append(r.problems, r.file.Problem(pos, width, code, message, fix))
}

// parseProduct reads one entry.
func parseProduct(name string, source []byte) (Product, document.Problems) {
	file, problems := document.Parse(name, source)
	r := &reader{file: file, problems: problems}
	if problems.Err() != nil {
		return Product{}, r.problems
	}
	root := file.Root
	r.keys(root, "harrier", "source", "title", "kind", "mapping", "reliability", "settings", "steps", "snippets")
	if v := root.Get("harrier"); v == nil || v.Text != "1" {
		r.say(v, "version", "the version of the file's language is missing", "begin with harrier: 1")
	}
	p := Product{
		Name: r.text(root, "source", true), Title: r.text(root, "title", true), Kind: r.text(root, "kind", true),
		Mapping: r.text(root, "mapping", false), Reliability: r.text(root, "reliability", false),
	}
	if !slices.Contains(Kinds(), p.Kind) {
		r.say(root.Get("kind"), "kind", "this is not a way for events to come", "use one of "+strings.Join(Kinds(), ", "))
	}
	if n := root.Get("steps"); n != nil {
		for _, item := range n.Items {
			p.Steps = append(p.Steps, item.Text)
		}
	}
	if n := root.Get("snippets"); n != nil {
		for _, item := range n.Items {
			r.keys(item, "title", "text")
			p.Snippets = append(p.Snippets, Snippet{r.text(item, "title", true), r.text(item, "text", true)})
		}
	}
	p.Settings = r.settings(root.Get("settings"), p.Kind)
	return p, r.problems
}

// settings checks the settings of an entry: those of a webhook with a secret,
// which every source of it will have.
func (r *reader) settings(n *document.Node, kind string) json.RawMessage {
	if n == nil {
		n = &document.Node{Kind: document.Map, Pos: document.Pos{Line: 1, Column: 1}}
	}
	text, err := json.Marshal(n.Value())
	if err != nil {
		r.say(n, "settings", "the settings cannot be read: "+err.Error(), "write them as key: value")
		return nil
	}
	if kind != "webhook" {
		return text
	}
	var s Settings
	if err := strictly(text, &s); err == nil {
		s.Auth.Keys = []Key{{Field: "key"}}
		if s.Auth.Kind == MTLS {
			s.Auth.Names = append(s.Auth.Names, "dns:example")
		}
		with, _ := json.Marshal(s) // what was decoded encodes
		_, err = ParseSettings(with)
		if err != nil {
			r.say(n, "settings", err.Error(), "correct the settings")
		}
		return text
	}
	_, err = ParseSettings(text)
	r.say(n, "settings", fmt.Sprint(err), "correct the settings")
	return nil
}

// Kinds lists the ways for events to come.
func Kinds() []string { return []string{"webhook", "syslog", "mailbox", "poll", "file"} }

// keys reports keys that a map does not have.
func (r *reader) keys(n *document.Node, known ...string) {
	if n == nil || n.Kind != document.Map {
		r.say(n, "type", "this is not a map", "write it as key: value, with "+strings.Join(known, ", "))
		return
	}
	for _, e := range n.Entries {
		if slices.Contains(known, e.Key) {
			continue
		}
		fix := "use one of " + strings.Join(known, ", ")
		if near := harrier.Suggest(e.Key, known); near != "" {
			fix = "did you mean " + near + "?"
		}
		r.problems = append(r.problems, r.file.Problem(e.KeyPos, utf8.RuneCountInString(e.Key), "unknown-key", fmt.Sprintf("there is no key %q", e.Key), fix))
	}
}

// text returns a text.
func (r *reader) text(n *document.Node, key string, needed bool) string {
	v := n.Get(key)
	switch {
	case v != nil && v.Kind == document.String && strings.TrimSpace(v.Text) != "":
		return v.Text
	case v != nil || needed:
		r.say(v, "missing-key", "there is no text for "+key, "write "+key+": and a text")
	}
	return ""
}
