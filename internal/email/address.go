package email

import (
	"net/mail"
	"strings"
)

// Address is a mail address with the name that is shown for it.
type Address struct {
	Name string
	// Address is local@domain with the domain in lower case and ASCII; empty
	// where the mail holds no usable address.
	Address string
	// Domain is the part after the @; of one label where it is a local name.
	Domain string
	// Raw is what the mail says.
	Raw string
}

// IsZero reports whether there is neither an address nor a name.
func (a Address) IsZero() bool { return a.Address == "" && a.Name == "" }

// parseAddresses reads a list of addresses as mail programs do: also with
// semicolons between them, comments, unquoted names, encoded addresses, groups.
func parseAddresses(s string, limit int) (list []Address, more bool) {
	name := "" // cut off at a comma that should have been quoted
	for len(s) > 0 {
		var one string
		one, s = cutAddress(s)
		one = strings.TrimSpace(one)
		if one == "" || one == "<>" || isEmptyGroup(one) {
			continue
		}
		if len(list) >= limit {
			return list, true
		}
		if !strings.ContainsAny(one, "@<") && strings.TrimSpace(s) != "" && len(name)+len(one) < 1<<10 && !strings.Contains(one, "=?") {
			name += one + ", "
			continue
		}
		a := parseAddress(one)
		a.Name = strings.TrimSuffix(name+a.Name, ", ")
		name = ""
		if !a.IsZero() {
			list = append(list, a)
		}
	}
	return list, false
}

// isEmptyGroup reports whether text names recipients that are not told, as in
// undisclosed-recipients:;.
func isEmptyGroup(s string) bool {
	return strings.HasSuffix(strings.TrimRight(s, "<>;, "), ":") && !strings.Contains(s, "@")
}

// cutAddress cuts at the first comma or semicolon outside quotes, comments and
// angle brackets. What is opened and never closed does not count as opened.
func cutAddress(s string) (one, rest string) {
	for i := 0; i < len(s); i++ {
		end := i
		switch s[i] {
		case ',', ';':
			return s[:i], s[i+1:]
		case '"':
			end = closing(s, i, '"')
		case '(':
			end = closing(s, i, ')')
		case '<':
			end = closing(s, i, '>')
		}
		i = end
	}
	return s, ""
}

// closing returns the index of the character that closes what is open at i, or
// i. How far it looks is bounded, so that many openers cost no more than few.
func closing(s string, i int, closer byte) int {
	furthest := 512
	if closer == '"' {
		furthest = 2 << 10
	}
	depth, opener := 1, s[i]
	for j := i + 1; j < len(s) && j < i+furthest; j++ {
		switch {
		case s[j] == '\\' && closer != '>':
			j++
		case s[j] == closer:
			if depth--; depth == 0 {
				return j
			}
		case s[j] == opener && opener == '(':
			depth++
		}
	}
	return i
}

// parseAddress reads one address.
func parseAddress(s string) Address {
	s = clip(s, 4<<10)
	a := Address{Raw: oneLine(clip(s, 1<<10))}
	name, spec, comment := dissect(s)
	if spec == "" && !strings.Contains(name, "@") {
		if decoded := decodeWords(name); decoded != name && strings.Contains(decoded, "@") {
			name, spec, comment = dissect(decoded) // the whole field in encoded words
		}
	}
	if spec == "" && strings.Contains(name, "@") {
		name, spec = bareAddress(name)
	}
	if spec == "" && strings.Contains(comment, "@") {
		comment, spec = bareAddress(comment)
	}
	a.Name = clip(decodeWords(strings.TrimSpace(name)), 1<<10)
	if a.Name == "" {
		a.Name = clip(decodeWords(comment), 1<<10)
	}
	a.Address, a.Domain = canonicalAddress(spec)
	if a.Name == "" && a.Address == "" {
		a.Name = decodeWords(a.Raw)
	}
	return a
}

// bareAddress finds an address that stands without angle brackets among words:
// the last with a domain of several labels, else the first.
func bareAddress(s string) (name, spec string) {
	fields := strings.Fields(s)
	best := -1
	for i, f := range fields {
		if _, domain, ok := strings.Cut(f, "@"); ok && (best < 0 || strings.Contains(domain, ".")) {
			best = i
		}
	}
	if best < 0 {
		return s, ""
	}
	spec = fields[best]
	return strings.Join(append(fields[:best], fields[best+1:]...), " "), spec
}

// dissect takes an address apart: the name before it without quotes, what
// stands in the last angle brackets, and comments.
func dissect(s string) (name, spec, comment string) {
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		end := i
		switch s[i] {
		case '"':
			if end = closing(s, i, '"'); end > i {
				b.WriteString(unescape(s[i+1 : end]))
			}
		case '(':
			if end = closing(s, i, ')'); end > i {
				comment = s[i+1 : end]
			}
		case '<':
			if end = closing(s, i, '>'); end > i {
				spec = s[i+1 : end]
			} else {
				spec, end = s[i+1:], len(s)
			}
		case ':':
			if !strings.Contains(b.String(), "@") { // the name of a group
				b.Reset()
				continue
			}
		}
		if end == i && s[i] != '"' {
			b.WriteByte(s[i])
		}
		i = end
	}
	return strings.TrimSpace(b.String()), strings.TrimSpace(spec), strings.TrimSpace(comment)
}

// unescape removes the backslashes of a quoted string.
func unescape(s string) string {
	if !strings.Contains(s, `\`) {
		return s
	}
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if s[i] == '\\' && i+1 < len(s) {
			i++
		}
		b.WriteByte(s[i])
	}
	return b.String()
}

// canonicalAddress returns an address with its domain in lower case and ASCII.
// Both are empty where s is not an address.
func canonicalAddress(s string) (address, domain string) {
	const longest = 320
	s = strings.Trim(s, "<>'\", \t")
	if rest, ok := strings.CutPrefix(strings.ToLower(s), "mailto:"); ok {
		s = s[len(s)-len(rest):]
	}
	if strings.HasPrefix(s, "@") { // a route: <@relay:user@domain>
		_, s, _ = strings.Cut(s, ":")
	}
	at := strings.LastIndexByte(s, '@')
	if at <= 0 || len(s) > longest {
		return "", ""
	}
	h, ok := parseHost(strings.TrimSpace(s[at+1:]))
	if !ok || h.ip.IsValid() || !wellFormed(h.name) {
		return "", ""
	}
	address = strings.TrimSpace(s[:at]) + "@" + h.name
	parsed, err := mail.ParseAddress(address)
	if err != nil || parsed.Address != address || parsed.Name != "" {
		return "", ""
	}
	return address, h.name
}

// publicAddress is [canonicalAddress] for addresses that can exist outside of
// one network: their domain has more than one label.
func publicAddress(s string) (address, domain string) {
	address, domain = canonicalAddress(s)
	if !strings.Contains(domain, ".") {
		return "", ""
	}
	return address, domain
}
