package lab

import (
	"encoding/json"
	"net/http"
	"strconv"
	"time"

	"github.com/harrier-soar/harrier"
)

// incident is what a pager wakes somebody for.
type incident struct {
	ID       string    `json:"id"`
	Key      string    `json:"key"`
	Title    string    `json:"title"`
	Severity string    `json:"severity"`
	Details  string    `json:"details,omitempty"`
	Status   string    `json:"status"` // open, acknowledged, resolved
	By       string    `json:"by,omitempty"`
	At       time.Time `json:"at,omitzero"`
	Created  time.Time `json:"created"`
	// Count is how often it was triggered while it was open.
	Count int `json:"count"`
}

func pageTable(vendor string) string { return "pages/" + vendor }

// trigger opens a page, or counts one that is open: a second one of its key
// wakes nobody.
func (e *edit) trigger(vendor string, p incident) {
	was, ok := load[incident](e, pageTable(vendor), p.Key)
	if ok && was.Status != "resolved" {
		p = was
	} else {
		p.ID, p.Status, p.Created = strconv.FormatInt(7_000_000+e.next(), 36), "open", e.line.At
	}
	p.Count++
	e.put(pageTable(vendor), p.Key, p)
	e.happen(happened{Vendor: vendor, Action: "page.trigger", Target: p.Key, Changed: p.Count == 1})
}

// settle closes a page. Where there is none nothing is done.
func (e *edit) settle(vendor, key string) {
	p, ok := load[incident](e, pageTable(vendor), key)
	if !ok {
		return
	}
	changed := p.Status != "resolved"
	if changed {
		p.Status, p.By, p.At = "resolved", "Harrier", e.line.At
		e.put(pageTable(vendor), key, p)
	}
	e.happen(happened{Vendor: vendor, Action: "page.resolve", Target: key, Changed: changed})
}

// pagehook is somebody's own pager behind a web hook.
type pagehook struct{ lab *Lab }

func (*pagehook) name() string { return pagehookName }

func (v *pagehook) handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("POST /hooks/pages", v.take)
	mux.HandleFunc("GET /hooks/pages", v.tell)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !same(r.Header.Get("Authorization"), "Bearer "+v.lab.secret(pagehookName, "token")) {
			v.refuse(w, http.StatusUnauthorized)
			return
		}
		mux.ServeHTTP(w, r)
	})
}

func (*pagehook) refuse(w http.ResponseWriter, status int) {
	http.Error(w, http.StatusText(status), status)
}

func (v *pagehook) take(w http.ResponseWriter, r *http.Request) {
	var in struct{ Event, Key, Title, Severity, Details string }
	if err := json.NewDecoder(r.Body).Decode(&in); err != nil || in.Key == "" {
		v.refuse(w, http.StatusBadRequest)
		return
	}
	if v.lab.change(w, r, v, func(e *edit) {
		if in.Event == "resolve" {
			e.settle(pagehookName, in.Key)
			return
		}
		e.trigger(pagehookName, incident{Key: in.Key, Title: in.Title, Severity: in.Severity, Details: in.Details})
	}) {
		w.WriteHeader(http.StatusNoContent)
	}
}

func (v *pagehook) tell(w http.ResponseWriter, r *http.Request) {
	p, ok := v.lab.incident(pagehookName, r.URL.Query().Get("key"))
	if !ok {
		writeJSON(w, http.StatusOK, map[string]any{"status": "unknown"})
		return
	}
	out := map[string]any{"status": p.Status}
	if p.By != "" {
		out["by"], out["at"] = p.By, p.At.Format(time.RFC3339)
	}
	writeJSON(w, http.StatusOK, out)
}

// Page is an incident of a pager, for assertions.
type Page struct {
	Key, Title, Severity, Details, Status, By string
	// Count is how often it was sent while it was open.
	Count int
}

// incident returns an incident of a pager by its key.
func (l *Lab) incident(vendor, key string) (p incident, ok bool) {
	l.world.view(func(e *edit) { p, ok = load[incident](e, pageTable(vendor), key) })
	return p, ok
}

// Pages lists the incidents of a pager by their keys.
func (l *Lab) Pages(vendor string) (all []Page) {
	l.world.view(func(e *edit) {
		for _, p := range list[incident](e, pageTable(vendor)) {
			all = append(all, Page{p.Key, p.Title, p.Severity, p.Details, p.Status, p.By, p.Count})
		}
	})
	return all
}

// TakePage is somebody who acknowledges an incident in the pager's own app.
func (l *Lab) TakePage(vendor, key, who string) error {
	return l.world.update(l.config.Now(), func(e *edit) {
		if p, ok := load[incident](e, pageTable(vendor), key); ok && p.Status == "open" {
			p.Status, p.By, p.At = "acknowledged", who, e.line.At
			e.put(pageTable(vendor), key, p)
		}
	})
}

// routingKey has the form of an integration key.
func (l *Lab) routingKey() string { return l.secret(pagerdutyName, "routing_key")[:32] }

// pagers are connections to what wakes people.
func (l *Lab) pagers() []ConnectionSeed {
	secret := func(name, value string) map[string]harrier.Secret {
		return map[string]harrier.Secret{name: harrier.NewSecret(value)}
	}
	return []ConnectionSeed{
		{Name: "lab-pager", Connector: pagerdutyName, BaseURL: l.URL(pagerdutyName) + "/v2", Secrets: secret("api_key", l.routingKey())},
		{Name: "lab-pages", Connector: "pagerduty_incidents", BaseURL: l.URL(pagerdutyName), Secrets: secret("api_key", l.secret(pagerdutyName, "token"))},
		{Name: "lab-opsgenie", Connector: opsgenieName, BaseURL: l.URL(opsgenieName), Secrets: secret("api_key", l.secret(opsgenieName, "api_key"))},
		{Name: "lab-pagehook", Connector: pagehookName, BaseURL: l.URL(pagehookName) + "/hooks", Secrets: secret("token", l.secret(pagehookName, "token"))},
	}
}
