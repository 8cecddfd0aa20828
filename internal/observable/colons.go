package observable

import (
	"net/netip"
	"strings"
)

// findColons finds what is written with colons: IPv6 addresses and their
// networks, hardware addresses, SSDEEP digests.
func (x *scan) findColons() {
	for at := 0; ; {
		i := strings.IndexByte(x.s[at:], ':')
		if i < 0 || at+i >= x.end {
			return
		}
		at += i
		from, to := x.colonRun(at)
		switch {
		case x.ssdeep(at):
		case !x.mac(from, to, ':'):
			x.ipv6(from, to)
		}
		at = max(at+1, to)
	}
}

// colonRun returns the run of hexadecimal digits, colons and dots around a colon.
func (x *scan) colonRun(at int) (from, to int) {
	const longest = 64
	from, to = at, at
	for from > 0 && at-from < 5 && isHex(x.s[from-1]) {
		from--
	}
	for to < len(x.s) && to-at < longest && (isHex(x.s[to]) || x.s[to] == ':' || x.s[to] == '.') {
		to++
	}
	return from, to
}

// mac keeps a hardware address between two places.
func (x *scan) mac(from, to int, separator byte) bool {
	if to-from > 17 && x.s[from+17] == '.' {
		to = from + 17
	}
	if to-from != 17 || isAlnum(x.before(from)) || x.before(from) == separator || isAlnum(x.after(to)) || x.after(to) == separator {
		return false
	}
	text := x.s[from:to]
	for i := range len(text) {
		if (i%3 == 2) != (text[i] == separator) || i%3 != 2 && !isHex(text[i]) {
			return false
		}
	}
	x.add(Found{Type: MAC, Value: strings.ToLower(strings.ReplaceAll(text, string(separator), ":"))}, from, to)
	return true
}

// ipv6 keeps an IPv6 address between two places.
func (x *scan) ipv6(from, to int) {
	for to > from && (x.s[to-1] == '.' || x.s[to-1] == ':' && !strings.HasSuffix(x.s[from:to], "::")) {
		to--
	}
	text := x.s[from:to]
	if strings.Count(text, ":") < 2 || inside(x.hosts, from) || isAlnum(x.before(from)) || x.before(from) == ':' || x.before(from) == '.' || x.before(from) == '_' || isAlnum(x.after(to)) {
		return
	}
	if strings.Count(text, ":") < 7 && strings.Trim(text, "abcdefABCDEF:") == "" {
		return // a::b is a name in a program
	}
	ip, err := netip.ParseAddr(text)
	if err != nil || ip.IsUnspecified() {
		return
	}
	f := Found{Type: IPv6, Value: ip.String(), Part: x.part(from)}
	if mapped := ip.Unmap(); mapped.Is4() {
		f.Note = "IPv4 " + mapped.String()
	}
	end := to
	if x.after(to) == '%' {
		if end += 1 + len(zone(x.s[to+1:])); end > to+1 {
			f.Note = "zone " + x.s[to+1:end]
		} else {
			end = to
		}
	}
	if n := cidrDigits(x.s, to); n > 0 && n < 4 && !isAlnum(x.after(to+1+n)) {
		if prefix, err := netip.ParsePrefix(x.s[from : to+1+n]); err == nil {
			x.add(Found{Type: CIDR, Value: prefix.String()}, from, to+1+n)
			if prefix.Masked() == prefix && prefix.Bits() < 128 {
				return
			}
			f.Part = PartNetwork
		}
	}
	x.add(f, from, end)
}

// zone returns the name of an interface at the start of a text.
func zone(s string) string {
	const longest = 16
	n := 0
	for n < len(s) && n < longest && (isAlnum(s[n]) || s[n] == '.' || s[n] == '-' || s[n] == '_') {
		n++
	}
	return strings.TrimRight(s[:n], ".-_")
}

// ssdeep keeps an SSDEEP digest whose first colon stands at a place.
func (x *scan) ssdeep(at int) bool {
	from, size := at, 0
	for from > 0 && at-from < 10 && isDigit(x.s[from-1]) {
		from--
	}
	for _, c := range []byte(x.s[from:at]) {
		size = 10*size + int(c-'0')
	}
	if from == at || isAlnum(x.before(from)) || !blockSize(size) {
		return false
	}
	first := base64Run(x.s[at+1:])
	second := at + 1 + first
	if first < 3 || x.after(second) != ':' {
		return false
	}
	n := base64Run(x.s[second+1:])
	end := second + 1 + n
	if n < 3 || first+n < 16 {
		return false
	}
	x.add(Found{Type: SSDEEP, Value: x.s[from:end]}, from, end)
	return true
}

// blockSize reports whether SSDEEP cuts files into pieces of such a size.
func blockSize(n int) bool {
	for n > 3 && n%2 == 0 {
		n /= 2
	}
	return n == 3
}

// base64Run returns how many characters of Base64 a text starts with, up to what a digest has.
func base64Run(s string) int {
	n := 0
	for n < len(s) && n < 64 && (isAlnum(s[n]) || s[n] == '+' || s[n] == '/') {
		n++
	}
	return n
}
