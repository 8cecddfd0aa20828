package artefact

import (
	"errors"
	"io"
)

// errLZMA tells that packed bytes are broken.
var errLZMA = errors.New("the LZMA stream is broken")

// lzma unpacks LZMA. What it unpacked is its dictionary, so that memory grows
// with what is read from it and never with what a header states.
type lzma struct {
	src       []byte // packed bytes that are left
	rng, code uint32
	over      bool // src ended too early

	lc, lp, pb uint
	state      int
	rep        [4]int
	out        []byte // dictionary, and what was not read yet
	start      int    // where the dictionary starts
	read       int    // how much of out was read
	left       int64  // bytes to unpack, or -1 up to an end mark
	err        error

	match, rep0Long                  [12 << 4]uint16
	isRep, isRepG0, isRepG1, isRepG2 [12]uint16
	slots                            [4][64]uint16
	special                          [128]uint16
	align                            [16]uint16
	lengths, repLengths              lengthModel
	literals                         []uint16
	pending                          int // bytes of a match that are left to copy
	chunk                            func(*lzma) error
}

// lengthModel is what the decoder knows about the lengths of matches.
type lengthModel struct {
	choice, choice2 uint16
	low, mid        [16][8]uint16
	high            [256]uint16
}

// newLZMA returns a reader of LZMA with its five bytes of properties; size is
// -1 where an end mark follows.
func newLZMA(src, properties []byte, size int64) *lzma {
	d := &lzma{src: src, left: size}
	if len(properties) < 1 || !d.setProperties(properties[0]) {
		d.err = errLZMA
		return d
	}
	d.reset()
	d.startRange()
	return d
}

// setProperties reads the numbers of bits; it reports false for impossible ones.
func (d *lzma) setProperties(b byte) bool {
	if b >= 9*5*5 {
		return false
	}
	d.lc, d.lp, d.pb = uint(b%9), uint(b/9%5), uint(b/45)
	d.literals = make([]uint16, 0x300<<(d.lc+d.lp))
	return true
}

// reset forgets all probabilities.
func (d *lzma) reset() {
	d.state, d.rep = 0, [4]int{}
	for _, list := range [][]uint16{
		d.match[:], d.rep0Long[:], d.isRep[:], d.isRepG0[:], d.isRepG1[:], d.isRepG2[:], d.special[:], d.align[:], d.literals,
		d.slots[0][:], d.slots[1][:], d.slots[2][:], d.slots[3][:],
	} {
		even(list)
	}
	d.lengths.reset()
	d.repLengths.reset()
}

func (m *lengthModel) reset() {
	m.choice, m.choice2 = 1024, 1024
	even(m.high[:])
	for i := range m.low {
		even(m.low[i][:])
		even(m.mid[i][:])
	}
}

// even sets probabilities to one half.
func even(list []uint16) {
	for i := range list {
		list[i] = 1024
	}
}

// startRange starts the range decoder.
func (d *lzma) startRange() {
	d.rng, d.code = 0xffffffff, 0
	for range 5 {
		d.code = d.code<<8 | uint32(d.next())
	}
}

// next returns the next packed byte.
func (d *lzma) next() byte {
	if len(d.src) == 0 {
		d.over = true
		return 0
	}
	c := d.src[0]
	d.src = d.src[1:]
	return c
}

// bit decodes one bit and learns from it.
func (d *lzma) bit(p *uint16) int {
	bound := d.rng >> 11 * uint32(*p)
	b := 0
	if d.code < bound {
		d.rng = bound
		*p += (2048 - *p) >> 5
	} else {
		d.rng -= bound
		d.code -= bound
		*p -= *p >> 5
		b = 1
	}
	if d.rng < 1<<24 {
		d.rng <<= 8
		d.code = d.code<<8 | uint32(d.next())
	}
	return b
}

// direct decodes bits that are all equally likely.
func (d *lzma) direct(n int) int {
	v := 0
	for range n {
		d.rng >>= 1
		b := 0
		if d.code >= d.rng {
			d.code -= d.rng
			b = 1
		}
		v = v<<1 | b
		if d.rng < 1<<24 {
			d.rng <<= 8
			d.code = d.code<<8 | uint32(d.next())
		}
	}
	return v
}

// tree decodes n bits, highest first.
func (d *lzma) tree(p []uint16, n int) int {
	m := 1
	for range n {
		m = m<<1 | d.bit(&p[m])
	}
	return m - 1<<n
}

// reverse decodes n bits, lowest first.
func (d *lzma) reverse(p []uint16, n int) int {
	m, v := 1, 0
	for i := range n {
		b := d.bit(&p[m])
		m = m<<1 | b
		v |= b << i
	}
	return v
}

