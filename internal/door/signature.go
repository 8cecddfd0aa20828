package door

import (
	"crypto/hmac"
	"crypto/sha1" //nolint:gosec // vendors sign with it; a source that does is shown with a warning
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base64"
	"encoding/hex"
	"hash"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// tolerance is how far the clock of a sender may be from ours.
const tolerance = 5 * time.Minute

// maxID bounds the name of a delivery, in bytes.
const maxID = 256

// standard holds a request against Standard Webhooks, and returns its id.
func standard(p proof, secrets []secret) (id string, ok bool) {
	h := p.r.Header
	prefix := "Webhook-"
	if h.Get("Webhook-Id") == "" && h.Get("Svix-Id") != "" {
		prefix = "Svix-"
	}
	id, stamp := h.Get(prefix+"Id"), h.Get(prefix+"Timestamp")
	if id == "" || len(id) > maxID || strings.Contains(id, ".") || !recent(stamp, p.now) {
		return "", false
	}
	given := signatures(h.Values(prefix + "Signature"))
	for _, s := range secrets {
		mac := hmac.New(sha256.New, standardKey(s.value.Reveal()))
		mac.Write([]byte(id + "." + stamp + "."))
		mac.Write(p.body)
		want := mac.Sum(nil)
		for _, sig := range given {
			if hmac.Equal(sig, want) {
				ok = true
			}
		}
	}
	return id, ok
}

// signatures decodes the signatures of version 1 in a header; there are as many
// as the sender has secrets.
func signatures(headers []string) (list [][]byte) {
	const most = 8
	for one := range strings.FieldsSeq(strings.Join(headers, " ")) {
		version, text, _ := strings.Cut(one, ",")
		sig, err := base64.StdEncoding.DecodeString(text)
		if version == "v1" && err == nil && len(list) < most {
			list = append(list, sig)
		}
	}
	return list
}

// standardKey is the key in a secret, which is base64 after a prefix by the
// standard. What is not is used as it is.
func standardKey(value string) []byte {
	key, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(value, "whsec_"))
	if err != nil {
		return []byte(value)
	}
	return key
}

// recent reports whether a time is near now: seconds since 1970, or RFC 3339.
func recent(stamp string, now time.Time) bool {
	at, err := time.Parse(time.RFC3339, stamp)
	if err != nil {
		seconds, err := strconv.ParseInt(stamp, 10, 64)
		if err != nil || seconds < 0 || seconds > 1<<40 {
			return false
		}
		at = time.Unix(seconds, 0)
	}
	return now.Sub(at).Abs() <= tolerance
}

// signature holds a request against a vendor's way to sign.
func (a Auth) signature(p proof, secrets []secret) bool {
	stamp := ""
	if a.TimeHeader != "" {
		if stamp = p.r.Header.Get(a.TimeHeader); !recent(stamp, p.now) {
			return false
		}
	}
	given, ok := a.given(p.r)
	if !ok {
		return false
	}
	before, after := "", ""
	if a.Signed != "" {
		before, after, _ = strings.Cut(a.Signed, "{body}")
	}
	fill := strings.NewReplacer("{timestamp}", stamp)
	found := false
	for _, s := range secrets {
		mac := hmac.New(hasher(a.Algorithm), []byte(s.value.Reveal()))
		mac.Write([]byte(fill.Replace(before)))
		mac.Write(p.body)
		mac.Write([]byte(fill.Replace(after)))
		if hmac.Equal(given, mac.Sum(nil)) && !s.value.IsZero() {
			found = true
		}
	}
	return found
}

// given is the signature that a request has.
func (a Auth) given(r *http.Request) ([]byte, bool) {
	text, ok := strings.CutPrefix(r.Header.Get(a.Header), a.Prefix)
	if !ok || text == "" {
		return nil, false
	}
	decode := hex.DecodeString
	if a.Encoding == "base64" {
		decode = base64.StdEncoding.DecodeString
	}
	sig, err := decode(text)
	return sig, err == nil
}

// hasher returns the hash of an algorithm, or nil.
func hasher(algorithm string) func() hash.Hash {
	switch algorithm {
	case "", "sha256":
		return sha256.New
	case "sha512":
		return sha512.New
	case "sha1":
		return sha1.New
	}
	return nil
}
