package transport_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"sync"
	"testing"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/connector"
	"github.com/harrier-soar/harrier/internal/transport"
)

const canary = "cAnArY-s3cr3t/with+signs=&\"q\""

// secrets is a vault in memory, by field.
type secrets map[string]string

func (s secrets) Reveal(_ context.Context, _ harrier.TenantID, name, field string) (harrier.Secret, error) {
	if v, ok := s[field]; ok {
		return harrier.NewSecret(v), nil
	}
	return harrier.Secret{}, harrier.Errorf(harrier.NotFound, "secret %s of %s does not exist", field, name)
}

// names is a resolver: each look-up of a name takes the next list, the last one stays.
type names struct {
	mu      sync.Mutex // guards answers
	answers map[string][][]string
	any     []string // for names that are not listed
}

func (n *names) LookupNetIP(_ context.Context, _, host string) ([]netip.Addr, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	texts := n.any
	if lists, ok := n.answers[host]; ok {
		texts = lists[0]
		if len(lists) > 1 {
			n.answers[host] = lists[1:]
		}
	}
	var out []netip.Addr
	for _, t := range texts {
		out = append(out, netip.MustParseAddr(t))
	}
	return out, nil
}

func loopback() []netip.Prefix {
	return []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8"), netip.MustParsePrefix("::1/128")}
}

func newTransport(t testing.TB, cfg transport.Config) *transport.Transport {
	t.Helper()
	tr := transport.New(cfg)
	t.Cleanup(func() { _ = tr.Close() })
	return tr
}

func serve(t testing.TB, h http.HandlerFunc) *httptest.Server {
	t.Helper()
	s := httptest.NewServer(h)
	t.Cleanup(s.Close)
	return s
}

func to(base string) transport.Connection {
	return transport.Connection{
		ID: harrier.ConnectionID{15: 7}, Tenant: harrier.DefaultTenant, Name: "vendor", Connector: "vendor",
		BaseURL: base, AllowPrivate: loopback(),
	}
}

func read() transport.Call {
	return transport.Call{Mode: harrier.Live, Action: "vendor.get", ArgsHash: "h1", Effect: harrier.Read}
}

func contain() transport.Call {
	return transport.Call{Mode: harrier.Live, Action: "vendor.block", ArgsHash: "h2", Effect: harrier.Contain}
}

// result is what came of an exchange.
type result struct {
	status int
	body   string
	header http.Header
	err    *connector.Error
}

func (r result) String() string {
	if r.err != nil {
		return r.err.Error()
	}
	return fmt.Sprintf("%d %s", r.status, r.body)
}

// ask is a request.
type ask struct{ method, url, body string }

func do(t testing.TB, env *connector.Env, a ask) result {
	t.Helper()
	return doCtx(t, t.Context(), env, a)
}

func doCtx(t testing.TB, ctx context.Context, env *connector.Env, a ask) result {
	t.Helper()
	var r io.Reader
	if a.body != "" {
		r = strings.NewReader(a.body)
	}
	req, err := http.NewRequestWithContext(ctx, a.method, a.url, r)
	if err != nil {
		return result{err: connector.Errorf(connector.Invalid, "no request: %w", err)}
	}
	return exchange(t, env, req)
}

func exchange(t testing.TB, env *connector.Env, req *http.Request) result {
	t.Helper()
	resp, err := env.HTTP.Do(req)
	if err != nil {
		e, ok := err.(*connector.Error) //nolint:errorlint // the promise is exactly this type
		if !ok {
			t.Fatalf("error %T %v is not a *connector.Error", err, err)
		}
		return result{err: e}
	}
	data, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatalf("the body fails after the exchange: %v", err)
	}
	if resp.Request != req {
		t.Error("the answer does not name the connector's own request")
	}
	return result{status: resp.StatusCode, body: string(data), header: resp.Header}
}

func wantClass(t testing.TB, got result, class connector.Class, part string) {
	t.Helper()
	if got.err == nil || got.err.Class != class || !strings.Contains(got.err.Text, part) {
		t.Errorf("got %v, want class %s with %q", got, class, part)
	}
}

func wantBody(t testing.TB, got result, status int, body string) {
	t.Helper()
	if got.err != nil || got.status != status || got.body != body {
		t.Errorf("got %v, want %d %s", got, status, body)
	}
}
