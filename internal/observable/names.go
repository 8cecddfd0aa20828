package observable

import (
	"net/netip"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/net/publicsuffix"
)

// findNames finds domains, IPv4 addresses, networks, file names and URLs
// without scheme in runs of what names are made of.
func (x *scan) findNames() {
	for at := 0; at < x.end; {
		from, to, dotted := x.run(at)
		if from == to {
			return
		}
		at = to
		if dotted && !inside(x.agents, from) {
			x.runOfNames(from, to)
		}
	}
}

// run returns the next run of letters, digits, dots, hyphens and underscores,
// and whether a dot stands in it.
func (x *scan) run(at int) (from, to int, dotted bool) {
	from = len(x.s)
	for i := at; i < len(x.s); {
		c, size := x.s[i], 1
		ok := isAlnum(c) || c == '-' || c == '_' || c == '.'
		if c >= utf8.RuneSelf {
			var r rune
			r, size = utf8.DecodeRuneInString(x.s[i:])
			ok = unicode.IsLetter(r) || unicode.IsMark(r)
		}
		switch {
		case ok && from == len(x.s):
			from = i
		case !ok && from < len(x.s):
			return from, i, dotted
		}
		dotted = dotted || ok && c == '.'
		i += size
	}
	return from, len(x.s), dotted
}

// runOfNames finds names in a run, which may hold several between rows of dots.
func (x *scan) runOfNames(from, to int) {
	if x.before(from) == '%' && inside(x.urls, from) {
		from = skipEscape(x.s, from, to)
	}
	for from < to {
		end := strings.Index(x.s[from:to], "..")
		if end < 0 {
			end = to - from
		}
		x.name(from, from+end)
		from += end
		for from < to && x.s[from] == '.' {
			from++
		}
	}
}

// skipEscape returns where a name starts whose beginning is the end of a percent
// escape, which may be escaped itself: %252Fexample.com.
func skipEscape(s string, from, to int) int {
	for strings.HasPrefix(s[from:to], "25") {
		from += 2
	}
	if from+2 <= to && isHex(s[from]) && isHex(s[from+1]) {
		from += 2
	}
	return from
}

// name keeps what stands between two places.
func (x *scan) name(from, to int) {
	for from < to && strings.IndexByte("-._", x.s[from]) >= 0 {
		from++
	}
	for from < to && strings.IndexByte("-._", x.s[to-1]) >= 0 {
		to--
	}
	text := x.s[from:to]
	dot := strings.LastIndexByte(text, '.')
	if dot <= 0 || inside(x.hosts, from) {
		return
	}
	if isDigit(text[len(text)-1]) && strings.Trim(text, "0123456789.-") == "" {
		x.addresses(from, text)
		return
	}
	const longest = 300
	if len(text) > longest || x.after(to) == '@' || x.before(from) == '@' && !inside(x.urls, from) && x.emailBefore(from) {
		return
	}
	suffix := strings.ToLower(text[dot+1:])
	defanged := x.p.end(to)-x.p.start(from) != to-from
	if fileSuffix(suffix) && !defanged && !siteName(text) {
		x.fileName(from, to)
		return
	}
	if inside(x.paths, from) || (x.before(from) == '\\' || x.after(to) == '\\') && !defanged {
		return
	}
	x.domain(from, to)
}

// siteName reports whether a name that ends as files do is a site's:
// www.example.rs and example.gov.rs.
func siteName(name string) bool {
	name = strings.ToLower(name)
	suffix, icann := publicsuffix.PublicSuffix(name)
	return icann && suffix != name && (strings.Contains(suffix, ".") || strings.HasPrefix(name, "www.") && strings.Count(name, ".") > 1)
}

// emailBefore reports whether a local part and an at sign stand before a place.
func (x *scan) emailBefore(at int) bool {
	return at > 1 && isLocal(x.s[at-2])
}

// domain keeps a name whose labels are valid, without what stands before them.
func (x *scan) domain(from, to int) {
	start := nameStart(x.s, from, to)
	if start > from && x.s[start-1] == '_' && x.part(from) == PartURL {
		return // a path is full of such words
	}
	from = start
	text := x.s[from:to]
	dot := strings.LastIndexByte(text, '.')
	if dot <= 0 || !plausibleSuffix(text, x.before(from)) || isUpper(text[dot+1]) && x.part(from) == PartURL {
		return
	}
	h, ok := parseHost(text)
	if !ok || h.ip.IsValid() || !knownSuffix(h.name) {
		return
	}
	part := x.part(from)
	if part == PartNone && x.schemeless(h, from, to) {
		part = PartHost
	}
	x.host(h, span{from, to}, part)
}

