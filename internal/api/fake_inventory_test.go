package api

import (
	"context"
	"io"
	"time"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/inventory"
)

func (w *world) Things(_ context.Context, by harrier.Principal, f inventory.Filter, _ harrier.Page) (List[InventoryItem], error) {
	return page(w, by, InventoryItem{Kind: f.Kind, Key: "ws-17", Said: []InventorySaid{}})
}

func (w *world) SetThing(_ context.Context, _ harrier.Principal, kind harrier.EntityType, in SetInventory) (InventoryItem, error) {
	w.change("SetThing")
	return InventoryItem{Kind: kind, Key: in.Name, Said: []InventorySaid{}}, w.broken
}

func (w *world) ImportThings(_ context.Context, _ harrier.Principal, in ImportInventory) (ImportReport, error) {
	if _, err := io.ReadAll(in.File); err != nil {
		return ImportReport{}, err
	}
	w.change("ImportThings")
	return ImportReport{Kind: in.Import.Kind, Source: in.Import.Source}, w.broken
}

func (w *world) SyncInventory(_ context.Context, _ harrier.Principal, in SyncInventory) (ImportReport, error) {
	w.change("SyncInventory")
	return ImportReport{Kind: in.Kind, Source: in.Source}, w.broken
}

func (w *world) InventorySources(_ context.Context, by harrier.Principal) (List[InventorySource], error) {
	return page(w, by, InventorySource{Name: "cmdb", Kind: harrier.HostEntity})
}

func (w *world) ImportLeases(_ context.Context, _ harrier.Principal, in ImportLeases) (LeaseReport, error) {
	w.change("ImportLeases")
	return LeaseReport{Source: in.Reading.Source}, w.broken
}

func (w *world) AddressAt(_ context.Context, by harrier.Principal, address string, at time.Time) (AddressAt, error) {
	leases, err := page(w, by, AddressLease{Start: at, Source: "dhcp", Host: "ws-17"})
	return AddressAt{Address: address, At: at, Items: leases.Items}, err
}
