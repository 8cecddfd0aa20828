package app

import (
	"context"
	"slices"
	"strings"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/access"
	"github.com/harrier-soar/harrier/internal/change"
	"github.com/harrier-soar/harrier/internal/engine"
	"github.com/harrier-soar/harrier/internal/enrich"
	"github.com/harrier-soar/harrier/internal/indicator"
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
		{Name: "lists", Place: indicator.ListPath("NAME"), Holds: within(indicator.ListFolder+"/", indicator.ListSuffix), Prepare: a.nextLists},
		nextFile(organisation.FileName, organisation.Read, organisation.Default, a.useProfile),
		nextFile(signersFile, readSigners, func() map[string]string { return nil }, func(map[string]string) {}),
		nextFile(enrich.FileName, enrich.ReadSettings, func() enrich.Settings { return enrich.Settings{} }, func(s enrich.Settings) { a.enrich.SetSettings(s) }),
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
		Others: a.others(harrier.ChangesReview),
	})
	return a.changes.Load(ctx)
}

// others tells whether somebody beside some people holds a right that takes two.
// An installation without accounts has one person: whoever may open its directory.
func (a *App) others(right harrier.Permission) func(context.Context, harrier.TenantID, []harrier.PrincipalID) (bool, error) {
	return func(ctx context.Context, tenant harrier.TenantID, hands []harrier.PrincipalID) (bool, error) {
		if a.opt.FourEyes {
			return true, nil
		}
		found := false
		err := a.persons(ctx, tenant, func(one access.Account) bool {
			found = access.Grants(tenant, one.Roles)[right] && !slices.Contains(hands, one.ID)
			return !found
		})
		return found, err
	}
}

// persons calls f with each person of a tenant whose account is open, until it
// returns false.
func (a *App) persons(ctx context.Context, tenant harrier.TenantID, f func(access.Account) bool) error {
	for cursor := ""; ; {
		accounts, next, err := a.store.Accounts(ctx, tenant, harrier.Page{Cursor: cursor, Limit: 200})
		if err != nil {
			return err
		}
		for _, one := range accounts {
			if one.Kind == access.Person && !one.Disabled() && !f(one) {
				return nil
			}
		}
		if cursor = next; cursor == "" {
			return nil
		}
	}
}

// upgrade proposes to join what ships now with what the team changed.
func (a *App) upgrade(ctx context.Context) {
	proposed, err := a.changes.Upgrade(ctx)
	if err != nil {
		a.opt.Log.ErrorContext(ctx, "compare what ships with what was changed", "err", err)
	}
	for _, c := range proposed {
		a.opt.Log.InfoContext(ctx, "what ships has changed beneath a file of yours; look at the proposal", "change_id", c.ID, "path", c.Files[0].Path)
	}
}
