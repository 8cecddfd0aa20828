package transport_test

import (
	"compress/gzip"
	"context"
	"crypto/tls"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/connector"
	"github.com/harrier-soar/harrier/internal/transport"
)

// hangUp ends a connection without an answer; reset loses what is under way.
func hangUp(w http.ResponseWriter, reset bool) {
	conn, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		panic(err)
	}
	if tcp, ok := conn.(*net.TCPConn); ok && reset {
		_ = tcp.SetLinger(0)
	}
	_ = conn.Close()
}

// refusing returns an address that refuses connections until the test ends: it
// is taken, so that nobody else gets it, but nobody listens.
func refusing(t *testing.T) string {
	t.Helper()
	socket, err := syscall.Socket(syscall.AF_INET, syscall.SOCK_STREAM|syscall.SOCK_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = syscall.Close(socket) })
	if err := syscall.Bind(socket, &syscall.SockaddrInet4{Addr: [4]byte{127, 0, 0, 1}}); err != nil {
		t.Fatal(err)
	}
	name, err := syscall.Getsockname(socket)
	if err != nil {
		t.Fatal(err)
	}
	at, ok := name.(*syscall.SockaddrInet4)
	if !ok {
		t.Fatalf("the socket is at %T", name)
	}
	return fmt.Sprint("127.0.0.1:", at.Port)
}

// G5: before any byte of the request, a failure is definite; after, that of an effect is Unknown.
func TestTransport_tellsWhetherItLeft_G5(t *testing.T) {
	t.Parallel()
	server := serve(t, func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/close":
			hangUp(w, false)
		case "/reset":
			_, _ = io.Copy(io.Discard, r.Body)
			hangUp(w, true)
		case "/hang":
			_, _ = io.Copy(io.Discard, r.Body)
			<-r.Context().Done()
		case "/garbage":
			conn, _, _ := http.NewResponseController(w).Hijack()
			_, _ = conn.Write([]byte("SSH-2.0-OpenSSH_9.6\r\n\r\n"))
			_ = conn.Close()
		case "/cut":
			w.Header().Set("Content-Length", "1000")
			_, _ = w.Write([]byte("short"))
		}
	})
	tlsOnly := httptest.NewUnstartedServer(http.NotFoundHandler())
	tlsOnly.Config.ErrorLog = slog.NewLogLogger(slog.DiscardHandler, slog.LevelError)
	tlsOnly.StartTLS()
	t.Cleanup(tlsOnly.Close)
	cases := map[string]struct {
		base, path string
		sent       bool
		text       string
	}{
		"nothing listens":               {"http://" + refusing(t), "/", false, "refused"},
		"the name does not exist":       {"http://missing.example", "/", false, "does not exist"},
		"the certificate is strange":    {tlsOnly.URL, "/", false, "add its CA"},
		"the server does not do TLS":    {"https" + strings.TrimPrefix(server.URL, "http"), "/", false, "does not speak TLS"},
		"closed without an answer":      {server.URL, "/close", true, "closed"},
		"reset without an answer":       {server.URL, "/reset", true, "reset"},
		"no answer in time":             {server.URL, "/hang", true, "in time"},
		"an answer that is not HTTP":    {server.URL, "/garbage", true, ""},
		"an answer that was cut off":    {server.URL, "/cut", true, "cut off"},
		"a first byte that is too late": {server.URL, "/hang", true, "no answer in time"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			times := transport.Timeouts{}
			switch name {
			case "no answer in time":
				times.Total = 500 * time.Millisecond
			case "a first byte that is too late":
				times.FirstByte = 400 * time.Millisecond
			}
			tr := newTransport(t, transport.Config{Timeouts: times, Resolver: &names{}})
			wantClass(t, do(t, tr.Env(to(c.base), read()), ask{http.MethodGet, c.path, ""}), connector.Unavailable, c.text)
			want := connector.Unavailable
			if c.sent {
				want = connector.Unknown
			}
			wantClass(t, do(t, tr.Env(to(c.base), contain()), ask{http.MethodPost, c.path, "{}"}), want, c.text)
			wantClass(t, do(t, tr.Env(to(c.base), contain()), ask{http.MethodGet, c.path, ""}), want, c.text)
		})
	}
}

func TestTransport_endsWithItsCaller(t *testing.T) {
	t.Parallel()
	entered := make(chan struct{}, 2)
	server := serve(t, func(_ http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		entered <- struct{}{}
		<-r.Context().Done()
	})
	tr := newTransport(t, transport.Config{})
	for _, call := range []transport.Call{read(), contain()} {
		ctx, cancel := context.WithCancel(t.Context())
		go func() { <-entered; cancel() }()
		want := connector.Unavailable
		if call.Effect.Writes() {
			want = connector.Unknown
		}
		wantClass(t, doCtx(t, ctx, tr.Env(to(server.URL), call), ask{http.MethodPost, "/", "{}"}), want, "cancelled")
		got := doCtx(t, ctx, tr.Env(to(server.URL), call), ask{http.MethodPost, "/", "{}"})
		wantClass(t, got, connector.Unavailable, "") // given up before it was sent
	}
}

