package pull

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/harrier-soar/harrier"
)

// product is one that is asked, the database, and what was taken.
type product struct {
	*Service
	t   *testing.T
	src harrier.Source
	now time.Time
	// alerts are what the product has; indexed tells when it can be asked for.
	alerts []told
	// size is how many it gives at once, and most how many in a window; 0 is all.
	size, most int
	broken     error
	// asking is called before each answer; nil is not.
	asking func()

	// what is committed
	position Position
	names    map[string]bool
	events   []harrier.RawEvent
	// crash makes the n-th change from now fail.
	crash int
	asked []Question
}

type told struct {
	id          string
	at, indexed time.Time
}

func (p *product) Ask(_ context.Context, _ harrier.Source, _ Settings, q Question) (Answer, error) {
	p.asked = append(p.asked, q)
	if p.asking != nil {
		p.asking()
	}
	if p.broken != nil {
		return Answer{}, p.broken
	}
	var found []Event
	for _, a := range p.alerts {
		if !a.at.Before(q.Since) && a.at.Before(q.Until) && !a.indexed.After(p.now) {
			found = append(found, Event{ID: a.id, At: a.at, Version: a.at.String(), Body: []byte(a.id)})
		}
	}
	if p.most > 0 && len(found) > p.most {
		return Answer{}, harrier.Errorf(harrier.Limited, "too many")
	}
	if p.size == 0 {
		return Answer{Events: found}, nil
	}
	var from int
	_, _ = fmt.Sscan(q.Page, &from)
	from = min(from, len(found))
	a := Answer{Events: found[from:min(from+p.size, len(found))]}
	if from+p.size < len(found) {
		a.Next = fmt.Sprint(from + p.size)
	}
	return a, nil
}

func (p *product) Taken(context.Context, harrier.Source, Settings, []Event) error { return nil }

func (p *product) Write(_ context.Context, change func(harrier.Tx) error) error {
	position, names, events := p.position, maps.Clone(p.names), p.events
	err := change(nil)
	if p.crash > 0 {
		if p.crash--; p.crash == 0 {
			err = errCrash
		}
	}
	if err != nil {
		p.position, p.names, p.events = position, names, events
	}
	return err
}

var errCrash = errors.New("the machine went down")

func (p *product) EnabledSources(context.Context) ([]harrier.Source, error) {
	return []harrier.Source{p.src}, nil
}

func (p *product) Position(context.Context, harrier.TenantID, harrier.SourceID) (Position, error) {
	text, err := json.Marshal(p.position)
	var out Position
	return out, errors.Join(err, json.Unmarshal(text, &out))
}

func (p *product) PutPosition(_ context.Context, _ harrier.Tx, at Position) error {
	p.position = at
	return nil
}

func (p *product) ClaimDelivery(_ context.Context, _ harrier.Tx, e harrier.RawEvent, name string) (harrier.EventID, bool, error) {
	claimed := !p.names[name]
	p.names[name] = true
	return e.ID, claimed, nil
}

func (p *product) AcceptIn(_ context.Context, _ harrier.Tx, events []harrier.RawEvent) error {
	p.events = append(p.events[:len(p.events):len(p.events)], events...)
	return nil
}

func newProduct(t *testing.T) *product {
	t.Helper()
	p := &product{t: t, names: map[string]bool{}, now: time.Date(2026, 11, 2, 9, 0, 0, 0, time.UTC)}
	p.src = harrier.Source{
		Tenant: harrier.DefaultTenant, ID: harrier.DeriveID[harrier.SourceID]("p"), Name: "p", Kind: "poll", Enabled: true, CreatedAt: p.now,
		Settings: json.RawMessage(`{"connection":"c","lookback":"10m"}`),
	}
	p.Service = New(Config{Store: p, Intake: p, Asker: p, Log: slog.New(slog.DiscardHandler), Now: func() time.Time { return p.now }})
	return p
}

// pass lets minutes pass, in each of which the product is asked.
func (p *product) pass(minutes int) {
	for range minutes {
		p.now = p.now.Add(time.Minute)
		_ = p.Round(p.t.Context(), p.src) // what failed is asked again
	}
}

// tell adds an alert that can be asked for some time later.
func (p *product) tell(id string, late time.Duration) {
	p.alerts = append(p.alerts, told{id, p.now, p.now.Add(late)})
}

func (p *product) taken() (list []string) {
	for _, e := range p.events {
		text := string(e.Body)
		if e.Backfill {
			text += " (old)"
		}
		list = append(list, text)
	}
	return list
}

func TestRound_takesEachAlertOnceAndLateOnesToo(t *testing.T) {
	t.Parallel()
	p := newProduct(t)
	p.pass(1)
	p.tell("a", 0)
	p.tell("late", 8*time.Minute)
	p.pass(30)
	p.alerts[0].at = p.now // it was changed
	p.pass(30)
	if got := p.taken(); !slices.Equal(got, []string{"a", "late", "a"}) {
		t.Errorf("taken %q, want a, what was late, and a as it was changed", got)
	}
	if p.position.Empties < 20 || p.position.Failures != 0 {
		t.Errorf("the position is %+v", p.position)
	}
}

