package lab

import (
	"crypto"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"math/big"
	"net/http"
	"strings"
	"time"

	"github.com/harrier-soar/harrier"
)

const (
	gmailTokens = "gmail/tokens"
	jwtGrant    = "urn:ietf:params:oauth:grant-type:jwt-bearer"
	// maxAssertion is how long an assertion may be good for.
	maxAssertion = time.Hour
)

// delegated is a token that acts for one account.
type delegated struct {
	Subject string    `json:"subject"`
	Expires time.Time `json:"expires"`
}

// serviceAccount is who signs.
func (l *Lab) serviceAccount() string { return "harrier@lab-project.iam.gserviceaccount.com" }

// serviceKey returns the key of the service account. It is made of the seed,
// so that a lab that starts again has the same one; it opens nothing else. It
// is small, since it is made anew each time that it is needed.
func (l *Lab) serviceKey() *rsa.PrivateKey {
	e := big.NewInt(65537)
	one := big.NewInt(1)
	for n := uint64(0); ; n += 2 {
		p, q := l.prime(n), l.prime(n+1)
		phi := new(big.Int).Mul(new(big.Int).Sub(p, one), new(big.Int).Sub(q, one))
		d := new(big.Int).ModInverse(e, phi)
		if d == nil || p.Cmp(q) == 0 {
			continue
		}
		key := &rsa.PrivateKey{PublicKey: rsa.PublicKey{N: new(big.Int).Mul(p, q), E: 65537}, D: d, Primes: []*big.Int{p, q}}
		key.Precompute()
		if key.Validate() == nil {
			return key
		}
	}
}

// prime returns the first prime of 512 bits after a number that the seed and n
// determine.
func (l *Lab) prime(n uint64) *big.Int {
	var bytes []byte
	for block := range uint64(2) {
		text := fmt.Append(nil, l.config.Seed, gmailName, "key")
		sum := sha256.Sum256(binary.BigEndian.AppendUint64(binary.BigEndian.AppendUint64(text, n), block))
		bytes = append(bytes, sum[:]...)
	}
	bytes[0] |= 0xc0 // so that the product of two has all its bits
	bytes[len(bytes)-1] |= 1
	candidate := new(big.Int).SetBytes(bytes)
	for two := big.NewInt(2); !candidate.ProbablyPrime(0); {
		candidate.Add(candidate, two)
	}
	return candidate
}

// servicePEM is the key as the vault keeps it.
func (l *Lab) servicePEM() harrier.Secret {
	der := x509.MarshalPKCS1PrivateKey(l.serviceKey())
	return harrier.NewSecret(string(pem.EncodeToMemory(&pem.Block{Type: "RSA PRIVATE KEY", Bytes: der})))
}

// assertionClaims are those that are looked at.
type assertionClaims struct {
	Issuer   string `json:"iss"`
	Subject  string `json:"sub"`
	Scope    string `json:"scope"`
	Audience string `json:"aud"`
	Issued   int64  `json:"iat"`
	Expires  int64  `json:"exp"`
}

// grant gives a token to a service account that proves itself, on behalf of
// the account that it names.
func (v *gmail) grant(w http.ResponseWriter, r *http.Request) {
	if got := r.PostFormValue("grant_type"); got != jwtGrant {
		v.noToken(w, "unsupported_grant_type", "Invalid grant_type: "+got)
		return
	}
	claims, problem := v.judge(r)
	if problem != "" {
		v.noToken(w, "invalid_grant", problem)
		return
	}
	if !strings.Contains(claims.Scope, "gmail.modify") || !strings.Contains(claims.Scope, "admin.directory.user.readonly") {
		v.noToken(w, "unauthorized_client", "Client is unauthorized to retrieve access tokens using this method, or client not authorized for any of the scopes requested.")
		return
	}
	value, err := v.lab.GmailToken(claims.Subject)
	if err != nil {
		v.noToken(w, "invalid_grant", "Invalid email or User ID")
		return
	}
	writeJSON(w, http.StatusOK, map[string]any{
		"access_token": value, "expires_in": int(v.lab.config.TokenTTL / time.Second), "token_type": "Bearer",
	})
}

func (*gmail) noToken(w http.ResponseWriter, code, text string) {
	writeJSON(w, http.StatusBadRequest, map[string]any{"error": code, "error_description": text})
}

// judge reads an assertion and says what is wrong with it.
func (v *gmail) judge(r *http.Request) (claims assertionClaims, problem string) {
	parts := strings.Split(r.PostFormValue("assertion"), ".")
	if len(parts) != 3 {
		return claims, "Invalid JWT: it must have three parts"
	}
	signature, err := base64.RawURLEncoding.DecodeString(parts[2])
	sum := sha256.Sum256([]byte(parts[0] + "." + parts[1]))
	if err != nil || rsa.VerifyPKCS1v15(&v.lab.serviceKey().PublicKey, crypto.SHA256, sum[:], signature) != nil {
		return claims, "Invalid JWT Signature."
	}
	body, err := base64.RawURLEncoding.DecodeString(parts[1])
	if err != nil || json.Unmarshal(body, &claims) != nil {
		return claims, "Invalid JWT: the claims do not parse"
	}
	now := v.lab.now(r)
	switch {
	case claims.Issuer != v.lab.serviceAccount():
		return claims, "Invalid issuer: Not a valid email."
	case claims.Audience != "http://"+r.Host+"/token":
		return claims, "Invalid JWT: Failed audience check."
	case claims.Expires-claims.Issued > int64(maxAssertion.Seconds()), now.Unix() >= claims.Expires, claims.Issued > now.Add(time.Minute).Unix():
		return claims, "Invalid JWT: Token must be a short-lived token (60 minutes) and in a reasonable timeframe."
	}
	return claims, ""
}

// GmailToken gives out a token for a mailbox, as to somebody who holds the key
// of the service account. A mailbox that does not exist is NotFound.
func (l *Lab) GmailToken(mailbox string) (string, error) {
	value, known := "", false
	err := l.world.update(l.config.Now(), func(e *edit) {
		var u user
		if u, known = findUser(e, mailbox); known {
			value = opaque("ya29.lab.", l.config.Seed, "gmail token", e.next())
			e.put(gmailTokens, value, delegated{Subject: u.Mail, Expires: e.line.At.Add(l.config.TokenTTL)})
		}
	})
	if err == nil && !known {
		err = harrier.Errorf(harrier.NotFound, "the lab has no mailbox %s", mailbox)
	}
	return value, err
}

// actsFor returns whom a token acts for now; ok is false where it is not good.
func (l *Lab) actsFor(r *http.Request, value string) (subject string, ok bool) {
	l.world.view(func(e *edit) {
		var d delegated
		if d, ok = load[delegated](e, gmailTokens, value); ok {
			subject, ok = d.Subject, l.now(r).Before(d.Expires)
		}
	})
	return subject, ok
}
