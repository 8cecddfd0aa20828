package bench

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// The workload that others are measured by too: a SIEM's alert of 0.8 KB is
// taken and normalised, three sources of intelligence are asked side by side,
// the answers are scored, above 50 a case is opened, and somebody is notified.
// It is complete when the delivery was answered and the notification came.
const (
	peerConnector = `harrier: 1
connector: peers
title: Stub of the workload
category: other
docs: https://peers.example/
settings:
  base_url: {type: url}
auth: none
limits: {rate: 100000/s, burst: 100000, concurrent: 512}
check: {action: lookup, with: {source: a, indicator: x, alert: x}}
actions:
  lookup:
    title: Look up
    effect: read
    input:
      source: {type: string, required: true, help: Who is asked.}
      indicator: {type: string, required: true, help: About what.}
      alert: {type: string, required: true, help: Id of the alert.}
    request:
      get: /ti/{source}/{indicator}
      path: {source: "${{ input.source }}", indicator: "${{ input.indicator }}"}
      query: {alert: "${{ input.alert }}"}
    output:
      score: {type: integer, from: body.score}
    example: {score: 40}
  notify:
    title: Notify
    effect: notify
    repeat: key
    key_ttl: 24h
    input:
      id: {type: string, required: true, help: Id of the alert.}
    targets: [id]
    request:
      post: /notify
      headers: {Idempotency-Key: "${{ key }}"}
      body: {id: "${{ input.id }}"}
    output:
      ok: {type: boolean, from: body.ok}
    example: {ok: true}
`
	peerPlaybook = `harrier: 1
playbook: alert-to-case
title: Alert to case
owner: bench
trigger:
  - alert: alert.source == "siem"
steps:
  - parallel:
      a:
        - id: a
          uses: peers.lookup
          with: {source: a, indicator: '${{ string(alert.data.source.ip) }}', alert: '${{ alert.external_id }}'}
      b:
        - id: b
          uses: peers.lookup
          with: {source: b, indicator: '${{ string(alert.data.source.ip) }}', alert: '${{ alert.external_id }}'}
      c:
        - id: c
          uses: peers.lookup
          with: {source: c, indicator: '${{ string(alert.data.source.ip) }}', alert: '${{ alert.external_id }}'}
  - id: score
    set:
      sum: ${{ steps.a.output.score + steps.b.output.score + steps.c.output.score }}
  - if: steps.score.output.sum > 50
    then:
      - uses: case.open
        with: {template: bench}
      - uses: peers.notify
        with: {id: '${{ alert.external_id }}'}
`
)

// peerAlert is a Wazuh-like alert of a host of its own.
func peerAlert(id string, n int) string {
	return fmt.Sprintf(`{"id":"%s","source":"wazuh","timestamp":"2026-11-20T10:00:00.123Z","severity":"high","title":"sshd: brute force trying to get access to the system. Non existent user.",`+
		`"rule":{"id":"5712","level":10,"name":"sshd: brute force","groups":["syslog","sshd","authentication_failures"]},"host":{"name":"web-%d"},`+
		`"source":{"ip":"203.0.113.77","port":51234},"user":{"name":"oracle"},"message":"%s"}`, id, n, strings.Repeat("Failed password for invalid user oracle from 203.0.113.77 port 51234 ssh2 ", 6))
}

// stub answers as the sources of intelligence, and hears the notifications.
type stub struct {
	*httptest.Server
	mu    sync.Mutex // guards heard and waits
	heard map[string]int
	waits map[string]chan time.Time
}

func newStub(b *testing.B) *stub {
	s := &stub{heard: map[string]int{}, waits: map[string]chan time.Time{}}
	s.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		if r.URL.Path != "/notify" {
			_, _ = io.WriteString(w, `{"score":40}`)
			return
		}
		var told struct{ ID string }
		_ = json.NewDecoder(r.Body).Decode(&told)
		s.mu.Lock()
		s.heard[told.ID]++
		if c := s.waits[told.ID]; c != nil && s.heard[told.ID] == 1 {
			c <- time.Now()
		}
		s.mu.Unlock()
		_, _ = io.WriteString(w, `{"ok":true}`)
	}))
	b.Cleanup(s.Close)
	return s
}

// expect says that an alert is about to be sent, and returns what tells when
// its notification came.
func (s *stub) expect(id string) chan time.Time {
	c := make(chan time.Time, 1)
	s.mu.Lock()
	s.waits[id] = c
	s.mu.Unlock()
	return c
}

// peer is a server with the workload.
type peer struct {
	*served
	stub   *stub
	secret string
	client *http.Client
}

