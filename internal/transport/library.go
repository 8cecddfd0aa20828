package transport

import (
	"net/http"

	"github.com/harrier-soar/harrier/connector"
)

// Client is the way out of one call as libraries know it. It follows no redirects.
func Client(way connector.HTTPDoer) *http.Client {
	return &http.Client{Transport: tripper{way}, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
}

// tripper makes exchanges by a way out.
type tripper struct{ way connector.HTTPDoer }

// RoundTrip implements [http.RoundTripper].
func (t tripper) RoundTrip(req *http.Request) (*http.Response, error) { return t.way.Do(req) }
