package store_test

import (
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/door"
	"github.com/harrier-soar/harrier/internal/store"
	"github.com/harrier-soar/harrier/internal/store/blanktest"
	"github.com/harrier-soar/harrier/internal/watch"
)

var (
	_ watch.Store  = (*store.Store)(nil)
	_ door.Sources = (*store.Store)(nil)
	_ door.Store   = (*store.Store)(nil)
)

func TestFeeds_keepWhatIsKnownAndWhatIsWrong(t *testing.T) {
	t.Parallel()
	s, err := store.Open(t.Context(), store.Config{Dir: blanktest.Dir(t)})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = s.Close() }()
	tenant, source := harrier.DefaultTenant, harrier.DeriveID[harrier.SourceID]("siem")
	at := time.Date(2026, 11, 2, 9, 0, 0, 0, time.UTC)
	e := watch.Episode{Tenant: tenant, Source: source, Kind: watch.Silent, OpenedAt: at, Detail: "quiet"}
	f := watch.Feed{Tenant: tenant, Source: source, At: at, State: watch.State{FirstAt: at, Accepted: 7, Lull: 2.5, Calm: map[watch.Kind]time.Time{watch.Silent: at}}}
	put := func(e watch.Episode) {
		t.Helper()
		err := s.Write(t.Context(), func(tx harrier.Tx) error {
			return errors.Join(s.PutWatched(t.Context(), tx, f), s.PutEpisode(t.Context(), tx, e))
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	put(e)
	got, err := s.Watched(t.Context(), tenant, source)
	f.Open = map[watch.Kind]watch.Episode{watch.Silent: e}
	if diff := cmp.Diff(f, got); err != nil || diff != "" {
		t.Errorf("%v (-want +got):\n%s", err, diff)
	}
	other, err := s.Watched(t.Context(), harrier.DeriveID[harrier.TenantID]("other"), source)
	if err != nil || len(other.Open) > 0 || other.State.Accepted != 0 {
		t.Errorf("another tenant sees %+v, %v", other, err)
	}
	e.ClosedAt = at.Add(time.Hour)
	put(e)
	if open, err := s.OpenEpisodes(t.Context(), tenant); err != nil || len(open) > 0 {
		t.Errorf("an episode that has ended is open: %+v, %v", open, err)
	}
}

func TestClaimDelivery_isOncePerSourceUntilItIsForgotten(t *testing.T) { // WH-03
	t.Parallel()
	s, err := store.Open(t.Context(), store.Config{Dir: blanktest.Dir(t)})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = s.Close() }()
	at := time.Date(2026, 11, 2, 9, 0, 0, 0, time.UTC)
	claim := func(source, name string) (first bool) {
		t.Helper()
		e := harrier.RawEvent{Tenant: harrier.DefaultTenant, Source: harrier.DeriveID[harrier.SourceID](source), ID: harrier.NewID[harrier.EventID](at), Received: at}
		err := s.Write(t.Context(), func(tx harrier.Tx) error {
			id, claimed, err := s.ClaimDelivery(t.Context(), tx, e, name)
			if first = claimed; claimed != (id == e.ID) {
				t.Errorf("claimed %v with the event %s of %s", claimed, id, e.ID)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		return first
	}
	got := []bool{claim("a", "m1"), claim("a", "m1"), claim("b", "m1"), claim("a", "m2")}
	if diff := cmp.Diff([]bool{true, false, true, true}, got); diff != "" {
		t.Error(diff)
	}
	var n int64
	err = s.Write(t.Context(), func(tx harrier.Tx) (err error) {
		n, err = s.ForgetDeliveries(t.Context(), tx, at.Add(time.Second), 2)
		return err
	})
	if err != nil || n != 2 {
		t.Errorf("forgot %d, %v, want the two that it may at once", n, err)
	}
}
