package app

import (
	"strings"
	"testing"
	"time"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/api"
)

const leased = `harrier: 1
playbook: leased
steps:
  - id: block
    uses: firewall.block_ip
    with: {ip: 203.0.113.99}
    lease: {for: 30d, then: THEN}
`

// block blocks an address under a lease, and returns what is contained.
func (o *office) block(then string) harrier.Containment {
	o.t.Helper()
	run, err := runs{o.App}.StartRun(o.t.Context(), harrier.Operator(), api.StartRun{Name: "leased.playbook.yaml", Source: strings.Replace(leased, "THEN", then, 1)})
	if err != nil {
		o.t.Fatal(err)
	}
	if r := o.until(run.ID, ended); r.Status != harrier.RunSucceeded {
		o.t.Fatalf("the run is %s: %s", r.Status, r.Reason)
	}
	return o.containment()
}

// containment is the one thing that is in the ledger.
func (o *office) containment() harrier.Containment {
	o.t.Helper()
	list, _, err := o.store.Containments(o.t.Context(), harrier.DefaultTenant, harrier.ContainmentFilter{}, harrier.Page{})
	if err != nil || len(list) != 1 {
		o.t.Fatalf("contained is %+v, %v", list, err)
	}
	return list[0]
}

// sweep looks at the leases after a time, twice, and returns the run that sees to the end.
func (o *office) sweep(after time.Duration) harrier.RunID {
	o.t.Helper()
	o.clock.ahead.Add(int64(after))
	for range 2 {
		if err := o.keeper.Sweep(o.t.Context()); err != nil {
			o.t.Fatal(err)
		}
	}
	return o.containment().LeaseRun
}

func TestLease_thatEndsIsTakenBackOnce(t *testing.T) {
	t.Parallel()
	o := newOffice(t, Options{})
	o.connect(nil)
	c := o.block("undo")
	if want := c.At.Add(30 * 24 * time.Hour); !c.LeaseUntil.Equal(want) || c.LeaseAsk {
		t.Fatalf("the lease ends at %s, asks %t; want %s, false", c.LeaseUntil, c.LeaseAsk, want)
	}
	if id := o.sweep(29 * 24 * time.Hour); !id.IsZero() {
		t.Fatalf("run %s ends it before its time", id)
	}
	id := o.sweep(2 * 24 * time.Hour)
	if id.IsZero() {
		t.Fatal("nobody sees to its end")
	}
	if r := o.until(id, ended); r.Status != harrier.RunSucceeded || len(r.Effects) != 1 || r.Effects[0].Action != "opnsense.unblock_ip" {
		t.Errorf("the end is %+v", r)
	}
	if c := o.containment(); c.State != harrier.ContainmentExpired || c.EndedBy != id {
		t.Errorf("the ledger says %+v", c)
	}
}

func TestLease_thatAsksEndsAsPeopleSay(t *testing.T) {
	t.Parallel()
	for _, yes := range []bool{true, false} {
		o := newOffice(t, Options{})
		o.connect(nil)
		o.block("ask")
		id := o.sweep(31 * 24 * time.Hour)
		q := o.asked(id)
		if !strings.Contains(q.Title, "opnsense.block_ip on 203.0.113.99") || len(q.Effects) != 1 || q.Effects[0].Action != "opnsense.unblock_ip" {
			t.Errorf("asked is %+v", q)
		}
		if _, err := o.Decide(t.Context(), q.ID, api.Decision{Approve: yes, Hash: q.Hash}); err != nil {
			t.Fatal(err)
		}
		o.until(id, ended)
		want := map[bool]harrier.ContainmentState{true: harrier.ContainmentExpired, false: harrier.ContainmentActive}[yes]
		if c := o.containment(); c.State != want {
			t.Errorf("with %t it is %s, want %s", yes, c.State, want)
		}
	}
}

func TestLease_ofAConnectionThatIsGoneIsPutToAPerson(t *testing.T) {
	t.Parallel()
	o := newOffice(t, Options{})
	o.connect(nil)
	c := o.block("undo")
	row, err := o.store.Connection(t.Context(), harrier.DefaultTenant, c.Connection)
	if err != nil {
		t.Fatal(err)
	}
	err = o.store.Write(t.Context(), func(tx harrier.Tx) error { return o.store.DeleteConnection(t.Context(), tx, row) })
	if err != nil {
		t.Fatal(err)
	}
	q := o.asked(o.sweep(31 * 24 * time.Hour))
	if q.Kind != harrier.FormQuestion || !strings.Contains(q.Message, "is gone") {
		t.Errorf("asked is %+v", q)
	}
}

// walking takes back what a run contained, where it was contained.
const walking = `harrier: 1
playbook: walking
inputs:
  run: {type: string, required: true}
steps:
  - id: held
    uses: containment.list
    with: {run: "${{ inputs.run }}"}
  - id: unblock
    for_each: steps.held.output.items.filter(c, c.?undo_verb.orValue("") == "firewall.unblock_ip")
    as: c
    key: c.id
    uses: firewall.unblock_ip
    connection: ${{ c.connection }}
    with:
      ip: ${{ c.?ip.orValue("0.0.0.0") }}
  - id: again
    uses: containment.restored
    with: {run: "${{ inputs.run }}"}
outputs:
  keys: ${{ steps.again.output.keys }}
`

func TestContainment_isWalkedBackwardsByAPlaybook(t *testing.T) {
	t.Parallel()
	o := newOffice(t, Options{})
	o.connect(nil)
	c := o.block("undo")
	run, err := runs{o.App}.StartRun(t.Context(), harrier.Operator(), api.StartRun{
		Name: "walking.playbook.yaml", Source: walking, Inputs: map[string]any{"run": c.Run.String()},
	})
	if err != nil {
		t.Fatal(err)
	}
	r := o.until(run.ID, ended)
	if r.Status != harrier.RunSucceeded || string(r.Outputs) != `{"keys":["203.0.113.99"]}` {
		t.Errorf("the run is %s (%s): %s", r.Status, r.Reason, r.Outputs)
	}
	if c := o.containment(); c.State != harrier.ContainmentUndone || c.EndedBy != run.ID {
		t.Errorf("the ledger says %+v", c)
	}
	if id := o.sweep(31 * 24 * time.Hour); !id.IsZero() {
		t.Errorf("run %s ends the lease of what was taken back", id)
	}
}
