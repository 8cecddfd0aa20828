package sim

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"slices"
	"strings"
	"time"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/engine"
	"github.com/harrier-soar/harrier/internal/killswitch"
	"github.com/harrier-soar/harrier/internal/step"
	"github.com/harrier-soar/harrier/internal/store/memory"
	"github.com/harrier-soar/harrier/playbook"
)

// Simulation is one history.
type Simulation struct {
	seed  uint64
	rng   *rand.Rand
	now   time.Time
	store *memory.Memory
	world *world
	nodes []*node
	plan  *playbook.Plan
	runs  []harrier.RunID
	// late are the calls of nodes that died or sleep: they may still have their effect.
	late   []*fate
	calm   bool
	trace  []string
	broken []string
	// used are the effects under the terms of approvals, by approval.
	used    map[harrier.ApprovalID]map[string]bool
	retries int
	// scope is what the switch stops, empty while it is off; before are the
	// attempts that were intended when it was put on.
	scope  killswitch.Scope
	before map[attempt]bool
}

// node is one process.
type node struct {
	name     string
	engine   *engine.Engine
	sessions map[harrier.RunID]*engine.Session
	order    []harrier.RunID // of sessions, for a history that is always the same
	flights  []*flight
	// again are runs whose claim nobody confirmed; the node claims them again.
	again []harrier.RunID
}

// flight is a call under way.
type flight struct {
	session *engine.Session
	fate    *fate
}

// New prepares the history of a seed over a plan.
func New(seed uint64, plan *playbook.Plan) *Simulation {
	s := &Simulation{
		seed: seed, rng: rand.New(rand.NewPCG(seed, 1)), now: time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC), plan: plan,
		used: map[harrier.ApprovalID]map[string]bool{},
	}
	s.world = &world{rng: rand.New(rand.NewPCG(seed, 2)), effects: map[effect]int{}, repeat: map[effect]harrier.Repeat{}}
	s.store = memory.New(memory.Config{Now: s.clock, Fault: s.fault})
	for i := range 2 {
		s.nodes = append(s.nodes, s.node(fmt.Sprintf("node%d", i)))
	}
	return s
}

func (s *Simulation) clock() time.Time { return s.now }

// fault decides what goes wrong with a commit.
func (s *Simulation) fault(int64) memory.Fault {
	if s.calm {
		return memory.None
	}
	switch roll := s.rng.IntN(100); {
	case roll < 2:
		return memory.Lost
	case roll < 5:
		return memory.Unconfirmed
	case roll < 8:
		return memory.Rerun
	}
	return memory.None
}

// node returns a process that has just started.
func (s *Simulation) node(name string) *node {
	jitter := rand.New(rand.NewPCG(s.seed, 3))
	return &node{
		name: name, sessions: map[harrier.RunID]*engine.Session{},
		engine: engine.New(engine.Config{
			Node: name, Directory: directory{}, Plans: plans{s.plan}, Locals: locals{},
			Storage: engine.Storage{Journal: s.store, Queue: s.store, Signals: s.store, Ledger: s.store, Questions: s.store, Pins: s.store, Switch: s.store},
			Log:     slog.New(slog.DiscardHandler), Now: s.clock, Rand: jitter.Float64,
			Guards: []engine.Guard{{Effect: harrier.Contain, Window: time.Hour, Cap: 6}, {Effect: harrier.Notify, Window: time.Hour, Cap: 4}},
		}),
	}
}

// Play plays the history and returns what is broken, with the trace.
func (s *Simulation) Play(ctx context.Context) (broken []string, trace string) {
	s.startRuns(ctx)
	for range 150 + s.rng.IntN(150) {
		s.tick(ctx)
	}
	s.settleDown(ctx)
	s.check(ctx)
	return s.broken, strings.Join(s.trace, "\n")
}

func (s *Simulation) startRuns(ctx context.Context) {
	by := harrier.Operator()
	for i := range 1 + s.rng.IntN(3) {
		st := engine.Start{ID: harrier.DeriveID[harrier.RunID](fmt.Sprint(s.seed, i)), By: by, Plan: s.plan, Mode: harrier.Live}
		for range 20 { // whoever starts it tries again when nobody confirms
			_, err := s.nodes[0].engine.Start(ctx, st)
			if err == nil || harrier.KindOf(err) == harrier.Conflict {
				break
			}
		}
		s.runs = append(s.runs, st.ID)
	}
}

