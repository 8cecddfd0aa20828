package access_test

import (
	"context"
	"errors"
	"io/fs"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/access"
)

// AUT-01: nobody can log in to a new installation; the token of the first
// account is random, good once, and for an hour.
func TestFirst_isMadeByATokenOfOneUseAndOneHour(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	for _, name := range []string{"admin", "root", "harrier", "local-operator", "system"} {
		for _, password := range []string{"", "admin", "harrier", "changeme", good} {
			_, err := h.LogIn(t.Context(), access.Proof{Name: name, Password: harrier.NewSecret(password), From: netip.AddrFrom4([4]byte{10, 0, 0, byte(len(name) + len(password))})})
			h.refused(err, name+" with "+password)
			h.clock.Pass(time.Hour)
		}
	}
	first, err := h.InviteFirst(t.Context(), harrier.Operator())
	if err != nil {
		t.Fatal(err)
	}
	second, err := h.InviteFirst(t.Context(), harrier.Operator())
	if err != nil || first.Token.Equal(second.Token) || len(second.Token.Reveal()) < 40 {
		t.Fatalf("the tokens are %d bytes long, or the same: %v", len(second.Token.Reveal()), err)
	}
	use := func(token harrier.Secret, name string) error {
		_, err := h.SetUp(t.Context(), access.SetUp{Token: token, Name: name, Password: harrier.NewSecret(good), From: home()})
		return err
	}
	h.refused(use(first.Token, "ann"), "a token that a later one replaced")
	h.clock.Pass(time.Hour)
	h.refused(use(second.Token, "ann"), "a token of an hour ago")
	third, err := h.InviteFirst(t.Context(), harrier.Operator())
	if err != nil {
		t.Fatal(err)
	}
	if err := use(third.Token, "Not A Name"); harrier.KindOf(err) != harrier.Invalid {
		t.Errorf("a name that is none: got %v, want invalid", err)
	}
	if err := use(third.Token, "ann"); err != nil {
		t.Fatalf("a token that was refused for its name is good for another: %v", err)
	}
	h.refused(use(third.Token, "bob"), "a token that was used")
	if got := h.bearer(h.logIn("ann").Token); !got.May(harrier.AccountsManage) || !got.May(harrier.TenantsManage) {
		t.Errorf("the first account may %v, want everything", got.Grants)
	}
	if _, err := h.InviteFirst(t.Context(), harrier.Operator()); harrier.KindOf(err) != harrier.Conflict {
		t.Errorf("another first account: got %v, want a conflict", err)
	}
}

func TestPassword_thatIsEasyIsRefused(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	_, invited, err := h.Add(t.Context(), harrier.Operator(), access.NewAccount{Name: "annabelle", Roles: []string{access.Viewer}})
	if err != nil {
		t.Fatal(err)
	}
	for _, password := range []string{"", "short", "aaaaaaaaaaaaaaaa", "abababababababab", "annabelle-annabelle", "Password-Password-1", "my harrier is mine", strings.Repeat("long phrase ", 30)} {
		_, err := h.SetUp(t.Context(), access.SetUp{Token: invited.Token, Password: harrier.NewSecret(password), From: home()})
		if harrier.KindOf(err) != harrier.Invalid {
			t.Errorf("%q: got %v, want invalid", password, err)
		}
		if err != nil && password != "" && strings.Contains(err.Error(), password) {
			t.Errorf("the error repeats the password: %v", err)
		}
		h.clock.Pass(time.Hour / 20)
	}
}

