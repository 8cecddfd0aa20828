package noise

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/harrier-soar/harrier/document"
	"github.com/harrier-soar/harrier/internal/correlate"
	"github.com/harrier-soar/harrier/internal/mute"
	"github.com/harrier-soar/harrier/internal/risk"
	"github.com/harrier-soar/harrier/schema"
)

// maxEntries bounds a list and a map in the file.
const maxEntries = 1000

// reader reads the settings of a file.
type reader struct{ *document.Reading }

// whole notes what is wrong with a part as a whole.
func (r reader) whole(n *document.Node, err error) {
	if n != nil && err != nil {
		r.Say(n, "contradiction", err.Error(), "change what it names")
	}
}

func (r reader) root(n *document.Node, s *Settings) {
	if n.Kind == document.Map && n.Get("harrier") == nil {
		r.Say(n, "missing-key", "the file does not say which format it has", "add harrier: 1")
	}
	r.Keys(n, "the file", document.Keyed{
		"harrier":     r.Format,
		"risk":        func(n *document.Node) { r.risk(n, &s.Risk) },
		"correlation": func(n *document.Node) { r.correlation(n, &s.Correlation) },
		"closing":     func(n *document.Node) { r.closing(n, s) },
	})
}

func (r reader) risk(n *document.Node, p *risk.Policy) {
	r.Keys(n, "risk", document.Keyed{
		"half_life":  r.length(&p.HalfLife),
		"threshold":  r.number(&p.Threshold),
		"release":    r.number(&p.Release),
		"per_rule":   r.number(&p.PerRule),
		"per_tactic": r.number(&p.PerTactic),
		"per_source": r.number(&p.PerSource),
		"max_factor": r.number(&p.MaxFactor),
		"full":       r.number(&p.Full),
		"again":      r.number(&p.Again),
	})
}

func (r reader) correlation(n *document.Node, p *correlate.Policy) {
	r.Keys(n, "correlation", document.Keyed{
		"threshold":  r.number(&p.Threshold),
		"malicious":  r.number(&p.Malicious),
		"max_alerts": r.count(&p.MaxAlerts),
		"max_span":   r.length(&p.MaxSpan),
		"tags":       func(n *document.Node) { p.Tags = r.texts(n) },
		"kinds": func(n *document.Node) {
			known := document.Keyed{}
			for name, kind := range p.Kinds {
				known[name] = func(n *document.Node) {
					r.Keys(n, "kinds."+name, document.Keyed{"window": r.length(&kind.Window), "weight": r.number(&kind.Weight), "frequent": r.count(&kind.Frequent)})
					p.Kinds[name] = kind
				}
			}
			r.Keys(n, "kinds", known)
		},
		"stop": func(n *document.Node) {
			known := document.Keyed{}
			for name := range p.Kinds {
				known[name] = func(n *document.Node) { p.Stop[name] = append(p.Stop[name], r.texts(n)...) }
			}
			r.Keys(n, "stop", known)
		},
	})
}

func (r reader) closing(n *document.Node, s *Settings) {
	known := r.precision(&s.Closing)
	known["rules"] = func(n *document.Node) {
		if n.Kind != document.Map || len(n.Entries) > maxEntries {
			r.Say(n, "wrong-kind", "rules must have ids of rules and what holds for each", "write id: and below it threshold: 0.9")
			return
		}
		for _, e := range n.Entries {
			var one mute.Closing
			r.Keys(e.Value, "rules."+e.Key, r.precision(&one))
			s.Rules[e.Key] = one
		}
	}
	r.Keys(n, "closing", known)
}

// precision reads how precise a rule must be proven to be.
func (r reader) precision(c *mute.Closing) document.Keyed {
	return document.Keyed{
		"threshold":   r.between(&c.Threshold, 0.5, 0.999),
		"sample":      r.between(&c.Sample, 0.01, 1),
		"min_sample":  r.count(&c.MinSample),
		"min_reviews": r.count(&c.MinReviews),
	}
}

func (r reader) number(into *float64) func(*document.Node) { return r.between(into, 0, 1e6) }

// between reads a number within bounds.
func (r reader) between(into *float64, least, most float64) func(*document.Node) {
	return func(n *document.Node) {
		v, err := strconv.ParseFloat(n.Text, 64)
		if n.Kind != document.Int && n.Kind != document.Float || err != nil || !(v >= least && v <= most) {
			r.Say(n, "wrong-value", fmt.Sprintf("%q does not fit here", n.Text), fmt.Sprintf("write a number from %g to %g", least, most))
			return
		}
		*into = v
	}
}

// count reads a whole number.
func (r reader) count(into *int) func(*document.Node) {
	return func(n *document.Node) {
		v, err := strconv.Atoi(n.Text)
		if n.Kind != document.Int || err != nil || v < 1 || v > 10_000 {
			r.Say(n, "wrong-value", fmt.Sprintf("%q does not fit here", n.Text), "write a whole number from 1 to 10000")
			return
		}
		*into = v
	}
}

// length reads a length of time.
func (r reader) length(into *time.Duration) func(*document.Node) {
	return func(n *document.Node) {
		d, err := schema.ParseDuration(n.Text)
		if n.Kind != document.String || err != nil || d <= 0 {
			r.Say(n, "wrong-value", fmt.Sprintf("%q is no length of time", n.Text), "write 24h or 7d")
			return
		}
		*into = d
	}
}

// texts reads a list of texts.
func (r reader) texts(n *document.Node) (list []string) {
	if n.Kind != document.List || len(n.Items) > maxEntries {
		r.Say(n, "wrong-kind", "this must be a list of at most 1000", "write one line with a dash for each")
		return nil
	}
	for _, item := range n.Items {
		if item.Kind != document.String || item.Text == "" {
			r.Say(item, "wrong-value", "this must be text", "put it into quotes")
			continue
		}
		list = append(list, strings.ToLower(item.Text))
	}
	return list
}
