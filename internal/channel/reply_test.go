package channel

import (
	"strings"
	"testing"
)

func TestTokenIn_isFoundInAnswersOnly(t *testing.T) {
	t.Parallel()
	token := strings.Repeat("a-_Z", 10) + "abc"
	for subject, want := range map[string]string{
		"Re: Block it [hr:" + token + "]": token, "AW: WG: [hr:" + token + "] Block it": token, "Block it": "", "[hr:short]": "", "[hr:" + token + "x]": "",
	} {
		if got, ok := TokenIn(subject); got != want || ok != (want != "") {
			t.Errorf("%q gives %q, %t", subject, got, ok)
		}
	}
}

func FuzzTokenIn(f *testing.F) {
	f.Add("Re: x [hr:" + strings.Repeat("a", 43) + "]")
	f.Fuzz(func(t *testing.T, subject string) {
		if token, ok := TokenIn(subject); ok && (len(token) != 43 || !strings.Contains(subject, token)) {
			t.Errorf("%q gives %q", subject, token)
		}
	})
}
