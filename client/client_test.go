package client_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/client"
)

// server answers from inside the process, in order: each request gets the next
// answer, and the last one again.
type server struct {
	answers []http.HandlerFunc
	asked   []*http.Request
	bodies  []string
	at      []time.Time
}

// RoundTrip implements [http.RoundTripper].
func (s *server) RoundTrip(r *http.Request) (*http.Response, error) {
	body := ""
	if r.Body != nil {
		text, err := io.ReadAll(r.Body)
		if err != nil {
			return nil, err
		}
		body = string(text)
	}
	next := s.answers[min(len(s.asked), len(s.answers)-1)]
	s.asked, s.bodies, s.at = append(s.asked, r), append(s.bodies, body), append(s.at, time.Now())
	if next == nil {
		return nil, errors.New("connection reset by peer")
	}
	rec := httptest.NewRecorder()
	next(rec, r)
	return rec.Result(), nil
}

// says answers with a status and a text.
func says(status int, kind, text string, head ...string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", kind)
		for i := 0; i+1 < len(head); i += 2 {
			w.Header().Set(head[i], head[i+1])
		}
		w.WriteHeader(status)
		_, _ = io.WriteString(w, text)
	}
}

func ok(text string) http.HandlerFunc { return says(http.StatusOK, "application/json", text) }

func refuses(status int, code string, head ...string) http.HandlerFunc {
	return says(status, "application/problem+json", `{"type":"https://x/problems.md#`+code+`","title":"T","status":1,"detail":"D","fixes":["F"],"errors":[{"pointer":"#/a","detail":"E"}],"trace_id":"t"}`, head...)
}

// of is a client of answers.
func of(t testing.TB, s *server, options ...client.Option) *client.Client {
	t.Helper()
	c, err := client.New("https://harrier.example", append([]client.Option{client.WithHTTP(&http.Client{Transport: s}), client.WithToken(harrier.NewSecret("s3cret"))}, options...)...)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestNew_refusesWhatIsNoAddress(t *testing.T) {
	t.Parallel()
	for _, base := range []string{"", "harrier", "ftp://x", "https://x/path", "https://user@x", "https://x?q", "http://harrier.example"} {
		if _, err := client.New(base, client.WithToken(harrier.NewSecret("s"))); harrier.KindOf(err) != harrier.Invalid {
			t.Errorf("%q gives %v", base, err)
		}
	}
	for _, base := range []string{"https://x", "https://x/", "http://127.0.0.1:8080", "http://localhost:8080", "http://[::1]:8080"} {
		if _, err := client.New(base, client.WithToken(harrier.NewSecret("s"))); err != nil {
			t.Errorf("%q gives %v", base, err)
		}
	}
}

// A token that comes later is not sent in the clear either.
func TestWith_keepsATokenFromTheNetwork(t *testing.T) {
	t.Parallel()
	c, err := client.New("http://harrier.example")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.With(client.WithToken(harrier.NewSecret("s"))).GetVersion(t.Context()); harrier.KindOf(err) != harrier.Invalid {
		t.Errorf("the call gives %v", err)
	}
}

func TestClient_sendsWhoAsksAndWhatItKnows(t *testing.T) {
	t.Parallel()
	s := &server{answers: []http.HandlerFunc{ok(`{}`)}}
	c := of(t, s, client.WithUserAgent("soc-bot/1"))
	if _, err := c.ChangeSource(t.Context(), "a b", client.ChangeSource{Live: new(false)}, client.IfMatch(7)); err != nil {
		t.Fatal(err)
	}
	if _, err := c.GetCase(t.Context(), "7"); err != nil {
		t.Fatal(err)
	}
	change, read := s.asked[0], s.asked[1]
	if change.Method != http.MethodPatch || change.URL.EscapedPath() != "/v1/sources/a%20b" || s.bodies[0] != `{"live":false}` {
		t.Errorf("asked %s %s with %s", change.Method, change.URL, s.bodies[0])
	}
	if h := change.Header; h.Get("If-Match") != `"7"` || h.Get("Authorization") != "Bearer s3cret" || h.Get("User-Agent") != "soc-bot/1" || len(h.Get("Idempotency-Key")) < 20 || h.Get("Content-Type") != "application/json" {
		t.Errorf("the head is %v", h)
	}
	if read.Header.Get("Idempotency-Key") != "" {
		t.Error("a GET bears a key")
	}
}

// What was lost is sent again under the same key, and after the time that the
// server asks for.
func TestClient_repeatsUnderTheSameKey(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := &server{answers: []http.HandlerFunc{
			refuses(http.StatusTooManyRequests, "limited", "Retry-After", "7"), refuses(http.StatusServiceUnavailable, "unavailable", "Retry-After", "11"), nil, ok(`{"id":"case_00000000000000000000000001"}`),
		}}
		if _, err := of(t, s).CreateCase(t.Context(), client.CreateCase{Title: "T"}); err != nil {
			t.Fatal(err)
		}
		for i, r := range s.asked {
			if k := r.Header.Get("Idempotency-Key"); k == "" || k != s.asked[0].Header.Get("Idempotency-Key") || s.bodies[i] != s.bodies[0] {
				t.Errorf("try %d has the key %q and the body %s", i, k, s.bodies[i])
			}
		}
		if a, b, c := s.at[1].Sub(s.at[0]), s.at[2].Sub(s.at[1]), s.at[3].Sub(s.at[2]); a != 7*time.Second || b != 11*time.Second || c < 200*time.Millisecond || c > 5*time.Second {
			t.Errorf("the waits were %s, %s and %s", a, b, c)
		}
	})
}

