package app

import (
	"net/netip"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/access"
)

const goodPassword = "correct horse battery staple"

// person makes an account with roles and a password.
func (o *office) person(by harrier.Principal, name string, roles ...string) access.Account {
	o.t.Helper()
	_, invited, err := o.access.Add(o.t.Context(), by, access.NewAccount{Name: name, Roles: roles})
	if err != nil {
		o.t.Fatal(err)
	}
	a, err := o.access.SetUp(o.t.Context(), access.SetUp{Token: invited.Token, Password: harrier.NewSecret(goodPassword)})
	if err != nil {
		o.t.Fatal(err)
	}
	return a
}

// logIn logs a person of the default tenant in.
func (o *office) logIn(name string) access.LoggedIn {
	o.t.Helper()
	in, err := o.access.LogIn(o.t.Context(), access.Proof{Name: name, Password: harrier.NewSecret(goodPassword), From: netip.MustParseAddr("192.0.2.1")})
	if err != nil {
		o.t.Fatal(err)
	}
	return in
}

// people leaves an account with a session and a key.
func (o *office) people() relics {
	o.t.Helper()
	ann := o.person(harrier.Operator(), "ann", access.Analyst)
	k, _, err := o.access.NewKey(o.t.Context(), harrier.Operator(), access.NewKey{Name: "ci", Account: "ann", Permissions: []harrier.Permission{harrier.AlertsWrite}})
	if err != nil {
		o.t.Fatal(err)
	}
	return relics{"accounts": {ann.ID.String(), "ann"}, "keys": {k.ID.String()}, "passkeys": {harrier.NewID[harrier.PasskeyID](o.clock.now()).String()}, "sessions": {o.logIn("ann").Session.ID.String()}}
}
