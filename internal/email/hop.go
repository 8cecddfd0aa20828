package email

import (
	"net/netip"
	"strings"
	"time"
)

// Hop is one Received field: a server says from whom it took the mail.
type Hop struct {
	// From is the name that the sending server gave, By the server that wrote the field.
	From, By string
	// IP is the address that the mail came from, as By saw it.
	IP   netip.Addr
	With string
	For  string
	// Time is zero where it cannot be read.
	Time time.Time
	Raw  string
}

// parseHop reads a Received field. There is no form that all servers keep to.
func parseHop(s string) Hop {
	s = clip(s, 4<<10)
	h := Hop{Raw: oneLine(s)}
	if i := strings.LastIndexByte(s, ';'); i >= 0 {
		h.Time, _ = parseDate(s[i+1:])
		if !h.Time.IsZero() {
			s = s[:i]
		}
	}
	clauses := hopClauses(s)
	h.From = firstWord(clauses["from"])
	h.By = firstWord(clauses["by"])
	h.With = oneLine(outsideComments(clauses["with"]))
	h.For, _ = canonicalAddress(firstWord(clauses["for"]))
	h.IP = findIP(clauses["from"])
	return h
}

// hopClauses splits a Received field at its keywords, outside comments.
func hopClauses(s string) map[string]string {
	clauses := map[string]string{}
	keyword, start, depth := "", 0, 0
	keep := func(end int) {
		if _, seen := clauses[keyword]; !seen && keyword != "" {
			clauses[keyword] = strings.TrimSpace(s[start:end])
		}
	}
	for i := 0; i < len(s); i++ {
		switch s[i] {
		case '(':
			depth++
		case ')':
			depth = max(depth-1, 0)
		}
		if depth > 0 || i > 0 && !isSpace(s[i-1]) {
			continue
		}
		end := i
		for end < len(s) && !isSpace(s[end]) {
			end++
		}
		switch word := strings.ToLower(s[i:end]); word {
		case "from", "by", "with", "via", "id", "for":
			keep(i)
			keyword, start = word, end
			i = end - 1
		}
	}
	keep(len(s))
	return clauses
}

// outsideComments returns s without what stands in parentheses.
func outsideComments(s string) string {
	before, _, _ := strings.Cut(s, "(")
	return strings.TrimSpace(before)
}

// firstWord returns the first word of a clause.
func firstWord(s string) string {
	fields := strings.Fields(outsideComments(s))
	if len(fields) == 0 {
		return ""
	}
	return oneLine(strings.Trim(fields[0], "[]<>;,"))
}

// findIP returns the address in a from clause. Addresses in brackets or
// parentheses are what the receiver saw; the name before them is only a claim.
func findIP(s string) netip.Addr {
	var claimed netip.Addr
	seen := strings.IndexByte(s, '(')
	if seen < 0 {
		seen = strings.IndexByte(s, '[')
	}
	at, greeting := 0, false
	for at < len(s) {
		end := at
		for end < len(s) && !strings.ContainsRune(" \t()[]<>;,=", rune(s[end])) {
			end++
		}
		word := strings.TrimPrefix(strings.TrimPrefix(s[at:end], "IPv6:"), "ipv6:")
		if ip, err := netip.ParseAddr(word); err == nil {
			ip = ip.Unmap().WithZone("")
			if seen >= 0 && at > seen && !greeting {
				return ip
			}
			if !claimed.IsValid() {
				claimed = ip
			}
		}
		if word != "" { // (HELO [192.0.2.1]) repeats the claim
			greeting = strings.EqualFold(word, "helo") || strings.EqualFold(word, "ehlo")
		}
		at = end + 1
	}
	return claimed
}

// isSpace reports whether c separates words.
func isSpace(c byte) bool { return c == ' ' || c == '\t' || c == '\n' || c == '\r' }

// covers reports whether text names an address, or a network that it is in.
func covers(text string, ip netip.Addr) bool {
	text = strings.TrimSpace(text)
	if network, err := netip.ParsePrefix(text); err == nil {
		return network.Contains(ip)
	}
	one, err := netip.ParseAddr(text)
	return err == nil && one.Unmap() == ip
}
