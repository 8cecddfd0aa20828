package playbook

import "github.com/harrier-soar/harrier/schema"

// scope is what an expression can see. It is a list that grows at its head, so
// that every place keeps the scope it had.
type scope struct {
	outer *scope
	name  string
	// variable tells loop variables from steps.
	variable bool
	typ      schema.Type
	// serial identifies this line of the scope in the checker.
	serial int
}

// export is a step that later steps can refer to.
type export struct {
	id  string
	typ schema.Type
}

// add returns the scope with further steps.
func (s *scope) add(c *checker, exports ...export) *scope {
	for _, e := range exports {
		c.serial++
		s = &scope{outer: s, name: e.id, typ: e.typ, serial: c.serial}
	}
	return s
}

// bind returns the scope with a loop variable.
func (s *scope) bind(c *checker, name string, t schema.Type) *scope {
	c.serial++
	return &scope{outer: s, name: name, variable: true, typ: t, serial: c.serial}
}

// step returns the line of a step, or nil where it cannot be seen.
func (s *scope) step(id string) *scope {
	for ; s != nil; s = s.outer {
		if !s.variable && s.name == id {
			return s
		}
	}
	return nil
}

// bound reports whether a loop variable of that name is in scope.
func (s *scope) bound(name string) bool {
	for ; s != nil; s = s.outer {
		if s.variable && s.name == name {
			return true
		}
	}
	return false
}

// stepType is the type of steps.ID for a step with that output.
func stepType(output schema.Type) schema.Type {
	return schema.ObjectOf(
		schema.Field{Name: "output", Type: output, Help: "What the step gave."},
		schema.Field{Name: "status", Type: schema.Type{Kind: schema.String, Values: []string{"succeeded", "failed", "skipped", "cancelled"}}, Help: "How it ended."},
		schema.Field{Name: "error", Type: schema.OptionalOf(schema.ObjectOf(
			schema.Field{Name: "class", Type: schema.TypeOf(schema.String), Help: "Sort of failure."},
			schema.Field{Name: "text", Type: schema.TypeOf(schema.String), Help: "What went wrong."},
		)), Help: "Why it failed, if it did."},
	)
}

// outputOf returns the output's type of a step type.
func outputOf(t schema.Type) schema.Type {
	f, ok := t.Field("output")
	if !ok {
		return schema.TypeOf(schema.Any)
	}
	return f.Type
}

// optional returns exports of steps that may not have run.
func optional(exports []export) []export {
	out := make([]export, len(exports))
	for i, e := range exports {
		out[i] = export{e.id, stepType(schema.OptionalOf(outputOf(e.typ)))}
	}
	return out
}

// runType is the type of run.
func runType() schema.Type {
	text := schema.TypeOf(schema.String)
	return schema.ObjectOf(
		schema.Field{Name: "id", Type: text, Help: "Id of the run."},
		schema.Field{Name: "playbook", Type: text, Help: "Id of the playbook."},
		schema.Field{Name: "mode", Type: schema.Type{Kind: schema.String, Values: []string{"live", "shadow", "record", "replay"}}, Help: "What the run may do."},
		schema.Field{Name: "started_at", Type: schema.TypeOf(schema.Timestamp), Help: "When it began."},
		schema.Field{Name: "summary", Type: text, Help: "What happened so far, as text."},
	)
}
