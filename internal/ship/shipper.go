package ship

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/audit"
)

// Store keeps targets, and what they are sent.
type Store interface {
	audit.Source
	Write(ctx context.Context, change func(harrier.Tx) error) error
	// AuditTargets returns those of a tenant by name, or of all tenants for the zero id.
	AuditTargets(ctx context.Context, tenant harrier.TenantID) ([]Target, error)
	// PutAuditTarget stores a target where it stands; one that was removed stays so.
	PutAuditTarget(ctx context.Context, tx harrier.Tx, t Target) error
}

// Alarms tells of what is wrong as an alert.
type Alarms interface {
	// Tell takes an event of Harrier itself. The same id is the same alert; the later one ends it.
	Tell(ctx context.Context, tx harrier.Tx, tenant harrier.TenantID, body []byte) error
}

// Config is what a shipper is made of. All is required.
type Config struct {
	Store  Store
	Wire   Wire
	Alarms Alarms
	Log    *slog.Logger
	Now    func() time.Time
}

// Shipper sends audit rows to targets.
type Shipper struct {
	cfg  Config
	mu   sync.Mutex // one pass at a time; guards next
	next map[harrier.ConnectionID]time.Time
}

const (
	every = time.Second
	// atOnce bounds a batch in rows, atMost its time.
	atOnce = 200
	atMost = 30 * time.Second
	// patience is how long a target may fail, or stay behind, until an alert is opened.
	patience = 5 * time.Minute
	// longest is between two attempts.
	longest = time.Minute
)

// New returns a shipper.
func New(cfg Config) *Shipper {
	return &Shipper{cfg: cfg, next: map[harrier.ConnectionID]time.Time{}}
}

// Run ships until ctx ends.
func (s *Shipper) Run(ctx context.Context) error {
	tick := time.NewTicker(every)
	defer tick.Stop()
	for {
		if err := s.Pass(ctx); err != nil && ctx.Err() == nil {
			s.cfg.Log.LogAttrs(ctx, slog.LevelError, "audit rows were not shipped", slog.Any("err", err))
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
}

// Pass gives each target what it has not got yet, each at the same time so that
// none waits for another that hangs.
func (s *Shipper) Pass(ctx context.Context) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	targets, err := s.cfg.Store.AuditTargets(ctx, harrier.TenantID{})
	if err != nil {
		return err
	}
	var all sync.WaitGroup
	errs := make([]error, len(targets))
	for i, t := range targets {
		if s.cfg.Now().Before(s.next[t.ID]) {
			continue
		}
		delete(s.next, t.ID)
		all.Go(func() { errs[i] = s.ship(ctx, t) })
	}
	all.Wait()
	for i, t := range targets {
		if errs[i] != nil && ctx.Err() == nil {
			s.next[t.ID] = s.cfg.Now().Add(min(time.Second<<min(t.Failures, 6), longest))
			err = errs[i]
		}
	}
	return err
}

// ship sends a target all that is signed. The cursor moves when a batch was taken.
func (s *Shipper) ship(ctx context.Context, t Target) error {
	head, err := s.cfg.Store.AuditHead(ctx, t.Tenant)
	if err != nil || head.Note == "" {
		return err
	}
	c, err := audit.ReadCheckpoint(head.Note)
	if err != nil {
		return err
	}
	if t.Cursor > c.Size { // an old database was put back: what comes now is new to the target
		t.Cursor = 0
	}
	for t.Cursor < c.Size {
		b, err := s.batch(ctx, t, c)
		if err != nil {
			return err
		}
		limited, cancel := context.WithTimeout(ctx, atMost)
		err = s.cfg.Wire.Send(limited, t, b)
		cancel()
		if ctx.Err() != nil {
			return err // nobody knows; it is sent again
		}
		if err := s.settle(ctx, &t, b, err); err != nil {
			return err
		}
	}
	if !t.Caught || !t.AlarmAt.IsZero() {
		t.Caught = true
		return s.calm(ctx, t)
	}
	return nil
}

// batch reads the rows that come next. What policy removed before is left out.
func (s *Shipper) batch(ctx context.Context, t Target, c audit.Checkpoint) (b Batch, err error) {
	b = Batch{From: t.Cursor + 1, To: min(t.Cursor+atOnce, c.Size), Checkpoint: c.Note}
	leaves, err := s.cfg.Store.AuditLeaves(ctx, t.Tenant, b.From, b.To)
	for _, l := range leaves {
		if l.Row != nil {
			b.Lines, b.Times = append(b.Lines, l.Row.Line(l.Seq)), append(b.Times, time.UnixMicro(l.Row.At))
		}
	}
	return b, err
}

// settle keeps what became of a batch, and tells of what has failed for long.
func (s *Shipper) settle(ctx context.Context, t *Target, b Batch, failed error) error {
	now := s.cfg.Now().UTC().Truncate(time.Microsecond)
	if failed == nil {
		t.Cursor, t.SentAt, t.Failures, t.Error = b.To, now, 0, ""
		if late := b.late(now); t.Caught && late > patience {
			t.Error = fmt.Sprintf("it takes rows, %s late", late.Round(time.Second))
		} else {
			t.Since = time.Time{}
		}
	} else {
		t.Failures, t.Error = t.Failures+1, short(failed.Error())
	}
	if t.Error != "" && t.Since.IsZero() {
		t.Since = now
	}
	var body []byte
	if t.Error != "" && t.AlarmAt.IsZero() && now.Sub(t.Since) >= patience {
		t.AlarmAt = now
		body = t.event("new", t.Error)
	}
	err := s.cfg.Store.Write(ctx, func(tx harrier.Tx) error {
		if body != nil {
			if err := s.cfg.Alarms.Tell(ctx, tx, t.Tenant, body); err != nil {
				return err
			}
		}
		return s.cfg.Store.PutAuditTarget(ctx, tx, *t)
	})
	if failed != nil && err == nil {
		err = harrier.Errorf(harrier.Unavailable, "target %s: %w", t.Name, failed)
	}
	return err
}

// calm keeps that a target has everything, and ends its alert.
func (s *Shipper) calm(ctx context.Context, t Target) error {
	return s.cfg.Store.Write(ctx, func(tx harrier.Tx) error {
		if !t.AlarmAt.IsZero() {
			if err := s.cfg.Alarms.Tell(ctx, tx, t.Tenant, t.event("closed", "it has everything again")); err != nil {
				return err
			}
			t.AlarmAt = time.Time{}
		}
		return s.cfg.Store.PutAuditTarget(ctx, tx, t)
	})
}

// late is how old the newest row of a batch is.
func (b Batch) late(now time.Time) time.Duration {
	if len(b.Times) == 0 {
		return 0
	}
	return now.Sub(b.Times[len(b.Times)-1])
}

// event is an alert about a target.
func (t Target) event(status, detail string) []byte {
	text, err := json.Marshal(map[string]any{
		"id": "audit-shipping/" + t.ID.String() + "/" + t.AlarmAt.Format(time.RFC3339Nano), "title": "The audit trail does not reach " + t.Name,
		"details":  detail + ". Look at the target: harrier audit ship list.",
		"category": "feed_health", "severity": "high", "status": status, "created_at": t.AlarmAt, "updated_at": t.AlarmAt,
		"rule_id": "audit-shipping", "rule_name": "Audit trail is not shipped",
	})
	if err != nil {
		return nil // texts and times are encoded always
	}
	return text
}

func short(s string) string { return s[:min(len(s), 500)] }
