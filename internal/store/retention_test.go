package store_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/audit"
	"github.com/harrier-soar/harrier/internal/retention"
)

// attic is a store with old things, and what keeps them.
type attic struct {
	*trail
	keep   *retention.Service
	faulty *failing
	now    time.Time
	burned map[string]bool
}

func (a *attic) DoomedEvidence(ctx context.Context, before time.Time, limit int) ([]retention.Doomed, error) {
	return a.store.DoomedEvidence(ctx, before, limit)
}

func (a *attic) Spare(ctx context.Context, tx harrier.Tx, d retention.Doomed) (bool, error) {
	return a.store.SpareEvidence(ctx, tx, d)
}

func (a *attic) Remove(_ context.Context, d retention.Doomed) error {
	a.burned[d.SHA256] = true
	return nil
}

func (a *attic) Gone(ctx context.Context, tx harrier.Tx, d retention.Doomed) error {
	return a.store.EvidenceGone(ctx, tx, d)
}

func newAttic(t *testing.T) *attic {
	t.Helper()
	a := &attic{trail: newTrail(t), now: time.Now().Add(20 * 365 * 24 * time.Hour), burned: map[string]bool{}}
	a.faulty = &failing{Store: a.store}
	a.keep = retention.New(retention.Config{Store: a.faulty, Holds: a.store, Blobs: a, Log: slog.New(slog.DiscardHandler), Now: func() time.Time { return a.now }})
	return a
}

// fill makes n alerts with a case for every second, a run, two events and evidence each.
func (a *attic) fill(n int) {
	a.t.Helper()
	var failed error // the writer must not be ended by a Fatal
	must := func(tx harrier.Tx, text string, args ...any) {
		if _, err := tx.Exec(a.t.Context(), text, args...); err != nil {
			failed = errors.Join(failed, err)
		}
	}
	old := time.Unix(1e9, 0)
	err := a.store.Write(a.t.Context(), func(tx harrier.Tx) error {
		for i := range n {
			id, tenant := thing(i), harrier.DefaultTenant[:]
			status := "closed"
			if i%10 == 9 {
				status = "new"
			}
			must(tx, `INSERT INTO alerts (tenant_id, id, source_id, external_id, title, category, severity, status, disposition, reason, data, created_at, updated_at)
VALUES ($1, $2, $2, $3, 't', 'c', 'low', $4, '', '', '{}', $5, $5)`, tenant, id, fmt.Sprint(i), status, old)
			must(tx, `INSERT INTO alert_entities (tenant_id, type, key, at, alert_id, role) VALUES ($1, 'user', $2, $3, $4, 'user')`, tenant, fmt.Sprint("u", i%5), old, id)
			must(tx, `INSERT INTO alert_history (tenant_id, alert_id, seq, at, kind, text) VALUES ($1, $2, 1, $3, 'created', '')`, tenant, id, old)
			for _, part := range []byte{1, 2} {
				event := append([]byte{0, id[0], id[1], part}, id[4:]...) // of long ago, as ids begin with a time
				must(tx, `INSERT INTO inbox (tenant_id, id, source_id, received_at, content, body, lane, backfill, state, reason, alert_id)
VALUES ($1, $2, $2, $3, '', X'00', 1, 0, 'processed', '', $4)`, tenant, event, old, id)
			}
			must(tx, `INSERT INTO runs (id, tenant_id, playbook, hash, mode, status, waiting_for, priority, alert_id, parent_path, one_key, semantics, unresolved, reason, created_at, updated_at, ended_at)
VALUES ($1, $2, 'p', 'h', 'live', 'succeeded', '', 1, $1, '', '', 1, 0, '', $3, $3, $3)`, id, tenant, old)
			must(tx, `INSERT INTO events (run_id, seq, tenant_id, at, type, v, data) VALUES ($1, 1, $2, $3, 'run.started', 1, '{}')`, id, tenant, old)
			must(tx, `INSERT INTO evidence (tenant_id, id, sha256, size, name, media_type, alert_id, created_at, created_by) VALUES ($1, $2, $3, 1, 'n', 'm', $2, $4, $2)`,
				tenant, id, fmt.Sprintf("%064d", i/2), old)
			if i%2 == 0 {
				must(tx, `INSERT INTO cases (tenant_id, id, number, title, template, severity, status, summary, created_at, updated_at) VALUES ($1, $2, $3, 't', '', 'low', 'closed', '', $4, $4)`, tenant, id, i+1000, old)
				must(tx, `INSERT INTO case_alerts (tenant_id, case_id, alert_id, added_at) VALUES ($1, $2, $2, $3)`, tenant, id, old)
			}
		}
		return failed
	})
	if err != nil {
		a.t.Fatal(err)
	}
}