// AUT-10: each log-in has an id and a token of its own, of 128 bits at least.
// AUT-12: it ends when nobody uses it, and at the latest when its time is over.
func TestSession_endsIdleAndAtTheLatest(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.person("ann", access.Analyst)
	one, two := h.logIn("ann"), h.logIn("ann")
	if one.Token.Equal(two.Token) || one.Session.ID == two.Session.ID || len(one.Token.Reveal()) < 40 {
		t.Fatalf("two log-ins have the tokens %d and %d bytes long", len(one.Token.Reveal()), len(two.Token.Reveal()))
	}
	for range 6 { // used every hour and a half
		h.bearer(one.Token)
		h.clock.Pass(90 * time.Minute)
	}
	_, err := h.admit(two.Token)
	h.refused(err, "a session that nobody used for nine hours")
	h.bearer(one.Token)
	list, err := h.Sessions(t.Context(), h.bearer(one.Token), "")
	if err != nil || len(list) != 1 || list[0].ID != one.Session.ID || list[0].Source != home().String() || list[0].Agent != "test" {
		t.Errorf("the sessions are %+v, %v, want the one that lives", list, err)
	}
	h.clock.Pass(90 * time.Minute)
	h.bearer(one.Token)
	h.clock.Pass(90 * time.Minute)
	_, err = h.admit(one.Token)
	h.refused(err, "a session of twelve hours ago")
}

func TestSession_isEndedByItsOwnerAndByAdministratorsAlone(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.person("ann", access.Analyst)
	h.person("bob", access.Responder)
	ann, bob := h.logIn("ann"), h.logIn("bob")
	byBob := h.bearer(bob.Token)
	if err := h.End(t.Context(), byBob, "", ann.Session.ID); harrier.KindOf(err) != harrier.NotFound {
		t.Errorf("another's session: got %v, want not found", err)
	}
	missing, foreign := h.End(t.Context(), byBob, "nobody", ann.Session.ID), h.End(t.Context(), byBob, "ann", ann.Session.ID)
	if strings.ReplaceAll(missing.Error(), "nobody", "ann") != foreign.Error() {
		t.Errorf("who may not look learns who is there: %v, %v", missing, foreign)
	}
	if err := h.End(t.Context(), harrier.Operator(), "ann", ann.Session.ID); err != nil {
		t.Fatal(err)
	}
	_, err := h.admit(ann.Token)
	h.refused(err, "a session that was ended")
	if err := h.End(t.Context(), byBob, "", bob.Session.ID); err != nil {
		t.Fatal(err)
	}
	_, err = h.admit(bob.Token)
	h.refused(err, "a session whose owner logged out")
}

func TestSessions_areTwentyAtMost(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.person("ann", access.Analyst)
	oldest := h.logIn("ann")
	var last access.LoggedIn
	for range 20 {
		h.clock.Pass(time.Second)
		last = h.logIn("ann")
	}
	_, err := h.admit(oldest.Token)
	h.refused(err, "the oldest of 21 sessions")
	if list, err := h.Sessions(t.Context(), h.bearer(last.Token), ""); len(list) != 20 || err != nil {
		t.Errorf("got %d sessions, %v", len(list), err)
	}
}

// AUT-13: a proof is fresh for five minutes. AUT-10: giving it again makes a new
// id and a new token, and ends the old.
func TestProof_isFreshForFiveMinutesAndMakesANewToken(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.person("ann", access.Admin)
	in := h.logIn("ann")
	if !access.Fresh(h.bearer(in.Token), h.clock.Now()) {
		t.Error("a log-in of now is not fresh")
	}
	h.clock.Pass(5 * time.Minute)
	by := h.bearer(in.Token)
	if access.Fresh(by, h.clock.Now()) {
		t.Error("a log-in of five minutes ago is fresh")
	}
	_, err := h.Prove(t.Context(), by, proof("", "wrong password, sorry"))
	h.refused(err, "a wrong password")
	again, err := h.Prove(t.Context(), by, proof("", good))
	if err != nil {
		t.Fatal(err)
	}
	if !access.Fresh(h.bearer(again.Token), h.clock.Now()) || again.Session.ID == in.Session.ID || !again.Session.EndsAt.Equal(in.Session.EndsAt) {
		t.Errorf("the session is %+v after %+v, want a fresh one with another id that ends when it did", again.Session, in.Session)
	}
	_, err = h.admit(in.Token)
	h.refused(err, "the token from before")
	if _, err := h.Prove(t.Context(), harrier.Operator(), proof("", good)); harrier.KindOf(err) != harrier.Invalid {
		t.Errorf("who has no session: got %v, want invalid", err)
	}
}

