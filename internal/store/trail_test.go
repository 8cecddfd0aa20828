package store_test

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/audit"
	"github.com/harrier-soar/harrier/internal/store"
	"github.com/harrier-soar/harrier/internal/store/blanktest"
	"github.com/harrier-soar/harrier/internal/vault"
)

// trail is an installation with a chained audit trail, and a copy of its file.
type trail struct {
	t     *testing.T
	dir   string
	store *store.Store
	seq   *audit.Sequencer
	ids   []harrier.AuditID
	n     int
}

func newTrail(t *testing.T) *trail {
	t.Helper()
	tr := &trail{t: t, dir: blanktest.Dir(t)}
	tr.open()
	t.Cleanup(func() { _ = tr.store.Close() })
	return tr
}

func (tr *trail) open() {
	tr.t.Helper()
	s, err := store.Open(tr.t.Context(), store.Config{Dir: tr.dir})
	if err != nil {
		tr.t.Fatal(err)
	}
	v, err := vault.Open(tr.t.Context(), vault.Config{KeyFile: filepath.Join(tr.dir, "root.key"), Rows: s})
	if err != nil {
		tr.t.Fatal(err)
	}
	tr.store = s
	tr.seq = audit.NewSequencer(audit.Config{Store: s, Secrets: v, Witness: audit.NewWitness(filepath.Join(tr.dir, "audit")), Now: time.Now})
}

// write adds rows, and chains them in passes of a few.
func (tr *trail) write(rows, pass int) {
	tr.t.Helper()
	for i := range rows {
		tr.n++
		e := harrier.AuditEntry{
			Tenant: harrier.DefaultTenant, ID: harrier.NewID[harrier.AuditID](time.Now()), At: time.Unix(int64(tr.n), 0).UTC(),
			Actor: harrier.LocalOperator, ActorName: "local-operator", Action: "effect.intend", Target: fmt.Sprint("host-", tr.n), Path: "steps.block",
			Data: json.RawMessage(fmt.Sprintf(`{"n":%d}`, tr.n)),
		}
		tr.ids = append(tr.ids, e.ID)
		if err := tr.store.Write(tr.t.Context(), func(tx harrier.Tx) error { return tr.store.Audit(tr.t.Context(), tx, e) }); err != nil {
			tr.t.Fatal(err)
		}
		if pass > 0 && (i+1)%pass == 0 {
			tr.chain()
		}
	}
}

func (tr *trail) chain() {
	tr.t.Helper()
	if err := tr.seq.Pass(tr.t.Context()); err != nil {
		tr.t.Fatal(err)
	}
}

// copied closes the installation and returns its database file.
func (tr *trail) copied() string {
	tr.t.Helper()
	if err := tr.store.Close(); err != nil {
		tr.t.Fatal(err)
	}
	return copyFile(tr.t, filepath.Join(tr.dir, "harrier.db"))
}

func copyFile(t *testing.T, from string) string {
	t.Helper()
	b, err := os.ReadFile(from)
	if err != nil {
		t.Fatal(err)
	}
	to := filepath.Join(t.TempDir(), "copy.db")
	if err := os.WriteFile(to, b, 0o600); err != nil {
		t.Fatal(err)
	}
	return to
}

