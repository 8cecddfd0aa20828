package mute

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/picture"
)

// Subject is what is held against the mutes: an alert with what is known of it.
type Subject struct {
	Source  harrier.Source
	Finding harrier.Finding
	// Picture is what is known so far. A mute that hides is asked again when
	// more is known, because that may be that something is bad.
	Picture picture.Picture
	// Now is when it is judged; silences and suppressions hold by it, since
	// whoever sends an event may choose the event's time.
	Now time.Time
}

// eventTime is when it happened; maintenance holds by it.
func (s *Subject) eventTime() time.Time {
	if s.Finding.Time.IsZero() || s.Finding.Time.After(s.Now) {
		return s.Now
	}
	return s.Finding.Time
}

// fact is a value of a field of an alert.
type fact struct{ field, value string }

// facts are the values of an alert by field, in canonical spelling.
func (s *Subject) facts() []fact {
	f := &s.Finding
	list := make([]fact, 0, 8+len(f.Tactics)+len(f.Techniques)+len(f.Entities)+len(f.Observables))
	add := func(field, value string) {
		if value != "" {
			list = append(list, fact{field, strings.ToLower(value)})
		}
	}
	add("source", s.Source.Name)
	if !s.Source.ID.IsZero() {
		add("source", s.Source.ID.String())
	}
	add("rule", f.Rule.ID)
	add("rule", f.Rule.Name)
	add("category", f.Category)
	add("severity", f.Severity)
	for _, t := range f.Tactics {
		add("tactic", t)
	}
	for _, t := range f.Techniques {
		add("technique", t)
	}
	for _, e := range f.Entities {
		add(string(e.Type), e.Key)
	}
	for _, e := range s.Picture.Entities {
		if e.As != nil {
			add(string(e.As.Type), e.As.Key)
		}
	}
	for _, o := range f.Observables {
		add(o.Type, o.Value)
	}
	return list
}

// path returns the values at a path of the event in the names of ECS.
func (s *Subject) path(path string) []string {
	var v any = s.Finding.Data
	for part := range strings.SplitSeq(path, ".") {
		m, ok := v.(map[string]any)
		if !ok {
			return nil
		}
		v = m[part]
	}
	list, ok := v.([]any)
	if !ok {
		list = []any{v}
	}
	var out []string
	for _, item := range list {
		if text := scalar(item); text != "" {
			out = append(out, strings.ToLower(text))
		}
	}
	return out
}

// scalar is a plain value as text; objects and lists are none.
func scalar(v any) string {
	switch x := v.(type) {
	case string:
		return x
	case bool, int, int64, uint64:
		return fmt.Sprint(x)
	case float64:
		return strconv.FormatFloat(x, 'f', -1, 64)
	}
	return ""
}

// KnownBad says why something about an alert is known to be bad, if it is: an
// indicator matches, an opinion that still holds says malicious, or the source
// has confirmed it. What an allow list says changes nothing about that.
func (s *Subject) KnownBad() (why string, bad bool) {
	if s.Finding.Disposition == "true_positive" {
		return "the source has confirmed it", true
	}
	for i := range s.Picture.Observables {
		o := &s.Picture.Observables[i]
		for _, op := range o.Opinions {
			if !op.Until.IsZero() && !op.Until.After(s.Now) {
				continue
			}
			if op.Verdict == malicious || op.Indicator && op.Verdict != benign {
				return o.Value + " is known to be bad by " + op.Source, true
			}
		}
		if o.Verdict == malicious {
			return o.Value + " is malicious", true
		}
	}
	return "", false
}

const (
	malicious = "malicious"
	benign    = "benign"
)
