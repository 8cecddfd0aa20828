package api

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"io"
	"maps"
	"mime"
	"net/http"
	"slices"
	"strings"
	"sync"

	"github.com/harrier-soar/harrier"
)

const keyHeader = "Idempotency-Key"

// maxKept bounds an answer that is kept, in bytes.
const maxKept = 1 << 20

// inFlight are the keys whose requests are worked on.
type inFlight struct {
	mu   sync.Mutex // guards what follows
	keys map[string]bool
}

// take takes a key; false tells that somebody has it.
func (f *inFlight) take(key string) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.keys[key] {
		return false
	}
	f.keys[key] = true
	return true
}

func (f *inFlight) give(key string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	delete(f.keys, key)
}

// onceAlready are the routes that know a request again by what it says.
func onceAlready() []string {
	return []string{"POST /v1/mails", "POST /v1/alerts", "POST /v1/runs"}
}

// once does what a request with an Idempotency-Key asks for one time, and gives
// the same answer again to the same request. A key is its principal's.
func (s *Server) once(pattern string, next http.HandlerFunc) http.HandlerFunc {
	if strings.HasPrefix(pattern, http.MethodGet+" ") || slices.Contains(onceAlready(), pattern) {
		return next
	}
	return func(w http.ResponseWriter, r *http.Request) {
		_, known := harrier.PrincipalFrom(r.Context())
		key := r.Header.Get(keyHeader)
		if key == "" || !known || !isJSON(r) {
			next(w, r)
			return
		}
		if err := s.underKey(w, r, key, next); err != nil {
			s.refuse(w, r, err)
		}
	}
}

// isJSON tells requests whose body is small from files, which are the same or
// not by what they hold.
func isJSON(r *http.Request) bool {
	kind, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type"))
	return kind == "application/json" || r.ContentLength == 0
}

// underKey answers a request under its key.
func (s *Server) underKey(w http.ResponseWriter, r *http.Request, key string, next http.HandlerFunc) error {
	by := principal(r.Context())
	if len(key) > 255 || strings.ContainsFunc(key, func(c rune) bool { return c < '!' || c > '~' }) {
		return harrier.Errorf(harrier.Invalid, "%s is not 1 to 255 visible characters; a UUID is a good one", keyHeader)
	}
	k, err := s.onceKey(w, r, key)
	if err != nil {
		return err
	}
	mine := by.Tenant.String() + by.ID.String() + key
	if !s.flights.take(mine) {
		p := newProblem(r.Context(), harrier.Conflict.String(), "the request with this "+keyHeader+" is still worked on; send it again in a moment")
		p.retryAfter = 1 // no other conflict has it: whoever lost the answer asks again
		return p
	}
	defer s.flights.give(mine)
	was, err := s.cfg.Ports.Once.Earlier(r.Context(), by, k)
	switch {
	case err != nil:
		return err
	case was.Done && !was.Same:
		return harrier.Errorf(harrier.Conflict, "this %s was used for another request; use a new key for each", keyHeader)
	case was.Done && was.Answer.Status == 0:
		return harrier.Errorf(harrier.Conflict, "what this request asks for was done, and the answer lost when the server stopped; look at what is there, and use a new %s to do it again", keyHeader)
	case was.Done:
		was.Answer.write(w)
		return nil
	}
	return s.firstTime(w, r, k, next)
}

// onceKey reads what tells a request from others, and leaves it to be read again.
func (s *Server) onceKey(w http.ResponseWriter, r *http.Request, key string) (OnceKey, error) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	if tooLarge, ok := errors.AsType[*http.MaxBytesError](err); ok {
		return OnceKey{}, tooLarge
	}
	if err != nil {
		return OnceKey{}, newProblem(r.Context(), codeTimeout, "the body did not come whole; send it again")
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	what := r.URL.Path + "?" + r.URL.RawQuery + "\n" + r.Header.Get("If-Match") + "\n" + string(body)
	if r.Method != http.MethodPost {
		what = r.Method + " " + what
	}
	return OnceKey{key, sha256.Sum256([]byte(what))}, nil
}

// firstTime does what a request asks for, and keeps the answer. The answer is
// sent after it is kept; a caller who left does not keep it from being kept.
func (s *Server) firstTime(w http.ResponseWriter, r *http.Request, k OnceKey, next http.HandlerFunc) error {
	by := principal(r.Context())
	rec := &recorder{head: http.Header{}}
	next(rec, r.WithContext(s.cfg.Ports.Once.Under(r.Context(), by, k)))
	a := Answered{Status: rec.status, Head: map[string]string{}}
	if rec.status == 0 {
		a.Status = http.StatusOK
	}
	for _, name := range []string{"Content-Type", "ETag", "Location"} {
		if v := rec.head.Get(name); v != "" {
			a.Head[name] = v
		}
	}
	if rec.body.Len() <= maxKept {
		a.Body = rec.body.Bytes()
	}
	if err := s.cfg.Ports.Once.Keep(context.WithoutCancel(r.Context()), by, k, a); err != nil {
		s.cfg.Log.Error("an answer could not be kept", "err", causes(err), "trace_id", traceOf(r.Context()))
	}
	maps.Copy(w.Header(), rec.head)
	w.WriteHeader(a.Status)
	_, _ = w.Write(rec.body.Bytes()) // a client that left needs no answer
	return nil
}

// write sends an answer that was kept.
func (a Answered) write(w http.ResponseWriter) {
	for name, v := range a.Head {
		w.Header().Set(name, v)
	}
	w.Header().Set("Idempotency-Replayed", "true")
	w.WriteHeader(a.Status)
	_, _ = w.Write(a.Body) // as above
}

// recorder keeps an answer until it is sent.
type recorder struct {
	head   http.Header
	status int
	body   bytes.Buffer
}

// Header implements [http.ResponseWriter].
func (r *recorder) Header() http.Header { return r.head }

// WriteHeader implements [http.ResponseWriter].
func (r *recorder) WriteHeader(status int) {
	if r.status == 0 {
		r.status = status
	}
}

// Write implements [http.ResponseWriter].
func (r *recorder) Write(b []byte) (int, error) {
	r.WriteHeader(http.StatusOK)
	return r.body.Write(b)
}
