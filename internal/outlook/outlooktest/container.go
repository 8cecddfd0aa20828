// Package outlooktest writes files of Outlook for tests: .msg with its container, and
// TNEF, whole or broken on purpose.
package outlooktest

import (
	"encoding/binary"
	"slices"
	"unicode/utf16"
)

// What MS-CFB calls the sizes and kinds of things in a container.
const (
	signature    = "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
	headerSize   = 512
	headerChains = 109
	entrySize    = 128
	miniSize     = 64
	miniCutoff   = 4096
	kindStorage  = 1
	kindStream   = 2
	kindRoot     = 5
	noEntry      = 0xffffffff
)

// Node is a stream or, with nodes inside, a folder of a container to be made.
type Node struct {
	Name   string
	Data   []byte
	Inside []Node
	Folder bool
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

// Container writes a compound file with sectors of 512 bytes.
func Container(inside ...Node) []byte {
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
func (p *plan) folder(inside []Node) uint32 {
	first, last := uint32(noEntry), uint32(noEntry)
	for _, n := range inside {
		kind := byte(kindStream)
		if n.Folder || n.Inside != nil {
			kind = kindStorage
		}
		i := p.entry(n.Name, kind)
		if last == noEntry {
			first = i
		} else {
			binary.LittleEndian.PutUint32(p.directory[int(last)*entrySize+72:], i)
		}
		last = i
		if kind == kindStorage {
			p.link(i, p.folder(n.Inside))
			continue
		}
		start := p.stream(n.Data)
		binary.LittleEndian.PutUint32(p.directory[int(i)*entrySize+116:], start)
		binary.LittleEndian.PutUint64(p.directory[int(i)*entrySize+120:], uint64(len(n.Data)))
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
	copy(h, signature)
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
