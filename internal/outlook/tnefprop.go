package outlook

import "encoding/binary"

// cursor reads numbers and bytes; after a read beyond the end it is broken.
type cursor struct {
	data   []byte
	broken bool
}

// take returns the next n bytes, or nil where there are less.
func (c *cursor) take(n uint64) []byte {
	if n > uint64(len(c.data)) {
		c.broken, c.data = true, nil
		return nil
	}
	b := c.data[:n]
	c.data = c.data[n:]
	return b
}

// number returns the next 32 bits.
func (c *cursor) number() uint32 {
	if b := c.take(4); b != nil {
		return binary.LittleEndian.Uint32(b)
	}
	return 0
}

// padded returns the next n bytes and skips what fills them up to a multiple of
// four. The last bytes may stand without filling.
func (c *cursor) padded(n uint64) []byte {
	b := c.take(n)
	c.data = c.data[min((4-n%4)%4, uint64(len(c.data))):]
	return b
}

// list reads a list of properties into p (MS-OXTNEF 2.1.3.4) and returns what follows it.
func (r *tnefReader) list(it *Item, p properties, data []byte) []byte {
	c := &cursor{data: data}
	for n := c.number(); n > 0 && !c.broken; n-- {
		if !take(&r.properties) {
			it.limited("the item has more properties than the limit; the rest was left out")
			return nil
		}
		tag := c.number()
		kind, id := uint16(tag), uint16(tag>>16)
		if id >= 0x8000 {
			c.name()
		}
		v, known := r.value(c, kind)
		if !known {
			it.broken("a property of the TNEF has an unknown type; the properties after it were left out")
			return nil
		}
		if !c.broken && wanted(id) {
			p.set(id, v)
		}
	}
	if c.broken {
		it.broken("the properties of the TNEF are broken; read as far as possible")
	}
	return c.data
}

// name skips the name of a property: a number or a text.
func (c *cursor) name() {
	c.take(16)
	n := c.number()
	if n == 0 {
		c.number()
		return
	}
	c.padded(uint64(c.number()))
}

// value reads a value; of a list it keeps the first.
func (r *tnefReader) value(c *cursor, kind uint16) (v value, known bool) {
	single := kind &^ typeMany
	size, fixed := fixedSize(single)
	if !fixed && single != typeANSI && single != typeUnicode && single != typeBinary && single != typeObject {
		return value{}, false
	}
	count := uint32(1)
	if !fixed || kind != single {
		count = c.number()
	}
	v.kind = kind
	for i := uint32(0); i < count && !c.broken; i++ {
		n := size
		if !fixed {
			n = uint64(c.number())
		}
		b := c.padded(n)
		if i == 0 {
			v.data = b
		}
		if count-i > 1 && !take(&r.properties) {
			c.broken = true
		}
	}
	return v, true
}

// fixedSize returns the size of a value of a type, if all have the same.
func fixedSize(kind uint16) (size uint64, ok bool) {
	switch kind {
	case typeInt16, typeBool:
		return 2, true
	case typeInt32, typeFloat, typeError:
		return 4, true
	case typeDouble, typeMoney, typeAppTime, typeInt64, typeTime:
		return 8, true
	case typeGUID:
		return 16, true
	}
	return 0, false
}
