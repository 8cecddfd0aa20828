package api

import (
	"bytes"
	"encoding/json"
	"errors"
	"maps"
	"net/http"
	"strings"

	"github.com/danielgtaylor/huma/v2"
	"github.com/harrier-soar/harrier"
)

// encode writes a value as one line of JSON.
func encode(v any) ([]byte, error) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}

// write answers with a problem.
func (s *Server) write(w http.ResponseWriter, p *Problem) {
	maps.Copy(w.Header(), p.GetHeaders())
	w.Header().Set("Content-Type", p.ContentType(""))
	w.WriteHeader(p.Status)
	body, err := encode(p)
	if err == nil {
		_, err = w.Write(body) //nolint:gosec // JSON of the type application/problem+json, which no browser shows as a page
	}
	if err != nil {
		s.cfg.Log.Debug("the client left before the answer", "err", err, "trace_id", p.TraceID)
	}
}

// libraryContext lets a struct that holds the library's context have a method of that name.
type libraryContext huma.Context

// plainContext gives the library's own refusals our statuses.
type plainContext struct {
	libraryContext
	status int
}

// Unwrap gives the library its own context back.
func (c *plainContext) Unwrap() huma.Context { return c.libraryContext }

// SetStatus implements [huma.Context].
func (c *plainContext) SetStatus(code int) {
	if c.status != 0 {
		code = c.status
	}
	c.libraryContext.SetStatus(code)
}

// plainStatus is the middleware that puts [plainContext] around.
func plainStatus(ctx huma.Context, next func(huma.Context)) { next(&plainContext{libraryContext: ctx}) }

// ownProblem turns the library's own refusals into problems of ours. What was
// sent is not sent back: it may hold a secret.
func ownProblem(ctx huma.Context, _ string, v any) (any, error) {
	m, ok := v.(*huma.ErrorModel)
	if !ok {
		return v, nil
	}
	sort := sortOfStatus(m.Status)
	p := newProblem(ctx.Context(), sort.Code, m.Detail)
	for _, e := range m.Errors {
		p.Errors = append(p.Errors, placed(e))
	}
	if sort.Code == harrier.Invalid.String() && len(p.Errors) > 0 {
		p.Detail = summary(p.Errors)
		p.Fixes = append(p.Fixes, "Correct what errors names; /v1/openapi.json says what is expected.")
	}
	if c, ok := ctx.(*plainContext); ok {
		c.status = p.Status
	}
	return p, nil
}

// summary tells the first errors in a line.
func summary(list []ProblemError) string {
	const most = 3
	var parts []string
	for _, e := range list[:min(most, len(list))] {
		where := e.Parameter
		if e.Pointer != "" {
			where = strings.ReplaceAll(strings.TrimPrefix(e.Pointer, "#/"), "/", ".")
		}
		parts = append(parts, strings.TrimPrefix(where+": "+e.Detail, ": "))
	}
	return strings.Join(parts, "; ")
}

// placed is a detail of the library's with its place as RFC 9457 has it.
func placed(e *huma.ErrorDetail) ProblemError {
	out := ProblemError{Detail: strings.TrimPrefix(e.Message, "invalid value: ")}
	where, rest, _ := strings.Cut(e.Location, ".")
	switch {
	case where == "body" || strings.HasPrefix(where, "body["):
		path := strings.NewReplacer("~", "~0", "/", "~1").Replace(strings.TrimPrefix(e.Location, "body"))
		path = strings.NewReplacer(".", "/", "[", "/", "]", "").Replace(path)
		out.Pointer = "#" + path
	default:
		out.Parameter = rest
	}
	return out
}

// causes is an error with the causes that its text hides from users.
func causes(err error) error {
	all := []error{err}
	for e, ok := errors.AsType[*harrier.Error](err); ok && e.Cause != nil; e, ok = errors.AsType[*harrier.Error](e.Cause) {
		if !strings.Contains(e.Text, e.Cause.Error()) {
			all = append(all, e.Cause)
		}
	}
	return errors.Join(all...)
}