// A request whose first try is still worked on is asked for again.
func TestClient_waitsForItsOwnFirstTry(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := &server{answers: []http.HandlerFunc{nil, refuses(http.StatusConflict, "conflict", "Retry-After", "1"), ok(`{"title":"T"}`)}}
		if c, err := of(t, s).CreateCase(t.Context(), client.CreateCase{Title: "T"}); err != nil || c.Title != "T" {
			t.Errorf("%+v (%v)", c, err)
		}
	})
}

func TestClient_doesNotRepeatInVain(t *testing.T) {
	t.Parallel()
	unread := func() client.Upload {
		return client.Upload{Media: "text/csv", Body: io.MultiReader(strings.NewReader("a"))}
	}
	for name, c := range map[string]struct {
		answer http.HandlerFunc
		call   func(ctx context.Context, c *client.Client) error
		tries  int
	}{
		"a refusal": {refuses(http.StatusBadRequest, "invalid"), func(ctx context.Context, c *client.Client) error {
			_, err := c.GetCase(ctx, "1")
			return err
		}, 1},
		"a conflict": {refuses(http.StatusConflict, "conflict"), func(ctx context.Context, c *client.Client) error {
			_, err := c.CreateCase(ctx, client.CreateCase{})
			return err
		}, 1},
		"an answer that was kept": {refuses(http.StatusServiceUnavailable, "unavailable", "Idempotency-Replayed", "true"), func(ctx context.Context, c *client.Client) error {
			_, err := c.CreateCase(ctx, client.CreateCase{})
			return err
		}, 1},
		"a file, which no key tells from others": {refuses(http.StatusServiceUnavailable, "unavailable"), func(ctx context.Context, c *client.Client) error {
			_, err := c.ImportAssets(ctx, client.ImportAssetsQuery{Source: "s"}, unread())
			return err
		}, 1},
		"a wait of hours": {refuses(http.StatusTooManyRequests, "limited", "Retry-After", "7200"), func(ctx context.Context, c *client.Client) error {
			_, err := c.GetCase(ctx, "1")
			if client.RetryAfter(err) != 2*time.Hour {
				t.Errorf("the wait is told as %s", client.RetryAfter(err))
			}
			return err
		}, 1},
		"a deadline before the next try": {refuses(http.StatusTooManyRequests, "limited", "Retry-After", "30"), func(ctx context.Context, c *client.Client) error {
			ctx, cancel := context.WithTimeout(ctx, 3*time.Second)
			defer cancel()
			_, err := c.GetCase(ctx, "1")
			return err
		}, 1},
		"a server that is down": {refuses(http.StatusServiceUnavailable, "unavailable"), func(ctx context.Context, c *client.Client) error {
			_, err := c.GetCase(ctx, "1")
			return err
		}, 4},
		"a server that is gone": {nil, func(ctx context.Context, c *client.Client) error {
			_, err := c.GetCase(ctx, "1")
			return err
		}, 4},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				s := &server{answers: []http.HandlerFunc{c.answer}}
				if err := c.call(t.Context(), of(t, s)); err == nil || len(s.asked) != c.tries {
					t.Errorf("%d tries, want %d: %v", len(s.asked), c.tries, err)
				}
			})
		})
	}
}

