package listen_test

import (
	"context"
	"encoding/json"
	"log/slog"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

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
