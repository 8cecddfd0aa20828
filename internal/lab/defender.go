package lab

import (
	"crypto/sha1"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

// defender is the part of the API of Microsoft Defender for Endpoint about
// machines, what is done to them, files and indicators.
//
// Shapes: the pages machine, get-machines, machineaction,
// get-machineactions-collection, isolate-machine, unisolate-machine, run-av-scan,
// get-machine-log-on-users, get-file-information, get-file-related-machines,
// post-ti-indicator, get-ti-indicators-collection, delete-ti-indicator-by-id and
// common-errors of https://learn.microsoft.com/en-us/defender-endpoint/api/.
type defender struct{ lab *Lab }

const (
	machineTable   = "defender/machines"
	actionTable    = "defender/actions"
	sightingTable  = "defender/files" // by SHA-256
	indicatorTable = "defender/indicators"
	// agentDelay is how long an agent takes to carry out what is asked.
	agentDelay = 5 * time.Second
)

func (*defender) name() string { return defenderName }

func (v *defender) handler() http.Handler {
	mux := http.NewServeMux()
	for pattern, handle := range map[string]http.HandlerFunc{
		"GET /api/machines":                        v.listMachines,
		"GET /api/machines/{id}/logonusers":        v.logOnUsers,
		"POST /api/machines/{id}/isolate":          v.act("Isolate"),
		"POST /api/machines/{id}/unisolate":        v.act("Unisolate"),
		"POST /api/machines/{id}/runAntiVirusScan": v.act("RunAntiVirusScan"),
		"GET /api/machineactions":                  v.listActions,
		"GET /api/files/{hash}":                    v.getFile,
		"GET /api/files/{hash}/machines":           v.fileMachines,
		"GET /api/indicators":                      v.listIndicators,
		"POST /api/indicators":                     v.putIndicator,
		"DELETE /api/indicators/{id}":              v.deleteIndicator,
	} {
		mux.HandleFunc(pattern, handle)
	}
	mux.HandleFunc("/", func(w http.ResponseWriter, _ *http.Request) { v.fail(w, http.StatusNotFound, "NotFound", "Not found.") })
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		value, _ := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
		if problem := v.lab.bearer(r, value, defenderScope); problem != "" {
			v.fail(w, http.StatusUnauthorized, "Unauthorized", problem)
			return
		}
		mux.ServeHTTP(w, r)
	})
}

func (v *defender) fail(w http.ResponseWriter, status int, code, message string) {
	writeJSON(w, status, map[string]any{"error": map[string]any{"code": code, "message": message, "target": uuid(code + message)}})
}

func (v *defender) refuse(w http.ResponseWriter, status int) {
	code := map[int]string{
		http.StatusUnauthorized: "Unauthorized", http.StatusForbidden: "Forbidden", http.StatusTooManyRequests: "TooManyRequests",
		http.StatusInternalServerError: "InternalServerError",
	}[status]
	v.fail(w, status, orElse(code, "BadRequest"), http.StatusText(status))
}

// list answers with those rows that the filter wants, up to $top.
func (v *defender) list(w http.ResponseWriter, r *http.Request, kind string, rows []defenderRow) {
	match := func(row) bool { return true }
	if filter := r.URL.Query().Get("$filter"); filter != "" {
		test, problem := parseFilter(filter, defenderRow{kind: kind})
		if problem.code != "" {
			v.fail(w, http.StatusBadRequest, "ODataError", problem.message)
			return
		}
		match = test
	}
	top, err := strconv.Atoi(orElse(r.URL.Query().Get("$top"), "10000"))
	if err != nil || top < 1 || top > 10_000 {
		v.fail(w, http.StatusBadRequest, "ODataError", "The query specified in the URI is not valid.")
		return
	}
	value := []map[string]any{}
	for _, row := range rows {
		if len(value) < top && match(row) {
			value = append(value, row.item)
		}
	}
	writeJSON(w, http.StatusOK, map[string]any{"@odata.context": "http://" + r.Host + "/api/$metadata#" + kind, "value": value})
}

// defenderRow is an item that a filter is held against.
type defenderRow struct {
	kind string
	item map[string]any
}

// fieldOf implements [row].
func (d defenderRow) fieldOf(property string) (string, bool) {
	known := map[string][]string{
		"Machines":       {"id", "computerDnsName", "lastIpAddress", "healthStatus", "osPlatform"},
		"MachineActions": {"id", "status", "machineId", "type", "requestor"},
		"Indicators":     {"indicatorValue", "indicatorType", "action", "title", "application", "severity"},
	}[d.kind]
	text, _ := d.item[property].(string)
	return text, slices.Contains(known, property)
}

