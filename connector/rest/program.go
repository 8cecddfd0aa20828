package rest

import (
	"context"
	"encoding/base64"
	"regexp"
	"strings"
	"time"

	"github.com/harrier-soar/harrier/expr"
	"github.com/harrier-soar/harrier/schema"
)

// program is a compiled expression. One that only selects, such as
// input.content or body.?value, is followed without CEL: that is faster, and the
// bounds on what an expression may produce do not hold for what is passed on as
// it came, such as a file.
type program struct {
	*expr.Program
	path []hop
}

// hop is one name of a selector; maybe hops were written .?name.
type hop struct {
	name  string
	maybe bool
}

// newProgram returns the program of a compiled expression.
func newProgram(p *expr.Program, text string) *program {
	out := &program{Program: p}
	kind := p.Type().Kind // times and durations are spelled anew by CEL
	if kind == schema.Timestamp || kind == schema.Duration || !regexp.MustCompile(`^[a-z]+(\.\??[A-Za-z_][A-Za-z0-9_]*)+$`).MatchString(text) {
		return out
	}
	for i, name := range strings.Split(text, ".") {
		plain, maybe := strings.CutPrefix(name, "?")
		if i == 0 && maybe {
			return &program{Program: p}
		}
		out.path = append(out.path, hop{plain, maybe})
	}
	return out
}

// Eval evaluates the expression as [expr.Program.Eval] does.
func (p *program) Eval(ctx context.Context, s expr.Scope, now time.Time) (any, error) {
	if v, ok := p.follow(s); ok {
		return v, nil
	}
	return p.Program.Eval(ctx, s, now)
}

// follow selects without CEL; ok is false where the place has to be evaluated,
// be it only for the error.
func (p *program) follow(s expr.Scope) (v any, ok bool) {
	if len(p.path) == 0 {
		return nil, false
	}
	v, ok = s.Lookup(p.path[0].name)
	for _, h := range p.path[1:] {
		m, isMap := v.(map[string]any)
		if !ok || !isMap {
			return nil, false
		}
		if v, ok = m[h.name]; !ok {
			return nil, h.maybe
		}
	}
	switch v := v.(type) {
	case []byte:
		return base64.StdEncoding.EncodeToString(v), ok
	case bool, int64, float64, string, []any, map[string]any, nil:
		return v, ok
	}
	return nil, false
}
