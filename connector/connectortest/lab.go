package connectortest

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/connector"
	"github.com/harrier-soar/harrier/expr"
	"github.com/harrier-soar/harrier/schema"
)

// agreesWithLab compares what the connector says with what the simulated world saw.
func (a action) agreesWithLab(t *testing.T) {
	lab, ok := a.lab(t)
	if !ok {
		t.Skipf("no lab simulates %s", a.manifest.Title)
	}
	in := lab.in(a.name)
	if in == nil {
		t.Skipf("the lab has no arguments for %s", a.spec.Name)
	}
	in = schema.Defaults(a.spec.Input, in)
	lab.Reset()
	out := a.succeeds(t, lab, in)
	first := lab.Effects()
	if !a.spec.Effect.Writes() {
		if len(first) > 0 {
			t.Errorf("a read changed the world: %v", first)
		}
		return
	}
	if len(first) == 0 {
		t.Errorf("nothing changed in the world")
	}
	a.probeSays(t, lab, in, true)
	if a.spec.Repeat == harrier.Natural {
		a.succeeds(t, lab, in)
		if diff := cmp.Diff(first, lab.Effects()); diff != "" {
			t.Errorf("repeat is natural, and the second call had an effect (-once +twice):\n%s", diff)
		}
	}
	if a.spec.Undo != nil {
		a.undoes(t, lab, in, out)
		a.probeSays(t, lab, in, false)
	}
}

// succeeds calls the action, follows its job and checks the output.
func (a action) succeeds(t *testing.T, lab Lab, in map[string]any) map[string]any {
	t.Helper()
	req := connector.Request{Action: a.name, Input: in, Key: "key-of-the-effect"}
	for range 100 {
		answer, err := a.conn.Do(t.Context(), lab.Env, req)
		if err != nil {
			t.Fatalf("%s with %v: %v", a.spec.Name, in, err)
		}
		if answer.Pending != nil {
			req.Resume = answer.Pending.State
			continue
		}
		out, wrong := schema.CheckFields(answer.Output, a.spec.Output.Fields)
		if len(wrong) > 0 {
			t.Fatalf("%s: the answer does not fit the output: %v", a.spec.Name, wrong)
		}
		return out
	}
	t.Fatalf("%s has not finished after 100 looks", a.spec.Name)
	return nil
}

// probeSays asks the probe whether the effect is in place.
func (a action) probeSays(t *testing.T, lab Lab, in map[string]any, want bool) {
	t.Helper()
	p := a.spec.Probe
	if p == nil {
		return
	}
	to, _ := a.suite.spec(p.Action)
	vars := expr.Vars{"input": in, "key": "key-of-the-effect"}
	types := map[string]schema.Type{"input": schema.TypeOf(schema.Object), "key": schema.TypeOf(schema.String)}
	out := a.action(to).succeeds(t, lab, a.arguments(t, p.Link, to, binding{types, vars}))
	types["output"], vars["output"] = schema.TypeOf(schema.Object), out
	if got := evaluate(t, p.Done, binding{types, vars}); got != want {
		t.Errorf("the probe says %v, want %v: %s over %v", got, want, p.Done, out)
	}
}

// undoes reverses the effect.
func (a action) undoes(t *testing.T, lab Lab, in, out map[string]any) {
	t.Helper()
	to, _ := a.suite.spec(a.spec.Undo.Action)
	vars := expr.Vars{"input": in, "output": out}
	types := map[string]schema.Type{"input": schema.TypeOf(schema.Object), "output": schema.TypeOf(schema.Object)}
	before := len(lab.Effects())
	a.action(to).succeeds(t, lab, a.arguments(t, *a.spec.Undo, to, binding{types, vars}))
	if len(lab.Effects()) == before {
		t.Errorf("the undo changed nothing in the world")
	}
}

// binding is the variables of a link, with their types.
type binding struct {
	types map[string]schema.Type
	vars  expr.Vars
}

// arguments evaluates the inputs of a linked action, as the engine does.
func (a action) arguments(t *testing.T, link schema.Link, to schema.ActionSpec, b binding) map[string]any {
	t.Helper()
	in := make(map[string]any)
	for name, text := range link.With {
		if v := evaluate(t, text, b); v != nil {
			in[name] = v
		}
	}
	in = schema.Defaults(to.Input, in)
	out, wrong := schema.CheckFields(in, to.Input)
	if len(wrong) > 0 {
		t.Fatalf("%s: %s cannot be called with %v: %v", a.spec.Name, to.Name, in, wrong)
	}
	return out
}

// evaluate runs an expression.
func evaluate(t *testing.T, text string, b binding) any {
	t.Helper()
	env, err := expr.NewEnv(b.types)
	if err != nil {
		t.Fatal(err)
	}
	p, issues := env.Compile(text)
	if len(issues) > 0 {
		t.Fatalf("%s: %v", text, issues)
	}
	v, err := p.Eval(t.Context(), b.vars, time.Now())
	if err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return v
}
