package pull

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"github.com/harrier-soar/harrier"
)

// Asker asks a product.
type Asker interface {
	// Ask returns a page of what changed in a window. It is asked again for the
	// same page after a crash.
	Ask(ctx context.Context, src harrier.Source, s Settings, q Question) (Answer, error)
	// Taken is called after what an answer held is committed, such as to move
	// mails away. It may be called again for the same events.
	Taken(ctx context.Context, src harrier.Source, s Settings, events []Event) error
}

// Question is a page of a window of time.
type Question struct {
	Since, Until time.Time
	// Page is what the page before returned as Next.
	Page string
}

// Answer is a page.
type Answer struct {
	Events []Event
	// Next is how to ask for the next page; empty on the last one.
	Next string
}

// Event is something that a product tells.
type Event struct {
	// ID and Version tell whether it was taken before.
	ID, Version string
	// At is when it happened or was changed; zero where the product does not tell.
	At      time.Time
	Content string
	Body    []byte
}

// Store keeps how far sources were read.
type Store interface {
	// Write runs change in a transaction and returns when it is durable.
	Write(ctx context.Context, change func(harrier.Tx) error) error
	// EnabledSources returns the enabled sources of all tenants.
	EnabledSources(ctx context.Context) ([]harrier.Source, error)
	// Position returns how far a source was read; zero where it was not.
	Position(ctx context.Context, tenant harrier.TenantID, source harrier.SourceID) (Position, error)
	// PutPosition keeps it.
	PutPosition(ctx context.Context, tx harrier.Tx, p Position) error
	// ClaimDelivery claims a name for an event, once.
	ClaimDelivery(ctx context.Context, tx harrier.Tx, e harrier.RawEvent, name string) (event harrier.EventID, claimed bool, err error)
}

// Intake takes events.
type Intake interface {
	// AcceptIn adds events in the transaction in which their ids were made.
	AcceptIn(ctx context.Context, tx harrier.Tx, events []harrier.RawEvent) error
}

// Position is how far a source was read.
type Position struct {
	Tenant harrier.TenantID
	Source harrier.SourceID
	// Window is the one that is being read; zero between two.
	Window Window
	// Reached is the end of the last window that was read.
	Reached time.Time
	// PolledAt is when it was asked last, AnsweredAt when it answered last.
	PolledAt, AnsweredAt time.Time
	// Failures and Empties count in a row.
	Failures, Empties int
	Error             string

	last Window // the one before, while a round goes on
}

// Window is a time that is being read, page by page.
type Window struct {
	Since time.Time `json:"since,omitzero"`
	Until time.Time `json:"until,omitzero"`
	Page  string    `json:"page,omitempty"`
	// Gap tells that it fills a gap: what is older than News is old.
	Gap  bool      `json:"gap,omitempty"`
	News time.Time `json:"news,omitzero"`
	// Found tells that something new was in it.
	Found bool `json:"found,omitempty"`
	// Halved tells that it is part of a longer one, whose rest comes next.
	Halved bool `json:"halved,omitempty"`
}

// halve makes a window of its first half; it is false where it is as short as can be.
func (w *Window) halve() bool {
	half := w.Until.Sub(w.Since) / 2
	if half < time.Second || w.Page != "" {
		return false
	}
	w.Until, w.Halved = w.Since.Add(half.Truncate(time.Microsecond)), true
	return true
}

// Config is what a service is made of. All is required.
type Config struct {
	Store  Store
	Intake Intake
	Asker  Asker
	Waiter Waiter
	Log    *slog.Logger
	Now    func() time.Time
	// Rows and Arrivals complete what webhooks of Splunk leave out.
	Rows     RowAsker
	Arrivals Arrivals
}

// Service asks the sources of kind poll and mailbox in turn.
type Service struct {
	cfg Config

	mu    sync.Mutex // guards busy and woken
	busy  map[harrier.SourceID]bool
	woken map[harrier.SourceID]bool
	free  chan struct{}
	news  chan struct{} // has something in it when a source was woken
}

const (
	lookEvery = 5 * time.Second
	// atOnce is how many sources are asked at once.
	atOnce = 8
	// round is how long a source may be asked at a time, and maxPages for how many pages.
	round, maxPages = 2 * time.Minute, 200
	// patience is the longest time between two questions to a source that fails.
	patience = 15 * time.Minute
	// atMost is how many events are committed at once.
	atMost = 500
)

