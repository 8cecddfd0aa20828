package lab

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

// urlscan is the part of urlscan.io's API v1 that searches, scans and tells
// results.
//
// Shapes: https://docs.urlscan.io/apis/urlscan-openapi (scanning, search) and
// https://docs.urlscan.io/pages/api-rate-limits.
type urlscan struct{ lab *Lab }

// scan is a page that was opened, or will be.
type scan struct {
	UUID       string    `json:"uuid"`
	URL        string    `json:"url"`
	Visibility string    `json:"visibility"`
	Tags       []string  `json:"tags,omitempty"`
	At         time.Time `json:"at"`
	// Looks is how often the result is asked for before it is there.
	Looks int `json:"looks,omitempty"`
}

const scanTable = "urlscan/scans"

func (*urlscan) name() string { return urlscanName }

func (v *urlscan) handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("POST /api/v1/scan/", v.submit)
	mux.HandleFunc("GET /api/v1/search/", v.search)
	mux.HandleFunc("GET /api/v1/result/{uuid}/", v.result)
	mux.HandleFunc("/", func(w http.ResponseWriter, _ *http.Request) { v.refuse(w, http.StatusNotFound) })
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !same(r.Header.Get("API-Key"), v.lab.secret(urlscanName, "api_key")) {
			v.refuse(w, http.StatusUnauthorized)
			return
		}
		mux.ServeHTTP(w, r)
	})
}

func (*urlscan) fail(w http.ResponseWriter, status int, message, description string) {
	body := map[string]any{"message": message, "status": status}
	if description != "" {
		body["description"] = description
	}
	writeJSON(w, status, body)
}

func (v *urlscan) refuse(w http.ResponseWriter, status int) {
	switch status {
	case http.StatusTooManyRequests:
		if after := w.Header().Get("Retry-After"); after != "" { // the service has a header of its own for it
			w.Header().Del("Retry-After")
			w.Header().Set("X-Rate-Limit-Reset-After", after)
		}
		v.fail(w, status, "Rate limit for 'private' exceeded, limit is 50 per day.", "")
	case http.StatusUnauthorized:
		v.fail(w, status, "API key is not valid", "")
	default:
		v.fail(w, status, http.StatusText(status), "")
	}
}

// submission is what a scan is asked for with.
type submission struct {
	URL        string   `json:"url"`
	Visibility string   `json:"visibility"`
	Country    string   `json:"country"`
	Tags       []string `json:"tags"`
}

func (v *urlscan) submit(w http.ResponseWriter, r *http.Request) {
	var s submission
	if json.NewDecoder(r.Body).Decode(&s) != nil {
		v.fail(w, http.StatusBadRequest, "Malformed JSON", "")
		return
	}
	link, ok := canonicalURL(s.URL)
	switch {
	case !ok:
		v.fail(w, http.StatusBadRequest, "Could not parse url", "The URL you submitted could not be parsed.")
		return
	case !slices.Contains([]string{"", "public", "unlisted", "private"}, s.Visibility), len(s.Tags) > 10:
		v.fail(w, http.StatusBadRequest, "Invalid parameters", "visibility is public, unlisted or private; there are at most 10 tags.")
		return
	}
	made := scan{URL: link, Visibility: orElse(s.Visibility, "public"), Tags: s.Tags}
	journaled := v.lab.change(w, r, v, func(e *edit) {
		made.UUID, made.At, made.Looks = uuid(opaque("", v.lab.config.Seed, "scan", e.next())), e.line.At, e.looks()
		e.put(scanTable, made.UUID, made)
		e.happen(happened{Vendor: urlscanName, Action: "scan." + made.Visibility, Target: link, Key: strings.Join(s.Tags, ","), Changed: true})
	})
	if journaled {
		writeJSON(w, http.StatusOK, map[string]any{
			"message": "Submission successful", "uuid": made.UUID, "result": made.report(), "visibility": made.Visibility, "url": s.URL,
			"api": "https://urlscan.io/api/v1/result/" + made.UUID + "/", "options": map[string]any{},
		})
	}
}

func (s scan) report() string { return "https://urlscan.io/result/" + s.UUID + "/" }

func (s scan) screenshot() string { return "https://urlscan.io/screenshots/" + s.UUID + ".png" }

// host is the name that the page was on.
func (s scan) host() string {
	u, err := url.Parse(s.URL)
	if err != nil {
		return ""
	}
	return u.Hostname()
}

