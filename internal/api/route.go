package api

import (
	"context"
	"net/http"
	"strconv"
	"strings"

	"github.com/danielgtaylor/huma/v2"
	"github.com/harrier-soar/harrier"
)

// route is one line of the table.
type route struct {
	// pattern is a method and a path, as in "GET /v1/cases/{id}".
	pattern    string
	permission harrier.Permission
	// name identifies the operation, and about says what it does.
	name, about string
	endpoint    endpoint
}

func (r route) method() string { method, _, _ := strings.Cut(r.pattern, " "); return method }

func (r route) path() string { _, path, _ := strings.Cut(r.pattern, " "); return path }

// endpoint binds a handler to a route.
type endpoint func(s *Server, r route)

// register adds a route.
func (s *Server) register(r route) {
	if r.permission == "" {
		panic("route " + r.pattern + " has no permission")
	}
	s.permissions[r.pattern] = r.permission
	r.endpoint(s, r)
}

// operation is what OpenAPI says of a route.
func (s *Server) operation(r route) huma.Operation {
	noun, _, _ := strings.Cut(strings.TrimPrefix(r.path(), "/v1/"), "/")
	op := huma.Operation{
		OperationID: r.name, Method: r.method(), Path: r.path(), Summary: r.about, Tags: []string{noun},
		MaxBodyBytes: maxBody, RejectUnknownQueryParameters: true,
		Extensions: map[string]any{"x-permission": string(r.permission)},
		Responses:  map[string]*huma.Response{"default": s.problemResponse()},
	}
	if s.fresh[r.pattern] {
		op.Extensions["x-step-up"] = true
	}
	if r.permission != harrier.Public {
		op.Security = []map[string][]string{{"bearer": {}}}
	}
	return op
}

// maxBody bounds a body in JSON, in bytes.
const maxBody = 2 << 20

// reply is an answer in JSON with what belongs to it.
type reply[T any] struct {
	Status   int
	ETag     string        `header:"ETag"`
	Location string        `header:"Location"`
	Replayed string        `header:"Idempotency-Replayed" doc:"true where the same Idempotency-Key was sent before."`
	Cookies  []http.Cookie `header:"Set-Cookie" hidden:"true"`
	Body     T
}

// call is an endpoint that takes and gives JSON.
func call[In, Out any](h func(ctx context.Context, in *In) (Out, error)) endpoint {
	return answering(http.StatusOK, func(ctx context.Context, in *In) (*reply[Out], error) {
		out, err := h(ctx, in)
		return &reply[Out]{Body: out}, err
	})
}

// answering is an endpoint whose handler also decides on the status and the
// headers.
func answering[In, Out any](status int, h func(ctx context.Context, in *In) (*reply[Out], error)) endpoint {
	return func(s *Server, r route) {
		op := s.operation(r)
		op.DefaultStatus = status
		huma.Register(s.huma, op, func(ctx context.Context, in *In) (*reply[Out], error) {
			out, err := h(ctx, in)
			if err != nil {
				return nil, s.told(ctx, err)
			}
			if out.Status == 0 {
				out.Status = status
			}
			if v, ok := any(out.Body).(versioned); ok {
				out.ETag = etag(v)
				if req := requestOf(ctx); req.method == http.MethodGet && matches(req.ifNoneMatch, out.ETag) {
					out.Status = http.StatusNotModified
				}
			}
			return out, nil
		})
	}
}

// raw is an endpoint that takes or gives something else than JSON. about adds
// to what OpenAPI says.
func raw(h func(w http.ResponseWriter, r *http.Request) error, about func(op *huma.Operation)) endpoint {
	return func(s *Server, r route) {
		op := s.operation(r)
		about(&op)
		s.huma.OpenAPI().AddOperation(&op)
		guarded{s}.HandleFunc(r.pattern, func(w http.ResponseWriter, req *http.Request) {
			if err := h(w, req); err != nil {
				s.refuse(w, req, err)
			}
		})
	}
}

// versioned things have a revision, by which their readers notice a change.
type versioned interface{ revision() int64 }

func etag(v versioned) string { return `"` + strconv.FormatInt(v.revision(), 10) + `"` }

// matches reports whether a list of entity tags holds one.
func matches(header, tag string) bool {
	for one := range strings.SplitSeq(header, ",") {
		one = strings.TrimSpace(one)
		if one == "*" || strings.TrimPrefix(one, "W/") == tag {
			return true
		}
	}
	return false
}

// unchanged holds the If-Match of a request against what it would change.
func unchanged(ctx context.Context, v versioned) error {
	want := requestOf(ctx).ifMatch
	if want == "" || matches(want, etag(v)) {
		return nil
	}
	return newProblem(ctx, codePrecondition, "it is at "+etag(v)+" now and was at "+want+" when you looked")
}
