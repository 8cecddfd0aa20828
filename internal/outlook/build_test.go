package outlook

import (
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"slices"
	"time"
	"unicode/utf16"
)

// node is a stream or, with nodes inside, a folder of a container to be made.
type node struct {
	name   string
	data   []byte
	inside []node
	folder bool
}

// plan places a tree into sectors.
type plan struct {
	table, miniTable []uint32
	directory, mini  []byte
	body             []byte // what follows the header, in sectors
}

// Marks in the table of sectors.
const (
	markFree  = 0xffffffff
	markEnd   = 0xfffffffe
	markTable = 0xfffffffd
	markLists = 0xfffffffc
)

// makeContainer writes a compound file with sectors of 512 bytes.
func makeContainer(inside ...node) []byte {
	p := &plan{}
	p.entry("Root Entry", kindRoot)
	p.link(0, p.folder(inside))
	mini := p.place(p.mini)
	binary.LittleEndian.PutUint32(p.directory[116:], mini)
	binary.LittleEndian.PutUint64(p.directory[120:], uint64(len(p.mini)))
	directory := p.place(p.directory)
	var numbers []byte
	for _, n := range p.miniTable {
		numbers = binary.LittleEndian.AppendUint32(numbers, n)
	}
	miniTable := p.place(pad(numbers, 512, 0xff))
	return p.finish(directory, miniTable, uint32(len(numbers)+511)/512)
}

// entry adds an entry to the directory and returns its number.
func (p *plan) entry(name string, kind byte) uint32 {
	e := make([]byte, entrySize)
	units := utf16.Encode([]rune(name))
	for i, u := range units {
		binary.LittleEndian.PutUint16(e[2*i:], u)
	}
	binary.LittleEndian.PutUint16(e[64:], uint16(2*len(units)+2))
	e[66], e[67] = kind, 1
	for _, at := range []int{68, 72, 76} {
		binary.LittleEndian.PutUint32(e[at:], noEntry)
	}
	binary.LittleEndian.PutUint32(e[116:], markEnd)
	p.directory = append(p.directory, e...)
	return uint32(len(p.directory)/entrySize - 1)
}

// link sets the first entry of a folder.
func (p *plan) link(folder, first uint32) {
	binary.LittleEndian.PutUint32(p.directory[int(folder)*entrySize+76:], first)
}

// folder adds what a folder holds and returns its first entry; the others stand to its right.
func (p *plan) folder(inside []node) uint32 {
	first, last := uint32(noEntry), uint32(noEntry)
	for _, n := range inside {
		kind := byte(kindStream)
		if n.folder || n.inside != nil {
			kind = kindStorage
		}
		i := p.entry(n.name, kind)
		if last == noEntry {
			first = i
		} else {
			binary.LittleEndian.PutUint32(p.directory[int(last)*entrySize+72:], i)
		}
		last = i
		if kind == kindStorage {
			p.link(i, p.folder(n.inside))
			continue
		}
		start := p.stream(n.data)
		binary.LittleEndian.PutUint32(p.directory[int(i)*entrySize+116:], start)
		binary.LittleEndian.PutUint64(p.directory[int(i)*entrySize+120:], uint64(len(n.data)))
	}
	return first
}

// stream places a stream where its size belongs.
func (p *plan) stream(data []byte) uint32 {
	switch {
	case len(data) == 0:
		return markEnd
	case len(data) >= miniCutoff:
		return p.place(data)
	}
	start := uint32(len(p.mini) / miniSize)
	p.mini = append(p.mini, pad(data, miniSize, 0)...)
	p.miniTable = chainOf(p.miniTable, start, uint32(len(p.mini)/miniSize))
	return start
}

// place puts bytes into sectors and returns the first.
func (p *plan) place(data []byte) uint32 {
	if len(data) == 0 {
		return markEnd
	}
	start := uint32(len(p.body) / 512)
	p.body = append(p.body, pad(data, 512, 0)...)
	p.table = chainOf(p.table, start, uint32(len(p.body)/512))
	return start
}

// chainOf adds a chain of the numbers from start to end to a table.
func chainOf(table []uint32, start, end uint32) []uint32 {
	for i := start; i < end; i++ {
		next := i + 1
		if next == end {
			next = markEnd
		}
		table = append(table, next)
	}
	return table
}

