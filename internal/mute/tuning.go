package mute

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/harrier-soar/harrier"
)

// Evidence is what the owner of a rule needs to end its noise where it is made.
type Evidence struct {
	Rule string `json:"rule"`
	Name string `json:"name"`
	// Since and Until bound what was counted.
	Since time.Time `json:"since"`
	Until time.Time `json:"until"`
	// Alerts and Repeats count what it made, and what of that was folded.
	Alerts  int64 `json:"alerts"`
	Repeats int64 `json:"repeats"`
	// Dispositions counts alerts by what they turned out to be; open ones
	// under open.
	Dispositions map[string]int64 `json:"dispositions"`
	// Lower and Upper bound its precision with 95 % confidence: how many of
	// the closed alerts were true positives.
	Closed  int64    `json:"closed"`
	Right   int64    `json:"right"`
	Lower   float64  `json:"precision_lower"`
	Upper   float64  `json:"precision_upper"`
	Days    []Count  `json:"days"`
	Things  []Count  `json:"things"`
	Samples []Sample `json:"samples"`
	// Mutes are those in force that name the rule.
	Mutes []string `json:"mutes"`
}

// Count is how often something was.
type Count struct {
	Name  string `json:"name"`
	Count int64  `json:"count"`
}

// Sample is an alert that shows what a rule makes.
type Sample struct {
	Alert       harrier.AlertID `json:"alert"`
	Title       string          `json:"title"`
	Severity    string          `json:"severity"`
	Disposition string          `json:"disposition"`
	Reason      string          `json:"reason"`
	At          time.Time       `json:"at"`
}

// Past finds alerts that were.
type Past interface {
	// RuleEvidence counts what a rule made since a time.
	RuleEvidence(ctx context.Context, tenant harrier.TenantID, rule string, since time.Time) (Evidence, error)
	// PastAlerts returns alerts since a time, the newest first, at most limit;
	// those of a rule where one is named.
	PastAlerts(ctx context.Context, tenant harrier.TenantID, rule string, since time.Time, limit int) ([]harrier.Alert, error)
	// Source returns a source.
	Source(ctx context.Context, tenant harrier.TenantID, id harrier.SourceID) (harrier.Source, error)
}

// lookBack is how far evidence and forecasts look back.
const lookBack = 90 * 24 * time.Hour

// Evidence gathers what the owner of a rule needs. One that made nothing is NotFound.
func (s *Service) Evidence(ctx context.Context, by harrier.Principal, rule string) (Evidence, error) {
	now := s.now()
	e, err := s.store.RuleEvidence(ctx, by.Tenant, rule, now.Add(-lookBack))
	if err != nil {
		return e, err
	}
	if e.Alerts == 0 {
		return e, harrier.Errorf(harrier.NotFound, "no rule %s has made an alert in the last 90 days", rule)
	}
	e.Rule, e.Since, e.Until = rule, now.Add(-lookBack), now
	e.Right = e.Dispositions["true_positive"]
	e.Closed = e.Right + e.Dispositions["false_positive"] + e.Dispositions["benign"]
	e.Lower, e.Upper = Wilson(int(e.Right), int(e.Closed))
	e.Mutes = s.naming(by.Tenant, rule, now)
	return e, nil
}

// naming lists the mutes in force that name a rule.
func (s *Service) naming(tenant harrier.TenantID, rule string, now time.Time) []string {
	list := []string{}
	snap := s.snap.Load()
	if snap == nil || (*snap)[tenant] == nil {
		return list
	}
	for _, c := range (*snap)[tenant].all() {
		if c.State(now) == StateActive && slices.Contains(c.Match["rule"], strings.ToLower(rule)) {
			list = append(list, fmt.Sprintf("%s %s by %s until %s: %s", c.Verb, c.ID, c.Owner, c.End.Format(time.DateOnly), c.Reason))
		}
	}
	slices.Sort(list)
	return list
}

// all lists every mute once.
func (x *index) all() []*compiled {
	seen := map[harrier.MuteID]*compiled{}
	for _, list := range x.anchored {
		for _, c := range list {
			seen[c.ID] = c
		}
	}
	return append(slices.Collect(maps.Values(seen)), x.rest...)
}

// Markdown is the evidence as a text for whoever owns the rule.
func (e Evidence) Markdown() string {
	var b strings.Builder
	fmt.Fprintf(&b, "# Tuning evidence: %s\n\n", plain(e.Rule))
	if e.Name != "" {
		fmt.Fprintf(&b, "%s, ", plain(e.Name))
	}
	fmt.Fprintf(&b, "from %s to %s.\n\n", e.Since.Format(time.DateOnly), e.Until.Format(time.DateOnly))
	fmt.Fprintf(&b, "* %d alerts, and %d repeats of them\n", e.Alerts, e.Repeats)
	for _, name := range slices.Sorted(maps.Keys(e.Dispositions)) {
		fmt.Fprintf(&b, "* %s: %d\n", plain(name), e.Dispositions[name])
	}
	if e.Closed > 0 {
		fmt.Fprintf(&b, "* precision: %d of %d closed were true positives; %s to %s with 95 %% confidence\n", e.Right, e.Closed, rate(e.Lower), rate(e.Upper))
	} else {
		b.WriteString("* precision: nobody has said yet what any of them was\n")
	}
	counts(&b, "Most often about", e.Things)
	counts(&b, "By day", e.Days)
	if len(e.Samples) > 0 {
		b.WriteString("\n## Samples\n\n")
	}
	for _, s := range e.Samples {
		fmt.Fprintf(&b, "* %s, %s, %s: %s", s.At.Format("2006-01-02 15:04Z"), s.Severity, plain(s.Disposition), plain(s.Title))
		if s.Reason != "" {
			b.WriteString(" (" + plain(s.Reason) + ")")
		}
		b.WriteString(" " + s.Alert.String() + "\n")
	}
	if len(e.Mutes) > 0 {
		b.WriteString("\n## Muted by\n\n")
	}
	for _, m := range e.Mutes {
		b.WriteString("* " + plain(m) + "\n")
	}
	return b.String()
}

func counts(b *strings.Builder, title string, list []Count) {
	if len(list) == 0 {
		return
	}
	b.WriteString("\n## " + title + "\n\n")
	for _, c := range list {
		fmt.Fprintf(b, "* %s: %d\n", plain(c.Name), c.Count)
	}
}

// plain keeps what comes from sources from being more than text on one line.
func plain(text string) string {
	text = strings.Join(strings.Fields(text), " ")
	if r := []rune(text); len(r) > 200 {
		text = string(r[:200]) + "…"
	}
	return strings.NewReplacer("\\", "\\\\", "[", "\\[", "]", "\\]", "<", "&lt;", "*", "\\*", "_", "\\_", "`", "\\`", "|", "\\|", "!", "\\!").Replace(text)
}
