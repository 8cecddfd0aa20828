package step

import (
	"time"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/playbook"
)

// Semantics is the version of the rules in this package. A run records the one
// it began under; one behind stays supported.
const Semantics = 1

// Limits of a run.
const (
	MaxEvents = 50_000
	MaxItems  = 10_000
	MaxDepth  = 10
	// MaxOutput bounds the answer of one call, in bytes of JSON.
	MaxOutput = 1 << 20
)

// Recorded is an event that was decided and is not committed yet.
type Recorded struct {
	At   time.Time
	Body Body
}

// Machine is the state of one run.
type Machine struct {
	plan *playbook.Plan
	// covers tells which approve step covers an action step.
	covers map[*playbook.Step]*playbook.Step
	// late tells which of these it covers by terms, and not one by one.
	late map[*playbook.Step]bool

	run     RunStarted
	began   time.Time
	phase   phase
	root    *block
	roots   []*block // every phase that began
	failure *Failure // of the main phase
	halting *RunHalting
	over    *RunEnded
	epoch   int
	nodes   map[string]*Node
	active  []*Node  // leaf and holding nodes that have not ended, in order of beginning
	ready   []*block // blocks whose next step is to be decided
	checks  []*Node  // polls whose condition is to be evaluated
	last    time.Time
	waited  time.Duration
	events  int
	stopped []harrier.RunID // children that were to be stopped
	asked   bool            // people were asked something
	// spent counts, by approval, the effects that were begun under its terms.
	spent map[harrier.ApprovalID]int

	// What follows is volatile: it is not part of the state.
	recorded []Recorded
	commands []Call
	// barred is why an effect may not begin now, and barredCalls those whose
	// further attempt may not.
	barred      string
	barredCalls map[callKey]bool
	issued      map[callKey]bool
}

// New returns the machine of a run that has not started.
func New(plan *playbook.Plan) *Machine {
	m := &Machine{plan: plan, nodes: map[string]*Node{}, issued: map[callKey]bool{}}
	for _, list := range [][]*playbook.Step{plan.Steps, plan.OnFailure, plan.Always} {
		walk(list, m.indexCovers)
	}
	return m
}

// indexCovers notes what an approve step covers.
func (m *Machine) indexCovers(s *playbook.Step) {
	if s.Kind != playbook.ApproveKind {
		return
	}
	if m.covers == nil {
		m.covers = map[*playbook.Step]*playbook.Step{}
	}
	walk(s.Approve.Covers, func(c *playbook.Step) {
		if c.Kind == playbook.ActionKind {
			m.covers[c] = s
		}
	})
	if s.Approve.Late != nil {
		m.indexLate(s)
	}
}

// walk calls visit for every step in list and below.
func walk(list []*playbook.Step, visit func(*playbook.Step)) {
	for _, s := range list {
		visit(s)
		for _, below := range below(s) {
			walk(below, visit)
		}
	}
}

// below returns the lists of steps that a step holds.
func below(s *playbook.Step) [][]*playbook.Step {
	var lists [][]*playbook.Step
	switch s.Kind {
	case playbook.IfKind, playbook.SwitchKind:
		for _, arm := range s.Choice.Arms {
			lists = append(lists, arm.Steps)
		}
		lists = append(lists, s.Choice.Default)
	case playbook.LoopKind:
		lists = append(lists, s.Loop.Body)
	case playbook.ParallelKind:
		for _, branch := range s.Parallel.Branches {
			lists = append(lists, branch.Steps)
		}
	case playbook.PollKind:
		lists = append(lists, s.Poll.Steps)
	case playbook.ActionKind, playbook.SetKind, playbook.WaitKind, playbook.ApproveKind, playbook.AskKind,
		playbook.CallKind, playbook.ScriptKind, playbook.StopKind:
	}
	return append(lists, s.OnError.Steps)
}

