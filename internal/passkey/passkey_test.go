package passkey_test

import (
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/access"
	"github.com/harrier-soar/harrier/internal/passkey"
	"github.com/harrier-soar/harrier/internal/passkey/passkeytest"
)

// AUT-09: a passkey counts for a password and a second factor; with one, a
// password alone is not enough.
func TestPasskey_letsItsOwnerInAndProvesAgain(t *testing.T) {
	t.Parallel()
	for name, algorithm := range map[string]int{"ES256": passkeytest.ES256, "EdDSA": passkeytest.EdDSA, "RS256": passkeytest.RS256} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := newHouse(t)
			ann := h.person("ann", access.Admin)
			by := h.logIn("", "ann")
			other := h.logIn("", "ann")
			device := passkeytest.New(t, origin, algorithm)
			k := h.register(by, device)
			if got := strings.Join(k.Transports, " "); got != "usb internal" {
				t.Errorf("its transports are %s", got)
			}
			if strings.Contains(string(device.Handle()), "ann") || len(device.Handle()) != 32 {
				t.Errorf("the authenticator calls the account %q", device.Handle())
			}
			if list, err := h.people.Sessions(t.Context(), by, ""); err != nil || len(list) != 1 || list[0].ID == other.Session {
				t.Errorf("other log-ins go on: %v, %v", list, err)
			}
			_, err := h.people.LogIn(t.Context(), access.Proof{Name: "ann", Password: harrier.NewSecret(good), From: home()})
			if _, ok := err.(access.PasskeyNeeded); !ok { //nolint:errorlint // it is returned as it is
				t.Errorf("a password alone: got %v", err)
			}
			got := h.inside(device)
			if got.ID != ann.ID || !access.Fresh(got, h.clock.Now()) || !got.FactorDue.IsZero() {
				t.Errorf("got %+v", got)
			}
			h.clock.Pass(access.FreshFor)
			if access.Fresh(got, h.clock.Now()) {
				t.Error("it is fresh for ever")
			}
			b, err := h.BeginProof(t.Context(), got)
			if err != nil {
				t.Fatal(err)
			}
			again, err := h.FinishProof(t.Context(), got, h.answer(b, device.Get(b.Options)))
			if err != nil {
				t.Fatal(err)
			}
			if now := h.bearer(*again.In); now.Session == got.Session || !access.Fresh(now, h.clock.Now()) {
				t.Errorf("after a proof: %+v", now)
			}
			list, err := h.List(t.Context(), got, "")
			if err != nil || len(list) != 1 || list[0].UsedAt.IsZero() || list[0].Count != 3 {
				t.Errorf("got %+v, %v", list, err)
			}
		})
	}
}

// Two nodes may serve the halves of a ceremony, and one answer wins.
func TestCeremony_isGoodOnceAtWhateverNode(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.person("ann", access.Analyst)
	device := passkeytest.New(t, origin, passkeytest.ES256)
	h.register(h.logIn("", "ann"), device)
	b := h.begin()
	a := h.answer(b, device.Get(b.Options))
	nodes := []*passkey.Service{h.node(), h.node(), h.node(), h.node()}
	errs := make([]error, len(nodes))
	var wg sync.WaitGroup
	for i, n := range nodes {
		wg.Go(func() { _, errs[i] = n.FinishLogIn(t.Context(), a) })
	}
	wg.Wait()
	won := 0
	for _, err := range errs {
		if err == nil {
			won++
		}
	}
	if won != 1 {
		t.Errorf("%d of %d won: %v", won, len(nodes), errs)
	}
	if got := h.reasons(harrier.DefaultTenant); len(got) != 3 || got[0] != "state_used" {
		t.Errorf("the trail says %v", got)
	}
	// A wrong answer uses it up too.
	b = h.begin()
	wrong := h.answer(b, device.Get(b.Options))
	wrong.Credential = []byte(`{}`)
	for _, one := range []passkey.Answer{wrong, h.answer(b, device.Get(b.Options))} {
		_, err := h.FinishLogIn(t.Context(), one)
		h.refused(err)
	}
}

