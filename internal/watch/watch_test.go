package watch

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

// desk is a watcher with one source, and what it told.
type desk struct {
	*Watcher
	t        *testing.T
	now      time.Time
	src      harrier.Source
	counts   harrier.SourceCounts
	feed     Feed
	expiries []Expiry
	told     []map[string]any
	broken   error
	looks    int
}

func (d *desk) Write(_ context.Context, change func(harrier.Tx) error) error {
	feed, told := d.feed, d.told
	err := change(nil)
	if err = errors.Join(err, d.broken); err != nil {
		d.feed, d.told = feed, told
	}
	return err
}

func (d *desk) EnabledSources(context.Context) ([]harrier.Source, error) {
	return []harrier.Source{d.src, {Kind: "local", Name: "local"}}, nil
}

func (d *desk) SourceCounts(context.Context, harrier.TenantID) ([]harrier.SourceCounts, error) {
	return []harrier.SourceCounts{d.counts}, nil
}

func (d *desk) Watched(context.Context, harrier.TenantID, harrier.SourceID) (Feed, error) {
	if d.looks++; d.looks%100 != 0 {
		f := d.feed
		f.State.Odd, f.State.Calm, f.State.Recent = maps.Clone(f.State.Odd), maps.Clone(f.State.Calm), slices.Clone(f.State.Recent)
		return f, nil
	}
	text, err := json.Marshal(d.feed) // what is kept is what can be read again
	if err != nil {
		return Feed{}, err
	}
	var f Feed
	return f, json.Unmarshal(text, &f)
}

func (d *desk) PutWatched(_ context.Context, _ harrier.Tx, f Feed) error {
	f.Open = d.feed.Open
	d.feed = f
	return nil
}

func (d *desk) PutEpisode(_ context.Context, _ harrier.Tx, e Episode) error {
	open := map[Kind]Episode{}
	maps.Copy(open, d.feed.Open)
	open[e.Kind] = e
	if !e.ClosedAt.IsZero() {
		delete(open, e.Kind)
	}
	d.feed.Open = open
	return nil
}

func (d *desk) Tell(_ context.Context, _ harrier.Tx, _ harrier.TenantID, body []byte) error {
	var v map[string]any
	if err := json.Unmarshal(body, &v); err != nil {
		return err
	}
	d.told = append(d.told[:len(d.told):len(d.told)], v)
	return nil
}

func (d *desk) Expiries(context.Context, harrier.Source) []Expiry { return d.expiries }

func newDesk(t *testing.T) *desk {
	t.Helper()
	d := &desk{t: t, now: time.Date(2026, 11, 2, 0, 0, 0, 0, time.UTC)}
	d.src = harrier.Source{Tenant: harrier.DefaultTenant, ID: harrier.DeriveID[harrier.SourceID]("siem"), Name: "siem", Kind: "webhook", Enabled: true}
	d.counts = harrier.SourceCounts{Tenant: d.src.Tenant, Source: d.src.ID}
	d.Watcher = New(Config{Store: d, Alarms: d, Log: slog.New(slog.DiscardHandler), Now: func() time.Time { return d.now }})
	return d
}

// pass lets minutes pass in which so many events come each.
func (d *desk) pass(minutes int, each func(now time.Time) int64) {
	d.t.Helper()
	for range minutes {
		d.now = d.now.Add(time.Minute)
		if n := each(d.now); n > 0 {
			d.counts.Accepted += n
			d.counts.LastAt = d.now
		}
		if err := d.Look(d.t.Context()); err != nil {
			d.t.Fatal(err)
		}
	}
}

// says lists what was told, in short.
func (d *desk) says() string {
	var list []string
	for _, v := range d.told {
		id, _ := v["id"].(string)
		kind, _, _ := strings.Cut(id, "/")
		list = append(list, fmt.Sprint(kind, " ", v["status"]))
	}
	return strings.Join(list, ", ")
}

func nothing(time.Time) int64 { return 0 }

func steady(time.Time) int64 { return 1 }

// office is many events in the hours of work and hardly any otherwise.
func office(now time.Time) int64 {
	if now.Weekday() != time.Saturday && now.Weekday() != time.Sunday && now.Hour() >= 8 && now.Hour() < 18 {
		return 2
	}
	if now.Minute() == 0 && now.Hour()%6 == 0 {
		return 1
	}
	return 0
}

const day = 24 * 60

func TestLook_tellsOfSilenceOnceAndOfItsEnd(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.pass(2*day, steady)
	d.pass(14, nothing)
	if d.says() != "" {
		t.Fatalf("told %s after 14 minutes", d.says())
	}
	began := d.now
	d.pass(30, nothing)
	if d.says() != "silent new" {
		t.Fatalf("told %q, want one silence", d.says())
	}
	if at, _ := d.told[0]["created_at"].(string); at > began.Add(5*time.Minute).Format(time.RFC3339) {
		t.Errorf("told at %s of a silence since %s", at, began)
	}
	d.pass(day, nothing)
	d.pass(5, steady) // a short sign of life, and silence again
	d.pass(10, nothing)
	d.pass(30, nothing)
	d.pass(20, steady)
	if d.says() != "silent new" {
		t.Errorf("told %q, want the one silence until it has been over for a while", d.says())
	}
	d.pass(20, steady)
	if d.says() != "silent new, silent closed" || d.told[0]["id"] != d.told[1]["id"] {
		t.Errorf("told %q, want the end of the same", d.says())
	}
	d.pass(100, nothing)
	if d.says() != "silent new, silent closed, silent new" || d.told[0]["id"] == d.told[2]["id"] {
		t.Errorf("told %q, want another silence", d.says())
	}
}

