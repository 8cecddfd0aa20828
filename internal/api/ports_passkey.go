package api

import (
	"context"
	"net/http"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/passkey"
	"github.com/harrier-soar/harrier/internal/provider"
)

// PasskeyDoor lets people in by passkeys.
type PasskeyDoor interface {
	// BeginLogIn begins a log-in of whoever keeps a cookie, empty makes it anew.
	// Where nobody said at which address people come it is Conflict.
	BeginLogIn(ctx context.Context, browser string, l *provider.Loopback) (passkey.Begun, error)
	// FinishLogIn makes a session. Whatever is wrong is the same Unauthenticated.
	FinishLogIn(ctx context.Context, a passkey.Answer) (passkey.Arrived, error)
	// BeginProof begins to make one's session fresh; without a passkey it is Conflict.
	BeginProof(ctx context.Context, by harrier.Principal) (passkey.Begun, error)
	// FinishProof makes one's session fresh, with a new token.
	FinishProof(ctx context.Context, by harrier.Principal, a passkey.Answer) (passkey.Arrived, error)
	// Page shows the page on which browsers do all this.
	Page(w http.ResponseWriter, r *http.Request) error
}

// Passkeys are what people prove by who they are.
type Passkeys interface {
	// BeginRegistration begins to add a passkey to one's own account.
	BeginRegistration(ctx context.Context, by harrier.Principal) (passkey.Begun, error)
	// FinishRegistration adds it; an answer that is not good is Invalid.
	FinishRegistration(ctx context.Context, by harrier.Principal, a passkey.Answer, name string) (passkey.Passkey, error)
	// List lists the passkeys of an account, one's own where it is empty.
	List(ctx context.Context, by harrier.Principal, account string) ([]passkey.Passkey, error)
	// Rename calls a passkey something else.
	Rename(ctx context.Context, by harrier.Principal, id harrier.PasskeyID, name string) (passkey.Passkey, error)
	// Remove removes a passkey, and ends the other log-ins of its account.
	Remove(ctx context.Context, by harrier.Principal, id harrier.PasskeyID) error
}
