package intake

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/mute"
	"github.com/harrier-soar/harrier/internal/picture"
)

// Mapper understands events.
type Mapper interface {
	// Map makes findings of an event; none where it tells of nothing. An event
	// that it does not understand is Invalid, with a reason for people.
	Map(ctx context.Context, src harrier.Source, ev harrier.RawEvent) ([]harrier.Finding, error)
}

// Triage judges findings.
type Triage interface {
	// Assess finds out what is known about a finding and decides. A vendor that
	// does not answer is no error: it is missing in the picture.
	Assess(ctx context.Context, q Question) (Assessment, error)
	// Follow writes what follows from a decision, in the transaction of the
	// alert: risk, the case.
	Follow(ctx context.Context, tx harrier.Tx, a harrier.Alert, f harrier.Finding, as Assessment) error
}

// Question is a finding to be judged.
type Question struct {
	Source      harrier.Source
	Alert       harrier.AlertID
	Finding     harrier.Finding
	Fingerprint string
	// Repeats is how often it was seen before, while open.
	Repeats int
	// Backfill tells that it is old news.
	Backfill bool
	Now      time.Time
}

// Assessment is what is known about a finding, and what was decided.
type Assessment struct {
	Picture  picture.Picture
	Decision picture.Decision
	// Pending tells that answers are still to come, after which it is judged again.
	Pending bool
	// Before is the picture that it was judged by before; empty where it is new.
	Before json.RawMessage
	// Mutes are what keeps noise from people and applies; Quiet tells that one of
	// them keeps people from being told and playbooks from starting.
	Mutes []mute.Applied
	Quiet bool
}

// Knowledge finds alerts by what sources say.
type Knowledge interface {
	// Known returns the alert of a source's id, or else the newest of a
	// fingerprint, as committed.
	Known(ctx context.Context, tenant harrier.TenantID, source harrier.SourceID, external, fingerprint string) (a harrier.Alert, ok bool, err error)
	// AlertKey returns the alert that a source's id belongs to.
	AlertKey(ctx context.Context, tx harrier.Tx, tenant harrier.TenantID, source harrier.SourceID, external string) (id harrier.AlertID, ok bool, err error)
	// AlertIn returns an alert.
	AlertIn(ctx context.Context, tx harrier.Tx, tenant harrier.TenantID, id harrier.AlertID) (harrier.Alert, error)
	// LikeIn returns the newest alert of a fingerprint.
	LikeIn(ctx context.Context, tx harrier.Tx, tenant harrier.TenantID, fingerprint string) (a harrier.Alert, ok bool, err error)
	// Source returns a source.
	Source(ctx context.Context, tenant harrier.TenantID, id harrier.SourceID) (harrier.Source, error)
}

// AlertChanges writes what becomes of alerts.
type AlertChanges interface {
	// ClaimKey gives a source's id to an alert that it was folded into.
	ClaimKey(ctx context.Context, tx harrier.Tx, a harrier.Alert, external string) (claimed bool, err error)
	// Folded counts what was folded into an alert.
	Folded(ctx context.Context, tx harrier.Tx, a harrier.Alert, seen time.Time) error
	// UpdateAlert stores an alert; another rev than the stored one is Conflict.
	UpdateAlert(ctx context.Context, tx harrier.Tx, a harrier.Alert) error
	// AddAlertChange writes what happened to an alert.
	AddAlertChange(ctx context.Context, tx harrier.Tx, c harrier.AlertChange) error
}

// PipelineStore is all that the pipeline asks of the store.
type PipelineStore interface {
	Inbox
	Alerts
	Knowledge
	AlertChanges
	Journal
}

// PipelineConfig is what the pipeline is made of. All is required but Shards
// and Room.
type PipelineConfig struct {
	Store     PipelineStore
	Mapper    Mapper
	Triage    Triage
	Playbooks Playbooks
	Runs      Runs
	Log       *slog.Logger
	Now       func() time.Time
	// Bad returns those of a finding's observables that are known to be bad; it
	// asks nobody who is elsewhere. Nil knows none.
	Bad func(ctx context.Context, tenant harrier.TenantID, f harrier.Finding) []harrier.Observable
	// Shards is how many events are judged side by side; zero means 64.
	Shards int
	// Room is how many events are on their way at once; zero means 8192.
	Room int
	// Hit names places to a test that kills the process; it may be nil.
	Hit func(string)
}

// The places named to [PipelineConfig.Hit].
const (
	HitMapped   = "event.mapped"
	HitAssessed = "event.assessed"
	HitPlaced   = "event.placed"
)