func verified(t *testing.T, file string, o audit.Options) audit.Report {
	t.Helper()
	db, err := store.OpenTrail(t.Context(), file)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	r, err := audit.Verify(t.Context(), db, o)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// tamper changes a database file as somebody with all rights would.
func tamper(t *testing.T, file string, statements ...string) {
	t.Helper()
	db, err := sql.Open("sqlite", file)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	for _, name := range []string{"audit_keeps_rows", "audit_never_forgets", "audit_chain_keeps_rows", "audit_chain_never_forgets", "audit_checkpoints_keep_rows", "audit_checkpoints_never_forget", "audit_keys_keep_rows"} {
		statements = append([]string{"DROP TRIGGER IF EXISTS " + name}, statements...)
	}
	for _, s := range statements {
		if _, err := db.ExecContext(t.Context(), s); err != nil {
			t.Fatal(s, err)
		}
	}
}

// AUD-02: a log that nobody touched verifies, and tells of what is not chained yet.
func TestVerify_findsNothingWhereNothingIsWrong(t *testing.T) {
	t.Parallel()
	tr := newTrail(t)
	tr.write(30, 4)
	r := verified(t, tr.copied(), audit.Options{})
	if !r.OK || len(r.Logs) != 1 || r.Logs[0].Rows != 28 || r.Logs[0].Unchained != 2 || r.Logs[0].Size != 28 || r.Logs[0].Pinned {
		t.Errorf("got %+v", r)
	}
	tr.open()
	tr.chain()
	tr.write(3, 1)
	if r := verified(t, tr.copied(), audit.Options{Keys: []string{r.Logs[0].Key}}); !r.OK || r.Logs[0].Rows != 33 || r.Logs[0].Unchained != 0 || !r.Logs[0].Pinned {
		t.Errorf("after a restart: got %+v", r)
	}
}

// AUD-02: whatever somebody with all rights on the database changes in the trail
// is found, and the row is named where one can be named.
func TestVerify_findsRandomTampering(t *testing.T) {
	t.Parallel()
	tr := newTrail(t)
	tr.write(60, 5)
	file, witness := tr.copied(), tr.witness()
	key := verified(t, file, audit.Options{}).Logs[0].Key
	r := rand.New(rand.NewPCG(7, 9))
	rounds := 150
	if testing.Short() {
		rounds = 50
	}
	for range rounds {
		n := 2 + r.IntN(57)
		what := tampering(r, tr.ids, n)
		copied := copyFile(t, file)
		tamper(t, copied, what.statements...)
		report := verified(t, copied, audit.Options{Keys: []string{key}, Checkpoints: []string{witness}})
		if report.OK || what.names != "" && !named(report, what.names) {
			t.Errorf("%s at place %d: got %+v, want it found, and %s named", what.name, n, report.Logs, what.names)
		}
	}
}

func (tr *trail) witness() string {
	tr.t.Helper()
	text, err := audit.NewWitness(filepath.Join(tr.dir, "audit")).Last(harrier.DefaultTenant)
	if err != nil || text == "" {
		tr.t.Fatal(text, err)
	}
	return text
}

func named(r audit.Report, id string) bool {
	return slices.ContainsFunc(r.Logs[0].Findings, func(f audit.Finding) bool { return strings.Contains(f.Row, id) })
}

// change is one way to tamper with a trail.
type change struct {
	name       string
	statements []string
	names      string
}

// tampering returns a random one about the n-th row.
func tampering(r *rand.Rand, ids []harrier.AuditID, n int) change {
	row := func(i int) string { return fmt.Sprintf("X'%x'", ids[i-1][:]) }
	id, other := ids[n-1].String(), row(n%58+2)
	where := " WHERE id = " + row(n)
	column := []string{"actor_name", "action", "target", "path", "data"}[r.IntN(5)]
	all := []change{
		{"an edited " + column, []string{"UPDATE audit SET " + column + " = " + column + " || ' '" + where}, id},
		{"an emptied " + column, []string{"UPDATE audit SET " + column + " = ''" + where}, id},
		{"an edited time", []string{"UPDATE audit SET at = at + 1" + where}, id},
		{"another actor", []string{"UPDATE audit SET actor = randomblob(16)" + where}, id},
		{"a run", []string{"UPDATE audit SET run_id = randomblob(16)" + where}, id},
		{"another id", []string{"UPDATE audit SET id = randomblob(16)" + where}, id},
		{"another tenant", []string{"UPDATE audit SET tenant_id = randomblob(16)" + where}, id},
		{"a removed row", []string{"DELETE FROM audit" + where}, id},
		{"a removed row with its place", []string{"DELETE FROM audit" + where, "DELETE FROM audit_chain WHERE audit_id = " + row(n)}, ""},
		{
			"a removed row with later places moved up",
			[]string{
				"DELETE FROM audit" + where, "DELETE FROM audit_chain WHERE audit_id = " + row(n),
				fmt.Sprintf("UPDATE audit_chain SET seq = -seq WHERE seq > %d", n), "UPDATE audit_chain SET seq = -seq - 1 WHERE seq < 0",
			}, "",
		},
		{"an exchanged hash", []string{"UPDATE audit_chain SET hash = randomblob(32) WHERE audit_id = " + row(n)}, id},
		{
			"an inserted row",
			[]string{fmt.Sprintf(`INSERT INTO audit (rowid, tenant_id, id, at, actor, actor_name, action, target, path)
SELECT 0, tenant_id, X'%032x', at, actor, actor_name, action, 'nobody', '' FROM audit`+where, n)},
			harrier.AuditID([16]byte{15: byte(n)}).String(),
		},
		{"two exchanged places", []string{
			"UPDATE audit_chain SET seq = -1 WHERE audit_id = " + row(n), fmt.Sprintf("UPDATE audit_chain SET seq = %d WHERE audit_id = %s", n, other),
			fmt.Sprintf("UPDATE audit_chain SET seq = %d WHERE seq = -1", n%58+2),
		}, id},
		{"two rows in another order", []string{
			"UPDATE audit SET rowid = -1" + where, "UPDATE audit SET rowid = " + fmt.Sprint(n) + " WHERE id = " + other,
			fmt.Sprintf("UPDATE audit SET rowid = %d WHERE rowid = -1", n%58+2),
		}, ""},
		{"a truncated table", []string{fmt.Sprintf("DELETE FROM audit WHERE rowid > %d", n)}, ids[59].String()},
		{"a truncated log", []string{fmt.Sprintf("DELETE FROM audit WHERE rowid > %d", n), fmt.Sprintf("DELETE FROM audit_chain WHERE seq > %d", n)}, ""},
		{"a log rolled back with its checkpoints", []string{
			fmt.Sprintf("DELETE FROM audit WHERE rowid > %d", n/5*5), fmt.Sprintf("DELETE FROM audit_chain WHERE seq > %d", n/5*5),
			fmt.Sprintf("DELETE FROM audit_checkpoints WHERE size > %d", n/5*5),
		}, ""},
		{"no checkpoints", []string{"DELETE FROM audit_checkpoints"}, ""},
		{"no log at all", []string{"DELETE FROM audit_checkpoints", "DELETE FROM audit_chain", "DELETE FROM audit", "DELETE FROM audit_keys"}, ""},
		{"an exchanged key", []string{"UPDATE audit_keys SET verifier = replace(verifier, 'a', 'b')"}, ""},
		{"a changed checkpoint", []string{fmt.Sprintf("UPDATE audit_checkpoints SET note = replace(note, '%d', '%d') WHERE size = %d", n/5*5, n/5*5+1, n/5*5)}, ""},
	}
	c := all[r.IntN(len(all))]
	if c.name == "a changed checkpoint" && n < 5 {
		return all[0]
	}
	return c
}

// AUD-02: somebody who changes a row together with its hash is found by the
// signature, and the rows between two signatures are named.
func TestVerify_findsARowThatWasChangedWithItsHash(t *testing.T) {
	t.Parallel()
	tr := newTrail(t)
	tr.write(20, 1)
	file := tr.copied()
	db, err := store.OpenTrail(t.Context(), file)
	if err != nil {
		t.Fatal(err)
	}
	var hash audit.Hash
	for l, err := range db.Leaves(t.Context(), harrier.DefaultTenant[:]) {
		if err != nil {
			t.Fatal(err)
		}
		if l.Seq == 7 {
			l.Row.Target = "another"
			hash = audit.LeafHash(l.Row.Line(7))
		}
	}
	db.Close()
	tamper(t, file, "UPDATE audit SET target = 'another' WHERE rowid = 7", fmt.Sprintf("UPDATE audit_chain SET hash = X'%x' WHERE seq = 7", hash[:]))
	r := verified(t, file, audit.Options{})
	if r.OK || len(r.Logs[0].Findings) != 1 || r.Logs[0].Findings[0].Kind != audit.Rewritten || r.Logs[0].Findings[0].Row != tr.ids[6].String() {
		t.Errorf("got %+v", r)
	}
}

// AUD-02: each single flipped bit of a row is found, and the row is named.
func TestVerify_namesOneFlippedBit(t *testing.T) {
	t.Parallel()
	tr := newTrail(t)
	tr.write(40, 8)
	file := tr.copied()
	raw, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	targets := targetsOf(t, file)
	r := rand.New(rand.NewPCG(1, 1))
	for range 25 {
		n := 1 + r.IntN(40)
		text := "effect.intend" + targets[tr.ids[n-1].String()] + "steps"
		offset, bit, found := r.IntN(len(text)-len("steps")), byte(1)<<r.IntN(7), false
		// SQLite leaves old copies of rows in the slack of pages; one of them is the row.
		for from := 0; ; {
			i := strings.Index(string(raw[from:]), text)
			if i < 0 {
				break
			}
			at := from + i
			from = at + 1
			found = found || named(flipped(t, raw, at+offset, bit), tr.ids[n-1].String())
		}
		if !found {
			t.Errorf("bit %08b of byte %d of row %d was flipped, and %s was not named", bit, offset, n, tr.ids[n-1])
		}
	}
}

// targetsOf returns the targets of rows as the table holds them.
func targetsOf(t *testing.T, file string) map[string]string {
	t.Helper()
	db, err := store.OpenTrail(t.Context(), file)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	all := map[string]string{}
	for l, err := range db.Leaves(t.Context(), harrier.DefaultTenant[:]) {
		if err != nil {
			t.Fatal(err)
		}
		all[l.Row.Name()] = l.Row.Target
	}
	return all
}

// flipped verifies a file in which a bit is flipped.
func flipped(t *testing.T, raw []byte, at int, bit byte) audit.Report {
	t.Helper()
	changed := slices.Clone(raw)
	changed[at] ^= bit
	file := filepath.Join(t.TempDir(), "flipped.db")
	if err := os.WriteFile(file, changed, 0o600); err != nil {
		t.Fatal(err)
	}
	return verified(t, file, audit.Options{})
}

// AUD-03: an old backup that is put back verifies by itself and not against a
// checkpoint that was kept outside; the trail goes on and says so.
func TestVerify_findsAnOldBackup(t *testing.T) {
	t.Parallel()
	tr := newTrail(t)
	tr.write(10, 2)
	old := tr.copied()
	tr.open()
	tr.write(10, 2)
	_ = tr.copied()
	outside := tr.witness()
	restored, err := os.ReadFile(old)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(tr.dir, "harrier.db"), restored, 0o600); err != nil {
		t.Fatal(err)
	}
	if r := verified(t, old, audit.Options{}); !r.OK {
		t.Fatalf("by itself: %+v", r)
	}
	r := verified(t, old, audit.Options{Checkpoints: []string{outside}})
	if r.OK || r.Logs[0].Findings[0].Kind != audit.RolledBack {
		t.Errorf("got %+v, want it rolled back", r)
	}
	tr.open()
	tr.write(15, 1)
	rows, _, err := tr.store.AuditTrail(t.Context(), harrier.DefaultTenant, harrier.AuditFilter{Action: "audit.rolled_back"}, harrier.Page{})
	if err != nil || len(rows) != 1 {
		t.Errorf("got %v, %v; want one row about it", rows, err)
	}
	file := tr.copied()
	if r := verified(t, file, audit.Options{}); !r.OK || r.Logs[0].Rows < 25 {
		t.Errorf("going on: %+v", r)
	}
	if r := verified(t, file, audit.Options{Checkpoints: []string{outside}}); r.OK || r.Logs[0].Findings[0].Kind != audit.Rewritten {
		t.Errorf("got %+v, want it rewritten", r)
	}
}

