package containment

import (
	"bytes"
	"context"
	"encoding/json"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/step"
)

// Store is all that the service asks of the store.
type Store interface {
	// Containments returns a page of a tenant's containments, the newest first.
	Containments(ctx context.Context, tenant harrier.TenantID, f harrier.ContainmentFilter, p harrier.Page) ([]harrier.Containment, string, error)
}

// Service shows what is contained. It is safe for concurrent use.
type Service struct{ store Store }

// New returns the service. Without a store its actions can be described and
// not be called.
func New(store Store) *Service { return &Service{store} }

// List returns containments of the principal's tenant, the newest first.
func (s *Service) List(ctx context.Context, by harrier.Principal, f harrier.ContainmentFilter, p harrier.Page) ([]harrier.Containment, string, error) {
	return s.store.Containments(ctx, by.Tenant, f, p)
}

// some returns the newest containments that a filter selects, at most so many;
// cut tells that there are more.
func (s *Service) some(ctx context.Context, tenant harrier.TenantID, f harrier.ContainmentFilter, most int) (rows []harrier.Containment, cut bool, err error) {
	const largest = 500
	for cursor := ""; len(rows) < most; {
		page, next, err := s.store.Containments(ctx, tenant, f, harrier.Page{Cursor: cursor, Limit: min(largest, most-len(rows))})
		if err != nil {
			return nil, false, err
		}
		rows = append(rows, page...)
		if cursor = next; cursor == "" {
			return rows, false, nil
		}
	}
	return rows, true, nil
}

// object is a JSON object of the ledger as a playbook sees it; nil where there is none.
func object(data json.RawMessage) (map[string]any, error) {
	if len(data) == 0 {
		return nil, nil
	}
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.UseNumber() // integers keep their value, however large
	var v map[string]any
	if err := dec.Decode(&v); err != nil {
		return nil, harrier.Errorf(harrier.Internal, "read the ledger of containments: %w", err)
	}
	m, _ := step.Canonical(v).(map[string]any)
	return m, nil
}
