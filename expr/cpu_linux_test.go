//go:build linux && !race

package expr

import (
	"runtime"
	"syscall"
	"testing"
	"time"

	"github.com/harrier-soar/harrier/schema"
)

// threadCPU returns the processor time that this thread has used.
func threadCPU(t *testing.T) time.Duration {
	t.Helper()
	const thread = 1 // RUSAGE_THREAD
	var u syscall.Rusage
	if err := syscall.Getrusage(thread, &u); err != nil {
		t.Skipf("the processor time of a thread cannot be read: %v", err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// What others do at the same time makes the wall clock useless here, so the
// test measures its own thread, and takes the best of a few tries because a
// collection of garbage may fall into one.
func TestEval_stopsRunawaysWithin50ms(t *testing.T) { // SBX-02, SBX-03
	t.Parallel()
	env, err := NewEnv(map[string]schema.Type{"data": schema.TypeOf(schema.Any)})
	if err != nil {
		t.Fatal(err)
	}
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	data := hostileData()
	for name, text := range hostileExpressions() {
		p, issues := env.Compile(text)
		if len(issues) > 0 {
			t.Fatal(issues)
		}
		best := time.Hour
		for range 5 {
			start := threadCPU(t)
			if _, err := p.Eval(t.Context(), data, noon()); err == nil {
				t.Errorf("%s ends without an error", name)
			}
			if best = min(best, threadCPU(t)-start); best < 50*time.Millisecond {
				break
			}
		}
		t.Logf("%-22s %v", name, best)
		if best > 50*time.Millisecond {
			t.Errorf("%s takes %v of processor time", name, best)
		}
	}
}
