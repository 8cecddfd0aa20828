package email_test

import (
	"testing"

	"github.com/harrier-soar/harrier/internal/email"
)

func TestShare_tellsNothingOfWhoWasWrittenTo(t *testing.T) {
	t.Parallel()
	const reader = "kim.lee@corp.example"
	for _, c := range []struct{ link, url, host, personal string }{
		{"https://evil.example/login?u=kim.lee@corp.example&page=2", "https://evil.example/login?page=2", "evil.example", ""},
		{"HTTPS://Evil.EXAMPLE:443/a.exe", "https://evil.example/a.exe", "evil.example", ""},
		{"https://admin:secret@evil.example/", "https://evil.example/", "evil.example", ""},
		{"http://203.0.113.7/x", "http://203.0.113.7/x", "203.0.113.7", ""},
		{"http://[2001:db8::7]/x", "http://[2001:db8::7]/x", "2001:db8::7", ""},
		{"https://mail.example/unsubscribe/list", "https://mail.example/unsubscribe/list", "mail.example", "It ends a subscription."},
		{"https://portal.example/reset-password?token=8f3bA91cd7720eFF41", "https://portal.example/reset-password?token=8f3bA91cd7720eFF41", "portal.example", "It resets a password."},
		{"https://evil.example/view?d=8f3ba91cd7720eff4199", "https://evil.example/view?d=8f3ba91cd7720eff4199", "evil.example", "It holds what was made for one reader."},
	} {
		got, ok := email.Share(c.link, []string{reader})
		if want := (email.SharedLink{URL: c.url, Host: c.host, Personal: c.personal}); !ok || got != want {
			t.Errorf("%s gives %+v, %t; want %+v", c.link, got, ok, want)
		}
	}
	for _, link := range []string{"", "mailto:a@b.example", "javascript:alert(1)", "file:///etc/passwd", "evil.example/x"} {
		if got, ok := email.Share(link, nil); ok {
			t.Errorf("%q gives %+v", link, got)
		}
	}
}
