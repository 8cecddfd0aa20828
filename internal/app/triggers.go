package app

import (
	"context"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/engine"
	"github.com/harrier-soar/harrier/internal/intake"
	"github.com/harrier-soar/harrier/internal/trigger"
	"github.com/harrier-soar/harrier/playbook"
)

// wireTriggers makes what starts playbooks by the clock and on cases.
func (a *App) wireTriggers() {
	a.trigger = trigger.New(trigger.Config{
		Store: a.store, Playbooks: shelf{a.library}, Runs: a.engine, Tenants: a.tenants, Log: a.opt.Log, Now: a.opt.Now,
	})
}

// tenants lists all tenants.
func (a *App) tenants(ctx context.Context) ([]harrier.TenantID, error) {
	all, err := a.store.Tenants(ctx)
	ids := make([]harrier.TenantID, len(all))
	for i, t := range all {
		ids[i] = t.ID
	}
	return ids, err
}

// shelf is the playbooks that something else than an alert's arrival starts.
type shelf struct{ library *library }

var _ trigger.Playbooks = shelf{}

// Plans implements [trigger.Playbooks]. Playbooks without such a trigger are not checked.
func (s shelf) Plans() []*playbook.Plan {
	var plans []*playbook.Plan
	ed := s.library.inForce.Load()
	for _, id := range ed.ids() {
		if !ed.entries[id].starts(wakes) {
			continue
		}
		if e := ed.entry(id); e.plan != nil {
			plans = append(plans, e.plan())
		}
	}
	return plans
}

// wakes reports whether a trigger is another than on alerts and by hand.
func wakes(t playbook.TriggerDoc) bool {
	return t.Schedule != nil || t.Case != nil || t.Verdict != nil || t.Indicator != nil
}

// subject is an alert about which something became known.
func (a *App) subject(al harrier.Alert) trigger.Subject {
	return trigger.Subject{Alert: al, Load: func(ctx context.Context) (harrier.Source, map[string]any, error) {
		src, err := a.store.Source(ctx, al.Tenant, al.Source)
		if err != nil && harrier.KindOf(err) != harrier.NotFound { // what was reported by hand may have none
			return src, nil, err
		}
		artefacts, _, err := a.store.EvidenceList(ctx, al.Tenant, harrier.EvidenceFilter{Viewer: harrier.SystemPrincipal, Alert: al.ID}, harrier.Page{Limit: 200})
		if err != nil {
			return src, nil, err
		}
		doc, err := intake.Document(al, artefacts)
		return src, doc, err
	}}
}

// Start implements [trigger.Playbooks].
func (s shelf) Start(plan *playbook.Plan, by harrier.Principal) (engine.Start, error) {
	return s.library.start(plan.ID, by)
}
