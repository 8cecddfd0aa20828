package app

import (
	"encoding/json"
	"io"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/api"
	"github.com/harrier-soar/harrier/internal/provider"
)

// browser asks an installation's API as a principal.
type browser struct {
	t  *testing.T
	as *api.InProcess
}

func (o *office) browser(by harrier.Principal) browser {
	o.t.Helper()
	return browser{o.t, o.Server(api.Version{Version: "test"}).InProcess(by)}
}

// ask makes a request and returns what came.
func (b browser) ask(method, path, body string) (status int, text string) {
	b.t.Helper()
	req, err := http.NewRequestWithContext(b.t.Context(), method, "http://harrier"+path, strings.NewReader(body))
	if err != nil {
		b.t.Fatal(err)
	}
	if body != "" {
		req.Header.Set("Content-Type", "application/json")
	}
	res, err := b.as.RoundTrip(req)
	if err != nil {
		b.t.Fatal(err)
	}
	all, err := io.ReadAll(res.Body)
	if err != nil {
		b.t.Fatal(err)
	}
	if err := res.Body.Close(); err != nil {
		b.t.Fatal(err)
	}
	return res.StatusCode, string(all)
}

// routes lists the paths of the API with their methods, as it describes itself.
func (b browser) routes() map[string][]string {
	b.t.Helper()
	_, text := b.ask(http.MethodGet, "/v1/openapi.json", "")
	var doc struct {
		Paths map[string]map[string]json.RawMessage `json:"paths"`
	}
	if err := json.Unmarshal([]byte(text), &doc); err != nil || len(doc.Paths) < 15 {
		b.t.Fatalf("the description has %d paths: %v", len(doc.Paths), err)
	}
	all := map[string][]string{}
	for path, methods := range doc.Paths {
		for m := range methods {
			all[path] = append(all[path], strings.ToUpper(m))
		}
	}
	return all
}

// things that a story leaves, by the noun of their routes.
type relics map[string][]string

// story plays a story to its end and another to its approval, and returns the
// ids of everything.
func (o *office) story() relics {
	o.t.Helper()
	id := o.submit()
	q := o.asked(id)
	o.approve(q)
	run := o.until(id, ended)
	waiting, err := runs{o.App}.StartRun(o.t.Context(), harrier.Operator(), api.StartRun{Source: blockOne, Name: "b.playbook.yaml", Mode: harrier.Live})
	if err != nil {
		o.t.Fatal(err)
	}
	open := o.asked(waiting.ID)
	by := harrier.Operator()
	cases, err := things{o.App}.Cases(o.t.Context(), by, harrier.CaseFilter{}, harrier.Page{Limit: 10})
	if err != nil || len(cases.Items) == 0 {
		o.t.Fatalf("%d cases, %v", len(cases.Items), err)
	}
	evidence, err := things{o.App}.Evidence(o.t.Context(), by, harrier.EvidenceFilter{}, harrier.Page{Limit: 10})
	if err != nil || len(evidence.Items) == 0 {
		o.t.Fatalf("%d artefacts, %v", len(evidence.Items), err)
	}
	known := intelligence{o.App}
	if _, err := known.ImportFeed(o.t.Context(), by, api.SetFeed{Name: "isac"}, strings.NewReader("203.0.113.77\n")); err != nil {
		o.t.Fatal(err)
	}
	if _, err := known.SetList(o.t.Context(), by, api.SetList{Name: "blocked", Kind: "block"}); err != nil {
		o.t.Fatal(err)
	}
	if _, err := (megaphone{o.App}).SetChannel(o.t.Context(), by, api.SetChannel{Name: "soc", Kind: "slack"}); err != nil {
		o.t.Fatal(err)
	}
	found := relics{
		"channels": {"soc"}, "feeds": {"isac"}, "lists": {"blocked"},
		"alerts": {run.Alert.String()}, "cases": {cases.Items[0].ID.String(), "1"}, "evidence": {evidence.Items[0].ID.String()},
		"runs": {run.ID.String(), waiting.ID.String()}, "approvals": {q.ID.String(), open.ID.String()},
		"connections": {"lab-firewall", "lab-mail"}, "sources": {"siem"}, "events": {o.event("siem")}, "break-glass": {o.glass()},
	}
	maps.Copy(found, o.noise(run.Alert))
	maps.Copy(found, o.watchkeeping())
	found["audit"], found["holds"], found["erasures"] = []string{o.auditTarget()}, []string{o.hold()}, []string{o.erasure()}
	found["webhooks"] = []string{o.webhook()}
	found["providers"] = []string{o.provider()}
	d := changing{revisions{o.App}, o.t}.propose(by, greetPath, greeting("hello"))
	found["changes"] = []string{d.ID.String()}
	maps.Copy(found, o.people())
	return found
}

