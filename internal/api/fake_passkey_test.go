package api

import (
	"context"
	"io"
	"net/http"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/access"
	"github.com/harrier-soar/harrier/internal/passkey"
	"github.com/harrier-soar/harrier/internal/provider"
)

// keyring has one passkey.
type keyring struct{ w *world }

func (k keyring) begun() passkey.Begun {
	return passkey.Begun{Options: map[string]any{"challenge": "c"}, State: "right", Browser: "browser", Ends: epoch()}
}

func (k keyring) one() passkey.Passkey {
	return passkey.Passkey{Tenant: harrier.DefaultTenant, ID: fixed[harrier.PasskeyID]("passkey"), Account: doorkeeper(k).account().ID, Name: "laptop", CreatedAt: epoch()}
}

func (k keyring) arrived(a passkey.Answer) (passkey.Arrived, error) {
	if a.State != "right" {
		return passkey.Arrived{}, harrier.Errorf(harrier.Unauthenticated, "this log-in was refused")
	}
	d := doorkeeper(k)
	return passkey.Arrived{In: &access.LoggedIn{Session: d.session(), Account: d.account(), Token: harrier.NewSecret("token")}, To: "/passkeys"}, k.w.broken
}

func (k keyring) BeginLogIn(context.Context, string, *provider.Loopback) (passkey.Begun, error) {
	return k.begun(), k.w.broken
}

func (k keyring) FinishLogIn(_ context.Context, a passkey.Answer) (passkey.Arrived, error) {
	k.w.change("FinishLogIn")
	return k.arrived(a)
}

func (k keyring) BeginProof(context.Context, harrier.Principal) (passkey.Begun, error) {
	return k.begun(), k.w.broken
}

func (k keyring) FinishProof(_ context.Context, _ harrier.Principal, a passkey.Answer) (passkey.Arrived, error) {
	k.w.change("FinishProof")
	return k.arrived(a)
}

func (k keyring) Page(w http.ResponseWriter, _ *http.Request) error {
	_, _ = io.WriteString(w, "page")
	return k.w.broken
}

func (k keyring) BeginRegistration(context.Context, harrier.Principal) (passkey.Begun, error) {
	return k.begun(), k.w.broken
}

func (k keyring) FinishRegistration(context.Context, harrier.Principal, passkey.Answer, string) (passkey.Passkey, error) {
	k.w.change("FinishRegistration")
	return k.one(), k.w.broken
}

func (k keyring) List(_ context.Context, by harrier.Principal, _ string) ([]passkey.Passkey, error) {
	if by.Tenant != harrier.DefaultTenant {
		return nil, k.w.broken
	}
	return []passkey.Passkey{k.one()}, k.w.broken
}

func (k keyring) Rename(_ context.Context, by harrier.Principal, id harrier.PasskeyID, _ string) (passkey.Passkey, error) {
	k.w.change("Rename")
	return k.one(), k.w.find(by, "passkey", id.String(), id == k.one().ID)
}

func (k keyring) Remove(_ context.Context, by harrier.Principal, id harrier.PasskeyID) error {
	k.w.change("Remove")
	return k.w.find(by, "passkey", id.String(), id == k.one().ID)
}

// passkeyBodies are the bodies of the routes about passkeys.
func passkeyBodies() map[string]string {
	const answer = `"state":"right","credential":{"id":"x"}`
	return map[string]string{
		"POST /v1/session/passkey": `{}`, "POST /v1/session/passkey/finish": `{` + answer + `}`,
		"POST /v1/session/prove/passkey": ``, "POST /v1/session/prove/passkey/finish": `{` + answer + `}`,
		"POST /v1/passkeys": ``, "POST /v1/passkeys/finish": `{` + answer + `,"name":"laptop"}`,
		"PATCH /v1/passkeys/{id}": `{"name":"laptop"}`, "POST /v1/passkeys/{id}/remove": ``,
	}
}
