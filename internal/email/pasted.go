package email

import "strings"

// The marks that Cofense Reporter writes around the header of the original.
const (
	cofenseBegin = "-----BEGIN EMAIL HEADERS-----"
	cofenseEnd   = "-----END EMAIL HEADERS-----"
)

// pasted finds an original whose header stands in the text as it is, as the
// button of Cofense writes it, and people who know what is needed.
func (p *parser) pasted(m *Message, at place) *Message {
	if m.quoteLevel() > 0 {
		return nil
	}
	text := firstOf(m.Text, m.VisibleText)
	start, end, form := findPasted(text)
	if form == "" {
		return nil
	}
	header, rest := p.header(m, []byte(text[start:end]), at.number)
	q := &Message{Parent: m, Header: header, lim: p.lim, quote: quote{form: form, explicit: true, pasted: true}}
	inner := &parser{lim: p.lim}
	inner.fields(q, at.number)
	q.quote.before = strings.TrimSpace(strings.TrimSuffix(strings.TrimSpace(text[:start]), cofenseBegin))
	q.Text = string(rest) + text[end:]
	q.HTML = ""
	if m.Text != "" {
		q.HTML = m.HTML
	}
	p.finishQuoted(m, q, at)
	return q
}

// findPasted finds a header that stands in text.
func findPasted(text string) (start, end int, form string) {
	if i := strings.Index(text, cofenseBegin); i >= 0 {
		start = i + len(cofenseBegin)
		start += len(text[start:]) - len(strings.TrimLeft(text[start:], "\r\n\t "))
		if n := strings.Index(text[start:], cofenseEnd); n >= 0 {
			return start, start + n, FormCofense
		}
	}
	return findHeaderRun(text)
}

// findHeaderRun finds the first run of lines that only the header of a mail is:
// it tells its way, who sent it and what it is about.
func findHeaderRun(text string) (start, end int, form string) {
	if !strings.Contains(text, "Received:") {
		return 0, 0, ""
	}
	var run headerRun
	for at := 0; at < len(text); {
		n := strings.IndexByte(text[at:], '\n') + 1
		if n == 0 {
			n = len(text) - at
		}
		line := strings.TrimRight(text[at:at+n], "\r\n")
		if !run.line(line, at) && run.is() {
			return run.start, at, FormHeaders
		}
		at += n
	}
	if run.is() {
		return run.start, len(text), FormHeaders
	}
	return 0, 0, ""
}

// headerRun counts what a run of lines holds.
type headerRun struct {
	start                        int
	open                         bool
	received, from, subject, ids int
}

// line takes a line; it reports whether the run goes on.
func (r *headerRun) line(line string, at int) bool {
	name, value, ok := fieldName([]byte(clip(line, 1<<10)))
	folded := r.open && line != "" && (line[0] == ' ' || line[0] == '\t')
	switch {
	case folded:
		return true
	case !ok || name != value-1 || !likelyField([]byte(clip(line, 1<<10))):
		if !r.is() {
			*r = headerRun{}
		}
		return false
	case !r.open:
		*r = headerRun{start: at, open: true}
	}
	switch strings.ToLower(line[:name]) {
	case "received":
		r.received++
	case "from":
		r.from++
	case "subject":
		r.subject++
	case "message-id":
		r.ids++
	}
	return true
}

// is reports whether the lines are the header of a mail.
func (r *headerRun) is() bool { return r.received > 0 && r.from > 0 && r.subject+r.ids > 0 }
