package casework

import (
	"context"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/engine"
)

// adopt finds the case that a run goes on with where it would open one without a
// key: the one that its alert was put into before the run began. The first run
// makes it its own; another of the same template shares it. A case of another
// template, and one that people have closed, are left alone.
func (s *Service) adopt(ctx context.Context, tx harrier.Tx, req engine.LocalRequest) (c harrier.Case, ok bool, err error) {
	if req.Run.Alert.IsZero() || text(req.Call.With, "key") != "" {
		return c, false, nil
	}
	c, ok, err = s.store.CaseOf(ctx, tx, req.Run.Tenant, req.Run.Alert)
	if err != nil || !ok || c.Status != Open {
		return c, false, err
	}
	m, err := memoryOf(c)
	if err != nil {
		return c, false, err
	}
	template := text(req.Call.With, "template")
	if !m.Run.IsZero() || c.Template != "" {
		return c, c.Template == template, nil
	}
	c.Template, m.Run = template, req.Run.ID
	if c.Data, err = m.encode(); err != nil {
		return c, false, err
	}
	c.UpdatedAt = req.Now
	if err := s.store.UpdateCase(ctx, tx, c); err != nil {
		return c, false, err
	}
	c.Rev++
	return c, true, s.add(ctx, tx, c, entryRun, said(req, "Run of playbook "+req.Run.Playbook))
}
