package connectortest_test

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"maps"
	"net/http"
	"net/url"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/harrier-soar/harrier/connector"
	"github.com/harrier-soar/harrier/connector/connectortest"
	"github.com/harrier-soar/harrier/connector/rest"
	"github.com/harrier-soar/harrier/internal/lab"
	"github.com/harrier-soar/harrier/schema"
)

// Every connector that ships passes the suite, against the lab where it has the
// vendor. There is no list to keep.
func TestConnectors_conform(t *testing.T) {
	t.Parallel()
	found, problems := rest.LoadFS(os.DirFS("../../connectors"))
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	conns := make([]connector.Connector, len(found))
	vendors := make(map[string]*vendor)
	for i, c := range found {
		conns[i] = c
		if v := newVendor(t, c); v != nil {
			vendors[c.Manifest().Name] = v
		}
	}
	connectortest.Run(t, conns, connectortest.Options{Lab: func(t *testing.T, name string) (connectortest.Lab, bool) {
		t.Helper()
		v := vendors[name]
		if v == nil {
			return connectortest.Lab{}, false
		}
		v.reset(t)
		return connectortest.Lab{Env: v.env(), Reset: func() { v.reset(t) }, Effects: v.effects, Inputs: v.inputs}, true
	}})
}

// vendor is a lab of one connector's own.
type vendor struct {
	lab      *lab.Lab
	seed     lab.ConnectionSeed
	manifest *connector.Manifest
}

// newVendor starts a lab for a connector; nil where the lab does not have it.
func newVendor(t *testing.T, c connector.Connector) *vendor {
	t.Helper()
	l, err := lab.Start(lab.Config{Log: slog.New(slog.DiscardHandler), Now: time.Now, Seed: 1})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := l.Close(); err != nil {
			t.Error(err)
		}
	})
	v := &vendor{lab: l, manifest: c.Manifest()}
	v.reset(t)
	for _, s := range l.Connections() {
		if s.Connector == v.manifest.Name {
			v.seed = s
			return v
		}
	}
	return nil
}

const reported = "<reported@evil.example>"

// reset brings the world back to a reported mail in two mailboxes.
func (v *vendor) reset(t *testing.T) {
	t.Helper()
	err := v.lab.Seed(lab.Scenario{Mailboxes: 3, Ordinary: 1, Reported: &lab.Reported{
		MessageID: reported, Subject: "Your account", From: "someone@evil.example", Copies: 2,
		Links: []string{"https://evil.example/login"}, Verdict: "malicious", Received: time.Now().Add(-time.Hour),
	}, Stolen: []lab.Stolen{{User: "alice.archer@corp.example"}}, Disabled: []string{"carol.archer@corp.example"}, Isolated: []string{"carol.archer@corp.example"},
		Tickets: []string{"Before"}})
	if err != nil {
		t.Fatal(err)
	}
}

// env reaches the vendor with its credentials.
func (v *vendor) env() *connector.Env {
	settings := map[string]any{"base_url": v.seed.BaseURL}
	maps.Copy(settings, v.seed.Settings)
	return &connector.Env{
		HTTP: credentials{v}, Log: slog.New(slog.DiscardHandler), Now: time.Now, Connection: v.seed.Name,
		Settings: schema.Defaults(v.manifest.Settings, settings),
	}
}

// effects lists what changed in the world.
func (v *vendor) effects() []connectortest.Effect {
	var out []connectortest.Effect
	for _, e := range v.lab.Effects() {
		for range e.Changed {
			out = append(out, connectortest.Effect{Action: e.Action, Target: e.Target})
		}
	}
	return out
}

