package schema

import (
	"encoding/json"
	"fmt"
	"math"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/harrier-soar/harrier"
)

// canonical returns the one spelling of a textual scalar, or false where the
// text is not of that kind.
func canonical(s string, k Kind) (string, bool) {
	switch k {
	case IP:
		return canonicalIP(s)
	case CIDR:
		return canonicalCIDR(s)
	case URL:
		return s, isURL(s)
	case Domain:
		return canonicalDomain(s)
	case Email:
		return canonicalEmail(s)
	case Hash:
		return canonicalHash(s)
	case Host, User:
		return s, isName(s)
	case Timestamp:
		at, err := time.Parse(time.RFC3339Nano, s)
		return at.UTC().Format(time.RFC3339Nano), err == nil && at.Year() > 0 && at.UTC().Year() < 10000 && at.UTC().Year() >= 0
	case Duration:
		_, err := ParseDuration(s)
		return s, err == nil
	case Verdict:
		if slices.Contains(Verdicts(), s) {
			return s, true
		}
		return "", false
	case EvidenceID:
		var id harrier.EvidenceID
		return s, s != "" && id.UnmarshalText([]byte(s)) == nil
	case String, Any, Integer, Number, Boolean, List, Map, Object: // no spelling of their own
	}
	return s, true
}

// canonicalIP spells addresses as RFC 5952 says; mapped ones become IPv4.
func canonicalIP(s string) (string, bool) {
	a, err := netip.ParseAddr(s)
	if err != nil || a.Zone() != "" {
		return "", false
	}
	return a.Unmap().String(), true
}

// canonicalCIDR masks what is below the prefix; an address alone is a network of one.
func canonicalCIDR(s string) (string, bool) {
	p, err := netip.ParsePrefix(s)
	if err == nil {
		return p.Masked().String(), true
	}
	a, err := netip.ParseAddr(s)
	if err != nil || a.Zone() != "" {
		return "", false
	}
	a = a.Unmap()
	return netip.PrefixFrom(a, a.BitLen()).String(), true
}

// isURL reports whether s is absolute. It is more tolerant than a browser: what
// attackers write must be looked up as they wrote it.
func isURL(s string) bool {
	scheme, rest, ok := strings.Cut(s, "://")
	if !ok || len(s) > 1<<16 || strings.ContainsFunc(s, func(r rune) bool { return r <= ' ' || r == 0x7f || unicode.IsControl(r) }) {
		return false
	}
	for i, r := range scheme {
		letter := r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z'
		if !letter && (i == 0 || !strings.ContainsRune("0123456789+-.", r)) {
			return false
		}
	}
	host := rest
	if i := strings.IndexAny(rest, "/?#\\"); i >= 0 {
		host = rest[:i]
	}
	host = host[strings.LastIndexByte(host, '@')+1:]
	return scheme != "" && strings.TrimPrefix(host, ":") != "" && !strings.ContainsAny(host, `<>"{}|^`+"`")
}

// canonicalDomain lower-cases a name of at least two labels. Names outside
// ASCII are kept as they are: they are U-labels.
func canonicalDomain(s string) (string, bool) {
	s = strings.ToLower(strings.TrimSuffix(s, "."))
	if !strings.Contains(s, ".") {
		return "", false
	}
	return canonicalLabels(s)
}

// canonicalLabels is for names that may have one label, as the hosts of mail
// addresses inside an organisation do.
func canonicalLabels(s string) (string, bool) {
	s = strings.ToLower(strings.TrimSuffix(s, "."))
	labels := strings.Split(s, ".")
	if len(s) > 253 {
		return "", false
	}
	for _, l := range labels {
		if l == "" || utf8.RuneCountInString(l) > 63 || l[0] == '-' || l[len(l)-1] == '-' || strings.ContainsFunc(l, notInLabel) {
			return "", false
		}
	}
	_, err := strconv.Atoi(labels[len(labels)-1])
	return s, err != nil // an all-digit last label is an address, or nonsense
}

// notInLabel reports whether a character cannot be in a label of a domain.
func notInLabel(r rune) bool {
	return r != '-' && r != '_' && !unicode.IsLetter(r) && !unicode.IsDigit(r) && !unicode.IsMark(r)
}

