package outlook

import (
	"bytes"
	"encoding/binary"
	"errors"
	"strings"
	"unicode/utf16"
)

// containerSignature starts every compound file (MS-CFB 2.2).
const containerSignature = "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"

// Sizes and special numbers of compound files.
const (
	headerSize    = 512
	headerChains  = 109 // sectors of the allocation table that the header lists
	entrySize     = 128
	miniSize      = 64
	miniCutoff    = 4096
	lastSector    = 0xfffffffa // larger numbers are marks, not sectors
	noEntry       = 0xffffffff
	kindStorage   = 1
	kindStream    = 2
	kindRoot      = 5
	directoryCopy = 1 << 20 // entries at most, whatever the file says
)

// container is a compound file: a small file system in sectors that a table
// chains to streams. Nothing of it is copied but lists of sectors, each of which
// is as long as the file has sectors at most.
type container struct {
	data   []byte
	sector int
	// table holds the sectors of the allocation table, miniTable those of the
	// table of small streams, mini the sectors that hold the small streams.
	table, directory, miniTable, mini []uint32
	seen                              []bool // entries that a folder had already
	left                              int    // bytes that streams may still have
	broken                            bool   // a chain or a folder was broken
}

// entry is a stream or a folder in a container.
type entry struct {
	name         string
	kind         byte
	child, start uint32
	size         uint64
}

// openContainer reads the tables of a compound file.
func openContainer(data []byte) (*container, error) {
	if len(data) < headerSize || string(data[:8]) != containerSignature {
		return nil, errors.New("not a compound file")
	}
	shift := binary.LittleEndian.Uint16(data[30:])
	if shift != 9 && shift != 12 {
		return nil, errors.New("a compound file with sectors of an unknown size")
	}
	c := &container{data: data, sector: 1 << shift, left: len(data)}
	c.readTable()
	c.directory = c.chain(c.number(48), len(data))
	c.seen = make([]bool, min(len(c.directory)*c.sector/entrySize, directoryCopy))
	if len(c.seen) == 0 {
		return nil, errors.New("a compound file without a directory")
	}
	root := c.entry(0)
	c.miniTable = c.chain(c.number(60), len(data))
	c.mini = c.chain(root.start, len(data))
	return c, nil
}

// number returns a number in the header.
func (c *container) number(at int) uint32 { return binary.LittleEndian.Uint32(c.data[at:]) }

// sectors returns how many sectors the file has, the last maybe in part.
func (c *container) sectors() int { return (len(c.data)-1)/c.sector + 1 }

// bytesOf returns a sector, or what the file has of it.
func (c *container) bytesOf(sector uint32) []byte {
	from := (int64(sector) + 1) * int64(c.sector)
	if sector > lastSector || from >= int64(len(c.data)) {
		return nil
	}
	return c.data[from:min(from+int64(c.sector), int64(len(c.data)))]
}

// readTable lists the sectors of the allocation table: the first stand in the
// header, the others in sectors of their own, the last number of which is the next.
func (c *container) readTable() {
	most := c.sectors()*4/c.sector + 1
	add := func(list []byte) {
		for ; len(list) >= 4 && len(c.table) < most; list = list[4:] {
			c.table = append(c.table, binary.LittleEndian.Uint32(list))
		}
	}
	add(c.data[76 : 76+4*headerChains])
	next := c.number(68)
	for range most {
		sector := c.bytesOf(next)
		if len(sector) < c.sector || len(c.table) >= most {
			break
		}
		add(sector[:c.sector-4])
		next = binary.LittleEndian.Uint32(sector[c.sector-4:])
	}
}

// lookUp returns the number that a table holds for a sector.
func (c *container) lookUp(table []uint32, sector uint32) uint32 {
	perSector := uint32(c.sector / 4)
	i := int(sector / perSector)
	if i >= len(table) {
		return noEntry
	}
	at := int(sector%perSector) * 4
	if b := c.bytesOf(table[i]); len(b) >= at+4 {
		return binary.LittleEndian.Uint32(b[at:])
	}
	return noEntry
}

// chain lists the sectors of a stream of at most size bytes. A chain that leads
// out of the file, or is longer than the file, ends there.
func (c *container) chain(sector uint32, size int) []uint32 {
	var list []uint32
	for most := min(c.sectors(), (size-1)/c.sector+1); len(list) < most && c.bytesOf(sector) != nil; {
		list = append(list, sector)
		sector = c.lookUp(c.table, sector)
	}
	return list
}

