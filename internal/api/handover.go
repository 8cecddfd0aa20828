package api

import (
	"time"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/shift"
)

// Handover is what a shift leaves to the next.
type Handover struct {
	ID         harrier.HandoverID `json:"id"`
	From       string             `json:"from"`
	To         string             `json:"to,omitempty" doc:"A person of oncall.yaml; absent for whoever comes."`
	CreatedAt  time.Time          `json:"created_at"`
	AcceptedBy string             `json:"accepted_by,omitempty"`
	AcceptedAt time.Time          `json:"accepted_at,omitzero"`
	Items      int                `json:"items" doc:"How many things it lists."`
	Rev        int64              `json:"rev"`
}

// HandoverDetail is a hand-over with how things were when it was made.
type HandoverDetail struct {
	Handover
	Notes    string        `json:"notes,omitempty"`
	Content  shift.Content `json:"content"`
	Markdown string        `json:"markdown" doc:"The whole as a text."`
}

// GiveHandover hands over how things are now.
type GiveHandover struct {
	To    string `json:"to,omitempty" maxLength:"200" doc:"A person of oncall.yaml, who is told; absent for whoever comes."`
	Notes string `json:"notes,omitempty" maxLength:"20000" doc:"What the next shift has to know."`
}

// HandoverOf is a hand-over as the API lists it.
func HandoverOf(h shift.Handover) Handover {
	out := Handover{ID: h.ID, From: h.From, To: h.To, CreatedAt: h.CreatedAt, AcceptedBy: h.AcceptedName, AcceptedAt: h.AcceptedAt, Rev: h.Rev}
	for _, s := range h.Content.Sections {
		out.Items += len(s.Items)
	}
	return out
}

// HandoverDetailOf is a hand-over as the API shows it.
func HandoverDetailOf(h shift.Handover) HandoverDetail {
	d := HandoverDetail{Handover: HandoverOf(h), Notes: h.Notes, Content: h.Content, Markdown: h.Markdown()}
	d.Content.OnCall, d.Content.Sections = some(d.Content.OnCall), some(d.Content.Sections)
	return d
}
