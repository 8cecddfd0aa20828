package risk

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/casework"
)

// moved is an entity whose risk an alert has changed.
type moved struct {
	entity        Entity
	before, after float64
	// adds tells that the alert contributes now.
	adds bool
}

// settle brings the state of an entity up to date and sees to its case.
func (s *Service) settle(ctx context.Context, tx harrier.Tx, j Judged, m moved) (Level, error) {
	st, err := s.store.RiskStateIn(ctx, tx, j.Tenant, m.entity)
	if err != nil {
		return Level{}, err
	}
	st.Entity, st.Score, st.ScoreAt = m.entity, m.after, j.Now
	// It may have fallen since the last alert, when nobody looked.
	if m.before < s.policy().Release || m.after < s.policy().Release {
		st.Raised = false
	}
	opened := false
	if m.adds && !j.Old {
		if opened, err = s.look(ctx, tx, j, &st); err != nil {
			return Level{}, err
		}
	}
	if err := s.store.PutRiskState(ctx, tx, j.Tenant, st); err != nil {
		return Level{}, err
	}
	l := Level{Entity: m.entity, Score: m.after, Raised: st.Raised, Opened: opened}
	if st.Raised {
		l.Case = st.Case
	}
	return l, nil
}

// look opens the case of an entity, or puts the alert into it.
func (s *Service) look(ctx context.Context, tx harrier.Tx, j Judged, st *State) (opened bool, err error) {
	if !st.Raised && st.Score < s.policy().Threshold {
		return false, nil
	}
	if !st.Case.IsZero() {
		c, err := s.cases.In(ctx, tx, j.Tenant, st.Case)
		if err != nil {
			return false, err
		}
		if c.Status == casework.Open {
			return false, s.join(ctx, tx, j, st)
		}
	}
	if st.Raised {
		// The case has dealt with what it was told, which fades as the rest does.
		dealt := st.Told * s.policy().left(j.Now.Sub(st.ToldAt))
		if st.Score < s.policy().Threshold || st.Score-dealt < s.policy().Again*s.policy().Threshold {
			return false, nil
		}
	}
	return true, s.raise(ctx, tx, j, st)
}

// join puts an alert into the case that an entity has.
func (s *Service) join(ctx context.Context, tx harrier.Tx, j Judged, st *State) error {
	if !st.Raised {
		st.Raised, st.RaisedAt = true, j.Now
	}
	st.Told, st.ToldAt = st.Score, j.Now
	_, err := s.cases.Join(ctx, tx, casework.Joining{
		Tenant: j.Tenant, Case: st.Case, Alert: j.Alert, At: j.Now, Author: author,
		Text: fmt.Sprintf("%s; the risk of %s is %s now", j.Title, st.Entity, points(st.Score)),
	})
	return err
}

const (
	author   = "risk"
	template = "entity-risk"
	// listed is how many contributions a case lists.
	listed = 25
)

// raise opens a case of an entity.
func (s *Service) raise(ctx context.Context, tx harrier.Tx, j Judged, st *State) error {
	parts, err := s.store.RiskPartsIn(ctx, tx, j.Tenant, st.Entity, 10*listed)
	if err != nil {
		return err
	}
	after := st.Case
	st.Raised, st.RaisedAt, st.Told, st.ToldAt = true, j.Now, st.Score, j.Now
	st.Round++
	severity := "high"
	if st.Score >= 2*s.policy().Threshold {
		severity = "critical"
	}
	o := casework.Opening{
		Tenant: j.Tenant, ID: harrier.DeriveID[harrier.CaseID]("risk case", j.Tenant.String(), st.Entity.String(), strconv.Itoa(st.Round)),
		Title:    fmt.Sprintf("The risk of %s %s has reached %s", st.Type, st.Key, points(st.Score)),
		Template: template, Severity: severity, Author: author, At: j.Now, After: after,
		Summary: s.summary(*st, parts, j.Now),
	}
	if !after.IsZero() {
		o.Why = "opened again: " + st.Entity.String() + " had a case of its risk before"
	}
	for _, p := range parts {
		if len(o.Alerts) < 200 {
			o.Alerts = append(o.Alerts, p.Alert)
		}
	}
	c, err := s.cases.OpenFor(ctx, tx, o)
	st.Case = c.ID
	return err
}

// summary lists what a risk is made of, what counts most first.
func (s *Service) summary(st State, parts []Part, now time.Time) string {
	var b strings.Builder
	fmt.Fprintf(&b, "What is held against %s adds up to %s; cases are opened from %s on. Contributions fade with a half-life of %s,\n"+
		"one rule adds %s at most, and distinct tactics and sources raise the whole.\n\n",
		st.Entity, points(st.Score), points(s.policy().Threshold), days(s.policy().HalfLife), points(s.policy().PerRule))
	ranked := s.rank(parts, now)
	for _, r := range ranked[:min(len(ranked), listed)] {
		fmt.Fprintf(&b, "- %s now, %s then, %s: %s (rule %s", points(r.Left), points(r.Score), r.At.UTC().Format("2006-01-02 15:04Z"), oneLine(r.Title), oneLine(r.Rule))
		if r.Tactics != "" {
			b.WriteString("; " + r.Tactics)
		}
		b.WriteString("; " + r.Alert.String() + ")\n")
	}
	if more := len(ranked) - listed; more > 0 {
		fmt.Fprintf(&b, "- and %d more\n", more)
	}
	return b.String()
}

// oneLine keeps text of a source from making lines of its own.
func oneLine(text string) string {
	text = strings.Join(strings.Fields(text), " ")
	if r := []rune(text); len(r) > 160 {
		return string(r[:160]) + "…"
	}
	return text
}

// points is a score for people.
func points(v float64) string { return strconv.FormatFloat(v, 'f', 1, 64) }

func days(d time.Duration) string { return strconv.FormatFloat(d.Hours()/24, 'f', -1, 64) + " days" }
