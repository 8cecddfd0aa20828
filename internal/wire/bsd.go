package wire

import "strings"

// old3164 reads the header that RFC 3164 observed, and what devices make of it:
//
//	Oct 11 22:14:15 host app[12]: text      2026-03-01T12:00:00Z host app: text
//	000123: *Mar  1 12:00:00.123 UTC: text  45: router: Mar  1 12:00:00: text
//	:Mar 01 12:00:00 CET: %ASA-…            Mar 01 2026 12:00:00 host : %ASA-…
//	date=2026-03-01 …                       app[12]: text
//
// Without a priority it is a header only where a time comes first. ok is false
// where it is none.
func (p *parser) old3164(s string, header map[string]any, marked bool) (message string, ok bool) {
	rest := strings.TrimLeft(s, " ")
	if marked {
		rest = strings.TrimPrefix(rest, ":")
		rest = p.sequence(header, strings.TrimLeft(rest, " "))
	}
	start := rest
	rest = strings.TrimLeft(rest, "*.")
	t, after, timed := p.leading(rest)
	if !timed && marked {
		return p.timeless(header, start), true
	}
	if !timed || !marked && !p.plausible(rest, after) {
		return s, false
	}
	p.syslogTime(header, t, strings.TrimSpace(rest[:len(rest)-len(after)]))
	after = strings.TrimLeft(strings.TrimPrefix(after, ":"), " ")
	return p.tag(header, p.host(header, after)), true
}

// plausible tells whether a line without a priority is of a log of syslog: of
// dates that begin with a year only where a host and a tag follow, since every
// program writes such dates.
func (p *parser) plausible(line, after string) bool {
	if letter(line[0]) {
		return strings.HasPrefix(after, " ")
	}
	_, rest := word(strings.TrimLeft(after, " "))
	_, _, _, tagged := tagOf(rest)
	return tagged
}

// sequence reads the number and the host that Cisco's IOS puts before the time.
func (p *parser) sequence(header map[string]any, s string) (rest string) {
	first, after := word(s)
	number, colon := strings.CutSuffix(first, ":")
	if !colon || !allDigits(number) || len(number) > 12 {
		return s
	}
	p.put(header, "sequence", number)
	host, then := word(after)
	if name, colon := strings.CutSuffix(host, ":"); colon && hostLike(name) {
		if _, _, timed := p.leading(strings.TrimLeft(then, "*.")); timed {
			p.put(header, "host", name)
			return then
		}
	}
	return after
}

// timeless reads what follows a priority without a time: a tag if there is one.
func (p *parser) timeless(header map[string]any, s string) (message string) {
	if _, _, _, tagged := tagOf(s); tagged {
		return p.tag(header, s)
	}
	if host, rest := word(s); hostLike(host) {
		if _, _, _, tagged := tagOf(rest); tagged {
			p.put(header, "host", host)
			return p.tag(header, rest)
		}
	}
	return s
}

// host reads the name of the sender, unless a tag or a message comes first.
func (p *parser) host(header map[string]any, s string) (rest string) {
	name, after := word(s)
	if !hostLike(name) || after == "" {
		return s
	}
	if _, had := header["host"]; !had {
		p.put(header, "host", name)
	}
	// ASA puts " : " between its name and its message.
	if then, colon := strings.CutPrefix(after, ": "); colon {
		return then
	}
	return after
}

// hostLike tells whether a word can be the name or the address of a host.
func hostLike(s string) bool {
	if s == "" || len(s) > 255 || s[len(s)-1] == ':' && !strings.HasSuffix(s, "::") {
		return false
	}
	for i := range len(s) {
		if c := s[i]; !letter(c) && !digit(c) && strings.IndexByte("._-:/", c) < 0 && c < 0x80 {
			return false
		}
	}
	return s[0] != ':' || strings.HasPrefix(s, "::")
}

// tag reads the program and its process.
func (p *parser) tag(header map[string]any, s string) (message string) {
	app, pid, rest, ok := tagOf(s)
	if !ok {
		return s
	}
	p.put(header, "app", app)
	p.put(header, "pid", pid)
	return rest
}

// tagOf reads "app[pid]: ", "app: " and "app[pid] "; what other formats begin with is no tag.
func tagOf(s string) (app, pid, rest string, ok bool) {
	const most = 64
	i := 0
	for i < len(s) && i < most && (letter(s[i]) || digit(s[i]) || strings.IndexByte("_-./()@#", s[i]) >= 0) {
		i++
	}
	if i == 0 || i == len(s) || s[:i] == "CEF" || s[:i] == "LEEF" {
		return "", "", s, false
	}
	app, rest = s[:i], s[i:]
	if rest[0] == '[' {
		end := strings.IndexByte(rest[:min(len(rest), most)], ']')
		if end < 0 || strings.ContainsAny(rest[1:end], ` ="`) {
			return "", "", s, false
		}
		pid, rest = rest[1:end], rest[end+1:]
	}
	after, colon := strings.CutPrefix(rest, ":")
	switch {
	case colon && (after == "" || after[0] == ' ' || after[0] == '\t'), !colon && pid != "" && strings.HasPrefix(rest, " "):
		return app, pid, strings.TrimLeft(after, " \t"), true
	}
	return "", "", s, false
}
