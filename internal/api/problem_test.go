package api

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/document"
)

func TestProblems_haveTheStatusOfTheirKind(t *testing.T) {
	t.Parallel()
	for kind, status := range map[harrier.Kind]int{
		harrier.Internal: 500, harrier.NotFound: 404, harrier.Conflict: 409, harrier.Invalid: 400, harrier.Denied: 403,
		harrier.Unauthenticated: 401, harrier.Unavailable: 503, harrier.Limited: 429,
	} {
		w := newWorld()
		w.broken = harrier.Errorf(kind, "the text for the user")
		p := problem(t, send(w.server(t), as(harrier.Operator()), sample{method: "GET", path: "/v1/runs"}))
		if p.Status != status || p.Type != typePrefix+kind.String() {
			t.Errorf("%s became %d %s, want %d", kind, p.Status, p.Type, status)
		}
		if shown := p.Detail == "the text for the user"; shown == (kind == harrier.Internal) {
			t.Errorf("%s says %q", kind, p.Detail)
		}
	}
}

func TestProblems_keepCausesInTheLog(t *testing.T) {
	t.Parallel()
	var log bytes.Buffer
	w := newWorld()
	cfg := w.config()
	cfg.Log = slog.New(slog.NewTextHandler(&log, nil))
	w.broken = &harrier.Error{Kind: harrier.Unavailable, Text: "the database does not answer", Cause: errors.New("dial /secret/path")}
	s := New(cfg)
	for _, path := range []string{"/v1/runs", "/v1/health"} {
		log.Reset()
		rec := send(s, as(harrier.Operator()), sample{method: "GET", path: path})
		p := problem(t, rec)
		if strings.Contains(rec.Body.String(), "/secret/path") || rec.Header().Get("Retry-After") == "" {
			t.Errorf("%s answered %s %v", path, rec.Body, rec.Header())
		}
		if !strings.Contains(log.String(), "/secret/path") || !strings.Contains(log.String(), p.TraceID) {
			t.Errorf("the log says %q, want the cause and %s", &log, p.TraceID)
		}
	}
}

func TestProblems_nameEveryPlaceThatIsWrong(t *testing.T) {
	t.Parallel()
	s := newWorld().server(t)
	body := `{"external_id":1,"title":"","severity":"awful","data":[],"colour":"red"}`
	p := problem(t, send(s, as(harrier.Operator()), sample{"POST", "/v1/alerts", body, "application/json"}))
	got := map[string]bool{}
	for _, e := range p.Errors {
		got[e.Pointer] = true
	}
	want := map[string]bool{"#": true, "#/external_id": true, "#/title": true, "#/severity": true, "#/data": true, "#/colour": true}
	if diff := cmp.Diff(want, got); diff != "" || p.Status != 400 || len(p.Fixes) == 0 {
		t.Errorf("problem %+v; places (-want +got):\n%s", p, diff)
	}
	p = problem(t, send(s, as(harrier.Operator()), sample{method: "GET", path: "/v1/runs?limit=0&colour=red"}))
	if p.Status != 400 || len(p.Errors) == 0 || p.Errors[0].Parameter == "" {
		t.Errorf("a query that is wrong got %+v", p)
	}
	p = problem(t, send(s, as(harrier.Operator()), sample{method: "GET", path: "/v1/runs/run_nonsense"}))
	if p.Status != 400 || !strings.Contains(p.Detail, "26 characters") {
		t.Errorf("an id that is none got %+v", p)
	}
}

func TestProblems_ofSourcesPointIntoThem(t *testing.T) {
	t.Parallel()
	w := newWorld()
	found := document.Problems{{File: "p.yaml", Pos: document.Pos{Line: 3, Column: 5}, Code: "unknown-key", Message: "no such key", Fix: "write with"}}
	w.broken = harrier.Errorf(harrier.Invalid, "%w", found)
	p := problem(t, send(w.server(t), as(harrier.Operator()), sample{"POST", "/v1/runs", `{"source":"x"}`, "application/json"}))
	want := []ProblemError{{Detail: "no such key", Pointer: "#/source", Line: 3, Column: 5, Code: "unknown-key", Fix: "write with"}}
	if diff := cmp.Diff(want, p.Errors); diff != "" {
		t.Errorf("errors (-want +got):\n%s", diff)
	}
}

func TestProblems_neverSendSecretsBack(t *testing.T) {
	t.Parallel()
	s := newWorld().server(t)
	for _, body := range []string{
		`{"name":"X","connector":"slack","secrets":{"token":"hunter2"}}`, `{"name":"x","connector":"slack","secrets":{"token":["hunter2"]}}`,
		`{"name":"x","connector":"slack","secrets":"hunter2"}`, `{"secrets":{"token":"hunter2"}`, `{"name":"x","connector":"slack","secret":"hunter2"}`,
	} {
		rec := send(s, as(harrier.Operator()), sample{"POST", "/v1/connections", body, "application/json"})
		if p := problem(t, rec); p.Status != 400 || strings.Contains(rec.Body.String(), "hunter2") {
			t.Errorf("%s got %s", body, rec.Body)
		}
	}
}

