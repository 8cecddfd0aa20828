package store

import (
	"bytes"
	"context"
	"log/slog"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/vault"
	"github.com/harrier-soar/harrier/internal/vault/vaulttest"
)

func TestOpen_refusesADirectoryInUseAndNamesTheProcess(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	openTest(t, Config{Dir: dir})
	_, err := Open(t.Context(), Config{Dir: dir})
	if harrier.KindOf(err) != harrier.Conflict || !strings.Contains(err.Error(), strconv.Itoa(os.Getpid())) {
		t.Fatalf("got %v; want a conflict that names process %d", err, os.Getpid())
	}
}

func TestOpen_keepsFilesPrivate(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "data")
	s := openTest(t, Config{Dir: dir})
	if err := s.Write(t.Context(), func(tx harrier.Tx) error { return pin(s, tx, "a") }); err != nil {
		t.Fatal(err)
	}
	want := map[string]os.FileMode{".": 0o700, databaseFile: 0o600, databaseFile + "-wal": 0o600, databaseFile + "-shm": 0o600, lockFile: 0o600}
	got := map[string]os.FileMode{}
	for name := range want {
		info, err := os.Stat(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		got[name] = info.Mode().Perm()
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Fatalf("-want +got:\n%s", diff)
	}
}

func TestOpen_isDurableAndSeeded(t *testing.T) { // DUR-02
	t.Parallel()
	s := openTest(t, Config{Dir: t.TempDir()})
	st, err := s.Stats(t.Context())
	if err != nil || !st.Durable() || st.SchemaVersion < 1 || st.DatabaseBytes == 0 {
		t.Fatalf("got %+v, %v; want wal, synchronous full and a schema", st, err)
	}
	for _, v := range []struct {
		text string
		id   []byte
		name string
	}{
		{"SELECT name FROM tenants WHERE id = $1", harrier.DefaultTenant[:], "default"},
		{"SELECT name FROM principals WHERE id = $1", harrier.LocalOperator[:], "local-operator"},
		{"SELECT name FROM principals WHERE id = $1", harrier.SystemPrincipal[:], "system"},
		{"SELECT name FROM sources WHERE id = $1", idBytes(LocalSource()), "local"},
	} {
		var name string
		if ok, err := s.readers.one(t.Context(), sqlf(v.text, v.id), &name); err != nil || !ok || name != v.name {
			t.Errorf("%s: got %q, %t, %v; want %q", v.text, name, ok, err, v.name)
		}
	}
	problems, err := s.Check(t.Context())
	if err != nil || len(problems) != 0 {
		t.Errorf("got %v, %v; want a sound database", problems, err)
	}
}

func idBytes[T ~[16]byte](id T) []byte { return id[:] }