// New returns a service.
func New(cfg Config) *Service {
	return &Service{
		cfg: cfg, busy: map[harrier.SourceID]bool{}, woken: map[harrier.SourceID]bool{}, free: make(chan struct{}, atOnce), news: make(chan struct{}, 1),
	}
}

// Run asks until ctx ends.
func (s *Service) Run(ctx context.Context) error {
	var asking sync.WaitGroup
	defer asking.Wait()
	tick := time.NewTicker(lookEvery)
	defer tick.Stop()
	outs := lookouts{}
	for {
		sources, err := s.cfg.Store.EnabledSources(ctx)
		if err != nil && ctx.Err() == nil {
			s.cfg.Log.LogAttrs(ctx, slog.LevelError, "sources cannot be read", slog.Any("err", err))
		}
		if err == nil {
			outs.keep(ctx, s, sources, &asking)
			s.askAll(ctx, sources, &asking)
		}
		select {
		case <-tick.C:
		case <-s.news:
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
}

// askAll begins to ask the sources that are not being asked.
func (s *Service) askAll(ctx context.Context, sources []harrier.Source, asking *sync.WaitGroup) {
	for _, src := range sources {
		ask := s.Round
		switch {
		case src.Kind == "webhook" && s.cfg.Rows.RowsFrom(src) != "":
			ask = s.Complete
		case src.Kind == "mailbox" && src.Live: // reports of people start playbooks: none are read before somebody wants that
		case src.Kind != "poll":
			continue
		}
		if !s.begin(src.ID) {
			continue
		}
		asking.Go(func() {
			defer s.end(src.ID)
			if err := ask(ctx, src); err != nil && ctx.Err() == nil {
				s.cfg.Log.LogAttrs(ctx, slog.LevelWarn, "a source could not be asked", slog.String("source", src.Name), slog.Any("err", err))
			}
		})
	}
}

// begin takes a source, unless it is being asked or too many are.
func (s *Service) begin(id harrier.SourceID) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.busy[id] {
		return false
	}
	select {
	case s.free <- struct{}{}:
		s.busy[id] = true
		return true
	default:
		return false
	}
}

func (s *Service) end(id harrier.SourceID) {
	s.mu.Lock()
	delete(s.busy, id)
	again := s.woken[id]
	s.mu.Unlock()
	<-s.free
	if again { // while it was asked
		s.look()
	}
}

// Round asks a source, if it is time to or it was woken: until its window is read, or for a while.
func (s *Service) Round(ctx context.Context, src harrier.Source) error {
	set, err := ParseSettings(src.Settings)
	if err != nil {
		return err
	}
	p, err := s.cfg.Store.Position(ctx, src.Tenant, src.ID)
	if err != nil {
		return err
	}
	p.Tenant, p.Source = src.Tenant, src.ID
	now := s.cfg.Now().UTC().Truncate(time.Microsecond)
	woken := s.roused(src.ID) && p.Failures == 0
	if !woken && now.Before(p.due(set)) && now.After(p.PolledAt.Add(-time.Minute)) { // a clock that was set back does not stop it
		return nil
	}
	switch {
	case p.Window.Until.IsZero():
		p.Window = p.next(src, set, now)
	case now.Sub(p.Window.Until) > set.fresh: // it was cut off long ago
		p.Window.Gap, p.Window.News = true, now.Add(-set.fresh)
	}
	asking, cancel := context.WithTimeoutCause(ctx, round, harrier.Errorf(harrier.Unavailable, "the source did not answer within %s", round))
	defer cancel()
	for range maxPages {
		p.PolledAt = now
		more, err := s.page(asking, src, set, &p)
		if harrier.KindOf(err) == harrier.Limited && err != nil && p.Window.halve() {
			continue // there is more in it than can be had at once
		}
		if err != nil {
			return s.failed(ctx, p, err)
		}
		switch {
		case more:
		case p.last.Halved && p.Reached.Add(time.Second).Before(now): // the rest of it
			p.Window = p.rest(now)
		default:
			return nil
		}
	}
	return nil // the next round goes on
}

// due is when a source is to be asked again.
func (p Position) due(set Settings) time.Time {
	wait := set.every
	if !p.Window.Until.IsZero() && p.Failures == 0 {
		return p.PolledAt // there are more pages
	}
	for range min(p.Failures, 10) {
		wait = min(2*wait, max(patience, set.every))
	}
	return p.PolledAt.Add(wait)
}

// next is the window after what was read.
func (p Position) next(src harrier.Source, set Settings, now time.Time) Window {
	w := Window{Until: now, News: now.Add(-set.fresh)}
	if p.Reached.IsZero() {
		w.Since, w.Gap = now.Add(-set.first), true
		if src.CreatedAt.Before(w.News) { // it was made long ago and answers only now
			w.Since = src.CreatedAt.Add(-set.first)
		}
		return w
	}
	w.Since, w.Gap = p.Reached.Add(-set.lookback), p.Reached.Before(w.News)
	return w
}

// rest is what is left of a window that was halved. It does not look back:
// what was asked a moment ago was asked for late events too.
func (p Position) rest(now time.Time) Window {
	w := p.last
	w.Since, w.Until, w.Page, w.Found = p.Reached, now, "", false
	return w
}

// page asks for a page and commits it with how far it goes.
func (s *Service) page(ctx context.Context, src harrier.Source, set Settings, p *Position) (more bool, err error) {
	w := p.Window
	got, err := s.cfg.Asker.Ask(ctx, src, set, Question{Since: w.Since, Until: w.Until, Page: w.Page})
	if err != nil {
		return false, err
	}
	next := *p
	next.AnsweredAt, next.Failures, next.Error = s.cfg.Now().UTC().Truncate(time.Microsecond), 0, ""
	next.Window.Page, more = got.Next, got.Next != "" && got.Next != w.Page
	for rest := got.Events; ; {
		part := rest[:min(len(rest), atMost)]
		rest = rest[len(part):]
		position := *p // as before, until the last part of the page
		if len(rest) == 0 {
			position = next
		}
		added, err := s.commit(ctx, src, part, position, !more && len(rest) == 0)
		if err != nil {
			return false, err
		}
		p.Window.Found = p.Window.Found || added > 0
		next.Window.Found = p.Window.Found
		if len(rest) == 0 {
			break
		}
	}
	if !more {
		next = next.closed(next.Window.Found)
	}
	*p = next
	return more, s.cfg.Asker.Taken(ctx, src, set, got.Events)
}

// closed is a position whose window is read.
func (p Position) closed(found bool) Position {
	p.Reached, p.last, p.Window = p.Window.Until, p.Window, Window{}
	p.Empties++
	if found {
		p.Empties = 0
	}
	return p
}

// commit adds the events that were not taken before, and keeps the position.
func (s *Service) commit(ctx context.Context, src harrier.Source, events []Event, p Position, last bool) (added int, err error) {
	err = s.cfg.Store.Write(ctx, func(tx harrier.Tx) error {
		var fresh []harrier.RawEvent
		for _, e := range events {
			raw := harrier.RawEvent{
				Tenant: src.Tenant, Source: src.ID, ID: harrier.NewID[harrier.EventID](p.PolledAt), Received: p.PolledAt, Content: e.Content, Body: e.Body,
				Lane: 2, State: harrier.EventPending, Backfill: p.Window.Gap && e.At.Before(p.Window.News) && !e.At.IsZero(),
			}
			_, claimed, err := s.cfg.Store.ClaimDelivery(ctx, tx, raw, "poll/"+e.ID+"\x00"+e.Version)
			if err != nil {
				return err
			}
			if claimed {
				fresh = append(fresh, raw)
			}
		}
		if added = len(fresh); added > 0 {
			if err := s.cfg.Intake.AcceptIn(ctx, tx, fresh); err != nil {
				return err
			}
		}
		stored := p
		stored.Window.Found = stored.Window.Found || added > 0
		if last {
			stored = stored.closed(stored.Window.Found)
		}
		return s.cfg.Store.PutPosition(ctx, tx, stored)
	})
	return added, err
}

// failed keeps that a source did not answer. Where ctx has ended it was not the
// source: the question was cut off by the end of the server.
func (s *Service) failed(ctx context.Context, p Position, why error) error {
	if ctx.Err() != nil {
		return why
	}
	p.Failures++
	if p.Window.Page == "" { // nothing of it was read: the next one takes its place
		p.Window = Window{}
	}
	p.Error = clip(why.Error(), 500)
	if err := s.cfg.Store.Write(ctx, func(tx harrier.Tx) error { return s.cfg.Store.PutPosition(ctx, tx, p) }); err != nil {
		return err
	}
	return why
}

func clip(text string, n int) string {
	if len(text) <= n {
		return text
	}
	return text[:n]
}