// Pipeline makes alerts of the events that sources deliver. Events are the
// truth: what is in memory is lost without harm, and begun again. It is safe
// for concurrent use; one Run at a time.
type Pipeline struct {
	cfg    PipelineConfig
	woken  chan struct{}
	shards []*shard

	// arriving counts the deliveries that are being committed.
	arriving atomic.Int64

	mu sync.Mutex // guards what follows
	// way are the events on their way.
	way map[harrier.EventID]bool
	// after is the place in each lane behind which nothing was read yet.
	after [4]harrier.EventID
	// empty is when nothing waited for the last time.
	empty   time.Time
	sources map[harrier.SourceID]knownSource
}

// knownSource is a source as it was lately.
type knownSource struct {
	source harrier.Source
	until  time.Time
}

// NewPipeline returns a pipeline.
func NewPipeline(cfg PipelineConfig) *Pipeline {
	if cfg.Shards <= 0 {
		cfg.Shards = 64
	}
	if cfg.Room <= 0 {
		cfg.Room = 8192
	}
	if cfg.Hit == nil {
		cfg.Hit = func(string) {}
	}
	p := &Pipeline{cfg: cfg, woken: make(chan struct{}, 1), way: map[harrier.EventID]bool{}, sources: map[harrier.SourceID]knownSource{}}
	for range cfg.Shards {
		p.shards = append(p.shards, newShard(p))
	}
	return p
}

// Run processes events until ctx ends. What is on its way then stays pending.
func (p *Pipeline) Run(ctx context.Context) error {
	var wg sync.WaitGroup
	defer wg.Wait()
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	for _, s := range p.shards {
		wg.Go(func() { s.run(ctx) })
	}
	for {
		n, err := p.feed(ctx)
		switch {
		case ctx.Err() != nil:
			return context.Cause(ctx)
		case err != nil:
			p.cfg.Log.Error("events were not read", "err", err)
			p.pause(ctx)
		case n == 0:
			select {
			case <-ctx.Done():
			case <-p.woken:
			}
		}
	}
}

// pause waits a little.
func (p *Pipeline) pause(ctx context.Context) { p.wait(ctx, time.Second) }

func (p *Pipeline) wait(ctx context.Context, d time.Duration) {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
	case <-t.C:
	}
}

// hint tells that events were added to the inbox.
func (p *Pipeline) hint() {
	select {
	case p.woken <- struct{}{}:
	default:
	}
}

// rewind has the inbox read from its beginning again: an old event became
// pending.
func (p *Pipeline) rewind() {
	p.mu.Lock()
	p.after = [4]harrier.EventID{}
	p.mu.Unlock()
	p.hint()
}

// feed reads pending events, the most urgent lane first, understands them and
// hands them to the shards.
func (p *Pipeline) feed(ctx context.Context) (fed int, err error) {
	const page = 256
	for lane := range p.after {
		if lane > 0 && p.givesWay() {
			if fed == 0 {
				p.wait(ctx, time.Millisecond)
			}
			return fed + 1, nil // what gave way is looked at again, whatever became of the crowd
		}
		p.mu.Lock()
		after, free := p.after[lane], p.cfg.Room-len(p.way)
		p.mu.Unlock()
		if free <= 0 {
			return fed, nil
		}
		events, err := p.cfg.Store.PendingEvents(ctx, lane, after, min(page, free))
		if err != nil {
			return fed, err
		}
		for i := range events {
			if p.enter(lane, events[i].ID, after) {
				if lane > 0 && p.crowded() {
					p.wait(ctx, time.Millisecond)
				}
				p.understand(ctx, &events[i])
				fed++
			}
		}
		if len(events) == page {
			return fed + 1, nil // a more urgent lane may have something by now
		}
	}
	if fed == 0 {
		p.mu.Lock()
		p.empty = p.cfg.Now()
		p.mu.Unlock()
	}
	return fed, nil
}

// Arriving notes that a delivery is being committed, until done is called:
// while many are, what is not urgent gives way to them.
func (p *Pipeline) Arriving() (done func()) {
	p.arriving.Add(1)
	return func() { p.arriving.Add(-1) }
}

// crowded tells that many deliveries are being committed. What is taken is safe
// and can wait a little, what is not taken yet has nobody but its sender.
func (p *Pipeline) crowded() bool { return p.arriving.Load() >= 8 }

// givesWay tells that nothing but the urgent is looked at, for the first two
// seconds of a crowd: most have passed by then. One that stays shares the processor.
func (p *Pipeline) givesWay() bool {
	if !p.crowded() {
		return false
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.cfg.Now().Sub(p.empty) < 2*time.Second
}

// enter notes that an event is on its way; false where it is already. A place
// that was rewound meanwhile is not moved.
func (p *Pipeline) enter(lane int, id, from harrier.EventID) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if string(p.after[lane][:]) >= string(from[:]) {
		p.after[lane] = id
	}
	if p.way[id] {
		return false
	}
	p.way[id] = true
	return true
}

