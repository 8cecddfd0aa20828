package lab

import (
	"fmt"
	"net/http"
	"time"
)

// entra is the token endpoint of Microsoft Entra ID.
//
// Shape: https://learn.microsoft.com/en-us/entra/identity-platform/v2-oauth2-client-creds-grant-flow
// and .../reference-error-codes.
type entra struct{ lab *Lab }

// What a client asks for to call a service by its own rights: Microsoft Graph,
// or Defender for Endpoint.
const (
	graphScope    = "https://graph.microsoft.com/.default"
	defenderScope = "https://api.securitycenter.microsoft.com/.default"
)

// token is an access token that was given out.
type token struct {
	Client  string    `json:"client"`
	Expires time.Time `json:"expires"`
	// Scope is the service that it is for.
	Scope string `json:"scope,omitempty"`
}

func (*entra) name() string { return entraName }

func (v *entra) handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("POST /{tenant}/oauth2/v2.0/token", v.grant)
	mux.HandleFunc("/", func(w http.ResponseWriter, _ *http.Request) { v.refuse(w, http.StatusNotFound) })
	return mux
}

// grant gives an access token to a client that proves itself.
func (v *entra) grant(w http.ResponseWriter, r *http.Request) {
	if err := r.ParseForm(); err != nil {
		v.fail(w, oauthError{http.StatusBadRequest, "invalid_request", 900144, "The request body could not be read."})
		return
	}
	client, secret, basic := r.BasicAuth()
	if !basic {
		client, secret = r.PostForm.Get("client_id"), r.PostForm.Get("client_secret")
	}
	if e := v.judge(r, client, secret); e.status != 0 {
		v.fail(w, e)
		return
	}
	ttl := v.lab.config.TokenTTL
	var value string
	ok := v.lab.change(w, r, v, func(e *edit) {
		value = opaque("lab.", v.lab.config.Seed, "token", e.next())
		e.put("entra/tokens", value, token{Client: client, Expires: v.lab.now(r).Add(ttl), Scope: r.PostForm.Get("scope")})
	})
	if !ok {
		return
	}
	w.Header().Set("Cache-Control", "no-store, no-cache")
	seconds := int(ttl / time.Second)
	writeJSON(w, http.StatusOK, map[string]any{
		"token_type": "Bearer", "expires_in": seconds, "ext_expires_in": seconds, "access_token": value,
	})
}

// oauthError is a refusal of the token endpoint.
type oauthError struct {
	status int
	code   string
	number int
	text   string
}

// judge checks a request for a token; the zero value means that it is right.
func (v *entra) judge(r *http.Request, client, secret string) oauthError {
	form := r.PostForm
	switch {
	case r.PathValue("tenant") != v.lab.tenantID():
		return oauthError{http.StatusBadRequest, "invalid_request", 90002, "Tenant '" + r.PathValue("tenant") + "' not found."}
	case form.Get("grant_type") != "client_credentials":
		return oauthError{http.StatusBadRequest, "unsupported_grant_type", 70003, "The app requested an unsupported grant type."}
	case client != v.lab.clientID():
		return oauthError{http.StatusBadRequest, "unauthorized_client", 700016, "Application with identifier '" + client + "' was not found in the directory."}
	case !same(secret, v.lab.secret(entraName, "client_secret")):
		return oauthError{http.StatusUnauthorized, "invalid_client", 7000215, "Invalid client secret provided."}
	case form.Get("scope") != graphScope && form.Get("scope") != defenderScope:
		return oauthError{http.StatusBadRequest, "invalid_scope", 70011, "The provided value for the input parameter 'scope' is not valid."}
	}
	return oauthError{}
}

func (v *entra) fail(w http.ResponseWriter, e oauthError) {
	now := v.lab.config.Now().UTC().Format("2006-01-02 15:04:05Z")
	trace := uuid(now)
	writeJSON(w, e.status, map[string]any{
		"error": e.code, "error_codes": []int{e.number}, "timestamp": now, "trace_id": trace, "correlation_id": trace,
		"error_description": fmt.Sprintf("AADSTS%d: %s Trace ID: %s Timestamp: %s", e.number, e.text, trace, now),
	})
}

func (v *entra) refuse(w http.ResponseWriter, status int) {
	switch status {
	case http.StatusUnauthorized:
		v.fail(w, oauthError{status, "invalid_client", 7000215, "Invalid client secret provided."})
	case http.StatusTooManyRequests, http.StatusServiceUnavailable:
		v.fail(w, oauthError{status, "temporarily_unavailable", 90033, "A transient error has occurred. Please try again."})
	case http.StatusInternalServerError:
		v.fail(w, oauthError{status, "server_error", 90033, "A transient error has occurred. Please try again."})
	default:
		v.fail(w, oauthError{status, "invalid_request", 900144, http.StatusText(status)})
	}
}

// bearer reports whether a token is good now for a service, and why not.
func (l *Lab) bearer(r *http.Request, value, scope string) (problem string) {
	l.world.view(func(e *edit) {
		t, ok := load[token](e, "entra/tokens", value)
		switch {
		case value == "":
			problem = "Access token is empty."
		case !ok || t.Scope != scope:
			problem = "Access token validation failure. Invalid audience."
		case !l.now(r).Before(t.Expires):
			problem = "Lifetime validation failed, the token is expired."
		}
	})
	return problem
}
