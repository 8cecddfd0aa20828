package imap

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"net"
	"strings"
	"testing"

	"github.com/emersion/go-imap/v2"
	"github.com/google/go-cmp/cmp"
)

func FuzzCopyID_isReadAsItWasWritten(f *testing.F) {
	f.Add("1795737600.7.1795736800.2345/INBOX/%3C1234@sender.example%3E")
	f.Add("1.1.1.1/a%2Fb%25/")
	f.Fuzz(func(t *testing.T, text string) {
		id, err := parseCopyID(text)
		if err != nil {
			return
		}
		again, err := parseCopyID(id.String())
		if err != nil || again != id {
			t.Errorf("%q is %+v, and %q is %+v, %v", text, id, id.String(), again, err)
		}
		if hasControls(id.folder + id.messageID) {
			t.Errorf("%q lets control characters through", text)
		}
	})
}

func TestCopyID_survivesNamesOfAllKinds(t *testing.T) {
	t.Parallel()
	for _, folder := range []string{"INBOX", "Gelöschte Elemente/2026", "a.b%2F", `"\ {`} {
		id := copyID{place{folder, 4294967295, imap.UID(4294967295)}, nature{-1, 0, "<a/b%3E@ü>"}}
		if got, err := parseCopyID(id.String()); err != nil || got != id {
			t.Errorf("%s is read as %+v, %v", id, got, err)
		}
	}
}

func FuzzHolds_endsAndFindsWhatIsThere(f *testing.F) {
	f.Add([]byte("Content-Type: multipart/mixed; boundary=a\r\n\r\n--a\r\n\r\nhttps://evil.example/x\r\n--a--\r\n"))
	f.Add([]byte("Content-Type: text/html\nContent-Transfer-Encoding: base64\n\nPGEgaHJlZj0i=="))
	f.Add([]byte("Content-Type: message/rfc822\n\nContent-Type: message/rfc822\n\n"))
	f.Fuzz(func(t *testing.T, raw []byte) {
		holds(raw, []string{"https://evil.example/x"}, nil)
		holds(raw, nil, []string{strings.Repeat("0", 64)})
		var m message
		m.readHeader(raw)
		if hasControls(m.subject + m.messageID + strings.Join(m.from, "")) {
			t.Errorf("control characters come through: %+v", m)
		}
	})
}

func TestHolds_looksIntoEveryPart(t *testing.T) {
	t.Parallel()
	file := []byte("%PDF-1.7 not really")
	sum := sha256.Sum256(file)
	hash := hex.EncodeToString(sum[:])
	raw := []byte("From: a@b.example\r\nContent-Type: multipart/mixed; boundary=one\r\n\r\n--one\r\nContent-Type: multipart/alternative; boundary=two\r\n\r\n" +
		"--two\r\nContent-Type: text/plain\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\nhttps://evil.example/pay?id=3D7&x=\r\n=3D1 now\r\n" +
		"--two\r\nContent-Type: text/html\r\n\r\n<a href=\"https://other.example/a?b=1&amp;c=2\">x</a>\r\n--two--\r\n" +
		"--one\r\nContent-Type: application/pdf; name=x.pdf\r\nContent-Transfer-Encoding: base64\r\n\r\n" + base64.StdEncoding.EncodeToString(file) + "\r\n--one--\r\n")
	for name, tc := range map[string]struct {
		links, hashes []string
		want          bool
	}{
		"a link in quoted-printable":           {[]string{"https://evil.example/pay?id=7&x=1"}, nil, true},
		"a link with entities":                 {[]string{"https://other.example/a?b=1&c=2"}, nil, true},
		"a link that goes on":                  {[]string{"https://evil.example/pay?id=7"}, nil, false},
		"any of several":                       {[]string{"https://none.example/", "HTTPS://EVIL.example/pay?id=7&x=1"}, nil, true},
		"a file":                               {nil, []string{strings.Repeat("a", 64), strings.ToUpper(hash)}, true},
		"a link and another file":              {[]string{"https://other.example/a?b=1&c=2"}, []string{strings.Repeat("a", 64)}, false},
		"a link and a file":                    {[]string{"https://other.example/a?b=1&c=2"}, []string{hash}, true},
		"the path in other case is other text": {[]string{"https://other.example/A?b=1&c=2"}, nil, false},
	} {
		if got := holds(raw, tc.links, tc.hashes); got != tc.want {
			t.Errorf("%s: %v, want %v", name, got, tc.want)
		}
	}
}

