package ldaptest

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

const (
	// Base is the entry that everything is below.
	Base = "dc=corp,dc=example"
	// Reader is who may read.
	Reader = "cn=harrier,dc=corp,dc=example"
	// Password is that of Reader.
	Password = "correct-horse-battery-staple"
	// patience bounds every wait for the server.
	patience = 30 * time.Second

	slapd   = "/usr/sbin/slapd"
	modules = "/usr/lib/ldap"
	schemas = "/etc/ldap/schema"
)

// Server is a directory that runs until its test ends.
type Server struct {
	// LDAP and LDAPS are host:port.
	LDAP, LDAPS string
	// CA is its certificate, in PEM.
	CA []byte

	dir string
}

// Start runs a directory with the entries of an LDIF. It skips the test where
// slapd is not installed, and in short runs.
func Start(t *testing.T, ldif string) *Server {
	t.Helper()
	if testing.Short() {
		t.Skip("starts a directory: run it without -short")
	}
	for _, needed := range []string{slapd, modules + "/back_mdb.so", schemas + "/inetorgperson.schema"} {
		if _, err := os.Stat(needed); err != nil {
			t.Skipf("%s is not there: install slapd", needed)
		}
	}
	s := &Server{dir: t.TempDir()}
	s.certify(t)
	s.write(t, "ad.schema", adSchema)
	s.write(t, "slapd.conf", strings.NewReplacer("{dir}", s.dir, "{modules}", modules, "{schemas}", schemas, "{base}", Base, "{password}", Password).Replace(conf))
	s.write(t, "seed.ldif", ldif)
	if err := os.Mkdir(s.path("db"), 0o700); err != nil {
		t.Fatal(err)
	}
	// One program is also all tools: -T add reads an LDIF.
	seed := exec.CommandContext(t.Context(), slapd, "-T", "add", "-f", s.path("slapd.conf"), "-l", s.path("seed.ldif")) //nolint:gosec // fixed
	if out, err := seed.CombinedOutput(); err != nil {
		t.Fatalf("seed the directory: %v\n%s", err, out)
	}
	s.LDAP, s.LDAPS = freePort(t), freePort(t)
	s.run(t)
	return s
}

// run starts the server, waits until it answers, and ends it with the test.
func (s *Server) run(t *testing.T) {
	t.Helper()
	var out bytes.Buffer
	cmd := exec.Command(slapd, "-d", "0", "-f", s.path("slapd.conf"), "-h", "ldap://"+s.LDAP+" ldaps://"+s.LDAPS) //nolint:gosec,noctx // fixed, ended below
	cmd.Stdout, cmd.Stderr = &out, &out
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if err := cmd.Start(); err != nil {
		t.Fatalf("start slapd: %v", err)
	}
	t.Cleanup(func() {
		_ = syscall.Kill(-cmd.Process.Pid, syscall.SIGTERM)
		if err := cmd.Wait(); err != nil && t.Failed() {
			t.Logf("slapd: %v\n%s", err, out.String())
		}
	})
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	end := time.NewTimer(patience)
	defer end.Stop()
	for {
		conn, err := net.DialTimeout("tcp", s.LDAPS, time.Second) //nolint:forbidigo,noctx // a server of the test, on loopback
		if err == nil {
			_ = conn.Close()
			return
		}
		select {
		case <-tick.C:
		case <-end.C:
			t.Fatalf("slapd does not answer after %s: %v", patience, err)
		}
	}
}

func (s *Server) path(name string) string { return filepath.Join(s.dir, name) }

func (s *Server) write(t *testing.T, name, text string) {
	t.Helper()
	if err := os.WriteFile(s.path(name), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// freePort returns an address of loopback that nobody listens on.
func freePort(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0") //nolint:noctx // for a moment
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	return l.Addr().String()
}

// certify makes a certificate for 127.0.0.1.
func (s *Server) certify(t *testing.T) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "ldap.corp.example"}, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(24 * time.Hour), IsCA: true, BasicConstraintsValid: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	private, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	s.CA = pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
	s.write(t, "cert.pem", string(s.CA))
	s.write(t, "key.pem", string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: private})))
}