// scans lists all that have ended, the newest first: those that were asked
// for, and one of every link that the service knows.
func (v *urlscan) scans(now time.Time) []scan {
	var out []scan
	v.lab.world.view(func(e *edit) {
		table := knowledgeTable(urlscanName, urlKind)
		for _, link := range e.keys(table) {
			o, _ := load[opinion](e, table, link)
			out = append(out, scan{UUID: uuid("scan of " + link), URL: link, Visibility: "public", At: o.Last})
		}
		for _, s := range list[scan](e, scanTable) {
			if s.Looks == 0 && !s.At.After(now) {
				out = append(out, s)
			}
		}
	})
	slices.SortStableFunc(out, func(a, b scan) int { return b.At.Compare(a.At) })
	return out
}

func (v *urlscan) search(w http.ResponseWriter, r *http.Request) {
	matches, err := scanQuery(r.URL.Query().Get("q"))
	if err != nil {
		v.fail(w, http.StatusBadRequest, "Query string could not be parsed", err.Error())
		return
	}
	size, err := strconv.Atoi(orElse(r.URL.Query().Get("size"), "100"))
	if err != nil || size < 1 || size > 10_000 {
		v.fail(w, http.StatusBadRequest, "Invalid parameters", "size is at most 10000")
		return
	}
	results := []map[string]any{}
	total := 0
	for _, s := range v.scans(v.lab.now(r)) {
		if !matches(s) {
			continue
		}
		if total++; len(results) < size {
			results = append(results, s.found())
		}
	}
	writeJSON(w, http.StatusOK, map[string]any{"results": results, "total": total, "took": 5, "has_more": total > len(results)})
}

// found is a scan as the search shows it: without what was thought of it.
func (s scan) found() map[string]any {
	return map[string]any{
		"_id": s.UUID, "result": "https://urlscan.io/api/v1/result/" + s.UUID + "/", "screenshot": s.screenshot(),
		"task": s.task(), "page": s.page(), "stats": map[string]any{"uniqIPs": 1, "requests": 3}, "sort": []any{s.At.UnixMilli(), s.UUID},
	}
}

func (s scan) task() map[string]any {
	tags := s.Tags
	if tags == nil {
		tags = []string{}
	}
	return map[string]any{
		"uuid": s.UUID, "time": s.At.UTC().Format("2006-01-02T15:04:05.000Z"), "url": s.URL, "visibility": s.Visibility,
		"method": "api", "domain": s.host(), "tags": tags,
	}
}

func (s scan) page() map[string]any {
	return map[string]any{
		"url": s.URL, "domain": s.host(), "ip": "192.0.2.80", "country": "ZZ", "asn": "AS64496", "asnname": "DOCUMENTATION",
		"server": "nginx", "title": "Sign in", "status": "200", "mimeType": "text/html",
	}
}

// result tells what a scan showed, once it has ended.
func (v *urlscan) result(w http.ResponseWriter, r *http.Request) {
	id := r.PathValue("uuid")
	all := v.scans(v.lab.now(r))
	i := slices.IndexFunc(all, func(s scan) bool { return s.UUID == id })
	if i < 0 {
		if v.lab.change(w, r, v, func(e *edit) { looked(e, id) }) {
			v.fail(w, http.StatusNotFound, "Not Found", "We could not find this page. The scan may not have finished yet.")
		}
		return
	}
	s := all[i]
	o, ok := v.lab.known(urlscanName, urlKind, s.URL)
	if !ok {
		o, _ = v.lab.known(urlscanName, domainKind, s.host())
	}
	task := s.task()
	task["reportURL"], task["screenshotURL"] = s.report(), s.screenshot()
	task["domURL"] = "https://urlscan.io/dom/" + s.UUID + "/"
	writeJSON(w, http.StatusOK, map[string]any{
		"task": task, "page": s.page(), "verdicts": o.scanned(), "data": map[string]any{"requests": []any{}}, "meta": map[string]any{},
		"stats": map[string]any{"malicious": 0}, "submitter": map[string]any{}, "scanner": map[string]any{"country": "de"},
		"lists": map[string]any{
			"ips": []string{"192.0.2.80"}, "countries": []string{"ZZ"}, "asns": []string{"64496"}, "domains": []string{s.host()},
			"servers": []string{"nginx"}, "urls": []string{s.URL}, "linkDomains": []string{}, "certificates": []any{}, "hashes": []string{hexSum(s.URL)},
		},
	})
}