func thing(i int) []byte { return []byte{15: 1, 0: byte(i >> 8), 1: byte(i)} }

func (a *attic) count(table, where string) (n int) {
	a.t.Helper()
	err := a.store.Write(a.t.Context(), func(tx harrier.Tx) error {
		found, err := tx.Query(a.t.Context(), "SELECT COUNT(*) FROM "+table+" WHERE "+where)
		if err != nil {
			return err
		}
		defer func() { _ = found.Close() }()
		found.Next()
		return found.Scan(&n)
	})
	if err != nil {
		a.t.Fatal(err)
	}
	return n
}

// PRV-01: a sweep that is killed again and again removes everything that is too
// old once, and its certificates sum up to exactly that. What is open stays.
func TestPurge_isExactHoweverOftenItIsKilled(t *testing.T) {
	t.Parallel()
	a := newAttic(t)
	const n = 700
	a.fill(n)
	r := rand.New(rand.NewPCG(1, 2))
	for ended := 0; ended < 2; {
		a.faulty.fails, a.faulty.skip, a.faulty.after = r.IntN(2), r.IntN(4), r.IntN(2) == 0
		if err := a.keep.Sweep(t.Context()); err == nil && a.faulty.fails == 0 {
			ended++
		}
		a.now = a.now.Add(2 * time.Hour)
	}
	for table, want := range map[string]int{"alerts": n / 10, "inbox": 2 * n / 10, "runs": n / 10, "events": n / 10, "evidence": n / 10, "cases": 0, "alert_history": n / 10, "alert_entities": n / 10, "case_alerts": 0, "evidence_doomed": 0} {
		if got := a.count(table, "1"); got != want {
			t.Errorf("%s: %d are left, want %d", table, got, want)
		}
	}
	sums := map[string]int{}
	rows, cursor := []harrier.AuditEntry(nil), ""
	for {
		page, next, err := a.store.AuditTrail(t.Context(), harrier.DefaultTenant, harrier.AuditFilter{Action: "retention.purge"}, harrier.Page{Limit: 500, Cursor: cursor})
		if err != nil {
			t.Fatal(err)
		}
		if rows, cursor = append(rows, page...), next; next == "" {
			break
		}
	}
	for _, row := range rows {
		var c struct {
			Count  int    `json:"count"`
			Digest string `json:"sha256"`
		}
		if err := json.Unmarshal(row.Data, &c); err != nil || c.Count == 0 || c.Count > 200 || len(c.Digest) != 64 {
			t.Errorf("certificate %s", row.Data)
		}
		sums[row.Target] += c.Count
	}
	if sums["alerts"] != n-n/10 || sums["events"] != 2*(n-n/10) || sums["runs"] != n-n/10 || sums["cases"] != n/2 || sums["evidence"] != n-n/10 {
		t.Errorf("the certificates sum up to %v", sums)
	}
	if len(a.burned) == 0 || a.burned[fmt.Sprintf("%064d", 4)] {
		t.Errorf("burned %d contents, want those that no row needs, and number 4 is needed", len(a.burned))
	}
}

