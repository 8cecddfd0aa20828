package correlate

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/casework"
)

// Reason is a thing that an alert shares with a case.
type Reason struct {
	Key
	Weight float64 `json:"weight"`
	// Apart is how far the alert is from what the case had of it.
	Apart time.Duration `json:"apart"`
}

// Found is what a search for the case of an alert came to.
type Found struct {
	// Case attracts the alert; zero where none does.
	Case   harrier.CaseID
	Number int64
	Weight float64
	// Reasons are what both share, what weighs most first.
	Reasons []Reason
	// After is the case that would attract, were it not full or closed; Why says which.
	After harrier.CaseID
	Why   string
	// Stopped are the things of the alert that say nothing.
	Stopped []Stopped
	keys    []weighed
}

// candidates bounds how many cases of one key are looked at.
const candidates = 50

// rated is a case with what it shares.
type rated struct {
	Candidate
	weight  float64
	reasons []Reason
	last    time.Time
}

// Find returns the open case that an alert belongs to, or none, and why. It
// changes nothing; finding and [Service.Attach] belong into one transaction.
func (s *Service) Find(ctx context.Context, tx harrier.Tx, subject Subject) (Found, error) {
	f := Found{}
	live, stopped := s.keys(&subject)
	f.Stopped = stopped
	cases := map[harrier.CaseID]*rated{}
	for _, k := range live {
		near := Near{Tenant: subject.Tenant, Key: k.Key, From: subject.when().Add(-k.Window), To: subject.when().Add(k.Window)}
		frequent, err := s.frequent(ctx, tx, near, k)
		if err != nil {
			return f, err
		}
		if frequent {
			f.Stopped = append(f.Stopped, Stopped{k.Key, fmt.Sprintf("it is in more than %d alerts within %s", k.Frequent, span(k.Window))})
			continue
		}
		f.keys = append(f.keys, k)
		list, err := s.store.CasesNear(ctx, tx, near, candidates)
		if err != nil {
			return f, err
		}
		for _, c := range list {
			add(cases, c, k, subject.when())
		}
	}
	return f, s.choose(ctx, tx, subject, cases, &f)
}

// frequent reports whether a key is in too many alerts to say something.
func (s *Service) frequent(ctx context.Context, tx harrier.Tx, n Near, k weighed) (bool, error) {
	if k.malicious {
		return false, nil
	}
	count, err := s.store.Frequency(ctx, tx, n, k.Frequent+1)
	return count > k.Frequent, err
}

// add notes that a case shares a key.
func add(cases map[harrier.CaseID]*rated, c Candidate, k weighed, at time.Time) {
	r := cases[c.Case]
	if r == nil {
		r = &rated{Candidate: c}
		cases[c.Case] = r
	}
	apart := max(at.Sub(c.Last), c.First.Sub(at), 0)
	r.weight += k.Weight
	r.reasons = append(r.reasons, Reason{Key: k.Key, Weight: k.Weight, Apart: apart})
	if c.Last.After(r.last) {
		r.last = c.Last
	}
}

// choose picks the case that shares most, among those that are open and have room.
func (s *Service) choose(ctx context.Context, tx harrier.Tx, subject Subject, cases map[harrier.CaseID]*rated, f *Found) error {
	var list []*rated
	for _, r := range cases {
		if r.weight >= s.policy().Threshold {
			list = append(list, r)
		}
	}
	slices.SortFunc(list, func(a, b *rated) int {
		return cmp.Or(cmp.Compare(b.weight, a.weight), b.last.Compare(a.last), cmp.Compare(b.Number, a.Number))
	})
	for _, r := range list {
		why := "opened again: case " + strconv.FormatInt(r.Number, 10) + " was closed"
		if r.Open {
			full, err := s.full(ctx, tx, subject, r)
			if err != nil {
				return err
			}
			if full == "" {
				f.Case, f.Number, f.Weight, f.Reasons = r.Case, r.Number, r.weight, heaviest(r.reasons)
				f.After, f.Why = harrier.CaseID{}, ""
				return nil
			}
			why = "goes on: case " + strconv.FormatInt(r.Number, 10) + " " + full
		}
		if f.After.IsZero() {
			f.After, f.Why, f.Weight, f.Reasons = r.Case, why, r.weight, heaviest(r.reasons)
		}
	}
	return nil
}

