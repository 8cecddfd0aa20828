package connectortest

import (
	"bytes"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
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
// transport does at the last hop.
type recorder struct {
	inner connector.HTTPDoer
	mu    sync.Mutex // guards seen
	seen  []sent
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
	r.mu.Unlock()
	if req.Header.Get("Authorization") == "" {
		req.Header.Set("X-Conformance", canary)
	}
	return r.inner.Do(req)
}

// requests returns what has passed.
func (r *recorder) requests() []sent {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.seen
}

// world is a vendor that one check made: a server on loopback and what the
// connector logged.
type world struct {
	env *connector.Env
	rec *recorder
	log *bytes.Buffer
}

// newWorld starts a vendor that answers with handler.
func (s suite) newWorld(t *testing.T, handler http.HandlerFunc) world {
	t.Helper()
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	client := server.Client()
	client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	settings := make(map[string]any)
	for _, f := range s.manifest.Settings {
		settings[f.Name] = specimen(f)
	}
	settings["base_url"] = server.URL + "/base"
	w := world{rec: &recorder{inner: client}, log: &bytes.Buffer{}}
	w.env = &connector.Env{
		HTTP: w.rec, Now: time.Now, Settings: settings, Connection: "conformance",
		Log:    slog.New(slog.NewTextHandler(w.log, &slog.HandlerOptions{Level: slog.LevelDebug})),
		Redact: func(text string) string { return strings.ReplaceAll(text, canary, "[secret]") },
	}
	return w
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
	default:
		return "specimen"
	}
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

// call calls the action.
func (a action) call(t *testing.T, env *connector.Env, in map[string]any) (connector.Answer, error) {
	t.Helper()
	return a.conn.Do(t.Context(), env, connector.Request{Action: a.name, Input: in, Key: "key-of-the-effect"})
}
