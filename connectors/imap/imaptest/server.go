package imaptest

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"io"
	"math/big"
	"net"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

const (
	// Domain is where all mailboxes are.
	Domain = "corp.example"
	// Master is the user who may open every mailbox.
	Master = "harrier"
	// Password is that of Master.
	Password = "correct-horse-battery-staple"
	// Policy is the account whose Sieve scripts apply to everybody.
	Policy = "policy@" + Domain
	// patience bounds every wait for the servers.
	patience = 30 * time.Second
)

// Server is a mail system that runs until its test ends.
type Server struct {
	// IMAP, IMAPS, SMTP and Sieve are host:port; all but IMAPS begin without TLS.
	IMAP, IMAPS, SMTP, Sieve string
	// CA is the certificate of all of them, in PEM.
	CA []byte
	// Users are the mailboxes.
	Users []string

	dir string
}

// Start runs a mail system with these mailboxes. It skips the test where the
// servers are not installed or cannot be started, and in short runs.
func Start(t *testing.T, users ...string) *Server {
	t.Helper()
	if testing.Short() {
		t.Skip("starts a mail system of a dozen processes: run it without -short")
	}
	for _, program := range []string{postfixMaster, "/usr/sbin/dovecot", "/usr/lib/dovecot/lmtp", "/usr/lib/dovecot/managesieve"} {
		if _, err := os.Stat(program); err != nil {
			// Debian has LMTP and ManageSieve in packages of their own.
			t.Skipf("%s is not there: install postfix, dovecot-imapd, dovecot-lmtpd, dovecot-sieve and dovecot-managesieved", program)
		}
	}
	if os.Getuid() != 0 {
		t.Skip("Postfix starts as root only")
	}
	s := &Server{Users: append(users, Policy), dir: folder(t)}
	ports := freePorts(t, 4)
	s.IMAP, s.IMAPS, s.SMTP, s.Sieve = ports[0], ports[1], ports[2], ports[3]
	s.certify(t)
	s.dovecot(t)
	// Dovecot greets when it can check passwords, and Postfix ends where it cannot.
	s.greeted(t, s.IMAP, "* OK")
	s.greeted(t, s.Sieve, `"`)
	s.postfix(t)
	s.greeted(t, s.SMTP, "220 ")
	return s
}

// greeted waits until a server says that it is ready.
func (s *Server) greeted(t *testing.T, address, word string) {
	t.Helper()
	s.Await(t, address+" greets", func() bool {
		conn, err := net.DialTimeout("tcp", address, time.Second) //nolint:forbidigo,noctx // a server of the test, on loopback
		if err != nil {
			return false
		}
		defer func() { _ = conn.Close() }()
		said := make([]byte, len(word))
		if conn.SetDeadline(time.Now().Add(10*time.Second)) != nil {
			return false
		}
		_, err = io.ReadFull(conn, said)
		return err == nil && string(said) == word
	})
}

// folder is where a server lives: a short path, since sockets have short names.
func folder(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "mail") //nolint:usetesting // a socket's name is at most 107 bytes long
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	if err := os.Chmod(dir, 0o755); err != nil { //nolint:gosec // the servers run as users of their own
		t.Fatal(err)
	}
	return dir
}

// Await asks until something is so.
func (s *Server) Await(t *testing.T, what string, so func() bool) {
	t.Helper()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	end := time.NewTimer(patience)
	defer end.Stop()
	for !so() {
		select {
		case <-tick.C:
		case <-end.C:
			t.Fatalf("after %s it is not so that %s; the servers say:\n%s", patience, what, s.log())
		}
	}
}

// log is the end of what the servers logged.
func (s *Server) log() string {
	var out strings.Builder
	for _, name := range []string{"dovecot.log", "postfix.log"} {
		raw, err := os.ReadFile(s.path(name))
		if err == nil {
			fmt.Fprintf(&out, "== %s\n%s\n", name, raw[max(0, len(raw)-4000):])
		}
	}
	return out.String()
}

func (s *Server) path(elements ...string) string {
	return filepath.Join(append([]string{s.dir}, elements...)...)
}

func (s *Server) write(t *testing.T, name, text string) {
	t.Helper()
	if err := os.WriteFile(s.path(name), []byte(text), 0o644); err != nil { //nolint:gosec // other users read it
		t.Fatal(err)
	}
}

// certify makes a certificate for 127.0.0.1.
func (s *Server) certify(t *testing.T) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "mail." + Domain}, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
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
	if err := os.Chmod(s.path("key.pem"), 0o600); err != nil {
		t.Fatal(err)
	}
}

// run starts a program and ends it with the test.
func (s *Server) run(t *testing.T, name string, args ...string) {
	t.Helper()
	var out bytes.Buffer
	cmd := exec.Command(args[0], args[1:]...) //nolint:gosec,noctx // fixed programs, ended below
	cmd.Stdout, cmd.Stderr = &out, &out
	cmd.Env = []string{"PATH=/usr/sbin:/usr/bin:/sbin:/bin"}
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if err := cmd.Start(); err != nil {
		t.Fatalf("start %s: %v", name, err)
	}
	t.Cleanup(func() {
		_ = syscall.Kill(-cmd.Process.Pid, syscall.SIGTERM)
		if err := cmd.Wait(); err != nil && t.Failed() {
			t.Logf("%s: %v\n%s", name, err, out.String())
		}
	})
}

// account returns the numbers of a user of this machine.
func account(t *testing.T, name string) (uid, gid int) {
	t.Helper()
	u, err := user.Lookup(name)
	if err != nil {
		t.Skipf("there is no user %s here: %v", name, err)
	}
	uid, _ = strconv.Atoi(u.Uid)
	gid, _ = strconv.Atoi(u.Gid)
	return uid, gid
}

// own makes a folder that belongs to a user.
func (s *Server) own(t *testing.T, name string, mode os.FileMode, ids ...int) {
	t.Helper()
	dir := s.path(name)
	if err := os.MkdirAll(dir, mode); err != nil {
		t.Fatal(err)
	}
	if err := os.Chown(dir, ids[0], ids[1]); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(dir, mode); err != nil {
		t.Fatal(err)
	}
}
