package crash

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/harrier-soar/harrier/internal/failpoint"
)

// desk is a server at which clerks work on cases while it dies.
type desk struct {
	*siem
	token  string
	clerks []*clerk
	// key verifies the audit log, kept apart from it.
	key string
	// common is a case that all of them edit.
	common string
}

func newDesk(t *testing.T, clerks int) *desk {
	t.Helper()
	d := &desk{siem: newSIEM(t)}
	t.Cleanup(d.die)
	if !d.start("") {
		t.Fatal("the server does not start")
	}
	token, err := os.ReadFile(filepath.Join(d.data, "api.token"))
	if err != nil {
		t.Fatal(err)
	}
	d.token = string(bytes.TrimSpace(token))
	var c caseShown
	if a := d.ask(t.Context(), asking{method: http.MethodPost, path: "/v1/cases", body: map[string]any{"title": "common"}}); !a.is(http.StatusCreated, &c) {
		t.Fatalf("no case: %d %s", a.status, a.body)
	}
	d.common = c.ID
	var head struct{ Key string }
	d.get("/v1/audit/checkpoint", &head)
	d.key = head.Key
	for i := range clerks {
		d.clerks = append(d.clerks, &clerk{desk: d, name: fmt.Sprint("clerk", i), rng: rand.New(rand.NewPCG(uint64(i), 5))})
	}
	return d
}

// asking is a request; key and ifMatch are its headers.
type asking struct {
	method, path, key, ifMatch string
	body                       any
	// file is a body that is no JSON, and is streamed.
	file io.Reader
}

// answered is what came back; the status is 0 where nothing did.
type answered struct {
	status int
	etag   string
	body   []byte
}

// is reads an answer that has a status.
func (a answered) is(status int, into any) bool {
	return a.status == status && json.Unmarshal(a.body, into) == nil
}

// lost tells that a request was done, and its answer died with the server.
func (a answered) lost() bool {
	return a.status == http.StatusConflict && bytes.Contains(a.body, []byte("answer lost"))
}

func (d *desk) ask(ctx context.Context, q asking) answered {
	body, kind := q.file, "application/octet-stream"
	if body == nil && q.body != nil {
		text, err := json.Marshal(q.body)
		if err != nil {
			panic(err)
		}
		body, kind = bytes.NewReader(text), "application/json"
	}
	req, err := http.NewRequestWithContext(ctx, q.method, d.url+q.path, body)
	if err != nil {
		return answered{}
	}
	for name, v := range map[string]string{"Authorization": "Bearer " + d.token, "Content-Type": kind, "Idempotency-Key": q.key, "If-Match": q.ifMatch} {
		if v != "" {
			req.Header.Set(name, v)
		}
	}
	res, err := d.client.Do(req)
	if err != nil {
		return answered{}
	}
	defer func() { _ = res.Body.Close() }()
	text, err := io.ReadAll(res.Body)
	if err != nil {
		return answered{} // half an answer confirms nothing
	}
	return answered{res.StatusCode, res.Header.Get("ETag"), text}
}

// round lets the clerks work until the server dies: at the point, or after a
// while.
func (d *desk) round(point string, pause time.Duration) {
	d.t.Helper()
	if !d.start(point) {
		return // killed while it started
	}
	ctx, stop := context.WithCancel(d.t.Context())
	defer stop()
	process := d.cmd
	ended := make(chan struct{})
	go func() { defer close(ended); _ = process.Wait() }()
	var work sync.WaitGroup
	for _, c := range d.clerks {
		work.Go(func() { c.work(ctx) })
	}
	idle := make(chan struct{})
	go func() { defer close(idle); work.Wait() }()
	select {
	case <-ended:
	case <-idle:
		_ = process.Process.Kill()
	case <-time.After(pause):
		_ = process.Process.Kill()
	}
	<-ended
	d.cmd = nil
	d.client.CloseIdleConnections()
	stop()
	<-idle
}