// A passkey that counts back is there twice. It lets nobody in any more, and
// people are told; one that never counts is not suspected.
func TestPasskey_thatIsCopiedLetsNobodyIn(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.person("ann", access.Analyst)
	device := passkeytest.New(t, origin, passkeytest.ES256)
	k := h.register(h.logIn("", "ann"), device)
	thief := device.Copy()
	h.inside(device)
	h.inside(device)
	_, err := h.enter(thief)
	h.refused(err)
	thief.Count += 100
	for _, one := range []*passkeytest.Authenticator{thief, device} {
		_, err := h.enter(one)
		h.refused(err)
	}
	if got := strings.Join(h.reasons(harrier.DefaultTenant), " "); got != "copied copied copied" {
		t.Errorf("the trail says %s", got)
	}
	if len(h.bell.told) != 1 || !strings.Contains(string(h.bell.told[0]), k.ID.String()) || strings.Contains(string(h.bell.told[0]), "ann") {
		t.Errorf("people are told %s", h.bell.told)
	}
	rows, _, err := h.store.AuditTrail(t.Context(), harrier.DefaultTenant, harrier.AuditFilter{Action: "passkey.copied"}, harrier.Page{Limit: 9})
	if err != nil || len(rows) != 1 || rows[0].Target != k.ID.String() {
		t.Errorf("the trail has %v, %v", rows, err)
	}
	silent := newHouse(t)
	silent.person("bob", access.Analyst)
	still := passkeytest.New(t, origin, passkeytest.EdDSA)
	still.Step = 0
	silent.register(silent.logIn("", "bob"), still)
	silent.inside(still)
	silent.inside(still)
}

// A leaver's passkeys let nobody in, and go with a new password.
func TestPasskey_endsWithItsAccount(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	ann := h.person("ann", access.Analyst)
	device := passkeytest.New(t, origin, passkeytest.ES256)
	h.register(h.logIn("", "ann"), device)
	by := harrier.Operator()
	for _, off := range []bool{true, false} {
		if _, err := h.people.Change(t.Context(), by, "ann", access.Change{Disabled: &off}); err != nil {
			t.Fatal(err)
		}
		_, err := h.enter(device)
		if (err != nil) != off {
			t.Errorf("disabled %v: got %v", off, err)
		}
	}
	if got := h.reasons(harrier.DefaultTenant); len(got) != 1 || got[0] != "disabled" {
		t.Errorf("the trail says %v", got)
	}
	invited, err := h.people.Invite(t.Context(), by, "ann")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := h.people.SetUp(t.Context(), access.SetUp{Token: invited.Token, Password: harrier.NewSecret(good), From: home()}); err != nil {
		t.Fatal(err)
	}
	_, err = h.enter(device)
	h.refused(err)
	if list, err := h.store.Passkeys(t.Context(), ann.Tenant, ann.ID); err != nil || len(list) != 0 {
		t.Errorf("%d passkeys are left, %v", len(list), err)
	}
	h.logIn("", "ann") // by the password alone
}

// Whoever a provider keeps comes by it: it says with every log-in what they may do.
func TestPasskey_isNotForAccountsThatOthersKeep(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	in, err := h.people.Vouch(t.Context(), access.Vouched{Tenant: harrier.DefaultTenant, Issuer: "https://login.example", Subject: "1", Name: "ann", Provider: "corp", Roles: []string{access.Analyst}, At: h.clock.Now(), From: home()})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := h.BeginRegistration(t.Context(), h.bearer(in)); harrier.KindOf(err) != harrier.Conflict {
		t.Errorf("got %v", err)
	}
	bob := h.person("bob", access.Analyst)
	device := passkeytest.New(t, origin, passkeytest.ES256)
	h.register(h.logIn("", "bob"), device)
	bob.Origin = access.OfDirectory
	if err := h.store.Write(t.Context(), func(tx harrier.Tx) error { return h.store.AdoptAccount(t.Context(), tx, bob) }); err != nil {
		t.Fatal(err)
	}
	_, err = h.enter(device)
	h.refused(err)
	if got := h.reasons(harrier.DefaultTenant); got[0] != "kept_elsewhere" {
		t.Errorf("the trail says %v", got)
	}
}

