package outlook

import (
	"bytes"
	"encoding/binary"
	"strconv"
	"strings"

	"github.com/harrier-soar/harrier"
)

// The names of what a .msg holds (MS-OXMSG 2.2).
const (
	namePropertyPrefix  = "__substg1.0_"
	nameProperties      = "__properties_version1.0"
	nameRecipientPrefix = "__recip_version1.0_"
	nameAttachedPrefix  = "__attach_version1.0_"
)

// The lengths of the header of the stream of properties (MS-OXMSG 2.4.1).
const (
	topHeader      = 32
	embeddedHeader = 24
	partHeader     = 8
)

// The ways in which an attachment is kept (MS-OXCMSG 2.2.2.9).
const (
	methodEmbedded = 5
	methodOLE      = 6
)

// classException starts the class of what differs in one appointment of a row of them.
const classException = "IPM.OLE.CLASS."

// IsContainer reports whether data starts as an Outlook message does, and
// other documents of Microsoft's programs.
func IsContainer(data []byte) bool {
	return bytes.HasPrefix(data, []byte(containerSignature))
}

// IsMessage reports whether data is an Outlook message, by its content.
func IsMessage(data []byte) bool {
	c, err := openContainer(data)
	if err != nil {
		return false
	}
	_, ok := find(c.list(c.entry(0), directoryCopy), nameProperties)
	return ok
}

// messageReader reads a .msg.
type messageReader struct {
	*budget
	c *container
}

// ReadMessage reads an Outlook message. It fails with [harrier.Invalid] where
// data is none.
func ReadMessage(data []byte, lim Limits) (Item, error) {
	c, err := openContainer(data)
	if err != nil {
		return Item{}, harrier.Errorf(harrier.Invalid, "the file is no Outlook message (.msg): %w", err)
	}
	r := &messageReader{budget: newBudget(lim), c: c}
	list := c.list(c.entry(0), r.properties)
	if _, ok := find(list, nameProperties); !ok {
		return Item{}, harrier.Errorf(harrier.Invalid, "the file is no Outlook message (.msg): a compound file without the stream %s", nameProperties)
	}
	var it Item
	r.item(&it, list, level{header: topHeader})
	if c.broken {
		it.broken("the file is damaged; read as far as possible")
	}
	return it, nil
}

// level says where an item stands.
type level struct {
	header int // the length of the header of its properties
	depth  int
	page   int // the code page of the item around it
}

// item reads an item from what its folder holds.
func (r *messageReader) item(it *Item, list []entry, at level) {
	p := r.read(it, list, at.header, at.page)
	p.page = p.codePage()
	r.fill(it, p)
	for _, e := range list {
		switch {
		case e.kind != kindStorage:
		case hasPrefixFold(e.name, nameRecipientPrefix):
			if !take(&r.recipients) {
				it.limited(tooManyRecipients)
				continue
			}
			addRecipient(it, r.read(it, r.folder(it, e), partHeader, p.page))
		case hasPrefixFold(e.name, nameAttachedPrefix):
			r.attached(it, e, level{depth: at.depth, page: p.page})
		}
	}
	recipientNames(it, p)
}

// folder lists a folder.
func (r *messageReader) folder(it *Item, e entry) []entry {
	list := r.c.list(e, r.properties)
	r.properties -= len(list)
	if r.properties <= 0 {
		it.limited("the item has more properties than the limit; the rest was left out")
	}
	return list
}

// read reads properties: those of fixed size stand in one stream behind its
// header, the others are streams that have the type and id as a name.
func (r *messageReader) read(it *Item, list []entry, header, page int) properties {
	p := newProperties(page)
	for _, e := range list {
		if e.kind != kindStream {
			continue
		}
		if strings.EqualFold(e.name, nameProperties) {
			r.fixed(it, p, r.c.stream(e), header)
			continue
		}
		id, kind, ok := propertyName(e.name)
		if ok && wanted(id) {
			p.set(id, value{kind: kind, data: r.c.stream(e)})
		}
	}
	return p
}

// fixed reads the properties of fixed size.
func (r *messageReader) fixed(it *Item, p properties, data []byte, header int) {
	const size = 16
	for data = data[min(header, len(data)):]; len(data) >= size; data = data[size:] {
		if !take(&r.properties) {
			it.limited("the item has more properties than the limit; the rest was left out")
			return
		}
		kind, id := binary.LittleEndian.Uint16(data), binary.LittleEndian.Uint16(data[2:])
		switch kind {
		case typeInt16, typeInt32, typeBool, typeTime:
			if wanted(id) {
				p.set(id, value{kind: kind, data: data[8:size]})
			}
		}
	}
}

// propertyName reads the name of the stream of a property, as in __substg1.0_0037001F.
func propertyName(name string) (id, kind uint16, ok bool) {
	if !hasPrefixFold(name, namePropertyPrefix) || len(name) != len(namePropertyPrefix)+8 {
		return 0, 0, false
	}
	n, err := strconv.ParseUint(name[len(namePropertyPrefix):], 16, 32)
	return uint16(n >> 16), uint16(n), err == nil
}

// hasPrefixFold is [strings.HasPrefix] without regard to case.
func hasPrefixFold(s, prefix string) bool {
	_, ok := cutPrefixFold(s, prefix)
	return ok
}

// attached reads an attachment.
func (r *messageReader) attached(it *Item, e entry, at level) {
	if !take(&r.attachments) {
		it.limited("the item has more attachments than the limit; the rest was left out")
		return
	}
	list := r.folder(it, e)
	p := r.read(it, list, partHeader, at.page)
	a := attachment(p)
	a.Content = p.binary(propContent)
	object, isObject := find(list, namePropertyPrefix+"3701000D")
	switch {
	case !isObject || object.kind != kindStorage:
	case p.number(propMethod) == methodOLE:
		a.Content = r.object(it, object)
	case at.depth >= r.lim.Depth:
		it.limited("items are nested deeper than the limit; the rest was left out")
	default:
		a.Item = &Item{}
		r.item(a.Item, r.folder(it, object), level{header: embeddedHeader, depth: at.depth + 1, page: at.page})
	}
	if a.Item == nil || !hasPrefixFold(a.Item.Class, classException) {
		it.Attachments = append(it.Attachments, a)
	}
}

// object returns the content of an object of another program: its largest stream.
func (r *messageReader) object(it *Item, folder entry) []byte {
	var largest entry
	for _, e := range r.folder(it, folder) {
		if e.kind == kindStream && e.size > largest.size {
			largest = e
		}
	}
	return r.c.stream(largest)
}
