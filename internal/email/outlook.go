package email

import (
	"crypto/sha256"
	"slices"
	"strings"

	"github.com/harrier-soar/harrier/internal/outlook"
)

// classSigned starts the class of mails in Outlook that are one MIME entity, in an attachment.
const classSigned = "ipm.note.smime.multipartsigned"

// The media types of files that [Parse] reads.
const (
	TypeMail    = "message/rfc822"
	TypeOutlook = "application/vnd.ms-outlook"
	TypeTNEF    = "application/vnd.ms-tnef"
)

// MediaType returns the media type of a mail by its first bytes alone. What does
// not start like a file of Outlook is [TypeMail].
func MediaType(data []byte) string {
	switch {
	case outlook.IsTNEF(data):
		return TypeTNEF
	case outlook.IsContainer(data):
		return TypeOutlook
	}
	return TypeMail
}

// outlookReader returns what reads a file of Outlook, or nil where data is none.
func outlookReader(data []byte) func([]byte, outlook.Limits) (outlook.Item, error) {
	switch {
	case outlook.IsTNEF(data):
		return outlook.ReadTNEF
	case outlook.IsMessage(data):
		return outlook.ReadMessage
	}
	return nil
}

// openOutlook reads a file of Outlook; ok is false where data is none, or all
// such files together are larger than mails are.
func (p *parser) openOutlook(m *Message, data []byte, at place) (it outlook.Item, ok bool) {
	read := outlookReader(data)
	if read == nil {
		return it, false
	}
	if p.opened += len(data); p.opened > 2*p.lim.Bytes {
		p.warn(m, WarnTooMany, at.number, "the files of Outlook inside each other are larger than the limit; the rest was kept as attachments")
		return it, false
	}
	it, err := read(data, outlook.Limits{
		Depth: max(p.lim.Depth-at.depth, 1), Attachments: max(p.lim.Parts-p.parts, 1), Recipients: p.lim.Addresses,
		TextBytes: max(p.lim.TextBytes-p.text, 0) + max(p.headerRoom, 0) + 1,
	})
	return it, err == nil
}

// outlook opens a part that is a file of Outlook, and reports whether it did.
// A .msg is a mail that is attached. The contents of TNEF are those of the mail
// around it, as mail programs show them; the file is kept as well, and so is a
// .msg that goes by another name, for it may be something else to other programs.
func (p *parser) outlook(m *Message, l leaf, at place) bool {
	if outlookReader(l.data) == nil {
		return false
	}
	if at.depth >= p.lim.Depth {
		p.warn(m, WarnTooDeep, at.number, tooDeep)
		return false
	}
	it, ok := p.openOutlook(m, l.data, at)
	if !ok {
		return false
	}
	if outlook.IsTNEF(l.data) {
		p.attach(m, l, at)
		p.contents(m, &it, at)
		return true
	}
	if !strings.HasSuffix(strings.ToLower(l.name), ".msg") && l.kind != TypeOutlook && !isMessage(l.kind) {
		p.attach(m, l, at)
	}
	child := &Message{Parent: m, Name: safeName(l.name)}
	m.Attached = append(m.Attached, child)
	p.item(child, &it, sha256.Sum256(l.data), place{number: at.number, depth: at.depth + 1})
	return true
}

// item reads an item of Outlook into m as a mail.
func (p *parser) item(m *Message, it *outlook.Item, raw [32]byte, at place) {
	m.lim = p.lim
	m.Header, _ = p.header(m, []byte(it.Header()), at.number)
	p.fields(m, at.number)
	if m.MessageID == "" {
		m.raw = raw
	}
	p.contents(m, it, at)
	p.finish(m, at)
}

// contents adds the bodies and attachments of an item to a mail.
func (p *parser) contents(m *Message, it *outlook.Item, at place) {
	for _, w := range it.Warnings {
		code := WarnOutlook
		if w.Limit {
			code = WarnTooMany
		}
		p.warn(m, code, at.number, w.Text)
	}
	n := 0
	for _, body := range []leaf{{kind: "text/plain", data: []byte(it.Text)}, {kind: "text/html", data: []byte(it.HTML)}} {
		body.charset = "utf-8"
		if len(body.data) > 0 && !m.holds(body) && p.part(m) {
			n++
			p.body(m, body, at.child(n))
		}
	}
	if it.RichText != "" && it.RichText != it.Text {
		text := p.decode(m, leaf{kind: "text/plain", charset: "utf-8", data: []byte(it.RichText)}, at)
		m.spare = append(m.spare, spareText{where: "rtf", text: text})
	}
	for i := range it.Attachments {
		if !p.part(m) {
			return
		}
		n++
		p.carried(m, it, &it.Attachments[i], at.child(n))
	}
}

// part counts a part, and reports whether one more is allowed.
func (p *parser) part(m *Message) bool {
	if p.parts >= p.lim.Parts {
		p.warn(m, WarnTooMany, "0", tooManyParts)
		return false
	}
	p.parts++
	return true
}

// holds reports whether a mail has a body already, line ends and space around it
// aside: writers of TNEF send the text twice.
func (m *Message) holds(body leaf) bool {
	have := m.texts
	if body.kind == "text/html" {
		have = m.htmls
	}
	plain := func(text string) string { return strings.TrimSpace(strings.ReplaceAll(text, "\r\n", "\n")) }
	text := plain(string(body.data))
	return slices.ContainsFunc(have, func(other string) bool { return plain(other) == text })
}

// carried adds an attachment of an item to a mail.
func (p *parser) carried(m *Message, it *outlook.Item, a *outlook.Attachment, at place) {
	if a.Item != nil {
		child := &Message{Parent: m, Name: safeName(a.Name)}
		m.Attached = append(m.Attached, child)
		p.item(child, a.Item, sha256.Sum256([]byte(a.Item.Header()+"\x00"+a.Item.Text+"\x00"+a.Item.HTML)), at)
		return
	}
	if strings.HasPrefix(strings.ToLower(it.Class), classSigned) && startsWithField(a.Content) && at.depth < p.lim.Depth {
		header, body := p.header(m, a.Content, at.number)
		p.entity(m, entity{header: header, body: body}, at)
		return
	}
	l := leaf{kind: parseMedia(a.MediaType).value, name: a.Name, disposition: "attachment", contentID: a.ContentID, data: a.Content}
	if a.Inline && !strings.HasPrefix(l.kind, "text/") {
		l.disposition = "inline"
	}
	p.store(m, l, at)
}
