package app

import (
	"encoding/json"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/audit"
)

// mark is what a person wrote, or is; it must be nowhere in the audit trail.
const mark = "Ann Quillfeather, ann.quillfeather@mark.example"

// marked tells that a text holds a piece of the mark.
func marked(text string) bool { return strings.Contains(strings.ToLower(text), "quillfeather") }

// form is a schema of the API's description.
type form struct {
	Ref                  string `json:"$ref"`
	Type                 string
	Format               string
	Enum                 []any
	Properties           map[string]form
	Items                *form
	AdditionalProperties json.RawMessage
}

// writing is a route that changes something.
type writing struct {
	method, path string
	body         form
	json         bool
}

// writings lists the routes that change something, those that remove or end
// things last.
func (b browser) writings() (list []writing, forms map[string]form) {
	b.t.Helper()
	_, text := b.ask(http.MethodGet, "/v1/openapi.json", "")
	var doc struct {
		Paths map[string]map[string]struct {
			RequestBody struct {
				Content map[string]struct{ Schema form }
			}
		}
		Components struct{ Schemas map[string]form }
	}
	if err := json.Unmarshal([]byte(text), &doc); err != nil {
		b.t.Fatal(err)
	}
	for path, methods := range doc.Paths {
		for method, op := range methods {
			if method == "get" {
				continue
			}
			body, ok := op.RequestBody.Content["application/json"]
			list = append(list, writing{strings.ToUpper(method), path, body.Schema, ok && (body.Schema.Ref != "" || body.Schema.Type != "")})
		}
	}
	last := func(w writing) int {
		for _, end := range []string{"remove", "end", "lift", "revoke", "close", "restrict", "merge", "drop", "cancel", "withdraw", "/members", "second-factor", "/password"} {
			if strings.Contains(w.path, end) {
				return 1
			}
		}
		return 0
	}
	slices.SortFunc(list, func(a, b writing) int {
		if d := last(a) - last(b); d != 0 {
			return d
		}
		return strings.Compare(a.path+a.method, b.path+b.method)
	})
	return list, doc.Components.Schemas
}

// filled returns a value of a form with the mark in every text of it.
func filled(f form, forms map[string]form, name string, known map[string]any) any {
	if v, ok := known[name]; ok {
		return v
	}
	if f.Ref != "" {
		f = forms[f.Ref[strings.LastIndex(f.Ref, "/")+1:]]
	}
	switch {
	case len(f.Enum) > 0:
		return f.Enum[0]
	case f.Format == "date-time":
		return "2099-01-01T00:00:00Z"
	case f.Type == "string":
		return mark
	case f.Type == "array" && f.Items != nil:
		return []any{filled(*f.Items, forms, name+"[]", known)}
	case f.Type == "integer", f.Type == "number":
		return 7
	case f.Type == "boolean":
		return true
	case len(f.Properties) > 0:
		out := map[string]any{}
		for p, of := range f.Properties {
			if v := filled(of, forms, p, known); v != nil {
				out[p] = v
			}
		}
		return out
	}
	if _, ok := known["text"]; ok {
		return map[string]any{} // it takes nothing
	}
	return map[string]any{"text": mark}
}

// PRV-03, AUD-06: whatever people write by whatever route, the audit trail and
// what is shipped of it hold ids and codes; what was said is read beside it.
func TestAudit_holdsNoPersonalDataByAnyWritingRoute(t *testing.T) {
	t.Parallel()
	o := newOffice(t, Options{})
	o.connect(nil)
	left := o.story()
	ann := harrier.Operator()
	ann.Name = mark
	b := o.browser(ann)
	routes, forms := b.writings()
	did := o.write(b, routes, forms, left)
	if len(did) < 45 {
		t.Errorf("only %d of %d writing routes did something: %q", len(did), len(routes), slices.Sorted(maps.Keys(did)))
	}
	shown := 0
	for page := (harrier.Page{Limit: 500}); ; {
		read, err := (trails{o.App}).Audit(t.Context(), harrier.Operator(), harrier.AuditFilter{}, page)
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range read.Items {
			if marked(e.Target + e.ActorName + string(e.Data)) {
				shown++
			}
		}
		if page.Cursor = read.Next; page.Cursor == "" {
			break
		}
	}
	if shown < 40 {
		t.Errorf("only %d rows show readers what was said: the marks did not get there", shown)
	}
	rows, err := o.store.UnchainedAudit(t.Context(), 0, 1<<20)
	if err != nil || len(rows) < 50 {
		t.Fatalf("%d rows, %v", len(rows), err)
	}
	for _, r := range rows {
		if line := string(r.Line(1)); marked(line) { // what is shipped is the line
			t.Errorf("a row holds what a person wrote: %s", line)
		}
	}
	var export strings.Builder
	if err := (trails{o.App}).ExportAudit(t.Context(), harrier.Operator(), audit.Selection{}, &export); err != nil {
		t.Fatal(err)
	}
	if marked(export.String()) || !strings.Contains(export.String(), "hmac:") {
		t.Error("the export holds what a person wrote")
	}
}

// write asks every route with marked texts, and returns which did something.
func (o *office) write(b browser, routes []writing, forms map[string]form, left relics) map[string]bool {
	o.t.Helper()
	done := map[string]bool{}
	for _, w := range routes {
		paths := []string{w.path}
		if strings.Contains(w.path, "{") {
			paths = left.fill(o.t, w.path)
		}
		for _, path := range paths {
			body := o.body(w, forms, left)
			status, text := b.ask(w.method, path, body)
			if status < 300 {
				done[w.method+" "+w.path] = true
				continue
			}
			o.t.Logf("%s %s answers %d: %.400s", w.method, path, status, text)
		}
	}
	return done
}

