package transport_test

import (
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/harrier-soar/harrier/connector"
	"github.com/harrier-soar/harrier/internal/transport"
)

// delegation is a vendor that gives out tokens for signed assertions; each is
// good for the subject of its assertion.
type delegation struct {
	*httptest.Server
	key *rsa.PrivateKey

	mu     sync.Mutex // guards what follows
	issued []string   // subjects, in order
	stale  map[string]bool
}

func newDelegation(t *testing.T) *delegation {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	d := &delegation{key: key, stale: map[string]bool{}}
	d.Server = serve(t, func(w http.ResponseWriter, r *http.Request) { d.serve(t, w, r) })
	return d
}

func (d *delegation) serve(t *testing.T, w http.ResponseWriter, r *http.Request) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if r.URL.Path == "/token" {
		claims := d.verified(t, r)
		subject, _ := claims["sub"].(string)
		d.issued = append(d.issued, subject)
		_, _ = fmt.Fprintf(w, `{"access_token":"token-%d-of-%s","expires_in":3599,"token_type":"Bearer"}`, len(d.issued), subject)
		return
	}
	token := strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer ")
	if d.stale[token] || !strings.HasPrefix(token, "token-") {
		w.WriteHeader(http.StatusUnauthorized)
		return
	}
	_, subject, _ := strings.Cut(token, "-of-")
	_, _ = fmt.Fprint(w, subject)
}

// verified returns the claims of a signed assertion.
func (d *delegation) verified(t *testing.T, r *http.Request) map[string]any {
	if got := r.PostFormValue("grant_type"); got != "urn:ietf:params:oauth:grant-type:jwt-bearer" {
		t.Errorf("grant_type is %q", got)
	}
	parts := strings.Split(r.PostFormValue("assertion"), ".")
	if len(parts) != 3 {
		t.Errorf("the assertion has %d parts", len(parts))
		return nil
	}
	signature, err := base64.RawURLEncoding.DecodeString(parts[2])
	sum := sha256.Sum256([]byte(parts[0] + "." + parts[1]))
	if err != nil || rsa.VerifyPKCS1v15(&d.key.PublicKey, crypto.SHA256, sum[:], signature) != nil {
		t.Error("the signature is wrong")
	}
	body, err := base64.RawURLEncoding.DecodeString(parts[1])
	var claims map[string]any
	if err != nil || json.Unmarshal(body, &claims) != nil {
		t.Errorf("the claims %q do not parse", body)
	}
	want := map[string]any{"iss": "svc@project.example", "aud": d.URL + "/token", "scope": "mail users", "sub": claims["sub"]}
	if claims["exp"].(float64)-claims["iat"].(float64) != 3600 {
		t.Errorf("the assertion is good from %v to %v", claims["iat"], claims["exp"])
	}
	delete(claims, "iat")
	delete(claims, "exp")
	if diff := cmp.Diff(want, claims); diff != "" {
		t.Errorf("claims (-want +got):\n%s", diff)
	}
	return claims
}

func (d *delegation) connection() transport.Connection {
	c := withAuth(d.URL+"/v1", connector.Auth{
		Kind: connector.JWTBearerAuth, TokenURL: "${{ settings.login }}/token", Scopes: []string{"mail", "users"}, Subject: "admin", SubjectPath: "/users/",
	})
	c.Settings = map[string]any{"login": d.URL, "admin": "admin@corp.example"}
	return c
}

func (d *delegation) secrets(t *testing.T) secrets {
	t.Helper()
	der, err := x509.MarshalPKCS8PrivateKey(d.key)
	if err != nil {
		t.Fatal(err)
	}
	key := pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der})
	return secrets{"client_email": "svc@project.example", "private_key": strings.ReplaceAll(string(key), "\n", `\n`)}
}

func TestJWTBearer_actsForTheAccountThatThePathNames(t *testing.T) {
	t.Parallel()
	d := newDelegation(t)
	tr := newTransport(t, transport.Config{Vault: d.secrets(t)})
	env := tr.Env(d.connection(), read())
	for _, c := range []struct{ path, want string }{
		{"/users/alice@corp.example/messages", "alice@corp.example"},
		{"/users/bob%2Bx@corp.example/messages?a=b", "bob+x@corp.example"},
		{"/users/alice@corp.example/labels", "alice@corp.example"},
		{"/directory", "admin@corp.example"},
		{"/usersx/y", "admin@corp.example"},
	} {
		wantBody(t, do(t, env, ask{http.MethodGet, d.URL + "/v1" + c.path, ""}), 200, c.want)
	}
	if diff := cmp.Diff([]string{"alice@corp.example", "bob+x@corp.example", "admin@corp.example"}, d.issued); diff != "" {
		t.Errorf("tokens were asked for (-want +got):\n%s", diff)
	}
	wantClass(t, do(t, env, ask{http.MethodGet, d.URL + "/v1/users/%0a/messages", ""}), connector.Invalid, "on whose behalf")
}

func TestJWTBearer_refreshesTheTokenThatWasRefusedOnly(t *testing.T) {
	t.Parallel()
	d := newDelegation(t)
	tr := newTransport(t, transport.Config{Vault: d.secrets(t)})
	env := tr.Env(d.connection(), contain())
	for _, user := range []string{"alice", "bob"} {
		wantBody(t, do(t, env, ask{http.MethodPost, d.URL + "/v1/users/" + user + "/x", "b"}), 200, user)
	}
	d.mu.Lock()
	d.stale["token-1-of-alice"] = true
	d.mu.Unlock()
	for _, user := range []string{"alice", "bob"} {
		wantBody(t, do(t, env, ask{http.MethodPost, d.URL + "/v1/users/" + user + "/x", "b"}), 200, user)
	}
	if diff := cmp.Diff([]string{"alice", "bob", "alice"}, d.issued); diff != "" {
		t.Errorf("tokens were asked for (-want +got):\n%s", diff)
	}
}

func TestJWTBearer_aKeyThatIsNoneIsDenied(t *testing.T) {
	t.Parallel()
	d := newDelegation(t)
	for name, key := range map[string]string{"no PEM": "secret-key-text", "no key": "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----"} {
		tr := newTransport(t, transport.Config{Vault: secrets{"client_email": "svc@project.example", "private_key": key}})
		got := do(t, tr.Env(d.connection(), read()), ask{http.MethodGet, d.URL + "/v1/directory", ""})
		wantClass(t, got, connector.Denied, "private_key")
		if strings.Contains(got.String(), key) {
			t.Errorf("%s: the error shows the key: %v", name, got)
		}
	}
	conn := d.connection()
	delete(conn.Settings, "admin")
	tr := newTransport(t, transport.Config{Vault: d.secrets(t)})
	wantClass(t, do(t, tr.Env(conn, read()), ask{http.MethodGet, d.URL + "/v1/directory", ""}), connector.Invalid, "lacks the setting admin")
}
