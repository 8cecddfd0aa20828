package outlook

import (
	"encoding/binary"
	"strings"
	"time"
)

// The types of MAPI properties (MS-OXCDATA 2.11.1).
const (
	typeInt16   = 0x0002
	typeInt32   = 0x0003
	typeFloat   = 0x0004
	typeDouble  = 0x0005
	typeMoney   = 0x0006
	typeAppTime = 0x0007
	typeError   = 0x000a
	typeBool    = 0x000b
	typeObject  = 0x000d
	typeInt64   = 0x0014
	typeANSI    = 0x001e
	typeUnicode = 0x001f
	typeTime    = 0x0040
	typeGUID    = 0x0048
	typeBinary  = 0x0102
	typeMany    = 0x1000 // added to the others: a list
)

// The properties that matter for a mail (MS-OXPROPS).
const (
	propClass           = 0x001a
	propSubject         = 0x0037
	propSubmitTime      = 0x0039
	propSubjectPrefix   = 0x003d
	propForName         = 0x0042
	propOldSubject      = 0x0049 // of the mail that a report is about
	propReplyTo         = 0x004f
	propReplyNames      = 0x0050
	propForType         = 0x0064
	propForEmail        = 0x0065
	propHeaderText      = 0x007d
	propRecipientKind   = 0x0c15
	propSenderName      = 0x0c1a
	propSenderType      = 0x0c1e
	propSenderEmail     = 0x0c1f
	propDisplayBcc      = 0x0e02
	propDisplayCc       = 0x0e03
	propDisplayTo       = 0x0e04
	propDeliveryTime    = 0x0e06
	propNormalSubject   = 0x0e1d
	propText            = 0x1000
	propRTF             = 0x1009
	propHTML            = 0x1013
	propMessageID       = 0x1035
	propReferences      = 0x1039
	propInReplyTo       = 0x1042
	propDisplayName     = 0x3001
	propAddressType     = 0x3002
	propEmail           = 0x3003
	propCreated         = 0x3007
	propContent         = 0x3701
	propExtension       = 0x3703
	propShortName       = 0x3704
	propMethod          = 0x3705
	propLongName        = 0x3707
	propMediaType       = 0x370e
	propContentID       = 0x3712
	propAttachmentFlags = 0x3714
	propSMTP            = 0x39fe
	propInternetPage    = 0x3fde
	propLocale          = 0x3ff1
	propCodePage        = 0x3ffd
	propSenderSimple    = 0x4030
	propForSimple       = 0x4031
	propSenderSMTP      = 0x5d01
	propForSMTP         = 0x5d02
	propShownName       = 0x5ff6
	propHidden          = 0x7ffe
)

// wanted reports whether a property matters, so that others cost nothing.
func wanted(id uint16) bool {
	switch id {
	case propClass, propSubject, propSubmitTime, propSubjectPrefix, propForName, propReplyTo, propReplyNames, propForType,
		propForEmail, propHeaderText, propRecipientKind, propSenderName, propSenderType, propSenderEmail, propDisplayBcc,
		propDisplayCc, propDisplayTo, propDeliveryTime, propNormalSubject, propText, propRTF, propHTML, propMessageID,
		propReferences, propInReplyTo, propDisplayName, propAddressType, propEmail, propCreated, propContent, propExtension,
		propShortName, propMethod, propLongName, propMediaType, propContentID, propAttachmentFlags, propSMTP,
		propInternetPage, propCodePage, propLocale, propOldSubject, propSenderSimple, propForSimple, propSenderSMTP, propForSMTP, propShownName, propHidden:
		return true
	}
	return false
}

// value is the value of a property as it is stored.
type value struct {
	kind uint16
	data []byte
}

// properties are those of an item, a recipient or an attachment.
type properties struct {
	values map[uint16]value
	// page is the code page of ANSI texts; 0 is unknown.
	page int
}

func newProperties(page int) properties {
	return properties{values: map[uint16]value{}, page: page}
}

// set keeps a value. A text in Unicode wins over the same in ANSI, otherwise the first wins.
func (p properties) set(id uint16, v value) {
	old, has := p.values[id]
	if !has || old.kind == typeANSI && v.kind == typeUnicode {
		p.values[id] = v
	}
}

// text returns a text without the NUL that ends it.
func (p properties) text(id uint16) string {
	v := p.values[id]
	text := ""
	switch v.kind {
	case typeUnicode:
		text = decodeWide(v.data)
	case typeANSI:
		text = decode(v.data, p.page)
	}
	text, _, _ = strings.Cut(text, "\x00")
	return text
}

// first returns the first text that is not empty.
func (p properties) first(ids ...uint16) string {
	for _, id := range ids {
		if text := strings.TrimSpace(p.text(id)); text != "" {
			return text
		}
	}
	return ""
}

// binary returns bytes.
func (p properties) binary(id uint16) []byte {
	if v := p.values[id]; v.kind == typeBinary || v.kind == typeObject {
		return v.data
	}
	return nil
}

// number returns a whole number or a truth value; 0 where there is none.
func (p properties) number(id uint16) int {
	v := p.values[id]
	switch {
	case v.kind == typeInt32 && len(v.data) >= 4:
		return int(int32(binary.LittleEndian.Uint32(v.data)))
	case (v.kind == typeInt16 || v.kind == typeBool) && len(v.data) >= 2:
		return int(int16(binary.LittleEndian.Uint16(v.data)))
	}
	return 0
}

// time returns the first of the times that is set.
func (p properties) time(ids ...uint16) time.Time {
	for _, id := range ids {
		if v := p.values[id]; v.kind == typeTime && len(v.data) >= 8 {
			if t := fileTime(binary.LittleEndian.Uint64(v.data)); !t.IsZero() {
				return t
			}
		}
	}
	return time.Time{}
}

// fileTime returns a time that is counted in 100 ns since 1601; zero where the
// year has more than four digits.
func fileTime(n uint64) time.Time {
	const second = 10_000_000
	if n == 0 || n/second > 265_000_000_000 {
		return time.Time{}
	}
	return time.Unix(int64(n/second)-11_644_473_600, int64(n%second)*100).UTC()
}

// codePage returns the code page of ANSI texts: what the item says, else what
// goes with its language or with the code page of its HTML.
func (p properties) codePage() int {
	if n := p.number(propCodePage); n > 0 && n != 1200 {
		return n
	}
	if n := localePage(p.number(propLocale)); n != 0 {
		return n
	}
	if n := windowsPage(p.number(propInternetPage)); n != 0 {
		return n
	}
	return p.page
}
