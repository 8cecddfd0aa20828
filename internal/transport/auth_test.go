package transport_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha512"
	"crypto/tls"
	"crypto/x509"
	"encoding/hex"
	"encoding/pem"
	"fmt"
	"io"
	"log/slog"
	"math/big"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/harrier-soar/harrier/connector"
	"github.com/harrier-soar/harrier/internal/transport"
)

func withAuth(base string, a connector.Auth) transport.Connection {
	c := to(base)
	c.Auth = a
	return c
}

// The credential is put in at the last hop, and the connector's request does not get it.
func TestTransport_injectsTheCredential(t *testing.T) { // SEC-06
	t.Parallel()
	var last atomic.Pointer[http.Request]
	server := serve(t, func(_ http.ResponseWriter, r *http.Request) { last.Store(r) })
	tr := newTransport(t, transport.Config{Vault: secrets{"api_key": "key-12345", "token": "tok-12345", "username": "soc", "password": "pass-12345", "secret": "sign-12345", "custom": "cust-12345"}})
	mac := hmac.New(sha512.New, []byte("sign-12345"))
	_, _ = mac.Write([]byte("body"))
	header := func(name string) func(*http.Request) string {
		return func(r *http.Request) string { return r.Header.Get(name) }
	}
	cases := map[string]struct {
		auth connector.Auth
		see  func(*http.Request) string
		want string
	}{
		"header": {connector.Auth{Kind: connector.HeaderAuth, Name: "X-Key", Prefix: "Key "}, header("X-Key"), "Key key-12345"},
		"named":  {connector.Auth{Kind: connector.HeaderAuth, Name: "X-Key", Secrets: []string{"custom"}}, header("X-Key"), "cust-12345"},
		"bearer": {connector.Auth{Kind: connector.BearerAuth}, header("Authorization"), "Bearer tok-12345"},
		"query":  {connector.Auth{Kind: connector.QueryAuth, Name: "apikey"}, func(r *http.Request) string { return r.URL.RawQuery }, "a=%2F&apikey=key-12345"},
		"basic":  {connector.Auth{Kind: connector.BasicAuth}, func(r *http.Request) string { u, p, _ := r.BasicAuth(); return u + "/" + p }, "soc/pass-12345"},
		"hmac":   {connector.Auth{Kind: connector.HMACAuth, Name: "X-Sig", Prefix: "sha512=", Algorithm: "sha512"}, header("X-Sig"), "sha512=" + hex.EncodeToString(mac.Sum(nil))},
		"none":   {connector.Auth{Kind: connector.NoAuth}, header("Authorization"), ""},
	}
	for name, c := range cases {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, server.URL+"/x?a=%2F", strings.NewReader("body"))
		if err != nil {
			t.Fatal(err)
		}
		if got := exchange(t, tr.Env(withAuth(server.URL, c.auth), read()), req); got.err != nil {
			t.Errorf("%s: %v", name, got)
			continue
		}
		if got := c.see(last.Load()); got != c.want {
			t.Errorf("%s: the vendor saw %q, want %q", name, got, c.want)
		}
		if c.want != "" && c.see(req) == c.want {
			t.Errorf("%s: the connector's request holds the credential", name)
		}
	}
}

func TestTransport_saysWhichSecretIsMissing(t *testing.T) {
	t.Parallel()
	var met atomic.Int64
	server := serve(t, func(http.ResponseWriter, *http.Request) { met.Add(1) })
	tr := newTransport(t, transport.Config{Vault: secrets{}})
	conn := withAuth(server.URL, connector.Auth{Kind: connector.HeaderAuth, Name: "X"})
	wantClass(t, do(t, tr.Env(conn, contain()), ask{http.MethodPost, "/", "x"}), connector.Denied, "has no api_key")
	if met.Load() != 0 {
		t.Error("a request without credential was sent")
	}
}

// tokens is a vendor with a token endpoint.
type tokens struct {
	*httptest.Server
	issued, calls atomic.Int64
	mu            sync.Mutex // guards what follows
	valid         string
	ttl           string
	refuse        func(w http.ResponseWriter, r *http.Request) bool
}

