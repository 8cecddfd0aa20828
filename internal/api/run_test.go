package api

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/harrier-soar/harrier"
)

func post(s *Server, path, body string, header http.Header) *httptest.ResponseRecorder {
	req := httptest.NewRequest(http.MethodPost, path, strings.NewReader(body))
	req.Header = header
	req.Header.Set("Content-Type", "application/json")
	rec := httptest.NewRecorder()
	s.Handler(as(harrier.Operator())).ServeHTTP(rec, req)
	return rec
}

func TestStartRun_withOneKeyStartsOnce(t *testing.T) {
	t.Parallel()
	w := newWorld()
	s := w.server(t)
	key := http.Header{"Idempotency-Key": {"k1"}}
	first := post(s, "/v1/runs", `{"playbook":"phishing-response"}`, key)
	again := post(s, "/v1/runs", `{"playbook":"phishing-response"}`, key)
	other := post(s, "/v1/runs", `{"playbook":"phishing-response"}`, http.Header{"Idempotency-Key": {"k2"}})
	misused := post(s, "/v1/runs", `{"playbook":"another"}`, key)
	var a, b Run
	_ = json.Unmarshal(first.Body.Bytes(), &a)
	_ = json.Unmarshal(again.Body.Bytes(), &b)
	if first.Code != 201 || again.Code != 200 || a.ID != b.ID || again.Header().Get("Idempotency-Replayed") != "true" || first.Header().Get("Location") != "/v1/runs/"+a.ID.String() {
		t.Errorf("first %d %s %v, again %d %s", first.Code, a.ID, first.Header(), again.Code, b.ID)
	}
	if other.Code != 201 || len(w.started) != 2 {
		t.Errorf("another key got %d; %d runs, want 2", other.Code, len(w.started))
	}
	if p := problem(t, misused); p.Status != 409 || !strings.Contains(p.Detail, "new key") {
		t.Errorf("the key for something else got %+v", p)
	}
}

func TestStartRun_ofASourceNeedsTheRightToWriteThem(t *testing.T) {
	t.Parallel()
	w := newWorld()
	s := w.server(t)
	one := sample{"POST", "/v1/runs", `{"source":"harrier: 1"}`, "application/json"}
	if p := problem(t, send(s, as(without(harrier.PlaybooksWrite)), one)); p.Status != 403 || len(w.changed()) != 0 {
		t.Errorf("got %+v, changes %v", p, w.changed())
	}
	if rec := send(s, as(harrier.Operator()), one); rec.Code != 201 {
		t.Errorf("operator got %d %s", rec.Code, rec.Body)
	}
}

func TestInputs_keepLargeIntegers(t *testing.T) {
	t.Parallel()
	w := newWorld()
	rec := send(w.server(t), as(harrier.Operator()), sample{"POST", "/v1/runs", `{"playbook":"p","inputs":{"id":9007199254740993,"f":1.5,"l":[{"n":3}]}}`, "application/json"})
	if rec.Code != 201 {
		t.Fatal(rec.Body)
	}
	want := Object{"id": int64(9007199254740993), "f": 1.5, "l": []any{map[string]any{"n": int64(3)}}}
	for _, in := range w.started {
		if diff := cmp.Diff(want, in.Inputs); diff != "" {
			t.Errorf("inputs (-want +got):\n%s", diff)
		}
	}
}

func TestCalls_thatLeaveATraceAskToBeConfirmed(t *testing.T) {
	t.Parallel()
	w := newWorld()
	s := w.server(t)
	p := problem(t, post(s, "/v1/connections/slack/call", `{"action":"post"}`, http.Header{}))
	if p.Status != 400 || !strings.Contains(p.Detail, "confirm") || len(w.changed()) != 0 {
		t.Errorf("unconfirmed got %+v, changes %v", p, w.changed())
	}
	for _, body := range []string{`{"action":"post","confirm":true}`, `{"action":"list"}`} {
		if rec := post(s, "/v1/connections/slack/call", body, http.Header{}); rec.Code != 200 {
			t.Errorf("%s got %d %s", body, rec.Code, rec.Body)
		}
	}
}

