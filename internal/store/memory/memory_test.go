package memory_test

import (
	"testing"
	"time"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/store/memory"
	"github.com/harrier-soar/harrier/internal/store/storetest"
)

func TestMemory_meetsTheClaimsOfEveryStore(t *testing.T) {
	t.Parallel()
	storetest.Run(t, func(*testing.T) storetest.Stores { return memory.New(memory.Config{}) })
}

func TestMemory_meetsTheClaimsWhenEveryChangeIsRunTwice(t *testing.T) {
	t.Parallel()
	storetest.Run(t, func(*testing.T) storetest.Stores {
		return memory.New(memory.Config{Fault: func(int64) memory.Fault { return memory.Rerun }})
	})
}

// create adds a run and reports what Write said and whether the run is there.
func create(t *testing.T, m *memory.Memory) (there bool, hooks int, err error) {
	t.Helper()
	run := harrier.Run{Tenant: harrier.DefaultTenant, ID: harrier.NewID[harrier.RunID](time.Now()), Status: harrier.RunQueued}
	err = m.Write(t.Context(), func(tx harrier.Tx) error {
		tx.OnCommit(func() { hooks++ })
		return m.Create(t.Context(), tx, run, nil)
	})
	_, missing := m.Load(t.Context(), run.Tenant, run.ID)
	return missing == nil, hooks, err
}

func TestFault_decidesWhatBecomesOfACommit(t *testing.T) {
	t.Parallel()
	for _, v := range []struct {
		fault            memory.Fault
		confirmed, there bool
		hooks            int
	}{
		{memory.None, true, true, 1},
		{memory.Lost, false, false, 0},
		{memory.Unconfirmed, false, true, 0},
		{memory.Rerun, true, true, 1},
	} {
		m := memory.New(memory.Config{Fault: func(n int64) memory.Fault {
			if n == 2 {
				return v.fault
			}
			return memory.None
		}})
		if there, _, err := create(t, m); err != nil || !there {
			t.Fatalf("the first commit: %v, %t", err, there)
		}
		there, hooks, err := create(t, m)
		if (err == nil) != v.confirmed || there != v.there || hooks != v.hooks {
			t.Errorf("fault %d: got %v, there %t, hooks %d; want %+v", v.fault, err, there, hooks, v)
		}
		if err != nil && harrier.KindOf(err) != harrier.Unavailable {
			t.Errorf("fault %d is %s; want unavailable", v.fault, harrier.KindOf(err))
		}
	}
}

func TestClone_goesItsOwnWay(t *testing.T) {
	t.Parallel()
	m := memory.New(memory.Config{})
	run := harrier.Run{Tenant: harrier.DefaultTenant, ID: harrier.NewID[harrier.RunID](time.Now()), Status: harrier.RunQueued}
	write := func(m *memory.Memory, change func(harrier.Tx) error) {
		t.Helper()
		if err := m.Write(t.Context(), change); err != nil {
			t.Fatal(err)
		}
	}
	write(m, func(tx harrier.Tx) error { return m.Create(t.Context(), tx, run, []harrier.Event{{Seq: 1}}) })
	c := m.Clone()
	write(c, func(tx harrier.Tx) error {
		claimed, err := c.Claim(t.Context(), tx, run.ID, "n")
		if err != nil {
			return err
		}
		return c.Append(t.Context(), tx, claimed, []harrier.Event{{Seq: 2}})
	})
	for store, want := range map[*memory.Memory]int{m: 1, c: 2} {
		n := 0
		for _, err := range store.Events(t.Context(), run.ID, 0) {
			if err != nil {
				t.Fatal(err)
			}
			n++
		}
		if n != want {
			t.Errorf("got %d events; want %d", n, want)
		}
	}
}

// BenchmarkCommit is what a simulated step costs.
func BenchmarkCommit(b *testing.B) {
	m := memory.New(memory.Config{})
	ctx := b.Context()
	var run harrier.Run
	seq := int64(100)
	for b.Loop() {
		if seq == 100 {
			seq = 0
			run = harrier.Run{Tenant: harrier.DefaultTenant, ID: harrier.NewID[harrier.RunID](time.Now()), Status: harrier.RunQueued}
			if err := m.Write(ctx, func(tx harrier.Tx) error {
				if err := m.Create(ctx, tx, run, nil); err != nil {
					return err
				}
				var err error
				run, err = m.Claim(ctx, tx, run.ID, "n")
				return err
			}); err != nil {
				b.Fatal(err)
			}
		}
		seq++
		if err := m.Write(ctx, func(tx harrier.Tx) error { return m.Append(ctx, tx, run, []harrier.Event{{Seq: seq}}) }); err != nil {
			b.Fatal(err)
		}
	}
}
