package passkey_test

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"net/netip"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/access"
	"github.com/harrier-soar/harrier/internal/passkey"
	"github.com/harrier-soar/harrier/internal/passkey/passkeytest"
	"github.com/harrier-soar/harrier/internal/provider"
	"github.com/harrier-soar/harrier/internal/store"
	"github.com/harrier-soar/harrier/internal/store/blanktest"
	"github.com/harrier-soar/harrier/internal/testclock"
	"github.com/harrier-soar/harrier/internal/vault"
)

const (
	good   = "correct horse battery staple"
	origin = "https://harrier.example"
)

// bell counts what people are told.
type bell struct {
	mu   sync.Mutex // guards told
	told [][]byte
}

func (b *bell) Tell(_ context.Context, _ harrier.Tx, _ harrier.TenantID, body []byte) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.told = append(b.told, body)
	return nil
}

// nobody leaves nothing for the command line.
type nobody struct{}

func (nobody) Leave(context.Context, provider.Loopback, access.Vouched) (string, error) {
	return "", errors.New("nobody asked for this")
}

// house is the service with a real store, a real vault and real accounts.
type house struct {
	*passkey.Service
	t      *testing.T
	clock  *testclock.Clock
	store  *store.Store
	people *access.Service
	bell   *bell
	cfg    passkey.Config
}

func newHouse(t *testing.T) *house {
	t.Helper()
	h := &house{t: t, clock: testclock.At(time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)), bell: &bell{}}
	dir := blanktest.Dir(t)
	var err error
	if h.store, err = store.Open(t.Context(), store.Config{Dir: dir, Now: h.clock.Now}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := h.store.Close(); err != nil {
			t.Error(err)
		}
	})
	v, err := vault.Open(t.Context(), vault.Config{KeyFile: filepath.Join(dir, "root.key"), Rows: h.store})
	if err != nil {
		t.Fatal(err)
	}
	h.people = access.New(access.Config{Store: h.store, Vault: v, Now: h.clock.Now, Cost: access.Cost{Memory: 64, Passes: 1}, Demand: []string{access.Admin}})
	h.cfg = passkey.Config{Store: h.store, Vault: v, People: h.people, Grants: nobody{}, Alarms: h.bell, Public: origin, Now: h.clock.Now}
	h.Service = h.node()
	return h
}

// node is another process of the same installation.
func (h *house) node() *passkey.Service {
	h.t.Helper()
	s, err := passkey.New(h.cfg)
	if err != nil {
		h.t.Fatal(err)
	}
	return s
}

// person makes an account with a password, in the operator's tenant.
func (h *house) person(name string, roles ...string) access.Account {
	h.t.Helper()
	return h.personOf(harrier.Operator(), name, roles...)
}

func (h *house) personOf(by harrier.Principal, name string, roles ...string) access.Account {
	h.t.Helper()
	_, invited, err := h.people.Add(h.t.Context(), by, access.NewAccount{Name: name, Roles: roles})
	if err != nil {
		h.t.Fatal(err)
	}
	a, err := h.people.SetUp(h.t.Context(), access.SetUp{Token: invited.Token, Password: harrier.NewSecret(good), From: home()})
	if err != nil {
		h.t.Fatal(err)
	}
	return a
}

func home() netip.Addr { return netip.MustParseAddr("192.0.2.10") }

// logIn logs somebody in by a password.
func (h *house) logIn(tenant, name string) harrier.Principal {
	h.t.Helper()
	in, err := h.people.LogIn(h.t.Context(), access.Proof{Tenant: tenant, Name: name, Password: harrier.NewSecret(good), From: home()})
	if err != nil {
		h.t.Fatal(err)
	}
	return h.bearer(in)
}

// bearer is who bears the token of a log-in.
func (h *house) bearer(in access.LoggedIn) harrier.Principal {
	h.t.Helper()
	a, err := h.people.Admit(h.t.Context(), in.Token, home())
	if err != nil {
		h.t.Fatal(err)
	}
	a.Done()
	return a.Principal
}

// answer is what a browser sends.
func (h *house) answer(b passkey.Begun, credential map[string]any) passkey.Answer {
	h.t.Helper()
	text, err := json.Marshal(credential)
	if err != nil {
		h.t.Fatal(err)
	}
	return passkey.Answer{State: b.State, Credential: text, Browser: b.Browser, Request: access.Vouched{From: home(), Agent: "test"}}
}

// register adds a passkey of an authenticator.
func (h *house) register(by harrier.Principal, a *passkeytest.Authenticator) passkey.Passkey {
	h.t.Helper()
	b, err := h.BeginRegistration(h.t.Context(), by)
	if err != nil {
		h.t.Fatal(err)
	}
	k, err := h.FinishRegistration(h.t.Context(), by, h.answer(b, a.Create(b.Options)), "key of "+by.Name)
	if err != nil {
		h.t.Fatal(err)
	}
	return k
}

// enter logs in by a passkey.
func (h *house) enter(a *passkeytest.Authenticator) (passkey.Arrived, error) {
	h.t.Helper()
	b := h.begin()
	return h.FinishLogIn(h.t.Context(), h.answer(b, a.Get(b.Options)))
}

func (h *house) begin() passkey.Begun {
	h.t.Helper()
	b, err := h.BeginLogIn(h.t.Context(), "", nil)
	if err != nil {
		h.t.Fatal(err)
	}
	return b
}

// inside is who logged in by a passkey.
func (h *house) inside(a *passkeytest.Authenticator) harrier.Principal {
	h.t.Helper()
	got, err := h.enter(a)
	if err != nil {
		h.t.Fatal(err)
	}
	return h.bearer(*got.In)
}

// reasons lists why people were refused, the newest first.
func (h *house) reasons(tenant harrier.TenantID) []string {
	h.t.Helper()
	rows, _, err := h.store.AuditTrail(h.t.Context(), tenant, harrier.AuditFilter{Action: "session.refuse"}, harrier.Page{Limit: 100})
	if err != nil {
		h.t.Fatal(err)
	}
	var out []string
	for _, r := range rows {
		var data struct {
			Reason string `json:"reason"`
		}
		if err := json.Unmarshal(r.Data, &data); err != nil {
			h.t.Fatal(err)
		}
		out = append(out, data.Reason)
	}
	return out
}

// refused checks that somebody is refused, and returns what they are told.
func (h *house) refused(err error) string {
	h.t.Helper()
	if harrier.KindOf(err) != harrier.Unauthenticated {
		h.t.Fatalf("got %v, want unauthenticated", err)
	}
	return err.Error()
}

// hashOf is how a policy names a text.
func hashOf(text string) string {
	sum := sha256.Sum256([]byte(text))
	return "'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"
}
