package lab

import (
	"crypto/md5"
	"crypto/sha1"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

// cape is the part of CAPE's API v2 that runs files, opens links and reports.
//
// Shapes: https://capev2.readthedocs.io/en/latest/usage/api.html and the views
// of web/apiv2 of kevoreilly/CAPEv2, which say what the page leaves out.
type cape struct{ lab *Lab }

// task is an analysis.
type task struct {
	ID       int64  `json:"id"`
	Category string `json:"category"`
	// Target is the link, or the name of the file.
	Target     string    `json:"target"`
	Custom     string    `json:"custom,omitempty"`
	Visibility string    `json:"visibility,omitempty"`
	Hashes     []string  `json:"hashes,omitempty"`
	Size       int       `json:"size,omitempty"`
	At         time.Time `json:"at"`
	// Looks is how often the task is looked at before it is reported.
	Looks int `json:"looks,omitempty"`
}

const taskTable = "cape/tasks"

func (*cape) name() string { return capeName }

func (v *cape) handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("POST /apiv2/tasks/create/file/{$}", v.createFile)
	mux.HandleFunc("POST /apiv2/tasks/create/url/{$}", v.createURL)
	mux.HandleFunc("GET /apiv2/tasks/list/{limit}/{$}", v.list)
	mux.HandleFunc("GET /apiv2/tasks/view/{id}/{$}", v.view)
	mux.HandleFunc("GET /apiv2/tasks/get/report/{id}/{format}/{$}", v.report)
	mux.HandleFunc("/", func(w http.ResponseWriter, _ *http.Request) { v.refuse(w, http.StatusNotFound) })
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !same(r.Header.Get("Authorization"), "Token "+v.lab.secret(capeName, "api_key")) {
			v.refuse(w, http.StatusUnauthorized)
			return
		}
		mux.ServeHTTP(w, r)
	})
}

// fail refuses as the product does: with 200.
func (*cape) fail(w http.ResponseWriter, text string) {
	writeJSON(w, http.StatusOK, map[string]any{"error": true, "error_value": text})
}

// refuse refuses as the framework below the product does.
func (*cape) refuse(w http.ResponseWriter, status int) {
	switch status {
	case http.StatusUnauthorized:
		w.Header().Set("WWW-Authenticate", "Token")
		writeJSON(w, status, map[string]any{"detail": "Invalid token."})
	case http.StatusTooManyRequests:
		writeJSON(w, status, map[string]any{"detail": "Request was throttled. Expected available in 12 seconds."})
	default:
		writeJSON(w, status, map[string]any{"detail": http.StatusText(status)})
	}
}

func (v *cape) createFile(w http.ResponseWriter, r *http.Request) {
	file, header, err := r.FormFile("file")
	if err != nil {
		v.fail(w, "No file was submitted")
		return
	}
	content, err := io.ReadAll(file)
	if err != nil || len(content) == 0 {
		v.fail(w, "Error adding task to database")
		return
	}
	sum, old, older := sha256.Sum256(content), sha1.Sum(content), md5.Sum(content)
	v.create(w, r, task{
		Category: "file", Target: header.Filename, Size: len(content),
		Hashes: []string{hex.EncodeToString(sum[:]), hex.EncodeToString(old[:]), hex.EncodeToString(older[:])},
	})
}

func (v *cape) createURL(w http.ResponseWriter, r *http.Request) {
	link := r.FormValue("url")
	if link == "" {
		v.fail(w, "URL value is empty")
		return
	}
	v.create(w, r, task{Category: "url", Target: link})
}

// create adds a task. The product never compares with what was submitted before.
func (v *cape) create(w http.ResponseWriter, r *http.Request, t task) {
	t.Custom, t.Visibility = r.FormValue("custom"), orElse(r.FormValue("visibility"), "private")
	if !slices.Contains([]string{"private", "tenant", "public"}, t.Visibility) || len(t.Custom) > 255 {
		v.fail(w, "invalid visibility")
		return
	}
	journaled := v.lab.change(w, r, v, func(e *edit) {
		t.ID, t.At, t.Looks = e.next(), e.line.At, e.looks()
		e.put(taskTable, taskKey(t.ID), t)
		target := t.Target
		if t.Category == "file" {
			target = t.Hashes[0]
		}
		e.happen(happened{Vendor: capeName, Action: "task." + t.Category, Target: target, Key: t.Custom, Changed: true})
	})
	if journaled {
		writeJSON(w, http.StatusOK, map[string]any{
			"error": []any{}, "errors": []any{},
			"data": map[string]any{"task_ids": []int64{t.ID}, "message": "Task ID " + strconv.FormatInt(t.ID, 10) + " has been submitted"},
		})
	}
}

// taskKey sorts as the ids do.
func taskKey(id int64) string {
	text := strconv.FormatInt(id, 10)
	return strings.Repeat("0", max(0, 12-len(text))) + text
}

func (t task) status() string {
	if t.Looks > 0 {
		return "running"
	}
	return "reported"
}

func (t task) wire() map[string]any {
	stamp := t.At.UTC().Format(time.DateTime)
	var completed, custom, sampleID any
	sample := map[string]any{}
	if t.Looks == 0 {
		completed = stamp
	}
	if t.Custom != "" {
		custom = t.Custom
	}
	if t.Category == "file" {
		sampleID = t.ID
		sample = map[string]any{"id": t.ID, "sha256": t.Hashes[0], "sha1": t.Hashes[1], "md5": t.Hashes[2], "file_size": t.Size, "file_type": "data"}
	}
	return map[string]any{
		"id": t.ID, "target": t.Target, "category": t.Category, "custom": custom, "status": t.status(), "package": "", "timeout": 200,
		"priority": 1, "machine": nil, "options": "", "platform": "windows", "memory": false, "enforce_timeout": false, "clock": stamp,
		"added_on": stamp, "started_on": stamp, "completed_on": completed, "sample_id": sampleID, "sample": sample, "tags": []string{},
		"guest": map[string]any{}, "errors": []any{}, "tlp": nil, "route": nil, "tags_tasks": nil,
	}
}

