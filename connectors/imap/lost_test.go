package imap_test

import (
	"bufio"
	"io"
	"maps"
	"net"
	"net/netip"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/harrier-soar/harrier/connector"
)

// wire stands between us and a server, without TLS, and cuts the connection
// once, at a command.
type wire struct {
	// at is the command; late tells that the server carries it out first.
	at   string
	late bool
	once sync.Once
}

// serve returns the address at which the wire begins.
func (w *wire) serve(t *testing.T, server string) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var work sync.WaitGroup
	work.Go(func() {
		for {
			near, err := l.Accept()
			if err != nil {
				return
			}
			far, err := net.Dial("tcp", server)
			if err != nil {
				_ = near.Close()
				continue
			}
			work.Go(func() { w.carry(near, far) })
		}
	})
	t.Cleanup(func() { _ = l.Close(); work.Wait() })
	return l.Addr().String()
}

// carry carries lines there and whatever comes back, until one side ends.
func (w *wire) carry(near, far net.Conn) {
	var muted sync.Mutex // held while nothing is carried back
	var back sync.WaitGroup
	back.Go(func() {
		defer func() { _ = near.Close() }()
		buffer := make([]byte, 32<<10)
		for {
			n, err := far.Read(buffer)
			if err != nil {
				return
			}
			muted.Lock()
			_, err = near.Write(buffer[:n])
			muted.Unlock()
			if err != nil {
				return
			}
		}
	})
	defer back.Wait()
	defer func() { _ = far.Close() }()
	in := bufio.NewReader(near)
	for {
		line, err := in.ReadString('\n')
		if err != nil {
			return
		}
		cut := false
		if strings.Contains(line, w.at) {
			w.once.Do(func() { cut = true })
		}
		if cut {
			_ = near.Close() // before the server can answer
		}
		if cut && !w.late {
			return
		}
		if _, err := io.WriteString(far, line); err != nil {
			return
		}
		if cut { // the server is not disturbed until it has done it
			_, _ = io.WriteString(far, "Z1 LOGOUT\r\n")
			back.Wait()
			return
		}
	}
}

// behind is the site as it is reached by a wire.
func (s *site) behind(w *wire) *site {
	out := *s
	address := w.serve(s.t, s.IMAP)
	out.conn.Name, out.conn.BaseURL = "wire", "imap://"+address
	out.conn.Settings = map[string]any{}
	maps.Copy(out.conn.Settings, s.conn.Settings)
	out.conn.Settings["base_url"], out.conn.Settings["tls"] = "imap://"+address, "none"
	return &out
}

func TestIMAP_saysThatItDoesNotKnowAndFindsOut(t *testing.T) {
	t.Parallel()
	users := people(2)
	s := newSite(t, users...)
	s.Deliver(t, evil, users[:1], mail(evil, phishID, "Your invoice", "Pay"))
	c := s.Copies(t, phishID)[0]
	c.Folder, c.Seen, c.Received = "Archive/2026", true, time.Date(2026, 3, 1, 8, 30, 0, 0, time.UTC)
	s.Put(t, c)
	before := s.Copies(t, phishID)
	id := s.messages(map[string]any{"message_id": phishID})[0]["id"]
	in := map[string]any{"mailbox": users[0], "message_id": id}

	for name, tc := range map[string]struct {
		wire  *wire
		class connector.Class
	}{
		"while it logs in":                    {&wire{at: "AUTHENTICATE"}, connector.Unavailable},
		"while the folder is opened":          {&wire{at: " SELECT "}, connector.Unavailable},
		"when the move is asked for, in vain": {&wire{at: "UID MOVE"}, connector.Unknown},
	} {
		_, err := s.behind(tc.wire).try("quarantine", in)
		if err == nil || err.Class != tc.class {
			t.Errorf("cut %s: %v, want %s", name, err, tc.class)
		}
		if at := s.must("locate", in); at["quarantined"] != false || at["folder"] != "Archive/2026" {
			t.Errorf("cut %s: the probe says %v", name, at)
		}
	}

	_, err := s.behind(&wire{at: "UID MOVE", late: true}).try("quarantine", in)
	if err == nil || err.Class != connector.Unknown {
		t.Fatalf("the answer to the move is lost: %v, want unknown", err)
	}
	at := s.must("locate", in)
	if at["quarantined"] != true || at["folder_before"] != "Archive/2026" || at["read_before"] != true {
		t.Fatalf("the probe says %v, want that it was moved from Archive/2026, read", at)
	}
	if _, err := s.try("quarantine", in); err == nil || err.Class != connector.NotFound {
		t.Errorf("once more: %v, want that it is not there", err)
	}

	back := map[string]any{"mailbox": users[0], "message_id": at["quarantined_id"], "folder": at["folder_before"]}
	if _, err := s.behind(&wire{at: "UID MOVE", late: true}).try("restore", back); err == nil || err.Class != connector.Unknown {
		t.Fatalf("the answer to the move back is lost: %v, want unknown", err)
	}
	if at := s.must("locate", map[string]any{"mailbox": users[0], "message_id": back["message_id"]}); at["exists"] != true || at["quarantined"] != false {
		t.Errorf("the probe of the restore says %v", at)
	}
	if out := s.must("restore", back); out["folder"] != "Archive/2026" { // doing it again changes nothing
		t.Errorf("restored once more to %v", out)
	}
	if diff := cmp.Diff(before, s.Copies(t, phishID), onDisk()); diff != "" {
		t.Errorf("not as it was (-before +after):\n%s", diff)
	}
}