// What the caller gives as the cause of its end says why, but not whether anything was sent.
func TestTransport_saysWhyItsCallerEnded(t *testing.T) {
	t.Parallel()
	address := listen(t, func(conn net.Conn) { _, _ = io.Copy(io.Discard, conn) })
	tr := newTransport(t, transport.Config{})
	over := connector.Errorf(connector.Unknown, "the step's timeout is over")
	for scheme, want := range map[string]connector.Class{"http": connector.Unknown, "https": connector.Unavailable} {
		ctx, cancel := context.WithTimeoutCause(t.Context(), 500*time.Millisecond, over)
		defer cancel()
		got := doCtx(t, ctx, tr.Env(to(scheme+"://"+address), contain()), ask{http.MethodPost, "/", "x"})
		wantClass(t, got, want, "the step's timeout is over")
	}
}

func TestTransport_handsBackEveryStatus(t *testing.T) {
	t.Parallel()
	server := serve(t, func(w http.ResponseWriter, r *http.Request) {
		var status int
		_, _ = fmt.Sscanf(r.URL.Path, "/%d", &status)
		w.WriteHeader(status)
		if status != 204 && status != 304 {
			_, _ = fmt.Fprint(w, "status ", status)
		}
	})
	tr := newTransport(t, transport.Config{})
	for _, status := range []int{200, 201, 202, 204, 206, 304, 400, 401, 403, 404, 408, 409, 410, 422, 425, 429, 500, 502, 503, 504} {
		body := fmt.Sprint("status ", status)
		if status == 204 || status == 304 {
			body = ""
		}
		wantBody(t, do(t, tr.Env(to(server.URL), contain()), ask{http.MethodPost, fmt.Sprint("/", status), "x"}), status, body)
	}
}

// SBX-14: endless, bloated and cut answers are bounded, and a refusal stays one.
func TestTransport_boundsAnswers_SBX14(t *testing.T) {
	t.Parallel()
	server := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Query().Get("status") != "" {
			w.WriteHeader(http.StatusForbidden)
		}
		switch r.URL.Path {
		case "/endless":
			for r.Context().Err() == nil {
				if _, err := w.Write(make([]byte, 64<<10)); err != nil {
					return
				}
			}
		case "/bomb":
			w.Header().Set("Content-Encoding", "gzip")
			z := gzip.NewWriter(w)
			for range 512 {
				if _, err := z.Write(make([]byte, 64<<10)); err != nil {
					return // the client has had enough
				}
			}
			_ = z.Close()
		case "/headers":
			w.Header().Set("X-Big", strings.Repeat("x", 1<<20))
		}
	})
	tr := newTransport(t, transport.Config{MaxBody: 1 << 20})
	for _, path := range []string{"/endless", "/bomb"} {
		wantClass(t, do(t, tr.Env(to(server.URL), read()), ask{http.MethodGet, path, ""}), connector.Drift, "larger than")
		wantClass(t, do(t, tr.Env(to(server.URL), contain()), ask{http.MethodPost, path, "x"}), connector.Unknown, "larger than")
		got := do(t, tr.Env(to(server.URL), contain()), ask{http.MethodPost, path + "?status=403", "x"})
		if got.err != nil || got.status != 403 || len(got.body) == 0 || len(got.body) > 1<<20 {
			t.Errorf("%s: got status %d, %d bytes, %v; want the refusal", path, got.status, len(got.body), got.err)
		}
	}
	wantClass(t, do(t, tr.Env(to(server.URL), read()), ask{http.MethodGet, "/headers", ""}), connector.Unavailable, "")
	small := read()
	small.MaxBody = 10
	wantClass(t, do(t, tr.Env(to(server.URL), small), ask{http.MethodGet, "/bomb", ""}), connector.Drift, "larger than 10 bytes")
}

func TestTransport_boundsRequests(t *testing.T) {
	t.Parallel()
	tr := newTransport(t, transport.Config{MaxRequest: 10})
	wantClass(t, do(t, tr.Env(to("http://127.0.0.1:1"), contain()), ask{http.MethodPost, "/", "more than ten"}), connector.Invalid, "larger than 10")
}

