package lab

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"net/http"
	"net/netip"
	"net/url"
	"regexp"
	"strings"
	"time"
)

// virustotal is the part of VirusTotal API v3 that looks things up.
//
// Shapes: https://docs.virustotal.com/reference/errors, .../reference/ip-info,
// .../reference/domain-info, .../reference/url-info, .../reference/file-info and
// the object pages beside them.
type virustotal struct{ lab *Lab }

func (*virustotal) name() string { return virustotalName }

func (v *virustotal) handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /api/v3/ip_addresses/{id}", v.ip)
	mux.HandleFunc("GET /api/v3/domains/{id}", v.domain)
	mux.HandleFunc("GET /api/v3/urls/{id}", v.url)
	mux.HandleFunc("GET /api/v3/files/{id}", v.file)
	mux.HandleFunc("/", func(w http.ResponseWriter, _ *http.Request) {
		v.fail(w, http.StatusNotFound, "NotFoundError", "Resource not found.")
	})
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch key := r.Header.Get("x-apikey"); {
		case key == "":
			v.fail(w, http.StatusUnauthorized, "AuthenticationRequiredError", "X-Apikey header is missing")
		case !same(key, v.lab.secret(virustotalName, "api_key")):
			v.fail(w, http.StatusUnauthorized, "WrongCredentialsError", "Wrong API key")
		default:
			mux.ServeHTTP(w, r)
		}
	})
}

func (*virustotal) fail(w http.ResponseWriter, status int, code, message string) {
	writeJSON(w, status, map[string]any{"error": map[string]any{"code": code, "message": message}})
}

func (v *virustotal) refuse(w http.ResponseWriter, status int) {
	switch status {
	case http.StatusUnauthorized:
		v.fail(w, status, "WrongCredentialsError", "Wrong API key")
	case http.StatusForbidden:
		v.fail(w, status, "ForbiddenError", "You are not authorized to perform the requested operation")
	case http.StatusTooManyRequests:
		v.fail(w, status, "QuotaExceededError", "Quota exceeded")
	case http.StatusServiceUnavailable:
		v.fail(w, status, "TransientError", "Transient server error. Retry might work.")
	default:
		v.fail(w, status, "BadRequestError", http.StatusText(status))
	}
}

// ip reports on an address. The service has an object for every address, also
// for those that nobody ever looked at.
func (v *virustotal) ip(w http.ResponseWriter, r *http.Request) {
	address, err := netip.ParseAddr(r.PathValue("id"))
	if err != nil {
		v.fail(w, http.StatusBadRequest, "InvalidArgumentError", fmt.Sprintf("%q is not a valid IP address pattern", r.PathValue("id")))
		return
	}
	o, ok := v.lab.known(virustotalName, ipKind, address.String())
	if !ok {
		o.Verdict = "unknown"
	}
	attributes := o.attributes(false)
	attributes["country"], attributes["asn"], attributes["as_owner"] = "ZZ", 64496, "Documentation Network"
	attributes["network"], attributes["continent"] = address.String()+"/32", "EU"
	delete(attributes, "first_submission_date")
	delete(attributes, "last_submission_date")
	v.report(w, r, object{"ip_address", address.String(), attributes})
}

func (v *virustotal) domain(w http.ResponseWriter, r *http.Request) {
	name := fold(r.PathValue("id"))
	o, ok := v.lab.known(virustotalName, domainKind, name)
	if !ok {
		v.fail(w, http.StatusNotFound, "NotFoundError", fmt.Sprintf("Domain %q not found", name))
		return
	}
	attributes := o.attributes(false)
	attributes["creation_date"] = o.First.Add(-72 * time.Hour).Unix()
	attributes["registrar"], attributes["tld"] = "Example Registrar", name[strings.LastIndexByte(name, '.')+1:]
	delete(attributes, "first_submission_date")
	delete(attributes, "last_submission_date")
	v.report(w, r, object{"domain", name, attributes})
}

// url reports on a link, named by its text in base64url without padding or by
// the SHA-256 of its canonical form. A link of a known domain shares its fate.
func (v *virustotal) url(w http.ResponseWriter, r *http.Request) {
	link, ok := v.link(r.PathValue("id"))
	var o opinion
	if ok {
		if o, ok = v.lab.known(virustotalName, urlKind, link); !ok {
			u, _ := url.Parse(link)
			o, ok = v.lab.known(virustotalName, domainKind, u.Hostname())
		}
	}
	if !ok {
		v.fail(w, http.StatusNotFound, "NotFoundError", fmt.Sprintf("URL %q not found", r.PathValue("id")))
		return
	}
	attributes := o.attributes(false)
	attributes["url"], attributes["last_final_url"], attributes["title"] = link, link, "Sign in"
	attributes["last_http_response_code"] = 200
	v.report(w, r, object{"url", hexSum(link), attributes})
}

