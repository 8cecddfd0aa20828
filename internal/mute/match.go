package mute

import (
	"net/netip"
	"slices"
	"strings"

	"github.com/harrier-soar/harrier"
)

// Match says what a mute is about: each field must match, by any one of its
// values. Fields are source, rule, category, severity, tactic, technique; host,
// user, address, mailbox, resource; the types of observables such as ip or
// hash; and data.PATH for a field of the event, such as data.process.name.
//
// A value is text that is compared without case, with * for any characters, or
// a network in CIDR form for ip and address.
type Match map[string][]string

const (
	maxFields   = 20
	maxValues   = 200
	maxValue    = 1024
	dataPrefix  = "data."
	minLiterals = 3
)

// aboutFields are fields of which an alert has one thing under several names,
// so that matching one of them is matching it.
func aboutFields() []string {
	return []string{"source", "rule", "category", "severity", "tactic", "technique"}
}

// entityFields are the types of entities.
func entityFields() []string {
	return []string{
		string(harrier.HostEntity), string(harrier.UserEntity), string(harrier.AddressEntity),
		string(harrier.MailboxEntity), string(harrier.ResourceEntity),
	}
}

// observableFields are the types of observables that can be named.
func observableFields() []string {
	return []string{
		"ip", "domain", "url", "hash", "email", "file_name", "file_path", "process", "user_agent", "registry_key", "cve",
	}
}

// knownField reports whether a match may name a field.
func knownField(name string) bool {
	if path, ok := strings.CutPrefix(name, dataPrefix); ok {
		return path != "" && !strings.Contains(path, "..") && len(name) <= 200
	}
	return slices.Contains(aboutFields(), name) || slices.Contains(entityFields(), name) || slices.Contains(observableFields(), name)
}

// Fields lists what a match may name, for help texts.
func Fields() []string {
	return slices.Concat(aboutFields(), entityFields(), observableFields(), []string{"data.PATH"})
}

// narrow reports whether a field tells apart alerts of one rule: what a rule
// always says, such as its category, does not.
func narrow(field string) bool { return !slices.Contains(aboutFields(), field) }

// problems says what is wrong with a match.
func (m Match) problems() (list []string) {
	if len(m) == 0 {
		return []string{"match names nothing; give at least one field, such as host=ws-17"}
	}
	if len(m) > maxFields {
		list = append(list, "match has more than 20 fields; make several mutes of it")
	}
	for _, field := range sortedFields(m) {
		if !knownField(field) {
			list = append(list, "match has the field "+quoted(field)+", which does not exist"+didYouMean(field))
			continue
		}
		switch values := m[field]; {
		case len(values) == 0:
			list = append(list, "field "+field+" has no value")
		case len(values) > maxValues:
			list = append(list, "field "+field+" has more than 200 values; use a pattern with *, or a network")
		default:
			for _, v := range values {
				if p := valueProblem(field, v); p != "" {
					list = append(list, "field "+field+": "+p)
				}
			}
		}
	}
	return list
}

// valueProblem says what is wrong with a value of a match.
func valueProblem(field, value string) string {
	switch {
	case strings.TrimSpace(value) == "":
		return "a value is empty"
	case len(value) > maxValue:
		return "a value is longer than 1024 bytes"
	case strings.Contains(value, "*") && len(strings.ReplaceAll(value, "*", "")) < minLiterals:
		return quoted(value) + " matches nearly everything; write at least three characters beside the *"
	}
	if takesNetworks(field) && strings.Contains(value, "/") {
		p, err := netip.ParsePrefix(value)
		switch {
		case err != nil:
			return quoted(value) + " is no network; write 192.0.2.0/24"
		case p.Addr().Is4() && p.Bits() < 8 || p.Addr().Is6() && p.Bits() < 32:
			return quoted(value) + " is wider than a network of the largest organisations; write /8 at least, /32 for IPv6"
		}
	}
	return ""
}

func takesNetworks(field string) bool { return field == "ip" || field == string(harrier.AddressEntity) }

// exact returns the values of a field that are compared as they are; ok is
// false where one of them is not.
func (m Match) exact(field string) (values []string, ok bool) {
	values = m[field]
	for _, v := range values {
		if strings.Contains(v, "*") || takesNetworks(field) && strings.Contains(v, "/") {
			return nil, false
		}
	}
	return values, len(values) > 0
}

// canonical is the match in the spelling in which it is compared.
func (m Match) canonical() Match {
	out := make(Match, len(m))
	for field, values := range m {
		list := make([]string, len(values))
		for i, v := range values {
			list[i] = strings.ToLower(strings.TrimSpace(v))
		}
		slices.Sort(list)
		out[field] = slices.Compact(list)
	}
	return out
}

func sortedFields(m Match) []string {
	list := make([]string, 0, len(m))
	for field := range m {
		list = append(list, field)
	}
	slices.Sort(list)
	return list
}

func didYouMean(field string) string {
	if near := harrier.Suggest(field, Fields()); near != "" {
		return "; did you mean " + near + "?"
	}
	return "; use one of " + strings.Join(Fields(), ", ")
}

func quoted(text string) string {
	if len(text) > 80 {
		text = text[:80] + "…"
	}
	return `"` + text + `"`
}
