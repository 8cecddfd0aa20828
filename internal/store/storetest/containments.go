package storetest

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/harrier-soar/harrier"
)

func containmentClaims() []claim[Stores] {
	return []claim[Stores]{
		{"AddContainment keeps every field, once", containmentKept},
		{"A containment is superseded by the next of the same thing", containmentSuperseded},
		{"EndContainments ends what is active of a thing, on its connection, for its tenant (I12)", containmentEnded},
		{"Containments are listed by what they belong to, the newest first, for their tenant (I12)", containmentsListed},
		{"A lease is due at its end, and one run sees to it", leaseDue},
		{"What fails takes the containment back with its intent (G10)", containmentAtomic},
	}
}

// aContainment is the n-th thing that a run contained.
func aContainment(run harrier.Run, n int) harrier.Containment {
	return harrier.Containment{
		Tenant: run.Tenant, ID: harrier.NewID[harrier.ContainmentID](time.Now()), Run: run.ID, Path: "steps.block",
		Alert: harrier.AlertID{1, 15: byte(n % 2)}, Action: "opnsense.block_ip", Verb: "firewall.block_ip",
		Connection: harrier.ConnectionID{6: 0x70, 8: 0x80, 15: 9}, ConnectionName: "edge", Target: "203.0.113.9",
		Args: json.RawMessage(`{"ip":"203.0.113.9"}`), Before: json.RawMessage(`{"blocked":true}`),
		Undo: "opnsense.unblock_ip", UndoVerb: "firewall.unblock_ip", UndoArgs: json.RawMessage(`{"ip":"203.0.113.9"}`),
		UndoKey: string(rune('a' + n)), Approval: harrier.NewID[harrier.ApprovalID](time.Now()), By: "call",
		At: epoch().Add(time.Duration(n) * time.Minute), State: harrier.ContainmentActive,
		LeaseUntil: epoch().Add(time.Hour), LeaseAsk: n%2 == 0,
	}
}

func contain(s Stores, t *testing.T, c harrier.Containment) func(harrier.Tx) error {
	return func(tx harrier.Tx) error { return s.AddContainment(t.Context(), tx, c) }
}

// contained lists what a filter selects.
func contained(t *testing.T, s Stores, tenant harrier.TenantID, f harrier.ContainmentFilter) []harrier.Containment {
	t.Helper()
	return pages(t, func(p harrier.Page) ([]harrier.Containment, string, error) {
		return s.Containments(t.Context(), tenant, f, p)
	})
}

func containmentKept(t *testing.T, s Stores) {
	run := started(t, s, newTenant())
	full, bare := aContainment(run, 0), aContainment(run, 1)
	bare.Alert, bare.Approval, bare.Undo, bare.UndoVerb, bare.UndoArgs, bare.UndoKey = harrier.AlertID{}, harrier.ApprovalID{}, "", "", nil, ""
	bare.UndoProblem, bare.LeaseUntil, bare.Verb = "nobody knows", time.Time{}, ""
	full.Case = harrier.CaseID{7}
	must(t, s, contain(s, t, full))
	must(t, s, contain(s, t, bare))
	again := bare
	again.Path = "another"
	must(t, s, contain(s, t, again))
	equal(t, contained(t, s, run.Tenant, harrier.ContainmentFilter{}), []harrier.Containment{bare, full})
}

func containmentSuperseded(t *testing.T, s Stores) {
	run := started(t, s, newTenant())
	first, second, other := aContainment(run, 0), aContainment(run, 1), aContainment(run, 2)
	second.UndoKey = first.UndoKey
	for _, c := range []harrier.Containment{first, other, second} {
		must(t, s, contain(s, t, c))
	}
	first.State, first.EndedAt, first.EndedBy = harrier.ContainmentSuperseded, second.At, run.ID
	equal(t, contained(t, s, run.Tenant, harrier.ContainmentFilter{}), []harrier.Containment{other, second, first})
}

func containmentEnded(t *testing.T, s Stores) {
	run := started(t, s, newTenant())
	foreign := started(t, s, newTenant())
	c, stranger, keyless := aContainment(run, 0), aContainment(foreign, 0), aContainment(run, 1)
	keyless.UndoKey = ""
	for _, v := range []harrier.Containment{c, stranger, keyless} {
		must(t, s, contain(s, t, v))
	}
	end := harrier.ContainmentEnd{
		Tenant: run.Tenant, Connection: c.Connection, Undo: c.Undo, UndoKey: c.UndoKey, State: harrier.ContainmentUndone,
		At: epoch().Add(time.Hour), By: foreign.ID, After: json.RawMessage(`{"blocked":false}`),
	}
	ends := func(e harrier.ContainmentEnd) (n int64) {
		t.Helper()
		must(t, s, func(tx harrier.Tx) (err error) {
			n, err = s.EndContainments(t.Context(), tx, e)
			return err
		})
		return n
	}
	elsewhere, otherwise, nothing := end, end, end
	elsewhere.Connection, otherwise.Undo, nothing.UndoKey = harrier.ConnectionID{1}, "opnsense.flush", ""
	for _, e := range []harrier.ContainmentEnd{elsewhere, otherwise, nothing} {
		equal(t, ends(e), int64(0))
	}
	equal(t, ends(end), int64(1))
	equal(t, ends(end), int64(0)) // it is not active any more
	c.State, c.EndedAt, c.EndedBy, c.After = end.State, end.At, end.By, end.After
	equal(t, contained(t, s, run.Tenant, harrier.ContainmentFilter{}), []harrier.Containment{keyless, c})
	equal(t, contained(t, s, foreign.Tenant, harrier.ContainmentFilter{}), []harrier.Containment{stranger})
}

