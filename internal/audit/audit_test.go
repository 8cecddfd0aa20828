package audit_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/audit"
	"golang.org/x/mod/sumdb/tlog"
)

// desk is a sequencer over rows in memory.
type desk struct {
	rows   []audit.Record
	leaves []audit.Leaf
	head   audit.Head
	key    string
	secret harrier.Secret
}

func (d *desk) Write(_ context.Context, change func(harrier.Tx) error) error { return change(nil) }
func (d *desk) LastChained(context.Context) (int64, error)                   { return int64(len(d.leaves)), nil }

func (d *desk) UnchainedAudit(_ context.Context, after int64, limit int) ([]audit.Record, error) {
	return d.rows[after:min(int(after)+limit, len(d.rows))], nil
}

func (d *desk) AuditHead(context.Context, harrier.TenantID) (audit.Head, error) { return d.head, nil }

func (d *desk) ChainAudit(_ context.Context, _ harrier.Tx, c audit.Chaining) error {
	for _, l := range c.Links {
		d.leaves = append(d.leaves, audit.Leaf{Seq: l.Seq, Audit: l.Audit, Hash: l.Hash[:], Row: &d.rows[l.Seq-1]})
	}
	d.head = c.Head
	return nil
}

func (d *desk) AuditKey(context.Context, harrier.TenantID) (string, error) { return d.key, nil }

func (d *desk) PutAuditKey(_ context.Context, _ harrier.Tx, _ harrier.TenantID, key string) error {
	d.key = key
	return nil
}

func (d *desk) Audit(context.Context, harrier.Tx, harrier.AuditEntry) error { return nil }

func (d *desk) AuditLeaves(_ context.Context, _ harrier.TenantID, from, to int64) ([]audit.Leaf, error) {
	return d.leaves[from-1 : to], nil
}

func (d *desk) Put(_ context.Context, _ harrier.TenantID, _, _ string, v harrier.Secret) error {
	d.secret = v
	return nil
}

func (d *desk) Reveal(context.Context, harrier.TenantID, string, string) (harrier.Secret, error) {
	if d.secret.IsZero() {
		return d.secret, harrier.Errorf(harrier.NotFound, "no key")
	}
	return d.secret, nil
}

func row(n int) audit.Record {
	return audit.Record{
		Place: int64(n), Tenant: harrier.DefaultTenant[:], ID: bytes.Repeat([]byte{byte(n)}, 16), At: int64(n), Actor: harrier.LocalOperator[:],
		ActorName: "local-operator", Action: "effect.intend", Target: fmt.Sprint("host-", n), Data: `{"n":1}`,
	}
}

// chained is a log of n rows.
func chained(t testing.TB, n int) *desk {
	t.Helper()
	d := &desk{}
	for i := range n {
		d.rows = append(d.rows, row(i+1))
	}
	s := audit.NewSequencer(audit.Config{Store: d, Secrets: d, Witness: audit.NewWitness(t.TempDir()), Now: func() time.Time { return time.Unix(1, 0) }})
	if err := s.Pass(t.Context()); err != nil {
		t.Fatal(err)
	}
	return d
}

func exported(t testing.TB, d *desk, choose audit.Selection) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := audit.Export(t.Context(), &b, d, harrier.DefaultTenant, choose); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// The head is that of a transparency log as others build it.
func TestSequencer_signsTheHeadOfATransparencyLog(t *testing.T) {
	t.Parallel()
	for _, n := range []int{1, 2, 3, 7, 8, 100, 1500} {
		d := chained(t, n)
		var stored []tlog.Hash
		read := tlog.HashReaderFunc(func(at []int64) (list []tlog.Hash, err error) {
			for _, i := range at {
				list = append(list, stored[i])
			}
			return list, nil
		})
		for i := range n {
			more, err := tlog.StoredHashes(int64(i), d.rows[i].Line(int64(i+1)), read)
			if err != nil {
				t.Fatal(err)
			}
			stored = append(stored, more...)
		}
		want, err := tlog.TreeHash(int64(n), read)
		got, readErr := audit.ReadCheckpoint(d.head.Note)
		if err != nil || readErr != nil || got.Root != want || got.Size != int64(n) {
			t.Errorf("%d rows: got %v, %v %v; want %v", n, got.Root, err, readErr, want)
		}
	}
}

// AUD-06: nothing that a row holds ends its line, adds a member or draws on a
// terminal, and two rows that differ have two lines.
func TestRecord_hasALineThatNothingBreaksOutOf(t *testing.T) {
	t.Parallel()
	seen := map[string]string{}
	for _, s := range []string{
		"", " ", "a\nb", "a\r\n{\"seq\":1}", "\x00", "\x1b[31mred", "\u202eevil", "\u2028", "\",\"action\":\"x", `\`, `\"`, "\xff", "\xff\xfe", "\ufffd", "😀", "é", "e\u0301",
		"\x7f", "\u0085", "\xed\xb3\xbf", "<script>", "%0a", "&#10;",
	} {
		r := row(1)
		r.Target = s
		line := string(r.Line(1))
		if other, ok := seen[line]; ok {
			t.Errorf("%q and %q have one line", s, other)
		}
		seen[line] = s
		var e audit.Entry
		if err := json.Unmarshal([]byte(line), &e); err != nil || e.Action != "effect.intend" {
			t.Errorf("%q: %s: %v", s, line, err)
		}
		if i := strings.IndexFunc(line, func(c rune) bool { return c < ' ' || c > '~' }); i >= 0 {
			t.Errorf("%q: the line has %q", s, line[i])
		}
	}
}

