package api

import (
	"encoding/json"
	"time"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/approval"
	"github.com/harrier-soar/harrier/schema"
)

// Approval is a question that a run puts to people.
type Approval struct {
	ID      harrier.ApprovalID     `json:"id"`
	Run     harrier.RunID          `json:"run"`
	Path    string                 `json:"path"`
	Kind    harrier.ApprovalKind   `json:"kind" enum:"plan,guard,question,outcome"`
	Status  harrier.ApprovalStatus `json:"status" enum:"pending,approved,denied,answered,expired,void"`
	Title   string                 `json:"title"`
	Message string                 `json:"message,omitempty"`
	// Hash is what a decision must name.
	Hash   string   `json:"hash" doc:"What a decision must name, so that it binds exactly what was shown."`
	Assign string   `json:"assign,omitempty" doc:"Who may decide: role:NAME, group:NAME, user:NAME, or everybody where it is absent."`
	Also   []string `json:"also,omitempty" doc:"Who may decide too, since it was escalated."`
	Need   int      `json:"need" doc:"How many people must agree."`
	// Barred says why whoever looks cannot decide it.
	Barred      string `json:"barred,omitempty" doc:"Why you cannot decide it; absent where you can."`
	Destructive bool   `json:"destructive,omitempty" doc:"Whether something of it cannot be taken back, so that whoever approves proves once more who they are."`

	Summary []string        `json:"summary,omitempty" doc:"What would be done, a line for each action and connection."`
	Effects []PlannedEffect `json:"effects,omitempty" doc:"All that would be done, exactly."`
	Later   *LaterTerms     `json:"later,omitempty" doc:"What else falls under the decision though it turns up only later."`
	Reason  string          `json:"reason,omitempty" doc:"Why a guard stopped, or why the outcome is not known."`
	Fields  []FormField     `json:"fields,omitempty" doc:"The fields of a form."`
	Choices []string        `json:"choices,omitempty" doc:"What may be said of an outcome."`

	Votes      []Vote          `json:"votes,omitempty"`
	Comments   []Remark        `json:"comments,omitempty" doc:"What people said without deciding."`
	Answer     json.RawMessage `json:"answer,omitempty"`
	DecidedBy  string          `json:"decided_by,omitempty"`
	Comment    string          `json:"comment,omitempty"`
	CreatedAt  time.Time       `json:"created_at"`
	ExpiresAt  time.Time       `json:"expires_at,omitzero"`
	EscalateTo string          `json:"escalate_to,omitempty" doc:"Who is asked too where nobody decides."`
	EscalateAt time.Time       `json:"escalate_at,omitzero" doc:"When they are asked too; absent where they were."`
	Over       []string        `json:"over,omitempty" doc:"By what people are told of it, beside the web: chat, mail."`
	DecidedAt  time.Time       `json:"decided_at,omitzero"`
	Rev        int64           `json:"rev"`
}

// Remark is what somebody said to a question without deciding it.
type Remark struct {
	Name string    `json:"name"`
	Via  string    `json:"via,omitempty"`
	Text string    `json:"text"`
	At   time.Time `json:"at"`
}

// PlannedEffect is one action that waits for a decision.
type PlannedEffect struct {
	Path       string         `json:"path"`
	Action     string         `json:"action"`
	Where      string         `json:"where" doc:"The connection and its address."`
	Target     string         `json:"target,omitempty"`
	Effect     harrier.Effect `json:"effect"`
	Reversible bool           `json:"reversible"`
	Undo       string         `json:"undo,omitempty" doc:"The action that takes it back."`
	Args       Object         `json:"args,omitempty"`
}

// LaterTerms bound what falls under a decision though nobody can list it yet.
type LaterTerms struct {
	Summary []string        `json:"summary" doc:"The terms in sentences."`
	Cap     int             `json:"cap" doc:"How many effects there may be in all."`
	For     string          `json:"for" doc:"How long the terms hold from the decision on, such as 1d1h."`
	Beyond  string          `json:"beyond" enum:"ask,skip" doc:"What becomes of what is beyond the terms: a person is asked, or it is skipped."`
	Same    []string        `json:"same" doc:"What counts as the same, a line for each value."`
	Calls   []PlannedEffect `json:"calls" doc:"What may be called, on targets that are not known yet."`
}

