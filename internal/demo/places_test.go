package demo

import (
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/harrier-soar/harrier/internal/lab"
)

// place is a request that a fault is put on.
type place struct {
	name, vendor, method, path string
	// field is one of the answer that a drifting vendor renames.
	field string
	// must tells that the request changes something.
	must bool
}

// places are the requests of each sort that the story makes to each vendor that
// it calls. The ticket system and the hosts' protection are not among them.
func places() []place {
	return []place{
		{name: "token", vendor: "entra", field: "access_token"},
		{name: "person", vendor: "msgraph", method: "GET", path: "/transitiveMemberOf", field: "value"},
		{name: "people", vendor: "msgraph", method: "GET", path: `/v1.0/users\?`, field: "value"},
		{name: "search", vendor: "msgraph", method: "GET", path: `/messages\?`, field: "value"},
		{name: "clicks", vendor: "msgraph", method: "POST", path: "runHuntingQuery", field: "results"},
		{name: "copy", vendor: "msgraph", method: "GET", path: `/messages/`, field: "parentFolderId"},
		{name: "rules", vendor: "msgraph", method: "GET", path: "messageRules", field: "value"},
		{name: "move", vendor: "msgraph", method: "POST", path: "/move$", field: "id", must: true},
		{name: "send", vendor: "msgraph", method: "POST", path: "/sendMail$", field: "id", must: true},
		{name: "expire", vendor: "msgraph", method: "PATCH", path: "/users/[^/]+$", field: "id", must: true},
		{name: "revoke", vendor: "msgraph", method: "POST", path: "revokeSignInSessions", field: "value", must: true},
		{name: "rule", vendor: "msgraph", method: "PATCH", path: "messageRules/", field: "id", must: true},
		{name: "factor", vendor: "msgraph", method: "DELETE", path: "authentication/", field: "id", must: true},
		{name: "intel", vendor: "virustotal", field: "data"},
		{name: "malware", vendor: "urlhaus", field: "query_status"},
		{name: "indicators", vendor: "threatfox", field: "query_status"},
		{name: "addresses", vendor: "abuseipdb", field: "data"},
		{name: "scans", vendor: "urlscan", field: "results"},
		{name: "overrides", vendor: "opnsense", method: "GET", path: "search_host_override", field: "rows"},
		{name: "override", vendor: "opnsense", method: "POST", path: "add_host_override", field: "uuid", must: true},
		{name: "reconfigure", vendor: "opnsense", method: "POST", path: "reconfigure", field: "status", must: true},
		{name: "login", vendor: "mimecast", method: "POST", path: "/oauth/token", field: "access_token"},
		{name: "policies", vendor: "mimecast", method: "POST", path: "get-policy", field: "data"},
		{name: "policy", vendor: "mimecast", method: "POST", path: "create-policy", field: "data", must: true},
		{name: "links", vendor: "mimecast", method: "POST", path: "get-all-managed-urls", field: "data"},
		{name: "link", vendor: "mimecast", method: "POST", path: "create-managed-url", field: "data", must: true},
		{name: "post", vendor: "slack", method: "POST", path: "postMessage", field: "ts", must: true},
	}
}

// hit is a fault of a kind at a place: once, or count times, or from then on where that is -1.
type hit struct {
	place
	kind  lab.Kind
	count int
}

// rule is the hit as the lab takes it.
func (h hit) rule() lab.Rule {
	return lab.Rule{
		Method: h.method, Path: h.path, Kind: h.kind, Count: h.count, RetryAfter: 2 * time.Second, Delay: 20 * time.Millisecond, Skew: 3 * time.Hour,
		From: h.field, To: "renamed",
	}
}

// trouble is what goes wrong in one story.
type trouble []hit

func (t trouble) String() string {
	var names []string
	for _, h := range t {
		name := h.name + "/" + string(h.kind)
		if h.count < 0 {
			name = h.vendor + " down by " + string(h.kind)
		}
		names = append(names, name)
	}
	return strings.Join(names, " and ")
}