// A file that can seek begins where it began.
func TestClient_sendsAFileFromItsBeginningAgain(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		file := bytes.NewReader([]byte(`xx{"a":1}`))
		if _, err := file.Seek(2, io.SeekStart); err != nil {
			t.Fatal(err)
		}
		s := &server{answers: []http.HandlerFunc{refuses(http.StatusServiceUnavailable, "unavailable"), says(http.StatusAccepted, "application/json", `{"events":[]}`)}}
		if _, err := of(t, s).SubmitEvent(t.Context(), client.SubmitEventQuery{}, client.Upload{Media: "application/json", Body: file}, client.IdempotencyKey("k")); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff([]string{`{"a":1}`, `{"a":1}`}, s.bodies); diff != "" {
			t.Error(diff)
		}
	})
}

// The token does not go where a redirect points.
func TestClient_followsNoRedirect(t *testing.T) {
	t.Parallel()
	visited := make(chan struct{}, 9)
	other := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { visited <- struct{}{} }))
	defer other.Close()
	for _, status := range []int{http.StatusMovedPermanently, http.StatusFound, http.StatusSeeOther, http.StatusTemporaryRedirect, http.StatusPermanentRedirect} {
		first := httptest.NewServer(http.RedirectHandler(other.URL, status))
		c, err := client.New(first.URL, client.WithToken(harrier.NewSecret("s")), client.WithHTTP(first.Client()))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := c.GetCase(t.Context(), "1"); err == nil || !strings.Contains(err.Error(), other.URL) {
			t.Errorf("%d gives %v", status, err)
		}
		first.Close()
	}
	if len(visited) > 0 {
		t.Error("a redirect was followed")
	}
}

// endless is an answer that never ends.
type endless struct{}

func (endless) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = 'x'
	}
	return len(p), nil
}

func TestClient_boundsAnAnswer(t *testing.T) {
	t.Parallel()
	flood := func(w http.ResponseWriter, _ *http.Request) { _, _ = io.CopyN(w, endless{}, 3<<20) }
	s := &server{answers: []http.HandlerFunc{flood}}
	if _, err := of(t, s, client.WithMaxAnswer(1<<20)).GetCase(t.Context(), "1"); harrier.KindOf(err) != harrier.Limited || len(s.asked) != 1 {
		t.Errorf("after %d tries: %v", len(s.asked), err)
	}
}

func TestProblem_isAnErrorOfItsKind(t *testing.T) {
	t.Parallel()
	for code, c := range map[string]struct {
		status int
		want   harrier.Kind
	}{
		"not_found": {404, harrier.NotFound}, "conflict": {409, harrier.Conflict}, "invalid": {400, harrier.Invalid}, "denied": {403, harrier.Denied},
		"unauthenticated": {401, harrier.Unauthenticated}, "step_up": {401, harrier.Unauthenticated}, "internal": {500, harrier.Internal},
		"precondition_failed": {412, harrier.Conflict}, "too_large": {413, harrier.Limited}, "limited": {429, harrier.Limited},
		"method_not_allowed": {405, harrier.Invalid}, "request_timeout": {408, harrier.Unavailable}, "unavailable": {503, harrier.Unavailable},
	} {
		s := &server{answers: []http.HandlerFunc{refuses(c.status, code)}}
		_, err := of(t, s, client.WithRetries(0)).GetCase(t.Context(), "1")
		h, isHarrier := errors.AsType[*harrier.Error](err)
		p, isProblem := errors.AsType[*client.Problem](err)
		if !isHarrier || !isProblem || h.Kind != c.want || h.Error() != "D" || p.Code() != code || p.Status != c.status || p.Fixes[0] != "F" || p.Errors[0].Pointer != "#/a" || p.TraceID != "t" {
			t.Errorf("%s is %#v with %#v", code, h, p)
		}
	}
	s := &server{answers: []http.HandlerFunc{says(http.StatusNotFound, "text/html", "<h1>nginx</h1>")}}
	if _, err := of(t, s).GetCase(t.Context(), "1"); harrier.KindOf(err) != harrier.NotFound || !strings.Contains(err.Error(), "not as Harrier does") {
		t.Errorf("another server's answer is %v", err)
	}
}

