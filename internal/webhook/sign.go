package webhook

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/harrier-soar/harrier"
)

// secretPrefix begins the secret of a web hook, as Standard Webhooks write it.
const secretPrefix = "whsec_"

// NewSecret returns the secret of a web hook.
func NewSecret() harrier.Secret {
	key := make([]byte, 32)
	_, _ = rand.Read(key) // never fails since Go 1.24
	return harrier.NewSecret(secretPrefix + base64.StdEncoding.EncodeToString(key))
}

// Signature is the value of the header webhook-signature: one signature for each
// secret, so that a receiver knows the message by either.
func Signature(id string, at time.Time, body []byte, secrets ...harrier.Secret) (string, error) {
	var all []string
	for _, secret := range secrets {
		key, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(secret.Reveal(), secretPrefix))
		if err != nil || len(key) < 16 {
			return "", harrier.Errorf(harrier.Internal, "the secret of a web hook cannot be read; make a new one")
		}
		mac := hmac.New(sha256.New, key)
		fmt.Fprintf(mac, "%s.%d.", id, at.Unix())
		mac.Write(body)
		all = append(all, "v1,"+base64.StdEncoding.EncodeToString(mac.Sum(nil)))
	}
	return strings.Join(all, " "), nil
}

// Sign puts what a receiver verifies into the header of a message.
func (p Posting) Sign(h http.Header) error {
	signature, err := Signature(p.ID, p.At, p.Body, p.Secrets...)
	if err != nil {
		return err
	}
	for name, value := range map[string]string{
		"content-type": "application/json", "webhook-id": p.ID, "webhook-timestamp": strconv.FormatInt(p.At.Unix(), 10), "webhook-signature": signature,
	} {
		h.Set(name, value)
	}
	return nil
}
