package outlook

import (
	"encoding/binary"
	"errors"
	"hash/crc32"
)

// The kinds of compressed RTF (MS-OXRTFCP 2.1.3.1).
const (
	packedRTF = 0x75465a4c // "LZFu"
	plainRTF  = 0x414c454d // "MELA"
)

// firstDictionary is what packed RTF refers to before it has text of its own (MS-OXRTFCP 2.1.2.1).
const firstDictionary = `{\rtf1\ansi\mac\deff0\deftab720{\fonttbl;}{\f0\fnil \froman \fswiss \fmodern \fscript \fdecor MS Sans SerifSymbolArialTimes New RomanCourier{\colortbl\red0\green0\blue0` + "\r\n" + `\par \pard\plain\f0\fs20\b\i\u\tab\tx`

var (
	errRTFKind = errors.New("the RTF body is packed in an unknown way")
	errRTFData = errors.New("the RTF body is broken; read as far as possible")
	errRTFSize = errors.New("the RTF body is larger than the limit; the rest was left out")
)

// unpackRTF unpacks the RTF of an item, up to a size. Where it fails, what
// was unpacked until then is returned with the error.
func unpackRTF(data []byte, most int) ([]byte, error) {
	if len(data) < 16 {
		return nil, errRTFData
	}
	size := int(binary.LittleEndian.Uint32(data[4:]))
	kind, sum := binary.LittleEndian.Uint32(data[8:]), binary.LittleEndian.Uint32(data[12:])
	packed := data[16:]
	if whole := int(binary.LittleEndian.Uint32(data)) - 12; whole > 0 && whole < len(packed) {
		packed = packed[:whole]
	}
	switch kind {
	case plainRTF:
		packed = packed[:min(size, len(packed))]
		if len(packed) > most {
			return packed[:most], errRTFSize
		}
		return packed, nil
	case packedRTF:
		out, err := inflate(packed, most, size)
		if err == nil && (len(out) < size || sum != ^crc32.Update(^uint32(0), crc32.IEEETable, packed)) {
			err = errRTFData
		}
		if size < len(out) {
			out = out[:size]
		}
		return out, err
	}
	return nil, errRTFKind
}

// inflate undoes the packing: groups of eight, each a byte or a reference into
// the last 4096 bytes. Nine bytes for one are more than that gives.
func inflate(packed []byte, most, expected int) ([]byte, error) {
	var window [4096]byte
	at := copy(window[:], firstDictionary)
	out := make([]byte, 0, min(most, 9*len(packed), expected))
	put := func(c byte) {
		out = append(out, c)
		window[at] = c
		at = (at + 1) % len(window)
	}
	for i := 0; i < len(packed); {
		flags := packed[i]
		i++
		for bit := 0; bit < 8 && i < len(packed); bit++ {
			if len(out) >= most {
				return out, errRTFSize
			}
			if flags&(1<<bit) == 0 {
				put(packed[i])
				i++
				continue
			}
			if i+2 > len(packed) {
				return out, errRTFData
			}
			reference := int(packed[i])<<8 | int(packed[i+1])
			i += 2
			from := reference >> 4
			if from == at {
				return out, nil
			}
			for n := reference&15 + 2; n > 0 && len(out) < most; n-- {
				put(window[from])
				from = (from + 1) % len(window)
			}
		}
	}
	return out, nil
}
