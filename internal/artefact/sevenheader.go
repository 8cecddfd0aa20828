package artefact

import (
	"bytes"
	"encoding/binary"
	"hash/crc32"
	"io"
)

// sevenArchive is what the header of a 7z archive lists.
type sevenArchive struct {
	folders []sevenFolder
	names   []string
	empty   []bool // by file: no content, as folders have none
}

// sevenReader reads the numbers of a header. After its end all are zero and bad is set.
type sevenReader struct {
	b    []byte
	bad  bool
	body []byte // what follows the first header: packed streams
}

// The most that a header may list, so that its cost stays with its size.
const mostSevenItems = 10_000

func (r *sevenReader) byte() byte {
	if len(r.b) == 0 {
		r.bad = true
		return 0
	}
	c := r.b[0]
	r.b = r.b[1:]
	return c
}

func (r *sevenReader) bytes(n uint64) []byte {
	if n > uint64(len(r.b)) {
		r.bad, r.b = true, nil
		return nil
	}
	out := r.b[:n]
	r.b = r.b[n:]
	return out
}

// number reads a number whose first byte tells how many follow.
func (r *sevenReader) number() uint64 {
	first := r.byte()
	mask, value := byte(0x80), uint64(0)
	for i := range 8 {
		if first&mask == 0 {
			return value | uint64(first&(mask-1))<<(8*i)
		}
		value |= uint64(r.byte()) << (8 * i)
		mask >>= 1
	}
	return value
}

// count reads a number of things that follow.
func (r *sevenReader) count() int {
	n := r.number()
	if n > mostSevenItems || n > uint64(len(r.b))*8 {
		r.bad = true
		return 0
	}
	return int(n)
}

// bits reads n bits.
func (r *sevenReader) bits(n int) []bool {
	out := make([]bool, n)
	var c byte
	for i := range out {
		if i%8 == 0 {
			c = r.byte()
		}
		out[i] = c&(0x80>>(i%8)) != 0
	}
	return out
}

// digests reads checksums; missing ones are not defined.
func (r *sevenReader) digests(n int) (sums []uint32, defined []bool) {
	if r.byte() != 0 {
		defined = make([]bool, n)
		for i := range defined {
			defined[i] = true
		}
	} else {
		defined = r.bits(n)
	}
	sums = make([]uint32, n)
	for i := range sums {
		if !defined[i] {
			continue
		}
		if b := r.bytes(4); len(b) == 4 {
			sums[i] = binary.LittleEndian.Uint32(b)
		}
	}
	return sums, defined
}

// sevenHeader reads the header, which is usually packed itself.
func (f *file) sevenHeader() (*sevenArchive, error) {
	const head = 32
	b := f.content
	if len(b) < head {
		return nil, errSeven
	}
	offset, size := binary.LittleEndian.Uint64(b[12:]), binary.LittleEndian.Uint64(b[20:])
	body := b[head:]
	if offset > uint64(len(body)) || size > uint64(len(body))-offset {
		return nil, errSeven
	}
	header := body[offset : offset+size]
	const mostLevels = 4
	for range mostLevels {
		r := &sevenReader{b: header, body: body}
		switch r.byte() {
		case 1:
			return r.header()
		case 0x17:
			folders, err := r.streams()
			if err != nil || len(folders) == 0 {
				return nil, errSeven
			}
			plain, err := f.sevenOpen(&folders[0])
			if err != nil {
				return nil, err
			}
			const longest = 4 << 20
			if header, err = io.ReadAll(io.LimitReader(plain, int64(min(folders[0].size, longest)))); err != nil {
				return nil, errSeven
			}
			if folders[0].hasCRC && crc32.ChecksumIEEE(header) != folders[0].crc || !f.in.spend(len(header)) {
				return nil, errSeven
			}
		default:
			return nil, errSeven
		}
	}
	return nil, errSeven
}

// header reads a header that is not packed.
func (r *sevenReader) header() (*sevenArchive, error) {
	a := &sevenArchive{}
	for !r.bad {
		switch r.byte() {
		case 0:
			return a, nil
		case 4:
			var err error
			if a.folders, err = r.streams(); err != nil {
				return nil, err
			}
		case 5:
			r.files(a)
			return a, nil
		default:
			return nil, errSeven
		}
	}
	return nil, errSeven
}

// files reads the names of files and which have no content.
func (r *sevenReader) files(a *sevenArchive) {
	n := r.count()
	a.names = make([]string, n)
	for !r.bad {
		kind := r.byte()
		if kind == 0 {
			return
		}
		p := &sevenReader{b: r.bytes(r.number())}
		switch kind {
		case 0x0e:
			a.empty = p.bits(n)
		case 0x11:
			if p.byte() != 0 {
				return
			}
			for i := range a.names {
				end := 0
				for end+1 < len(p.b) && (p.b[end] != 0 || p.b[end+1] != 0) {
					end += 2
				}
				a.names[i] = utf16Text(p.b[:min(end, len(p.b))], binary.LittleEndian)
				p.bytes(uint64(min(end+2, len(p.b))))
			}
		}
	}
}

// streams reads what is packed where.
func (r *sevenReader) streams() (folders []sevenFolder, err error) {
	var packs [][]byte
	for !r.bad {
		switch r.byte() {
		case 0:
			return folders, nil
		case 6:
			packs = r.packs()
		case 7:
			folders = r.folders(packs)
		case 8:
			r.substreams(folders)
		default:
			return nil, errSeven
		}
	}
	return nil, errSeven
}

