package api

import (
	"io"
	"time"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/casework"
	"github.com/harrier-soar/harrier/internal/sla"
)

// CreateCase opens a case.
type CreateCase struct {
	Title      string            `json:"title" minLength:"1" maxLength:"500"`
	Severity   string            `json:"severity,omitempty" enum:"critical,high,medium,low,info"`
	Summary    string            `json:"summary,omitempty" maxLength:"65536"`
	Template   string            `json:"template,omitempty" maxLength:"64" doc:"The category, such as phishing; its tasks come with it."`
	TLP        string            `json:"tlp,omitempty" enum:"clear,green,amber,amber+strict,red"`
	PAP        string            `json:"pap,omitempty" enum:"clear,green,amber,red"`
	Tags       []string          `json:"tags,omitempty" maxItems:"50"`
	Assign     *Person           `json:"assign,omitempty" doc:"Who answers for it."`
	Restricted bool              `json:"restricted,omitempty" doc:"Whether the case is there for its members alone, of whom you are the first."`
	Alerts     []harrier.AlertID `json:"alerts,omitempty" maxItems:"500"`
}

// EditCase changes a case. What is absent stays.
type EditCase struct {
	Title     *string   `json:"title,omitempty" maxLength:"500"`
	Severity  *string   `json:"severity,omitempty" enum:"critical,high,medium,low,info"`
	Summary   *string   `json:"summary,omitempty" maxLength:"65536"`
	TLP       *string   `json:"tlp,omitempty" doc:"clear, green, amber, amber+strict or red; empty for none."`
	PAP       *string   `json:"pap,omitempty" doc:"clear, green, amber or red; empty for none."`
	Tags      *[]string `json:"tags,omitempty" maxItems:"50"`
	Assign    *Person   `json:"assign,omitempty" doc:"Who answers for it from now on."`
	Unassign  bool      `json:"unassign,omitempty" doc:"Whether nobody answers for it from now on."`
	Watchers  *[]Person `json:"watchers,omitempty" maxItems:"100"`
	Contained *bool     `json:"contained,omitempty" doc:"Whether what it is about can do no more harm."`
}

// Edit is what the service of cases is asked.
func (in EditCase) Edit() casework.Edit {
	e := casework.Edit{Title: in.Title, Severity: in.Severity, Summary: in.Summary, TLP: in.TLP, PAP: in.PAP, Tags: in.Tags, Contained: in.Contained}
	if in.Assign != nil || in.Unassign {
		e.Owner = new(personOf(in.Assign))
	}
	if in.Watchers != nil {
		list := make([]harrier.Person, len(*in.Watchers))
		for i, p := range *in.Watchers {
			list[i] = harrier.Person(p)
		}
		e.Watchers = &list
	}
	return e
}

// personOf is somebody, or nobody for nil.
func personOf(p *Person) harrier.Person {
	if p == nil {
		return harrier.Person{}
	}
	return harrier.Person(*p)
}

// Draft is what the service of cases is asked.
func (in CreateCase) Draft() casework.Draft {
	return casework.Draft{
		Title: in.Title, Severity: in.Severity, Summary: in.Summary, Template: in.Template, TLP: in.TLP, PAP: in.PAP, Tags: in.Tags,
		Owner: personOf(in.Assign), Restricted: in.Restricted, Alerts: in.Alerts,
	}
}

// SetCaseStatus says where the work on a case stands.
type SetCaseStatus struct {
	To     string `json:"to" enum:"open,in_progress,waiting"`
	Reason string `json:"reason,omitempty" maxLength:"1000" doc:"Why; a case that waits needs one."`
	// Rev is the revision that the person saw, of If-Match; 0 does not look.
	Rev int64 `json:"-"`
}

// CloseCase closes a case.
type CloseCase struct {
	Disposition string `json:"disposition" enum:"true_positive,benign_positive,false_positive_logic,false_positive_data,undetermined"`
	Reason      string `json:"reason" minLength:"1" maxLength:"65536"`
}

// ReopenCase opens a case again.
type ReopenCase struct {
	Reason      string `json:"reason" minLength:"1" maxLength:"65536" doc:"What was wrong."`
	Disposition string `json:"disposition,omitempty" enum:"true_positive,benign_positive,false_positive_logic,false_positive_data,undetermined" doc:"What it was after all; absent where that is to be found out."`
}

// Reopened is a case that was opened again, and what is proposed to be taken back.
type Reopened struct {
	Case Case          `json:"case"`
	Undo []Containment `json:"undo" doc:"What was contained for the case and still is, with how to take it back exactly; proposed where the case was harmless."`
}

