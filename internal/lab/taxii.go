package lab

import (
	"encoding/base64"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

// taxii is a server of TAXII 2.1 with one API root, a collection that may be read
// and one that may not.
//
// Shapes: https://docs.oasis-open.org/cti/taxii/v2.1/os/taxii-v2.1-os.html (§4, §5,
// §3.4 for pages, §3.6 for errors); the objects are indicators of STIX 2.1.
type taxii struct{ lab *Lab }

const (
	taxiiMedia = "application/taxii+json;version=2.1"
	// taxiiMost is how many objects the server gives at once.
	taxiiMost = 100
)

// openCollection and closedCollection are the ids of the collections.
func openCollection() string { return uuid("collection/open") }

func closedCollection() string { return uuid("collection/closed") }

func (*taxii) name() string { return taxiiName }

func (v *taxii) handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /taxii2/{$}", v.discover)
	mux.HandleFunc("GET /api1/{$}", v.root)
	mux.HandleFunc("GET /api1/collections/{$}", v.collections)
	mux.HandleFunc("GET /api1/collections/{id}/{$}", v.collection)
	mux.HandleFunc("GET /api1/collections/{id}/objects/{$}", v.objects)
	mux.HandleFunc("/", func(w http.ResponseWriter, _ *http.Request) { v.refuse(w, http.StatusNotFound) })
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		user, password, _ := r.BasicAuth()
		accepts := strings.ReplaceAll(r.Header.Get("Accept"), " ", "")
		switch {
		case !same(user, v.lab.secret(taxiiName, "username")) || !same(password, v.lab.secret(taxiiName, "password")):
			w.Header().Set("WWW-Authenticate", "Basic realm=\"taxii\"")
			v.refuse(w, http.StatusUnauthorized)
		case accepts != taxiiMedia && accepts != "application/taxii+json":
			v.refuse(w, http.StatusNotAcceptable)
		default:
			mux.ServeHTTP(w, r)
		}
	})
}

// refuse writes an error message object.
func (v *taxii) refuse(w http.ResponseWriter, status int) {
	v.write(w, status, map[string]any{"title": http.StatusText(status), "http_status": strconv.Itoa(status), "error_id": uuid(fmt.Sprint("taxii/", status))})
}

func (*taxii) write(w http.ResponseWriter, status int, value any) {
	w.Header().Set("Content-Type", taxiiMedia)
	writeJSON(w, status, value)
}

func (v *taxii) discover(w http.ResponseWriter, _ *http.Request) {
	root := v.lab.URL(taxiiName) + "/api1/"
	v.write(w, http.StatusOK, map[string]any{"title": "The lab's community", "default": root, "api_roots": []string{root}})
}

func (v *taxii) root(w http.ResponseWriter, _ *http.Request) {
	v.write(w, http.StatusOK, map[string]any{"title": "Indicators", "versions": []string{taxiiMedia}, "max_content_length": 1 << 20})
}

func taxiiCollection(id, title string, readable bool) map[string]any {
	return map[string]any{"id": id, "title": title, "can_read": readable, "can_write": false, "media_types": []string{"application/stix+json;version=2.1"}}
}

func (v *taxii) collections(w http.ResponseWriter, _ *http.Request) {
	v.write(w, http.StatusOK, map[string]any{"collections": []any{
		taxiiCollection(openCollection(), "Indicators of the community", true), taxiiCollection(closedCollection(), "Of the board", false),
	}})
}

func (v *taxii) collection(w http.ResponseWriter, r *http.Request) {
	switch r.PathValue("id") {
	case openCollection():
		v.write(w, http.StatusOK, taxiiCollection(openCollection(), "Indicators of the community", true))
	case closedCollection():
		v.write(w, http.StatusOK, taxiiCollection(closedCollection(), "Of the board", false))
	default:
		v.refuse(w, http.StatusNotFound)
	}
}

// taxiiTime is a time as the protocol writes it, so that texts sort as times do.
func taxiiTime(at time.Time) string { return at.UTC().Format("2006-01-02T15:04:05.000000Z") }

func (v *taxii) objects(w http.ResponseWriter, r *http.Request) {
	switch r.PathValue("id") {
	case openCollection():
	case closedCollection():
		v.refuse(w, http.StatusForbidden)
		return
	default:
		v.refuse(w, http.StatusNotFound)
		return
	}
	query := r.URL.Query()
	limit, err := strconv.Atoi(orElse(query.Get("limit"), strconv.Itoa(taxiiMost)))
	next, problem := base64.RawURLEncoding.DecodeString(query.Get("next"))
	var after time.Time
	if text := query.Get("added_after"); text != "" && err == nil {
		after, err = time.Parse(time.RFC3339Nano, text)
	}
	if err != nil || problem != nil || limit < 1 {
		v.refuse(w, http.StatusBadRequest)
		return
	}
	all := slices.DeleteFunc(v.lab.listed(v.lab.now(r)), func(i Listed) bool { return !i.Added.After(after) || i.place() <= string(next) })
	page := all[:min(len(all), limit, taxiiMost)]
	out := map[string]any{}
	if len(page) > 0 { // an envelope without objects has no list of them (§3.7)
		objects := make([]any, len(page))
		for n, i := range page {
			objects[n] = i.stix()
		}
		out["objects"] = objects
		w.Header().Set("X-TAXII-Date-Added-First", taxiiTime(page[0].Added))
		w.Header().Set("X-TAXII-Date-Added-Last", taxiiTime(page[len(page)-1].Added))
	}
	if len(all) > len(page) {
		out["more"], out["next"] = true, base64.RawURLEncoding.EncodeToString([]byte(page[len(page)-1].place()))
	}
	v.write(w, http.StatusOK, out)
}

// place is where an indicator stands among all.
func (i Listed) place() string { return taxiiTime(i.Added) + "/" + i.Type + i.Value }

// stix is the indicator as an object of STIX 2.1.
func (i Listed) stix() map[string]any {
	quoted := "'" + strings.NewReplacer(`\`, `\\`, `'`, `\'`).Replace(i.Value) + "'"
	path := map[string]string{ipKind: "ipv4-addr:value", domainKind: "domain-name:value", urlKind: "url:value", "sha256": "file:hashes.'SHA-256'"}[i.Type]
	if i.Type == ipKind && strings.Contains(i.Value, ":") {
		path = "ipv6-addr:value"
	}
	stamp := func(at time.Time) string { return at.UTC().Format("2006-01-02T15:04:05.000Z") }
	out := map[string]any{
		"type": "indicator", "spec_version": "2.1", "id": "indicator--" + uuid(i.Type+"/"+i.Value), "created": stamp(i.Made), "modified": stamp(i.Added),
		"name": i.Name, "indicator_types": []string{"malicious-activity"}, "pattern": "[" + path + " = " + quoted + "]", "pattern_type": "stix",
		"valid_from": stamp(i.Made),
	}
	if i.Gone {
		out["revoked"] = true
	}
	return out
}
