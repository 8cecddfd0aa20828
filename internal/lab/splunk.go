package lab

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"

	"github.com/harrier-soar/harrier"
)

// splunk is the part of the management API of Splunk that searches.
//
// Shapes: server/info, search/v2/jobs, search/v2/jobs/{sid} and its results, of
// https://help.splunk.com/en/splunk-enterprise/leverage-rest-apis/rest-api-reference.
// Of a query the lab knows the words and the pairs field=value before the first bar.
type splunk struct{ lab *Lab }

const (
	splunkJobTable   = "splunk/jobs"
	splunkEventTable = "splunk/events"
	// splunkMost is maxresultrows: what is given at once at most.
	splunkMost = 50_000
)

// splunkJob is a search, and what it has found.
type splunkJob struct {
	SID   string           `json:"sid"`
	Query string           `json:"query"`
	Rows  []map[string]any `json:"rows"`
	// Looks is how often it is still said to run.
	Looks int `json:"looks"`
}

// Found makes Splunk remember what a saved search has found, under its id.
func (l *Lab) Found(sid string, rows []map[string]any) error {
	if sid == "" {
		return harrier.Errorf(harrier.Invalid, "a search has an id")
	}
	return l.world.update(l.config.Now(), func(e *edit) { e.put(splunkJobTable, sid, splunkJob{SID: sid, Rows: rows}) })
}

// Log gives Splunk an event to search.
func (l *Lab) Log(event map[string]any) error {
	return l.world.update(l.config.Now(), func(e *edit) { e.put(splunkEventTable, fmt.Sprintf("%012d", e.next()), event) })
}

func (*splunk) name() string { return splunkName }

func (v *splunk) handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /services/server/info", v.info)
	mux.HandleFunc("POST /services/search/v2/jobs", v.submit)
	mux.HandleFunc("GET /services/search/v2/jobs/{sid}", v.status)
	mux.HandleFunc("GET /services/search/v2/jobs/{sid}/results", v.results)
	mux.HandleFunc("/", func(w http.ResponseWriter, _ *http.Request) { v.fail(w, http.StatusNotFound, "ERROR", "Not Found") })
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		token, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
		if !ok || !same(token, v.lab.secret(splunkName, "token")) {
			v.fail(w, http.StatusUnauthorized, "WARN", "call not properly authenticated")
			return
		}
		mux.ServeHTTP(w, r)
	})
}

func (v *splunk) refuse(w http.ResponseWriter, status int) {
	text := map[int]string{
		http.StatusUnauthorized: "call not properly authenticated", http.StatusForbidden: "insufficient permission to access this resource",
		http.StatusServiceUnavailable: "Search not executed: The maximum number of concurrent historical searches on this instance has been reached.",
	}[status]
	v.fail(w, status, "ERROR", orElse(text, http.StatusText(status)))
}

func (*splunk) fail(w http.ResponseWriter, status int, kind, text string) {
	writeJSON(w, status, map[string]any{"messages": []any{map[string]any{"type": kind, "text": text}}})
}

func (*splunk) info(w http.ResponseWriter, _ *http.Request) {
	writeJSON(w, http.StatusOK, map[string]any{"links": map[string]any{}, "generator": map[string]any{"build": "e5ec4e0e9a5e", "version": "9.4.1"}, "entry": []any{
		map[string]any{"name": "server-info", "content": map[string]any{"version": "9.4.1", "serverName": "lab", "product_type": "enterprise"}},
	}})
}

