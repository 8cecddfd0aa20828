package app

import (
	"context"
	"time"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/api"
	"github.com/harrier-soar/harrier/internal/inventory"
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

// SyncInventory implements [api.Inventory].
func (s stock) SyncInventory(context.Context, harrier.Principal, api.SyncInventory) (api.ImportReport, error) {
	return api.ImportReport{}, harrier.Errorf(harrier.Invalid, "this version has no connector that can list a directory; import a file instead")
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
