package lab

import (
	"cmp"
	"encoding/json"
	"net/http"
	"strconv"
	"time"
)

// opsgenie is the part of Opsgenie's Alert API that creates, reads and closes.
//
// Shapes: https://docs.opsgenie.com/docs/alert-api and
// https://developer.atlassian.com/cloud/jira/service-desk-ops/rest/v1/api-group-integration-events.
type opsgenie struct{ lab *Lab }

func (*opsgenie) name() string { return opsgenieName }

func (v *opsgenie) handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /v2/alerts/count", func(w http.ResponseWriter, _ *http.Request) {
		v.answer(w, http.StatusOK, map[string]any{"data": map[string]any{"count": len(v.lab.Pages(opsgenieName))}})
	})
	mux.HandleFunc("POST /v2/alerts", v.create)
	mux.HandleFunc("GET /v2/alerts/{alias}", v.get)
	mux.HandleFunc("POST /v2/alerts/{alias}/close", v.close)
	mux.HandleFunc("/", func(w http.ResponseWriter, _ *http.Request) { v.refuse(w, http.StatusNotFound) })
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !same(r.Header.Get("Authorization"), "GenieKey "+v.lab.secret(opsgenieName, "api_key")) {
			v.refuse(w, http.StatusUnauthorized)
			return
		}
		mux.ServeHTTP(w, r)
	})
}

// answer adds what every answer has.
func (v *opsgenie) answer(w http.ResponseWriter, status int, body map[string]any) {
	body["took"], body["requestId"] = 0.013, uuid(v.lab.secret(opsgenieName, strconv.Itoa(status)))
	writeJSON(w, status, body)
}

func (v *opsgenie) refuse(w http.ResponseWriter, status int) {
	v.answer(w, status, map[string]any{"message": http.StatusText(status)})
}

func (v *opsgenie) create(w http.ResponseWriter, r *http.Request) {
	var in struct {
		Message, Alias, Description, Priority string
	}
	if err := json.NewDecoder(r.Body).Decode(&in); err != nil || in.Message == "" || len([]rune(in.Message)) > 130 || len(in.Alias) > 512 {
		v.answer(w, http.StatusUnprocessableEntity, map[string]any{"message": "Request body is not processable. Please check the errors.", "errors": map[string]any{"message": "Message can not be empty."}})
		return
	}
	if v.lab.change(w, r, v, func(e *edit) {
		in.Alias = cmp.Or(in.Alias, strconv.FormatInt(e.next(), 10))
		e.trigger(opsgenieName, incident{Key: in.Alias, Title: in.Message, Severity: in.Priority, Details: in.Description})
	}) {
		v.answer(w, http.StatusAccepted, map[string]any{"result": "Request will be processed"})
	}
}

func (v *opsgenie) get(w http.ResponseWriter, r *http.Request) {
	p, ok := v.lab.incident(opsgenieName, r.PathValue("alias"))
	if !ok || r.URL.Query().Get("identifierType") != "alias" {
		v.refuse(w, http.StatusNotFound)
		return
	}
	report := map[string]any{}
	status, acknowledged := "open", p.Status == "acknowledged"
	switch p.Status {
	case "acknowledged":
		report["ackTime"], report["acknowledgedBy"] = p.At.Sub(p.Created).Milliseconds(), p.By
	case "resolved":
		status, report["closeTime"], report["closedBy"] = "closed", p.At.Sub(p.Created).Milliseconds(), p.By
	}
	v.answer(w, http.StatusOK, map[string]any{"data": map[string]any{
		"id": uuid(p.ID), "tinyId": p.ID, "alias": p.Key, "message": p.Title, "status": status, "acknowledged": acknowledged, "isSeen": acknowledged,
		"count": p.Count, "createdAt": p.Created.Format(time.RFC3339), "priority": p.Severity, "source": "Harrier", "description": p.Details, "report": report,
	}})
}

// close takes every request: whether there is such an alert is found out later.
func (v *opsgenie) close(w http.ResponseWriter, r *http.Request) {
	if v.lab.change(w, r, v, func(e *edit) { e.settle(opsgenieName, r.PathValue("alias")) }) {
		v.answer(w, http.StatusAccepted, map[string]any{"result": "Request will be processed"})
	}
}
