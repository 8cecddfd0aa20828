package intake

import (
	"encoding/json"
	"io"
	"maps"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/email"
)

// Report is something that a source tells.
type Report struct {
	// Source names where it comes from, such as mail or webhook/siem.
	Source string
	// ExternalID is how the source knows it again.
	ExternalID string
	Title      string
	Category   string
	// Severity is critical, high, medium, low or info; empty means medium.
	Severity string
	// Data is the report in ECS names.
	Data     map[string]any
	Evidence []Item
	// Entities and Observables are who and what it is about, where the one who
	// reports knows.
	Entities    []harrier.Entity
	Observables []harrier.Observable
}

// Item is an artefact of a report. It is read once.
type Item struct {
	Name, MediaType string
	Reader          io.Reader
}

// isMail reports whether artefacts of a media type are mails.
func isMail(mediaType string) bool {
	return mediaType == email.TypeMail || mediaType == email.TypeOutlook || mediaType == email.TypeTNEF
}

// SourceID returns the id of a source that a tenant calls by a name.
func SourceID(tenant harrier.TenantID, name string) harrier.SourceID {
	return harrier.DeriveID[harrier.SourceID]("source", tenant.String(), name)
}

// check tells everything that is wrong with a report.
func (r Report) check() error {
	var wrong []string
	say := func(bad bool, text string) {
		if bad {
			wrong = append(wrong, text)
		}
	}
	say(!named(r.Source), "source: give a name of 1 to 100 characters without control characters")
	say(r.ExternalID == "" || len(r.ExternalID) > 1000 || !utf8.ValidString(r.ExternalID), "external_id: give the id by which the source knows the alert again, of at most 1000 bytes")
	say(strings.TrimSpace(r.Title) == "", "title: give one line")
	say(r.Severity != "" && !slices.Contains(severities(), r.Severity), "severity: use one of "+strings.Join(severities(), ", "))
	say(len(r.Category) > 100 || !utf8.ValidString(r.Category), "category: give at most 100 bytes")
	say(len(r.Evidence) > maxFiles, "evidence: give at most 100 artefacts")
	for _, item := range r.Evidence {
		say(item.Reader == nil, "evidence: an artefact has no content")
	}
	if len(wrong) > 0 {
		return harrier.Errorf(harrier.Invalid, "the report cannot be taken: %s", strings.Join(wrong, "; "))
	}
	return nil
}

// named reports whether a text can be the name of a source.
func named(name string) bool {
	control := strings.ContainsFunc(name, func(c rune) bool { return c < ' ' || c == 0x7f })
	return name != "" && len(name) <= 100 && utf8.ValidString(name) && !control
}

// severities lists how bad an alert can be, the worst first.
func severities() []string { return []string{"critical", "high", "medium", "low", "info"} }

// priority is the place of an alert's runs in the queue.
func priority(severity string) int {
	return min(3, max(0, slices.Index(severities(), severity)))
}

// encode returns the data of a report with the source's name where ECS has it.
func (r Report) encode() (json.RawMessage, error) {
	data := maps.Clone(r.Data)
	if data == nil {
		data = map[string]any{}
	}
	event, _ := data["event"].(map[string]any)
	if event = maps.Clone(event); event == nil {
		event = map[string]any{}
	}
	event["provider"] = r.Source
	data["event"] = event
	text, err := json.Marshal(data)
	switch {
	case err != nil:
		return nil, harrier.Errorf(harrier.Invalid, "the data of the report is not JSON: %w", err)
	case len(text) > maxData:
		return nil, harrier.Errorf(harrier.Invalid, "the data of the report has %d bytes, more than %d; send large parts as evidence", len(text), maxData)
	}
	return text, nil
}

// clip makes one line of at most n bytes of a text from outside.
func clip(text string, n int) string {
	text = strings.Join(strings.Fields(strings.ToValidUTF8(text, "\ufffd")), " ")
	if len(text) <= n {
		return text
	}
	for n > 0 && !utf8.RuneStart(text[n]) {
		n--
	}
	return text[:n] + "…"
}
