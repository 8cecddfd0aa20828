// Package memory is a store that lives in memory: the same ports and the same
// refusals as package store, for simulations and tests.
//
// It guarantees what storetest claims, and that everything it returns comes in
// the same order each time. It forgets everything with the process, but what
// was committed survives every crash that a simulation plays. It can lie about
// commits: see [Fault].
//
// Its transactions have no SQL: Exec and Query are refused.
package memory

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/engine"
	"github.com/harrier-soar/harrier/internal/killswitch"
)

// Fault is what goes wrong with a commit.
type Fault int

// The faults of a commit.
const (
	// None commits.
	None Fault = iota
	// Lost applies nothing and reports Unavailable.
	Lost
	// Unconfirmed applies the change and reports Unavailable all the same, as
	// when the answer to COMMIT is lost. What waits for the commit is not called.
	Unconfirmed
	// Rerun takes the change back, runs it again and commits, as a batch does
	// after another change in it failed half-way.
	Rerun
)

// Config says what a memory store uses.
type Config struct {
	// Now tells the time. Nil means the system's clock.
	Now func() time.Time
	// Fault is asked before each commit, with its number from 1. Nil means none.
	Fault func(commit int64) Fault
}

// Memory is a store in memory. It is safe for concurrent use; a change must
// not read through the store itself, as its ports say.
type Memory struct {
	now   func() time.Time
	fault func(int64) Fault
	mu    sync.RWMutex // guards what follows
	state state
}

// state is everything that is committed.
type state struct {
	commits   int64
	runs      map[harrier.RunID]run
	events    map[harrier.RunID][]harrier.Event
	signals   map[harrier.RunID][]harrier.Signal
	intents   map[intentKey]harrier.Intent
	guards    map[guardKey]int
	audit     map[auditKey]harrier.AuditEntry
	approvals map[harrier.ApprovalID]harrier.Approval
	votes     map[voteKey]harrier.Vote
	pins      map[pinKey][]byte
	lines     map[harrier.RunID]engine.OneKey
	contained map[containmentKey]harrier.Containment
	switches  map[harrier.TenantID]killswitch.Switch
}

// New returns an empty store.
func New(c Config) *Memory {
	m := &Memory{now: c.Now, fault: c.Fault, state: state{
		runs:      map[harrier.RunID]run{},
		events:    map[harrier.RunID][]harrier.Event{},
		signals:   map[harrier.RunID][]harrier.Signal{},
		intents:   map[intentKey]harrier.Intent{},
		guards:    map[guardKey]int{},
		audit:     map[auditKey]harrier.AuditEntry{},
		approvals: map[harrier.ApprovalID]harrier.Approval{},
		votes:     map[voteKey]harrier.Vote{},
		pins:      map[pinKey][]byte{},
		lines:     map[harrier.RunID]engine.OneKey{},
		contained: map[containmentKey]harrier.Containment{},
		switches:  map[harrier.TenantID]killswitch.Switch{},
	}}
	if m.now == nil {
		m.now = time.Now
	}
	if m.fault == nil {
		m.fault = func(int64) Fault { return None }
	}
	return m
}

// Clone returns a store that holds what this one does now and goes its own
// way, without faults.
func (m *Memory) Clone() *Memory {
	m.mu.RLock()
	defer m.mu.RUnlock()
	c := New(Config{Now: m.now})
	s := m.state
	c.state = state{
		commits: s.commits, runs: maps.Clone(s.runs), intents: maps.Clone(s.intents), guards: maps.Clone(s.guards),
		audit: maps.Clone(s.audit), approvals: maps.Clone(s.approvals), votes: maps.Clone(s.votes), pins: maps.Clone(s.pins), lines: maps.Clone(s.lines),
		contained: maps.Clone(s.contained), switches: maps.Clone(s.switches),
		events: map[harrier.RunID][]harrier.Event{}, signals: map[harrier.RunID][]harrier.Signal{},
	}
	for id, events := range s.events {
		c.state.events[id] = slices.Clone(events)
	}
	for id, signals := range s.signals {
		c.state.signals[id] = slices.Clone(signals)
	}
	return c
}

// Commits returns how many changes were begun.
func (m *Memory) Commits() int64 {
	m.mu.RLock()
	defer m.mu.RUnlock()
	return m.state.commits
}

// Write implements [engine.Journal]. A change that fails, or panics, is taken back whole.
func (m *Memory) Write(ctx context.Context, change func(harrier.Tx) error) error {
	if ctx.Err() != nil {
		return harrier.Errorf(harrier.Unavailable, "the change was not made: %w", context.Cause(ctx))
	}
	tx, err := m.apply(change)
	if err != nil {
		return err
	}
	for _, f := range tx.hooks {
		f()
	}
	return nil
}

// apply runs a change and decides what becomes of it.
func (m *Memory) apply(change func(harrier.Tx) error) (*transaction, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.state.commits++
	fault := m.fault(m.state.commits)
	tx, err := m.run(change)
	if err != nil {
		return nil, err
	}
	switch fault {
	case None:
		return tx, nil
	case Rerun:
		tx.rollback()
		return m.run(change)
	case Lost:
		tx.rollback()
		return nil, harrier.Errorf(harrier.Unavailable, "the change was not confirmed; look whether it is there, then try again")
	case Unconfirmed:
		return nil, harrier.Errorf(harrier.Unavailable, "the change was not confirmed; look whether it is there, then try again")
	}
	panic(fmt.Sprintf("unknown fault %d", fault))
}

// run runs a change; one that fails leaves nothing.
func (m *Memory) run(change func(harrier.Tx) error) (tx *transaction, err error) {
	tx = &transaction{state: &m.state}
	defer func() {
		if p := recover(); p != nil {
			err = harrier.Errorf(harrier.Internal, "a change panicked: %v", p)
		}
		tx.ended = true
		if err != nil {
			tx.rollback()
		}
	}()
	return tx, change(tx)
}