// body is what a route is asked.
func (o *office) body(w writing, forms map[string]form, left relics) string {
	if !w.json {
		return ""
	}
	known := map[string]any{
		"name": "w7", "source": "siem", "roles": []any{"viewer"}, "kind[]": "x", "case": "1", "alerts": []any{left["alerts"][0]}, "permissions": []any{"alerts:read"},
		"id": harrier.LocalOperator.String(), "assign": map[string]any{"id": harrier.LocalOperator.String(), "name": mark}, "principal": harrier.LocalOperator.String(), "connector": "slack", "connection": "lab-mail",
		"time_zone": "UTC", "product": "generic", "mapping": "", "base_url": "https://vendor.example", "overlap": "1h", "interval": "1h", "hours": 2,
	}
	maps.Copy(known, o.fitting(left)[w.path])
	text, err := json.Marshal(filled(w.body, forms, "", known))
	if err != nil {
		o.t.Fatal(err)
	}
	return string(text)
}

// fitting says what single routes are asked, where a text would not do. Nil
// leaves a member out.
func (o *office) fitting(left relics) map[string]map[string]any {
	o.t.Helper()
	soon := o.clock.now().Add(48 * time.Hour).UTC().Format(time.RFC3339)
	open, err := o.store.Approval(o.t.Context(), harrier.DefaultTenant, approvalID(o.t, left["approvals"][1]))
	if err != nil {
		o.t.Fatal(err)
	}
	person := map[string]any{"name": "ann.quillfeather@mark.example"}
	files := map[string]any{"files": []any{map[string]any{"path": greetPath, "text": greeting(mark)}}}
	mute := map[string]any{"match": map[string]any{"user": []any{mark}}, "window": nil, "start": nil, "end": soon}
	return map[string]map[string]any{
		"/v1/accounts": person, "/v1/assets": person, "/v1/users": person, "/v1/changes": files, "/v1/changes/{id}": files,
		"/v1/alerts":                      {"source": left["sources"][0]},
		"/v1/alerts/bulk":                 {"items": []any{map[string]any{"id": left["alerts"][0]}}, "query": nil, "expected": nil, "dry_run": nil, "do": map[string]any{"close": map[string]any{"disposition": "benign", "reason": mark}}},
		"/v1/cases/bulk":                  {"items": []any{map[string]any{"id": "1"}}, "query": nil, "expected": nil, "dry_run": nil, "do": map[string]any{"tag": map[string]any{"add": []any{mark}}}},
		"/v1/cases":                       {"template": "phishing", "alerts": nil, "restricted": false},
		"/v1/cases/{id}":                  {"pap": "amber", "tlp": "amber", "unassign": nil, "watchers": nil},
		"/v1/cases/{id}/tasks/{name}":     {"state": "skipped"},
		"/v1/cases/{id}/merge":            {"from": "2"},
		"/v1/cases/{id}/links":            {"case": "2"},
		"/v1/mutes":                       mute,
		"/v1/mutes/preview":               mute,
		"/v1/mutes/{id}/renew":            {"end": soon},
		"/v1/mutes/{id}/end":              {"text": nil},
		"/v1/lists/{name}/entries":        {"values": []any{map[string]any{"value": "ann.quillfeather@mark.example"}}, "remove": false},
		"/v1/indicators/withdraw":         {"feed": "isac", "value": "203.0.113.77", "type": nil},
		"/v1/indicators/match":            {"values": []any{map[string]any{"value": "ann.quillfeather@mark.example"}}},
		"/v1/approvals/{id}/decision":     {"hash": open.Hash, "approve": false},
		"/v1/channels/{name}/people":      {"account": "UQUILL", "whose": nil, "me": true, "remove": false},
		"/v1/channels":                    {"secret": nil, "assign": nil, "place": "C1", "kind": "slack", "connection": "w8"},
		"/v1/connections":                 {"name": "w8", "settings": nil, "allow_hosts": nil, "allow_private": nil, "ca": nil, "base_url": "https://slack.com", "secrets": map[string]any{"token": "xoxb-1-quillfeather"}},
		"/v1/keys":                        {"account": nil, "networks": nil},
		"/v1/handovers":                   {"to": nil},
		"/v1/runs":                        {"playbook": nil, "alert": nil, "case": nil, "source": blockOne, "name": "b.playbook.yaml", "inputs": nil},
		"/v1/sources":                     {"name": "w9", "secret": nil, "settings": nil, "allows": nil},
		"/v1/sources/{name}/rotate":       {"secret": nil},
		"/v1/session":                     {"code": nil, "tenant": nil, "name": mark},
		"/v1/feeds":                       {"name": "w6", "format": nil, "pap": nil, "tlp": nil, "reliability": nil, "column": nil, "type": nil, "connection": nil, "url": nil, "interval": nil},
		"/v1/retention/run":               {"text": nil},
		"/v1/notification-routes/preview": {"kind": "case"},
		"/v1/rollbacks":                   {"version": 1},
	}
}

func approvalID(t *testing.T, text string) (id harrier.ApprovalID) {
	t.Helper()
	if err := id.UnmarshalText([]byte(text)); err != nil {
		t.Fatal(err)
	}
	return id
}
