package storetest

import (
	"context"
	"testing"
	"time"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/correlate"
	"github.com/harrier-soar/harrier/internal/store"
)

// Correlation is what finding the cases of alerts needs of a store.
type Correlation interface {
	correlate.Rows
	// ForgetKeys removes what cases were about before a time.
	ForgetKeys(ctx context.Context, tx harrier.Tx, before time.Time, limit int) (int64, error)
}

func caseKeys(t *testing.T, s Noise) {
	tenant := newTenant()
	host := correlate.Key{Type: "host", Value: "ws-17"}
	opened := map[byte]harrier.Case{}
	must(t, s, func(tx harrier.Tx) error {
		for n := range byte(3) {
			c, err := s.OpenCase(t.Context(), tx, harrier.Case{Tenant: tenant, ID: harrier.CaseID{1, 15: n}, Title: "c", Severity: "low", Status: "open", CreatedAt: epoch(), UpdatedAt: epoch()})
			if err != nil {
				return err
			}
			opened[n] = c
		}
		closed := opened[2]
		closed.Status = "closed"
		return s.UpdateCase(t.Context(), tx, closed)
	})
	learn := func(n byte, hours int) {
		must(t, s, func(tx harrier.Tx) error {
			return s.LearnCase(t.Context(), tx, correlate.Learned{Tenant: tenant, Case: opened[n].ID, At: epoch().Add(time.Duration(hours) * time.Hour), Keys: []correlate.Key{host}})
		})
	}
	learn(0, 1)
	learn(0, 5)
	learn(0, 3)
	learn(1, 50)
	learn(2, 6)
	near := func(tenant harrier.TenantID, from, to int) (list []correlate.Candidate) {
		must(t, s, func(tx harrier.Tx) (err error) {
			list, err = s.CasesNear(t.Context(), tx, correlate.Near{
				Tenant: tenant, Key: host, From: epoch().Add(time.Duration(from) * time.Hour), To: epoch().Add(time.Duration(to) * time.Hour),
			}, 9)
			return err
		})
		return list
	}
	first := correlate.Candidate{Case: opened[0].ID, Number: 1, Open: true, First: epoch().Add(time.Hour), Last: epoch().Add(5 * time.Hour)}
	closed := correlate.Candidate{Case: opened[2].ID, Number: 3, First: epoch().Add(6 * time.Hour), Last: epoch().Add(6 * time.Hour)}
	equal(t, near(tenant, 5, 30), []correlate.Candidate{closed, first})
	equal(t, near(tenant, -9, 1), []correlate.Candidate{first})
	equal(t, len(near(tenant, 7, 49)), 0)
	equal(t, len(near(newTenant(), 0, 99)), 0)
	must(t, s, func(tx harrier.Tx) error {
		size, err := s.CaseSize(t.Context(), tx, tenant, opened[0].ID)
		equal(t, size, correlate.Size{First: epoch().Add(time.Hour), Last: epoch().Add(5 * time.Hour)})
		return err
	})
	alertsOfCases(t, s, [2]harrier.Case{opened[0], opened[2]})
	must(t, s, func(tx harrier.Tx) error {
		n, err := s.ForgetKeys(t.Context(), tx, epoch().Add(10*time.Hour), 9)
		equal(t, n, int64(2))
		return err
	})
	equal(t, len(near(tenant, 0, 99)), 1)
}

// alertsOfCases puts an alert into an open case and one that is closed.
func alertsOfCases(t *testing.T, s Noise, cases [2]harrier.Case) {
	tenant, host := cases[0].Tenant, correlate.Key{Type: "host", Value: "ws-17"}
	a := harrier.Alert{
		Tenant: tenant, ID: harrier.NewID[harrier.AlertID](time.Now()), Source: harrier.SourceID{1}, ExternalID: "1", Title: "t", Severity: "low",
		Status: "new", Data: []byte(`{}`), EventAt: epoch(), CreatedAt: epoch(), UpdatedAt: epoch(),
	}
	f := harrier.Finding{Entities: []harrier.Entity{{Type: harrier.HostEntity, Key: "ws-17"}}, Observables: []harrier.Observable{{Type: "hash", Value: "aa"}}}
	must(t, s, func(tx harrier.Tx) error {
		if _, ok, err := s.CaseOf(t.Context(), tx, tenant, a.ID); err != nil || ok {
			t.Errorf("an alert of no case is in one (%v)", err)
		}
		if _, _, err := s.Submit(t.Context(), tx, a); err != nil {
			return err
		}
		if err := s.IndexAlert(t.Context(), tx, a, f); err != nil {
			return err
		}
		for _, c := range cases {
			if _, err := s.LinkAlert(t.Context(), tx, store.CaseLink{Tenant: tenant, Case: c.ID, Alert: a.ID, At: epoch()}); err != nil {
				return err
			}
		}
		c, ok, err := s.CaseOf(t.Context(), tx, tenant, a.ID)
		if err != nil || !ok || c.ID != cases[0].ID {
			t.Errorf("the alert is in case %d, %t (%v); want the open one", c.Number, ok, err)
		}
		size, err := s.CaseSize(t.Context(), tx, tenant, cases[0].ID)
		equal(t, size.Alerts, 1)
		for _, k := range []correlate.Key{host, {Type: "hash", Value: "aa"}} {
			n := correlate.Near{Tenant: tenant, Key: k, From: epoch(), To: epoch()}
			if got, err := s.Frequency(t.Context(), tx, n, 9); err != nil || got != 1 {
				t.Errorf("%s is in %d alerts (%v); want 1", k, got, err)
			}
			n.From, n.To = epoch().Add(time.Hour), epoch().Add(2*time.Hour)
			if got, err := s.Frequency(t.Context(), tx, n, 9); err != nil || got != 0 {
				t.Errorf("%s is in %d alerts of another time (%v)", k, got, err)
			}
		}
		return err
	})
}
