package api

import (
	"cmp"
	"encoding/json"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/harrier-soar/harrier"
)

// sample is a request of a route that an operator may make.
type sample struct {
	method, path, body, media string
}

// samples returns a request for every route of the table, by its pattern.
func samples(t *testing.T, s *Server) map[string]sample {
	t.Helper()
	const hash = `"hash":"sha256:abc"`
	bodies := map[string]string{
		"POST /v1/mails":                   "From: a@b.example\r\n\r\nhello",
		"POST /v1/alerts":                  `{"source":"siem","external_id":"1","title":"t"}`,
		"POST /v1/runs":                    `{"playbook":"phishing-response"}`,
		"POST /v1/runs/{id}/cancel":        `{}`,
		"POST /v1/runs/{id}/retry":         `{}`,
		"POST /v1/approvals/{id}/decision": `{"approve":true,` + hash + `}`,
		"POST /v1/approvals/{id}/answer":   `{` + hash + `,"values":{"choice":"happened"}}`,
		"POST /v1/approvals/{id}/withdraw": ``, "POST /v1/approvals/{id}/escalate": `{"to":"role:lead"}`,
		"POST /v1/channels": `{"name":"slack","kind":"slack"}`, "POST /v1/channels/{name}/remove": ``, "POST /v1/channels/{name}/people": `{"account":"U1","me":true}`,
		"POST /v1/playbooks/check":         `{"source":"harrier: 1"}`,
		"POST /v1/connections":             `{"name":"slack2","connector":"slack","secrets":{"token":"s3cret"}}`,
		"POST /v1/connections/{name}/test": ``,
		"POST /v1/connections/{name}/call": `{"action":"list"}`,
		"POST /v1/sources":                 `{"name":"siem","product":"generic"}`,
		"PATCH /v1/sources/{name}":         `{"live":true}`,
		"POST /v1/sources/{name}/rotate":   `{}`,
		"POST /v1/sources/{name}/test":     ``,
		"POST /v1/events":                  `{"title":"x"}`,
		"POST /v1/indicators/import":       "203.0.113.7",
		"POST /v1/indicators/match":        `{"values":[{"value":"203.0.113.7"}]}`,
		"POST /v1/indicators/withdraw":     `{"feed":"f","value":"203.0.113.7"}`,
		"POST /v1/feeds":                   `{"name":"f"}`,
		"POST /v1/feeds/{name}/pull":       ``,
		"POST /v1/feeds/{name}/remove":     ``,
		"POST /v1/lists":                   `{"name":"l","kind":"block"}`,
		"POST /v1/lists/{name}/entries":    `{"values":[{"value":"203.0.113.7"}]}`,
		"POST /v1/lists/{name}/import":     "203.0.113.7",
		"POST /v1/lists/{name}/token":      ``,
		"POST /v1/lists/{name}/remove":     ``,
		"POST /v1/events/{id}/replay":      ``,
		"POST /v1/events/{id}/drop":        `{"reason":"noise"}`,
		"POST /v1/assets":                  `{"name":"ws-17","owner":"alice"}`,
		"POST /v1/assets/import":           "name\nws-17\n",
		"POST /v1/users":                   `{"name":"alice","owner":"bob"}`,
		"POST /v1/users/import":            "user\nalice\n",
		"POST /v1/leases/import":           "address,start,user\n",
		"POST /v1/inventory/sync":          `{"connection":"ad","kind":"host"}`,
		"POST /v1/switch":                  `{"reason":"r"}`,
	}
	for _, more := range []map[string]string{noiseBodies(), dutyBodies(), changeBodies(), caseBodies(), accessBodies(), auditBodies(), retentionBodies(), subjectBodies(), bulkBodies()} {
		maps.Copy(bodies, more)
	}
	maps.Copy(bodies, webhookBodies())
	ids := map[string]string{
		"alerts": fixed[harrier.AlertID]("alert").String(), "cases": fixed[harrier.CaseID]("case").String(),
		"evidence": fixed[harrier.EvidenceID]("evidence").String(), "runs": fixed[harrier.RunID]("run").String(),
		"approvals": fixed[harrier.ApprovalID]("approval").String(), "playbooks": "phishing-response",
		"events": fixed[harrier.EventID]("event").String(), "mutes": fixed[harrier.MuteID]("mute").String(),
		"oncall": fixed[harrier.OnCallID]("oncall").String(), "notifications": fixed[harrier.NotificationID]("notification").String(), "handovers": fixed[harrier.HandoverID]("handover").String(),
		"changes": fixed[harrier.ChangeID]("change").String(),
		"reviews": fixed[harrier.ReviewID]("review").String(), "closers": "close-backups", "holds": fixedHold, "erasures": fixed[harrier.ErasureID]("erasure").String(), "break-glass": fixed[harrier.GlassID]("glass").String(), "risk": "host:ws-17",
		"sessions": fixed[harrier.SessionID]("session").String(), "keys": fixed[harrier.KeyID]("key").String(), "passkeys": fixed[harrier.PasskeyID]("passkey").String(), "accounts": "ann",
	}
	all := map[string]sample{}
	for _, r := range s.routes() {
		noun := strings.Split(r.path(), "/")[2]
		one := sample{method: r.method(), path: strings.NewReplacer("{id}", ids[noun], "{name}", "slack").Replace(r.path()), media: "application/json"}
		if r.method() == http.MethodPost || r.method() == http.MethodPatch {
			body, ok := bodies[r.pattern]
			if !ok {
				t.Fatalf("route %s has no sample; add a body", r.pattern)
			}
			one.body = body
		}
		if r.path() == "/v1/mails" {
			one.media = "message/rfc822"
		}
		one.path += cmp.Or(queries()[r.pattern], queries()[r.path()])
		if strings.HasSuffix(r.path(), "/import") && noun != "indicators" && noun != "lists" && noun != "git" {
			one.media, one.path = "text/csv", one.path+"?source=file"
			if noun == "leases" {
				one.path += "&format=table"
			}
		}
		all[r.pattern] = one
	}
	return all
}

