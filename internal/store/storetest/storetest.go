// Package storetest holds the claims that every store of Harrier must meet:
// [Run] those of the engine's ports, [RunServices] those of the services.
//
// The names of the claims carry the promise that they prove.
package storetest

import (
	"context"
	"encoding/json"
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/engine"
)

// Stores is what the claims of [Run] are about.
type Stores interface {
	Ports
	Decisions
	Trail
	Leases
}

// Ports is what the engine asks of a store.
type Ports interface {
	engine.Journal
	engine.Queue
	engine.Signals
	engine.Ledger
	engine.Questions
	engine.Pins
}

// Decisions is how people answer questions.
type Decisions interface {
	// Approval returns one question, or NotFound.
	Approval(ctx context.Context, tenant harrier.TenantID, id harrier.ApprovalID) (harrier.Approval, error)
	// Approvals returns a page of questions, the newest first.
	Approvals(ctx context.Context, tenant harrier.TenantID, f harrier.ApprovalFilter, p harrier.Page) ([]harrier.Approval, string, error)
	// Decide ends a pending question of the same rev and hash; otherwise it is Conflict.
	Decide(ctx context.Context, tx harrier.Tx, a harrier.Approval) error
	// Vote adds a person's decision, once; again is Conflict.
	Vote(ctx context.Context, tx harrier.Tx, tenant harrier.TenantID, v harrier.Vote) error
	// Votes returns the decisions of people.
	Votes(ctx context.Context, tenant harrier.TenantID, id harrier.ApprovalID) ([]harrier.Vote, error)
	// VotesIn is Votes inside a change.
	VotesIn(ctx context.Context, tx harrier.Tx, tenant harrier.TenantID, id harrier.ApprovalID) ([]harrier.Vote, error)
}

// Leases is how the time of containments runs out.
type Leases interface {
	// DueLeases returns active containments whose time is over and to whose end
	// nobody sees, the longest over first.
	DueLeases(ctx context.Context, now time.Time, limit int) ([]harrier.Containment, error)
	// NextLease returns when the next lease ends; ok is false where none does.
	NextLease(ctx context.Context) (at time.Time, ok bool, err error)
	// EndLease notes which run sees to the end of a lease; again is Conflict.
	EndLease(ctx context.Context, tx harrier.Tx, c harrier.Containment) error
}

// Trail is what is looked at and done by people afterwards.
type Trail interface {
	// AuditTrail returns a page of audit rows, the newest first.
	AuditTrail(ctx context.Context, tenant harrier.TenantID, f harrier.AuditFilter, p harrier.Page) ([]harrier.AuditEntry, string, error)
	// Containments returns a page of containments, the newest first.
	Containments(ctx context.Context, tenant harrier.TenantID, f harrier.ContainmentFilter, p harrier.Page) ([]harrier.Containment, string, error)
	// Unquarantine makes a quarantined run ready at a time; another state is Conflict.
	Unquarantine(ctx context.Context, tx harrier.Tx, run harrier.Run, at time.Time) error
	// Reopen makes a failed or cancelled run ready; another state is Conflict.
	Reopen(ctx context.Context, tx harrier.Tx, run harrier.Run) error
	engine.Lines
}

// claim is one thing that a store promises.
type claim[S any] struct {
	name  string
	prove func(*testing.T, S)
}

// Run proves every claim about the engine's ports, each on a fresh store.
func Run(t *testing.T, open func(*testing.T) Stores) {
	prove(t, open, journalClaims(), queueClaims(), lineClaims(), signalClaims(), ledgerClaims(), containmentClaims(), questionClaims(), writeClaims())
}

// prove runs lists of claims.
func prove[S any](t *testing.T, open func(*testing.T) S, lists ...[]claim[S]) {
	t.Helper()
	for _, list := range lists {
		for _, c := range list {
			t.Run(c.name, func(t *testing.T) {
				t.Parallel()
				c.prove(t, open(t))
			})
		}
	}
}

