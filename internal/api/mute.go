package api

import (
	"cmp"
	"encoding/json"
	"time"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/mute"
)

// Mute is a rule that keeps noise from people.
type Mute struct {
	ID        harrier.MuteID      `json:"id"`
	Verb      mute.Verb           `json:"verb" enum:"silence,allow,suppress,maintenance,tune"`
	Match     map[string][]string `json:"match" doc:"Values by field; each field must match, by any of its values."`
	Window    *MuteWindow         `json:"window,omitempty" doc:"When within start and end it holds; absent is always."`
	Start     time.Time           `json:"start"`
	End       time.Time           `json:"end"`
	State     string              `json:"state" enum:"pending,active,ended,expired"`
	Owner     string              `json:"owner"`
	Reason    string              `json:"reason"`
	CreatedBy string              `json:"created_by"`
	CreatedAt time.Time           `json:"created_at"`
	EndedAt   time.Time           `json:"ended_at,omitzero"`
	EndedBy   string              `json:"ended_by,omitempty"`
	Renewed   int                 `json:"renewed" doc:"How often its end was put off."`
	Hits      int64               `json:"hits"`
	Overruled int64               `json:"overruled" doc:"How many of the hits it could not hide, because something in them is known to be bad."`
	LastHit   time.Time           `json:"last_hit,omitzero"`
	Rev       int64               `json:"rev"`
}

// MuteWindow is when maintenance is.
type MuteWindow struct {
	Days  []string `json:"days,omitempty" maxItems:"7" doc:"mon, tue, wed, thu, fri, sat, sun; none is every day."`
	Weeks []int    `json:"weeks,omitempty" maxItems:"6" doc:"Which of such days in a month: 1 is the first, -1 the last; none is all."`
	At    string   `json:"at" maxLength:"5" doc:"When it begins, such as 22:00."`
	For   string   `json:"for" maxLength:"20" doc:"How long it lasts, such as 4h30m."`
	Zone  string   `json:"zone" maxLength:"64" doc:"An IANA name, such as Europe/Berlin."`
}

// AddMute is a mute that somebody wants.
type AddMute struct {
	Verb   mute.Verb           `json:"verb" enum:"silence,allow,suppress,maintenance,tune"`
	Match  map[string][]string `json:"match" doc:"Values by field. Suppress needs a rule and two fields more that tell its alerts apart."`
	Window *MuteWindow         `json:"window,omitempty" doc:"For maintenance only."`
	Start  time.Time           `json:"start,omitzero" doc:"Now where it is absent."`
	End    time.Time           `json:"end" doc:"Every mute has one: at most 7 days ahead for a silence, 180 for suppress and tune, a year for the others."`
	Owner  string              `json:"owner,omitempty" maxLength:"320" doc:"Who answers for it; whoever asks where it is absent."`
	Reason string              `json:"reason" maxLength:"2000"`
}

// New is what is wanted, for the service; a length that is none is Invalid.
func (in AddMute) New(by harrier.Principal) (mute.New, error) {
	n := mute.New{Verb: in.Verb, Match: in.Match, Start: in.Start, End: in.End, Owner: cmp.Or(in.Owner, by.Name), Reason: in.Reason}
	if w := in.Window; w != nil {
		length, err := time.ParseDuration(w.For)
		if err != nil {
			return n, harrier.Errorf(harrier.Invalid, "window.for is %q; write a length such as 4h or 90m", w.For)
		}
		n.Window = &mute.Window{Days: w.Days, Weeks: w.Weeks, At: w.At, For: length, Zone: w.Zone}
	}
	return n, nil
}

// RenewMute puts the end of a mute off.
type RenewMute struct {
	End time.Time `json:"end"`
}

// MuteOf is a mute as the API shows it at a time.
func MuteOf(m mute.Mute, now time.Time) Mute {
	out := Mute{
		ID: m.ID, Verb: m.Verb, Match: m.Match, Start: m.Start, End: m.End, State: m.State(now), Owner: m.Owner, Reason: m.Reason,
		CreatedBy: m.CreatedByName, CreatedAt: m.CreatedAt, EndedAt: m.EndedAt, EndedBy: m.EndedBy, Renewed: m.Renewed, Hits: m.Hits,
		Overruled: m.Overruled, LastHit: m.LastHit, Rev: m.Rev,
	}
	if w := m.Window; w != nil {
		out.Window = &MuteWindow{Days: w.Days, Weeks: w.Weeks, At: w.At, For: w.For.String(), Zone: w.Zone}
	}
	return out
}

// MuteForecast is what a mute would have done in the last 90 days.
type MuteForecast struct {
	Looked       int            `json:"looked" doc:"How many alerts were looked at, the newest first."`
	Matched      int            `json:"matched"`
	Overruled    int            `json:"overruled" doc:"How many of these it would not have hidden, because something in them is known to be bad."`
	Dispositions map[string]int `json:"dispositions" doc:"Those that it matches by what they turned out to be."`
	Wrong        []mute.Sample  `json:"wrong" doc:"True positives that it would have kept from people."`
	Samples      []mute.Sample  `json:"samples"`
}

