package engine

import (
	"context"
	"log/slog"
	"maps"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/step"
	"github.com/harrier-soar/harrier/playbook"
)

// Caller makes calls of connectors. It is safe for concurrent use.
type Caller interface {
	// Call performs a call and classifies what came of it. It ends when ctx does.
	Call(ctx context.Context, req CallRequest) step.Outcome
}

// CallRequest is one call on behalf of a run.
type CallRequest struct {
	Tenant harrier.TenantID
	Run    harrier.RunID
	// Alert is what the run was started on; zero where it has none.
	Alert    harrier.AlertID
	Mode     harrier.Mode
	Critical bool
	Call     step.Call
}

// Locals performs built-in actions inside the transaction of their result.
type Locals interface {
	// Do performs an action through tx only; it may be run again after a
	// rollback. Errors are written for people.
	Do(ctx context.Context, tx harrier.Tx, req LocalRequest) (map[string]any, error)
}

// LocalRequest is one built-in action on behalf of a run.
type LocalRequest struct {
	Run   harrier.Run
	Path  string
	Call  step.Call
	Alert map[string]any
	Now   time.Time
}

// Directory knows the configured connections.
type Directory interface {
	// Resolve returns the connections that an action goes to, in a stable order.
	Resolve(ctx context.Context, tenant harrier.TenantID, a *playbook.Action) ([]step.Target, error)
}

// Plans finds the plan that a run was pinned to.
type Plans interface {
	Plan(ctx context.Context, tenant harrier.TenantID, hash string) (*playbook.Plan, error)
}

// Storage is all that the engine asks of the store.
type Storage struct {
	Journal   Journal
	Queue     Queue
	Signals   Signals
	Ledger    Ledger
	Questions Questions
	Pins      Pins
	Switch    Switch
}

// Config is what an engine is made of. Node, Log, Now, Rand and the ports are required.
type Config struct {
	// Node names this process in claims.
	Node string
	Storage
	Caller    Caller
	Locals    Locals
	Directory Directory
	Plans     Plans
	Log       *slog.Logger
	Now       func() time.Time
	// Rand returns numbers in [0, 1) for the jitter of retries.
	Rand func() float64
	// Rights tells what whoever started a run may cause; nil bounds nobody.
	Rights Rights
	// Guards are the budgets of effects; nil means [DefaultGuards].
	Guards []Guard
	// MaxActive bounds the runs that are driven at once; zero means 256.
	MaxActive int
	// Grace is how long a stopping engine waits for calls that are under way;
	// zero means 20 s.
	Grace time.Duration
	// Hit is called at named failpoints; nil does nothing.
	Hit func(name string)
}

// Guard is a budget: at most Cap uses of an effect in each window, by tenant.
type Guard struct {
	Effect harrier.Effect
	Window time.Duration
	Cap    int
}

// DefaultGuards are wide enough for a campaign and narrow enough for a loop
// that went wrong.
func DefaultGuards() []Guard {
	return []Guard{
		{Effect: harrier.Contain, Window: time.Hour, Cap: 1000},
		{Effect: harrier.Destroy, Window: time.Hour, Cap: 20},
	}
}

// Engine drives runs. Its methods are safe for concurrent use.
type Engine struct {
	cfg Config
	// quiet tells that nobody listens to failpoints.
	quiet  bool
	undoer *undoer
	poke   chan struct{}
	guards atomic.Pointer[[]Guard]
	wg     sync.WaitGroup

	mu     sync.Mutex // guards what follows
	ctx    context.Context
	active map[harrier.RunID]*Session
	// idleUntil is when the dispatcher looks at the queue by itself; zero while
	// it looks. full tells that it found no room for all that is ready.
	idleUntil time.Time
	full      bool
}

// New returns an engine that does nothing until [Engine.Run].
func New(cfg Config) *Engine {
	if cfg.MaxActive == 0 {
		cfg.MaxActive = 256
	}
	if cfg.Grace == 0 {
		cfg.Grace = 20 * time.Second
	}
	quiet := cfg.Hit == nil
	if quiet {
		cfg.Hit = func(string) {}
	}
	e := &Engine{cfg: cfg, quiet: quiet, undoer: newUndoer(cfg.Now), poke: make(chan struct{}, 1), active: map[harrier.RunID]*Session{}}
	e.SetGuards(cfg.Guards)
	return e
}

// SetGuards sets the budgets of effects from now on; nil means [DefaultGuards].
func (e *Engine) SetGuards(list []Guard) {
	if list == nil {
		list = DefaultGuards()
	}
	e.guards.Store(&list)
}

// now is the time with the precision in which it is stored.
func (e *Engine) now() time.Time { return e.cfg.Now().UTC().Truncate(time.Microsecond) }

// Wake tells the engine that a run has a signal, after the signal is committed.
func (e *Engine) Wake(run harrier.RunID) {
	e.mu.Lock()
	defer e.mu.Unlock()
	s := e.active[run]
	if s == nil {
		e.nudge()
		return
	}
	select { // under the lock, so that whoever leaves sees it
	case s.wake <- struct{}{}:
	default:
	}
	e.takeOver(s)
}

// WakeAll makes the engine look at every run that it drives, and at the queue.
func (e *Engine) WakeAll() {
	e.mu.Lock()
	ids := slices.Collect(maps.Keys(e.active))
	e.mu.Unlock()
	for _, id := range ids {
		e.Wake(id)
	}
	e.nudge()
}

// nudge makes the dispatcher look at the queue.
func (e *Engine) nudge() {
	select {
	case e.poke <- struct{}{}:
	default:
	}
}

// Active returns how many runs are being driven.
func (e *Engine) Active() int {
	e.mu.Lock()
	defer e.mu.Unlock()
	return len(e.active)
}
