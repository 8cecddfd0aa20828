package wire

import (
	"strings"
	"time"

	"github.com/harrier-soar/harrier"
)

// Format is what a source says that its messages are.
type Format string

// The formats. The empty one means to find out.
const (
	Auto       Format = ""
	CEF        Format = "cef"
	LEEF       Format = "leef"
	JSON       Format = "json"
	KeyValue   Format = "kv"
	PANOS      Format = "panos"
	Cisco      Format = "cisco"
	CheckPoint Format = "checkpoint"
	Audit      Format = "auditd"
	ModSec     Format = "modsecurity"
	Zeek       Format = "zeek"
	WinEvent   Format = "winevent"
	Text       Format = "text"
)

// Formats lists the formats that a source can declare.
func Formats() []Format {
	return []Format{CEF, LEEF, JSON, KeyValue, PANOS, Cisco, CheckPoint, Audit, ModSec, Zeek, WinEvent, Text}
}

// Limits of one message. What is beyond is cut, and "wire.notes" says so.
const (
	maxBody   = 1 << 20
	maxFields = 2000
	maxDepth  = 64
	maxNotes  = 20
)

// Options is what is known beside the bytes.
type Options struct {
	// Received is when the message came: it tells the year of a time that has none.
	Received time.Time
	// Location holds for times without a zone. Nil is UTC.
	Location *time.Location
	// Format is what the source declares; [Auto] finds out.
	Format Format
}

// Parse reads one message. It fails where there is nothing in it, or where it
// is not in the format that the source declares.
func Parse(body []byte, opt Options) (map[string]any, error) {
	if opt.Location == nil {
		opt.Location = time.UTC
	}
	p := &parser{clock: clock{received: opt.Received, zone: opt.Location}, out: make(map[string]any, 4)}
	message := p.text(body)
	if strings.TrimSpace(message) == "" {
		return nil, harrier.Errorf(harrier.Invalid, "the message is empty")
	}
	envelope, inner := p.envelope(message)
	format, ok := p.content(inner, opt.Format)
	if !ok {
		return nil, harrier.Errorf(harrier.Invalid, "the source's format is %s, and the message is not: it begins %q; correct the source's format or leave it to be found out",
			opt.Format, begin(inner))
	}
	p.finish(format, envelope)
	return p.out, nil
}

// parser makes the record of one message.
type parser struct {
	clock
	out    map[string]any
	notes  []any
	fields int

	when     time.Time
	whenFrom string
}

// content reads what the envelope holds; ok is false where it is not in the declared format.
func (p *parser) content(s string, declared Format) (format Format, ok bool) {
	if declared == Text {
		return p.asText(s), true
	}
	for _, r := range p.readers() {
		if (declared == Auto || declared == r.format) && r.read(s) {
			return r.format, true
		}
	}
	if declared != Auto {
		return declared, false
	}
	return p.asText(s), true
}

// reader reads a message of one format; read is false, and the record
// unchanged, where the message is not in it.
type reader struct {
	format Format
	read   func(s string) bool
}

// readers lists the formats in the order in which they are told apart: those
// with a mark of their own first.
func (p *parser) readers() [11]reader {
	return [...]reader{
		{CEF, p.cef},
		{LEEF, p.leef},
		{JSON, p.json},
		{WinEvent, p.winEvent},
		{Zeek, p.zeek},
		{PANOS, p.panos},
		{Cisco, p.cisco},
		{CheckPoint, p.checkPoint},
		{Audit, p.audit},
		{ModSec, p.modSecurity},
		{KeyValue, p.keyValue},
	}
}

// asText keeps a message of no known format.
func (p *parser) asText(s string) Format {
	p.out["message"] = s
	return Text
}

// finish says in the record how it was read.
func (p *parser) finish(format Format, envelope string) {
	about := map[string]any{"format": string(format), "envelope": envelope}
	if !p.when.IsZero() {
		about["time"] = p.when.UTC().Format(time.RFC3339Nano)
		about["time_from"] = p.whenFrom
	}
	if len(p.notes) > 0 {
		about["notes"] = p.notes
	}
	p.out["wire"] = about
}

// happened sets when the event was: the format inside knows better than the envelope.
func (p *parser) happened(t time.Time, from string) {
	if !t.IsZero() {
		p.when, p.whenFrom = t, from
	}
}

// note tells people what was odd; of many only the first are kept.
func (p *parser) note(text string) {
	if len(p.notes) < maxNotes {
		p.notes = append(p.notes, text)
	}
}

// put sets a field that has a value. The first of a name stays.
func (p *parser) put(m map[string]any, name, value string) {
	if value == "" || name == "" {
		return
	}
	if _, twice := m[name]; twice {
		p.note("field " + begin(name) + " comes twice; the first is kept")
		return
	}
	if p.fields++; p.fields > maxFields {
		if p.fields == maxFields+1 {
			p.note("more fields than 2000; the rest is left out")
		}
		return
	}
	m[name] = value
}

// begin is the start of a text, to be shown in errors.
func begin(s string) string {
	const most = 60
	if len(s) <= most {
		return s
	}
	cut := most
	for cut > 0 && s[cut]&0xc0 == 0x80 {
		cut--
	}
	return s[:cut] + "…"
}
