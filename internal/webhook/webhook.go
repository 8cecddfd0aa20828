package webhook

import (
	"encoding/json"
	"net/netip"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/casework"
)

// The topics that can be subscribed to.
const (
	AlertCreated       = "alert.created"
	AlertUpdated       = "alert.updated"
	CaseCreated        = "case.created"
	CaseUpdated        = "case.updated"
	CaseClosed         = "case.closed"
	ApprovalAsked      = "approval.asked"
	ApprovalDecided    = "approval.decided"
	RunEnded           = "run.ended"
	ContainmentChanged = "containment.changed"
	// ping is sent on request only.
	ping = "webhook.ping"
)

// Topics lists what can be subscribed to.
func Topics() []string {
	return []string{AlertCreated, AlertUpdated, CaseCreated, CaseUpdated, CaseClosed, ApprovalAsked, ApprovalDecided, RunEnded, ContainmentChanged}
}

// Webhook is a program that is told of changes.
type Webhook struct {
	Tenant harrier.TenantID
	ID     harrier.WebhookID
	Name   string
	// URL is where messages are posted.
	URL    string
	Topics []string
	// TLP is the highest label whose words it is told; of what is labelled higher
	// it is told the id.
	TLP string
	// Parallel is how many messages are under way at once.
	Parallel int
	// CA is a PEM bundle to trust besides the system's.
	CA string
	// AllowPrivate are address ranges that are otherwise refused, in CIDR form.
	AllowPrivate []string
	// Owner is who made it: it is told what they may see.
	Owner   harrier.Person
	Enabled bool
	// DisabledWhy is why it is told nothing more; empty where somebody wants that.
	DisabledWhy string
	// PreviousUntil is how long the secret before the last signs too.
	PreviousUntil time.Time
	// Failures are those in a row, since FailingSince; nothing is sent before NextAt.
	Failures             int
	FailingSince, NextAt time.Time
	CreatedAt, UpdatedAt time.Time
	Rev                  int64
}

const (
	maxParallel     = 10
	defaultParallel = 4
	defaultTLP      = "amber"
)

// Carries reports whether a subscription is told the words of what has these
// labels. What nobody has labelled counts as amber.
func (w Webhook) Carries(labels ...string) bool {
	if len(labels) == 0 {
		labels = []string{defaultTLP}
	}
	told := casework.TLPs()[:slices.Index(casework.TLPs(), w.TLP)+1]
	return !slices.ContainsFunc(labels, func(l string) bool { return !slices.Contains(told, l) })
}

// Check reports everything that is wrong with a subscription.
func (w Webhook) Check() error {
	var wrong []string
	if !regexp.MustCompile(`^[a-z0-9][a-z0-9-]{0,62}$`).MatchString(w.Name) {
		wrong = append(wrong, "name: use lower-case letters, digits and dashes")
	}
	u, err := url.Parse(w.URL)
	if err != nil || u.Scheme != "https" || u.Host == "" || u.User != nil || u.Fragment != "" {
		wrong = append(wrong, "url: write https://host/path, without a password; what it proves itself by is the signature")
	}
	if len(w.Topics) == 0 {
		wrong = append(wrong, "topics: name one at least of "+strings.Join(Topics(), ", "))
	}
	for _, t := range w.Topics {
		if !slices.Contains(Topics(), t) {
			wrong = append(wrong, "topics: there is no "+t+suggested(t))
		}
	}
	if !slices.Contains(casework.TLPs(), w.TLP) {
		wrong = append(wrong, "tlp: use one of "+strings.Join(casework.TLPs(), ", "))
	}
	if w.Parallel < 1 || w.Parallel > maxParallel {
		wrong = append(wrong, "parallel: use 1 to 10")
	}
	for _, p := range w.AllowPrivate {
		if _, err := netip.ParsePrefix(p); err != nil {
			wrong = append(wrong, "allow_private: "+p+" is no range of addresses, such as 10.1.2.0/24")
		}
	}
	if len(wrong) > 0 {
		return harrier.Errorf(harrier.Invalid, "%s", strings.Join(wrong, "; "))
	}
	return nil
}

func suggested(topic string) string {
	if near := harrier.Suggest(topic, Topics()); near != "" {
		return "; did you mean " + near + "?"
	}
	return ""
}

// The states of a message.
const (
	// Pending is to be sent.
	Pending = "pending"
	// Sent was taken.
	Sent = "sent"
	// Failed was not taken, and is not tried again.
	Failed = "failed"
	// Withheld is about something that the owner may not see.
	Withheld = "withheld"
)

// Message is what a subscription is told of one change.
type Message struct {
	Seq     int64
	Tenant  harrier.TenantID
	Webhook harrier.WebhookID
	// ID is webhook-id: the same whenever it is sent.
	ID    harrier.MessageID
	Topic string
	// Noun and Subject are what it is about.
	Noun    string
	Subject [16]byte
	// Data is how that was when it changed.
	Data     json.RawMessage
	State    string
	Attempts int
	Due      time.Time
	// Answer is what came of the last attempt.
	Answer             string
	CreatedAt, EndedAt time.Time
}

// Body is what is posted.
func (m Message) Body(data json.RawMessage) ([]byte, error) {
	body, err := json.Marshal(map[string]any{"type": m.Topic, "timestamp": m.CreatedAt.UTC().Format(time.RFC3339Nano), "data": data})
	if err != nil {
		return nil, harrier.Errorf(harrier.Internal, "encode message %s: %w", m.ID, err)
	}
	return body, nil
}

// bare is data without words: what it is about, and that there is more.
func (m Message) bare() json.RawMessage {
	var whole struct {
		ID json.RawMessage `json:"id"`
	}
	_ = json.Unmarshal(m.Data, &whole) // we wrote it
	text, err := json.Marshal(map[string]any{"id": whole.ID, "withheld": "tlp"})
	if err != nil {
		return json.RawMessage(`{"withheld":"tlp"}`)
	}
	return text
}
