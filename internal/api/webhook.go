package api

import (
	"encoding/json"
	"time"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/webhook"
)

// Webhook is a program that is told of changes.
type Webhook struct {
	ID           harrier.WebhookID `json:"id"`
	Name         string            `json:"name"`
	URL          string            `json:"url"`
	Topics       []string          `json:"topics"`
	TLP          string            `json:"tlp" doc:"The highest label whose words it is told; of what is labelled higher it is told the id."`
	Parallel     int               `json:"parallel"`
	AllowPrivate []string          `json:"allow_private,omitempty"`
	Owner        string            `json:"owner" doc:"Whose rights it has: it is told what they may see."`
	Enabled      bool              `json:"enabled"`
	Why          string            `json:"disabled_why,omitempty"`
	// Secret is told once, by what made it.
	Secret        string    `json:"secret,omitempty" doc:"What its signatures are verified with, told this once."`
	PreviousUntil time.Time `json:"previous_until,omitzero" doc:"How long the secret before the last signs too."`
	Failures      int       `json:"failures,omitempty" doc:"In a row."`
	FailingSince  time.Time `json:"failing_since,omitzero"`
	CreatedAt     time.Time `json:"created_at"`
	UpdatedAt     time.Time `json:"updated_at"`
	Rev           int64     `json:"rev"`
}

func (w Webhook) revision() int64 { return w.Rev }

// WebhookOf is a subscription as the API shows it.
func WebhookOf(w webhook.Webhook) Webhook {
	return Webhook{
		ID: w.ID, Name: w.Name, URL: w.URL, Topics: w.Topics, TLP: w.TLP, Parallel: w.Parallel, AllowPrivate: w.AllowPrivate, Owner: w.Owner.Name, Enabled: w.Enabled,
		Why: w.DisabledWhy, PreviousUntil: w.PreviousUntil, Failures: w.Failures, FailingSince: w.FailingSince, CreatedAt: w.CreatedAt, UpdatedAt: w.UpdatedAt, Rev: w.Rev,
	}
}

// AddWebhook is a program that somebody wants told.
type AddWebhook struct {
	Name         string   `json:"name" maxLength:"63"`
	URL          string   `json:"url" maxLength:"2000" doc:"Its https address."`
	Topics       []string `json:"topics" minItems:"1" maxItems:"20"`
	TLP          string   `json:"tlp,omitempty" enum:"clear,green,amber,amber+strict,red" doc:"The highest label whose words it is told; amber where it is absent."`
	Parallel     int      `json:"parallel,omitempty" minimum:"0" maximum:"10" doc:"How many messages are under way at once; 4 where it is absent."`
	CA           string   `json:"ca,omitempty" maxLength:"100000" doc:"PEM certificates to trust besides those of the system."`
	AllowPrivate []string `json:"allow_private,omitempty" maxItems:"50" doc:"Ranges of addresses that are refused otherwise."`
}

// Edit is what the service is asked.
func (in AddWebhook) Edit() webhook.Edit {
	return webhook.Edit{
		Name: &in.Name, URL: &in.URL, TLP: &in.TLP, CA: &in.CA, Topics: &in.Topics, AllowPrivate: &in.AllowPrivate, Parallel: &in.Parallel,
	}
}

// ChangeWebhook is what somebody changes of it. Whoever does owns it from then on.
type ChangeWebhook struct {
	URL          *string   `json:"url,omitempty" maxLength:"2000"`
	Topics       *[]string `json:"topics,omitempty" minItems:"1" maxItems:"20"`
	TLP          *string   `json:"tlp,omitempty" enum:"clear,green,amber,amber+strict,red"`
	Parallel     *int      `json:"parallel,omitempty" minimum:"1" maximum:"10"`
	CA           *string   `json:"ca,omitempty" maxLength:"100000"`
	AllowPrivate *[]string `json:"allow_private,omitempty" maxItems:"50"`
	Enabled      *bool     `json:"enabled,omitempty"`
}

// Edit is what the service is asked.
func (in ChangeWebhook) Edit() webhook.Edit {
	return webhook.Edit{URL: in.URL, TLP: in.TLP, CA: in.CA, Topics: in.Topics, AllowPrivate: in.AllowPrivate, Parallel: in.Parallel, Enabled: in.Enabled}
}

// WebhookDelivery is a message and what became of it.
type WebhookDelivery struct {
	ID       harrier.MessageID `json:"id" doc:"The same whenever it is sent: webhook-id."`
	Topic    string            `json:"topic"`
	State    string            `json:"state" enum:"pending,sent,failed,withheld"`
	Attempts int               `json:"attempts"`
	DueAt    time.Time         `json:"due_at,omitzero" doc:"When it is sent next."`
	Answer   string            `json:"answer,omitempty" doc:"What came of the last attempt."`
	// Subject is the id of what it is about; the words are for who may see that.
	Subject   string    `json:"subject,omitempty"`
	CreatedAt time.Time `json:"created_at"`
	EndedAt   time.Time `json:"ended_at,omitzero"`
}

// Redeliver names a message that is to be sent again.
type Redeliver struct {
	Delivery harrier.MessageID `json:"delivery"`
}

// WebhookDeliveryOf is a message as the API shows it. What was withheld names
// nothing.
func WebhookDeliveryOf(m webhook.Message) WebhookDelivery {
	out := WebhookDelivery{
		ID: m.ID, Topic: m.Topic, State: m.State, Attempts: m.Attempts, DueAt: m.Due, Answer: m.Answer, CreatedAt: m.CreatedAt, EndedAt: m.EndedAt,
	}
	var about struct {
		ID string `json:"id"`
	}
	if m.State == webhook.Sent && json.Unmarshal(m.Data, &about) == nil {
		out.Subject = about.ID
	}
	return out
}
