package correlate

import (
	"context"
	"encoding/json"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/casework"
)

// learn adds the things of an alert to what a case is about.
func (s *Service) learn(ctx context.Context, tx harrier.Tx, subject Subject, id harrier.CaseID, keys []weighed) error {
	l := Learned{Tenant: subject.Tenant, Case: id, At: subject.when(), Keys: make([]Key, len(keys))}
	for i, k := range keys {
		l.Keys[i] = k.Key
	}
	return s.store.LearnCase(ctx, tx, l)
}

// Joined is told of alerts that others put into cases, such as playbooks, so
// that these cases attract too. It is [casework.Config.Joined].
func (s *Service) Joined(ctx context.Context, tx harrier.Tx, l casework.Link) error {
	a, err := s.store.AlertIn(ctx, tx, l.Tenant, l.Alert)
	if err != nil || len(a.Finding) == 0 {
		return err
	}
	subject := Subject{Tenant: a.Tenant, Alert: a.ID, At: a.Happened(), Now: l.At}
	if err := json.Unmarshal(a.Finding, &subject.Finding); err != nil {
		return harrier.Errorf(harrier.Internal, "read the finding of alert %s: %w", a.ID, err)
	}
	if len(a.Picture) > 0 {
		if err := json.Unmarshal(a.Picture, &subject.Picture); err != nil {
			return harrier.Errorf(harrier.Internal, "read the picture of alert %s: %w", a.ID, err)
		}
	}
	live, _ := s.keys(&subject)
	return s.learn(ctx, tx, subject, l.Case, live)
}
