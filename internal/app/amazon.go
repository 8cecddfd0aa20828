package app

import (
	"context"
	"io"
	"net/http"
	"net/url"
	"time"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/connector"
	"github.com/harrier-soar/harrier/internal/door"
	"github.com/harrier-soar/harrier/internal/step"
	"github.com/harrier-soar/harrier/internal/transport"
)

// amazon asks hosts of Amazon SNS, through the transport and with its guards.
type amazon struct{ *App }

var _ door.Amazon = amazon{}

const (
	// snsTime is less than the 15 seconds that SNS waits for us.
	snsTime = 8 * time.Second
	// maxSNS bounds an answer: certificates and confirmations are short.
	maxSNS = 64 << 10
)

// Get implements [door.Amazon].
func (a amazon) Get(ctx context.Context, tenant harrier.TenantID, address string) ([]byte, error) {
	u, err := url.Parse(address)
	if err != nil {
		return nil, harrier.Errorf(harrier.Invalid, "the address of SNS cannot be read: %w", err)
	}
	ctx, cancel := context.WithTimeout(ctx, snsTime)
	defer cancel()
	env := a.transport.Env(
		transport.Connection{Tenant: tenant, Name: "Amazon SNS, " + u.Host, Connector: "sns", BaseURL: u.Scheme + "://" + u.Host, Auth: connector.Auth{Kind: connector.NoAuth}},
		transport.Call{
			Mode: harrier.Live, Action: "sns.get", ArgsHash: step.HashOf(map[string]any{"url": address}), Effect: harrier.Read, Timeout: snsTime, MaxBody: maxSNS,
		})
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, u.RequestURI(), nil)
	if err != nil {
		return nil, harrier.Errorf(harrier.Invalid, "the address of SNS cannot be asked for: %w", err)
	}
	resp, err := env.HTTP.Do(req)
	if err != nil {
		return nil, harrier.Errorf(harrier.Unavailable, "ask %s: %w", u.Host, err)
	}
	defer func() { _ = resp.Body.Close() }() // it is in memory
	if resp.StatusCode != http.StatusOK {
		return nil, harrier.Errorf(harrier.Unavailable, "%s answers %d", u.Host, resp.StatusCode)
	}
	return io.ReadAll(resp.Body)
}

// Confirming implements [door.Amazon]: what is confirmed is written down before.
func (a amazon) Confirming(ctx context.Context, src harrier.Source, topic string) error {
	by := harrier.Operator()
	by.ID, by.Name, by.Tenant = harrier.SystemPrincipal, "source "+src.Name, src.Tenant
	return a.store.Write(ctx, func(tx harrier.Tx) error {
		return a.audit(ctx, tx, by, deed{"source.confirm", src.Name, map[string]any{"topic": topic}})
	})
}
