package transport

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"sync"
	"time"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/connector"
)

// Transport makes all calls to other systems. It is safe for concurrent use.
type Transport struct {
	cfg  Config
	body bodyCleaner
	work sync.WaitGroup // fetches of tokens

	mu     sync.Mutex // guards what follows
	links  map[linkKey]*link
	quotas map[linkKey]*quota
}

// linkKey identifies a connection. Two tenants never share anything.
type linkKey struct {
	tenant harrier.TenantID
	id     harrier.ConnectionID
	name   string
}

// New returns a transport.
func New(cfg Config) *Transport {
	return &Transport{cfg: cfg.withDefaults(), body: newBodyCleaner(), links: map[linkKey]*link{}, quotas: map[linkKey]*quota{}}
}

// Env returns what a connector may use of the world during one call. What is
// wrong with the connection shows when it is used.
func (t *Transport) Env(conn Connection, call Call) *connector.Env {
	l := t.link(conn)
	c := &client{l: l, call: call}
	return &connector.Env{
		HTTP: c, Dial: c.dial, Secure: c.secure, SASL: c.sasl, Redact: l.creds.answers.text,
		Now: t.cfg.Now, Settings: conn.settings(), Connection: conn.Name, Tenant: conn.Tenant,
		Log: slog.New(cleanHandler{t.cfg.Log.Handler(), l.sinks}).With("connection", conn.Name),
	}
}

// Close ends idle connections and waits for log-ins under way. Calls must have ended.
func (t *Transport) Close() error {
	t.mu.Lock()
	for key, l := range t.links {
		l.close()
		delete(t.links, key)
	}
	t.mu.Unlock()
	t.work.Wait()
	return nil
}

// Forget drops what is kept for a connection that was deleted.
func (t *Transport) Forget(conn Connection) {
	t.mu.Lock()
	defer t.mu.Unlock()
	key := linkKey{conn.Tenant, conn.ID, conn.Name}
	if l, ok := t.links[key]; ok {
		l.close()
		delete(t.links, key)
	}
	delete(t.quotas, linkKey{tenant: conn.Tenant, id: conn.ID})
}

// link returns the state of a connection, made anew where the connection changed.
func (t *Transport) link(conn Connection) *link {
	fingerprint, unprintable := conn.fingerprint()
	key := linkKey{conn.Tenant, conn.ID, conn.Name}
	t.mu.Lock()
	defer t.mu.Unlock()
	old := t.links[key]
	if old != nil && old.fingerprint == fingerprint && unprintable == nil {
		return old
	}
	if old != nil {
		old.close()
	}
	l := newLink(t, conn, t.quota(key))
	l.fingerprint, l.err = fingerprint, errors.Join(l.err, unprintable)
	t.links[key] = l
	return l
}

// link is what is kept of a connection between calls.
type link struct {
	t           *Transport
	conn        Connection
	fingerprint string
	err         error // what is wrong with the connection
	compiled
	gate   *gate
	creds  *credentials
	sinks  *redactor
	dialer *dialer
	// kept keeps connections open for the next call. An effect that must not be
	// made again gets a connection of its own: on one that was idle, the vendor's
	// closing it could not be told from a lost answer.
	kept, fresh *http.Transport
}

// compiled is a connection that was read and checked.
type compiled struct {
	base  *url.URL
	allow allowList
	proxy *proxy
	token *url.URL
	roots *x509.CertPool
}