// list lists the newest tasks.
func (v *cape) list(w http.ResponseWriter, r *http.Request) {
	limit, err := strconv.Atoi(r.PathValue("limit"))
	if err != nil {
		v.refuse(w, http.StatusNotFound)
		return
	}
	var tasks []task
	v.lab.world.view(func(e *edit) { tasks = list[task](e, taskTable) })
	slices.Reverse(tasks)
	found := []map[string]any{}
	for _, t := range tasks[:min(len(tasks), limit, 50)] {
		found = append(found, t.wire())
	}
	writeJSON(w, http.StatusOK, map[string]any{"data": found, "config": "Limit: " + strconv.Itoa(limit) + ", Offset: None", "buf": len(found)})
}

// load returns a task; looking at one that is under way brings it on.
func (v *cape) load(w http.ResponseWriter, r *http.Request, looks bool) (t task, ok bool) {
	id, _ := strconv.ParseInt(r.PathValue("id"), 10, 64)
	journaled := v.lab.change(w, r, v, func(e *edit) {
		if t, ok = load[task](e, taskTable, taskKey(id)); ok && looks && t.Looks > 0 {
			after := t
			after.Looks--
			e.put(taskTable, taskKey(id), after)
		}
	})
	if journaled && !ok {
		v.fail(w, "Task not found in database")
	}
	return t, ok && journaled
}

func (v *cape) view(w http.ResponseWriter, r *http.Request) {
	if t, ok := v.load(w, r, true); ok {
		writeJSON(w, http.StatusOK, map[string]any{"error": false, "data": t.wire()})
	}
}

// report tells what was seen.
func (v *cape) report(w http.ResponseWriter, r *http.Request) {
	t, ok := v.load(w, r, false)
	if !ok {
		return
	}
	format := r.PathValue("format")
	if t.Looks > 0 {
		v.fail(w, "Task is still being analyzed")
		return
	}
	if format != "json" && format != "litereport" {
		writeJSON(w, http.StatusBadRequest, map[string]any{"error": true, "error_value": "Report format not found: " + format})
		return
	}
	report := v.opinion(t).detonated(t)
	if format == "litereport" {
		for _, key := range []string{"detections", "malstatus", "malfamily_tag", "statistics"} {
			delete(report, key)
		}
	}
	writeJSON(w, http.StatusOK, report)
}

// opinion is what the world knows of the target of a task.
func (v *cape) opinion(t task) opinion {
	for _, hash := range t.Hashes {
		if o, ok := v.lab.known(capeName, fileKind, hash); ok {
			return o
		}
	}
	link, ok := canonicalURL(t.Target)
	if t.Category != "url" || !ok {
		return opinion{}
	}
	if o, ok := v.lab.known(capeName, urlKind, link); ok {
		return o
	}
	u, _ := url.Parse(link)
	o, _ := v.lab.known(capeName, domainKind, u.Hostname())
	return o
}

// detonated is the report of a task whose target this is known of. What is
// harmless, and what nothing is known of, shows nothing.
func (o opinion) detonated(t task) map[string]any {
	score, status := 0.0, "Undetected"
	signatures, ttps, detections := []any{}, []any{}, []any{}
	network := map[string]any{"domains": []any{}, "hosts": []any{}, "http": []any{}, "dns": []any{}}
	switch o.Verdict {
	case "malicious":
		score, status = 10, "Malicious"
		signatures = append(signatures, signature("credential_phishing", 3))
		ttps = append(ttps, map[string]any{"signature": "credential_phishing", "ttps": []string{"T1566.002"}, "mbcs": []any{}})
		if o.Family != "" {
			detections = append(detections, map[string]any{"family": o.Family, "details": []any{map[string]any{"Yara": t.Target}}})
		}
		network["domains"] = []any{map[string]any{"domain": "drop.invalid", "ip": "192.0.2.81"}}
		network["hosts"] = []any{map[string]any{"ip": "192.0.2.81", "country_name": "unknown", "hostname": "drop.invalid", "inaddrarpa": ""}}
	case "suspicious":
		score, status = 5, "Suspicious"
		signatures = append(signatures, signature("http_request", 2))
	case "benign":
		score, status = 0.2, "Clean"
	}
	target := map[string]any{"category": t.Category}
	if t.Category == "url" {
		target["url"] = t.Target
	} else {
		target["file"] = map[string]any{"name": t.Target, "sha256": t.Hashes[0], "size": t.Size, "type": "data"}
	}
	return map[string]any{
		"info": map[string]any{"id": t.ID, "category": t.Category, "version": "2.4-CAPE", "duration": 60}, "target": target,
		"malscore": score, "malstatus": status, "signatures": signatures, "ttps": ttps, "detections": detections, "network": network,
		"dropped": []any{}, "behavior": map[string]any{"processes": []any{}, "processtree": []any{}, "summary": map[string]any{}},
		"statistics": map[string]any{}, "CAPE": map[string]any{"payloads": []any{}, "configs": []any{}},
	}
}

func signature(name string, severity int) map[string]any {
	return map[string]any{
		"name": name, "description": "Signature of the lab", "categories": []string{"network"}, "severity": severity, "weight": 1,
		"confidence": 100, "references": []any{}, "data": []any{}, "new_data": []any{}, "alert": false, "families": []any{},
	}
}
