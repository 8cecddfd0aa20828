package gitrepo

import (
	"bytes"
	"crypto/ed25519"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base64"
	"encoding/binary"
	"strings"

	"github.com/harrier-soar/harrier"
)

// The parts of a signature, as PROTOCOL.sshsig of OpenSSH says.
const (
	magic     = "SSHSIG"
	namespace = "git"
	hashName  = "sha512"
	keyType   = "ssh-ed25519"
	sigBegin  = "-----BEGIN SSH SIGNATURE-----\n"
	sigEnd    = "-----END SSH SIGNATURE-----"
	maxSig    = 4096
)

// Key is a public key that signs commits.
type Key struct{ ed25519.PublicKey }

// wire is the key as OpenSSH writes it into messages.
func (k Key) wire() []byte { return str(str(nil, []byte(keyType)), k.PublicKey) }

// String is the key as it stands in files of OpenSSH.
func (k Key) String() string { return keyType + " " + base64.StdEncoding.EncodeToString(k.wire()) }

// Fingerprint is what people compare.
func (k Key) Fingerprint() string {
	sum := sha256.Sum256(k.wire())
	return "SHA256:" + base64.RawStdEncoding.EncodeToString(sum[:])
}

// str adds a string with its length.
func str(b, s []byte) []byte {
	return append(binary.BigEndian.AppendUint32(b, uint32(len(s))), s...)
}

// signed is what is signed of a message.
func signed(message []byte) []byte {
	sum := sha512.Sum512(message)
	b := []byte(magic)
	for _, part := range [][]byte{[]byte(namespace), nil, []byte(hashName), sum[:]} {
		b = str(b, part)
	}
	return b
}

// sign signs a message.
func sign(key ed25519.PrivateKey, message []byte) string {
	pub, _ := key.Public().(ed25519.PublicKey)
	b := binary.BigEndian.AppendUint32([]byte(magic), 1)
	sig := str(str(nil, []byte(keyType)), ed25519.Sign(key, signed(message)))
	for _, part := range [][]byte{Key{pub}.wire(), []byte(namespace), nil, []byte(hashName), sig} {
		b = str(b, part)
	}
	var out strings.Builder
	out.WriteString(sigBegin)
	for text := base64.StdEncoding.EncodeToString(b); text != ""; {
		n := min(70, len(text))
		out.WriteString(text[:n] + "\n")
		text = text[n:]
	}
	return out.String() + sigEnd + "\n"
}

// next takes a string with its length off the front.
func next(b []byte) (s, rest []byte, ok bool) {
	if len(b) < 4 {
		return nil, nil, false
	}
	n := binary.BigEndian.Uint32(b)
	if uint64(n) > uint64(len(b)-4) {
		return nil, nil, false
	}
	return b[4 : 4+n], b[4+n:], true
}

// keyOf reads a key in OpenSSH's format of messages.
func keyOf(wire []byte) (Key, bool) {
	kind, rest, ok := next(wire)
	if !ok || string(kind) != keyType {
		return Key{}, false
	}
	raw, rest, ok := next(rest)
	return Key{ed25519.PublicKey(raw)}, ok && len(rest) == 0 && len(raw) == ed25519.PublicKeySize
}

// verify returns the key that made a signature of a message; ok is false where
// the signature is none, of another sort, or not of this message.
func verify(armored string, message []byte) (Key, bool) {
	text, ok := strings.CutPrefix(strings.TrimLeft(armored, "\n"), sigBegin)
	body, rest, found := strings.Cut(text, sigEnd)
	if !ok || !found || strings.TrimSpace(rest) != "" || len(body) > maxSig {
		return Key{}, false
	}
	b, err := base64.StdEncoding.DecodeString(strings.ReplaceAll(body, "\n", ""))
	if err != nil || !bytes.HasPrefix(b, append([]byte(magic), 0, 0, 0, 1)) {
		return Key{}, false
	}
	var parts [5][]byte
	b = b[len(magic)+4:]
	for i := range parts {
		if parts[i], b, ok = next(b); !ok {
			return Key{}, false
		}
	}
	key, ok := keyOf(parts[0])
	if !ok || len(b) > 0 || string(parts[1]) != namespace || len(parts[2]) > 0 || string(parts[3]) != hashName {
		return Key{}, false
	}
	kind, sig, ok := next(parts[4])
	if !ok || string(kind) != keyType {
		return Key{}, false
	}
	sig, b, ok = next(sig)
	return key, ok && len(b) == 0 && len(sig) == ed25519.SignatureSize && ed25519.Verify(key.PublicKey, signed(message), sig)
}

// Signers reads a file of allowed signers: on each line a name and a key, as
// ssh-keygen(1) says. Options are refused rather than passed over.
func Signers(text []byte) (map[string]string, error) {
	out := map[string]string{}
	for i, line := range strings.Split(string(text), "\n") {
		line = strings.TrimSpace(line)
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		f := strings.Fields(line)
		if len(f) < 3 || f[1] != keyType {
			return nil, harrier.Errorf(harrier.Invalid, "line %d: write NAME ssh-ed25519 KEY; other keys and options are not taken", i+1)
		}
		wire, err := base64.StdEncoding.DecodeString(f[2])
		key, ok := keyOf(wire)
		if err != nil || !ok {
			return nil, harrier.Errorf(harrier.Invalid, "line %d: the key of %.70s is no Ed25519 key", i+1, f[0])
		}
		out[key.Fingerprint()] = f[0]
	}
	return out, nil
}