func newTokens(t *testing.T) *tokens {
	t.Helper()
	v := &tokens{ttl: "3600"}
	v.Server = serve(t, v.handle)
	return v
}

func (v *tokens) handle(w http.ResponseWriter, r *http.Request) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if r.URL.Path == "/org/token" {
		if v.refuse != nil && v.refuse(w, r) {
			return
		}
		v.valid = fmt.Sprint("access-token-", v.issued.Add(1))
		w.Header().Set("Content-Type", "application/json")
		_, _ = fmt.Fprintf(w, `{"access_token":%q,"token_type":"Bearer","expires_in":%s}`, v.valid, v.ttl)
		return
	}
	v.calls.Add(1)
	if r.Header.Get("Authorization") != "Bearer "+v.valid || v.valid == "" {
		w.WriteHeader(http.StatusUnauthorized)
		return
	}
	body, _ := io.ReadAll(r.Body)
	_, _ = w.Write(body)
}

// revoke makes every token invalid.
func (v *tokens) revoke() {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.valid = ""
}

func (v *tokens) connection() transport.Connection {
	c := withAuth(v.URL+"/api", connector.Auth{Kind: connector.OAuth2Auth, TokenURL: "${{ settings.login }}/${{ settings.tenant }}/token", Scopes: []string{"a", "b"}})
	c.Settings = map[string]any{"login": v.URL, "tenant": "org"}
	return c
}

func oauthSecrets() secrets { return secrets{"client_id": "client-1", "client_secret": canary} }

// SEC-12: many calls at once make one request for a token, at the start and after a revocation.
func TestOAuth_hasOneRefresher_SEC12(t *testing.T) {
	t.Parallel()
	v := newTokens(t)
	tr := newTransport(t, transport.Config{Vault: oauthSecrets()})
	conn := v.connection()
	conn.Limits.Concurrent = 40
	for round := int64(1); round <= 2; round++ {
		var group sync.WaitGroup
		for range 20 {
			group.Go(func() {
				wantBody(t, do(t, tr.Env(conn, contain()), ask{http.MethodPost, "/x", "same body"}), 200, "same body")
			})
		}
		group.Wait()
		if v.issued.Load() != round {
			t.Fatalf("round %d: %d tokens were asked for", round, v.issued.Load())
		}
		v.revoke()
	}
}

func TestOAuth_refreshesOnceAfter401(t *testing.T) {
	t.Parallel()
	v := newTokens(t)
	tr := newTransport(t, transport.Config{Vault: oauthSecrets()})
	v.mu.Lock()
	v.ttl = `"3600"` // as text, like some vendors
	v.mu.Unlock()
	wantBody(t, do(t, tr.Env(v.connection(), contain()), ask{http.MethodPost, "/x", "1"}), 200, "1")
	v.revoke()
	wantBody(t, do(t, tr.Env(v.connection(), contain()), ask{http.MethodPost, "/x", "2"}), 200, "2")
	if v.issued.Load() != 2 || v.calls.Load() != 3 {
		t.Errorf("%d tokens and %d calls, want 2 and 3", v.issued.Load(), v.calls.Load())
	}
	other := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/org/token" {
			_, _ = io.WriteString(w, `{"access_token":"always-refused"}`)
			return
		}
		v.calls.Add(1)
		w.WriteHeader(http.StatusUnauthorized)
	})
	v.calls.Store(0)
	conn := v.connection()
	conn.BaseURL, conn.Settings["login"] = other.URL, other.URL
	wantBody(t, do(t, tr.Env(conn, read()), ask{http.MethodGet, "/x", ""}), 401, "")
	if v.calls.Load() != 2 {
		t.Errorf("%d calls, want one retry", v.calls.Load())
	}
}

