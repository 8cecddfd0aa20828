package email

import "strings"

// textKind is the kind of a thing found in text.
type textKind int

// What is found in text.
const (
	textURL textKind = iota
	textDomain
	textEmail
)

// text keeps what mail programs make links of in text, and what people wrote
// so that they do not ("hxxp://evil[.]example").
func (f *linkFinder) text(text, where string) {
	const most = 10_000
	n := 0
	scanText(text, func(kind textKind, value string) bool {
		n++
		switch kind {
		case textURL:
			f.p.addLink(f.m, Link{Raw: value, Where: where}, "", f.number)
		case textDomain:
			if h, ok := parseHost(value); ok {
				f.m.find(finding{kind: "domain", value: h.name, where: where})
			}
		case textEmail:
			if address, _ := publicAddress(value); address != "" {
				f.m.find(finding{kind: "email", value: address, where: where})
			}
		}
		return n < most
	})
}

// scanText calls found for each URL, domain and address in text, refanged,
// until it returns false.
func scanText(text string, found func(kind textKind, value string) bool) {
	for len(text) > 0 {
		end := strings.IndexAny(text, " \t\r\n<>\"\u00a0")
		if end < 0 {
			end = len(text)
		}
		const longest = 16 << 10
		word := clip(text[:end], longest)
		text = text[min(end+1, len(text)):]
		if len(word) < 4 || !strings.ContainsAny(word, ".:@[(") {
			continue
		}
		word = refang(word)
		kind, value, ok := classify(word)
		if ok && !found(kind, value) {
			return
		}
	}
}

// defanged holds the brackets that people put into links.
var defanged = strings.NewReplacer(
	"[.]", ".", "(.)", ".", "{.}", ".", "[dot]", ".", "(dot)", ".", "[DOT]", ".", "[:]", ":", "[://]", "://", "[/]", "/",
	"[@]", "@", "(@)", "@", "[at]", "@", "(at)", "@", "[AT]", "@",
)

// refang undoes the usual ways to make a link harmless.
func refang(s string) string {
	if strings.ContainsAny(s, "[({") {
		s = defanged.Replace(s)
	}
	const longestPrefix = 10
	head := strings.ToLower(s[:min(len(s), longestPrefix)])
	if len(head) != min(len(s), longestPrefix) {
		return s
	}
	for _, scheme := range []string{"hxxps", "hxxp", "meows", "meow"} {
		i := strings.Index(head, scheme+":")
		if i < 0 {
			continue
		}
		meant := "http"
		if strings.HasSuffix(scheme, "s") {
			meant = "https"
		}
		return s[:i] + meant + s[i+len(scheme):]
	}
	return s
}

// classify says what a word is, without the punctuation around it.
func classify(word string) (textKind, string, bool) {
	if i := schemeIndex(word); i >= 0 {
		return textURL, trimTail(word[i:]), true
	}
	word = trimTail(strings.TrimLeft(word, `([{'*_|,;:.-`))
	lower := strings.ToLower(word[:min(len(word), 7)])
	switch {
	case strings.HasPrefix(lower, "www.") && strings.Count(word, ".") > 1:
		return textURL, "http://" + word, true
	case strings.HasPrefix(lower, "mailto:"):
		return textEmail, word[7:], true
	case strings.Contains(word, "@"):
		if i := strings.LastIndexAny(word, ":=(,;/"); i >= 0 && i < strings.IndexByte(word, '@') {
			word = word[i+1:]
		}
		address, _ := publicAddress(word)
		return textEmail, word, address != ""
	}
	const longestName = 300
	if name, rest, _ := strings.Cut(word, "/"); len(name) <= longestName && knownDomain(name) {
		if rest != "" {
			return textURL, "http://" + word, true
		}
		return textDomain, name, true
	}
	return 0, "", false
}

// schemeIndex returns where http://, https:// or ftp:// starts, or -1.
func schemeIndex(word string) int {
	i := strings.Index(word, "://")
	if i < 0 {
		return -1
	}
	for _, scheme := range []string{"https", "http", "ftp"} {
		if i >= len(scheme) && strings.EqualFold(word[i-len(scheme):i], scheme) {
			return i - len(scheme)
		}
	}
	return -1
}

// trimTail removes punctuation that ends a sentence rather than a URL, and
// brackets that were opened before it.
func trimTail(s string) string {
	excess := [3]int{-1, -1, -1} // of closing brackets; -1 is not counted yet
	for {
		before := len(s)
		for _, quote := range [...]string{"’", "”", "»", "…", "\u200b"} {
			s = strings.TrimSuffix(s, quote)
		}
		s = strings.TrimRight(s, ".,;:!?'*|`")
		for i, pair := range [...]string{"()", "[]", "{}"} {
			if !strings.HasSuffix(s, pair[1:]) {
				continue
			}
			if excess[i] == -1 {
				excess[i] = max(strings.Count(s, pair[1:])-strings.Count(s, pair[:1]), 0)
			}
			if excess[i] > 0 {
				s = s[:len(s)-1]
				excess[i]--
			}
		}
		if len(s) == before {
			return s
		}
	}
}
