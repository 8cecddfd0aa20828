package clientgen

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// declare writes the type of a schema.
func (g *generator) declare(b *strings.Builder, schema string) error {
	s := g.spec.Components.Schemas[schema]
	name := g.names[schema]
	about := ""
	if d := g.src.find(servers, schema); d != nil {
		about = d.about
	}
	if first, rest, _ := strings.Cut(about, " "); strings.EqualFold(first, name) {
		about = name + " " + rest
	}
	if !strings.HasPrefix(about, name+" ") {
		about = name + " is what the API calls so" + addition(about) + "."
		if op, ok := strings.CutSuffix(schema, "InBody"); ok {
			about = fmt.Sprintf("%s is what [Client.%s] sends.", name, op)
		}
	}
	remark(b, about)
	if s.kind() != "object" || len(s.Properties) == 0 && string(s.More) != "false" && len(s.More) > 0 {
		typ, err := g.typeOf(s, member{})
		fmt.Fprintf(b, "type %s %s\n\n", name, typ)
		return err
	}
	fmt.Fprintf(b, "type %s struct {\n", name)
	if err := g.fields(b, schema); err != nil {
		return err
	}
	b.WriteString("}\n\n")
	return nil
}

func addition(about string) string {
	if about == "" {
		return ""
	}
	return ": " + sentence(about)
}

// fields writes the fields of a struct: in the server's order where it is
// known, by key otherwise.
func (g *generator) fields(b *strings.Builder, schema string) error {
	s := g.spec.Components.Schemas[schema]
	left := maps.Clone(s.Properties)
	for _, m := range g.members(schema) {
		if m.embeds != "" {
			fmt.Fprintf(b, "%s\n", g.names[m.embeds])
			for key := range g.spec.Components.Schemas[m.embeds].Properties {
				delete(left, key)
			}
		}
	}
	for _, m := range g.members(schema) {
		if m.embeds == "" && s.Properties[m.key] != nil {
			if err := g.field(b, s, m); err != nil {
				return err
			}
			delete(left, m.key)
		}
	}
	for _, key := range slices.Sorted(maps.Keys(left)) {
		if err := g.field(b, s, member{name: exported(key), key: key}); err != nil {
			return err
		}
	}
	return nil
}

func (g *generator) field(b *strings.Builder, s *jsonSchema, m member) error {
	p := s.Properties[m.key]
	about := p.About
	if about == "" {
		about = m.about
	}
	typ, err := g.typeOf(p, m)
	if err != nil {
		return fmt.Errorf("%s: %w", m.key, err)
	}
	tag := m.key
	if !slices.Contains(s.Required, m.key) {
		tag += ",omitzero"
		if p.Ref != "" && m.expr == nil {
			typ = "*" + typ
		}
	}
	if m.pointer {
		typ = "*" + typ
	}
	remark(b, about)
	fmt.Fprintf(b, "%s %s `json:%q`\n", m.name, typ, tag)
	return nil
}

// typeOf is the type of a schema in Go.
func (g *generator) typeOf(s *jsonSchema, m member) (string, error) {
	switch {
	case s.Ref != "":
		if g.names[s.name()] == "" {
			return "", fmt.Errorf("nothing is called %s", s.name())
		}
		return g.names[s.name()], nil
	case len(s.Enum) > 0:
		return g.enums.typeOf(s.enum()), nil
	}
	switch s.kind() {
	case "string":
		switch name := own(m.expr, root); {
		case s.Format == "date-time":
			return "time.Time", nil
		case name != "":
			return "harrier." + name, nil
		}
		return "string", nil
	case "integer":
		if m.expr != nil && plainInt(m.expr) {
			return "int", nil
		}
		return "int64", nil
	case "number":
		return "float64", nil
	case "boolean":
		return "bool", nil
	case "array":
		of, err := g.typeOf(s.Items, m)
		return "[]" + of, err
	case "object":
		return g.mapOf(s, m)
	case "":
		return "json.RawMessage", nil
	}
	return "", fmt.Errorf("the type %v is not known", s.Type)
}

func (g *generator) mapOf(s *jsonSchema, m member) (string, error) {
	of, anything := s.values()
	switch {
	case anything:
		return "Object", nil
	case of == nil:
		return "", fmt.Errorf("an object has to have a name, a map or anything in it")
	}
	typ, err := g.typeOf(of, m)
	return "map[string]" + typ, err
}

// declare writes an enumeration.
func (e *enumeration) declare(b *strings.Builder) {
	var places []string
	for _, u := range e.uses {
		places = append(places, u.owner+"."+u.field)
	}
	about := fmt.Sprintf("%s is one of a few words: see %s.", e.name, strings.Join(places[:min(3, len(places))], ", "))
	remark(b, about)
	fmt.Fprintf(b, "type %s string\n\n// The values of [%s].\nconst (\n", e.name, e.name)
	for _, v := range e.values {
		fmt.Fprintf(b, "%s%s %s = %q\n", e.name, exported(v), e.name, v)
	}
	b.WriteString(")\n\n")
}
