package transport

import (
	"context"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/connector"
)

func gateWith(l connector.Limits) *gate {
	cfg := Config{Now: time.Now}.withDefaults()
	return newGate(Connection{Name: "vendor", Limits: l}, cfg, &quota{})
}

func ordinary() Call { return Call{Mode: harrier.Live, Effect: harrier.Read} }

func critical() Call { return Call{Mode: harrier.Live, Effect: harrier.Contain, Critical: true} }

// through makes one call with an outcome and returns why it was refused.
func through(t *testing.T, g *gate, c Call, o outcome) *connector.Error {
	t.Helper()
	p, err := g.enter(t.Context(), c)
	if err == nil {
		p.leave(o)
	}
	return err
}

func wantRefused(t *testing.T, err *connector.Error, class connector.Class, after time.Duration) {
	t.Helper()
	if err == nil || err.Class != class || err.After != after {
		t.Fatalf("got %+v, want %s after %s", err, class, after)
	}
}

func wantPass(t *testing.T, err *connector.Error) {
	t.Helper()
	if err != nil {
		t.Fatalf("got %v, want the call to pass", err)
	}
}

func TestBreaker_opensAtHalfOfTwentyCalls(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		g := gateWith(connector.Limits{})
		for i := range 19 {
			wantPass(t, through(t, g, ordinary(), []outcome{failing, healthy}[i%2]))
		}
		wantPass(t, through(t, g, ordinary(), noOutcome)) // tells nothing
		wantPass(t, through(t, g, ordinary(), failing))
		wantRefused(t, through(t, g, ordinary(), healthy), connector.Unavailable, 30*time.Second)
	})
}

func TestBreaker_staysClosedBelowHalf(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		g := gateWith(connector.Limits{})
		for i := range 300 {
			wantPass(t, through(t, g, ordinary(), []outcome{failing, healthy, healthy}[(i+1)%3]))
		}
	})
}

func TestBreaker_forgetsAfterAMinute(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		g := gateWith(connector.Limits{})
		for range 19 {
			wantPass(t, through(t, g, ordinary(), failing))
		}
		<-time.After(61 * time.Second)
		wantPass(t, through(t, g, ordinary(), failing))
		wantPass(t, through(t, g, ordinary(), failing))
	})
}

func openBreaker(t *testing.T, g *gate) {
	t.Helper()
	for range 20 {
		wantPass(t, through(t, g, ordinary(), failing))
	}
}

func TestBreaker_probesEachThirtySecondsAndCloses(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		g := gateWith(connector.Limits{})
		openBreaker(t, g)
		<-time.After(29 * time.Second)
		wantRefused(t, through(t, g, ordinary(), healthy), connector.Unavailable, time.Second)
		<-time.After(time.Second)
		wantPass(t, through(t, g, ordinary(), failing)) // the probe fails
		wantRefused(t, through(t, g, ordinary(), healthy), connector.Unavailable, 30*time.Second)
		<-time.After(30 * time.Second)
		wantPass(t, through(t, g, ordinary(), healthy)) // the probe succeeds
		for range 19 {
			wantPass(t, through(t, g, ordinary(), failing)) // and counting begins anew
		}
	})
}

func TestBreaker_letsOneCriticalContainmentPass(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		g := gateWith(connector.Limits{})
		openBreaker(t, g)
		read := critical()
		read.Effect = harrier.Read
		wantRefused(t, through(t, g, read, healthy), connector.Unavailable, 30*time.Second)
		wantPass(t, through(t, g, critical(), failing))
		wantRefused(t, through(t, g, critical(), healthy), connector.Unavailable, 30*time.Second)
		<-time.After(30 * time.Second)
		wantPass(t, through(t, g, ordinary(), healthy))
		openBreaker(t, g)
		wantPass(t, through(t, g, critical(), failing)) // once each time that it opens
	})
}

func TestPace_keepsTheRateAndAShareForCritical(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		g := gateWith(connector.Limits{Rate: 10, Burst: 10})
		start := time.Now()
		for range 8 + 16 {
			wantPass(t, through(t, g, ordinary(), healthy))
		}
		if took := time.Since(start); took < 1900*time.Millisecond || took > 2100*time.Millisecond {
			t.Errorf("8 at once and 16 at 8 a second took %s", took)
		}
		at := time.Now()
		for range 2 {
			wantPass(t, through(t, g, critical(), healthy))
		}
		if waited := time.Since(at); waited > 0 {
			t.Errorf("a critical call waited %s behind ordinary ones", waited)
		}
	})
}

