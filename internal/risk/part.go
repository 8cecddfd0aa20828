package risk

import (
	"cmp"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/harrier-soar/harrier"
)

// Entity is whom something is held against: a host or a user.
type Entity struct {
	Type harrier.EntityType
	Key  string
}

// String is the entity as people write it, such as host:ws-17.
func (e Entity) String() string { return string(e.Type) + ":" + e.Key }

// ID identifies the entity within all, for lists.
func (e Entity) ID() [16]byte {
	return harrier.DeriveID[harrier.CaseID]("entity", string(e.Type), e.Key)
}

// ParseEntity reads what [Entity.String] wrote; other types than host and user
// are Invalid.
func ParseEntity(text string) (Entity, error) {
	typ, key, ok := strings.Cut(text, ":")
	e := Entity{harrier.EntityType(typ), strings.ToLower(key)}
	if !ok || key == "" || len(key) > maxKey || !counted(e.Type) {
		return e, harrier.Errorf(harrier.Invalid, "%q is no entity that has a risk; write host:NAME or user:NAME@DOMAIN", text)
	}
	return e, nil
}

func counted(t harrier.EntityType) bool { return t == harrier.HostEntity || t == harrier.UserEntity }

// Part is what an alert holds against an entity by a rule.
type Part struct {
	Entity
	Alert  harrier.AlertID
	Rule   string
	Source harrier.SourceID
	// Tactics are sorted and joined by commas.
	Tactics string
	Title   string
	Score   float64
	// At is when it happened.
	At time.Time
}

// Daily is the part as it is added up with others of its day.
func (p Part) Daily() Day {
	n := dayOf(p.At)
	into := p.At.Sub(time.Unix(n*int64(day.Seconds()), 0)).Seconds()
	return Day{Day: n, Rule: p.Rule, Source: p.Source, Tactics: p.Tactics, Score: p.Score, Moment: p.Score * into}
}

// Judged is an alert with what triage says it adds.
type Judged struct {
	Tenant harrier.TenantID
	Alert  harrier.AlertID
	Title  string
	// Rule is the detection; its alerts together contribute only so much.
	Rule    string
	Source  harrier.SourceID
	Tactics []string
	// At is when it happened, Now when it is judged.
	At, Now time.Time
	// Risk is by entity "type:key"; what is neither host nor user is left out.
	Risk map[string]float64
	// Old tells that it is old news or only observed: it counts, and opens no case.
	Old bool
}

const (
	maxKey      = 512
	maxEntities = 50
	maxScore    = 1000
	maxTactics  = 20
)

// parts are the contributions of an alert, bounded whatever it says.
func (j Judged) parts(p Policy) []Part {
	at := cmp.Or(j.At, j.Now)
	if at.After(j.Now) {
		at = j.Now
	}
	if dayOf(at) < p.since(j.Now) {
		return nil
	}
	tactics := slices.Clone(j.Tactics)
	slices.Sort(tactics)
	tactics = slices.Compact(tactics)
	tactics = slices.DeleteFunc(tactics, func(t string) bool { return t == "" || len(t) > 64 || strings.Contains(t, ",") })
	tactics = tactics[:min(len(tactics), maxTactics)]
	var list []Part
	for _, name := range slices.Sorted(maps.Keys(j.Risk)) {
		e, err := ParseEntity(name)
		score := min(j.Risk[name], maxScore)
		if err != nil || !(score > 0) || len(list) == maxEntities { // NaN is not above 0
			continue
		}
		list = append(list, Part{
			Entity: e, Alert: j.Alert, Rule: cmp.Or(j.Rule, "alert "+j.Alert.String()), Source: j.Source,
			Tactics: strings.Join(tactics, ","), Title: j.Title, Score: score, At: at.UTC().Truncate(time.Microsecond),
		})
	}
	return slices.CompactFunc(list, func(a, b Part) bool { return a.Entity == b.Entity })
}
