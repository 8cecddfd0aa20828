package lab

import (
	"fmt"
	"net/http"
	"net/netip"
	"strconv"
	"strings"
	"time"
)

// abuseipdb is the part of AbuseIPDB's API v2 that checks and reports addresses.
//
// Shapes: https://docs.abuseipdb.com/#check-endpoint, #report-endpoint,
// #api-daily-rate-limits and #error-handling.
type abuseipdb struct{ lab *Lab }

// reportTable says when each address was last reported by this account.
const reportTable = "abuseipdb/reports"

func (*abuseipdb) name() string { return abuseipdbName }

func (v *abuseipdb) handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /api/v2/check", v.check)
	mux.HandleFunc("POST /api/v2/report", v.report)
	mux.HandleFunc("/", func(w http.ResponseWriter, _ *http.Request) { v.refuse(w, http.StatusNotFound) })
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !same(r.Header.Get("Key"), v.lab.secret(abuseipdbName, "api_key")) {
			v.refuse(w, http.StatusUnauthorized)
			return
		}
		mux.ServeHTTP(w, r)
	})
}

// fail refuses as a document of JSON:API. parameter may be empty.
func (*abuseipdb) fail(w http.ResponseWriter, status int, detail, parameter string) {
	problem := map[string]any{"detail": detail, "status": status}
	if parameter != "" {
		problem["source"] = map[string]any{"parameter": parameter}
	}
	writeJSON(w, status, map[string]any{"errors": []any{problem}})
}

func (v *abuseipdb) refuse(w http.ResponseWriter, status int) {
	switch status {
	case http.StatusUnauthorized:
		v.fail(w, status, "Authentication failed. Your API key is either missing, incorrect, or revoked.", "")
	case http.StatusTooManyRequests:
		v.fail(w, status, "Daily rate limit of 1000 requests exceeded for this endpoint. See headers for additional details.", "")
	default:
		v.fail(w, status, http.StatusText(status), "")
	}
}

// check tells what others reported of an address.
func (v *abuseipdb) check(w http.ResponseWriter, r *http.Request) {
	address, err := netip.ParseAddr(r.URL.Query().Get("ipAddress"))
	if err != nil {
		v.fail(w, http.StatusUnprocessableEntity, "The ip address must be a valid IPv4 or IPv6 address.", "ipAddress")
		return
	}
	days, err := strconv.Atoi(orElse(r.URL.Query().Get("maxAgeInDays"), "30"))
	if err != nil || days < 1 || days > 365 {
		v.fail(w, http.StatusUnprocessableEntity, "The max age in days must be between 1 and 365.", "maxAgeInDays")
		return
	}
	o, ok := v.lab.known(abuseipdbName, ipKind, address.String())
	version, score, reports := 4, 0, 0
	if address.Is6() {
		version = 6
	}
	var last, listed any
	if ok {
		listed = o.Verdict == "benign"
	}
	if o.bad() && v.lab.now(r).Sub(o.Last) <= time.Duration(days)*24*time.Hour {
		score, reports, last = 100, 57, o.Last.UTC().Truncate(time.Second).Format("2006-01-02T15:04:05+00:00")
		if o.Verdict == "suspicious" {
			score, reports = 40, 3
		}
	}
	writeJSON(w, http.StatusOK, map[string]any{"data": map[string]any{
		"ipAddress": address.String(), "isPublic": !address.IsPrivate() && !address.IsLoopback(), "ipVersion": version,
		"isWhitelisted": listed, "abuseConfidenceScore": score, "countryCode": nil, "usageType": "Data Center/Web Hosting/Transit",
		"isp": "Documentation Network", "domain": "example.com", "hostnames": []string{}, "isTor": false,
		"totalReports": reports, "numDistinctUsers": min(reports, 12), "lastReportedAt": last,
	}})
}

// report takes a report. The same account may report an address once in 15 minutes.
func (v *abuseipdb) report(w http.ResponseWriter, r *http.Request) {
	address, err := netip.ParseAddr(r.PostFormValue("ip"))
	if err != nil {
		v.fail(w, http.StatusUnprocessableEntity, "The ip must be a valid IPv4 or IPv6 address.", "ip")
		return
	}
	categories := strings.Split(r.PostFormValue("categories"), ",")
	for _, c := range categories {
		if n, err := strconv.Atoi(c); err != nil || n < 1 || n > 23 {
			v.fail(w, http.StatusUnprocessableEntity, "The categories must be numbers of categories.", "categories")
			return
		}
	}
	var wait time.Duration
	journaled := v.lab.change(w, r, v, func(e *edit) {
		last, ok := load[time.Time](e, reportTable, address.String())
		if wait = 15*time.Minute - e.line.At.Sub(last); ok && wait > 0 {
			return
		}
		wait = 0
		e.put(reportTable, address.String(), e.line.At)
		e.happen(happened{Vendor: abuseipdbName, Action: "address.report", Target: address.String(), Key: strings.Join(categories, ","), Changed: true})
	})
	switch {
	case !journaled:
	case wait > 0:
		w.Header().Set("Retry-After", strconv.Itoa(int(wait.Seconds())+1))
		v.fail(w, http.StatusTooManyRequests, fmt.Sprintf("You can only report the same IP address (`%s`) once in 15 minutes.", address), "ip")
	default:
		writeJSON(w, http.StatusOK, map[string]any{"data": map[string]any{"ipAddress": address.String(), "abuseConfidenceScore": 52}})
	}
}
