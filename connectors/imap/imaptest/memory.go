package imaptest

import (
	"bytes"
	"net"
	"testing"
	"time"

	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapserver"
	"github.com/emersion/go-imap/v2/imapserver/imapmemserver"
)

// Memory is a server without TLS and without a disk, for one mailbox, that runs
// until its test ends.
type Memory struct {
	// URL is its address.
	URL string
	// Idles has something in it for each time that somebody began to wait for mail.
	Idles chan struct{}

	user   *imapmemserver.User
	server *imapserver.Server
}

// StartMemory runs a server that [Master] may open a mailbox of. Where it is mute
// it does not say that it can tell of mail (IDLE).
func StartMemory(t *testing.T, mailbox string, mute bool) *Memory {
	t.Helper()
	m := &Memory{Idles: make(chan struct{}, 100), user: imapmemserver.NewUser(mailbox+"*"+Master, Password)}
	if err := m.user.Create("INBOX", nil); err != nil {
		t.Fatal(err)
	}
	users := imapmemserver.New()
	users.AddUser(m.user)
	m.server = imapserver.New(&imapserver.Options{InsecureAuth: true, NewSession: func(*imapserver.Conn) (imapserver.Session, *imapserver.GreetingData, error) {
		return watched{users.NewSession(), m.Idles}, nil, nil
	}})
	l, err := net.Listen("tcp", "127.0.0.1:0") //nolint:noctx // of the test
	if err != nil {
		t.Fatal(err)
	}
	m.URL = "imap://" + l.Addr().String()
	if mute {
		l = silent{l}
	}
	done := make(chan struct{})
	go func() { defer close(done); _ = m.server.Serve(l) }() // it ends when it is closed
	t.Cleanup(func() { m.Stop(); <-done })
	return m
}

// Stop ends the server and all its connections.
func (m *Memory) Stop() { _ = m.server.Close() }

// Arrive puts a mail into the inbox.
func (m *Memory) Arrive(t *testing.T, mail []byte) {
	t.Helper()
	body := literal{bytes.NewReader(mail), int64(len(mail))}
	if _, err := m.user.Append("INBOX", body, &imap.AppendOptions{Time: time.Now()}); err != nil {
		t.Fatal(err)
	}
}

// literal is a text whose length is told before.
type literal struct {
	*bytes.Reader
	size int64
}

// Size implements imap.LiteralReader.
func (l literal) Size() int64 { return l.size }

// watched is a session that tells when somebody begins to wait.
type watched struct {
	imapserver.Session
	idles chan<- struct{}
}

// Idle implements imapserver.Session.
func (w watched) Idle(to *imapserver.UpdateWriter, stop <-chan struct{}) error {
	w.idles <- struct{}{}
	return w.Session.Idle(to, stop)
}

// silent is a listener of a server that does not say that it has IDLE.
type silent struct{ net.Listener }

// Accept implements net.Listener.
func (l silent) Accept() (net.Conn, error) {
	conn, err := l.Listener.Accept()
	return muted{conn}, err
}

type muted struct{ net.Conn }

// Write implements net.Conn.
func (c muted) Write(p []byte) (int, error) {
	return c.Conn.Write(bytes.ReplaceAll(p, []byte(" IDLE"), []byte(" XDLE")))
}
