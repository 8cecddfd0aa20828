package outlooktest

import (
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"slices"
	"time"
	"unicode/utf16"
)

// The types of properties.
const (
	typeInt32   = 0x0003
	typeObject  = 0x000d
	typeANSI    = 0x001e
	typeUnicode = 0x001f
	typeTime    = 0x0040
	typeBinary  = 0x0102
)

// The lengths of the headers of streams of properties, and how other streams' names start.
const (
	topHeader      = 32
	embeddedHeader = 24
	partHeader     = 8
	propertyPrefix = "__substg1.0_"
)

// The attributes of TNEF that are written.
const (
	attrAttachment   = 0x9002
	attrProperties   = 0x9003
	attrRecipients   = 0x9004
	attrAttachedProp = 0x9005
	propContent      = 0x3701
)

// dictionary is how many bytes packed RTF may refer to before it has text of its own.
const dictionary = 207

// Wide returns text in UTF-16.
func Wide(text string) []byte {
	var b []byte
	for _, u := range utf16.Encode([]rune(text)) {
		b = binary.LittleEndian.AppendUint16(b, u)
	}
	return b
}

// Prop is a property to be written.
type Prop struct {
	ID, Kind uint16
	Data     []byte
}

// Text is a text in Unicode.
func Text(id uint16, text string) Prop { return Prop{id, typeUnicode, Wide(text)} }

// ANSI is a text in the code page of the mail.
func ANSI(id uint16, text string) Prop { return Prop{id, typeANSI, []byte(text)} }

// Binary is a sequence of bytes.
func Binary(id uint16, b []byte) Prop { return Prop{id, typeBinary, b} }

// Number is a number of 32 bits.
func Number(id uint16, n uint32) Prop {
	return Prop{id, typeInt32, binary.LittleEndian.AppendUint32(nil, n)}
}

// Time is a time in seconds.
func Time(id uint16, t time.Time) Prop {
	return Prop{id, typeTime, binary.LittleEndian.AppendUint64(nil, uint64(t.Unix()+11_644_473_600)*10_000_000)}
}

// Mail is an Outlook message to be written.
type Mail struct {
	Props       []Prop
	Recipients  [][]Prop
	Attachments []Attached
}

// Attached is an attachment to be written.
type Attached struct {
	Props []Prop
	Mail  *Mail
}

// Nodes returns what the container of the mail holds.
func (m Mail) Nodes() []Node { return m.nodes(topHeader) }

// nodes returns what the folder of the mail holds.
func (m Mail) nodes(header int) []Node {
	out := propNodes(header, m.Props)
	for i, r := range m.Recipients {
		out = append(out, Node{Name: fmt.Sprintf("__recip_version1.0_#%08X", i), Inside: propNodes(partHeader, r)})
	}
	for i, a := range m.Attachments {
		inside := propNodes(partHeader, a.Props)
		if a.Mail != nil {
			inside = append(inside, Node{Name: propertyPrefix + "3701000D", Inside: a.Mail.nodes(embeddedHeader)})
		}
		out = append(out, Node{Name: fmt.Sprintf("__attach_version1.0_#%08X", i), Inside: inside})
	}
	return out
}

// propNodes returns the streams of properties.
func propNodes(header int, props []Prop) []Node {
	stream := slices.Concat(make([]byte, header))
	var out []Node
	for _, p := range props {
		stream = binary.LittleEndian.AppendUint16(stream, p.Kind)
		stream = binary.LittleEndian.AppendUint16(stream, p.ID)
		stream = append(stream, 0, 0, 0, 0)
		if fixed(p.Kind) {
			stream = append(stream, pad(p.Data, 8, 0)...)
			continue
		}
		stream = binary.LittleEndian.AppendUint64(stream, uint64(len(p.Data)))
		out = append(out, Node{Name: fmt.Sprintf("%s%04X%04X", propertyPrefix, p.ID, p.Kind), Data: p.Data})
	}
	return append([]Node{{Name: "__properties_version1.0", Data: stream}}, out...)
}

