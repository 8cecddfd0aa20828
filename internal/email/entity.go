package email

import (
	"bytes"
	"strconv"
	"strings"
	"unicode/utf8"

	"golang.org/x/net/html/charset"
)

// entity is a header and a body: a mail or a part of one.
type entity struct {
	header Header
	body   []byte
	// contentType is what the header says, kind the media type it is read as.
	contentType media
	kind        string
}

// place says where an entity stands.
type place struct {
	number string // as in 1.2; 0 for the mail itself
	depth  int
	digest bool // directly inside a multipart/digest
}

// child returns the place of the nth part inside.
func (at place) child(n int) place {
	number := strconv.Itoa(n)
	if at.number != "0" {
		number = at.number + "." + number
	}
	return place{number: number, depth: at.depth + 1}
}

// leaf is a part without parts, decoded.
type leaf struct {
	kind        string // the media type
	charset     string
	name        string
	disposition string
	contentID   string
	data        []byte
}

// entity reads a mail's body or a part into m.
func (p *parser) entity(m *Message, e entity, at place) {
	p.parts++
	declared := e.header.First("Content-Type")
	e.contentType = parseMedia(declared)
	e.kind = mediaType(e.contentType.value, declared == "", e.body, at)
	if e.contentType.broken || declared != "" && !strings.Contains(e.contentType.value, "/") {
		p.warn(m, WarnMediaType, at.number, "the Content-Type has errors: "+clip(declared, 200))
	}
	bottom := at.depth >= p.lim.Depth
	switch {
	case strings.HasPrefix(e.kind, "multipart/") && !bottom:
		if p.multipart(m, e, at) {
			return
		}
		e.kind = mediaType("", true, e.body, place{})
	case strings.HasPrefix(e.kind, "multipart/") || isMessage(e.kind) && bottom:
		p.warn(m, WarnTooDeep, at.number, tooDeep)
		e.kind = "application/octet-stream"
	}
	p.leaf(m, e, at)
}

// mediaType returns the type that a part is read as.
func mediaType(declared string, missing bool, body []byte, at place) string {
	switch {
	case missing && at.digest:
		return "message/rfc822"
	case missing && looksLikeHTML(body):
		return "text/html"
	case missing || declared == "text":
		return "text/plain"
	case declared == "html":
		return "text/html"
	case strings.HasPrefix(declared, "multipart"):
		return "multipart/" + strings.TrimPrefix(strings.TrimPrefix(declared, "multipart"), "/")
	case !strings.Contains(declared, "/") && utf8.Valid(body[:min(len(body), 1024)]):
		return "text/plain"
	}
	return declared
}

// looksLikeHTML reports whether a body without a type starts like HTML.
func looksLikeHTML(body []byte) bool {
	start := bytes.ToLower(bytes.TrimSpace(body[:min(len(body), 512)]))
	return bytes.HasPrefix(start, []byte("<html")) || bytes.HasPrefix(start, []byte("<!doctype html")) || bytes.HasPrefix(start, []byte("<body"))
}

// isMessage reports whether a part of this type holds a mail.
func isMessage(kind string) bool {
	return kind == "message/rfc822" || kind == "message/global" || kind == "text/rfc822-headers" || kind == "message/rfc822-headers"
}

// The texts of warnings about limits.
const (
	tooManyParts = "the mail has more parts than the limit; the rest was left out"
	tooDeep      = "parts are nested deeper than the limit; kept as an attachment"
)

// multipart reads the parts of a multipart; it reports false where there are none.
func (p *parser) multipart(m *Message, e entity, at place) bool {
	room := max(p.lim.Parts-p.parts, 0)
	body, boundary := e.body, e.contentType.params["boundary"]
	var s split
	if boundary != "" {
		s = splitParts(body, boundary, room)
	}
	if len(s.parts) == 0 && room > 0 {
		p.warn(m, WarnBoundary, at.number, "a multipart has no usable boundary; its parts were guessed")
		body, _ = decodeTransfer(body, e.header.First("Content-Transfer-Encoding"), true)
		guess, ok := guessBoundary(body)
		if !ok {
			return false
		}
		s = splitParts(body, guess, room)
	}
	if s.more || room == 0 {
		p.warn(m, WarnTooMany, "0", tooManyParts)
	}
	if !s.closed {
		p.warn(m, WarnUnterminated, at.number, "a multipart does not end")
	}
	if s.after {
		p.warn(m, WarnAfterEnd, at.number, "parts follow the end of a multipart; they were read")
	}
	for i, part := range s.parts {
		if p.parts >= p.lim.Parts {
			p.warn(m, WarnTooMany, "0", tooManyParts)
			break
		}
		child := at.child(i + 1)
		child.digest = e.kind == "multipart/digest"
		header, rest := p.header(m, part, child.number)
		p.entity(m, entity{header: header, body: rest}, child)
	}
	return true
}