func newPeer(b *testing.B) *peer {
	data := dataDir(b)
	for name, text := range map[string]string{"connectors/peers/connector.yaml": peerConnector, "playbooks/alert-to-case.playbook.yaml": peerPlaybook} {
		if err := os.MkdirAll(filepath.Dir(filepath.Join(data, name)), 0o700); err != nil {
			b.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(data, name), []byte(text), 0o600); err != nil {
			b.Fatal(err)
		}
	}
	p := &peer{served: start(b, data), stub: newStub(b), client: &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: clients}, Timeout: time.Minute}}
	p.secret = p.source("siem")
	p.tell("source", "live", "siem")
	p.tell("connection", "add", "peers", "--connector", "peers", "--base-url", p.stub.URL, "--allow-private", "127.0.0.0/8")
	return p
}

// send delivers one alert of a host of its own and returns how long its
// notification took.
func (p *peer) send(b *testing.B, id string, n int) (took time.Duration) {
	b.Helper()
	return p.deliver(b, id, peerAlert(id, n))
}

// deliver is send of a text.
func (p *peer) deliver(b *testing.B, id, text string) (took time.Duration) {
	b.Helper()
	came := p.stub.expect(id)
	began := time.Now()
	req, err := http.NewRequestWithContext(b.Context(), http.MethodPost, p.url+"/v1/in/siem", strings.NewReader(text))
	if err != nil {
		b.Error(err)
		return 0
	}
	req.Header.Set("Authorization", "Bearer "+p.secret)
	req.Header.Set("Content-Type", "application/json")
	res, err := p.client.Do(req)
	if err != nil {
		b.Error(err)
		return 0
	}
	_, _ = io.Copy(io.Discard, res.Body)
	_ = res.Body.Close()
	if res.StatusCode != http.StatusAccepted {
		b.Errorf("answered %s", res.Status)
		return 0
	}
	t := time.NewTimer(30 * time.Second)
	defer t.Stop()
	select {
	case at := <-came:
		return at.Sub(began)
	case <-t.C:
		b.Errorf("nobody is notified of %s", id)
		return 0
	}
}

// BenchmarkPeer measures the workload: 64 alerts in flight, then five a second.
func BenchmarkPeer(b *testing.B) {
	p := newPeer(b)
	defer p.stop()
	p.flood(b, "warm", 200)
	b.ResetTimer()
	began := time.Now()
	p.flood(b, "bench", b.N)
	took := time.Since(began)
	b.StopTimer()
	b.ReportMetric(float64(b.N)/took.Seconds(), "alerts/s")
	b.ReportMetric(residentMB(b, strconv.Itoa(p.cmd.Process.Pid)), "MB")
	var each []time.Duration
	ticker := time.NewTicker(200 * time.Millisecond)
	defer ticker.Stop()
	for i := range 50 {
		<-ticker.C
		each = append(each, p.send(b, fmt.Sprint("calm-", i), 100_000+i))
	}
	slices.Sort(each)
	b.ReportMetric(each[len(each)*99/100].Seconds()*1e3, "p99-ms")
	b.ReportMetric(0, "ns/op")
	for id, n := range p.stub.heard {
		if n != 1 {
			b.Errorf("people were notified of %s %d times", id, n)
		}
	}
}

// flood sends alerts, 64 in flight.
func (p *peer) flood(b *testing.B, name string, n int) {
	b.Helper()
	var next atomic.Int64
	var wg sync.WaitGroup
	for range clients {
		wg.Go(func() {
			for i := int(next.Add(1)) - 1; i < n; i = int(next.Add(1)) - 1 {
				p.send(b, fmt.Sprintf("%s-%d", name, i), len(name)*1_000_000+i)
			}
		})
	}
	wg.Wait()
}

// BenchmarkBurst measures how long a critical alert takes to its notification
// while very many alerts that are alike come in, which become one.
func BenchmarkBurst(b *testing.B) {
	p := newPeer(b)
	defer p.stop()
	p.flood(b, "warm", 50)
	same := func(i int) string { return peerAlert(fmt.Sprintf("same-%d", i), 7) }
	var wg sync.WaitGroup
	wg.Go(func() { delivery(b, b.N, door{p.url + "/v1/in/siem", p.secret}, same) })
	var longest time.Duration
	for i := range 5 {
		wait(b, 500*time.Millisecond)
		longest = max(longest, p.deliver(b, fmt.Sprint("grave-", i), strings.Replace(peerAlert(fmt.Sprint("grave-", i), 1_000_000+i), `"high"`, `"critical"`, 1)))
	}
	wg.Wait()
	b.ReportMetric(longest.Seconds()*1e3, "critical-ms")
	b.ReportMetric(0, "ns/op")
	var list struct {
		Items []struct {
			ExternalID string `json:"external_id"`
			Repeats    int
		}
	}
	if err := json.Unmarshal(p.tell("alerts", "list", "--limit", "500"), &list); err != nil {
		b.Fatal(err)
	}
	groups := 0
	for _, a := range list.Items {
		if strings.HasPrefix(a.ExternalID, "same-") {
			groups++
		}
	}
	if groups != 1 {
		b.Errorf("%d alike became %d alerts", b.N, groups)
	}
}
