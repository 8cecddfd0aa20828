package crash

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/harrier-soar/harrier/internal/failpoint"
)

// siem sends alerts to a server that is killed again and again, each until it
// is told that it was taken.
type siem struct {
	t         *testing.T
	bin, data string
	secret    string
	cmd       *exec.Cmd
	url       string
	client    *http.Client
}

func newSIEM(t *testing.T) *siem {
	t.Helper()
	bin, err := binary()
	if err != nil {
		t.Fatal(err)
	}
	s := &siem{t: t, bin: bin, data: filepath.Join(t.TempDir(), "data"), client: &http.Client{Timeout: 20 * time.Second}}
	out, err := exec.CommandContext(t.Context(), bin, "source", "new", "generic", "--name", "siem", "--data", s.data, "-o", "json").Output()
	if err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	var made struct{ Secret string }
	if err := json.Unmarshal(out, &made); err != nil || made.Secret == "" {
		t.Fatalf("%v: %s", err, out)
	}
	s.secret = made.Secret
	return s
}

// start starts the server and waits until it is ready; ok is false where it
// was killed before.
func (s *siem) start(point string) (ok bool) {
	s.t.Helper()
	s.cmd = exec.CommandContext(s.t.Context(), s.bin, "serve", "--data", s.data, "--listen", "127.0.0.1:0")
	s.cmd.Env = append(os.Environ(), failpoint.Variable+"="+point)
	pipe, err := s.cmd.StdoutPipe()
	if err != nil {
		s.t.Fatal(err)
	}
	s.cmd.Stderr = s.cmd.Stdout
	if err := s.cmd.Start(); err != nil {
		s.t.Fatal(err)
	}
	lines := bufio.NewScanner(pipe)
	for lines.Scan() {
		_, url, found := strings.Cut(lines.Text(), "ready: http://")
		if found {
			s.url = "http://" + strings.SplitN(url, ",", 2)[0]
			go func() { _, _ = io.Copy(io.Discard, pipe) }()
			return true
		}
	}
	_ = s.cmd.Wait()
	return false
}

// die kills the server, unless it is dead already.
func (s *siem) die() {
	if s.cmd != nil {
		_ = s.cmd.Process.Kill()
		_ = s.cmd.Wait()
		s.cmd = nil
	}
}

// send delivers one alert; taken is false where nobody confirmed it.
func (s *siem) send(body string) (taken bool) {
	s.t.Helper()
	req, err := http.NewRequestWithContext(s.t.Context(), http.MethodPost, s.url+"/v1/in/siem", strings.NewReader(body))
	if err != nil {
		s.t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+s.secret)
	req.Header.Set("Content-Type", "application/json")
	res, err := s.client.Do(req)
	if err != nil {
		return false // the server is dead: nobody has said that it was taken
	}
	_, _ = io.Copy(io.Discard, res.Body)
	_ = res.Body.Close()
	return res.StatusCode == http.StatusAccepted
}

