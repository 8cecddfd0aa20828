package connectors_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"
	"github.com/getkin/kin-openapi/routers/legacy"

	"github.com/harrier-soar/harrier/connector"
	"github.com/harrier-soar/harrier/connector/rest"
	"github.com/harrier-soar/harrier/connectors"
	"github.com/harrier-soar/harrier/expr"
	"github.com/harrier-soar/harrier/internal/lab"
	"github.com/harrier-soar/harrier/schema"
)

// site is a company with the vendors of the lab and the connectors that ship.
// Every request and every true answer is held against the vendor's published
// description.
type site struct {
	*lab.Lab
	t          *testing.T
	connectors map[string]*rest.Connector
	envs       map[string]*connector.Env
}

const (
	reportedID = "<CAF-7731@mailer.evil.example>"
	evilLink   = "https://login.evil.example/a?b=1&c=%F0%9F~d+e/.."
	evilHash   = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
)

// scenario has six mailboxes, four of them with a copy of a reported mail.
func scenario() lab.Scenario {
	return lab.Scenario{Mailboxes: 6, Ordinary: 14, Reported: &lab.Reported{
		MessageID: reportedID, Subject: "It's your invoice", From: "billing@mailer.evil.example", Links: []string{evilLink},
		Attachments: []lab.File{{Name: "invoice.html", SHA256: evilHash}}, IP: "203.0.113.9",
		Verdict: "malicious", SenderVerdict: "suspicious", Copies: 4,
	}, Intel: []lab.Knowledge{{Type: "domain", Value: "good.example", Verdict: "benign"}}}
}

// newSite starts the vendors with the scenario, and connects to them.
func newSite(t *testing.T) *site {
	t.Helper()
	return newSiteAt(t, startLab(t, lab.Config{Seed: 7, Gmail: true, Sources: true, Pagers: true}))
}

// startLab starts vendors that end with the test.
func startLab(t *testing.T, config lab.Config) *lab.Lab {
	t.Helper()
	l, err := lab.Start(config)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := l.Close(); err != nil {
			t.Errorf("close the lab: %v", err)
		}
	})
	return l
}

// newSiteAt is newSite with vendors that run already.
func newSiteAt(t *testing.T, l *lab.Lab) *site {
	t.Helper()
	if err := l.Seed(scenario()); err != nil {
		t.Fatal(err)
	}
	return siteAt(t, l)
}

// siteAt connects to vendors as they are.
func siteAt(t *testing.T, l *lab.Lab) *site {
	t.Helper()
	s := &site{Lab: l, t: t, connectors: map[string]*rest.Connector{}, envs: map[string]*connector.Env{}}
	for _, c := range shipped(t) {
		s.connectors[c.Manifest().Name] = c
	}
	for _, seed := range l.Connections() {
		s.connect(seed)
	}
	return s
}

// loaded is what ships, read once.
var loaded = sync.OnceValues(func() ([]*rest.Connector, error) {
	found, problems := rest.LoadFS(connectors.FS)
	return found, problems.Err()
})

// shipped returns the connectors that ship.
func shipped(t *testing.T) []*rest.Connector {
	t.Helper()
	found, err := loaded()
	if err != nil {
		t.Fatal(err)
	}
	return found
}

// described are the vendors' published descriptions by connector, read once.
var described = sync.OnceValues(func() (map[string]routers.Router, error) {
	out := map[string]routers.Router{}
	paths, err := filepath.Glob(filepath.Join("*", "testdata", "openapi.json"))
	for _, path := range paths {
		source, err := os.ReadFile(path)
		if err != nil {
			return nil, err
		}
		doc, err := openapi3.NewLoader().LoadFromData(source)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", path, err)
		}
		doc.Servers = openapi3.Servers{{URL: vendorURL}}
		if out[filepath.Dir(filepath.Dir(path))], err = legacy.NewRouter(doc); err != nil {
			return nil, fmt.Errorf("%s: %w", path, err)
		}
	}
	return out, err
})

// vendorURL stands for the base URL of every vendor in its description.
const vendorURL = "http://vendor.test/api"

// connect makes the environment of a connection.
func (s *site) connect(seed lab.ConnectionSeed) {
	s.t.Helper()
	m := s.connectors[seed.Connector].Manifest()
	settings := map[string]any{}
	for _, f := range m.Settings {
		if f.Default != nil {
			settings[f.Name] = f.Default
		}
	}
	maps.Copy(settings, seed.Settings)
	settings["base_url"] = seed.BaseURL
	transport := &http.Transport{DisableKeepAlives: true}
	s.t.Cleanup(transport.CloseIdleConnections)
	client := &door{t: s.t, lab: s.Lab, auth: m.Auth, seed: seed, settings: settings, client: &http.Client{Transport: transport, Timeout: 20 * time.Second}}
	routers, err := described()
	if err != nil {
		s.t.Fatal(err)
	}
	client.router = routers[seed.Connector]
	s.envs[seed.Connector] = &connector.Env{
		HTTP: client, Log: slog.New(slog.DiscardHandler), Now: time.Now, Settings: settings, Connection: seed.Name,
	}
}

