package app

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"time"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/connector"
	"github.com/harrier-soar/harrier/internal/api"
	"github.com/harrier-soar/harrier/internal/engine"
	"github.com/harrier-soar/harrier/internal/step"
	"github.com/harrier-soar/harrier/schema"
)

// connections answers the API's questions about products and connections.
type connections struct{ *App }

var _ api.Connections = connections{}

// Connectors implements [api.Connections].
func (c connections) Connectors(context.Context, harrier.Principal) ([]api.Connector, error) {
	list := make([]api.Connector, 0, len(c.products.connectors))
	for _, product := range c.products.connectors {
		list = append(list, api.ConnectorOf(product.Manifest()))
	}
	slices.SortFunc(list, func(a, b api.Connector) int { return strings.Compare(a.Name, b.Name) })
	return list, nil
}

// Connections implements [api.Connections].
func (c connections) Connections(ctx context.Context, by harrier.Principal, p harrier.Page) (api.List[api.Connection], error) {
	rows, next, err := c.store.Connections(ctx, by.Tenant, p)
	return mapped(rows, next, err, api.ConnectionOf)
}

// AddConnection implements [api.Connections].
func (c connections) AddConnection(ctx context.Context, by harrier.Principal, in api.AddConnection) (api.Connection, error) {
	product, ok := c.products.connectors[in.Connector]
	if !ok {
		return api.Connection{}, harrier.Errorf(harrier.NotFound, "there is no connector %q; see harrier connector list", in.Connector)
	}
	now := c.opt.Now().UTC()
	row := harrier.Connection{
		Tenant: by.Tenant, ID: harrier.NewID[harrier.ConnectionID](now), Name: in.Name, Connector: in.Connector,
		Settings: in.Settings, AllowHosts: in.AllowHosts, AllowPrivate: in.AllowPrivate, Limits: in.Limits, CA: in.CA, Enabled: true,
		CreatedAt: now, UpdatedAt: now, Rev: 1,
	}
	if err := settle(&row, in.BaseURL, product.Manifest()); err != nil {
		return api.Connection{}, err
	}
	for _, name := range product.Manifest().Auth.Secrets {
		if _, ok := in.Secrets[name]; !ok {
			return api.Connection{}, harrier.Errorf(harrier.Invalid, "a connection to %s needs the secret %s", in.Connector, name)
		}
	}
	// A secret without its connection is never used; a connection without its secrets fails.
	for name, secret := range in.Secrets {
		if err := c.vault.Put(ctx, by.Tenant, row.ID.String(), name, secret); err != nil {
			return api.Connection{}, err
		}
	}
	err := c.store.Write(ctx, func(tx harrier.Tx) error {
		if err := c.store.CreateConnection(ctx, tx, row); err != nil {
			return err
		}
		return c.audit(ctx, tx, by, deed{"connection.add", row.Name, map[string]any{"connector": row.Connector, "base_url": row.BaseURL}})
	})
	c.directory.forget(by.Tenant)
	return api.ConnectionOf(row), err
}

// settle fills in the address of a connection and checks its settings.
func settle(row *harrier.Connection, baseURL string, m *connector.Manifest) error {
	settings := schema.Defaults(m.Settings, row.Settings)
	if baseURL != "" {
		settings["base_url"] = baseURL
	}
	checked, mismatches := schema.CheckFields(settings, m.Settings)
	if len(mismatches) > 0 {
		return harrier.Errorf(harrier.Invalid, "settings of connection %s: %s", row.Name, mismatches[0])
	}
	row.BaseURL, _ = checked["base_url"].(string)
	delete(checked, "base_url")
	row.Settings = checked
	conn, err := transportConnection(*row, m)
	if err != nil {
		return err
	}
	return conn.Check()
}

// deed is something that a person did.
type deed struct {
	action, target string
	data           map[string]any
}