// packs reads the packed streams.
func (r *sevenReader) packs() (packs [][]byte) {
	at := r.number()
	n := r.count()
	for !r.bad {
		switch r.byte() {
		case 0:
			return packs
		case 9:
			for range n {
				size := r.number()
				if at > uint64(len(r.body)) || size > uint64(len(r.body))-at {
					r.bad = true
					return nil
				}
				packs = append(packs, r.body[at:at+size])
				at += size
			}
		case 0x0a:
			r.digests(n)
		default:
			r.bad = true
		}
	}
	return nil
}

// folders reads the chains of coders.
func (r *sevenReader) folders(packs [][]byte) (folders []sevenFolder) {
	if r.byte() != 0x0b {
		r.bad = true
		return nil
	}
	n := r.count()
	if r.byte() != 0 {
		r.bad = true // the list stands elsewhere
		return nil
	}
	pack := 0
	for range n {
		f := r.folder()
		if r.bad {
			return nil
		}
		if pack < len(packs) {
			f.data = packs[pack]
		} else {
			f.simple = false
		}
		pack += f.packs
		folders = append(folders, f)
	}
	for !r.bad {
		switch r.byte() {
		case 0:
			for i := range folders {
				f := &folders[i]
				f.files = []sevenStream{{f.size, f.crc, f.hasCRC}}
			}
			return folders
		case 0x0c:
			for i := range folders {
				var sizes []uint64
				for j := range folders[i].coders {
					for range folders[i].coders[j].outs {
						sizes = append(sizes, r.number())
					}
				}
				for j := range folders[i].coders {
					if c := &folders[i].coders[j]; folders[i].simple {
						c.size = sizes[c.place]
					}
				}
				if len(sizes) > 0 {
					folders[i].size = sizes[folders[i].coders[0].place]
				}
			}
		case 0x0a:
			sums, defined := r.digests(len(folders))
			for i := range folders {
				folders[i].crc, folders[i].hasCRC = sums[i], defined[i]
			}
		default:
			r.bad = true
		}
	}
	return nil
}

// folder reads one chain of coders. A chain is simple where each coder has one
// input, which is the output of the next.
func (r *sevenReader) folder() (f sevenFolder) {
	const mostCoders = 16
	n := r.count()
	if n == 0 || n > mostCoders {
		r.bad = true
		return f
	}
	ins, outs := 0, 0
	f.simple = true
	for range n {
		flags := r.byte()
		c := sevenCoder{id: bytes.Clone(r.bytes(uint64(flags & 15))), ins: 1, outs: 1}
		if flags&0x10 != 0 {
			c.ins, c.outs = min(r.count(), mostCoders), min(r.count(), mostCoders)
		}
		if flags&0x20 != 0 {
			c.properties = r.bytes(r.number())
		}
		f.simple = f.simple && c.ins == 1 && c.outs == 1 && flags&0x80 == 0
		ins, outs = ins+c.ins, outs+c.outs
		f.coders = append(f.coders, c)
	}
	feeds := map[uint64]uint64{} // which output an input takes
	for range outs - 1 {
		in := r.number()
		feeds[in] = r.number()
	}
	f.order(feeds)
	f.packs = ins - (outs - 1)
	if f.packs < 1 {
		r.bad = true
		return f
	}
	if f.packs > 1 {
		for range f.packs {
			r.number()
		}
	}
	return f
}

// order puts the coders of a chain into the order in which the content passed
// them when it was packed.
func (f *sevenFolder) order(feeds map[uint64]uint64) {
	if !f.simple {
		return
	}
	taken := map[uint64]bool{}
	for _, out := range feeds {
		taken[out] = true
	}
	var ordered []sevenCoder
	at := uint64(0)
	for taken[at] && at < uint64(len(f.coders)) {
		at++
	}
	for len(ordered) < len(f.coders) && at < uint64(len(f.coders)) {
		f.coders[at].place = int(at)
		ordered = append(ordered, f.coders[at])
		next, ok := feeds[at]
		if !ok {
			break
		}
		at = next
	}
	f.simple = len(ordered) == len(f.coders)
	if f.simple {
		f.coders = ordered
	}
}

// substreams reads which files the folders hold.
func (r *sevenReader) substreams(folders []sevenFolder) {
	kind := r.byte()
	if kind == 0x0d {
		total := 0
		for i := range folders {
			n := r.number()
			if total += int(min(n, mostSevenItems)); n > mostSevenItems || total > mostSevenItems {
				r.bad = true
				return
			}
			folders[i].files = make([]sevenStream, n)
		}
		kind = r.byte()
	}
	sized := kind == 9
	for i := range folders {
		f := &folders[i]
		left := f.size
		for j := range f.files {
			if j == len(f.files)-1 {
				f.files[j].size = left
			} else if sized {
				f.files[j].size = r.number()
				left -= min(left, f.files[j].size)
			}
		}
		if len(f.files) == 1 && f.hasCRC {
			f.files[0].crc, f.files[0].hasCRC = f.crc, true
		}
	}
	if sized {
		kind = r.byte()
	}
	if kind == 0x0a {
		var missing []*sevenStream
		for i := range folders {
			for j := range folders[i].files {
				if s := &folders[i].files[j]; !s.hasCRC {
					missing = append(missing, s)
				}
			}
		}
		sums, defined := r.digests(len(missing))
		for i, s := range missing {
			s.crc, s.hasCRC = sums[i], defined[i]
		}
		kind = r.byte()
	}
	r.bad = r.bad || kind != 0
}
