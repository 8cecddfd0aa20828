package observable

import (
	"strconv"
	"strings"
)

// findWords finds hashes, coins and identifiers, each a word of letters and
// digits and perhaps what follows it.
func (x *scan) findWords() {
	for at := 0; at < x.end; {
		if !isAlnum(x.s[at]) {
			at++
			continue
		}
		end := at + 1
		for end < len(x.s) && isAlnum(x.s[end]) {
			end++
		}
		x.word(at, end)
		at = end
	}
}

// word looks at the word between two places.
func (x *scan) word(from, to int) {
	n := to - from
	switch {
	case n >= 25:
		if !x.hash(from, to) {
			x.coin(from, to)
		}
	case n <= 11:
		x.short(from, to)
	}
}

// short looks at a word that may be, or begin, an identifier.
func (x *scan) short(from, to int) {
	word := x.s[from:to]
	switch word[0] | 0x20 {
	case 'a':
		if n := len(word); n == 2 && x.dashes(from, to, '-') || n == 2 && x.dashes(from, to, ':') {
			return
		}
		x.asn(from, to)
	case 'c':
		x.cve(from, to)
	case 't':
		x.tlp(from, to)
		x.attack(from, to)
	case 'm', 's', 'g':
		x.attack(from, to)
	case 'u':
		x.analytics(from, to)
	case 'p':
		x.publisher(from, to)
	}
	if len(word) == 2 || len(word) == 4 {
		x.dashes(from, to, '-')
	}
}

// dashes keeps a hardware address that starts with a word, as aa-bb-cc-dd-ee-ff or aabb.ccdd.eeff.
func (x *scan) dashes(from, to int, separator byte) bool {
	if to-from == 2 {
		return separator == '-' && x.after(to) == '-' && from+17 <= len(x.s) && x.mac(from, from+17, '-')
	}
	if to-from != 4 || x.after(to) != '.' || from+14 > len(x.s) || isAlnum(x.after(from+14)) || x.before(from) == '.' {
		return false
	}
	text := x.s[from : from+14]
	for i := range len(text) {
		if (i%5 == 4) != (text[i] == '.') || i%5 != 4 && !isHex(text[i]) {
			return false
		}
	}
	if x.after(from+14) == '.' && isAlnum(x.after(from+15)) || strings.Trim(text, "0123456789.") == "" {
		return false
	}
	digits := strings.ToLower(strings.ReplaceAll(text, ".", ""))
	var b strings.Builder
	for i := 0; i < len(digits); i += 2 {
		if i > 0 {
			b.WriteByte(':')
		}
		b.WriteString(digits[i : i+2])
	}
	x.add(Found{Type: MAC, Value: b.String()}, from, from+14)
	return true
}

// hash keeps a hexadecimal digest.
func (x *scan) hash(from, to int) bool {
	text := x.s[from:to]
	var kind Type
	switch len(text) {
	case 32:
		kind = MD5
	case 40:
		kind = SHA1
	case 56:
		kind = SHA224
	case 64:
		kind = SHA256
	case 96:
		kind = SHA384
	case 128:
		kind = SHA512
	default:
		return false
	}
	digits := true
	for i := range len(text) {
		if !isHex(text[i]) {
			return false
		}
		digits = digits && isDigit(text[i])
	}
	if digits || strings.Trim(text, text[:1]) == "" {
		return true
	}
	switch label := x.labelBefore(from); {
	case kind == MD5 && (strings.HasSuffix(label, "imphash") || strings.HasSuffix(label, "import hash")):
		kind = Imphash
	case kind == SHA256 && strings.HasSuffix(label, "authentihash"):
		kind = Authentihash
	}
	x.add(Found{Type: kind, Value: strings.ToLower(text), Part: x.part(from)}, from, to)
	return true
}

// labelBefore returns the words before a value, in lower case, without what separates them.
func (x *scan) labelBefore(at int) string {
	const most = 48
	s := strings.TrimRight(x.s[max(0, at-most):at], " \t\r\n:=-'\"`|(>")
	return strings.Join(strings.Fields(strings.ToLower(s[max(0, len(s)-len("authentihash")):])), " ")
}

// digitsAt returns the digits at a place.
func digitsAt(s string, at int) string {
	end := at
	for end < len(s) && isDigit(s[end]) {
		end++
	}
	return s[at:end]
}

// asn keeps AS1234, asn 1234 and AS 1234.
func (x *scan) asn(from, to int) {
	word := x.s[from:to]
	lower := strings.ToLower(word)
	name := "as"
	if strings.HasPrefix(lower, "asn") {
		name = "asn"
	}
	if !strings.HasPrefix(lower, name) || x.before(from) == '.' || x.before(from) == '-' {
		return
	}
	digits, end := word[len(name):], to
	if digits == "" && (name == "asn" || word == "AS") && strings.IndexByte(" :#-", x.after(to)) >= 0 && to < len(x.s) {
		start := to + 1
		if x.after(start) == ' ' {
			start++
		}
		digits = digitsAt(x.s, start)
		end = start + len(digits)
		if isAlnum(x.after(end)) {
			return
		}
	}
	if n, err := strconv.ParseUint(digits, 10, 32); err == nil && n > 0 {
		x.add(Found{Type: ASN, Value: "AS" + strconv.FormatUint(n, 10), Part: x.part(from)}, from, end)
	}
}

