package indicator_test

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/indicator"
	"github.com/harrier-soar/harrier/internal/store"
	"github.com/harrier-soar/harrier/internal/store/blanktest"
)

func epoch() time.Time { return time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC) }

// bench is a service on a store of its own, with a clock that tests set.
type bench struct {
	tb    testing.TB
	store *store.Store
	cfg   indicator.Config
	*indicator.Service
	at  time.Time
	dir string
}

func newBench(tb testing.TB, change func(*indicator.Config)) *bench {
	tb.Helper()
	b := &bench{tb: tb, at: epoch(), dir: blanktest.Dir(tb)}
	s, err := store.Open(tb.Context(), store.Config{Dir: b.dir})
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { _ = s.Close() })
	b.store = s
	b.cfg = indicator.Config{Store: s, Back: s, Log: slog.New(slog.DiscardHandler), Now: func() time.Time { return b.at }}
	if change != nil {
		change(&b.cfg)
	}
	b.Service = indicator.New(b.cfg)
	return b
}

// reopen is the same data directory in a new process, as far as memory tells.
func (b *bench) reopen() {
	b.tb.Helper()
	if err := b.store.Close(); err != nil {
		b.tb.Fatal(err)
	}
	s, err := store.Open(context.Background(), store.Config{Dir: b.dir})
	if err != nil {
		b.tb.Fatal(err)
	}
	b.tb.Cleanup(func() { _ = s.Close() })
	b.store, b.cfg.Store, b.cfg.Back = s, s, s
	b.restart()
}

// restart is the same store with nothing in memory.
func (b *bench) restart() { b.Service = indicator.New(b.cfg) }

func (b *bench) imports(f indicator.Feed, text string) indicator.Taken {
	b.tb.Helper()
	taken, err := b.Import(context.Background(), harrier.Operator(), indicator.Imported{Feed: f}, strings.NewReader(text))
	if err != nil {
		b.tb.Fatal(err)
	}
	return taken
}

// knows is what is known of one observable now.
func (b *bench) knows(kind, value string) indicator.Known {
	b.tb.Helper()
	known, err := b.Know(context.Background(), harrier.DefaultTenant, []harrier.Observable{{Type: kind, Value: value}}, b.at)
	if err != nil {
		b.tb.Fatal(err)
	}
	return known[0]
}

// says is the worst opinion on an observable in short; empty where there is none.
func (b *bench) says(kind, value string) string {
	b.tb.Helper()
	k := b.knows(kind, value)
	if len(k.Opinions) == 0 {
		return ""
	}
	return k.Opinions[0].Verdict + " " + k.Opinions[0].Source
}

// many is a feed of n indicators of all sorts, as abuse.ch would write it.
func many(n int) io.Reader {
	r, w := io.Pipe()
	go func() {
		for i := range n {
			var err error
			switch i % 4 {
			case 0:
				_, err = fmt.Fprintf(w, "%d.%d.%d.%d\n", 11+i%200, i>>16&255, i>>8&255, i&255)
			case 1:
				_, err = fmt.Fprintf(w, "host-%d.evil-%d.example.com\n", i, i%1000)
			case 2:
				_, err = fmt.Fprintf(w, "http://evil-%d.example.net/path/%d/file.exe?id=%x\n", i%5000, i, i)
			case 3:
				_, err = fmt.Fprintf(w, "%064x\n", uint64(i)*0x9e3779b97f4a7c15)
			}
			if err != nil {
				return
			}
		}
		_ = w.Close()
	}()
	return r
}
