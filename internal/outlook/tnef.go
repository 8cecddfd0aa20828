package outlook

import (
	"bytes"
	"encoding/binary"
	"strings"
	"time"

	"github.com/harrier-soar/harrier"
)

// tnefSignature starts TNEF (MS-OXTNEF 2.1.2).
const tnefSignature = "\x78\x9f\x3e\x22"

// The attributes of TNEF that matter, without their type (MS-OXTNEF 2.1.3).
const (
	attrFrom         = 0x8000
	attrSubject      = 0x8004
	attrSent         = 0x8005
	attrMessageID    = 0x8009
	attrText         = 0x800c
	attrContent      = 0x800f
	attrTitle        = 0x8010
	attrClass        = 0x8008
	attrFileName     = 0x9001
	attrAttachment   = 0x9002 // starts an attachment
	attrProperties   = 0x9003
	attrRecipients   = 0x9004
	attrAttachedProp = 0x9005
	attrCodePage     = 0x9007
)

// IsTNEF reports whether data is TNEF, by its content.
func IsTNEF(data []byte) bool {
	return len(data) >= 6 && string(data[:4]) == tnefSignature
}

// ReadTNEF reads TNEF. It fails with [harrier.Invalid] where data is none.
func ReadTNEF(data []byte, lim Limits) (Item, error) {
	if !IsTNEF(data) {
		return Item{}, harrier.Errorf(harrier.Invalid, "the file is no TNEF (winmail.dat): it does not start as TNEF does")
	}
	var it Item
	(&tnefReader{budget: newBudget(lim)}).item(&it, data, level{})
	return it, nil
}

// tnefReader reads TNEF.
type tnefReader struct{ *budget }

// attribute is an attribute of TNEF.
type attribute struct {
	id   uint16
	data []byte
}

// draft is an attachment that is being read.
type draft struct {
	Attachment
	title string
	// objects holds TNEF of an item that is attached.
	object []byte
}

// item reads an item.
func (r *tnefReader) item(it *Item, data []byte, at level) {
	attributes := r.attributes(it, data)
	p := newProperties(at.page)
	for _, a := range attributes {
		if a.id == attrCodePage && len(a.data) >= 4 {
			p.page = int(int32(binary.LittleEndian.Uint32(a.data)))
		}
	}
	for _, a := range attributes {
		if a.id == attrProperties {
			r.list(it, p, a.data)
		}
	}
	if p.page <= 0 {
		p.page = p.codePage()
	}
	r.plain(p, attributes)
	r.fill(it, p)
	r.parts(it, p.page, attributes, at)
	recipientNames(it, p)
}

// attributes splits TNEF into its attributes. Wrong checksums are common and
// tell nothing; a length beyond the end takes what is there.
func (r *tnefReader) attributes(it *Item, data []byte) []attribute {
	const head = 9
	var out []attribute
	for data = data[6:]; len(data) >= head; {
		level, id, size := data[0], binary.LittleEndian.Uint16(data[1:]), uint64(binary.LittleEndian.Uint32(data[5:]))
		if level != 1 && level != 2 {
			it.broken("bytes that are no TNEF follow; they were left out")
			break
		}
		if !take(&r.properties) {
			it.limited("the item has more attributes than the limit; the rest was left out")
			break
		}
		data = data[head:]
		if size > uint64(len(data)) {
			it.broken("the TNEF ends in the middle; read as far as possible")
		}
		n := int(min(size, uint64(len(data))))
		out = append(out, attribute{id: id, data: data[:n]})
		if sum := data[n:]; len(sum) >= 2 && checksum(data[:n]) != binary.LittleEndian.Uint16(sum) {
			it.broken("a checksum of the TNEF is wrong; read all the same")
		}
		data = data[min(n+2, len(data)):]
	}
	return out
}

// checksum is the sum of bytes.
func checksum(data []byte) uint16 {
	var sum uint16
	for _, c := range data {
		sum += uint16(c)
	}
	return sum
}

