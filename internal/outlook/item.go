package outlook

import (
	"slices"
	"time"
)

// Item is a mail, or another thing that Outlook keeps like one: a report, an
// appointment, a note. Its texts are valid UTF-8. It may share memory with the
// data that it was read from.
type Item struct {
	// Class is the kind of item, as in IPM.Note.
	Class string
	// HeaderText is the header as it came by SMTP; empty for mails that never
	// left Exchange or were not sent. See [Item.Header].
	HeaderText string

	// From is who the mail speaks for, Sender who sent it where that is another.
	From, Sender         Address
	ReplyTo, To, Cc, Bcc []Address
	Subject              string
	// Date is when the mail was sent, else when it came or was made; zero where nothing is known.
	Date time.Time
	// MessageID, InReplyTo and References are as in the header, with angle brackets.
	MessageID, InReplyTo, References string

	// Text and HTML are the bodies. Where the item has only RTF, they are what
	// the RTF was made from.
	Text, HTML string
	// RTF is the body in RTF, unpacked.
	RTF []byte
	// RichText is the text of an RTF body that was made neither from HTML nor
	// from text, with the targets of its links in angle brackets.
	RichText    string
	Attachments []Attachment

	// CodePage is the Windows code page of the item's ANSI texts, InternetCodePage
	// that of its HTML; 0 where it does not say.
	CodePage, InternetCodePage int
	Warnings                   []Warning
}

// Address is a person with the mail address, if that is known. Mails inside of
// Exchange may know only the name.
type Address struct{ Name, Address string }

// Attachment is a file or an item that an item carries.
type Attachment struct {
	Name string
	// MediaType is what the item says; empty where it does not.
	MediaType string
	// ContentID is without angle brackets.
	ContentID string
	// Inline attachments are shown inside the text.
	Inline  bool
	Content []byte
	// Item is the item that is attached, if it is one.
	Item *Item
}

// Warning says what was wrong and what was done about it.
type Warning struct {
	// Limit tells that something was left out because of the limits; else
	// something was broken.
	Limit bool
	Text  string
}

// mostWarnings bounds the warnings of an item.
const mostWarnings = 20

// warn keeps a warning, once for each text.
func (it *Item) warn(w Warning) {
	if len(it.Warnings) < mostWarnings && !slices.Contains(it.Warnings, w) {
		it.Warnings = append(it.Warnings, w)
	}
}

// broken keeps a warning about something broken.
func (it *Item) broken(text string) { it.warn(Warning{Text: text}) }

// limited keeps a warning about something left out.
func (it *Item) limited(text string) { it.warn(Warning{Limit: true, Text: text}) }