// AUD-02: a log that was tampered with is not gone on from.
func TestSequencer_refusesAHeadThatItDidNotSign(t *testing.T) {
	t.Parallel()
	for name, statement := range map[string]string{
		"edges": "UPDATE audit_checkpoints SET edges = randomblob(length(edges))",
		"size":  "UPDATE audit_checkpoints SET note = replace(note, char(10) || '10' || char(10), char(10) || '11' || char(10))",
		"key":   "UPDATE audit_keys SET verifier = verifier || 'x'",
		"vault": "DELETE FROM secrets WHERE name = 'audit'",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			tr := newTrail(t)
			tr.write(10, 10)
			if err := tr.store.Close(); err != nil {
				t.Fatal(err)
			}
			tamper(t, filepath.Join(tr.dir, "harrier.db"), statement)
			tr.open()
			tr.write(1, 0)
			if err := tr.seq.Pass(t.Context()); err == nil {
				t.Error("the log goes on")
			}
		})
	}
}

// The log goes on where the sequencer was stopped, wherever that was.
func TestSequencer_goesOnWhereItWasKilled(t *testing.T) {
	t.Parallel()
	tr := newTrail(t)
	tr.write(7, 0)
	tr.chain()
	tr.write(5, 0)
	broken := &failing{Store: tr.store}
	v, err := vault.Open(t.Context(), vault.Config{KeyFile: filepath.Join(tr.dir, "root.key"), Rows: tr.store})
	if err != nil {
		t.Fatal(err)
	}
	seq := audit.NewSequencer(audit.Config{Store: broken, Secrets: v, Witness: audit.NewWitness(filepath.Join(tr.dir, "audit")), Now: time.Now})
	for _, after := range []bool{false, true} {
		broken.after, broken.fails = after, 1
		if err := seq.Pass(t.Context()); err == nil {
			t.Fatal("the fault was not seen")
		}
		tr.write(2, 0)
	}
	if err := seq.Pass(t.Context()); err != nil {
		t.Fatal(err)
	}
	if r := verified(t, tr.copied(), audit.Options{Checkpoints: []string{tr.witness()}}); !r.OK || r.Logs[0].Rows != 16 || r.Logs[0].Unchained != 0 {
		t.Errorf("got %+v", r)
	}
}

// failing loses the answer of a write, before or after it was made.
type failing struct {
	*store.Store
	after bool
	// skip writes are made before the first that fails.
	skip  int
	fails int
}

func (f *failing) Write(ctx context.Context, change func(harrier.Tx) error) error {
	if f.fails == 0 {
		return f.Store.Write(ctx, change)
	}
	if f.skip > 0 {
		f.skip--
		return f.Store.Write(ctx, change)
	}
	f.fails--
	if f.after {
		if err := f.Store.Write(ctx, change); err != nil {
			return err
		}
	}
	return harrier.Errorf(harrier.Unavailable, "the process was killed")
}
