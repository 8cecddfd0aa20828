// Package failpoint lets a test kill the process at a named place: nothing is
// cleaned up, nothing is flushed, as when the power goes.
//
// The points are compiled in always and cost a nil check; they do something
// only where the environment asks for it, as in HARRIER_FAILPOINT=intent.after:2,
// which kills the process the second time it comes to intent.after.
package failpoint

import (
	"os"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"

	"github.com/harrier-soar/harrier"
)

// Variable is the environment variable that arms a point.
const Variable = "HARRIER_FAILPOINT"

// Names lists every point, in about the order in which a run comes to them.
// A test proves that each of them is reached.
func Names() []string {
	return []string{
		"intake.before", "evidence.stream_mid", "evidence.hash", "evidence.rename", "evidence.fsync_dir", "intake.after",
		"event.mapped", "event.assessed", "event.placed",
		"store.before_commit", "store.after_commit",
		"run.claim", "run.claimed", "run.loaded",
		"call.before", "call.before_connect", "call.after_headers_sent", "call.after_body_sent", "call.after_response", "call.after",
		"result.before", "result.after",
		"intent.before", "intent.after",
		"local.before", "local.within", "local.after",
		"question.before", "question.after",
		"decision.before", "decision.after", "signal.consumed",
		"run.park", "run.parked", "run.end", "run.ended",
		"change.prepared", "change.committed", "change.live",
	}
}

// Points is a set of armed points. The nil value does nothing.
type Points struct {
	name string
	left atomic.Int64
	kill func()
}

// FromEnvironment reads the variable's value. An unknown point is Invalid.
func FromEnvironment(value string) (*Points, error) {
	if value == "" {
		return nil, nil
	}
	name, count, found := strings.Cut(value, ":")
	n := int64(1)
	if found {
		var err error
		if n, err = strconv.ParseInt(count, 10, 64); err != nil || n < 1 {
			return nil, harrier.Errorf(harrier.Invalid, "%s=%s: the count after the colon must be a number from 1", Variable, value)
		}
	}
	if !slices.Contains(Names(), name) {
		return nil, harrier.Errorf(harrier.Invalid, "%s=%s: there is no such point; the points are %s", Variable, value, strings.Join(Names(), ", "))
	}
	p := &Points{name: name, kill: kill}
	p.left.Store(n)
	return p, nil
}

// Hit is called where the process may be killed.
func (p *Points) Hit(name string) {
	if p != nil && p.name == name && p.left.Add(-1) == 0 {
		p.kill()
	}
}

// kill ends the process at once.
func kill() {
	_ = syscall.Kill(os.Getpid(), syscall.SIGKILL)
	select {} // the signal is on its way
}
