package transport

import (
	"context"
	"crypto"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"net/url"
	"strings"
	"sync"
	"time"
	"unicode"

	"github.com/harrier-soar/harrier/connector"
)

const (
	// maxSubjects bounds on whose behalf tokens are kept at once.
	maxSubjects = 10_000
	// assertionTTL is how long an assertion is good for.
	assertionTTL = time.Hour
)

// subjects keeps a session for everybody on whose behalf requests are made:
// a token acts for one account.
type subjects struct {
	l *link

	mu       sync.Mutex // guards sessions
	sessions map[string]*session
}

func newSubjects(l *link) *subjects { return &subjects{l: l, sessions: make(map[string]*session)} }

// of returns the session for a request.
func (s *subjects) of(to *url.URL) (*session, *connector.Error) {
	subject, err := s.l.subject(to)
	if err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if have := s.sessions[subject]; have != nil {
		return have, nil
	}
	if len(s.sessions) >= maxSubjects { // they are fetched again where they are missed
		clear(s.sessions)
	}
	made := s.l.newSession((&assertion{s.l, subject}).fetch)
	s.sessions[subject] = made
	return made, nil
}

// subject returns on whose behalf a request is made: the account that its path
// names, else the one that the connection does.
func (l *link) subject(to *url.URL) (string, *connector.Error) {
	a := l.conn.Auth
	path := strings.TrimPrefix(to.EscapedPath(), strings.TrimSuffix(l.base.EscapedPath(), "/"))
	if rest, ok := strings.CutPrefix(path, a.SubjectPath); ok && a.SubjectPath != "" {
		segment, _, _ := strings.Cut(rest, "/")
		subject, err := url.PathUnescape(segment)
		if err != nil || subject == "" || len(subject) > 320 || strings.ContainsFunc(subject, unicode.IsControl) {
			return "", connector.Errorf(connector.Invalid, "the request of connection %q does not name on whose behalf it is made", l.conn.Name)
		}
		return subject, nil
	}
	if a.Subject == "" {
		return "", nil
	}
	if subject, _ := l.conn.settings()[a.Subject].(string); subject != "" {
		return subject, nil
	}
	return "", connector.Errorf(connector.Invalid, "connection %q lacks the setting %s, on whose behalf it asks", l.conn.Name, a.Subject)
}

// assertion fetches tokens for one subject with signed assertions (RFC 7523 §2.1).
type assertion struct {
	l       *link
	subject string
}

func (a *assertion) fetch(ctx context.Context) (grant, *connector.Error) {
	creds := a.l.creds
	issuer, err := creds.reveal(ctx, creds.field(0, "client_email"))
	if err != nil {
		return grant{}, err
	}
	text, err := creds.reveal(ctx, creds.field(1, "private_key"))
	if err != nil {
		return grant{}, err
	}
	key, failed := parseKey(text)
	if failed != nil {
		return grant{}, connector.Errorf(connector.Denied, "the private_key of connection %q: %w", a.l.conn.Name, failed)
	}
	now := a.l.t.cfg.Now()
	claims := map[string]any{
		"iss": issuer, "aud": a.l.token.String(), "iat": now.Unix(), "exp": now.Add(assertionTTL).Unix(),
	}
	if a.subject != "" {
		claims["sub"] = a.subject
	}
	if scopes := a.l.conn.Auth.Scopes; len(scopes) > 0 {
		claims["scope"] = strings.Join(scopes, " ")
	}
	signed, failed := sign(claims, key)
	if failed != nil {
		return grant{}, connector.Errorf(connector.Denied, "the private_key of connection %q does not sign: %w", a.l.conn.Name, failed)
	}
	a.l.learn(signed)
	form := url.Values{"grant_type": {"urn:ietf:params:oauth:grant-type:jwt-bearer"}, "assertion": {signed}}
	g, _, err := (&oauth{a.l, a.l.token}).ask(ctx, form, nil)
	return g, err
}

// parseKey reads an RSA key in PEM, as PKCS #8 or PKCS #1. Line breaks may be
// written as \n, as in the files that Google gives out.
func parseKey(text string) (*rsa.PrivateKey, error) {
	block, _ := pem.Decode([]byte(strings.ReplaceAll(text, `\n`, "\n")))
	if block == nil {
		return nil, fmt.Errorf("it is not PEM: it begins with -----BEGIN PRIVATE KEY-----")
	}
	if key, err := x509.ParsePKCS1PrivateKey(block.Bytes); err == nil {
		return key, nil
	}
	parsed, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	if err != nil {
		return nil, fmt.Errorf("it does not parse")
	}
	key, ok := parsed.(*rsa.PrivateKey)
	if !ok {
		return nil, fmt.Errorf("it is no RSA key")
	}
	return key, nil
}

// sign returns a JSON Web Token over the claims, signed by RS256 (RFC 7515).
func sign(claims map[string]any, key *rsa.PrivateKey) (string, error) {
	body, err := json.Marshal(claims)
	if err != nil {
		return "", err
	}
	text := base64.RawURLEncoding.EncodeToString([]byte(`{"alg":"RS256","typ":"JWT"}`)) + "." + base64.RawURLEncoding.EncodeToString(body)
	sum := sha256.Sum256([]byte(text))
	signature, err := rsa.SignPKCS1v15(nil, key, crypto.SHA256, sum[:])
	if err != nil {
		return "", err
	}
	return text + "." + base64.RawURLEncoding.EncodeToString(signature), nil
}