// queries are the parameters that routes need, by path.
func queries() map[string]string {
	return map[string]string{
		"DELETE /v1/switch":    "?reason=r",
		"/v1/search":           "?q=words",
		"/v1/session/callback": "?code=right&state=s",
		"/v1/oncall/turns":     "?rota=soc", "/v1/versions": "?path=organisation.yaml", "/v1/tuning": "?rule=r-1", "/v1/leases": "?address=10.0.0.5"}
}

func send(s *Server, who Authenticator, one sample) *httptest.ResponseRecorder {
	req := httptest.NewRequest(one.method, one.path, strings.NewReader(one.body))
	if one.body != "" {
		req.Header.Set("Content-Type", one.media)
	}
	rec := httptest.NewRecorder()
	s.Handler(who).ServeHTTP(rec, req)
	return rec
}

// problem reads an answer that has to be a problem.
func problem(t *testing.T, rec *httptest.ResponseRecorder) Problem {
	t.Helper()
	if got := rec.Header().Get("Content-Type"); got != "application/problem+json" {
		t.Fatalf("content type is %q, want application/problem+json; body %s", got, rec.Body)
	}
	var p Problem
	if err := json.Unmarshal(rec.Body.Bytes(), &p); err != nil {
		t.Fatalf("body %q is no problem: %v", rec.Body, err)
	}
	if p.Status != rec.Code || p.TraceID == "" || p.Type == "" || p.Title == "" || p.Detail == "" {
		t.Fatalf("problem lacks something: %+v, status %d", p, rec.Code)
	}
	return p
}