// Each effect that must not be made again has a connection of its own; reads
// and other effects share one.
func TestTransport_sendsEffectsOverFreshConnections(t *testing.T) {
	t.Parallel()
	var opened atomic.Int64
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	server.Config.ConnState = func(_ net.Conn, s http.ConnState) {
		if s == http.StateNew {
			opened.Add(1)
		}
	}
	server.Start()
	t.Cleanup(server.Close)
	tr := newTransport(t, transport.Config{})
	again := contain()
	again.Again = true
	for _, c := range []struct {
		call transport.Call
		want int64
	}{{read(), 1}, {contain(), 3}, {again, 0}} { // the last uses that of the reads
		opened.Store(0)
		for range 3 {
			wantBody(t, do(t, tr.Env(to(server.URL), c.call), ask{http.MethodPost, "/", "x"}), 200, "")
		}
		if opened.Load() != c.want {
			t.Errorf("%s: %d connections, want %d", c.call.Effect, opened.Load(), c.want)
		}
	}
}

// NET-06: certificates are verified always, against the CA of the connection where it has one.
func TestTransport_verifiesCertificates_NET06(t *testing.T) {
	t.Parallel()
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { _, _ = io.WriteString(w, r.Proto) }))
	server.EnableHTTP2 = true
	server.Config.ErrorLog = slog.NewLogLogger(slog.DiscardHandler, slog.LevelError)
	server.StartTLS()
	t.Cleanup(server.Close)
	old := httptest.NewUnstartedServer(http.NotFoundHandler())
	old.TLS = &tls.Config{MaxVersion: tls.VersionTLS11, MinVersion: tls.VersionTLS10}
	old.Config.ErrorLog = slog.NewLogLogger(slog.DiscardHandler, slog.LevelError)
	old.StartTLS()
	t.Cleanup(old.Close)
	ca := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw})
	_, port, _ := strings.Cut(strings.TrimPrefix(server.URL, "https://"), ":")
	tr := newTransport(t, transport.Config{Resolver: &names{any: []string{"127.0.0.1"}}})
	trusting := func(base string) transport.Connection {
		c := to(base)
		c.CA = ca
		return c
	}
	wantClass(t, do(t, tr.Env(to(server.URL), read()), ask{http.MethodGet, "/", ""}), connector.Unavailable, "add its CA")
	for _, call := range []transport.Call{read(), contain()} {
		wantBody(t, do(t, tr.Env(trusting(server.URL), call), ask{http.MethodGet, "/", ""}), 200, "HTTP/2.0")
	}
	wantBody(t, do(t, tr.Env(trusting("https://example.com:"+port), read()), ask{http.MethodGet, "/", ""}), 200, "HTTP/2.0")
	wantClass(t, do(t, tr.Env(trusting("https://other.example:"+port), contain()), ask{http.MethodGet, "/", ""}), connector.Unavailable, "not valid")
	wantClass(t, do(t, tr.Env(trusting(old.URL), read()), ask{http.MethodGet, "/", ""}), connector.Unavailable, "TLS")
	bad := to(server.URL)
	bad.CA = []byte("no certificate")
	wantClass(t, do(t, tr.Env(bad, read()), ask{http.MethodGet, "/", ""}), connector.Invalid, "PEM")
}

func TestTransport_refusesWhatItDoesNotKnow(t *testing.T) {
	t.Parallel()
	tr := newTransport(t, transport.Config{})
	for name, change := range map[string]func(*transport.Call){
		"unknown mode":   func(c *transport.Call) { c.Mode = "" },
		"unknown effect": func(c *transport.Call) { c.Effect = "harmless" },
		"record mode":    func(c *transport.Call) { c.Mode = harrier.RecordMode },
	} {
		call := read()
		change(&call)
		wantClass(t, do(t, tr.Env(to("http://127.0.0.1:1"), call), ask{http.MethodGet, "/", ""}), connector.Invalid, name)
	}
	conn := to("http://127.0.0.1:1")
	conn.Auth.Kind = "kerberos"
	wantClass(t, do(t, tr.Env(conn, read()), ask{http.MethodGet, "/", ""}), connector.Invalid, "kerberos")
}

// A process may end at each point of a call, and the points come in this order.
func TestTransport_namesItsFailpoints(t *testing.T) {
	t.Parallel()
	server := serve(t, func(http.ResponseWriter, *http.Request) {})
	var mu sync.Mutex
	var got []string
	tr := newTransport(t, transport.Config{Hit: func(name string) { mu.Lock(); got = append(got, name); mu.Unlock() }})
	do(t, tr.Env(to(server.URL), contain()), ask{http.MethodPost, "/", "x"})
	mu.Lock()
	defer mu.Unlock()
	want := []string{"call.before_connect", "call.after_headers_sent", "call.after_body_sent", "call.after_response"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestTransport_errorsKeepTheirCause(t *testing.T) {
	t.Parallel()
	tr := newTransport(t, transport.Config{Resolver: &names{}})
	got := do(t, tr.Env(to("http://missing.example"), read()), ask{http.MethodGet, "/", ""})
	if dns, ok := errors.AsType[*net.DNSError](got.err); !ok || !dns.IsNotFound {
		t.Errorf("got %v, want the error of the name server in its tree", got)
	}
}
