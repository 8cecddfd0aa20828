package app

import (
	"crypto/hmac"
	"crypto/sha256"
	"crypto/tls"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/api"
	"github.com/harrier-soar/harrier/internal/store/blanktest"
)

// AUD-03: rows and checkpoints go to a log server over TLS and to a signed web
// hook, once each; and neither is reached where its address is not allowed (NET).
func TestShipping_reachesLogServersAndWebHooks(t *testing.T) {
	t.Parallel()
	posts := make(chan http.Header, 10)
	bodies := make(chan []byte, 10)
	hook := httptest.NewTLSServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		b, _ := io.ReadAll(r.Body)
		posts <- r.Header
		bodies <- b
	}))
	t.Cleanup(hook.Close)
	ca := string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: hook.Certificate().Raw}))
	server, err := tls.Listen("tcp", "127.0.0.1:0", hook.TLS)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = server.Close() })
	got := make(chan string, 10)
	go func() {
		for {
			conn, err := server.Accept()
			if err != nil {
				return
			}
			b, _ := io.ReadAll(conn)
			got <- string(b)
			_ = conn.Close()
		}
	}()
	a, err := Open(t.Context(), Options{Dir: blanktest.Dir(t)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = a.Close() })
	add := func(in api.AddAuditTarget) api.AuditTarget {
		in.CA = ca
		out, err := trails{a}.AddAuditTarget(t.Context(), harrier.Operator(), in)
		if err != nil {
			t.Fatal(err)
		}
		return out
	}
	private := []string{"127.0.0.1/32"}
	add(api.AddAuditTarget{Name: "logs", Kind: "syslog", Address: server.Addr().String(), AllowPrivate: private})
	hooked := add(api.AddAuditTarget{Name: "hook", Kind: "webhook", Address: hook.URL + "/audit", AllowPrivate: private})
	if _, err := (trails{a}).AddAuditTarget(t.Context(), harrier.Operator(), api.AddAuditTarget{Name: "inside", Kind: "syslog", Address: server.Addr().String()}); err == nil {
		t.Error("a target inside was taken without being allowed")
	}
	if err := a.trail.Pass(t.Context()); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if err := a.ship.Pass(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	if text := <-got; strings.Count(text, `"action":"audit_target.add"`) != 2 || !strings.Contains(text, `{"checkpoint":"harrier-audit/`) {
		t.Errorf("the log server got %q", text)
	}
	head, body := <-posts, <-bodies
	key, _ := base64.StdEncoding.DecodeString(strings.TrimPrefix(hooked.Secret, "whsec_"))
	mac := hmac.New(sha256.New, key)
	mac.Write([]byte(head.Get("webhook-id") + "." + head.Get("webhook-timestamp") + "." + string(body)))
	if want := "v1," + base64.StdEncoding.EncodeToString(mac.Sum(nil)); head.Get("webhook-signature") != want {
		t.Errorf("signature %s, want %s", head.Get("webhook-signature"), want)
	}
	var v struct {
		Data struct {
			Rows       []string `json:"rows"`
			Checkpoint string   `json:"checkpoint"`
		} `json:"data"`
	}
	if err := json.Unmarshal(body, &v); err != nil || len(v.Data.Rows) != 2 || v.Data.Checkpoint == "" {
		t.Errorf("the web hook got %s, %v", body, err)
	}
	list, err := trails{a}.AuditTargets(t.Context(), harrier.Operator())
	if err != nil || len(list) != 2 || slices.ContainsFunc(list, func(one api.AuditTarget) bool { return one.Cursor != 2 || one.Secret != "" }) || len(posts) != 0 || len(got) != 0 {
		t.Errorf("targets %+v, %v", list, err)
	}
	if err := (trails{a}).RemoveAuditTarget(t.Context(), harrier.Operator(), "hook"); err != nil {
		t.Error(err)
	}
}
