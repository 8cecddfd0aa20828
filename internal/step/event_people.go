package step

import (
	"encoding/json"
	"time"

	"github.com/harrier-soar/harrier"
)

// Question is what is put to people: an approval, a form, or an outcome.
type Question struct {
	ID      harrier.ApprovalID   `json:"id"`
	Kind    harrier.ApprovalKind `json:"kind"`
	Title   string               `json:"title"`
	Message string               `json:"message,omitempty"`
	Assign  string               `json:"assign,omitempty"`
	Need    int                  `json:"need"`
	Expires time.Time            `json:"expires,omitzero"`
	// Body is a Plan, a form or facts, by Kind, as canonical JSON.
	Body json.RawMessage `json:"body"`
	// Hash is that of Body together with the run, the path and the playbook's hash.
	Hash string `json:"hash"`
	// Escalate is who is asked too, where nobody decides for a while.
	Escalate *Escalation `json:"escalate,omitempty"`
	// Over are the channels by which people are told of it, beside the web.
	Over []string `json:"over,omitempty"`
}

// Escalation is who is asked too from a time on.
type Escalation struct {
	At time.Time `json:"at"`
	To string    `json:"to"`
}

// The bodies of the events about people and child runs.
type (
	// QuestionAsked says that an approval or a form was put to people.
	QuestionAsked struct {
		Path     string   `json:"path"`
		Question Question `json:"question"`
	}
	// QuestionAnswered says that people decided or answered, or that the time ran out.
	QuestionAnswered struct {
		Path     string                 `json:"path"`
		ID       harrier.ApprovalID     `json:"id"`
		Decision harrier.ApprovalStatus `json:"decision"`
		By       string                 `json:"by,omitempty"`
		Comment  string                 `json:"comment,omitempty"`
		Answer   map[string]any         `json:"answer,omitempty"`
	}
	// ChildCalled says that a child run is created, in the transaction of this event.
	ChildCalled struct {
		Path     string         `json:"path"`
		Run      harrier.RunID  `json:"run"`
		Playbook string         `json:"playbook"`
		Inputs   map[string]any `json:"inputs,omitempty"`
	}
	// ChildEnded says how a child run came to its end.
	ChildEnded struct {
		Path    string            `json:"path"`
		Run     harrier.RunID     `json:"run"`
		Status  harrier.RunStatus `json:"status"`
		Outputs any               `json:"outputs,omitempty"`
		Reason  string            `json:"reason,omitempty"`
	}
)

// Type implements [Body].
func (QuestionAsked) Type() string { return "question.asked" }

// Type implements [Body].
func (QuestionAnswered) Type() string { return "question.answered" }

// Type implements [Body].
func (ChildCalled) Type() string { return "child.called" }

// Type implements [Body].
func (ChildEnded) Type() string { return "child.ended" }
