package access_test

import (
	"net/netip"
	"path/filepath"
	"testing"
	"time"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/access"
	"github.com/harrier-soar/harrier/internal/store"
	"github.com/harrier-soar/harrier/internal/store/blanktest"
	"github.com/harrier-soar/harrier/internal/testclock"
	"github.com/harrier-soar/harrier/internal/vault"
)

const good = "correct horse battery staple"

// house is the service with a real store and a real vault.
type house struct {
	*access.Service
	t     *testing.T
	clock *testclock.Clock
	store *store.Store
	dir   string
}

func newHouse(t *testing.T) *house {
	t.Helper()
	return newHouseWith(t, access.Cost{Memory: 64, Passes: 1})
}

func newHouseWith(t *testing.T, cost access.Cost) *house {
	t.Helper()
	h := &house{t: t, clock: testclock.At(time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)), dir: blanktest.Dir(t)}
	var err error
	if h.store, err = store.Open(t.Context(), store.Config{Dir: h.dir, Now: h.clock.Now}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := h.store.Close(); err != nil {
			t.Error(err)
		}
	})
	v, err := vault.Open(t.Context(), vault.Config{KeyFile: filepath.Join(h.dir, "root.key"), Rows: h.store})
	if err != nil {
		t.Fatal(err)
	}
	h.Service = access.New(access.Config{Store: h.store, Vault: v, Now: h.clock.Now, Cost: cost})
	return h
}

// home is where requests come from, and abroad is where others do.
func home() netip.Addr { return netip.MustParseAddr("192.0.2.10") }

func abroad() netip.Addr { return netip.MustParseAddr("203.0.113.66") }

// person makes an account with a password.
func (h *house) person(name string, roles ...string) access.Account {
	h.t.Helper()
	_, invited, err := h.Add(h.t.Context(), harrier.Operator(), access.NewAccount{Name: name, Roles: roles})
	if err != nil {
		h.t.Fatal(err)
	}
	a, err := h.SetUp(h.t.Context(), access.SetUp{Token: invited.Token, Password: harrier.NewSecret(good), From: home()})
	if err != nil {
		h.t.Fatal(err)
	}
	return a
}

func proof(name, password string) access.Proof {
	return access.Proof{Name: name, Password: harrier.NewSecret(password), From: home(), Agent: "test"}
}

// logIn logs somebody in.
func (h *house) logIn(name string) access.LoggedIn {
	h.t.Helper()
	in, err := h.LogIn(h.t.Context(), proof(name, good))
	if err != nil {
		h.t.Fatal(err)
	}
	return in
}

// admit lets a token in and returns who bears it; the request is over at once.
func (h *house) admit(token harrier.Secret) (harrier.Principal, error) {
	h.t.Helper()
	in, err := h.Admit(h.t.Context(), token, home())
	if err != nil {
		return harrier.Principal{}, err
	}
	in.Done()
	return in.Principal, nil
}

// bearer is who bears a token that is good.
func (h *house) bearer(token harrier.Secret) harrier.Principal {
	h.t.Helper()
	p, err := h.admit(token)
	if err != nil {
		h.t.Fatal(err)
	}
	return p
}

// refused checks that an error says that nobody is known.
func (h *house) refused(err error, what string) {
	h.t.Helper()
	if harrier.KindOf(err) != harrier.Unauthenticated {
		h.t.Errorf("%s: got %v, want unauthenticated", what, err)
	}
}

// key makes a key of an account for what it may do.
func (h *house) key(by harrier.Principal, account string, perms ...harrier.Permission) (access.Key, harrier.Secret) {
	h.t.Helper()
	k, token, err := h.NewKey(h.t.Context(), by, access.NewKey{Name: "ci", Account: account, Permissions: perms})
	if err != nil {
		h.t.Fatal(err)
	}
	return k, token
}

// question puts a question that waits for two people.
func (h *house) question() harrier.Approval {
	h.t.Helper()
	a := harrier.Approval{
		Tenant: harrier.DefaultTenant, ID: harrier.NewID[harrier.ApprovalID](time.Now()), Run: harrier.NewID[harrier.RunID](time.Now()), Path: "steps.ask",
		Kind: harrier.PlanApproval, Status: harrier.ApprovalPending, Title: "Block?", Body: []byte(`{"plan":[]}`), Hash: "h1", Need: 2,
		RequestedBy: harrier.LocalOperator, CreatedAt: h.clock.Now(), ExpiresAt: h.clock.Now().Add(time.Hour), Rev: 1,
	}
	h.write(func(tx harrier.Tx) error { return h.store.Ask(h.t.Context(), tx, a) })
	return a
}

// vote says yes to a question.
func (h *house) vote(q harrier.Approval, a access.Account) {
	h.t.Helper()
	v := harrier.Vote{Approval: q.ID, Principal: a.ID, Name: a.Name, Approve: true, At: h.clock.Now()}
	h.write(func(tx harrier.Tx) error { return h.store.Vote(h.t.Context(), tx, q.Tenant, v) })
}

// decide ends a question.
func (h *house) decide(q harrier.Approval) {
	h.t.Helper()
	q.Status, q.DecidedBy, q.DecidedAt = harrier.ApprovalApproved, "ann", h.clock.Now()
	h.write(func(tx harrier.Tx) error { return h.store.Decide(h.t.Context(), tx, q) })
}

func (h *house) write(change func(harrier.Tx) error) {
	h.t.Helper()
	if err := h.store.Write(h.t.Context(), change); err != nil {
		h.t.Fatal(err)
	}
}