// AUT-11: what somebody has open ends with their right to it, within a moment,
// and the next request is refused or may do less.
func TestChange_holdsAtOnceForSessionsKeysAndStreams(t *testing.T) {
	t.Parallel()
	for name, act := range map[string]func(h *house, ses access.LoggedIn, k access.Key) error{
		"disabled": func(h *house, _ access.LoggedIn, _ access.Key) error {
			_, err := h.Change(t.Context(), harrier.Operator(), "ann", access.Change{Disabled: new(true)})
			return err
		},
		"another role": func(h *house, _ access.LoggedIn, _ access.Key) error {
			_, err := h.Change(t.Context(), harrier.Operator(), "ann", access.Change{Roles: []string{access.Viewer}})
			return err
		},
		"ended": func(h *house, ses access.LoggedIn, k access.Key) error {
			_, err := h.RevokeKey(t.Context(), harrier.Operator(), k.ID)
			return errors.Join(err, h.End(t.Context(), harrier.Operator(), "ann", ses.Session.ID))
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := newHouse(t)
			h.person("ann", access.Analyst)
			h.person("bob", access.Analyst)
			ses, others := h.logIn("ann"), h.logIn("bob")
			k, token := h.key(harrier.Operator(), "ann", harrier.AlertsWrite)
			var open []access.Admitted
			for _, one := range []harrier.Secret{ses.Token, token, others.Token} {
				in, err := h.Admit(t.Context(), one, home())
				if err != nil {
					t.Fatal(err)
				}
				defer in.Done()
				open = append(open, in)
			}
			if err := act(h, ses, k); err != nil {
				t.Fatal(err)
			}
			for i, in := range open[:2] {
				if err := context.Cause(in.Context); harrier.KindOf(err) != harrier.Unauthenticated {
					t.Errorf("stream %d goes on: %v", i, err)
				}
			}
			if err := context.Cause(open[2].Context); err != nil {
				t.Errorf("somebody else's stream ended: %v", err)
			}
			for _, one := range []harrier.Secret{ses.Token, token} {
				p, err := h.admit(one)
				if name == "another role" {
					if err != nil || p.May(harrier.AlertsWrite) {
						t.Errorf("after the change it may %v, %v", p.Grants, err)
					}
					continue
				}
				h.refused(err, "after the change")
			}
		})
	}
}

// A stream that begins while its right ends does not slip through: it is either
// refused or ended.
func TestAdmit_doesNotMissAnEndMeanwhile(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.person("ann", access.Analyst)
	for range 30 {
		ses := h.logIn("ann")
		got := make(chan access.Admitted, 1)
		failed := make(chan error, 1)
		go func() {
			in, err := h.Admit(t.Context(), ses.Token, home())
			got <- in
			failed <- err
		}()
		if err := h.End(t.Context(), harrier.Operator(), "ann", ses.Session.ID); err != nil {
			t.Fatal(err)
		}
		in, err := <-got, <-failed
		if err != nil {
			h.refused(err, "after the end")
			continue
		}
		if context.Cause(in.Context) == nil {
			t.Fatal("a request goes on by a session that was ended")
		}
		in.Done()
	}
}

func TestLeaver_losesInvitationsAndUndecidedVotesToo(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	a := h.person("ann", access.Responder)
	invited, err := h.Invite(t.Context(), harrier.Operator(), "ann")
	if err != nil {
		t.Fatal(err)
	}
	open, over := h.question(), h.question()
	for _, q := range []harrier.Approval{open, over} {
		h.vote(q, a)
	}
	h.decide(over)
	if _, err := h.Change(t.Context(), harrier.Operator(), "ann", access.Change{Disabled: new(true)}); err != nil {
		t.Fatal(err)
	}
	for id, want := range map[harrier.ApprovalID]int{open.ID: 0, over.ID: 1} {
		if votes, err := h.store.Votes(t.Context(), harrier.DefaultTenant, id); err != nil || len(votes) != want {
			t.Errorf("%d votes are left, %v, want %d", len(votes), err, want)
		}
	}
	_, err = h.SetUp(t.Context(), access.SetUp{Token: invited.Token, Password: harrier.NewSecret(good), From: home()})
	h.refused(err, "an invitation of who left")
	_, err = h.LogIn(t.Context(), proof("ann", good))
	h.refused(err, "who left")
	if _, err := h.Change(t.Context(), harrier.Operator(), "ann", access.Change{Disabled: new(false)}); err != nil {
		t.Fatal(err)
	}
	h.logIn("ann")
}

