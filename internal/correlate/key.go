package correlate

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/picture"
)

// Key is a thing that alerts can share.
type Key struct {
	Type  string `json:"type"`
	Value string `json:"value"`
}

// String is the key as people read it, such as host ws-17.
func (k Key) String() string { return k.Type + " " + k.Value }

// Stopped is a thing that says nothing, and why.
type Stopped struct {
	Key
	Why string `json:"why"`
}

// Subject is an alert that wants a place.
type Subject struct {
	Tenant   harrier.TenantID
	Alert    harrier.AlertID
	Title    string
	Severity string
	Category string
	// At is when it happened, Now when it is placed.
	At, Now time.Time
	Finding harrier.Finding
	Picture picture.Picture
}

// when is the time by which the subject is near to others; an event from the
// future happened now.
func (s *Subject) when() time.Time {
	at := cmp.Or(s.At, s.Finding.Time, s.Now)
	if at.After(s.Now) {
		at = s.Now
	}
	return at.UTC().Truncate(time.Microsecond)
}

// weighed is a key with what it weighs.
type weighed struct {
	Key
	Kind
	malicious bool
}

// Common tells what everybody in the organisation shares; why says in what way.
type Common interface {
	Common(k Key) (why string, ok bool)
}

// maxKeys bounds how many things of an alert are looked at.
const maxKeys = 64

// keys are the things of a subject that count, and those that say nothing.
func (s *Service) keys(subject *Subject) (live []weighed, stopped []Stopped) {
	seen := map[Key]bool{}
	shared := map[string]string{}
	add := func(k Key, malicious bool, why string) {
		kind, ok := s.policy().Kinds[k.Type]
		if !ok || k.Value == "" || len(k.Value) > 2048 || seen[k] {
			return
		}
		seen[k] = true
		if why == "" && !malicious {
			why = s.common(k)
		}
		switch {
		case why != "":
			stopped = append(stopped, Stopped{k, why})
		case len(live) < maxKeys:
			if malicious {
				kind.Weight *= s.policy().Malicious
			}
			live = append(live, weighed{k, kind, malicious})
		}
	}
	for _, e := range entities(subject) {
		why := s.tagged(e)
		if why != "" {
			shared[e.Key] = why
		}
		if as := e.As; as != nil {
			// An address means the machine that it was then.
			add(Key{string(as.Type), as.Key}, false, why)
			shared[e.Key] = cmp.Or(why, "it stands for "+string(as.Type)+" "+as.Key)
			continue
		}
		add(Key{string(e.Type), e.Key}, false, why)
	}
	for _, o := range observables(subject) {
		why := shared[o.Value]
		bad := o.Verdict == "malicious"
		switch {
		case bad:
			why = ""
		case o.Allowed != "":
			why = cmp.Or(why, "it is on the allow list "+o.Allowed)
		case o.Internal:
			why = cmp.Or(why, "it is the organisation's own")
		}
		add(Key{o.Type, o.Value}, bad, why)
	}
	return live, stopped
}

// entities are those of the picture, or of the finding where there is none.
func entities(s *Subject) []picture.Entity {
	if len(s.Picture.Entities) > 0 {
		return s.Picture.Entities
	}
	list := make([]picture.Entity, len(s.Finding.Entities))
	for i, e := range s.Finding.Entities {
		list[i] = picture.Entity{Entity: e}
	}
	return list
}

// observables are those of the picture, or of the finding where there is none.
func observables(s *Subject) []picture.Observable {
	if len(s.Picture.Observables) > 0 {
		return s.Picture.Observables
	}
	list := make([]picture.Observable, len(s.Finding.Observables))
	for i, o := range s.Finding.Observables {
		list[i] = picture.Observable{Observable: o}
	}
	return list
}

// tagged says by which tag everybody shares an entity.
func (s *Service) tagged(e picture.Entity) string {
	for _, tag := range e.Tags {
		if slices.ContainsFunc(s.policy().Tags, func(stop string) bool { return strings.EqualFold(stop, tag) }) {
			return "the inventory calls it " + strings.ToLower(tag)
		}
	}
	return ""
}

// common says why everybody shares a key.
func (s *Service) common(k Key) string {
	if slices.ContainsFunc(s.policy().Stop[k.Type], func(stop string) bool { return strings.EqualFold(stop, account(k)) || strings.EqualFold(stop, k.Value) }) {
		return "it is listed as shared by everybody"
	}
	if why, ok := s.organisation.Common(k); ok {
		return why
	}
	return ""
}

// account is a user without its domain: SYSTEM of any machine is nobody.
func account(k Key) string {
	if k.Type != string(harrier.UserEntity) {
		return k.Value
	}
	name, _, _ := strings.Cut(k.Value, "@")
	if i := strings.LastIndexByte(name, '\\'); i >= 0 {
		name = name[i+1:]
	}
	return name
}
