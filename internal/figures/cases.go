package figures

import (
	"math"
	"slices"
	"strings"
	"time"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/casework"
)

// Case is what figures look at of a case.
type Case struct {
	Category, Severity, Status, Disposition string
	Owner                                   harrier.Person
	Opened                                  time.Time
	Times                                   casework.Times
}

// Sample is what was looked at: all there is, or a part of it that was chosen by
// chance.
type Sample[T any] struct {
	Rows []T
	// Weight is for how many each stands; 1 where these are all.
	Weight float64
}

// Estimated tells that the rows are a part.
func (s Sample[T]) Estimated() bool { return s.Weight != 1 }

// count is for how many some rows stand.
func (s Sample[T]) count(n int) int64 { return int64(math.Round(float64(n) * s.Weight)) }

// Spread is how long something took, in seconds. The 50th and the 90th
// percentile are times that were measured: half, or nine of ten, took no longer.
type Spread struct {
	Count               int64
	Mean, Median, Ninth int64
}

// CaseFigures are the figures of some cases.
type CaseFigures struct {
	// Key is what they have in common, and Name how people call that.
	Key, Name      string
	Opened, Closed int64
	// Dispositions counts the closed ones by what they were.
	Dispositions map[string]int64
	// Times are by name: detect, triage, acknowledge, qualify, resolve, contain, dwell.
	Times map[string]Spread
}

// OfCases returns the figures of all cases and of those that have something in
// common. Days and weeks in which no case was opened are there too.
func OfCases(s Sample[Case], w Window, by string) (all CaseFigures, groups []CaseFigures) {
	all = ofCases(s, s.Rows, "", "")
	apart := map[string][]Case{}
	names := map[string]string{}
	for _, c := range s.Rows {
		key, name := c.key(w, by)
		apart[key] = append(apart[key], c)
		names[key] = name
	}
	for _, key := range keysOf(apart, w, by) {
		groups = append(groups, ofCases(s, apart[key], key, names[key]))
	}
	return all, groups
}

// key is what a case has in common with others.
func (c Case) key(w Window, by string) (key, name string) {
	switch by {
	case "severity":
		return c.Severity, c.Severity
	case "owner":
		if c.Owner.ID.IsZero() {
			return "", "nobody"
		}
		return c.Owner.ID.String(), c.Owner.Name
	case "disposition":
		return c.Disposition, c.Disposition
	case "day":
		return w.day(c.Opened), w.day(c.Opened)
	case "week":
		return w.week(c.Opened), w.week(c.Opened)
	}
	return c.Category, c.Category
}

// keysOf are the keys in the order of people: days as they come, what is worst
// first, and else what there is most of.
func keysOf[T any](apart map[string][]T, w Window, by string) []string {
	switch by {
	case "day":
		return w.parts(w.day)
	case "week":
		return w.parts(w.week)
	}
	keys := make([]string, 0, len(apart))
	for key := range apart {
		keys = append(keys, key)
	}
	order := []string{"critical", "high", "medium", "low", "info"}
	slices.SortFunc(keys, func(a, b string) int {
		if by == "severity" {
			return slices.Index(order, a) - slices.Index(order, b)
		}
		if n := len(apart[b]) - len(apart[a]); n != 0 {
			return n
		}
		return strings.Compare(a, b)
	})
	return keys
}

func ofCases(s Sample[Case], rows []Case, key, name string) CaseFigures {
	f := CaseFigures{Key: key, Name: name, Opened: s.count(len(rows)), Dispositions: map[string]int64{}, Times: map[string]Spread{}}
	closed := 0
	was := map[string]int{}
	took := map[string][]int64{}
	for _, c := range rows {
		if c.Status == casework.Closed {
			closed++
			was[c.Disposition]++
		}
		for name, t := range named(c.Times) {
			if t != nil {
				took[name] = append(took[name], *t)
			}
		}
	}
	f.Closed = s.count(closed)
	for disposition, n := range was {
		f.Dispositions[disposition] = s.count(n)
	}
	for name, list := range took {
		f.Times[name] = spread(list, s.count(len(list)))
	}
	return f
}

// named are times by their names.
func named(t casework.Times) map[string]*int64 {
	return map[string]*int64{
		"detect": t.Detect, "triage": t.Triage, "acknowledge": t.Acknowledge, "qualify": t.Qualify, "resolve": t.Resolve, "contain": t.Contain, "dwell": t.Dwell,
	}
}

// spread sums times up. They stand for count cases.
func spread(took []int64, count int64) Spread {
	slices.Sort(took)
	var sum float64
	for _, t := range took {
		sum += float64(t)
	}
	return Spread{count, int64(math.Round(sum / float64(len(took)))), percentile(took, 50), percentile(took, 90)}
}

// percentile is the least of sorted times that so many of a hundred do not exceed.
func percentile(sorted []int64, p int) int64 {
	return sorted[(len(sorted)*p+99)/100-1]
}
