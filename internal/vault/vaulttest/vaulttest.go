// Package vaulttest holds the claims that every implementation of vault.Rows
// must meet, and one in memory for tests.
package vaulttest

import (
	"bytes"
	"context"
	"crypto/rand"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/vault"
)

type place struct {
	tenant      harrier.TenantID
	name, field string
}

type keyPlace struct {
	tenant  harrier.TenantID
	version int64
}

// Memory is a vault.Rows that forgets everything with the process.
type Memory struct {
	mu      sync.Mutex // guards what follows
	secrets map[place]vault.Row
	keys    map[keyPlace]vault.KeyRow
}

var _ vault.Rows = (*Memory)(nil)

// NewMemory returns an empty store.
func NewMemory() *Memory {
	return &Memory{secrets: map[place]vault.Row{}, keys: map[keyPlace]vault.KeyRow{}}
}

// Secret implements vault.Rows.
func (m *Memory) Secret(_ context.Context, tenant harrier.TenantID, name, field string) (vault.Row, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	row, ok := m.secrets[place{tenant, name, field}]
	if !ok {
		return vault.Row{}, harrier.Errorf(harrier.NotFound, "secret %s of %s does not exist", field, name)
	}
	row.Ciphertext = bytes.Clone(row.Ciphertext)
	return row, nil
}

// PutSecret implements vault.Rows.
func (m *Memory) PutSecret(_ context.Context, row vault.Row) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	at := place{row.Tenant, row.Name, row.Field}
	if m.secrets[at].Version+1 != row.Version {
		return harrier.Errorf(harrier.Conflict, "secret %s of %s was changed meanwhile", row.Field, row.Name)
	}
	row.Ciphertext = bytes.Clone(row.Ciphertext)
	m.secrets[at] = row
	return nil
}

// Overwrite stores a row whatever was there, as somebody with access to the
// database could.
func (m *Memory) Overwrite(row vault.Row) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.secrets[place{row.Tenant, row.Name, row.Field}] = row
}

// DeleteSecret implements vault.Rows.
func (m *Memory) DeleteSecret(_ context.Context, tenant harrier.TenantID, name, field string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	for at := range m.secrets {
		if at.tenant == tenant && at.name == name && (field == "" || at.field == field) {
			delete(m.secrets, at)
		}
	}
	return nil
}

// Secrets implements vault.Rows.
func (m *Memory) Secrets(_ context.Context, tenant harrier.TenantID, name string) ([]vault.Row, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	var rows []vault.Row
	for at, row := range m.secrets {
		if at.tenant == tenant && (name == "" || at.name == name) {
			rows = append(rows, row)
		}
	}
	slices.SortFunc(rows, func(a, b vault.Row) int {
		return strings.Compare(a.Name+"\x00"+a.Field, b.Name+"\x00"+b.Field)
	})
	return rows, nil
}

// TenantKeys implements vault.Rows.
func (m *Memory) TenantKeys(context.Context) ([]vault.KeyRow, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	var rows []vault.KeyRow
	for _, row := range m.keys {
		row.Wrapped = bytes.Clone(row.Wrapped)
		rows = append(rows, row)
	}
	slices.SortFunc(rows, func(a, b vault.KeyRow) int { return bytes.Compare(a.Tenant[:], b.Tenant[:]) })
	return rows, nil
}

// PutTenantKey implements vault.Rows.
func (m *Memory) PutTenantKey(_ context.Context, row vault.KeyRow, oldRoot string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	at := keyPlace{row.Tenant, row.Version}
	if old, ok := m.keys[at]; ok != (oldRoot != "") || old.Root != oldRoot {
		return harrier.Errorf(harrier.Conflict, "the key of %s was changed meanwhile", row.Tenant)
	}
	row.Wrapped = bytes.Clone(row.Wrapped)
	m.keys[at] = row
	return nil
}

// Run proves the claims of vault.Rows over fresh stores that open returns.
func Run(t *testing.T, open func(*testing.T) vault.Rows) {
	t.Helper()
	t.Run("a version must follow the stored one", func(t *testing.T) { versions(t, open(t)) })
	t.Run("rows belong to one tenant", func(t *testing.T) { tenants(t, open(t)) })
	t.Run("a tenant's key is replaced only under its root", func(t *testing.T) { keys(t, open(t)) })
	t.Run("one of many racing writers wins", func(t *testing.T) { race(t, open(t)) })
}