// auditTarget adds a target of the audit trail.
func (o *office) auditTarget() string {
	o.t.Helper()
	in := api.AddAuditTarget{Name: "siem", Kind: "syslog", Address: "127.0.0.1:9", AllowPrivate: []string{"127.0.0.1/32"}}
	out, err := trails{o.App}.AddAuditTarget(o.t.Context(), harrier.Operator(), in)
	if err != nil {
		o.t.Fatal(err)
	}
	return out.Name
}

// provider sets a provider of log-ins up.
func (o *office) provider() string {
	o.t.Helper()
	p, err := o.providers.Add(o.t.Context(), harrier.Operator(), provider.Settings{
		Name: "corp", Issuer: "https://login.example", ClientID: "harrier", Redirect: "https://harrier.example" + provider.CallbackPath,
	}, harrier.NewSecret("s3cret of the client"))
	if err != nil {
		o.t.Fatal(err)
	}
	return p.Name
}

// webhook adds a program that is told of changes.
func (o *office) webhook() string {
	o.t.Helper()
	in := api.AddWebhook{Name: "soar", URL: "https://127.0.0.1:9/x", Topics: []string{"run.ended"}, AllowPrivate: []string{"127.0.0.1/32"}}
	out, err := telling{o.App}.AddWebhook(o.t.Context(), harrier.Operator(), in)
	if err != nil {
		o.t.Fatal(err)
	}
	return out.Name
}

// hold places a hold.
func (o *office) hold() string {
	o.t.Helper()
	h, err := archives{o.App}.PlaceHold(o.t.Context(), harrier.Operator(), api.PlaceHold{Kind: "subject", Target: "user:jane", Reason: "court"})
	if err != nil {
		o.t.Fatal(err)
	}
	return h.ID
}

// erasure asks that somebody's data is erased.
func (o *office) erasure() string {
	o.t.Helper()
	e, err := subjects{o.App}.Erase(o.t.Context(), harrier.Operator(), api.EraseSubject{Subject: []string{"user:nobody.there"}, Reason: "request 7"})
	if err != nil {
		o.t.Fatal(err)
	}
	return e.ID.String()
}

// glass asks to see a case.
func (o *office) glass() string {
	o.t.Helper()
	g, err := files{o.App}.BreakGlass(o.t.Context(), harrier.Operator(), api.BreakGlass{Case: "1", Reason: "nobody is there"})
	if err != nil {
		o.t.Fatal(err)
	}
	return g.ID.String()
}

// event adds a source and returns the id of what it delivers, which nobody understands.
func (o *office) event(source string) string {
	o.t.Helper()
	by := harrier.Operator()
	if _, err := (reporters{o.App}).AddSource(o.t.Context(), by, api.AddSource{Name: source, Product: "generic"}); err != nil {
		o.t.Fatal(err)
	}
	got, err := reporters{o.App}.SubmitEvent(o.t.Context(), by, api.SubmitEvent{Source: source, Content: "text/plain", Body: strings.NewReader("what is this?")})
	if err != nil || len(got.Events) != 1 {
		o.t.Fatal(got, err)
	}
	return got.Events[0].String()
}

// shared are the nouns that belong to the installation, not to a tenant.
func shared(noun string) bool { return slices.Contains([]string{"playbooks", "connectors"}, noun) }

