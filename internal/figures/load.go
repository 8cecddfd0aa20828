package figures

import (
	"context"
	"time"

	"github.com/harrier-soar/harrier"
)

// Load is what somebody has to do.
type Load struct {
	// Person is who; empty for what is nobody's.
	Person               harrier.Person
	Cases, Alerts, Tasks int64
	// Oldest is since when the oldest of it waits.
	Oldest time.Time
	// Breached counts promises about their open cases that were missed.
	Breached int64
	// More tells that there is more that is nobody's than was counted.
	More bool
}

// Asked is for whom, and about when.
type Asked struct {
	Tenant harrier.TenantID
	Viewer harrier.Viewer
	Window Window
}

// Store finds what figures are made of. What the viewer may not see is not there.
type Store interface {
	// CaseFacts returns the cases that were opened in a window.
	CaseFacts(ctx context.Context, a Asked) (Sample[Case], error)
	// AlertFacts returns the alerts that came in a window, and what people said of
	// what rules closed in it.
	AlertFacts(ctx context.Context, a Asked) (Sample[Alert], Checked, error)
	// Loads lists what everybody has to do, whoever has most cases first; alerts
	// are counted where that is asked.
	Loads(ctx context.Context, a Asked, alerts bool) ([]Load, error)
}
