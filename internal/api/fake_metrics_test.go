package api

import (
	"context"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/figures"
)

var _ Metrics = (*world)(nil)

func (w *world) CaseMetrics(_ context.Context, by harrier.Principal, win figures.Window, group string) (CaseMetrics, error) {
	list, err := page(w, by, CaseFigures{Key: "phishing", Opened: 1})
	return CaseMetrics{Figured: AboutFigures(win, group, false), Items: list.Items}, err
}

func (w *world) AlertMetrics(_ context.Context, by harrier.Principal, win figures.Window, group string) (AlertMetrics, error) {
	list, err := page(w, by, AlertFigures{Key: "siem", Came: 1})
	return AlertMetrics{Figured: AboutFigures(win, group, false), Items: list.Items}, err
}

func (w *world) Workload(_ context.Context, by harrier.Principal) ([]Load, error) {
	list, err := page(w, by, Load{Cases: 1})
	return list.Items, err
}
