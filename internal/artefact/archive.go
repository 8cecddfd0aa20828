package artefact

import (
	"archive/tar"
	"bytes"
	"compress/bzip2"
	"compress/gzip"
	"errors"
	"io"
	"strings"

	"github.com/nwaples/rardecode/v2"
)

// stream reads a file that packs one other, which may be a tar.
func (f *file) stream() {
	var r io.Reader = bytes.NewReader(f.content)
	name := f.r.Name
	for _, ext := range []string{".gz", ".bz2", ".xz", ".lzma", ".tgz"} {
		if len(name) > len(ext) && strings.EqualFold(name[len(name)-len(ext):], ext) {
			name = name[:len(name)-len(ext)]
		}
	}
	if f.format == formatGzip {
		z, err := gzip.NewReader(r)
		if err != nil {
			f.r.warn(WarnBroken, "", "the gzip file has no readable header")
			return
		}
		if z.Name != "" {
			name = z.Name
		}
		r = z
	}
	if f.format == formatBzip2 {
		r = bzip2.NewReader(r)
	}
	if f.format == formatXz {
		r = newXz(f.content)
	}
	if f.format == formatLzma {
		const head = 13
		r = newLZMA(f.content[head:], f.content[:head-8], -1)
	}
	content, whole := f.unpack(r, int64(len(f.content)))
	if !whole {
		f.r.warn(WarnBroken, "", "the file could not be unpacked to its end")
	}
	if len(content) == 0 {
		return
	}
	if deeperSignature(content) == formatTar {
		f.tar(content)
		return
	}
	f.child(name, content, whole)
}

// tar reads an archive in the form of tar. Links and devices are only listed:
// nothing is ever written.
func (f *file) tar(content []byte) {
	r := tar.NewReader(bytes.NewReader(content))
	for {
		h, err := r.Next()
		switch {
		case errors.Is(err, io.EOF):
			return
		case err != nil && !errors.Is(err, tar.ErrInsecurePath):
			f.r.warn(WarnBroken, "", "the archive ends in the middle or is broken; it was read as far as possible")
			return
		}
		switch h.Typeflag {
		case tar.TypeDir, tar.TypeXGlobalHeader:
			continue
		case tar.TypeReg, tar.TypeGNUSparse:
		default:
			if f.listed(h.Name, 0, Warning{WarnUnread, "", "the member is a link or a device: " + clip(line(h.Linkname), 200)}) == nil {
				return
			}
			continue
		}
		// A tar is not packed: only sparse files are larger than what they take.
		data, whole := f.unpack(r, int64(len(content)))
		if f.child(h.Name, data, whole) == nil || !f.in.spend(0) {
			return
		}
	}
}

// rar reads an archive in the form of RAR.
func (f *file) rar() {
	const largestDictionary = 32 << 20
	r, err := rardecode.NewReader(bytes.NewReader(f.content), rardecode.MaxDictionarySize(largestDictionary), rardecode.BufferSize(64<<10))
	if err != nil {
		f.rarProblem(err)
		return
	}
	for {
		h, err := r.Next()
		if err != nil {
			f.rarProblem(err)
			return
		}
		switch {
		case h.IsDir:
			continue
		case h.Encrypted:
			f.r.Encrypted = true
			if f.listed(h.Name, h.UnPackedSize, Warning{WarnEncrypted, "", "the member is encrypted"}) == nil {
				return
			}
			continue
		case !h.Mode().IsRegular():
			if f.listed(h.Name, 0, Warning{WarnUnread, "", "the member is a link or a device"}) == nil {
				return
			}
			continue
		}
		data, whole := f.unpack(r, h.PackedSize)
		if f.child(h.Name, data, whole) == nil || !f.in.spend(0) {
			return
		}
	}
}

// rarProblem says why the members end.
func (f *file) rarProblem(err error) {
	switch {
	case errors.Is(err, io.EOF):
	case errors.Is(err, rardecode.ErrArchiveEncrypted), errors.Is(err, rardecode.ErrArchivedFileEncrypted):
		f.r.Encrypted, f.r.Macros = true, MacrosUnknown
		f.r.warn(WarnEncrypted, "", "the archive is encrypted")
	default:
		f.r.warn(WarnBroken, "", "the archive is broken or packed in a way that is not read; it was read as far as possible")
	}
}