func TestSecrets_reachTheirPortAndNoAnswer(t *testing.T) { // SEC-05
	t.Parallel()
	w := newWorld()
	rec := send(w.server(t), as(harrier.Operator()), sample{"POST", "/v1/connections", `{"name":"x","connector":"slack","secrets":{"token":"hunter2"}}`, "application/json"})
	if rec.Code != 201 || strings.Contains(rec.Body.String(), "hunter2") || len(w.changed()) != 1 || w.changed()[0] != "AddConnection hunter2" {
		t.Errorf("got %d %s, changes %v", rec.Code, rec.Body, w.changed())
	}
	if text, _ := json.Marshal(Secrets{"token": harrier.NewSecret("hunter2")}); strings.Contains(string(text), "hunter2") {
		t.Errorf("encoded as %s", text)
	}
}

func TestBodies_areBoundedAndOfTheirType(t *testing.T) {
	t.Parallel()
	w := newWorld()
	s := w.server(t)
	large := `{"source":"` + strings.Repeat("a", maxBody) + `"}`
	for _, c := range []struct {
		one  sample
		want int
	}{
		{sample{"POST", "/v1/playbooks/check", large, "application/json"}, 413},
		{sample{"POST", "/v1/mails", strings.Repeat("a", maxMail+1), "message/rfc822"}, 413},
		{sample{"POST", "/v1/mails", "a: b", "text/plain"}, 415},
		{sample{"POST", "/v1/runs", "playbook: x", "application/yaml"}, 415},
		{sample{"POST", "/v1/runs", ``, "application/json"}, 400},
		{sample{"POST", "/v1/runs", `{"playbook":"x"} {}`, "application/json"}, 400},
		{sample{"POST", "/v1/runs", `[]`, "application/json"}, 400},
		{sample{"POST", "/v1/runs", `{"playbook":"x","source":"y"}`, "application/json"}, 400},
		{sample{"POST", "/v1/runs", `{}`, "application/json"}, 400},
		{sample{"POST", "/v1/runs", `{"playbook":"x","mode":"replay"}`, "application/json"}, 400},
		{sample{"PUT", "/v1/runs", `{}`, "application/json"}, 405},
		{sample{"GET", "/v1/playbooks/check/x", ``, ""}, 404},
	} {
		if p := problem(t, send(s, as(harrier.Operator()), c.one)); p.Status != c.want {
			t.Errorf("%s %s got %d %s, want %d", c.one.method, c.one.path, p.Status, p.Detail, c.want)
		}
	}
	if got := w.changed(); len(got) != 0 {
		t.Errorf("something was changed: %v", got)
	}
}

func TestPanics_areAnsweredAndTold(t *testing.T) {
	t.Parallel()
	var log bytes.Buffer
	w := newWorld()
	cfg := w.config()
	cfg.Log = slog.New(slog.NewTextHandler(&log, nil))
	s := newServer(cfg, func(*Server) []route {
		return []route{{"GET /v1/boom", harrier.SystemRead, "boom", "", raw(func(http.ResponseWriter, *http.Request) error { panic("boom at secret") }, aboutOpenAPI)}}
	})
	rec := send(s, as(harrier.Operator()), sample{method: "GET", path: "/v1/boom"})
	if p := problem(t, rec); p.Status != 500 || strings.Contains(rec.Body.String(), "secret") || !strings.Contains(log.String(), "boom at secret") {
		t.Errorf("got %s, log %s", rec.Body, &log)
	}
}

func TestTraceID_isTheCallersWhereItHasOne(t *testing.T) {
	t.Parallel()
	const id = "4bf92f3577b34da6a3ce929d0e0e4736"
	if got := traceID("00-" + id + "-00f067aa0ba902b7-01"); got != id {
		t.Errorf("got %s, want %s", got, id)
	}
	for _, wrong := range []string{"", "00-zz-1-01", "00-" + strings.Repeat("0", 32) + "-1-01", strings.Repeat("-", 5), "00-" + strings.ToUpper(id) + "-1-01"} {
		if got := traceID(wrong); len(got) != 32 || got == id {
			t.Errorf("%q gave %q", wrong, got)
		}
	}
	rec := httptest.NewRecorder()
	req := httptest.NewRequest(http.MethodGet, "/v1/version", nil)
	req.Header.Set("Traceparent", "00-"+id+"-00f067aa0ba902b7-01")
	newWorld().server(t).Handler(nobody).ServeHTTP(rec, req)
	if got := rec.Header().Get("Trace-Id"); got != id {
		t.Errorf("answer has %q", got)
	}
}

// The page that type of a problem points to is made from the table.
func TestProblemsPage_isCurrent(t *testing.T) {
	t.Parallel()
	var b strings.Builder
	b.WriteString("# Problems\n\nEvery error of the API is a problem (RFC 9457): `type` leads here, `detail` says what happened, `errors` name all places\n" +
		"that are wrong, `fixes` say what to do, and the server's log tells more under `trace_id`.\n")
	for _, sort := range ProblemSorts() {
		fmt.Fprintf(&b, "\n## %s\n\n%s (status %d). ", sort.Code, sort.Title, sort.Status)
		if sort.Fix == "" {
			b.WriteString("`detail` says how to fix it.\n")
		} else {
			b.WriteString(sort.Fix + "\n")
		}
	}
	golden(t, filepath.Join("docs", "problems.md"), []byte(b.String()))
}