// audit writes a row of the audit trail.
func (a *App) audit(ctx context.Context, tx harrier.Tx, by harrier.Principal, d deed) error {
	return harrier.Deed{Action: d.action, Target: d.target, About: d.data, At: a.opt.Now().UTC()}.Record(ctx, tx, a.store, by)
}

// TestConnection implements [api.Connections].
func (c connections) TestConnection(ctx context.Context, by harrier.Principal, name string) (api.CallResult, error) {
	row, product, err := c.named(ctx, by, name)
	if err != nil {
		return api.CallResult{}, err
	}
	m := product.Manifest()
	return c.call(ctx, row, m.Name+"."+m.Check, m.CheckWith)
}

// ActionEffect implements [api.Connections].
func (c connections) ActionEffect(ctx context.Context, by harrier.Principal, name, action string) (harrier.Effect, error) {
	row, _, err := c.named(ctx, by, name)
	if err != nil {
		return "", err
	}
	spec, err := c.action(row, action)
	return spec.Effect, err
}

// CallConnection implements [api.Connections].
func (c connections) CallConnection(ctx context.Context, by harrier.Principal, name string, in api.CallConnection) (api.CallResult, error) {
	row, _, err := c.named(ctx, by, name)
	if err != nil {
		return api.CallResult{}, err
	}
	spec, err := c.action(row, in.Action)
	if err != nil {
		return api.CallResult{}, err
	}
	if spec.Effect.Writes() {
		err := c.store.Write(ctx, func(tx harrier.Tx) error {
			if err := c.stopped(ctx, tx, row, spec.Effect); err != nil {
				return err
			}
			return c.audit(ctx, tx, by, deed{"connection.call", row.Name, map[string]any{"action": spec.Name, "input": in.Input}})
		})
		if err != nil {
			return api.CallResult{}, err
		}
	}
	return c.call(ctx, row, spec.Name, in.Input)
}

// named returns a connection by its name, with its product.
func (c connections) named(ctx context.Context, by harrier.Principal, name string) (harrier.Connection, connector.Connector, error) {
	row, err := c.store.ConnectionByName(ctx, by.Tenant, name)
	if err != nil {
		return row, nil, err
	}
	product, ok := c.products.connectors[row.Connector]
	if !ok {
		return row, nil, harrier.Errorf(harrier.NotFound, "this version has no connector %s", row.Connector)
	}
	return row, product, nil
}

// action returns the specification of an action of a connection, by its name
// with or without that of the connector.
func (c connections) action(row harrier.Connection, name string) (schema.ActionSpec, error) {
	spec, ok := c.products.actions[row.Connector+"."+strings.TrimPrefix(name, row.Connector+".")]
	if !ok {
		return spec, harrier.Errorf(harrier.NotFound, "connector %s has no action %q; see harrier connector list -o json", row.Connector, name)
	}
	return spec, nil
}

// call makes one call outside any run.
func (c connections) call(ctx context.Context, row harrier.Connection, action string, with map[string]any) (api.CallResult, error) {
	spec := c.products.actions[action]
	began := time.Now()
	out := c.caller.Call(ctx, engine.CallRequest{
		Tenant: row.Tenant, Mode: harrier.Live,
		Call: step.Call{
			Spec: spec, With: with, Attempt: 1, Key: harrier.NewID[harrier.RunID](began).String()[4:],
			Target: step.Target{Connection: row.ID, Name: row.Name, Action: action, Address: row.BaseURL, Manifest: spec.ManifestHash, Rev: row.Rev},
		},
	})
	res := api.CallResult{
		Connection: row.Name, Action: action, Effect: spec.Effect, OK: out.Failure == nil, Output: out.Output, Millis: time.Since(began).Milliseconds(),
	}
	if out.Failure != nil {
		res.Class, res.Error = out.Failure.Class, cmp.Or(out.Failure.Text, "the call failed")
	}
	if out.Pending != nil {
		res.Output = map[string]any{"pending": true}
	}
	return res, nil
}
