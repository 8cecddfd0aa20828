package lab_test

import (
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/harrier-soar/harrier/internal/lab"
)

func TestGmail_aTokenIsGoodForItsOwnMailboxAndItsTime(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 2, 9, 0, 0, 0, time.UTC)
	b := start(t, lab.Config{Now: func() time.Time { return now }, TokenTTL: time.Minute})
	if err := b.Seed(lab.Scenario{}); err != nil {
		t.Fatal(err)
	}
	token, err := b.GmailToken("alice.archer@corp.example")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := b.GmailToken("nobody@corp.example"); err == nil {
		t.Error("a mailbox that does not exist got a token")
	}
	ask := func(mailbox string) reply {
		return b.ask("GET", b.URL("gmail")+"/gmail/v1/users/"+mailbox+"/messages", nil, "Authorization", "Bearer "+token)
	}
	if r := ask("alice.archer@corp.example"); r.status != http.StatusOK {
		t.Errorf("its own: got %d %s", r.status, r.raw)
	}
	if r := ask("bob.archer@corp.example"); r.status != http.StatusForbidden {
		t.Errorf("another: got %d, want 403", r.status)
	}
	now = now.Add(time.Minute)
	if r := ask("alice.archer@corp.example"); r.status != http.StatusUnauthorized || at(t, r.json(t), "error", "status") != "UNAUTHENTICATED" {
		t.Errorf("expired: got %d %s, want 401", r.status, r.raw)
	}
}

func TestGmail_givesNoTokenForAnAssertionThatIsWrong(t *testing.T) {
	t.Parallel()
	b := seeded(t)
	for name, c := range map[string]struct {
		form url.Values
		code string
	}{
		"another grant": {url.Values{"grant_type": {"client_credentials"}}, "unsupported_grant_type"},
		"no assertion":  {url.Values{"grant_type": {"urn:ietf:params:oauth:grant-type:jwt-bearer"}}, "invalid_grant"},
		"no signature":  {url.Values{"grant_type": {"urn:ietf:params:oauth:grant-type:jwt-bearer"}, "assertion": {"e30.e30."}}, "invalid_grant"},
		"a wrong one":   {url.Values{"grant_type": {"urn:ietf:params:oauth:grant-type:jwt-bearer"}, "assertion": {"e30.e30.AAAA"}}, "invalid_grant"},
	} {
		r, err := http.Post(b.URL("gmail")+"/token", "application/x-www-form-urlencoded", strings.NewReader(c.form.Encode()))
		if err != nil {
			t.Fatal(err)
		}
		var got struct {
			Error string `json:"error"`
		}
		if err := json.NewDecoder(r.Body).Decode(&got); err != nil || got.Error != c.code || r.StatusCode != http.StatusBadRequest {
			t.Errorf("%s: got %d %q, %v; want 400 %s", name, r.StatusCode, got.Error, err, c.code)
		}
		if err := r.Body.Close(); err != nil {
			t.Error(err)
		}
	}
}