// AZ-02, AZ-04: every route × every sort of asker has one expected answer.
func TestRoutes_answerEveryAskerAsTheTableSays(t *testing.T) {
	t.Parallel()
	whole := newWorld().server(t)
	all := samples(t, whole)
	for _, r := range whole.routes() {
		one := all[r.pattern]
		t.Run(r.pattern, func(t *testing.T) {
			t.Parallel()
			w := newWorld()
			s := w.serverOf(t, r.pattern)
			if rec := send(s, as(harrier.Operator()), one); rec.Code/100 != 2 && rec.Code != http.StatusSeeOther {
				t.Errorf("operator got %d, want success: %s", rec.Code, rec.Body)
			}
			before := len(w.changed())
			if r.permission == harrier.Public {
				if rec := send(s, nobody, one); rec.Code/100 != 2 && rec.Code != http.StatusSeeOther {
					t.Errorf("nobody got %d of a public route, want success: %s", rec.Code, rec.Body)
				}
				return
			}
			if p := problem(t, send(s, nobody, one)); p.Status != http.StatusUnauthorized {
				t.Errorf("nobody got %d, want 401", p.Status)
			}
			if p := problem(t, send(s, as(without(r.permission)), one)); p.Status != http.StatusForbidden || !strings.Contains(p.Detail, string(r.permission)) {
				t.Errorf("somebody without %s got %d %q, want 403 that names it", r.permission, p.Status, p.Detail)
			}
			if got := w.changed(); len(got) != before {
				t.Errorf("refused requests changed something: %v", got[before:])
			}
			if !strings.Contains(r.path(), "{") {
				return
			}
			foreign := send(s, as(otherTenant()), one)
			if foreign.Code != http.StatusNotFound {
				t.Errorf("another tenant got %d, want 404: %s", foreign.Code, foreign.Body)
			}
			for id := range strings.SplitSeq(one.path, "/") {
				if strings.Contains(r.path(), id) {
					continue
				}
				missing := one
				other := missingID(id)
				missing.path = strings.ReplaceAll(one.path, id, other)
				rec := send(s, as(harrier.Operator()), missing)
				a, b := problem(t, foreign), problem(t, rec)
				a.TraceID, b.TraceID = "", ""
				a.Detail = strings.ReplaceAll(a.Detail, id, other)
				if a.Status != b.Status || a.Detail != b.Detail || a.Type != b.Type {
					t.Errorf("a foreign id and a missing one differ:\n%+v\n%+v", a, b)
				}
			}
		})
	}
}

// missingID is an id of the same sort that nothing has.
func missingID(id string) string {
	prefix, _, ok := strings.Cut(id, "_")
	if !ok {
		return "zzz"
	}
	return prefix + "_" + strings.Repeat("0", 25) + "1"
}

// AZ-07: what is listed for another tenant is empty, whatever is asked for.
func TestLists_areEmptyForAnotherTenant(t *testing.T) {
	t.Parallel()
	s := newWorld().server(t)
	for pattern, one := range samples(t, s) {
		if one.method != http.MethodGet || strings.Contains(pattern, "{") || slices.Contains([]string{"getVersion", "getHealth", "getOpenAPI", "examine", "listConnectors", "listSourceProducts", "getSession", "listRoles", "getAuditCheckpoint", "watchAll", "exportAudit", "getGit", "getVaultRotation", "listOfferedProviders", "endLogIn"}, nameOf(s, pattern)) {
			continue
		}
		var list List[json.RawMessage]
		rec := send(s, as(otherTenant()), one)
		if err := json.Unmarshal(rec.Body.Bytes(), &list); err != nil || len(list.Items) != 0 || list.Items == nil {
			t.Errorf("%s gave another tenant %s (%v), want an empty list", pattern, rec.Body, err)
		}
	}
}

func nameOf(s *Server, pattern string) string {
	i := slices.IndexFunc(s.routes(), func(r route) bool { return r.pattern == pattern })
	return s.routes()[i].name
}

