package lab

import (
	"encoding/json"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

// fileIndicator tells agents what to do with a file.
type fileIndicator struct {
	ID          string    `json:"id"`
	Value       string    `json:"value"`
	Type        string    `json:"type"`
	Action      string    `json:"action"`
	Title       string    `json:"title"`
	Description string    `json:"description"`
	Severity    string    `json:"severity,omitempty"`
	Created     time.Time `json:"created"`
}

func (i fileIndicator) wire() map[string]any {
	at := stamped(i.Created)
	return map[string]any{
		"id": i.ID, "indicatorValue": i.Value, "indicatorType": i.Type, "action": i.Action, "application": nil, "source": "harrier",
		"sourceType": "AadApp", "title": i.Title, "creationTimeDateTimeUtc": at, "createdBy": uuid("harrier"), "expirationTime": nil,
		"lastUpdateTime": at, "lastUpdatedBy": "harrier", "severity": orElse(i.Severity, "Informational"), "description": i.Description,
		"recommendedActions": "", "rbacGroupNames": []string{}, "generateAlert": true,
	}
}

func (v *defender) listIndicators(w http.ResponseWriter, r *http.Request) {
	var rows []defenderRow
	v.lab.world.view(func(e *edit) {
		for _, i := range list[fileIndicator](e, indicatorTable) {
			rows = append(rows, defenderRow{"Indicators", i.wire()})
		}
	})
	v.list(w, r, "Indicators", rows)
}

// putIndicator adds an indicator, or changes the one of the same value.
func (v *defender) putIndicator(w http.ResponseWriter, r *http.Request) {
	var ask struct {
		Value       string `json:"indicatorValue"`
		Type        string `json:"indicatorType"`
		Action      string `json:"action"`
		Title       string `json:"title"`
		Description string `json:"description"`
		Severity    string `json:"severity"`
	}
	sizes := map[string]int{"FileMd5": 32, "FileSha1": 40, "FileSha256": 64}
	actions := []string{"Alert", "Warn", "Block", "Audit", "BlockAndRemediate", "AlertAndBlock", "Allowed"}
	switch {
	case json.NewDecoder(r.Body).Decode(&ask) != nil || ask.Title == "" || ask.Description == "" || !slices.Contains(actions, ask.Action):
		v.fail(w, http.StatusBadRequest, "InvalidRequestBody", "Request body is incorrect")
		return
	case sizes[ask.Type] == 0 || len(ask.Value) != sizes[ask.Type] || strings.Trim(fold(ask.Value), "0123456789abcdef") != "":
		v.fail(w, http.StatusBadRequest, "InvalidHashValue", "Hash value "+ask.Value+" is invalid.")
		return
	}
	i := fileIndicator{Value: fold(ask.Value), Type: ask.Type, Action: ask.Action, Title: ask.Title, Description: ask.Description, Severity: ask.Severity}
	if v.lab.change(w, r, v, func(e *edit) {
		before, known := load[fileIndicator](e, indicatorTable, i.Value)
		i.ID, i.Created = before.ID, e.line.At
		if !known {
			i.ID = strconv.FormatInt(e.next(), 10)
		}
		e.put(indicatorTable, i.Value, i)
		e.happen(happened{Vendor: defenderName, Action: "indicator.put", Target: i.Value, Key: i.Action, Changed: before.Action != i.Action})
	}) {
		item := i.wire()
		item["@odata.context"] = "http://" + r.Host + "/api/$metadata#Indicators/$entity"
		writeJSON(w, http.StatusOK, item)
	}
}

func (v *defender) deleteIndicator(w http.ResponseWriter, r *http.Request) {
	found := false
	if !v.lab.change(w, r, v, func(e *edit) {
		for _, i := range list[fileIndicator](e, indicatorTable) {
			if i.ID == r.PathValue("id") {
				e.drop(indicatorTable, i.Value)
				e.happen(happened{Vendor: defenderName, Action: "indicator.delete", Target: i.Value, Changed: true})
				found = true
			}
		}
	}) {
		return
	}
	if !found {
		v.fail(w, http.StatusNotFound, "ResourceNotFound", "Indicator "+r.PathValue("id")+" was not found")
		return
	}
	w.WriteHeader(http.StatusNoContent)
}