func TestETags_tellWhatIsUnchangedAndStale(t *testing.T) {
	t.Parallel()
	w := newWorld()
	s := w.server(t)
	path := "/v1/approvals/" + w.theApproval().ID.String()
	req := httptest.NewRequest(http.MethodGet, path, nil)
	req.Header.Set("If-None-Match", `"1", "2"`)
	rec := httptest.NewRecorder()
	s.Handler(as(harrier.Operator())).ServeHTTP(rec, req)
	if rec.Code != http.StatusNotModified || rec.Header().Get("ETag") != `"2"` || rec.Body.Len() != 0 {
		t.Errorf("got %d %q %s", rec.Code, rec.Header().Get("ETag"), rec.Body)
	}
	body := `{"approve":true,"hash":"sha256:abc"}`
	for _, op := range []string{"/decision", "/answer"} {
		stale := body
		if op == "/answer" {
			stale = `{"hash":"sha256:abc","values":{}}`
		}
		if p := problem(t, post(s, path+op, stale, http.Header{"If-Match": {`"1"`}})); p.Status != http.StatusPreconditionFailed || len(w.changed()) != 0 {
			t.Errorf("stale If-Match on %s got %+v, changes %v", op, p, w.changed())
		}
	}
	if rec := post(s, path+"/decision", body, http.Header{"If-Match": {`"2"`}}); rec.Code != 200 || len(w.changed()) != 1 {
		t.Errorf("fresh If-Match got %d %s", rec.Code, rec.Body)
	}
	if p := problem(t, post(s, path+"/decision", `{"approve":true,"hash":"sha256:other"}`, http.Header{})); p.Status != 409 {
		t.Errorf("another hash got %+v", p)
	}
}

func TestCases_areFoundByIDAndNumber(t *testing.T) {
	t.Parallel()
	s := newWorld().server(t)
	for path, want := range map[string]int{"/v1/cases/7": 200, "/v1/cases/" + fixed[harrier.CaseID]("case").String(): 200, "/v1/cases/8": 404, "/v1/cases/x": 400, "/v1/cases/-1": 404} {
		if rec := send(s, as(harrier.Operator()), sample{method: "GET", path: path}); rec.Code != want {
			t.Errorf("%s got %d %s, want %d", path, rec.Code, rec.Body, want)
		}
	}
}

func TestMails_thatCameBeforeAreSaidToExist(t *testing.T) {
	t.Parallel()
	s := newWorld().server(t)
	mail := sample{"POST", "/v1/mails?name=a.eml", "From: a@b.example\r\n\r\nx", "message/rfc822"}
	first, again := send(s, as(harrier.Operator()), mail), send(s, as(harrier.Operator()), mail)
	var a, b Receipt
	_ = json.Unmarshal(first.Body.Bytes(), &a)
	_ = json.Unmarshal(again.Body.Bytes(), &b)
	if first.Code != 201 || again.Code != 200 || a.Alert != b.Alert || a.Existed || !b.Existed {
		t.Errorf("first %d %+v, again %d %+v", first.Code, a, again.Code, b)
	}
}

func TestEvidence_isNeverShownByABrowser(t *testing.T) { // FIL-04
	t.Parallel()
	s := newWorld().server(t)
	rec := send(s, as(harrier.Operator()), sample{method: "GET", path: "/v1/evidence/" + fixed[harrier.EvidenceID]("evidence").String() + "/content"})
	h := rec.Header()
	if h.Get("Content-Type") != "application/octet-stream" || !strings.HasPrefix(h.Get("Content-Disposition"), "attachment") ||
		h.Get("X-Content-Type-Options") != "nosniff" || !strings.Contains(h.Get("Content-Security-Policy"), "sandbox") || !strings.Contains(rec.Body.String(), "<script>") {
		t.Errorf("got %v %s", h, rec.Body)
	}
}

func FuzzObject(f *testing.F) {
	for _, seed := range []string{`{}`, `{"a":1e400}`, `{"a":9223372036854775808}`, `{"a":{"b":[1,2.5,null]}}`, `[]`, `{"a":1}{`, `null`} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		var o Object
		if json.Unmarshal(data, &o) != nil {
			return
		}
		text, err := json.Marshal(o)
		if err != nil {
			t.Fatalf("%q was read as %v, which cannot be written: %v", data, o, err)
		}
		var again Object
		if err := json.Unmarshal(text, &again); err != nil || !cmp.Equal(o, again) {
			t.Errorf("%q was read as %v and then as %v (%v)", data, o, again, err)
		}
	})
}

func BenchmarkListRuns(b *testing.B) {
	w := newWorld()
	h := w.server(b).Handler(as(harrier.Operator()))
	for b.Loop() {
		rec := httptest.NewRecorder()
		h.ServeHTTP(rec, httptest.NewRequest(http.MethodGet, "/v1/runs", nil))
		if rec.Code != 200 {
			b.Fatal(rec.Body)
		}
	}
}