func TestLook_knowsNightsAndWeekends(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.pass(21*day, office)
	if d.says() != "" {
		t.Fatalf("told %q in three usual weeks", d.says())
	}
	d.pass(10*60, office) // Monday, 10:00
	if d.now.Weekday() != time.Monday || d.now.Hour() != 10 {
		t.Fatalf("it is %s", d.now)
	}
	d.pass(12*60+60, nothing)
	if d.says() != "silent new" {
		t.Errorf("told %q of a silent Monday", d.says())
	}
}

func TestLook_getsUsedToWhatComesAgainAndAgain(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.pass(3*day, steady)
	for range 30 { // from now on a batch a day
		d.pass(day-1, nothing)
		d.pass(1, func(time.Time) int64 { return 500 })
	}
	if n := len(d.told); n == 0 || n > 16 {
		t.Errorf("told %d times in 30 days, want a few and then none: %s", n, d.says())
	}
	d.told = nil
	d.pass(4*day, nothing)
	if d.says() != "silent new" {
		t.Errorf("told %q when the batch does not come", d.says())
	}
}

func TestLook_isCalmAboutSourcesThatAreBurstyOrRare(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(1, 2))
	for name, each := range map[string]func(time.Time) int64{
		"bursts": func(time.Time) int64 {
			if r.IntN(400) == 0 {
				return 200
			}
			return 0
		},
		"rare": func(time.Time) int64 {
			if r.IntN(2*day) == 0 {
				return 1
			}
			return 0
		},
		"never": nothing,
	} {
		d := newDesk(t)
		d.pass(28*day, each)
		most := map[string]int{"bursts": 12, "rare": 4}[name] // what has no rhythm at all is unusual once or twice a week
		if n := len(d.told); n > most {
			t.Errorf("%s: told %d times in four weeks: %s", name, n, d.says())
		}
	}
}

func TestLook_countsNothingWhileHarrierDidNotRun(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.pass(3*day, steady)
	d.now = d.now.Add(5 * time.Hour) // the machine was off
	d.pass(10, nothing)
	d.now = d.now.Add(-time.Hour) // and its clock is set
	d.pass(10, nothing)
	if d.says() != "" {
		t.Errorf("told %q, and only Harrier itself was away", d.says())
	}
	d.pass(20, nothing)
	if d.says() != "silent new" {
		t.Errorf("told %q, want the silence that was seen", d.says())
	}
}

func TestLook_takesWhatIsDeclared(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.src.Settings = json.RawMessage(`{"watch":{"every":"2h"}}`)
	d.pass(119, nothing)
	if d.says() != "" {
		t.Errorf("told %q before the time", d.says())
	}
	d.pass(5, nothing)
	if d.says() != "silent new" {
		t.Errorf("told %q", d.says())
	}
	off := newDesk(t)
	off.src.Settings = json.RawMessage(`{"watch":{"off":true}}`)
	off.pass(2*day, steady)
	off.pass(day, nothing)
	if off.says() != "" {
		t.Errorf("told %q of a source that nobody watches", off.says())
	}
}

func TestLook_tellsOfWhatIsNotUnderstood(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.pass(120, steady)
	d.counts.Quarantined += 9
	d.pass(10, steady)
	if d.says() != "" {
		t.Errorf("told %q of a few", d.says())
	}
	d.counts.Quarantined += 20
	d.pass(30, steady)
	if d.says() != "unreadable new" {
		t.Errorf("told %q", d.says())
	}
	d.counts.Quarantined -= 29 // they were replayed
	d.pass(90, steady)
	if d.says() != "unreadable new, unreadable closed" {
		t.Errorf("told %q", d.says())
	}
}

func TestLook_tellsOfPollersAndCredentials(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.pass(2*day, steady)
	d.feed.Poll = Poll{At: d.now, Answered: d.now, Empties: 20}
	d.pass(40, nothing)
	if d.says() != "empty new" {
		t.Errorf("told %q of a poller that is answered with nothing", d.says())
	}
	p := newDesk(t)
	p.pass(60, steady)
	p.feed.Poll = Poll{At: p.now, Answered: p.now.Add(-20 * time.Minute), Failures: 4, Error: "401"}
	p.pass(3, steady)
	if p.says() != "unreachable new" || !strings.Contains(fmt.Sprint(p.told[0]["details"]), "401") {
		t.Errorf("told %q %v of a poller that is not answered", p.says(), p.told)
	}
	c := newDesk(t)
	c.expiries = []Expiry{{"the token", c.now.Add(10 * 24 * time.Hour)}}
	c.pass(8*day, steady)
	if c.says() != "expiring new, ending new, expiring closed" {
		t.Errorf("told %q of a token that ends", c.says())
	}
	c.expiries = nil
	c.pass(40, steady)
	if c.says() != "expiring new, ending new, expiring closed, ending closed" {
		t.Errorf("told %q of a token that was replaced", c.says())
	}
}

func TestLook_tellsNothingTwiceWhereAChangeFails(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.pass(2*day, steady)
	d.pass(15, nothing)
	d.now, d.broken = d.now.Add(time.Minute), harrier.Errorf(harrier.Unavailable, "disk full")
	if err := d.Look(t.Context()); err == nil || len(d.told) > 0 {
		t.Errorf("got %v, told %q", err, d.says())
	}
	d.broken = nil
	d.pass(5, nothing)
	if d.says() != "silent new" {
		t.Errorf("told %q", d.says())
	}
}
