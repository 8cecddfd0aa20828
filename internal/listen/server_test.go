package listen_test

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/listen"
)

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
	wants := []string{"source second", "source first has 127.0.0.0/8", "transport: use udp, tcp or tls", `"x" is no address`, "lane: use 1, 2 or 3"}
	eventually(t, "all problems: "+strings.Join(wants, ", "), func() bool {
		var problems strings.Builder
		for _, l := range r.Listeners() {
			problems.WriteString(l.Problem + "\n")
		}
		for _, want := range wants {
			if !strings.Contains(problems.String(), want) {
				return false
			}
		}
		return true
	})
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

func TestServer_doesNotWaitForEverWithASourceThatIsGone(t *testing.T) {
	t.Parallel()
	b := &book{before: func(context.Context, harrier.Source, int) error {
		return harrier.Errorf(harrier.Internal, "the source is unknown")
	}}
	src := source(t, "fw", `{}`)
	r := run(t, listen.Config{Grace: 100 * time.Millisecond}, b, src)
	conn := r.connect(t)
	send(t, conn, "<13>x\n")
	eventually(t, "the message to be read", func() bool { return r.stats(src).Received == 1 })
	r.shelf.set()
	r.Reload()
	closed(t, conn)
	eventually(t, "the end of the listener", func() bool { return len(r.Listeners()) == 0 && r.stats(src).Lost == 1 })
}