func (v *splunk) submit(w http.ResponseWriter, r *http.Request) {
	if r.ParseForm() != nil {
		v.fail(w, http.StatusBadRequest, "FATAL", "The form cannot be read.")
		return
	}
	query := strings.TrimSpace(r.PostForm.Get("search"))
	if !strings.HasPrefix(query, "search ") && !strings.HasPrefix(query, "|") {
		word, _, _ := strings.Cut(query, " ")
		v.fail(w, http.StatusBadRequest, "FATAL", "Unknown search command '"+word+"'.")
		return
	}
	job := splunkJob{Query: query, Looks: 1}
	most, err := strconv.Atoi(orElse(r.PostForm.Get("max_count"), strconv.Itoa(splunkMost)))
	if err != nil || most < 1 {
		v.fail(w, http.StatusBadRequest, "FATAL", "Invalid value for max_count.")
		return
	}
	if !v.lab.change(w, r, v, func(e *edit) {
		for _, event := range list[map[string]any](e, splunkEventTable) {
			if len(job.Rows) < most && splunkMatches(query, event) {
				job.Rows = append(job.Rows, event)
			}
		}
		job.SID = fmt.Sprintf("%d.%d", v.lab.now(r).Unix(), e.next())
		e.put(splunkJobTable, job.SID, job)
	}) {
		return
	}
	writeJSON(w, http.StatusCreated, map[string]any{"sid": job.SID})
}

// splunkMatches holds an event against the words of a query.
func splunkMatches(query string, event map[string]any) bool {
	terms, _, _ := strings.Cut(strings.TrimPrefix(query, "search "), "|")
	text := strings.ToLower(fmt.Sprint(event))
	for term := range strings.FieldsSeq(terms) {
		name, value, pair := strings.Cut(term, "=")
		value = strings.Trim(value, `"`)
		switch {
		case term == "*" || pair && (name == "index" || value == "*"):
		case pair && !strings.EqualFold(fmt.Sprint(event[name]), value):
			return false
		case !pair && !strings.Contains(text, strings.ToLower(strings.Trim(term, `"`))):
			return false
		}
	}
	return true
}

// job returns the search that a request names, or answers that there is none.
func (v *splunk) job(w http.ResponseWriter, r *http.Request) (job splunkJob, ok bool) {
	v.lab.world.view(func(e *edit) { job, ok = load[splunkJob](e, splunkJobTable, r.PathValue("sid")) })
	if !ok {
		v.fail(w, http.StatusNotFound, "FATAL", "Unknown sid.")
	}
	return job, ok
}

func (v *splunk) status(w http.ResponseWriter, r *http.Request) {
	job, ok := v.job(w, r)
	if !ok {
		return
	}
	done := job.Looks <= 0
	if !done && !v.lab.change(w, r, v, func(e *edit) {
		job.Looks--
		e.put(splunkJobTable, job.SID, job)
	}) {
		return
	}
	state := map[bool]string{true: "DONE", false: "RUNNING"}[done]
	writeJSON(w, http.StatusOK, map[string]any{"entry": []any{map[string]any{"name": job.Query, "content": map[string]any{
		"sid": job.SID, "isDone": done, "isFailed": false, "dispatchState": state, "resultCount": len(job.Rows), "eventCount": len(job.Rows),
	}}}})
}

func (v *splunk) results(w http.ResponseWriter, r *http.Request) {
	job, ok := v.job(w, r)
	if !ok {
		return
	}
	if job.Looks > 0 { // there is nothing yet
		w.WriteHeader(http.StatusNoContent)
		return
	}
	query := r.URL.Query()
	offset, err := strconv.Atoi(orElse(query.Get("offset"), "0"))
	count, problem := strconv.Atoi(orElse(query.Get("count"), "100"))
	if err != nil || problem != nil || offset < 0 || count < 0 || query.Get("output_mode") != "json" {
		v.fail(w, http.StatusBadRequest, "ERROR", "Cannot parse count, offset or output_mode.")
		return
	}
	if count == 0 || count > splunkMost {
		count = splunkMost
	}
	from := min(offset, len(job.Rows))
	rows := job.Rows[from:min(from+count, len(job.Rows))]
	if rows == nil {
		rows = []map[string]any{}
	}
	writeJSON(w, http.StatusOK, map[string]any{"preview": false, "init_offset": offset, "messages": []any{}, "fields": []any{}, "results": rows, "highlighted": map[string]any{}})
}
