package rest

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/harrier-soar/harrier/document"
	"github.com/harrier-soar/harrier/expr"
	"github.com/harrier-soar/harrier/schema"
)

// scope is what an expression may read.
type scope struct {
	env  *expr.Env
	vars map[string]schema.Type
}

// scope returns a scope over these variables.
func (l *loader) scope(vars map[string]schema.Type) *scope {
	env, err := expr.NewEnv(vars)
	if err != nil {
		l.problem(nil, "bad-scope", err.Error(), "rename the input, setting or output that the message names")
		return &scope{vars: vars}
	}
	return &scope{env: env, vars: vars}
}

// and returns the scope with further variables.
func (l *loader) and(s *scope, vars map[string]schema.Type) *scope {
	all := maps.Clone(s.vars)
	maps.Copy(all, vars)
	return l.scope(all)
}

// cel compiles the bare expression of a node; nil where there is no node or
// the expression is wrong, which is noted.
func (l *loader) cel(n *document.Node, s *scope) *program {
	if n == nil || n.Kind == document.Map || n.Kind == document.List || n.Kind == document.Null {
		return nil
	}
	return l.expression(n, n.Text, 0, s)
}

// boolean compiles an expression that must be true or false.
func (l *loader) boolean(n *document.Node, s *scope) *program {
	p := l.cel(n, s)
	if p != nil && p.Type().Kind != schema.Boolean && p.Type().Kind != schema.Any {
		l.problem(n, "wrong-type", fmt.Sprintf("the condition is %s", p.Type()), "write a comparison, such as body.ok == true")
	}
	return p
}

// expression compiles a part of a node's text that begins at an offset.
func (l *loader) expression(n *document.Node, source string, offset int, s *scope) *program {
	if s == nil || s.env == nil {
		return nil
	}
	lead := utf8.RuneCountInString(source) - utf8.RuneCountInString(strings.TrimLeft(source, " \t\n"))
	p, issues := s.env.Compile(strings.TrimSpace(source))
	for _, issue := range issues {
		pos := place(n, offset+lead+issue.Offset)
		l.at(span{pos, max(1, issue.Width)}, "bad-expression", issue.Message, cmp.Or(issue.Fix, "see the expressions in the documentation"))
	}
	if len(issues) > 0 {
		return nil
	}
	for _, ref := range p.Refs() {
		l.reference(n, ref, s)
	}
	return newProgram(p, strings.TrimSpace(source))
}

// reference notes a field that a closed object, such as input, does not have
// because it has none at all: the compiler takes those for open ones.
func (l *loader) reference(n *document.Node, ref []string, s *scope) {
	if len(ref) < 2 {
		return
	}
	t, ok := s.vars[ref[0]]
	if closed := ref[0] == "input" || ref[0] == "settings" || ref[0] == "output"; ok && closed && len(t.Fields) == 0 {
		l.problem(n, "unknown-name", fmt.Sprintf("%s has no field %q", ref[0], ref[1]), fmt.Sprintf("declare %q in %s first", ref[1], ref[0]))
	}
}

// place returns where the offset-th character of a scalar's value stands.
// Texts over several lines point at their beginning.
func place(n *document.Node, offset int) document.Pos {
	pos := n.Pos
	if n.Quoted {
		offset++
	}
	if !strings.Contains(n.Text, "\n") {
		pos.Column += offset
	}
	return pos
}

// tree compiles a value whose texts may be expressions. Where joined is false,
// text must not be joined with values except in a declared language.
func (l *loader) tree(n *document.Node, s *scope, joined bool) *payload {
	if n == nil {
		return nil
	}
	switch n.Kind {
	case document.Map:
		if q := l.query(n, s); q != nil {
			return &payload{query: q}
		}
		if m := l.letter(n, s); m != nil {
			return &payload{letter: m}
		}
		p := &payload{kind: document.Map}
		for _, e := range n.Entries {
			p.keys = append(p.keys, e.Key)
			p.parts = append(p.parts, l.tree(e.Value, s, joined))
		}
		return p
	case document.List:
		p := &payload{kind: document.List}
		for _, item := range n.Items {
			p.parts = append(p.parts, l.tree(item, s, joined))
		}
		return p
	case document.String:
		return l.text(n, s, joined)
	case document.Int, document.Float, document.Bool, document.Null:
	}
	return &payload{constant: n.Value()}
}

