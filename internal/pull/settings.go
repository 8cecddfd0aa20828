package pull

import (
	"bytes"
	"cmp"
	"encoding/json"
	"strings"
	"time"

	"github.com/harrier-soar/harrier"
)

// Settings is what a source of kind poll declares, as its settings in JSON.
type Settings struct {
	// Connection is who is asked.
	Connection string `json:"connection"`
	// Mailbox is whose mail is read, where the source is one of mail.
	Mailbox string `json:"mailbox,omitempty"`
	// Every is how often it is asked; empty is 1m.
	Every string `json:"every,omitempty"`
	// Lookback is how much of what was asked before is asked again, because
	// products are late; empty is 10m.
	Lookback string `json:"lookback,omitempty"`
	// First is how far back the first question goes; empty is 24h.
	First string `json:"first,omitempty"`
	// Fresh is how old an event may be, when a gap is read, to be news still; empty is 1h.
	Fresh string `json:"fresh,omitempty"`
	// Watch says how often something comes; see package watch.
	Watch json.RawMessage `json:"watch,omitempty"`

	every, lookback, first, fresh time.Duration
}

// ParseSettings reads and checks the settings of a source of kind poll.
func ParseSettings(text json.RawMessage) (Settings, error) {
	var s Settings
	dec := json.NewDecoder(bytes.NewReader(text))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&s); err != nil {
		return s, harrier.Errorf(harrier.Invalid, "the settings of the source cannot be read: %w", err)
	}
	var wrong []string
	if s.Connection == "" {
		wrong = append(wrong, "connection: name the connection that is asked, as in --set connection=defender")
	}
	for _, f := range []struct {
		name, text, usual string
		least, most       time.Duration
		into              *time.Duration
	}{
		{"every", s.Every, "1m", 10 * time.Second, 24 * time.Hour, &s.every},
		{"lookback", s.Lookback, "10m", 0, 7 * 24 * time.Hour, &s.lookback},
		{"first", s.First, "24h", 0, 90 * 24 * time.Hour, &s.first},
		{"fresh", s.Fresh, "1h", time.Minute, 7 * 24 * time.Hour, &s.fresh},
	} {
		d, err := time.ParseDuration(cmp.Or(f.text, f.usual))
		if err != nil || d < f.least || d > f.most {
			wrong = append(wrong, f.name+": use a time from "+f.least.String()+" to "+f.most.String()+", such as "+f.usual)
		}
		*f.into = d
	}
	if len(wrong) > 0 {
		return s, harrier.Errorf(harrier.Invalid, "the source cannot work so: %s", strings.Join(wrong, "; "))
	}
	return s, nil
}
