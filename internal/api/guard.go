package api

import (
	"net/http"
	"path"
	"strings"

	"github.com/harrier-soar/harrier"
)

// guard is what a route asks of whoever wants it.
type guard struct {
	permission harrier.Permission
	// fresh wants a proof of a moment ago too.
	fresh bool
	// securing does not want a second factor that is missing.
	securing bool
}

// permit lets a request pass whose principal holds the permission.
func (s *Server) permit(g guard, next http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		p, known := harrier.PrincipalFrom(r.Context())
		perm := g.permission
		switch {
		case perm == harrier.Public:
		case !known:
			s.refuse(w, r, harrier.Errorf(harrier.Unauthenticated, "nobody is known to ask for this"))
			return
		case !p.May(perm):
			s.refuse(w, r, lacking(p, "do this", perm))
			return
		}
		if g.fresh {
			if err := s.proven(p, g); err != nil {
				s.refuse(w, r, err)
				return
			}
		}
		next(w, r)
	}
}

// lacking says that somebody may not do something, and which permission it needs.
func lacking(p harrier.Principal, do string, perm harrier.Permission) error {
	return harrier.Errorf(harrier.Denied, "%s may not %s: it needs the permission %s; ask an administrator for it", p.Name, do, perm)
}

// straight refuses paths that could mean two things to two readers. Nothing is
// redirected or cleaned: what the guard looks at is what the handler gets.
func (s *Server) straight(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		p := r.URL.Path
		if r.URL.RawPath != "" || !strings.HasPrefix(p, "/") || p != path.Clean(p) || strings.ContainsAny(p, ";\\\x00") {
			s.refuse(w, r, harrier.Errorf(harrier.NotFound, "there is nothing at this path; write it plainly, without //, dots, semicolons or needless encoding"))
			return
		}
		next.ServeHTTP(w, r)
	})
}

// nowhere answers what no route takes. Who is not known learns nothing.
func (s *Server) nowhere(w http.ResponseWriter, r *http.Request) {
	if _, known := harrier.PrincipalFrom(r.Context()); !known {
		s.refuse(w, r, harrier.Errorf(harrier.Unauthenticated, "nobody is known to ask for this"))
		return
	}
	if allow := strings.Join(s.methods(r), ", "); allow != "" {
		w.Header().Set("Allow", allow)
		s.refuse(w, r, newProblem(r.Context(), codeMethod, "this path takes "+allow+" only"))
		return
	}
	s.refuse(w, r, harrier.Errorf(harrier.NotFound, "there is nothing at %s; the routes are in /v1/openapi.json", r.URL.Path))
}

// methods lists the methods that a request's path takes.
func (s *Server) methods(r *http.Request) []string {
	var list []string
	for _, method := range []string{http.MethodGet, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete} {
		other := r.Clone(r.Context())
		other.Method = method
		if _, pattern := s.mux.Handler(other); pattern != "/" {
			list = append(list, method)
		}
	}
	return list
}

// covered sets what every answer says, tells the log, and catches what a
// handler dies of.
func (s *Server) covered(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		r = withRequest(r)
		h := w.Header()
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'; sandbox")
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("Cache-Control", "no-store")
		h.Set("Trace-Id", traceOf(r.Context()))
		defer func() {
			if v := recover(); v != nil {
				s.caught(w, r, v)
			}
		}()
		next.ServeHTTP(w, r)
	})
}

// caught answers where a handler died, unless it wanted the answer cut off.
func (s *Server) caught(w http.ResponseWriter, r *http.Request, v any) {
	if v == http.ErrAbortHandler { //nolint:errorlint // recover gives the very value
		panic(v)
	}
	trace := traceOf(r.Context())
	s.cfg.Log.Error("a handler panicked", "panic", v, "method", r.Method, "path", shown(r.URL.Path), "trace_id", trace)
	s.write(w, newProblem(r.Context(), harrier.Internal.String(), "Something went wrong inside Harrier; the server's log tells what, under trace_id "+trace))
}

// shown is a path as the log may have it: what follows the source in a way in
// may be a secret.
func shown(p string) string {
	if parts := strings.SplitN(p, "/", 5); len(parts) == 5 && parts[1] == "v1" && parts[2] == "in" {
		return strings.Join(parts[:4], "/") + "/…"
	}
	if strings.HasPrefix(p, "/l/") { // what follows is a secret
		return "/l/…"
	}
	return p
}
