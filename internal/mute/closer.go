package mute

import (
	"cmp"
	"math"
	"time"

	"github.com/harrier-soar/harrier"
)

// Closing is what a rule that closes alerts by itself declares.
type Closing struct {
	Rule string
	// Owner answers for the rule, and reviews none of what it closes.
	Owner string
	// Until is when it ends; a rule without an end closes nothing.
	Until time.Time
	// Threshold is how precise it must be proven to be; zero is 0.95.
	Threshold float64
	// MinReviews is how many decisions there must be before it is measured by
	// their lower bound; zero is the fewest that can prove the threshold.
	MinReviews int
	// Sample is the part that is reviewed, zero is 0.05; MinSample is how many
	// are in 30 days at least, zero is 10.
	Sample    float64
	MinSample int
}

const (
	defaultThreshold = 0.95
	defaultSample    = 0.05
	defaultMinSample = 10
	samplePeriod     = 30 * 24 * time.Hour
	// z is the quantile of the normal distribution for 95 %.
	z = 1.959963984540054
)

// withDefaults fills what was not declared, and holds the rest to its bounds.
func (c Closing) withDefaults() Closing {
	c.Threshold = min(max(cmp.Or(c.Threshold, defaultThreshold), 0.5), 0.999)
	c.Sample = min(max(cmp.Or(c.Sample, defaultSample), 0.01), 1)
	c.MinSample = max(cmp.Or(c.MinSample, defaultMinSample), 1)
	if c.MinReviews <= 0 {
		c.MinReviews = int(math.Ceil(z * z * c.Threshold / (1 - c.Threshold)))
	}
	return c
}

// Wilson returns the bounds of Wilson's interval for 95 %: how good something
// is at least, and at most, of which n were tried and good were good.
func Wilson(good, n int) (lower, upper float64) {
	if n <= 0 {
		return 0, 1
	}
	p, m := float64(good)/float64(n), float64(n)
	centre := (p + z*z/(2*m)) / (1 + z*z/m)
	half := z / (1 + z*z/m) * math.Sqrt(p*(1-p)/m+z*z/(4*m*m))
	return max(0, centre-half), min(1, centre+half)
}

// Closer is what is known of a rule that closes alerts by itself.
type Closer struct {
	Tenant harrier.TenantID
	Closing
	// Closed counts what it closed, from First to Last.
	Closed      int64
	First, Last time.Time
	// SuspendedAt is when it suspended itself, or somebody did; Why says why.
	SuspendedAt time.Time
	Why         string
	// CountsFrom is from when on reviews count.
	CountsFrom time.Time
	// Reviewed counts decisions that count, and Agreed those that found what
	// it closed harmless.
	Reviewed, Agreed int
}

// Precision returns the bounds of how often the rule is right.
func (c Closer) Precision() (lower, upper float64) { return Wilson(c.Agreed, c.Reviewed) }

// fails says why a rule must close nothing more, if it must not.
func (c Closer) fails() (why string, failing bool) {
	lower, upper := c.Precision()
	switch {
	case upper < c.Threshold:
		return percent(c.Agreed, c.Reviewed) + "; with 95 % confidence it is right less often than " + rate(c.Threshold), true
	case c.Reviewed >= c.MinReviews && lower < c.Threshold:
		return percent(c.Agreed, c.Reviewed) + "; with 95 % confidence it is right " + rate(lower) + " of the time at least, and " + rate(c.Threshold) + " is wanted", true
	}
	return "", false
}

// sampled reports by a hash whether an alert is reviewed that a rule closed.
// Nobody who closes can choose the id of an alert.
func (c Closing) sampled(tenant harrier.TenantID, alert harrier.AlertID) bool {
	id := harrier.DeriveID[harrier.ReviewID]("sample", tenant.String(), c.Rule, alert.String())
	var n uint64
	for _, b := range id[:6] { // before the bits of the version
		n = n<<8 | uint64(b)
	}
	return float64(n) < c.Sample*float64(uint64(1)<<48)
}
