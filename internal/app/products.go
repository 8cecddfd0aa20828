package app

import (
	"io/fs"

	"github.com/harrier-soar/harrier/connector"
	"github.com/harrier-soar/harrier/connector/rest"
	"github.com/harrier-soar/harrier/connectors"
	"github.com/harrier-soar/harrier/internal/builtin"
	"github.com/harrier-soar/harrier/internal/email"
	"github.com/harrier-soar/harrier/internal/intel"
	"github.com/harrier-soar/harrier/internal/triage"
)

// loadConnectors reads the connectors that ship with Harrier and those of a team.
func loadConnectors(trees ...fs.FS) ([]connector.Connector, error) {
	var all []connector.Connector
	for _, tree := range append([]fs.FS{connectors.FS}, trees...) {
		loaded, problems := rest.LoadFS(tree)
		if err := problems.Err(); err != nil {
			return nil, err
		}
		for _, c := range loaded {
			all = append(all, c)
		}
	}
	return all, nil
}

// builtins gathers the actions of Harrier's own.
func (a *App) builtins(l intel.Lookups) ([]builtin.Action, error) {
	parse, err := email.Action(a.openEvidence, email.DefaultLimits())
	if err != nil {
		return nil, err
	}
	all := []builtin.Action{parse}
	all = append(all, a.cases.Actions()...)
	all = append(all, triage.New(a.store).Actions()...)
	return append(all, intel.New(intel.Config{Lookups: l, Now: a.opt.Now}).Actions()...), nil
}