// full says why a case can take no more.
func (s *Service) full(ctx context.Context, tx harrier.Tx, subject Subject, r *rated) (string, error) {
	size, err := s.store.CaseSize(ctx, tx, subject.Tenant, r.Case)
	if err != nil {
		return "", err
	}
	if size.Alerts >= s.policy().MaxAlerts {
		return fmt.Sprintf("holds %d alerts", size.Alerts), nil
	}
	at := subject.when()
	if !size.First.IsZero() && (at.Sub(size.First) > s.policy().MaxSpan || size.Last.Sub(at) > s.policy().MaxSpan) {
		return "spans " + span(s.policy().MaxSpan), nil
	}
	return "", nil
}

func heaviest(reasons []Reason) []Reason {
	slices.SortStableFunc(reasons, func(a, b Reason) int { return cmp.Or(cmp.Compare(b.Weight, a.Weight), cmp.Compare(a.Apart, b.Apart)) })
	return reasons
}

// Attach puts an alert into a case and adds to what the case is about; added
// is false where it was there.
func (s *Service) Attach(ctx context.Context, tx harrier.Tx, subject Subject, id harrier.CaseID, f Found) (added bool, err error) {
	added, err = s.cases.Join(ctx, tx, casework.Joining{
		Tenant: subject.Tenant, Case: id, Alert: subject.Alert, At: subject.Now, Author: author, Learned: true,
		Text: cmp.Or(subject.Title, "Alert") + because(f), Data: map[string]any{"weight": f.Weight, "shares": f.Reasons},
	})
	if err != nil {
		return false, err
	}
	return added, s.learn(ctx, tx, subject, id, f.keys)
}

const author = "correlation"

// Placed is where an alert was put.
type Placed struct {
	Case   harrier.Case
	Opened bool
	Found
}

// Place puts an alert into the case that it belongs to, and opens one where
// there is none. An alert that is in a case stays there, however often it is
// placed.
func (s *Service) Place(ctx context.Context, tx harrier.Tx, subject Subject) (Placed, error) {
	if c, ok, err := s.store.CaseOf(ctx, tx, subject.Tenant, subject.Alert); err != nil || ok {
		return Placed{Case: c}, err
	}
	f, err := s.Find(ctx, tx, subject)
	if err != nil {
		return Placed{}, err
	}
	p := Placed{Found: f, Opened: f.Case.IsZero()}
	id := f.Case
	if p.Opened {
		id = harrier.DeriveID[harrier.CaseID]("case of alert", subject.Tenant.String(), subject.Alert.String())
	}
	p.Case, err = s.cases.OpenFor(ctx, tx, casework.Opening{
		Tenant: subject.Tenant, ID: id, Title: cmp.Or(subject.Title, "Alert"), Severity: subject.Severity, Author: author,
		At: subject.Now, After: f.After, Why: f.Why,
	})
	if err != nil {
		return p, err
	}
	_, err = s.Attach(ctx, tx, subject, id, f)
	return p, err
}

// Offer puts an alert into the case that it belongs to, where there is one; the
// case is zero where not. An alert that is in a case stays there.
func (s *Service) Offer(ctx context.Context, tx harrier.Tx, subject Subject) (Found, error) {
	if c, ok, err := s.store.CaseOf(ctx, tx, subject.Tenant, subject.Alert); err != nil || ok {
		return Found{Case: c.ID, Number: c.Number}, err
	}
	f, err := s.Find(ctx, tx, subject)
	if err != nil || f.Case.IsZero() {
		return f, err
	}
	_, err = s.Attach(ctx, tx, subject, f.Case, f)
	return f, err
}

// because says what an alert shares with its case.
func because(f Found) string {
	if len(f.Reasons) == 0 {
		return ""
	}
	var parts []string
	for _, r := range f.Reasons[:min(len(f.Reasons), 8)] {
		text := r.Key.String() + " (" + strconv.FormatFloat(r.Weight, 'f', -1, 64)
		if r.Apart >= time.Minute {
			text += ", " + span(r.Apart) + " apart"
		}
		parts = append(parts, text+")")
	}
	return ": shares " + strings.Join(parts, ", ")
}

// span is a length of time for people.
func span(d time.Duration) string {
	switch {
	case d >= 48*time.Hour:
		return strconv.Itoa(int(d.Hours()/24)) + " days"
	case d >= 2*time.Hour:
		return strconv.Itoa(int(d.Hours())) + " hours"
	}
	return strconv.Itoa(int(d.Minutes())) + " minutes"
}