// finish adds the table itself, lists its sectors, and puts the header first.
func (p *plan) finish(directory, miniTable, miniSectors uint32) []byte {
	used := len(p.table)
	tables, lists := 0, 0
	for (used+tables+lists+127)/128 > tables || (max(tables-headerChains, 0)+126)/127 > lists {
		tables = (used + tables + lists + 127) / 128
		lists = (max(tables-headerChains, 0) + 126) / 127
	}
	for range tables {
		p.table = append(p.table, markTable)
	}
	for range lists {
		p.table = append(p.table, markLists)
	}
	for _, n := range p.table {
		p.body = binary.LittleEndian.AppendUint32(p.body, n)
	}
	p.body = pad(p.body, 512, 0xff)
	listAt := uint32(used + tables)
	h := make([]byte, headerSize)
	copy(h, containerSignature)
	put := func(at int, n uint32) { binary.LittleEndian.PutUint32(h[at:], n) }
	put(24, 3<<16|0x3e)
	put(28, 9<<16|0xfffe)
	put(32, 6)
	put(44, uint32(tables))
	put(48, directory)
	put(56, miniCutoff)
	put(60, miniTable)
	put(64, miniSectors)
	put(68, markEnd)
	put(72, uint32(lists))
	if lists > 0 {
		put(68, listAt)
	}
	for i := range headerChains {
		put(76+4*i, markFree)
	}
	for i := range tables {
		sector := uint32(used + i)
		if i < headerChains {
			put(76+4*i, sector)
			continue
		}
		p.body = binary.LittleEndian.AppendUint32(p.body, sector)
		if (i-headerChains)%127 == 126 {
			listAt++
			p.body = binary.LittleEndian.AppendUint32(p.body, listAt)
		}
	}
	if lists > 0 {
		p.body = pad(p.body, 512, 0xff)
		binary.LittleEndian.PutUint32(p.body[len(p.body)-4:], markEnd)
	}
	return slices.Concat(h, p.body)
}

// pad fills data to a multiple of size.
func pad(data []byte, size int, with byte) []byte {
	for len(data)%size != 0 {
		data = append(data, with)
	}
	return data
}

// wide returns text in UTF-16.
func wide(text string) []byte {
	var b []byte
	for _, u := range utf16.Encode([]rune(text)) {
		b = binary.LittleEndian.AppendUint16(b, u)
	}
	return b
}

// prop is a property to be written.
type prop struct {
	id, kind uint16
	data     []byte
}

func textProp(id uint16, text string) prop { return prop{id, typeUnicode, wide(text)} }
func ansiProp(id uint16, text string) prop { return prop{id, typeANSI, []byte(text)} }
func binaryProp(id uint16, b []byte) prop  { return prop{id, typeBinary, b} }
func numberProp(id uint16, n uint32) prop {
	return prop{id, typeInt32, binary.LittleEndian.AppendUint32(nil, n)}
}
func timeProp(id uint16, t time.Time) prop {
	return prop{id, typeTime, binary.LittleEndian.AppendUint64(nil, uint64(t.Unix()+11_644_473_600)*10_000_000)}
}

// mail is an Outlook message to be written.
type mail struct {
	props       []prop
	recipients  [][]prop
	attachments []carried
}

// carried is an attachment to be written.
type carried struct {
	props []prop
	mail  *mail
}

// nodes returns what the folder of a mail holds.
func (m mail) nodes(header int) []node {
	out := propNodes(header, m.props)
	for i, r := range m.recipients {
		out = append(out, node{name: fmt.Sprintf("%s#%08X", nameRecipientPrefix, i), inside: propNodes(partHeader, r)})
	}
	for i, a := range m.attachments {
		inside := propNodes(partHeader, a.props)
		if a.mail != nil {
			inside = append(inside, node{name: namePropertyPrefix + "3701000D", inside: a.mail.nodes(embeddedHeader)})
		}
		out = append(out, node{name: fmt.Sprintf("%s#%08X", nameAttachedPrefix, i), inside: inside})
	}
	return out
}