// AZ-01: what has no permission does not start.
func TestRoutes_withoutPermissionDoNotStart(t *testing.T) {
	t.Parallel()
	for _, perm := range []harrier.Permission{"", "made:up"} {
		func() {
			defer func() {
				if v := recover(); v == nil {
					t.Errorf("a route with the permission %q was registered", perm)
				}
			}()
			newServer(newWorld().config(), func(s *Server) []route {
				return []route{{"GET /v1/secret", perm, "getSecret", "", call(s.version)}}
			})
		}()
	}
	defer func() {
		if recover() == nil {
			t.Error("a handler got onto the mux around the table")
		}
	}()
	s := newWorld().server(t)
	guarded{s}.HandleFunc("GET /v1/backdoor", func(http.ResponseWriter, *http.Request) {})
}

// AZ-03: path tricks never change the decision.
func TestPaths_meanOneThing(t *testing.T) {
	t.Parallel()
	w := newWorld()
	s := w.server(t)
	run := fixed[harrier.RunID]("run").String()
	tricks := []string{
		"//v1/runs", "/v1//runs", "/v1/./runs", "/v1/../v1/runs", "/v1/health/../runs", "/v1/runs/", "/v1/runs;x=1", "/v1/runs;/health", "/V1/runs", "/v1/RUNS",
		"/v1%2fruns", "/v1/%72uns", "/v1/runs%2f" + run, "/v1/runs%5c" + run, "/v1/runs/%2e%2e/health", "/v1/runs/" + run + "/cancel/", "/v1/runs/" + run + "/version",
		"/v1/version/../runs", "/v1/health;/../runs", "/v1/runs%00", "/v1/runs/health", "/v1\\runs", "/v1/%2e/runs", "/v1/health%2f..%2fruns", "/v1/runs%3b", "/v1/version%2f",
	}
	for _, path := range tricks {
		u, err := url.ParseRequestURI(path) // as the server reads the request line
		if err != nil {
			continue
		}
		req := httptest.NewRequest(http.MethodGet, "/", nil)
		req.URL = u
		for name, who := range map[string]Authenticator{"nobody": nobody, "powerless": as(harrier.Principal{Name: "powerless"}), "operator": as(harrier.Operator())} {
			rec := httptest.NewRecorder()
			s.Handler(who).ServeHTTP(rec, req)
			if rec.Code != http.StatusNotFound && rec.Code != http.StatusUnauthorized && rec.Code != http.StatusForbidden && rec.Code != http.StatusBadRequest {
				t.Errorf("%s as %s got %d %s, want a refusal", path, name, rec.Code, rec.Body)
			}
			if rec.Header().Get("Location") != "" {
				t.Errorf("%s as %s was redirected to %s", path, name, rec.Header().Get("Location"))
			}
		}
	}
	for _, header := range []string{"X-HTTP-Method-Override", "X-HTTP-Method", "X-Method-Override", "X-Original-URL", "X-Rewrite-URL", "X-Forwarded-Prefix"} {
		req := httptest.NewRequest(http.MethodGet, "/v1/runs/"+run, nil)
		req.Header.Set(header, cmp.Or(map[bool]string{true: "POST"}[strings.Contains(header, "Method")], "/v1/runs/"+run+"/cancel"))
		rec := httptest.NewRecorder()
		s.Handler(as(harrier.Operator())).ServeHTTP(rec, req)
		if rec.Code != http.StatusOK || len(w.changed()) != 0 {
			t.Errorf("%s changed what was done: %d, %v", header, rec.Code, w.changed())
		}
	}
}

// APR-01: neither GET nor anything like it decides.
func TestGET_decidesAndChangesNothing(t *testing.T) {
	t.Parallel()
	w := newWorld()
	s := w.server(t)
	all := samples(t, s)
	for pattern, one := range all {
		for _, method := range []string{http.MethodGet, http.MethodHead, http.MethodOptions, http.MethodTrace, "PROPFIND"} {
			probe := sample{method: method, path: one.path}
			rec := send(s, as(harrier.Operator()), probe)
			_, listed := all[strings.Replace(pattern, http.MethodPost, http.MethodGet, 1)]
			if one.method == http.MethodPost && rec.Code/100 == 2 && !listed {
				t.Errorf("%s %s got %d", method, pattern, rec.Code)
			}
		}
	}
	if got := w.changed(); len(got) != 0 {
		t.Errorf("something was changed: %v", got)
	}
}

