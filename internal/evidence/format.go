package evidence

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"io"

	"github.com/tink-crypto/tink-go/v2/streamingaead/subtle/noncebased"

	"github.com/harrier-soar/harrier"
)

// A blob's file is a header of headSize bytes and then segments of AES-256-GCM
// in the STREAM construction (counter and last-segment flag in the nonce):
//
//	magic(4) salt(32) nonce(12) sealed{sha256(32) size(8)} tag(16) | segments
//
// The salt makes the keys of this one file, so the sealed header and the
// segments of two files cannot be mixed. The header is written last, because
// the hash is known last.
const (
	magic         = "HEV1"
	saltSize      = 32
	gcmNonce      = 12
	gcmTag        = 16
	sealedSize    = gcmNonce + sha256.Size + 8 + gcmTag
	headSize      = len(magic) + saltSize + sealedSize
	plainSegment  = 64 << 10
	cipherSegment = plainSegment + gcmTag
	purpose       = "evidence"
)

var errCorrupt = errors.New("the stored bytes do not open: changed, cut off, or of another tenant")

// fileKeys are the keys of one file.
type fileKeys struct{ head, body cipher.AEAD }

func newFileKeys(tenantKey []byte, tenant harrier.TenantID, salt []byte) (fileKeys, error) {
	raw, err := hkdf.Key(sha256.New, tenantKey, salt, magic+string(tenant[:]), 64)
	if err != nil {
		return fileKeys{}, err
	}
	headBlock, err := aes.NewCipher(raw[:32])
	if err != nil {
		return fileKeys{}, err
	}
	bodyBlock, err := aes.NewCipher(raw[32:])
	if err != nil {
		return fileKeys{}, err
	}
	head, err := cipher.NewGCMWithRandomNonce(headBlock)
	if err != nil {
		return fileKeys{}, err
	}
	body, err := cipher.NewGCM(bodyBlock)
	return fileKeys{head, body}, err
}

// header returns the first bytes of a file.
func (k fileKeys) header(salt []byte, sum [sha256.Size]byte, size int64) []byte {
	head := append([]byte(magic), salt...)
	plain := binary.BigEndian.AppendUint64(sum[:], uint64(size))
	return append(head, k.head.Seal(nil, nil, plain, head)...)
}

// parseHeader splits a header into its salt and what is sealed in it.
func parseHeader(head []byte) (salt, sealed []byte, err error) {
	if len(head) != headSize || string(head[:len(magic)]) != magic {
		return nil, nil, errCorrupt
	}
	return head[len(magic) : len(magic)+saltSize], head[len(magic)+saltSize:], nil
}

// openHeader returns the hash and the size that a header holds.
func (k fileKeys) openHeader(head, sealed []byte) (sum [sha256.Size]byte, size int64, err error) {
	plain, err := k.head.Open(nil, nil, sealed, head[:len(magic)+saltSize])
	if err != nil || len(plain) != sha256.Size+8 {
		return sum, 0, errCorrupt
	}
	copy(sum[:], plain)
	return sum, int64(binary.BigEndian.Uint64(plain[sha256.Size:])), nil
}

// writer encrypts to w; Close writes the last segment.
func (k fileKeys) writer(w io.Writer) (*noncebased.Writer, error) {
	return noncebased.NewWriter(noncebased.WriterParams{
		W: w, SegmentEncrypter: segments{k.body}, NonceSize: gcmNonce, PlaintextSegmentSize: plainSegment,
	})
}

// reader decrypts r. After an error it must not be read again.
func (k fileKeys) reader(r io.Reader) (*noncebased.Reader, error) {
	return noncebased.NewReader(noncebased.ReaderParams{
		R: r, SegmentDecrypter: segments{k.body}, NonceSize: gcmNonce, CiphertextSegmentSize: cipherSegment,
	})
}

// segments seals and opens single segments.
type segments struct{ aead cipher.AEAD }

// EncryptSegment implements noncebased.SegmentEncrypter.
func (s segments) EncryptSegment(segment, nonce []byte) ([]byte, error) {
	return s.aead.Seal(nil, nonce, segment, nil), nil
}

// EncryptSegmentWithDst is EncryptSegment into a buffer that is there.
func (s segments) EncryptSegmentWithDst(dst, segment, nonce []byte) ([]byte, error) {
	return s.aead.Seal(dst, nonce, segment, nil), nil
}

// DecryptSegment implements noncebased.SegmentDecrypter.
func (s segments) DecryptSegment(segment, nonce []byte) ([]byte, error) {
	return s.DecryptSegmentWithDst(nil, segment, nonce)
}

// DecryptSegmentWithDst is DecryptSegment into a buffer that is there.
func (s segments) DecryptSegmentWithDst(dst, segment, nonce []byte) ([]byte, error) {
	plain, err := s.aead.Open(dst, nonce, segment, nil)
	if err != nil {
		return nil, errCorrupt
	}
	return plain, nil
}
