package app

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"net/url"
	"time"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/indicator"
	"github.com/harrier-soar/harrier/internal/step"
	"github.com/harrier-soar/harrier/internal/transport"
)

// web asks sites for feeds by their connections, through the transport.
type web struct{ app *App }

var _ indicator.Web = web{}

// The bounds of one part of a feed.
const (
	maxFeed  = 128 << 20
	feedTime = 10 * time.Minute
)

// Product implements [indicator.Web].
func (w web) Product(ctx context.Context, tenant harrier.TenantID, connection string) (string, error) {
	row, err := w.app.store.ConnectionByName(ctx, tenant, connection)
	return row.Connector, err
}

// Ask implements [indicator.Web].
func (w web) Ask(ctx context.Context, tenant harrier.TenantID, connection string, q indicator.WebQuery) (a indicator.WebAnswer, err error) {
	row, err := w.app.store.ConnectionByName(ctx, tenant, connection)
	if err != nil {
		return a, err
	}
	product, ok := w.app.products.connectors[row.Connector]
	switch {
	case !ok:
		return a, harrier.Errorf(harrier.Invalid, "this version has no connector %s", row.Connector)
	case !row.Enabled:
		return a, harrier.Errorf(harrier.Invalid, "connection %s is disabled", connection)
	}
	conn, err := transportConnection(row, product.Manifest())
	if err != nil {
		return a, err
	}
	req, err := request(ctx, q)
	if err != nil {
		return a, err
	}
	env := w.app.transport.Env(conn, transport.Call{
		Mode: harrier.Live, Action: row.Connector + ".feed", ArgsHash: step.HashOf(map[string]any{"path": q.Path, "query": q.Query.Encode()}),
		Effect: harrier.Read, Timeout: feedTime, MaxBody: maxFeed,
	})
	resp, err := env.HTTP.Do(req)
	if err != nil {
		return a, harrier.Errorf(harrier.Unavailable, "connection %s: %w", connection, err)
	}
	defer func() { _ = resp.Body.Close() }() // it is in memory
	body, err := io.ReadAll(resp.Body)
	return indicator.WebAnswer{Status: resp.StatusCode, Head: resp.Header.Get, Body: body}, err
}

// request is a query as HTTP has it. Its path stands below the connection's address.
func request(ctx context.Context, q indicator.WebQuery) (*http.Request, error) {
	method, body := http.MethodGet, io.Reader(nil)
	if q.Body != nil {
		method, body = http.MethodPost, bytes.NewReader(q.Body)
	}
	path, err := url.Parse(q.Path)
	if err != nil || path.IsAbs() || path.Host != "" {
		return nil, harrier.Errorf(harrier.Invalid, "the address of a feed is a path below that of its connection, not %q", q.Path)
	}
	path.RawQuery = q.Query.Encode()
	req, err := http.NewRequestWithContext(ctx, method, path.String(), body)
	if err != nil {
		return nil, harrier.Errorf(harrier.Invalid, "the address of a feed, %q, cannot be asked for: %w", q.Path, err)
	}
	for name, value := range q.Head {
		req.Header.Set(name, value)
	}
	if q.Body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	return req, nil
}
