package artefact

import (
	"bytes"
	"compress/bzip2"
	"compress/flate"
	"encoding/binary"
	"hash/crc32"
	"io"
	"slices"
	"strings"
)

// zipEntry is a member of a ZIP archive as its header describes it.
type zipEntry struct {
	name           string
	flags, method  uint16
	time           uint16
	crc            uint32
	packed, size   uint64
	offset         uint64 // of the local header
	extra          []byte
	data           []byte // packed bytes; nil where they lie outside of the file
	overlaps, lost bool   // shares bytes with another; is not in the central directory
}

// The methods of ZIP that are read, and its flags.
const (
	zipStore, zipDeflate, zipBzip2, zipLZMA, zipXz, zipAES = 0, 8, 12, 14, 95, 99
	zipFlagEncrypted, zipFlagLater                         = 1, 8
)

// zip reads an archive, or a document that is one.
func (f *file) zip() {
	entries := zipEntries(f.content, f.in.o.Members+1)
	if len(entries) == 0 {
		f.r.warn(WarnBroken, "", "the archive has no readable members")
		return
	}
	if f.office(entries) {
		return
	}
	f.zipMembers(entries)
}

// zipMembers looks into the members of an archive.
func (f *file) zipMembers(entries []zipEntry) {
	for i := range entries {
		e := &entries[i]
		if strings.HasSuffix(e.name, "/") && e.size == 0 {
			continue
		}
		if e.overlaps || e.lost {
			f.r.sign(SignHidden, e.name, "")
		}
		if e.overlaps {
			f.listed(e.name, int64(e.size), Warning{WarnBroken, "", "the member shares bytes with another; it was not unpacked"})
			continue
		}
		content, whole, problem := f.zipContent(e)
		if problem != (Warning{}) {
			if f.listed(e.name, int64(min(e.size, 1<<62)), problem) == nil {
				return
			}
			continue
		}
		if f.child(e.name, content, whole) == nil || !f.in.spend(0) {
			return
		}
	}
}

// zipContent unpacks a member; the warning says why it cannot.
func (f *file) zipContent(e *zipEntry) (content []byte, whole bool, problem Warning) {
	data, method := e.data, e.method
	if data == nil {
		return nil, false, Warning{WarnBroken, "", "the member lies outside of the archive"}
	}
	if e.flags&zipFlagEncrypted != 0 {
		f.r.Encrypted = true
		return f.decrypt(e)
	}
	r := zipReader(method, data)
	if r == nil {
		return nil, false, Warning{WarnUnread, "", "the member is packed in a way that is not read"}
	}
	content, whole = f.unpack(r, int64(len(data)))
	if whole && crc32.ChecksumIEEE(content) != e.crc {
		f.r.warn(WarnBroken, e.name, "the checksum of a member is wrong")
	}
	return content, whole, Warning{}
}

// zipReader returns a reader of packed bytes, or nil.
func zipReader(method uint16, data []byte) io.Reader {
	r := bytes.NewReader(data)
	switch method {
	case zipStore:
		return r
	case zipDeflate:
		return flate.NewReader(r)
	case zipBzip2:
		return bzip2.NewReader(r)
	case zipLZMA:
		if len(data) < 9 || binary.LittleEndian.Uint16(data[2:]) != 5 {
			return nil
		}
		return newLZMA(data[9:], data[4:9], -1)
	case zipXz:
		return newXz(data)
	}
	return nil
}

// zipEntries lists the members of an archive, up to a number: those of its
// central directory first, as programs do, then those that only their own
// headers know, which some programs read and others do not.
func zipEntries(b []byte, most int) []zipEntry {
	entries := zipDirectory(b, most)
	known := map[uint64]bool{}
	for i := range entries {
		e := &entries[i]
		known[e.offset] = true
		e.data = zipData(b, e)
	}
	if len(entries) == 0 {
		entries = zipLocals(b, most, known)
	}
	markOverlaps(entries, b)
	return entries
}

