package api

import (
	"math"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/harrier-soar/harrier"
)

// Rates bounds what each principal asks for. A zero field takes its default.
type Rates struct {
	// Reads and Writes are requests a second, over time; 200 and 100.
	Reads, Writes float64
	// Intake is the same of alerts, mails and events that are submitted; 5,000.
	Intake float64
}

// burst is how many seconds of a rate may be asked for at once.
const burst = 10

// maxBuckets bounds how many principals are remembered. Those forgotten begin
// with a full bucket.
const maxBuckets = 10_000

// policy is a limit with its name in the headers.
type policy struct {
	name string
	rate float64
}

// policy returns the limit of a route.
func (r Rates) policy(pattern string) policy {
	or := func(v, other float64) float64 {
		if v > 0 {
			return v
		}
		return other
	}
	method, path, _ := strings.Cut(pattern, " ")
	switch {
	case path == "/v1/alerts" && method == http.MethodPost, path == "/v1/mails", path == "/v1/events" && method == http.MethodPost:
		return policy{"intake", or(r.Intake, 5000)}
	case method == http.MethodGet:
		return policy{"read", or(r.Reads, 200)}
	}
	return policy{"write", or(r.Writes, 100)}
}

// limiter counts requests by principal and policy.
type limiter struct {
	mu      sync.Mutex // guards what follows
	buckets map[string]bucket
}

// bucket is what a principal may still ask for, at a time.
type bucket struct {
	left float64
	at   time.Time
}

// take takes one request; left is how many may follow at once, and wait is after
// how long one may be sent again.
func (l *limiter) take(who string, p policy, now time.Time) (left int, wait time.Duration, ok bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	key := p.name + who
	b, known := l.buckets[key]
	full := p.rate * burst
	if !known {
		if len(l.buckets) >= maxBuckets {
			clear(l.buckets)
		}
		b = bucket{full, now}
	}
	b.left, b.at = min(full, b.left+p.rate*max(0, now.Sub(b.at).Seconds())), now
	if ok = b.left >= 1; ok {
		b.left--
	}
	l.buckets[key] = b
	return int(b.left), time.Duration((1 - min(1, b.left)) / p.rate * float64(time.Second)), ok
}

// limited counts a request of a principal, and refuses it where there were too
// many. The headers are those of the IETF's draft on RateLimit fields.
func (s *Server) limited(pattern string, next http.HandlerFunc) http.HandlerFunc {
	p := s.cfg.Rates.policy(pattern)
	about := `"` + p.name + `";q=` + strconv.Itoa(int(p.rate*burst)) + ";w=" + strconv.Itoa(burst)
	return func(w http.ResponseWriter, r *http.Request) {
		by, known := harrier.PrincipalFrom(r.Context())
		if !known {
			next(w, r)
			return
		}
		left, wait, ok := s.limits.take(by.Tenant.String()+by.ID.String(), p, s.cfg.Now())
		w.Header().Set("RateLimit-Policy", about)
		w.Header().Set("RateLimit", `"`+p.name+`";r=`+strconv.Itoa(left)+";t="+strconv.Itoa(int(math.Ceil(wait.Seconds()))))
		if !ok {
			problem := newProblem(r.Context(), harrier.Limited.String(), by.Name+" sends more requests than one principal may; slow down, or ask an administrator for a key of its own for each program")
			problem.retryAfter = max(1, int(math.Ceil(wait.Seconds())))
			s.refuse(w, r, problem)
			return
		}
		next(w, r)
	}
}
