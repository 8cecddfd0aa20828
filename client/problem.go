package client

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"strings"
	"time"

	"github.com/harrier-soar/harrier"
)

// Error implements [error]: what happened, written for the user.
func (p *Problem) Error() string { return cmp.Or(p.Detail, p.Title, http.StatusText(p.Status)) }

// Code is the sort of the problem in a word, such as not_found: the end of its
// type. It is empty where something else than Harrier answered.
func (p *Problem) Code() string {
	_, code, _ := strings.Cut(p.Type, "#")
	return code
}

// RetryAfter is how long the server asks to wait before the next try; zero where
// it did not say, or err is no refusal of a server.
func RetryAfter(err error) time.Duration {
	if r, ok := errors.AsType[*refused](err); ok {
		return r.after
	}
	return 0
}

// refused is a problem with what was told beside it.
type refused struct {
	problem *Problem
	after   time.Duration
	// final tells that the server gives this answer again whenever it is asked.
	final bool
}

// Error implements [error].
func (r *refused) Error() string { return r.problem.Error() }

// Unwrap gives the problem.
func (r *refused) Unwrap() error { return r.problem }

// maxProblem bounds what is read of a problem, in bytes.
const maxProblem = 4 << 20

// refusal is the error that an answer tells.
func refusal(resp *http.Response) error {
	p := new(Problem)
	kind, _, _ := mime.ParseMediaType(resp.Header.Get("Content-Type"))
	switch {
	case resp.StatusCode/100 == 3:
		p.Detail = fmt.Sprintf("the server sends to %q, where the token does not go; give the address that it is at", resp.Header.Get("Location"))
	case kind != "application/problem+json" || json.NewDecoder(io.LimitReader(resp.Body, maxProblem)).Decode(p) != nil, p.Detail+p.Title == "":
		*p = Problem{Detail: fmt.Sprintf("the server answered %s, and not as Harrier does; see that the address is right", resp.Status)}
	}
	p.Status = resp.StatusCode // what a body says of it may differ
	return &harrier.Error{Kind: p.kind(), Text: p.Error(), Cause: &refused{p, retryAfter(resp.Header), resp.Header.Get("Idempotency-Replayed") == "true"}}
}

// kind is the kind of errors that the problem is: by its code, or by its status.
func (p *Problem) kind() harrier.Kind {
	for k := harrier.Internal; k <= harrier.Limited; k++ {
		if p.Code() == k.String() {
			return k
		}
	}
	switch p.Status {
	case http.StatusUnauthorized:
		return harrier.Unauthenticated
	case http.StatusForbidden:
		return harrier.Denied
	case http.StatusNotFound:
		return harrier.NotFound
	case http.StatusConflict, http.StatusPreconditionFailed:
		return harrier.Conflict
	case http.StatusTooManyRequests, http.StatusRequestEntityTooLarge:
		return harrier.Limited
	case http.StatusRequestTimeout, http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout:
		return harrier.Unavailable
	}
	switch p.Status / 100 {
	case 3:
		return harrier.Unavailable
	case 4:
		return harrier.Invalid
	}
	return harrier.Internal
}