// epoch is when the claims begin; it has no fraction that a store would cut.
func epoch() time.Time { return time.Date(2026, 3, 1, 12, 0, 0, 123456000, time.UTC) }

func newTenant() harrier.TenantID { return harrier.NewID[harrier.TenantID](time.Now()) }

// aRun is a run that is ready since epoch.
func aRun(tenant harrier.TenantID) harrier.Run {
	return harrier.Run{
		Tenant: tenant, ID: harrier.NewID[harrier.RunID](time.Now()), Playbook: "triage", Hash: "hash", Mode: harrier.Live,
		Status: harrier.RunQueued, Priority: 2, StartedBy: harrier.SystemPrincipal, Semantics: 1,
		ReadyAt: epoch(), CreatedAt: epoch(), UpdatedAt: epoch(),
	}
}

// anEvent is the event with a number.
func anEvent(seq int64) harrier.Event {
	return harrier.Event{Seq: seq, At: epoch().Add(time.Duration(seq) * time.Millisecond), Type: "step.done", Version: 1, Data: json.RawMessage(`{"n":1}`)}
}

func events(from, to int64) []harrier.Event {
	var list []harrier.Event
	for seq := from; seq <= to; seq++ {
		list = append(list, anEvent(seq))
	}
	return list
}

// must makes a change that has to succeed.
func must(t *testing.T, s engine.Journal, change func(harrier.Tx) error) {
	t.Helper()
	if err := s.Write(t.Context(), change); err != nil {
		t.Fatal(err)
	}
}

// refused makes a change that has to fail with a kind.
func refused(t *testing.T, s engine.Journal, want harrier.Kind, change func(harrier.Tx) error) {
	t.Helper()
	err := s.Write(t.Context(), change)
	if err == nil {
		t.Fatalf("the change was made; want it refused as %s", want)
	}
	if got := harrier.KindOf(err); got != want {
		t.Fatalf("refused as %s (%v); want %s", got, err, want)
	}
}

// create adds a run with one event.
func create(t *testing.T, s engine.Journal, run harrier.Run) harrier.Run {
	t.Helper()
	must(t, s, func(tx harrier.Tx) error { return s.Create(t.Context(), tx, run, events(1, 1)) })
	return run
}

// claimed takes a run.
func claimed(t *testing.T, s engine.Journal, id harrier.RunID, owner string) harrier.Run {
	t.Helper()
	var run harrier.Run
	must(t, s, func(tx harrier.Tx) (err error) {
		run, err = s.Claim(t.Context(), tx, id, owner)
		return err
	})
	return run
}

// started adds a run and takes it.
func started(t *testing.T, s engine.Journal, tenant harrier.TenantID) harrier.Run {
	t.Helper()
	return claimed(t, s, create(t, s, aRun(tenant)).ID, "node-1")
}

func load(t *testing.T, s engine.Queue, run harrier.Run) harrier.Run {
	t.Helper()
	got, err := s.Load(t.Context(), run.Tenant, run.ID)
	if err != nil {
		t.Fatal(err)
	}
	return got
}

// journal reads all events of a run.
func journal(t *testing.T, s engine.Journal, id harrier.RunID) []harrier.Event {
	t.Helper()
	var all []harrier.Event
	for e, err := range s.Events(t.Context(), id, 0) {
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, e)
	}
	return all
}

func equal(t *testing.T, got, want any) {
	t.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		t.Fatalf("-want +got:\n%s", diff)
	}
}

func is(t *testing.T, err, want error) {
	t.Helper()
	if !errors.Is(err, want) {
		t.Fatalf("got %v; want %v", err, want)
	}
}

func kind(t *testing.T, err error, want harrier.Kind) {
	t.Helper()
	if err == nil || harrier.KindOf(err) != want {
		t.Fatalf("got %v; want an error of kind %s", err, want)
	}
}
