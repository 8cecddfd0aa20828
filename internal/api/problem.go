package api

import (
	"context"
	"errors"
	"net/http"
	"strconv"
	"time"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/document"
	"github.com/harrier-soar/harrier/internal/access"
)

// Problem is an error as the API shows it (RFC 9457).
type Problem struct {
	Type   string `json:"type" format:"uri" doc:"What sort of problem it is; stable, and the address of its description."`
	Title  string `json:"title" doc:"The sort of problem in words."`
	Status int    `json:"status"`
	// Detail is written for the user.
	Detail  string         `json:"detail" doc:"What happened, written for the user."`
	Fixes   []string       `json:"fixes,omitempty" doc:"What to do about it."`
	Errors  []ProblemError `json:"errors,omitempty" doc:"All places that are wrong."`
	TraceID string         `json:"trace_id" doc:"What to look for in the server's log."`

	retryAfter int
	// basic asks for a user and a password beside a token.
	basic bool
}

// ProblemError is one place that is wrong.
type ProblemError struct {
	Detail    string `json:"detail"`
	Pointer   string `json:"pointer,omitempty" doc:"The place in the body, as a JSON pointer."`
	Parameter string `json:"parameter,omitempty" doc:"The parameter of the path, the query or the header."`
	// Line and Column are those in a source that was sent.
	Line   int    `json:"line,omitempty"`
	Column int    `json:"column,omitempty"`
	Code   string `json:"code,omitempty"`
	Fix    string `json:"fix,omitempty"`
}

// Error implements [error].
func (p *Problem) Error() string { return p.Detail }

// GetStatus implements huma's StatusError.
func (p *Problem) GetStatus() int { return p.Status }

// GetHeaders implements huma's HeadersError.
func (p *Problem) GetHeaders() http.Header {
	h := http.Header{}
	if p.retryAfter > 0 {
		h.Set("Retry-After", strconv.Itoa(p.retryAfter))
	}
	if p.Status == http.StatusUnauthorized {
		h.Set("WWW-Authenticate", `Bearer realm="harrier"`)
		if p.basic {
			h.Add("WWW-Authenticate", `Basic realm="harrier"`)
		}
	}
	return h
}

// ContentType implements huma's ContentTypeFilter.
func (*Problem) ContentType(string) string { return "application/problem+json" }

// problemOf is an error as the API shows it.
func problemOf(ctx context.Context, err error) *Problem {
	if p, ok := errors.AsType[*Problem](err); ok {
		p.TraceID = traceOf(ctx)
		return p
	}
	p := newProblem(ctx, codeOf(err), err.Error())
	if p.Status >= http.StatusInternalServerError && harrier.KindOf(err) == harrier.Internal {
		p.Detail = "Something went wrong inside Harrier; the server's log tells what, under trace_id " + p.TraceID
	}
	if found, ok := errors.AsType[document.Problems](err); ok {
		p.Errors = sourceErrors(found)
	}
	if wrong := queryErrors(err); wrong != nil {
		p.Errors = wrong
	}
	if early, ok := errors.AsType[*access.TooMany](err); ok {
		p.retryAfter = int(early.Wait/time.Second) + 1
	}
	return p
}

// newProblem makes a problem of a sort.
func newProblem(ctx context.Context, code, detail string) *Problem {
	sort := sortNamed(code)
	p := &Problem{Type: typePrefix + code, Title: sort.Title, Status: sort.Status, Detail: detail, TraceID: traceOf(ctx)}
	if sort.Fix != "" {
		p.Fixes = []string{sort.Fix}
	}
	switch sort.Status {
	case http.StatusServiceUnavailable, http.StatusTooManyRequests:
		p.retryAfter = 5
	}
	return p
}

// sourceErrors are the problems of a source that was sent.
func sourceErrors(found document.Problems) []ProblemError {
	list := make([]ProblemError, len(found))
	for i, f := range found {
		list[i] = ProblemError{
			Detail: f.Message, Pointer: "#/source", Line: f.Pos.Line, Column: f.Pos.Column, Code: f.Code, Fix: f.Fix,
		}
	}
	return list
}