// AUD-10: an export verifies offline, by Harrier and by a script that shares no code with it.
func TestExport_isVerifiedByAScriptOfItsOwn(t *testing.T) {
	t.Parallel()
	python, err := exec.LookPath("python3")
	if err != nil {
		t.Skip("python3 is not there")
	}
	d := chained(t, 21)
	whole := exported(t, d, audit.Selection{})
	some := exported(t, d, audit.Selection{Target: "host-7"})
	if n := strings.Count(string(some), "effect.intend"); n != 1 {
		t.Errorf("%d rows were chosen, want 1", n)
	}
	flipped := bytes.Replace(whole, []byte("host-9"), []byte("host-8"), 1)
	cut := bytes.Replace(whole, whole[bytes.Index(whole, []byte("\n\n"))-20:bytes.Index(whole, []byte("\n\n"))], nil, 1)
	for name, c := range map[string]struct {
		file []byte
		want string
	}{"whole": {whole, "ok: 21 rows"}, "some": {some, "ok: 21 rows"}, "flipped": {flipped, "row audit_"}, "cut": {cut, ""}} {
		path := filepath.Join(t.TempDir(), "audit.txt")
		if err := os.WriteFile(path, c.file, 0o600); err != nil {
			t.Fatal(err)
		}
		out, err := exec.CommandContext(t.Context(), python, "../../docs/verify-audit.py", path, d.key).CombinedOutput()
		good := strings.HasPrefix(c.want, "ok")
		if (err == nil) != good || !strings.Contains(string(out), c.want) {
			t.Errorf("%s: got %s, %v; want %q", name, out, err, c.want)
		}
		if r, err := audit.VerifyExport(bytes.NewReader(c.file), audit.Options{Keys: []string{d.key}}); err != nil || r.OK != good {
			t.Errorf("%s: got %+v, %v", name, r, err)
		}
	}
}

// AUD-02: one flipped bit of an export is found, and its row named.
func TestVerifyExport_namesTheRowOfAFlippedBit(t *testing.T) {
	t.Parallel()
	d := chained(t, 30)
	whole := exported(t, d, audit.Selection{})
	r := rand.New(rand.NewPCG(3, 4))
	ends := bytes.Index(whole, []byte("\n\n"))
	begins := bytes.IndexByte(whole[len("harrier audit export 1\n"):], '\n') + len("harrier audit export 1\n") + 1
	for range 500 {
		at := begins + r.IntN(ends-begins)
		flipped := bytes.Clone(whole)
		flipped[at] ^= 1 << r.IntN(8)
		place := bytes.Count(whole[:at], []byte("\n")) - 1
		report, err := audit.VerifyExport(bytes.NewReader(flipped), audit.Options{Keys: []string{d.key}})
		if err != nil || report.OK {
			t.Fatalf("byte %d: got %+v, %v", at, report, err)
		}
		if f := report.Logs[0].Findings[0]; f.Seq != int64(place) && whole[at] != '\n' && flipped[at] != '\n' {
			t.Errorf("byte %d of place %d (%q to %q): got %+v", at, place, whole[at], flipped[at], f)
		}
	}
}

// AUD-03: a checkpoint of another history is seen, and so is one with another's signature.
func TestVerifyExport_comparesWithCheckpointsFromOutside(t *testing.T) {
	t.Parallel()
	d, other := chained(t, 10), chained(t, 5)
	file := exported(t, d, audit.Selection{})
	for name, c := range map[string]struct {
		note, want string
	}{
		"its own": {d.head.Note, ""}, "another's": {other.head.Note, audit.Forged},
	} {
		r, err := audit.VerifyExport(bytes.NewReader(file), audit.Options{Checkpoints: []string{c.note}})
		if err != nil || r.OK != (c.want == "") || !r.OK && r.Logs[0].Findings[0].Kind != c.want || r.Logs[0].Witnessed != 1 {
			t.Errorf("%s: got %+v, %v", name, r, err)
		}
	}
	if _, err := audit.VerifyExport(bytes.NewReader(file), audit.Options{Checkpoints: []string{"no checkpoint"}}); harrier.KindOf(err) != harrier.Invalid {
		t.Errorf("got %v, want Invalid", err)
	}
	r, err := audit.VerifyExport(bytes.NewReader(file), audit.Options{Keys: []string{other.key}})
	if err != nil || r.OK || r.Logs[0].Findings[0].Kind != audit.Forged {
		t.Errorf("another key: got %+v, %v", r, err)
	}
}

// FuzzVerifyExport proves that nothing in a file that is brought makes it verify
// but what was signed, and that nothing makes the verifier panic.
func FuzzVerifyExport(f *testing.F) {
	d := chained(f, 3)
	good := exported(f, d, audit.Selection{})
	f.Add(good)
	f.Add([]byte("harrier audit export 1\nx\n\n"))
	f.Add([]byte("harrier audit export 1\n" + d.key + "\n" + base64.StdEncoding.EncodeToString(make([]byte, 32)) + " {}\n\n" + d.head.Note))
	f.Fuzz(func(t *testing.T, data []byte) {
		r, err := audit.VerifyExport(bytes.NewReader(data), audit.Options{Keys: []string{d.key}})
		if err != nil || !r.OK {
			return
		}
		for i, line := range bytes.Split(bytes.SplitN(data, []byte("\n\n"), 2)[0], []byte("\n"))[2:] {
			if _, text, ok := bytes.Cut(line, []byte(" ")); ok && string(bytes.TrimSuffix(text, []byte("\r"))) != string(d.rows[i].Line(int64(i+1))) {
				t.Fatalf("%q verified", text)
			}
		}
	})
}
