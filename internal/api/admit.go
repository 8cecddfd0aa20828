package api

import (
	"net/http"
	"net/netip"
	"strings"
	"time"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/access"
)

// fresh marks a route as dangerous: whoever asks has proved a moment ago who
// they are, or is told to (AUT-13). Keys never have.
func fresh(e endpoint) endpoint {
	return func(s *Server, r route) {
		s.fresh[r.pattern] = true
		e(s, r)
	}
}

// securing is fresh, for what somebody secures their own account by: who should
// have a second factor and has none may do that still.
func securing(e endpoint) endpoint {
	return fresh(func(s *Server, r route) {
		s.securing[r.pattern] = true
		e(s, r)
	})
}

// proven says why a principal cannot do what is dangerous.
func (s *Server) proven(p harrier.Principal, g guard) error {
	if g.securing {
		p.FactorDue = time.Time{}
	}
	return access.Proven(p, s.cfg.Now(), "this is dangerous, so give your password again first, or use your passkey")
}

// bearer is the token that a request bears: in its header, or in the cookie of
// a browser.
func bearer(r *http.Request) harrier.Secret {
	scheme, token, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	if strings.EqualFold(scheme, "Bearer") {
		return harrier.NewSecret(token)
	}
	if r.Header.Get("Authorization") != "" {
		return harrier.Secret{}
	}
	all := r.CookiesNamed(sessionCookie)
	if len(all) != 1 { // two are a trick of somebody
		return harrier.Secret{}
	}
	return harrier.NewSecret(all[0].Value)
}

// peer is the address that a request came from. What a proxy says of others is
// not believed.
func peer(r *http.Request) netip.Addr {
	at, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil {
		return netip.Addr{}
	}
	return at.Addr().Unmap()
}

// admitting answers requests of those who bear a token, and of those who log in.
func (s *Server) admitting(l Listening) http.Handler {
	return s.covered(s.straight(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		token, from := bearer(r), peer(r)
		if token.IsZero() {
			s.handler.ServeHTTP(w, r)
			return
		}
		if !l.Token.IsZero() && from.IsLoopback() && token.Equal(l.Token) {
			s.handler.ServeHTTP(w, r.WithContext(harrier.WithPrincipal(r.Context(), l.Operator)))
			return
		}
		in, err := s.cfg.Ports.Access.Gate.Admit(r.Context(), token, from)
		if harrier.KindOf(err) == harrier.Unauthenticated {
			s.handler.ServeHTTP(w, r) // as nobody: who logs in may have an old cookie
			return
		}
		if err != nil {
			s.refuse(w, r, err)
			return
		}
		defer in.Done()
		ctx := r.Context()
		if r.Method == http.MethodGet { // reading ends with the right to it; what changes something is not cut off
			ctx = in.Context
		}
		s.handler.ServeHTTP(w, r.WithContext(harrier.WithPrincipal(ctx, in.Principal)))
	})))
}
