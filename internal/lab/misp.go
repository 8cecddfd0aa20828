package lab

import (
	"encoding/json"
	"net/http"
	"slices"
	"strconv"
)

// misp is the part of MISP's API that searches attributes.
//
// Shapes: the operations restSearchAttributes and getVersion of
// https://www.misp-project.org/openapi/.
type misp struct{ lab *Lab }

func (*misp) name() string { return mispName }

func (v *misp) handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /servers/getVersion", func(w http.ResponseWriter, _ *http.Request) {
		writeJSON(w, http.StatusOK, map[string]any{"version": "2.5.16", "pymisp_recommended_version": "2.5.12", "perm_sync": false, "perm_sighting": true, "perm_galaxy_editor": false})
	})
	mux.HandleFunc("POST /attributes/restSearch", v.search)
	mux.HandleFunc("/", func(w http.ResponseWriter, _ *http.Request) { v.refuse(w, http.StatusNotFound) })
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !same(r.Header.Get("Authorization"), v.lab.secret(mispName, "api_key")) {
			v.fail(w, http.StatusForbidden, "Authentication failed. Please make sure you pass the API key of an API enabled user along in the Authorization header.", r.URL.Path)
			return
		}
		mux.ServeHTTP(w, r)
	})
}

func (v *misp) refuse(w http.ResponseWriter, status int) {
	v.fail(w, status, http.StatusText(status), "/")
}

func (*misp) fail(w http.ResponseWriter, status int, message, path string) {
	writeJSON(w, status, map[string]any{"name": message, "message": message, "url": path})
}

// mispQuery is what the lab knows of a search.
type mispQuery struct {
	ReturnFormat     string `json:"returnFormat"`
	Page             int    `json:"page"`
	Limit            int    `json:"limit"`
	Timestamp        int64  `json:"timestamp"`
	ToIDs            *int   `json:"to_ids"`
	Published        *bool  `json:"published"`
	Deleted          []int  `json:"deleted"`
	IncludeEventTags bool   `json:"includeEventTags"`
}

func (v *misp) search(w http.ResponseWriter, r *http.Request) {
	var q mispQuery
	if json.NewDecoder(r.Body).Decode(&q) != nil || q.ReturnFormat != "" && q.ReturnFormat != "json" || q.Limit < 0 || q.Page < 0 {
		v.fail(w, http.StatusBadRequest, "Invalid search parameters.", r.URL.Path)
		return
	}
	found := slices.DeleteFunc(v.lab.listed(v.lab.now(r)), func(i Listed) bool {
		return i.Added.Unix() < q.Timestamp || i.Gone && !slices.Contains(q.Deleted, 1)
	})
	if q.Limit > 0 {
		from := min(max(q.Page-1, 0)*q.Limit, len(found))
		found = found[from:min(from+q.Limit, len(found))]
	}
	out := make([]any, len(found))
	for n, i := range found {
		out[n] = i.attribute(n)
	}
	w.Header().Set("X-Result-Count", strconv.Itoa(len(out)))
	writeJSON(w, http.StatusOK, map[string]any{"response": map[string]any{"Attribute": out}})
}

// attribute is the indicator as an attribute of MISP.
func (i Listed) attribute(n int) map[string]any {
	kind := map[string]string{ipKind: "ip-dst", domainKind: "domain", urlKind: "url", "sha256": "sha256"}[i.Type]
	category := "Network activity"
	if i.Type == "sha256" {
		category = "Payload delivery"
	}
	return map[string]any{
		"id": strconv.Itoa(n + 1), "event_id": "7", "object_id": "0", "object_relation": nil, "category": category, "type": kind, "to_ids": true,
		"uuid": uuid("misp/" + i.Type + "/" + i.Value), "timestamp": strconv.FormatInt(i.Added.Unix(), 10), "distribution": "5", "sharing_group_id": "0",
		"comment": "", "deleted": i.Gone, "disable_correlation": false, "first_seen": nil, "last_seen": nil, "value": i.Value,
		"Event": map[string]any{"org_id": "1", "distribution": "1", "id": "7", "info": i.Name, "orgc_id": "1", "uuid": uuid("misp/event"), "publish_timestamp": strconv.FormatInt(i.Added.Unix(), 10)},
		"Tag":   []any{map[string]any{"id": "1", "name": "tlp:green", "colour": "#339900"}},
	}
}