// leave notes that an event is on its way no more.
func (p *Pipeline) leave(id harrier.EventID) {
	p.mu.Lock()
	full := len(p.way) >= p.cfg.Room
	delete(p.way, id)
	p.mu.Unlock()
	if full {
		p.hint()
	}
}

// understand makes findings of an event.
func (p *Pipeline) understand(ctx context.Context, ev *harrier.RawEvent) {
	src, err := p.source(ctx, ev.Tenant, ev.Source)
	var findings []harrier.Finding
	if err == nil {
		findings, err = p.mapped(ctx, src, *ev)
	}
	p.cfg.Hit(HitMapped)
	t := &traveller{event: *ev, source: src}
	t.event.Body = nil
	switch kind := harrier.KindOf(err); {
	case err == nil && len(findings) == 0:
		p.end(ctx, t, harrier.EventSuppressed, "it tells of nothing that needs looking at")
		return
	case err == nil:
	case kind == harrier.Invalid || kind == harrier.NotFound:
		p.end(ctx, t, harrier.EventQuarantined, err.Error())
		return
	default:
		p.later(ctx, t, err)
		return
	}
	items := make([]*item, 0, len(findings))
	for _, f := range findings {
		it, err := newItem(t, f)
		if err == nil && p.cfg.Bad != nil {
			it.bad = p.cfg.Bad(ctx, t.event.Tenant, f)
		}
		if err != nil {
			p.end(ctx, t, harrier.EventQuarantined, err.Error())
			return
		}
		items = append(items, it)
	}
	t.left.Store(int64(len(items)))
	t.single = len(items) == 1
	for _, it := range items {
		p.shard(it.line).put(it)
	}
}

// mapped has a mapping understand an event. A mapping that panics is a fault of
// ours; the event is kept for when it is mended.
func (p *Pipeline) mapped(ctx context.Context, src harrier.Source, ev harrier.RawEvent) (findings []harrier.Finding, err error) {
	defer func() {
		if fault := recover(); fault != nil {
			p.cfg.Log.Error("mapping panicked", "event_id", ev.ID, "mapping", src.Mapping, "err", fmt.Sprint(fault))
			err = harrier.Errorf(harrier.Invalid, "the mapping %s failed on it; please report this with the event's bytes", src.Mapping)
		}
	}()
	return p.cfg.Mapper.Map(ctx, src, ev)
}

// source returns a source, which is asked for at most every few seconds.
func (p *Pipeline) source(ctx context.Context, tenant harrier.TenantID, id harrier.SourceID) (harrier.Source, error) {
	const holds = 2 * time.Second
	now := p.cfg.Now()
	p.mu.Lock()
	known, ok := p.sources[id]
	p.mu.Unlock()
	if ok && known.source.Tenant == tenant && now.Before(known.until) {
		return known.source, nil
	}
	src, err := p.cfg.Store.Source(ctx, tenant, id)
	if err != nil {
		return src, err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.sources[id] = knownSource{src, now.Add(holds)}
	return src, nil
}

// shard returns the shard in which everything of a line goes in order.
func (p *Pipeline) shard(line string) *shard {
	n := uint32(2166136261)
	for i := range len(line) {
		n = (n ^ uint32(line[i])) * 16777619
	}
	return p.shards[n%uint32(len(p.shards))]
}

// end writes what became of an event of which nothing else is left to do.
func (p *Pipeline) end(ctx context.Context, t *traveller, state harrier.EventState, reason string) {
	err := p.cfg.Store.Write(ctx, func(tx harrier.Tx) error { return p.endIn(ctx, tx, t, state, reason) })
	if err != nil {
		p.later(ctx, t, err)
		return
	}
	p.leave(t.event.ID)
}

// endIn is end in a transaction.
func (p *Pipeline) endIn(ctx context.Context, tx harrier.Tx, t *traveller, state harrier.EventState, reason string) error {
	ev := t.event
	ev.State, ev.Reason, ev.EndedAt = state, clip(reason, 1000), p.cfg.Now().UTC()
	_, err := p.cfg.Store.EndRawEvent(ctx, tx, ev)
	return err
}

// later leaves an event pending, to be begun again.
func (p *Pipeline) later(ctx context.Context, t *traveller, err error) {
	p.leave(t.event.ID)
	if ctx.Err() != nil {
		return
	}
	p.cfg.Log.Error("event was not processed; it is tried again", "event_id", t.event.ID, "err", err)
	p.pause(ctx)
	p.rewind()
}
