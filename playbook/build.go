package playbook

import (
	"strconv"
	"time"

	"github.com/harrier-soar/harrier/document"
	"github.com/harrier-soar/harrier/expr"
	"github.com/harrier-soar/harrier/schema"
)

// built is what a list of steps was compiled to, and what can be referred to
// after it.
type built struct {
	steps   []*Step
	exports []export
	// last is the type of the output of the last step that has one; ok is
	// false where none has.
	last schema.Type
	ok   bool
}

// list compiles steps that run one after the other.
func (c *checker) list(steps []*StepDoc, sc *scope) built {
	var out built
	for _, s := range steps {
		e := c.entries[s]
		if e == nil || len(e.chain) > maxNesting {
			continue
		}
		e.before = sc
		step, exports, output := c.step(e)
		out.steps = append(out.steps, step)
		out.exports = append(out.exports, exports...)
		sc = sc.add(c, exports...)
		if !e.noOutput {
			out.last, out.ok = output, true
		}
	}
	if out.last.Optional {
		// The last output may be that of an earlier step then.
		out.last = schema.TypeOf(schema.Any)
	}
	return out
}

// step compiles a step. It returns what can be referred to afterwards: the
// step itself, and the steps inside it that are seen from outside.
func (c *checker) step(e *entry) (*Step, []export, schema.Type) {
	s := e.doc
	at := site{scope: e.before, entry: e}
	step := &Step{
		Label: e.label, Name: s.Name, Kind: s.Kind, Pos: s.Pos,
		If: c.bare(s.If, condition("if"), at), Timeout: duration(s.Timeout), Retry: c.retry(s.Retry),
	}
	if s.ID != nil {
		step.ID = s.ID.Text
	}
	e.step = step
	output, inner := c.kind(e, step, at)
	step.OnError.Continue = s.OnError.Continue
	own := export{id: step.ID, typ: stepType(output)}
	sometimes := s.If != nil || c.deniable[step.ID]
	failing := s.OnError.Continue || s.OnError.Steps != nil
	if sometimes || failing {
		inner = optional(inner)
	}
	if sometimes || failing && s.Kind != LoopKind {
		// A loop has its output even where items failed.
		own = optional([]export{own})[0]
	}
	if s.OnError.Steps != nil {
		seen := append(optional(inner), optional([]export{own})...)
		handler := c.list(s.OnError.Steps, e.before.add(c, named(seen)...))
		step.OnError.Steps = handler.steps
		inner = append(inner, optional(handler.exports)...)
	}
	return step, named(append(inner, own)), outputOf(own.typ)
}

// named returns the exports that have an id to be referred to by.
func named(exports []export) []export {
	var out []export
	for _, e := range exports {
		if e.id != "" {
			out = append(out, e)
		}
	}
	return out
}

// kind compiles what belongs to the kind of a step. It returns the type of its
// output and what is seen of the steps inside it.
func (c *checker) kind(e *entry, step *Step, at site) (schema.Type, []export) {
	none := schema.TypeOf(schema.Object)
	switch s := e.doc; s.Kind {
	case ActionKind:
		action, output := c.action(e, s.Action, at)
		step.Action = action
		return output, nil
	case SetKind:
		tree, t := c.treeFields(s.Set, at)
		step.Set = tree
		return t, nil
	case IfKind, SwitchKind:
		return none, c.choice(e, step, at)
	case LoopKind:
		return c.loop(e, step, at), nil
	case ParallelKind:
		return none, c.parallel(e, step)
	case PollKind:
		return c.poll(e, step), nil
	case WaitKind:
		c.wait(s.Wait, step, at)
		return none, nil
	case ApproveKind:
		return c.approve(s.Approve, step, at), nil
	case AskKind:
		return c.ask(s.Ask, step, at), nil
	case CallKind:
		return c.call(s.Call, step, at), nil
	case ScriptKind:
		return c.script(s.Script, step, at), nil
	case StopKind:
		step.Stop = &Stop{Failed: textOf(s.Stop.Status) == "failed", Reason: c.template(s.Stop.Reason, textWanted("reason"), at)}
		return none, nil
	}
	return schema.TypeOf(schema.Any), nil
}

// retry compiles how a failed call is repeated.
func (c *checker) retry(r *RetryDoc) *schema.Retry {
	if r == nil {
		return nil
	}
	out := &schema.Retry{Attempts: intOf(r.Attempts), Base: time.Second, Max: 5 * time.Minute}
	if r.Base != nil {
		out.Base = duration(r.Base)
	}
	if r.Max != nil {
		out.Max = duration(r.Max)
	}
	switch {
	case r.Max != nil && out.Max > time.Hour:
		c.at(r.Max, problem("out-of-range", "write max: 1h or less, or use repeat with every", "a pause between calls is at most 1h"))
	case out.Base > out.Max && r.Base != nil:
		c.at(r.Base, problem("out-of-range", "write a base that is not longer than max", "the first pause, %s, is longer than the longest, %s", out.Base, out.Max))
	case out.Base > out.Max:
		out.Base = out.Max
	}
	return out
}

// duration returns a duration that the grammar accepted, or zero.
func duration(n *document.Node) time.Duration {
	if n == nil {
		return 0
	}
	d, err := expr.ParseDuration(n.Text)
	if err != nil {
		return 0
	}
	return d
}

// intOf returns a whole number that the grammar accepted, or 1 where there is none.
func intOf(n *document.Node) int {
	if n == nil {
		return 1
	}
	v, err := strconv.Atoi(n.Text)
	if err != nil {
		return 1
	}
	return v
}

// textOf returns a scalar's text, or "".
func textOf(n *document.Node) string {
	if n == nil {
		return ""
	}
	return n.Text
}
