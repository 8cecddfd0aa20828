package outlook

import (
	"bytes"
	"encoding/binary"
	"errors"
	"strings"

	"golang.org/x/net/html/charset"
)

// fill sets what the properties of an item say.
func (b *budget) fill(it *Item, p properties) {
	it.CodePage, it.InternetCodePage = p.number(propCodePage), p.number(propInternetPage)
	it.Class = p.text(propClass)
	it.HeaderText = b.clip(it, p.text(propHeaderText))
	it.From = person(p, personProps{propForName, propForSimple, propForSMTP, propForType, propForEmail})
	sender := person(p, personProps{propSenderName, propSenderSimple, propSenderSMTP, propSenderType, propSenderEmail})
	if it.From == (Address{}) {
		it.From = sender
	} else if !strings.EqualFold(sender.Address, it.From.Address) || sender.Address == "" && !strings.EqualFold(sender.Name, it.From.Name) {
		it.Sender = sender
	}
	it.ReplyTo = replyTo(p.binary(propReplyTo))
	if len(it.ReplyTo) == 0 {
		it.ReplyTo = shownAddresses(p.text(propReplyNames), true)
	}
	it.Subject = p.text(propSubject)
	if it.Subject == "" {
		it.Subject = p.text(propSubjectPrefix) + p.text(propNormalSubject)
	}
	if it.Subject == "" {
		it.Subject = p.text(propOldSubject)
	}
	it.Subject = strings.TrimSpace(trimPrefixMark(it.Subject))
	it.Date = p.time(propSubmitTime, propDeliveryTime, propCreated)
	it.MessageID, it.InReplyTo, it.References = p.first(propMessageID), p.first(propInReplyTo), p.first(propReferences)
	b.bodies(it, p)
}

// trimPrefixMark leaves out the two characters with which some writers say how
// long the prefix of a subject is.
func trimPrefixMark(subject string) string {
	if strings.HasPrefix(subject, "\x01") && len(subject) > 1 {
		return subject[2:]
	}
	return subject
}

// clip cuts text to what is left of the limit on text.
func (b *budget) clip(it *Item, text string) string {
	if len(text) > b.text {
		text = strings.ToValidUTF8(text[:max(b.text, 0)], "")
		it.limited("the text is larger than the limit; the rest was left out")
	}
	b.text -= len(text)
	return text
}

// bodies reads the bodies. What RTF was made from is used only where the item
// does not hold it itself.
func (b *budget) bodies(it *Item, p properties) {
	it.Text = b.clip(it, p.text(propText))
	it.HTML = b.clip(it, htmlText(p))
	packed := p.binary(propRTF)
	if len(packed) == 0 {
		return
	}
	rtf, err := unpackRTF(packed, b.text)
	switch {
	case errors.Is(err, errRTFSize):
		it.limited(err.Error())
	case err != nil:
		it.broken(err.Error())
	}
	it.RTF = rtf
	b.text -= len(rtf)
	got := readRTF(rtf, max(b.text, 0))
	it.RichText = b.clip(it, got.rich)
	if it.HTML == "" {
		it.HTML = b.clip(it, got.html)
	}
	if it.Text == "" && got.text != "" {
		it.Text = b.clip(it, got.text)
	}
	if it.Text == "" && it.HTML == "" {
		it.Text = it.RichText
	}
}

// htmlText returns the HTML body, which is bytes in the code page of the
// internet, or a text.
func htmlText(p properties) string {
	data := p.binary(propHTML)
	if data == nil {
		return p.text(propHTML)
	}
	data = bytes.TrimRight(data, "\x00")
	page := p.number(propInternetPage)
	if !knowsPage(page) && !isASCII(data) {
		enc, name, certain := charset.DetermineEncoding(data[:min(len(data), 1024)], "")
		if out, err := enc.NewDecoder().Bytes(data); err == nil && (certain || name != "windows-1252") {
			return strings.ToValidUTF8(string(out), "\ufffd")
		}
	}
	return decode(bytes.TrimPrefix(data, []byte("\xef\xbb\xbf")), page)
}

// personProps are the properties that tell one person: the name, the name
// without markup, the mail address, and an address of any kind with its kind.
type personProps struct{ name, simple, smtp, kind, email uint16 }

// person returns the person that properties tell. Addresses of Exchange are no
// mail addresses.
func person(p properties, ids personProps) Address {
	a := Address{Name: p.first(ids.name, ids.simple), Address: p.first(ids.smtp)}
	if a.Address == "" {
		a.Address = mailAddress(p.first(ids.kind), p.first(ids.email))
	}
	if a.Address == "" && isAddress(a.Name) {
		a.Address = a.Name
	}
	a.Name = strings.Trim(a.Name, "'")
	if a.Name == a.Address {
		a.Name = ""
	}
	return a
}

