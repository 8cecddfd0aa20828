package passkey_test

import (
	"bytes"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/access"
	"github.com/harrier-soar/harrier/internal/passkey"
	"github.com/harrier-soar/harrier/internal/passkey/passkeytest"
)

// response is a member of the answer of an authenticator.
func response(credential map[string]any) map[string]any {
	r, _ := credential["response"].(map[string]any)
	return r
}

func raw(text any) []byte {
	s, _ := text.(string)
	b, _ := base64.RawURLEncoding.DecodeString(s)
	return b
}

func encoded(b []byte) string { return base64.RawURLEncoding.EncodeToString(b) }

// flip changes one bit of a member.
func flip(name string, at int) func(map[string]any) {
	return func(c map[string]any) {
		b := raw(response(c)[name])
		b[(at+len(b))%len(b)] ^= 1
		response(c)[name] = encoded(b)
	}
}

// trick is an answer that is wrong in one way, with the reason that the audit
// trail has.
type trick struct {
	what, reason string
	// device changes what the authenticator says, and sent what is made of it.
	device func(a *passkeytest.Authenticator)
	sent   func(c map[string]any)
	// answer changes what the browser sends.
	answer func(a *passkey.Answer)
}

func says(set func(a *passkeytest.Authenticator)) func(*passkeytest.Authenticator) { return set }

// common are tricks of both ceremonies.
func common() []trick {
	said := func(name string, v any) func(*passkeytest.Authenticator) {
		return func(a *passkeytest.Authenticator) { a.Client = map[string]any{name: v} }
	}
	return []trick{
		{what: "another page", reason: "origin", device: says(func(a *passkeytest.Authenticator) { a.Origin = "https://harrier.example.evil.example" })},
		{what: "a page of a host below", reason: "origin", device: says(func(a *passkeytest.Authenticator) { a.Origin = "https://login.harrier.example" })},
		{what: "plain HTTP", reason: "origin", device: says(func(a *passkeytest.Authenticator) { a.Origin = "http://harrier.example" })},
		{what: "another port", reason: "origin", device: says(func(a *passkeytest.Authenticator) { a.Origin = origin + ":8443" })},
		{what: "no page", reason: "origin", device: says(func(a *passkeytest.Authenticator) { a.Origin = "" })},
		{what: "another server", reason: "party", device: says(func(a *passkeytest.Authenticator) { a.Party = "evil.example" })},
		{what: "another challenge", reason: "challenge", device: said("challenge", encoded(make([]byte, 32)))},
		{what: "no challenge", reason: "challenge", device: said("challenge", "")},
		{what: "another ceremony", reason: "type", device: said("type", "payment.get")},
		{what: "a page in a frame", reason: "cross_origin", device: said("crossOrigin", true)},
		{what: "a page above", reason: "cross_origin", device: said("topOrigin", "https://evil.example")},
		{what: "a challenge that is a number", reason: "malformed", device: said("challenge", 7)},
		{what: "nobody touched it", reason: "presence", device: says(func(a *passkeytest.Authenticator) { a.Flags = passkeytest.Verified })},
		{what: "nobody was verified", reason: "verification", device: says(func(a *passkeytest.Authenticator) { a.Flags = passkeytest.Present })},
		{what: "backed up, and cannot be", reason: "backup", device: says(func(a *passkeytest.Authenticator) { a.Flags |= passkeytest.BackedUp })},
		{what: "cut off", reason: "malformed", device: says(func(a *passkeytest.Authenticator) { a.Short = 5 })},
		{what: "another type of credential", reason: "malformed", sent: func(c map[string]any) { c["type"] = "password" }},
		{what: "no id", reason: "malformed", sent: func(c map[string]any) { delete(c, "id") }},
		{what: "an id that is not its own", reason: "malformed", sent: func(c map[string]any) { c["rawId"] = encoded([]byte("something else, of 32 bytes.....")) }},
		{what: "no response", reason: "malformed", sent: func(c map[string]any) { c["response"] = map[string]any{} }},
		{what: "client data that is no JSON", reason: "malformed", sent: func(c map[string]any) { response(c)["clientDataJSON"] = encoded([]byte("{")) }},
		{what: "no JSON", reason: "malformed", answer: func(a *passkey.Answer) { a.Credential = json.RawMessage(`{`) }},
		{what: "two answers", reason: "malformed", answer: func(a *passkey.Answer) { a.Credential = append(bytes.Clone(a.Credential), a.Credential...) }},
		{what: "too much", reason: "malformed", answer: func(a *passkey.Answer) { a.Credential = append(a.Credential, bytes.Repeat([]byte(" "), 64<<10)...) }},
		{what: "no state", reason: "state", answer: func(a *passkey.Answer) { a.State = "" }},
		{what: "a state that somebody else sealed", reason: "state", answer: func(a *passkey.Answer) { a.State = encoded(bytes.Repeat([]byte{7}, 200)) }},
		{what: "a state that was changed", reason: "state", answer: func(a *passkey.Answer) { a.State = a.State[:len(a.State)-8] + "AAAAAAAA" }},
	}
}

