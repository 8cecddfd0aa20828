package lab

import (
	"encoding/json"
	"net/http"
	"net/netip"
	"strings"
)

// threatfox is the part of ThreatFox' API that searches. It lists indicators
// of malware and nothing else.
//
// Shapes: https://threatfox.abuse.ch/api/ (search an IOC, search for IOCs by
// file hash).
type threatfox struct{ lab *Lab }

func (*threatfox) name() string { return threatfoxName }

func (v *threatfox) handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("POST /api/v1/", v.query)
	mux.HandleFunc("/", func(w http.ResponseWriter, _ *http.Request) { v.refuse(w, http.StatusNotFound) })
	return v.lab.authKey(v, mux)
}

func (*threatfox) refuse(w http.ResponseWriter, status int) { refuseAbuseCh(w, status) }

// question is what the one endpoint is asked.
type question struct {
	Query string `json:"query"`
	Term  string `json:"search_term"`
	Exact bool   `json:"exact_match"`
	Hash  string `json:"hash"`
}

func (v *threatfox) query(w http.ResponseWriter, r *http.Request) {
	var q question
	if json.NewDecoder(r.Body).Decode(&q) != nil {
		writeJSON(w, http.StatusOK, map[string]any{"query_status": "illegal_json"})
		return
	}
	var found []map[string]any
	switch {
	case q.Query == "search_ioc" && q.Term == "":
		writeJSON(w, http.StatusOK, map[string]any{"query_status": "illegal_search_term", "data": "The search term you have provided is not valid"})
		return
	case q.Query == "search_ioc":
		found = v.search(q)
	case q.Query == "search_hash" && !hashForm.MatchString(fold(q.Hash)):
		writeJSON(w, http.StatusOK, map[string]any{"query_status": "illegal_hash", "data": "The hash you have provided is not valid"})
		return
	case q.Query != "search_hash": // of a sample the lab knows what it is, not what it talks to
		writeJSON(w, http.StatusOK, map[string]any{"query_status": "unknown_operation"})
		return
	}
	if len(found) == 0 {
		writeJSON(w, http.StatusOK, map[string]any{"query_status": "no_result", "data": "Your search did not yield any results"})
		return
	}
	writeJSON(w, http.StatusOK, map[string]any{"query_status": "ok", "data": found})
}

// search lists the indicators that are the term, or that hold it.
func (v *threatfox) search(q question) []map[string]any {
	var out []map[string]any
	v.lab.world.view(func(e *edit) {
		for _, kind := range []string{ipKind, domainKind, urlKind, fileKind} {
			table := knowledgeTable(threatfoxName, kind)
			for _, value := range e.keys(table) {
				o, _ := load[opinion](e, table, value)
				ioc := indicatorOf(kind, value)
				if o.bad() && (strings.EqualFold(ioc.text, q.Term) || !q.Exact && strings.Contains(ioc.text, strings.ToLower(q.Term))) {
					out = append(out, ioc.wire(o))
				}
			}
		}
	})
	return out
}

// indicator is a thing as the service lists it.
type indicator struct{ text, kind, threat string }

// indicatorOf returns how a thing is listed: an address has a port there.
func indicatorOf(kind, value string) indicator {
	switch kind {
	case ipKind:
		if a, err := netip.ParseAddr(value); err == nil && a.Is6() {
			return indicator{"[" + value + "]:443", "ip:port", "botnet_cc"}
		}
		return indicator{value + ":443", "ip:port", "botnet_cc"}
	case domainKind:
		return indicator{value, "domain", "botnet_cc"}
	case urlKind:
		return indicator{value, "url", "payload_delivery"}
	}
	sort := map[int]string{32: "md5_hash", 40: "sha1_hash", 64: "sha256_hash"}[len(value)]
	return indicator{value, sort, "payload"}
}

func (i indicator) wire(o opinion) map[string]any {
	confidence := 100
	if o.Verdict == "suspicious" {
		confidence = 50
	}
	family := orElse(o.Family, "Unknown malware")
	label := "unknown"
	if o.Family != "" {
		label = "win." + strings.ReplaceAll(strings.ToLower(o.Family), " ", "_")
	}
	return map[string]any{
		"id": abuseChID(i.text), "ioc": i.text, "threat_type": i.threat, "threat_type_desc": "Indicator of the lab",
		"ioc_type": i.kind, "ioc_type_desc": "Indicator of the lab", "malware": label, "malware_printable": family,
		"malware_alias": nil, "malware_malpedia": "https://malpedia.caad.fkie.fraunhofer.de/details/" + label,
		"confidence_level": confidence, "first_seen": abuseChTime(o.First), "last_seen": abuseChTime(o.Last),
		"reporter": "lab", "reference": nil, "tags": nil, "malware_samples": []any{},
	}
}
