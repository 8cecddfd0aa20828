package email

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"runtime/debug"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/airlock"
)

// jobSpent asks a helper what it has spent.
const jobSpent = "test.spent"

// spent is what a helper has spent: processor time in all, and the most memory
// that it had resident since it was last asked.
type spent struct {
	Processor time.Duration
	KiB       int
}

// helperWork is what the helpers of these tests do.
func helperWork() map[string]airlock.Work {
	work := Work(DefaultLimits())
	work[jobSpent] = func(context.Context, airlock.Job) (airlock.Answer, error) {
		s, err := spentByProcess()
		if err != nil {
			return airlock.Answer{}, err
		}
		text, err := json.Marshal(s)
		return airlock.Answer{Result: text}, err
	}
	return work
}

// spentByProcess reads what this process has spent, and counts its memory anew.
func spentByProcess() (s spent, err error) {
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return s, err
	}
	stat, err := os.ReadFile("/proc/self/stat")
	if err != nil {
		return s, err
	}
	_, after, _ := strings.Cut(string(status), "VmHWM:")
	if _, err := fmt.Sscan(after, &s.KiB); err != nil {
		return s, err
	}
	const user, system, tick = 11, 12, 10 * time.Millisecond // behind the name in brackets
	_, after, _ = strings.Cut(string(stat), ") ")
	for _, field := range strings.Fields(after)[user : system+1] {
		ticks, err := strconv.Atoi(field)
		if err != nil {
			return s, err
		}
		s.Processor += time.Duration(ticks) * tick
	}
	return s, os.WriteFile("/proc/self/clear_refs", []byte("5"), 0)
}

// instrumented tells that the race detector takes many times the time and memory.
func instrumented() bool {
	info, ok := debug.ReadBuildInfo()
	return ok && slices.ContainsFunc(info.Settings, func(s debug.BuildSetting) bool { return s.Key == "-race" && s.Value == "true" })
}

// tried returns the mails that a test tries, in order: all of them, and the
// smaller ones where there is little time.
func tried(t *testing.T) (names []string, mails map[string][]byte) {
	t.Helper()
	const small = 3 << 20
	mails = trials(t)
	if testing.Short() || instrumented() {
		maps.DeleteFunc(mails, func(_ string, mail []byte) bool { return len(mail) > small })
	}
	return slices.Sorted(maps.Keys(mails)), mails
}

// FIL-05: whatever a mail is made of, a helper reads it, or says that it cannot,
// within 2 seconds and 200 MB, and reads the next one. The helper is the same for
// all, so that what one leaves behind counts for the next.
func TestOutside_isBoundedOnHostileMails(t *testing.T) { //nolint:paralleltest // it measures time and memory
	if _, err := os.Stat("/proc/self/clear_refs"); err != nil {
		t.Skip("this system does not tell how much memory a process had at most")
	}
	pool, err := airlock.NewPool(airlock.Config{Size: 1, Jobs: 10_000})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = pool.Close() })
	names, mails := tried(t)
	trial := trial{t, pool, spent{}}
	for _, name := range names {
		trial.try(name, mails[name])
	}
}

// trial is a helper that is tried.
type trial struct {
	*testing.T
	pool   *airlock.Pool
	before spent
}

// try has the helper read a mail and checks what that took.
func (t *trial) try(name string, mail []byte) {
	t.Helper()
	const longest, most = 2 * time.Second, 200 << 10
	start := time.Now()
	out, err := Outside(t.pool).Read(t.Context(), mail, map[string]any{"own_domains": []any{"corp.example"}})
	took := time.Since(start)
	switch {
	case err == nil:
		checkOutput(t, name, out)
	case harrier.KindOf(err) != harrier.Invalid:
		t.Errorf("%s: %v; want an answer or an Invalid", name, err)
	}
	after := t.spent(name)
	// On a machine that does other things a mail takes longer than it costs.
	cost := min(took, max(after.Processor-t.before.Processor, 0))
	t.before = after
	if (cost > longest || after.KiB > most) && !instrumented() {
		t.Errorf("%s: %v and %d MB for %d KB", name, cost, after.KiB>>10, len(mail)>>10)
	}
	t.Logf("%-42s %6d KB: %5d ms, %5d ms of processor, %3d MB, %v", name, len(mail)>>10, took.Milliseconds(), cost.Milliseconds(), after.KiB>>10, err)
}

// spent asks the helper.
func (t *trial) spent(name string) (s spent) {
	t.Helper()
	a, err := t.pool.Do(t.Context(), airlock.Job{Kind: jobSpent})
	if err == nil {
		err = json.Unmarshal(a.Result, &s)
	}
	if err != nil {
		t.Fatalf("%s: the helper does not go on: %v", name, err)
	}
	return s
}

// FIL-05: what reads mails in its own process, as the command line does, gets an
// answer for each of them.
func TestInProcess_answersHostileMails(t *testing.T) {
	t.Parallel()
	r := InProcess(DefaultLimits())
	names, mails := tried(t)
	for _, name := range names {
		out, err := r.Read(t.Context(), mails[name], map[string]any{"own_domains": []any{"corp.example"}})
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		checkOutput(t, name, out)
	}
}
