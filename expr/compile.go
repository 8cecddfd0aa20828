package expr

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"cel.dev/cel-go/cel"
	"github.com/harrier-soar/harrier/schema"
)

// compile compiles one expression.
func (e *Env) compile(text string) (p *Program, issues []Issue) {
	if n := utf8.RuneCountInString(text); n > maxExpression || !utf8.ValidString(text) {
		return nil, []Issue{{Offset: 0, Width: 1, Message: fmt.Sprintf("the expression has %d characters, more than %d, or is not UTF-8", n, maxExpression),
			Fix: "compute parts of it in steps of their own with set"}}
	}
	if strings.TrimSpace(text) == "" {
		return nil, []Issue{{Offset: 0, Width: max(1, len(text)), Message: "the expression is empty", Fix: "write an expression such as alert.severity == \"high\""}}
	}
	defer func() {
		if r := recover(); r != nil {
			p, issues = nil, []Issue{{Offset: 0, Width: utf8.RuneCountInString(text), Message: "the expression cannot be read", Fix: "write it in a simpler way"}}
		}
	}()
	r := rewrite(text)
	c := &check{env: e, source: r, text: []rune(text)}
	checked := c.run()
	if issues := slices.Concat(r.issues, c.issues); len(issues) > 0 {
		return nil, tidy(issues)
	}
	p, err := e.plan(text, c, checked)
	if err != nil {
		return nil, []Issue{{Offset: 0, Width: utf8.RuneCountInString(text), Message: describe(err.Error()), Fix: "correct what the message names"}}
	}
	return p, nil
}

// tidy puts issues in order of place and leaves out repeated ones, and those of
// the checker inside a misread not.
func tidy(issues []Issue) []Issue {
	issues = slices.DeleteFunc(slices.Clone(issues), func(i Issue) bool {
		return slices.ContainsFunc(issues, func(o Issue) bool {
			return o.covers && !i.covers && o.Offset <= i.Offset && i.Offset < o.Offset+o.Width
		})
	})
	slices.SortStableFunc(issues, func(a, b Issue) int { return a.Offset - b.Offset })
	return slices.CompactFunc(issues, func(a, b Issue) bool { return a.Offset == b.Offset && a.Message == b.Message })
}

// plan makes a checked expression ready to run.
func (e *Env) plan(text string, c *check, checked *cel.Ast) (*Program, error) {
	facts := survey(checked)
	p := &Program{
		text: text, bare: text, env: e, source: c.source, info: checked.NativeRep().SourceInfo(),
		typ: e.typeOf(checked), refs: facts.refs, tracked: !facts.cheap,
	}
	options := []cel.ProgramOption{cel.EvalOptions(cel.OptOptimize)}
	if p.tracked {
		options = append(options, counted()...)
	}
	var err error
	if p.cel, err = e.cel.Program(checked, options...); err != nil {
		return nil, err
	}
	if len(p.refs) == 0 && !facts.now {
		if v, err := p.Eval(context.Background(), Vars(nil), time.Time{}); err == nil { //nolint:forbidigo // a constant costs little and waits for nothing
			p.constant, p.value = true, v
		}
	}
	return p, nil
}

// typeOf returns the type of a result; a plain path keeps its exact kind.
func (e *Env) typeOf(checked *cel.Ast) schema.Type {
	if t, ok := e.pathType(checked.NativeRep().Expr()); ok {
		return t
	}
	return e.provider.schemaType(checked.OutputType())
}

// compileText compiles a text with ${{ }}.
func (e *Env) compileText(text string) (*Program, []Issue) {
	if n := utf8.RuneCountInString(text); n > MaxSource && strings.Contains(text, "${{") {
		return nil, []Issue{{Offset: 0, Width: 1, Message: fmt.Sprintf("the text has %d characters, more than %d", n, MaxSource), Fix: "keep long texts in a template or in evidence"}}
	}
	pieces, issues := Split(text)
	if only, ok := Whole(pieces); ok && len(issues) == 0 {
		p, issues := e.Compile(only.Text)
		if p != nil {
			copied := *p
			copied.text = text
			return &copied, nil
		}
		return nil, shift(issues, only.Offset)
	}
	p := &Program{text: text, env: e, typ: schema.TypeOf(schema.String)}
	dynamic := false
	for _, piece := range pieces {
		if !piece.Expression {
			p.parts = append(p.parts, part{text: piece.Text})
			continue
		}
		inner, wrong := e.Compile(piece.Text)
		issues = append(issues, shift(wrong, piece.Offset)...)
		if inner != nil {
			p.parts = append(p.parts, part{program: inner})
			p.refs = append(p.refs, inner.refs...)
			dynamic = true
		}
	}
	if len(issues) > 0 {
		return nil, issues
	}
	if !dynamic {
		var b strings.Builder
		for _, part := range p.parts {
			b.WriteString(part.text)
		}
		p.constant, p.value, p.parts = true, b.String(), nil
	}
	return p, nil
}

// shift moves issues to where their expression stands in a text.
func shift(issues []Issue, offset int) []Issue {
	out := slices.Clone(issues)
	for i := range out {
		out[i].Offset += offset
	}
	return out
}