// mailAddress returns an address of a kind, if it is one of the internet.
func mailAddress(kind, address string) string {
	if rest, ok := cutPrefixFold(address, "SMTP:"); ok {
		return rest
	}
	if strings.EqualFold(kind, "SMTP") || strings.Contains(address, "@") && !strings.HasPrefix(address, "/") {
		return address
	}
	return ""
}

// cutPrefixFold is [strings.CutPrefix] without regard to case.
func cutPrefixFold(s, prefix string) (string, bool) {
	if len(s) >= len(prefix) && strings.EqualFold(s[:len(prefix)], prefix) {
		return s[len(prefix):], true
	}
	return s, false
}

// tooManyRecipients is the text of a warning.
const tooManyRecipients = "the item has more recipients than the limit; the rest was left out"

// addRecipient adds a recipient.
func addRecipient(it *Item, p properties) {
	a := person(p, personProps{propDisplayName, propShownName, propSMTP, propAddressType, propEmail})
	if a == (Address{}) {
		return
	}
	switch p.number(propRecipientKind) & 0xf {
	case 0: // the one who made it
	case 2:
		it.Cc = append(it.Cc, a)
	case 3:
		it.Bcc = append(it.Bcc, a)
	default:
		it.To = append(it.To, a)
	}
}

// recipientNames fills the lists of recipients that are empty with what the item shows.
func recipientNames(it *Item, p properties) {
	for _, l := range []struct {
		list *[]Address
		id   uint16
	}{{&it.To, propDisplayTo}, {&it.Cc, propDisplayCc}, {&it.Bcc, propDisplayBcc}} {
		if len(*l.list) == 0 {
			*l.list = shownAddresses(p.text(l.id), false)
		}
	}
}

// shownAddresses splits a list as people see it: names or addresses between semicolons.
func shownAddresses(text string, noNames bool) []Address {
	const most = 1000
	var list []Address
	for name := range strings.SplitSeq(text, ";") {
		if len(list) >= most {
			break
		}
		a := Address{Name: strings.Trim(strings.TrimSpace(name), "'")}
		if isAddress(a.Name) {
			a = Address{Address: a.Name}
		}
		if a != (Address{}) && (a.Address != "" || !noNames) {
			list = append(list, a)
		}
	}
	return list
}

// isAddress reports whether a name is a mail address.
func isAddress(name string) bool {
	return strings.Contains(name, "@") && !strings.ContainsAny(name, " <>")
}

// oneOff starts the entry id of a person who is in no address book (MS-OXCDATA 2.2.5.1).
const oneOff = "\x00\x00\x00\x00\x81\x2b\x1f\xa4\xbe\xa3\x10\x19\x9d\x6e\x00\xdd\x01\x0f\x54\x02"

// replyTo reads the list of entry ids of those who answers go to (MS-OXCDATA 2.3.3).
func replyTo(list []byte) []Address {
	const most = 100
	var out []Address
	if len(list) < 8 {
		return nil
	}
	for list = list[8:]; len(list) > 4 && len(out) < most; {
		n := uint64(binary.LittleEndian.Uint32(list))
		list = list[4:]
		id := list[:min(n, uint64(len(list)))]
		list = list[min((n+3)&^3, uint64(len(list))):]
		if a, ok := oneOffPerson(id); ok {
			out = append(out, a)
		}
	}
	return out
}

// oneOffPerson reads the entry id of a person who is in no address book.
func oneOffPerson(id []byte) (Address, bool) {
	if len(id) < 24 || string(id[:20]) != oneOff {
		return Address{}, false
	}
	wide := id[23]&0x80 != 0
	rest := id[24:]
	var texts [3]string
	for i := range texts {
		texts[i], rest = cutText(rest, wide)
	}
	a := Address{Name: texts[0], Address: mailAddress(texts[1], texts[2])}
	if a.Name == a.Address {
		a.Name = ""
	}
	return a, a.Address != ""
}

// cutText returns the text that b starts with, up to its NUL, and the rest.
func cutText(b []byte, wide bool) (text string, rest []byte) {
	if !wide {
		before, after, _ := bytes.Cut(b, []byte{0})
		return decode(before, 0), after
	}
	for i := 0; i+1 < len(b); i += 2 {
		if b[i] == 0 && b[i+1] == 0 {
			return decodeWide(b[:i]), b[i+2:]
		}
	}
	return decodeWide(b), nil
}

// attachment returns what the properties say about an attachment, without its content.
func attachment(p properties) Attachment {
	a := Attachment{
		Name:      p.first(propLongName, propShortName, propDisplayName),
		MediaType: strings.ToLower(p.first(propMediaType)),
		ContentID: strings.Trim(p.first(propContentID), "<>"),
	}
	if !strings.Contains(a.Name, ".") {
		a.Name += p.first(propExtension)
	}
	const rendered = 4
	a.Inline = p.number(propHidden) != 0 || p.number(propAttachmentFlags)&rendered != 0
	return a
}
