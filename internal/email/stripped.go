package email

import (
	"crypto/md5"  //nolint:gosec // senders hide addresses in it; it protects nothing here
	"crypto/sha1" //nolint:gosec // as above
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"net/url"
	"slices"
	"strings"
)

// stripper takes out of links what tells who clicked.
type stripper struct {
	addresses []string // in lower case
	digests   map[string]bool
	// locals are the parts of the addresses before the @.
	locals map[string]bool
}

// stripper returns what knows the recipients of a mail.
func (r Reading) stripper() *stripper {
	s := &stripper{digests: map[string]bool{}, locals: map[string]bool{}}
	for _, m := range []*Message{r.mail, r.outer} {
		for _, list := range [][]Address{m.To, m.Cc} {
			for _, a := range list {
				s.add(a.Address)
			}
		}
		for _, name := range []string{"Delivered-To", "X-Original-To", "Envelope-To", "X-Envelope-To", "X-Forwarded-To"} {
			address, _ := publicAddress(clip(m.Header.First(name), 400))
			s.add(address)
		}
		for _, h := range m.Hops {
			s.add(h.For)
		}
	}
	if r.outer != r.mail && len(r.outer.From) > 0 {
		s.add(r.outer.From[0].Address)
	}
	for _, p := range r.org.People {
		s.add(p.Address)
	}
	return s
}

// add makes the stripper know one more recipient, up to a bound.
func (s *stripper) add(address string) {
	const most = 200
	address = strings.ToLower(address)
	if address == "" || len(s.addresses) >= most || slices.Contains(s.addresses, address) {
		return
	}
	s.addresses = append(s.addresses, address)
	local, _, _ := strings.Cut(address, "@")
	s.locals[local] = true
	sum5, sum1, sum256 := md5.Sum([]byte(address)), sha1.Sum([]byte(address)), sha256.Sum256([]byte(address)) //nolint:gosec // as above
	for _, sum := range [][]byte{sum5[:], sum1[:], sum256[:]} {
		s.digests[hex.EncodeToString(sum)] = true
	}
}

// strip returns a canonical URL without what tells who clicked: addresses as
// text, base64, hex or digest, and the marks of campaigns. What is left leads
// to the same place, unless that place wanted to know.
func (s *stripper) strip(canonical string) string { return s.inside(canonical, 0) }

// inside strips a URL, and the URLs that it holds.
func (s *stripper) inside(canonical string, depth int) string {
	scheme, rest, ok := strings.Cut(canonical, "://")
	if !ok {
		return canonical
	}
	rest, fragment, hasFragment := strings.Cut(rest, "#")
	rest, query, hasQuery := strings.Cut(rest, "?")
	authority, path, _ := strings.Cut(rest, "/")
	authority = authority[strings.LastIndexByte(authority, '@')+1:] // where it leads is the same without a user name
	out := scheme + "://" + authority + "/" + s.path(path)
	if hasQuery {
		if query = s.query(query, depth); query != "" {
			out += "?" + query
		}
	}
	if hasFragment && fragment != "" {
		if fragment = s.fragment(fragment, depth); fragment != "" {
			out += "#" + fragment
		}
	}
	return out
}

// path strips the parts of a path.
func (s *stripper) path(path string) string {
	parts := strings.Split(path, "/")
	kept := parts[:0]
	for _, part := range parts {
		if part == "" || !s.tells(unescapePercent(part)) {
			kept = append(kept, part)
		}
	}
	return strings.Join(kept, "/")
}

// fragment strips what follows #, which is often a query or an address alone.
func (s *stripper) fragment(fragment string, depth int) string {
	if s.tells(unescapePercent(fragment)) && !strings.ContainsAny(fragment, "=&?/") {
		return ""
	}
	head, query, ok := strings.Cut(fragment, "?")
	if !ok && strings.Contains(fragment, "=") && !strings.HasSuffix(strings.TrimRight(fragment, "="), "/") && strings.Contains(strings.TrimRight(fragment, "="), "=") {
		return s.query(fragment, depth)
	}
	head = s.path(head)
	if query = s.query(query, depth); query != "" {
		return head + "?" + query
	}
	return head
}

