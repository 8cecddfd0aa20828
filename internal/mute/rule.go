package mute

import (
	"time"

	"github.com/harrier-soar/harrier"
)

// Verb says what sort of mute it is.
type Verb string

// The five verbs.
const (
	Silence     Verb = "silence"
	Allow       Verb = "allow"
	Suppress    Verb = "suppress"
	Maintenance Verb = "maintenance"
	Tune        Verb = "tune"
)

// Verbs lists the verbs.
func Verbs() []Verb { return []Verb{Silence, Allow, Suppress, Maintenance, Tune} }

// Effect is what a mute does to an alert that it matches.
type Effect string

// The effects, the weakest first.
const (
	// Collect gathers evidence and changes nothing.
	Collect Effect = "collect"
	// Annotate only tells that the mute matches.
	Annotate Effect = "annotate"
	// Discount makes an observable count for nothing.
	Discount Effect = "discount"
	// Quiet keeps from telling people and from starting playbooks.
	Quiet Effect = "quiet"
	// Hide keeps the alert and shows it to nobody who does not ask for it.
	Hide Effect = "hide"
)

// effect is what a verb does where nothing forbids it.
func (v Verb) effect() Effect {
	switch v {
	case Silence:
		return Quiet
	case Allow:
		return Discount
	case Suppress:
		return Hide
	case Maintenance:
		return Annotate
	case Tune:
		return Collect
	}
	return Annotate
}

// longest is how far ahead a verb's end may be. Whoever still needs it says so
// again, and is seen to.
func (v Verb) longest() time.Duration {
	const day = 24 * time.Hour
	switch v {
	case Silence:
		return 7 * day
	case Suppress, Tune:
		return 180 * day
	case Allow, Maintenance:
		return 366 * day
	}
	return 0
}

// Mute is one rule that keeps noise from people.
type Mute struct {
	Tenant harrier.TenantID
	ID     harrier.MuteID
	Verb   Verb
	Match  Match
	// Window says when within Start and End it holds; nil is always.
	Window *Window
	// It holds from Start to before End.
	Start, End time.Time
	// Owner is who answers for it, a name or a mail address.
	Owner  string
	Reason string
	// CreatedBy made it.
	CreatedBy     harrier.PrincipalID
	CreatedByName string
	CreatedAt     time.Time
	// EndedAt and EndedBy are set where somebody ended it early.
	EndedAt time.Time
	EndedBy string
	// Renewed counts how often its end was put off.
	Renewed int
	// Hits counts alerts that it matched, Overruled those of them that it
	// could not hide because something in them is known to be bad.
	Hits, Overruled int64
	LastHit         time.Time
	Rev             int64
}

// State is where a mute stands at a time: pending, active, ended or expired.
func (m Mute) State(now time.Time) string {
	switch {
	case !m.EndedAt.IsZero() && !now.Before(m.EndedAt):
		return StateEnded
	case now.Before(m.Start):
		return StatePending
	case now.Before(m.End):
		return StateActive
	}
	return StateExpired
}

// The states of a mute.
const (
	StatePending = "pending"
	StateActive  = "active"
	StateEnded   = "ended"   // by somebody
	StateExpired = "expired" // by its own end
)

// Applied tells what a mute does to an alert.
type Applied struct {
	Mute   harrier.MuteID `json:"mute"`
	Verb   Verb           `json:"verb"`
	Effect Effect         `json:"effect"`
	Owner  string         `json:"owner"`
	Reason string         `json:"reason"`
	Until  time.Time      `json:"until"`
	// On names what it matched, such as host ws-17.
	On []string `json:"on,omitempty"`
	// Overruled says why it does less than its verb says: what is known to be bad.
	Overruled string `json:"overruled,omitempty"`
}

// Strongest returns what weighs most of what applies, which is first, unless
// that does not keep anything from anybody.
func Strongest(applied []Applied) (Applied, bool) {
	if len(applied) == 0 || applied[0].Effect != Hide && applied[0].Effect != Quiet {
		return Applied{}, false
	}
	return applied[0], true
}

// strength orders effects.
func (e Effect) strength() int {
	switch e {
	case Hide:
		return 4
	case Quiet:
		return 3
	case Discount:
		return 2
	case Annotate:
		return 1
	case Collect:
	}
	return 0
}