func (d device) wire(at time.Time) map[string]any {
	return map[string]any{
		"id": d.ID, "computerDnsName": d.Name, "firstSeen": stamped(at.AddDate(-1, 0, 0)), "lastSeen": stamped(at), "osPlatform": "Windows11",
		"version": "24H2", "osProcessor": "x64", "lastIpAddress": d.IP, "lastExternalIpAddress": "192.0.2.1", "osBuild": 26100,
		"healthStatus": "Active", "rbacGroupId": 1, "rbacGroupName": "Workplaces", "riskScore": "None", "exposureLevel": "Low",
		"isAadJoined": true, "aadDeviceId": uuid("device/" + d.ID), "machineTags": []string{"workplace"},
	}
}

func (v *defender) listMachines(w http.ResponseWriter, r *http.Request) {
	var rows []defenderRow
	v.lab.world.view(func(e *edit) {
		for _, d := range list[device](e, machineTable) {
			rows = append(rows, defenderRow{"Machines", d.wire(v.lab.now(r))})
		}
	})
	v.list(w, r, "Machines", rows)
}

// machine returns the machine that a request names, or answers that there is none.
func (v *defender) machine(w http.ResponseWriter, r *http.Request) (d device, ok bool) {
	v.lab.world.view(func(e *edit) { d, ok = load[device](e, machineTable, r.PathValue("id")) })
	if !ok {
		v.fail(w, http.StatusNotFound, "ResourceNotFound", "Machine "+r.PathValue("id")+" was not found")
	}
	return d, ok
}

func (v *defender) logOnUsers(w http.ResponseWriter, r *http.Request) {
	d, ok := v.machine(w, r)
	if !ok {
		return
	}
	name, _, _ := strings.Cut(d.User, "@")
	at := stamped(v.lab.now(r))
	writeJSON(w, http.StatusOK, map[string]any{"@odata.context": "http://" + r.Host + "/api/$metadata#Users", "value": []any{map[string]any{
		"id": "corp\\" + name, "accountName": name, "accountDomain": "corp", "firstSeen": at, "lastSeen": at, "logonTypes": "Interactive",
		"isDomainAdmin": false, "isOnlyNetworkUser": false,
	}}})
}

// machineAction is something that an agent is asked to do.
type machineAction struct {
	ID      string    `json:"id"`
	Type    string    `json:"type"`
	Scope   string    `json:"scope,omitempty"`
	Comment string    `json:"comment"`
	Machine device    `json:"machine"`
	At      time.Time `json:"at"`
}

// pending reports whether the agent has yet to carry it out.
func (a machineAction) pending(now time.Time) bool { return now.Before(a.At.Add(agentDelay)) }

func (a machineAction) wire(now time.Time) map[string]any {
	status, updated := "Succeeded", a.At.Add(agentDelay)
	if a.pending(now) {
		status, updated = "Pending", a.At
	}
	return map[string]any{
		"id": a.ID, "type": a.Type, "scope": orNull(a.Scope), "requestor": "harrier", "requestorComment": a.Comment, "status": status,
		"machineId": a.Machine.ID, "computerDnsName": a.Machine.Name, "creationDateTimeUtc": a.At.UTC().Format(time.RFC3339Nano),
		"lastUpdateDateTimeUtc": updated.UTC().Format(time.RFC3339Nano), "relatedFileInfo": nil,
	}
}

// act asks an agent to do something. What it is doing already is refused.
func (v *defender) act(kind string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		d, ok := v.machine(w, r)
		if !ok {
			return
		}
		var ask struct{ Comment, IsolationType, ScanType string }
		if json.NewDecoder(r.Body).Decode(&ask) != nil || ask.Comment == "" {
			v.fail(w, http.StatusBadRequest, "MissingRequiredParameter", "Parameter Comment is missing.")
			return
		}
		scope := map[string]string{"Isolate": ask.IsolationType, "RunAntiVirusScan": ask.ScanType}[kind]
		if kind == "Isolate" && scope != "Full" && scope != "Selective" || kind == "RunAntiVirusScan" && scope != "Quick" && scope != "Full" {
			v.fail(w, http.StatusBadRequest, "InvalidRequestBody", "Request body is incorrect")
			return
		}
		a := machineAction{Type: kind, Scope: scope, Comment: ask.Comment, Machine: d, At: v.lab.now(r)}
		busy, changed := false, kind == "RunAntiVirusScan"
		if !v.lab.change(w, r, v, func(e *edit) {
			before := v.latest(e, d.ID, "Isolate", "Unisolate")
			changed = changed || before.Type != kind && (kind == "Isolate" || before.Type == "Isolate")
			if kind == "RunAntiVirusScan" {
				before = v.latest(e, d.ID, kind)
			}
			if busy = before.Type == kind && before.pending(a.At); busy {
				return
			}
			n := e.next()
			a.ID = uuid(fmt.Sprint("action/", v.lab.config.Seed, n))
			e.put(actionTable, fmt.Sprintf("%012d", n), a)
			e.happen(happened{Vendor: defenderName, Action: "machine." + strings.ToLower(kind), Target: d.Name, Changed: changed})
		}) {
			return
		}
		if busy {
			v.fail(w, http.StatusBadRequest, "BadRequest", "Action is already in progress")
			return
		}
		item := a.wire(a.At)
		item["@odata.context"] = "http://" + r.Host + "/api/$metadata#MachineActions/$entity"
		writeJSON(w, http.StatusCreated, item)
	}
}