// One's own are one's own; administrators remove what others lost, of accounts
// that they may change.
func TestPasskeys_areKeptByTheirOwnersAndAdministrators(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.person("ann", access.Admin)
	h.person("bob", access.Analyst)
	annsKey, bobsKey := passkeytest.New(t, origin, passkeytest.ES256), passkeytest.New(t, origin, passkeytest.EdDSA)
	a := h.register(h.logIn("", "ann"), annsKey)
	b := h.register(h.logIn("", "bob"), bobsKey)
	ann, bob := h.inside(annsKey), h.inside(bobsKey)
	far := ann
	far.Tenant = harrier.NewID[harrier.TenantID](h.clock.Now())
	for name, err := range map[string]error{
		"bob renames ann's": second(h.Rename(t.Context(), bob, a.ID, "mine")), "bob removes ann's": h.Remove(t.Context(), bob, a.ID), "bob lists ann's": second(h.List(t.Context(), bob, "ann")),
		"another tenant renames": second(h.Rename(t.Context(), far, b.ID, "mine")), "another tenant removes": h.Remove(t.Context(), far, b.ID), "another tenant lists": second(h.List(t.Context(), far, "bob")),
	} {
		if harrier.KindOf(err) != harrier.NotFound {
			t.Errorf("%s: got %v, want not found", name, err)
		}
	}
	helper := bob
	helper.Grants = map[harrier.Permission]bool{harrier.SelfManage: true, harrier.AccountsManage: true}
	if err := h.Remove(t.Context(), helper, a.ID); harrier.KindOf(err) != harrier.Denied {
		t.Errorf("who holds less removes: %v", err)
	}
	if got, err := h.Rename(t.Context(), bob, b.ID, "  phone "); err != nil || got.Name != "phone" {
		t.Errorf("got %+v, %v", got, err)
	}
	if _, err := h.Rename(t.Context(), bob, b.ID, "two\nlines"); harrier.KindOf(err) != harrier.Invalid {
		t.Errorf("got %v", err)
	}
	if err := h.Remove(t.Context(), ann, b.ID); err != nil {
		t.Fatal(err)
	}
	if list, err := h.store.Sessions(t.Context(), bob.Tenant, bob.ID); err != nil || len(list) != 0 {
		t.Errorf("who lost the passkey has %d sessions, %v", len(list), err)
	}
	_, err := h.enter(bobsKey)
	h.refused(err)
	if err := h.Remove(t.Context(), ann, a.ID); err != nil {
		t.Fatal(err)
	}
	if list, err := h.store.Sessions(t.Context(), ann.Tenant, ann.ID); err != nil || len(list) != 1 {
		t.Errorf("who removes their own has %d sessions, %v", len(list), err)
	}
}

func second[T any](_ T, err error) error { return err }