// compile reads a connection and reports all that is wrong with it.
func (c Connection) compile() (compiled, error) {
	var out compiled
	var errs [5]error
	out.allow, out.base, errs[0] = newAllowList(c)
	out.proxy, errs[1] = parseProxy(c)
	if c.Auth.Kind == connector.OAuth2Auth || c.Auth.Kind == connector.JWTBearerAuth {
		out.token, errs[2] = renderTokenURL(c.Auth.TokenURL, c.settings())
		if errs[2] == nil {
			var o origin
			if o, errs[2] = originOf(out.token); errs[2] == nil {
				out.allow.token = &o
			} else {
				errs[2] = fmt.Errorf("the token URL: %w", errs[2])
			}
		}
	}
	if c.Auth.Kind == connector.LoginAuth && c.Auth.Login == nil {
		errs[3] = errors.New("the manifest does not describe the log-in")
	}
	if len(c.CA) > 0 {
		if pool, err := x509.SystemCertPool(); err == nil {
			out.roots = pool
		} else {
			out.roots = x509.NewCertPool()
		}
		if !out.roots.AppendCertsFromPEM(c.CA) {
			errs[4] = errors.New("the CA holds no PEM certificate")
		}
	}
	return out, errors.Join(errors.Join(errs[:]...), c.literals(out))
}

// literals checks the addresses that are written out, without asking a name server.
func (c Connection) literals(out compiled) error {
	var errs []error
	g := newGuard(c)
	origins := append([]origin{}, out.allow.origins...)
	if out.allow.token != nil {
		origins = append(origins, *out.allow.token)
	}
	if out.proxy != nil {
		origins = append(origins, out.proxy.at)
	}
	for _, o := range origins {
		if err := g.literal(o.host); err != nil {
			errs = append(errs, fmt.Errorf("%s cannot be reached: %w", o, err))
		}
	}
	return errors.Join(errs...)
}

func newLink(t *Transport, conn Connection, used *quota) *link {
	l := &link{t: t, conn: conn, sinks: &redactor{}}
	l.compiled, l.err = conn.compile()
	l.gate = newGate(conn, t.cfg, used)
	l.creds = &credentials{conn: conn, vault: t.cfg.Vault, sinks: l.sinks, answers: &redactor{}}
	switch conn.Auth.Kind {
	case connector.OAuth2Auth:
		l.creds.session = l.newSession((&oauth{l, l.token}).fetch)
	case connector.LoginAuth:
		l.creds.session = l.newSession((&login{l}).fetch)
	case connector.JWTBearerAuth:
		l.creds.subjects = newSubjects(l)
	case connector.NoAuth, connector.HeaderAuth, connector.QueryAuth, connector.BodyAuth, connector.BasicAuth,
		connector.BearerAuth, connector.HMACAuth, connector.MTLSAuth:
	}
	l.dialer = l.newDialer()
	l.kept, l.fresh = l.roundTripper(), l.roundTripper()
	l.fresh.DisableKeepAlives = true
	return l
}

func (l *link) close() {
	l.kept.CloseIdleConnections()
	l.fresh.CloseIdleConnections()
}

func (l *link) newSession(fetch fetcher) *session {
	return &session{now: l.t.cfg.Now, fetch: fetch, work: &l.t.work}
}

func (l *link) newDialer() *dialer {
	if l.proxy != nil {
		l.proxy.tls, l.proxy.login = l.tlsConfig(false), l.creds.proxyLogin
	}
	return &dialer{allow: l.allow, guard: newGuard(l.conn), resolver: l.t.cfg.Resolver, proxy: l.proxy, timeout: l.t.cfg.Timeouts.Connect}
}

func (l *link) tlsConfig(client bool) *tls.Config {
	cfg := &tls.Config{MinVersion: tls.VersionTLS12, RootCAs: l.roots}
	if client && (l.conn.ClientCert || l.conn.Auth.Kind == connector.MTLSAuth) {
		cfg.GetClientCertificate = l.creds.certificate
	}
	return cfg
}

func (l *link) roundTripper() *http.Transport {
	return &http.Transport{
		Proxy:                  nil, // never from the environment
		DialContext:            l.dialer.dial,
		TLSClientConfig:        l.tlsConfig(true),
		TLSHandshakeTimeout:    l.t.cfg.Timeouts.TLS,
		ForceAttemptHTTP2:      true,
		MaxIdleConnsPerHost:    cap(l.gate.places.all), // as many as can be in use, so that none is closed only to be opened again
		IdleConnTimeout:        time.Minute,
		ExpectContinueTimeout:  time.Second,
		MaxResponseHeaderBytes: 256 << 10,
	}
}
