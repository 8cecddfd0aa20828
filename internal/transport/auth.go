package transport

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"crypto/sha512"
	"crypto/tls"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"hash"
	"net/http"
	"net/url"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/connector"
)

// credentials reveals the secrets of one connection and puts them into
// requests. Whatever it reveals, the redactors are told first.
type credentials struct {
	conn    Connection
	vault   Vault
	sinks   *redactor // everything, for logs, errors and recordings
	answers *redactor // what is secret and no mere identifier, for what connectors see
	session *session  // nil where the kind has none
	// subjects are the sessions of those on whose behalf requests are made.
	subjects *subjects
}

// reveal returns a secret of the connection.
func (c *credentials) reveal(ctx context.Context, field string) (string, *connector.Error) {
	if c.vault == nil {
		return "", connector.Errorf(connector.Unavailable, "connection %q needs %s, but there is no vault", c.conn.Name, field)
	}
	secret, err := c.vault.Reveal(ctx, c.conn.Tenant, c.conn.ID.String(), field)
	if harrier.KindOf(err) == harrier.NotFound && err != nil {
		return "", connector.Errorf(connector.Denied, "connection %q has no %s: set it", c.conn.Name, field)
	}
	if err != nil {
		return "", connector.Errorf(connector.Unavailable, "the %s of connection %q cannot be read: %w", field, c.conn.Name, err)
	}
	value := secret.Reveal()
	c.sinks.add(value)
	switch field {
	case "username", "client_id", "client_email", "certificate", "proxy_username":
	default:
		c.answers.add(value)
	}
	return value, nil
}

// field is the i-th secret that the manifest names, or the usual name.
func (c *credentials) field(i int, usual string) string {
	if i < len(c.conn.Auth.Secrets) {
		return c.conn.Auth.Secrets[i]
	}
	return usual
}

// held is a token of a session that a request was signed with; the zero value
// is none.
type held struct {
	session *session
	token   string
}

// drop forgets the token; it was refused. It reports whether there is one.
func (h held) drop() bool {
	if h.session == nil || h.token == "" {
		return false
	}
	h.session.drop(h.token)
	return true
}

// apply puts the credential into a request. For kinds with a session it
// returns the token that was used.
func (c *credentials) apply(ctx context.Context, req *http.Request, body []byte) (held, *connector.Error) {
	a := c.conn.Auth
	switch a.Kind {
	case "", connector.NoAuth, connector.MTLSAuth: // certificates are for the handshake
		return held{}, nil
	case connector.HeaderAuth:
		return held{}, c.header(ctx, req, c.field(0, "api_key"), a.Name, a.Prefix)
	case connector.BearerAuth:
		return held{}, c.header(ctx, req, c.field(0, "token"), "Authorization", "Bearer ")
	case connector.QueryAuth:
		return held{}, c.query(ctx, req)
	case connector.BodyAuth: // see inBody
		return held{}, nil
	case connector.BasicAuth:
		return held{}, c.basic(ctx, req)
	case connector.HMACAuth:
		return held{}, c.hmac(ctx, req, body)
	case connector.OAuth2Auth:
		return c.bearer(ctx, req, c.session)
	case connector.LoginAuth:
		token, err := c.session.token(ctx)
		if a.Name == "" {
			req.Header.Set("Authorization", "Bearer "+token)
		} else {
			req.Header.Set(a.Name, a.Prefix+token)
		}
		return held{c.session, token}, err
	case connector.JWTBearerAuth:
		s, err := c.subjects.of(req.URL)
		if err != nil {
			return held{}, err
		}
		return c.bearer(ctx, req, s)
	}
	return held{}, connector.Errorf(connector.Invalid, "connection %q: unknown kind of authentication %q", c.conn.Name, a.Kind)
}

// bearer puts the token of a session into a request.
func (c *credentials) bearer(ctx context.Context, req *http.Request, s *session) (held, *connector.Error) {
	token, err := s.token(ctx)
	req.Header.Set("Authorization", "Bearer "+token)
	return held{s, token}, err
}

func (c *credentials) header(ctx context.Context, req *http.Request, field, name, prefix string) *connector.Error {
	value, err := c.reveal(ctx, field)
	if err != nil {
		return err
	}
	if name == "" {
		return connector.Errorf(connector.Invalid, "connection %q: the manifest does not say which header takes the key", c.conn.Name)
	}
	req.Header.Set(name, prefix+value)
	return nil
}

