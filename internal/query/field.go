package query

import "slices"

// Noun is what a query selects.
type Noun string

// The nouns.
const (
	Alerts      Noun = "alerts"
	Cases       Noun = "cases"
	Observables Noun = "observables"
	Evidence    Noun = "evidence"
	Runs        Noun = "runs"
	Approvals   Noun = "approvals"
	Audit       Noun = "audit"
)

// Nouns lists what can be asked for.
func Nouns() []Noun { return []Noun{Alerts, Cases, Observables, Evidence, Runs, Approvals, Audit} }

// Type is what sort of values a field has.
type Type string

// The types of fields.
const (
	// Choice is one of a few words.
	Choice Type = "choice"
	// Text is compared whole, in any case; a star at its end stands for any rest.
	Text Type = "text"
	// Number is a whole or a broken number.
	Number Type = "number"
	// Moment is a day, a time, or how long ago, as in -7d.
	Moment Type = "time"
	// Flag is yes or no.
	Flag Type = "flag"
	// ID names a thing of Harrier's.
	ID Type = "id"
	// Person is somebody's name or id, or me.
	Person Type = "person"
)

// Field is something that can be asked about a noun.
type Field struct {
	Name string
	// Short is another name, for those who write it often.
	Short string
	Type  Type
	// Values are those of a choice, the least first where Ordered.
	Values  []string
	Ordered bool
	// Means are words that stand for several values of a choice.
	Means map[string][]string
	// Optional fields may be empty: "none" and "*" ask for that.
	Optional bool
	Help     string
}

// Fields lists what can be asked about a noun.
func Fields(n Noun) []Field {
	switch n {
	case Alerts:
		return alertFields()
	case Cases:
		return caseFields()
	case Observables:
		return observableFields()
	case Evidence:
		return evidenceFields()
	case Runs:
		return runFields()
	case Approvals:
		return approvalFields()
	case Audit:
		return auditFields()
	}
	return nil
}

func severity() Field {
	return Field{Name: "severity", Short: "sev", Type: Choice, Values: []string{"info", "low", "medium", "high", "critical"}, Ordered: true, Help: "how bad it is"}
}

func created(help string) Field { return Field{Name: "created", Type: Moment, Help: help} }

func text(name, help string) Field { return Field{Name: name, Type: Text, Help: help} }

func alertFields() []Field {
	return []Field{
		severity(),
		{Name: "status", Type: Choice, Values: []string{"new", "in_progress", "closed"}, Means: map[string][]string{"open": {"new", "in_progress"}}, Help: "where it stands"},
		{Name: "disposition", Type: Text, Optional: true, Help: "what it was, once it is closed"},
		{Name: "category", Short: "cat", Type: Text, Optional: true, Help: "what it is about, such as phishing"},
		{Name: "source", Short: "src", Type: Text, Help: "the name of what reported it"},
		{Name: "route", Type: Choice, Values: []string{"escalate", "case", "queue", "log", "close"}, Optional: true, Help: "what triage decided to follow"},
		{Name: "rule", Type: Text, Optional: true, Help: "the id of the detection"},
		{Name: "priority", Short: "prio", Type: Number, Help: "1 is now, 4 is when there is time"},
		{Name: "score", Type: Number, Help: "from 0 to 100"},
		{Name: "owner", Type: Person, Optional: true, Help: "who works on it"},
		{Name: "tag", Type: Text, Optional: true, Help: "a word that somebody put on it"},
		text("host", "a host that it is about"), text("user", "a user that it is about"), text("ip", "an address that it is about"),
		text("domain", "a domain in it"), text("url", "an address of the web in it"), text("hash", "a hash in it"), text("email", "a mail address in it"),
		{Name: "observable", Short: "ioc", Type: Text, Help: "any observable in it"},
		{Name: "case", Type: ID, Optional: true, Help: "the number or id of a case that it is in"},
		{Name: "repeats", Type: Number, Help: "how many were folded into it"},
		{Name: "observed", Type: Flag, Help: "whether its source is only observed"},
		{Name: "ref", Type: Text, Help: "the id that its source gave it"},
		{Name: "id", Type: ID, Help: "its id"},
		created("when it came"),
		{Name: "updated", Type: Moment, Help: "when it last changed"},
		{Name: "happened", Type: Moment, Help: "when what it tells of happened"},
	}
}