// AZ-11: nobody grants, nor rules over, more than they hold, nor changes themselves.
func TestChange_isOfNoMoreThanOneHolds(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.person("ann", access.Admin)
	h.person("bob", access.Responder)
	by := h.bearer(h.logIn("ann").Token)
	lead := harrier.Principal{ID: harrier.PrincipalID{9}, Tenant: harrier.DefaultTenant, Name: "lead", Grants: access.Grants(harrier.DefaultTenant, []string{access.Responder})}
	lead.Grants[harrier.AccountsManage] = true
	for what, act := range map[string]func() error{
		"one's own roles": func() error {
			_, err := h.Change(t.Context(), by, "ann", access.Change{Roles: []string{access.Viewer}})
			return err
		},
		"oneself disabled": func() error {
			_, err := h.Change(t.Context(), by, "ann", access.Change{Disabled: new(true)})
			return err
		},
		"an admin disabled": func() error {
			_, err := h.Change(t.Context(), lead, "ann", access.Change{Disabled: new(true)})
			return err
		},
		"an admin's password": func() error { _, err := h.Invite(t.Context(), lead, "ann"); return err },
		"an admin made": func() error {
			_, err := h.Change(t.Context(), lead, "bob", access.Change{Roles: []string{access.Admin}})
			return err
		},
		"an admin added": func() error {
			_, _, err := h.Add(t.Context(), lead, access.NewAccount{Name: "eve", Roles: []string{access.Admin}})
			return err
		},
		"an admin's key": func() error {
			_, _, err := h.NewKey(t.Context(), lead, access.NewKey{Name: "k", Account: "ann", Permissions: []harrier.Permission{harrier.AuditRead}})
			return err
		},
		"Harrier's own": func() error {
			_, err := h.Change(t.Context(), harrier.Operator(), "system", access.Change{Roles: []string{access.Admin}})
			return err
		},
		"a key of Harrier's": func() error {
			_, _, err := h.NewKey(t.Context(), harrier.Operator(), access.NewKey{Name: "k", Account: "nobody", Permissions: []harrier.Permission{harrier.AuditRead}})
			return denied(err)
		},
		"a tenant of a tenant": func() error {
			_, _, err := h.AddTenant(t.Context(), harrier.Principal{Tenant: harrier.TenantID{3}, Grants: by.Grants}, "acme")
			return err
		},
	} {
		if err := act(); harrier.KindOf(err) != harrier.Denied {
			t.Errorf("%s: got %v, want denied", what, err)
		}
	}
	if _, err := h.Change(t.Context(), lead, "bob", access.Change{Roles: []string{access.Analyst}}); err != nil {
		t.Errorf("what one holds: %v", err)
	}
}

// denied takes what is not found for denied.
func denied(err error) error {
	if harrier.KindOf(err) == harrier.NotFound {
		return harrier.Errorf(harrier.Denied, "%w", err)
	}
	return err
}