// link returns the canonical link that an identifier stands for.
func (v *virustotal) link(id string) (string, bool) {
	if len(id) == 64 && hashForm.MatchString(id) {
		found := ""
		v.lab.world.view(func(e *edit) {
			for _, link := range e.keys(knowledgeTable(virustotalName, urlKind)) {
				if hexSum(link) == id {
					found = link
				}
			}
		})
		return found, found != ""
	}
	text, err := base64.RawURLEncoding.DecodeString(id)
	if err != nil {
		return "", false
	}
	return canonicalURL(string(text))
}

// canonicalURL gives links that differ in nothing that matters the same text.
func canonicalURL(text string) (string, bool) {
	u, err := url.Parse(strings.TrimSpace(text))
	if err != nil || u.Host == "" {
		return "", false
	}
	u.Scheme, u.Host, u.Fragment = strings.ToLower(u.Scheme), strings.ToLower(u.Host), ""
	if u.Path == "" {
		u.Path = "/"
	}
	return u.String(), true
}

var hashForm = regexp.MustCompile(`^([0-9a-f]{32}|[0-9a-f]{40}|[0-9a-f]{64})$`)

func (v *virustotal) file(w http.ResponseWriter, r *http.Request) {
	hash := fold(r.PathValue("id"))
	o, ok := v.lab.known(virustotalName, fileKind, hash)
	if !hashForm.MatchString(hash) || !ok {
		v.fail(w, http.StatusNotFound, "NotFoundError", fmt.Sprintf("File %q not found", r.PathValue("id")))
		return
	}
	attributes := o.attributes(true)
	attributes["meaningful_name"], attributes["names"] = "invoice.html", []string{"invoice.html"}
	attributes["type_description"], attributes["size"] = "HTML", 4096
	if len(hash) == 64 {
		attributes["sha256"] = hash
	}
	v.report(w, r, object{"file", hash, attributes})
}

// object is what the service knows about one thing, in its own form.
type object struct {
	kind, id   string
	attributes map[string]any
}

// report answers with one object.
func (*virustotal) report(w http.ResponseWriter, r *http.Request, o object) {
	self := "http://" + r.Host + r.URL.EscapedPath()
	writeJSON(w, http.StatusOK, map[string]any{"data": map[string]any{
		"id": o.id, "type": o.kind, "links": map[string]any{"self": self}, "attributes": o.attributes,
	}})
}

// engines is how many scanners look at a thing.
const engines = 90

// attributes returns what all kinds of objects have. Scanners of files never
// call anything harmless: they detect or do not.
func (o opinion) attributes(file bool) map[string]any {
	stats := map[string]int{"malicious": 0, "suspicious": 0, "harmless": 0, "undetected": 0, "timeout": 0}
	reputation := 0
	switch o.Verdict {
	case "malicious":
		stats["malicious"], stats["suspicious"], reputation = 14, 2, -40
	case "suspicious":
		stats["malicious"], stats["suspicious"], reputation = 1, 3, -2
	case "benign":
		reputation = 60
		if !file {
			stats["harmless"] = 65
		}
	}
	stats["undetected"] = engines - stats["malicious"] - stats["suspicious"] - stats["harmless"]
	results := scans(stats)
	if file {
		stats["confirmed-timeout"], stats["failure"], stats["type-unsupported"] = 0, 0, 0
	}
	out := map[string]any{
		"last_analysis_stats": stats, "last_analysis_results": results, "reputation": reputation,
		"total_votes": map[string]int{"harmless": 0, "malicious": 0}, "tags": []string{},
	}
	if !o.Last.IsZero() {
		out["last_analysis_date"], out["last_modification_date"] = o.Last.Unix(), o.Last.Unix()
		out["first_submission_date"], out["last_submission_date"] = o.First.Unix(), o.Last.Unix()
	}
	if !file && o.Verdict == "malicious" {
		out["categories"] = map[string]string{"Engine 01": "phishing"}
	}
	return out
}

// scans returns what each scanner said, as the sums have it.
func scans(stats map[string]int) map[string]any {
	out := make(map[string]any, engines)
	for _, category := range []string{"malicious", "suspicious", "harmless", "undetected"} {
		for range stats[category] {
			name := fmt.Sprintf("Engine %02d", len(out)+1)
			out[name] = map[string]any{
				"category": category, "engine_name": name, "method": "blacklist", "result": wording(category),
			}
		}
	}
	return out
}

// wording is what a scanner says beside its category.
func wording(category string) any {
	switch category {
	case "malicious":
		return "phishing"
	case "suspicious":
		return "suspicious"
	case "harmless":
		return "clean"
	}
	return nil
}

func hexSum(text string) string {
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:])
}
