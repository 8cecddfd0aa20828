package observable

import (
	"net/netip"
	"strings"
	"unicode"
	"unicode/utf8"
)

// findEmails finds addresses of mail and XMPP.
func (x *scan) findEmails() {
	for at := 0; ; {
		i := strings.IndexByte(x.s[at:], '@')
		if i < 0 || at+i >= x.end {
			return
		}
		at += i
		if !inside(x.hosts, at) {
			x.email(at)
		}
		at++
	}
}

// email keeps the address around an at sign; where the local part is none, its
// domain only.
func (x *scan) email(at int) {
	h, end, literal := x.mailHost(at + 1)
	if end == 0 {
		return
	}
	hostAt := span{at + 1, end}
	if literal {
		hostAt = span{end - 1 - len(x.s[at+1:end-1]) + literalStart(x.s[at+1:end-1]), end - 1}
	}
	from, local := x.localPart(at)
	if local == "" {
		if x.before(at) != 0 && isLocal(x.before(at)) {
			x.host(h, hostAt, x.part(at))
		}
		return
	}
	name := h.name
	if literal {
		name = x.s[at+1 : end]
	}
	f := Found{Type: Email, Value: strings.ToLower(local + "@" + name), Part: x.part(at)}
	if h.shown != "" {
		f.Unicode = strings.ToLower(local) + "@" + h.shown
	}
	if strings.Contains(name, "jabber") || strings.Contains(name, "xmpp") {
		f.Type = XMPP
	}
	x.add(f, from, end)
	if h.ip.Is4() && !literal {
		return // found by itself
	}
	x.host(h, hostAt, PartEmail)
}

// literalStart returns where the address starts in "[IPv6:…" or "[1.2.3.4".
func literalStart(s string) int {
	if len(s) > 6 && strings.EqualFold(s[:6], "[ipv6:") {
		return 6
	}
	return 1
}

// mailHost reads what stands behind the at sign.
func (x *scan) mailHost(at int) (h host, end int, literal bool) {
	const longest = 300
	s := x.s[at:min(len(x.s), at+longest)]
	if strings.HasPrefix(s, "[") {
		i := strings.IndexByte(s, ']')
		if i < 0 {
			return h, 0, false
		}
		ip, err := netip.ParseAddr(s[literalStart(s[:i]):i])
		if err != nil {
			return h, 0, false
		}
		return host{name: ip.String(), ip: ip}, at + i + 1, true
	}
	n := 0
	for n < len(s) {
		r, size := utf8.DecodeRuneInString(s[n:])
		if r < utf8.RuneSelf && !isAlnum(s[n]) && s[n] != '-' && s[n] != '.' || r >= utf8.RuneSelf && !unicode.IsLetter(r) && !unicode.IsMark(r) {
			break
		}
		n += size
	}
	name := s[:n]
	if i := strings.Index(name, ".."); i >= 0 {
		name = name[:i]
	}
	name = strings.TrimRight(name, ".-")
	if ip, err := netip.ParseAddr(name); err == nil && ip.Is4() {
		return host{name: name, ip: ip}, at + len(name), false
	}
	h, ok := parseHost(name)
	if !ok || h.ip.IsValid() || strings.HasPrefix(name, "-") || !strings.Contains(name, ".") || !plausibleSuffix(name, 0) || !wordSuffix(h.name) {
		return h, 0, false
	}
	return h, at + len(name), false
}

// wordSuffix reports whether a name ends in letters, as names inside of
// companies do too; beside an at sign that is enough.
func wordSuffix(name string) bool {
	top := name[strings.LastIndexByte(name, '.')+1:]
	return len(top) > 1 && (strings.Trim(top, "abcdefghijklmnopqrstuvwxyz") == "" || strings.HasPrefix(top, "xn--"))
}

// isLocal reports whether a character may stand in a local part as people write them.
func isLocal(c byte) bool { return isAlnum(c) || strings.IndexByte("._+-%=&~!#$^?*'", c) >= 0 }

// localPart reads what stands before the at sign; empty where that is none.
func (x *scan) localPart(at int) (from int, local string) {
	const longest = 64
	end := at
	if x.before(end) == ')' { // a comment, john(here)@example.com
		i := strings.LastIndexByte(x.s[max(0, end-longest):end], '(')
		if i < 0 {
			return 0, ""
		}
		end = max(0, end-longest) + i
	}
	if x.before(end) == '"' {
		line := x.s[max(0, end-1-longest) : end-1]
		if i := strings.LastIndexAny(line, "\"\n"); i >= 0 && i < len(line)-1 && line[i] == '"' {
			return end - 1 - len(line) + i, line[i:] + `"`
		}
		return 0, ""
	}
	from = end
	for from > 0 && end-from <= longest && isLocal(x.s[from-1]) {
		from--
	}
	if end-from > longest || inside(x.urls, at) && strings.ContainsAny(x.s[from:end], "=&?#") {
		from += strings.LastIndexAny(x.s[from:end], "=&?#") + 1
	}
	for from < end && strings.IndexByte(".'*?!#$^&=%", x.s[from]) >= 0 {
		from++
	}
	if end-from > longest {
		return 0, ""
	}
	local = x.s[from:end]
	if strings.Contains(local, "..") || strings.HasSuffix(local, ".") {
		return 0, ""
	}
	return from, local
}
