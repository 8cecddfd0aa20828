package door

import (
	"crypto/sha256"
	"crypto/subtle"
	"crypto/x509"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/harrier-soar/harrier"
)

// errStranger is all that a sender is told who is not who the source declares,
// or who names a source that does not exist.
var errStranger = &harrier.Error{Kind: harrier.Unauthenticated, Text: "this is not accepted"}

// needsBody tells that the proof can only be held against the whole body.
func (a Auth) needsBody() bool { return a.Kind == Standard || a.Kind == Signature }

// secret is a value that proves a sender, for a while.
type secret struct {
	value harrier.Secret
	until time.Time
}

// proof is what a request proves itself with.
type proof struct {
	r    *http.Request
	body []byte
	// rest is what follows the source in the path.
	rest string
	now  time.Time
}

// proven is what follows from a proof that holds.
type proven struct {
	// delivery names the delivery; empty where the sender does not.
	delivery string
	// rest is the path after the source, without a secret.
	rest string
}

// admit holds a proof against the declared way. Whatever is not right is
// errStranger; only the log knows why.
func (a Auth) admit(p proof, secrets []secret) (proven, error) {
	secrets = slices.DeleteFunc(slices.Clone(secrets), func(s secret) bool {
		return !s.until.IsZero() && !p.now.Before(s.until)
	})
	out := proven{rest: p.rest, delivery: p.r.Header.Get(a.IDHeader)}
	ok := false
	switch a.Kind {
	case Bearer:
		ok = anyEqual(a.token(p.r), secrets)
	case Basic:
		ok = a.basic(p.r, secrets)
	case Standard:
		out.delivery, ok = standard(p, secrets)
	case Signature:
		ok = a.signature(p, secrets)
	case MTLS:
		ok = a.certificate(p.r)
	case URLToken:
		out.rest, ok = inAddress(p, secrets)
	}
	if !ok {
		return proven{}, errStranger
	}
	return out, nil
}

// token is the token of a request, as its header has it.
func (a Auth) token(r *http.Request) string {
	if a.Header != "" && !strings.EqualFold(a.Header, "Authorization") {
		return strings.TrimPrefix(r.Header.Get(a.Header), a.Prefix)
	}
	return bearer(r)
}

// bearer is the token in Authorization: after Bearer, or after Splunk as
// senders to its event collector have it.
func bearer(r *http.Request) string {
	scheme, token, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	if strings.EqualFold(scheme, "Bearer") || strings.EqualFold(scheme, "Splunk") {
		return strings.TrimSpace(token)
	}
	return ""
}

// basic holds a user and a password against those declared.
func (a Auth) basic(r *http.Request, secrets []secret) bool {
	user, password, ok := r.BasicAuth()
	right := anyEqual(password, secrets)
	return same(user, a.User) && right && ok
}

// inAddress finds the secret in the query or in front of the rest of the path.
func inAddress(p proof, secrets []secret) (rest string, ok bool) {
	if anyEqual(p.r.URL.Query().Get("token"), secrets) {
		return p.rest, true
	}
	first, rest, _ := strings.Cut(p.rest, "/")
	return rest, anyEqual(first, secrets)
}

// certificate holds the certificate that the listener has verified against
// those declared.
func (a Auth) certificate(r *http.Request) bool {
	if r.TLS == nil || len(r.TLS.VerifiedChains) == 0 || len(r.TLS.VerifiedChains[0]) == 0 {
		return false
	}
	leaf := r.TLS.VerifiedChains[0][0]
	return slices.Contains(a.Subjects, leaf.Subject.String()) ||
		slices.ContainsFunc(names(leaf), func(n string) bool { return slices.Contains(a.Names, n) })
}

// names lists the alternative names of a certificate with their types.
func names(c *x509.Certificate) (list []string) {
	for _, n := range c.DNSNames {
		list = append(list, "dns:"+strings.ToLower(n))
	}
	for _, n := range c.EmailAddresses {
		list = append(list, "email:"+n)
	}
	for _, n := range c.IPAddresses {
		list = append(list, "ip:"+n.String())
	}
	for _, n := range c.URIs {
		list = append(list, "uri:"+n.String())
	}
	return list
}

// anyEqual reports whether a value is one of the secrets. How long it takes
// tells nothing about them. An empty value is never one.
func anyEqual(value string, secrets []secret) bool {
	found := 0
	for _, s := range secrets {
		if same(value, s.value.Reveal()) && !s.value.IsZero() {
			found = 1
		}
	}
	return found == 1
}

// same compares in a time that depends on neither's content nor length.
func same(a, b string) bool {
	x, y := sha256.Sum256([]byte(a)), sha256.Sum256([]byte(b))
	return subtle.ConstantTimeCompare(x[:], y[:]) == 1
}