// distrust stops holding answers of a vendor against its description, for
// tests in which it lies.
func (s *site) distrust(name string, rule lab.Rule) {
	s.t.Helper()
	s.envs[name].HTTP.(*door).lying.Store(name, true)
	if err := s.Fault(name, rule); err != nil {
		s.t.Fatal(err)
	}
}

// do performs an action with defaults filled in, waiting for what is pending.
func (s *site) do(name string, input map[string]any, key string) (map[string]any, *connector.Error) {
	s.t.Helper()
	product, action, _ := strings.Cut(name, ".")
	spec := s.spec(name)
	full, wrong := schema.CheckFields(schema.Defaults(spec.Input, input), spec.Input)
	if len(wrong) > 0 {
		s.t.Fatalf("%s: %v", name, wrong)
	}
	r := connector.Request{Action: action, Input: handed(spec, full), Key: key}
	for range 10 {
		answer, err := s.connectors[product].Do(s.t.Context(), s.envs[product], r)
		if err != nil {
			return nil, connector.AsError(err)
		}
		if answer.Pending == nil {
			return answer.Output, nil
		}
		r.Resume = answer.Pending.State
	}
	s.t.Fatalf("%s is pending for ever", name)
	return nil, nil
}

// must performs an action that has to succeed.
func (s *site) must(name string, input map[string]any, key string) map[string]any {
	s.t.Helper()
	out, err := s.do(name, input, key)
	if err != nil {
		s.t.Fatalf("%s %v: %v", name, input, err)
	}
	return out
}

func (s *site) spec(name string) schema.ActionSpec {
	s.t.Helper()
	product, _, _ := strings.Cut(name, ".")
	for _, spec := range s.connectors[product].Manifest().Actions {
		if spec.Name == name {
			return spec
		}
	}
	s.t.Fatalf("no action %s", name)
	return schema.ActionSpec{}
}

// undo performs the undo of an action, its arguments taken from the manifest.
func (s *site) undo(name string, input, output map[string]any) map[string]any {
	s.t.Helper()
	spec := s.spec(name)
	with := s.follow(*spec.Undo, expr.Vars{"input": input, "output": output})
	return s.must(spec.Connector+"."+spec.Undo.Action, with, "undo")
}

// probe asks whether an action happened, as its manifest says.
func (s *site) probe(name string, input map[string]any, key string) bool {
	s.t.Helper()
	spec := s.spec(name)
	vars := expr.Vars{"input": input, "key": key}
	vars["output"] = s.must(spec.Connector+"."+spec.Probe.Action, s.follow(spec.Probe.Link, vars), "")
	return s.evaluate(spec.Probe.Done, vars) == true
}

// follow returns the arguments of a linked action.
func (s *site) follow(link schema.Link, vars expr.Vars) map[string]any {
	s.t.Helper()
	out := map[string]any{}
	for name, text := range link.With {
		if v := s.evaluate(text, vars); v != nil {
			out[name] = v
		}
	}
	return out
}

func (s *site) evaluate(text string, vars expr.Vars) any {
	s.t.Helper()
	types := map[string]schema.Type{}
	for name := range vars {
		types[name] = schema.TypeOf(schema.Any)
	}
	env, err := expr.NewEnv(types)
	if err != nil {
		s.t.Fatal(err)
	}
	program, issues := env.Compile(text)
	if len(issues) > 0 {
		s.t.Fatalf("%s: %v", text, issues)
	}
	v, err := program.Eval(s.t.Context(), vars, time.Now())
	if err != nil {
		s.t.Fatalf("%s: %v", text, err)
	}
	return v
}

// counted returns how often the effects of an action on a target happened.
func (s *site) counted(action, target string) (n int) {
	for _, e := range s.Effects() {
		if e.Action == action && strings.HasPrefix(e.Target, target) {
			n += e.Count
		}
	}
	return n
}

// door is the way to one vendor: it adds the credential and judges what passes.
type door struct {
	t        *testing.T
	lab      *lab.Lab
	auth     connector.Auth
	seed     lab.ConnectionSeed
	settings map[string]any
	client   *http.Client
	router   routers.Router
	lying    sync.Map
}

// Do implements [connector.HTTPDoer].
func (d *door) Do(r *http.Request) (*http.Response, error) {
	if err := d.sign(r); err != nil {
		return nil, err
	}
	var sent []byte
	if r.Body != nil {
		sent, _ = io.ReadAll(r.Body)
		r.Body = io.NopCloser(bytes.NewReader(sent))
	}
	checked, bad := d.request(r, sent)
	if bad != nil {
		d.t.Errorf("%s %s is not a request that %s describes: %v", r.Method, r.URL, d.seed.Connector, bad)
	}
	r.Body = io.NopCloser(bytes.NewReader(sent))
	response, err := d.client.Do(r)
	if err != nil {
		return nil, err
	}
	if _, lying := d.lying.Load(d.seed.Connector); lying || bad != nil {
		return response, nil //nolint:nilerr // bad is told above; the answer has no description to be held against
	}
	got, err := io.ReadAll(response.Body)
	_ = response.Body.Close()
	response.Body = io.NopCloser(bytes.NewReader(got))
	if err != nil {
		return response, err
	}
	if err := d.answer(r.Context(), checked, response, got); err != nil {
		d.t.Errorf("the lab's answer to %s %s is not one that %s describes: %v\n%s", r.Method, r.URL, d.seed.Connector, err, got)
	}
	return response, nil
}