func TestOAuth_renewsBeforeTheEnd(t *testing.T) {
	t.Parallel()
	v := newTokens(t)
	var offset atomic.Int64
	now := func() time.Time { return time.Unix(1_800_000_000+offset.Load(), 0) }
	tr := newTransport(t, transport.Config{Vault: oauthSecrets(), Now: now})
	for _, c := range []struct{ at, issued int64 }{{0, 1}, {3569, 1}, {3571, 2}} {
		offset.Store(c.at)
		wantBody(t, do(t, tr.Env(v.connection(), read()), ask{http.MethodPost, "/x", "x"}), 200, "x")
		if v.issued.Load() != c.issued {
			t.Errorf("after %d s: %d tokens, want %d", c.at, v.issued.Load(), c.issued)
		}
	}
}

func TestOAuth_failsDefinitelyAndWithoutTheSecret(t *testing.T) {
	t.Parallel()
	cases := map[string]struct {
		status int
		body   string
		want   connector.Class
		text   string
	}{
		"wrong secret":  {400, `{"error":"invalid_grant","error_description":"bad ` + strings.ReplaceAll(canary, `"`, `\"`) + `"}`, connector.Denied, "invalid_grant"},
		"unknown scope": {400, `{"error":"invalid_scope"}`, connector.Denied, "invalid_scope"},
		"busy":          {429, ``, connector.Limited, "429"},
		"broken":        {500, `oops`, connector.Unavailable, "500"},
		"redirected":    {302, ``, connector.Denied, "redirects"},
		"no token":      {200, `{}`, connector.Unavailable, "no access token"},
		"injection":     {200, `{"access_token":"a\r\nX-Evil: 1"}`, connector.Unavailable, "no access token"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			v := newTokens(t)
			v.refuse = func(w http.ResponseWriter, _ *http.Request) bool {
				w.WriteHeader(c.status)
				_, _ = io.WriteString(w, c.body)
				return true
			}
			tr := newTransport(t, transport.Config{Vault: oauthSecrets()})
			got := do(t, tr.Env(v.connection(), contain()), ask{http.MethodPost, "/x", "x"})
			wantClass(t, got, c.want, c.text)
			if strings.Contains(got.String(), "cAnArY") || v.calls.Load() != 0 {
				t.Errorf("got %q after %d calls, want no secret and no call", got, v.calls.Load())
			}
		})
	}
}

func TestOAuth_triesBasicWhereTheBodyIsNotTaken(t *testing.T) {
	t.Parallel()
	v := newTokens(t)
	v.refuse = func(w http.ResponseWriter, r *http.Request) bool {
		if _, _, ok := r.BasicAuth(); ok {
			return false
		}
		w.WriteHeader(http.StatusUnauthorized)
		_, _ = io.WriteString(w, `{"error":"invalid_client"}`)
		return true
	}
	tr := newTransport(t, transport.Config{Vault: oauthSecrets()})
	wantBody(t, do(t, tr.Env(v.connection(), read()), ask{http.MethodPost, "/x", "x"}), 200, "x")
}

// A connector cannot reach the token endpoint, though the transport does.
func TestOAuth_keepsTheEndpointToItself(t *testing.T) {
	t.Parallel()
	v, api := newTokens(t), serve(t, func(http.ResponseWriter, *http.Request) {})
	conn := v.connection()
	conn.BaseURL = api.URL
	tr := newTransport(t, transport.Config{Vault: oauthSecrets()})
	wantBody(t, do(t, tr.Env(conn, read()), ask{http.MethodGet, "/", ""}), 200, "")
	wantClass(t, do(t, tr.Env(conn, read()), ask{http.MethodPost, v.URL + "/org/token", "x"}), connector.Denied, "allowed hosts")
}

func TestLogin_getsASession(t *testing.T) {
	t.Parallel()
	var logins atomic.Int64
	server := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/api/login" {
			logins.Add(1)
			_, _ = io.WriteString(w, `{"data":{"token":"session-token-1"}}`)
			return
		}
		if r.Header.Get("X-Session") != "T session-token-1" {
			w.WriteHeader(http.StatusUnauthorized)
		}
	})
	conn := withAuth(server.URL+"/api", connector.Auth{Kind: connector.LoginAuth, Name: "X-Session", Prefix: "T ", Login: &connector.Login{
		Path: "/login", Body: map[string]string{"user": "username", "pass": "password"}, Token: "body.data.token", TTL: time.Hour,
	}})
	tr := newTransport(t, transport.Config{Vault: secrets{"username": "soc", "password": canary}})
	for range 3 {
		wantBody(t, do(t, tr.Env(conn, read()), ask{http.MethodGet, "/x", ""}), 200, "")
	}
	if logins.Load() != 1 {
		t.Errorf("%d log-ins, want 1", logins.Load())
	}
	conn.Auth.Login = nil
	if conn.Check() == nil {
		t.Error("a log-in without description was taken")
	}
}

