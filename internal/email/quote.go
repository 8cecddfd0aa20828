package email

import (
	"crypto/sha256"
	"encoding/hex"
	"strings"
	"time"

	"golang.org/x/net/html"
)

// quote says how a mail was quoted.
type quote struct {
	form string
	// explicit quotes say that the mail was forwarded; others may be answered.
	explicit bool
	// pasted quotes hold the whole header as text.
	pasted bool
	// loose dates may be off by a day, as their zone or order is not told.
	loose bool
	// other is the date with day and month the other way round, where nobody knows.
	other time.Time
	// before is what the one who quotes wrote above.
	before string
}

// quoteDepth is how many quotes inside each other are looked at.
const quoteDepth = 4

// quoted finds a mail that m quotes with its header as text.
func (p *parser) quoted(m *Message, at place) {
	m.Quoted = p.pasted(m, at)
	if m.Quoted != nil || m.quoteLevel() >= quoteDepth {
		return
	}
	inText, inHTML := findQuote(m.Text), findQuoteHTML(m.HTML)
	if inText == nil && inHTML == nil {
		if q := p.attributed(m); q != nil && m.quoteLevel() == 0 {
			p.finishQuoted(m, q, at)
		}
		return
	}
	q := &Message{Parent: m, HeadersLost: true, lim: p.lim}
	best, before := inText, m.Text
	if best == nil || inHTML != nil && inHTML.kinds() > best.kinds() {
		best = inHTML
	}
	q.quote = quote{form: best.form, explicit: best.explicit}
	if inText != nil {
		before = m.Text[:inText.start]
		q.Text = unquote(m.Text[inText.end:], inText.mark)
		q.quote.explicit = q.quote.explicit || inText.explicit
	}
	q.HTML = m.HTML
	if inHTML != nil {
		q.HTML = m.HTML[inHTML.end:]
		q.quote.explicit = q.quote.explicit || inHTML.explicit
		if inText == nil {
			before = visible(m.HTML[:inHTML.start])
		}
	}
	q.quote.before = strings.TrimSpace(clip(before, 64<<10))
	q.setQuoted(best, p.lim.Addresses)
	const most = 1 << 20 // of text that is read again, in all quotes but the outermost
	if p.quotedBytes += len(q.Text) + len(q.HTML); m.quoteLevel() == 0 || p.quotedBytes <= most {
		p.finishQuoted(m, q, at)
	}
}

// finishQuoted reads the text of a quoted mail with a budget of its own, which
// the depth of quotes bounds.
func (p *parser) finishQuoted(m, q *Message, at place) {
	q.raw = sha256.Sum256([]byte(q.Subject + "\x00" + q.Text + "\x00" + q.HTML))
	q.Attachments = m.Attachments
	inner := &parser{lim: p.lim, quotedBytes: p.quotedBytes}
	inner.findLinks(q, at.number)
	sum := sha256.Sum256([]byte(q.Text + "\x00" + q.HTML))
	q.BodyHash = hex.EncodeToString(sum[:])
	m.Quoted = q
	inner.quoted(q, at)
	q.seen = nil
}

// quoteLevel counts the quotes that m is inside of.
func (m *Message) quoteLevel() int {
	n := 0
	for m.Parent != nil && m.Parent.Quoted == m {
		n++
		m = m.Parent
	}
	return n
}

// setQuoted fills in the fields of a header that was quoted.
func (m *Message) setQuoted(f *quoteFinder, limit int) {
	list := func(kind labelKind) []Address {
		addresses, _ := parseAddresses(mailtoForms(f.values[kind]), limit)
		return addresses
	}
	m.From, m.To, m.Cc, m.ReplyTo = list(labelFrom), list(labelTo), list(labelCc), list(labelReplyTo)
	m.Subject = clip(decodeWords(f.values[labelSubject]), 8<<10)
	m.Date, m.quote.other, m.quote.loose = parseQuotedDate(f.values[labelDate])
}

