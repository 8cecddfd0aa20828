package lab

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/harrier-soar/harrier"
)

// hunting is the endpoint that runs a hunting query.
//
// Shape: the page security-security-runhuntingquery of Microsoft Graph's
// documentation; the tables are UrlClickEvents and DeviceNetworkEvents of the
// advanced hunting schema.
func (v *graph) hunting() map[string]http.HandlerFunc {
	return map[string]http.HandlerFunc{"POST /v1.0/security/runHuntingQuery": v.runHuntingQuery}
}

// The tables that can be hunted in.
const (
	clickEvents   = "UrlClickEvents"
	networkEvents = "DeviceNetworkEvents"
)

func huntingTable(name string) string { return "hunting/" + name }

// columns are the columns of a table that the lab fills.
func huntingColumns(table string) []string {
	switch table {
	case clickEvents:
		return strings.Fields("Timestamp Url ActionType AccountUpn Workload NetworkMessageId ThreatTypes DetectionMethods IPAddress IsClickedThrough UrlChain ReportId")
	case networkEvents:
		return strings.Fields("Timestamp DeviceId DeviceName ActionType RemoteIP RemotePort RemoteUrl LocalIP Protocol InitiatingProcessFileName " +
			"InitiatingProcessAccountUpn ReportId AdditionalFields")
	}
	return nil
}

func (v *graph) runHuntingQuery(w http.ResponseWriter, r *http.Request) {
	var ask struct {
		Query    string `json:"Query"`
		Timespan string `json:"Timespan"`
	}
	if json.NewDecoder(r.Body).Decode(&ask) != nil || ask.Query == "" {
		v.fail(w, http.StatusBadRequest, "BadRequest", "Empty Payload. JSON content expected.")
		return
	}
	q, err := parseKQL(ask.Query)
	if err == nil && huntingColumns(q.table) == nil {
		err = fmt.Errorf("'where' operator: Failed to resolve table or column expression named '%s'", q.table)
	}
	if err != nil {
		v.fail(w, http.StatusBadRequest, "BadRequest", "Query is not valid: "+err.Error())
		return
	}
	var rows []kqlRow
	v.lab.world.view(func(e *edit) { rows = list[kqlRow](e, huntingTable(q.table)) })
	columns := q.columns
	if columns == nil {
		columns = huntingColumns(q.table)
	}
	schema := make([]map[string]any, len(columns))
	for i, c := range columns {
		kind := "String"
		switch c {
		case "Timestamp":
			kind = "DateTime"
		case "IsClickedThrough":
			kind = "Boolean"
		}
		schema[i] = map[string]any{"name": c, "type": kind}
	}
	writeJSON(w, http.StatusOK, map[string]any{
		"@odata.context": base(r) + "/$metadata#microsoft.graph.security.huntingQueryResults", "schema": schema, "results": q.run(rows),
	})
}

// Click is a link that was followed, by a person or by a program.
type Click struct {
	// User is the address of whose mail the link was in.
	User string `json:"user"`
	// URL is the first link of the reported mail where it is empty.
	URL string `json:"url,omitempty"`
	// At is 25 minutes ago where it is zero.
	At time.Time `json:"at,omitzero"`
	// Blocked tells that Safe Links stopped it.
	Blocked bool `json:"blocked,omitempty"`
	// Submitted tells that a form was sent afterwards to the same host, in the
	// clear: what is sent over TLS no endpoint sees.
	Submitted bool `json:"submitted,omitempty"`
	// UserAgent is that of a scanner or a preview, which fetched the page in the
	// clear; empty means a person at a browser.
	UserAgent string `json:"user_agent,omitempty"`
}

// checked fills a click in, or says what is wrong with it.
func (c Click) checked(s Scenario, now time.Time) (Click, error) {
	if c.URL == "" && s.Reported != nil && len(s.Reported.Links) > 0 {
		c.URL = s.Reported.Links[0]
	}
	if u, err := url.Parse(c.URL); err != nil || u.Host == "" || !strings.Contains(c.User, "@") {
		return c, harrier.Errorf(harrier.Invalid, "a click needs a user and a url, or a reported mail with a link; got %q and %q", c.User, c.URL)
	}
	if c.At.IsZero() {
		c.At = now.Add(-25 * time.Minute)
	}
	return c, nil
}

// seedClicks records who followed links: Safe Links tells of people's clicks,
// the endpoints of requests that were made in the clear.
func (l *Lab) seedClicks(e *edit, s Scenario) {
	for i, c := range s.Clicks {
		c, err := c.checked(s, e.line.At.Truncate(time.Second))
		if err != nil {
			continue // Seed has refused these
		}
		u, _ := findUser(e, c.User)
		who := orElse(u.Mail, fold(c.User))
		id := fmt.Sprintf("%06d", i)
		if c.UserAgent == "" {
			action := "ClickAllowed"
			if c.Blocked {
				action = "ClickBlocked"
			}
			e.put(huntingTable(clickEvents), id, kqlRow{
				"Timestamp": stamped(c.At), "Url": c.URL, "ActionType": action, "AccountUpn": who, "Workload": "Email",
				"NetworkMessageId": uuid("network/" + c.URL), "ThreatTypes": "", "DetectionMethods": "", "IPAddress": officeIP(i),
				"IsClickedThrough": false, "UrlChain": "[]", "ReportId": uuid("click/" + id + who),
			})
		}
		target, _ := url.Parse(c.URL)
		request := inspected{user: who, at: c.At, method: http.MethodGet, site: target.Host, path: target.RequestURI(), agent: orElse(c.UserAgent, browser)}
		if c.UserAgent != "" || target.Scheme == "http" && !c.Blocked {
			request.seed(e, id+"-get")
		}
		if c.Submitted {
			request.method, request.path, request.at = http.MethodPost, target.EscapedPath(), c.At.Add(40*time.Second)
			request.seed(e, id+"-post")
		}
	}
}

// inspected is a request in the clear that an endpoint saw.
type inspected struct {
	user, method, site, path, agent string
	at                              time.Time
}

func (q inspected) seed(e *edit, id string) {
	device := deviceOf(q.user)
	fields, _ := json.Marshal(map[string]any{ // of texts and numbers: cannot fail
		"direction": "Out", "host": q.site, "method": q.method, "uri": orElse(q.path, "/"), "user_agent": q.agent,
		"request_body_len": "64", "response_body_len": "512", "status_code": "200", "version": "1.1",
	})
	e.put(huntingTable(networkEvents), id, kqlRow{
		"Timestamp": stamped(q.at), "DeviceId": device.ID, "DeviceName": device.Name, "ActionType": "HttpConnectionInspected",
		"RemoteIP": "203.0.113.80", "RemotePort": 80, "RemoteUrl": q.site, "LocalIP": device.IP, "Protocol": "Tcp",
		"InitiatingProcessFileName": "msedge.exe", "InitiatingProcessAccountUpn": q.user, "ReportId": uuid(id), "AdditionalFields": string(fields),
	})
}
