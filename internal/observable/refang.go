package observable

import (
	"slices"
	"strings"
	"unicode/utf8"
)

// plain is a text without defanging, and where its bytes came from.
type plain struct {
	text string
	cuts []cut // ascending
}

// cut says that from at on, text continues at raw in the original. Texts that
// are all brackets have many.
type cut struct{ at, raw int32 }

// start returns where the byte at offset at began in the original.
func (p plain) start(at int) int {
	i, _ := slices.BinarySearchFunc(p.cuts, at+1, byPlace)
	c := p.cuts[i-1]
	return int(c.raw) + at - int(c.at)
}

// end returns where the byte before offset at ended in the original.
func (p plain) end(at int) int {
	i, exact := slices.BinarySearchFunc(p.cuts, at, byPlace)
	if exact {
		return int(p.cuts[i].raw)
	}
	c := p.cuts[i-1]
	return int(c.raw) + at - int(c.at)
}

// byPlace compares a cut's place with another.
func byPlace(c cut, at int) int { return int(c.at) - at }

// Refang undoes the usual ways to make links and addresses harmless:
// hxxp://evil[.]example becomes http://evil.example.
// Of texts above a gibibyte the beginning only is read.
func Refang(text string) string { return refang(cutText(text, mostBytes)).text }

// Defang makes links and addresses harmless, so that nobody follows them by
// mistake. [Refang] undoes it.
func Defang(value string) string {
	if before, after, ok := strings.Cut(value, "://"); ok {
		scheme := strings.NewReplacer("tt", "xx", "TT", "XX", "ftp", "fxp", "FTP", "FXP").Replace(before)
		rest := after
		end := strings.IndexAny(rest, "/?#")
		if end < 0 {
			end = len(rest)
		}
		return scheme + "[://]" + defangName(rest[:end]) + rest[end:]
	}
	return defangName(value)
}

// defangName puts brackets around dots and at signs, and around the first colon of an IPv6 address.
func defangName(s string) string {
	s = strings.NewReplacer(".", "[.]", "@", "[@]").Replace(s)
	if strings.Count(s, ":") > 1 {
		s = strings.Replace(s, ":", "[:]", 1)
	}
	return s
}

// refang reads the text once, left to right.
func refang(raw string) plain {
	var b strings.Builder
	b.Grow(len(raw))
	p := plain{cuts: []cut{{}}}
	kept := 0
	for i := 0; i < len(raw); {
		from, to, put := defangedAt(raw, i)
		if to == 0 || from < kept {
			i++
			continue
		}
		b.WriteString(raw[kept:from])
		p.cuts = append(p.cuts, cut{int32(b.Len()), int32(from)})
		b.WriteString(put)
		p.cuts = append(p.cuts, cut{int32(b.Len()), int32(to)})
		kept, i = to, to
	}
	b.WriteString(raw[kept:])
	p.text = b.String()
	return p
}

// defangedAt returns what stands at i instead of something harmful, from where
// to where, and what is meant; to is 0 where there is nothing.
func defangedAt(s string, i int) (from, to int, put string) {
	switch c := s[i]; c {
	case '[', '(', '{', '<':
		return bracketAt(s, i)
	case '.':
		return closedDotAt(s, i)
	case 'h', 'H', 'f', 'F', 'm', 'M':
		return schemeAt(s, i)
	case ' ':
		return wordAt(s, i)
	case 0xc2, 0xe2, 0xe3, 0xef:
		return invisibleAt(s, i)
	}
	return 0, 0, ""
}

