package listen_test

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/listen"
)

// book is an intake that remembers, and waits or fails where a test says so.
type book struct {
	mu     sync.Mutex
	events []harrier.RawEvent
	bySrc  map[harrier.SourceID]int
	// before, when not nil, is asked before each batch is taken.
	before func(ctx context.Context, src harrier.Source, n int) error
}

func (b *book) Accept(ctx context.Context, src harrier.Source, events []harrier.RawEvent) error {
	if b.before != nil {
		if err := b.before(ctx, src, len(events)); err != nil {
			return err
		}
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.bySrc == nil {
		b.bySrc = make(map[harrier.SourceID]int)
	}
	b.events = append(b.events, events...)
	b.bySrc[src.ID] += len(events)
	return nil
}

func (b *book) bodies() (all []string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, e := range b.events {
		all = append(all, strings.TrimRight(string(e.Body), "\n"))
	}
	return all
}

func (b *book) count() int {
	b.mu.Lock()
	defer b.mu.Unlock()
	return len(b.events)
}

// meta is what the first event that has a body says about itself.
func (b *book) meta(t *testing.T, body string) map[string]any {
	t.Helper()
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, e := range b.events {
		if strings.HasPrefix(string(e.Body), body) {
			var m map[string]any
			if err := json.Unmarshal(e.Meta, &m); err != nil {
				t.Fatal(err)
			}
			return m
		}
	}
	t.Fatalf("no event begins %q", body)
	return nil
}

// shelf holds sources.
type shelf struct {
	mu      sync.Mutex
	sources []harrier.Source
}

func (s *shelf) SyslogSources(context.Context) ([]harrier.Source, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]harrier.Source(nil), s.sources...), nil
}

func (s *shelf) set(sources ...harrier.Source) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.sources = sources
}

// source declares one; its settings are completed with an address that is free.
func source(t *testing.T, name, settings string) harrier.Source {
	t.Helper()
	m := map[string]any{"listen": "127.0.0.1:0", "transport": "tcp", "cidrs": []string{"127.0.0.0/8"}}
	if err := json.Unmarshal([]byte(settings), &m); err != nil {
		t.Fatal(err)
	}
	text, err := json.Marshal(m)
	if err != nil {
		t.Fatal(err)
	}
	return harrier.Source{
		Tenant: harrier.DefaultTenant, ID: harrier.NewID[harrier.SourceID](time.Now()), Name: name, Kind: "syslog", Enabled: true,
		Settings: text, TimeZone: "Europe/Berlin",
	}
}

// running is a server that runs until its test ends, or stop is called.
type running struct {
	*listen.Server
	shelf *shelf
	book  *book
	stop  func()
}

func run(t *testing.T, cfg listen.Config, b *book, sources ...harrier.Source) *running {
	t.Helper()
	shelf := &shelf{sources: sources}
	cfg.Sources, cfg.Intake, cfg.Log = shelf, b, slog.New(slog.DiscardHandler)
	s := listen.New(cfg)
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- s.Run(ctx) }()
	var once sync.Once
	stop := func() {
		once.Do(func() {
			cancel()
			if err := <-done; err != nil {
				t.Errorf("run ended with %v", err)
			}
		})
	}
	t.Cleanup(stop)
	r := &running{Server: s, shelf: shelf, book: b, stop: stop}
	eventually(t, "all listen", func() bool {
		for _, l := range s.Listeners() {
			if l.Address == "" && l.Problem == "" {
				return false
			}
		}
		return len(s.Listeners()) > 0 || len(sources) == 0
	})
	return r
}

// eventually waits for a condition.
func eventually(t *testing.T, what string, holds func() bool) {
	t.Helper()
	deadline := time.NewTimer(10 * time.Second)
	defer deadline.Stop()
	tick := time.NewTicker(2 * time.Millisecond)
	defer tick.Stop()
	for !holds() {
		select {
		case <-tick.C:
		case <-deadline.C:
			t.Fatalf("does not come: %s", what)
		}
	}
}

