package transport_test

import (
	"fmt"
	"net/http"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/connector"
	"github.com/harrier-soar/harrier/internal/transport"
)

func TestTransport_pausesAConnectionThatFails(t *testing.T) {
	t.Parallel()
	var met atomic.Int64
	server := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		met.Add(1)
		w.WriteHeader(http.StatusBadGateway)
	})
	tr := newTransport(t, transport.Config{})
	for range 20 {
		wantBody(t, do(t, tr.Env(to(server.URL), contain()), ask{http.MethodPost, "/", "x"}), 502, "")
	}
	got := do(t, tr.Env(to(server.URL), contain()), ask{http.MethodPost, "/", "x"})
	wantClass(t, got, connector.Unavailable, "paused")
	if met.Load() != 20 || got.err.After <= 0 {
		t.Errorf("%d calls, after %s", met.Load(), got.err.After)
	}
	urgent := contain()
	urgent.Critical = true
	wantBody(t, do(t, tr.Env(to(server.URL), urgent), ask{http.MethodPost, "/", "x"}), 502, "")
	other := to(server.URL)
	other.ID, other.Name = harrier.ConnectionID{15: 8}, "other"
	wantBody(t, do(t, tr.Env(other, read()), ask{http.MethodGet, "/", ""}), 502, "")
	changed := to(server.URL)
	changed.Revision = "2"
	wantBody(t, do(t, tr.Env(changed, read()), ask{http.MethodGet, "/", ""}), 502, "")
}

func TestTransport_waitsAsLongAsTheVendorAsks(t *testing.T) { // OVL-10
	t.Parallel()
	server := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Retry-After", "90000")
		w.WriteHeader(http.StatusTooManyRequests)
	})
	tr := newTransport(t, transport.Config{})
	wantBody(t, do(t, tr.Env(to(server.URL), read()), ask{http.MethodGet, "/", ""}), 429, "")
	got := do(t, tr.Env(to(server.URL), read()), ask{http.MethodGet, "/", ""})
	wantClass(t, got, connector.Limited, "slow down")
	if got.err.After > 15*time.Minute || got.err.After < 14*time.Minute {
		t.Errorf("after %s, want the cap of 15 minutes", got.err.After)
	}
}

func TestTransport_keepsTheDaysCountOverAChange(t *testing.T) {
	t.Parallel()
	server := serve(t, func(http.ResponseWriter, *http.Request) {})
	tr := newTransport(t, transport.Config{})
	conn := to(server.URL)
	conn.Limits.Daily = 2
	wantBody(t, do(t, tr.Env(conn, read()), ask{http.MethodGet, "/", ""}), 200, "")
	conn.Revision = "2"
	wantBody(t, do(t, tr.Env(conn, read()), ask{http.MethodGet, "/", ""}), 200, "")
	conn.Revision = "3"
	wantClass(t, do(t, tr.Env(conn, read()), ask{http.MethodGet, "/", ""}), connector.Limited, "per day")
}

// Two tenants with connections of one name share nothing.
func TestTransport_keepsTenantsApart_I12(t *testing.T) {
	t.Parallel()
	server := serve(t, func(http.ResponseWriter, *http.Request) {})
	tr := newTransport(t, transport.Config{})
	mine, theirs := to(server.URL), to(server.URL)
	mine.Limits.Daily, theirs.Limits.Daily = 1, 1
	theirs.Tenant = harrier.TenantID{15: 9}
	wantBody(t, do(t, tr.Env(mine, read()), ask{http.MethodGet, "/", ""}), 200, "")
	wantClass(t, do(t, tr.Env(mine, read()), ask{http.MethodGet, "/", ""}), connector.Limited, "per day")
	wantBody(t, do(t, tr.Env(theirs, read()), ask{http.MethodGet, "/", ""}), 200, "")
	tr.Forget(theirs)
}

func TestTransport_isSafeForConcurrentUse(t *testing.T) {
	t.Parallel()
	server := serve(t, func(w http.ResponseWriter, r *http.Request) { _, _ = w.Write([]byte(r.URL.Path)) })
	tr := newTransport(t, transport.Config{Vault: secrets{"token": canary}, Recorder: transport.NewTape(), RecordLive: true})
	var group sync.WaitGroup
	for i := range 16 {
		group.Go(func() {
			conn := withAuth(server.URL, connector.Auth{Kind: connector.BearerAuth})
			conn.Revision = fmt.Sprint(i % 3)
			path := fmt.Sprint("/", i)
			wantBody(t, do(t, tr.Env(conn, read()), ask{http.MethodGet, path, ""}), 200, path)
		})
	}
	group.Wait()
}

// The environment of a call is complete, and its settings are the caller's own.
func TestEnv_holdsWhatAConnectorNeeds(t *testing.T) {
	t.Parallel()
	tr := newTransport(t, transport.Config{})
	conn := to("https://vendor.example/api")
	conn.Settings = map[string]any{"org": "x"}
	env := tr.Env(conn, read())
	if env.HTTP == nil || env.Dial == nil || env.Log == nil || env.Now == nil || env.Connection != "vendor" || env.Tenant != harrier.DefaultTenant {
		t.Errorf("got %+v", env)
	}
	if env.Settings["base_url"] != conn.BaseURL || env.Settings["org"] != "x" {
		t.Errorf("got settings %v", env.Settings)
	}
	env.Settings["org"] = "changed"
	if conn.Settings["org"] != "x" {
		t.Error("a connector changed the connection")
	}
}

func BenchmarkDo(b *testing.B) {
	server := serve(b, func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte(`{"ok":true}`)) })
	tr := newTransport(b, transport.Config{Vault: secrets{"token": canary}})
	conn := withAuth(server.URL, connector.Auth{Kind: connector.BearerAuth})
	for name, call := range map[string]transport.Call{"read": read(), "effect": contain()} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				if got := do(b, tr.Env(conn, call), ask{http.MethodGet, "/x", ""}); got.err != nil {
					b.Fatal(got)
				}
			}
		})
	}
}

func BenchmarkEnv(b *testing.B) {
	tr := newTransport(b, transport.Config{})
	conn := to("https://vendor.example/api")
	for b.Loop() {
		_ = tr.Env(conn, read())
	}
}
