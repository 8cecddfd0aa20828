package lab

import (
	"encoding/json"
	"net/http"
	"strings"
	"time"
)

// elastic is the part of Kibana's API that lists alerts of detection rules.
//
// Shapes: the operations SearchAlerts and ReadPrivileges of
// https://www.elastic.co/docs/api/doc/kibana/group/endpoint-security-detections-api;
// the query is that of Elasticsearch, of which the lab knows bool with filter and
// must_not, range and exists.
type elastic struct{ lab *Lab }

func (*elastic) name() string { return elasticName }

func (v *elastic) handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /api/detection_engine/privileges", v.privileges)
	mux.HandleFunc("POST /api/detection_engine/signals/search", v.search)
	mux.HandleFunc("/", func(w http.ResponseWriter, _ *http.Request) { v.refuse(w, http.StatusNotFound) })
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		key, ok := strings.CutPrefix(r.Header.Get("Authorization"), "ApiKey ")
		switch {
		case !ok || !same(key, v.lab.secret(elasticName, "api_key")):
			v.fail(w, http.StatusUnauthorized, "[security_exception\n\tRoot causes:\n\t\tsecurity_exception: unable to authenticate]: unable to authenticate")
		case r.Method != http.MethodGet && r.Header.Get("kbn-xsrf") == "":
			v.fail(w, http.StatusBadRequest, "Request must contain a kbn-xsrf header.")
		default:
			mux.ServeHTTP(w, r)
		}
	})
}

func (v *elastic) refuse(w http.ResponseWriter, status int) {
	v.fail(w, status, http.StatusText(status))
}

func (*elastic) fail(w http.ResponseWriter, status int, message string) {
	writeJSON(w, status, map[string]any{"statusCode": status, "error": http.StatusText(status), "message": message})
}

func (*elastic) privileges(w http.ResponseWriter, _ *http.Request) {
	writeJSON(w, http.StatusOK, map[string]any{
		"username": "harrier", "has_all_requested": true, "cluster": map[string]any{}, "application": map[string]any{},
		"index": map[string]any{".alerts-security.alerts-default": map[string]any{"read": true}}, "is_authenticated": true, "has_encryption_key": true,
	})
}

// elasticQuery is what the lab knows of a search.
type elasticQuery struct {
	Size  *int `json:"size"`
	Query struct {
		Bool struct {
			Filter []struct {
				Range map[string]struct {
					GTE time.Time `json:"gte"`
					LT  time.Time `json:"lt"`
				} `json:"range"`
			} `json:"filter"`
			MustNot []struct {
				Exists struct {
					Field string `json:"field"`
				} `json:"exists"`
			} `json:"must_not"`
		} `json:"bool"`
	} `json:"query"`
	Sort           []map[string]string `json:"sort"`
	TrackTotalHits bool                `json:"track_total_hits"`
}

// stampField is when an alert was written.
const stampField = "@timestamp"

func (v *elastic) search(w http.ResponseWriter, r *http.Request) {
	var q elasticQuery
	dec := json.NewDecoder(r.Body)
	dec.DisallowUnknownFields()
	if err := dec.Decode(&q); err != nil {
		v.fail(w, http.StatusBadRequest, "[request body]: "+err.Error())
		return
	}
	size := 10
	if q.Size != nil {
		size = *q.Size
	}
	if size < 0 || size > 10_000 {
		v.fail(w, http.StatusBadRequest, "Result window is too large, from + size must be less than or equal to: [10000]")
		return
	}
	hits, total := []map[string]any{}, 0
	for _, a := range v.lab.shown(elasticName, v.lab.now(r)) { // by when they were written, as is asked for
		wanted := true
		for _, f := range q.Query.Bool.Filter {
			span, ok := f.Range[stampField]
			wanted = wanted && ok && !a.At.Before(span.GTE) && (span.LT.IsZero() || a.At.Before(span.LT))
		}
		if !wanted {
			continue
		}
		if total++; len(hits) < size {
			hits = append(hits, a.elastic())
		}
	}
	writeJSON(w, http.StatusOK, map[string]any{
		"took": 3, "timed_out": false, "_shards": map[string]any{"total": 1, "successful": 1, "skipped": 0, "failed": 0},
		"hits": map[string]any{"total": map[string]any{"value": total, "relation": "eq"}, "max_score": nil, "hits": hits},
	})
}

// elastic is the alert as the product writes it.
func (a Alert) elastic() map[string]any {
	at := a.At.UTC().Format("2006-01-02T15:04:05.000Z")
	source := map[string]any{
		stampField: at, "kibana.alert.uuid": a.ID, "kibana.alert.rule.name": a.Title, "kibana.alert.rule.uuid": uuid("rule/" + a.Title),
		"kibana.alert.severity": a.Severity, "kibana.alert.risk_score": map[string]int{"low": 21, "medium": 47, "high": 73, "critical": 99}[a.Severity],
		"kibana.alert.workflow_status": "open", "kibana.alert.status": "active", "kibana.alert.original_time": at,
		"kibana.alert.reason": a.Title + " on " + a.Host, "event": map[string]any{"kind": "signal"},
	}
	if a.Host != "" {
		source["host"] = map[string]any{"name": a.Host}
	}
	if a.User != "" {
		source["user"] = map[string]any{"name": a.User}
	}
	if a.IP != "" {
		source["destination"] = map[string]any{"ip": a.IP}
	}
	return map[string]any{"_index": ".internal.alerts-security.alerts-default-000001", "_id": a.ID, "_score": nil, "_source": source}
}
