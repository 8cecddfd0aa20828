package risk

import (
	"math"
	"strings"
	"time"

	"github.com/harrier-soar/harrier"
)

// Policy says how contributions add up.
type Policy struct {
	// HalfLife is after how long a contribution counts half; 1 to 90 days.
	HalfLife time.Duration
	// Threshold opens a case, and Release is below which it may be crossed again.
	Threshold, Release float64
	// PerRule caps what one rule contributes.
	PerRule float64
	// PerTactic and PerSource are what each further distinct one adds to the
	// factor, up to MaxFactor.
	PerTactic, PerSource, MaxFactor float64
	// Full is how much a tactic or a source must have contributed to count as
	// one; below, it counts in proportion.
	Full float64
	// Again is the part of the threshold that must come after a case was
	// closed before there is another.
	Again float64
}

// DefaultPolicy is what holds where nothing is declared.
func DefaultPolicy() Policy {
	return Policy{
		HalfLife: 7 * day, Threshold: 100, Release: 60, PerRule: 40,
		PerTactic: 0.25, PerSource: 0.25, MaxFactor: 2.5, Full: 5, Again: 0.5,
	}
}

const (
	day = 24 * time.Hour
	// memory is how many half-lives a contribution is remembered.
	memory = 10
)

// Check says all that is wrong with a policy.
func (p Policy) Check() error {
	var wrong []string
	must := func(ok bool, text string) {
		if !ok {
			wrong = append(wrong, text)
		}
	}
	must(p.HalfLife >= day && p.HalfLife <= 90*day, "half_life must be 1 to 90 days")
	must(p.Threshold > 0 && p.Threshold <= 1e6, "threshold must be above 0")
	must(p.Release > 0 && p.Release < p.Threshold, "release must be above 0 and below the threshold, or cases open and end in turn")
	must(p.PerRule > 0, "per_rule must be above 0")
	must(p.PerTactic >= 0 && p.PerSource >= 0, "per_tactic and per_source must not be below 0")
	must(p.MaxFactor >= 1 && p.MaxFactor <= 10, "max_factor must be 1 to 10")
	must(p.Full > 0, "full must be above 0")
	must(p.Again > 0 && p.Again <= 10, "again must be above 0 and at most 10")
	if len(wrong) > 0 {
		return harrier.Errorf(harrier.Invalid, "the policy of risk: %s", strings.Join(wrong, "; "))
	}
	return nil
}

// left is the part of a contribution that is left after a time.
func (p Policy) left(age time.Duration) float64 {
	return math.Exp2(-max(age, 0).Hours() / p.HalfLife.Hours())
}

// since is the first day that counts at a time.
func (p Policy) since(now time.Time) int64 { return dayOf(now.Add(-memory * p.HalfLife)) }

// Day is what one rule contributed to an entity on a day, from one source with
// the same tactics.
type Day struct {
	Day     int64
	Rule    string
	Source  harrier.SourceID
	Tactics string
	Score   float64
	// Moment is the sum of each score times its seconds into the day.
	Moment float64
}

// dayOf is the day of a time, in UTC.
func dayOf(t time.Time) int64 { return int64(math.Floor(float64(t.Unix()) / day.Seconds())) }

// when is the mean moment of what was contributed.
func (d Day) when() time.Time {
	start := time.Unix(d.Day*int64(day.Seconds()), 0)
	if d.Score <= 0 {
		return start
	}
	return start.Add(time.Duration(min(max(d.Moment/d.Score, 0), day.Seconds()) * float64(time.Second)))
}

// plus adds a contribution to the sums of days, or takes it away by the sign;
// what is taken from a day that is not there, because it is too long ago, is nothing.
func plus(days []Day, d Day, sign float64) []Day {
	for i, sum := range days {
		if sum.Day == d.Day && sum.Rule == d.Rule && sum.Source == d.Source && sum.Tactics == d.Tactics {
			days[i].Score, days[i].Moment = sum.Score+sign*d.Score, sum.Moment+sign*d.Moment
			return days
		}
	}
	if sign < 0 {
		return days
	}
	return append(days, d)
}

// ruleDay is a rule on a day.
type ruleDay struct {
	rule string
	day  int64
}

// Score is the risk at a time.
func (p Policy) Score(days []Day, now time.Time) float64 {
	sums := map[ruleDay]Day{}
	tactics, sources := map[string]float64{}, map[harrier.SourceID]float64{}
	for _, d := range days {
		k := ruleDay{d.Rule, d.Day}
		sum := sums[k]
		sum.Day, sum.Score, sum.Moment = d.Day, sum.Score+d.Score, sum.Moment+d.Moment
		sums[k] = sum
		level := d.Score * p.left(now.Sub(d.when()))
		sources[d.Source] += level
		for t := range strings.SplitSeq(d.Tactics, ",") {
			if t != "" {
				tactics[t] += level
			}
		}
	}
	rules := map[string]float64{}
	for k, sum := range sums {
		rules[k.rule] += min(sum.Score, p.PerRule) * p.left(now.Sub(sum.when()))
	}
	var total float64
	for _, level := range rules {
		total += min(level, p.PerRule)
	}
	factor := 1 + p.PerTactic*max(0, breadth(tactics, p.Full)-1) + p.PerSource*max(0, breadth(sources, p.Full)-1)
	return max(0, total*min(factor, p.MaxFactor))
}

// breadth counts what contributed enough; what contributed less counts in proportion.
func breadth[K comparable](levels map[K]float64, full float64) (n float64) {
	for _, level := range levels {
		n += min(1, level/full)
	}
	return n
}