// leaf decodes a part without parts and stores what it is.
func (p *parser) leaf(m *Message, e entity, at place) {
	disposition := parseMedia(e.header.First("Content-Disposition"))
	l := leaf{
		kind: e.kind, charset: e.contentType.params["charset"], disposition: disposition.value,
		name:      firstOf(disposition.params["filename"], e.contentType.params["name"]),
		contentID: strings.Trim(e.header.First("Content-ID"), "<> "),
	}
	if disposition.broken {
		p.warn(m, WarnMediaType, at.number, "the Content-Disposition has errors")
	}
	encoding := e.header.First("Content-Transfer-Encoding")
	var warning string
	l.data, warning = decodeTransfer(e.body, encoding, strings.HasPrefix(e.kind, "text/"))
	switch warning {
	case WarnEncoding:
		p.warn(m, warning, at.number, "unknown transfer encoding "+strconv.Quote(clip(encoding, 60))+"; read as if not encoded")
	case WarnTransfer:
		p.warn(m, warning, at.number, "the "+clip(encoding, 60)+" encoding has errors; read as far as possible")
	}
	p.store(m, l, at)
}

// store keeps a decoded part as what it is.
func (p *parser) store(m *Message, l leaf, at place) {
	switch {
	case p.outlook(m, l, at):
	case (isMessage(l.kind) || isMailFile(l)) && at.depth >= p.lim.Depth:
		p.warn(m, WarnTooDeep, at.number, tooDeep)
		p.attach(m, l, at)
	case isMessage(l.kind) || isMailFile(l):
		child := &Message{Parent: m, Name: safeName(l.name)}
		m.Attached = append(m.Attached, child)
		p.message(child, l.data, place{number: at.number, depth: at.depth + 1})
	case l.kind == "message/feedback-report":
		m.feedback = true
		p.attach(m, l, at)
	case l.isBody():
		p.body(m, l, at)
	case len(l.data) > 0 || l.name != "":
		p.attach(m, l, at)
	}
}

// isMailFile reports whether an attachment of another type is a mail by name and content.
func isMailFile(l leaf) bool {
	return strings.HasSuffix(strings.ToLower(l.name), ".eml") && startsWithField(skipEnvelope(l.data))
}

// isBody reports whether mail programs show the part as text of the mail.
func (l leaf) isBody() bool {
	return (l.kind == "text/plain" || l.kind == "text/html") && l.disposition != "attachment"
}

// body adds a part to the text of the mail.
func (p *parser) body(m *Message, l leaf, at place) {
	text := p.decode(m, l, at)
	if l.kind == "text/html" {
		m.htmls = append(m.htmls, text)
	} else {
		m.texts = append(m.texts, text)
	}
	if l.name != "" {
		p.attach(m, l, at)
	}
}

// decode returns the text of a part, as far as the limit on text allows.
func (p *parser) decode(m *Message, l leaf, at place) string {
	room := p.lim.TextBytes - p.text
	data := l.data
	if len(data) > room {
		data = data[:max(room, 0)]
		p.warn(m, WarnTextCut, at.number, "the text of the mail is larger than the limit; the rest was left out")
	}
	name := l.charset
	if name == "" && l.kind == "text/html" && !utf8.Valid(data) {
		_, name, _ = charset.DetermineEncoding(data[:min(len(data), 1024)], "")
	}
	text, warning := decodeText(data, name)
	switch warning {
	case WarnCharset:
		p.warn(m, warning, at.number, "unknown charset "+strconv.Quote(clip(name, 60))+"; read as UTF-8 or Windows-1252")
	case WarnCharsetBytes:
		p.warn(m, warning, at.number, "the text has bytes that its charset does not have")
	}
	if len(text) > room {
		text = clip(text, max(room, 0))
	}
	p.text += len(text)
	return text
}

// clip returns the first n bytes of s at most, and no half characters.
func clip(s string, n int) string {
	if len(s) <= n {
		return s
	}
	for n > 0 && !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n]
}

// firstOf returns the first text that is not empty.
func firstOf(texts ...string) string {
	for _, t := range texts {
		if t != "" {
			return t
		}
	}
	return ""
}
