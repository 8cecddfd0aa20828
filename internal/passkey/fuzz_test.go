package passkey

import (
	"encoding/json"
	"testing"

	"github.com/go-webauthn/webauthn/protocol"

	"github.com/harrier-soar/harrier/internal/passkey/passkeytest"
)

// No answer makes a panic, and none but the right one is taken. It is looked at as
// the service does, without what it stores.
func FuzzAnswer(f *testing.F) {
	p, err := partyAt("https://harrier.example")
	if err != nil {
		f.Fatal(err)
	}
	const challenge = "Y2hhbGxlbmdlIG9mIDMyIGJ5dGVzLCBmb3IgdGVzdHM"
	made := map[string]any{"challenge": challenge, "rp": map[string]any{"id": p.id}, "user": map[string]any{"id": "aGFuZGxl"}}
	used := map[string]any{"challenge": challenge, "rpId": p.id}
	for _, algorithm := range []int{passkeytest.ES256, passkeytest.EdDSA, passkeytest.RS256} {
		device := passkeytest.New(f, p.origin, algorithm)
		for _, answer := range []any{device.Create(made), device.Get(used)} {
			text, err := json.Marshal(answer)
			if err != nil {
				f.Fatal(err)
			}
			f.Add(text)
		}
	}
	c := ceremony{Challenge: challenge}
	k := Passkey{Credential: []byte("nobody's passkey"), Handle: []byte("handle")}
	f.Fuzz(func(t *testing.T, data []byte) {
		if in, err := protocol.ParseCredentialCreationResponseBytes(data); err == nil && p.wrongRegistration(in, challenge) == "" {
			made, err := p.auth.CreateCredential(owner{handle: k.Handle}, c.session(p, k.Handle), in)
			if err == nil && wrongKey(made.PublicKey) != "" {
				t.Error("a key is registered that is not taken")
			}
		}
		if in, err := protocol.ParseCredentialRequestResponseBytes(data); err == nil && p.wrongClient(in.Response.CollectedClientData, protocol.AssertCeremony, challenge) == "" &&
			p.wrongAuthenticator(in.Response.AuthenticatorData) == "" {
			if _, err := p.auth.ValidateLogin(owner{handle: k.Handle, keys: []Passkey{k}}, c.session(p, k.Handle), in); err == nil {
				t.Error("somebody is let in by a passkey that has no key")
			}
		}
	})
}
