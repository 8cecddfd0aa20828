package feed

import (
	"encoding/json"
	"io"
	"regexp"
	"strings"

	"github.com/harrier-soar/harrier"
)

// Warning is a warning list of MISP: values that are known to be harmless, or
// too common to mean anything.
type Warning struct {
	Name        string
	Description string
	Entries     []Pattern
	// Skipped counts entries that cannot be used, by reason.
	Skipped map[string]int
}

// Pattern is one entry of a list of what is harmless.
type Pattern struct {
	// How says how it is held against a value: value (the same), below (the
	// name, or one below it), cidr (an address in a network), part (text within)
	// or regex.
	How string
	// Type is that of the value for value; empty where it is told by its looks.
	Type string
	Text string
}

// The ways in which a pattern is held against a value.
const (
	HowValue = "value"
	HowBelow = "below"
	HowCIDR  = "cidr"
	HowPart  = "part"
	HowRegex = "regex"
)

// maxWarnings bounds the entries of a warning list, maxWarningBytes its size.
const (
	maxWarnings     = 2_000_000
	maxWarningBytes = 128 << 20
)

// ReadWarnings reads a warning list of MISP.
func ReadWarnings(r io.Reader) (Warning, error) {
	var doc struct {
		Name        string   `json:"name"`
		Description string   `json:"description"`
		Type        string   `json:"type"`
		List        []string `json:"list"`
	}
	text, err := io.ReadAll(io.LimitReader(r, maxWarningBytes+1))
	switch {
	case err != nil:
		return Warning{}, harrier.Errorf(harrier.Unavailable, "read the warning list: %w", err)
	case len(text) > maxWarningBytes:
		return Warning{}, harrier.Errorf(harrier.Invalid, "the warning list is larger than %d MiB", maxWarningBytes>>20)
	}
	if err := json.Unmarshal(text, &doc); err != nil {
		return Warning{}, harrier.Errorf(harrier.Invalid, "this is no warning list of MISP: %w", err)
	}
	if len(doc.List) > maxWarnings {
		return Warning{}, harrier.Errorf(harrier.Invalid, "the warning list has more than %d entries", maxWarnings)
	}
	w := Warning{Name: cut(doc.Name, maxText), Description: cut(doc.Description, 1000), Skipped: map[string]int{}}
	for _, text := range doc.List {
		p, why := warningPattern(doc.Type, strings.TrimSpace(text))
		if why != "" {
			w.Skipped[why]++
			continue
		}
		w.Entries = append(w.Entries, p)
	}
	if len(w.Entries) == 0 {
		return w, harrier.Errorf(harrier.Invalid, "the list %q has no entry that can be used; is it a warning list of MISP?", w.Name)
	}
	return w, nil
}

// warningPattern reads one entry of a list of a type.
func warningPattern(kind, text string) (p Pattern, why string) {
	switch {
	case text == "" || len(text) > maxValue:
		return p, "an entry that is empty or too long"
	case kind == "cidr":
		as, value, ok := Spell("cidr", text)
		if !ok {
			return p, "an entry that is no network"
		}
		if as == "ip" {
			return Pattern{How: HowValue, Type: "ip", Text: value}, ""
		}
		return Pattern{How: HowCIDR, Text: value}, ""
	case kind == "hostname":
		_, value, ok := Spell("domain", strings.TrimPrefix(text, "."))
		if !ok {
			return p, "an entry that is no name of a host"
		}
		return Pattern{How: HowBelow, Text: value}, ""
	case kind == "string":
		as, value, ok := Guess(text)
		if !ok {
			as, value = "", text
		}
		return Pattern{How: HowValue, Type: as, Text: value}, ""
	case kind == "substring":
		if len(text) < 3 {
			return p, "a part of fewer than 3 letters, which is in everything"
		}
		return Pattern{How: HowPart, Text: strings.ToLower(text)}, ""
	case kind == "regex":
		expr := Expression(text)
		if _, err := regexp.Compile(expr); err != nil {
			return p, "an expression that cannot be read"
		}
		return Pattern{How: HowRegex, Text: expr}, ""
	}
	return p, "a type of list that is not known: " + cut(kind, 40)
}

// Expression takes the slashes and flags of Perl off a regular expression.
func Expression(text string) string {
	if len(text) < 2 || text[0] != '/' {
		return text
	}
	end := strings.LastIndexByte(text, '/')
	if end == 0 {
		return text
	}
	flags := text[end+1:]
	if strings.Trim(flags, "ismx") != "" {
		return text
	}
	if strings.Contains(flags, "i") {
		return "(?i)" + text[1:end]
	}
	return text[1:end]
}

// ManifestEvent is an event that the manifest of a feed of MISP names.
type ManifestEvent struct {
	UUID      string
	Info      string
	Timestamp int64
}

// ReadManifest reads the manifest of a feed of MISP.
func ReadManifest(r io.Reader) ([]ManifestEvent, error) {
	const most, mostEvents = 64 << 20, 200_000
	var doc map[string]struct {
		Info      string `json:"info"`
		Timestamp loose  `json:"timestamp"`
	}
	if err := json.NewDecoder(io.LimitReader(r, most)).Decode(&doc); err != nil {
		return nil, harrier.Errorf(harrier.Invalid, "this is no manifest of a feed of MISP: %w", err)
	}
	if len(doc) > mostEvents {
		return nil, harrier.Errorf(harrier.Invalid, "the manifest names more than %d events", mostEvents)
	}
	var out []ManifestEvent
	for uuid, one := range doc {
		if !isUUID(uuid) { // it becomes a part of an address
			continue
		}
		out = append(out, ManifestEvent{UUID: uuid, Info: cut(one.Info, maxText), Timestamp: parseTime(string(one.Timestamp)).Unix()})
	}
	return out, nil
}

func isUUID(s string) bool {
	return len(s) == 36 && strings.Trim(s, "0123456789abcdefABCDEF-") == ""
}
