package lab

import (
	"encoding/hex"
	"hash/crc32"
	"net/http"
	"net/netip"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// urlhaus is the part of URLhaus' bulk API that looks things up. It lists what
// spreads malware and nothing else: of harmless things it knows nothing.
//
// Shapes: https://urlhaus-api.abuse.ch (query URL, host and payload information).
type urlhaus struct{ lab *Lab }

func (*urlhaus) name() string { return urlhausName }

func (v *urlhaus) handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("POST /v1/url/", v.url)
	mux.HandleFunc("POST /v1/host/", v.host)
	mux.HandleFunc("POST /v1/payload/", v.payload)
	mux.HandleFunc("/v1/", func(w http.ResponseWriter, _ *http.Request) { v.status(w, "http_post_expected") })
	mux.HandleFunc("/", func(w http.ResponseWriter, _ *http.Request) { v.refuse(w, http.StatusNotFound) })
	return v.lab.authKey(v, mux)
}

// authKey lets requests with the account's key at abuse.ch through.
func (l *Lab) authKey(v vendor, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch key := r.Header.Get("Auth-Key"); {
		case key == "":
			v.refuse(w, http.StatusUnauthorized)
		case !same(key, l.secret(v.name(), "api_key")):
			v.refuse(w, http.StatusForbidden)
		default:
			next.ServeHTTP(w, r)
		}
	})
}

func (*urlhaus) status(w http.ResponseWriter, text string) {
	writeJSON(w, http.StatusOK, map[string]any{"query_status": text})
}

func (*urlhaus) refuse(w http.ResponseWriter, status int) { refuseAbuseCh(w, status) }

// refuseAbuseCh refuses as the services of abuse.ch do.
func refuseAbuseCh(w http.ResponseWriter, status int) {
	if status == http.StatusForbidden {
		writeJSON(w, status, map[string]any{"query_status": "unknown_auth_key"})
		return
	}
	writeJSON(w, status, map[string]any{"error": http.StatusText(status)})
}

// abuseChTime is how the services of abuse.ch write a time.
func abuseChTime(t time.Time) string { return t.UTC().Format("2006-01-02 15:04:05") + " UTC" }

// abuseChID stands for a thing in the database of the service.
func abuseChID(text string) string {
	return strconv.FormatUint(uint64(crc32.ChecksumIEEE([]byte(text)))%9_000_000+1_000_000, 10)
}

// url tells about a link, by its exact text.
func (v *urlhaus) url(w http.ResponseWriter, r *http.Request) {
	link, ok := canonicalURL(r.PostFormValue("url"))
	if !ok {
		v.status(w, "invalid_url")
		return
	}
	o, ok := v.lab.known(urlhausName, urlKind, link)
	if !ok || !o.bad() {
		v.status(w, "no_results")
		return
	}
	u, _ := url.Parse(link)
	body := v.entry(r, link, o)
	body["query_status"], body["host"], body["last_online"] = "ok", u.Hostname(), nil
	if body["url_status"] == "offline" {
		body["last_online"] = abuseChTime(o.Last)
	}
	body["blacklists"], body["payloads"] = notListed(), v.payloads(o, link)
	writeJSON(w, http.StatusOK, body)
}

func notListed() map[string]any {
	return map[string]any{"spamhaus_dbl": "not listed", "surbl": "not listed"}
}

// entry is what the service tells of a link wherever it names it.
func (v *urlhaus) entry(r *http.Request, link string, o opinion) map[string]any {
	status, takedown := "online", any(nil)
	if !o.online(v.lab.now(r)) {
		status, takedown = "offline", strconv.Itoa(int(o.Last.Sub(o.First).Seconds()))
	}
	var tags any
	if o.Family != "" {
		tags = []string{strings.ToLower(o.Family)}
	}
	id := abuseChID(link)
	return map[string]any{
		"id": id, "urlhaus_reference": "https://urlhaus.abuse.ch/url/" + id + "/", "url": link, "url_status": status,
		"date_added": abuseChTime(o.First), "threat": "malware_download", "reporter": "lab", "larted": "true",
		"takedown_time_seconds": takedown, "tags": tags,
	}
}