func TestOpen_refusesADatabaseOfANewerHarrier(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := openTest(t, Config{Dir: dir})
	err := s.Write(t.Context(), func(tx harrier.Tx) error {
		_, err := tx.Exec(t.Context(), "INSERT INTO goose_db_version (version_id, is_applied) VALUES (99999, 1)")
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(t.Context(), Config{Dir: dir}); harrier.KindOf(err) != harrier.Conflict {
		t.Fatalf("got %v; want a conflict", err)
	}
}

func TestOpen_saysWhatIsWrongWithADirectory(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, []byte("x"), 0o600); err != nil {
		t.Fatal(err)
	}
	damaged := t.TempDir()
	if err := os.WriteFile(filepath.Join(damaged, databaseFile), bytes.Repeat([]byte("not a database "), 500), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, v := range []struct {
		dir  string
		want harrier.Kind
	}{{"", harrier.Invalid}, {file, harrier.Invalid}, {damaged, harrier.Unavailable}} {
		s, err := Open(t.Context(), Config{Dir: v.dir})
		if err == nil {
			_ = s.Close()
		}
		if err == nil || harrier.KindOf(err) != v.want {
			t.Errorf("directory %q: got %v; want %s", v.dir, err, v.want)
		}
	}
}

func TestAudit_refusesEveryChangeOfARow(t *testing.T) { // AUD-04
	t.Parallel()
	s := openTest(t, Config{})
	e := harrier.AuditEntry{Tenant: harrier.DefaultTenant, ID: harrier.NewID[harrier.AuditID](time.Now()), At: time.Now(), Actor: harrier.LocalOperator}
	if err := s.Write(t.Context(), func(tx harrier.Tx) error { return s.Audit(t.Context(), tx, e) }); err != nil {
		t.Fatal(err)
	}
	for _, text := range []string{
		"UPDATE audit SET action = 'x'", "DELETE FROM audit",
		"REPLACE INTO audit SELECT tenant_id, id, at, actor, actor_name, 'x', target, run_id, path, data FROM audit",
	} {
		err := s.Write(t.Context(), func(tx harrier.Tx) error { _, err := tx.Exec(t.Context(), text); return err })
		if harrier.KindOf(err) != harrier.Denied {
			t.Errorf("%s: got %v; want denied", text, err)
		}
	}
	rows, _, err := s.AuditTrail(t.Context(), harrier.DefaultTenant, harrier.AuditFilter{}, harrier.Page{})
	if err != nil || len(rows) != 1 || rows[0].Action != "" {
		t.Fatalf("got %v, %v; want the row as it was", rows, err)
	}
}

func TestEvents_refuseAJournalWithAGap(t *testing.T) { // DUR-07
	t.Parallel()
	s := openTest(t, Config{})
	run := benchRun()
	if err := s.Write(t.Context(), func(tx harrier.Tx) error { return begin(t.Context(), s, tx, &run) }); err != nil {
		t.Fatal(err)
	}
	if err := s.Write(t.Context(), func(tx harrier.Tx) error {
		return s.Append(t.Context(), tx, run, []harrier.Event{benchEvent(3)})
	}); err != nil {
		t.Fatal(err)
	}
	var last error
	for _, err := range s.Events(t.Context(), run.ID, 0) {
		last = err
	}
	if last == nil || harrier.KindOf(last) != harrier.Internal {
		t.Fatalf("got %v; want the gap refused", last)
	}
}

func TestVaultRows_meetTheClaimsOfTheVault(t *testing.T) {
	t.Parallel()
	vaulttest.Run(t, func(t *testing.T) vault.Rows { return openTest(t, Config{}) })
}

// TestCheckpoint_restartsTheLog writes more than two logs' worth and looks
// whether the log begins anew, also while reads come and go.
func TestCheckpoint_restartsTheLog(t *testing.T) {
	t.Parallel()
	var logged bytes.Buffer
	s := openTest(t, Config{Log: slog.New(slog.NewTextHandler(&logged, nil))})
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() {
		defer close(done)
		for ctx.Err() == nil {
			_, _, _ = s.NextReady(ctx, time.Time{})
		}
	}()
	bundle := bytes.Repeat([]byte("x"), 1<<20)
	written := 0
	restarted := false
	for i := 0; i < 400 && !restarted; i++ {
		if err := s.Write(t.Context(), func(tx harrier.Tx) error {
			return s.Pin(t.Context(), tx, harrier.DefaultTenant, strconv.Itoa(i), bundle)
		}); err != nil {
			t.Fatal(err)
		}
		written += len(bundle)
		restarted = written > 2*checkpointAt && fileSize(s.path+"-wal") < int64(written)*3/4
	}
	cancel()
	<-done
	if !restarted {
		t.Fatalf("the log has %d bytes after %d were written; it never restarted\n%s", fileSize(s.path+"-wal"), written, logged.String())
	}
}

func TestRead_givesUpAfterItsTime(t *testing.T) { // DUR-13
	t.Parallel()
	s := openTest(t, Config{})
	const endless = `WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT max(i) FROM n`
	var n int64
	for range readConns + 1 { // each connection serves again afterwards
		ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
		_, err := s.readers.one(ctx, sqlf(endless), &n)
		cancel()
		if harrier.KindOf(err) != harrier.Unavailable {
			t.Fatalf("got %v; want unavailable", err)
		}
	}
	if _, _, err := s.NextReady(t.Context(), time.Time{}); err != nil {
		t.Fatal(err)
	}
}
