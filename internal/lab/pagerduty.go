package lab

import (
	"cmp"
	"encoding/json"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// pagerduty is PagerDuty's Events API v2 and the part of its REST API that lists
// incidents.
//
// Shapes: PagerDuty/api-schema, reference/events-v2/openapiv3.json and
// reference/REST/openapiv3.json.
type pagerduty struct{ lab *Lab }

func (*pagerduty) name() string { return pagerdutyName }

func (v *pagerduty) handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("POST /v2/enqueue", v.enqueue)
	mux.HandleFunc("GET /abilities", v.read(func(w http.ResponseWriter, _ *http.Request) {
		writeJSON(w, http.StatusOK, map[string]any{"abilities": []string{"sso", "teams"}})
	}))
	mux.HandleFunc("GET /incidents", v.read(v.incidents))
	mux.HandleFunc("/", func(w http.ResponseWriter, _ *http.Request) { v.refuse(w, http.StatusNotFound) })
	return mux
}

func (v *pagerduty) refuse(w http.ResponseWriter, status int) {
	writeJSON(w, status, map[string]any{"status": http.StatusText(status), "message": "refused", "errors": []string{}})
}

// enqueue takes an event. Whether its routing key is known is not told: events
// of others are taken and dropped.
func (v *pagerduty) enqueue(w http.ResponseWriter, r *http.Request) {
	var in struct {
		RoutingKey string `json:"routing_key"`
		Action     string `json:"event_action"`
		Key        string `json:"dedup_key"`
		Payload    *struct {
			Summary  string         `json:"summary"`
			Source   string         `json:"source"`
			Severity string         `json:"severity"`
			Details  map[string]any `json:"custom_details"`
		} `json:"payload"`
	}
	var wrong []string
	switch err := json.NewDecoder(r.Body).Decode(&in); {
	case err != nil:
		wrong = []string{"JSON parse error"}
	case len(in.RoutingKey) != 32:
		wrong = []string{"'routing_key' is invalid (must be a valid integration key)"}
	case in.Action != "trigger" && in.Action != "resolve":
		wrong = []string{"'event_action' is missing or invalid"}
	case in.Action == "trigger" && (in.Payload == nil || in.Payload.Summary == "" || in.Payload.Source == "" || in.Payload.Severity == ""):
		wrong = []string{"'payload' is missing or incomplete"}
	case in.Action == "resolve" && in.Key == "", len(in.Key) > 255:
		wrong = []string{"'dedup_key' is missing or too long"}
	}
	if wrong != nil {
		writeJSON(w, http.StatusBadRequest, map[string]any{"status": "invalid event", "message": "Event object is invalid", "errors": wrong})
		return
	}
	if !v.lab.change(w, r, v, func(e *edit) {
		if in.Key = cmp.Or(in.Key, strconv.FormatInt(e.next(), 10)); !same(in.RoutingKey, v.lab.routingKey()) {
			return
		}
		if in.Action == "resolve" {
			e.settle(pagerdutyName, in.Key)
			return
		}
		e.trigger(pagerdutyName, incident{Key: in.Key, Title: in.Payload.Summary, Severity: in.Payload.Severity, Details: text(in.Payload.Details["details"])})
	}) {
		return
	}
	writeJSON(w, http.StatusAccepted, map[string]any{"status": "success", "message": "Event processed", "dedup_key": in.Key})
}

// read asks for the key of the REST API.
func (v *pagerduty) read(handle http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if !same(r.Header.Get("Authorization"), "Token token="+v.lab.secret(pagerdutyName, "token")) {
			http.Error(w, "", http.StatusUnauthorized)
			return
		}
		handle(w, r)
	}
}

func (v *pagerduty) incidents(w http.ResponseWriter, r *http.Request) {
	found := []map[string]any{}
	if p, ok := v.lab.incident(pagerdutyName, r.URL.Query().Get("incident_key")); ok {
		person := func() map[string]any {
			return map[string]any{"id": "PLABUSER", "type": "user_reference", "summary": p.By, "self": nil, "html_url": nil}
		}
		acknowledgements := []map[string]any{}
		if p.Status == "acknowledged" {
			acknowledgements = append(acknowledgements, map[string]any{"at": p.At.Format(time.RFC3339), "acknowledger": person()})
		}
		in := map[string]any{
			"id": "Q" + strings.ToUpper(p.ID), "type": "incident", "summary": p.Title, "html_url": "https://lab.pagerduty.example/incidents/Q" + strings.ToUpper(p.ID),
			"title": p.Title, "created_at": p.Created.Format(time.RFC3339), "status": cmp.Or(map[string]string{"open": "triggered"}[p.Status], p.Status),
			"incident_key": nil, "acknowledgements": acknowledgements, "last_status_change_at": cmp.Or(p.At, p.Created).Format(time.RFC3339), "urgency": "high",
		}
		if p.By != "" {
			in["last_status_change_by"] = person()
		}
		found = append(found, in)
	}
	writeJSON(w, http.StatusOK, map[string]any{"incidents": found, "limit": 1, "offset": 0, "total": nil, "more": false})
}
