package sla

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/harrier-soar/harrier/document"
	"github.com/harrier-soar/harrier/schema"
)

// FileName is the file in the data directory.
const FileName = "sla.yaml"

// Read reads what a team promises. All problems come at once; the policy is not
// to be used where one of them is an error.
func Read(name string, source []byte) (Policy, document.Problems) {
	r := reader{document.Read(name, source)}
	p := Policy{Targets: map[string]Target{}}
	root := r.File.Root
	if root == nil {
		return p, r.Problems
	}
	r.Keys(root, "the file", document.Keyed{
		"harrier":  r.Format,
		"zone":     func(n *document.Node) { r.zone(n, &p.Calendar) },
		"hours":    func(n *document.Node) { r.hours(n, &p.Calendar) },
		"holidays": func(n *document.Node) { r.holidays(n, &p.Calendar) },
		"targets":  func(n *document.Node) { r.targets(n, p.Targets) },
	})
	for _, key := range []string{"harrier", "targets"} {
		if root.Kind == document.Map && root.Get(key) == nil {
			r.Say(root, "missing-key", "the file lacks "+key, "add "+key)
		}
	}
	return p, r.Problems
}

// reader reads the promises of a file.
type reader struct{ *document.Reading }

func (r reader) zone(n *document.Node, c *Calendar) {
	zone, err := time.LoadLocation(n.Text)
	if n.Kind != document.String || err != nil || n.Text == "" || n.Text == "Local" {
		r.Say(n, "wrong-value", fmt.Sprintf("%q is no time zone", n.Text), "write a name such as Europe/Berlin, or UTC")
		return
	}
	c.Zone = zone
}

// days are the days of a week as files name them, Sunday first.
func days() []string { return []string{"sun", "mon", "tue", "wed", "thu", "fri", "sat"} }

func (r reader) hours(n *document.Node, c *Calendar) {
	known := document.Keyed{}
	for i, day := range days() {
		known[day] = func(n *document.Node) { c.Hours[i] = r.spans(n) }
	}
	r.Keys(n, "hours", known)
}

// spans reads the working hours of a day, which do not overlap.
func (r reader) spans(n *document.Node) (all []Span) {
	items := n.Items
	if n.Kind == document.String {
		items = []*document.Node{n}
	} else if n.Kind != document.List || len(n.Items) > 24 {
		r.Say(n, "wrong-kind", "the hours of a day are a list", "write [08:00-12:00, 13:00-17:00]")
		return nil
	}
	for _, item := range items {
		from, until, _ := strings.Cut(item.Text, "-")
		a, okA := minuteOf(from)
		b, okB := minuteOf(until)
		if item.Kind != document.String || !okA || !okB || a >= b {
			r.Say(item, "wrong-value", fmt.Sprintf("%q are no hours", item.Text), "write from when until when, such as 09:00-17:00 or 00:00-24:00")
			continue
		}
		if len(all) > 0 && a < all[len(all)-1].Until {
			r.Say(item, "contradiction", fmt.Sprintf("%q begins before the hours that stand before it end", item.Text), "put them in order, without overlap")
			continue
		}
		all = append(all, Span{a, b})
	}
	return all
}

// minuteOf reads a time of the day.
func minuteOf(text string) (int, bool) {
	hour, minute, ok := strings.Cut(strings.TrimSpace(text), ":")
	h, err1 := strconv.Atoi(hour)
	m, err2 := strconv.Atoi(minute)
	at := h*60 + m
	return at, ok && len(hour) == 2 && len(minute) == 2 && err1 == nil && err2 == nil && h >= 0 && m >= 0 && m < 60 && at <= 1440
}

func (r reader) holidays(n *document.Node, c *Calendar) {
	if n.Kind != document.List || len(n.Items) > 1000 {
		r.Say(n, "wrong-kind", "holidays are a list of 1000 days at most", `write ["2026-12-25", "2027-01-01"]`)
		return
	}
	c.Holidays = map[string]bool{}
	for _, item := range n.Items {
		if _, err := time.Parse(time.DateOnly, item.Text); err != nil || item.Kind != document.String {
			r.Say(item, "wrong-value", fmt.Sprintf("%q is no day", item.Text), `write it in quotes, such as "2026-12-25"`)
			continue
		}
		c.Holidays[item.Text] = true
	}
}

func (r reader) targets(n *document.Node, into map[string]Target) {
	known := document.Keyed{}
	for _, severity := range []string{"critical", "high", "medium", "low", "info"} {
		known[severity] = func(n *document.Node) {
			t := Target{}
			clocks := document.Keyed{}
			for _, name := range Clocks() {
				clocks[name] = func(n *document.Node) { t[name] = r.length(n) }
			}
			r.Keys(n, severity, clocks)
			into[severity] = t
		}
	}
	r.Keys(n, "targets", known)
}

func (r reader) length(n *document.Node) time.Duration {
	d, err := schema.ParseDuration(n.Text)
	if n.Kind != document.String || err != nil || d < time.Minute || d > 366*24*time.Hour {
		r.Say(n, "wrong-value", fmt.Sprintf("%q is no length of working time from a minute to a year", n.Text), "write a number with a unit, such as 15m, 4h or 3d; a day is 24 hours of working time")
		return 0
	}
	return d
}