// bracketAt reads [.] and its like, and brackets that were left open.
func bracketAt(s string, i int) (from, to int, put string) {
	const longest = 7
	window := s[i+1 : min(len(s), i+1+longest)]
	closing := "])}>"[strings.IndexByte("[({<", s[i])]
	end := strings.IndexByte(window, closing)
	if end < 0 {
		if i > 0 && isAlnum(s[i-1]) && len(window) > 1 && window[0] == '.' && isAlnum(window[1]) && s[i] != '<' {
			return i, i + 2, "."
		}
		return 0, 0, ""
	}
	put = meant(strings.TrimSpace(window[:end]))
	if put == "" {
		if i > 0 && isAlnum(s[i-1]) && end > 1 && window[0] == '.' && isAlnum(window[1]) && s[i] == '[' {
			return i, i + 2, "." // of "[.com]"
		}
		return 0, 0, ""
	}
	from, to = i, i+1+end+1
	if put == "." || put == "@" {
		from, to = withSpaces(s, from, to)
	}
	return from, to, put
}

// meant returns what the inside of a bracket stands for.
func meant(inside string) string {
	switch inside {
	case ".", ",", "dot", "DOT", "Dot", "punkt", "point":
		return "."
	case "@", "at", "AT", "At":
		return "@"
	case ":", "://", "/", "//", ":/":
		return inside
	}
	return ""
}

// withSpaces widens a dot or an at sign to the single spaces around it, where it
// stands between words.
func withSpaces(s string, from, to int) (widerFrom, widerTo int) {
	left, right := from, to
	if left > 0 && s[left-1] == ' ' {
		left--
	}
	if right < len(s) && s[right] == ' ' {
		right++
	}
	if left > 0 && isAlnum(s[left-1]) && right < len(s) && isAlnum(s[right]) {
		return left, right
	}
	return from, to
}

// closedDotAt reads "example.]com" and "example.[com".
func closedDotAt(s string, i int) (from, to int, put string) {
	if i == 0 || i+2 >= len(s) || !isAlnum(s[i-1]) || !isAlnum(s[i+2]) {
		return 0, 0, ""
	}
	switch s[i+1] {
	case ']', ')', '}':
		if opened(s, i) == 0 {
			return i, i + 2, "."
		}
	case '[', '{':
		_, end := wordFrom(s, i+2)
		if end == len(s) || s[end] != ']' && s[end] != '}' {
			return i, i + 2, "."
		}
	}
	return 0, 0, ""
}

// opened counts how many more brackets are opened than closed shortly before i.
func opened(s string, i int) int {
	const back = 100
	n := 0
	for _, c := range []byte(s[max(0, i-back):i]) {
		switch c {
		case '[', '(', '{':
			n++
		case ']', ')', '}':
			n--
		}
	}
	return max(n, 0)
}

// schemeAt reads hxxp, meow and their like, where a colon follows.
func schemeAt(s string, i int) (from, to int, put string) {
	if i > 0 && isAlnum(s[i-1]) {
		return 0, 0, ""
	}
	const longest = 8
	end := i
	for end < len(s) && end < i+longest && (isLetter(s[end]) || s[end] == '*' || s[end] == '_' || s[end] == '#') {
		end++
	}
	if end == len(s) || s[end] != ':' && !(strings.IndexByte("[({", s[end]) >= 0 && end+1 < len(s) && s[end+1] == ':') {
		return 0, 0, ""
	}
	word := strings.ToLower(s[i:end])
	put = meantScheme(word)
	if put == "" || put == word {
		return 0, 0, ""
	}
	return i, end, put
}

// meantScheme returns the scheme that a word stands for.
func meantScheme(word string) string {
	short := strings.TrimSuffix(word, "s")
	secure := word[len(short):]
	switch short {
	case "meow":
		return "http" + secure
	case "fxp", "fxxp", "ftxp", "fxtp":
		return "ftp" + secure
	}
	if len(short) < 4 || len(short) > 6 || short[0] != 'h' || short[len(short)-1] != 'p' {
		return ""
	}
	middle := short[1 : len(short)-1]
	if strings.Trim(middle, "tx") == "" || strings.Trim(middle, middle[:1]) == "" {
		return "http" + secure
	}
	return ""
}

