package access

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"strings"
	"time"

	"github.com/harrier-soar/harrier"
)

// A device on which somebody logged in gets a token that says so. Attempts that
// bear it are counted apart, so that strangers who guess an account's password
// keep its owner out of no device that is known. The token proves nothing else.

// deviceLife is how long a device is known after a log-in on it.
const deviceLife = 180 * 24 * time.Hour

// deviceSize is a time, a nonce and a code of authentication.
const deviceSize = 8 + 16 + sha256.Size

// gates are the buckets in which an attempt on an account is counted: the
// device's where it is known, otherwise those of its source and of all strangers
// together.
func (s *Service) gates(ctx context.Context, p Proof) []key {
	if nonce, ok := s.device(ctx, p); ok {
		return []key{{"device " + nonce, freeAttempts}}
	}
	return []key{sourceKey(p.From), {"account " + fold(p.Tenant) + "\x00" + p.Name, freeAttempts}}
}

// device returns the nonce of a proof's device where it is known for the account.
func (s *Service) device(ctx context.Context, p Proof) (nonce string, ok bool) {
	text, ok := strings.CutPrefix(p.Device.Reveal(), devicePrefix)
	if !ok {
		return "", false
	}
	raw, err := base64.RawURLEncoding.DecodeString(text)
	if err != nil || len(raw) != deviceSize {
		return "", false
	}
	head := raw[:len(raw)-sha256.Size]
	mac, err := s.deviceCode(ctx, p, head)
	if err != nil || !hmac.Equal(mac, raw[len(head):]) {
		return "", false
	}
	at := time.Unix(int64(binary.BigEndian.Uint64(head)), 0)
	return string(head[8:]), s.now().Sub(at) < deviceLife
}

// deviceToken makes the token of a device on which an account logged in. None
// is no reason to refuse the log-in.
func (s *Service) deviceToken(ctx context.Context, p Proof) harrier.Secret {
	var nonce [16]byte
	_, _ = rand.Read(nonce[:]) // never fails since Go 1.24
	head := binary.BigEndian.AppendUint64(nil, uint64(s.now().Unix()))
	head = append(head, nonce[:]...)
	mac, err := s.deviceCode(ctx, p, head)
	if err != nil {
		s.log.WarnContext(ctx, "a device is not known again", "err", err)
		return harrier.Secret{}
	}
	return harrier.NewSecret(devicePrefix + base64.RawURLEncoding.EncodeToString(append(head, mac...)))
}

// deviceCode authenticates a device for one account.
func (s *Service) deviceCode(ctx context.Context, p Proof, head []byte) ([]byte, error) {
	secret, err := s.vault.DataKey(ctx, harrier.DefaultTenant, "access/device")
	if err != nil {
		return nil, err
	}
	mac := hmac.New(sha256.New, secret)
	for _, part := range []string{fold(p.Tenant), p.Name, string(head)} {
		mac.Write(binary.BigEndian.AppendUint32(nil, uint32(len(part))))
		mac.Write([]byte(part))
	}
	return mac.Sum(nil), nil
}
