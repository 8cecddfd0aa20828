package mute

import (
	"context"
	"sync"
	"time"

	"github.com/harrier-soar/harrier"
)

// CloserRows keeps what rules closed, inside changes.
type CloserRows interface {
	// CloserIn returns a rule that closed something, with its decided reviews
	// that count; ok is false where there is none.
	CloserIn(ctx context.Context, tx harrier.Tx, tenant harrier.TenantID, rule string) (c Closer, ok bool, err error)
	// AddClosing notes that a rule closed an alert, once; added is false where
	// that was noted.
	AddClosing(ctx context.Context, tx harrier.Tx, c Close) (added bool, err error)
	// PutCloser stores a rule.
	PutCloser(ctx context.Context, tx harrier.Tx, c Closer) error
	// ReviewsSince counts the reviews of a rule for what it closed since a time.
	ReviewsSince(ctx context.Context, tx harrier.Tx, tenant harrier.TenantID, rule string, since time.Time) (int, error)
	// AddReview adds a review, once.
	AddReview(ctx context.Context, tx harrier.Tx, r Review) error
	// ReviewIn returns a review; one of another tenant is NotFound.
	ReviewIn(ctx context.Context, tx harrier.Tx, tenant harrier.TenantID, id harrier.ReviewID) (Review, error)
	// DecideReview stores a decision; another rev than the stored one is Conflict.
	DecideReview(ctx context.Context, tx harrier.Tx, r Review) error
}

// ReviewReading finds reviews and rules.
type ReviewReading interface {
	// Review returns a review; one of another tenant is NotFound.
	Review(ctx context.Context, tenant harrier.TenantID, id harrier.ReviewID) (Review, error)
	// Reviews lists reviews, what was closed last first.
	Reviews(ctx context.Context, tenant harrier.TenantID, f ReviewFilter, p harrier.Page) ([]Review, string, error)
	// Closers lists the rules of a tenant that closed something, with their
	// reviews, by name, at most 500.
	Closers(ctx context.Context, tenant harrier.TenantID) ([]Closer, error)
	// Suspended returns the rules of all tenants that are suspended.
	Suspended(ctx context.Context) ([]Closer, error)
}

// Reopening is how an alert is opened again.
type Reopening interface {
	// Alert returns an alert.
	Alert(ctx context.Context, tenant harrier.TenantID, id harrier.AlertID) (harrier.Alert, error)
	// AlertIn returns an alert inside a change.
	AlertIn(ctx context.Context, tx harrier.Tx, tenant harrier.TenantID, id harrier.AlertID) (harrier.Alert, error)
	// UpdateAlert stores an alert.
	UpdateAlert(ctx context.Context, tx harrier.Tx, a harrier.Alert) error
	// AddAlertChange writes what happened to an alert.
	AddAlertChange(ctx context.Context, tx harrier.Tx, c harrier.AlertChange) error
}

// CloserStore is all that watching rules asks of the store.
type CloserStore interface {
	CloserRows
	ReviewReading
	Reopening
	Journal
}

// ReviewFilter selects reviews. Empty fields select all.
type ReviewFilter struct {
	Viewer harrier.Viewer
	State  string
	Rule   string
}

// Closers watches rules that close alerts by themselves. It is safe for
// concurrent use.
type Closers struct {
	store CloserStore
	clock func() time.Time

	mu        sync.RWMutex // guards suspended
	suspended map[ruleKey]string
}

type ruleKey struct {
	tenant harrier.TenantID
	rule   string
}

// NewClosers returns the watch.
func NewClosers(store CloserStore, now func() time.Time) *Closers {
	return &Closers{store: store, clock: now, suspended: map[ruleKey]string{}}
}

func (c *Closers) now() time.Time { return c.clock().UTC().Truncate(time.Microsecond) }

