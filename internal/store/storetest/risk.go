package storetest

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/risk"
)

func aPart(n int) risk.Part {
	return risk.Part{
		Entity: risk.Entity{Type: harrier.HostEntity, Key: "ws-17"}, Alert: harrier.AlertID{1, 15: byte(n)}, Rule: "r1",
		Source: harrier.SourceID{2}, Tactics: "TA0001,TA0002", Title: "t", Score: 10, At: epoch().Add(time.Duration(n) * time.Hour),
	}
}

func putRisk(t *testing.T, s Noise, c risk.Change) {
	t.Helper()
	must(t, s, func(tx harrier.Tx) error { return s.PutRisk(t.Context(), tx, c) })
}

func riskAddsUp(t *testing.T, s Noise) {
	tenant, foreign := newTenant(), newTenant()
	a, b := aPart(1), aPart(2)
	unknown := aPart(3)
	unknown.Source, unknown.Tactics = harrier.SourceID{}, ""
	for _, p := range []risk.Part{a, b, unknown} {
		putRisk(t, s, risk.Change{Tenant: tenant, Alert: p.Alert, New: []risk.Part{p}})
	}
	putRisk(t, s, risk.Change{Tenant: foreign, Alert: a.Alert, New: []risk.Part{a}})
	days := func(tenant harrier.TenantID, since int64) []risk.Day {
		t.Helper()
		out, err := s.RiskDays(t.Context(), tenant, a.Entity, since)
		if err != nil {
			t.Fatal(err)
		}
		must(t, s, func(tx harrier.Tx) error {
			in, err := s.RiskDaysIn(t.Context(), tx, tenant, a.Entity, since)
			if diff := cmp.Diff(out, in); diff != "" {
				t.Errorf("inside a change the days differ:\n%s", diff)
			}
			return err
		})
		return out
	}
	both, alone := a.Daily(), unknown.Daily()
	both.Score, both.Moment = both.Score+b.Daily().Score, both.Moment+b.Daily().Moment
	equal(t, days(tenant, both.Day), []risk.Day{alone, both})
	equal(t, days(foreign, both.Day), []risk.Day{a.Daily()})
	equal(t, len(days(tenant, both.Day+1)), 0)

	less := b
	less.Score, less.Rule = 3, "r2"
	putRisk(t, s, risk.Change{Tenant: tenant, Alert: b.Alert, Old: []risk.Part{b}, New: []risk.Part{less}})
	equal(t, days(tenant, both.Day), []risk.Day{alone, a.Daily(), less.Daily()})
	parts, err := s.RiskPartsOf(t.Context(), tenant, harrier.Viewer{}, a.Entity)
	if err != nil {
		t.Fatal(err)
	}
	equal(t, parts, []risk.Part{unknown, less, a})
	must(t, s, func(tx harrier.Tx) error {
		got, err := s.RiskParts(t.Context(), tx, tenant, b.Alert)
		equal(t, got, []risk.Part{less})
		return err
	})
	putRisk(t, s, risk.Change{Tenant: tenant, Alert: b.Alert, Old: []risk.Part{less}})
	equal(t, days(tenant, both.Day), []risk.Day{alone, a.Daily()})

	var forgotten int64
	must(t, s, func(tx harrier.Tx) (err error) {
		forgotten, err = s.ForgetRisk(t.Context(), tx, both.Day+1, 100)
		return err
	})
	if forgotten != 6 || len(days(tenant, 0)) != 0 {
		t.Errorf("%d rows were forgotten; want the 3 parts and the 3 days", forgotten)
	}
}

func riskStates(t *testing.T, s Noise) {
	tenant := newTenant()
	full := risk.State{
		Entity: risk.Entity{Type: harrier.HostEntity, Key: "ws-17"}, Raised: true, RaisedAt: epoch(), Case: harrier.CaseID{7}, Round: 2,
		Told: 101.5, ToldAt: epoch(), Score: 99.25, ScoreAt: epoch().Add(time.Hour),
	}
	calm := risk.State{Entity: risk.Entity{Type: harrier.UserEntity, Key: "kim@corp.example"}, Score: 3, ScoreAt: epoch()}
	put := func(tenant harrier.TenantID, st risk.State) {
		must(t, s, func(tx harrier.Tx) error { return s.PutRiskState(t.Context(), tx, tenant, st) })
	}
	put(tenant, calm)
	put(tenant, risk.State{Entity: full.Entity, ScoreAt: epoch()})
	put(tenant, full)
	put(newTenant(), calm)
	listed := func(f risk.Filter) []risk.State {
		return pages(t, func(p harrier.Page) ([]risk.State, string, error) { return s.RiskStates(t.Context(), tenant, f, p) })
	}
	equal(t, listed(risk.Filter{}), []risk.State{full, calm})
	equal(t, listed(risk.Filter{Raised: true}), []risk.State{full})
	equal(t, listed(risk.Filter{Type: harrier.UserEntity}), []risk.State{calm})
	got, err := s.RiskState(t.Context(), tenant, full.Entity)
	if err != nil {
		t.Fatal(err)
	}
	equal(t, got, full)
	_, err = s.RiskState(t.Context(), newTenant(), full.Entity)
	kind(t, err, harrier.NotFound)
	must(t, s, func(tx harrier.Tx) error {
		st, err := s.RiskStateIn(t.Context(), tx, newTenant(), full.Entity)
		equal(t, st, risk.State{})
		return err
	})
}
