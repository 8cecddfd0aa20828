package api

import (
	"bufio"
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/google/go-cmp/cmp"
	"github.com/harrier-soar/harrier"
)

func watchPath() string { return "/v1/runs/" + fixed[harrier.RunID]("run").String() + "/watch" }

// lines reads a stream to its end and keeps the lines with a prefix.
func lines(r io.Reader, prefix string) []string {
	var list []string
	for sc := bufio.NewScanner(r); sc.Scan(); {
		if text, ok := strings.CutPrefix(sc.Text(), prefix); ok {
			list = append(list, text)
		}
	}
	return list
}

func TestWatch_goesOnAfterTheLastEventAndEndsWithTheRun(t *testing.T) {
	t.Parallel()
	s := newWorld().server(t)
	for header, want := range map[string][]string{"": {"1", "2", "3", "4", "5"}, "3": {"4", "5"}, "5": nil, "99": nil} {
		req := httptest.NewRequest(http.MethodGet, watchPath(), nil)
		req.Header.Set("Last-Event-ID", header)
		rec := httptest.NewRecorder()
		s.Handler(as(harrier.Operator())).ServeHTTP(rec, req)
		text := rec.Body.String()
		if diff := cmp.Diff(want, lines(strings.NewReader(text), "id: ")); diff != "" {
			t.Errorf("after %q (-want +got):\n%s", header, diff)
		}
		events := lines(strings.NewReader(text), "event: ")
		if rec.Header().Get("Content-Type") != "text/event-stream" || len(events) == 0 || events[len(events)-1] != "end" || !strings.Contains(text, `"status":"succeeded"`) {
			t.Errorf("after %q got %s", header, text)
		}
	}
	for _, wrong := range []string{"-1", "x", "1e3"} {
		req := httptest.NewRequest(http.MethodGet, watchPath(), nil)
		req.Header.Set("Last-Event-ID", wrong)
		rec := httptest.NewRecorder()
		s.Handler(as(harrier.Operator())).ServeHTTP(rec, req)
		if p := problem(t, rec); p.Status != 400 {
			t.Errorf("Last-Event-ID %q got %+v", wrong, p)
		}
	}
}

func TestWatch_tellsEventsAsTheyHappenAndThatItLives(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld()
		w.more, w.events, w.ended = make(chan struct{}, 100), nil, false // a channel of this bubble
		way := w.server(t).InProcess(harrier.Operator())
		req, _ := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://harrier"+watchPath(), nil)
		resp, err := way.RoundTrip(req)
		if err != nil {
			t.Fatal(err)
		}
		in := bufio.NewReader(resp.Body)
		next := func() string {
			var b strings.Builder
			for {
				line, err := in.ReadString('\n')
				if b.WriteString(line); err != nil || line == "\n" {
					return b.String()
				}
			}
		}
		if got := next(); got != ": connected\n\n" {
			t.Errorf("first came %q", got)
		}
		if got := next(); got != ": alive\n\n" { // 15 s of the bubble's clock later
			t.Errorf("then came %q", got)
		}
		w.happen("run.started", false)
		if got := next(); !strings.HasPrefix(got, "id: 1\nevent: run.started\ndata: {") {
			t.Errorf("then came %q", got)
		}
		w.happen("run.ended", true)
		if got := next(); !strings.HasPrefix(got, "id: 2\nevent: run.ended\n") {
			t.Errorf("then came %q", got)
		}
		if got := next(); !strings.HasPrefix(got, "event: end\n") {
			t.Errorf("last came %q", got)
		}
		if got := next(); got != "" {
			t.Errorf("after the end came %q", got)
		}
		resp.Body.Close()
		way.Wait()
	})
}

func TestWatch_endsWhenTheClientLeaves(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld()
		w.more, w.ended = make(chan struct{}, 100), false
		way := w.server(t).InProcess(harrier.Operator())
		ctx, leave := context.WithCancel(t.Context())
		req, _ := http.NewRequestWithContext(ctx, http.MethodGet, "http://harrier"+watchPath(), nil)
		resp, err := way.RoundTrip(req)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := resp.Body.Read(make([]byte, 1)); err != nil {
			t.Fatal(err)
		}
		leave()
		resp.Body.Close()
		way.Wait() // the bubble fails where it does not return
	})
}

func TestInProcess_answersAsTheNetworkDoes(t *testing.T) {
	t.Parallel()
	w := newWorld()
	way := w.server(t).InProcess(harrier.Operator())
	client := &http.Client{Transport: way}
	resp, err := client.Post("http://harrier/v1/runs", "application/json", strings.NewReader(`{"playbook":"p"}`))
	if err != nil || resp.StatusCode != http.StatusCreated {
		t.Fatalf("got %v, %v", resp, err)
	}
	body, err := io.ReadAll(resp.Body)
	resp.Body.Close()
	if err != nil || !strings.Contains(string(body), `"queued"`) {
		t.Errorf("got %s, %v", body, err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	req, _ := http.NewRequestWithContext(ctx, http.MethodGet, "http://harrier/v1/runs", nil)
	if resp, err := way.RoundTrip(req); err == nil {
		resp.Body.Close()
	}
	way.Wait()
}

func FuzzLastEventID(f *testing.F) {
	for _, seed := range []string{"", "1", "-1", "99999999999999999999", "1 "} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		req := httptest.NewRequest(http.MethodGet, "/", nil)
		req.Header["Last-Event-Id"] = []string{text}
		if n, err := lastEventID(req); err == nil && n < 0 {
			t.Errorf("%q gave %d", text, n)
		}
	})
}