// plain adds what old writers keep beside the properties, where these lack it.
func (r *tnefReader) plain(p properties, attributes []attribute) {
	ids := map[uint16]uint16{attrSubject: propSubject, attrText: propText, attrMessageID: propMessageID, attrClass: propClass}
	for _, a := range attributes {
		if id, ok := ids[a.id]; ok && p.text(id) == "" && (a.id != attrMessageID || bytes.IndexByte(a.data, '@') >= 0) {
			delete(p.values, id)
			p.set(id, value{kind: typeANSI, data: a.data})
		}
		switch a.id {
		case attrSent:
			if t, ok := tnefTime(a.data); ok {
				p.set(propSubmitTime, value{kind: typeTime, data: t})
			}
		case attrFrom:
			if name, address, ok := tnefSender(a.data); ok {
				p.set(propSenderName, value{kind: typeANSI, data: name})
				p.set(propSenderEmail, value{kind: typeANSI, data: address})
			}
		}
	}
}

// tnefTime turns a date of TNEF, seven numbers of 16 bits, into a file time.
func tnefTime(data []byte) ([]byte, bool) {
	if len(data) < 12 {
		return nil, false
	}
	var n [6]int
	for i := range n {
		n[i] = int(binary.LittleEndian.Uint16(data[2*i:]))
	}
	if n[0] < 1601 || n[0] > 9999 {
		return nil, false
	}
	t := time.Date(n[0], time.Month(n[1]), n[2], n[3], n[4], n[5], 0, time.UTC)
	return binary.LittleEndian.AppendUint64(nil, uint64(t.Unix()+11_644_473_600)*10_000_000), true
}

// tnefSender reads a sender: four lengths, a name and an address (MS-OXTNEF 2.1.3.3.3).
func tnefSender(data []byte) (name, address []byte, ok bool) {
	if len(data) < 8 {
		return nil, nil, false
	}
	n, m := int(binary.LittleEndian.Uint16(data[4:])), int(binary.LittleEndian.Uint16(data[6:]))
	data = data[8:]
	if n+m > len(data) {
		return nil, nil, false
	}
	return data[:n], data[n : n+m], true
}

// parts reads recipients and attachments.
func (r *tnefReader) parts(it *Item, page int, attributes []attribute, at level) {
	var current *draft
	keep := func() {
		if current != nil {
			it.Attachments = append(it.Attachments, r.finish(it, current, level{depth: at.depth, page: page}))
		}
		current = nil
	}
	for _, a := range attributes {
		switch a.id {
		case attrAttachment:
			keep()
			if !take(&r.attachments) {
				it.limited("the item has more attachments than the limit; the rest was left out")
				return
			}
			current = &draft{}
		case attrRecipients:
			r.table(it, page, a.data)
		case attrTitle, attrFileName, attrContent, attrAttachedProp:
			if current != nil {
				r.part(it, current, page, a)
			}
		}
	}
	keep()
}

// part adds an attribute to an attachment.
func (r *tnefReader) part(it *Item, d *draft, page int, a attribute) {
	switch a.id {
	case attrTitle, attrFileName:
		if name := strings.TrimSpace(decode(bytes.TrimRight(a.data, "\x00"), page)); d.title == "" {
			d.title = name
		}
	case attrContent:
		d.Content = a.data
	case attrAttachedProp:
		p := newProperties(page)
		r.list(it, p, a.data)
		content, object := d.Content, p.binary(propContent)
		d.Attachment = attachment(p)
		d.Content = content
		// An object starts with the id of its interface.
		if p.values[propContent].kind == typeObject && len(object) > 16 {
			object = object[16:]
		}
		switch {
		case IsTNEF(object):
			d.object = object
		case len(d.Content) == 0:
			d.Content = object
		}
	}
}

// finish returns a whole attachment.
func (r *tnefReader) finish(it *Item, d *draft, at level) Attachment {
	if d.Name == "" {
		d.Name = d.title
	}
	if d.object == nil {
		return d.Attachment
	}
	if at.depth >= r.lim.Depth {
		it.limited("items are nested deeper than the limit; the rest was left out")
		d.Content = d.object
		return d.Attachment
	}
	d.Content = nil
	d.Item = &Item{}
	r.item(d.Item, d.object, level{depth: at.depth + 1, page: at.page})
	return d.Attachment
}

// table reads the recipients: a list of lists of properties.
func (r *tnefReader) table(it *Item, page int, data []byte) {
	if len(data) < 4 {
		return
	}
	rows := binary.LittleEndian.Uint32(data)
	data = data[4:]
	for range rows {
		if len(data) < 4 {
			break
		}
		if !take(&r.recipients) {
			it.limited(tooManyRecipients)
			break
		}
		p := newProperties(page)
		data = r.list(it, p, data)
		addRecipient(it, p)
	}
}
