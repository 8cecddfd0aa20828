package api

import (
	"context"
	"log/slog"
	"net/http"
	"slices"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"
	"github.com/harrier-soar/harrier"
)

// Config is what a server is made of. All is required.
type Config struct {
	Ports   Ports
	Version Version
	Log     *slog.Logger
	Now     func() time.Time
	// Rates bounds what each principal asks for. It is not required.
	Rates Rates
}

// Server answers requests. It is safe for concurrent use.
type Server struct {
	cfg     Config
	mux     *http.ServeMux
	huma    huma.API
	handler http.Handler
	// permissions holds the permission of every route, by pattern.
	permissions map[string]harrier.Permission
	// fresh holds the patterns of the routes that are dangerous.
	fresh map[string]bool
	// securing holds those of them by which people secure their own account.
	securing map[string]bool
	flights  inFlight
	limits   limiter
	watching streams
}

// New returns a server for the ports. It panics where the table of routes is
// not whole: a route without a permission is a mistake of the programmer.
func New(cfg Config) *Server { return newServer(cfg, (*Server).routes) }

func newServer(cfg Config, table func(*Server) []route) *Server {
	s := &Server{cfg: cfg, mux: http.NewServeMux(), permissions: map[string]harrier.Permission{}, fresh: map[string]bool{}, securing: map[string]bool{}}
	s.flights.keys, s.limits.buckets = map[string]bool{}, map[string]bucket{}
	s.huma = huma.NewAPI(s.openAPI(), humago.NewAdapter(guarded{s}, ""))
	s.huma.UseMiddleware(plainStatus)
	for _, r := range table(s) {
		s.register(r)
	}
	s.openDoors()
	s.openDirectory()
	s.openPage()
	s.mux.HandleFunc("/", s.nowhere)
	s.describe()
	origin := http.NewCrossOriginProtection()
	origin.SetDenyHandler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.refuse(w, r, harrier.Errorf(harrier.Denied, "a page of another site asked for this; open Harrier itself"))
	}))
	s.handler = origin.Handler(s.mux)
	return s
}

// Authenticator says who makes a request; ok is false where nobody is known.
type Authenticator func(r *http.Request) (p harrier.Principal, ok bool)

// Handler answers requests of whoever the authenticator names.
func (s *Server) Handler(who Authenticator) http.Handler {
	return s.covered(s.straight(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if p, ok := who(r); ok {
			r = r.WithContext(harrier.WithPrincipal(r.Context(), p))
		}
		s.handler.ServeHTTP(w, r)
	})))
}

// guarded is the only way onto the mux: what is registered has a permission in
// the table.
type guarded struct{ s *Server }

// HandleFunc implements humago's Mux.
func (g guarded) HandleFunc(pattern string, h func(http.ResponseWriter, *http.Request)) {
	perm := g.s.permissions[pattern]
	if perm != harrier.Public && !slices.Contains(harrier.Permissions(), perm) {
		panic("route " + pattern + " has no permission in the table of routes")
	}
	g.s.mux.HandleFunc(pattern, g.s.limited(pattern, g.s.permit(guard{perm, g.s.fresh[pattern], g.s.securing[pattern]}, g.s.seen(pattern, g.s.once(pattern, h)))))
}

// ServeHTTP implements humago's Mux.
func (g guarded) ServeHTTP(w http.ResponseWriter, r *http.Request) { g.s.handler.ServeHTTP(w, r) }

// refuse answers with an error. Faults of our own are told to the log here and
// nowhere else.
func (s *Server) refuse(w http.ResponseWriter, r *http.Request, err error) {
	s.write(w, s.told(r.Context(), err))
}

// told is an error as a problem, after the log was told what the user is not.
func (s *Server) told(ctx context.Context, err error) *Problem {
	p := problemOf(ctx, err)
	if p.Status >= http.StatusInternalServerError {
		s.cfg.Log.Error("request failed", "err", causes(err), "trace_id", p.TraceID)
	} else {
		s.cfg.Log.Debug("request refused", "err", err, "status", p.Status, "trace_id", p.TraceID)
	}
	return p
}
