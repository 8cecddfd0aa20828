package daemon_test

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/api"
	"github.com/harrier-soar/harrier/internal/cli"
	"github.com/harrier-soar/harrier/internal/daemon"
)

// server is a daemon at work.
type server struct {
	t     *testing.T
	ready cli.ServeReady
	stop  context.CancelFunc
	ended chan error
}

// directory is a data directory with a path that is short enough for a socket.
func directory(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "harrier") //nolint:usetesting // the test's own directory has its long name in it
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := os.RemoveAll(dir); err != nil {
			t.Error(err)
		}
	})
	return dir
}

// serve starts a daemon and returns when it is ready.
func serve(t *testing.T, dir, listen string) *server {
	t.Helper()
	ctx, cancel := context.WithCancel(context.WithoutCancel(t.Context()))
	s := &server{t: t, stop: cancel, ended: make(chan error, 1)}
	ready := make(chan cli.ServeReady, 1)
	go func() {
		o := cli.ServeOptions{Dir: dir, Listen: listen, Log: slog.New(slog.DiscardHandler), Ready: func(r cli.ServeReady) { ready <- r }}
		s.ended <- daemon.Daemon{Version: api.Version{Version: "test"}}.Serve(ctx, o)
	}()
	select {
	case s.ready = <-ready:
	case err := <-s.ended:
		cancel()
		t.Fatalf("the server ended before it was ready: %v", err)
	}
	t.Cleanup(cancel)
	return s
}

// end stops the daemon and waits for it.
func (s *server) end() {
	s.t.Helper()
	s.stop()
	if err := <-s.ended; err != nil {
		s.t.Errorf("the server ended with %v", err)
	}
}

// client speaks over the socket.
func (s *server) client() *http.Client {
	socket := s.ready.Socket
	tr := &http.Transport{DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, "unix", socket)
	}}
	s.t.Cleanup(tr.CloseIdleConnections)
	return &http.Client{Transport: tr}
}

// get asks for a path and returns the status and the body.
func get(t *testing.T, c *http.Client, url, token string) (int, string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	if token != "" {
		req.Header.Set("Authorization", "Bearer "+token)
	}
	res, err := c.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	body, err := io.ReadAll(res.Body)
	if err := errors.Join(err, res.Body.Close()); err != nil {
		t.Fatal(err)
	}
	return res.StatusCode, string(body)
}

func mode(t *testing.T, path string) os.FileMode {
	t.Helper()
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	return info.Mode().Perm()
}

func TestServe_answersItsOwnerOnASocketThatNobodyElseCanOpen(t *testing.T) { // CFG-01, CFG-02
	t.Parallel()
	dir := directory(t)
	s := serve(t, dir, "")
	if got := mode(t, s.ready.Socket); got != 0o600 {
		t.Errorf("the socket has mode %o, want 600", got)
	}
	if s.ready.URL != "" || s.ready.TokenFile != "" {
		t.Errorf("it listens on %q with %q, and was asked for the socket alone", s.ready.URL, s.ready.TokenFile)
	}
	if status, body := get(t, s.client(), "http://harrier/v1/alerts", ""); status != http.StatusOK {
		t.Errorf("got %d: %s", status, body)
	}
	s.end()
	again := serve(t, dir, "")
	if status, _ := get(t, again.client(), "http://harrier/v1/health", ""); status != http.StatusOK {
		t.Errorf("the next server answers %d", status)
	}
	again.end()
}

func TestServe_refusesASecondServerAndNamesTheFirst(t *testing.T) {
	t.Parallel()
	dir := directory(t)
	first := serve(t, dir, "")
	pid := "process " + strconv.Itoa(os.Getpid())
	err := daemon.Daemon{}.Serve(t.Context(), cli.ServeOptions{Dir: dir, Log: slog.New(slog.DiscardHandler)})
	if err == nil || harrier.KindOf(err) != harrier.Conflict || !strings.Contains(err.Error(), pid) {
		t.Errorf("a second server: got %v, want a conflict that names %s", err, pid)
	}
	if _, err := (daemon.Daemon{}).Local(t.Context(), dir, slog.New(slog.DiscardHandler)); err == nil || harrier.KindOf(err) != harrier.Conflict {
		t.Errorf("a command beside the server: got %v, want a conflict", err)
	}
	if status, body := get(t, first.client(), "http://harrier/v1/health", ""); status != http.StatusOK {
		t.Errorf("the first server answers %d after that: %s", status, body)
	}
	first.end()
}

func TestServe_wantsTheTokenOfTheDirectoryOnLoopback(t *testing.T) {
	t.Parallel()
	dir := directory(t)
	s := serve(t, dir, "127.0.0.1:0")
	if got := mode(t, s.ready.TokenFile); got != 0o600 {
		t.Errorf("the token's file has mode %o, want 600", got)
	}
	text, err := os.ReadFile(s.ready.TokenFile)
	if err != nil {
		t.Fatal(err)
	}
	token := strings.TrimSpace(string(text))
	c := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	for _, given := range []string{"", "x", token + "x", token[:len(token)-1]} {
		if status, body := get(t, c, s.ready.URL+"/v1/alerts", given); status != http.StatusUnauthorized || strings.Contains(body, token) {
			t.Errorf("the token %q gets %d: %s", given, status, body)
		}
	}
	if status, body := get(t, c, s.ready.URL+"/v1/alerts", token); status != http.StatusOK {
		t.Errorf("the right token gets %d: %s", status, body)
	}
	s.end()
	for _, address := range []string{"0.0.0.0:0", "[::]:0", ":0", "192.0.2.1:0", "localhost.example:0"} {
		err := daemon.Daemon{}.Serve(t.Context(), cli.ServeOptions{Dir: dir, Listen: address, Log: slog.New(slog.DiscardHandler)})
		if err == nil || harrier.KindOf(err) != harrier.Invalid {
			t.Errorf("listening on %s: got %v, want invalid", address, err)
		}
	}
}