// nameStart returns where the labels of a name start to be valid, counted from
// the end: behind an underscore in what can be registered, or a hyphen at the
// start or end of a label.
func nameStart(s string, from, to int) int {
	end := to
	for n := 0; end > from; n++ {
		start := strings.LastIndexByte(s[from:end], '.') + 1 + from
		label := s[start:end]
		if strings.HasSuffix(label, "-") || label == "" {
			return min(end+1, to)
		}
		if i := strings.LastIndexByte(label, '_'); n == 1 && i >= 0 {
			return start + i + 1
		}
		if label[0] == '-' {
			return end - len(strings.TrimLeft(label, "-"))
		}
		end = start - 1
	}
	return from
}

// plausibleSuffix reports whether text ends as domains do, rather than as
// sentences without a space, types in a program, or names of malware do.
func plausibleSuffix(text string, before byte) bool {
	top := text[strings.LastIndexByte(text, '.')+1:]
	if top == "" {
		return false
	}
	if !isUpper(top[0]) {
		return true
	}
	return strings.ToUpper(top) == top && before != '/'
}

// schemeless keeps a URL whose scheme is left out, and reports whether there is one.
func (x *scan) schemeless(h host, from, to int) bool {
	port := portOf(x.s[to:min(len(x.s), to+8)])
	end := to + len(port)
	if x.opt.NeedScheme || x.after(end) != '/' || strings.IndexByte(`/\@`, x.before(from)) >= 0 && x.before(from) != 0 {
		return false
	}
	if n := cidrDigits(x.s, end); h.ip.Is4() && n > 0 && !isAlnum(x.after(end+1+n)) && x.after(end+1+n) != '/' {
		return false // a network, if a wrong one
	}
	tail := x.tail(from, end)
	x.loose = span{from, end + len(tail)}
	x.add(Found{Type: URL, Value: "http://" + h.literal() + port + tail, Unicode: shownURL("http://"+h.literal()+port+tail, h), Note: noteNoScheme}, from, end+len(tail))
	return true
}

// addresses keeps the IPv4 addresses in digits, dots and hyphens.
func (x *scan) addresses(from int, text string) {
	for _, part := range strings.SplitAfter(text, "-") {
		x.address(from, from+len(strings.TrimSuffix(part, "-")))
		from += len(part)
	}
}

// address keeps one IPv4 address, or the network that it is part of.
func (x *scan) address(from, to int) {
	if to-from > len("255.255.255.255") {
		return
	}
	ip, err := netip.ParseAddr(x.s[from:to])
	if err != nil || !ip.Is4() || x.before(from) == '/' && isAlnum(x.before(from-1)) && !inside(x.urls, from) {
		return
	}
	part := x.part(from)
	if bits := cidrBits(x.s, to); bits >= 0 && part == PartNone {
		prefix := netip.PrefixFrom(ip, bits)
		x.add(Found{Type: CIDR, Value: prefix.String()}, from, to+1+cidrDigits(x.s, to))
		if prefix.Masked() == prefix && bits < 32 {
			return
		}
		part = PartNetwork
	}
	if x.before(from) == '@' && x.emailBefore(from) {
		part = PartEmail
	}
	h := host{name: ip.String(), ip: ip}
	if part == PartNone && x.schemeless(h, from, to) {
		part = PartHost
	}
	x.host(h, span{from, to}, part)
}

// cidrDigits counts the digits behind the slash at a place.
func cidrDigits(s string, at int) int {
	if at >= len(s) || s[at] != '/' {
		return 0
	}
	n := 0
	for at+1+n < len(s) && n < 4 && isDigit(s[at+1+n]) {
		n++
	}
	return n
}

// cidrBits returns the length of a prefix behind an IPv4 address, -1 for none.
func cidrBits(s string, at int) int {
	n := cidrDigits(s, at)
	if n == 0 || n > 2 {
		return -1
	}
	end := at + 1 + n
	if end < len(s) && (isAlnum(s[end]) || s[end] == '/' || s[end] == '.' && end+1 < len(s) && isAlnum(s[end+1])) {
		return -1
	}
	bits := 0
	for _, c := range []byte(s[at+1 : end]) {
		bits = 10*bits + int(c-'0')
	}
	if bits > 32 {
		return -1
	}
	return bits
}
