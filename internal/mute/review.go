package mute

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/harrier-soar/harrier"
)

// Review is something that a rule closed, put before a second person.
type Review struct {
	Tenant harrier.TenantID
	ID     harrier.ReviewID
	Alert  harrier.AlertID
	// Rule closed it as Disposition, and Owner answers for the rule. Whoever
	// has yet to decide does not see them.
	Rule, Owner, Disposition, Reason string
	ClosedAt                         time.Time
	State                            string
	// Verdict is what the reviewer says that it was; Agrees tells that both
	// say it is harmless.
	Verdict      string
	Agrees       bool
	Reviewer     harrier.PrincipalID
	ReviewerName string
	Comment      string
	DecidedAt    time.Time
	Rev          int64
}

// The states of a review.
const (
	ReviewPending = "pending"
	ReviewDecided = "decided"
)

// Verdicts lists what a reviewer may say that an alert was.
func Verdicts() []string {
	return []string{"true_positive", "false_positive", "benign", "inconclusive"}
}

// harmless reports whether a disposition needs nobody. Whoever cannot tell
// does not say that it does not.
func harmless(disposition string) bool {
	return disposition == "false_positive" || disposition == "benign"
}

// bars says why a person may not decide a review.
func (r Review) bars(by harrier.Principal) string {
	owns := []string{by.Name, by.ID.String()}
	for _, role := range by.Roles {
		owns = append(owns, role, "role:"+role)
	}
	if slices.ContainsFunc(owns, func(name string) bool { return strings.EqualFold(name, r.Owner) }) {
		return "you answer for the rule that closed it; somebody else must look"
	}
	return ""
}

// blind is the review as whoever has yet to decide may see it.
func (r Review) blind() Review {
	if r.State == ReviewPending {
		r.Rule, r.Owner, r.Disposition, r.Reason = "", "", "", ""
	}
	return r
}

// Blind is a review with what it is about, without what was decided.
type Blind struct {
	Review
	Title, Description, Category string
	// Severity is what the source says.
	Severity string
	// Finding is what the source reports.
	Finding json.RawMessage
	Data    json.RawMessage
	Source  harrier.SourceID
	EventAt time.Time
	// Barred says why the one who asks may not decide.
	Barred string
}

// blindOf shows the alert of a review as its source reported it: the severity
// and the status that triage gave it would tell what the rule decided.
func blindOf(r Review, a harrier.Alert) (Blind, error) {
	b := Blind{
		Review: r.blind(), Title: a.Title, Description: a.Description, Finding: a.Finding, Data: a.Data, Source: a.Source, EventAt: a.EventAt,
		Category: a.Category, Severity: a.Severity,
	}
	if len(a.Finding) == 0 {
		return b, nil
	}
	var f harrier.Finding
	if err := json.Unmarshal(a.Finding, &f); err != nil {
		return b, harrier.Errorf(harrier.Internal, "read the finding of alert %s: %w", a.ID, err)
	}
	b.Category, b.Severity = f.Category, f.Severity
	f.Status, f.Disposition = "", ""
	text, err := json.Marshal(f)
	if err != nil {
		return b, harrier.Errorf(harrier.Internal, "encode the finding of alert %s: %w", a.ID, err)
	}
	b.Finding = text
	return b, nil
}

// percent tells how often a rule was right.
func percent(good, n int) string { return fmt.Sprintf("%d of %d reviews agree", good, n) }

// rate is a part of 1 for people.
func rate(v float64) string { return strconv.FormatFloat(100*v, 'f', 1, 64) + " %" }