func TestIMAP_followsWhatItsOwnerMoved(t *testing.T) {
	t.Parallel()
	users := people(1)
	s := newSite(t, users...)
	for range 2 { // the same mail twice, in one mailbox
		s.Deliver(t, evil, users, mail(evil, phishID, "Your invoice", "Pay"))
	}
	list := s.Copies(t, phishID)
	list[0].Received, list[1].Received = time.Date(2026, 3, 1, 8, 0, 0, 0, time.UTC), time.Date(2026, 3, 2, 8, 0, 0, 0, time.UTC)
	list[0].Folder, list[1].Folder = "INBOX", "INBOX"
	s.Put(t, list[0])
	s.Put(t, list[1])
	found := s.messages(map[string]any{"message_id": phishID})
	if len(found) != 2 || found[0]["received"] != "2026-03-01T08:00:00Z" && found[1]["received"] != "2026-03-01T08:00:00Z" {
		t.Fatalf("found %v", found)
	}
	first := found[0]
	if first["received"] != "2026-03-01T08:00:00Z" {
		first = found[1]
	}
	// Its owner files it, after the search and before the move.
	for _, c := range s.Copies(t, phishID) {
		if c.Received.Equal(list[0].Received) {
			c.Folder, c.Seen = "Invoices", true
			s.Put(t, c)
		}
	}
	out := s.must("quarantine", map[string]any{"mailbox": users[0], "message_id": first["id"]})
	if out["folder_before"] != "Invoices" || out["read_before"] != true {
		t.Errorf("it says that it was in %v, read %v", out["folder_before"], out["read_before"])
	}
	for _, c := range s.Copies(t, phishID) {
		want := "INBOX"
		if c.Received.Equal(list[0].Received) {
			want = "Quarantine"
		}
		if c.Folder != want {
			t.Errorf("the copy of %s is in %s, want %s", c.Received, c.Folder, want)
		}
	}
	s.must("restore", map[string]any{"mailbox": users[0], "message_id": out["quarantined_id"], "folder": "Invoices", "read": false})
	for _, c := range s.Copies(t, phishID) {
		if c.Received.Equal(list[0].Received) && (c.Folder != "Invoices" || c.Seen) {
			t.Errorf("restored to %s, read %v, want Invoices, unread", c.Folder, c.Seen)
		}
	}
}

func TestIMAP_saysWhatIsWrongWithAConnection(t *testing.T) {
	t.Parallel()
	users := people(1)
	s := newSite(t, users...)
	if out := s.must("check", map[string]any{}); out["reachable"] != true || out["moves"] != true {
		t.Errorf("the check says %v", out)
	}
	change := func(do func(*site)) *site {
		out := *s
		out.conn.Settings = map[string]any{}
		maps.Copy(out.conn.Settings, s.conn.Settings)
		do(&out)
		out.conn.Name = t.Name()
		return &out
	}
	set := func(name, value string) func(*site) {
		return func(s *site) {
			s.conn.Settings[name] = value
			if name == "base_url" {
				s.conn.BaseURL = value
			}
		}
	}
	for name, tc := range map[string]struct {
		change func(*site)
		class  connector.Class
		text   string
	}{
		"another CA":             {func(s *site) { s.conn.CA = nil }, connector.Unavailable, "add its CA"},
		"TLS on the wrong port":  {set("base_url", "imaps://"+s.IMAP), connector.Unavailable, "does not speak TLS"},
		"no TLS on the TLS port": {set("base_url", "imap://"+s.IMAPS), connector.Unavailable, "write imaps://"},
		"another protocol":       {set("base_url", "https://"+s.IMAPS), connector.Invalid, "imaps://host:port"},
		"an account that is not there": {func(s *site) { s.conn.Settings["mailboxes"] = []any{"nobody@corp.example"} },
			connector.Denied, "nobody@corp.example"},
		"another master user": {set("master_separator", "!"), connector.Denied, "log in"},
		"no private addresses": {func(s *site) { s.conn.AllowPrivate = []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")} },
			connector.Invalid, "127.0.0.1"},
	} {
		_, err := change(tc.change).try("check", map[string]any{})
		if err == nil || err.Class != tc.class || !strings.Contains(err.Text, tc.text) {
			t.Errorf("%s: %v, want %s with %q", name, err, tc.class, tc.text)
		}
	}
	if out := change(set("base_url", "imaps://"+s.IMAPS)).must("check", map[string]any{}); out["reachable"] != true {
		t.Errorf("TLS at once: %v", out)
	}
	apart := change(func(s *site) { s.conn.Settings["master_separator"] = "" })
	if out := apart.must("check", map[string]any{}); out["reachable"] != true {
		t.Errorf("both names apart: %v", out)
	}
	for _, id := range []string{"", "x", "1.2.3/INBOX/x", "1.0.3.4/INBOX/x", "1.1.1.1/%0d%0aA/x", "4294967296.1.1.1/INBOX/x"} {
		if _, err := s.try("locate", map[string]any{"mailbox": users[0], "message_id": id}); err == nil || err.Class != connector.Invalid {
			t.Errorf("id %q: %v, want invalid", id, err)
		}
	}
}