// get asks the API.
func (s *siem) get(path string, into any) {
	s.t.Helper()
	token, err := os.ReadFile(filepath.Join(s.data, "api.token"))
	if err != nil {
		s.t.Fatal(err)
	}
	req, err := http.NewRequestWithContext(s.t.Context(), http.MethodGet, s.url+path, nil)
	if err != nil {
		s.t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+string(bytes.TrimSpace(token)))
	res, err := s.client.Do(req)
	if err != nil {
		s.t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	text, err := io.ReadAll(res.Body)
	if err != nil || res.StatusCode != http.StatusOK || json.Unmarshal(text, into) != nil {
		s.t.Fatalf("%s: %d, %v: %s", path, res.StatusCode, err, text)
	}
}

// counted is what a source says of its events.
type counted struct {
	Counts struct{ Accepted, Processed, Suppressed, Quarantined, Pending int }
}

// settled waits until nothing is pending and checks that the sums agree (G3).
func (s *siem) settled() counted {
	s.t.Helper()
	ticker := time.NewTicker(20 * time.Millisecond)
	defer ticker.Stop()
	deadline, stop := context.WithTimeout(s.t.Context(), time.Minute)
	defer stop()
	for {
		var c counted
		s.get("/v1/sources/siem", &c)
		n := c.Counts
		if n.Accepted != n.Processed+n.Suppressed+n.Quarantined+n.Pending {
			s.t.Fatalf("the sums do not agree: %+v", n)
		}
		if n.Pending == 0 {
			return c
		}
		select {
		case <-deadline.Done():
			s.t.Fatalf("events stay pending: %+v", n)
		case <-ticker.C:
		}
	}
}

// story is what a SIEM tells of a host: a state of an alert, and repeats of it.
func story(i int) string {
	host, version := i%12, i/12
	if i%3 == 2 { // the same id in six states; the newest, at 09:51, is neither the first nor the last to come
		return fmt.Sprintf(`{"id":"versioned-%d","title":"Case of ws-%d","severity":"%s","updated_at":"2026-11-27T09:%02d:00Z","host":{"name":"ws-%d"},"rule":{"id":"v-%d"}}`,
			host, host, []string{"low", "medium", "high"}[version%3], (version*37)%60, host, host)
	}
	return fmt.Sprintf(`{"id":"a-%d","title":"Odd process on ws-%d","severity":"low","host":{"name":"ws-%d"},"rule":{"id":"r-%d"}}`, i, host, host, host)
}

// TestKill_losesAndDoublesNoAlert kills the server while it takes and judges
// alerts: at every point of that way, and at random moments. What was confirmed
// is there once (G1, G2), and the sums agree (G3).
func TestKill_losesAndDoublesNoAlert(t *testing.T) { // DUR-01
	t.Parallel()
	if testing.Short() {
		t.Skip("starts many processes")
	}
	var points []string
	for _, name := range failpoint.Names() {
		if strings.HasPrefix(name, "event.") || strings.HasPrefix(name, "store.") {
			points = append(points, name+":3", name+":17")
		}
	}
	for range 2 + numberFrom("HARRIER_KILLS", 0)/20 {
		points = append(points, "")
	}
	for i, point := range points {
		t.Run(point+"#"+strconv.Itoa(i), func(t *testing.T) {
			t.Parallel()
			s := newSIEM(t)
			defer s.die()
			s.suffer(point, rand.New(rand.NewPCG(uint64(i), 23)))
			s.whole()
		})
	}
}

const told = 72

// suffer sends all alerts, each until it is confirmed and some of them twice,
// to a server that dies: at the point, or else at random.
func (s *siem) suffer(point string, rng *rand.Rand) {
	s.t.Helper()
	deaths := 0
	for !s.start(point) {
		point = ""
	}
	for i := 0; i < told; {
		if point == "" && deaths < 4 && rng.IntN(12) == 0 {
			s.die()
		}
		taken := s.send(story(i))
		if taken && rng.IntN(4) == 0 {
			taken = s.send(story(i)) // the sender has not heard the answer
		}
		if taken {
			i++
			continue
		}
		s.die()
		deaths++
		for !s.start("") {
			s.t.Log("killed while it starts")
		}
	}
	s.settled()
	if point != "" && deaths == 0 {
		s.t.Errorf("the server does not come to %s", point)
	}
}

// whole checks what has become of all that was told.
func (s *siem) whole() {
	s.t.Helper()
	c := s.settled()
	if c.Counts.Accepted < told || c.Counts.Quarantined > 0 {
		s.t.Errorf("%+v of %d", c.Counts, told)
	}
	var list struct {
		Items []struct {
			ID         string
			ExternalID string `json:"external_id"`
			Severity   string
			Repeats    int
		}
	}
	s.get("/v1/alerts?limit=500", &list)
	plain, repeats := 0, 0
	hosts := map[string]bool{}
	for _, a := range list.Items {
		if hosts[a.ExternalID] {
			s.t.Errorf("%s is there twice", a.ExternalID)
		}
		hosts[a.ExternalID] = true
		if strings.HasPrefix(a.ExternalID, "a-") {
			plain, repeats = plain+1, repeats+a.Repeats
		} else if a.Severity != "low" {
			s.t.Errorf("%s is %s: an older state has taken the place of the newest", a.ExternalID, a.Severity)
		}
	}
	wantPlain, wantVersioned, wantRepeats := expected()
	if plain != wantPlain || len(list.Items)-plain != wantVersioned || repeats != wantRepeats {
		s.t.Errorf("%d alerts with %d repeats and %d with versions; want %d, %d and %d", plain, repeats, len(list.Items)-plain, wantPlain, wantRepeats, wantVersioned)
	}
}

// expected is what the stories come to: an alert for each host, its further
// stories as repeats, and one for each that has versions.
func expected() (plain, versioned, repeats int) {
	hosts, ids := map[int]int{}, map[int]bool{}
	for i := range told {
		if i%3 == 2 {
			ids[i%12] = true
			continue
		}
		hosts[i%12]++
	}
	for _, n := range hosts {
		repeats += n - 1
	}
	return len(hosts), len(ids), repeats
}
