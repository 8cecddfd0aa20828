package api

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"net/http"
	"net/netip"
	"strings"

	"github.com/harrier-soar/harrier"
)

type requestKey struct{}

// request is what a handler may need to know of a request beside its input.
type request struct {
	trace                string
	ifMatch, ifNoneMatch string
	method               string
	from                 netip.Addr
	agent                string
}

// withRequest puts what handlers may need to know into the request's context.
func withRequest(r *http.Request) *http.Request {
	return r.WithContext(context.WithValue(r.Context(), requestKey{}, &request{
		trace: traceID(r.Header.Get("Traceparent")), ifMatch: r.Header.Get("If-Match"), ifNoneMatch: r.Header.Get("If-None-Match"), method: r.Method,
		from: peer(r), agent: r.UserAgent(),
	}))
}

func requestOf(ctx context.Context) *request {
	if r, ok := ctx.Value(requestKey{}).(*request); ok {
		return r
	}
	return &request{}
}

// traceOf returns the id under which the log tells of the request.
func traceOf(ctx context.Context) string { return requestOf(ctx).trace }

// traceID returns the trace id of a traceparent header (W3C Trace Context), or
// a new one.
func traceID(parent string) string {
	if f := strings.Split(parent, "-"); len(f) == 4 && len(f[1]) == 32 && strings.Trim(f[1], "0123456789abcdef") == "" && strings.Trim(f[1], "0") != "" {
		return f[1]
	}
	var id [16]byte
	_, _ = rand.Read(id[:]) // never fails since Go 1.24
	return hex.EncodeToString(id[:])
}

// principal returns who asks. The guard has made sure that somebody does,
// except on public routes.
func principal(ctx context.Context) harrier.Principal {
	p, _ := harrier.PrincipalFrom(ctx)
	return p
}
