// Package connector is the SDK for connectors: what one declares, what it is
// given, and the classes of failures it may report.
//
// A connector describes one product and has no state of its own: credentials,
// limits and the network come with each call in [Env]. The same value may be
// used by many goroutines at once.
package connector

import (
	"context"
	"encoding/json"
	"log/slog"
	"net"
	"net/http"
	"time"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/schema"
)

// Connector is one product: its manifest and its actions.
type Connector interface {
	// Manifest describes the connector. The result is shared and not changed.
	Manifest() *Manifest
	// Do performs one action. Errors are *Error; any other error is Unknown.
	// The call ends when ctx does. Input has been checked against the
	// specification and its defaults are filled in; the output will be.
	Do(ctx context.Context, env *Env, req Request) (Answer, error)
}

// Manifest is what a connector declares.
type Manifest struct {
	Name     string
	Title    string
	Category string
	Docs     string
	// Provider is who is behind what the product says: products of one provider
	// are not independent. Empty means that it is the product itself.
	Provider string
	// Reliability is one of [schema.Reliabilities]; empty means that it cannot be judged.
	Reliability string
	Settings    []schema.Field
	Auth        Auth
	Limits      Limits
	// Check is the action that tests a connection; it must be a read without
	// required inputs, or have its inputs in CheckWith.
	Check     string
	CheckWith map[string]any
	// Actions are in order of declaration.
	Actions []schema.ActionSpec
	// Hash identifies the manifest's content; approvals and runs pin it.
	Hash string
}

// AuthKind is a way to prove who calls.
type AuthKind string

// The ways to authenticate.
const (
	NoAuth     AuthKind = "none"
	HeaderAuth AuthKind = "header" // an API key in a header
	QueryAuth  AuthKind = "query"  // an API key in the query, redacted everywhere
	// BodyAuth is an API key in a field of a JSON body, redacted everywhere.
	BodyAuth   AuthKind = "body"
	BasicAuth  AuthKind = "basic"
	BearerAuth AuthKind = "bearer"
	OAuth2Auth AuthKind = "oauth2" // client credentials (RFC 6749 §4.4)
	HMACAuth   AuthKind = "hmac"
	MTLSAuth   AuthKind = "mtls"
	LoginAuth  AuthKind = "login" // a session obtained by a log-in request
	// JWTBearerAuth gets tokens by signed assertions (RFC 7523 §2.1), on behalf of
	// the account that a request is for.
	JWTBearerAuth AuthKind = "jwt_bearer"
)

// Auth says how the transport authenticates; values come from the vault under
// the names in Secrets and are never seen by the connector.
type Auth struct {
	Kind AuthKind
	// Name is the header, query parameter or field of the body, and Prefix what
	// stands before the value.
	Name, Prefix string
	// TokenURL and Scopes are those of OAuth2 and of JWT bearers; TokenURL is a
	// template over settings.
	TokenURL string
	Scopes   []string
	// Subject is the setting that names on whose behalf JWT bearers ask. Where a
	// request's path below the base URL begins with SubjectPath, the segment after
	// it names the account instead.
	Subject, SubjectPath string
	// Algorithm is the hash of HMAC: sha256 or sha512.
	Algorithm string
	// Login describes the request of a session log-in.
	Login *Login
	// Secrets names what must be in the vault: api_key; username and password;
	// client_id and client_secret; certificate and private_key; client_email and
	// private_key.
	Secrets []string
}

// Login is a request that gives a session token.
type Login struct {
	Path string
	// Body maps fields of a JSON body to names of secrets.
	Body map[string]string
	// Token is the place of the token in the answer, such as body.token.
	Token string
	TTL   time.Duration
}

// Limits bounds what one connection asks of its vendor.
type Limits struct {
	// Rate is calls per second; zero is unlimited. Burst is at least 1.
	Rate  float64
	Burst int
	// Daily is calls per UTC day; zero is unlimited.
	Daily int
	// Concurrent is calls at once; zero means 8.
	Concurrent int
}

// Request is one call of an action.
type Request struct {
	Action string
	Input  map[string]any
	// Key is the idempotency key of the effect; empty for reads.
	Key string
	// Resume is what an earlier Answer.Pending held, for asynchronous jobs.
	Resume json.RawMessage
}

// Answer is what an action gave back: an output, or word that the vendor is
// still working on it.
type Answer struct {
	Output map[string]any
	// Pending, when not nil, asks to be called again with Request.Resume.
	Pending *Pending
}

// Pending is an asynchronous job that has not ended. No worker waits for it.
type Pending struct {
	State json.RawMessage
	After time.Duration
}

// HTTPDoer performs one HTTP exchange; it is the transport's client.
type HTTPDoer interface {
	Do(*http.Request) (*http.Response, error)
}

// Env is all that a connector may use of the world.
type Env struct {
	HTTP HTTPDoer
	// Dial opens a connection for protocols other than HTTP, under the same
	// guards; network is tcp or udp.
	Dial func(ctx context.Context, network, address string) (net.Conn, error)
	// Secure speaks TLS over a connection from Dial, with the authorities and the
	// client certificate of the connection. host is whose certificate is expected.
	// Its errors are definite: nothing of a request has been sent.
	Secure func(ctx context.Context, conn net.Conn, host string) (net.Conn, error)
	// SASL begins a log-in with the credential of the connection. conn is what
	// will carry it: it must come from Secure, or from Dial and lead to an address
	// of our own, else the credential is not given out.
	SASL func(ctx context.Context, conn net.Conn, who Identity) (SASL, error)
	Log  *slog.Logger
	Now  func() time.Time
	// Settings are those of the connection, defaults filled in, secrets left out.
	Settings map[string]any
	// Redact, where it is not nil, takes the secrets of the connection out of
	// text that comes from the vendor, such as an error message that echoes them.
	Redact func(string) string
	// Connection is for messages only.
	Connection string
	Tenant     harrier.TenantID
}
