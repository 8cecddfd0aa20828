package artefact

import (
	"bytes"
	"encoding/binary"
	"strings"
)

// isoSector is the size of a block of ISO 9660.
const isoSector = 2048

// isoDir is a folder of a disk image that is still to be read.
type isoDir struct {
	path         string
	extent, size uint32
}

// iso reads the files of an image in the form of ISO 9660, by the names that
// Windows shows (Joliet) where there are any. An image in UDF alone is not read.
func (f *file) iso() {
	root, joliet, ok := f.isoRoot()
	if !ok {
		f.r.warn(WarnUnread, "", "the image has no file system that is read")
		return
	}
	const mostDirs = 1000
	todo, seen := []isoDir{root}, map[uint32]bool{}
	for len(todo) > 0 {
		d := todo[0]
		todo = todo[1:]
		if seen[d.extent] || len(seen) >= mostDirs {
			continue
		}
		seen[d.extent] = true
		dirs, more := f.isoDir(d, joliet)
		if !more {
			return
		}
		todo = append(todo, dirs...)
	}
}

// isoRoot finds the folder that holds all others.
func (f *file) isoRoot() (root isoDir, joliet, ok bool) {
	const first, rootAt, most = 16, 156, 32
	for i := range most {
		b := f.isoBytes(uint32(first+i), isoSector)
		if len(b) < isoSector || string(b[1:6]) != "CD001" || b[0] == 255 {
			break
		}
		escape := string(b[88:91])
		isJoliet := b[0] == 2 && (escape == "%/@" || escape == "%/C" || escape == "%/E")
		if b[0] == 1 && !ok || isJoliet {
			root = isoDir{extent: le32(b, rootAt+2), size: le32(b, rootAt+10)}
			joliet, ok = isJoliet, true
		}
	}
	return root, joliet, ok
}

// isoBytes returns what lies at a block.
func (f *file) isoBytes(extent, size uint32) []byte {
	start := uint64(extent) * isoSector
	if start >= uint64(len(f.content)) {
		return nil
	}
	return f.content[start:min(start+uint64(size), uint64(len(f.content)))]
}

// isoDir reads the entries of a folder; more is false where a limit was reached.
func (f *file) isoDir(d isoDir, joliet bool) (dirs []isoDir, more bool) {
	const head = 33
	b := f.isoBytes(d.extent, d.size)
	for at := 0; at+head <= len(b); {
		n := int(b[at])
		if n == 0 { // entries do not cross blocks
			at = (at/isoSector + 1) * isoSector
			continue
		}
		nameLength := int(b[min(at+32, len(b)-1)])
		if n < head || at+n > len(b) || head+nameLength > n {
			f.r.warn(WarnBroken, d.path, "a folder of the image is broken")
			return dirs, true
		}
		e := b[at : at+n]
		at += n
		name := e[head : head+nameLength]
		if nameLength == 1 && name[0] <= 1 {
			continue // the folder itself and the one above
		}
		path := d.path + isoName(name, joliet)
		extent, size := le32(e, 2), le32(e, 10)
		if e[25]&2 != 0 {
			dirs = append(dirs, isoDir{path: clip(path, 1000) + "/", extent: extent, size: size})
			continue
		}
		data := f.isoBytes(extent, size)
		whole := uint32(len(data)) == size
		data = data[:min(int64(len(data)), f.in.o.MemberBytes)]
		if !f.in.spend(len(data)) || f.child(path, data, whole && uint32(len(data)) == size) == nil {
			f.r.warn(WarnLimit, "", "the image holds more than the limits allow; the rest was left out")
			return dirs, false
		}
	}
	return dirs, true
}

// isoName decodes a name, without its version.
func isoName(b []byte, joliet bool) string {
	name := string(bytes.ToValidUTF8(b, []byte("_")))
	if joliet {
		name = utf16Text(b, binary.BigEndian)
	}
	name, _, _ = strings.Cut(name, ";")
	return strings.TrimSuffix(name, ".")
}
