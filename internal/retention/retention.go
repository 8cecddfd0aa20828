package retention

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"sync"
	"time"

	"github.com/harrier-soar/harrier"
)

// Class is a kind of things that are kept for the same time.
type Class string

// The classes.
const (
	Events     Class = "events"     // what sources delivered, as it came
	Alerts     Class = "alerts"     // closed, with their history
	Cases      Class = "cases"      // closed, with their timeline
	Evidence   Class = "evidence"   // of what is closed
	Runs       Class = "runs"       // ended, with their journals and questions
	Indicators Class = "indicators" // that have ended
	Leases     Class = "leases"     // of addresses that have ended
	Audit      Class = "audit"      // rows of the audit trail; their places and hashes stay
)

// Policy is how long things of a class are kept.
type Policy struct {
	Class Class
	// Days is how many; 0 keeps them for ever.
	Days int
	// Default tells that nobody has said otherwise.
	Default bool
}

// Defaults lists the classes in the order in which a sweep goes through them,
// with how long they are kept where nobody says otherwise.
func Defaults() []Policy {
	return []Policy{
		{Events, 365, true}, {Runs, 3 * 365, true}, {Cases, 7 * 365, true}, {Alerts, 3 * 365, true}, {Evidence, 3 * 365, true},
		{Indicators, 365, true}, {Leases, 400, true}, {Audit, 7 * 365, true},
	}
}

// Purge is what one change removes at most.
type Purge struct {
	Tenant harrier.TenantID
	Class  Class
	Before time.Time
	Limit  int
	// After is where the change before this one came to; empty begins with the oldest.
	After string
}

// Purged is what it removed. First and Last are the times of the oldest and the
// newest, Digest is the SHA-256 of their ids in this order.
type Purged struct {
	Count       int64
	First, Last time.Time
	Digest      string
	// Through is the last place of the audit trail that was removed.
	Through int64
	// Next is where the next change goes on; empty where none was left to look at.
	Next string
}

// Doomed is evidence that no row needs any more.
type Doomed struct {
	Tenant harrier.TenantID
	SHA256 string
}

// Store keeps policies and removes.
type Store interface {
	Write(ctx context.Context, change func(harrier.Tx) error) error
	// Retention returns what was said for a tenant.
	Retention(ctx context.Context, tenant harrier.TenantID) (map[Class]int, error)
	// PutRetention stores it.
	PutRetention(ctx context.Context, tx harrier.Tx, tenant harrier.TenantID, c Class, days int) error
	// TenantIDs lists all tenants.
	TenantIDs(ctx context.Context) ([]harrier.TenantID, error)
	// Purge looks at the oldest and removes those that are older, closed and not
	// held, for a few hundredths of a second at most. For the audit trail
	// certificate is the row that says so.
	Purge(ctx context.Context, tx harrier.Tx, p Purge, certificate harrier.AuditID) (Purged, error)
	// Audit adds a row.
	Audit(ctx context.Context, tx harrier.Tx, e harrier.AuditEntry) error
}

// Blobs are the contents of evidence.
type Blobs interface {
	// DoomedEvidence lists contents that no row has needed since before a time.
	DoomedEvidence(ctx context.Context, before time.Time, limit int) ([]Doomed, error)
	// Spare reports whether a row needs the content again, and forgets the doom then.
	Spare(ctx context.Context, tx harrier.Tx, d Doomed) (bool, error)
	// Remove removes the content from the disk; it is no error where it is gone.
	Remove(ctx context.Context, d Doomed) error
	// Gone forgets a content that is removed.
	Gone(ctx context.Context, tx harrier.Tx, d Doomed) error
}

// Config is what the service is made of. All is required.
type Config struct {
	Store Store
	Holds HoldRows
	Blobs Blobs
	Log   *slog.Logger
	Now   func() time.Time
}

// Service keeps things as long as they are to be kept.
type Service struct {
	cfg Config

	mu     sync.Mutex // guards what follows
	places map[kept]string
}

// kept is a class of a tenant's.
type kept struct {
	tenant harrier.TenantID
	class  Class
}

// New returns a service.
func New(cfg Config) *Service { return &Service{cfg: cfg, places: map[kept]string{}} }

const (
	// atOnce bounds a change, perSweep the changes for one class in a sweep.
	atOnce, perSweep = 200, 1000
	// doomedFor is how long evidence stays on the disk after its last row.
	doomedFor = time.Hour
)

// Policies returns how long things are kept for a tenant.
func (s *Service) Policies(ctx context.Context, tenant harrier.TenantID) ([]Policy, error) {
	said, err := s.cfg.Store.Retention(ctx, tenant)
	list := Defaults()
	for i, p := range list {
		if days, ok := said[p.Class]; ok {
			list[i].Days, list[i].Default = days, false
		}
	}
	return list, err
}

// Set says how long things of a class are kept.
func (s *Service) Set(ctx context.Context, by harrier.Principal, c Class, days int) (Policy, error) {
	known := false
	for _, p := range Defaults() {
		known = known || p.Class == c
	}
	switch {
	case !known:
		return Policy{}, harrier.Errorf(harrier.Invalid, "there is no class %q; harrier retention show lists them", c)
	case days < 0 || days > 36500:
		return Policy{}, harrier.Errorf(harrier.Invalid, "days: write a number from 1 to 36500, or 0 to keep them for ever")
	case c == Audit && days > 0 && days < 90:
		return Policy{}, harrier.Errorf(harrier.Invalid, "days: the audit trail is kept for 90 days at least")
	}
	err := s.cfg.Store.Write(ctx, func(tx harrier.Tx) error {
		if err := s.cfg.Store.PutRetention(ctx, tx, by.Tenant, c, days); err != nil {
			return err
		}
		return s.record(ctx, tx, by, deed{"retention.set", string(c), map[string]any{"days": days}})
	})
	return Policy{Class: c, Days: days}, err
}

