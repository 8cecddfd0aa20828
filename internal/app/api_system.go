package app

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/api"
	"github.com/harrier-soar/harrier/playbook"
)

// system answers the API's questions about playbooks and about Harrier itself.
type system struct{ *App }

var (
	_ api.Playbooks = system{}
	_ api.System    = system{}
)

// Playbooks implements [api.Playbooks]. There are few: one page holds all.
func (s system) Playbooks(_ context.Context, _ harrier.Principal, p harrier.Page) (api.List[api.Playbook], error) {
	var list api.List[api.Playbook]
	ed := s.library.inForce.Load()
	ed.check()
	for _, id := range ed.ids() {
		if e := ed.entry(id); e.plan != nil && id > p.Cursor {
			list.Items = append(list.Items, api.PlaybookOf(e.plan(), e.name))
		}
	}
	return list, nil
}

// Playbook implements [api.Playbooks].
func (s system) Playbook(_ context.Context, _ harrier.Principal, id string) (api.PlaybookDetail, error) {
	e, err := s.library.inForce.Load().sound(id)
	if err != nil {
		return api.PlaybookDetail{}, err
	}
	return api.PlaybookDetailOf(e.plan(), e.source, e.name), nil
}

// CheckPlaybook implements [api.Playbooks].
func (s system) CheckPlaybook(_ context.Context, _ harrier.Principal, in api.CheckPlaybook) (api.PlaybookCheck, error) {
	plan, problems := playbook.Compile(in.Name, []byte(in.Source), s.products.catalog(s.library.docs()))
	return api.PlaybookCheckOf(plan, problems), nil
}

// Ready implements [api.System].
func (s system) Ready(ctx context.Context) error {
	_, _, err := s.store.NextReady(ctx, time.Time{})
	return err
}

// Doctor implements [api.System].
func (s system) Doctor(ctx context.Context, by harrier.Principal) (api.Diagnosis, error) {
	d := api.Diagnosis{OK: true}
	add := func(c api.Check) {
		d.Checks = append(d.Checks, c)
		d.OK = d.OK && c.Status != api.CheckFail
	}
	stats, err := s.store.Stats(ctx)
	if err != nil {
		return d, err
	}
	add(checked("database", stats.Durable(), fmt.Sprintf("%s, %d KiB, %s, synchronous %d", stats.Path, stats.DatabaseBytes>>10, stats.JournalMode, stats.Synchronous),
		"commits would not survive a power cut; do not change the pragmas of the database"))
	faults, err := s.store.Check(ctx)
	if err != nil {
		return d, err
	}
	add(checked("integrity", len(faults) == 0, strings.Join(append(faults, fmt.Sprintf("%d faults", len(faults)))[:1], ""), "restore a backup of the data directory"))
	add(api.Check{Name: "runs", Status: api.CheckOK, Detail: fmt.Sprintf("%d ready, %d running, %d questions to people", stats.Ready, stats.Running, stats.Asked)})
	unsettled := api.Check{Name: "unknown outcomes", Status: api.CheckOK, Detail: fmt.Sprintf("%d effects are open or unknown", stats.Unsettled)}
	if stats.Unsettled > 0 {
		unsettled.Status, unsettled.Fix = api.CheckWarn, "answer what harrier approvals list shows"
	}
	add(unsettled)
	for _, c := range s.libraryChecks() {
		add(c)
	}
	all, err := s.directory.connections(ctx, by.Tenant)
	if err != nil {
		return d, err
	}
	feeds, err := reporters(s).feedChecks(ctx, by)
	if err != nil {
		return d, err
	}
	stops, err := stopping(s).stopChecks(ctx, by)
	if err != nil {
		return d, err
	}
	for _, c := range slices.Concat(feeds, reporters(s).trailChecks(ctx, by), stops) {
		add(c)
	}
	if len(all) == 0 {
		add(api.Check{Name: "connections", Status: api.CheckWarn, Detail: "none is configured", Fix: "add one with harrier connection add"})
	}
	for _, row := range all {
		res, err := connections(s).TestConnection(ctx, by, row.Name)
		if err != nil {
			return d, err
		}
		add(checked("connection "+row.Name, res.OK, strings.TrimSpace(row.BaseURL+" "+res.Error), "check the address and the secrets of the connection"))
	}
	return d, nil
}

// checked is a check that is fine or failed.
func checked(name string, ok bool, detail, fix string) api.Check {
	if ok {
		return api.Check{Name: name, Status: api.CheckOK, Detail: detail}
	}
	return api.Check{Name: name, Status: api.CheckFail, Detail: detail, Fix: fix}
}

// libraryChecks finds playbooks that cannot be used.
func (s system) libraryChecks() []api.Check {
	var checks []api.Check
	usable := 0
	ed := s.library.inForce.Load()
	ed.check()
	for _, id := range ed.ids() {
		e := ed.entry(id)
		if err := e.problems.Err(); err != nil {
			checks = append(checks, api.Check{Name: "playbook " + id, Status: api.CheckFail, Detail: "it has problems", Fix: "run harrier playbook lint " + e.name})
			continue
		}
		usable++
	}
	return append(checks, api.Check{Name: "playbooks", Status: api.CheckOK, Detail: fmt.Sprintf("%d can be run", usable)})
}

// Server returns the API of the installation.
func (a *App) Server(version api.Version) *api.Server {
	return api.New(api.Config{
		Ports: api.Ports{
			Alerts: things{a}, Cases: things{a}, Evidence: things{a}, Runs: runs{a}, RunControl: runs{a}, Approvals: things{a},
			Playbooks: system{a}, Connections: connections{a}, Audit: trails{a}, AuditTargets: trails{a}, Retention: archives{a}, Subjects: subjects{a}, Vault: keyring{a}, Search: searching{a}, Once: remembering{a}, Containments: things{a}, System: system{a},
			Changes: revisions{a}, Git: revisions{a},
			OnCall:   watchkeeping{a},
			Webhooks: telling{a},
			Mutes:    hush{a}, Switches: stopping{a}, Reviews: hush{a}, Risks: hush{a},
			Sight: files{a}, CaseMembers: files{a}, CaseDesk: files{a}, CaseParts: files{a}, CaseTasks: files{a}, CaseFiles: files{a}, Bulk: bulk{a}, Metrics: metrics{a}, Stream: happenings{a},
			Access:  api.Access{Gate: a.access, Sessions: a.access, SecondFactors: a.access, Accounts: a.access, Keys: a.access, Tenants: a.access, ProviderDoor: a.providers, Providers: a.providers, PasskeyDoor: a.passkeys, Passkeys: a.passkeys, DirectoryUsers: a.scim, DirectoryGroups: a.scim.Groups()},
			Sources: reporters{a}, Inbox: reporters{a}, Doors: a.door, Links: a.links, Channels: megaphone{a},
			Notifications: watchkeeping{a},
			Handovers:     watchkeeping{a},
			Inventory:     stock{a}, AddressLeases: stock{a},
			Intel: intelligence{a}, Feeds: intelligence{a}, ValueLists: intelligence{a}, BlockLists: intelligence{a},
		},
		Version: version, Log: a.opt.Log, Now: a.opt.Now,
	})
}