// TestKill_keepsCasesWhole kills a server while people work on cases. After each
// restart everything that was confirmed is there exactly once, histories lead to
// the states, merges and splits are whole or not there, evidence has its hashes,
// and the audit log verifies without the server (G1, G10).
func TestKill_keepsCasesWhole(t *testing.T) { // DUR-01
	t.Parallel()
	if testing.Short() {
		t.Skip("starts many processes")
	}
	points := []string{"evidence.stream_mid:2", "evidence.rename:3", "evidence.fsync_dir:2", "store.before_commit", "store.after_commit", "", "store.after_commit", "store.before_commit", ""}
	for range numberFrom("HARRIER_KILLS", 0) / 10 { // a death takes seconds here
		points = append(points, failpoint.Names()[rand.IntN(len(failpoint.Names()))], "")
	}
	d, rng := newDesk(t, 6), rand.New(rand.NewPCG(3, 9))
	d.die()
	for _, point := range points {
		if strings.HasPrefix(point, "store.") {
			point += ":" + strconv.Itoa(10+rng.IntN(60))
		}
		d.round(point, time.Duration(200+rng.IntN(500))*time.Millisecond)
		d.whole(point)
		if t.Failed() {
			t.Fatalf("after a kill at %q", point)
		}
	}
	n := 0
	for _, c := range d.clerks {
		n += len(c.ledger)
	}
	if n < len(points) {
		t.Errorf("the clerks came to %d cases only", n)
	}
	t.Logf("%d deaths, %d stories of cases", len(points), n)
}

// TestEdit_hasOneWinner lets twelve people change a case that all of them see
// at one revision: one change is made, and the others are told that they came
// too late.
func TestEdit_hasOneWinner(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("starts a process")
	}
	d := newDesk(t, 0)
	path := "/v1/cases/" + d.common
	others := make([]string, 12)
	for i := range others {
		var c caseShown
		if a := d.ask(t.Context(), asking{method: http.MethodPost, path: "/v1/cases", body: map[string]any{"title": fmt.Sprint("other ", i)}}); !a.is(http.StatusCreated, &c) {
			t.Fatalf("no case: %d %s", a.status, a.body)
		}
		others[i] = c.ID
	}
	ways := []func(i int) asking{
		func(i int) asking {
			return asking{method: http.MethodPatch, path: path, body: map[string]any{"title": fmt.Sprint("title ", i)}}
		},
		func(i int) asking {
			return asking{method: http.MethodPost, path: path + "/status", body: map[string]any{"to": "waiting", "reason": fmt.Sprint("for ", i)}}
		},
		func(i int) asking {
			return asking{method: http.MethodPost, path: path + "/merge", body: map[string]any{"from": others[i]}}
		},
		func(i int) asking {
			return asking{method: http.MethodPost, path: path + "/close", body: map[string]any{"disposition": "undetermined", "reason": fmt.Sprint("by ", i)}}
		},
		func(i int) asking {
			return asking{method: http.MethodPost, path: path + "/reopen", body: map[string]any{"reason": fmt.Sprint("by ", i)}}
		},
	}
	for _, way := range ways {
		d.oneWins(path, way)
	}
}

// oneWins sends twelve changes at once, of one revision.
func (d *desk) oneWins(path string, way func(i int) asking) {
	d.t.Helper()
	seen := d.ask(d.t.Context(), asking{method: http.MethodGet, path: path})
	var was, is caseShown
	if !seen.is(http.StatusOK, &was) || seen.etag == "" {
		d.t.Fatalf("%s: %d %s", path, seen.status, seen.body)
	}
	answers, begin := make([]answered, 12), make(chan struct{})
	var all sync.WaitGroup
	for i := range answers {
		all.Go(func() {
			q := way(i)
			q.ifMatch, q.key = seen.etag, fmt.Sprintf("%s-%s-%d", q.path, seen.etag[1:len(seen.etag)-1], i)
			<-begin
			answers[i] = d.ask(d.t.Context(), q)
		})
	}
	close(begin)
	all.Wait()
	won := 0
	for i, a := range answers {
		switch a.status {
		case http.StatusOK:
			won++
		case http.StatusPreconditionFailed:
		default:
			d.t.Errorf("%s %d: %d %s", way(i).path, i, a.status, a.body)
		}
	}
	d.get(path, &is)
	if won != 1 || is.Rev != was.Rev+1 {
		d.t.Errorf("%s: %d of 12 changes won, and the case went from revision %d to %d", way(0).path, won, was.Rev, is.Rev)
	}
}