// split cuts a text at its expressions; ok is false where one does not end.
func (l *loader) split(n *document.Node) (pieces []expr.Piece, ok bool) {
	pieces, issues := expr.Split(n.Text)
	for _, issue := range issues {
		l.at(span{place(n, issue.Offset), max(1, issue.Width)}, "bad-expression", issue.Message, issue.Fix)
	}
	return pieces, len(issues) == 0
}

// text compiles a text that is constant or one expression.
func (l *loader) text(n *document.Node, s *scope, joined bool) *payload {
	pieces, ok := l.split(n)
	if !ok {
		return &payload{}
	}
	if !slices.ContainsFunc(pieces, func(p expr.Piece) bool { return p.Expression }) {
		var constant strings.Builder
		for _, p := range pieces {
			constant.WriteString(p.Text)
		}
		return &payload{constant: constant.String()}
	}
	one, ok := expr.Whole(pieces)
	if !ok {
		l.problem(n, "joined-text", "text is joined with values",
			fmt.Sprintf("say what it is: {lang: text, text: …} for people, or one of %s; or make it one expression", strings.Join(languages(), ", ")))
		return &payload{}
	}
	p := l.expression(n, one.Text, one.Offset, s)
	if p != nil && !joined && expr.Joins(one.Text) && mayBeText(p.Type()) && len(p.Refs()) > 0 {
		l.problem(n, "joined-text", "the expression joins text with values, which could become syntax",
			"write {lang: …, text: …} with the language that the text is in, or {lang: text, text: …} for people")
	}
	return &payload{program: p}
}

// mayBeText reports whether a value of the type may be a text.
func mayBeText(t schema.Type) bool {
	return !slices.Contains([]schema.Kind{schema.Integer, schema.Number, schema.Boolean, schema.Timestamp, schema.Duration}, t.Kind)
}

// query compiles {lang, text} or {lang, join, parts}; nil where the map is no query.
func (l *loader) query(n *document.Node, s *scope) *query {
	lang := text(n, "lang")
	one, parts := n.Get("text"), n.Get("parts")
	if !slices.Contains(languages(), lang) || (one == nil) == (parts == nil) {
		return nil
	}
	for _, e := range n.Entries {
		if !slices.Contains([]string{"lang", "text", "parts", "join"}, e.Key) {
			return nil
		}
	}
	q := &query{lang: language(lang), join: text(n, "join"), optional: parts != nil}
	if one != nil {
		q.parts = []clause{l.clause(one, nil, q, s)}
		return q
	}
	for _, part := range parts.Items {
		if part.Get("text") == nil {
			l.problem(part, "missing-key", "a part of a query lacks \"text\"", "write {text: …}, and when: … where it depends on something")
			continue
		}
		q.parts = append(q.parts, l.clause(part.Get("text"), part.Get("when"), q, s))
	}
	return q
}

// clause compiles one part of a query.
func (l *loader) clause(n, when *document.Node, q *query, s *scope) clause {
	c := clause{when: l.boolean(when, s)}
	pieces, _ := l.split(n)
	for i, p := range pieces {
		if !p.Expression {
			c.pieces = append(c.pieces, queryPiece{literal: p.Text})
			continue
		}
		before, after := "", ""
		if i > 0 && !pieces[i-1].Expression {
			before = pieces[i-1].Text
		}
		if i+1 < len(pieces) && !pieces[i+1].Expression {
			after = pieces[i+1].Text
		}
		if q.lang.quotes() && (strings.HasSuffix(before, `"`) || strings.HasSuffix(before, `'`) || strings.HasPrefix(after, `"`) || strings.HasPrefix(after, `'`)) {
			l.problem(n, "quoted-value", "there are quotes around ${{ }}", "leave them out: the value brings quotes of its own")
		}
		piece := queryPiece{program: l.expression(n, p.Text, p.Offset, s)}
		if piece.program != nil {
			piece.kind = piece.program.Type().Kind
		}
		c.pieces = append(c.pieces, piece)
	}
	return c
}
