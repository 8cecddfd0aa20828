// Package aezip writes archives in which malware travels: ZIP with AES-256, as
// WinZip published it (AE-2), of one file under a password that everybody knows.
// The password keeps scanners and careless clicks away, not readers.
//
// Bytes are encrypted while they pass; memory does not grow with the file. They
// are stored, not compressed, so that the length is known before. Nothing here
// reads archives.
package aezip

import (
	"archive/zip"
	"crypto/aes"
	"crypto/cipher"
	"crypto/hmac"
	"crypto/pbkdf2"
	"crypto/rand"
	"crypto/sha1" //nolint:gosec // AE-2 names SHA-1 for both the key and the code
	"encoding/binary"
	"fmt"
	"hash"
	"io"
	"time"
)

// Password is what samples are locked with by convention.
const Password = "infected"

const (
	methodAES  = 99
	saltSize   = 16
	keySize    = 32
	verifySize = 2
	codeSize   = 10
	rounds     = 1000
	encrypted  = 0x1
	utf8Name   = 0x800
)

// File is what goes into an archive.
type File struct {
	// Name is the file's name in the archive; it must be plain.
	Name string
	// Size is how many bytes Body gives, exactly.
	Size int64
	At   time.Time
	Body io.Reader
}

// Write writes an archive of one file. A body of another length than was said
// is an error, after which what was written is no archive.
func Write(w io.Writer, f File, password string) error {
	if f.Size < 0 {
		return fmt.Errorf("file %s has %d bytes", f.Name, f.Size)
	}
	var salt [saltSize]byte
	_, _ = rand.Read(salt[:]) // never fails since Go 1.24
	s, verify, err := newSeal(password, salt[:])
	if err != nil {
		return err
	}
	z := zip.NewWriter(w)
	out, err := z.CreateRaw(header(f))
	if err != nil {
		return fmt.Errorf("begin the archive: %w", err)
	}
	if err := s.pour(out, f, append(salt[:], verify...)); err != nil {
		return err
	}
	if err := z.Close(); err != nil {
		return fmt.Errorf("end the archive: %w", err)
	}
	return nil
}

// header is what an archive says of a file. AE-2 has no checksum: the code at
// the end proves the content.
func header(f File) *zip.FileHeader {
	extra := binary.LittleEndian.AppendUint16(nil, 0x9901)
	extra = binary.LittleEndian.AppendUint16(extra, 7)
	extra = binary.LittleEndian.AppendUint16(extra, 2) // AE-2
	extra = append(extra, 'A', 'E', 3)                 // AES-256
	extra = binary.LittleEndian.AppendUint16(extra, zip.Store)
	h := &zip.FileHeader{
		Name: f.Name, Method: methodAES, Flags: encrypted | utf8Name, Extra: extra, ReaderVersion: 51, CreatorVersion: 51,
		UncompressedSize64: uint64(f.Size), CompressedSize64: uint64(f.Size) + saltSize + verifySize + codeSize,
	}
	h.ModifiedDate, h.ModifiedTime = dos(f.At.UTC()) //nolint:staticcheck // a raw header is written as it is, without Modified
	return h
}

// dos is a time as archives have it.
func dos(t time.Time) (date, clock uint16) {
	if t.Year() < 1980 {
		return 1<<5 | 1, 0
	}
	return uint16(t.Day() + int(t.Month())<<5 + (t.Year()-1980)<<9), uint16(t.Second()/2 + t.Minute()<<5 + t.Hour()<<11)
}

// seal encrypts and authenticates what passes it.
type seal struct {
	block   cipher.Block
	code    hash.Hash
	counter uint64
	pad     [aes.BlockSize]byte
	used    int
}

// newSeal makes a seal, and what lets a reader see early that a password is wrong.
func newSeal(password string, salt []byte) (*seal, []byte, error) {
	keys, err := pbkdf2.Key(sha1.New, password, salt, rounds, 2*keySize+verifySize)
	if err != nil {
		return nil, nil, fmt.Errorf("make the keys of an archive: %w", err)
	}
	block, err := aes.NewCipher(keys[:keySize])
	if err != nil {
		return nil, nil, fmt.Errorf("make the cipher of an archive: %w", err)
	}
	return &seal{block: block, code: hmac.New(sha1.New, keys[keySize:2*keySize]), used: aes.BlockSize}, keys[2*keySize:], nil
}

// mask encrypts bytes in place. The counter is little-endian and begins at one,
// unlike that of [cipher.NewCTR].
func (s *seal) mask(b []byte) {
	for i := range b {
		if s.used == aes.BlockSize {
			s.counter++
			var n [aes.BlockSize]byte
			binary.LittleEndian.PutUint64(n[:], s.counter)
			s.block.Encrypt(s.pad[:], n[:])
			s.used = 0
		}
		b[i] ^= s.pad[s.used]
		s.used++
	}
}

// pour writes the head, the encrypted file and the code.
func (s *seal) pour(w io.Writer, f File, head []byte) error {
	if _, err := w.Write(head); err != nil {
		return fmt.Errorf("write the archive: %w", err)
	}
	buf := make([]byte, 64<<10)
	for left := f.Size; left > 0; {
		n, err := io.ReadFull(f.Body, buf[:min(int64(len(buf)), left)])
		if err != nil {
			return fmt.Errorf("file %s ends %d bytes early: %w", f.Name, left-int64(n), err)
		}
		left -= int64(n)
		s.mask(buf[:n])
		s.code.Write(buf[:n])
		if _, err := w.Write(buf[:n]); err != nil {
			return fmt.Errorf("write the archive: %w", err)
		}
	}
	if n, _ := io.ReadFull(f.Body, buf[:1]); n > 0 {
		return fmt.Errorf("file %s has more than %d bytes", f.Name, f.Size)
	}
	if _, err := w.Write(s.code.Sum(nil)[:codeSize]); err != nil {
		return fmt.Errorf("write the archive: %w", err)
	}
	return nil
}