func (c *credentials) query(ctx context.Context, req *http.Request) *connector.Error {
	value, err := c.reveal(ctx, c.field(0, "api_key"))
	if err != nil {
		return err
	}
	if req.URL.RawQuery != "" {
		req.URL.RawQuery += "&"
	}
	req.URL.RawQuery += url.QueryEscape(c.conn.Auth.Name) + "=" + url.QueryEscape(value)
	return nil
}

// inBody returns the body with the key in the field that the manifest names. A
// request without a body carries none.
func (c *credentials) inBody(ctx context.Context, body []byte) ([]byte, *connector.Error) {
	if c.conn.Auth.Kind != connector.BodyAuth || len(body) == 0 {
		return body, nil
	}
	value, failed := c.reveal(ctx, c.field(0, "api_key"))
	if failed != nil {
		return nil, failed
	}
	var fields map[string]json.RawMessage
	if err := json.Unmarshal(body, &fields); err != nil || fields == nil {
		return nil, connector.Errorf(connector.Invalid, "connection %q: the key belongs into a JSON object, and the body is none", c.conn.Name)
	}
	key, err := json.Marshal(value)
	if err != nil {
		return nil, connector.Errorf(connector.Invalid, "connection %q: the key cannot be written as JSON", c.conn.Name)
	}
	fields[c.conn.Auth.Name] = key
	whole, err := json.Marshal(fields)
	if err != nil {
		return nil, connector.Errorf(connector.Invalid, "connection %q: the body cannot be written", c.conn.Name)
	}
	return whole, nil
}

func (c *credentials) basic(ctx context.Context, req *http.Request) *connector.Error {
	user, err := c.reveal(ctx, c.field(0, "username"))
	if err != nil {
		return err
	}
	password, err := c.reveal(ctx, c.field(1, "password"))
	if err != nil {
		return err
	}
	pair := base64.StdEncoding.EncodeToString([]byte(user + ":" + password))
	c.sinks.add(pair)
	c.answers.add(pair)
	req.Header.Set("Authorization", "Basic "+pair)
	return nil
}

// hmac signs the body: the header gets the prefix and the signature in hexadecimal.
func (c *credentials) hmac(ctx context.Context, req *http.Request, body []byte) *connector.Error {
	key, err := c.reveal(ctx, c.field(0, "secret"))
	if err != nil {
		return err
	}
	var algorithm func() hash.Hash
	switch c.conn.Auth.Algorithm {
	case "sha256", "":
		algorithm = sha256.New
	case "sha512":
		algorithm = sha512.New
	default:
		return connector.Errorf(connector.Invalid, "connection %q: unknown algorithm %q: use sha256 or sha512", c.conn.Name, c.conn.Auth.Algorithm)
	}
	mac := hmac.New(algorithm, []byte(key))
	_, _ = mac.Write(body) // a hash never fails
	name := c.conn.Auth.Name
	if name == "" {
		name = "X-Signature"
	}
	req.Header.Set(name, c.conn.Auth.Prefix+hex.EncodeToString(mac.Sum(nil)))
	return nil
}

// certificate is for tls.Config.GetClientCertificate.
func (c *credentials) certificate(info *tls.CertificateRequestInfo) (*tls.Certificate, error) {
	chainField, keyField := "certificate", "private_key"
	if c.conn.Auth.Kind == connector.MTLSAuth {
		chainField, keyField = c.field(0, chainField), c.field(1, keyField)
	}
	chain, failed := c.reveal(info.Context(), chainField)
	if failed != nil {
		return nil, failed
	}
	key, failed := c.reveal(info.Context(), keyField)
	if failed != nil {
		return nil, failed
	}
	pair, err := tls.X509KeyPair([]byte(chain), []byte(key))
	if err != nil {
		return nil, connector.Errorf(connector.Denied, "the client certificate of connection %q and its key do not fit together", c.conn.Name)
	}
	return &pair, nil
}

// proxyLogin returns the user and password for the proxy; empty where it needs none.
func (c *credentials) proxyLogin(ctx context.Context) (user, password string, err error) {
	if !c.conn.ProxyAuth {
		return "", "", nil
	}
	user, failed := c.reveal(ctx, "proxy_username")
	if failed != nil {
		return "", "", failed
	}
	password, failed = c.reveal(ctx, "proxy_password")
	if failed != nil {
		return "", "", failed
	}
	c.sinks.add(base64.StdEncoding.EncodeToString([]byte(user + ":" + password)))
	return user, password, nil
}
