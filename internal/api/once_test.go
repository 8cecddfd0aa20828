package api

import (
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/harrier-soar/harrier"
)

// keyed sends a request with an Idempotency-Key.
func keyed(s *Server, who harrier.Principal, key, body string) *httptest.ResponseRecorder {
	req := httptest.NewRequest(http.MethodPost, "/v1/feeds", strings.NewReader(body))
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set(keyHeader, key)
	rec := httptest.NewRecorder()
	s.Handler(as(who)).ServeHTTP(rec, req)
	return rec
}

func TestOnce_givesTheSameAnswerToTheSameRequest(t *testing.T) {
	t.Parallel()
	w := newWorld()
	s := w.server(t)
	const body = `{"name":"slack2"}`
	first := keyed(s, harrier.Operator(), "k-1", body)
	again := keyed(s, harrier.Operator(), "k-1", body)
	if first.Code != http.StatusOK || again.Code != first.Code || again.Body.String() != first.Body.String() || again.Header().Get("Content-Type") != first.Header().Get("Content-Type") {
		t.Errorf("first %d %s, again %d %s", first.Code, first.Body, again.Code, again.Body)
	}
	if again.Header().Get("Idempotency-Replayed") != "true" || len(w.changed()) != 1 {
		t.Errorf("%v were done, replayed %q", w.changed(), again.Header().Get("Idempotency-Replayed"))
	}
	if other := keyed(s, harrier.Operator(), "k-1", strings.Replace(body, "slack2", "slack3", 1)); other.Code != http.StatusConflict {
		t.Errorf("another request under the key answers %d %s", other.Code, other.Body)
	}
	colleague := harrier.Operator()
	colleague.ID = fixed[harrier.PrincipalID]("colleague")
	if theirs := keyed(s, colleague, "k-1", body); theirs.Header().Get("Idempotency-Replayed") != "" || len(w.changed()) != 2 {
		t.Errorf("a colleague's key answers %d, and %v were done", theirs.Code, w.changed())
	}
	if bad := keyed(s, harrier.Operator(), "a key", body); bad.Code != http.StatusBadRequest {
		t.Errorf("a key with a space answers %d", bad.Code)
	}
}

// A change that is no POST is done once too, and is another one than a POST
// of the same body.
func TestOnce_holdsForEveryMethodThatChanges(t *testing.T) {
	t.Parallel()
	w := newWorld()
	s := w.server(t)
	ask := func(method, path, body string) *httptest.ResponseRecorder {
		req := httptest.NewRequest(method, path, strings.NewReader(body))
		req.Header.Set("Content-Type", "application/json")
		req.Header.Set(keyHeader, "k-"+path)
		rec := httptest.NewRecorder()
		s.Handler(as(harrier.Operator())).ServeHTTP(rec, req)
		return rec
	}
	for _, one := range [][3]string{{http.MethodPatch, "/v1/sources/slack", `{"live":true}`}, {http.MethodDelete, "/v1/switch?reason=r", ``}} {
		before := len(w.changed())
		first, again := ask(one[0], one[1], one[2]), ask(one[0], one[1], one[2])
		if first.Code != http.StatusOK || again.Body.String() != first.Body.String() || again.Header().Get("Idempotency-Replayed") != "true" || len(w.changed()) > before+1 {
			t.Errorf("%s answers %d and %d %v, and %v were done", one[0], first.Code, again.Code, again.Header(), w.changed()[before:])
		}
	}
	if rec := ask(http.MethodPost, "/v1/switch?reason=r", ``); rec.Code != http.StatusConflict {
		t.Errorf("another method under the same key answers %d", rec.Code)
	}
}

// Whoever asks again while the first request is worked on is told when to.
func TestOnce_saysWhenToAskAgain(t *testing.T) {
	t.Parallel()
	s := newWorld().server(t)
	by := harrier.Operator()
	s.flights.take(by.Tenant.String() + by.ID.String() + "k-1")
	if rec := keyed(s, by, "k-1", `{"name":"slack2"}`); rec.Code != http.StatusConflict || rec.Header().Get("Retry-After") != "1" {
		t.Errorf("the answer is %d %v", rec.Code, rec.Header())
	}
}

func TestLimits_slowOnePrincipalAndNotOthers(t *testing.T) {
	t.Parallel()
	w := newWorld()
	cfg := w.config()
	now := epoch()
	cfg.Now, cfg.Rates = func() time.Time { return now }, Rates{Writes: 1}
	s := New(cfg)
	send := func(p harrier.Principal) *httptest.ResponseRecorder {
		return send(s, as(p), sample{method: "POST", path: "/v1/playbooks/check", body: `{"source":"harrier: 1"}`, media: "application/json"})
	}
	for i := range burst {
		if rec := send(harrier.Operator()); rec.Code != http.StatusOK || rec.Header().Get("RateLimit") != `"write";r=`+strconv.Itoa(burst-1-i)+`;t=`+map[bool]string{true: "1", false: "0"}[i == burst-1] {
			t.Fatalf("request %d answers %d with %q", i, rec.Code, rec.Header().Get("RateLimit"))
		}
	}
	rec := send(harrier.Operator())
	if rec.Code != http.StatusTooManyRequests || rec.Header().Get("Retry-After") != "1" || rec.Header().Get("RateLimit-Policy") != `"write";q=10;w=10` {
		t.Errorf("one too many answers %d %v", rec.Code, rec.Header())
	}
	colleague := harrier.Operator()
	colleague.ID = fixed[harrier.PrincipalID]("colleague")
	if rec := send(colleague); rec.Code != http.StatusOK {
		t.Errorf("a colleague is answered %d", rec.Code)
	}
	now = now.Add(time.Second)
	if rec := send(harrier.Operator()); rec.Code != http.StatusOK {
		t.Errorf("a second later the answer is %d", rec.Code)
	}
}
