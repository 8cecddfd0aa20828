package sim

import (
	"context"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/engine"
	"github.com/harrier-soar/harrier/internal/step"
	"github.com/harrier-soar/harrier/playbook"
)

// directory knows one connection, and two for a verb.
type directory struct{}

// Resolve implements [engine.Directory].
func (directory) Resolve(_ context.Context, _ harrier.TenantID, a *playbook.Action) ([]step.Target, error) {
	action, names := a.Uses, []string{"box"}
	if a.Verb {
		action, names = "box.never", []string{"box", "other"}
	}
	targets := make([]step.Target, len(names))
	for i, name := range names {
		targets[i] = step.Target{
			Connection: harrier.DeriveID[harrier.ConnectionID](name), Name: name, Action: action,
			Address: "https://box.example", Manifest: "m1", Rev: 1,
		}
	}
	return targets, nil
}

// plans knows one plan.
type plans struct{ plan *playbook.Plan }

// Plan implements [engine.Plans].
func (p plans) Plan(context.Context, harrier.TenantID, string) (*playbook.Plan, error) {
	return p.plan, nil
}

// locals performs the one built-in action.
type locals struct{}

// Do implements [engine.Locals].
func (locals) Do(_ context.Context, _ harrier.Tx, req engine.LocalRequest) (map[string]any, error) {
	return map[string]any{"x": req.Call.With["x"]}, nil
}