// tick lets one thing happen.
func (s *Simulation) tick(ctx context.Context) {
	n := s.nodes[s.rng.IntN(len(s.nodes))]
	switch roll := s.rng.IntN(103); {
	case roll >= 100:
		s.flip(ctx)
	case roll < 30:
		s.dispatch(ctx, n)
	case roll < 70:
		s.deliver(ctx, n)
	case roll < 78:
		s.pass(ctx)
	case roll < 86:
		s.person(ctx)
	case roll < 90:
		s.crash(ctx, n)
	case roll < 94: // the others think that it died
		s.note("%s sleeps", n.name)
		s.strand(n)
		s.orphan(ctx, n)
	case roll < 97:
		s.wake(ctx, n)
	case roll == 97:
		s.cancel(ctx, n)
	default:
		s.retry(ctx, n)
	}
}

func (s *Simulation) note(format string, args ...any) {
	s.trace = append(s.trace, s.now.Format("15:04:05.000 ")+fmt.Sprintf(format, args...))
}

func (s *Simulation) breaks(format string, args ...any) {
	s.broken = append(s.broken, fmt.Sprintf(format, args...))
}

// dispatch claims a run that is ready.
func (s *Simulation) dispatch(ctx context.Context, n *node) {
	ids, err := s.store.Ready(ctx, s.now, 10)
	ids = append(ids, n.again...)
	if err != nil || len(ids) == 0 {
		return
	}
	id := ids[s.rng.IntN(len(ids))]
	n.again = slices.DeleteFunc(n.again, func(other harrier.RunID) bool { return other == id })
	if n.sessions[id] != nil {
		n.drop(id) // it was taken away; the node claims it anew
	}
	session, state, err := n.engine.Open(ctx, id)
	s.note("%s claims %s: state %d err %v", n.name, id, state, err)
	if err != nil {
		n.again = append(n.again, id)
	}
	if err != nil || state == engine.Lost {
		return
	}
	for _, other := range s.nodes { // nobody who owns the run waits for its older calls
		for _, fl := range other.flights {
			if fl.session.Run().ID == id {
				s.late = append(s.late, fl.fate)
			}
		}
	}
	n.sessions[id] = session
	n.order = append(n.order, id)
	s.advance(ctx, n, session)
}

func (n *node) drop(id harrier.RunID) {
	delete(n.sessions, id)
	for i, other := range n.order {
		if other == id {
			n.order = append(n.order[:i:i], n.order[i+1:]...)
			return
		}
	}
}

// advance lets a session go on, and makes the calls it asks for.
func (s *Simulation) advance(ctx context.Context, n *node, session *engine.Session) {
	id := session.Run().ID
	for range 50 {
		seq, late := int64(0), !s.owns(ctx, session)
		if late {
			seq = s.length(ctx, id)
		}
		calls, state, err := session.Advance(ctx)
		if late && s.length(ctx, id) > seq {
			s.breaks("G7: %s wrote to the journal of %s, which another owns", n.name, id)
		}
		if err != nil {
			s.note("%s %s: %v", n.name, id, err)
			if state == engine.Working {
				continue // the driver tries again
			}
		}
		if state != engine.Working {
			s.note("%s gives up %s: state %d", n.name, id, state)
			n.drop(id)
			return
		}
		for _, c := range calls {
			s.note("%s calls %s %s attempt %d probe %t", n.name, id, c.Path, c.Attempt, c.Probe)
			s.checkCall(ctx, id, c)
			f := s.world.fate(id, c)
			if s.rng.IntN(2) == 0 {
				s.world.execute(f)
			}
			n.flights = append(n.flights, &flight{session, f})
		}
		s.checkState(ctx, session)
		return
	}
}