// MSG returns the mail as a .msg.
func (m Mail) MSG() []byte { return Container(m.Nodes()...) }

// Attribute returns an attribute of TNEF.
func Attribute(level byte, id uint16, data []byte) []byte {
	out := []byte{level}
	out = binary.LittleEndian.AppendUint16(out, id)
	out = append(out, 6, 0)
	out = binary.LittleEndian.AppendUint32(out, uint32(len(data)))
	out = append(out, data...)
	return binary.LittleEndian.AppendUint16(out, sum(data))
}

// List returns a list of properties as TNEF has it.
func List(props []Prop) []byte {
	out := binary.LittleEndian.AppendUint32(nil, uint32(len(props)))
	for _, p := range props {
		out = binary.LittleEndian.AppendUint16(out, p.Kind)
		out = binary.LittleEndian.AppendUint16(out, p.ID)
		if p.ID >= 0x8000 {
			out = append(out, make([]byte, 16)...)
			out = append(out, 1, 0, 0, 0, 6, 0, 0, 0, 'a', 0, 'b', 0, 0, 0, 0, 0)
		}
		if !fixed(p.Kind) {
			out = binary.LittleEndian.AppendUint32(out, 1)
			out = binary.LittleEndian.AppendUint32(out, uint32(len(p.Data)))
		}
		out = append(out, pad(append([]byte(nil), p.Data...), 4, 0)...)
	}
	return out
}

// TNEF returns the mail as TNEF.
func (m Mail) TNEF() []byte {
	out := append([]byte("\x78\x9f\x3e\x22"), 1, 0)
	out = append(out, Attribute(1, attrProperties, List(m.Props))...)
	table := binary.LittleEndian.AppendUint32(nil, uint32(len(m.Recipients)))
	for _, r := range m.Recipients {
		table = append(table, List(r)...)
	}
	out = append(out, Attribute(1, attrRecipients, table)...)
	for _, a := range m.Attachments {
		out = append(out, Attribute(2, attrAttachment, make([]byte, 14))...)
		props := a.Props
		if a.Mail != nil {
			props = append(props, Prop{propContent, typeObject, append(make([]byte, 16), a.Mail.TNEF()...)})
		}
		out = append(out, Attribute(2, attrAttachedProp, List(props))...)
	}
	return out
}

// PackRTF returns RTF as an item holds it: literals only, then the end.
func PackRTF(rtf string) []byte {
	var packed []byte
	for i := 0; i < len(rtf); i += 8 {
		packed = append(packed, 0)
		packed = append(packed, rtf[i:min(i+8, len(rtf))]...)
	}
	at := (dictionary + len(rtf)) % 4096
	if len(rtf)%8 == 0 {
		packed = append(packed, 1)
	} else {
		packed[len(packed)-len(rtf)%8-1] = 1 << (len(rtf) % 8)
	}
	packed = append(packed, byte(at>>4), byte(at<<4))
	return PackedRTF(len(rtf), packed)
}

// PackedRTF puts the header before packed RTF.
func PackedRTF(size int, packed []byte) []byte {
	out := binary.LittleEndian.AppendUint32(nil, uint32(len(packed)+12))
	out = binary.LittleEndian.AppendUint32(out, uint32(size))
	out = binary.LittleEndian.AppendUint32(out, 0x75465a4c) // "LZFu"
	out = binary.LittleEndian.AppendUint32(out, ^crc32.Update(^uint32(0), crc32.IEEETable, packed))
	return append(out, packed...)
}

// fixed reports whether values of a type have the same size.
func fixed(kind uint16) bool { return kind == typeInt32 || kind == typeTime }

// sum is the checksum of an attribute.
func sum(data []byte) uint16 {
	var n uint16
	for _, c := range data {
		n += uint16(c)
	}
	return n
}