// Standing is a status that a case had from a time on.
type Standing struct {
	At          time.Time `json:"at"`
	Status      string    `json:"status"`
	Disposition string    `json:"disposition,omitempty"`
	Reason      string    `json:"reason,omitempty"`
	By          string    `json:"by"`
}

// StandingOf is a row as the API shows it.
func StandingOf(s casework.Standing) Standing {
	return Standing{At: s.At, Status: s.Status, Disposition: s.Disposition, Reason: s.Reason, By: s.Name}
}

// CaseTask is something that somebody does for a case.
type CaseTask struct {
	Task     string    `json:"task" doc:"What it is called in the case."`
	Title    string    `json:"title"`
	Help     string    `json:"help,omitempty"`
	Required bool      `json:"required,omitempty"`
	Assignee *Person   `json:"assignee,omitempty"`
	DueAt    time.Time `json:"due_at,omitzero"`
	State    string    `json:"state" enum:"open,done,skipped"`
	Reason   string    `json:"reason,omitempty" doc:"Why it was skipped."`
	EndedAt  time.Time `json:"ended_at,omitzero"`
	EndedBy  string    `json:"ended_by,omitempty"`
}

// CaseTaskOf is a row as the API shows it.
func CaseTaskOf(t casework.Task) CaseTask {
	return CaseTask{
		Task: t.ID, Title: t.Title, Help: t.Help, Required: t.Required, Assignee: person(t.Assignee), DueAt: t.DueAt, State: t.Status,
		Reason: t.Reason, EndedAt: t.EndedAt, EndedBy: t.EndedBy,
	}
}

// AddCaseTask adds a task.
type AddCaseTask struct {
	Title    string    `json:"title" minLength:"1" maxLength:"500"`
	Help     string    `json:"help,omitempty" maxLength:"2000"`
	Required bool      `json:"required,omitempty"`
	Assignee *Person   `json:"assignee,omitempty"`
	DueAt    time.Time `json:"due_at,omitzero"`
}

// Task is what the service of cases is asked.
func (in AddCaseTask) Task() casework.Task {
	return casework.Task{Title: in.Title, Help: in.Help, Required: in.Required, Assignee: personOf(in.Assignee), DueAt: in.DueAt}
}

// EditCaseTask changes a task. What is absent stays.
type EditCaseTask struct {
	State    *string    `json:"state,omitempty" enum:"open,done,skipped"`
	Reason   string     `json:"reason,omitempty" maxLength:"2000" doc:"Why it is skipped."`
	Assignee *Person    `json:"assignee,omitempty"`
	DueAt    *time.Time `json:"due_at,omitempty"`
}

// Edit is what the service of cases is asked.
func (in EditCaseTask) Edit() casework.TaskEdit {
	e := casework.TaskEdit{Status: in.State, Reason: in.Reason, Due: in.DueAt}
	if in.Assignee != nil {
		e.Assignee = new(personOf(in.Assignee))
	}
	return e
}

// CaseClock is how a promise about a case stands.
type CaseClock struct {
	Clock  string    `json:"clock" enum:"acknowledge,contain,close"`
	Target int64     `json:"target" doc:"Seconds of working time that were promised."`
	Spent  int64     `json:"spent" doc:"Seconds of working time that went by."`
	DueAt  time.Time `json:"due_at,omitzero" doc:"When it is over; absent while the case waits."`
	Ended  time.Time `json:"ended_at,omitzero"`
	Paused bool      `json:"paused,omitempty"`
	Missed bool      `json:"missed,omitempty"`
}

// CaseClockOf is a clock as the API shows it.
func CaseClockOf(k sla.Clock) CaseClock {
	return CaseClock{
		Clock: k.Name, Target: int64(k.Target / time.Second), Spent: int64(k.Spent / time.Second), DueAt: k.Due.UTC(), Ended: k.Ended, Paused: k.Paused, Missed: k.Missed,
	}
}

// CaseObservable is something that a case is about.
type CaseObservable struct {
	Type    string    `json:"type"`
	Value   string    `json:"value"`
	Bad     bool      `json:"bad,omitempty" doc:"Whether it is an indicator of compromise."`
	TLP     string    `json:"tlp,omitempty"`
	Note    string    `json:"note,omitempty"`
	Alerts  int       `json:"alerts" doc:"How many alerts of the case hold it."`
	AddedAt time.Time `json:"added_at,omitzero"`
	AddedBy string    `json:"added_by,omitempty"`
}

// CaseObservableOf is a row as the API shows it.
func CaseObservableOf(o casework.Observable) CaseObservable {
	return CaseObservable{Type: o.Type, Value: o.Value, Bad: o.Bad, TLP: o.TLP, Note: o.Note, Alerts: o.Alerts, AddedAt: o.AddedAt, AddedBy: o.AddedBy}
}

