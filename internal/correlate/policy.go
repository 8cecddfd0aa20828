package correlate

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/harrier-soar/harrier"
)

// Kind says what sharing a thing of a type means.
type Kind struct {
	// Window is how far apart in time the events may be.
	Window time.Duration
	// Weight is what it adds.
	Weight float64
	// Frequent is in how many alerts within the window it may be and still say something.
	Frequent int
}

// Policy says what makes alerts one case.
type Policy struct {
	// Kinds are the types of entities and observables that count.
	Kinds map[string]Kind
	// Threshold is the weight from which a case attracts.
	Threshold float64
	// Malicious is by what the weight of a malicious observable is multiplied.
	Malicious float64
	// MaxAlerts and MaxSpan bound a case.
	MaxAlerts int
	MaxSpan   time.Duration
	// Tags of the inventory mark entities that everybody shares.
	Tags []string
	// Stop lists further values by type that everybody shares.
	Stop map[string][]string
}

// DefaultPolicy is what holds where nothing is declared.
func DefaultPolicy() Policy {
	const day = 24 * time.Hour
	return Policy{
		Kinds: map[string]Kind{
			"host": {day, 3, 500}, "user": {day, 3, 500}, "mailbox": {day, 3, 500}, "resource": {day, 3, 500}, "address": {day, 2, 200},
			"hash": {30 * day, 4, 100}, "url": {7 * day, 3, 100}, "domain": {7 * day, 3, 100}, "ip": {day, 3, 100},
			"email": {7 * day, 2, 100}, "cve": {7 * day, 1, 100},
		},
		Threshold: 3, Malicious: 1.5, MaxAlerts: 200, MaxSpan: 30 * day,
		Tags: []string{"nat", "proxy", "dc", "resolver", "scanner"},
		Stop: map[string][]string{
			"user": {"system", "root", "administrator", "local service", "network service", "anonymous logon", "nobody", "guest", "-"},
			"host": {"localhost", "-"},
			"ip":   {"127.0.0.1", "::1", "0.0.0.0", "::", "255.255.255.255"},
		},
	}
}

// Check says all that is wrong with a policy.
func (p Policy) Check() error {
	var wrong []string
	for _, name := range slices.Sorted(maps.Keys(p.Kinds)) {
		k := p.Kinds[name]
		if k.Window < time.Minute || k.Window > 365*24*time.Hour {
			wrong = append(wrong, fmt.Sprintf("kinds.%s.window must be a minute at least and a year at most", name))
		}
		if k.Weight <= 0 || k.Weight > 100 {
			wrong = append(wrong, fmt.Sprintf("kinds.%s.weight must be above 0 and at most 100", name))
		}
		if k.Frequent < 1 || k.Frequent > 10_000 {
			wrong = append(wrong, fmt.Sprintf("kinds.%s.frequent must be 1 to 10000", name))
		}
	}
	if p.Threshold <= 0 {
		wrong = append(wrong, "threshold must be above 0")
	}
	if p.Malicious < 1 || p.Malicious > 10 {
		wrong = append(wrong, "malicious must be 1 to 10")
	}
	if p.MaxAlerts < 1 || p.MaxAlerts > 10_000 {
		wrong = append(wrong, "max_alerts must be 1 to 10000")
	}
	if p.MaxSpan < time.Hour {
		wrong = append(wrong, "max_span must be an hour at least")
	}
	if len(wrong) > 0 {
		return harrier.Errorf(harrier.Invalid, "the policy of correlation: %s", strings.Join(wrong, "; "))
	}
	return nil
}

// widest is the longest window.
func (p Policy) widest() (w time.Duration) {
	for _, k := range p.Kinds {
		w = max(w, k.Window)
	}
	return w
}
