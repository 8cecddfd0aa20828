package rest

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"io/fs"
	"path"
	"regexp"
	"slices"
	"strings"
	"sync"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/connector"
	"github.com/harrier-soar/harrier/document"
	"github.com/harrier-soar/harrier/schema"
)

// Load reads one manifest. name is that of the file, for messages. All problems
// are reported together; the connector is nil where one of them is an error.
func Load(name string, source []byte) (*Connector, document.Problems) {
	l, problems := read(name, source)
	if problems.Err() != nil {
		return nil, problems
	}
	source = slices.Clone(source)
	again := func() map[string]*action {
		l, _ := read(name, source) // it had no error the first time, and is the same
		return l.actions
	}
	return &Connector{manifest: l.manifest, actions: sync.OnceValue(again)}, problems
}

// read reads a manifest with all that its actions need.
func read(name string, source []byte) (*loader, document.Problems) {
	file, problems := document.Parse(name, source)
	if file == nil || file.Root == nil {
		return nil, problems
	}
	l := &loader{file: file, yamlLines: make(map[int]bool), said: make(map[string]bool)}
	for _, p := range problems {
		l.yamlLines[p.Pos.Line] = true
	}
	l.shape(file.Root, manifestGrammar(), wholeFile)
	if file.Root.Kind == document.Map {
		l.connector(file.Root)
	}
	problems = append(problems, l.problems...)
	slices.SortStableFunc(problems, func(a, b document.Problem) int {
		if a.Pos.Line != b.Pos.Line {
			return a.Pos.Line - b.Pos.Line
		}
		return a.Pos.Column - b.Pos.Column
	})
	return l, problems
}

// LoadFS reads every */connector.yaml, in order of their names. Connectors
// without problems are returned beside the problems of others. Two of one name
// are a problem of the second.
func LoadFS(fsys fs.FS) ([]*Connector, document.Problems) {
	names, err := fs.Glob(fsys, "*/connector.yaml")
	if err != nil {
		return nil, document.Problems{fileProblem(".", err)}
	}
	var conns []*Connector
	var problems document.Problems
	seen := make(map[string]string)
	for _, name := range names {
		source, err := fs.ReadFile(fsys, name)
		if err != nil {
			problems = append(problems, fileProblem(name, err))
			continue
		}
		c, found := Load(name, source)
		problems = append(problems, found...)
		if c == nil {
			continue
		}
		if other, ok := seen[c.manifest.Name]; ok {
			problems = append(problems, document.Problem{File: name, Pos: document.Pos{Line: 1, Column: 1}, Width: 1, Code: "duplicate-connector",
				Message: "the connector " + c.manifest.Name + " is also in " + other, Fix: "rename one of them"})
			continue
		}
		seen[c.manifest.Name] = name
		conns = append(conns, c)
	}
	return conns, problems
}

// fileProblem returns the problem of a file that cannot be read.
func fileProblem(name string, err error) document.Problem {
	return document.Problem{File: path.Clean(name), Pos: document.Pos{Line: 1, Column: 1}, Width: 1, Code: "unreadable",
		Message: err.Error(), Fix: "make the file readable for Harrier"}
}

// loader turns one document into a connector and collects what is wrong.
type loader struct {
	file      *document.File
	problems  document.Problems
	yamlLines map[int]bool
	said      map[string]bool
	manifest  *connector.Manifest
	actions   map[string]*action
	// settings are those that are declared; common are the errors of all actions.
	settings []schema.Field
	common   *document.Node
}

// identifier returns the pattern of names of connectors, actions and fields.
func identifier() *regexp.Regexp { return regexp.MustCompile(`^[a-z][a-z0-9_]{0,62}$`) }

