package clientgen

import (
	"cmp"
	"fmt"
	"go/format"
	"io/fs"
	"maps"
	"slices"
	"strings"
)

// The places of the server's declarations and of the module.
const (
	module  = "github.com/harrier-soar/harrier"
	root    = "harrier"
	servers = "internal/api"
)

// generator writes the client.
type generator struct {
	spec  *spec
	src   *source
	enums enumerations
	// home is the file that each type stands in, by its schema.
	home map[string]string
	// names are the types of schemas in Go.
	names map[string]string
}

// Files makes the generated files of package client, by name, from the
// description of the API in JSON and the tree of the module.
func Files(description []byte, tree fs.FS) (map[string][]byte, error) {
	s, err := readSpec(description)
	if err != nil {
		return nil, err
	}
	g := &generator{spec: s, src: readSource(tree, module), enums: enumerations{map[string]*enumeration{}}, home: map[string]string{}, names: map[string]string{}}
	if _, err := g.src.load(servers); err != nil {
		return nil, err
	}
	ops := s.operations()
	g.place(ops)
	g.collect(ops)
	if err := g.enums.name(g.taken); err != nil {
		return nil, err
	}
	return g.files(ops)
}

// place decides which schemas get a type, and in which file it stands: that of
// the first noun, by name, that needs it.
func (g *generator) place(ops []operation) {
	g.need("problem", &jsonSchema{Ref: "#/components/schemas/Problem"})
	ops = slices.Clone(ops)
	slices.SortStableFunc(ops, func(a, b operation) int { return cmp.Compare(a.tag(), b.tag()) })
	for _, op := range ops {
		g.need(op.tag(), op.input())
		g.need(op.tag(), op.output())
		if op.LastEvent != "" {
			g.need(op.tag(), &jsonSchema{Ref: op.LastEvent})
		}
	}
}

// need gives a schema and all that it holds a type.
func (g *generator) need(file string, s *jsonSchema) {
	if s == nil {
		return
	}
	if item, ok := g.spec.nounOfList(s); ok {
		g.need(file, item)
		g.need("page", &jsonSchema{Ref: "#/components/schemas/Total"})
		return
	}
	if name := s.name(); s.Ref != "" {
		if g.home[name] != "" || g.spec.Components.Schemas[name] == nil {
			return
		}
		g.home[name] = file
		g.names[name] = name
		if op, ok := strings.CutSuffix(name, "InBody"); ok {
			g.names[name] = op + "Body"
		}
		g.need(file, g.spec.Components.Schemas[name])
		for _, m := range g.members(name) {
			if m.embeds != "" {
				g.need(file, &jsonSchema{Ref: "#/components/schemas/" + m.embeds})
			}
		}
		return
	}
	for _, key := range slices.Sorted(maps.Keys(s.Properties)) {
		g.need(file, s.Properties[key])
	}
	g.need(file, s.Items)
	of, _ := s.values()
	g.need(file, of)
}

// members are the fields of a schema as the server declares them.
func (g *generator) members(schema string) []member {
	return g.src.members(g.src.find(servers, schema), func(name string) bool {
		return name != schema && g.within(name, schema)
	})
}

// within tells that all that one schema has another has too.
func (g *generator) within(inner, outer string) bool {
	a, b := g.spec.Components.Schemas[inner], g.spec.Components.Schemas[outer]
	if a == nil || b == nil || len(a.Properties) == 0 {
		return false
	}
	for key := range a.Properties {
		if b.Properties[key] == nil {
			return false
		}
	}
	return true
}

// collect notes every set of values.
func (g *generator) collect(ops []operation) {
	for _, name := range slices.Sorted(maps.Keys(g.home)) {
		s := g.spec.Components.Schemas[name]
		hints := g.hints(name)
		for _, key := range slices.Sorted(maps.Keys(s.Properties)) {
			if p := s.Properties[key]; len(p.Enum) > 0 {
				g.enums.see(p.enum(), enumUse{g.names[name], key}, own(hints[key].expr, root))
			}
		}
	}
	for _, op := range ops {
		for _, p := range op.query() {
			if len(p.Schema.Enum) > 0 {
				g.enums.see(p.Schema.enum(), enumUse{exported(op.ID), p.Name}, "")
			}
		}
	}
}

// hints are all fields of a schema by their key, those of embedded ones too.
func (g *generator) hints(schema string) map[string]member {
	all := map[string]member{}
	for _, m := range g.members(schema) {
		if m.embeds == "" {
			all[m.key] = m
			continue
		}
		for key, inner := range g.hints(m.embeds) {
			if _, hidden := all[key]; !hidden {
				all[key] = inner
			}
		}
	}
	return all
}

// taken tells which names of types are gone.
func (g *generator) taken(name string) bool {
	for _, n := range g.names {
		if n == name {
			return true
		}
	}
	return false
}

// files writes a file for each noun.
func (g *generator) files(ops []operation) (map[string][]byte, error) {
	bodies := map[string]*strings.Builder{}
	in := func(file string) *strings.Builder {
		if bodies[file] == nil {
			bodies[file] = &strings.Builder{}
		}
		return bodies[file]
	}
	for _, op := range ops {
		if err := g.method(in(op.tag()), op); err != nil {
			return nil, fmt.Errorf("%s: %w", op.ID, err)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(g.home)) {
		if err := g.declare(in(g.home[name]), name); err != nil {
			return nil, fmt.Errorf("schema %s: %w", name, err)
		}
	}
	for _, e := range slices.SortedFunc(maps.Values(g.enums.bySet), func(a, b *enumeration) int { return cmp.Compare(a.name, b.name) }) {
		if e.root == "" {
			e.declare(in("values"))
		}
	}
	out := map[string][]byte{}
	for file, b := range bodies {
		text, err := format.Source([]byte(head(b.String())))
		if err != nil {
			return nil, fmt.Errorf("format %s: %w\n%s", file, err, head(b.String()))
		}
		out[file+"_gen.go"] = text
	}
	return out, nil
}

// head puts the head of a file before its body.
func head(body string) string {
	imports := []struct{ use, path string }{
		{"context.", "context"}, {"json.", "encoding/json"}, {"iter.", "iter"}, {"http.", "net/http"}, {"time.", "time"}, {"harrier.", module},
	}
	used := ""
	for _, i := range imports {
		if !uses(body, i.use) {
			continue
		}
		if i.path == module {
			used += "\n"
		}
		used += fmt.Sprintf("%q\n", i.path)
	}
	if used != "" {
		used = "import (\n" + used + ")\n\n"
	}
	return "// Code generated by internal/clientgen from docs/openapi.json; DO NOT EDIT.\n\npackage client\n\n" + used + body
}

// uses tells whether code, and not only a comment, names a package.
func uses(body, name string) bool {
	for line := range strings.Lines(body) {
		code, _, _ := strings.Cut(line, "//")
		for _, before := range []string{" ", "(", "[", "]", "*"} {
			if strings.Contains(code, before+name) {
				return true
			}
		}
	}
	return false
}
