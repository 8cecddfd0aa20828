package lab

import (
	"encoding/json"
	"maps"
	"net"
	"net/http"
	"strconv"
	"time"
)

// attempt is a request that met a fault.
type attempt struct {
	rule *Rule
	call Call
}

// misbehave answers a request as its fault says.
func (s *server) misbehave(w http.ResponseWriter, r *http.Request, body []byte, at attempt) {
	switch at.rule.Kind {
	case Unauthorized:
		s.refused(w, at, http.StatusUnauthorized)
	case Forbidden:
		s.refused(w, at, http.StatusForbidden)
	case Limited:
		s.refused(w, at, http.StatusTooManyRequests)
	case Failing:
		s.refused(w, at, http.StatusInternalServerError)
	case Unavailable:
		s.refused(w, at, http.StatusServiceUnavailable)
	case Empty:
		s.finish(w, at, newAnswer())
	case ResetBefore:
		s.reset(w, at)
	case ExecutedThenReset:
		s.execute(r, body)
		at.call.Executed = true
		s.reset(w, at)
	case ExecutedThenError:
		s.execute(r, body)
		at.call.Executed = true
		s.refused(w, at, http.StatusInternalServerError)
	case Slow:
		if !wait(r, at.rule.Delay) {
			s.lab.remember(at.call) // the client left first
			return
		}
		s.executed(w, r, body, at)
	case ClockSkew:
		s.executed(w, withSkew(r, at.rule.Skew), body, at)
	case Truncated, Duplicate, Stale, Drift:
		s.distort(w, r, body, at)
	}
}

// executed carries the request out and answers truly.
func (s *server) executed(w http.ResponseWriter, r *http.Request, body []byte, at attempt) {
	a := s.execute(r, body)
	if at.rule.Kind == ClockSkew {
		a.header.Set("Date", s.lab.now(r).Format(http.TimeFormat))
	}
	at.call.Executed = true
	s.finish(w, at, a)
}

// distort carries the request out and answers wrongly.
func (s *server) distort(w http.ResponseWriter, r *http.Request, body []byte, at attempt) {
	s.mu.Lock()
	before := s.last
	s.mu.Unlock()
	at.call.Executed = true
	a := s.execute(r, body)
	switch at.rule.Kind {
	case Truncated:
		s.truncate(w, at, a)
		return
	case Duplicate:
		s.execute(r, body)
	case Stale:
		if before != nil {
			a = before
		}
	case Drift:
		a = a.renamed(at.rule.From, at.rule.To)
	case Unauthorized, Forbidden, Limited, Failing, Unavailable, Slow, ExecutedThenError, ExecutedThenReset, ResetBefore, Empty, ClockSkew:
		// Answers of these are not wrong, or are not sent.
	}
	s.finish(w, at, a)
}

// refused answers with an error of the vendor's shape.
func (s *server) refused(w http.ResponseWriter, at attempt, status int) {
	a := newAnswer()
	if at.rule.RetryAfter > 0 {
		seconds := int((at.rule.RetryAfter + time.Second - 1) / time.Second)
		a.header.Set("Retry-After", strconv.Itoa(seconds))
	}
	s.vendor.refuse(a, status)
	s.finish(w, at, a)
}

func (s *server) finish(w http.ResponseWriter, at attempt, a *answer) {
	at.call.Status = a.status
	s.lab.remember(at.call)
	a.send(w)
}

// truncate announces the whole answer, sends half of it and hangs up.
func (s *server) truncate(w http.ResponseWriter, at attempt, a *answer) {
	at.call.Status = a.status
	s.lab.remember(at.call)
	maps.Copy(w.Header(), a.header)
	w.Header().Set("Content-Length", strconv.Itoa(max(a.body.Len(), 2)))
	w.WriteHeader(a.status)
	_, _ = w.Write(a.body.Bytes()[:a.body.Len()/2])
	_ = http.NewResponseController(w).Flush()
	panic(http.ErrAbortHandler)
}

// reset cuts the connection without a word; the client sees a reset.
func (s *server) reset(w http.ResponseWriter, at attempt) {
	s.lab.remember(at.call)
	conn, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	if tcp, ok := conn.(*net.TCPConn); ok {
		_ = tcp.SetLinger(0)
	}
	_ = conn.Close()
}

// wait reports whether the client stayed for d.
func wait(r *http.Request, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-r.Context().Done():
		return false
	}
}

// renamed returns the answer with a field renamed wherever it occurs.
func (a *answer) renamed(from, to string) *answer {
	var value any
	if json.Unmarshal(a.body.Bytes(), &value) != nil {
		return a
	}
	out := newAnswer()
	out.header = a.header.Clone()
	writeJSON(out, a.status, rename(value, from, to))
	return out
}

func rename(value any, from, to string) any {
	switch v := value.(type) {
	case map[string]any:
		out := make(map[string]any, len(v))
		for k, item := range v {
			if k == from {
				k = to
			}
			out[k] = rename(item, from, to)
		}
		return out
	case []any:
		for i := range v {
			v[i] = rename(v[i], from, to)
		}
	}
	return value
}