// canonicalEmail lower-cases the domain; the part before it belongs to its host.
func canonicalEmail(s string) (string, bool) {
	at := strings.LastIndexByte(s, '@')
	if at < 1 || at > 64 {
		return "", false
	}
	local := s[:at]
	domain, ok := canonicalLabels(s[at+1:])
	if literal, found := strings.CutPrefix(s[at+1:], "["); found {
		addr, err := netip.ParseAddr(strings.TrimPrefix(strings.TrimSuffix(literal, "]"), "IPv6:"))
		domain, ok = s[at+1:], err == nil && addr.Zone() == "" && strings.HasSuffix(literal, "]")
	}
	quoted := len(local) > 2 && local[0] == '"' && local[len(local)-1] == '"'
	bad := func(r rune) bool {
		return unicode.IsControl(r) || !quoted && (unicode.IsSpace(r) || strings.ContainsRune(`<>()[]\,;:"@`, r))
	}
	return local + "@" + domain, ok && !strings.ContainsFunc(local, bad)
}

// canonicalHash lower-cases MD5, SHA-1, SHA-256, SHA-384 and SHA-512.
func canonicalHash(s string) (string, bool) {
	switch len(s) {
	case 32, 40, 64, 96, 128:
	default:
		return "", false
	}
	s = strings.ToLower(s)
	return s, strings.Trim(s, "0123456789abcdef") == ""
}

// isName reports whether s can be the name or id of a host or a user.
func isName(s string) bool {
	return s != "" && len(s) <= 512 && strings.TrimSpace(s) == s && !strings.ContainsFunc(s, unicode.IsControl)
}

// ParseDuration reads 90s, 15m, 2h, 30d, 1w and sums such as 1h30m. Days have
// 24 hours.
func ParseDuration(text string) (time.Duration, error) {
	bad := func() (time.Duration, error) {
		return 0, harrier.Errorf(harrier.Invalid, "%s is not a duration: write a number and a unit, as in 90s, 15m, 2h, 30d or 1w", quote(text))
	}
	units := map[string]time.Duration{
		"ms": time.Millisecond, "s": time.Second, "m": time.Minute,
		"h": time.Hour, "d": 24 * time.Hour, "w": 7 * 24 * time.Hour,
	}
	if text == "" || len(text) > 64 {
		return bad()
	}
	var sum float64
	for rest := text; rest != ""; {
		digits := len(rest) - len(strings.TrimLeft(rest, "0123456789."))
		letters := len(rest[digits:]) - len(strings.TrimLeft(rest[digits:], "mshdw"))
		n, err := strconv.ParseFloat(rest[:digits], 64)
		unit, ok := units[rest[digits:digits+letters]]
		if err != nil || !ok {
			return bad()
		}
		sum += n * float64(unit)
		rest = rest[digits+letters:]
	}
	if sum >= math.MaxInt64 {
		return bad()
	}
	return time.Duration(sum), nil
}

// Plain brings the Go values that connectors produce to those that data
// consists of: nil, bool, int64, float64, string, []any, map[string]any. Only
// the outermost layer is converted; values of other types are returned as they are.
func Plain(v any) any {
	switch v := v.(type) {
	case nil, bool, int64, float64, string, []any, map[string]any:
		return v
	case int:
		return int64(v)
	case int32:
		return int64(v)
	case uint32:
		return int64(v)
	case uint64:
		if v > math.MaxInt64 {
			return float64(v)
		}
		return int64(v)
	case float32:
		return float64(v)
	case json.Number:
		return plainNumber(v)
	case time.Time:
		return v.UTC().Format(time.RFC3339Nano)
	case netip.Addr:
		return v.String()
	case []string:
		return each(v)
	case []map[string]any:
		return each(v)
	case map[string]string:
		out := make(map[string]any, len(v))
		for k, s := range v {
			out[k] = s
		}
		return out
	}
	return v
}

// each returns the items of a slice as data.
func each[T any](items []T) []any {
	out := make([]any, len(items))
	for i, item := range items {
		out[i] = item
	}
	return out
}

// plainNumber returns an integer where the number is one.
func plainNumber(n json.Number) any {
	if i, err := n.Int64(); err == nil {
		return i
	}
	f, err := n.Float64()
	if err != nil {
		return n.String()
	}
	return f
}

// kindOf describes a value for people.
func kindOf(v any) string {
	switch v := v.(type) {
	case bool:
		return "a boolean"
	case int64:
		return "the integer " + strconv.FormatInt(v, 10)
	case float64:
		return "the number " + strconv.FormatFloat(v, 'g', -1, 64)
	case string:
		return "text " + quote(v)
	case []any:
		return "a list"
	case map[string]any:
		return "an object"
	}
	return fmt.Sprintf("%T", v)
}

// quote returns text for a message: quoted and cut.
func quote(s string) string {
	if len(s) <= 60 {
		return strconv.Quote(s)
	}
	return strconv.Quote(strings.ToValidUTF8(s[:60], "")) + "…"
}