// request holds a request against the description.
func (d *door) request(r *http.Request, body []byte) (*openapi3filter.RequestValidationInput, error) {
	clone := r.Clone(r.Context())
	clone.Body = io.NopCloser(bytes.NewReader(body))
	path, ok := strings.CutPrefix(clone.URL.String(), d.seed.BaseURL)
	if !ok {
		return nil, fmt.Errorf("it is not below %s", d.seed.BaseURL)
	}
	var err error
	if clone.URL, err = url.Parse(vendorURL + path); err != nil {
		return nil, err
	}
	route, parameters, err := d.router.FindRoute(clone)
	if err != nil {
		return nil, err
	}
	for name := range clone.URL.Query() {
		if parameter := append(openapi3.Parameters{}, route.Operation.Parameters...).GetByInAndName("query", name); parameter == nil {
			d.t.Errorf("%s %s: the query has %s, which is not described", r.Method, r.URL, name)
		}
	}
	in := &openapi3filter.RequestValidationInput{Request: clone, PathParams: parameters, Route: route}
	return in, openapi3filter.ValidateRequest(r.Context(), in)
}

// answer holds an answer against the description.
func (d *door) answer(ctx context.Context, in *openapi3filter.RequestValidationInput, r *http.Response, body []byte) error {
	out := &openapi3filter.ResponseValidationInput{RequestValidationInput: in, Status: r.StatusCode, Header: r.Header}
	out.SetBodyBytes(body)
	return openapi3filter.ValidateResponse(ctx, out)
}

// sign adds the credential as the manifest says. The product's transport does
// this from the vault.
func (d *door) sign(r *http.Request) error {
	secret := func(name string) string { return d.seed.Secrets[name].Reveal() }
	switch d.auth.Kind {
	case connector.HeaderAuth:
		r.Header.Set(d.auth.Name, d.auth.Prefix+secret("api_key"))
	case connector.BasicAuth:
		r.SetBasicAuth(secret("username"), secret("password"))
	case connector.BodyAuth:
		return d.inBody(r, secret("api_key"))
	case connector.BearerAuth:
		r.Header.Set("Authorization", "Bearer "+secret("token"))
	case connector.OAuth2Auth:
		return d.oauth(r)
	case connector.JWTBearerAuth:
		return d.delegated(r)
	default:
		d.t.Errorf("no test signs by %s", d.auth.Kind)
	}
	return nil
}

// inBody puts the key into the body.
func (d *door) inBody(r *http.Request, key string) error {
	fields := map[string]any{}
	if err := json.NewDecoder(r.Body).Decode(&fields); err != nil {
		return err
	}
	fields[d.auth.Name] = key
	body, err := json.Marshal(fields)
	r.Body, r.ContentLength = io.NopCloser(bytes.NewReader(body)), int64(len(body))
	return err
}

// delegated gets a token of the mailbox that the path names. How it is asked
// for is the transport's.
func (d *door) delegated(r *http.Request) error {
	subject, _ := d.settings[d.auth.Subject].(string)
	if rest, ok := strings.CutPrefix(r.URL.Path, d.auth.SubjectPath); ok {
		subject, _, _ = strings.Cut(rest, "/")
	}
	token, err := d.lab.GmailToken(subject)
	if err != nil {
		return connector.Errorf(connector.Denied, "no token: %w", err)
	}
	r.Header.Set("Authorization", "Bearer "+token)
	return nil
}

// oauth gets a token for every request; caching is the transport's.
func (d *door) oauth(r *http.Request) error {
	target := d.auth.TokenURL
	for name, value := range d.settings {
		if text, ok := value.(string); ok {
			target = strings.ReplaceAll(target, "${{ settings."+name+" }}", text)
		}
	}
	form := url.Values{
		"grant_type": {"client_credentials"}, "scope": {strings.Join(d.auth.Scopes, " ")},
		"client_id": {d.seed.Secrets["client_id"].Reveal()}, "client_secret": {d.seed.Secrets["client_secret"].Reveal()},
	}
	ask, err := http.NewRequestWithContext(r.Context(), http.MethodPost, target, strings.NewReader(form.Encode()))
	if err != nil {
		return err
	}
	ask.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	response, err := d.client.Do(ask)
	if err != nil {
		return connector.Errorf(connector.Unavailable, "no token: %w", err)
	}
	defer func() { _ = response.Body.Close() }()
	var token struct {
		Value string `json:"access_token"`
	}
	if err := json.NewDecoder(response.Body).Decode(&token); err != nil || token.Value == "" {
		return connector.Errorf(connector.Denied, "no token: %d %v", response.StatusCode, err)
	}
	r.Header.Set("Authorization", "Bearer "+token.Value)
	return nil
}