// mailtoForms undoes what Outlook writes for an address in text:
// "Kim [mailto:kim@a.example]" and "<kim@a.example<mailto:kim@a.example>>".
func mailtoForms(s string) string {
	s = clip(s, 16<<10)
	if !strings.Contains(strings.ToLower(s), "mailto:") {
		if i := strings.IndexByte(s, '['); i >= 0 && !strings.Contains(s, "<") && strings.Contains(s[i:], "@") {
			return strings.NewReplacer("[", "<", "]", ">").Replace(s)
		}
		return s
	}
	var b strings.Builder
	for len(s) > 0 {
		i := strings.Index(strings.ToLower(s), "mailto:")
		if i < 1 || len(strings.ToLower(s)) != len(s) {
			break
		}
		end := strings.IndexAny(s[i:], ">]")
		if end < 0 {
			break
		}
		head := s[:i-1]
		b.WriteString(head)
		if !strings.HasSuffix(strings.TrimSpace(lastWord(head)), "@") && !strings.Contains(lastWord(head), "@") {
			b.WriteString("<" + s[i+len("mailto:"):i+end] + ">")
		}
		s = s[i+end+1:]
	}
	b.WriteString(s)
	return b.String()
}

// lastWord returns the last word of text, with what opens it.
func lastWord(s string) string {
	return s[strings.LastIndexAny(s, " \t,;")+1:]
}

// unquote takes the marks of quoted lines off.
func unquote(text string, marked bool) string {
	if !marked {
		return text
	}
	var b strings.Builder
	for line := range strings.SplitAfterSeq(text, "\n") {
		line = strings.TrimLeft(line, " ")
		if rest, ok := strings.CutPrefix(line, ">"); ok {
			line = strings.TrimPrefix(rest, " ")
		}
		b.WriteString(line)
	}
	return b.String()
}

// findQuote finds the first quoted header in text.
func findQuote(text string) *quoteFinder {
	f := &quoteFinder{}
	for start := 0; start < len(text); {
		end := strings.IndexByte(text[start:], '\n')
		if end < 0 {
			end = len(text) - start - 1
		}
		if f.line(text[start:start+end+1], start, start+end+1) {
			return f
		}
		start += end + 1
	}
	if f.complete() {
		return f
	}
	return nil
}

// findQuoteHTML finds the first quoted header in what HTML shows. The places
// are those of the markup.
func findQuoteHTML(text string) *quoteFinder {
	if !strings.Contains(text, ":") && !strings.Contains(text, "：") {
		return nil
	}
	f, z := &quoteFinder{}, html.NewTokenizer(strings.NewReader(text))
	var b strings.Builder
	at, start, hidden := 0, 0, 0
	line := func() bool {
		done := b.Len() > 0 && f.line(b.String(), start, at)
		b.Reset()
		return done
	}
	for {
		kind := z.Next()
		before := at
		at += len(z.Raw())
		switch kind {
		case html.ErrorToken:
			if line() || f.complete() {
				return f
			}
			return nil
		case html.TextToken:
			if b.Len() == 0 {
				start = before
			}
			const longest = 8 << 10
			if text := z.Text(); hidden == 0 && b.Len() < longest {
				b.WriteString(squeeze(clip(string(text), longest)))
			}
		case html.StartTagToken, html.EndTagToken, html.SelfClosingTagToken:
			name, _ := z.TagName()
			tag := string(name)
			hidden = hiddenAfter(hidden, kind, tag)
			if breaksLine(tag) {
				at, before = before, at
				if line() {
					return f
				}
				at = before
			} else if tag == "td" {
				b.WriteByte(' ')
			}
		case html.CommentToken, html.DoctypeToken:
		}
	}
}

// hiddenAfter counts the elements around whose text is not shown.
func hiddenAfter(hidden int, kind html.TokenType, tag string) int {
	if tag != "script" && tag != "style" && tag != "title" {
		return hidden
	}
	switch kind {
	case html.StartTagToken:
		return hidden + 1
	case html.EndTagToken:
		return max(hidden-1, 0)
	}
	return hidden
}

// breaksLine reports whether a tag starts a new line.
func breaksLine(tag string) bool {
	switch tag {
	case "br", "p", "div", "tr", "table", "li", "ul", "ol", "h1", "h2", "h3", "h4", "h5", "h6", "blockquote", "pre", "hr", "form", "center", "body", "html":
		return true
	}
	return false
}

// visible returns what HTML shows, in short.
func visible(text string) string {
	f := &linkFinder{p: &parser{}, m: &Message{}}
	f.html(text)
	return tidy(f.visible.String())
}
