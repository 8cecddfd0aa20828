package app

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/api"
	"github.com/harrier-soar/harrier/internal/store/blanktest"
	"github.com/harrier-soar/harrier/internal/webhook"
)

// verified is what a receiver does by the specification: it reports whether one
// of the signatures is that of the secret over id, time and body.
func verified(h http.Header, body []byte, secret string) bool {
	key, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(secret, "whsec_"))
	mac := hmac.New(sha256.New, key)
	mac.Write([]byte(h.Get("webhook-id") + "." + h.Get("webhook-timestamp") + "." + string(body)))
	for one := range strings.SplitSeq(h.Get("webhook-signature"), " ") {
		version, signature, _ := strings.Cut(one, ",")
		got, decoded := base64.StdEncoding.DecodeString(signature)
		if err == nil && decoded == nil && version == "v1" && hmac.Equal(got, mac.Sum(nil)) {
			return true
		}
	}
	return false
}

// posted is a post as a receiver got it.
type posted struct {
	header http.Header
	body   []byte
}

// WH-13: a program outside is told of a case by a message that it verifies with
// its secret, by either one while they change; addresses inside are not reached
// unless that is allowed (NET), and what was sent stands in the list.
func TestWebhooks_tellAProgramThatVerifiesThem(t *testing.T) {
	t.Parallel()
	posts := make(chan posted, 10)
	hook := httptest.NewTLSServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		b, _ := io.ReadAll(r.Body)
		posts <- posted{r.Header, b}
	}))
	t.Cleanup(hook.Close)
	ca := string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: hook.Certificate().Raw}))
	a, err := Open(t.Context(), Options{Dir: blanktest.Dir(t)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = a.Close() })
	by, ctx := harrier.Operator(), t.Context()
	in := api.AddWebhook{Name: "soar", URL: hook.URL + "/x", Topics: []string{"case.created"}, CA: ca}
	inside, err := telling{a}.AddWebhook(ctx, by, in)
	if err == nil {
		t.Errorf("an address inside was taken: %+v", inside)
	}
	in.AllowPrivate = []string{"127.0.0.1/32"}
	w, err := telling{a}.AddWebhook(ctx, by, in)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := (files{a}).CreateCase(ctx, by, api.CreateCase{Title: "Beacon"}); err != nil {
		t.Fatal(err)
	}
	if err := a.webhooks.Pass(ctx); err != nil {
		t.Fatal(err)
	}
	got := <-posts
	if !verified(got.header, got.body, w.Secret) || verified(got.header, append(got.body, ' '), w.Secret) {
		t.Errorf("%v does not verify", got.header)
	}
	var said struct {
		Type string         `json:"type"`
		Data map[string]any `json:"data"`
	}
	if err := json.Unmarshal(got.body, &said); err != nil || said.Type != "case.created" || said.Data["title"] != "Beacon" {
		t.Errorf("it was told %s, %v", got.body, err)
	}
	next, err := telling{a}.RotateWebhook(ctx, by, "soar")
	if err != nil || next.Secret == "" || next.Secret == w.Secret {
		t.Fatalf("%+v, %v", next, err)
	}
	if ping, err := (telling{a}).PingWebhook(ctx, by, "soar"); err != nil || ping.State != webhook.Sent {
		t.Fatalf("%+v, %v", ping, err)
	}
	if got := <-posts; !verified(got.header, got.body, next.Secret) || !verified(got.header, got.body, w.Secret) {
		t.Errorf("%v is not signed with both", got.header)
	}
	list, err := telling{a}.WebhookDeliveries(ctx, by, "soar", "sent", harrier.Page{Limit: 10})
	if err != nil || len(list.Items) != 2 {
		t.Errorf("%+v, %v", list, err)
	}
	if _, err := (telling{a}).ChangeWebhook(ctx, by, "soar", w.Rev, api.ChangeWebhook{}); harrier.KindOf(err) != harrier.Conflict {
		t.Errorf("a change of what was changed meanwhile: %v", err)
	}
	if err := (telling{a}).RemoveWebhook(ctx, by, "soar"); err != nil {
		t.Error(err)
	}
}
