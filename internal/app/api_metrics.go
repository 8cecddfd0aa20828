package app

import (
	"context"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/api"
	"github.com/harrier-soar/harrier/internal/figures"
)

// metrics answers the API's questions about how the work goes.
type metrics struct{ *App }

var _ api.Metrics = metrics{}

// CaseMetrics implements [api.Metrics].
func (m metrics) CaseMetrics(ctx context.Context, by harrier.Principal, w figures.Window, group string) (api.CaseMetrics, error) {
	facts, err := m.store.CaseFacts(ctx, figures.Asked{Tenant: by.Tenant, Viewer: by.ID, Window: w})
	if err != nil {
		return api.CaseMetrics{}, err
	}
	all, groups := figures.OfCases(facts, w, group)
	items, err := items(groups, nil, api.CaseFiguresOf)
	return api.CaseMetrics{Figured: api.AboutFigures(w, group, facts.Estimated()), CaseFigures: api.CaseFiguresOf(all), Items: items}, err
}

// AlertMetrics implements [api.Metrics].
func (m metrics) AlertMetrics(ctx context.Context, by harrier.Principal, w figures.Window, group string) (api.AlertMetrics, error) {
	facts, checked, err := m.store.AlertFacts(ctx, figures.Asked{Tenant: by.Tenant, Viewer: by.ID, Window: w})
	if err != nil {
		return api.AlertMetrics{}, err
	}
	all, groups := figures.OfAlerts(facts, w, group)
	items, err := items(groups, nil, api.AlertFiguresOf)
	out := api.AlertMetrics{
		Figured: api.AboutFigures(w, group, facts.Estimated()), AlertFigures: api.AlertFiguresOf(all), Items: items,
		Reviewed: checked.Reviewed, Agreed: checked.Agreed,
	}
	if checked.Reviewed > 0 {
		lower, upper := checked.Precision()
		out.Precision = &api.Bounds{Lower: lower, Upper: upper}
	}
	return out, err
}

// Workload implements [api.Metrics].
func (m metrics) Workload(ctx context.Context, by harrier.Principal) ([]api.Load, error) {
	loads, err := m.store.Loads(ctx, figures.Asked{Tenant: by.Tenant, Viewer: by.ID}, by.May(harrier.AlertsRead))
	return items(loads, err, api.LoadOf)
}
