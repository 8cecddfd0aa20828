package app

import (
	"context"
	"strings"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/change"
	"github.com/harrier-soar/harrier/internal/engine"
	"github.com/harrier-soar/harrier/internal/mapping"
	"github.com/harrier-soar/harrier/internal/noise"
	"github.com/harrier-soar/harrier/internal/organisation"
)

// kinds is the table of what is under change control: where its files are, what
// checks them and what puts them into force.
func (a *App) kinds() []change.Kind {
	return []change.Kind{
		{Name: "playbooks", Place: "playbooks/NAME.playbook.yaml and NAME.test.yaml beside it", Holds: within("playbooks/", playbookSuffix, testSuffix), Prepare: a.nextPlaybooks},
		{Name: "triage", Place: "triage/NAME.yaml and NAME.test.yaml beside it", Holds: within("triage/", ".yaml"), Prepare: a.nextTriage},
		{Name: "mappings", Place: "mappings/NAME/NAME.mapping.yaml with samples beside it", Holds: ofMapping, Prepare: a.nextMappings},
		nextFile(organisation.FileName, organisation.Read, organisation.Default, a.useProfile),
		nextFile(noise.FileName, noise.Read, noise.Default, a.useNoise),
		nextFile(engine.GuardFile, engine.ReadGuards, engine.DefaultGuards, func(g []engine.Guard) { a.engine.SetGuards(g) }),
	}
}

// within reports whether a file is directly in a folder and its name ends with one of some suffixes.
func within(folder string, suffixes ...string) func(string) bool {
	return func(path string) bool {
		name, ok := strings.CutPrefix(path, folder)
		if !ok || strings.Contains(name, "/") {
			return false
		}
		for _, s := range suffixes {
			if base, ok := strings.CutSuffix(name, s); ok && base != "" {
				return true
			}
		}
		return false
	}
}

// ofMapping reports whether a file is a mapping or beside one.
func ofMapping(path string) bool {
	folder, name, ok := strings.Cut(strings.TrimPrefix(path, "mappings/"), "/")
	if !strings.HasPrefix(path, "mappings/") {
		return false
	}
	if !ok {
		return strings.HasSuffix(folder, mapping.Suffix)
	}
	return !strings.Contains(name, "/") && (strings.HasSuffix(name, mapping.Suffix) || strings.Contains(name, ".sample.") || strings.HasSuffix(name, ".golden.json") || strings.HasSuffix(name, ".source.json"))
}

// openChanges makes what keeps changes, and reads what of them is in force.
func (a *App) openChanges(ctx context.Context) error {
	a.changes = change.New(change.Config{
		Store: a.store, Kinds: a.kinds(), Team: userTree(a.opt.Dir, "."), Shipped: shipped(), Now: a.opt.Now, Hit: a.opt.Points.Hit,
		Others: a.otherReviewers,
	})
	return a.changes.Load(ctx)
}

// otherReviewers reports whether somebody beside some people could review. An
// installation without users has one person: whoever may open its directory.
func (a *App) otherReviewers(context.Context, harrier.TenantID, []harrier.PrincipalID) (bool, error) {
	return a.opt.FourEyes, nil
}