// AUT-14: a key may do what it is for and its account still may, in its tenant,
// from its networks, until it expires; its use is known.
func TestKey_isScopedExpiresAndIsBound(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.person("ann", access.Responder)
	by := h.bearer(h.logIn("ann").Token)
	if _, _, err := h.NewKey(t.Context(), by, access.NewKey{Name: "k", Permissions: []harrier.Permission{harrier.SourcesManage}}); harrier.KindOf(err) != harrier.Denied {
		t.Errorf("a key for what its account may not do: got %v, want denied", err)
	}
	for what, n := range map[string]access.NewKey{
		"without a permission": {Name: "k"}, "with one that is none": {Name: "k", Permissions: []harrier.Permission{"all"}},
		"that makes keys": {Name: "k", Permissions: []harrier.Permission{harrier.SelfManage}}, "without a name": {Permissions: []harrier.Permission{harrier.AlertsRead}},
		"for ever":             {Name: "k", Permissions: []harrier.Permission{harrier.AlertsRead}, Life: 500 * 24 * time.Hour},
		"with a wrong network": {Name: "k", Permissions: []harrier.Permission{harrier.AlertsRead}, Networks: []string{"here"}},
	} {
		if _, _, err := h.NewKey(t.Context(), by, n); harrier.KindOf(err) != harrier.Invalid {
			t.Errorf("a key %s: got %v, want invalid", what, err)
		}
	}
	k, token, err := h.NewKey(t.Context(), by, access.NewKey{Name: "k", Permissions: []harrier.Permission{harrier.AlertsRead, harrier.RunsControl}, Networks: []string{"192.0.2.0/24"}, Life: time.Hour})
	if err != nil || !strings.HasPrefix(token.Reveal(), k.Prefix) || len(k.Prefix) > 20 {
		t.Fatalf("the key shows %q, %v", k.Prefix, err)
	}
	p := h.bearer(token)
	if diff := cmp.Diff(map[harrier.Permission]bool{harrier.AlertsRead: true, harrier.RunsControl: true}, p.Grants); diff != "" || access.Fresh(p, h.clock.Now()) || p.Tenant != harrier.DefaultTenant {
		t.Errorf("the key is %+v:\n%s", p, diff)
	}
	if _, err := h.Admit(t.Context(), token, abroad()); harrier.KindOf(err) != harrier.Unauthenticated {
		t.Errorf("from elsewhere: got %v", err)
	}
	if keys, _, err := h.Keys(t.Context(), by, "", harrier.Page{}); err != nil || len(keys) != 1 || !keys[0].UsedAt.Equal(h.clock.Now()) {
		t.Errorf("its use is not known: %+v, %v", keys, err)
	}
	if _, err := h.Change(t.Context(), harrier.Operator(), "ann", access.Change{Roles: []string{access.Analyst}}); err != nil {
		t.Fatal(err)
	}
	if p := h.bearer(token); p.May(harrier.RunsControl) || !p.May(harrier.AlertsRead) {
		t.Errorf("the key may %v after its account may less", p.Grants)
	}
	h.clock.Pass(time.Hour)
	_, err = h.admit(token)
	h.refused(err, "an expired key")
}

// AUT-14, AUT-09: a copy of the data directory has no password, token, key or seed
// that could be used.
func TestStore_hasNothingThatOpensAnything(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.person("ann", access.Admin)
	in := h.logIn("ann")
	by := h.bearer(in.Token)
	_, key := h.key(by, "", harrier.AlertsRead)
	seed, err := h.BeginSecondFactor(t.Context(), by)
	if err != nil {
		t.Fatal(err)
	}
	_, invited, err := h.Add(t.Context(), by, access.NewAccount{Name: "bob", Roles: []string{access.Viewer}})
	if err != nil {
		t.Fatal(err)
	}
	secrets := map[string]string{"password": good, "session": in.Token.Reveal(), "device": in.Device.Reveal(), "key": key.Reveal(), "seed": seed.Secret.Reveal(), "invitation": invited.Token.Reveal()}
	seen := 0
	err = filepath.WalkDir(h.dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() {
			return err
		}
		text, err := os.ReadFile(path)
		seen += len(text)
		for name, secret := range secrets {
			if strings.Contains(string(text), secret[len(secret)-20:]) {
				t.Errorf("%s has the %s", d.Name(), name)
			}
		}
		return err
	})
	if err != nil || seen < 10_000 {
		t.Fatalf("only %d bytes were looked at, %v", seen, err)
	}
}
