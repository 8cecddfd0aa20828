package lab

import (
	"encoding/json"
	"net/http"
	"net/netip"
	"strings"
	"time"

	"github.com/harrier-soar/harrier"
)

// controller is the endpoint by which another process uses the lab. It answers
// programs on this machine, not pages in a browser.
type controller struct{ lab *Lab }

func (*controller) name() string { return controlName }

func (v *controller) handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /lab/state", func(w http.ResponseWriter, _ *http.Request) { writeJSON(w, http.StatusOK, v.lab.State()) })
	mux.HandleFunc("GET /lab/effects", func(w http.ResponseWriter, _ *http.Request) { writeJSON(w, http.StatusOK, v.lab.Effects()) })
	mux.HandleFunc("GET /lab/calls", func(w http.ResponseWriter, _ *http.Request) { writeJSON(w, http.StatusOK, v.lab.Calls()) })
	mux.HandleFunc("GET /lab/connections", v.connections)
	mux.HandleFunc("GET /lab/vendors", v.vendors)
	mux.HandleFunc("POST /lab/faults", v.fault)
	mux.HandleFunc("DELETE /lab/faults", func(w http.ResponseWriter, _ *http.Request) {
		v.lab.ClearFaults()
		v.done(w, nil)
	})
	mux.HandleFunc("POST /lab/seed", v.seed)
	mux.HandleFunc("POST /lab/alerts", func(w http.ResponseWriter, r *http.Request) { hand(v, w, r, v.lab.Alert) })
	mux.HandleFunc("POST /lab/indicators", func(w http.ResponseWriter, r *http.Request) { hand(v, w, r, v.lab.List) })
	mux.HandleFunc("POST /lab/reset", func(w http.ResponseWriter, _ *http.Request) { v.done(w, v.lab.Reset()) })
	return http.NewCrossOriginProtection().Handler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !local(r.Host) {
			v.refuse(w, http.StatusForbidden) // a name that was made to point here
			return
		}
		mux.ServeHTTP(w, r)
	}))
}

// local reports whether a Host header is written as a loopback address.
func local(host string) bool {
	address, err := netip.ParseAddrPort(host)
	return err == nil && address.Addr().IsLoopback() || strings.HasPrefix(host, "localhost:")
}

func (*controller) refuse(w http.ResponseWriter, status int) {
	writeJSON(w, status, map[string]any{"error": http.StatusText(status)})
}

// done answers for something that was done, or was not.
func (*controller) done(w http.ResponseWriter, err error) {
	switch {
	case err == nil:
		writeJSON(w, http.StatusOK, map[string]any{"ok": true})
	case harrier.KindOf(err) == harrier.Invalid:
		writeJSON(w, http.StatusBadRequest, map[string]any{"error": err.Error()})
	default:
		writeJSON(w, http.StatusInternalServerError, map[string]any{"error": err.Error()})
	}
}

// decode reads a body strictly.
func decode(r *http.Request, into any) error {
	decoder := json.NewDecoder(r.Body)
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(into); err != nil {
		return harrier.Errorf(harrier.Invalid, "the body cannot be read: %w", err)
	}
	return nil
}

// hand hands what a request brings to the lab.
func hand[T any](v *controller, w http.ResponseWriter, r *http.Request, to func(T) error) {
	var in T
	err := decode(r, &in)
	if err == nil {
		err = to(in)
	}
	v.done(w, err)
}

func (v *controller) seed(w http.ResponseWriter, r *http.Request) { hand(v, w, r, v.lab.Seed) }

// wireRule is a rule as JSON has it; durations are text such as 2s.
type wireRule struct {
	Vendor      string  `json:"vendor"`
	Method      string  `json:"method"`
	Path        string  `json:"path"`
	Nth         int     `json:"nth"`
	Count       int     `json:"count"`
	Probability float64 `json:"probability"`
	Kind        Kind    `json:"kind"`
	RetryAfter  span    `json:"retry_after"`
	Delay       span    `json:"delay"`
	Skew        span    `json:"skew"`
	From        string  `json:"from"`
	To          string  `json:"to"`
}

// span is a duration written as text.
type span time.Duration

// MarshalText implements [encoding.TextMarshaler].
func (s span) MarshalText() ([]byte, error) { return []byte(time.Duration(s).String()), nil }

// UnmarshalText implements [encoding.TextUnmarshaler].
func (s *span) UnmarshalText(text []byte) error {
	d, err := time.ParseDuration(string(text))
	*s = span(d)
	return err
}

func (v *controller) fault(w http.ResponseWriter, r *http.Request) {
	var f wireRule
	err := decode(r, &f)
	if err == nil {
		err = v.lab.Fault(f.Vendor, Rule{
			Method: f.Method, Path: f.Path, Nth: f.Nth, Count: f.Count, Probability: f.Probability, Kind: f.Kind,
			RetryAfter: time.Duration(f.RetryAfter), Delay: time.Duration(f.Delay), Skew: time.Duration(f.Skew), From: f.From, To: f.To,
		})
	}
	v.done(w, err)
}

// connections shows how to connect, the lab's own secrets included.
func (v *controller) connections(w http.ResponseWriter, _ *http.Request) {
	var out []connectionJSON
	for _, c := range v.lab.Connections() {
		secrets := map[string]string{}
		for name, s := range c.Secrets {
			secrets[name] = s.Reveal()
		}
		out = append(out, connectionJSON{
			Name: c.Name, Connector: c.Connector, BaseURL: c.BaseURL, Settings: c.Settings, Secrets: secrets,
			AllowHosts: c.AllowHosts, AllowPrivate: c.AllowPrivate, Limits: c.Limits,
		})
	}
	writeJSON(w, http.StatusOK, out)
}

// vendors tells where every vendor listens.
func (v *controller) vendors(w http.ResponseWriter, _ *http.Request) {
	out := map[string]string{}
	for _, name := range v.lab.Vendors() {
		out[name] = v.lab.URL(name)
	}
	writeJSON(w, http.StatusOK, out)
}