const conf = `include {schemas}/core.schema
include {schemas}/cosine.schema
include {schemas}/inetorgperson.schema
include {schemas}/nis.schema
include {dir}/ad.schema
modulepath {modules}
moduleload back_mdb.so
pidfile {dir}/slapd.pid
argsfile {dir}/slapd.args
TLSCertificateFile {dir}/cert.pem
TLSCertificateKeyFile {dir}/key.pem
sizelimit size.soft=500 size.hard=500 size.pr=unlimited size.prtotal=unlimited
database mdb
suffix "{base}"
rootdn "cn=harrier,{base}"
rootpw {password}
directory {dir}/db
maxsize 268435456
access to * by * none
limits dn.exact="cn=harrier,{base}" size.soft=500 size.hard=500 size.pr=unlimited size.prtotal=unlimited
`

// adSchema are the attributes of Active Directory that the connector reads, under
// the numbers that they have there.
const adSchema = `attributetype ( 1.2.840.113556.1.4.221 NAME 'sAMAccountName' EQUALITY caseIgnoreMatch SYNTAX 1.3.6.1.4.1.1466.115.121.1.15 SINGLE-VALUE )
attributetype ( 1.2.840.113556.1.4.656 NAME 'userPrincipalName' EQUALITY caseIgnoreMatch SYNTAX 1.3.6.1.4.1.1466.115.121.1.15 SINGLE-VALUE )
attributetype ( 1.2.840.113556.1.4.146 NAME 'objectSid' EQUALITY octetStringMatch SYNTAX 1.3.6.1.4.1.1466.115.121.1.40 SINGLE-VALUE )
attributetype ( 1.2.840.113556.1.4.2 NAME 'objectGUID' EQUALITY octetStringMatch SYNTAX 1.3.6.1.4.1.1466.115.121.1.40 SINGLE-VALUE )
attributetype ( 1.2.840.113556.1.4.8 NAME 'userAccountControl' EQUALITY integerMatch SYNTAX 1.3.6.1.4.1.1466.115.121.1.27 SINGLE-VALUE )
attributetype ( 1.2.840.113556.1.4.98 NAME 'primaryGroupID' EQUALITY integerMatch SYNTAX 1.3.6.1.4.1.1466.115.121.1.27 SINGLE-VALUE )
attributetype ( 1.2.840.113556.1.4.150 NAME 'adminCount' EQUALITY integerMatch SYNTAX 1.3.6.1.4.1.1466.115.121.1.27 SINGLE-VALUE )
attributetype ( 1.2.840.113556.1.4.619 NAME 'dNSHostName' EQUALITY caseIgnoreMatch SYNTAX 1.3.6.1.4.1.1466.115.121.1.15 SINGLE-VALUE )
attributetype ( 1.2.840.113556.1.4.363 NAME 'operatingSystem' EQUALITY caseIgnoreMatch SYNTAX 1.3.6.1.4.1.1466.115.121.1.15 SINGLE-VALUE )
attributetype ( 1.2.840.113556.1.4.782 NAME 'objectCategory' EQUALITY caseIgnoreMatch SYNTAX 1.3.6.1.4.1.1466.115.121.1.15 SINGLE-VALUE )
attributetype ( 1.2.840.113556.1.2.210 NAME 'proxyAddresses' EQUALITY caseIgnoreMatch SYNTAX 1.3.6.1.4.1.1466.115.121.1.15 )
attributetype ( 1.2.840.113556.1.2.141 NAME 'department' EQUALITY caseIgnoreMatch SYNTAX 1.3.6.1.4.1.1466.115.121.1.15 SINGLE-VALUE )
attributetype ( 1.2.840.113556.1.4.35 NAME 'employeeID' EQUALITY caseIgnoreMatch SYNTAX 1.3.6.1.4.1.1466.115.121.1.15 SINGLE-VALUE )
objectclass ( 1.2.840.113556.1.5.9 NAME 'user' SUP organizationalPerson STRUCTURAL MAY ( sAMAccountName $ userPrincipalName $ objectSid $ objectGUID $ userAccountControl $ primaryGroupID $ adminCount $ objectCategory $ proxyAddresses $ department $ employeeID $ mail $ manager $ displayName ) )
objectclass ( 1.2.840.113556.1.3.30 NAME 'computer' SUP user STRUCTURAL MAY ( dNSHostName $ operatingSystem ) )
objectclass ( 1.2.840.113556.1.5.8 NAME 'group' SUP top STRUCTURAL MUST cn MAY ( sAMAccountName $ objectSid $ member $ objectCategory ) )
objectclass ( 1.2.840.113556.1.5.67 NAME 'domainDNS' SUP domain STRUCTURAL MAY objectSid )
`
