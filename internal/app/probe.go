package app

import (
	"context"
	"sync"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/connector"
	"github.com/harrier-soar/harrier/expr"
	"github.com/harrier-soar/harrier/internal/engine"
	"github.com/harrier-soar/harrier/internal/step"
	"github.com/harrier-soar/harrier/schema"
)

// probe asks the vendor whether an effect is in place.
func (c *caller) probe(ctx context.Context, req engine.CallRequest) step.Outcome {
	spec := req.Call.Spec
	p := spec.Probe
	read, ok := c.products.actions[spec.Connector+"."+p.Action]
	if !ok {
		return failed(connector.Errorf(connector.Invalid, "the probe %s of %s is not there", p.Action, spec.Name))
	}
	vars := expr.Vars{"input": req.Call.With, "key": req.Call.Key}
	with := make(map[string]any, len(p.With))
	for name, text := range p.With {
		v, err := c.probes.eval(ctx, text, vars, c)
		if err != nil {
			return failed(connector.Errorf(connector.Invalid, "probe of %s, input %s: %w", spec.Name, name, err))
		}
		if v != nil { // what a link leaves out
			with[name] = v
		}
	}
	ans, err := c.ask(ctx, req, read, with)
	out := c.outcome(read, ans, err)
	if out.Failure != nil || out.Pending != nil {
		return out
	}
	vars["output"] = out.Output
	done, err := c.probes.eval(ctx, p.Done, vars, c)
	holds, isBool := done.(bool)
	if err != nil || !isBool {
		return failed(connector.Errorf(connector.Drift, "probe of %s: %s must be true or false", spec.Name, p.Done))
	}
	return step.Outcome{Done: holds, Output: common(out.Output, spec.Output)}
}

// common returns the fields of a probe's answer that the probed action has too.
func common(answer map[string]any, t schema.Type) map[string]any {
	out := map[string]any{}
	for name, v := range answer {
		f, ok := t.Field(name)
		if !ok {
			continue
		}
		if v, mismatches := schema.Check(v, f.Type); len(schema.Wrong(mismatches)) == 0 {
			out[name] = v
		}
	}
	return out
}

// probes compiles the expressions of probes once.
type probes struct {
	env *expr.Env

	mu    sync.Mutex // guards cache
	cache map[string]*expr.Program
}

func newProbes() (*probes, error) {
	env, err := expr.NewEnv(map[string]schema.Type{
		"input": schema.TypeOf(schema.Any), "output": schema.TypeOf(schema.Any), "key": schema.TypeOf(schema.String),
	})
	return &probes{env: env, cache: map[string]*expr.Program{}}, err
}

// eval evaluates an expression of a manifest, which was checked at load.
func (p *probes) eval(ctx context.Context, text string, vars expr.Vars, c *caller) (any, error) {
	p.mu.Lock()
	program := p.cache[text]
	p.mu.Unlock()
	if program == nil {
		compiled, issues := p.env.Compile(text)
		if len(issues) > 0 {
			return nil, harrier.Errorf(harrier.Invalid, "%s: %s", text, issues[0].Message)
		}
		program = compiled
		p.mu.Lock()
		p.cache[text] = program
		p.mu.Unlock()
	}
	return program.Eval(ctx, vars, c.now())
}