// Read unpacks into b.
func (d *lzma) Read(b []byte) (int, error) {
	for len(d.out)-d.read < len(b) && d.err == nil {
		d.step()
	}
	n := copy(b, d.out[d.read:])
	d.read += n
	if n == 0 && len(b) > 0 {
		return 0, d.err
	}
	return n, nil
}

// step unpacks a byte or a match.
func (d *lzma) step() {
	if d.left == 0 {
		d.err = io.EOF
		if d.chunk != nil {
			d.err = d.chunk(d)
		}
		return
	}
	position := (len(d.out) - d.start) & (1<<d.pb - 1)
	switch {
	case d.pending > 0:
		d.copyMatch()
	case d.bit(&d.match[d.state<<4|position]) == 0:
		d.literal()
	case d.bit(&d.isRep[d.state]) == 0:
		d.newMatch(position)
	default:
		d.oldMatch(position)
	}
	if d.over && d.err == nil {
		d.err = io.ErrUnexpectedEOF
	}
}

// emit adds a byte.
func (d *lzma) emit(c byte) {
	d.out = append(d.out, c)
	if d.left > 0 {
		d.left--
	}
}

// literal decodes a byte that is not part of a match.
func (d *lzma) literal() {
	before := 0
	at := len(d.out) - d.start
	if at > 0 {
		before = int(d.out[len(d.out)-1])
	}
	p := d.literals[0x300*((at&(1<<d.lp-1))<<d.lc+before>>(8-d.lc)):]
	m := 1
	if d.state >= 7 {
		if d.rep[0] >= at {
			d.err = errLZMA
			return
		}
		old := int(d.out[len(d.out)-1-d.rep[0]])
		for m < 0x100 {
			b := old >> 7 & 1
			old <<= 1
			got := d.bit(&p[(1+b)<<8+m])
			m = m<<1 | got
			if got != b {
				break
			}
		}
	}
	for m < 0x100 {
		m = m<<1 | d.bit(&p[m])
	}
	d.emit(byte(m))
	switch {
	case d.state < 4:
		d.state = 0
	case d.state < 10:
		d.state -= 3
	default:
		d.state -= 6
	}
}

// newMatch decodes a match at a new distance.
func (d *lzma) newMatch(position int) {
	d.rep[3], d.rep[2], d.rep[1] = d.rep[2], d.rep[1], d.rep[0]
	n := d.length(&d.lengths, position)
	d.state = afterMatch(d.state, 7, 10)
	slot := d.tree(d.slots[min(n-2, 3)][:], 6)
	distance := slot
	if slot >= 4 {
		bits := slot>>1 - 1
		distance = (2 | slot&1) << bits
		if slot < 14 {
			distance += d.reverse(d.special[distance-slot:], bits)
		} else {
			distance += d.direct(bits-4)<<4 + d.reverse(d.align[:], 4)
		}
	}
	if distance == 0xffffffff { // the end mark
		d.err = io.EOF
		if d.left > 0 {
			d.err = errLZMA
		}
		return
	}
	d.rep[0] = distance
	d.begin(n)
}

// oldMatch decodes a match at a distance that was used before.
func (d *lzma) oldMatch(position int) {
	if d.bit(&d.isRepG0[d.state]) == 0 {
		if d.bit(&d.rep0Long[d.state<<4|position]) == 0 {
			d.state = afterMatch(d.state, 9, 11)
			d.begin(1)
			return
		}
	} else {
		i := 1
		if d.bit(&d.isRepG1[d.state]) != 0 {
			i = 2 + d.bit(&d.isRepG2[d.state])
		}
		distance := d.rep[i]
		copy(d.rep[1:i+1], d.rep[:i])
		d.rep[0] = distance
	}
	n := d.length(&d.repLengths, position)
	d.state = afterMatch(d.state, 8, 11)
	d.begin(n)
}

// afterMatch returns the state after a match.
func afterMatch(state, short, long int) int {
	if state < 7 {
		return short
	}
	return long
}

// length decodes the length of a match.
func (d *lzma) length(m *lengthModel, position int) int {
	switch {
	case d.bit(&m.choice) == 0:
		return 2 + d.tree(m.low[position][:], 3)
	case d.bit(&m.choice2) == 0:
		return 10 + d.tree(m.mid[position][:], 3)
	}
	return 18 + d.tree(m.high[:], 8)
}

// begin starts copying a match.
func (d *lzma) begin(n int) {
	if d.rep[0] >= len(d.out)-d.start {
		d.err = errLZMA
		return
	}
	d.pending = n
	d.copyMatch()
}

// copyMatch copies what is left of a match, as far as the size allows.
func (d *lzma) copyMatch() {
	for ; d.pending > 0 && d.left != 0; d.pending-- {
		d.emit(d.out[len(d.out)-1-d.rep[0]])
	}
	if d.chunk == nil && d.left == 0 {
		d.pending = 0
	}
}
