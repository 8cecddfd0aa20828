package artefact

import (
	"encoding/binary"
	"errors"
	"io"
)

// newLZMA2 returns a reader of LZMA2: chunks of LZMA and of plain bytes.
func newLZMA2(src []byte) *lzma {
	d := &lzma{left: 0}
	rest := src
	ready := false
	d.chunk = func(d *lzma) error {
		var err error
		rest, ready, err = d.nextChunk(rest, ready)
		return err
	}
	return d
}

// nextChunk starts a chunk; plain bytes are copied at once.
func (d *lzma) nextChunk(src []byte, ready bool) (rest []byte, stillReady bool, err error) {
	if len(src) == 0 {
		return nil, ready, io.ErrUnexpectedEOF
	}
	control := src[0]
	if control == 0 {
		return src[1:], ready, io.EOF
	}
	if control == 1 || control >= 0xe0 {
		d.start = len(d.out)
	}
	if control < 0x80 {
		if control > 2 || len(src) < 3 {
			return nil, ready, errLZMA
		}
		n := int(binary.BigEndian.Uint16(src[1:])) + 1
		if len(src) < 3+n {
			return nil, ready, io.ErrUnexpectedEOF
		}
		d.out = append(d.out, src[3:3+n]...)
		return src[3+n:], ready, nil
	}
	const head = 6
	if len(src) < head {
		return nil, ready, io.ErrUnexpectedEOF
	}
	size := int64(control&0x1f)<<16 + int64(binary.BigEndian.Uint16(src[1:])) + 1
	packed := int(binary.BigEndian.Uint16(src[3:])) + 1
	src = src[5:]
	if control >= 0xc0 {
		if !d.setProperties(src[0]) || d.lc+d.lp > 4 {
			return nil, ready, errLZMA
		}
		src, ready = src[1:], true
	}
	if !ready || len(src) < packed {
		return nil, ready, errLZMA
	}
	if control >= 0xa0 {
		d.reset()
	}
	d.pending, d.left, d.src = 0, size, src[:packed]
	d.startRange()
	return src[packed:], ready, nil
}

// errXz tells that a file in the form of xz is broken.
var errXz = errors.New("the xz file is broken")

// xz unpacks files in the form of xz: streams of blocks of LZMA2.
type xz struct {
	rest  []byte
	check int // bytes after each block
	block *lzma
	err   error
}

func newXz(src []byte) *xz {
	const head = 12
	x := &xz{}
	if len(src) < head {
		x.err = errXz
		return x
	}
	sizes := [16]int{0, 4, 4, 4, 8, 8, 8, 16, 16, 16, 32, 32, 32, 64, 64, 64}
	x.check, x.rest = sizes[src[7]&15], src[head:]
	return x
}

// Read unpacks into b.
func (x *xz) Read(b []byte) (int, error) {
	for x.err == nil {
		if x.block == nil {
			if x.err = x.open(); x.err != nil {
				break
			}
		}
		n, err := x.block.Read(b)
		if n > 0 || len(b) == 0 {
			return n, nil
		}
		if !errors.Is(err, io.EOF) {
			x.err = err
			break
		}
		x.err = io.EOF // where the next block starts only its end could tell
	}
	return 0, x.err
}

// open reads the header of a block. Filters other than LZMA2 alone are not read.
func (x *xz) open() error {
	if len(x.rest) < 8 || x.rest[0] == 0 {
		return io.EOF
	}
	head := (int(x.rest[0]) + 1) * 4
	if len(x.rest) < head || x.rest[1]&3 != 0 {
		return errXz
	}
	at := 2
	for _, flag := range []byte{0x40, 0x80} {
		if x.rest[1]&flag != 0 {
			_, n := binary.Uvarint(x.rest[at:head])
			if n <= 0 {
				return errXz
			}
			at += n
		}
	}
	if at >= head || x.rest[at] != 0x21 {
		return errXz
	}
	x.block = newLZMA2(x.rest[head:])
	return nil
}
