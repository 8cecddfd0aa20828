package judge

import (
	"time"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/picture"
	"github.com/harrier-soar/harrier/schema"
)

// words are what rules can read.
type words struct {
	alert, context, known, decision, source *record[session]

	entity      *record[entity]
	named       *record[harrier.Entity]
	observable  *record[picture.Observable]
	mentioned   *record[harrier.Observable]
	opinion     *record[picture.Opinion]
	similar     *record[picture.Similar]
	missing     *record[picture.Missing]
	indicted    *record[indicted]
	rule        *record[harrier.Rule]
	history     *record[picture.History]
	stood       *record[harrier.Entity]
	declaration map[string]schema.Type
}

// newWords returns what rules can read, with its types.
func newWords() *words {
	w := &words{}
	w.things()
	w.opinions()
	w.roots()
	w.declaration = map[string]schema.Type{
		"alert": w.alert.typ(), "context": w.context.typ(), "known": w.known.typ(), "decision": w.decision.typ(), "source": w.source.typ(),
	}
	return w
}

// things describes entities and what else stands in a finding.
func (w *words) things() {
	w.named = recordOf(
		str("type", "What sort of thing it is.", func(e *harrier.Entity) string { return string(e.Type) }),
		str("key", "Its one spelling.", func(e *harrier.Entity) string { return e.Key }),
		str("name", "The spelling of the source.", func(e *harrier.Entity) string { return e.Name }),
		str("role", "What it is in the event.", func(e *harrier.Entity) string { return e.Role }),
	)
	w.stood = w.named
	w.mentioned = recordOf(
		str("type", "What sort of value it is.", func(o *harrier.Observable) string { return o.Type }),
		str("value", "The value.", func(o *harrier.Observable) string { return o.Value }),
		str("role", "What it is in the event.", func(o *harrier.Observable) string { return o.Role }),
		str("where", "The field that it stands in.", func(o *harrier.Observable) string { return o.Where }),
	)
	w.rule = recordOf(
		str("id", "The id of the detection.", func(r *harrier.Rule) string { return r.ID }),
		str("name", "Its name.", func(r *harrier.Rule) string { return r.Name }),
	)
	w.entity = recordOf(
		str("type", "host, user, address, mailbox or resource.", func(e *entity) string { return string(e.Type) }),
		str("key", "Its one spelling.", func(e *entity) string { return e.Key }),
		str("name", "The spelling of the source.", func(e *entity) string { return e.Name }),
		str("role", "source, destination, actor, target or affected.", func(e *entity) string { return e.Role }),
		flag("known", "Whether the inventory has it.", func(e *entity) bool { return e.Known }),
		column[entity]{"as", schema.OptionalOf(w.stood.typ()), "What it stood for at the time: the host that had an address.", func(e *entity) any {
			if e.As == nil {
				return nil
			}
			return w.stood.view(e.As)
		}},
		str("criticality", "critical, high, medium, low, or unknown; low only where that is up to date.", func(e *entity) string { return e.criticality }),
		flag("stale", "Whether what is known is out of date.", func(e *entity) bool { return e.Stale }),
		str("environment", "production, test, development, another, or unknown; test only where that is up to date.", func(e *entity) string { return e.environment }),
		str("owner", "Whose it is.", func(e *entity) string { return e.Owner }),
		flag("vip", "Whether it is a VIP, or belongs to one.", func(e *entity) bool { return e.vip }),
		flag("privileged", "Whether it has more rights than others.", func(e *entity) bool { return e.Privileged }),
		texts("tags", "Its tags.", func(e *entity) []string { return e.Tags }),
		str("source", "Where it is known from.", func(e *entity) string { return e.Source }),
		column[entity]{"seen", moment(), "When it was last confirmed.", func(e *entity) any { return at(e.Seen) }},
		number("risk", "What is held against it at present.", func(e *entity) float64 { return e.Risk }),
		str("maintenance", "The calendar entry that covers it.", func(e *entity) string { return e.Maintenance }),
		column[entity]{"facts", schema.TypeOf(schema.Any), "What was looked up live, by who told.", func(e *entity) any { return facts(e.Facts) }},
	)
}

