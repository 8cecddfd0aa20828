package casework

import (
	"fmt"
	"io/fs"
	"maps"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/document"
	"github.com/harrier-soar/harrier/schema"
)

// Template is what cases of a category have in common.
type Template struct {
	Name, Title, Severity, TLP, PAP string
	Tags                            []string
	// Require lists what a case must have before it is closed.
	Require []string
	Tasks   []PlannedTask
}

// PlannedTask is a task that every case of a template has.
type PlannedTask struct {
	ID, Title, Help string
	Required        bool
	// Due is how long after the opening it is due; zero is no time.
	Due time.Duration
}

// ReadTemplates reads the templates of some trees, each cases/NAME.case.yaml. A
// template of a later tree replaces one of the same name.
func ReadTemplates(trees ...fs.FS) (map[string]Template, error) {
	return document.Named(trees, "cases/*.case.yaml", func(file string, text []byte) (string, Template, document.Problems) {
		t, problems := ParseTemplate(file, text)
		return t.Name, t, problems
	})
}

// ParseTemplate reads a template. All problems come at once; the template is not
// to be used where one of them is an error.
func ParseTemplate(name string, source []byte) (Template, document.Problems) {
	r, t := templateReader{document.Read(name, source)}, Template{}
	if r.File.Root == nil {
		return t, r.Problems
	}
	r.template(r.File.Root, &t)
	return t, r.Problems
}

// templateReader reads a template.
type templateReader struct{ *document.Reading }

// keys reads the values of a map, and notes keys that are unknown or missing.
func (r templateReader) keys(n *document.Node, what string, known document.Keyed, needed ...string) {
	for _, name := range needed {
		if n.Kind == document.Map && n.Get(name) == nil {
			r.Say(n, "missing-key", what+" lacks "+name, "add "+name)
		}
	}
	r.Keys(n, what, known)
}

func (r templateReader) template(n *document.Node, t *Template) {
	known := document.Keyed{
		"harrier": r.Format,
		"case":    r.name(&t.Name), "title": r.text(&t.Title), "severity": r.one(&t.Severity, severities().Values),
		"tlp": r.one(&t.TLP, TLPs()), "pap": r.one(&t.PAP, PAPs()), "tags": r.list(&t.Tags, nil), "require": r.list(&t.Require, requirable()),
		"tasks": func(n *document.Node) { r.tasks(n, t) },
	}
	r.keys(n, "the template", known, "harrier", "case", "title")
}

func (r templateReader) tasks(n *document.Node, t *Template) {
	if n.Kind != document.List || len(n.Items) > maxTasks {
		r.Say(n, "wrong-kind", fmt.Sprintf("tasks must be a list of %d at most", maxTasks), "write one task below the other, each with a dash")
		return
	}
	for _, item := range n.Items {
		var p PlannedTask
		r.keys(item, "a task", document.Keyed{
			"id": r.name(&p.ID), "title": r.text(&p.Title), "help": r.text(&p.Help), "required": r.truth(&p.Required), "due": r.length(&p.Due),
		}, "id", "title")
		if p.ID != "" && slices.ContainsFunc(t.Tasks, func(o PlannedTask) bool { return o.ID == p.ID }) {
			r.Say(item.Get("id"), "duplicate", "there is a task "+p.ID+" already", "give every task an id of its own")
		}
		t.Tasks = append(t.Tasks, p)
	}
}

func (r templateReader) text(into *string) func(*document.Node) {
	return func(n *document.Node) {
		if n.Kind != document.String || strings.TrimSpace(n.Text) == "" || len(n.Text) > 2000 {
			r.Say(n, "wrong-value", "this must be a text of 1 to 2000 bytes", fmt.Sprintf("put it into quotes: %q", n.Text))
			return
		}
		*into = n.Text
	}
}

func (r templateReader) name(into *string) func(*document.Node) {
	return func(n *document.Node) {
		if n.Kind != document.String || !regexp.MustCompile(`^[a-z][a-z0-9-]{0,49}$`).MatchString(n.Text) {
			r.Say(n, "wrong-value", fmt.Sprintf("%q is no name", n.Text), "use small letters, digits and dashes, such as account-takeover")
			return
		}
		*into = n.Text
	}
}

func (r templateReader) one(into *string, values []string) func(*document.Node) {
	return func(n *document.Node) {
		if n.Kind != document.String || !slices.Contains(values, n.Text) {
			r.Say(n, "wrong-value", fmt.Sprintf("%q cannot be here", n.Text), "use one of "+strings.Join(values, ", "))
			return
		}
		*into = n.Text
	}
}

func (r templateReader) list(into *[]string, values []string) func(*document.Node) {
	return func(n *document.Node) {
		if n.Kind != document.List || len(n.Items) > maxTags {
			r.Say(n, "wrong-kind", "this must be a list", "write [a, b]")
			return
		}
		for _, item := range n.Items {
			var text string
			if values == nil {
				r.text(&text)(item)
			} else {
				r.one(&text, values)(item)
			}
			*into = append(*into, text)
		}
	}
}

func (r templateReader) truth(into *bool) func(*document.Node) {
	return func(n *document.Node) {
		if n.Kind != document.Bool {
			r.Say(n, "wrong-value", fmt.Sprintf("%q is neither true nor false", n.Text), "write true or false")
			return
		}
		*into = n.Text == "true"
	}
}

func (r templateReader) length(into *time.Duration) func(*document.Node) {
	return func(n *document.Node) {
		d, err := schema.ParseDuration(n.Text)
		if n.Kind != document.String || err != nil || d <= 0 || d > 365*24*time.Hour {
			r.Say(n, "wrong-value", fmt.Sprintf("%q is no length of time up to a year", n.Text), "write a number with a unit, such as 4h or 2d")
			return
		}
		*into = d
	}
}

// templateHint helps who named a template that is not there.
func (s *Service) templateHint(name string) string {
	names := slices.Sorted(maps.Keys(s.templates))
	if near := harrier.Suggest(name, names); near != "" {
		return "did you mean " + near + "?"
	}
	return "use one of " + strings.Join(names, ", ")
}
