package indicator

import (
	"cmp"
	"math"
	"time"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/feed"
	"github.com/harrier-soar/harrier/internal/picture"
)

// origin is whose an entry is: a feed, or a list.
type origin struct {
	tenant harrier.TenantID
	feed   Feed
	list   List // its name is empty where it is a feed
}

// The bits of an entry: the verdict in two, partial in one, the grade in three.
const (
	verdictMask  = 0b11
	partialBit   = 0b100
	gradeShift   = 3
	gradeMask    = 0b111
	colourMask   = 0b1111
	papShift     = 4
	verdictGood  = 2
	verdictDoubt = 1
)

// pack makes the bits of an entry.
func pack(verdict string, partial bool, grade string) (bits uint8) {
	switch verdict {
	case feed.Suspicious:
		bits = verdictDoubt
	case feed.Benign:
		bits = verdictGood
	}
	if partial {
		bits |= partialBit
	}
	if len(grade) == 1 && grade[0] >= 'A' && grade[0] <= 'F' {
		bits |= (grade[0] - 'A' + 1) << gradeShift
	}
	return bits
}

// grade is that of the entry itself; empty where it has none.
func (e entry) grade() string {
	if g := e.bits >> gradeShift & gradeMask; g != 0 {
		return string(rune('A' + g - 1))
	}
	return ""
}

// entryOf is what is kept in memory of an indicator.
func (s *Service) entryOf(i Indicator) (hash uint64, e entry) {
	k := kindOf(i.Type)
	hash = s.table.hash(i.Tenant, k, keyText(k, i.Value))
	seen := latest(i.LastSeen, i.FirstSeen)
	if seen.IsZero() {
		seen = latest(i.ValidFrom, i.AddedAt)
	}
	return hash, entry{
		origin: uint32(i.Feed), name: s.names.number(i.Name), kind: k,
		from: seconds(earliest(i.ValidFrom, i.FirstSeen)), until: seconds(i.ValidUntil), seen: seconds(seen), added: seconds(i.AddedAt),
		confidence: uint8(min(max(i.Confidence, 0), 100)),
		bits:       pack(i.Verdict, i.Partial, i.Reliability), colours: tlpNumber(i.TLP) | papNumber(i.PAP)<<papShift,
	}
}

// seconds is a time in four bytes; what they cannot hold is none.
func seconds(t time.Time) uint32 {
	if n := t.Unix(); n > 0 && n <= math.MaxUint32 {
		return uint32(n)
	}
	return 0
}

func latest(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}

// earliest is the earlier of two times; a zero one is none.
func earliest(a, b time.Time) time.Time {
	if a.IsZero() || !b.IsZero() && b.Before(a) {
		return b
	}
	return a
}

// moment is the time of seconds; zero for none.
func moment(n uint32) time.Time {
	if n == 0 {
		return time.Time{}
	}
	return time.Unix(int64(n), 0).UTC()
}

// span is when an entry was seen last, and when it ends; zero is never.
func (o origin) span(e entry) (seen, until time.Time) {
	seen, until = moment(e.seen), moment(e.until)
	if o.feed.Whole {
		seen = latest(seen, o.feed.PulledAt)
	}
	if life := lifeOf(e.kind); until.IsZero() && life.Lasts > 0 && o.list.Name == "" {
		until = seen.Add(life.Lasts)
	}
	return seen, until
}

// opinion is what an entry says of a value at a time; ok is false where it says
// nothing: before it began to matter, after its end, or when too little of it is left.
func (s *Service) opinion(e entry, o origin, at time.Time) (op picture.Opinion, ok bool) {
	life := lifeOf(e.kind)
	seen, until := o.span(e)
	if !until.IsZero() && !at.Before(until) {
		return op, false
	}
	age := at.Sub(seen)
	if from := moment(e.from); !from.IsZero() && at.Before(from) {
		if age = from.Sub(at); life.Lasts > 0 && age > life.Lasts {
			return op, false
		}
	}
	score := float64(e.confidence)
	if o.list.Name == "" {
		score = life.decayed(score, age)
	}
	if score < toldAt {
		return op, false
	}
	op = picture.Opinion{
		Source: o.feed.Name, Provider: cmp.Or(o.feed.Provider, o.feed.Name), Reliability: cmp.Or(e.grade(), o.feed.Reliability, "F"),
		Verdict: verdictOf(e, score), Score: math.Round(score*10) / 10, Indicator: true, Name: s.names.text(e.name), At: seen, Until: until,
	}
	if o.list.Name != "" {
		op.Source, op.Provider, op.Reliability = "list "+o.list.Name, "list "+o.list.Name, "A"
	}
	return op, true
}

// verdictOf is how bad a value is at a score. Of one that is not enough by
// itself nothing worse than suspicious is said.
func verdictOf(e entry, score float64) string {
	switch {
	case e.bits&verdictMask == verdictGood:
		return feed.Benign
	case e.bits&verdictMask == verdictDoubt, e.bits&partialBit != 0, score < maliciousAt:
		return feed.Suspicious
	}
	return feed.Malicious
}