// query strips the fields of a query.
func (s *stripper) query(query string, depth int) string {
	const deepest = 3
	var kept []string
	for field := range strings.SplitSeq(query, "&") {
		name, value, _ := strings.Cut(field, "=")
		plain := unescapePercent(strings.ReplaceAll(value, "+", " "))
		lower := strings.ToLower(plain)
		switch {
		case tracks(strings.ToLower(name)):
			continue
		case depth < deepest && (strings.HasPrefix(lower, "http://") || strings.HasPrefix(lower, "https://")):
			if u, ok := parseURL(plain); ok {
				if inner := s.inside(u.canonical, depth+1); inner != u.canonical {
					field = name + "=" + url.QueryEscape(inner)
				}
			}
		case s.tells(plain) || value == "" && s.tells(unescapePercent(name)) || asksWho(strings.ToLower(name)) && s.locals[strings.TrimSpace(lower)]:
			continue
		}
		kept = append(kept, field)
	}
	return strings.Join(kept, "&")
}

// tracks reports whether a field of a query says which mail or reader a click
// comes from.
func tracks(name string) bool {
	if strings.HasPrefix(name, "utm_") || strings.HasPrefix(name, "hsa_") || strings.HasPrefix(name, "pk_") {
		return true
	}
	switch name {
	case "mc_eid", "mc_cid", "_hsenc", "_hsmi", "mkt_tok", "vero_id", "vero_conv", "ck_subscriber_id", "elqtrackid", "elqtrack", "fbclid", "gclid", "msclkid", "dclid", "yclid",
		"igshid", "oly_anon_id", "oly_enc_id", "_openstat", "s_cid", "wickedid", "trk", "trkemail", "midtoken", "recipientid", "recipient_id", "subscriberid", "subscriber_id", "sfmc_sub", "rid":
		return true
	}
	return false
}

// asksWho reports whether a field of a query is where links say who follows
// them, so that even a short name there is the reader's.
func asksWho(name string) bool {
	switch name {
	case "u", "e", "n", "m", "r", "to", "id", "uid", "usr", "user", "username", "userid", "user_id", "login", "login_hint", "name", "mail", "email", "recipient", "rcpt", "account", "acct", "who":
		return true
	}
	return false
}

// tells reports whether text says whose mail it was: it holds an address of the
// recipients, any address at all, the name before the @ where it can be nothing
// else, or a digest of an address, plain or encoded.
func (s *stripper) tells(text string) bool {
	const longest, depth = 4 << 10, 2
	text = clip(text, longest)
	for range depth {
		if s.names(text) {
			return true
		}
		decoded := decoded(text)
		if decoded == "" {
			return false
		}
		text = decoded
	}
	return s.names(text)
}

// names reports whether text holds an address or a digest of a recipient's.
func (s *stripper) names(text string) bool {
	lower := strings.ToLower(strings.TrimSpace(text))
	if s.digests[lower] || s.locals[lower] && particular(lower) {
		return true
	}
	if !strings.Contains(lower, "@") {
		return false
	}
	if slices.ContainsFunc(s.addresses, func(a string) bool { return strings.Contains(lower, a) }) {
		return true
	}
	for word := range strings.FieldsFuncSeq(lower, func(r rune) bool { return strings.ContainsRune(" \t,;|<>\"'=&", r) }) {
		if address, _ := publicAddress(word); address != "" {
			return true
		}
	}
	return false
}

// particular reports whether the name before an @ is that of one person rather
// than a word, such as info or sales, that links use for other things.
func particular(local string) bool {
	const shortest = 6
	return len(local) >= shortest && strings.ContainsAny(local, "._-0123456789")
}

// decoded returns the text that base64 or hex stands for, or "".
func decoded(text string) string {
	const shortest = 8
	text = strings.TrimRight(strings.TrimSpace(text), "=.")
	if len(text) < shortest {
		return ""
	}
	if raw, err := hex.DecodeString(text); err == nil && printable(raw) {
		return string(raw)
	}
	for _, coding := range []*base64.Encoding{base64.RawStdEncoding, base64.RawURLEncoding} {
		if raw, err := coding.DecodeString(text); err == nil && printable(raw) {
			return string(raw)
		}
	}
	return ""
}

// printable reports whether bytes are text in ASCII.
func printable(raw []byte) bool {
	for _, c := range raw {
		if c < ' ' || c > '~' {
			return false
		}
	}
	return len(raw) > 0
}
