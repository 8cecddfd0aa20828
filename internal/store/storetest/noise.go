package storetest

import (
	"context"
	"testing"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/engine"
	"github.com/harrier-soar/harrier/internal/mute"
	"github.com/harrier-soar/harrier/internal/risk"
	"github.com/harrier-soar/harrier/internal/store"
)

// Noise is what keeping noise from people needs of a store.
type Noise interface {
	engine.Journal
	Alerts
	Cases
	mute.Rows
	Risk
	Correlation
	Indexing
}

// Risk is what adding up risk needs of a store.
type Risk interface {
	risk.Rows
	// RiskDays returns what was contributed to an entity from a day on.
	RiskDays(ctx context.Context, tenant harrier.TenantID, e risk.Entity, since int64) ([]risk.Day, error)
	// RiskPartsOf returns the newest contributions to an entity.
	RiskPartsOf(ctx context.Context, tenant harrier.TenantID, v harrier.Viewer, e risk.Entity) ([]risk.Part, error)
	// RiskState returns where an entity stands, or NotFound.
	RiskState(ctx context.Context, tenant harrier.TenantID, e risk.Entity) (risk.State, error)
	// RiskStates returns a page of entities, those that changed last first.
	RiskStates(ctx context.Context, tenant harrier.TenantID, f risk.Filter, p harrier.Page) ([]risk.State, string, error)
	// ForgetRisk removes what is from before a day.
	ForgetRisk(ctx context.Context, tx harrier.Tx, before int64, limit int) (int64, error)
}

// Indexing tells who and what alerts are about, and where they belong.
type Indexing interface {
	// LinkAlert puts an alert into a case, once.
	LinkAlert(ctx context.Context, tx harrier.Tx, l store.CaseLink) (bool, error)
	// IndexAlert writes who and what an alert is about.
	IndexAlert(ctx context.Context, tx harrier.Tx, a harrier.Alert, f harrier.Finding) error
}

// RunNoise proves every claim about the stores of what keeps noise from
// people, each on a fresh store.
func RunNoise(t *testing.T, open func(*testing.T) Noise) {
	prove(t, open, []claim[Noise]{
		{"Mutes change their end only, by rev, and are listed for their tenant (I12)", mutesChange},
		{"Hits of mutes add up and change nothing else", mutesCount},
		{"Risk adds up by day and is replaced by alert, for its tenant (I12)", riskAddsUp},
		{"Entities at risk keep where they stand and are listed for their tenant (I12)", riskStates},
		{"Cases are found by what they are about, near in time, for their tenant (I12)", caseKeys},
	})
}

// Reviewing is what watching rules that close alerts needs of a store.
type Reviewing interface {
	engine.Journal
	mute.CloserRows
	mute.ReviewReading
}

// RunReviews proves every claim about the store of reviews.
func RunReviews(t *testing.T, open func(*testing.T) Reviewing) {
	prove(t, open, []claim[Reviewing]{
		{"Reviews are decided once and measure their rule, for their tenant (I12)", reviewsMeasure},
	})
}
