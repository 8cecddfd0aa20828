package artefact

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/hmac"
	"crypto/pbkdf2"
	"crypto/sha1" //nolint:gosec // what the format demands
	"encoding/binary"
	"hash/crc32"
	"slices"
)

// habits are passwords that senders of malware, and those who send it on for
// analysis, use.
func habits() []string {
	return []string{"infected", "malware", "password", "1234", "12345", "123456", "0000", "123"}
}

// passwords lists what is tried: what worked before first.
func (f *file) passwords() []string {
	const most = 100
	list := slices.Concat([]string{f.r.Password}, habits()[:1], f.in.o.Passwords, habits()[1:])
	if f.r.Password == "" {
		list = list[1:]
	}
	return list[:min(len(list), most)]
}

// decrypt unpacks a member with the first password that fits.
func (f *file) decrypt(e *zipEntry) (content []byte, whole bool, problem Warning) {
	for _, password := range f.passwords() {
		if f.in.tries <= 0 || f.in.late() {
			f.r.warn(WarnLimit, "", "more passwords than the limit would have to be tried")
			break
		}
		f.in.tries--
		data, method, ok := e.open(password)
		if !ok {
			continue
		}
		r := zipReader(method, data)
		if r == nil {
			return nil, false, Warning{WarnUnread, "", "the member is packed in a way that is not read"}
		}
		content, whole = f.unpack(r, int64(len(data)))
		if e.method != zipAES && whole && crc32.ChecksumIEEE(content) != e.crc || !whole && f.in.bytes > 0 && len(content) == 0 {
			continue // one password of 256 passes the check of the older encryption
		}
		f.r.Password = password
		return content, whole, Warning{}
	}
	return nil, false, Warning{WarnEncrypted, "", "the member is encrypted and none of the passwords fits"}
}

// open decrypts the packed bytes; ok is false where the password is wrong.
func (e *zipEntry) open(password string) (data []byte, method uint16, ok bool) {
	if e.method == zipAES {
		return e.openAES(password)
	}
	const head = 12
	if len(e.data) < head {
		return nil, 0, false
	}
	k := newZipKeys(password)
	var start [head]byte
	for i, c := range e.data[:head] {
		start[i] = k.decrypt(c)
	}
	check := byte(e.crc >> 24)
	if e.flags&zipFlagLater != 0 {
		check = byte(e.time >> 8)
	}
	if start[head-1] != check {
		return nil, 0, false
	}
	data = make([]byte, len(e.data)-head)
	for i, c := range e.data[head:] {
		data[i] = k.decrypt(c)
	}
	return data, e.method, true
}

// zipKeys is the state of ZipCrypto (APPNOTE 6.1).
type zipKeys [3]uint32

func newZipKeys(password string) *zipKeys {
	k := &zipKeys{0x12345678, 0x23456789, 0x34567890}
	for i := range len(password) {
		k.update(password[i])
	}
	return k
}

func (k *zipKeys) update(c byte) {
	k[0] = crc32.IEEETable[byte(k[0])^c] ^ k[0]>>8
	k[1] = (k[1]+k[0]&0xff)*134775813 + 1
	k[2] = crc32.IEEETable[byte(k[2])^byte(k[1]>>24)] ^ k[2]>>8
}

// stream returns the next byte of the key stream.
func (k *zipKeys) stream() byte {
	t := k[2] | 2
	return byte(t * (t ^ 1) >> 8)
}

func (k *zipKeys) decrypt(c byte) byte {
	c ^= k.stream()
	k.update(c)
	return c
}

// openAES decrypts what WinZip encrypted: PBKDF2, AES in a counter mode of its
// own, and a code that authenticates the packed bytes.
func (e *zipEntry) openAES(password string) (data []byte, method uint16, ok bool) {
	field := e.extraField(0x9901)
	if len(field) < 7 || field[4] < 1 || field[4] > 3 {
		return nil, 0, false
	}
	const iterations, checkLength, codeLength = 1000, 2, 10
	keyLength := 8 + 8*int(field[4])
	saltLength := keyLength / 2
	if len(e.data) < saltLength+checkLength+codeLength {
		return nil, 0, false
	}
	salt, rest := e.data[:saltLength], e.data[saltLength:]
	keys, err := pbkdf2.Key(sha1.New, password, salt, iterations, 2*keyLength+checkLength)
	if err != nil || !bytes.Equal(keys[2*keyLength:], rest[:checkLength]) {
		return nil, 0, false
	}
	body, code := rest[checkLength:len(rest)-codeLength], rest[len(rest)-codeLength:]
	mac := hmac.New(sha1.New, keys[keyLength:2*keyLength])
	mac.Write(body)
	if !hmac.Equal(mac.Sum(nil)[:codeLength], code) {
		return nil, 0, false
	}
	block, err := aes.NewCipher(keys[:keyLength])
	if err != nil {
		return nil, 0, false
	}
	return countLittle(block, body), le16(field, 5), true
}

// countLittle decrypts in counter mode with a little-endian counter from 1.
func countLittle(block cipher.Block, body []byte) []byte {
	out := make([]byte, len(body))
	var counter, pad [aes.BlockSize]byte
	for i := 0; i < len(body); i += aes.BlockSize {
		binary.LittleEndian.PutUint64(counter[:], uint64(i/aes.BlockSize+1))
		block.Encrypt(pad[:], counter[:])
		for j := i; j < min(i+aes.BlockSize, len(body)); j++ {
			out[j] = body[j] ^ pad[j-i]
		}
	}
	return out
}
