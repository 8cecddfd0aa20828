package door

import (
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"
	"time"
)

func TestRefused_tellsWhoSetsASourceUpWhatIsWrong(t *testing.T) {
	t.Parallel()
	signature := Auth{Kind: Signature, Header: "X-Sig", Algorithm: "sha256", TimeHeader: "X-Time", Signed: "{timestamp}.{body}"}
	stamp := strconv.FormatInt(newHouse().now.Unix(), 10)
	for name, of := range map[string]struct {
		auth   Auth
		path   string
		header []string
		says   string
	}{
		"no token":              {Auth{Kind: Bearer}, "", nil, "no token in its header Authorization"},
		"another token":         {Auth{Kind: Bearer, Header: "X-Key"}, "", []string{"X-Key", "another-secret"}, "the token in its header X-Key is another one"},
		"no password":           {Auth{Kind: Basic, User: "sns"}, "", nil, "no user and password"},
		"another user":          {Auth{Kind: Basic, User: "sns"}, "", []string{"Authorization", "Basic Ym9iOng="}, "its user is not sns"},
		"another password":      {Auth{Kind: Basic, User: "bob"}, "", []string{"Authorization", "Basic Ym9iOng="}, "its password is another one"},
		"no signature":          {signature, "", nil, "no signature in its header X-Sig"},
		"an old signature":      {signature, "", []string{"X-Sig", "00", "X-Time", "1"}, "5 minutes from ours"},
		"a signature of others": {signature, "", []string{"X-Sig", "00", "X-Time", stamp}, "does not fit"},
		"no standard":           {Auth{Kind: Standard}, "", nil, "no header Webhook-Id"},
		"a standard too late":   {Auth{Kind: Standard}, "", []string{"Webhook-Id", "1", "Webhook-Timestamp", "1"}, "5 minutes from ours"},
		"a standard of others":  {Auth{Kind: Standard}, "", []string{"Webhook-Id", "1", "Webhook-Timestamp", stamp}, "does not fit"},
		"no certificate":        {Auth{Kind: MTLS, Names: []string{"dns:a"}}, "", nil, "no certificate that we trust"},
		"another address":       {Auth{Kind: URLToken}, "/wrong", nil, "the secret in its address is missing or another one"},
	} {
		h := newHouse()
		secrets := []string{token}
		if of.auth.Kind == MTLS {
			secrets = nil
		}
		src := h.add("s", Settings{Auth: of.auth}, secrets...)
		if got := h.Refused(src.ID); got.Count != 0 {
			t.Errorf("%s: before, %+v", name, got)
		}
		rec, err := h.post("/v1/in/s"+of.path, `{"a":1}`, of.header...)
		if err == nil || strings.Contains(rec.Body.String(), of.says) {
			t.Errorf("%s: the sender is told %q, %v", name, rec.Body, err)
		}
		got := h.Refused(src.ID)
		if got.Count != 1 || !strings.Contains(got.Why, of.says) || got.Peer == "" || got.At.IsZero() {
			t.Errorf("%s: %+v, want %q", name, got, of.says)
		}
		if strings.Contains(got.Why, "another-secret") || strings.Contains(got.Why, "wrong") {
			t.Errorf("%s: %q holds what the sender sent", name, got.Why)
		}
	}
}

func TestRefused_isNotWhatWasTaken(t *testing.T) {
	t.Parallel()
	h := newHouse()
	src := h.add("s", Settings{Auth: Auth{Kind: Bearer}}, token)
	req := httptest.NewRequest(http.MethodPost, "/v1/in/s", strings.NewReader(`{"a":1}`))
	req.Header.Set("Authorization", "Bearer "+token)
	if _, err := h.send(req); err != nil {
		t.Fatal(err)
	}
	if _, err := h.post("/v1/in/nobody", `{"a":1}`); err == nil {
		t.Error("a source that does not exist takes something")
	}
	h.now = h.now.Add(time.Minute)
	if got := h.Refused(src.ID); got.Count != 0 {
		t.Errorf("%+v", got)
	}
}
