package killswitch_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/engine"
	"github.com/harrier-soar/harrier/internal/killswitch"
	"github.com/harrier-soar/harrier/internal/store"
	"github.com/harrier-soar/harrier/internal/store/blanktest"
)

// room is a store with the switch's service, and what people were told.
type room struct {
	*killswitch.Service
	t     *testing.T
	store *store.Store
	told  []string
}

func newRoom(t *testing.T) *room {
	t.Helper()
	s, err := store.Open(t.Context(), store.Config{Dir: blanktest.Dir(t)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	r := &room{t: t, store: s}
	r.Service = killswitch.New(killswitch.Config{Store: s, Resumed: func() {}, Now: time.Now, Tell: func(_ context.Context, _ harrier.Tx, _ harrier.TenantID, title, _ string) error {
		r.told = append(r.told, title)
		return nil
	}})
	return r
}

func somebody(id byte, tenant harrier.TenantID) harrier.Principal {
	return harrier.Principal{ID: harrier.PrincipalID{id}, Tenant: tenant, Name: "person " + string('a'+rune(id))}
}

// stops tells which effects are stopped in a tenant.
func (r *room) stops(tenant harrier.TenantID) (list []harrier.Effect) {
	r.t.Helper()
	for _, e := range harrier.Effects() {
		var why string
		err := r.store.Write(r.t.Context(), func(tx harrier.Tx) (err error) {
			why, err = r.store.Stopped(r.t.Context(), tx, engine.Beginning{Tenant: tenant, Effect: e})
			return err
		})
		if err != nil {
			r.t.Fatal(err)
		}
		if why != "" && e.Writes() {
			list = append(list, e)
		}
	}
	return list
}

// APR-12: one person stops effects with a reason; two let them go on.
func TestSwitch_isPutOnByOneAndTakenOffByTwo(t *testing.T) {
	t.Parallel()
	r := newRoom(t)
	ann, ben := somebody(1, harrier.DefaultTenant), somebody(2, harrier.DefaultTenant)
	order := killswitch.Order{Scope: killswitch.Contain, Reason: "odd"}
	if _, err := r.Stop(t.Context(), ann, killswitch.Order{Scope: killswitch.All}); harrier.KindOf(err) != harrier.Invalid {
		t.Errorf("without a reason: %v", err)
	}
	if _, err := r.Stop(t.Context(), ann, order); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]harrier.Effect{harrier.Contain, harrier.Destroy}, r.stops(harrier.DefaultTenant)); diff != "" {
		t.Error(diff)
	}
	if _, off, err := r.Resume(t.Context(), ann, order); off || err != nil {
		t.Errorf("one person: off %v, %v", off, err)
	}
	key := ann
	key.ID, key.Person = harrier.PrincipalID{9}, ann.ID
	for _, again := range []harrier.Principal{ann, key} {
		if _, off, err := r.Resume(t.Context(), again, order); off || harrier.KindOf(err) != harrier.Denied {
			t.Errorf("%s again: off %v, %v", again.ID, off, err)
		}
	}
	if _, err := r.Stop(t.Context(), ben, killswitch.Order{Scope: killswitch.Contain, Reason: "still odd"}); err != nil {
		t.Fatal(err)
	}
	if _, off, err := r.Resume(t.Context(), ben, order); off || err != nil {
		t.Errorf("somebody said stop again, so that nobody has asked yet: off %v, %v", off, err)
	}
	if _, off, err := r.Resume(t.Context(), ann, order); !off || err != nil {
		t.Errorf("two people: off %v, %v", off, err)
	}
	if got := r.stops(harrier.DefaultTenant); len(got) > 0 {
		t.Errorf("stopped still: %v", got)
	}
	if _, _, err := r.Resume(t.Context(), ann, order); harrier.KindOf(err) != harrier.NotFound {
		t.Errorf("nothing is stopped: %v", err)
	}
	if got := strings.Join(r.told, "; "); strings.Count(got, "stopped") != 2 || strings.Count(got, "again") != 1 {
		t.Errorf("people were told %s", got)
	}
	rows, _, err := r.store.AuditTrail(t.Context(), harrier.DefaultTenant, harrier.AuditFilter{}, harrier.Page{})
	var actions []string
	for _, e := range rows {
		actions = append([]string{e.Action}, actions...)
	}
	if diff := cmp.Diff([]string{"switch.on", "switch.off_asked", "switch.on", "switch.off_asked", "switch.off"}, actions); diff != "" || err != nil {
		t.Error(err, diff)
	}
}