// PRV-02: whatever is held stays with all that belongs to it, in random
// combinations, and goes when two people have lifted the hold.
func TestPurge_keepsWhatIsHeld(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(5, 6))
	for range 6 {
		a := newAttic(t)
		a.fill(40)
		one, two := harrier.Operator(), harrier.Operator()
		two.ID, two.Name = harrier.PrincipalID{9}, "another"
		held, alert := map[string]bool{}, r.IntN(40)
		kind := []string{retention.HoldAlert, retention.HoldCase, retention.HoldSubject, retention.HoldAll}[r.IntN(4)]
		h := retention.Hold{Kind: kind, Reason: "court"}
		for i := range 40 {
			switch {
			case kind == retention.HoldAll, kind == retention.HoldSubject && i%5 == alert%5, kind == retention.HoldAlert && i == alert, kind == retention.HoldCase && i == alert/2*2:
				held[string(thing(i))] = true
			}
		}
		switch kind {
		case retention.HoldSubject:
			h.Subject = fmt.Sprint("user:u", alert%5)
		case retention.HoldAlert:
			copy(h.Target[:], thing(alert))
		case retention.HoldCase:
			copy(h.Target[:], thing(alert/2*2))
		}
		h, err := a.keep.Place(t.Context(), one, h)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := a.keep.Lift(t.Context(), one, h.ID, "over"); err != nil {
			t.Fatal(err)
		}
		if _, err := a.keep.Lift(t.Context(), one, h.ID, "over"); harrier.KindOf(err) != harrier.Denied || err == nil {
			t.Errorf("one person lifts a hold: %v", err)
		}
		if err := a.keep.Sweep(t.Context()); err != nil {
			t.Fatal(err)
		}
		for i := range 40 {
			id := fmt.Sprintf("X'%x'", thing(i))
			stays := held[string(thing(i))] || i%10 == 9
			if got := a.count("alerts", "id = "+id) == 1 && a.count("runs", "id = "+id) == 1 && a.count("evidence", "id = "+id) == 1 && a.count("inbox", "alert_id = "+id) == 2; got != stays {
				t.Errorf("hold on %s of %d: thing %d stays %v, want %v", kind, alert, i, got, stays)
			}
		}
		if _, err := a.keep.Lift(t.Context(), two, h.ID, "over"); err != nil {
			t.Fatal(err)
		}
		if err := a.keep.Sweep(t.Context()); err != nil || a.count("alerts", "1") != 4 {
			t.Errorf("lifted: %d alerts are left, %v", a.count("alerts", "1"), err)
		}
	}
}

// AUD-12: the audit trail is pruned by policy only, and verifies as before.
func TestPurge_prunesTheAuditTrailSoThatItVerifies(t *testing.T) {
	t.Parallel()
	a := newAttic(t)
	a.write(450, 50)
	outside := a.witness()
	a.now = time.Unix(300, 0).Add(7*365*24*time.Hour + time.Second/2) // rows are a second apart, from 1 s on
	for range 2 {
		if err := a.keep.Sweep(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	a.chain()
	file := a.copied()
	r := verified(t, file, audit.Options{Checkpoints: []string{outside}})
	if !r.OK || r.Logs[0].Pruned != 300 || r.Logs[0].Rows != 452 {
		t.Errorf("got %+v", r)
	}
	tamper(t, file, "DELETE FROM audit WHERE action = 'audit.prune'")
	if r := verified(t, file, audit.Options{}); r.OK {
		t.Error("rows are gone without a certificate, and that is not found")
	}
}

// AUD-04: rows of the audit trail cannot be removed but by policy.
func TestAudit_cannotBeRemoved(t *testing.T) {
	t.Parallel()
	a := newAttic(t)
	a.write(3, 3)
	for _, text := range []string{"DELETE FROM audit", "UPDATE audit SET target = ''", "DELETE FROM audit_chain", "DELETE FROM audit_checkpoints", "DELETE FROM audit_pruned WHERE 1", "UPDATE audit_keys SET verifier = ''", "REPLACE INTO audit SELECT * FROM audit"} {
		err := a.store.Write(t.Context(), func(tx harrier.Tx) error {
			n, err := tx.Exec(t.Context(), text)
			if err == nil && n > 0 {
				return nil
			}
			return harrier.Errorf(harrier.Denied, "nothing was changed: %w", err)
		})
		if err == nil {
			t.Errorf("%s was carried out", text)
		}
	}
}
