package lab

import (
	"math/rand/v2"
	"net/http"
	"regexp"
	"slices"
	"sync"
	"time"

	"github.com/harrier-soar/harrier"
)

// Kind is a way for a vendor to misbehave.
type Kind string

// The kinds of faults.
const (
	// Unauthorized refuses the credential with 401.
	Unauthorized Kind = "unauthorized401"
	// Forbidden refuses the rights with 403.
	Forbidden Kind = "forbidden403"
	// Limited answers 429 with Retry-After and does nothing.
	Limited Kind = "limited429"
	// Failing answers 500 and does nothing.
	Failing Kind = "error500"
	// Unavailable answers 503 and does nothing.
	Unavailable Kind = "unavailable503"
	// Slow answers truly, after Delay.
	Slow Kind = "slow"
	// Truncated carries the request out and cuts the answer in half.
	Truncated Kind = "truncated"
	// ExecutedThenError carries the request out and answers 500.
	ExecutedThenError Kind = "executed_then_error"
	// ExecutedThenReset carries the request out and resets the connection.
	ExecutedThenReset Kind = "executed_then_reset"
	// ResetBefore resets the connection and does nothing.
	ResetBefore Kind = "reset_before"
	// Duplicate carries the request out twice and answers once, as a proxy that
	// repeats on its own does.
	Duplicate Kind = "duplicate"
	// Stale carries the request out and gives the answer of the one before.
	Stale Kind = "stale"
	// Drift carries the request out and renames a field of the answer.
	Drift Kind = "drift"
	// Empty answers 200 without a body and does nothing.
	Empty Kind = "empty200"
	// ClockSkew carries the request out by a clock that is wrong by Skew.
	ClockSkew Kind = "clock_skew"
)

// Kinds lists every kind of fault.
func Kinds() []Kind {
	return []Kind{Unauthorized, Forbidden, Limited, Failing, Unavailable, Slow, Truncated, ExecutedThenError,
		ExecutedThenReset, ResetBefore, Duplicate, Stale, Drift, Empty, ClockSkew}
}

// Rule says which requests meet a fault.
type Rule struct {
	// Method is matched exactly; empty matches every method.
	Method string
	// Path is a regular expression over the path with its query; empty matches all.
	Path string
	// Nth is the first matching request that meets the fault, from 1, which it
	// is where it is 0.
	Nth int
	// Count is how many requests meet it: 1 where it is 0, all where it is -1.
	// With a Probability 0 means all too.
	Count int
	// Probability, where it is not 0, lets chance decide for each request.
	Probability float64

	Kind Kind
	// RetryAfter is sent with 429 and 503 where it is not 0.
	RetryAfter time.Duration
	// Delay is how long a slow answer takes.
	Delay time.Duration
	// Skew is how wrong the clock is.
	Skew time.Duration
	// From and To are the old and the new name of a drifting field.
	From, To string
}

// faults are the rules in force.
type faults struct {
	mu     sync.Mutex // guards everything below
	chance *rand.Rand
	seed   uint64
	rules  []*armed
}

// armed is a rule and how often it was met.
type armed struct {
	Rule
	vendor string
	path   *regexp.Regexp
	seen   int
	fired  int
}

func newFaults(seed uint64) *faults {
	f := &faults{seed: seed}
	f.clear()
	return f
}

// Fault adds a rule for a vendor. Rules are asked in the order in which they
// were added; the first that fires decides. A wrong rule is Invalid.
func (l *Lab) Fault(vendor string, rule Rule) error {
	if !slices.Contains(l.Vendors(), vendor) {
		return harrier.Errorf(harrier.Invalid, "the lab has no vendor %q; it has %v", vendor, l.Vendors())
	}
	if !slices.Contains(Kinds(), rule.Kind) {
		return harrier.Errorf(harrier.Invalid, "%q is not a kind of fault; there are %v", rule.Kind, Kinds())
	}
	if rule.Kind == Drift && rule.From == "" {
		return harrier.Errorf(harrier.Invalid, "drift renames a field: say which one in From")
	}
	if rule.Probability < 0 || rule.Probability > 1 || rule.Nth < 0 || rule.Count < -1 {
		return harrier.Errorf(harrier.Invalid, "a fault needs a probability from 0 to 1, Nth of at least 0 and Count of at least -1")
	}
	path, err := regexp.Compile(rule.Path)
	if err != nil {
		return harrier.Errorf(harrier.Invalid, "the path of a fault is a regular expression: %w", err)
	}
	l.faults.add(&armed{Rule: rule, vendor: vendor, path: path})
	return nil
}

// ClearFaults removes every rule.
func (l *Lab) ClearFaults() { l.faults.clear() }

func (f *faults) add(a *armed) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.rules = append(f.rules, a)
}

func (f *faults) clear() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.rules = nil
	f.chance = rand.New(rand.NewPCG(f.seed, 0))
}

// pick returns the rule that the request meets, or nil.
func (f *faults) pick(vendor string, r *http.Request) *Rule {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, a := range f.rules {
		if a.vendor != vendor || a.Method != "" && a.Method != r.Method || !a.path.MatchString(r.URL.RequestURI()) {
			continue
		}
		if a.fires(f.chance) {
			rule := a.Rule
			return &rule
		}
	}
	return nil
}

// fires counts a matching request and decides about it.
func (a *armed) fires(chance *rand.Rand) bool {
	a.seen++
	count := a.Count
	if count == 0 && a.Probability == 0 {
		count = 1
	}
	switch {
	case a.seen < a.Nth:
		return false
	case count > 0 && a.fired >= count:
		return false
	case a.Probability > 0 && chance.Float64() >= a.Probability:
		return false
	}
	a.fired++
	return true
}