// latest returns what a machine was last asked to do, of these.
func (v *defender) latest(e *edit, machine string, kinds ...string) (out machineAction) {
	for _, a := range list[machineAction](e, actionTable) { // the oldest first
		if a.Machine.ID == machine && slices.Contains(kinds, a.Type) {
			out = a
		}
	}
	return out
}

func (v *defender) listActions(w http.ResponseWriter, r *http.Request) {
	var rows []defenderRow
	v.lab.world.view(func(e *edit) {
		for _, a := range list[machineAction](e, actionTable) {
			rows = append(rows, defenderRow{"MachineActions", a.wire(v.lab.now(r))})
		}
	})
	slices.Reverse(rows)
	v.list(w, r, "MachineActions", rows)
}

// sighting is a file, and the machines that it was seen on.
type sighting struct {
	SHA256 string   `json:"sha256"`
	SHA1   string   `json:"sha1"`
	Name   string   `json:"name"`
	On     []device `json:"on"`
}

// seedDevices gives everybody a machine, with the files that were seen on it.
func (l *Lab) seedDevices(e *edit, s Scenario) {
	for i := range s.Mailboxes {
		d := deviceOf(s.person(i).Address)
		e.put(machineTable, d.ID, d)
	}
	for i, address := range s.Isolated {
		a := machineAction{ID: uuid("isolated/" + address), Type: "Isolate", Scope: "Full", Comment: "before", Machine: deviceOf(address), At: e.line.At.Add(-time.Hour)}
		e.put(actionTable, fmt.Sprintf("000000-%05d", i), a)
	}
	if s.Reported == nil {
		return
	}
	for _, f := range s.Reported.Attachments {
		sum := sha1.Sum([]byte(fold(f.SHA256)))
		seen := sighting{SHA256: fold(f.SHA256), SHA1: hex.EncodeToString(sum[:]), Name: f.Name}
		for _, address := range f.On {
			seen.On = append(seen.On, deviceOf(address))
		}
		if len(seen.On) > 0 {
			e.put(sightingTable, seen.SHA256, seen)
		}
	}
}

// file returns the file that a request names by either hash.
func (v *defender) file(r *http.Request) (out sighting, ok bool) {
	v.lab.world.view(func(e *edit) {
		for _, s := range list[sighting](e, sightingTable) {
			if hash := fold(r.PathValue("hash")); s.SHA256 == hash || s.SHA1 == hash {
				out, ok = s, true
			}
		}
	})
	return out, ok
}

func (v *defender) getFile(w http.ResponseWriter, r *http.Request) {
	s, ok := v.file(r)
	if !ok {
		v.fail(w, http.StatusNotFound, "ResourceNotFound", "File "+r.PathValue("hash")+" was not found")
		return
	}
	writeJSON(w, http.StatusOK, map[string]any{
		"@odata.context": "http://" + r.Host + "/api/$metadata#Files/$entity", "sha1": s.SHA1, "sha256": s.SHA256,
		"globalPrevalence": len(s.On), "isPeFile": false, "isValidCertificate": false,
	})
}

func (v *defender) fileMachines(w http.ResponseWriter, r *http.Request) {
	if len(r.PathValue("hash")) != 40 {
		v.fail(w, http.StatusBadRequest, "InvalidHashValue", "Hash value "+r.PathValue("hash")+" is invalid.")
		return
	}
	s, _ := v.file(r)
	rows := []defenderRow{}
	for _, d := range s.On {
		rows = append(rows, defenderRow{"Machines", d.wire(v.lab.now(r))})
	}
	v.list(w, r, "Machines", rows)
}
