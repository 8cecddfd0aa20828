package hostname_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/harrier-soar/harrier/internal/hostname"
)

func TestIPv4_readsWhatBrowsersRead(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"192.0.2.1": "192.0.2.1", "0x7f.1": "127.0.0.1", "0177.0.0.1": "127.0.0.1", "3221225985": "192.0.2.1", "192.0.513": "192.0.2.1", "0x": "0.0.0.0",
	} {
		got, ok := hostname.IPv4(in)
		if !ok || got.String() != want {
			t.Errorf("%s gives %s, %t; want %s", in, got, ok, want)
		}
	}
	for _, in := range []string{"", "1.2.3.4.5", "256.1.1.1", "1.2.3.256", "4294967296", "08.1.1.1", "a.1"} {
		if got, ok := hostname.IPv4(in); ok {
			t.Errorf("%q gives %s; want none", in, got)
		}
	}
}

func TestASCII_givesTheNameThatIsLookedUp(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{"Evil.EXAMPLE": "evil.example", "bücher.example": "xn--bcher-kva.example", "ｅｖｉｌ.example": "evil.example"} {
		got, ok := hostname.ASCII(in)
		if !ok || got != want {
			t.Errorf("%s gives %s, %t; want %s", in, got, ok, want)
		}
		if shown, ok := hostname.Unicode(got); ok && !strings.EqualFold(shown, in) {
			t.Errorf("%s is shown as %s", got, shown)
		}
	}
	if _, ok := hostname.ASCII("a\xff.example"); ok {
		t.Error("bytes that are no text give a name")
	}
}

func TestRegistered_isWhatSomebodyBought(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{"a.b.example.co.uk": "example.co.uk", "mail.example.com": "example.com", "com": "com", "": ""} {
		if got := hostname.Registered(in); got != want {
			t.Errorf("%q gives %q, want %q", in, got, want)
		}
	}
}

func FuzzNames(f *testing.F) {
	for _, seed := range []string{"evil.example", "0x7f.1", "xn--a", "bücher.example", "1..2", "\xff"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if len(s) > 1000 {
			return
		}
		name, ok := hostname.ASCII(s)
		if ok && hostname.Valid(name) && strings.ToLower(name) != name {
			t.Errorf("%q gives %q", s, name)
		}
		if ip, ok := hostname.IPv4(s); ok && !ip.Is4() {
			t.Errorf("%q gives %s", s, ip)
		}
		hostname.Unicode(name)
		hostname.Numeric(s)
		hostname.Registered(s)
	})
}

func TestSuffix_tellsWhatIsOnNoList(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{"www.example.co.uk": "co.uk true", "a.github.io": "github.io true", "setup.exe": "exe false", "com": "com true"} {
		suffix, known := hostname.Suffix(in)
		if got := fmt.Sprint(suffix, " ", known); got != want {
			t.Errorf("%q gives %s, want %s", in, got, want)
		}
	}
}