func containmentsListed(t *testing.T, s Stores) {
	tenant := newTenant()
	run := started(t, s, tenant)
	child := aRun(tenant)
	child.Parent, child.ParentPath = run.ID, "call"
	create(t, s, child)
	var want []harrier.Containment
	for n := range 20 {
		c := aContainment(run, n)
		if n%4 == 0 {
			c.Run, c.Action, c.Verb, c.Case = child.ID, "edr.isolate", "endpoint.isolate", harrier.CaseID{7}
		}
		must(t, s, contain(s, t, c))
		want = append([]harrier.Containment{c}, want...)
	}
	must(t, s, contain(s, t, aContainment(started(t, s, newTenant()), 1)))
	equal(t, contained(t, s, tenant, harrier.ContainmentFilter{}), want)
	for _, v := range []struct {
		filter harrier.ContainmentFilter
		want   int
	}{
		{harrier.ContainmentFilter{Run: run.ID}, 20}, {harrier.ContainmentFilter{Run: child.ID}, 5},
		{harrier.ContainmentFilter{Alert: harrier.AlertID{1, 15: 1}}, 10}, {harrier.ContainmentFilter{Case: harrier.CaseID{7}}, 5},
		{harrier.ContainmentFilter{Action: "endpoint.isolate"}, 5}, {harrier.ContainmentFilter{Action: "opnsense.block_ip"}, 15},
		{harrier.ContainmentFilter{State: harrier.ContainmentActive}, 20}, {harrier.ContainmentFilter{State: harrier.ContainmentUndone}, 0},
		{harrier.ContainmentFilter{Run: harrier.RunID{5}}, 0},
	} {
		if got := contained(t, s, tenant, v.filter); len(got) != v.want {
			t.Errorf("%+v selects %d; want %d", v.filter, len(got), v.want)
		}
	}
	_, _, err := s.Containments(t.Context(), tenant, harrier.ContainmentFilter{}, harrier.Page{Cursor: "nonsense"})
	kind(t, err, harrier.Invalid)
}

// containmentAtomic breaks the change at its last part.
func containmentAtomic(t *testing.T, s Stores) {
	run := started(t, s, newTenant())
	active := aContainment(run, 0)
	must(t, s, contain(s, t, active))
	next := aContainment(run, 1)
	next.UndoKey = active.UndoKey
	refused(t, s, harrier.NotFound, func(tx harrier.Tx) error {
		if err := s.AddContainment(t.Context(), tx, next); err != nil {
			return err
		}
		return s.Settle(t.Context(), tx, anIntent(run)) // there is no such intent
	})
	equal(t, contained(t, s, run.Tenant, harrier.ContainmentFilter{}), []harrier.Containment{active})
}

func leaseDue(t *testing.T, s Stores) {
	run := started(t, s, newTenant())
	late, early, endless, gone := aContainment(run, 0), aContainment(run, 1), aContainment(run, 2), aContainment(run, 3)
	early.LeaseUntil, endless.LeaseUntil = epoch().Add(time.Minute), time.Time{}
	for _, c := range []harrier.Containment{late, early, endless, gone} {
		must(t, s, contain(s, t, c))
	}
	end := func(c harrier.Containment, by harrier.RunID) {
		t.Helper()
		must(t, s, func(tx harrier.Tx) error {
			_, err := s.EndContainments(t.Context(), tx, harrier.ContainmentEnd{
				Tenant: run.Tenant, Connection: c.Connection, Undo: c.Undo, UndoKey: c.UndoKey, State: harrier.ContainmentUndone, At: epoch(), By: by,
			})
			return err
		})
	}
	end(gone, run.ID)
	due := func(now time.Time, limit int) []harrier.Containment {
		t.Helper()
		list, err := s.DueLeases(t.Context(), now, limit)
		if err != nil {
			t.Fatal(err)
		}
		return list
	}
	next, ok, err := s.NextLease(t.Context())
	if err != nil || !ok || !next.Equal(early.LeaseUntil) {
		t.Errorf("the next lease ends at %s, %t, %v", next, ok, err)
	}
	equal(t, len(due(epoch(), 9)), 0)
	equal(t, due(early.LeaseUntil, 9), []harrier.Containment{early})
	equal(t, due(epoch().Add(2*time.Hour), 9), []harrier.Containment{early, late})
	equal(t, due(epoch().Add(2*time.Hour), 1), []harrier.Containment{early})
	ending := early
	ending.LeaseRun = harrier.RunID{9}
	seeTo := func(tx harrier.Tx) error { return s.EndLease(t.Context(), tx, ending) }
	must(t, s, seeTo)
	refused(t, s, harrier.Conflict, seeTo)
	ended := gone
	ended.LeaseRun = harrier.RunID{9}
	refused(t, s, harrier.Conflict, func(tx harrier.Tx) error { return s.EndLease(t.Context(), tx, ended) })
	equal(t, due(epoch().Add(2*time.Hour), 9), []harrier.Containment{late})
	end(early, ending.LeaseRun)
	list := contained(t, s, run.Tenant, harrier.ContainmentFilter{State: harrier.ContainmentExpired})
	if len(list) != 1 || list[0].ID != early.ID || list[0].EndedBy != ending.LeaseRun {
		t.Errorf("expired are %+v", list)
	}
}
