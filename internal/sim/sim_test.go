package sim

import (
	"os"
	"strconv"
	"sync"
	"testing"

	"github.com/harrier-soar/harrier/playbook"
)

// library compiles the playbook of a seed once.
type library struct {
	mu    sync.Mutex
	plans map[uint64]*playbook.Plan
}

// shapes is how many different playbooks the histories run over.
const shapes = 400

func (l *library) plan(t *testing.T, seed uint64) *playbook.Plan {
	t.Helper()
	shape := seed % shapes
	l.mu.Lock()
	defer l.mu.Unlock()
	if p := l.plans[shape]; p != nil {
		return p
	}
	source := randomPlaybook(shape)
	p, problems := playbook.Compile("random.playbook.yaml", []byte(source), catalog())
	if err := problems.Err(); err != nil {
		t.Fatalf("the playbook of shape %d does not compile:\n%v\n%s", shape, err, source)
	}
	l.plans[shape] = p
	return p
}

// numberFrom reads a number from the environment.
func numberFrom(name string, def uint64) uint64 {
	if n, err := strconv.ParseUint(os.Getenv(name), 10, 64); err == nil && n > 0 {
		return n
	}
	return def
}

// TestSeeds_breakNoInvariant plays HARRIER_SEEDS histories (500 if not set) from
// HARRIER_FIRST_SEED on.
func TestSeeds_breakNoInvariant(t *testing.T) { // DUR-04, DUR-09, DUR-10, DUR-12, DUR-15, APR-12
	t.Parallel()
	lib := &library{plans: map[uint64]*playbook.Plan{}}
	first := numberFrom("HARRIER_FIRST_SEED", 1)
	count := numberFrom("HARRIER_SEEDS", 500)
	if testing.Short() {
		count = min(count, 50)
	}
	for seed := first; seed < first+count; seed++ {
		broken, trace := New(seed, lib.plan(t, seed)).Play(t.Context())
		if len(broken) > 0 {
			t.Fatalf("seed %d breaks %q\nagain: HARRIER_FIRST_SEED=%d HARRIER_SEEDS=1 go test ./internal/sim -run TestSeeds\n%s\n%s",
				seed, broken, seed, randomPlaybook(seed%shapes), trace)
		}
	}
	t.Logf("%d seeds from %d, no invariant broken", count, first)
}

// TestSeeds_areTheSameHistoryAgain proves that a seed can be played again.
func TestSeeds_areTheSameHistoryAgain(t *testing.T) { // DUR-08
	t.Parallel()
	lib := &library{plans: map[uint64]*playbook.Plan{}}
	for seed := uint64(1); seed <= 10; seed++ {
		_, one := New(seed, lib.plan(t, seed)).Play(t.Context())
		_, two := New(seed, lib.plan(t, seed)).Play(t.Context())
		if one != two {
			t.Fatalf("seed %d gave two histories:\n%s\n---\n%s", seed, one, two)
		}
	}
}