// inputs returns arguments that make sense after reset.
func (v *vendor) inputs(action string) map[string]any {
	copied := v.lab.Mail(reported)[0]
	if in := lookups()[action]; in != nil {
		return in
	}
	account, _ := v.lab.Account(copied.Mailbox)
	switch v.manifest.Name + "." + action {
	case "msgraph.search":
		return map[string]any{"message_id": reported}
	case "msgraph.get", "msgraph.locate", "msgraph.quarantine":
		return map[string]any{"mailbox": copied.Mailbox, "message_id": copied.ID}
	case "msgraph.send":
		return map[string]any{"to": []any{copied.Mailbox}, "subject": "Hello", "body": "Text."}
	case "opnsense.block_ip":
		return map[string]any{"ip": "192.0.2.66"}
	case "opnsense.block_domain", "opnsense.find_domain":
		return map[string]any{"domain": "evil.example"}
	case "slack.post":
		return map[string]any{"channel": "C0LAB0001", "text": "Hello."}
	case "slack.history":
		return map[string]any{"channel": "C0LAB0001"}
	case "urlscan.search":
		return map[string]any{"domain": "evil.example"}
	case "cape.submit_file":
		return map[string]any{"evidence": "c3BlY2ltZW4="}
	case "cape.status":
		return map[string]any{}
	case "urlscan.submit_url", "cape.submit_url":
		return map[string]any{"url": "https://evil.example/login"}
	case "abuseipdb.report":
		return map[string]any{"type": "ip", "value": "192.0.2.66", "categories": []any{"phishing"}}
	case "msgraph.rules":
		return map[string]any{"mailbox": copied.Mailbox}
	case "msgraph.correspondence":
		return map[string]any{"with": "evil.example"}
	case "entra.get_user", "entra.sign_ins", "entra.mfa_methods", "entra.grants", "entra.disable", "entra.revoke_sessions", "entra.reset_password":
		return map[string]any{"user": copied.Mailbox}
	case "entra.group_add":
		return map[string]any{"user": copied.Mailbox, "group": "Credential Theft"}
	case "entra.enable":
		return map[string]any{"user": "carol.archer@corp.example"}
	case "entra.remove_mfa_method":
		phone := account.Methods[slices.IndexFunc(account.Methods, func(m lab.Method) bool { return m.Kind == "phone" })]
		return map[string]any{"user": account.User, "method": phone.ID, "kind": phone.Kind}
	case "entra.revoke_grant":
		return map[string]any{"user": account.User, "grant": account.Grants[0].ID}
	case "msgraph.disable_rule":
		return map[string]any{"mailbox": account.User, "rule": account.Rules[0].ID}
	case "entra.group_remove":
		return map[string]any{"user": copied.Mailbox, "group": "All Staff"}
	case "mimecast.find_sender", "mimecast.block_sender":
		return map[string]any{"sender": "evil.example"}
	case "mimecast.find_url", "mimecast.block_url":
		return map[string]any{"url": "https://evil.example/login"}
	case "defender_xdr.clicks":
		return map[string]any{"urls": []any{"https://evil.example/login"}}
	case "defender.get_host", "defender.isolate", "defender.scan":
		return map[string]any{"host": "alice-archer"}
	case "defender.release":
		return map[string]any{"host": "carol-archer.corp.example"}
	case "defender.find_file", "defender.find_indicator", "defender.block_hash":
		return map[string]any{"hash": strings.Repeat("0", 64)}
	case "jira.find":
		return map[string]any{"label": "harrier-x"}
	case "jira.create":
		return map[string]any{"title": "Phishing mail", "description": "One.\nTwo."}
	case "jira.get", "jira.comments":
		return map[string]any{"ticket_id": "SEC-1"}
	case "jira.update":
		return map[string]any{"ticket_id": "SEC-1", "title": "After"}
	case "jira.comment":
		return map[string]any{"ticket_id": "SEC-1", "text": "Contained."}
	case "jira.transition":
		return map[string]any{"ticket_id": "SEC-1", "status": "Done"}
	case "jira.check", "defender.check", "defender_xdr.check", "mimecast.check", "entra.check", "msgraph.check", "msgraph.list_mailboxes", "slack.check", "opnsense.list_blocked":
		return map[string]any{}
	}
	return nil
}

// lookups returns what all that look things up are asked.
func lookups() map[string]map[string]any {
	return map[string]map[string]any{
		"lookup_url": {"url": "https://evil.example/login"}, "lookup_domain": {"domain": "evil.example"},
		"lookup_ip": {"ip": "192.0.2.66"}, "lookup_file": {"hash": strings.Repeat("0", 64)},
	}
}

// credentials puts the lab's credentials into requests, as the transport does.
type credentials struct{ *vendor }

// Do implements [connector.HTTPDoer].
func (c credentials) Do(req *http.Request) (*http.Response, error) {
	auth := c.manifest.Auth
	secret := func(i int) string { return c.seed.Secrets[auth.Secrets[i]].Reveal() }
	switch auth.Kind {
	case connector.BasicAuth:
		req.SetBasicAuth(secret(0), secret(1))
	case connector.BearerAuth:
		req.Header.Set("Authorization", "Bearer "+secret(0))
	case connector.HeaderAuth:
		req.Header.Set(auth.Name, auth.Prefix+secret(0))
	case connector.OAuth2Auth:
		token, err := c.token(req.Context(), secret(0), secret(1))
		if err != nil {
			return nil, err
		}
		req.Header.Set("Authorization", "Bearer "+token)
	default:
		return nil, fmt.Errorf("this test has no credentials of kind %s", auth.Kind)
	}
	return http.DefaultTransport.RoundTrip(req)
}

// token asks for an access token.
func (c credentials) token(ctx context.Context, id, secret string) (string, error) {
	address := strings.NewReplacer("${{ settings.base_url }}", c.seed.BaseURL, "${{ settings.login_url }}", fmt.Sprint(c.seed.Settings["login_url"]),
		"${{ settings.tenant_id }}", fmt.Sprint(c.seed.Settings["tenant_id"])).Replace(c.manifest.Auth.TokenURL)
	form := url.Values{"grant_type": {"client_credentials"}, "client_id": {id}, "client_secret": {secret}, "scope": c.manifest.Auth.Scopes}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, address, strings.NewReader(form.Encode()))
	if err != nil {
		return "", err
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	res, err := http.DefaultTransport.RoundTrip(req)
	if err != nil {
		return "", err
	}
	defer res.Body.Close()
	var grant struct {
		Token string `json:"access_token"`
	}
	if err := json.NewDecoder(res.Body).Decode(&grant); err != nil {
		return "", err
	}
	return grant.Token, nil
}
