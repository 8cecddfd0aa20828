package artefact

import (
	"encoding/binary"
	"slices"
	"strings"
	"unicode/utf16"
)

// The marks of a compound file's table of sectors.
const (
	oleSector = 512
	oleFree   = 0xffffffff
	oleEnd    = 0xfffffffe
	oleFAT    = 0xfffffffd
)

// oleEntry is an entry of a compound file's directory.
type oleEntry struct {
	name               string
	kind               byte
	right, child, from uint32
	size               int
}

// oleFile is a compound file while it is made.
type oleFile struct {
	entries []oleEntry
	data    []byte
	fat     []uint32
	last    map[int]int // the last entry of each storage
}

// compoundOf makes an OLE compound file of streams, given as path and content
// in turn; one level of storages. Streams shorter than 4096 bytes are padded by
// zeros, so that none goes into the mini stream.
func compoundOf(files ...string) []byte {
	o := &oleFile{entries: []oleEntry{{name: "Root Entry", kind: 5, right: oleFree, child: oleFree, from: oleEnd}}, last: map[int]int{}}
	storages := map[string]int{"": 0}
	for i := 0; i+1 < len(files); i += 2 {
		dir, name, nested := strings.Cut(files[i], "/")
		if !nested {
			dir, name = "", files[i]
		}
		if _, ok := storages[dir]; !ok {
			storages[dir] = len(o.entries)
			o.link(0, oleEntry{name: dir, kind: 1, right: oleFree, child: oleFree})
		}
		content := []byte(files[i+1])
		content = append(content, make([]byte, max(4096-len(content), 0))...)
		o.link(storages[dir], oleEntry{name: name, kind: 2, right: oleFree, child: oleFree, from: uint32(len(o.fat)), size: len(content)})
		o.sectors(content)
	}
	directory := len(o.fat)
	o.sectors(o.directory())
	return o.finish(directory)
}

// link adds an entry to a storage.
func (o *oleFile) link(parent int, e oleEntry) {
	i := len(o.entries)
	o.entries = append(o.entries, e)
	if prior, ok := o.last[parent]; ok {
		o.entries[prior].right = uint32(i)
	} else {
		o.entries[parent].child = uint32(i)
	}
	o.last[parent] = i
}

// sectors adds content and its chain.
func (o *oleFile) sectors(content []byte) {
	n := (len(content) + oleSector - 1) / oleSector
	o.data = append(o.data, content...)
	o.data = append(o.data, make([]byte, n*oleSector-len(content))...)
	for range n {
		o.fat = append(o.fat, uint32(len(o.fat)+1))
	}
	o.fat[len(o.fat)-1] = oleEnd
}

// directory encodes the entries.
func (o *oleFile) directory() (dir []byte) {
	for len(o.entries)%4 != 0 {
		o.entries = append(o.entries, oleEntry{right: oleFree, child: oleFree})
	}
	for _, e := range o.entries {
		b := make([]byte, 128)
		units := utf16.Encode([]rune(e.name))
		for i, u := range units {
			binary.LittleEndian.PutUint16(b[2*i:], u)
		}
		if e.kind != 0 {
			binary.LittleEndian.PutUint16(b[64:], uint16(2*len(units)+2))
		}
		b[66], b[67] = e.kind, 1
		binary.LittleEndian.PutUint32(b[68:], oleFree)
		binary.LittleEndian.PutUint32(b[72:], e.right)
		binary.LittleEndian.PutUint32(b[76:], e.child)
		binary.LittleEndian.PutUint32(b[116:], e.from)
		binary.LittleEndian.PutUint32(b[120:], uint32(e.size))
		dir = append(dir, b...)
	}
	return dir
}

// finish adds the table of sectors and the header.
func (o *oleFile) finish(directory int) []byte {
	table := len(o.fat)
	for range (len(o.fat) + 128) / 128 {
		o.fat = append(o.fat, oleFAT)
	}
	for len(o.fat)%128 != 0 {
		o.fat = append(o.fat, oleFree)
	}
	head := make([]byte, oleSector)
	copy(head, "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1")
	for at, v := range map[int]uint16{24: 0x3e, 26: 3, 28: 0xfffe, 30: 9, 32: 6} {
		binary.LittleEndian.PutUint16(head[at:], v)
	}
	for at, v := range map[int]uint32{44: uint32(len(o.fat) / 128), 48: uint32(directory), 56: 4096, 60: oleEnd, 68: oleEnd} {
		binary.LittleEndian.PutUint32(head[at:], v)
	}
	for i := range 109 {
		n := uint32(oleFree)
		if i < len(o.fat)/128 {
			n = uint32(table + i)
		}
		binary.LittleEndian.PutUint32(head[76+4*i:], n)
	}
	out := slices.Concat(head, o.data)
	for _, n := range o.fat {
		out = binary.LittleEndian.AppendUint32(out, n)
	}
	return out
}
