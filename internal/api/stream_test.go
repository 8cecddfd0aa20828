package api

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/access"
)

// streamed is what a stream tells somebody.
func streamed(s *Server, who harrier.Principal, path, after string) *httptest.ResponseRecorder {
	req := httptest.NewRequest(http.MethodGet, path, nil)
	req.Header.Set("Last-Event-ID", after)
	rec := httptest.NewRecorder()
	s.Handler(as(who)).ServeHTTP(rec, req)
	return rec
}

// AZ-09: a stream tells of the nouns that somebody may read, and of no others,
// whatever is asked for.
func TestStream_isOfWhatSomebodyMayRead(t *testing.T) {
	t.Parallel()
	s := newWorld().server(t)
	for _, c := range []struct {
		who    harrier.Principal
		topics string
		want   []string
	}{
		{harrier.Operator(), "", []string{"alert.created", "case.created", "notification.created", "end"}},
		{harrier.Operator(), "?topics=cases,alerts", []string{"alert.created", "case.created", "end"}},
		{without(harrier.CasesRead), "", []string{"alert.created", "notification.created", "end"}},
		{otherTenant(), "", []string{"end"}},
	} {
		rec := streamed(s, c.who, "/v1/stream"+c.topics, "")
		if diff := cmp.Diff(c.want, lines(strings.NewReader(rec.Body.String()), "event: ")); diff != "" || rec.Header().Get("Content-Type") != "text/event-stream" {
			t.Errorf("%s (-want +got):\n%s", c.topics, diff)
		}
	}
	if p := problem(t, streamed(s, without(harrier.CasesRead), "/v1/stream?topics=cases", "")); p.Status != http.StatusForbidden {
		t.Errorf("a topic that may not be read gave %+v", p)
	}
	if p := problem(t, streamed(s, harrier.Operator(), "/v1/stream?topics=secrets", "")); p.Status != http.StatusBadRequest {
		t.Errorf("a topic that is none gave %+v", p)
	}
	if got := lines(strings.NewReader(streamed(s, harrier.Operator(), "/v1/stream?topics=alerts", "").Body.String()), "id: "); len(got) != 1 || got[0] != "alerts-place" {
		t.Errorf("the places are %v", got)
	}
}

// Whoever is too far behind is told so last, with where to go on.
func TestStream_saysLastThatSomethingIsLost(t *testing.T) {
	t.Parallel()
	text := streamed(newWorld().server(t), harrier.Operator(), "/v1/stream", "late").Body.String()
	if !strings.HasSuffix(strings.TrimSpace(text), `and go on from here"}`) || !strings.Contains(text, "id: now\nevent: lost\n") {
		t.Errorf("got %q", text)
	}
}

// AZ-09: what ends the session ends the stream, and it says why.
func TestStream_endsWithTheSession(t *testing.T) {
	t.Parallel()
	s := newWorld().server(t)
	ctx, end := context.WithCancelCause(t.Context())
	req := httptest.NewRequestWithContext(ctx, http.MethodGet, "/v1/stream?after=stay", nil)
	rec := httptest.NewRecorder()
	over := make(chan struct{})
	go func() {
		s.Handler(as(harrier.Operator())).ServeHTTP(rec, req)
		close(over)
	}()
	end(&harrier.Error{Kind: harrier.Unauthenticated, Text: "the session was ended"})
	<-over
	if text := rec.Body.String(); !strings.Contains(text, "event: end\ndata: {\"detail\":\"the session ended") {
		t.Errorf("got %q", text)
	}
}

// Nobody holds more streams than a browser has use for; one that ends makes room.
func TestStreams_areBounded(t *testing.T) {
	t.Parallel()
	var c streams
	who := harrier.Operator().ID
	for range maxStreams {
		if !c.begin(who) {
			t.Fatal("there is no room for as many as there may be")
		}
	}
	if c.begin(who) || !c.begin(fixed[harrier.PrincipalID]("other")) {
		t.Error("the bound is not each principal's")
	}
	if c.end(who); !c.begin(who) {
		t.Error("one that ended makes no room")
	}
}

// AUT-13: what is restricted, or TLP:RED, leaves Harrier with a fresh proof only.
func TestExport_ofWhatIsSecretAsksForAProof(t *testing.T) {
	t.Parallel()
	stale := holding(harrier.DefaultTenant, access.Admin)
	stale.Fresh = stale.Fresh.Add(-access.FreshFor)
	for name, c := range map[string]struct {
		change func(*Case)
		want   int
	}{
		"plain":      {func(*Case) {}, http.StatusOK},
		"red":        {func(c *Case) { c.TLP = "red" }, http.StatusUnauthorized},
		"restricted": {func(c *Case) { c.Restricted = true }, http.StatusUnauthorized},
	} {
		w := newWorld()
		w.secret = c.change
		s := w.server(t)
		one := sample{method: http.MethodGet, path: "/v1/cases/7/export"}
		if rec := send(s, as(stale), one); rec.Code != c.want {
			t.Errorf("%s: without a fresh proof it gave %d", name, rec.Code)
		}
		if rec := send(s, as(holding(harrier.DefaultTenant, access.Admin)), one); rec.Code != http.StatusOK {
			t.Errorf("%s: with one it gave %d: %s", name, rec.Code, rec.Body)
		}
	}
}
