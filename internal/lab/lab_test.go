package lab_test

import (
	"bytes"
	"encoding/json"
	"io"
	"maps"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/harrier-soar/harrier/internal/lab"
)

const (
	reportedID = "<CAF-7731@mailer.evil.example>"
	evilLink   = "https://login.evil.example/a?b=1"
	evilHash   = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
)

// phishing is a scenario with four copies of a reported mail.
func phishing() lab.Scenario {
	return lab.Scenario{Mailboxes: 6, Ordinary: 3, Reported: &lab.Reported{
		MessageID: reportedID, Subject: "It's your invoice", From: "billing@mailer.evil.example", FromName: "Billing",
		Links: []string{evilLink}, Attachments: []lab.File{{Name: "invoice.html", SHA256: evilHash}}, IP: "203.0.113.9",
		Verdict: "malicious", SenderVerdict: "suspicious", Copies: 4,
	}, Intel: []lab.Knowledge{{Type: "domain", Value: "good.example", Verdict: "benign"}}}
}

// bench is a lab and a plain client of it, as any program would be.
type bench struct {
	*lab.Lab
	t      *testing.T
	client *http.Client
}

func start(t *testing.T, config lab.Config) *bench {
	t.Helper()
	l, err := lab.Start(config)
	if err != nil {
		t.Fatalf("start the lab: %v", err)
	}
	transport := &http.Transport{DisableKeepAlives: true}
	b := &bench{Lab: l, t: t, client: &http.Client{Transport: transport, Timeout: 20 * time.Second}}
	t.Cleanup(func() {
		transport.CloseIdleConnections()
		if err := l.Close(); err != nil {
			t.Errorf("close the lab: %v", err)
		}
	})
	return b
}

func seeded(t *testing.T) *bench {
	t.Helper()
	b := start(t, lab.Config{Seed: 7})
	if err := b.Seed(phishing()); err != nil {
		t.Fatalf("seed: %v", err)
	}
	return b
}

// secret returns a secret of the connection that uses a connector.
func (b *bench) secret(connector, name string) string {
	for _, c := range b.Connections() {
		if c.Connector == connector {
			return c.Secrets[name].Reveal()
		}
	}
	b.t.Fatalf("no connection uses %s", connector)
	return ""
}

// reply is what came back, or that nothing did.
type reply struct {
	status int
	header http.Header
	raw    []byte
	err    error
}

// json decodes the reply.
func (r reply) json(t *testing.T) map[string]any {
	t.Helper()
	var v map[string]any
	if err := json.Unmarshal(r.raw, &v); err != nil {
		t.Fatalf("the answer is not a JSON object: %v\n%s (status %d, err %v)", err, r.raw, r.status, r.err)
	}
	return v
}

// at walks a decoded answer: names of fields and indexes of lists.
func at(t *testing.T, v any, path ...any) any {
	t.Helper()
	for _, step := range path {
		switch key := step.(type) {
		case string:
			m, ok := v.(map[string]any)
			if !ok {
				t.Fatalf("%v: %v is no object", path, v)
			}
			v = m[key]
		case int:
			l, ok := v.([]any)
			if !ok || key >= len(l) {
				t.Fatalf("%v: %v has no item %d", path, v, key)
			}
			v = l[key]
		}
	}
	return v
}

// ask sends a request; body is text, a form or a value for JSON.
func (b *bench) ask(method, address string, body any, headers ...string) reply {
	b.t.Helper()
	var reader io.Reader
	kind := ""
	switch v := body.(type) {
	case nil:
	case string:
		reader = strings.NewReader(v)
	case url.Values:
		reader, kind = strings.NewReader(v.Encode()), "application/x-www-form-urlencoded"
	default:
		raw, err := json.Marshal(v)
		if err != nil {
			b.t.Fatal(err)
		}
		reader, kind = bytes.NewReader(raw), "application/json"
	}
	r, err := http.NewRequestWithContext(b.t.Context(), method, address, reader)
	if err != nil {
		b.t.Fatal(err)
	}
	if kind != "" {
		r.Header.Set("Content-Type", kind)
	}
	for i := 0; i+1 < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	response, err := b.client.Do(r)
	if err != nil {
		return reply{err: err}
	}
	defer func() { _ = response.Body.Close() }()
	raw, err := io.ReadAll(response.Body)
	return reply{status: response.StatusCode, header: response.Header, raw: raw, err: err}
}

// token gets an access token as the client credentials flow has it.
func (b *bench) token() string {
	b.t.Helper()
	return at(b.t, b.grant(nil).json(b.t), "access_token").(string)
}

func (b *bench) grant(change url.Values) reply {
	tenant := ""
	for _, c := range b.Connections() {
		if v, ok := c.Settings["tenant_id"].(string); ok {
			tenant = v
		}
	}
	form := url.Values{
		"grant_type": {"client_credentials"}, "scope": {"https://graph.microsoft.com/.default"},
		"client_id": {b.secret("msgraph", "client_id")}, "client_secret": {b.secret("msgraph", "client_secret")},
	}
	maps.Copy(form, change)
	return b.ask("POST", b.URL("entra")+"/"+tenant+"/oauth2/v2.0/token", form)
}

// graph asks Microsoft Graph with a good token.
func (b *bench) graph(method, path string, body any, headers ...string) reply {
	b.t.Helper()
	return b.ask(method, b.URL("msgraph")+"/v1.0"+path, body, append(headers, "Authorization", "Bearer "+b.token())...)
}

// firewall asks OPNsense with good credentials.
func (b *bench) firewall(method, path string, body any) reply {
	b.t.Helper()
	r, _ := http.NewRequest(http.MethodGet, "/", nil)
	r.SetBasicAuth(b.secret("opnsense", "username"), b.secret("opnsense", "password"))
	return b.ask(method, b.URL("opnsense")+"/api"+path, body, "Authorization", r.Header.Get("Authorization"))
}

// chat asks Slack with a good token.
func (b *bench) chat(method, path string, body any) reply {
	b.t.Helper()
	return b.ask(method, b.URL("slack")+"/api/"+path, body, "Authorization", "Bearer "+b.secret("slack", "token"))
}

// intel asks VirusTotal with a good key.
func (b *bench) intel(path string) reply {
	b.t.Helper()
	return b.ask("GET", b.URL("virustotal")+"/api/v3"+path, nil, "x-apikey", b.secret("virustotal", "api_key"))
}

// counts returns how often each effect of a vendor happened and changed something.
func (b *bench) counts(vendor string) map[string][2]int {
	out := map[string][2]int{}
	for _, e := range b.Effects() {
		if e.Vendor == vendor {
			out[e.Action+" "+e.Target+" "+e.Key] = [2]int{e.Count, e.Changed}
		}
	}
	return out
}