// vendor is one whose answer comes when it is let go.
func vendor(t *testing.T) (url string, asked chan struct{}, letGo func()) {
	t.Helper()
	asked, hold := make(chan struct{}, 8), make(chan struct{})
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		asked <- struct{}{}
		<-hold
		_, _ = io.WriteString(w, `{"ok":true,"team":"T","user":"U"}`)
	}))
	t.Cleanup(s.Close)
	return s.URL, asked, func() { close(hold) }
}

// answer is what a request got.
type answer struct {
	status int
	text   string
}

// post asks for something with a body.
func (s *server) post(c *http.Client, path, body string) answer {
	req, err := http.NewRequestWithContext(s.t.Context(), http.MethodPost, "http://harrier"+path, strings.NewReader(body))
	if err != nil {
		return answer{text: err.Error()}
	}
	req.Header.Set("Content-Type", "application/json")
	res, err := c.Do(req)
	if err != nil {
		return answer{text: err.Error()}
	}
	text, err := io.ReadAll(res.Body)
	if err := errors.Join(err, res.Body.Close()); err != nil {
		return answer{text: err.Error()}
	}
	return answer{res.StatusCode, string(text)}
}

func TestServe_answersWhatIsUnderWayBeforeItEnds(t *testing.T) {
	t.Parallel()
	s := serve(t, directory(t), "")
	url, asked, letGo := vendor(t)
	c := s.client()
	add := `{"name":"slow","connector":"slack","base_url":"` + url + `","secrets":{"token":"xoxb-1234567890"},"allow_private":["127.0.0.0/8"]}`
	if got := s.post(c, "/v1/connections", add); got.status != http.StatusCreated {
		t.Fatalf("got %d: %s", got.status, got.text)
	}
	came := make(chan answer, 1)
	go func() { came <- s.post(c, "/v1/connections/slow/test", "") }()
	select {
	case <-asked:
	case got := <-came:
		t.Fatalf("the vendor was not asked: %d %s", got.status, got.text)
	}
	s.stop()
	select {
	case err := <-s.ended:
		t.Fatalf("the server ended, with %v, while a request was under way", err)
	case <-time.After(100 * time.Millisecond): // long enough to end, were it not to wait
	}
	letGo()
	if got := <-came; got.status != http.StatusOK || !strings.Contains(got.text, `"ok":true`) {
		t.Errorf("what was under way got %d: %s", got.status, got.text)
	}
	if err := <-s.ended; err != nil {
		t.Errorf("the server ended with %v", err)
	}
	if _, err := net.Dial("unix", s.ready.Socket); err == nil {
		t.Error("somebody still listens on the socket")
	}
}

func TestServe_endsAStreamThatWouldGoOn(t *testing.T) {
	t.Parallel()
	s := serve(t, directory(t), "")
	c := s.client()
	const pause = "harrier: 1\nplaybook: pause\ntitle: Wait\nsteps:\n  - wait: 1h\n"
	started := s.post(c, "/v1/runs", `{"name":"pause.playbook.yaml","source":`+strconv.Quote(pause)+`}`)
	var run api.Run
	if err := json.Unmarshal([]byte(started.text), &run); err != nil || started.status != http.StatusCreated {
		t.Fatalf("got %d: %s", started.status, started.text)
	}
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://harrier/v1/runs/"+run.ID.String()+"/watch", nil)
	if err != nil {
		t.Fatal(err)
	}
	res, err := c.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	if n, err := res.Body.Read(make([]byte, 64)); n == 0 || err != nil {
		t.Fatalf("the stream did not begin: %v", err)
	}
	began := time.Now()
	s.end()
	if took := time.Since(began); took > 4*time.Second {
		t.Errorf("the server took %s to end, so it waited until streams are cut off", took)
	}
	rest, err := io.ReadAll(res.Body)
	if err := errors.Join(err, res.Body.Close()); err != nil || strings.Contains(string(rest), "event: end") {
		t.Errorf("the stream ended with %v, and says that the run has ended: %s", err, rest)
	}
}

func TestLocal_worksWhereNoServerIs(t *testing.T) {
	t.Parallel()
	dir := directory(t)
	l, err := daemon.Daemon{Version: api.Version{Version: "1.2.3"}}.Local(t.Context(), dir, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	c := &http.Client{Transport: l.Transport}
	if status, body := get(t, c, "http://harrier/v1/version", ""); status != http.StatusOK || !strings.Contains(body, "1.2.3") {
		t.Errorf("got %d: %s", status, body)
	}
	if status, body := get(t, c, "http://harrier/v1/playbooks/phishing-response", ""); status != http.StatusOK {
		t.Errorf("got %d: %s", status, body)
	}
	if err := l.Close(t.Context()); err != nil {
		t.Error(err)
	}
	serve(t, dir, "").end() // the directory is free again
}
