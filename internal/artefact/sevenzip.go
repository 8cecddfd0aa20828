package artefact

import (
	"bytes"
	"compress/bzip2"
	"compress/flate"
	"crypto/aes"
	"crypto/cipher"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"hash/crc32"
	"io"
	"unicode/utf16"
)

// errSeven tells that a 7z archive is broken, errSevenMethod that it is packed
// in a way that is not read, errSevenPassword that no password fits.
var (
	errSeven         = errors.New("the 7z archive is broken")
	errSevenMethod   = errors.New("the 7z archive is packed in a way that is not read")
	errSevenPassword = errors.New("the 7z archive is encrypted")
)

// sevenFolder is a chain of coders with what it packs, in 7z's words.
type sevenFolder struct {
	coders []sevenCoder // the packed bytes go through the last one first
	simple bool         // a chain of coders with one input and one output
	packs  int          // packed streams
	data   []byte       // of the first packed stream
	size   uint64       // unpacked
	crc    uint32
	hasCRC bool
	files  []sevenStream
}

// sevenCoder is a step of packing.
type sevenCoder struct {
	id, properties []byte
	ins, outs      int
	size           uint64 // unpacked
	place          int    // in the archive's own order
}

// sevenStream is a file inside a folder.
type sevenStream struct {
	size   uint64
	crc    uint32
	hasCRC bool
}

// sevenZip reads an archive in the form of 7z.
func (f *file) sevenZip() {
	a, err := f.sevenHeader()
	switch {
	case errors.Is(err, errSevenPassword):
		f.r.Encrypted, f.r.Macros = true, MacrosUnknown
		f.r.warn(WarnEncrypted, "", "the list of the archive is encrypted and none of the passwords fits")
		return
	case errors.Is(err, errSevenMethod):
		f.r.warn(WarnUnread, "", "the archive is packed in a way that is not read")
		return
	case err != nil:
		f.r.warn(WarnBroken, "", "the archive has no readable list of members")
		return
	}
	at := 0
	next := func() string {
		for at < len(a.names) && at < len(a.empty) && a.empty[at] {
			at++
		}
		if at++; at-1 < len(a.names) {
			return a.names[at-1]
		}
		return "unnamed"
	}
	for i := range a.folders {
		if !f.sevenFolder(&a.folders[i], next) {
			return
		}
	}
}

// sevenFolder looks into the files of a folder.
func (f *file) sevenFolder(folder *sevenFolder, next func() string) bool {
	r, err := f.sevenOpen(folder)
	var problem Warning
	switch {
	case errors.Is(err, errSevenPassword):
		problem = Warning{WarnEncrypted, "", "the member is encrypted and none of the passwords fits"}
	case err != nil:
		problem = Warning{WarnUnread, "", "the member is packed in a way that is not read"}
	}
	for i, s := range folder.files {
		name := next()
		if problem != (Warning{}) {
			if f.listed(name, int64(min(s.size, 1<<62)), problem) == nil {
				return false
			}
			continue
		}
		packed := int64(len(folder.data))
		content, whole := f.unpack(io.LimitReader(r, int64(min(s.size, 1<<40))), packed)
		whole = whole && uint64(len(content)) == s.size
		if whole && s.hasCRC && crc32.ChecksumIEEE(content) != s.crc {
			f.r.warn(WarnBroken, name, "the checksum of a member is wrong")
		}
		if f.child(name, content, whole) == nil || !f.in.spend(0) {
			return false
		}
		if !whole && i+1 < len(folder.files) {
			problem = Warning{WarnLimit, "", "a member before this one was over the limits or broken; this one was not unpacked"}
		}
	}
	return true
}