func TestHeader_isReadAsFarAsItGoes(t *testing.T) {
	t.Parallel()
	var m message
	m.readHeader([]byte("no header at all\r\nSUBJECT: =?utf-8?q?Gr=C3=BC=C3=9Fe?=\r\n =?utf-8?q?_aus?= Bonn\r\nfrom: \"Bank, the\" <Pay@Evil.example>, broken <x@y.example\r\n" +
		"Message-Id:\t<1@x>\r\nTo: a@b.example\r\nCc: C@b.example\r\n\r\nFrom: body@x.example\r\n"))
	want := message{subject: "Grüße aus Bonn", from: []string{"pay@evil.example"}, to: []string{"a@b.example", "c@b.example"}}
	want.messageID = "<1@x>"
	if diff := cmp.Diff(want, m, cmp.AllowUnexported(message{}, copyID{}, place{}, nature{})); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func FuzzSieve_readsWhateverAServerSays(f *testing.F) {
	f.Add([]byte("\"IMPLEMENTATION\" \"x\"\r\nOK (WARNINGS) \"fine\"\r\n"))
	f.Add([]byte("{5}\r\nabcde\r\nOK\r\n"))
	f.Add([]byte("NO (NONEXISTENT) {3}\r\nbad\r\n"))
	f.Fuzz(func(_ *testing.T, said []byte) {
		s := &sieve{in: bufio.NewReader(bytes.NewReader(said))}
		_, _ = s.answer()
	})
}

func TestSieve_tellsYesFromNo(t *testing.T) {
	t.Parallel()
	for said, want := range map[string]string{
		"OK\r\n": "", "\"a\" ACTIVE\r\nOK (TAG \"x\") \"done\"\r\n": "",
		"NO (NONEXISTENT) \"no \\\"x\\\" here\"\r\n": `NO NONEXISTENT no "x" here`, "NO {3}\r\nbad\r\n": "NO  bad", "BYE\r\n": "BYE",
		"": "EOF", "{99999999}\r\n": "unavailable: the ManageSieve server sends a text of a wrong size",
	} {
		s := &sieve{in: bufio.NewReader(strings.NewReader(said))}
		_, err := s.answer()
		if got := ""; err != nil && err.Error() != want || err == nil && want != got {
			t.Errorf("%q is %v, want %q", said, err, want)
		}
	}
}

func TestBlock_writesSendersAsTextOnly(t *testing.T) {
	t.Parallel()
	for _, sender := range []string{`a"; discard; #@x.example`, "*", "*@x.example", "a@b@c.example", "", "a b@x.example", "x.example\r\ndiscard;"} {
		if b, err := newBlocked(map[string]any{"sender": sender}); err == nil {
			t.Errorf("%q is taken as %+v", sender, b)
		}
	}
	source := blocked{"evil.example"}.source(`Quar"antine`, "x\r\ndiscard;")
	for line := range strings.SplitSeq(source, "\r\n") {
		if strings.HasPrefix(line, "discard") || strings.Contains(line, `fileinto :create "Quar"a`) {
			t.Errorf("text became a command:\n%s", source)
		}
	}
}

func TestStartTLS_refusesToGoOnWithout(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		upgrade func(net.Conn) (string, error)
		said    string
	}{
		"IMAP":        {startIMAP, "* OK ready\r\nH1 BAD unknown\r\n"},
		"SMTP":        {startSMTP, "220 ready\r\n250-x\r\n250 y\r\n502 unknown\r\n"},
		"ManageSieve": {startSieve, "\"SIEVE\" \"\"\r\nOK\r\nNO \"unknown\"\r\n"},
	} {
		near, far := net.Pipe()
		go func() {
			in := bufio.NewReader(far)
			for line := range strings.Lines(tc.said) {
				if _, err := far.Write([]byte(line)); err != nil {
					return
				}
				if name == "SMTP" && !strings.HasPrefix(line, "250-") || strings.HasPrefix(line, "* OK") || strings.HasPrefix(line, "OK") {
					_, _ = in.ReadString('\n')
				}
			}
		}()
		_, err := tc.upgrade(near)
		if failed := definite(err); err == nil || failed.Class != "denied" {
			t.Errorf("%s: %v, want denied", name, err)
		}
		_ = near.Close()
		_ = far.Close()
	}
}