// Apply folds one committed event. An event that does not fit the state is
// Internal: the journal is damaged or belongs to another plan.
func (m *Machine) Apply(at time.Time, b Body) error {
	if _, starts := b.(RunStarted); !starts && m.root == nil {
		return harrier.Errorf(harrier.Internal, "a journal must begin with run.started, not %s", b.Type())
	}
	m.countWait(at, b)
	m.last = at
	m.events++
	return b.apply(m, at)
}

// countWait adds the time before an event that woke a run to the time that the
// run waited, which limits.timeout does not count.
func (m *Machine) countWait(at time.Time, b Body) {
	switch b.(type) {
	case TimerFired, QuestionAnswered, OutcomeSettled, ChildEnded, RunRetried, RunHalting:
		if wait := at.Sub(m.last); wait > 0 && len(m.ready) == 0 {
			m.waited += wait
		}
	}
}

// record applies an event that was decided now and keeps it to be committed.
func (m *Machine) record(at time.Time, b Body) {
	if err := m.Apply(at, b); err != nil {
		panic(err) // decided from this very state
	}
	m.recorded = append(m.recorded, Recorded{At: at, Body: b})
}

// Take returns what was decided since the last call: events to commit, and
// calls to make after that. The slices are reused by the next decisions.
func (m *Machine) Take() ([]Recorded, []Call) {
	events, calls := m.recorded, m.commands
	m.recorded, m.commands = nil, nil
	return events, calls
}

// apply implements [Body].
func (b RunStarted) apply(m *Machine, at time.Time) error {
	if m.root != nil {
		return harrier.Errorf(harrier.Internal, "run.started twice")
	}
	m.run, m.began = b, at
	m.enterPhase(phaseMain)
	return nil
}

// Start records the first event of a run.
func (m *Machine) Start(at time.Time, b RunStarted) { m.record(at, b) }

// Ended returns the last event of a run that has ended, or nil.
func (m *Machine) Ended() *RunEnded { return m.over }

// Mode returns what the run may do to the world.
func (m *Machine) Mode() harrier.Mode { return m.run.Mode }

// Started returns the first event.
func (m *Machine) Started() RunStarted { return m.run }

// Plan returns the plan that the run executes.
func (m *Machine) Plan() *playbook.Plan { return m.plan }

// Unresolved counts the calls that ended, or wait, without anybody knowing
// what became of them.
func (m *Machine) Unresolved() int {
	count := 0
	for _, n := range m.nodes {
		if n.action == nil {
			continue
		}
		for i := range n.action.calls {
			switch n.action.calls[i].status {
			case callUnclear, callUnknown, callProbe, callAsked:
				count++
			case callNew, callOpen, callRetry, callPending, callHeld, callDone, callFailed, callWithheld:
			}
		}
	}
	return count
}

// SpecOf returns the specification of the action that a step calls by a
// connection, and its arguments; ok is false where it has not begun.
func (m *Machine) SpecOf(path string, to harrier.ConnectionID) (c Call, ok bool) {
	n := m.nodes[path]
	if n == nil || n.action == nil {
		return c, false
	}
	t := n.target(to)
	return Call{Path: path, Target: t, Spec: m.spec(t), With: n.action.begin.With}, true
}

// Adopt tells a machine that was loaded again which calls are still under way.
func (m *Machine) Adopt(calls []Call) {
	for _, c := range calls {
		m.issued[c.key()] = true
	}
}

// Epoch is the epoch of effects that are intended now.
func (m *Machine) Epoch() int { return m.epoch }

// Abandoned is a call that was given up before its outcome was known.
type Abandoned struct {
	Path  string
	To    harrier.ConnectionID
	Epoch int
}

// Abandoned returns the calls whose vendor was still at work when the run
// stopped waiting: their intents are to be settled as unknown.
func (m *Machine) Abandoned() []Abandoned {
	var list []Abandoned
	for _, n := range m.nodes {
		if n.action == nil {
			continue
		}
		for i, k := range n.action.calls {
			if k.status == callUnclear && k.abandoned {
				list = append(list, Abandoned{n.Path, n.action.begin.Targets[i].Connection, k.epoch})
			}
		}
	}
	return list
}

// Events returns how many events were folded.
func (m *Machine) Events() int64 { return int64(m.events) }