// Removed is what a sweep removed of a class.
type Removed struct {
	Class Class
	Count int64
}

// Sweep removes what is too old, of all tenants. What fails is tried again by
// the next sweep; the others go on.
func (s *Service) Sweep(ctx context.Context) error {
	tenants, err := s.cfg.Store.TenantIDs(ctx)
	errs := []error{err}
	for _, t := range tenants {
		by := harrier.Principal{ID: harrier.SystemPrincipal, Tenant: t, Name: "system"}
		_, err := s.Run(ctx, by)
		errs = append(errs, err)
	}
	return errors.Join(append(errs, s.burn(ctx))...)
}

// Run removes what is too old of one tenant.
func (s *Service) Run(ctx context.Context, by harrier.Principal) ([]Removed, error) {
	policies, err := s.Policies(ctx, by.Tenant)
	if err != nil {
		return nil, err
	}
	var list []Removed
	var errs []error
	for _, p := range policies {
		n, err := s.sweep(ctx, by, p)
		list, errs = append(list, Removed{p.Class, n}), append(errs, err)
	}
	return list, errors.Join(errs...)
}

// sweep goes on where the sweep before came to, so that what cannot go yet is
// not looked at for ever.
func (s *Service) sweep(ctx context.Context, by harrier.Principal, p Policy) (total int64, err error) {
	if p.Days == 0 {
		return 0, nil
	}
	q := Purge{Tenant: by.Tenant, Class: p.Class, Limit: atOnce}
	s.mu.Lock()
	q.After = s.places[kept{q.Tenant, q.Class}]
	s.mu.Unlock()
	for range perSweep {
		done, err := s.batch(ctx, by, p, q)
		if err != nil {
			return total, err
		}
		total += done.Count
		q.After = done.Next
		s.keep(q)
		if q.After == "" {
			break
		}
		if err := ctx.Err(); err != nil {
			return total, err
		}
	}
	return total, nil
}

// keep keeps how far a class of a tenant was looked at.
func (s *Service) keep(q Purge) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.places[kept{q.Tenant, q.Class}] = q.After
}

// batch removes some in one change with their certificate.
func (s *Service) batch(ctx context.Context, by harrier.Principal, p Policy, q Purge) (done Purged, err error) {
	now := s.cfg.Now().UTC().Truncate(time.Microsecond)
	q.Before = now.Add(-time.Duration(p.Days) * 24 * time.Hour)
	err = s.cfg.Store.Write(ctx, func(tx harrier.Tx) (err error) {
		id := harrier.NewID[harrier.AuditID](now)
		if done, err = s.cfg.Store.Purge(ctx, tx, q, id); err != nil || done.Count == 0 {
			return err
		}
		data := map[string]any{"days": p.Days, "count": done.Count, "first": done.First, "last": done.Last, "sha256": done.Digest}
		action := "retention.purge"
		if p.Class == Audit {
			action, data["through"] = "audit.prune", done.Through
		}
		return s.cfg.Store.Audit(ctx, tx, entry(id, now, by, deed{action, string(p.Class), data}))
	})
	return done, err
}

// burn removes contents from the disk that nobody needs any more. A kill between
// its steps leaves a doom that the next sweep carries out.
func (s *Service) burn(ctx context.Context) error {
	for {
		list, err := s.cfg.Blobs.DoomedEvidence(ctx, s.cfg.Now().Add(-doomedFor), atOnce)
		if err != nil || len(list) == 0 {
			return err
		}
		for _, d := range list {
			spared := false
			if err := s.cfg.Store.Write(ctx, func(tx harrier.Tx) (err error) { spared, err = s.cfg.Blobs.Spare(ctx, tx, d); return err }); err != nil {
				return err
			}
			if spared {
				continue
			}
			if err := s.cfg.Blobs.Remove(ctx, d); err != nil {
				return err
			}
			if err := s.cfg.Store.Write(ctx, func(tx harrier.Tx) error { return s.cfg.Blobs.Gone(ctx, tx, d) }); err != nil {
				return err
			}
		}
	}
}

// deed is something that is recorded.
type deed struct {
	action, target string
	data           map[string]any
}

func (s *Service) record(ctx context.Context, tx harrier.Tx, by harrier.Principal, d deed) error {
	now := s.cfg.Now().UTC().Truncate(time.Microsecond)
	return s.cfg.Store.Audit(ctx, tx, entry(harrier.NewID[harrier.AuditID](now), now, by, d))
}

func entry(id harrier.AuditID, now time.Time, by harrier.Principal, d deed) harrier.AuditEntry {
	data, err := json.Marshal(d.data)
	if err != nil {
		data = nil // numbers, texts and times are encoded always
	}
	return harrier.AuditEntry{Tenant: by.Tenant, ID: id, At: now, Actor: by.ID, ActorName: by.Name, Action: d.action, Target: d.target, Data: data}
}