// court is what tricks of log-ins are played with.
type court struct {
	h          *house
	anns, bobs *passkeytest.Authenticator
	// unknown is a passkey that nobody registered, in the ceremony registering.
	unknown     map[string]any
	registering passkey.Begun
	// replayed is an answer that let somebody in.
	replayed passkey.Answer
}

// tricks are those of log-ins.
func (c court) tricks() []trick {
	return append(common(),
		trick{what: "a signature of somebody else", reason: "signature", sent: flip("signature", -1)},
		trick{what: "a signature that is nothing", reason: "signature", sent: func(m map[string]any) { response(m)["signature"] = "" }},
		trick{what: "a count that was changed", reason: "signature", sent: func(m map[string]any) { flip("authenticatorData", 34)(m) }},
		trick{what: "client data that was changed", reason: "signature", sent: func(m map[string]any) {
			b := raw(response(m)["clientDataJSON"])
			response(m)["clientDataJSON"] = encoded(append(b[:len(b)-1], []byte(`,"x":1}`)...))
		}},
		trick{what: "a passkey that nobody has", reason: "credential", sent: func(m map[string]any) { m["id"], m["rawId"] = c.unknown["id"], c.unknown["rawId"] }},
		trick{what: "an id that is long", reason: "credential", sent: func(m map[string]any) { m["id"] = encoded(make([]byte, 2000)); m["rawId"] = m["id"] }},
		trick{what: "the account of somebody else", reason: "user_handle", sent: func(m map[string]any) { response(m)["userHandle"] = encoded(c.bobs.Handle()) }},
		trick{what: "no account", reason: "user_handle", sent: func(m map[string]any) { delete(response(m), "userHandle") }},
		trick{what: "the passkey of somebody else", reason: "signature", sent: func(m map[string]any) {
			other := c.bobs.Copy().Get(c.h.begin().Options)
			m["id"], m["rawId"], response(m)["userHandle"] = other["id"], other["rawId"], response(other)["userHandle"]
		}},
		trick{what: "backups that it could not have before", reason: "backup", device: says(func(a *passkeytest.Authenticator) { a.Flags |= passkeytest.Eligible })},
		trick{what: "a registration", reason: "type", device: says(func(a *passkeytest.Authenticator) { a.Client = map[string]any{"type": "webauthn.create"} })},
		trick{what: "an answer that was given before", reason: "challenge", answer: func(a *passkey.Answer) { a.Credential = c.replayed.Credential }},
		trick{what: "a state that was used", reason: "state_used", answer: func(a *passkey.Answer) {
			used := c.h.begin()
			if _, err := c.h.FinishLogIn(c.h.t.Context(), c.h.answer(used, c.anns.Get(used.Options))); err != nil {
				c.h.t.Fatal(err)
			}
			a.State, a.Browser = used.State, used.Browser
		}},
		trick{what: "a state of a registration", reason: "state", answer: func(a *passkey.Answer) { a.State = c.registering.State }},
		trick{what: "another browser", reason: "state", answer: func(a *passkey.Answer) { a.Browser = c.h.begin().Browser }},
		trick{what: "a browser without its cookie", reason: "state", answer: func(a *passkey.Answer) { a.Browser = "" }},
	)
}

// AUT-09: every log-in that is wrong is refused alike, and only the audit trail
// has why.
func TestLogIn_thatIsHostileIsRefusedAlike(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.person("ann", access.Analyst)
	h.person("bob", access.Analyst)
	anns := passkeytest.New(t, origin, passkeytest.ES256)
	bobs := passkeytest.New(t, origin, passkeytest.EdDSA)
	h.register(h.logIn("", "ann"), anns)
	h.register(h.logIn("", "bob"), bobs)
	stranger := passkeytest.New(t, origin, passkeytest.ES256)
	b, err := h.BeginRegistration(t.Context(), h.inside(bobs))
	if err != nil {
		t.Fatal(err)
	}
	unknown := stranger.Create(b.Options)
	old := h.begin()
	replayed := h.answer(old, anns.Get(old.Options))
	if _, err := h.FinishLogIn(t.Context(), replayed); err != nil {
		t.Fatal(err)
	}
	tricks := court{h, anns, bobs, unknown, b, replayed}.tricks()
	told := map[string]bool{}
	for i, one := range tricks {
		if i%15 == 14 {
			h.clock.Pass(2 * time.Hour) // so that the limit of guesses does not answer in the place of what is looked at
		}
		device := anns.Copy()
		device.Count += 1000
		begun := h.begin()
		if one.device != nil {
			one.device(device)
		}
		c := device.Get(begun.Options)
		if one.sent != nil {
			one.sent(c)
		}
		a := h.answer(begun, c)
		if one.answer != nil {
			one.answer(&a)
		}
		_, err := h.FinishLogIn(t.Context(), a)
		if harrier.KindOf(err) != harrier.Unauthenticated {
			t.Errorf("%s: got %v, want unauthenticated", one.what, err)
			continue
		}
		told[err.Error()] = true
		if got := h.reasons(harrier.DefaultTenant)[0]; got != one.reason {
			t.Errorf("%s: the audit trail says %s, want %s", one.what, got, one.reason)
		}
	}
	if len(told) != 1 {
		t.Errorf("people are told %d texts: %v", len(told), told)
	}
	h.clock.Pass(2 * time.Hour)
	h.inside(anns) // who is right is let in still
}

