package ldap

import (
	"bytes"
	"encoding/hex"
	"strings"
	"testing"

	"github.com/go-ldap/ldap/v3"
)

func TestSID_isReadAndAskedForAlike(t *testing.T) {
	t.Parallel()
	for text, raw := range map[string]string{
		"S-1-5-32-544":              "01020000000000052000000020020000",
		"S-1-5-21-1-2-3-4294967295": "0105000000000005150000000100000002000000" + "03000000ffffffff",
		"S-1-1-0":                   "010100000000000100000000",
	} {
		b, err := hex.DecodeString(raw)
		if err != nil {
			t.Fatal(err)
		}
		if got := sidText(b); got != text {
			t.Errorf("%s is read as %q, want %s", raw, got, text)
		}
		if got := strings.ReplaceAll(sidFilter(text), `\`, ""); got != raw {
			t.Errorf("%s is asked for as %s, want %s", text, got, raw)
		}
	}
	for _, wrong := range []string{"", "S-1-", "S-1-x", "S-1-5-99999999999", "S-1-5-*"} {
		if got := sidFilter(wrong); strings.Contains(got, "*") || got != "" && len(got) < 24 {
			t.Errorf("%q is asked for as %q", wrong, got)
		}
	}
}

func TestTimes_areReadInTheWaysOfDirectories(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{"0": "", "133775136000000000": "2024-12-01T08:00:00Z", "9223372036854775807": "", "x": ""} {
		if got := fileTime(text); got != want {
			t.Errorf("fileTime(%s) = %q, want %q", text, got, want)
		}
	}
	for text, want := range map[string]string{"20261127090000.0Z": "2026-11-27T09:00:00Z", "20261127090000Z": "2026-11-27T09:00:00Z", "20261127100000Z+0100": "", "": ""} {
		if got := generalTime(text); got != want {
			t.Errorf("generalTime(%s) = %q, want %q", text, got, want)
		}
	}
}

// Active Directory pads lengths, and gives large groups in parts.
func TestAnswers_areReadAsActiveDirectoryWritesThem(t *testing.T) {
	t.Parallel()
	for answer, want := range map[string]int{
		"300c02010178070a010004000400":                           0,
		"308400000010020101788400000007" + "0a0100" + "04000400": 0,
		"300c02010178070a013404000400":                           52,
		"300c02010165070a010004000400":                           -1, // the answer to something else
		"485454502f312e31203430302042":                           -1, // HTTP/1.1 400 B
	} {
		raw, err := hex.DecodeString(answer)
		if err != nil {
			t.Fatal(err)
		}
		tag, content, err := element(bytes.NewReader(raw))
		code, ok := resultCode(tag, content)
		if !ok || err != nil {
			code = -1
		}
		if code != want {
			t.Errorf("%s is %d, want %d", answer, code, want)
		}
	}
	part, last, more := ranged(&ldap.Entry{Attributes: []*ldap.EntryAttribute{{Name: "cn"}, {Name: "member;Range=0-1499", Values: []string{"a", "b"}}}})
	if len(part) != 2 || last != 1499 || !more {
		t.Errorf("a part is %v to %d, more %v", part, last, more)
	}
	if part, _, more = ranged(&ldap.Entry{Attributes: []*ldap.EntryAttribute{{Name: "member;range=1500-*", Values: []string{"c"}}}}); len(part) != 1 || more {
		t.Errorf("the last part is %v, more %v", part, more)
	}
}

func FuzzEntry(f *testing.F) {
	f.Add([]byte{0x30, 0x0c, 2, 1, 1, 0x78, 7, 10, 1, 0, 4, 0, 4, 0}, "CN=a\\,b,DC=x")
	f.Add([]byte{1, 2, 0, 0, 0, 0, 0, 5, 32, 0, 0, 0, 32, 2, 0, 0}, "S-1-5-32-544")
	f.Fuzz(func(t *testing.T, raw []byte, text string) {
		if tag, content, err := element(bytes.NewReader(raw)); err == nil {
			if len(content) > maxElement {
				t.Errorf("an element of %d bytes", len(content))
			}
			resultCode(tag, content)
		}
		if sid := sidText(raw); sid != "" && !strings.HasPrefix(string(raw), "S-1-") && sidText(unescaped(t, sidFilter(sid))) != sid {
			t.Errorf("%x is %s and not asked for so", raw, sid)
		}
		if filter := sidFilter(text); filter != "" {
			if _, err := ldap.CompileFilter("(objectSid=" + filter + ")"); err != nil {
				t.Errorf("%q makes the filter %q: %v", text, filter, err)
			}
		}
		_, _, _ = rdn(text), folded(text), fileTime(text)+generalTime(text)
	})
}

func unescaped(t *testing.T, filter string) []byte {
	t.Helper()
	raw, err := hex.DecodeString(strings.ReplaceAll(filter, `\`, ""))
	if err != nil {
		t.Fatal(err)
	}
	return raw
}
