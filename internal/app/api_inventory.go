package app

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"time"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/connector"
	"github.com/harrier-soar/harrier/internal/api"
	"github.com/harrier-soar/harrier/internal/engine"
	"github.com/harrier-soar/harrier/internal/inventory"
	"github.com/harrier-soar/harrier/internal/step"
)

// stock answers the API's questions about hosts, users and addresses.
type stock struct{ *App }

var (
	_ api.Inventory     = stock{}
	_ api.AddressLeases = stock{}
)

// Things implements [api.Inventory].
func (s stock) Things(ctx context.Context, by harrier.Principal, f inventory.Filter, p harrier.Page) (api.List[api.InventoryItem], error) {
	list, next, err := s.inventory.Things(ctx, by.Tenant, f, p)
	return mapped(list, next, err, api.InventoryItemOf)
}

// SetThing implements [api.Inventory].
func (s stock) SetThing(ctx context.Context, by harrier.Principal, kind harrier.EntityType, in api.SetInventory) (api.InventoryItem, error) {
	t, err := s.inventory.Set(ctx, by, inventory.Statement{
		Kind: kind, Name: in.Name, Criticality: in.Criticality, ReviewBy: in.ReviewBy, Overrules: in.Overrules, Environment: in.Environment,
		Owner: in.Owner, VIP: in.VIP, Privileged: in.Privileged, Tags: in.Tags,
	})
	return api.InventoryItemOf(t), err
}

// ImportThings implements [api.Inventory].
func (s stock) ImportThings(ctx context.Context, by harrier.Principal, in api.ImportInventory) (api.ImportReport, error) {
	told, err := inventory.Read(in.File, in.Reading)
	if err != nil {
		return api.ImportReport{}, err
	}
	in.Import.Records, in.Import.Problems = told.Records, told.Problems
	report, err := s.inventory.Import(ctx, by, in.Import)
	report.Unused = told.Unused
	return api.ImportReportOf(report), err
}

// InventorySources implements [api.Inventory].
func (s stock) InventorySources(ctx context.Context, by harrier.Principal) (api.List[api.InventorySource], error) {
	list, err := s.inventory.Sources(ctx, by.Tenant)
	return mapped(list, "", err, api.InventorySourceOf)
}

// everything is how many entries of a directory are asked for: more than are kept.
const everything = 300_000

// SyncInventory implements [api.Inventory]. A directory that gives less than all
// is an error: what it left out would be taken for gone.
func (s stock) SyncInventory(ctx context.Context, by harrier.Principal, in api.SyncInventory) (api.ImportReport, error) {
	row, _, err := connections(s).named(ctx, by, in.Connection)
	if err != nil {
		return api.ImportReport{}, err
	}
	action, list := "list_users", "users"
	if in.Kind == harrier.HostEntity {
		action, list = "list_computers", "computers"
	}
	spec, ok := s.products.actions[row.Connector+"."+action]
	if !ok {
		return api.ImportReport{}, harrier.Errorf(harrier.Invalid, "connection %s is to %s, which cannot list %s; import from a connection to ldap, or from a file", row.Name, row.Connector, list)
	}
	ans, err := s.caller.ask(ctx, engine.CallRequest{
		Tenant: by.Tenant, Mode: harrier.Live, Call: step.Call{
			Spec: spec, Attempt: 1, Target: step.Target{Connection: row.ID, Name: row.Name, Action: spec.Name, Address: row.BaseURL, Manifest: spec.ManifestHash, Rev: row.Rev},
		},
	}, spec, map[string]any{"limit": int64(everything)})
	if err != nil {
		return api.ImportReport{}, refusedBy(row.Name, err)
	}
	if more, _ := ans.Output["truncated"].(bool); more {
		return api.ImportReport{}, harrier.Errorf(harrier.Limited, "connection %s has more than %d %s; set a filter in its settings", row.Name, everything, list)
	}
	told, err := readDirectory(in.Kind, ans.Output[list])
	if err != nil {
		return api.ImportReport{}, err
	}
	report, err := s.inventory.Import(ctx, by, inventory.Import{
		Kind: in.Kind, Source: cmp.Or(in.Source, row.Name), Rank: in.Rank, Records: told.Records, Problems: told.Problems,
		Partial: in.Partial, DryRun: in.DryRun, Force: in.Force,
	})
	return api.ImportReportOf(report), err
}

// refusedBy says what a directory said.
func refusedBy(name string, err error) error {
	failed := connector.AsError(err)
	kind := harrier.Unavailable
	switch failed.Class { //nolint:exhaustive // whatever else it is may work later
	case connector.Denied, connector.Invalid, connector.NotFound:
		kind = harrier.Invalid
	case connector.Limited:
		kind = harrier.Limited
	}
	return harrier.Errorf(kind, "connection %s: %s", name, failed.Text)
}

// readDirectory reads a list of a directory as if it stood in a file.
func readDirectory(kind harrier.EntityType, list any) (inventory.Told, error) {
	text, err := json.Marshal(list)
	if err != nil {
		return inventory.Told{}, harrier.Errorf(harrier.Internal, "encode what a directory told: %w", err)
	}
	return inventory.Read(bytes.NewReader(text), inventory.Reading{Kind: kind, Format: "json"})
}

// ImportLeases implements [api.AddressLeases].
func (s stock) ImportLeases(ctx context.Context, by harrier.Principal, in api.ImportLeases) (api.LeaseReport, error) {
	report, err := s.inventory.ImportLeases(ctx, by, in.File, in.Reading)
	return api.LeaseReportOf(report), err
}

// AddressAt implements [api.AddressLeases].
func (s stock) AddressAt(ctx context.Context, by harrier.Principal, address string, at time.Time) (api.AddressAt, error) {
	a, err := s.inventory.Address(ctx, by.Tenant, address, at)
	return api.AddressAtOf(a), err
}