// connector reads the whole file. Shapes have been checked; what has a wrong
// one is passed over.
func (l *loader) connector(root *document.Node) {
	l.manifest = &connector.Manifest{
		Name: text(root, "connector"), Title: text(root, "title"), Category: text(root, "category"),
		Docs: text(root, "docs"), Provider: text(root, "provider"), Reliability: text(root, "reliability"), Hash: hash(root),
	}
	l.actions = make(map[string]*action)
	if n := root.Get("connector"); n != nil {
		l.name(n, n.Pos, n.Text)
		if slices.Contains(schema.ReservedNamespaces(), n.Text) {
			l.problem(n, "reserved-name", "the name "+n.Text+" is a namespace of verbs or built-in actions", "name the connector after its product")
		}
	}
	l.settings = l.fields(root.Get("settings"), false)
	l.manifest.Settings = l.settings
	l.baseURL(root)
	l.manifest.Auth = l.auth(root.Get("auth"))
	l.manifest.Limits = l.limits(root.Get("limits"))
	l.common = root.Get("errors")
	list := root.Get("actions")
	if len(entries(list)) == 0 {
		l.problem(list, "missing-key", "the connector has no actions", "add at least one action")
	}
	for _, e := range entries(list) {
		l.name(e.Value, e.KeyPos, e.Key)
		if e.Value.Kind != document.Map {
			continue
		}
		a := l.action(e.Key, e.Value)
		l.actions[e.Key] = a
		l.manifest.Actions = append(l.manifest.Actions, a.spec)
	}
	for i, e := range entries(list) {
		if a := l.actions[e.Key]; a != nil {
			l.links(a, e.Value)
			l.manifest.Actions[indexOf(l.manifest.Actions, a.spec.Name, i)] = a.spec
		}
	}
	l.check(root)
}

// indexOf returns where the action of that name is, or def.
func indexOf(specs []schema.ActionSpec, name string, def int) int {
	if i := slices.IndexFunc(specs, func(s schema.ActionSpec) bool { return s.Name == name }); i >= 0 {
		return i
	}
	return def
}

// name checks the spelling of a name.
func (l *loader) name(n *document.Node, pos document.Pos, name string) {
	if n != nil && !identifier().MatchString(name) {
		l.at(span{pos, max(1, len([]rune(name)))}, "bad-name", name+" cannot be a name", "use lower-case letters, digits and underscores, a letter first: "+suggestName(name))
	}
}

// suggestName returns a name like a text.
func suggestName(s string) string {
	s = regexp.MustCompile(`[^a-z0-9]+`).ReplaceAllString(strings.ToLower(s), "_")
	return strings.Trim(s, "_0123456789")
}

// baseURL checks that there is a base_url to send requests to.
func (l *loader) baseURL(root *document.Node) {
	f, ok := schema.ObjectOf(l.settings...).Field("base_url")
	if settings := root.Get("settings"); settings != nil && (!ok || f.Type.Kind != schema.URL) {
		l.problem(settings, "missing-key", "settings lack base_url of type url", "add base_url: {type: url, default: https://…} or, without a default, required: true")
	}
}

// check reads which action tests a connection.
func (l *loader) check(root *document.Node) {
	n := root.Get("check")
	if n == nil {
		return
	}
	name := n
	if n.Kind == document.Map {
		if name = n.Get("action"); name == nil {
			return
		}
	}
	a := l.actions[name.Text]
	if a == nil {
		l.unknownAction(name)
		return
	}
	if a.spec.Effect.Writes() {
		l.problem(name, "bad-check", name.Text+" is not a read", "let check name a read that needs few rights")
	}
	with, _ := n.Get("with").Value().(map[string]any)
	with = schema.Defaults(nil, with)
	for _, f := range a.spec.Input {
		if s := schema.Specimen(f.Type); f.Required && with[f.Name] == nil && s != nil {
			with[f.Name] = s
		}
	}
	in, wrong := schema.CheckFields(with, a.spec.Input)
	for _, m := range wrong {
		l.problem(n, "bad-check", "input "+m.String(), "write check: {action: "+name.Text+", with: {…}} with inputs that fit")
	}
	l.manifest.Check, l.manifest.CheckWith = name.Text, in
}

// unknownAction notes a name that is no action of this connector.
func (l *loader) unknownAction(n *document.Node) {
	var names []string
	for name := range l.actions {
		names = append(names, name)
	}
	slices.Sort(names)
	fix := "use one of " + strings.Join(names, ", ")
	if s := harrier.Suggest(n.Text, names); s != "" {
		fix = "did you mean \"" + s + "\"?"
	}
	l.problem(n, "unknown-action", "there is no action "+n.Text, fix)
}

// hash identifies the content of a manifest: neither comments, nor layout, nor
// the order of keys count.
func hash(root *document.Node) string {
	canonical, err := json.Marshal(root.Value())
	if err != nil { // a document holds data only
		panic("rest: a document is not data: " + err.Error())
	}
	sum := sha256.Sum256(canonical)
	return hex.EncodeToString(sum[:])
}
