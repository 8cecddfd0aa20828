package enrich

import (
	"context"
	"encoding/json"
	"time"

	"github.com/harrier-soar/harrier"
)

// Pending is an alert that was judged before everybody had answered.
type Pending struct {
	Tenant harrier.TenantID
	Alert  harrier.AlertID
	// Lane orders service: 0 is critical.
	Lane int
	// Request is what is asked for, as this package wrote it.
	Request json.RawMessage
	// Open counts the answers that were missing when it was last looked at.
	Open     int
	Attempts int
	// Done tells that nothing is waited for any more; the judge is still to be told.
	Done    bool
	Created time.Time
	Due     time.Time
}

// Store keeps what goes on after a picture. It is safe for concurrent use.
type Store interface {
	// Write runs change in a transaction; it may be run again after a rollback.
	Write(ctx context.Context, change func(harrier.Tx) error) error
	// AddEnrichment adds one, in place of one that the alert has with another
	// request; one with the same goes on.
	AddEnrichment(ctx context.Context, tx harrier.Tx, p Pending) error
	// Enrichment returns that of an alert; ok is false where it has none.
	Enrichment(ctx context.Context, tenant harrier.TenantID, alert harrier.AlertID) (p Pending, ok bool, err error)
	// DueEnrichments returns those that are due, the more severe alert's first.
	DueEnrichments(ctx context.Context, now time.Time, limit int) ([]Pending, error)
	// NextEnrichment returns when the next one is due; ok is false without one.
	NextEnrichment(ctx context.Context) (at time.Time, ok bool, err error)
	// MoveEnrichment stores open, attempts, done and due of one; where the alert
	// has none, or one that was made at another time, nothing happens.
	MoveEnrichment(ctx context.Context, tx harrier.Tx, p Pending) error
	// EndEnrichment removes one, unless the alert has one that was made at another time.
	EndEnrichment(ctx context.Context, tx harrier.Tx, p Pending) error
}

// Later keeps, in the transaction that keeps the alert, that answers are still
// to come. It begins as soon as that is committed.
func (s *Service) Later(ctx context.Context, tx harrier.Tx, req Request) error {
	if s.cfg.Store == nil {
		return nil
	}
	text, err := json.Marshal(waiting{
		Finding: harrier.Finding{
			Time: req.Finding.Time, Entities: req.Finding.Entities, Observables: req.Finding.Observables,
		},
		TLP: markOf(req, req.TLP, "tlp"), PAP: markOf(req, req.PAP, "pap"),
	})
	if err != nil {
		return harrier.Errorf(harrier.Internal, "encode what alert %s waits for: %w", req.Alert, err)
	}
	now := s.cfg.Now().UTC()
	tx.OnCommit(s.poke)
	return s.cfg.Store.AddEnrichment(ctx, tx, Pending{
		Tenant: req.Tenant, Alert: req.Alert, Lane: req.lane(), Request: text, Open: -1, Created: now, Due: now,
	})
}

// waiting is a request as it is stored: what is asked about, and nothing that
// differs each time that the same alert is judged.
type waiting struct {
	Finding harrier.Finding `json:"finding"`
	TLP     string          `json:"tlp,omitempty"`
	PAP     string          `json:"pap,omitempty"`
}

// waits reports whether an alert with gaps is still going to be asked about.
func (s *Service) waits(ctx context.Context, req Request) (bool, error) {
	if s.cfg.Store == nil {
		return false, nil
	}
	p, ok, err := s.cfg.Store.Enrichment(ctx, req.Tenant, req.Alert)
	return !ok || !p.Done, err
}

// markOf is the mark of a request as one text.
func markOf(req Request, given, name string) string { return (&drawing{req: req}).mark(given, name) }
