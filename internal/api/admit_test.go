package api

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"math/big"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/access"
)

// certificate writes a certificate of loopback with its key.
func certificate(t *testing.T) (cert, key string) {
	t.Helper()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	tmpl := &x509.Certificate{SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(time.Hour), IPAddresses: nil, DNSNames: []string{"localhost"}}
	der, err := x509.CreateCertificate(rand.Reader, tmpl, tmpl, &private.PublicKey, private)
	if err != nil {
		t.Fatal(err)
	}
	secret, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	cert, key = filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem")
	for path, block := range map[string]*pem.Block{cert: {Type: "CERTIFICATE", Bytes: der}, key: {Type: "PRIVATE KEY", Bytes: secret}} {
		if err := os.WriteFile(path, pem.EncodeToMemory(block), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return cert, key
}

func TestAddress_ofOtherMachinesNeedsTLSAndAnAccount(t *testing.T) {
	t.Parallel()
	cert, key := certificate(t)
	token := harrier.NewSecret("harrier_local_right")
	for what, l := range map[string]Listening{
		"without TLS":        {Address: "0.0.0.0:0", Token: token, Accounts: true},
		"without an account": {Address: "0.0.0.0:0", Token: token, Certificate: cert, Key: key},
		"without its key":    {Address: "127.0.0.1:0", Token: token, Certificate: cert, Key: cert},
	} {
		if ln, err := newWorld().server(t).Listen(t.Context(), l); harrier.KindOf(err) != harrier.Invalid {
			t.Errorf("%s: got %v, %v, want invalid", what, ln, err)
		}
	}
	ln := listening(t, Listening{Address: "0.0.0.0:0", Token: token, Certificate: cert, Key: key, Accounts: true})
	client := &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true, MinVersion: tls.VersionTLS12}}}
	t.Cleanup(client.CloseIdleConnections)
	_, port, _ := strings.Cut(strings.TrimPrefix(ln.URL, "https://[::]"), ":")
	if _, p, ok := strings.Cut(strings.TrimPrefix(ln.URL, "https://"), "0.0.0.0:"); ok {
		port = p
	}
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "https://127.0.0.1:"+port+"/v1/runs", nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+access.Viewer)
	res, err := client.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	res.Body.Close()
	if res.StatusCode != http.StatusOK {
		t.Errorf("a bearer over TLS gets %d", res.StatusCode)
	}
}

// A token is taken from the header or one cookie, and from nowhere else; the
// token of the directory is good on its own machine alone; a token that is not
// good is nobody's, and keeps nobody from logging in.
func TestAdmitting_takesTokensFromTheirPlaces(t *testing.T) {
	t.Parallel()
	w := newWorld()
	s := w.server(t)
	h := s.admitting(Listening{Token: harrier.NewSecret("harrier_local_right"), Operator: harrier.Operator()})
	for what, c := range map[string]struct {
		header, cookie, from string
		want                 int
	}{
		"a bearer":                        {header: "Bearer viewer", want: 200},
		"a cookie":                        {cookie: sessionCookie + "=viewer", want: 200},
		"two cookies":                     {cookie: sessionCookie + "=viewer; " + sessionCookie + "=admin", want: 401},
		"a cookie of another name":        {cookie: "harrier-session=viewer", want: 401},
		"basic beside a cookie":           {header: "Basic dmlld2Vy", cookie: sessionCookie + "=viewer", want: 401},
		"a token that is not known":       {header: "Bearer x", want: 401},
		"the directory's, from here":      {header: "Bearer harrier_local_right", from: "127.0.0.1:5", want: 200},
		"the directory's, from elsewhere": {header: "Bearer harrier_local_right", from: "192.0.2.9:5", want: 401},
		"the directory's, said from here": {header: "Bearer harrier_local_right", from: "192.0.2.9:5", want: 401},
	} {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "/v1/runs", nil)
		if err != nil {
			t.Fatal(err)
		}
		req.RemoteAddr = "192.0.2.1:5"
		if c.from != "" {
			req.RemoteAddr = c.from
		}
		req.Header.Set("X-Forwarded-For", "127.0.0.1")
		if c.header != "" {
			req.Header.Set("Authorization", c.header)
		}
		if c.cookie != "" {
			req.Header.Set("Cookie", c.cookie)
		}
		if rec := serveOne(h, req); rec.Code != c.want {
			t.Errorf("%s gets %d, want %d", what, rec.Code, c.want)
		}
	}
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "/v1/session", strings.NewReader(`{"name":"ann","password":"right"}`))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Cookie", sessionCookie+"=old")
	if rec := serveOne(h, req); rec.Code != http.StatusCreated {
		t.Errorf("logging in with an old cookie gets %d: %s", rec.Code, rec.Body)
	}
	if got := peer(&http.Request{RemoteAddr: "[::ffff:192.0.2.1]:9"}); got != netip.MustParseAddr("192.0.2.1") {
		t.Errorf("the peer is %s", got)
	}
}

func serveOne(h http.Handler, req *http.Request) *httptest.ResponseRecorder {
	rec := httptest.NewRecorder()
	h.ServeHTTP(rec, req)
	return rec
}