// wordAt reads " dot " and " at " between words.
func wordAt(s string, i int) (from, to int, put string) {
	if i == 0 || !isAlnum(s[i-1]) {
		return 0, 0, ""
	}
	if strings.HasPrefix(s[i:], " dot ") || strings.HasPrefix(s[i:], " DOT ") {
		word, _ := wordFrom(s, i+5)
		if spokenSuffix(strings.ToLower(word)) && !article(s[:i]) {
			return i, i + 5, "."
		}
		return 0, 0, ""
	}
	if strings.HasPrefix(s[i:], " at ") || strings.HasPrefix(s[i:], " AT ") {
		_, end := wordFrom(s, i+4)
		if end == i+4 || end == len(s) {
			return 0, 0, ""
		}
		if spelledDotAt(s, end) {
			return i, i + 4, "@"
		}
	}
	return 0, 0, ""
}

// spelledDotAt reports whether a dot that is not written as one stands at i.
func spelledDotAt(s string, i int) bool {
	put := ""
	switch s[i] {
	case ' ':
		if strings.HasPrefix(s[i:], " dot ") || strings.HasPrefix(s[i:], " DOT ") {
			_, _, put = wordAt(s, i)
		} else if i+1 < len(s) && s[i+1] != ' ' {
			put = bracketOr(s, i+1)
		}
	default:
		put = bracketOr(s, i)
	}
	return put == "."
}

// bracketOr returns what a bracket means, where one opens.
func bracketOr(s string, i int) string {
	if strings.IndexByte("[({<", s[i]) < 0 {
		return ""
	}
	_, _, put := bracketAt(s, i)
	return put
}

// article reports whether a text ends in a word that makes a "dot com" a thing.
func article(s string) bool {
	s = s[max(0, len(s)-8):]
	switch strings.ToLower(s[strings.LastIndexByte(s, ' ')+1:]) {
	case "a", "the", "this", "that", "some", "every", "any", "our", "their", "first", "big":
		return true
	}
	return false
}

// wordFrom returns the name's label that starts at i.
func wordFrom(s string, i int) (word string, end int) {
	const longest = 63
	end = i
	for end < len(s) && end < i+longest && (isAlnum(s[end]) || s[end] == '-') {
		end++
	}
	return s[i:end], end
}

// spokenSuffix reports whether people say "dot" before a word to mean a domain,
// rather than in a sentence.
func spokenSuffix(word string) bool {
	switch word {
	case "com", "net", "org", "info", "biz", "edu", "gov", "mil", "io", "ru", "cn", "de", "uk", "co", "fr", "nl", "pl", "ch", "eu", "jp", "br", "ca", "au", "xyz", "top", "onion":
		return true
	}
	return false
}

// invisibleAt reads characters that are not seen, and the dots of other scripts.
func invisibleAt(s string, i int) (from, to int, put string) {
	r, size := utf8.DecodeRuneInString(s[i:])
	switch r {
	case '\u00ad', '\u200b', '\u200c', '\u200d', '\u2060', '\ufeff':
		if i > 0 && i+size < len(s) && isAlnum(s[i-1]) && isAlnum(s[i+size]) {
			return i, i + size, ""
		}
	case '。', '．', '｡', '․':
		if i > 0 && i+size < len(s) && isAlnum(s[i-1]) && isAlnum(s[i+size]) {
			return i, i + size, "."
		}
	}
	return 0, 0, ""
}

func isDigit(c byte) bool  { return c >= '0' && c <= '9' }
func isUpper(c byte) bool  { return c >= 'A' && c <= 'Z' }
func isLetter(c byte) bool { return c|0x20 >= 'a' && c|0x20 <= 'z' }
func isAlnum(c byte) bool  { return isDigit(c) || isLetter(c) }
func isHex(c byte) bool    { return isDigit(c) || c|0x20 >= 'a' && c|0x20 <= 'f' }
