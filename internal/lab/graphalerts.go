package lab

import (
	"encoding/base64"
	"net/http"
	"net/url"
	"strconv"
	"time"
)

// alerts is the endpoint of alerts of Defender.
//
// Shapes: the pages security-list-alerts_v2 and resources/security-alert of
// Microsoft Graph's documentation.
func (v *graph) alerts() map[string]http.HandlerFunc {
	return map[string]http.HandlerFunc{"GET /v1.0/security/alerts_v2": v.listAlerts}
}

// alertRow is an alert that a filter is held against.
type alertRow struct{ item map[string]any }

// fieldOf implements [row].
func (a alertRow) fieldOf(property string) (string, bool) {
	switch property {
	case "lastUpdateDateTime", "createdDateTime", "severity", "status", "serviceSource", "classification", "determination", "assignedTo":
		text, _ := a.item[property].(string)
		return text, true
	}
	return "", false
}

// usualAlerts and mostAlerts bound a page.
const usualAlerts, mostAlerts = 50, 1000

func (v *graph) listAlerts(w http.ResponseWriter, r *http.Request) {
	query := r.URL.Query()
	match := func(row) bool { return true }
	if filter := query.Get("$filter"); filter != "" {
		test, problem := parseFilter(filter, alertRow{})
		if problem.code != "" {
			v.fail(w, http.StatusBadRequest, problem.code, problem.message)
			return
		}
		match = test
	}
	top, err := strconv.Atoi(orElse(query.Get("$top"), strconv.Itoa(usualAlerts)))
	if err != nil || top < 1 || top > mostAlerts {
		v.fail(w, http.StatusBadRequest, "BadRequest", "The limit of '1000' for Top query has been exceeded.")
		return
	}
	after, err := base64.RawURLEncoding.DecodeString(query.Get("$skiptoken"))
	if err != nil {
		v.fail(w, http.StatusBadRequest, "BadRequest", "Skip token is invalid.")
		return
	}
	value, last, more := []map[string]any{}, "", false
	for _, a := range v.lab.shown(graphName, v.lab.now(r)) {
		place := graphTime(a.At) + "/" + a.ID
		item := a.defender()
		if place <= string(after) || !match(alertRow{item}) {
			continue
		}
		if len(value) == top {
			more = true
			break
		}
		value, last = append(value, item), place
	}
	out := map[string]any{"@odata.context": base(r) + "/$metadata#security/alerts_v2", "value": value}
	if more {
		query.Set("$skiptoken", base64.RawURLEncoding.EncodeToString([]byte(last)))
		out["@odata.nextLink"] = base(r) + "/security/alerts_v2?" + query.Encode()
	}
	writeJSON(w, http.StatusOK, out)
}

func graphTime(at time.Time) string { return at.UTC().Format("2006-01-02T15:04:05.0000000Z") }

// defender is the alert as the service describes it.
func (a Alert) defender() map[string]any {
	severity := a.Severity
	if severity == "critical" { // it knows none
		severity = "high"
	}
	at := graphTime(a.At)
	item := map[string]any{
		"@odata.type": "#microsoft.graph.security.alert", "id": a.ID, "providerAlertId": a.ID, "incidentId": "28282", "status": "new", "severity": severity,
		"classification": "unknown", "determination": "unknown", "serviceSource": "microsoftDefenderForEndpoint", "detectionSource": "customDetection",
		"detectorId": uuid("detector/" + a.Title), "tenantId": uuid("tenant"), "title": a.Title, "description": a.Title + ".", "category": "Execution",
		"assignedTo": nil, "alertWebUrl": "https://security.microsoft.com/alerts/" + url.PathEscape(a.ID), "createdDateTime": at, "lastUpdateDateTime": at,
		"resolvedDateTime": nil, "firstActivityDateTime": at, "lastActivityDateTime": at, "mitreTechniques": []string{"T1059.001"},
	}
	evidence := []any{}
	if a.Host != "" {
		evidence = append(evidence, map[string]any{"@odata.type": "#microsoft.graph.security.deviceEvidence", "createdDateTime": at, "verdict": "unknown", "deviceDnsName": a.Host})
	}
	if a.User != "" {
		evidence = append(evidence, map[string]any{"@odata.type": "#microsoft.graph.security.userEvidence", "createdDateTime": at, "verdict": "unknown",
			"userAccount": map[string]any{"accountName": a.User, "userPrincipalName": a.User + "@corp.example"}})
	}
	if a.IP != "" {
		evidence = append(evidence, map[string]any{"@odata.type": "#microsoft.graph.security.ipEvidence", "createdDateTime": at, "verdict": "suspicious", "ipAddress": a.IP})
	}
	item["evidence"] = evidence
	return item
}