// deliver brings the answer of a call.
func (s *Simulation) deliver(ctx context.Context, n *node) {
	if len(n.flights) == 0 {
		return
	}
	i := s.rng.IntN(len(n.flights))
	fl := n.flights[i]
	n.flights = append(n.flights[:i:i], n.flights[i+1:]...)
	s.world.execute(fl.fate)
	out := fl.fate.out
	if fl.fate.call.Probe {
		out = s.world.probe(fl.fate)
	}
	id := fl.session.Run().ID
	s.note("%s hears of %s %s: %s", n.name, id, fl.fate.call.Path, tell(out))
	if n.sessions[id] != fl.session {
		return // its session is gone
	}
	fl.session.Finish(ctx, fl.fate.call, out)
	s.advance(ctx, n, fl.session)
}

// pass lets time pass, at most to where something is due.
func (s *Simulation) pass(ctx context.Context) {
	s.flushLate()
	step := time.Duration(s.rng.IntN(5000)) * time.Millisecond
	if at, ok, _ := s.store.NextReady(ctx, time.Time{}); ok && at.After(s.now) && s.rng.IntN(3) > 0 {
		step = min(at.Sub(s.now), 4*time.Hour)
	}
	s.now = s.now.Add(step)
}

// strand notes that nobody who owns the runs of a node waits for its calls.
func (s *Simulation) strand(n *node) {
	for _, fl := range n.flights {
		s.late = append(s.late, fl.fate)
	}
}

// flushLate lets the calls of dead nodes have their effect, or not. It happens
// before time passes, as a vendor settles in its time.
func (s *Simulation) flushLate() {
	for _, f := range s.late {
		switch {
		case !f.executes || f.executed:
		case s.rng.IntN(2) == 0:
			s.world.execute(f)
		default: // lost on the way
			f.executes, f.out = false, failure("unknown", true, true)
		}
	}
	s.late = nil
}

// crash kills a node; another with its name starts.
func (s *Simulation) crash(ctx context.Context, n *node) {
	s.note("%s dies", n.name)
	s.strand(n)
	n.flights, n.again, n.sessions, n.order = nil, nil, map[harrier.RunID]*engine.Session{}, nil
	s.orphan(ctx, n)
}

// orphan makes the runs of a node ready for others.
func (s *Simulation) orphan(ctx context.Context, n *node) {
	for range 20 {
		err := s.store.Write(ctx, func(tx harrier.Tx) error {
			_, err := s.store.Orphans(ctx, tx, n.name, s.now)
			return err
		})
		if err == nil {
			return
		}
	}
}

// wake tells a session of signals, as the hook of a commit does.
func (s *Simulation) wake(ctx context.Context, n *node) {
	if len(n.order) == 0 {
		return
	}
	session := n.sessions[n.order[s.rng.IntN(len(n.order))]]
	session.Woken()
	s.advance(ctx, n, session)
}

func (s *Simulation) cancel(ctx context.Context, n *node) {
	id := s.runs[s.rng.IntN(len(s.runs))]
	err := n.engine.Cancel(ctx, harrier.Operator(), id, "simulated")
	s.note("cancel %s: %v", id, err)
}

func (s *Simulation) retry(ctx context.Context, n *node) {
	if s.retries++; s.retries > 3 {
		return
	}
	id := s.runs[s.rng.IntN(len(s.runs))]
	err := n.engine.Retry(ctx, harrier.Operator(), id, "")
	s.note("retry %s: %v", id, err)
}

// person decides a pending question, sometimes twice.
func (s *Simulation) person(ctx context.Context) {
	list, _, err := s.store.Approvals(ctx, harrier.DefaultTenant, harrier.ApprovalFilter{Status: harrier.ApprovalPending}, harrier.Page{Limit: 50})
	if err != nil || len(list) == 0 {
		return
	}
	a := list[s.rng.IntN(len(list))]
	for range 1 + s.rng.IntN(2) {
		err := s.decide(ctx, a)
		s.note("person decides %s %s: %v", a.Kind, a.Path, err)
	}
}