// AddObservable adds something that a case is about.
type AddObservable struct {
	Type  string `json:"type" minLength:"1" maxLength:"64" doc:"Such as ip, domain, url, email or sha256."`
	Value string `json:"value" minLength:"1" maxLength:"4096"`
	Bad   bool   `json:"bad,omitempty" doc:"Whether it is an indicator of compromise."`
	TLP   string `json:"tlp,omitempty" enum:"clear,green,amber,amber+strict,red"`
	Note  string `json:"note,omitempty" maxLength:"2000"`
}

// Observable is what the service of cases is asked.
func (in AddObservable) Observable() casework.Observable {
	return casework.Observable{Type: in.Type, Value: in.Value, Bad: in.Bad, TLP: in.TLP, Note: in.Note}
}

// CaseTie is a case that another has to do with.
type CaseTie struct {
	Case   harrier.CaseID `json:"case"`
	Number int64          `json:"number"`
	Title  string         `json:"title"`
	Kind   string         `json:"kind" enum:"linked,merged,split"`
	Back   bool           `json:"back,omitempty" doc:"Whether the other points here, as one that was merged into this does."`
	Reason string         `json:"reason,omitempty"`
	At     time.Time      `json:"at"`
	By     string         `json:"by"`
}

// CaseTieOf is a row as the API shows it.
func CaseTieOf(t casework.Tie) CaseTie {
	return CaseTie{Case: t.Other, Number: t.Number, Title: t.Title, Kind: t.Kind, Back: t.Back, Reason: t.Reason, At: t.At, By: t.By}
}

// LinkCase links two cases.
type LinkCase struct {
	Case   string `json:"case" minLength:"1" maxLength:"64" doc:"The other case, by id or number."`
	Reason string `json:"reason,omitempty" maxLength:"1000"`
}

// MergeCase merges another case into one.
type MergeCase struct {
	From   string `json:"from" minLength:"1" maxLength:"64" doc:"The case that is merged into this one, by id or number."`
	Reason string `json:"reason,omitempty" maxLength:"1000"`
	// Rev is the revision that the person saw, of If-Match; 0 does not look.
	Rev int64 `json:"-"`
}

// SplitCase moves alerts into a case of their own.
type SplitCase struct {
	Title  string            `json:"title" minLength:"1" maxLength:"500"`
	Alerts []harrier.AlertID `json:"alerts" minItems:"1" maxItems:"500"`
	Reason string            `json:"reason,omitempty" maxLength:"1000"`
	// Rev is the revision that the person saw, of If-Match; 0 does not look.
	Rev int64 `json:"-"`
}

// SimilarCase is a case like another, and why.
type SimilarCase struct {
	Case        harrier.CaseID `json:"case"`
	Number      int64          `json:"number"`
	Title       string         `json:"title"`
	Status      string         `json:"status"`
	Disposition string         `json:"disposition,omitempty"`
	Score       float64        `json:"score"`
	Compared    int            `json:"compared" doc:"How many things of the case were compared."`
	Shares      []CaseShare    `json:"shares" doc:"What both hold, what is rarest first."`
}

// CaseShare is something that two cases hold.
type CaseShare struct {
	Type   string  `json:"type"`
	Value  string  `json:"value"`
	Cases  int     `json:"cases" doc:"How many other cases hold it."`
	Weight float64 `json:"weight"`
}

// SimilarCaseOf is what the service of cases says.
func SimilarCaseOf(k casework.Likeness) SimilarCase {
	out := SimilarCase{Case: k.Case, Number: k.Number, Title: k.Title, Status: k.Status, Disposition: k.Disposition, Score: k.Score, Compared: k.Of, Shares: []CaseShare{}}
	for _, s := range k.Shares {
		out.Shares = append(out.Shares, CaseShare(s))
	}
	return out
}

// AttachEvidence is a file that goes into a case.
type AttachEvidence struct {
	Name    string
	Malware bool
	Body    io.Reader
}

// CustodyLine is a line of an artefact's log.
type CustodyLine struct {
	At     time.Time `json:"at"`
	Action string    `json:"action" enum:"add,mark,download,export"`
	By     string    `json:"by"`
	SHA256 string    `json:"sha256"`
	Note   string    `json:"note,omitempty"`
}

// CustodyLineOf is a row as the API shows it.
func CustodyLineOf(c casework.Custody) CustodyLine {
	return CustodyLine{At: c.At, Action: c.Action, By: c.Name, SHA256: c.SHA256, Note: c.Note}
}