// MuteForecastOf is a forecast as the API shows it.
func MuteForecastOf(f mute.Forecast) MuteForecast {
	return MuteForecast{Looked: f.Looked, Matched: f.Matched, Overruled: f.Overruled, Dispositions: f.Dispositions, Wrong: some(f.Wrong), Samples: some(f.Samples)}
}

// Tuning is evidence for the owner of a rule.
type Tuning struct {
	mute.Evidence
	Markdown string `json:"markdown" doc:"The same as a text."`
}

// Review is something that a rule closed, put before a second person. While it
// is pending nobody is told what the rule said.
type Review struct {
	ID          harrier.ReviewID `json:"id"`
	Alert       harrier.AlertID  `json:"alert"`
	State       string           `json:"state" enum:"pending,decided"`
	ClosedAt    time.Time        `json:"closed_at"`
	Rule        string           `json:"rule,omitempty"`
	Owner       string           `json:"owner,omitempty"`
	Disposition string           `json:"disposition,omitempty" doc:"What the rule said."`
	Reason      string           `json:"reason,omitempty"`
	Verdict     string           `json:"verdict,omitempty" doc:"What the reviewer said."`
	Agrees      bool             `json:"agrees" doc:"Whether both say that it is harmless; false while it is pending."`
	Reviewer    string           `json:"reviewer,omitempty"`
	Comment     string           `json:"comment,omitempty"`
	DecidedAt   time.Time        `json:"decided_at,omitzero"`
	Rev         int64            `json:"rev"`
}

// ReviewDetail is a review with its alert as the source reported it.
type ReviewDetail struct {
	Review
	Title       string           `json:"title"`
	Description string           `json:"description,omitempty"`
	Category    string           `json:"category,omitempty"`
	Severity    string           `json:"severity" doc:"What the source says."`
	Source      harrier.SourceID `json:"source"`
	EventAt     time.Time        `json:"event_at,omitzero"`
	Finding     json.RawMessage  `json:"finding,omitempty"`
	Data        json.RawMessage  `json:"data,omitempty"`
	Barred      string           `json:"barred,omitempty" doc:"Why you may not decide it."`
}

// DecideReview is what a reviewer says.
type DecideReview struct {
	Verdict string `json:"verdict" enum:"true_positive,false_positive,benign,inconclusive"`
	Comment string `json:"comment,omitempty" maxLength:"2000"`
}

// ReviewOf is a review as the API shows it.
func ReviewOf(r mute.Review) Review {
	return Review{
		ID: r.ID, Alert: r.Alert, State: r.State, ClosedAt: r.ClosedAt, Rule: r.Rule, Owner: r.Owner, Disposition: r.Disposition, Reason: r.Reason,
		Verdict: r.Verdict, Agrees: r.Agrees, Reviewer: r.ReviewerName, Comment: r.Comment, DecidedAt: r.DecidedAt, Rev: r.Rev,
	}
}

// ReviewDetailOf is a review with its alert as the API shows it.
func ReviewDetailOf(b mute.Blind) ReviewDetail {
	return ReviewDetail{
		Review: ReviewOf(b.Review), Title: b.Title, Description: b.Description, Category: b.Category, Severity: b.Severity, Source: b.Source,
		EventAt: b.EventAt, Finding: b.Finding, Data: b.Data, Barred: b.Barred,
	}
}

// Closer is a rule that closes alerts by itself.
type Closer struct {
	Rule      string    `json:"rule"`
	Owner     string    `json:"owner"`
	Until     time.Time `json:"until,omitzero"`
	Closed    int64     `json:"closed"`
	Last      time.Time `json:"last"`
	Reviewed  int       `json:"reviewed"`
	Agreed    int       `json:"agreed"`
	Lower     float64   `json:"precision_lower" doc:"With 95 % confidence it is right so often at least."`
	Upper     float64   `json:"precision_upper"`
	Threshold float64   `json:"threshold"`
	Suspended string    `json:"suspended,omitempty" doc:"Why it closes nothing at present."`
}

// CloserOf is a rule as the API shows it.
func CloserOf(c mute.Closer) Closer {
	lower, upper := c.Precision()
	return Closer{
		Rule: c.Rule, Owner: c.Owner, Until: c.Until, Closed: c.Closed, Last: c.Last, Reviewed: c.Reviewed, Agreed: c.Agreed,
		Lower: lower, Upper: upper, Threshold: c.Threshold, Suspended: c.Why,
	}
}

// ChangeCloser suspends a rule, or lets it close again.
type ChangeCloser struct {
	Suspend bool   `json:"suspend" doc:"Whether it is suspended or may close again."`
	Reason  string `json:"reason" minLength:"1" maxLength:"2000"`
}