// APR-12: a stop is made wider, never narrower; that of all tenants is the first
// tenant's to put on.
func TestSwitch_isOfATenantOrOfAll(t *testing.T) {
	t.Parallel()
	r := newRoom(t)
	other := harrier.TenantID{7}
	ann, eve := somebody(1, harrier.DefaultTenant), somebody(2, other)
	everybody := killswitch.Order{Scope: killswitch.Contain, Reason: "odd", Everybody: true}
	if _, err := r.Stop(t.Context(), eve, everybody); harrier.KindOf(err) != harrier.Denied {
		t.Errorf("another tenant stops all: %v", err)
	}
	if _, err := r.Stop(t.Context(), eve, killswitch.Order{Scope: killswitch.All, Reason: "odd"}); err != nil {
		t.Fatal(err)
	}
	if own, first := r.stops(other), r.stops(harrier.DefaultTenant); len(own) != 5 || len(first) != 0 {
		t.Errorf("stopped: %v of its own, %v of another", own, first)
	}
	if _, err := r.Stop(t.Context(), eve, killswitch.Order{Scope: killswitch.Contain, Reason: "odd"}); err != nil {
		t.Fatal(err)
	}
	if own := r.stops(other); len(own) != 5 {
		t.Errorf("a second stop made it narrower: %v", own)
	}
	if _, err := r.Stop(t.Context(), ann, everybody); err != nil {
		t.Fatal(err)
	}
	if first := r.stops(harrier.DefaultTenant); len(first) != 2 {
		t.Errorf("all tenants are stopped, and this is not: %v", first)
	}
	list, err := r.Switches(t.Context(), eve)
	if err != nil || len(list) != 2 {
		t.Errorf("a tenant sees %v, %v", list, err)
	}
	if _, _, err := r.Resume(t.Context(), eve, everybody); harrier.KindOf(err) != harrier.Denied {
		t.Errorf("another tenant lets all go on: %v", err)
	}
}

// Where one person alone may take it off, that person does; with somebody else
// there it takes two again.
func TestSwitch_isTakenOffByOneWhereThereIsOneOnly(t *testing.T) {
	t.Parallel()
	r := newRoom(t)
	ann := somebody(1, harrier.DefaultTenant)
	others := false
	r.Service = killswitch.New(killswitch.Config{
		Store: r.store, Resumed: func() {}, Now: time.Now,
		Tell: func(context.Context, harrier.Tx, harrier.TenantID, string, string) error { return nil },
		Others: func(_ context.Context, _ harrier.TenantID, hands []harrier.PrincipalID) (bool, error) {
			if len(hands) != 1 || hands[0] != ann.ID {
				t.Errorf("asked about %v", hands)
			}
			return others, nil
		},
	})
	order := killswitch.Order{Scope: killswitch.All, Reason: "odd"}
	for _, others = range []bool{false, true} {
		if _, err := r.Stop(t.Context(), ann, order); err != nil {
			t.Fatal(err)
		}
		if _, off, err := r.Resume(t.Context(), ann, order); err != nil || off == others {
			t.Errorf("with others %t it is off: %t, %v", others, off, err)
		}
	}
	if len(r.stops(harrier.DefaultTenant)) == 0 {
		t.Error("one of two took it off")
	}
}
