package email

import (
	"slices"
	"strings"
)

// spfResult is a Received-SPF field (RFC 7208 §9.1), as some server wrote it.
type spfResult struct {
	result string
	// domain is the one that was asked, receiver the server that asked.
	domain, receiver string
	hopsAbove        int
}

// parseReceivedSPF reads a field such as
// "Pass (mx.example: domain of a.example designates …) client-ip=…; envelope-from=…".
func parseReceivedSPF(s string) spfResult {
	s = clip(s, 4<<10)
	end := strings.IndexAny(s, " \t(;")
	if end < 0 {
		end = len(s)
	}
	r := spfResult{result: resultName(s[:end])}
	if !slices.Contains(authResultNames(), r.result) {
		return spfResult{}
	}
	for _, t := range authTokens(s[end:]) {
		value := strings.TrimRight(t.value, ";,")
		switch {
		case t.comment:
			r.comment(t.value)
		case t.key == "receiver" || t.key == ";receiver":
			r.receiver = strings.ToLower(value)
		case t.key == "envelope-from" || t.key == "helo" && r.domain == "":
			r.domain = domainOf(value)
		}
	}
	return r
}

// comment reads what servers tell people: who asked, and about which domain.
func (r *spfResult) comment(s string) {
	if name, _, ok := strings.Cut(s, ":"); ok && !strings.ContainsAny(strings.TrimSpace(name), " \t") && r.receiver == "" {
		r.receiver = strings.ToLower(strings.TrimSpace(name))
	}
	if _, rest, ok := strings.Cut(s, "domain of "); ok && r.domain == "" {
		if fields := strings.Fields(strings.TrimPrefix(rest, "transitioning ")); len(fields) > 0 {
			r.domain = domainOf(fields[0])
		}
	}
}

// domainOf returns the domain of an address or a domain, or "".
func domainOf(s string) string {
	s = strings.Trim(s, "<>\"' \t;,")
	s = s[strings.LastIndexByte(s, '@')+1:]
	if h, ok := parseHost(s); ok && !h.ip.IsValid() && isDomain(h.name) {
		return h.name
	}
	return ""
}

// spfField returns the topmost usable Received-SPF.
func (m *Message) spfField() spfResult {
	if len(m.spf) > 0 {
		return m.spf[0]
	}
	return spfResult{}
}