// opinions describes what is thought of observables, and what came before.
func (w *words) opinions() {
	w.opinion = recordOf(
		str("source", "The connection or feed.", func(o *picture.Opinion) string { return o.Source }),
		str("provider", "Who is behind it.", func(o *picture.Opinion) string { return o.Provider }),
		str("reliability", "Its grade, A to F.", func(o *picture.Opinion) string { return gradeOf(o.Reliability) }),
		str("verdict", "malicious, suspicious, benign or unknown.", func(o *picture.Opinion) string { return o.Verdict }),
		number("score", "Its own score.", func(o *picture.Opinion) float64 { return o.Score }),
		flag("indicator", "Whether a feed lists it.", func(o *picture.Opinion) bool { return o.Indicator }),
		str("name", "What for.", func(o *picture.Opinion) string { return o.Name }),
		str("link", "Its page.", func(o *picture.Opinion) string { return o.Link }),
		column[picture.Opinion]{"at", moment(), "When it was given.", func(o *picture.Opinion) any { return at(o.At) }},
		column[picture.Opinion]{"until", moment(), "When it ends.", func(o *picture.Opinion) any { return at(o.Until) }},
	)
	w.observable = recordOf(
		str("type", "What sort of value it is.", func(o *picture.Observable) string { return o.Type }),
		str("value", "The value.", func(o *picture.Observable) string { return o.Value }),
		str("role", "What it is in the event.", func(o *picture.Observable) string { return o.Role }),
		str("where", "The field that it stands in.", func(o *picture.Observable) string { return o.Where }),
		str("verdict", "The worst that anybody says.", func(o *picture.Observable) string { return o.Verdict }),
		number("score", "From 0 to 100, where somebody tells one.", func(o *picture.Observable) float64 { return o.Score }),
		column[picture.Observable]{"opinions", schema.ListOf(w.opinion.typ()), "Who says what.", func(o *picture.Observable) any { return w.opinion.views(first(o.Opinions)) }},
		str("allowed", "The allow list that it is on.", func(o *picture.Observable) string { return o.Allowed }),
		flag("internal", "Whether it is the organisation's own.", func(o *picture.Observable) bool { return o.Internal }),
		count("seen", "In how many alerts it was before.", func(o *picture.Observable) int { return o.Seen }),
		count("answered", "How many answered about it.", func(o *picture.Observable) int { return o.Answered }),
		count("failed", "How many did not.", func(o *picture.Observable) int { return o.Failed }),
	)
	w.similar = recordOf(
		str("alert", "Its id.", func(s *picture.Similar) string { return s.Alert.String() }),
		str("title", "Its title.", func(s *picture.Similar) string { return s.Title }),
		str("severity", "Its severity.", func(s *picture.Similar) string { return s.Severity }),
		str("disposition", "What it was.", func(s *picture.Similar) string { return s.Disposition }),
		column[picture.Similar]{"at", moment(), "When it came.", func(s *picture.Similar) any { return at(s.At) }},
		texts("shares", "What both have.", func(s *picture.Similar) []string { return s.Shares }),
	)
	w.missing = recordOf(
		str("what", "What was asked about.", func(m *picture.Missing) string { return m.What }),
		str("from", "Who was asked.", func(m *picture.Missing) string { return m.From }),
		str("why", "Why there is no answer.", func(m *picture.Missing) string { return m.Why }),
	)
	w.history = recordOf(
		count("repeats", "How many earlier alerts were just like it.", func(h *picture.History) int { return h.Repeats }),
		column[picture.History]{"outcomes", schema.MapOf(schema.TypeOf(schema.Integer)), "How many of them came to what.", func(h *picture.History) any { return tally(h.Outcomes) }},
		column[picture.History]{"similar", schema.ListOf(w.similar.typ()), "Alerts that share something with it, the nearest first.", func(h *picture.History) any { return w.similar.views(first(h.Similar)) }},
	)
	w.indicted = recordOf(
		str("type", "What sort of value it is.", func(i *indicted) string { return i.Type }),
		str("value", "The value.", func(i *indicted) string { return i.Value }),
		str("role", "What it is in the event.", func(i *indicted) string { return i.Role }),
		number("strength", "How sure that is, from 0 to 1: what independent providers say, by their reliability, less what others say for it.", func(i *indicted) float64 { return i.strength }),
		texts("providers", "Who says so, the weightiest first. One provider under two names is one.", func(i *indicted) []string { return i.providers }),
		str("reliability", "The grade of the best of them.", func(i *indicted) string { return i.grade }),
		texts("names", "What it is listed for.", func(i *indicted) []string { return i.names }),
		flag("listed", "Whether a feed lists it.", func(i *indicted) bool { return i.listed }),
		str("allowed", "The allow list that it is on, which does not count.", func(i *indicted) string { return i.Allowed }),
		flag("internal", "Whether it is the organisation's own.", func(i *indicted) bool { return i.Internal }),
		count("seen", "In how many alerts it was before.", func(i *indicted) int { return i.Seen }),
		column[indicted]{"until", moment(), "When the opinions end.", func(i *indicted) any { return at(i.until) }},
	)
}

func str[T any](name, help string, read func(*T) string) column[T] {
	return column[T]{name, schema.TypeOf(schema.String), help, func(of *T) any { return read(of) }}
}

func flag[T any](name, help string, read func(*T) bool) column[T] {
	return column[T]{name, schema.TypeOf(schema.Boolean), help, func(of *T) any { return read(of) }}
}

func count[T any](name, help string, read func(*T) int) column[T] {
	return column[T]{name, schema.TypeOf(schema.Integer), help, func(of *T) any { return int64(read(of)) }}
}

func number[T any](name, help string, read func(*T) float64) column[T] {
	return column[T]{name, schema.TypeOf(schema.Number), help, func(of *T) any { return read(of) }}
}

func texts[T any](name, help string, read func(*T) []string) column[T] {
	return column[T]{name, schema.ListOf(schema.TypeOf(schema.String)), help, func(of *T) any { return first(read(of)) }}
}

// moment is the type of a time that may not be known.
func moment() schema.Type { return schema.OptionalOf(schema.TypeOf(schema.Timestamp)) }

// at is a time, or nil where it is not known.
func at(t time.Time) any {
	if t.IsZero() {
		return nil
	}
	return t
}

// facts is an object that is never nil.
func facts(m map[string]any) any {
	if m == nil {
		return map[string]any{}
	}
	return m
}

// tally is a count by name as plain data.
func tally(m map[string]int) any {
	out := make(map[string]any, len(m))
	for name, n := range m {
		out[name] = int64(n)
	}
	return out
}

// first returns as much of a list as rules look through.
func first[T any](list []T) []T { return list[:min(len(list), most)] }