// payloads are the files that a link gave.
func (v *urlhaus) payloads(o opinion, link string) []map[string]any {
	if o.Family == "" {
		return []map[string]any{}
	}
	sum := hexSum(link)
	return []map[string]any{{
		"firstseen": o.First.Format(time.DateOnly), "filename": nil, "file_type": "unknown", "response_size": "4096",
		"response_md5": sum[:32], "response_sha256": sum, "urlhaus_download": "https://urlhaus-api.abuse.ch/v1/download/" + sum + "/",
		"signature": o.Family, "virustotal": nil, "imphash": nil, "ssdeep": nil, "tlsh": nil,
	}}
}

// hostForm is an IPv4 address or a name; the service knows no IPv6 addresses.
var hostForm = regexp.MustCompile(`^[a-z0-9]([a-z0-9._-]*[a-z0-9])?$`)

// host tells about every link of a host. A host of which only the fate is known
// has one link that was never told here; a suspicious one's is offline.
func (v *urlhaus) host(w http.ResponseWriter, r *http.Request) {
	host := fold(r.PostFormValue("host"))
	if !hostForm.MatchString(host) {
		v.status(w, "invalid_host")
		return
	}
	kind := domainKind
	if _, err := netip.ParseAddr(host); err == nil {
		kind = ipKind
	}
	fate, ok := v.lab.known(urlhausName, kind, host)
	urls := v.under(r, host)
	if ok && fate.bad() && len(urls) == 0 {
		entry := v.entry(r, "http://"+host+"/", fate)
		if fate.Verdict == "suspicious" {
			entry["url_status"], entry["takedown_time_seconds"] = "offline", "3600"
		}
		urls = append(urls, entry)
	}
	if len(urls) == 0 || ok && !fate.bad() {
		v.status(w, "no_results")
		return
	}
	writeJSON(w, http.StatusOK, map[string]any{
		"query_status": "ok", "urlhaus_reference": "https://urlhaus.abuse.ch/host/" + host + "/", "host": host,
		"firstseen": urls[0]["date_added"], "url_count": strconv.Itoa(len(urls)), "blacklists": notListed(), "urls": urls,
	})
}

// under lists the links on a host.
func (v *urlhaus) under(r *http.Request, host string) []map[string]any {
	var out []map[string]any
	known := map[string]opinion{}
	var links []string
	v.lab.world.view(func(e *edit) {
		table := knowledgeTable(urlhausName, urlKind)
		links = e.keys(table)
		for _, link := range links {
			known[link], _ = load[opinion](e, table, link)
		}
	})
	for _, link := range links {
		if u, err := url.Parse(link); err == nil && u.Hostname() == host && known[link].bad() {
			out = append(out, v.entry(r, link, known[link]))
		}
	}
	return out
}

// payload tells about a file, by its MD5 or its SHA-256.
func (v *urlhaus) payload(w http.ResponseWriter, r *http.Request) {
	md5, sha256 := fold(r.PostFormValue("md5_hash")), fold(r.PostFormValue("sha256_hash"))
	hash, length, wrong := sha256, 64, "invalid_sha256_hash"
	if sha256 == "" {
		hash, length, wrong = md5, 32, "invalid_md5_hash"
	}
	if raw, err := hex.DecodeString(hash); err != nil || len(raw)*2 != length {
		v.status(w, wrong)
		return
	}
	o, ok := v.lab.known(urlhausName, fileKind, hash)
	if !ok || !o.bad() {
		v.status(w, "no_results")
		return
	}
	sum := hexSum(hash)
	if len(hash) == 64 {
		md5, sha256 = sum[:32], hash
	} else {
		md5, sha256 = hash, sum
	}
	var signature any
	if o.Family != "" {
		signature = o.Family
	}
	writeJSON(w, http.StatusOK, map[string]any{
		"query_status": "ok", "md5_hash": md5, "sha256_hash": sha256, "file_type": "html", "file_size": "4096", "signature": signature,
		"firstseen": abuseChTime(o.First), "lastseen": abuseChTime(o.Last), "url_count": "0",
		"urlhaus_download": "https://urlhaus-api.abuse.ch/v1/download/" + sha256 + "/",
		"virustotal":       nil, "imphash": nil, "ssdeep": nil, "tlsh": nil, "urls": []map[string]any{},
	})
}
