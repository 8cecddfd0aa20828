package rest

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/harrier-soar/harrier/connector"
	"github.com/harrier-soar/harrier/document"
	"github.com/harrier-soar/harrier/expr"
	"github.com/harrier-soar/harrier/schema"
)

// payload is a value of a request: constant, computed, or made of payloads.
type payload struct {
	constant any
	program  *program
	query    *query
	letter   *letter
	kind     document.Kind // Map or List, where it has parts
	keys     []string
	parts    []*payload
}

// pair is a named payload: a query parameter, a header, a form field.
type pair struct {
	name  string
	value *payload
}

// instant is what a payload is evaluated against.
type instant struct {
	scope expr.Scope
	now   time.Time
}

// layer is a scope with one more variable.
type layer struct {
	expr.Scope
	name  string
	value any
}

// Lookup implements [expr.Scope].
func (l layer) Lookup(name string) (any, bool) {
	if name == l.name {
		return l.value, true
	}
	return l.Scope.Lookup(name)
}

// and returns the instant with one more variable.
func (i instant) and(name string, value any) instant {
	return instant{scope: layer{i.scope, name, value}, now: i.now}
}

// eval returns the payload's value. Nil means absent: absent entries and items
// are left out.
func (p *payload) eval(ctx context.Context, at instant) (any, error) {
	switch {
	case p.query != nil:
		return p.query.eval(ctx, at)
	case p.letter != nil:
		return p.letter.eval(ctx, at)
	case p.program != nil:
		return evaluate(ctx, p.program, at)
	case p.kind == document.Map:
		out := make(map[string]any, len(p.parts))
		for i, part := range p.parts {
			v, err := part.eval(ctx, at)
			if err != nil {
				return nil, err
			}
			if v != nil {
				out[p.keys[i]] = v
			}
		}
		return out, nil
	case p.kind == document.List:
		out := make([]any, 0, len(p.parts))
		for _, part := range p.parts {
			v, err := part.eval(ctx, at)
			if err != nil {
				return nil, err
			}
			if v != nil {
				out = append(out, v)
			}
		}
		return out, nil
	}
	return p.constant, nil
}

// evaluate runs an expression of a request. That it fails is a fault of the
// arguments, and nothing has been sent.
func evaluate(ctx context.Context, p *program, at instant) (any, error) {
	v, err := p.Eval(ctx, at.scope, at.now)
	if cause := context.Cause(ctx); err != nil && cause != nil {
		return nil, &connector.Error{Class: connector.Unavailable, Text: "the call ended before anything was sent: " + cause.Error(), Cause: cause}
	}
	if err != nil {
		return nil, &connector.Error{Class: connector.Invalid, Text: "the request cannot be built: " + err.Error(), Cause: err}
	}
	return v, nil
}

// query is a text in a query language whose values are literals.
type query struct {
	lang language
	join string
	// optional queries leave out the parts whose values are absent.
	optional bool
	parts    []clause
}

// clause is one part of a query.
type clause struct {
	when   *program
	pieces []queryPiece
}

// queryPiece is literal text or a value.
type queryPiece struct {
	literal string
	program *program
	kind    schema.Kind
}

// eval returns the text of the query.
func (q *query) eval(ctx context.Context, at instant) (any, error) {
	var texts []string
	for _, c := range q.parts {
		text, ok, err := c.eval(ctx, q, at)
		if err != nil {
			return nil, err
		}
		if ok {
			texts = append(texts, text)
		}
	}
	if len(texts) == 0 {
		return nil, connector.Errorf(connector.Invalid, "nothing is left to ask for: give at least one of the inputs of the query")
	}
	return strings.Join(texts, q.join), nil
}

// eval returns the text of one part; ok is false where it is left out.
func (c clause) eval(ctx context.Context, q *query, at instant) (text string, ok bool, err error) {
	if c.when != nil {
		if v, err := evaluate(ctx, c.when, at); err != nil || v != true {
			return "", false, err
		}
	}
	var b strings.Builder
	for _, p := range c.pieces {
		if p.program == nil {
			b.WriteString(p.literal)
			continue
		}
		v, err := evaluate(ctx, p.program, at)
		if err != nil {
			return "", false, err
		}
		if v == nil && q.lang == prose && !q.optional {
			continue
		}
		if v == nil && q.optional {
			return "", false, nil
		}
		literal, err := q.lang.literal(v, p.kind)
		if err != nil {
			return "", false, err
		}
		b.WriteString(literal)
	}
	return b.String(), true, nil
}

// reads reports whether some expression in the payload reads a variable.
func (p *payload) reads(name string) bool {
	if p == nil {
		return false
	}
	if p.query != nil {
		for _, c := range p.query.parts {
			if refs(c.when, name) || slices.ContainsFunc(c.pieces, func(q queryPiece) bool { return refs(q.program, name) }) {
				return true
			}
		}
	}
	return p.letter.reads(name) || refs(p.program, name) || slices.ContainsFunc(p.parts, func(part *payload) bool { return part.reads(name) })
}