// An account has 20 at most, and none twice.
func TestPasskeys_areFewAndDifferent(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.person("ann", access.Analyst)
	h.person("bob", access.Analyst)
	by := h.logIn("", "ann")
	begun, err := h.BeginRegistration(t.Context(), by)
	if err != nil {
		t.Fatal(err)
	}
	device := passkeytest.New(t, origin, passkeytest.ES256)
	made := device.Create(begun.Options)
	for i := range 20 {
		if i == 1 {
			b, err := h.BeginRegistration(t.Context(), by)
			if list, _ := b.Options["excludeCredentials"].([]any); err != nil || len(list) != 1 {
				t.Errorf("the authenticator is told of %d, %v", len(list), err)
			}
		}
		h.register(by, passkeytest.New(t, origin, passkeytest.EdDSA))
	}
	if _, err := h.BeginRegistration(t.Context(), by); harrier.KindOf(err) != harrier.Conflict {
		t.Errorf("a 21st begins: %v", err)
	}
	if _, err := h.FinishRegistration(t.Context(), by, h.answer(begun, made), ""); harrier.KindOf(err) != harrier.Conflict {
		t.Errorf("a 21st ends: %v", err)
	}
	list, err := h.List(t.Context(), by, "")
	if err != nil || len(list) != 20 {
		t.Fatalf("%d passkeys, %v", len(list), err)
	}
	thief := passkeytest.New(t, origin, passkeytest.ES256)
	thief.ID = list[0].Credential
	bob := h.logIn("", "bob")
	b, err := h.BeginRegistration(t.Context(), bob)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := h.FinishRegistration(t.Context(), bob, h.answer(b, thief.Create(b.Options)), ""); harrier.KindOf(err) != harrier.Conflict {
		t.Errorf("somebody else's is registered again: %v", err)
	}
}

// Who needs a second factor is told at log-in, and after two weeks does nothing
// dangerous without.
func TestDemand_beginsTwoWeeksAfterTheFirstLogInWithout(t *testing.T) { // AUT-09
	t.Parallel()
	h := newHouse(t)
	h.person("ann", access.Admin)
	h.person("bob", access.Analyst)
	first := h.clock.Now().Add(14 * 24 * time.Hour)
	for range 2 {
		if by := h.logIn("", "ann"); !by.FactorDue.Equal(first) || access.Proven(by, h.clock.Now(), "x") != nil {
			t.Errorf("it is due at %s, want %s", by.FactorDue, first)
		}
		h.clock.Pass(time.Hour)
	}
	if by := h.logIn("", "bob"); !by.FactorDue.IsZero() {
		t.Errorf("an analyst is told %s", by.FactorDue)
	}
	h.clock.Pass(14 * 24 * time.Hour)
	by := h.logIn("", "ann")
	if err := access.Proven(by, h.clock.Now(), "x"); harrier.KindOf(err) != harrier.Denied || !strings.Contains(err.Error(), "/passkeys") {
		t.Errorf("after two weeks: %v", err)
	}
	device := passkeytest.New(t, origin, passkeytest.ES256)
	k := h.register(by, device) // which is how to get out of it
	with := h.inside(device)
	if err := access.Proven(with, h.clock.Now(), "x"); err != nil {
		t.Errorf("with a passkey: %v", err)
	}
	if err := h.Remove(t.Context(), with, k.ID); err != nil {
		t.Fatal(err)
	}
	if err := access.Proven(h.logIn("", "ann"), h.clock.Now(), "x"); harrier.KindOf(err) != harrier.Denied {
		t.Errorf("who takes it off again: %v", err)
	}
}

func TestNew_refusesAddressesThatPasskeysCannotBeMadeFor(t *testing.T) {
	t.Parallel()
	for _, bad := range []string{"harrier.example", "http://harrier.example", "https://192.0.2.1", "https://[2001:db8::1]:8443", "https://u@harrier.example", "https://harrier.example/soar", "https://harrier.example?x", "ftp://localhost", "https://", "https://a b"} {
		if _, err := passkey.New(passkey.Config{Public: bad, Now: time.Now}); harrier.KindOf(err) != harrier.Invalid {
			t.Errorf("%s: got %v", bad, err)
		}
	}
	for _, ok := range []string{"https://harrier.example", "https://Harrier.Example:443/", "https://soar.corp:8443", "http://localhost:8080", "https://localhost"} {
		if _, err := passkey.New(passkey.Config{Public: ok, Now: time.Now}); err != nil {
			t.Errorf("%s: got %v", ok, err)
		}
	}
	s, err := passkey.New(passkey.Config{Now: time.Now})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.BeginLogIn(t.Context(), "", nil); harrier.KindOf(err) != harrier.Conflict || !strings.Contains(fmt.Sprint(err), "--public-url") {
		t.Errorf("without an address: %v", err)
	}
}