// looked counts a look at a scan that has not ended.
func looked(e *edit, id string) {
	if s, ok := load[scan](e, scanTable, id); ok {
		s.Looks = max(0, s.Looks-1)
		e.put(scanTable, id, s)
	}
}

// scanned is what the service thinks of a page.
func (o opinion) scanned() map[string]any {
	score, has := 0, 1
	categories, brands := []string{}, []string{}
	switch o.Verdict {
	case "malicious":
		score, categories, brands = 100, []string{"phishing"}, []string{"microsoft"}
	case "suspicious":
		score = 40
	case "benign":
		score = -50
	default:
		has = 0
	}
	own := map[string]any{"score": score, "categories": categories, "brands": brands, "tags": categories, "malicious": score == 100}
	overall := map[string]any{"hasVerdicts": has}
	maps.Copy(overall, own)
	none := map[string]any{"score": 0, "malicious": []any{}, "benign": []any{}, "maliciousTotal": 0, "benignTotal": 0}
	return map[string]any{"overall": overall, "urlscan": own, "engines": none, "community": none}
}

// scanQuery reads the part of the query language that it takes to find scans:
// field:"value" with AND or OR between, and brackets around all or a part.
func scanQuery(text string) (func(scan) bool, error) {
	p := &queryParser{rest: strings.TrimSpace(text)}
	match, err := p.either()
	if err == nil && strings.TrimSpace(p.rest) != "" {
		err = fmt.Errorf("what does %q mean", p.rest)
	}
	return match, err
}

// queryParser reads a query from left to right.
type queryParser struct {
	rest  string
	depth int
}

// either reads what OR joins; it binds less than AND.
func (p *queryParser) either() (func(scan) bool, error) {
	return p.joined("OR", p.both, func(a, b bool) bool { return a || b })
}

func (p *queryParser) both() (func(scan) bool, error) {
	return p.joined("AND", p.one, func(a, b bool) bool { return a && b })
}

// joined reads parts with a word between them.
func (p *queryParser) joined(word string, part func() (func(scan) bool, error), join func(a, b bool) bool) (func(scan) bool, error) {
	match, err := part()
	for err == nil && p.skip(word+" ") {
		var next func(scan) bool
		if next, err = part(); err == nil {
			before := match
			match = func(s scan) bool { return join(before(s), next(s)) }
		}
	}
	return match, err
}

// skip reads a text if it comes next.
func (p *queryParser) skip(text string) bool {
	rest, ok := strings.CutPrefix(strings.TrimSpace(p.rest), text)
	if ok {
		p.rest = rest
	}
	return ok
}

// one reads a field with its value, or a query in brackets.
func (p *queryParser) one() (func(scan) bool, error) {
	if p.skip("(") {
		if p.depth++; p.depth > 10 {
			return nil, fmt.Errorf("brackets are nested too deep")
		}
		match, err := p.either()
		if err == nil && !p.skip(")") {
			err = fmt.Errorf("a bracket is not closed")
		}
		p.depth--
		return match, err
	}
	field, value, ok := strings.Cut(strings.TrimSpace(p.rest), `:"`)
	if !ok {
		return nil, fmt.Errorf(`write field:"value"`)
	}
	var b strings.Builder
	for i := 0; i < len(value); i++ {
		switch {
		case value[i] == '\\' && i+1 < len(value):
			i++
			b.WriteByte(value[i])
		case value[i] == '"':
			p.rest = value[i+1:]
			return scanField(field, b.String())
		default:
			b.WriteByte(value[i])
		}
	}
	return nil, fmt.Errorf("a quote is not closed")
}

// scanField returns what asks one field.
func scanField(field, value string) (func(scan) bool, error) {
	switch field {
	case "task.url", "page.url":
		return func(s scan) bool { return s.URL == value || strings.Contains(s.URL, value) && value != "" }, nil
	case "page.domain", "task.domain":
		return func(s scan) bool { return s.host() == fold(value) }, nil
	case "page.ip":
		return func(scan) bool { return value == "192.0.2.80" }, nil
	case "task.tags":
		return func(s scan) bool { return slices.Contains(s.Tags, value) }, nil
	}
	return nil, fmt.Errorf("there is no field %q here", field)
}
