package rehearsal

import (
	"cmp"
	"context"

	"github.com/harrier-soar/harrier/connector"
	"github.com/harrier-soar/harrier/internal/step"
	"github.com/harrier-soar/harrier/schema"
)

// call answers one call of a run.
func (t *trial) call(ctx context.Context, r *run, c step.Call) {
	at := r.at.inside(c.Path)
	if c.Probe {
		r.m.Finish(c, t.probe(ctx, r, c, at), t.env(r))
		return
	}
	if c.Attempt == 1 {
		t.calls = append(t.calls, effect{at: at, spec: c.Spec, with: c.With})
	}
	if c.Spec.Effect.Writes() && c.Attempt == 1 {
		t.effects = append(t.effects, effect{at: at, spec: c.Spec, with: c.With})
	}
	out := refused(c)
	if out.Failure == nil {
		out = t.answer(ctx, r, c, at)
	}
	switch {
	case t.broken:
	case !c.Spec.Local || out.Failure != nil:
		r.m.Finish(c, out, t.env(r))
	default:
		t.local(r, c, out.Output)
	}
}

// local carries out an action inside Harrier: its result is an event of its own.
func (t *trial) local(r *run, c step.Call, output map[string]any) {
	body, ok := r.m.Local(c, output)
	if !ok {
		return // it was given up meanwhile
	}
	t.note(r, body)
	if err := r.m.Apply(t.now, body); err != nil { // the machine made it just now
		t.stop(t.c.Pos, "%v", err)
	}
}

// refused is the failure of a call whose arguments no connector would take.
func refused(c step.Call) step.Outcome {
	for _, name := range c.Spec.Unsupported { // which are none of its inputs
		if c.With[name] != nil {
			return failed(c.Spec, connector.Invalid, c.Spec.Name+" cannot honour "+name)
		}
	}
	_, wrong := schema.CheckFields(schema.Defaults(c.Spec.Input, c.With), c.Spec.Input)
	if len(wrong) > 0 {
		return failed(c.Spec, connector.Invalid, "with."+wrong[0].String())
	}
	return step.Outcome{}
}

// failed is the outcome of a failure. As in earnest, what only reads is never
// unknown, nor is what happens inside Harrier; an effect with an answer that
// cannot be understood is.
func failed(spec schema.ActionSpec, class connector.Class, text string) step.Outcome {
	sent := spec.Effect.Writes() && !spec.Local && !spec.Builtin
	switch {
	case class == connector.Drift && sent:
		class = connector.Unknown
	case class == connector.Unknown && !sent:
		class = connector.Unavailable
	}
	return step.Outcome{
		Failure:   &step.Failure{Class: string(class), Text: cmp.Or(text, "the test says "+string(class))},
		Retryable: class.Retryable(), Unknown: class == connector.Unknown,
	}
}