// zipDirectory reads the central directory. The offset of its start may be
// wrong by what stands before the archive.
func zipDirectory(b []byte, most int) (entries []zipEntry) {
	const endLength, headLength, longestComment = 22, 46, 1 << 16
	end := -1
	for from := len(b); end < 0; {
		from = bytes.LastIndex(b[:from], []byte("PK\x05\x06"))
		if from < 0 || len(b)-from > longestComment+endLength+1024 {
			return nil
		}
		if from+endLength <= len(b) {
			end = from
		}
	}
	size := int(binary.LittleEndian.Uint32(b[end+12:]))
	start := end - size
	stated := int(binary.LittleEndian.Uint32(b[end+16:]))
	if size == 0xffffffff || start < 0 || !bytes.HasPrefix(b[start:], []byte("PK\x01\x02")) {
		if start = bytes.Index(b, []byte("PK\x01\x02")); start < 0 {
			return nil
		}
		stated = start
	}
	shift := uint64(0)
	if start > stated {
		shift = uint64(start - stated)
	}
	for at := start; len(entries) < most; {
		if at+headLength > len(b) || !bytes.HasPrefix(b[at:], []byte("PK\x01\x02")) {
			return entries
		}
		h := b[at:]
		nameLength, extraLength, commentLength := int(le16(h, 28)), int(le16(h, 30)), int(le16(h, 32))
		if at+headLength+nameLength+extraLength > len(b) {
			return entries
		}
		e := zipEntry{
			flags: le16(h, 8), method: le16(h, 10), time: le16(h, 12), crc: le32(h, 16), packed: uint64(le32(h, 20)), size: uint64(le32(h, 24)),
			offset: uint64(le32(h, 42)), name: string(h[headLength : headLength+nameLength]),
			extra: h[headLength+nameLength : headLength+nameLength+extraLength],
		}
		e.zip64()
		e.offset += shift
		entries = append(entries, e)
		at += headLength + nameLength + extraLength + commentLength
	}
	return entries
}

// zip64 replaces sizes that do not fit into 32 bits.
func (e *zipEntry) zip64() {
	field := e.extraField(1)
	for _, v := range []*uint64{&e.size, &e.packed, &e.offset} {
		if *v == 0xffffffff && len(field) >= 8 {
			*v = binary.LittleEndian.Uint64(field)
			field = field[8:]
		}
	}
}

// extraField returns an extra field.
func (e *zipEntry) extraField(id uint16) []byte {
	for b := e.extra; len(b) >= 4; {
		n := int(le16(b, 2))
		if len(b) < 4+n {
			return nil
		}
		if le16(b, 0) == id {
			return b[4 : 4+n]
		}
		b = b[4+n:]
	}
	return nil
}

// zipData returns the packed bytes of a member that the directory lists.
func zipData(b []byte, e *zipEntry) []byte {
	const headLength = 30
	if e.offset > uint64(len(b)) || uint64(len(b))-e.offset < headLength || !bytes.HasPrefix(b[e.offset:], []byte("PK\x03\x04")) {
		return nil
	}
	h := b[e.offset:]
	start := headLength + uint64(le16(h, 26)) + uint64(le16(h, 28))
	if start > uint64(len(h)) {
		return nil
	}
	return h[start:min(start+min(e.packed, uint64(len(h))), uint64(len(h)))]
}

// zipLocals lists members by their own headers, for archives whose directory
// is broken or missing.
func zipLocals(b []byte, most int, known map[uint64]bool) (entries []zipEntry) {
	const headLength = 30
	for at := 0; len(entries) < most; {
		i := bytes.Index(b[at:], []byte("PK\x03\x04"))
		if i < 0 || at+i+headLength > len(b) {
			return entries
		}
		at += i
		h := b[at:]
		start := headLength + int(le16(h, 26)) + int(le16(h, 28))
		if start > len(h) || known[uint64(at)] {
			at += 4
			continue
		}
		e := zipEntry{
			flags: le16(h, 6), method: le16(h, 8), time: le16(h, 10), crc: le32(h, 14), packed: uint64(le32(h, 18)), size: uint64(le32(h, 22)),
			name: string(h[headLength : headLength+int(le16(h, 26))]), extra: h[headLength+int(le16(h, 26)) : start], offset: uint64(at), lost: true,
		}
		rest := h[start:]
		if e.flags&zipFlagLater != 0 || e.packed > uint64(len(rest)) {
			e.packed = uint64(len(rest))
			if next := bytes.Index(rest, []byte("PK")); next >= 0 && e.method == zipStore {
				e.packed = uint64(next)
			}
		}
		e.data = rest[:e.packed]
		entries = append(entries, e)
		at += start
		if e.flags&zipFlagLater == 0 {
			at += int(e.packed)
		}
	}
	return entries
}

// markOverlaps marks members whose bytes another member has too: the way to
// make a small archive unpack to petabytes without nesting.
func markOverlaps(entries []zipEntry, b []byte) {
	order := make([]*zipEntry, 0, len(entries))
	for i := range entries {
		if e := &entries[i]; len(e.data) > 0 && !e.lost {
			order = append(order, e)
		}
	}
	start := func(e *zipEntry) int { return cap(b) - cap(e.data) }
	slices.SortStableFunc(order, func(x, y *zipEntry) int { return start(x) - start(y) })
	end := 0
	for _, e := range order {
		if start(e) < end {
			e.overlaps = true
		}
		end = max(end, start(e)+len(e.data))
	}
}

func le16(b []byte, at int) uint16 { return binary.LittleEndian.Uint16(b[at:]) }
func le32(b []byte, at int) uint32 { return binary.LittleEndian.Uint32(b[at:]) }