func newTenant() (id harrier.TenantID) {
	_, _ = rand.Read(id[:]) // crypto/rand.Read never fails since Go 1.24
	return id
}

func versions(t *testing.T, rows vault.Rows) {
	ctx, tenant := t.Context(), newTenant()
	row := vault.Row{Tenant: tenant, Name: "conn_1", Field: "api_key", Version: 2, Ciphertext: []byte{1}}
	wantKind(t, rows.PutSecret(ctx, row), harrier.Conflict)
	row.Version = 1
	wantOK(t, rows.PutSecret(ctx, row))
	wantKind(t, rows.PutSecret(ctx, row), harrier.Conflict)
	row.Version, row.Ciphertext = 2, []byte{2}
	wantOK(t, rows.PutSecret(ctx, row))
	got, err := rows.Secret(ctx, tenant, "conn_1", "api_key")
	wantOK(t, err)
	if got.Version != 2 || !bytes.Equal(got.Ciphertext, []byte{2}) {
		t.Errorf("got %+v, want version 2", got)
	}
}

func tenants(t *testing.T, rows vault.Rows) {
	ctx, mine, other := t.Context(), newTenant(), newTenant()
	for _, field := range []string{"username", "password"} {
		wantOK(t, rows.PutSecret(ctx, vault.Row{Tenant: mine, Name: "conn_1", Field: field, Version: 1, Ciphertext: []byte{1}}))
	}
	_, err := rows.Secret(ctx, other, "conn_1", "password")
	wantKind(t, err, harrier.NotFound)
	wantOK(t, rows.DeleteSecret(ctx, other, "conn_1", ""))
	list, err := rows.Secrets(ctx, mine, "")
	wantOK(t, err)
	if len(list) != 2 || list[0].Field != "password" {
		t.Errorf("got %+v, want password and username", list)
	}
	wantOK(t, rows.DeleteSecret(ctx, mine, "conn_1", "password"))
	list, err = rows.Secrets(ctx, mine, "conn_1")
	wantOK(t, err)
	if len(list) != 1 || list[0].Field != "username" {
		t.Errorf("got %+v, want username", list)
	}
}

func keys(t *testing.T, rows vault.Rows) {
	ctx, tenant := t.Context(), newTenant()
	row := vault.KeyRow{Tenant: tenant, Version: 1, Root: "a", Wrapped: []byte{1}}
	wantKind(t, rows.PutTenantKey(ctx, row, "a"), harrier.Conflict)
	wantOK(t, rows.PutTenantKey(ctx, row, ""))
	wantKind(t, rows.PutTenantKey(ctx, row, ""), harrier.Conflict)
	row.Root = "b"
	wantKind(t, rows.PutTenantKey(ctx, row, "c"), harrier.Conflict)
	wantOK(t, rows.PutTenantKey(ctx, row, "a"))
	all, err := rows.TenantKeys(ctx)
	wantOK(t, err)
	if len(all) != 1 || all[0].Root != "b" {
		t.Errorf("got %+v, want one key under b", all)
	}
}

func race(t *testing.T, rows vault.Rows) {
	ctx, tenant := t.Context(), newTenant()
	var wins sync.Map
	var group sync.WaitGroup
	for i := range 8 {
		group.Go(func() {
			row := vault.Row{Tenant: tenant, Name: "n", Field: "f", Version: 1, Ciphertext: []byte{byte(i)}}
			if rows.PutSecret(ctx, row) == nil {
				wins.Store(i, true)
			}
		})
	}
	group.Wait()
	count := 0
	wins.Range(func(any, any) bool { count++; return true })
	if count != 1 {
		t.Errorf("%d writers won, want 1", count)
	}
}

func wantOK(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func wantKind(t *testing.T, err error, kind harrier.Kind) {
	t.Helper()
	if err == nil || harrier.KindOf(err) != kind {
		t.Fatalf("got error %v, want one of kind %s", err, kind)
	}
}