// entry returns an entry of the directory.
func (c *container) entry(i uint32) entry {
	perSector := uint32(c.sector / entrySize)
	b := c.bytesOf(c.directory[i/perSector])
	at := int(i%perSector) * entrySize
	if len(b) < at+entrySize {
		return entry{}
	}
	b = b[at : at+entrySize]
	return entry{
		name: entryName(b), kind: b[66], child: binary.LittleEndian.Uint32(b[76:]),
		start: binary.LittleEndian.Uint32(b[116:]), size: c.entryStreamSize(b),
	}
}

// entryStreamSize returns the size of a stream. Files with small sectors have 32 bits for
// it, and may have anything in the rest.
func (c *container) entryStreamSize(b []byte) uint64 {
	size := binary.LittleEndian.Uint64(b[120:])
	if c.sector == headerSize {
		size &= 0xffffffff
	}
	return size
}

// entryName returns the name of an entry. Its length may lie, so that the name
// ends at a NUL as well.
func entryName(b []byte) string {
	n := min(int(binary.LittleEndian.Uint16(b[64:])), 64) / 2
	units := make([]uint16, 0, 32)
	for i := range n {
		u := binary.LittleEndian.Uint16(b[2*i:])
		if u == 0 {
			break
		}
		units = append(units, u)
	}
	return string(utf16.Decode(units))
}

// list returns what a folder holds, most entries at most. The entries of a folder are a tree
// by their siblings, which may lie: an entry is found once, wherever it is named.
func (c *container) list(folder entry, most int) []entry {
	var out []entry
	waiting := []uint32{folder.child}
	for len(waiting) > 0 && len(out) < most {
		i := waiting[len(waiting)-1]
		waiting = waiting[:len(waiting)-1]
		if i == noEntry {
			continue
		}
		if int64(i) >= int64(len(c.seen)) || i == 0 || c.seen[i] {
			c.broken = true
			continue
		}
		c.seen[i] = true
		e := c.entry(i)
		if e.kind == kindStorage || e.kind == kindStream {
			out = append(out, e)
		}
		left, right := c.siblings(i)
		waiting = append(waiting, right, left)
	}
	return out
}

// siblings returns the entries beside an entry.
func (c *container) siblings(i uint32) (left, right uint32) {
	perSector := uint32(c.sector / entrySize)
	b := c.bytesOf(c.directory[i/perSector])
	at := int(i%perSector) * entrySize
	if len(b) < at+entrySize {
		return noEntry, noEntry
	}
	return binary.LittleEndian.Uint32(b[at+68:]), binary.LittleEndian.Uint32(b[at+72:])
}

// stream returns the content of a stream as far as its chain goes. All streams
// together have no more bytes than the file: honest streams share no sector.
func (c *container) stream(e entry) []byte {
	if e.kind != kindStream || e.size == 0 {
		return nil
	}
	size := int(min(e.size, uint64(c.left)))
	var b []byte
	if e.size < miniCutoff {
		b = c.small(e.start, size)
	} else {
		b = c.large(e.start, size)
	}
	if uint64(len(b)) < e.size {
		c.broken = true
	}
	c.left -= len(b)
	return b
}

// large returns a stream that has sectors of its own. It is not copied where
// its sectors stand in order.
func (c *container) large(start uint32, size int) []byte {
	if size <= 0 {
		return nil
	}
	list := c.chain(start, size)
	ordered := true
	for i, sector := range list {
		ordered = ordered && int64(sector) == int64(list[0])+int64(i)
	}
	if len(list) == 0 {
		return nil
	}
	if ordered {
		from := (int(list[0]) + 1) * c.sector
		return c.data[from:min(from+size, from+len(list)*c.sector, len(c.data))]
	}
	var b bytes.Buffer
	b.Grow(min(size, len(list)*c.sector))
	for _, sector := range list {
		part := c.bytesOf(sector)
		b.Write(part[:min(len(part), size-b.Len())])
	}
	return b.Bytes()
}

// small returns a stream that shares sectors with others.
func (c *container) small(start uint32, size int) []byte {
	perSector := c.sector / miniSize
	out := make([]byte, 0, size)
	for sector := start; len(out) < size && sector <= lastSector; sector = c.lookUp(c.miniTable, sector) {
		i := int(sector) / perSector
		if i >= len(c.mini) {
			break
		}
		at := int(sector) % perSector * miniSize
		b := c.bytesOf(c.mini[i])
		if len(b) <= at {
			break
		}
		out = append(out, b[at:min(at+miniSize, len(b), at+size-len(out))]...)
	}
	return out
}

// find returns the entry of that name. Names compare without regard to case.
func find(list []entry, name string) (entry, bool) {
	for _, e := range list {
		if strings.EqualFold(e.name, name) {
			return e, true
		}
	}
	return entry{}, false
}