// A question that the end of the server cuts off is no failure of the source:
// the next start asks at the usual time, and at once where there is news.
func TestRound_blamesNoSourceForOurOwnEnd(t *testing.T) {
	t.Parallel()
	p := newProduct(t)
	p.pass(1)
	before := p.position
	ctx, stop := context.WithCancel(t.Context())
	p.asking, p.broken = stop, context.Canceled
	p.now = p.now.Add(time.Minute)
	if err := p.Round(ctx, p.src); !errors.Is(err, context.Canceled) {
		t.Fatalf("the round ends with %v", err)
	}
	if p.position.Failures != 0 || p.position.Error != "" || !p.position.Reached.Equal(before.Reached) {
		t.Errorf("the position is %+v, was %+v", p.position, before)
	}
	p.asking, p.broken = nil, nil
	p.tell("after", 0)
	p.pass(1)
	if got := p.taken(); !slices.Equal(got, []string{"after"}) {
		t.Errorf("taken %q", got)
	}
}

func TestRound_fillsAGapAndMarksWhatIsOldByThen(t *testing.T) {
	t.Parallel()
	p := newProduct(t)
	p.tell("before", 0)
	p.alerts[0].at = p.now.Add(-5 * time.Hour)
	p.pass(5)
	p.tell("usual", 0)
	p.pass(5)
	p.broken = harrier.Errorf(harrier.Unavailable, "503")
	for i := range 5 * 60 {
		p.tell(fmt.Sprint("missed ", i), 0)
		p.pass(1)
	}
	if p.position.Failures < 10 || p.position.Error != "503" || len(p.asked) > 60 {
		t.Errorf("after an outage: %+v, asked %d times", p.position, len(p.asked))
	}
	p.broken = nil
	p.pass(30)
	got := p.taken()
	if len(got) != 302 || got[0] != "before (old)" || got[1] != "usual" {
		t.Fatalf("taken %d, %q…", len(got), got[:min(3, len(got))])
	}
	if got[2] != "missed 0 (old)" || got[301] != "missed 299" {
		t.Errorf("the first is %q, the last %q; want what is older than an hour to be old", got[2], got[301])
	}
}

func TestRound_readsAWindowInPagesAndInHalves(t *testing.T) {
	t.Parallel()
	for name, limit := range map[string]func(*product){
		"pages": func(p *product) { p.size = 7 }, "halves": func(p *product) { p.most = 40 },
	} {
		p := newProduct(t)
		limit(p)
		p.pass(1)
		for i := range 1000 {
			p.alerts = append(p.alerts, told{fmt.Sprint(i), p.now.Add(time.Duration(i) * 50 * time.Millisecond), p.now})
		}
		p.pass(20)
		seen := map[string]int{}
		for _, id := range p.taken() {
			seen[id]++
		}
		if len(seen) != 1000 || len(p.events) != 1000 {
			t.Errorf("%s: taken %d of 1000, %d in all; position %+v", name, len(seen), len(p.events), p.position)
		}
	}
}

// G1, G2, DUR-20: whatever fails whenever, nothing is lost and nothing is taken twice.
func TestRound_losesAndDoublesNothingWhateverFails(t *testing.T) {
	t.Parallel()
	for seed := range uint64(40) {
		r := rand.New(rand.NewPCG(seed, 1))
		p := newProduct(t)
		p.size = 1 + r.IntN(600)
		p.pass(1)
		n := 0
		for range 300 {
			for range r.IntN(4) {
				p.tell(fmt.Sprint(n), time.Duration(r.IntN(9))*time.Minute)
				n++
			}
			switch r.IntN(6) {
			case 0:
				p.broken = harrier.Errorf(harrier.Unavailable, "reset")
			case 1:
				p.crash = 1 + r.IntN(3)
			case 2, 3:
				p.broken = nil
			case 4:
				p.Service = New(p.cfg) // the process starts anew
			}
			p.pass(1)
		}
		p.broken, p.crash = nil, 0
		p.pass(60)
		seen := map[string]int{}
		for _, e := range p.events {
			seen[string(e.Body)]++
		}
		for i := range n {
			if seen[fmt.Sprint(i)] == 0 {
				t.Logf("lost %+v", p.alerts[i])
			}
		}
		if len(seen) != n || len(p.events) != n {
			t.Fatalf("seed %d: %d of %d were taken, %d in all", seed, len(seen), n, len(p.events))
		}
	}
}

func TestParseSettings_tellsEverythingThatIsWrong(t *testing.T) {
	t.Parallel()
	_, err := ParseSettings(json.RawMessage(`{"every":"1s","lookback":"x","first":"9999h","fresh":"0s"}`))
	for _, want := range []string{"connection:", "every:", "lookback:", "first:", "fresh:"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %q", err, want)
		}
	}
	if _, err := ParseSettings(json.RawMessage(`{"connection":"c","evry":"1m"}`)); err == nil {
		t.Error("an unknown setting is taken")
	}
}