// FormField is a field of a form.
type FormField struct {
	Name     string   `json:"name"`
	Type     string   `json:"type"`
	Required bool     `json:"required"`
	Default  any      `json:"default,omitempty"`
	Values   []string `json:"values,omitempty" doc:"The only values that it may have."`
	Help     string   `json:"help,omitempty"`
}

// Vote is one person's decision.
type Vote struct {
	Name    string    `json:"name"`
	Approve bool      `json:"approve"`
	Comment string    `json:"comment,omitempty"`
	Via     string    `json:"via,omitempty" doc:"How it came, where that was not the web: link, slack, teams or mail."`
	At      time.Time `json:"at"`
}

// EscalateApproval asks others too.
type EscalateApproval struct {
	To     string `json:"to" minLength:"6" maxLength:"110" doc:"Who is asked too: role:NAME, group:NAME or user:NAME."`
	Reason string `json:"reason,omitempty" maxLength:"4000"`
}

// Decision approves or denies what was shown.
type Decision struct {
	Approve bool   `json:"approve"`
	Hash    string `json:"hash" minLength:"1" maxLength:"200" doc:"The hash of what was shown."`
	Comment string `json:"comment,omitempty" maxLength:"4000"`
}

// Answer fills in what was asked.
type Answer struct {
	Hash   string `json:"hash" minLength:"1" maxLength:"200" doc:"The hash of what was shown."`
	Values Object `json:"values" doc:"The form's fields; for an outcome, choice is one of choices."`
}

// ApprovalOf is a question as the API shows it.
func ApprovalOf(v approval.View) Approval {
	a := ApprovalRow(v.Approval)
	a.Destructive = v.Destructive
	a.Barred, a.Summary, a.Reason, a.Choices = v.Barred, v.Summary, v.Reason, v.Choices
	a.Effects, a.Later = plannedEffects(v.Effects), laterTerms(v.Later)
	a.Fields = FormFieldsOf(v.Fields)
	for _, vote := range v.Votes {
		a.Votes = append(a.Votes, Vote{Name: vote.Name, Approve: vote.Approve, Comment: vote.Comment, Via: vote.Via, At: vote.At})
	}
	for _, c := range v.Comments {
		a.Comments = append(a.Comments, Remark{Name: c.Name, Via: c.Via, Text: c.Text, At: c.At})
	}
	return a
}

// plannedEffects are effects as the API shows them.
func plannedEffects(effects []approval.Effect) []PlannedEffect {
	var list []PlannedEffect
	for _, e := range effects {
		list = append(list, PlannedEffect{
			Path: e.Path, Action: e.What, Where: e.Where, Target: e.Target, Effect: e.Effect, Reversible: e.Reversible, Undo: e.Undo, Args: e.Args,
		})
	}
	return list
}

// laterTerms are terms as the API shows them; nil where there are none.
func laterTerms(t *approval.Terms) *LaterTerms {
	if t == nil {
		return nil
	}
	out := &LaterTerms{Summary: t.Summary, Cap: t.Cap, For: t.For, Beyond: "ask", Same: t.Same, Calls: plannedEffects(t.Calls)}
	if t.Skips {
		out.Beyond = "skip"
	}
	return out
}

// ApprovalRow is a question in a list: without what it would do.
func ApprovalRow(a harrier.Approval) Approval {
	return Approval{
		ID: a.ID, Run: a.Run, Path: a.Path, Kind: a.Kind, Status: a.Status, Title: a.Title, Message: a.Message, Hash: a.Hash,
		Assign: a.Assign, Also: a.Also, EscalateTo: a.EscalateTo, EscalateAt: a.EscalateAt, Over: a.Over, Need: a.Need, Answer: a.Answer, DecidedBy: a.DecidedBy, Comment: a.Comment, CreatedAt: a.CreatedAt,
		ExpiresAt: a.ExpiresAt, DecidedAt: a.DecidedAt, Rev: a.Rev,
	}
}

// FormFieldsOf are fields as the API shows them.
func FormFieldsOf(fields []schema.Field) []FormField {
	list := make([]FormField, 0, len(fields))
	for _, f := range fields {
		list = append(list, FormField{
			Name: f.Name, Type: f.Type.String(), Required: f.Required, Default: f.Default, Values: f.Type.Values, Help: f.Help,
		})
	}
	return list
}