// fill returns a path with each of the ids of its noun.
func (r relics) fill(t *testing.T, path string) []string {
	t.Helper()
	noun := strings.Split(path, "/")[2]
	ids := r[noun]
	if len(ids) == 0 {
		t.Fatalf("route %s has an id of a noun that this test does not know; add it", path)
	}
	var all []string
	for _, id := range ids {
		all = append(all, strings.NewReplacer("{id}", id, "{name}", id).Replace(path))
	}
	return all
}

// What belongs to one tenant is not there for another, by whatever route it is
// asked for, and whatever is asked of it.
func TestTenants_doNotFindWhatIsAnothers(t *testing.T) { // AZ-04
	t.Parallel()
	o := newOffice(t, Options{})
	o.connect(nil)
	left := o.story()
	stranger := harrier.Operator()
	stranger.Tenant = harrier.NewID[harrier.TenantID](o.clock.now())
	ours, theirs := o.browser(harrier.Operator()), o.browser(stranger)
	bodies := map[string]string{
		"decision": `{"approve":true,"hash":"sha256:0"}`, "answer": `{"hash":"sha256:0","values":{"choice":"happened"}}`, "escalate": `{"to":"role:lead"}`, "people": `{"account":"U1","me":true}`,
		"call": `{"action":"list_blocked"}`, "entries": `{"values":[{"value":"203.0.113.7"}]}`, "import": "203.0.113.7", "cancel": `{}`, "retry": `{}`, "drop": `{"reason":"not ours"}`, "{name}": `{"live":true}`, "rotate": `{}`,
		"decide": `{"grant":true}`, "end": `{}`, "lift": `{"reason":"over"}`, "renew": `{"end":"2099-01-01T00:00:00Z"}`, "verdict": `{"verdict":"benign"}`, "{id}": `{"suspend":true,"reason":"not ours"}`,
		"accounts/{id}": `{"disabled":true}`, "sessions/end": "",
		"acknowledge": `{}`, "erasures/decide": `{"agree":true}`, "providers/link": `{"account":"ann","subject":"s"}`, "providers/{name}": `{"roles":["viewer"]}`,
		"passkeys/{id}": `{"name":"x"}`, "webhooks/{name}": `{"enabled":false}`, "webhooks/rotate": "", "redeliver": `{"delivery":"` + harrier.DeriveID[harrier.MessageID]("x").String() + `"}`,
	}
	asked := 0
	for path, methods := range ours.routes() {
		noun := strings.Split(path, "/")[2]
		if !strings.Contains(path, "{") || shared(noun) {
			continue
		}
		for _, one := range left.fill(t, path) {
			for _, method := range methods {
				asked++
				body, special := bodies[noun+path[strings.LastIndex(path, "/"):]]
				if !special {
					body = bodies[path[strings.LastIndex(path, "/")+1:]]
				}
				if noun == "changes" && method != http.MethodGet {
					body = map[string]string{http.MethodPost: `{"digest":"sha256:0"}`, http.MethodPatch: `{"title":"t","files":[{"path":"organisation.yaml","text":"x"}]}`}[method]
				}
				if status, text := theirs.ask(method, one, body); status != http.StatusNotFound {
					t.Errorf("%s %s answers a stranger with %d: %s", method, one, status, text)
				}
				if method != http.MethodGet || strings.HasSuffix(one, "/watch") {
					continue // a stream goes on while its run waits
				}
				if status, text := ours.ask(method, one, ""); status != http.StatusOK {
					t.Errorf("GET %s answers its owner with %d: %s", one, status, text)
				}
			}
		}
	}
	if asked < 15 {
		t.Errorf("only %d requests were made", asked)
	}
	for _, noun := range []string{"alerts", "cases", "evidence", "runs", "approvals", "connections", "audit"} {
		var list struct {
			Items []json.RawMessage `json:"items"`
		}
		status, text := theirs.ask(http.MethodGet, "/v1/"+noun, "")
		if err := json.Unmarshal([]byte(text), &list); status != http.StatusOK || err != nil || len(list.Items) > 0 {
			t.Errorf("GET /v1/%s answers a stranger with %d and %d items: %v", noun, status, len(list.Items), err)
		}
	}
}
