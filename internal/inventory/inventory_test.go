package inventory_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/inventory"
	"github.com/harrier-soar/harrier/internal/organisation"
	"github.com/harrier-soar/harrier/internal/picture"
	"github.com/harrier-soar/harrier/internal/store"
	"github.com/harrier-soar/harrier/internal/store/blanktest"
)

// desk is an inventory with a clock that a test sets.
type desk struct {
	*inventory.Service
	t     testing.TB
	now   time.Time
	store *store.Store
}

func morning() time.Time { return time.Date(2026, 11, 27, 9, 0, 0, 0, time.UTC) }

func newDesk(t testing.TB) *desk {
	t.Helper()
	s, err := store.Open(t.Context(), store.Config{Dir: blanktest.Dir(t)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	d := &desk{t: t, now: morning(), store: s}
	d.open(organisation.Profile{})
	return d
}

// open makes the service anew, as a restart does.
func (d *desk) open(p organisation.Profile) {
	d.Service = inventory.New(inventory.Config{Store: d.store, Profile: p, Now: func() time.Time { return d.now }})
}

// told reads a file.
func (d *desk) told(kind harrier.EntityType, text string) inventory.Told {
	d.t.Helper()
	told, err := inventory.Read(strings.NewReader(text), inventory.Reading{Kind: kind})
	if err != nil {
		d.t.Fatal(err)
	}
	return told
}

// take imports a file of a source.
func (d *desk) take(kind harrier.EntityType, source, text string) inventory.Report {
	d.t.Helper()
	told := d.told(kind, text)
	r, err := d.Import(d.t.Context(), harrier.Operator(), inventory.Import{Kind: kind, Source: source, Records: told.Records, Problems: told.Problems})
	if err != nil {
		d.t.Fatal(err)
	}
	return r
}

// fill asks for one entity.
func (d *desk) fill(kind harrier.EntityType, key string, at time.Time) picture.Entity {
	d.t.Helper()
	list := []picture.Entity{{Entity: harrier.Entity{Type: kind, Key: key, Role: "source"}}}
	if err := d.Fill(d.t.Context(), harrier.DefaultTenant, list, at); err != nil {
		d.t.Fatal(err)
	}
	return list[0]
}

// one returns the one thing that has a name.
func (d *desk) one(kind harrier.EntityType, name string) inventory.Thing {
	d.t.Helper()
	list, _, err := d.Things(d.t.Context(), harrier.DefaultTenant, inventory.Filter{Kind: kind, Name: name}, harrier.Page{})
	if err != nil || len(list) != 1 {
		d.t.Fatalf("%s is %d things, %v; want one", name, len(list), err)
	}
	return list[0]
}

const cmdb = `Asset ID;Name;FQDN;IP;MAC;Criticality;Environment;Owner;Tags
A1;WS-17;ws-17.corp.example;;00-11-22-33-44-55;high;prod;Alice;executive
A2;DC01;dc01.corp.example;10.0.0.5;;critical;prod;IT;domain-controller
A3;T-01;t-01.test.example;10.9.0.1;;low;test;QA;
`

func TestImport_fillsWhatTriageAsks(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	r := d.take(harrier.HostEntity, "cmdb", cmdb)
	if r.Added != 3 || r.ProblemCount != 0 {
		t.Fatalf("the import came to %+v", r)
	}
	got := d.fill(harrier.HostEntity, "ws-17", d.now)
	want := picture.Entity{
		Entity: harrier.Entity{Type: harrier.HostEntity, Key: "ws-17", Role: "source"}, Known: true,
		As:          &harrier.Entity{Type: harrier.HostEntity, Key: "ws-17.corp.example", Name: "WS-17", Role: "source"},
		Criticality: "high", Environment: "production", Owner: "Alice", Tags: []string{"executive"}, Source: "cmdb", Seen: d.now,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	for _, name := range []string{"WS-17", "ws-17.corp.example.", "ws-17.corp.example", `\\WS-17`, "WS-17$", "00:11:22:33:44:55", "a1"} {
		if got := d.one(harrier.HostEntity, name); got.Key != "ws-17.corp.example" {
			t.Errorf("%s is %s", name, got.Key)
		}
	}
	if got := d.fill(harrier.AddressEntity, "10.0.0.5", d.now); got.As == nil || got.As.Key != "dc01.corp.example" || got.Criticality != "critical" {
		t.Errorf("the address of a server is %+v", got)
	}
	if got := d.fill(harrier.HostEntity, "ws-17.evil.example", d.now); got.Known {
		t.Errorf("a stranger's host is taken for ours: %+v", got)
	}
}

// A restart knows what was imported before.
func TestImport_survivesARestart(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.take(harrier.HostEntity, "cmdb", cmdb)
	before := d.one(harrier.HostEntity, "ws-17")
	d.open(organisation.Profile{})
	if diff := cmp.Diff(before, d.one(harrier.HostEntity, "ws-17"), cmp.Comparer(func(a, b [16]byte) bool { return a == b })); diff != "" {
		t.Error(diff)
	}
}

// What is somebody's who matters matters as they do.
func TestFill_aHostIsAVIPsWhereItsOwnerIs(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.take(harrier.UserEntity, "hr", "user,mail,vip\neva,eva@corp.example,yes\nbob,bob@corp.example,no\n")
	d.take(harrier.HostEntity, "cmdb", "hostname,owner\nws-1,EVA@corp.example\nws-2,bob@corp.example\nws-3,nobody@corp.example\n")
	for host, want := range map[string]bool{"ws-1": true, "ws-2": false, "ws-3": false} {
		if e := d.fill(harrier.HostEntity, host, morning()); e.VIP != want || want != (len(e.Notes) > 0) {
			t.Errorf("%s: VIP %t, notes %q", host, e.VIP, e.Notes)
		}
	}
}