// cve keeps CVE-2024-12345, also with spaces and in small letters.
func (x *scan) cve(from, to int) {
	if !strings.EqualFold(x.s[from:to], "cve") {
		return
	}
	at := to + dash(x.s[to:])
	year := digitsAt(x.s, at)
	if at == to || len(year) != 4 {
		return
	}
	gap := dash(x.s[at+4:])
	at += 4 + gap
	number := digitsAt(x.s[:min(len(x.s), at+20)], at)
	if end := at + len(number); gap > 0 && len(number) >= 4 && len(number) <= 19 && !isAlnum(x.after(end)) {
		x.add(Found{Type: CVE, Value: "CVE-" + year + "-" + number, Part: x.part(from)}, from, end)
	}
}

// dash returns how long the hyphen, or what stands for it, at the start of a text is.
func dash(s string) int {
	for _, d := range [...]string{"-", " ", "_", "\u2010", "\u2011", "\u2012", "\u2013", "\u2212"} {
		if strings.HasPrefix(s, d) {
			return len(d)
		}
	}
	return 0
}

// attack keeps identifiers of MITRE ATT&CK.
func (x *scan) attack(from, to int) {
	word := strings.ToUpper(x.s[from:to])
	if strings.IndexByte("-_", x.before(from)) >= 0 && from > 0 {
		return
	}
	f := Found{Value: word, Part: x.part(from)}
	switch {
	case len(word) == 6 && strings.HasPrefix(word, "TA0") && strings.Trim(word[2:], "0123456789") == "":
		f.Type = Tactic
	case len(word) != 5 || strings.Trim(word[1:], "0123456789") != "" || word[1] > '1':
		return
	case word[0] == 'T':
		f.Type = Technique
		if x.after(to) == '.' && isAlnum(x.after(to+1)) {
			sub := digitsAt(x.s[:min(len(x.s), to+6)], to+1)
			if len(sub) != 3 || isAlnum(x.after(to+4)) {
				return
			}
			f.Value, to = word+"."+sub, to+4
		}
	case word[0] == 'M':
		f.Type = Mitigation
	case x.s[from] != word[0]:
		return // in small letters these are no identifiers
	case word[0] == 'S':
		f.Type = Software
	case word[0] == 'G':
		f.Type = Group
	}
	x.add(f, from, to)
}

// tlp keeps labels of the Traffic Light Protocol.
func (x *scan) tlp(from, to int) {
	if !strings.EqualFold(x.s[from:to], "tlp") {
		return
	}
	at := to
	for at < to+3 && at < len(x.s) && strings.IndexByte(": -_\t", x.s[at]) >= 0 {
		at++
	}
	end := at
	for end < len(x.s) && isLetter(x.s[end]) {
		if end++; end-at > 8 {
			return
		}
	}
	color := strings.ToUpper(x.s[at:end])
	switch color {
	case "AMBER":
		if rest := x.s[end:min(len(x.s), end+7)]; strings.EqualFold(rest, "+STRICT") {
			color, end = color+"+STRICT", end+7
		}
	case "RED", "GREEN", "CLEAR", "WHITE":
	default:
		return
	}
	if at > to && !isAlnum(x.after(end)) {
		x.add(Found{Type: TLP, Value: "TLP:" + color}, from, end)
	}
}

// analytics keeps UA-12345-1.
func (x *scan) analytics(from, to int) {
	if !strings.EqualFold(x.s[from:to], "ua") || x.after(to) != '-' || x.before(from) == '-' {
		return
	}
	account := digitsAt(x.s[:min(len(x.s), to+13)], to+1)
	end := to + 1 + len(account)
	if len(account) < 4 || len(account) > 10 || x.after(end) != '-' {
		return
	}
	property := digitsAt(x.s[:min(len(x.s), end+6)], end+1)
	if end += 1 + len(property); property != "" && len(property) <= 4 && !isAlnum(x.after(end)) {
		x.add(Found{Type: GoogleAnalytics, Value: "UA-" + account + "-" + property, Part: x.part(from)}, from, end)
	}
}

// publisher keeps pub-1234567890123456.
func (x *scan) publisher(from, to int) {
	if !strings.EqualFold(x.s[from:to], "pub") || x.after(to) != '-' {
		return
	}
	digits := digitsAt(x.s[:min(len(x.s), to+18)], to+1)
	if end := to + 17; len(digits) == 16 && !isAlnum(x.after(end)) {
		x.add(Found{Type: GoogleAdSense, Value: "pub-" + digits, Part: x.part(from)}, from, end)
	}
}