// singles are every fault at every place.
func singles() (list []trouble) {
	for _, p := range places() {
		for _, kind := range lab.Kinds() {
			list = append(list, trouble{{p, kind, 1}})
		}
	}
	return list
}

// pairs are every two faults at two vendors: tens of thousands.
func pairs() (list []trouble) {
	all := singles()
	for i, a := range all {
		for _, b := range all[i+1:] {
			if a[0].vendor != b[0].vendor {
				list = append(list, trouble{a[0], b[0]})
			}
		}
	}
	return list
}

// outages are vendors that are down for the whole story, alone and in pairs.
func outages() (list []trouble) {
	var vendors []string
	for _, p := range places() {
		if !slices.Contains(vendors, p.vendor) {
			vendors = append(vendors, p.vendor)
		}
	}
	down := func(vendor string, kind lab.Kind) hit { return hit{place{vendor: vendor}, kind, -1} }
	for i, vendor := range vendors {
		for _, kind := range []lab.Kind{lab.Unavailable, lab.Unauthorized, lab.ResetBefore, lab.Limited} {
			list = append(list, trouble{down(vendor, kind)})
		}
		for _, other := range vendors[i+1:] {
			list = append(list, trouble{down(vendor, lab.Unavailable), down(other, lab.Unavailable)})
		}
	}
	return list
}

// chosen are the troubles that are tried: HARRIER_ROUND takes others of them, and
// with HARRIER_FULL=1 all single faults and outages are, and HARRIER_PAIRS pairs.
func chosen(t *testing.T) (list []trouble) {
	t.Helper()
	round := uint64(numberFrom("HARRIER_ROUND", 0))
	chance := rand.New(rand.NewPCG(round, 3))
	take := func(from []trouble, n int) {
		chance.Shuffle(len(from), func(i, j int) { from[i], from[j] = from[j], from[i] })
		list = append(list, from[:min(n, len(from))]...)
	}
	switch {
	case os.Getenv("HARRIER_FULL") == "1":
		take(singles(), numberFrom("HARRIER_SINGLES", 1000))
		take(outages(), numberFrom("HARRIER_OUTAGES", 1000))
		take(pairs(), numberFrom("HARRIER_PAIRS", 200))
	case testing.Short():
		take(lost(), 4)
		take(pairs(), 2)
	default: // a lost answer wherever something is changed, and some of the rest
		take(lost(), 100)
		take(singles(), 6)
		take(outages(), 3)
		take(pairs(), 5)
	}
	return list
}

// lost are the answers to a change that are lost, so that nobody knows.
func lost() []trouble {
	return slices.DeleteFunc(singles(), func(t trouble) bool { return !t[0].must || t[0].kind != lab.ExecutedThenReset })
}

// numberFrom is the number that an environment variable gives.
func numberFrom(name string, def int) int {
	if n, err := strconv.Atoi(os.Getenv(name)); err == nil && n >= 0 {
		return n
	}
	return def
}

// outcomes are how many stories ended how, and how long those took that ended well.
type outcomes struct {
	contained, waiting, failed int
	took                       []time.Duration
}

// at is the time within which a share of the contained stories was told.
func (o outcomes) at(share float64) time.Duration {
	if len(o.took) == 0 {
		return 0
	}
	slices.Sort(o.took)
	return o.took[min(int(share*float64(len(o.took))), len(o.took)-1)]
}

func (o outcomes) String() string {
	return fmt.Sprintf("%d stories: %d contained, %d waiting for a person, %d failed and said so; contained p50 %s, p95 %s, at most %s",
		o.contained+o.waiting+o.failed, o.contained, o.waiting, o.failed, o.at(0.5).Round(time.Millisecond), o.at(0.95).Round(time.Millisecond), o.at(1).Round(time.Millisecond))
}
