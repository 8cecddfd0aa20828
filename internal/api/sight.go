package api

import (
	"context"
	"net/http"
	"strings"

	"github.com/harrier-soar/harrier"
)

// Sight says who may see what belongs to a restricted case.
type Sight interface {
	// See is NotFound where the thing of a noun, such as alerts, does not exist
	// or belongs to a restricted case that the principal is no member of. Of
	// nouns that no case hides, and of ids that are none, it says nothing.
	See(ctx context.Context, by harrier.Principal, noun, id string) error
}

// seen refuses a route about one thing to whoever may not see the thing, before
// its handler runs: a new route cannot forget it.
func (s *Server) seen(pattern string, next http.HandlerFunc) http.HandlerFunc {
	parts := strings.Split(pattern, "/")
	if len(parts) < 4 || parts[1] != "v1" || parts[3] != "{id}" {
		return next
	}
	return func(w http.ResponseWriter, r *http.Request) {
		if err := s.cfg.Ports.Sight.See(r.Context(), principal(r.Context()), parts[2], r.PathValue("id")); err != nil {
			s.refuse(w, r, err)
			return
		}
		next(w, r)
	}
}
