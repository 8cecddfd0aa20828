package expr

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common/ast"
	"cel.dev/cel-go/common/operators"
	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/interpreter"
	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/schema"
)

// Program is a compiled expression or text. It may be used by many goroutines.
type Program struct {
	// text is what was compiled, bare the expression in it.
	text, bare string
	env        *Env
	typ        schema.Type
	refs       [][]string
	// parts are those of a text with ${{ }}; nil for one expression.
	parts    []part
	constant bool
	value    any
	cel      cel.Program
	// tracked programs count their work and look at the clock.
	tracked bool
	source  rewritten
	info    *ast.SourceInfo
}

// part is a piece of a text: as it stands, or computed.
type part struct {
	text    string
	program *Program
}

// Text returns the expression or text that was compiled.
func (p *Program) Text() string { return p.text }

// Type returns the type of the result.
func (p *Program) Type() schema.Type { return p.typ }

// Const returns the result of a program that reads nothing. Do not change it.
func (p *Program) Const() (any, bool) { return p.value, p.constant }

// Refs returns the paths of what the program reads, such as steps, mail,
// output, from. An index that is computed or a number stands as *.
func (p *Program) Refs() [][]string { return slices.Clone(p.refs) }

// Eval computes the result from the variables of s, at a time that now()
// returns. The result is plain data: nil, bool, int64, float64, string, []any,
// map[string]any; times are RFC 3339 text, durations text that [ParseDuration]
// reads, bytes base64. Do not change it: it may share values with s or with
// other results. Errors are [harrier.Invalid] where the expression does not
// fit the data, [harrier.Limited] where it does too much, and
// [harrier.Unavailable] where ctx ended.
func (p *Program) Eval(ctx context.Context, s Scope, now time.Time) (any, error) {
	if p.constant {
		return p.value, nil
	}
	if p.parts != nil {
		return p.interpolate(func(q *Program) (any, error) { return q.Eval(ctx, s, now) })
	}
	if !p.tracked {
		if err := ctx.Err(); err != nil {
			return nil, p.failed(err)
		}
		return p.EvalFast(s, now)
	}
	vars := &activation{vars: p.env.vars, scope: s, now: now}
	limited, cancel := context.WithTimeoutCause(ctx, maxTime, errTooSlow)
	defer cancel()
	v, _, err := p.cel.ContextEval(limited, vars)
	if err != nil {
		return nil, p.failed(err)
	}
	return p.result(newBudget().plain(v, 0))
}

// EvalFast is [Program.Eval] for those who evaluate many expressions and look
// at their context between them: what an evaluation costs is limited as ever,
// and the clock is not looked at, which takes longer than most evaluations.
func (p *Program) EvalFast(s Scope, now time.Time) (any, error) {
	if p.constant {
		return p.value, nil
	}
	if p.parts != nil {
		return p.interpolate(func(q *Program) (any, error) { return q.EvalFast(s, now) })
	}
	v, _, err := p.cel.Eval(&activation{vars: p.env.vars, scope: s, now: now})
	if err != nil {
		return nil, p.failed(err)
	}
	return p.result(newBudget().plain(v, 0))
}

// errTooSlow ends an evaluation that takes longer than maxTime.
var errTooSlow = errors.New("the evaluation takes too long")

// result names the expression in the error of a result.
func (p *Program) result(v any, err error) (any, error) {
	if err != nil {
		return nil, p.failed(err)
	}
	return v, nil
}

// failed turns an error of an evaluation into one for the user.
func (p *Program) failed(err error) error {
	shown := strconv.Quote(clip(p.text, 200))
	if e, ok := errors.AsType[interpreter.EvalCancelledError](err); ok && e.Cause == interpreter.CostLimitExceeded {
		return harrier.Errorf(harrier.Limited, "expression %s does too much work: filter the list first or split it over several steps", shown)
	}
	switch {
	case errors.Is(err, errTooSlow):
		return harrier.Errorf(harrier.Limited, "expression %s takes longer than %v: filter the list first or split it over several steps", shown, maxTime)
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded), errors.Is(err, interpreter.InterruptError{}):
		return harrier.Errorf(harrier.Unavailable, "expression %s was stopped: %w", shown, err)
	}
	if e, ok := errors.AsType[*harrier.Error](err); ok {
		return harrier.Errorf(e.Kind, "expression %s: %w", shown, err)
	}
	place := ""
	if e, ok := errors.AsType[*types.Err](err); ok && p.info != nil {
		if r, ok := p.info.GetOffsetRange(e.NodeID()); ok {
			place = fmt.Sprintf(" at character %d", p.nameBefore(p.source.original(int(r.Start)), err.Error())+1)
		}
	}
	return harrier.Errorf(harrier.Invalid, "expression %s%s: %s", shown, place, describeFailure(err.Error()))
}

