package vault

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
)

const (
	keySize  = 32
	saltSize = 32
	// sealVersion is the first byte of every ciphertext.
	sealVersion = 1
)

// errSealed is why a ciphertext did not open; it tells nothing more on purpose.
var errSealed = errors.New("ciphertext does not open: it was changed, moved, or belongs to another key")

// bind encodes what a ciphertext belongs to. Parts are prefixed by their
// length, so that no two lists of parts have the same encoding.
func bind(purpose string, parts ...[]byte) []byte {
	out := lengthPrefixed(nil, []byte(purpose))
	for _, p := range parts {
		out = lengthPrefixed(out, p)
	}
	return out
}

func lengthPrefixed(to, part []byte) []byte {
	to = binary.BigEndian.AppendUint32(to, uint32(len(part)))
	return append(to, part...)
}

func number(n int64) []byte { return binary.BigEndian.AppendUint64(nil, uint64(n)) }

// seal encrypts plain under a key derived from key, a fresh salt and what the
// ciphertext belongs to: version byte, salt, nonce, ciphertext, tag.
func seal(key, bound, plain []byte) ([]byte, error) {
	head := make([]byte, 1+saltSize)
	head[0] = sealVersion
	if _, err := rand.Read(head[1:]); err != nil {
		return nil, err
	}
	box, err := derivedAEAD(key, head[1:], bound)
	if err != nil {
		return nil, err
	}
	return box.Seal(head, nil, plain, bound), nil
}

// open is the reverse of seal. Every failure is errSealed.
func open(key, bound, sealed []byte) ([]byte, error) {
	if len(sealed) < 1+saltSize || sealed[0] != sealVersion {
		return nil, errSealed
	}
	box, err := derivedAEAD(key, sealed[1:1+saltSize], bound)
	if err != nil {
		return nil, err
	}
	plain, err := box.Open(nil, nil, sealed[1+saltSize:], bound)
	if err != nil {
		return nil, errSealed
	}
	return plain, nil
}

func derivedAEAD(key, salt, bound []byte) (cipher.AEAD, error) {
	own, err := hkdf.Key(sha256.New, key, salt, string(bound), keySize)
	if err != nil {
		return nil, err
	}
	return aead(own)
}

// aead is the cipher of a key; it seals under nonces that it draws itself.
func aead(key []byte) (cipher.AEAD, error) {
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, err
	}
	return cipher.NewGCMWithRandomNonce(block)
}

// fingerprint identifies a root key without telling it.
func fingerprint(key []byte) string {
	id, err := hkdf.Key(sha256.New, key, nil, "harrier/vault/root-id", 8)
	if err != nil {
		panic("vault: fingerprint: " + err.Error()) // only for sizes that HKDF cannot give
	}
	return hex.EncodeToString(id)
}
