package schema

import "strings"

// describe says for people what a value of the type looks like.
func describe(t Type) string {
	if len(t.Values) > 0 {
		return "one of " + strings.Join(t.Values, ", ")
	}
	switch t.Kind {
	case IP:
		return "an IP address such as 192.0.2.1"
	case CIDR:
		return "a network such as 192.0.2.0/24"
	case URL:
		return "an absolute URL such as https://example.com/"
	case Domain:
		return "a domain such as example.com"
	case Email:
		return "a mail address such as a@example.com"
	case Hash:
		return "a hash in hex (MD5, SHA-1, SHA-256, SHA-384 or SHA-512)"
	case Host:
		return "the name, address or id of a host"
	case User:
		return "the name or id of a user"
	case Timestamp:
		return "a time such as 2026-01-31T12:00:00Z"
	case Duration:
		return "a duration such as 90s, 15m, 2h or 30d"
	case Verdict:
		return "one of " + strings.Join(Verdicts(), ", ")
	case EvidenceID:
		return "the id of stored evidence (evidence_…)"
	case String:
		return "text"
	case Integer:
		return "an integer"
	case Number:
		return "a number"
	case Boolean:
		return "true or false"
	case List:
		return "a list"
	case Map, Object:
		return "an object"
	case Any:
		return "a value"
	}
	return string(t.Kind)
}

// Specimen returns a harmless value of a kind, from the ranges that are
// reserved for documentation (RFC 5737, RFC 2606), or nil where there is none:
// names of hosts and users mean something everywhere.
func Specimen(t Type) any {
	if len(t.Values) > 0 {
		return t.Values[0]
	}
	switch t.Kind {
	case IP:
		return "192.0.2.1"
	case CIDR:
		return "192.0.2.0/24"
	case URL:
		return "https://example.com/"
	case Domain:
		return "example.com"
	case Email:
		return "nobody@example.com"
	case Hash: // SHA-256 of nothing
		return "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
	case Verdict:
		return "unknown"
	case Any, String, Integer, Number, Boolean, Host, User, Timestamp, Duration, EvidenceID, List, Map, Object: // mean something everywhere
	}
	return nil
}