// Load reads which rules are suspended.
func (c *Closers) Load(ctx context.Context) error {
	list, err := c.store.Suspended(ctx)
	if err != nil {
		return err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.suspended = make(map[ruleKey]string, len(list))
	for _, one := range list {
		c.suspended[ruleKey{one.Tenant, one.Rule}] = one.Why
	}
	return nil
}

// MayClose says whether a rule may close an alert now, and why not.
func (c *Closers) MayClose(tenant harrier.TenantID, rule Closing, now time.Time) (why string, may bool) {
	switch {
	case rule.Until.IsZero():
		return rule.Rule + " has no end, and closes nothing", false
	case !now.Before(rule.Until):
		return rule.Rule + " has ended on " + rule.Until.UTC().Format(time.DateOnly), false
	}
	c.mu.RLock()
	defer c.mu.RUnlock()
	if why, ok := c.suspended[ruleKey{tenant, rule.Rule}]; ok {
		return rule.Rule + " is suspended: " + why, false
	}
	return "", true
}

// Close is an alert that a rule closed.
type Close struct {
	Tenant harrier.TenantID
	Alert  harrier.AlertID
	Rule   Closing
	// Disposition and Reason are what the rule said.
	Disposition, Reason string
	At                  time.Time
}

// Closed counts what a rule closed and puts a part of it before a second
// person, in the transaction of the closing. Telling it again is safe.
func (c *Closers) Closed(ctx context.Context, tx harrier.Tx, cl Close) error {
	rule := cl.Rule.withDefaults()
	if added, err := c.store.AddClosing(ctx, tx, cl); err != nil || !added {
		return err
	}
	row, _, err := c.store.CloserIn(ctx, tx, cl.Tenant, rule.Rule)
	if err != nil {
		return err
	}
	if row.Closed == 0 {
		row.Tenant, row.First, row.CountsFrom = cl.Tenant, cl.At, cl.At
	}
	row.Closing, row.Closed, row.Last = rule, row.Closed+1, cl.At
	if err := c.store.PutCloser(ctx, tx, row); err != nil {
		return err
	}
	if !rule.sampled(cl.Tenant, cl.Alert) {
		n, err := c.store.ReviewsSince(ctx, tx, cl.Tenant, rule.Rule, cl.At.Add(-samplePeriod))
		if err != nil || n >= rule.MinSample {
			return err
		}
	}
	return c.store.AddReview(ctx, tx, Review{
		Tenant: cl.Tenant, ID: harrier.DeriveID[harrier.ReviewID]("review", cl.Tenant.String(), rule.Rule, cl.Alert.String()),
		Alert: cl.Alert, Rule: rule.Rule, Owner: rule.Owner, Disposition: cl.Disposition, Reason: cl.Reason,
		ClosedAt: cl.At, State: ReviewPending, Rev: 1,
	})
}

// Reviews lists reviews, what was closed last first. Of those that are
// pending nobody is told what the rule said.
func (c *Closers) Reviews(ctx context.Context, by harrier.Principal, f ReviewFilter, p harrier.Page) ([]Review, string, error) {
	if f.State != ReviewDecided && f.Rule != "" {
		return nil, "", harrier.Errorf(harrier.Invalid, "say state=decided too: which rule closed what is pending is not told")
	}
	f.Viewer = by.ID
	list, next, err := c.store.Reviews(ctx, by.Tenant, f, p)
	for i := range list {
		list[i] = list[i].blind()
	}
	return list, next, err
}

// Show returns a review with its alert as the source reported it.
func (c *Closers) Show(ctx context.Context, by harrier.Principal, id harrier.ReviewID) (Blind, error) {
	r, err := c.store.Review(ctx, by.Tenant, id)
	if err != nil {
		return Blind{}, err
	}
	a, err := c.store.Alert(ctx, by.Tenant, r.Alert)
	if err != nil {
		return Blind{}, err
	}
	b, err := blindOf(r, a)
	b.Barred = r.bars(by)
	return b, err
}

// Rules lists the rules that closed something, with how precise they are.
func (c *Closers) Rules(ctx context.Context, by harrier.Principal) ([]Closer, error) {
	return c.store.Closers(ctx, by.Tenant)
}
