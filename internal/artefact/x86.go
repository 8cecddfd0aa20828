package artefact

import (
	"bytes"
	"encoding/binary"
	"io"
)

// newX86 undoes the filter that makes programs pack better: the addresses of
// calls were made absolute. It needs all of the content, up to a limit.
func newX86(r io.Reader, limit int64) io.Reader {
	content, err := io.ReadAll(io.LimitReader(r, limit))
	relative(content)
	if err != nil {
		return io.MultiReader(bytes.NewReader(content), errReader{err})
	}
	return bytes.NewReader(content)
}

// errReader is the end of content that is broken.
type errReader struct{ err error }

// Read returns the error.
func (r errReader) Read([]byte) (int, error) { return 0, r.err }

// relative makes the addresses after the codes of call and jump relative again.
// Codes that stand within an address before them are told apart by which of
// the three bytes before looked like a code.
func relative(b []byte) {
	const size = 5 // of a call with its address
	before, seen := -size, uint32(0)
	for i := 0; i+size <= len(b); i++ {
		if b[i]&0xfe != 0xe8 {
			continue
		}
		distance := i - before
		before = i
		if distance > 3 {
			seen = 0
		} else if seen = seen << (distance - 1) & 7; seen != 0 {
			if nested := seen == 3 || seen > 4; nested || farByte(b[i+4-width(seen)]) {
				seen = seen<<1&7 | 1
				continue
			}
		}
		if !farByte(b[i+4]) {
			seen = seen<<1&7 | 1
			continue
		}
		address := binary.LittleEndian.Uint32(b[i+1:])
		var to uint32
		const mostTurns = 4
		for range mostTurns {
			to = address - uint32(i+size)
			if seen == 0 || !farByte(byte(to>>(24-8*width(seen)))) {
				break
			}
			address = to ^ (1<<(32-8*width(seen)) - 1)
		}
		to &= 0x01ffffff
		binary.LittleEndian.PutUint32(b[i+1:], to|-(to&0x01000000))
		i += size - 1
	}
}

// farByte tells whether a byte can be the highest of an address that is near.
func farByte(c byte) bool { return c == 0 || c == 0xff }

// width returns how many bytes lie between two codes.
func width(seen uint32) int {
	switch {
	case seen >= 4:
		return 3
	case seen >= 2:
		return 2
	}
	return int(seen)
}