func caseFields() []Field {
	return []Field{
		severity(),
		{Name: "status", Type: Choice, Values: []string{"open", "in_progress", "waiting", "closed"}, Means: map[string][]string{"active": {"open", "in_progress", "waiting"}}, Help: "where it stands; active is all but closed"},
		{Name: "disposition", Type: Text, Optional: true, Help: "what it was, once it is closed"},
		{Name: "number", Type: Number, Help: "what people call it"},
		{Name: "template", Short: "category", Type: Text, Optional: true, Help: "what it was made from: its category, such as phishing"},
		{Name: "owner", Type: Person, Optional: true, Help: "who answers for it"},
		{Name: "tlp", Type: Choice, Values: []string{"clear", "green", "amber", "amber+strict", "red"}, Ordered: true, Optional: true, Help: "with whom it may be shared (Traffic Light Protocol)"},
		{Name: "pap", Type: Choice, Values: []string{"clear", "green", "amber", "red"}, Ordered: true, Optional: true, Help: "what may be done with it (Permissible Actions Protocol)"},
		{Name: "tag", Type: Text, Optional: true, Help: "a word that somebody put on it"},
		{Name: "alert", Type: ID, Optional: true, Help: "the id of an alert in it"},
		{Name: "restricted", Type: Flag, Help: "whether it is there for its members alone"},
		{Name: "id", Type: ID, Help: "its id"},
		created("when it was opened"),
		{Name: "updated", Type: Moment, Help: "when it last changed"},
		{Name: "contained", Type: Moment, Optional: true, Help: "when what it is about could do no more harm"},
		{Name: "closed", Type: Moment, Optional: true, Help: "when it was closed"},
	}
}

func observableFields() []Field {
	return []Field{
		{Name: "type", Type: Text, Help: "such as ip, domain or hash"}, {Name: "value", Type: Text, Help: "its one spelling"},
		{Name: "role", Type: Text, Optional: true, Help: "what it is in the event, such as source"},
		{Name: "alert", Type: ID, Help: "the id of an alert that has it"},
		created("when what it was in happened"),
	}
}

func evidenceFields() []Field {
	return []Field{
		{Name: "name", Type: Text, Help: "the name of the file"}, {Name: "hash", Short: "sha256", Type: Text, Help: "its SHA-256"},
		{Name: "type", Type: Text, Help: "its media type"}, {Name: "size", Type: Number, Help: "in bytes"},
		{Name: "alert", Type: ID, Optional: true, Help: "the id of the alert it belongs to"},
		{Name: "case", Type: ID, Optional: true, Help: "the number or id of the case it belongs to"},
		{Name: "id", Type: ID, Help: "its id"}, created("when it was stored"),
	}
}

func runFields() []Field {
	return []Field{
		{
			Name: "status", Type: Choice, Values: []string{"queued", "running", "waiting", "quarantined", "succeeded", "failed", "cancelled"},
			Means: map[string][]string{"active": {"queued", "running", "waiting", "quarantined"}, "ended": {"succeeded", "failed", "cancelled"}}, Help: "where it stands",
		},
		{Name: "playbook", Short: "pb", Type: Text, Help: "the id of its playbook"}, {Name: "mode", Type: Text, Help: "live, dry or simulated"},
		{Name: "unresolved", Type: Number, Help: "how many of its actions have an unknown outcome"},
		{Name: "alert", Type: ID, Optional: true, Help: "the id of the alert it works on"},
		{Name: "case", Type: ID, Optional: true, Help: "the number or id of the case it works on"},
		{Name: "id", Type: ID, Help: "its id"}, created("when it began"),
		{Name: "updated", Type: Moment, Help: "when it last went on"}, {Name: "ended", Type: Moment, Optional: true, Help: "when it ended"},
	}
}

func approvalFields() []Field {
	return []Field{
		{Name: "status", Type: Choice, Values: []string{"pending", "approved", "denied", "answered", "expired", "void"}, Help: "where it stands"},
		{Name: "kind", Type: Choice, Values: []string{"plan", "guard", "question", "outcome"}, Help: "what is asked"},
		{Name: "run", Type: ID, Help: "the id of the run that asks"}, {Name: "id", Type: ID, Help: "its id"},
		created("when it was asked"), {Name: "expires", Type: Moment, Optional: true, Help: "when it ends by itself"},
	}
}

func auditFields() []Field {
	return []Field{
		{Name: "actor", Type: Person, Help: "who did it"}, {Name: "action", Type: Text, Help: "what was done, such as effect.intend"},
		{Name: "target", Type: Text, Help: "what it was done to"}, {Name: "run", Type: ID, Optional: true, Help: "the id of the run that did it"},
		{Name: "id", Type: ID, Help: "its id"}, created("when it was done"),
	}
}

// find returns the field of a name, whole or short.
func find(fields []Field, name string) (Field, bool) {
	i := slices.IndexFunc(fields, func(f Field) bool { return f.Name == name || f.Short != "" && f.Short == name })
	if i < 0 {
		return Field{}, false
	}
	return fields[i], true
}
