package lab

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"maps"
	"math/rand/v2"
	"net"
	"net/http"
	"net/netip"
	"sync"
	"time"
)

// vendor is one simulated product.
type vendor interface {
	name() string
	// handler answers the vendor's endpoints, credentials checked.
	handler() http.Handler
	// refuse writes an error with a status in the vendor's own shape.
	refuse(w http.ResponseWriter, status int)
}

// maxBody bounds a request's body.
const maxBody = 32 << 20

// server is one vendor listening.
type server struct {
	lab      *Lab
	vendor   vendor
	inner    http.Handler
	http     *http.Server
	listener net.Listener

	mu   sync.Mutex // guards last
	last *answer    // what was answered before, for stale answers
}

// bind takes the address of a vendor. It answers when it is started.
func (l *Lab) bind(v vendor, address string) (*server, error) {
	listener, err := net.Listen("tcp", address) //nolint:noctx // listening on an address waits for nothing
	if err != nil {
		return nil, err
	}
	s := &server{lab: l, vendor: v, inner: v.handler(), listener: listener}
	s.http = &http.Server{
		Handler: s, ReadHeaderTimeout: 10 * time.Second, ReadTimeout: time.Minute, IdleTimeout: time.Minute,
		ErrorLog: slog.NewLogLogger(l.config.Log.Handler(), slog.LevelDebug),
	}
	return s, nil
}

// bindLasting is bind for a port, or for any where it is 0. A lab that remembers
// its ports takes them from below those that systems give to clients, so that
// none has become a client's when it starts again.
func (l *Lab) bindLasting(v vendor, address netip.Addr, port int) (*server, error) {
	const lowest, count, tries = 15_000, 17_000, 100
	for range tries {
		if port != 0 || l.config.Dir == "" {
			break
		}
		at := netip.AddrPortFrom(address, uint16(lowest+rand.IntN(count)))
		if s, err := l.bind(v, at.String()); err == nil {
			return s, nil
		}
	}
	return l.bind(v, netip.AddrPortFrom(address, uint16(port)).String())
}

// start answers requests until the server is shut down.
func (s *server) start() {
	s.lab.running.Go(func() {
		if err := s.http.Serve(s.listener); err != nil && err != http.ErrServerClosed {
			s.lab.config.Log.Error("a vendor of the lab stopped", "vendor", s.vendor.name(), "err", err)
		}
	})
}

func (s *server) port() int { return s.listener.Addr().(*net.TCPAddr).Port } //nolint:errcheck // it listens for TCP

// ServeHTTP answers one request, or misbehaves as a fault says. The answer is
// complete before its first byte is sent, so that every fault can use it.
func (s *server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	if err != nil {
		s.vendor.refuse(w, http.StatusRequestEntityTooLarge)
		return
	}
	if s.vendor.name() == controlName {
		s.execute(r, body).send(w)
		return
	}
	call := Call{Vendor: s.vendor.name(), Method: r.Method, Path: r.URL.Path, Query: r.URL.RawQuery, At: s.lab.now(r)}
	rule := s.lab.faults.pick(s.vendor.name(), r)
	if rule == nil {
		a := s.execute(r, body)
		call.Status, call.Executed = a.status, true
		s.lab.remember(call)
		a.send(w)
		return
	}
	call.Fault = rule.Kind
	s.misbehave(w, r, body, attempt{rule: rule, call: call})
}

// execute lets the vendor carry the request out.
func (s *server) execute(r *http.Request, body []byte) *answer {
	a := newAnswer()
	again := r.Clone(r.Context())
	again.Body = io.NopCloser(bytes.NewReader(body))
	s.inner.ServeHTTP(a, again)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.last = a
	return a
}

// answer is a response that is held back until it is complete.
type answer struct {
	status int
	header http.Header
	body   bytes.Buffer
}

func newAnswer() *answer { return &answer{status: http.StatusOK, header: make(http.Header)} }

// Header implements [http.ResponseWriter].
func (a *answer) Header() http.Header { return a.header }

// WriteHeader implements [http.ResponseWriter].
func (a *answer) WriteHeader(status int) { a.status = status }

// Write implements [http.ResponseWriter].
func (a *answer) Write(b []byte) (int, error) { return a.body.Write(b) }

// send sends the answer. A client that has gone away is its own affair.
func (a *answer) send(w http.ResponseWriter) {
	maps.Copy(w.Header(), a.header)
	w.WriteHeader(a.status)
	_, _ = w.Write(a.body.Bytes())
}

// skewed carries how wrong the vendor's clock is for one request.
type skewed struct{}

// now is the vendor's clock as this request sees it.
func (l *Lab) now(r *http.Request) time.Time {
	skew, _ := r.Context().Value(skewed{}).(time.Duration)
	return l.config.Now().Add(skew).UTC()
}

func withSkew(r *http.Request, skew time.Duration) *http.Request {
	return r.WithContext(context.WithValue(r.Context(), skewed{}, skew))
}

// writeJSON answers with a JSON value.
func writeJSON(w http.ResponseWriter, status int, value any) {
	if w.Header().Get("Content-Type") == "" {
		w.Header().Set("Content-Type", "application/json; charset=utf-8")
	}
	w.WriteHeader(status)
	encoder := json.NewEncoder(w)
	encoder.SetEscapeHTML(false)
	_ = encoder.Encode(value) // into memory, of plain values: cannot fail
}

// change makes a change for a request. It reports false, after refusing the
// request, where the change could not be journaled.
func (l *Lab) change(w http.ResponseWriter, r *http.Request, v vendor, f func(*edit)) bool {
	err := l.world.update(l.now(r), f)
	if err == nil {
		return true
	}
	l.config.Log.Error("the lab lost a change", "vendor", v.name(), "err", err)
	v.refuse(w, http.StatusInternalServerError)
	return false
}