func (s *Simulation) decide(ctx context.Context, a harrier.Approval) error {
	d := step.Decided{ID: a.ID, Hash: a.Hash, By: "ann", Status: harrier.ApprovalAnswered}
	switch a.Kind {
	case harrier.OutcomeQuestion:
		d.Answer = map[string]any{"choice": s.truth(ctx, a)}
	case harrier.FormQuestion:
		d.Answer = map[string]any{"verdict": "fine"}
	case harrier.PlanApproval, harrier.GuardApproval:
		d.Status = []harrier.ApprovalStatus{harrier.ApprovalApproved, harrier.ApprovalApproved, harrier.ApprovalDenied}[s.rng.IntN(3)]
	}
	data, err := json.Marshal(d)
	if err != nil {
		return err
	}
	return s.store.Write(ctx, func(tx harrier.Tx) error {
		a.Status, a.DecidedBy, a.DecidedAt = d.Status, "ann", s.now
		if err := s.store.Decide(ctx, tx, a); err != nil {
			return err
		}
		return s.store.Raise(ctx, tx, harrier.Signal{Tenant: a.Tenant, Run: a.Run, Type: step.SignalDecided, Data: data, At: s.now})
	})
}

// truth is what a person finds out about an action, or an order.
func (s *Simulation) truth(ctx context.Context, a harrier.Approval) string {
	var f step.Facts
	if err := json.Unmarshal(a.Body, &f); err != nil {
		s.breaks("the facts of %s cannot be read: %v", a.ID, err)
	}
	s.flushLate()
	if s.rng.IntN(10) == 0 {
		return "abort"
	}
	for e, count := range s.world.effects {
		if e.run == a.Run && e.path == f.Leaf.Path && e.to == f.Leaf.Connection && count > 0 && s.isLatest(ctx, e) {
			return "happened"
		}
	}
	return []string{"did_not", "again"}[s.rng.IntN(2)]
}

// isLatest reports whether an effect belongs to the last epoch of its intent.
func (s *Simulation) isLatest(ctx context.Context, e effect) bool {
	intents, _ := s.store.Intents(ctx, e.run)
	last := harrier.Intent{Epoch: -1}
	for _, in := range intents {
		if in.Path == e.path && in.Connection == e.to && in.Epoch > last.Epoch {
			last = in
		}
	}
	return last.Key == e.key
}

// settleDown stops everything that goes wrong and lets the history end.
func (s *Simulation) settleDown(ctx context.Context) {
	s.resume(ctx)
	s.note("calm")
	s.calm, s.world.calm = true, true
	for _, n := range s.nodes {
		s.crash(ctx, n)
	}
	s.flushLate()
	for range 5000 {
		if s.allEnded(ctx) {
			return
		}
		n := s.nodes[s.rng.IntN(len(s.nodes))]
		s.dispatch(ctx, n)
		s.deliver(ctx, n)
		s.person(ctx)
		if len(s.nodes[0].flights)+len(s.nodes[1].flights) == 0 && !s.asks(ctx) {
			if at, ok, _ := s.store.NextReady(ctx, time.Time{}); ok && at.After(s.now) {
				s.now = at
			}
		}
	}
	for _, id := range s.runs {
		run, _ := s.store.Load(ctx, harrier.DefaultTenant, id)
		if !run.Status.Ended() && run.Status != harrier.RunQuarantined {
			s.breaks("I14: run %s is %s and waits for %q, ready %s, owner %q", id, run.Status, run.WaitingFor, run.ReadyAt, run.Owner)
		}
	}
}

// asks reports whether people have something to decide.
func (s *Simulation) asks(ctx context.Context) bool {
	list, _, err := s.store.Approvals(ctx, harrier.DefaultTenant, harrier.ApprovalFilter{Status: harrier.ApprovalPending}, harrier.Page{Limit: 1})
	return err == nil && len(list) > 0
}

func (s *Simulation) allEnded(ctx context.Context) bool {
	for _, id := range s.runs {
		run, err := s.store.Load(ctx, harrier.DefaultTenant, id)
		if err != nil || !run.Status.Ended() && run.Status != harrier.RunQuarantined {
			return false
		}
	}
	return true
}

// tell says an outcome in the trace.
func tell(out step.Outcome) string {
	data, err := json.Marshal(out)
	if err != nil {
		return err.Error()
	}
	return string(data)
}
