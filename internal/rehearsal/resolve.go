package rehearsal

import (
	"maps"
	"slices"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/step"
	"github.com/harrier-soar/harrier/playbook"
	"github.com/harrier-soar/harrier/schema"
)

// env is what a run may know of the world: one connection for each connector,
// and retries at once.
func (t *trial) env(r *run) step.Env {
	return step.Env{
		Now: t.now, Jitter: func() float64 { return 0 },
		Resolve: func(a *playbook.Action, _ map[string]any) ([]step.Target, error) { return t.resolve(r.m.Plan(), a) },
	}
}

// resolve finds who answers an action step.
func (t *trial) resolve(plan *playbook.Plan, a *playbook.Action) ([]step.Target, error) {
	var found []schema.ActionSpec
	for _, name := range slices.Sorted(maps.Keys(plan.Actions)) {
		if spec := plan.Actions[name]; name == a.Uses || a.Verb && spec.Verb == a.Uses {
			found = append(found, spec)
		}
	}
	if len(found) == 0 {
		return nil, harrier.Errorf(harrier.NotFound, "no connection offers %s", a.Uses)
	}
	if !a.Verb || a.Via != playbook.ViaAll {
		found = found[t.preferred(found, a.Connection):][:1]
	}
	targets := make([]step.Target, len(found))
	for i, spec := range found {
		targets[i] = target(spec, a.Connection)
	}
	return targets, nil
}

// preferred returns which of several actions answers: that of the connector
// whose name the connection has, one that the test has an answer for, one of a
// connector that the test names, or the first.
func (t *trial) preferred(offered []schema.ActionSpec, connection string) int {
	if i := slices.IndexFunc(offered, func(spec schema.ActionSpec) bool { return spec.Connector == connection }); i >= 0 {
		return i
	}
	i := slices.IndexFunc(offered, func(spec schema.ActionSpec) bool {
		return slices.ContainsFunc(t.c.Stubs, func(s playbook.Stub) bool { return s.Match == spec.Name })
	})
	for _, name := range t.c.Connectors {
		if i < 0 {
			i = slices.IndexFunc(offered, func(spec schema.ActionSpec) bool { return spec.Connector == name })
		}
	}
	return max(i, 0)
}

// target is the connection of a connector, which has the name that the step
// gives it, or the connector's.
func target(spec schema.ActionSpec, name string) step.Target {
	if spec.Builtin || spec.Local {
		return step.Target{Name: "harrier", Action: spec.Name}
	}
	if name == "" {
		name = spec.Connector
	}
	return step.Target{
		Connection: harrier.DeriveID[harrier.ConnectionID]("rehearsal", spec.Connector, name), Name: name, Action: spec.Name,
		Manifest: spec.ManifestHash, Rev: 1,
	}
}
