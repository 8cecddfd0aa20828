package connectortest

import (
	"bytes"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/harrier-soar/harrier/connector"
	"github.com/harrier-soar/harrier/schema"
)

// canary is a credential that must appear nowhere.
const canary = "canary-3f9a1c-do-not-show"

// sent is a request as it left the connector.
type sent struct {
	*http.Request
	body []byte
}

// recorder remembers what passes through it and adds a credential, as the
// transport does at the last hop. It may send some requests to a vendor that
// fails instead.
type recorder struct {
	inner  connector.HTTPDoer
	faulty *url.URL // nil where no request goes there
	// at is the number of the request that goes to the faulty vendor; zero is
	// every one, and a negative number none.
	at   int
	mu   sync.Mutex // guards seen
	seen []sent
}

// Do implements [connector.HTTPDoer].
func (r *recorder) Do(req *http.Request) (*http.Response, error) {
	var body []byte
	if req.Body != nil {
		b, err := io.ReadAll(req.Body)
		if err != nil {
			return nil, err
		}
		body = b
		req.Body = io.NopCloser(bytes.NewReader(b))
	}
	r.mu.Lock()
	r.seen = append(r.seen, sent{Request: req.Clone(req.Context()), body: body})
	n := len(r.seen)
	r.mu.Unlock()
	if r.at < 0 || r.at > 0 && n != r.at {
		return r.inner.Do(req)
	}
	req = req.Clone(req.Context())
	req.Body = io.NopCloser(bytes.NewReader(body))
	req.URL.Scheme, req.URL.Host, req.Host = r.faulty.Scheme, r.faulty.Host, ""
	req.Header.Set("X-Conformance", canary)
	client := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	return client.Do(req)
}

// requests returns what has passed.
func (r *recorder) requests() []sent {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.seen
}

// world is a vendor made for one check, and what the connector logged.
type world struct {
	env *connector.Env
	rec *recorder
	log *bytes.Buffer
	// in is arguments that make sense here.
	in map[string]any
}

// none is the number of no request.
const none = -1

// newWorld returns a world whose at-th request fails as the handler says. The
// others go to the lab, whose answers lead on, or, where there is no lab, to a
// vendor that answers with an empty object.
func (a action) newWorld(t *testing.T, at int, fault http.HandlerFunc) world {
	t.Helper()
	w := world{rec: &recorder{at: at}, log: &bytes.Buffer{}, in: a.inputs()}
	if at != none {
		server := httptest.NewServer(fault)
		t.Cleanup(server.Close)
		faulty, err := url.Parse(server.URL)
		if err != nil {
			t.Fatal(err)
		}
		w.rec.faulty = faulty
	}
	lab, ok := a.lab(t)
	env := lab.Env
	if in := lab.in(a.name); in != nil {
		w.in = schema.Defaults(a.spec.Input, in)
	}
	if !ok {
		plain := httptest.NewServer(http.HandlerFunc(nothing))
		t.Cleanup(plain.Close)
		env = &connector.Env{HTTP: plain.Client(), Settings: a.settings(plain.URL + "/base")}
	}
	w.rec.inner = env.HTTP
	w.env = &connector.Env{
		HTTP: w.rec, Dial: env.Dial, Secure: env.Secure, SASL: env.SASL, Now: time.Now, Settings: env.Settings, Connection: "conformance",
		Log:    slog.New(slog.NewTextHandler(w.log, &slog.HandlerOptions{Level: slog.LevelDebug})),
		Redact: func(text string) string { return strings.ReplaceAll(text, canary, "[secret]") },
	}
	return w
}

// nothing answers with an empty object.
func nothing(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, `{}`) }

// lab returns a fresh lab for this connector, if there is one.
func (s suite) lab(t *testing.T) (Lab, bool) {
	t.Helper()
	if s.opt.Lab == nil {
		return Lab{}, false
	}
	return s.opt.Lab(t, s.manifest.Name)
}

// in returns the lab's arguments for an action, or nil.
func (l Lab) in(action string) map[string]any {
	if l.Inputs == nil {
		return nil
	}
	return l.Inputs(action)
}

// settings returns harmless settings.
func (s suite) settings(base string) map[string]any {
	out := make(map[string]any)
	for _, f := range s.manifest.Settings {
		out[f.Name] = specimen(f)
	}
	out["base_url"] = base
	return out
}

// specimen returns a harmless value for a field.
func specimen(f schema.Field) any {
	if f.Default != nil {
		return f.Default
	}
	if v := schema.Specimen(f.Type); v != nil {
		return v
	}
	switch f.Type.Kind {
	case schema.Integer, schema.Number:
		if f.Min != nil {
			return int64(*f.Min)
		}
		return int64(1)
	case schema.Boolean:
		return true
	case schema.Timestamp:
		return "2026-01-31T12:00:00Z"
	case schema.Duration:
		return "1h"
	case schema.EvidenceID: // what a connector gets in its place is the content
		return "c3BlY2ltZW4="
	case schema.List:
		return []any{specimen(schema.Field{Type: *f.Type.Elem})}
	case schema.Map:
		return map[string]any{"specimen": specimen(schema.Field{Type: *f.Type.Elem})}
	case schema.Object:
		out := make(map[string]any)
		for _, nested := range f.Type.Fields {
			out[nested.Name] = specimen(nested)
		}
		return out
	case schema.Any, schema.String, schema.Host, schema.User:
	case schema.IP, schema.CIDR, schema.URL, schema.Domain, schema.Email, schema.Hash, schema.Verdict: // have one, see above
	}
	return "specimen"
}

// action checks one action.
type action struct {
	suite
	spec schema.ActionSpec
	// name is without the connector's.
	name string
}

// action returns the checks of one action.
func (s suite) action(spec schema.ActionSpec) action {
	return action{suite: s, spec: spec, name: strings.TrimPrefix(spec.Name, s.manifest.Name+".")}
}

// inputs returns harmless arguments for every input.
func (a action) inputs() map[string]any {
	out := make(map[string]any)
	for _, f := range a.spec.Input {
		out[f.Name] = specimen(f)
	}
	return out
}

// last returns how many requests a call sends that goes well, so that its last
// one can be made to fail: for an effect that is the one that matters. Without a
// lab a call may end early, because an empty answer does not lead on.
func (a action) last(t *testing.T) int {
	t.Helper()
	w := a.newWorld(t, none, nothing)
	_, err := a.call(t, w.env, w.in)
	n := len(w.rec.requests())
	if class := connector.AsError(err); class != nil && class.Class == connector.Invalid || n == 0 {
		t.Skip("cannot be driven to its end without a lab that has arguments for it")
	}
	return n
}

// call calls the action.
func (a action) call(t *testing.T, env *connector.Env, in map[string]any) (connector.Answer, error) {
	t.Helper()
	return a.conn.Do(t.Context(), env, connector.Request{Action: a.name, Input: in, Key: "key-of-the-effect"})
}
