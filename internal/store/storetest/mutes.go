package storetest

import (
	"slices"
	"testing"
	"time"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/mute"
)

// aMute is the n-th mute of a tenant.
func aMute(tenant harrier.TenantID, n int) mute.Mute {
	at := epoch().Add(time.Duration(n) * time.Minute)
	return mute.Mute{
		Tenant: tenant, ID: harrier.NewID[harrier.MuteID](time.Now()), Verb: mute.Verbs()[n%5], Match: mute.Match{"host": {"a", "b"}},
		Start: at, End: at.Add(time.Hour), Owner: "kim", Reason: "noise", CreatedBy: harrier.LocalOperator, CreatedByName: "operator",
		CreatedAt: at, Rev: 1,
	}
}

func addMute(t *testing.T, s Noise, m mute.Mute) mute.Mute {
	t.Helper()
	must(t, s, func(tx harrier.Tx) error { return s.AddMute(t.Context(), tx, m) })
	return m
}

func mutesChange(t *testing.T, s Noise) {
	tenant := newTenant()
	var want []mute.Mute
	for n := range 7 {
		m := aMute(tenant, n)
		if m.Verb == mute.Maintenance {
			m.Window = &mute.Window{Days: []string{"mon"}, Weeks: []int{-1}, At: "22:00", For: time.Hour, Zone: "Europe/Berlin"}
		}
		want = append([]mute.Mute{addMute(t, s, m)}, want...)
	}
	foreign := addMute(t, s, aMute(newTenant(), 0))
	listed := func(f mute.Filter) []mute.Mute {
		return pages(t, func(p harrier.Page) ([]mute.Mute, string, error) { return s.Mutes(t.Context(), tenant, f, p) })
	}
	equal(t, listed(mute.Filter{}), want)
	_, err := s.Mute(t.Context(), tenant, foreign.ID)
	kind(t, err, harrier.NotFound)
	refused(t, s, harrier.Conflict, func(tx harrier.Tx) error { return s.AddMute(t.Context(), tx, want[0]) })

	ended := want[6]
	ended.EndedAt, ended.EndedBy, ended.Renewed, ended.End = epoch(), "robin", 2, ended.End.Add(time.Hour)
	must(t, s, func(tx harrier.Tx) error { return s.UpdateMute(t.Context(), tx, ended) })
	refused(t, s, harrier.Conflict, func(tx harrier.Tx) error { return s.UpdateMute(t.Context(), tx, ended) })
	stolen := foreign
	stolen.Tenant = tenant
	refused(t, s, harrier.NotFound, func(tx harrier.Tx) error { return s.UpdateMute(t.Context(), tx, stolen) })
	ended.Rev++
	got, err := s.Mute(t.Context(), tenant, ended.ID)
	if err != nil {
		t.Fatal(err)
	}
	equal(t, got, ended)

	for _, c := range []struct {
		f    mute.Filter
		want int
	}{
		{mute.Filter{State: mute.StateEnded, Now: epoch()}, 1}, {mute.Filter{State: mute.StatePending, Now: epoch()}, 6},
		{mute.Filter{State: mute.StateActive, Now: epoch().Add(3 * time.Minute)}, 3}, {mute.Filter{State: mute.StateExpired, Now: epoch().Add(63 * time.Minute)}, 3},
		{mute.Filter{Verb: mute.Silence}, 2}, {mute.Filter{Owner: "kim"}, 7}, {mute.Filter{Owner: "robin"}, 0},
	} {
		if got := listed(c.f); len(got) != c.want {
			t.Errorf("%+v selects %d; want %d", c.f, len(got), c.want)
		}
	}
	after, err := s.MutesAfter(t.Context(), epoch().Add(62*time.Minute))
	if err != nil {
		t.Fatal(err)
	}
	if len(after) != 5 || !slices.ContainsFunc(after, func(m mute.Mute) bool { return m.ID == ended.ID }) {
		t.Errorf("%d mutes end later; want 5, with the one that was renewed", len(after))
	}
}

func mutesCount(t *testing.T, s Noise) {
	m := addMute(t, s, aMute(newTenant(), 0))
	other := addMute(t, s, aMute(newTenant(), 0))
	count := func(tenant harrier.TenantID, n, overruled int64, last time.Time) {
		must(t, s, func(tx harrier.Tx) error {
			return s.CountMutes(t.Context(), tx, []mute.Hits{{Tenant: tenant, Mute: m.ID, Count: n, Overruled: overruled, Last: last}})
		})
	}
	count(m.Tenant, 2, 1, epoch().Add(time.Hour))
	count(m.Tenant, 3, 0, epoch())
	count(other.Tenant, 9, 9, epoch())
	m.Hits, m.Overruled, m.LastHit = 5, 1, epoch().Add(time.Hour)
	got, err := s.Mute(t.Context(), m.Tenant, m.ID)
	if err != nil {
		t.Fatal(err)
	}
	equal(t, got, m)
}
