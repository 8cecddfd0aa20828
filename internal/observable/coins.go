package observable

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"math/bits"
	"strings"
)

// coin keeps a wallet's address whose checksum is right.
func (x *scan) coin(from, to int) {
	text := x.s[from:to]
	f := Found{Value: text, Part: x.part(from)}
	switch {
	case len(text) <= 35 && (text[0] == '1' || text[0] == '3') && base58check(text):
		f.Type = Bitcoin
	case len(text) <= 90 && strings.EqualFold(text[:3], "bc1") && bech32(text):
		f.Type, f.Value = Bitcoin, strings.ToLower(text)
	case (len(text) == 95 || len(text) == 106) && (text[0] == '4' || text[0] == '8') && moneroChecksum(text):
		f.Type = Monero
	case len(text) == 42 && strings.HasPrefix(text, "0x") && isHexText(text[2:]):
		lower, upper := strings.ToLower(text[2:]), strings.ToUpper(text[2:])
		f.Type, f.Value = Ethereum, "0x"+ethereumCase(lower)
		if text[2:] == lower || text[2:] == upper {
			f.Note = noteNoChecksum
		} else if f.Value != text {
			return
		}
	default:
		return
	}
	x.add(f, from, to)
}

// isHexText reports whether all of a text is hexadecimal.
func isHexText(s string) bool {
	for i := range len(s) {
		if !isHex(s[i]) {
			return false
		}
	}
	return true
}

// base58 reads digits to the base of 58 into a number of bytes, and reports
// whether they fit.
func base58(text string, out []byte) bool {
	const alphabet = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
	clear(out)
	for i := range len(text) {
		carry := strings.IndexByte(alphabet, text[i])
		if carry < 0 {
			return false
		}
		for j := len(out) - 1; j >= 0; j-- {
			carry += 58 * int(out[j])
			out[j] = byte(carry)
			carry >>= 8
		}
		if carry != 0 {
			return false
		}
	}
	return true
}

// base58check checks a Bitcoin address of the old forms.
func base58check(text string) bool {
	out := make([]byte, 25)
	if !base58(text, out) || out[0] != 0 && out[0] != 5 {
		return false
	}
	first := sha256.Sum256(out[:21])
	second := sha256.Sum256(first[:])
	return string(second[:4]) == string(out[21:])
}

// bech32 checks a Bitcoin address of the new forms (BIP 173 and 350).
func bech32(text string) bool {
	const alphabet = "qpzry9x8gf2tvdw0s3jn54khce6mua7l"
	if text != strings.ToLower(text) && text != strings.ToUpper(text) {
		return false
	}
	data := strings.ToLower(text[3:])
	if len(data) < 8 {
		return false
	}
	sum := uint32(1)
	step := func(v uint32) {
		top := sum >> 25
		sum = sum&0x1ffffff<<5 ^ v
		for i, g := range [...]uint32{0x3b6a57b2, 0x26508e6d, 0x1ea119fa, 0x3d4233dd, 0x2a1462b3} {
			if top>>i&1 == 1 {
				sum ^= g
			}
		}
	}
	for _, v := range [...]uint32{'b' >> 5, 'c' >> 5, 0, 'b' & 31, 'c' & 31} {
		step(v)
	}
	for i := range len(data) {
		v := strings.IndexByte(alphabet, data[i])
		if v < 0 {
			return false
		}
		step(uint32(v))
	}
	if data[0] == 'q' {
		return sum == 1 && (len(text) == 42 || len(text) == 62)
	}
	return sum == 0x2bc830a3
}

// moneroChecksum checks a Monero address: blocks of eight bytes in eleven
// digits, the last four bytes the start of the Keccak of the rest.
func moneroChecksum(text string) bool {
	data := make([]byte, 0, 80)
	for len(text) > 0 {
		digits, size := min(11, len(text)), 8
		if digits == 7 {
			size = 5
		}
		block := make([]byte, size)
		if !base58(text[:digits], block) {
			return false
		}
		data, text = append(data, block...), text[digits:]
	}
	sum := keccak256(data[:len(data)-4])
	return string(sum[:4]) == string(data[len(data)-4:])
}

// ethereumCase writes an address with the letters' case as checksum (EIP-55).
func ethereumCase(lower string) string {
	sum := keccak256([]byte(lower))
	digits := hex.EncodeToString(sum[:])
	out := []byte(lower)
	for i, c := range out {
		if digits[i] >= '8' && isLetter(c) {
			out[i] = c - 0x20
		}
	}
	return string(out)
}

// keccak256 is SHA-3 with the padding that it had before it became a standard,
// which the standard library does not offer.
func keccak256(data []byte) (sum [32]byte) {
	const rate = 136
	var state [25]uint64
	padded := append(append([]byte(nil), data...), make([]byte, rate-len(data)%rate)...)
	padded[len(data)] ^= 0x01
	padded[len(padded)-1] ^= 0x80
	for ; len(padded) > 0; padded = padded[rate:] {
		for i := range rate / 8 {
			state[i] ^= binary.LittleEndian.Uint64(padded[8*i:])
		}
		keccakRounds(&state)
	}
	for i := range 4 {
		binary.LittleEndian.PutUint64(sum[8*i:], state[i])
	}
	return sum
}

// keccakRounds is the permutation of 1600 bits (FIPS 202 §3.3).
func keccakRounds(a *[25]uint64) {
	lfsr := byte(1)
	for range 24 {
		var c [5]uint64
		for i := range 25 { // theta
			c[i%5] ^= a[i]
		}
		for i := range 25 {
			a[i] ^= c[(i+4)%5] ^ bits.RotateLeft64(c[(i+1)%5], 1)
		}
		at, last := 1, a[1] // rho and pi, along the cycle that pi is
		for t := range 24 {
			x, y := at%5, at/5
			next := y + 5*((2*x+3*y)%5)
			last, a[next] = a[next], bits.RotateLeft64(last, (t+1)*(t+2)/2%64)
			at = next
		}
		for y := 0; y < 25; y += 5 { // chi
			row := [5]uint64(a[y : y+5])
			for x := range 5 {
				a[y+x] = row[x] ^ ^row[(x+1)%5]&row[(x+2)%5]
			}
		}
		for j := range 7 { // iota
			if lfsr&1 == 1 {
				a[0] ^= 1 << (1<<j - 1)
			}
			high := lfsr >> 7
			lfsr = lfsr<<1 ^ high*0x71
		}
	}
}
