package storetest

import (
	"testing"
	"time"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/mute"
)

// reviewsMeasure holds what counts for a rule: decisions about what it closed
// since they count, for its tenant.
func reviewsMeasure(t *testing.T, s Reviewing) {
	tenant := newTenant()
	rule := mute.Closer{
		Tenant: tenant, Closing: mute.Closing{Rule: "r1", Owner: "kim", Until: epoch().Add(time.Hour), Threshold: 0.95, MinReviews: 73, Sample: 0.05, MinSample: 10},
		Closed: 3, First: epoch(), Last: epoch().Add(time.Minute), CountsFrom: epoch(),
	}
	must(t, s, func(tx harrier.Tx) error { return s.PutCloser(t.Context(), tx, rule) })
	var list []mute.Review
	for n := range 4 {
		r := mute.Review{
			Tenant: tenant, ID: harrier.ReviewID{1, 15: byte(n)}, Alert: harrier.AlertID{2, 15: byte(n)}, Rule: "r1", Owner: "kim", Disposition: "benign",
			Reason: "noise", ClosedAt: epoch().Add(time.Duration(n-1) * time.Minute), State: mute.ReviewPending, Rev: 1,
		}
		must(t, s, func(tx harrier.Tx) error { return s.AddReview(t.Context(), tx, r) })
		must(t, s, func(tx harrier.Tx) error { return s.AddReview(t.Context(), tx, r) }) // once
		list = append([]mute.Review{r}, list...)
	}
	for i := range 3 { // the last is of before reviews count
		r := &list[i+1]
		decided := *r
		decided.State, decided.Verdict, decided.Agrees, decided.Reviewer, decided.ReviewerName = mute.ReviewDecided, "benign", i == 0, harrier.LocalOperator, "robin"
		decided.DecidedAt = epoch().Add(time.Hour)
		must(t, s, func(tx harrier.Tx) error { return s.DecideReview(t.Context(), tx, decided) })
		refused(t, s, harrier.Conflict, func(tx harrier.Tx) error { return s.DecideReview(t.Context(), tx, decided) })
		decided.Rev++
		*r = decided
	}
	rule.Reviewed, rule.Agreed = 2, 1
	must(t, s, func(tx harrier.Tx) error {
		got, ok, err := s.CloserIn(t.Context(), tx, tenant, "r1")
		equal(t, got, rule)
		if n, err := s.ReviewsSince(t.Context(), tx, tenant, "r1", epoch()); err != nil || n != 3 {
			t.Errorf("%d reviews (%v); want 3", n, err)
		}
		if _, found, err := s.CloserIn(t.Context(), tx, newTenant(), "r1"); err != nil || found || !ok {
			t.Errorf("the rule is found %t, by another tenant %t (%v)", ok, found, err)
		}
		_, err2 := s.ReviewIn(t.Context(), tx, newTenant(), list[0].ID)
		kind(t, err2, harrier.NotFound)
		for i, want := range []bool{true, false} {
			added, err := s.AddClosing(t.Context(), tx, mute.Close{Tenant: tenant, Rule: rule.Closing, Alert: harrier.AlertID{9}, At: epoch()})
			if err != nil || added != want {
				t.Errorf("the closing was added the %d. time: %t (%v)", i+1, added, err)
			}
		}
		return err
	})
	got := pages(t, func(p harrier.Page) ([]mute.Review, string, error) {
		return s.Reviews(t.Context(), tenant, mute.ReviewFilter{}, p)
	})
	equal(t, got, list)
	pending, _, err := s.Reviews(t.Context(), tenant, mute.ReviewFilter{State: mute.ReviewPending, Rule: "r1"}, harrier.Page{})
	if err != nil || len(pending) != 1 {
		t.Errorf("%d are pending (%v); want 1", len(pending), err)
	}
	rule.SuspendedAt, rule.Why = epoch().Add(time.Hour), "it is wrong"
	must(t, s, func(tx harrier.Tx) error { return s.PutCloser(t.Context(), tx, rule) })
	suspended, err := s.Suspended(t.Context())
	if err != nil || len(suspended) != 1 || suspended[0].Why != rule.Why {
		t.Errorf("suspended are %+v (%v)", suspended, err)
	}
}
