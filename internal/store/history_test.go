package store_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/enrich"
	"github.com/harrier-soar/harrier/internal/picture"
	"github.com/harrier-soar/harrier/internal/store"
)

// past is an alert of before.
type past struct {
	title, fingerprint, status, disposition string
	repeats                                 int
	ago                                     time.Duration
	entities                                []string
	observables                             []string
}

// addPast adds alerts of before, and returns their ids by title.
func addPast(t *testing.T, s *store.Store, now time.Time, list ...past) map[string]harrier.AlertID {
	t.Helper()
	ids := map[string]harrier.AlertID{}
	err := s.Write(t.Context(), func(tx harrier.Tx) error {
		for _, p := range list {
			at := now.Add(-p.ago)
			a := harrier.Alert{
				Tenant: harrier.DefaultTenant, ID: idAt(p.title, at), ExternalID: p.title, Title: p.title,
				Severity: "high", Status: p.status, Disposition: p.disposition, Fingerprint: p.fingerprint, Repeats: p.repeats,
				Data: []byte("{}"), CreatedAt: at, UpdatedAt: at, EventAt: at,
			}
			ids[p.title] = a.ID
			if _, _, err := s.Submit(t.Context(), tx, a); err != nil {
				return err
			}
			f := harrier.Finding{}
			for _, key := range p.entities {
				f.Entities = append(f.Entities, harrier.Entity{Type: harrier.HostEntity, Key: key})
			}
			for _, value := range p.observables {
				f.Observables = append(f.Observables, harrier.Observable{Type: "ip", Value: value})
			}
			if err := s.IndexAlert(t.Context(), tx, a, f); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return ids
}

// idAt is an id that was made at a time.
func idAt(name string, at time.Time) harrier.AlertID {
	id := harrier.DeriveID[harrier.AlertID](name)
	for i, ms := 5, at.UnixMilli(); i >= 0; i, ms = i-1, ms>>8 {
		id[i] = byte(ms)
	}
	return id
}

func TestHistory_ranksWhatSharesTheRarestThingsAndIsNewest(t *testing.T) {
	t.Parallel()
	s := openEnrich(t)
	now := time.Date(2026, 11, 2, 9, 0, 0, 0, time.UTC)
	const day = 24 * time.Hour
	list := []past{
		{title: "same host and address", entities: []string{"ws-17"}, observables: []string{"203.0.113.7"}, status: "closed", disposition: "true_positive", ago: day},
		{title: "rare address", observables: []string{"203.0.113.7"}, status: "new", ago: 2 * day},
		{title: "rare address long ago", observables: []string{"203.0.113.7"}, status: "new", ago: 80 * day},
		{title: "too long ago", observables: []string{"203.0.113.7"}, status: "new", ago: 91 * day},
		{title: "nothing shared", entities: []string{"ws-18"}, observables: []string{"203.0.113.8"}, status: "new", ago: time.Hour},
		{title: "itself", entities: []string{"ws-17"}, observables: []string{"203.0.113.7"}, fingerprint: "f", status: "new"},
		{title: "repeat", fingerprint: "f", status: "closed", disposition: "benign", repeats: 3, ago: day},
		{title: "repeat before", fingerprint: "f", status: "closed", disposition: "true_positive", ago: 2 * day},
		{title: "open repeat", fingerprint: "f", status: "new", ago: 3 * day},
		{title: "another's repeat", fingerprint: "g", status: "new", ago: day},
	}
	for i := range 120 { // a proxy that everything passes
		list = append(list, past{title: fmt.Sprint("proxied ", i), observables: []string{"10.0.0.1"}, entities: []string{"ws-17-b"}, status: "new", ago: time.Duration(i) * time.Minute})
	}
	for i := range 20 { // a server that is often in alerts
		list = append(list, past{title: fmt.Sprint("server ", i), entities: []string{"srv-1"}, status: "new", ago: time.Duration(i) * time.Minute})
	}
	ids := addPast(t, s, now, list...)
	h, seen, err := s.History(t.Context(), enrich.Asked{
		Tenant: harrier.DefaultTenant, Alert: ids["itself"], Fingerprint: "f", At: now, Since: now.Add(-90 * day),
		Entities:    []harrier.Entity{{Type: harrier.HostEntity, Key: "ws-17"}, {Type: harrier.HostEntity, Key: "srv-1"}},
		Observables: []harrier.Observable{{Type: "ip", Value: "203.0.113.7"}, {Type: "ip", Value: "10.0.0.1"}, {Type: "domain", Value: "203.0.113.7"}},
	})
	if err != nil {
		t.Fatal(err)
	}
	if want := []int{3, 50, 0}; !cmp.Equal(want, seen) {
		t.Errorf("seen %v, want %v", seen, want)
	}
	if want := map[string]int{"benign": 4, "true_positive": 1, "open": 1}; h.Repeats != 6 || !cmp.Equal(want, h.Outcomes) {
		t.Errorf("%d repeats, %v", h.Repeats, h.Outcomes)
	}
	var titles []string
	for _, p := range h.Similar {
		titles = append(titles, p.Title)
	}
	want := []string{"same host and address", "rare address", "server 0", "server 1", "server 2", "server 3", "server 4", "server 5"}
	if diff := cmp.Diff(want, titles); diff != "" {
		t.Fatalf("similar (-want +got):\n%s", diff)
	}
	first := picture.Similar{
		Alert: ids["same host and address"], Title: "same host and address", Severity: "high", Disposition: "true_positive", At: now.Add(-day),
		Shares: []string{"host ws-17", "ip 203.0.113.7"},
	}
	if diff := cmp.Diff(first, h.Similar[0]); diff != "" {
		t.Errorf("the nearest (-want +got):\n%s", diff)
	}
	other := harrier.DeriveID[harrier.TenantID]("other")
	if h, _, err := s.History(t.Context(), enrich.Asked{Tenant: other, Fingerprint: "f", At: now, Observables: []harrier.Observable{{Type: "ip", Value: "203.0.113.7"}}}); err != nil || h.Repeats != 0 || len(h.Similar) > 0 {
		t.Errorf("another tenant sees %+v, %v", h, err)
	}
}
