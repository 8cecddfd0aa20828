package app

import (
	"context"
	"strings"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/change"
)

// kinds is the table of what is under change control: where its files are, what
// checks them and what puts them into force.
func (a *App) kinds() []change.Kind {
	return []change.Kind{
		{Name: "playbooks", Place: "playbooks/NAME.playbook.yaml and NAME.test.yaml beside it", Holds: within("playbooks/", playbookSuffix, testSuffix), Prepare: a.nextPlaybooks},
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
