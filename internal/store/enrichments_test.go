package store_test

import (
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/enrich"
	"github.com/harrier-soar/harrier/internal/intel"
	"github.com/harrier-soar/harrier/internal/store"
	"github.com/harrier-soar/harrier/internal/store/blanktest"
)

func openEnrich(t *testing.T) *store.Store {
	t.Helper()
	s, err := store.Open(t.Context(), store.Config{Dir: blanktest.Dir(t)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}

func TestEnrichments_comeTheMoreSevereFirstAndEndOnce(t *testing.T) {
	t.Parallel()
	s, ctx := openEnrich(t), t.Context()
	now := time.Date(2026, 11, 2, 9, 0, 0, 0, time.UTC)
	write := func(change func(harrier.Tx) error) {
		t.Helper()
		if err := s.Write(ctx, change); err != nil {
			t.Fatal(err)
		}
	}
	row := func(name string, lane int, due time.Duration) enrich.Pending {
		return enrich.Pending{
			Tenant: harrier.DefaultTenant, Alert: harrier.DeriveID[harrier.AlertID](name), Lane: lane, Request: json.RawMessage(`{"a":1}`), Open: -1, Created: now, Due: now.Add(due),
		}
	}
	add := func(p enrich.Pending) { write(func(tx harrier.Tx) error { return s.AddEnrichment(ctx, tx, p) }) }
	for i := range 10 {
		add(row(fmt.Sprint("low", i), 3, -time.Hour))
	}
	critical, later := row("critical", 0, -time.Second), row("later", 0, time.Minute)
	add(critical)
	add(later)
	due, err := s.DueEnrichments(ctx, now, 4)
	if err != nil || len(due) != 4 || !cmp.Equal(critical, due[0]) || due[1].Lane != 3 {
		t.Fatalf("%+v, %v", due, err)
	}
	if at, ok, err := s.NextEnrichment(ctx); !ok || err != nil || !at.Equal(now.Add(-time.Hour)) {
		t.Errorf("next %s, %t, %v", at, ok, err)
	}
	moved := critical
	moved.Open, moved.Attempts, moved.Done, moved.Due = 2, 1, true, now.Add(time.Hour)
	write(func(tx harrier.Tx) error { return s.MoveEnrichment(ctx, tx, moved) })
	same := critical
	same.Created = now.Add(time.Second)
	add(same) // the same question goes on
	if got, ok, err := s.Enrichment(ctx, critical.Tenant, critical.Alert); !ok || err != nil || !cmp.Equal(moved, got) {
		t.Errorf("%+v, %t, %v; want %+v", got, ok, err, moved)
	}
	other := same
	other.Request = json.RawMessage(`{"a":2}`)
	add(other)
	write(func(tx harrier.Tx) error { return s.EndEnrichment(ctx, tx, moved) }) // it has ended already
	if got, ok, err := s.Enrichment(ctx, critical.Tenant, critical.Alert); !ok || err != nil || !cmp.Equal(other, got) {
		t.Errorf("%+v, %t, %v; want %+v", got, ok, err, other)
	}
	write(func(tx harrier.Tx) error { return s.EndEnrichment(ctx, tx, other) })
	if _, ok, err := s.Enrichment(ctx, critical.Tenant, critical.Alert); ok || err != nil {
		t.Errorf("it did not end: %v", err)
	}
}

func TestAnswers_areKeptForAsLongAsTheyHold(t *testing.T) {
	t.Parallel()
	s, ctx := openEnrich(t), t.Context()
	now := time.Date(2026, 11, 2, 9, 0, 0, 0, time.UTC)
	answer := func(value, text string, at, holds time.Duration) intel.Kept {
		return intel.Kept{
			Tenant: harrier.DefaultTenant, Connection: harrier.DeriveID[harrier.ConnectionID]("a"), Action: "a.lookup_ip", Value: value, Revision: "1",
			Answer: json.RawMessage(text), At: now.Add(at), Until: now.Add(at + holds),
		}
	}
	newer := answer("203.0.113.1", `{"verdict":"malicious"}`, 0, time.Hour)
	for _, k := range []intel.Kept{answer("203.0.113.1", `{}`, -time.Minute, 2*time.Hour), newer, answer("203.0.113.1", `{}`, -time.Minute, 2*time.Hour), answer("203.0.113.2", `{}`, -time.Hour, time.Minute)} {
		if err := s.KeepAnswer(ctx, k); err != nil {
			t.Fatal(err)
		}
	}
	if got, err := s.KeptAnswers(ctx, now, 10); err != nil || !cmp.Equal([]intel.Kept{newer}, got) {
		t.Errorf("%+v, %v", got, err)
	}
	for _, want := range []int64{1, 0} {
		if n, err := s.DropAnswers(ctx, now); n != want || err != nil {
			t.Errorf("dropped %d, %v; want %d", n, err, want)
		}
	}
	count := intel.CallCount{Tenant: harrier.DefaultTenant, Connection: newer.Connection, Day: now.Truncate(24 * time.Hour), Used: 5}
	for _, used := range []int{5, 7} {
		count.Used = used
		if err := s.KeepCallCounts(ctx, []intel.CallCount{count}); err != nil {
			t.Fatal(err)
		}
	}
	if got, err := s.CallCounts(ctx); err != nil || !cmp.Equal([]intel.CallCount{count}, got) {
		t.Errorf("%+v, %v", got, err)
	}
}