func FuzzProblem_isAlwaysAnError(f *testing.F) {
	f.Add(404, "application/problem+json", "5", []byte(`{"type":"x#not_found","detail":"D"}`))
	f.Add(503, "application/problem+json; charset=utf-8", "-1", []byte(`{"status":"x"}`))
	f.Add(302, "text/html", "", []byte("<"))
	f.Add(473, "application/problem+json", "0", []byte("{}"))
	f.Fuzz(func(t *testing.T, status int, kind, after string, body []byte) {
		if status < 300 || status > 999 {
			return
		}
		s := &server{answers: []http.HandlerFunc{says(status, kind, string(body), "Retry-After", after)}}
		_, err := of(t, s, client.WithRetries(0)).GetCase(t.Context(), "1")
		p, ok := errors.AsType[*client.Problem](err)
		if !ok || err.Error() == "" || p.Status != status || client.RetryAfter(err) < 0 {
			t.Errorf("%d %q %q is %v", status, kind, body, err)
		}
	})
}

func TestItems_askForPageAfterPage(t *testing.T) {
	t.Parallel()
	s := &server{answers: []http.HandlerFunc{ok(`{"items":[{"title":"a"},{"title":"b"}],"next":"n 1"}`), ok(`{"items":[],"next":"n2"}`), ok(`{"items":[{"title":"c"}]}`)}}
	var titles []string
	for a, err := range of(t, s).ListAlerts(t.Context(), client.ListAlertsQuery{Status: client.AlertStatusInProgress, Limit: 2}) {
		if err != nil {
			t.Fatal(err)
		}
		titles = append(titles, a.Title)
	}
	var queries []string
	for _, r := range s.asked {
		queries = append(queries, r.URL.RawQuery)
	}
	if diff := cmp.Diff([]string{"a", "b", "c"}, titles); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{"limit=2&status=in_progress", "cursor=n+1&limit=2&status=in_progress", "cursor=n2&limit=2&status=in_progress"}, queries); diff != "" {
		t.Error(diff)
	}
}

func TestItems_endWithAnErrorAndWhereNobodyWantsMore(t *testing.T) {
	t.Parallel()
	s := &server{answers: []http.HandlerFunc{ok(`{"items":[{},{}],"next":"n"}`), refuses(http.StatusForbidden, "denied")}}
	c, seen := of(t, s), 0
	for _, err := range c.ListAlerts(t.Context(), client.ListAlertsQuery{}) {
		if err != nil {
			t.Fatal(err)
		}
		break
	}
	if len(s.asked) != 1 {
		t.Errorf("%d pages were asked for, and the first item was enough", len(s.asked))
	}
	s.asked = nil
	for _, err := range c.ListAlerts(t.Context(), client.ListAlertsQuery{}) {
		if seen++; err != nil && harrier.KindOf(err) != harrier.Denied {
			t.Fatal(err)
		}
	}
	if seen != 3 {
		t.Errorf("saw %d, want two items and an error", seen)
	}
	turns := &server{answers: []http.HandlerFunc{ok(`{"items":[],"next":"n"}`)}}
	for _, err := range of(t, turns).ListAlerts(t.Context(), client.ListAlertsQuery{}) {
		if err == nil || len(turns.asked) != 2 {
			t.Errorf("a server that turns in circles gives %v after %d pages", err, len(turns.asked))
		}
	}
}

func TestRaw_keepsTheAnswerAsItCame(t *testing.T) {
	t.Parallel()
	const text = `{"title": "T", "new_field": 1}`
	var raw json.RawMessage
	got, err := of(t, &server{answers: []http.HandlerFunc{ok(text)}}).GetCase(t.Context(), "1", client.Raw(&raw))
	if err != nil || got.Title != "T" || string(raw) != text {
		t.Errorf("%v: %s", err, raw)
	}
}

func TestDownload_comesAsItIs(t *testing.T) {
	t.Parallel()
	s := &server{answers: []http.HandlerFunc{says(200, "application/zip", "PK", "Content-Disposition", `attachment; filename="../../x.zip"`)}}
	d, err := of(t, s).GetEvidenceArchive(t.Context(), "evd_1")
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	if text, err := io.ReadAll(d); err != nil || string(text) != "PK" || d.Name != "x.zip" || d.Media != "application/zip" {
		t.Errorf("got %q, %+v (%v)", text, d, err)
	}
}

func TestObject_keepsLargeNumbers(t *testing.T) {
	t.Parallel()
	var o client.Object
	const text = `{"n":12345678901234567890}`
	if err := json.Unmarshal([]byte(text), &o); err != nil {
		t.Fatal(err)
	}
	if again, err := json.Marshal(o); err != nil || string(again) != text {
		t.Errorf("%s (%v)", again, err)
	}
}