// sevenOpen returns a reader of what a folder packs.
func (f *file) sevenOpen(folder *sevenFolder) (io.Reader, error) {
	if !folder.simple || len(folder.coders) == 0 {
		return nil, errSevenMethod
	}
	data, coders := folder.data, folder.coders
	last := coders[len(coders)-1]
	if !bytes.Equal(last.id, []byte{6, 0xf1, 7, 1}) {
		return f.sevenChain(data, coders)
	}
	f.r.Encrypted = true
	for _, password := range f.passwords() {
		plain, ok := f.sevenDecrypt(last, data, password)
		if !ok {
			continue
		}
		r, err := f.sevenChain(plain[:min(uint64(len(plain)), last.size)], coders[:len(coders)-1])
		if err != nil {
			return nil, err
		}
		if !f.sevenFits(folder, r) {
			continue
		}
		f.r.Password = password
		return f.sevenChain(plain[:min(uint64(len(plain)), last.size)], coders[:len(coders)-1])
	}
	return nil, errSevenPassword
}

// sevenFits tells whether what was decrypted has the checksum of the first file.
func (f *file) sevenFits(folder *sevenFolder, r io.Reader) bool {
	first := sevenStream{size: folder.size, crc: folder.crc, hasCRC: folder.hasCRC}
	if !first.hasCRC && len(folder.files) > 0 {
		first = folder.files[0]
	}
	h := crc32.NewIEEE()
	n, err := io.Copy(h, io.LimitReader(r, int64(min(first.size, uint64(f.in.o.MemberBytes)))))
	if err != nil || !f.in.spend(int(n)) {
		return false
	}
	return !first.hasCRC || uint64(n) < first.size || h.Sum32() == first.crc
}

// sevenDecrypt decrypts with a password. That makes a key out of many rounds of
// hashing, whose number the archive states.
func (f *file) sevenDecrypt(c sevenCoder, data []byte, password string) ([]byte, bool) {
	p := c.properties
	if len(p) < 1 {
		return nil, false
	}
	power, salt, iv := int(p[0]&0x3f), []byte(nil), make([]byte, aes.BlockSize)
	if len(p) >= 2 {
		saltLength, ivLength := int(p[0]>>7)+int(p[1]>>4), int(p[0]>>6&1)+int(p[1]&15)
		if len(p) < 2+saltLength+ivLength || ivLength > len(iv) {
			return nil, false
		}
		salt = p[2 : 2+saltLength]
		copy(iv, p[2+saltLength:2+saltLength+ivLength])
	}
	const mostPower = 20
	if power > mostPower || len(data)%aes.BlockSize != 0 || f.in.tries <= 0 || f.in.late() {
		return nil, false
	}
	f.in.tries -= 1 + 1<<power>>14
	unit := append([]byte(nil), salt...)
	for _, u := range utf16.Encode([]rune(password)) {
		unit = binary.LittleEndian.AppendUint16(unit, u)
	}
	h, counter := sha256.New(), len(unit)
	unit = append(unit, make([]byte, 8)...)
	for i := range uint64(1) << power {
		binary.LittleEndian.PutUint64(unit[counter:], i)
		h.Write(unit)
	}
	block, err := aes.NewCipher(h.Sum(nil))
	if err != nil {
		return nil, false
	}
	out := make([]byte, len(data))
	cipher.NewCBCDecrypter(block, iv).CryptBlocks(out, data)
	return out, true
}

// sevenChain returns a reader through coders.
func (f *file) sevenChain(data []byte, coders []sevenCoder) (io.Reader, error) {
	var r io.Reader = bytes.NewReader(data)
	for i := len(coders) - 1; i >= 0; i-- {
		c := coders[i]
		packed := data
		if i < len(coders)-1 {
			packed = nil // only the packed bytes themselves are in memory
		}
		switch id := string(c.id); {
		case id == "\x00":
		case id == "\x03\x01\x01" && packed != nil:
			r = newLZMA(packed, c.properties, int64(min(c.size, 1<<62)))
		case id == "\x21" && packed != nil:
			r = newLZMA2(packed)
		case id == "\x04\x01\x08":
			r = flate.NewReader(r)
		case id == "\x04\x02\x02":
			r = bzip2.NewReader(r)
		case id == "\x03\x03\x01\x03" || id == "\x04":
			r = newX86(r, f.in.o.MemberBytes)
		default:
			return nil, errSevenMethod
		}
	}
	return r, nil
}
