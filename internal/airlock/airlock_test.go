package airlock_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/airlock"
)

func TestMain(m *testing.M) {
	if args := os.Args[1:]; airlock.Asked(args) {
		os.Exit(airlock.Main(context.Background(), args, work()))
	}
	os.Exit(m.Run())
}

// work is what the helpers of these tests do.
func work() map[string]airlock.Work {
	return map[string]airlock.Work{
		"echo": func(_ context.Context, j airlock.Job) (airlock.Answer, error) {
			return airlock.Answer{Result: j.Args, Data: j.Data}, nil
		},
		"refuse": func(context.Context, airlock.Job) (airlock.Answer, error) {
			return airlock.Answer{}, harrier.Errorf(harrier.NotFound, "there is none")
		},
		"panic": func(context.Context, airlock.Job) (airlock.Answer, error) { panic("on purpose") },
		"exit":  func(context.Context, airlock.Job) (airlock.Answer, error) { os.Exit(3); return airlock.Answer{}, nil },
		"hang":  func(context.Context, airlock.Job) (airlock.Answer, error) { select {} },
		"eat": func(context.Context, airlock.Job) (airlock.Answer, error) {
			var kept [][]byte
			for {
				kept = append(kept, bytes.Repeat([]byte{1}, 1<<20))
				if len(kept) > 1<<20 {
					return airlock.Answer{}, nil
				}
			}
		},
		"who": func(context.Context, airlock.Job) (airlock.Answer, error) {
			text := fmt.Sprintf("%d %q", os.Getpid(), os.Environ())
			return airlock.Answer{Result: json.RawMessage(strconv.Quote(text))}, nil
		},
	}
}

func pool(t *testing.T, cfg airlock.Config) *airlock.Pool {
	t.Helper()
	p, err := airlock.NewPool(cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = p.Close() })
	return p
}

func TestPool_givesBackWhatTheWorkMakes(t *testing.T) {
	t.Parallel()
	data := bytes.Repeat([]byte("0123456789"), 300_000)
	a, err := pool(t, airlock.Config{}).Do(t.Context(), airlock.Job{Kind: "echo", Args: json.RawMessage(`{"a":1}`), Data: data})
	if err != nil || !bytes.Equal(a.Data, data) || string(a.Result) != `{"a":1}` {
		t.Errorf("got %d bytes, %s, %v; want what was sent", len(a.Data), a.Result, err)
	}
}

func TestPool_tellsTheKindOfAnError(t *testing.T) {
	t.Parallel()
	_, err := pool(t, airlock.Config{}).Do(t.Context(), airlock.Job{Kind: "refuse"})
	if harrier.KindOf(err) != harrier.NotFound || err.Error() != "there is none" {
		t.Errorf("got %v (%s); want the error of the work", err, harrier.KindOf(err))
	}
}

func TestPool_outlivesWhatItsHelpersDieOf(t *testing.T) {
	t.Parallel()
	const memory = 64 << 20
	p := pool(t, airlock.Config{Size: 1, Time: 2 * time.Second, Memory: memory})
	for kind, want := range map[string]string{"panic": "its reader fail", "exit": "exit code 3", "hang": "could not be read in", "eat": "needs more than 64 MiB"} {
		_, err := p.Do(t.Context(), airlock.Job{Kind: kind})
		if harrier.KindOf(err) != harrier.Invalid || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v; want an Invalid that says %q", kind, err, want)
		}
		if a, err := p.Do(t.Context(), airlock.Job{Kind: "echo", Data: []byte("x")}); err != nil || string(a.Data) != "x" {
			t.Errorf("after %s: got %q, %v; want the next job done", kind, a.Data, err)
		}
	}
}

func TestPool_replacesAHelperThatHasDoneItsShare(t *testing.T) {
	t.Parallel()
	p := pool(t, airlock.Config{Size: 1, Jobs: 2})
	var seen []string
	for range 4 {
		a, err := p.Do(t.Context(), airlock.Job{Kind: "who"})
		if err != nil {
			t.Fatal(err)
		}
		seen = append(seen, string(a.Result))
	}
	if seen[0] != seen[1] || seen[2] != seen[3] || seen[1] == seen[2] {
		t.Errorf("got %q; want two helpers for two jobs each", seen)
	}
}

func TestPool_givesHelpersNoEnvironment(t *testing.T) {
	t.Parallel()
	a, err := pool(t, airlock.Config{}).Do(t.Context(), airlock.Job{Kind: "who"})
	if err != nil || !strings.HasSuffix(string(a.Result), ` []"`) {
		t.Errorf("got %s, %v; want an empty environment", a.Result, err)
	}
}

func TestPool_breaksOffWhatNobodyWaitsFor(t *testing.T) {
	t.Parallel()
	p := pool(t, airlock.Config{Size: 1})
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if _, err := p.Do(ctx, airlock.Job{Kind: "hang"}); harrier.KindOf(err) != harrier.Unavailable {
		t.Errorf("got %v; want Unavailable", err)
	}
	if _, err := p.Do(t.Context(), airlock.Job{Kind: "echo"}); err != nil {
		t.Errorf("got %v; want the place free again", err)
	}
}

func TestPool_servesManyAtOnce(t *testing.T) {
	t.Parallel()
	p := pool(t, airlock.Config{Size: 3, Jobs: 5})
	var wg sync.WaitGroup
	for i := range 60 {
		wg.Go(func() {
			text := fmt.Sprint(i)
			a, err := p.Do(t.Context(), airlock.Job{Kind: "echo", Data: []byte(text)})
			if err != nil || string(a.Data) != text {
				t.Errorf("got %q, %v; want %q", a.Data, err, text)
			}
		})
	}
	wg.Wait()
}

func TestPool_refusesJobsAfterItsEnd(t *testing.T) {
	t.Parallel()
	p := pool(t, airlock.Config{})
	if err := p.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := p.Do(t.Context(), airlock.Job{Kind: "echo"}); harrier.KindOf(err) != harrier.Unavailable {
		t.Errorf("got %v; want Unavailable", err)
	}
}
