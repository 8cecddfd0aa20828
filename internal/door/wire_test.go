package door

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"io"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/harrier-soar/harrier"
)

// authority makes certificates.
type authority struct {
	t    *testing.T
	cert *x509.Certificate
	key  *ecdsa.PrivateKey
}

func newAuthority(t *testing.T) *authority {
	t.Helper()
	a := &authority{t: t}
	made := a.issue(&x509.Certificate{Subject: pkix.Name{CommonName: "CA"}, IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign})
	a.cert, _ = x509.ParseCertificate(made.Certificate[0])
	a.key, _ = made.PrivateKey.(*ecdsa.PrivateKey)
	return a
}

// issue makes a certificate, signed by itself where there is no authority yet.
func (a *authority) issue(c *x509.Certificate) tls.Certificate {
	a.t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		a.t.Fatal(err)
	}
	c.SerialNumber, c.NotBefore, c.NotAfter = big.NewInt(time.Now().UnixNano()), time.Now().Add(-time.Hour), time.Now().Add(time.Hour)
	parent, signer := a.cert, a.key
	if parent == nil {
		parent, signer = c, key
	}
	der, err := x509.CreateCertificate(rand.Reader, c, parent, &key.PublicKey, signer)
	if err != nil {
		a.t.Fatal(err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
}

// open listens for a house, with TLS where an authority is given.
func (h *house) open(t *testing.T, a *authority) *httptest.Server {
	t.Helper()
	mux := http.NewServeMux()
	mux.HandleFunc("POST /v1/in/{source}", func(w http.ResponseWriter, r *http.Request) {
		if err := h.Deliver(w, r); err != nil {
			w.WriteHeader(map[harrier.Kind]int{harrier.Unauthenticated: 401, harrier.Unavailable: 503, harrier.Limited: 503}[harrier.KindOf(err)])
		}
	})
	s := httptest.NewUnstartedServer(mux)
	if a != nil {
		pool := x509.NewCertPool()
		pool.AddCert(a.cert)
		s.TLS = &tls.Config{ClientCAs: pool, ClientAuth: tls.VerifyClientCertIfGiven, MinVersion: tls.VersionTLS12}
		s.StartTLS()
	} else {
		s.Start()
	}
	t.Cleanup(s.Close)
	return s
}

func TestDeliver_letsInTheCertificatesThatAreNamed(t *testing.T) {
	t.Parallel()
	h := newHouse()
	a, stranger := newAuthority(t), newAuthority(t)
	h.add("name", Settings{Auth: Auth{Kind: MTLS, Names: []string{"dns:siem.corp.example"}}})
	h.add("subject", Settings{Auth: Auth{Kind: MTLS, Subjects: []string{"CN=siem,O=Corp"}}})
	s := h.open(t, a)
	leaf := func(cn string, names ...string) *x509.Certificate {
		return &x509.Certificate{Subject: pkix.Name{CommonName: cn, Organization: []string{"Corp"}}, DNSNames: names, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}}
	}
	ask := func(source string, c *tls.Certificate) int {
		client := s.Client()
		tr, _ := client.Transport.(*http.Transport)
		tr = tr.Clone()
		if c != nil {
			tr.TLSClientConfig.GetClientCertificate = func(*tls.CertificateRequestInfo) (*tls.Certificate, error) { return c, nil }
		}
		defer tr.CloseIdleConnections()
		resp, err := (&http.Client{Transport: tr}).Post(s.URL+"/v1/in/"+source, "application/json", strings.NewReader("{}"))
		if err != nil {
			return 0
		}
		defer resp.Body.Close()
		return resp.StatusCode
	}
	right, other := a.issue(leaf("siem", "SIEM.corp.example")), a.issue(leaf("mail", "mail.corp.example"))
	forged := stranger.issue(leaf("siem", "siem.corp.example"))
	for _, source := range []string{"name", "subject"} {
		if got := ask(source, &right); got != http.StatusAccepted {
			t.Errorf("%s: the right certificate got %d", source, got)
		}
		if got := ask(source, &other); got != http.StatusUnauthorized {
			t.Errorf("%s: another certificate of the same authority got %d, want 401", source, got)
		}
		if got := ask(source, nil); got != http.StatusUnauthorized {
			t.Errorf("%s: no certificate got %d, want 401", source, got)
		}
		if got := ask(source, &forged); got != 0 {
			t.Errorf("%s: a certificate of another authority got %d, want no connection", source, got)
		}
	}
	for _, src := range h.sources {
		if left := time.Until(h.CertificateEnd(src.ID)); left < 50*time.Minute || left > time.Hour {
			t.Errorf("the certificate of %s ends in %s, want an hour", src.Name, left)
		}
	}
	if len(h.taken) != 2 {
		t.Errorf("%d events were taken, want 2", len(h.taken))
	}
}

// WH-08: senders that say a little and then nothing do not keep others out.
func TestDeliver_cutsOffWhoIsSlow(t *testing.T) {
	t.Parallel()
	h := newHouse()
	h.patience = 300 * time.Millisecond
	h.add("slow", Settings{Auth: Auth{Kind: Standard}}, "whsec_AAAA")
	h.add("siem", Settings{Auth: Auth{Kind: Bearer}}, token)
	s := h.open(t, nil)
	var wg sync.WaitGroup
	defer wg.Wait()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	for range 300 {
		conn, err := new(net.Dialer).DialContext(ctx, "tcp", s.Listener.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.WriteString(conn, "POST /v1/in/slow HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n{"); err != nil {
			t.Fatal(err)
		}
		wg.Go(func() {
			defer func() { _ = conn.Close() }()
			_ = conn.SetReadDeadline(time.Now().Add(20 * time.Second))
			if text, err := io.ReadAll(conn); err != nil || !strings.HasPrefix(string(text), "HTTP/1.1 503 ") {
				t.Errorf("a slow sender got %q %v, want to be cut off", text, err)
			}
		})
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, s.URL+"/v1/in/siem", strings.NewReader("{}"))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+token)
	resp, err := s.Client().Do(req)
	if err != nil || resp.StatusCode != http.StatusAccepted {
		t.Fatalf("beside slow senders another got %v %v", resp, err)
	}
	_ = resp.Body.Close()
}
