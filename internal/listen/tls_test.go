package listen_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/harrier-soar/harrier/internal/listen"
)

// authority signs certificates for a test.
type authority struct {
	t    *testing.T
	cert *x509.Certificate
	key  *ecdsa.PrivateKey
	dir  string
}

func newAuthority(t *testing.T) *authority {
	t.Helper()
	a := &authority{t: t, dir: t.TempDir()}
	a.cert, a.key = a.sign(&x509.Certificate{
		Subject: pkix.Name{CommonName: "test authority"}, IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign,
	})
	a.write("ca.pem", "CERTIFICATE", a.cert.Raw)
	return a
}

func (a *authority) sign(template *x509.Certificate) (*x509.Certificate, *ecdsa.PrivateKey) {
	a.t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		a.t.Fatal(err)
	}
	template.SerialNumber = big.NewInt(time.Now().UnixNano())
	template.NotBefore, template.NotAfter = time.Now().Add(-time.Hour), time.Now().Add(time.Hour)
	parent, signer := a.cert, a.key
	if parent == nil {
		parent, signer = template, key
	}
	der, err := x509.CreateCertificate(rand.Reader, template, parent, &key.PublicKey, signer)
	if err != nil {
		a.t.Fatal(err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		a.t.Fatal(err)
	}
	return cert, key
}

func (a *authority) write(name, kind string, der []byte) {
	a.t.Helper()
	if err := os.WriteFile(filepath.Join(a.dir, name), pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}), 0o600); err != nil {
		a.t.Fatal(err)
	}
}

// issue writes name.pem and name.key, and returns both for a client.
func (a *authority) issue(name string) tls.Certificate {
	a.t.Helper()
	cert, key := a.sign(&x509.Certificate{
		Subject: pkix.Name{CommonName: name}, DNSNames: []string{name}, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth},
	})
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		a.t.Fatal(err)
	}
	a.write(name+".pem", "CERTIFICATE", cert.Raw)
	a.write(name+".key", "PRIVATE KEY", der)
	return tls.Certificate{Certificate: [][]byte{cert.Raw}, PrivateKey: key}
}

// greet does a client's handshake and waits until the server agreed to it.
func (r *running) greet(t *testing.T, a *authority, certs ...tls.Certificate) (net.Conn, error) {
	t.Helper()
	pool := x509.NewCertPool()
	pool.AddCert(a.cert)
	conn := tls.Client(r.connect(t), &tls.Config{RootCAs: pool, ServerName: "127.0.0.1", Certificates: certs, MinVersion: tls.VersionTLS12})
	return conn, conn.HandshakeContext(t.Context())
}

func TestServer_takesMessagesOverTLSFromThoseWithANamedCertificate(t *testing.T) {
	t.Parallel()
	a := newAuthority(t)
	a.issue("siem.example")
	fw, other := a.issue("fw1.example"), a.issue("other.example")
	src := source(t, "fw", `{"transport":"tls","tls":{"certificate":"siem.example.pem","key":"siem.example.key","client_ca":"ca.pem","client_names":["FW1.example"]}}`)
	r := run(t, listen.Config{Dir: a.dir}, &book{}, src)

	conn, err := r.greet(t, a, fw)
	if err != nil {
		t.Fatal(err)
	}
	send(t, conn, "7 <13>one7 <13>two")
	eventually(t, "both messages", func() bool { return r.book.count() == 2 })
	if m := r.book.meta(t, "<13>one"); m["client"] != "fw1.example" || m["transport"] != "tls" {
		t.Errorf("meta %v", m)
	}

	if ends := r.Listeners()[0].CertificateEnds; ends.Before(time.Now()) || ends.After(time.Now().Add(2*time.Hour)) {
		t.Errorf("the certificate is said to end at %s", ends)
	}

	// In TLS 1.3 a client hears that its certificate is not good enough when it reads.
	if conn, err = r.greet(t, a, other); err == nil {
		closed(t, conn)
	}
	if conn, err = r.greet(t, a); err == nil {
		closed(t, conn)
	}
	eventually(t, "both refusals", func() bool { return r.Listeners()[0].Refused == 2 })
	if n := r.book.count(); n != 2 {
		t.Errorf("%d messages", n)
	}
}

func TestServer_endsAHandshakeThatIsNone(t *testing.T) {
	t.Parallel()
	a := newAuthority(t)
	a.issue("siem.example")
	r := run(t, listen.Config{Dir: a.dir}, &book{}, source(t, "fw", `{"transport":"tls","tls":{"certificate":"siem.example.pem","key":"siem.example.key"}}`))
	conn := r.connect(t)
	send(t, conn, "<13>this is no TLS\n")
	eventually(t, "the refusal", func() bool { return r.Listeners()[0].Refused == 1 })
}

func TestServer_losesNothingOverTLSThatArrivedBeforeAStop(t *testing.T) {
	t.Parallel()
	a := newAuthority(t)
	a.issue("siem.example")
	src := source(t, "fw", `{"transport":"tls","tls":{"certificate":"siem.example.pem","key":"siem.example.key"}}`)
	r := run(t, listen.Config{Dir: a.dir}, &book{}, src)
	conn, err := r.greet(t, a)
	if err != nil {
		t.Fatal(err)
	}
	for range 300 {
		send(t, conn, "<13>x\n")
	}
	eventually(t, "the first to be read", func() bool { return r.stats(src).Received > 0 })
	r.stop()
	if got := r.book.count(); got != 300 {
		t.Errorf("%d of 300 messages are stored", got)
	}
}

func TestServer_tellsThatItsCertificateIsMissing(t *testing.T) {
	t.Parallel()
	r := run(t, listen.Config{Dir: t.TempDir()}, &book{}, source(t, "fw", `{"transport":"tls","tls":{"certificate":"a.pem","key":"a.key"}}`))
	if l := r.Listeners()[0]; l.Address != "" || l.Problem == "" {
		t.Errorf("listener %+v, want a problem", l)
	}
}