// propNodes returns the streams of properties.
func propNodes(header int, props []prop) []node {
	fixed := slices.Concat(make([]byte, header))
	var out []node
	for _, p := range props {
		fixed = binary.LittleEndian.AppendUint16(fixed, p.kind)
		fixed = binary.LittleEndian.AppendUint16(fixed, p.id)
		fixed = append(fixed, 0, 0, 0, 0)
		if _, ok := fixedSize(p.kind); ok {
			fixed = append(fixed, pad(p.data, 8, 0)...)
			continue
		}
		fixed = binary.LittleEndian.AppendUint64(fixed, uint64(len(p.data)))
		out = append(out, node{name: fmt.Sprintf("%s%04X%04X", namePropertyPrefix, p.id, p.kind), data: p.data})
	}
	return append([]node{{name: nameProperties, data: fixed}}, out...)
}

// bytes returns the .msg.
func (m mail) bytes() []byte { return makeContainer(m.nodes(topHeader)...) }

// attributeBytes returns an attribute of TNEF.
func attributeBytes(level byte, id uint16, data []byte) []byte {
	out := []byte{level}
	out = binary.LittleEndian.AppendUint16(out, id)
	out = append(out, 6, 0)
	out = binary.LittleEndian.AppendUint32(out, uint32(len(data)))
	out = append(out, data...)
	return binary.LittleEndian.AppendUint16(out, checksum(data))
}

// listBytes returns a list of properties as TNEF has it.
func listBytes(props []prop) []byte {
	out := binary.LittleEndian.AppendUint32(nil, uint32(len(props)))
	for _, p := range props {
		out = binary.LittleEndian.AppendUint16(out, p.kind)
		out = binary.LittleEndian.AppendUint16(out, p.id)
		if p.id >= 0x8000 {
			out = append(out, make([]byte, 16)...)
			out = append(out, 1, 0, 0, 0, 6, 0, 0, 0, 'a', 0, 'b', 0, 0, 0, 0, 0)
		}
		if _, ok := fixedSize(p.kind); !ok {
			out = binary.LittleEndian.AppendUint32(out, 1)
			out = binary.LittleEndian.AppendUint32(out, uint32(len(p.data)))
		}
		out = append(out, pad(append([]byte(nil), p.data...), 4, 0)...)
	}
	return out
}

// tnef returns the mail as TNEF.
func (m mail) tnef() []byte {
	out := append([]byte(tnefSignature), 1, 0)
	out = append(out, attributeBytes(1, attrProperties, listBytes(m.props))...)
	table := binary.LittleEndian.AppendUint32(nil, uint32(len(m.recipients)))
	for _, r := range m.recipients {
		table = append(table, listBytes(r)...)
	}
	out = append(out, attributeBytes(1, attrRecipients, table)...)
	for _, a := range m.attachments {
		out = append(out, attributeBytes(2, attrAttachment, make([]byte, 14))...)
		props := a.props
		if a.mail != nil {
			props = append(props, prop{propContent, typeObject, append(make([]byte, 16), a.mail.tnef()...)})
		}
		out = append(out, attributeBytes(2, attrAttachedProp, listBytes(props))...)
	}
	return out
}

// pack returns RTF as an item holds it: literals only, then the end.
func pack(rtf string) []byte {
	var packed []byte
	for i := 0; i < len(rtf); i += 8 {
		packed = append(packed, 0)
		packed = append(packed, rtf[i:min(i+8, len(rtf))]...)
	}
	at := (len(firstDictionary) + len(rtf)) % 4096
	if len(rtf)%8 == 0 {
		packed = append(packed, 1)
	} else {
		packed[len(packed)-len(rtf)%8-1] = 1 << (len(rtf) % 8)
	}
	packed = append(packed, byte(at>>4), byte(at<<4))
	return packedBytes(len(rtf), packed)
}

// packedBytes puts the header before packed RTF.
func packedBytes(size int, packed []byte) []byte {
	out := binary.LittleEndian.AppendUint32(nil, uint32(len(packed)+12))
	out = binary.LittleEndian.AppendUint32(out, uint32(size))
	out = binary.LittleEndian.AppendUint32(out, packedRTF)
	out = binary.LittleEndian.AppendUint32(out, ^crc32.Update(^uint32(0), crc32.IEEETable, packed))
	return append(out, packed...)
}
