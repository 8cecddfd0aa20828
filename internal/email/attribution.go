package email

import "strings"

// attributed finds a mail that is forwarded under one line alone, as Outlook for
// Mac and many phones do: On 3 March 2025, Kim <kim@a.example> wrote:. The same
// line stands above answers, so only the subject tells that it was forwarded.
func (p *parser) attributed(m *Message) *Message {
	if !forwardPrefix(m.Subject) {
		return nil
	}
	text := firstOf(m.Text, m.VisibleText)
	line, start, end := findAttribution(text)
	if line == "" {
		return nil
	}
	i, j := strings.IndexAny(line, "<["), strings.IndexAny(line, ">]")
	address, _ := canonicalAddress(strings.TrimPrefix(line[i+1:j], "mailto:"))
	name := strings.Trim(line[:i], " \t\"'«„(")
	if k := strings.LastIndexAny(name, "\",«„"); k >= 0 {
		name = name[k:]
	}
	q := &Message{Parent: m, HeadersLost: true, lim: p.lim, quote: quote{form: FormForward, explicit: true}}
	q.From = []Address{{Name: strings.Trim(clip(name, 200), " \t\"'«»„”,"), Address: address, Domain: domainOf(address), Raw: oneLine(line[i:j])}}
	q.Subject = bareSubject(m.Subject)
	q.Date, q.quote.other, _ = parseQuotedDate(strings.ReplaceAll(line[:i], name, " "))
	q.quote.loose = true
	q.quote.before = strings.TrimSpace(text[:start])
	q.Text = unquote(text[end:], strings.HasPrefix(strings.TrimSpace(text[end:]), ">"))
	if m.Text != "" {
		q.HTML = m.HTML
	}
	return q
}

// findAttribution finds the first line that says who wrote what follows.
func findAttribution(text string) (line string, start, end int) {
	const longest = 400
	for at := 0; at < len(text); {
		n := strings.IndexByte(text[at:], '\n') + 1
		if n == 0 {
			n = len(text) - at
		}
		if n <= longest {
			one := strings.Trim(text[at:at+n], " \t\r\n>\ufeff")
			if strings.HasSuffix(one, ":") && strings.Contains(one, "@") && attributes(one) {
				return one, at, at + n
			}
		}
		at += n
	}
	return "", 0, 0
}

// attributes reports whether a line names an author in brackets and says that
// they wrote something.
func attributes(line string) bool {
	i, j := strings.IndexAny(line, "<["), strings.IndexAny(line, ">]")
	if i < 0 || j < i+3 || !strings.Contains(line[i:j], "@") {
		return false
	}
	lower := strings.ToLower(line)
	for _, word := range []string{
		"wrote", "schrieb", "a écrit", "escribió", "ha scritto", "geschreven", "schreef", "escreveu", "napisał", "skrev", "kirjoitti", "napsal", "napísal", "написал", "yazdı", "írta", "書きました", "写道",
	} {
		if strings.Contains(lower, word) {
			return true
		}
	}
	return false
}
