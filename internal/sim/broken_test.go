package sim

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// breakage is one way in which the engine could be built wrong.
type breakage struct {
	name string
	file string
	old  string
	now  string
}

// breakages are the faults that the histories must catch, as changes of the source.
func breakages() []breakage {
	return []breakage{
		{"the intent is skipped", "internal/engine/side.go", "err := s.e.cfg.Ledger.Intend(ctx, tx, in)", "err := error(nil)"},
		{"the audit row is skipped", "internal/engine/side.go", "s.e.cfg.Ledger.Audit(ctx, tx, ", "func(harrier.AuditEntry) error { return nil }("},
		{"the outcome of an intent is not written", "internal/engine/side.go", "s.e.cfg.Ledger.Settle(ctx, tx, ", "func(harrier.Intent) error { return nil }("},
		{"the fence is ignored", "internal/store/memory/runs.go", " || r.Fence != fence {", " {"},
		{"a wake-up is lost", "internal/engine/session.go", "\t\ts.woken = true\n\t\treturn true, Working, nil", "\t\treturn false, Parked, nil"},
		{"an unknown outcome is repeated blindly", "internal/step/recover.go", "m.finishUnknown(c, Failure{Class: \"unknown\", Text: \"the worker stopped before the outcome was known\"}, env)", "m.command(c)"},
		{"a denial is taken for a yes", "internal/step/approve.go", "decision != string(harrier.ApprovalApproved)", "decision == \"never\""},
		{"calls are lost when a commit fails", "internal/engine/session.go", "append(s.wanted, calls...)", "calls"},
		{"the cap of a bounded approval is not counted", "internal/step/late.go", "m.spent[approval]++", "m.spent[approval] = 0"},
		{"a containment is not written", "internal/engine/contain.go", "return s.e.cfg.Ledger.AddContainment(ctx, tx, c)", "return func(harrier.Containment) error { return nil }(c)"},
		{"a guard tears the calls of one decision apart", "internal/engine/session.go", "index = first", "_ = first"},
	}
}

// TestBrokenBuilds_areCaught builds the engine wrong on purpose, one fault at a
// time, and expects the histories to break an invariant.
func TestBrokenBuilds_areCaught(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("builds the engine several times")
	}
	root, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	for _, b := range breakages() {
		t.Run(b.name, func(t *testing.T) {
			t.Parallel()
			overlay := b.overlay(t, root)
			cmd := exec.CommandContext(t.Context(), "go", "test", "-overlay", overlay, "-run", "TestSeeds_breakNoInvariant", "-count=1", "./internal/sim")
			cmd.Dir = root
			cmd.Env = append(os.Environ(), "HARRIER_SEEDS=1500", "HARRIER_FIRST_SEED=1")
			out, err := cmd.CombinedOutput()
			switch {
			case err == nil:
				t.Errorf("no history noticed that %s", b.name)
			case !bytes.Contains(out, []byte(" breaks [")):
				t.Errorf("the broken build did not run:\n%.2000s", out)
			}
		})
	}
}

// overlay writes the changed source and the file that puts it in place.
func (b breakage) overlay(t *testing.T, root string) string {
	t.Helper()
	file := filepath.Join(root, filepath.FromSlash(b.file))
	source, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if n := strings.Count(string(source), b.old); n != 1 {
		t.Fatalf("%s has the place to break %d times, want once: %s", b.file, n, b.old)
	}
	dir := t.TempDir()
	changed := filepath.Join(dir, "changed.go")
	text, err := json.Marshal(map[string]map[string]string{"Replace": {file: changed}})
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(changed, []byte(strings.Replace(string(source), b.old, b.now, 1)), 0o600); err != nil {
		t.Fatal(err)
	}
	overlay := filepath.Join(dir, "overlay.json")
	if err := os.WriteFile(overlay, text, 0o600); err != nil {
		t.Fatal(err)
	}
	return overlay
}
