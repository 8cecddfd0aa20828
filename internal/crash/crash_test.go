package crash

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/harrier-soar/harrier/internal/failpoint"
	"github.com/harrier-soar/harrier/internal/lab"
)

// binary builds harrier once.
var binary = sync.OnceValues(func() (string, error) {
	dir, err := os.MkdirTemp("", "harrier-crash-")
	if err != nil {
		return "", err
	}
	path := filepath.Join(dir, "harrier")
	out, err := exec.Command("go", "build", "-o", path, "../../cmd/harrier").CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("build harrier: %w\n%s", err, out)
	}
	return path, nil
})

// report is what demo --json prints.
type report struct {
	Contained         bool   `json:"contained"`
	Verdict           string `json:"verdict"`
	CopiesFound       int    `json:"copies_found"`
	CopiesQuarantined int    `json:"copies_quarantined"`
	DuplicateEffects  int    `json:"duplicate_effects"`
	Case              int64  `json:"case"`
	Run               string `json:"run"`
}

// drill is one phishing response against vendors that do not die with it.
type drill struct {
	t    *testing.T
	bin  string
	lab  *lab.Lab
	data string
}

func newDrill(t *testing.T) *drill {
	t.Helper()
	bin, err := binary()
	if err != nil {
		t.Fatal(err)
	}
	l, err := lab.Start(lab.Config{Seed: 7})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	return &drill{t: t, bin: bin, lab: l, data: filepath.Join(t.TempDir(), "data")}
}

// command is one start of the demonstration.
func (d *drill) command(ctx context.Context) *exec.Cmd {
	return exec.CommandContext(ctx, d.bin, "demo", "--once", "--json", "--data", d.data, "--lab", d.lab.URL("control"))
}

// killedAt starts the demonstration with an armed point and reports whether it died there.
func (d *drill) killedAt(point string) bool {
	d.t.Helper()
	ctx, cancel := context.WithTimeout(d.t.Context(), time.Minute)
	defer cancel()
	cmd := d.command(ctx)
	cmd.Env = append(os.Environ(), failpoint.Variable+"="+point)
	out, err := cmd.CombinedOutput()
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		if status, ok := exit.Sys().(syscall.WaitStatus); ok && status.Signaled() && ctx.Err() == nil {
			return true
		}
	}
	if err != nil {
		d.t.Fatalf("with %s: %v\n%s", point, err, out)
	}
	return false
}

// killedAfter starts the demonstration and kills it after a time, unless it
// ended before.
func (d *drill) killedAfter(pause time.Duration) bool {
	d.t.Helper()
	ctx, cancel := context.WithTimeout(d.t.Context(), pause)
	defer cancel()
	out, err := d.command(ctx).CombinedOutput()
	if err != nil && ctx.Err() == nil {
		d.t.Fatalf("before the kill: %v\n%s", err, out)
	}
	return ctx.Err() != nil
}

// finish starts it again until it ends, and checks what the world has seen.
func (d *drill) finish(what string) {
	d.t.Helper()
	ctx, cancel := context.WithTimeout(d.t.Context(), 2*time.Minute)
	defer cancel()
	var stdout, stderr bytes.Buffer
	cmd := d.command(ctx)
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if err := cmd.Run(); err != nil {
		d.t.Fatalf("after %s it does not go on: %v\n%s\n%s", what, err, stdout.Bytes(), stderr.Bytes())
	}
	var r report
	if err := json.Unmarshal(stdout.Bytes(), &r); err != nil {
		d.t.Fatalf("after %s: %v\n%s", what, err, stdout.Bytes())
	}
	if !r.Contained || r.Verdict != "malicious" || r.CopiesFound != 14 || r.CopiesQuarantined != 14 || r.DuplicateEffects != 0 || r.Case != 1 {
		d.t.Errorf("after %s it ends otherwise: %s\n%s", what, stdout.Bytes(), stderr.Bytes())
	}
	for _, e := range d.lab.Effects() {
		if e.Changed > 1 {
			d.t.Errorf("after %s the world saw %s %s of %s %d times", what, e.Vendor, e.Action, e.Target, e.Changed)
		}
	}
	told := 0
	for _, m := range d.lab.State().Channels["soc"] {
		if strings.HasPrefix(m.Text, "Case ") {
			told++
		}
	}
	if told != 1 {
		d.t.Errorf("after %s people were told %d times", what, told)
	}
}

func numberFrom(name string, def int) int {
	if n, err := strconv.Atoi(os.Getenv(name)); err == nil && n >= 0 {
		return n
	}
	return def
}

// TestKill_atEveryFailpoint kills the process where each point is reached, and
// expects the same end (G4, G5, G6).
func TestKill_atEveryFailpoint(t *testing.T) { // DUR-04
	t.Parallel()
	if testing.Short() {
		t.Skip("starts many processes")
	}
	for _, name := range failpoint.Names() {
		if strings.HasPrefix(name, "event.") || strings.HasPrefix(name, "change.") {
			continue // the story has no events of sources, and nobody changes playbooks
		}
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := newDrill(t)
			if !d.killedAt(name) {
				t.Fatalf("the demonstration does not come to %s", name)
			}
			d.finish("a kill at " + name)
		})
	}
}

// TestKill_atRandomMoments kills HARRIER_KILLS demonstrations (20 if not set)
// at random moments, each up to three times.
func TestKill_atRandomMoments(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("starts many processes")
	}
	for i := range numberFrom("HARRIER_KILLS", 20) {
		t.Run(strconv.Itoa(i), func(t *testing.T) {
			t.Parallel()
			d := newDrill(t)
			rng := rand.New(rand.NewPCG(uint64(i), 11))
			var what strings.Builder
			what.WriteString("kills")
			for range 1 + rng.IntN(3) {
				pause := time.Duration(rng.IntN(2500)) * time.Millisecond
				fmt.Fprintf(&what, " after %s", pause)
				if !d.killedAfter(pause) {
					break
				}
			}
			d.finish(what.String())
		})
	}
}
