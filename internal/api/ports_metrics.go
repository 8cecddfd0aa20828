package api

import (
	"context"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/figures"
)

// Metrics says how the work goes. What the principal may not see is in no figure.
type Metrics interface {
	// CaseMetrics are the figures of cases that were opened in a window.
	CaseMetrics(ctx context.Context, by harrier.Principal, w figures.Window, group string) (CaseMetrics, error)
	// AlertMetrics are the figures of alerts that came in a window.
	AlertMetrics(ctx context.Context, by harrier.Principal, w figures.Window, group string) (AlertMetrics, error)
	// Workload lists what everybody has to do.
	Workload(ctx context.Context, by harrier.Principal) ([]Load, error)
}