// AZ-13: bodies are closed. Every column of the rows, posted to every route, is refused.
func TestBodies_refuseWhatTheyDoNotKnow(t *testing.T) { // WH-07
	t.Parallel()
	columns := []string{
		"id", "tenant", "tenant_id", "status", "started_by", "requested_by", "created_at", "updated_at", "rev", "fence", "owner", "wake_seq", "semantics", "hash2",
		"decided_by", "grants", "roles", "principal", "priority", "unresolved", "enabled", "one_key", "permission", "is_admin", "$schema",
	}
	whole := newWorld().server(t)
	all := samples(t, whole)
	for _, r := range whole.routes() {
		if r.method() != http.MethodPost || r.path() == "/v1/mails" || r.path() == "/v1/events" || r.path() == "/v1/cases/{id}/evidence" || r.path() == "/v1/approvals/{id}/withdraw" ||
			slices.Contains([]string{"test", "replay", "pull", "remove", "token", "import", "export"}, r.path()[strings.LastIndexByte(r.path(), '/')+1:]) {
			continue
		}
		if all[r.pattern].body == "" {
			continue // it takes none
		}
		t.Run(r.pattern, func(t *testing.T) {
			t.Parallel()
			w := newWorld()
			s := w.serverOf(t, r.pattern)
			for _, column := range columns {
				one := all[r.pattern]
				var body map[string]any
				if err := json.Unmarshal([]byte(one.body), &body); err != nil {
					t.Fatal(err)
				}
				if _, known := body[column]; known {
					continue
				}
				body[column] = "x"
				text, _ := json.Marshal(body)
				one.body = string(text)
				p := problem(t, send(s, as(harrier.Operator()), one))
				if p.Status != http.StatusBadRequest || len(p.Errors) == 0 || p.Errors[0].Pointer != "#/"+column {
					t.Errorf("field %s got %+v, want 400 with a pointer to it", column, p)
				}
			}
			if got := w.changed(); len(got) != 0 {
				t.Errorf("something was changed: %v", got)
			}
		})
	}
}

func TestPages_ofOtherSitesAreRefused(t *testing.T) {
	t.Parallel()
	w := newWorld()
	s := w.server(t)
	for name, value := range map[string]string{"Sec-Fetch-Site": "cross-site", "Origin": "https://evil.example"} {
		req := httptest.NewRequest(http.MethodPost, "/v1/runs", strings.NewReader(`{"playbook":"p"}`))
		req.Header.Set("Content-Type", "application/json")
		req.Header.Set(name, value)
		rec := httptest.NewRecorder()
		s.Handler(as(harrier.Operator())).ServeHTTP(rec, req)
		if rec.Code != http.StatusForbidden || len(w.changed()) != 0 {
			t.Errorf("%s: %s got %d and changed %v", name, value, rec.Code, w.changed())
		}
	}
}

func FuzzPath(f *testing.F) {
	for _, seed := range []string{"/v1/runs", "//v1/runs", "/v1/%2e%2e/runs", "/v1/runs;a", "/v1/health/../runs", "*", "/v1/runs%00"} {
		f.Add(seed, http.MethodGet)
	}
	s := newWorld().server(f)
	powerless := as(harrier.Principal{Name: "powerless"})
	f.Fuzz(func(t *testing.T, path, method string) {
		req := httptest.NewRequest(http.MethodGet, "/", nil)
		u, err := url.ParseRequestURI(path)
		if err != nil {
			return
		}
		req.URL, req.Method = u, method
		rec := httptest.NewRecorder()
		s.Handler(powerless).ServeHTTP(rec, req)
		public := slices.Contains([]string{"/v1/version", "/v1/health", "/v1/openapi.json"}, u.Path)
		if rec.Code < 400 && !public {
			t.Errorf("%s %q was answered with %d", method, path, rec.Code)
		}
	})
}