func TestTransport_presentsAClientCertificate(t *testing.T) {
	t.Parallel()
	chain, key, cert := selfSigned(t)
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.WriteString(w, r.TLS.PeerCertificates[0].Subject.CommonName)
	}))
	pool := x509.NewCertPool()
	pool.AddCert(cert)
	server.TLS = &tls.Config{ClientAuth: tls.RequireAndVerifyClientCert, ClientCAs: pool, MinVersion: tls.VersionTLS12}
	server.Config.ErrorLog = slog.NewLogLogger(slog.DiscardHandler, slog.LevelError)
	server.StartTLS()
	t.Cleanup(server.Close)
	conn := withAuth(server.URL, connector.Auth{Kind: connector.MTLSAuth})
	conn.CA = pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw})
	tr := newTransport(t, transport.Config{Vault: secrets{"certificate": chain, "private_key": key}})
	wantBody(t, do(t, tr.Env(conn, contain()), ask{http.MethodPost, "/", "x"}), 200, cert.Subject.CommonName)
	without := newTransport(t, transport.Config{Vault: secrets{}})
	wantClass(t, do(t, without.Env(conn, contain()), ask{http.MethodPost, "/", "x"}), connector.Denied, "has no certificate")
}

func selfSigned(t *testing.T) (chain, key string, cert *x509.Certificate) {
	t.Helper()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	cert = &x509.Certificate{
		SerialNumber: big.NewInt(1), NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour), IsCA: true, BasicConstraintsValid: true,
		KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth},
	}
	cert.Subject.CommonName = "harrier-client"
	der, err := x509.CreateCertificate(rand.Reader, cert, cert, &private.PublicKey, private)
	if err != nil {
		t.Fatal(err)
	}
	raw, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		t.Fatal(err)
	}
	if cert, err = x509.ParseCertificate(der); err != nil {
		t.Fatal(err)
	}
	pemOf := func(kind string, b []byte) string {
		return string(pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: b}))
	}
	return pemOf("CERTIFICATE", der), pemOf("PRIVATE KEY", raw), cert
}

// A key that belongs into the body is put there at the last hop, and neither a
// recording nor the connector sees it.
func TestTransport_putsTheKeyIntoTheBody(t *testing.T) { // SEC-06
	t.Parallel()
	var got atomic.Value
	server := serve(t, func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		got.Store(string(body))
		_, _ = w.Write(body)
	})
	tape := &tapeText{}
	tr := newTransport(t, transport.Config{Vault: secrets{"api_key": "key-12345"}, Recorder: tape, RecordLive: true})
	env := tr.Env(withAuth(server.URL, connector.Auth{Kind: connector.BodyAuth, Name: "routing_key"}), read())
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, server.URL+"/x", strings.NewReader(`{"a":1,"routing_key":"theirs"}`))
	if err != nil {
		t.Fatal(err)
	}
	answer := exchange(t, env, req)
	if want := `{"a":1,"routing_key":"key-12345"}`; got.Load() != want {
		t.Errorf("the vendor saw %v, want %s", got.Load(), want)
	}
	if answer.err != nil || strings.Contains(answer.String()+tape.String(), "key-12345") {
		t.Errorf("it leaks: %v, %s", answer, tape.String())
	}
	req, err = http.NewRequestWithContext(t.Context(), http.MethodPost, server.URL+"/x", strings.NewReader(`[1]`))
	if err != nil {
		t.Fatal(err)
	}
	wantClass(t, exchange(t, env, req), connector.Invalid, "JSON object")
}
