package email

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"strings"
	"time"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/artefact"
)

// Message is a mail. It shares memory with nothing but its own attachments and
// is not changed after [Parse] returned it.
type Message struct {
	Header Header
	// From holds the authors. Mails that hold several, or none, exist.
	From, Sender, ReplyTo, To, Cc []Address
	// ReturnPath is the envelope sender that the last hop wrote down.
	ReturnPath Address
	Subject    string
	// MessageID is without angle brackets; empty where there is none.
	MessageID string
	// Date is what the sender says; zero where it cannot be read.
	Date time.Time
	// Hops are the Received fields, the last hop first. Only those that our own
	// servers wrote can be trusted.
	Hops []Hop
	// Authentication are the Authentication-Results and their ARC kin, topmost first.
	Authentication []AuthResults
	// ReceivedSPF is the result named in the topmost Received-SPF.
	ReceivedSPF string
	// Mailer is X-Mailer or User-Agent.
	Mailer string
	// AutoSubmitted is Auto-Submitted in lower case; "no" and "" mean a person sent it.
	AutoSubmitted string
	// List are the List-* fields by lower-case name.
	List map[string]string

	// Text and HTML are the bodies, decoded to UTF-8, several joined by line ends.
	Text, HTML string
	// VisibleText is what HTML shows, without its markup.
	VisibleText string
	// BodyHash is the SHA-256 of the decoded bodies in hex: it survives
	// re-encoding, other boundaries and other headers.
	BodyHash string
	// Links are in order of appearance.
	Links       []Link
	Attachments []Attachment
	// Attached are mails attached to this one.
	Attached []*Message
	// Quoted is a mail that this one holds as text with its header above, as
	// forwards and answers do; nil if there is none.
	Quoted *Message
	// HeadersLost tells that all that is known of the header is what a forward
	// shows of it: no way, no authentication, no Message-ID.
	HeadersLost bool
	// Name is the file name under which the mail was attached, if any.
	Name string
	// Parent is the mail that this one is attached to or quoted in, if any.
	Parent   *Message
	Warnings []Warning

	raw          [32]byte // SHA-256 of the bytes, for mails without a Message-ID
	quote        quote    // how it was quoted
	spf          []spfResult
	feedback     bool // a part is a machine's complaint about a mail (RFC 5965)
	lim          Limits
	asksPassword bool // a form asks for a password
	findings     []finding
	others       []finding       // of types that look-ups do not know
	seen         map[string]bool // while parsing
	texts, htmls []string        // parts of Text and HTML, while parsing
	spare        []spareText     // text of attachments, while parsing
	codes        []artefact.Code // QR codes in data: URIs
}

// spareText is text outside the bodies that is searched for links.
type spareText struct {
	where, text string
	isHTML      bool
}

// parser is the state shared by a mail and the mails attached to it.
type parser struct {
	lim    Limits
	parts  int
	text   int // bytes of text decoded
	links  int
	warned int
	// quotedBytes is how much text of quoted mails was read again.
	quotedBytes int
	// headerRoom is how many bytes all headers together may still have.
	headerRoom int
	// opened is how many bytes the files of Outlook had that were opened.
	opened int
	// files looks into attachments.
	files *artefact.Inspector
	// passwords are tried on archives.
	passwords []string
}

// Parse reads a mail: a file in RFC 5322 form, or one of Outlook (.msg, or TNEF as
// in winmail.dat), which it knows by the content. It fails only where r does
// ([harrier.Unavailable]) or holds nothing ([harrier.Invalid]).
func Parse(r io.Reader, lim Limits) (*Message, error) { return ParseWith(r, lim, nil) }

// ParseWith is Parse with passwords that are tried on archives, beside those
// that the mail itself tells.
func ParseWith(r io.Reader, lim Limits, passwords []string) (*Message, error) {
	p := &parser{lim: lim.orDefault(), passwords: passwords}
	p.headerRoom = 4 * p.lim.HeaderBytes
	data, err := readAll(r, p.lim.Bytes)
	if err != nil {
		return nil, harrier.Errorf(harrier.Unavailable, "the mail could not be read; try again: %w", err)
	}
	if len(data) == 0 {
		return nil, harrier.Errorf(harrier.Invalid, "the mail is empty; give a file in RFC 5322 form (.eml) or of Outlook (.msg)")
	}
	cut := len(data) > p.lim.Bytes
	data = data[:min(len(data), p.lim.Bytes)]
	m := &Message{}
	if cut {
		p.warn(m, WarnTooLarge, "0", "the mail is larger than the limit; the rest was not read")
	}
	p.message(m, data, place{number: "0"})
	return m, nil
}

// readAll reads up to one byte more than limit.
func readAll(r io.Reader, limit int) ([]byte, error) {
	var b bytes.Buffer
	if sized, ok := r.(interface{ Len() int }); ok {
		b.Grow(min(sized.Len(), limit+1) + bytes.MinRead)
	}
	_, err := b.ReadFrom(io.LimitReader(r, int64(limit)+1))
	return b.Bytes(), err
}

// message reads data into m.
func (p *parser) message(m *Message, data []byte, at place) {
	m.lim = p.lim
	if it, ok := p.openOutlook(m, data, at); ok {
		p.item(m, &it, sha256.Sum256(data), at)
		return
	}
	if bytes.IndexByte(data, '\n') < 0 && bytes.IndexByte(data, '\r') >= 0 {
		data = bytes.ReplaceAll(data, []byte("\r"), []byte("\n"))
		p.warn(m, WarnBareCR, at.number, "lines end in CR alone; read as line ends")
	}
	header, body := p.header(m, skipEnvelope(data), at.number)
	m.Header = header
	p.fields(m, at.number)
	if m.MessageID == "" {
		m.raw = sha256.Sum256(data)
	}
	p.entity(m, entity{header: header, body: body}, at)
	p.finish(m, at)
}

// finish looks into the bodies and attachments that were read.
func (p *parser) finish(m *Message, at place) {
	m.Text, m.HTML = strings.Join(m.texts, "\n"), strings.Join(m.htmls, "\n")
	p.inspect(m)
	p.findLinks(m, at.number)
	p.quoted(m, at)
	sum := sha256.Sum256([]byte(m.Text + "\x00" + m.HTML))
	m.BodyHash = hex.EncodeToString(sum[:])
	m.texts, m.htmls, m.spare, m.seen = nil, nil, nil, nil
}

// Reported returns the mail that a report is about, as far as the mail itself
// tells: the innermost original, following the first attached mail at each
// level and what insiders forwarded as text, or m itself. See [Message.Read].
func (m *Message) Reported() *Message { return m.Read(Organisation{}).Mail() }