// connect opens a connection to the only listener.
func (r *running) connect(t *testing.T) net.Conn {
	t.Helper()
	l := r.Listeners()[0]
	network := "tcp"
	if l.Transport == listen.UDP {
		network = "udp"
	}
	var d net.Dialer
	conn, err := d.DialContext(t.Context(), network, l.Address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	return conn
}

func send(t *testing.T, conn net.Conn, text string) {
	t.Helper()
	if _, err := conn.Write([]byte(text)); err != nil {
		t.Fatal(err)
	}
}

// closed waits until the other side hangs up.
func closed(t *testing.T, conn net.Conn) {
	t.Helper()
	if err := conn.SetReadDeadline(time.Now().Add(10 * time.Second)); err != nil {
		t.Fatal(err)
	}
	if n, err := conn.Read(make([]byte, 1)); n != 0 || err == nil || strings.Contains(err.Error(), "timeout") {
		t.Fatalf("read %d bytes, %v; want the connection closed", n, err)
	}
}

func (r *running) stats(src harrier.Source) listen.Stats {
	for _, s := range r.Stats() {
		if s.Source == src.ID {
			return s
		}
	}
	return listen.Stats{}
}

func TestServer_takesMessagesOverTCPInEitherFraming(t *testing.T) {
	t.Parallel()
	src := source(t, "fw", `{}`)
	r := run(t, listen.Config{}, &book{}, src)
	conn := r.connect(t)
	send(t, conn, "<13>one\n7 <13>two<13>three\n")
	eventually(t, "three messages", func() bool { return r.book.count() == 3 })
	if diff := cmp.Diff([]string{"<13>one", "<13>two", "<13>three"}, r.book.bodies()); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	m := r.book.meta(t, "<13>one")
	if m["peer"] != "127.0.0.1" || m["transport"] != "tcp" || m["time_zone"] != "Europe/Berlin" {
		t.Errorf("meta %v", m)
	}
	if s := r.stats(src); s.Received != 3 || s.Accepted != 3 || s.Connections != 1 || s.LastAt.IsZero() {
		t.Errorf("stats %+v", s)
	}
}

func TestServer_stopsReadingWhileTheStoreIsSlow(t *testing.T) {
	t.Parallel()
	gate := make(chan struct{})
	b := &book{before: func(ctx context.Context, _ harrier.Source, _ int) error {
		select {
		case <-gate:
			return nil
		case <-ctx.Done():
			return ctx.Err()
		}
	}}
	src := source(t, "fw", `{}`)
	r := run(t, listen.Config{}, b, src)
	conn := r.connect(t)
	// Far more than the machine's buffers hold: writing must come to a halt.
	line := "<13>" + strings.Repeat("x", 8000) + "\n"
	written := make(chan int)
	go func() {
		n := 0
		for ; n < 20_000; n++ {
			if err := conn.SetWriteDeadline(time.Now().Add(500 * time.Millisecond)); err != nil {
				break
			}
			if _, err := conn.Write([]byte(line)); err != nil {
				break
			}
		}
		written <- n
	}()
	n := <-written
	if n == 20_000 {
		t.Fatal("the sender was never held back")
	}
	if got := r.stats(src).Received; got > 512 {
		t.Errorf("%d messages were read while none could be stored", got)
	}
	close(gate)
	eventually(t, "all complete messages", func() bool { return r.book.count() >= n })
}

func TestServer_triesAgainUntilTheStoreTakesThem(t *testing.T) {
	t.Parallel()
	var mu sync.Mutex
	failures := 3
	b := &book{before: func(context.Context, harrier.Source, int) error {
		mu.Lock()
		defer mu.Unlock()
		if failures--; failures >= 0 {
			return harrier.Errorf(harrier.Unavailable, "the disk is full")
		}
		return nil
	}}
	src := source(t, "fw", `{}`)
	r := run(t, listen.Config{}, b, src)
	send(t, r.connect(t), "<13>one\n")
	eventually(t, "the message", func() bool { return r.book.count() == 1 })
	if s := r.stats(src); s.Accepted != 1 || s.Lost != 0 {
		t.Errorf("stats %+v", s)
	}
}

func TestServer_cutsAndMarksWhatIsTooLong(t *testing.T) {
	t.Parallel()
	src := source(t, "fw", `{"max_message":500}`)
	r := run(t, listen.Config{}, &book{}, src)
	send(t, r.connect(t), "<13>"+strings.Repeat("x", 996)+"\n<13>two\n")
	eventually(t, "both messages", func() bool { return r.book.count() == 2 })
	if got := r.book.bodies(); len(got[0]) != 500 || got[1] != "<13>two" {
		t.Errorf("messages of %d bytes and %q", len(got[0]), got[1])
	}
	if m := r.book.meta(t, "<13>x"); m["cut"] != 500.0 {
		t.Errorf("meta %v", m)
	}
	if s := r.stats(src); s.Cut != 1 {
		t.Errorf("stats %+v", s)
	}
}

func TestServer_endsAConnectionThatDribbles(t *testing.T) {
	t.Parallel()
	src := source(t, "fw", `{}`)
	r := run(t, listen.Config{Message: 50 * time.Millisecond}, &book{}, src)
	conn := r.connect(t)
	send(t, conn, "<13>half a mess")
	closed(t, conn)
	eventually(t, "what came of it", func() bool { return r.book.count() == 1 })
	if m := r.book.meta(t, "<13>half"); m["incomplete"] != true {
		t.Errorf("meta %v", m)
	}
	if s := r.stats(src); s.Incomplete != 1 {
		t.Errorf("stats %+v", s)
	}
}

func TestServer_endsAConnectionThatSaysNothing(t *testing.T) {
	t.Parallel()
	r := run(t, listen.Config{}, &book{}, source(t, "fw", `{"idle":"1s"}`))
	closed(t, r.connect(t))
}

func TestServer_endsAConnectionThatCannotBeFollowed(t *testing.T) {
	t.Parallel()
	src := source(t, "fw", `{"framing":"octets"}`)
	r := run(t, listen.Config{}, &book{}, src)
	conn := r.connect(t)
	send(t, conn, "7 <13>one<13>two\n")
	closed(t, conn)
	eventually(t, "the first message", func() bool { return r.book.count() == 1 })
	eventually(t, "the count", func() bool { return r.stats(src).Broken == 1 })
}

func TestServer_limitsConnectionsOfOnePeer(t *testing.T) {
	t.Parallel()
	r := run(t, listen.Config{PerPeer: 2}, &book{}, source(t, "fw", `{}`))
	first, second := r.connect(t), r.connect(t)
	send(t, first, "<13>a\n")
	send(t, second, "<13>b\n")
	eventually(t, "both messages", func() bool { return r.book.count() == 2 })
	closed(t, r.connect(t))
	if l := r.Listeners()[0]; l.Refused != 1 {
		t.Errorf("listener %+v", l)
	}
	_ = first.Close()
	eventually(t, "room for another", func() bool {
		conn := r.connect(t)
		send(t, conn, "<13>c\n")
		return r.book.count() == 3
	})
}

func TestServer_refusesThoseWhomNobodyDeclared(t *testing.T) {
	t.Parallel()
	for _, transport := range []string{"tcp", "udp"} {
		t.Run(transport, func(t *testing.T) {
			t.Parallel()
			r := run(t, listen.Config{}, &book{}, source(t, "fw", `{"transport":"`+transport+`","cidrs":["192.0.2.0/24"]}`))
			conn := r.connect(t)
			if transport == "tcp" {
				closed(t, conn)
			} else {
				send(t, conn, "<13>x")
			}
			eventually(t, "the count", func() bool { return r.Listeners()[0].Refused == 1 })
			if n := r.book.count(); n != 0 {
				t.Errorf("%d messages were taken", n)
			}
		})
	}
}

func TestServer_givesTheNarrowestSourceTheMessage(t *testing.T) {
	t.Parallel()
	wide := source(t, "all", `{"listen":"127.0.0.1:0","cidrs":["0.0.0.0/0","::/0"]}`)
	narrow := source(t, "one", `{"listen":"127.0.0.1:0","cidrs":["127.0.0.1"]}`)
	r := run(t, listen.Config{}, &book{}, wide, narrow)
	send(t, r.connect(t), "<13>x\n")
	eventually(t, "the message", func() bool { return r.book.count() == 1 })
	if r.book.bySrc[narrow.ID] != 1 {
		t.Errorf("sources %v", r.book.bySrc)
	}
}

func TestServer_tellsWhichSourcesCannotBeListenedTo(t *testing.T) {
	t.Parallel()
	first := source(t, "first", `{}`)
	second := source(t, "second", `{}`)
	broken := source(t, "broken", `{"transport":"smoke","cidrs":["x"],"lane":9}`)
	r := run(t, listen.Config{}, &book{}, first, second, broken)
	var problems string
	for _, l := range r.Listeners() {
		problems += l.Problem + "\n"
	}
	for _, want := range []string{"source second", "source first has 127.0.0.0/8", "transport: use udp, tcp or tls", `"x" is no address`, "lane: use 1, 2 or 3"} {
		if !strings.Contains(problems, want) {
			t.Errorf("problems do not say %q:\n%s", want, problems)
		}
	}
}

func TestServer_followsChangesOfSources(t *testing.T) {
	t.Parallel()
	src := source(t, "fw", `{}`)
	r := run(t, listen.Config{}, &book{}, src)
	conn := r.connect(t)
	send(t, conn, "<13>one\n")
	eventually(t, "the first message", func() bool { return r.book.count() == 1 })
	r.Reload() // nothing changed: the connection stays
	send(t, conn, "<13>two\n")
	eventually(t, "the second message", func() bool { return r.book.count() == 2 })
	changed := src
	changed.Rev++
	r.shelf.set(changed)
	r.Reload()
	closed(t, conn)
	send(t, r.connect(t), "<13>three\n")
	eventually(t, "the third message", func() bool { return r.book.count() == 3 })
	r.shelf.set()
	r.Reload()
	eventually(t, "the end of the listener", func() bool { return len(r.Listeners()) == 0 })
}

func TestServer_losesNothingThatArrivedBeforeAStop(t *testing.T) {
	t.Parallel()
	for _, transport := range []string{"tcp", "udp"} {
		t.Run(transport, func(t *testing.T) {
			t.Parallel()
			release := make(chan struct{})
			b := &book{before: func(context.Context, harrier.Source, int) error { <-release; return nil }}
			src := source(t, "fw", `{"transport":"`+transport+`"}`)
			r := run(t, listen.Config{}, b, src)
			conn := r.connect(t)
			const n = 400
			for i := range n {
				send(t, conn, fmt.Sprintf("<13>message %d\n", i))
			}
			eventually(t, "the first to be read", func() bool { return r.stats(src).Received > 0 })
			time.AfterFunc(50*time.Millisecond, func() { close(release) })
			r.stop()
			if got := r.book.count(); got != n {
				t.Errorf("%d of %d messages are stored", got, n)
			}
			if s := r.stats(src); s.Lost+s.Dropped != 0 || s.Accepted != n {
				t.Errorf("stats %+v", s)
			}
		})
	}
}

func TestServer_tellsWhatItLost(t *testing.T) {
	t.Parallel()
	gate := make(chan struct{})
	b := &book{before: func(context.Context, harrier.Source, int) error { <-gate; return nil }}
	src := source(t, "fw", `{"transport":"udp"}`)
	told := make(chan int64, 1000)
	r := run(t, listen.Config{Queue: 10, Refresh: 10 * time.Millisecond, Lost: func(_ context.Context, s harrier.Source, n int64, _ string) {
		if s.Name == "fw" {
			told <- n
		}
	}}, b, src)
	conn := r.connect(t)
	eventually(t, "the queue to overflow", func() bool {
		send(t, conn, "<13>x")
		return r.stats(src).Dropped >= 5
	})
	close(gate)
	eventually(t, "all that was kept", func() bool {
		s := r.stats(src)
		return s.Received == s.Accepted+s.Dropped && s.Accepted >= 10
	})
	r.stop()
	close(told)
	var sum int64
	for n := range told {
		sum += n
	}
	if s := r.stats(src); sum != s.Dropped {
		t.Errorf("%d losses were told, %d happened", sum, s.Dropped)
	}
}

func TestServer_givesUpOnASourceThatIsNotWanted(t *testing.T) {
	t.Parallel()
	b := &book{before: func(context.Context, harrier.Source, int) error {
		return harrier.Errorf(harrier.Denied, "source fw is disabled")
	}}
	src := source(t, "fw", `{}`)
	r := run(t, listen.Config{}, b, src)
	conn := r.connect(t)
	send(t, conn, "<13>x\n")
	closed(t, conn)
	eventually(t, "the count", func() bool { return r.stats(src).Lost == 1 })
}
