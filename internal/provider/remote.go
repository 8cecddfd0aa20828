package provider

import (
	"context"
	"net/http"
	"slices"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"

	"github.com/harrier-soar/harrier"
)

const (
	// wordsLast is how long what a provider says of itself, and its keys, are used.
	wordsLast = time.Hour
	// askAgain is how often keys are fetched at most because one is not known.
	askAgain = time.Minute
	// afterFailure is how long a provider that does not answer is left alone.
	afterFailure = 10 * time.Second
)

// remote is what a provider says of itself. Whoever waits for its turn waits for
// one question, not for one each.
type remote struct {
	settings Settings
	web      *http.Client
	now      func() time.Time
	turn     chan struct{} // guards what follows

	known    *oidc.Provider
	knownAt  time.Time
	more     metadata
	failed   error
	failedAt time.Time
	keys     keys
}

// metadata is what else is read of the discovery document.
type metadata struct {
	KeysURL    string   `json:"jwks_uri"`
	Algorithms []string `json:"id_token_signing_alg_values_supported"`
	AuthStyles []string `json:"token_endpoint_auth_methods_supported"`
	// SaysIssuer tells that answers name their issuer (RFC 9207).
	SaysIssuer bool `json:"authorization_response_iss_parameter_supported"`
}

// asking is a context under which the libraries ask by the provider's client.
func (r *remote) asking(ctx context.Context) context.Context {
	return oidc.ClientContext(ctx, r.web)
}

// hold waits for the turn.
func (r *remote) hold(ctx context.Context) (done func(), err error) {
	select {
	case r.turn <- struct{}{}:
		return func() { <-r.turn }, nil
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
}

// discover asks the provider what it is, where that is not known of late. The
// caller has the turn.
func (r *remote) discover(ctx context.Context) error {
	now := r.now()
	switch {
	case r.known != nil && now.Sub(r.knownAt) < wordsLast:
		return nil
	case r.failed != nil && now.Sub(r.failedAt) < afterFailure:
		return r.failed
	}
	known, more, err := r.ask(ctx)
	if err != nil {
		r.failed, r.failedAt = err, now
		return err
	}
	r.known, r.more, r.knownAt, r.failed = known, more, now, nil
	return nil
}

func (r *remote) ask(ctx context.Context) (*oidc.Provider, metadata, error) {
	var more metadata
	p, err := oidc.NewProvider(r.asking(ctx), r.settings.Issuer) // it holds the issuer to what was asked for
	if err != nil {
		return nil, more, harrier.Errorf(harrier.Unavailable, "provider %s does not say what it is; see that %s/.well-known/openid-configuration answers and names this very issuer: %.300s", r.settings.Name, r.settings.Issuer, err.Error())
	}
	if err := p.Claims(&more); err != nil {
		return nil, more, harrier.Errorf(harrier.Unavailable, "what provider %s says of itself cannot be read: %w", r.settings.Name, err)
	}
	for what, address := range map[string]string{"the log-in page": p.Endpoint().AuthURL, "the token endpoint": p.Endpoint().TokenURL, "the address of keys": more.KeysURL} {
		if err := secure(what, address); err != nil {
			return nil, more, err
		}
	}
	return p, more, nil
}

// algorithms are those by which its ID tokens may be signed: never none, and
// never one whose key both sides have.
func (r *remote) algorithms() []string {
	all := []string{"RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA"}
	if len(r.more.Algorithms) == 0 {
		return []string{"RS256"}
	}
	return slices.DeleteFunc(all, func(a string) bool { return !slices.Contains(r.more.Algorithms, a) })
}

// client is the provider's client as OAuth has it.
func (r *remote) client(secret harrier.Secret) *oauth2.Config {
	end := r.known.Endpoint()
	end.AuthStyle = oauth2.AuthStyleInHeader
	basic := len(r.more.AuthStyles) == 0 || slices.Contains(r.more.AuthStyles, "client_secret_basic")
	if secret.IsZero() || !basic {
		end.AuthStyle = oauth2.AuthStyleInParams
	}
	return &oauth2.Config{
		ClientID: r.settings.ClientID, ClientSecret: secret.Reveal(), Endpoint: end, RedirectURL: r.settings.Redirect,
		Scopes: append([]string{oidc.ScopeOpenID}, r.settings.Scopes...),
	}
}

// words returns the client and what is known of the provider.
func (r *remote) words(ctx context.Context, secret harrier.Secret) (*oauth2.Config, metadata, error) {
	done, err := r.hold(ctx)
	if err != nil {
		return nil, metadata{}, err
	}
	defer done()
	if err := r.discover(ctx); err != nil {
		return nil, metadata{}, err
	}
	return r.client(secret), r.more, nil
}