func TestPace_refusesWhatWouldWaitTooLong(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		g := gateWith(connector.Limits{Rate: 1.0 / 60})
		wantPass(t, through(t, g, ordinary(), healthy))
		wantRefused(t, through(t, g, ordinary(), healthy), connector.Limited, 75*time.Second)
		wantRefused(t, through(t, g, ordinary(), healthy), connector.Limited, 75*time.Second) // the refused one left no debt
	})
}

func TestPace_givesUpWithItsCaller(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		g := gateWith(connector.Limits{Rate: 0.1})
		wantPass(t, through(t, g, critical(), healthy))
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if _, err := g.enter(ctx, critical()); err == nil || err.Class != connector.Unavailable {
			t.Fatalf("got %v, want Unavailable", err)
		}
		start := time.Now()
		wantPass(t, through(t, g, critical(), healthy))
		if took := time.Since(start); took != 9*time.Second {
			t.Errorf("the next turn came after %s, want 9 s: the one given up is free again", took)
		}
	})
}

func TestQuota_endsWithTheDay(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) { // the clock begins at midnight UTC
		g := gateWith(connector.Limits{Daily: 10})
		for range 8 {
			wantPass(t, through(t, g, ordinary(), healthy))
		}
		wantRefused(t, through(t, g, ordinary(), healthy), connector.Limited, 24*time.Hour)
		wantPass(t, through(t, g, critical(), healthy))
		wantPass(t, through(t, g, critical(), healthy))
		wantRefused(t, through(t, g, critical(), healthy), connector.Limited, 24*time.Hour)
		<-time.After(24 * time.Hour)
		wantPass(t, through(t, g, ordinary(), healthy))
	})
}

func TestBulkhead_holdsEightAndKeepsOneForCritical(t *testing.T) { // OVL-09
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		g := gateWith(connector.Limits{})
		var inside []*pass
		for range 7 {
			p, err := g.enter(t.Context(), ordinary())
			wantPass(t, err)
			inside = append(inside, p)
		}
		start := time.Now()
		wantRefused(t, through(t, g, ordinary(), healthy), connector.Limited, 0)
		if took := time.Since(start); took != 30*time.Second {
			t.Errorf("waited %s for a place, want 30 s", took)
		}
		wantPass(t, through(t, g, critical(), healthy))
		var entered atomic.Bool
		go func() {
			wantPass(t, through(t, g, ordinary(), healthy))
			entered.Store(true)
		}()
		synctest.Wait()
		if entered.Load() {
			t.Error("an eighth ordinary call entered")
		}
		inside[0].leave(healthy)
		synctest.Wait()
		if !entered.Load() {
			t.Error("a free place was not taken")
		}
	})
}

func TestGate_leavesAVendorAloneThatAskedForIt(t *testing.T) { // OVL-10
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		g := gateWith(connector.Limits{})
		g.hold(time.Minute)
		g.hold(time.Second) // a shorter wish does not end a longer one
		wantRefused(t, through(t, g, ordinary(), healthy), connector.Limited, time.Minute)
		wantPass(t, through(t, g, critical(), healthy))
		<-time.After(time.Minute)
		wantPass(t, through(t, g, ordinary(), healthy))
	})
}

func BenchmarkGate(b *testing.B) {
	g := gateWith(connector.Limits{Rate: 1e9, Burst: 1e9})
	for b.Loop() {
		p, err := g.enter(b.Context(), ordinary())
		if err != nil {
			b.Fatal(err)
		}
		p.leave(healthy)
	}
}

func TestQuota_outlivesTheProcess(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 2, 9, 0, 0, 0, time.UTC)
	conn := Connection{Tenant: harrier.DefaultTenant, ID: harrier.DeriveID[harrier.ConnectionID]("a"), Name: "vendor", Limits: connector.Limits{Daily: 10}}
	spend := func(tr *Transport, want int) {
		t.Helper()
		for i := range want + 1 {
			if err := through(t, tr.link(conn).gate, ordinary(), healthy); (err == nil) != (i < want) {
				t.Errorf("call %d: %v", i+1, err)
			}
		}
	}
	first := New(Config{Now: func() time.Time { return now }})
	spend(first, 8)
	second := New(Config{Now: func() time.Time { return now }})
	second.Restore(first.Counts())
	if used := second.Used(conn.Tenant, conn.ID); used != 8 {
		t.Errorf("%d calls are used", used)
	}
	spend(second, 0)
	tomorrow := New(Config{Now: func() time.Time { return now.Add(24 * time.Hour) }})
	tomorrow.Restore(second.Counts())
	spend(tomorrow, 8)
}