// nameBefore returns where the key that an error names stands, at or before an
// offset; CEL tells only where the path ends that it is part of.
func (p *Program) nameBefore(offset int, message string) int {
	key, ok := strings.CutPrefix(message, "no such key: ")
	if !ok {
		return offset
	}
	place := offset
	for _, t := range scan([]rune(p.bare)) {
		if t.start <= offset+1 && t.text == key {
			place = t.start
		}
	}
	return place
}

// describeFailure words an error of CEL's evaluation for the user.
func describeFailure(message string) string {
	if call, ok := strings.CutPrefix(message, "no such overload"); ok {
		return wrongType(strings.TrimPrefix(call, ": "))
	}
	message = describe(message)
	if key, ok := strings.CutPrefix(message, "no such key: "); ok {
		return fmt.Sprintf("there is no %s in the value: read it with .?%s and orValue", key, key)
	}
	if name, ok := strings.CutPrefix(message, "no such attribute(s): "); ok {
		return name + " is not there"
	}
	return message
}

// wrongType words a call that does not fit the types of the data, which CEL
// shows as string(int), _+_ or not at all.
func wrongType(call string) string {
	name, args, _ := strings.Cut(call, "(")
	name, _, _ = strings.Cut(name, " ")
	if shown, ok := operators.FindReverse(name); ok && shown != "" {
		name = shown
	}
	switch args = strings.TrimSuffix(args, ")"); {
	case name == "":
		return "an operator or function does not take values of these types: convert them, as in string(…), int(…) or double(…)"
	case args == "":
		return strings.TrimPrefix(name, "@") + " does not take values of these types: convert them, as in string(…), int(…) or double(…)"
	}
	return fmt.Sprintf("%s does not take %s: convert it, as in string(…), int(…) or double(…)", strings.TrimPrefix(name, "@"), describe(args))
}

// clip shortens a text for a message.
func clip(text string, most int) string {
	if len(text) <= most {
		return text
	}
	return strings.ToValidUTF8(text[:most], "") + "…"
}

// interpolate computes the parts of a text and joins them.
func (p *Program) interpolate(eval func(*Program) (any, error)) (any, error) {
	var b strings.Builder
	for _, part := range p.parts {
		text := part.text
		if part.program != nil {
			v, err := eval(part.program)
			if err != nil {
				return nil, err
			}
			if text, err = asText(v); err != nil {
				return nil, p.failed(err)
			}
		}
		if b.Len()+len(text) > MaxText {
			return nil, harrier.Errorf(harrier.Limited, "the text %s becomes longer than %d bytes: use parts of what it holds", strconv.Quote(clip(p.text, 200)), MaxText)
		}
		b.WriteString(text)
	}
	return b.String(), nil
}

// asText writes a value inside a text: absent values as nothing, lists and
// maps as JSON.
func asText(v any) (string, error) {
	switch v := v.(type) {
	case nil:
		return "", nil
	case string:
		return v, nil
	case bool:
		return strconv.FormatBool(v), nil
	case int64:
		return strconv.FormatInt(v, 10), nil
	}
	var b strings.Builder
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false)
	err := encoder.Encode(v)
	return strings.TrimSuffix(b.String(), "\n"), err
}

// activation gives CEL the variables of one evaluation.
type activation struct {
	vars  map[string]variable
	scope Scope
	now   time.Time
}

// ResolveName implements cel.Activation.
func (a *activation) ResolveName(name string) (any, bool) {
	if name == nowVariable {
		return types.Timestamp{Time: a.now.UTC()}, true
	}
	declared, ok := a.vars[name]
	if !ok {
		return nil, false
	}
	v, ok := a.scope.Lookup(name)
	if !ok {
		if declared.typ.Optional {
			return types.OptionalNone, true
		}
		return nil, false
	}
	if declared.convert != nil {
		v = declared.convert(v)
	}
	return v, true
}

// Parent implements cel.Activation.
func (a *activation) Parent() cel.Activation { return nil }

// sortedNames returns the keys of a map in order.
func sortedNames[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