// A ceremony ends after five minutes, for both halves.
func TestCeremony_endsAfterFiveMinutes(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.person("ann", access.Analyst)
	device := passkeytest.New(t, origin, passkeytest.ES256)
	h.register(h.logIn("", "ann"), device)
	b := h.begin()
	a := h.answer(b, device.Get(b.Options))
	h.clock.Pass(5*time.Minute + time.Second)
	_, err := h.FinishLogIn(t.Context(), a)
	h.refused(err)
	if got := h.reasons(harrier.DefaultTenant)[0]; got != "state" {
		t.Errorf("the trail says %s", got)
	}
}

// A proof is of the session that began it, by a passkey of the same account.
func TestProof_isOfItsSessionAndAccount(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.person("ann", access.Analyst)
	h.person("bob", access.Analyst)
	anns, bobs := passkeytest.New(t, origin, passkeytest.ES256), passkeytest.New(t, origin, passkeytest.ES256)
	h.register(h.logIn("", "ann"), anns)
	h.register(h.logIn("", "bob"), bobs)
	ann, bob := h.inside(anns), h.inside(bobs)
	begin := func(by harrier.Principal) passkey.Begun {
		b, err := h.BeginProof(t.Context(), by)
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	b := begin(ann)
	for what, one := range map[string]struct {
		by     harrier.Principal
		answer passkey.Answer
	}{
		"somebody else's passkey": {ann, h.answer(b, bobs.Get(b.Options))},
		"somebody else's session": {bob, h.answer(begin(ann), bobs.Get(begin(ann).Options))},
		"a state of a log-in":     {ann, h.answer(h.begin(), anns.Get(begin(ann).Options))},
		"another session":         {h.inside(anns), h.answer(begin(ann), anns.Get(begin(ann).Options))},
	} {
		if _, err := h.FinishProof(t.Context(), one.by, one.answer); harrier.KindOf(err) != harrier.Unauthenticated {
			t.Errorf("%s: got %v", what, err)
		}
	}
	b = begin(ann)
	_, err := h.FinishLogIn(t.Context(), h.answer(b, anns.Get(b.Options)))
	h.refused(err)
	b = begin(ann)
	c := anns.Get(b.Options)
	delete(response(c), "userHandle") // which a browser may leave out here
	if _, err := h.FinishProof(t.Context(), ann, h.answer(b, c)); err != nil {
		t.Error(err)
	}
}

// Passkeys of one tenant let nobody into another.
func TestPasskey_isOfOneTenant(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	acme, invited, err := h.people.AddTenant(t.Context(), harrier.Operator(), "acme")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := h.people.SetUp(t.Context(), access.SetUp{Token: invited.Token, Name: "ann", Password: harrier.NewSecret(good), From: home()}); err != nil {
		t.Fatal(err)
	}
	h.person("ann", access.Admin)
	there, here := passkeytest.New(t, origin, passkeytest.ES256), passkeytest.New(t, origin, passkeytest.ES256)
	h.register(h.logIn("acme", "ann"), there)
	h.register(h.logIn("", "ann"), here)
	if got := h.inside(there); got.Tenant != acme.ID {
		t.Errorf("it lets into %s, want %s", got.Tenant, acme.ID)
	}
	by := h.inside(here)
	b, err := h.BeginProof(t.Context(), by)
	if err != nil {
		t.Fatal(err)
	}
	_, err = h.FinishProof(t.Context(), by, h.answer(b, there.Get(b.Options)))
	h.refused(err)
	if got := h.reasons(harrier.DefaultTenant); len(got) != 1 || got[0] != "credential" {
		t.Errorf("the trail says %v", got)
	}
	if got := h.reasons(acme.ID); len(got) != 0 {
		t.Errorf("the trail of the other tenant says %v", got)
	}
}

// A registration that is wrong is refused alike, and adds nothing.
func TestRegistration_thatIsHostileIsRefusedAlike(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.person("ann", access.Analyst)
	key := func(b []byte) func(*passkeytest.Authenticator) {
		return func(a *passkeytest.Authenticator) { a.Key = b }
	}
	point := [2][]byte{make([]byte, 32), make([]byte, 32)}
	small, large := make([]byte, 128), make([]byte, 1024)
	_, _ = rand.Read(small)
	_, _ = rand.Read(large)
	small[0], large[0], small[127], large[1023] = 0xc1, 0xc1, small[127]|1, large[1023]|1
	tricks := append(common(),
		trick{what: "a log-in", reason: "type", device: says(func(a *passkeytest.Authenticator) { a.Client = map[string]any{"type": "webauthn.get"} })},
		trick{what: "ES384", reason: "algorithm", device: key(passkeytest.EllipticKey(-35, 2, [2][]byte{make([]byte, 48), make([]byte, 48)}))},
		trick{what: "another curve", reason: "algorithm", device: key(passkeytest.EllipticKey(passkeytest.ES256, 2, point))},
		trick{what: "a point that is on no curve", reason: "algorithm", device: key(passkeytest.EllipticKey(passkeytest.ES256, 1, point))},
		trick{what: "RSA of 1,024 bits", reason: "algorithm", device: key(passkeytest.RSAKey(small))},
		trick{what: "RSA of 8,192 bits", reason: "algorithm", device: key(passkeytest.RSAKey(large))},
		trick{what: "certificates", reason: "attestation", device: says(func(a *passkeytest.Authenticator) { a.Format, a.Statement = "packed", passkeytest.Certified() })},
		trick{what: "a TPM", reason: "attestation", device: says(func(a *passkeytest.Authenticator) { a.Format, a.Statement = "tpm", []byte{0xa0} })},
		trick{what: "an object that is none", reason: "malformed", sent: func(c map[string]any) { response(c)["attestationObject"] = encoded([]byte{0xff}) }},
		trick{what: "lists in lists", reason: "malformed", sent: func(c map[string]any) {
			response(c)["attestationObject"] = encoded(bytes.Repeat([]byte{0x81}, 20_000))
		}},
		trick{what: "a length that is not there", reason: "malformed", sent: func(c map[string]any) {
			response(c)["attestationObject"] = encoded([]byte{0x5b, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff})
		}},
	)
	told := map[string]bool{}
	for _, one := range tricks {
		by := h.logIn("", "ann")
		device := passkeytest.New(t, origin, passkeytest.ES256)
		b, err := h.BeginRegistration(t.Context(), by)
		if err != nil {
			t.Fatal(err)
		}
		if one.device != nil {
			one.device(device)
		}
		c := device.Create(b.Options)
		if one.sent != nil {
			one.sent(c)
		}
		a := h.answer(b, c)
		if one.answer != nil {
			one.answer(&a)
		}
		_, err = h.FinishRegistration(t.Context(), by, a, "")
		if harrier.KindOf(err) != harrier.Invalid {
			t.Errorf("%s: got %v, want invalid", one.what, err)
			continue
		}
		told[err.Error()] = true
		reason := h.reasons(harrier.DefaultTenant)[0]
		if malformedToo := reason == "malformed" && one.reason == "algorithm"; reason != one.reason && !malformedToo {
			t.Errorf("%s: the audit trail says %s, want %s", one.what, reason, one.reason)
		}
	}
	if len(told) != 1 {
		t.Errorf("people are told %d texts: %v", len(told), told)
	}
	by := h.logIn("", "ann")
	if list, err := h.List(t.Context(), by, ""); err != nil || len(list) != 0 {
		t.Errorf("%d passkeys are there, %v", len(list), err)
	}
}

// The page runs its own script and nothing else.
func TestPage_letsNothingInButItsOwn(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	w := httptest.NewRecorder()
	if err := h.Page(w, httptest.NewRequestWithContext(t.Context(), "GET", "/passkeys", nil)); err != nil {
		t.Fatal(err)
	}
	policy, body := w.Header().Get("Content-Security-Policy"), w.Body.String()
	for _, tag := range []string{"style", "script"} {
		_, rest, _ := strings.Cut(body, "<"+tag+">")
		text, _, ok := strings.Cut(rest, "</"+tag+">")
		if want := tag + "-src " + hashOf(text); !ok || !strings.Contains(policy, want) {
			t.Errorf("the policy %s does not have %s", policy, want)
		}
	}
	for _, bad := range []string{"unsafe", "http:", "https:", "*"} {
		if strings.Contains(policy, bad) {
			t.Errorf("the policy %s has %s", policy, bad)
		}
	}
	for _, bad := range []string{"innerHTML", " src=", " onclick", " style=", "eval(", "http://", "https://"} {
		if strings.Contains(body, bad) {
			t.Errorf("the page has %s", bad)
		}
	}
}
