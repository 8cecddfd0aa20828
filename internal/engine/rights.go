package engine

import (
	"context"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/step"
)

// Rights knows what people may do now.
type Rights interface {
	// MayNotCause says, inside the change that would begin an effect, why somebody
	// may not cause it now; it is empty where they may.
	MayNotCause(ctx context.Context, tx harrier.Tx, tenant harrier.TenantID, who harrier.PrincipalID, effect harrier.Effect) (reason string, err error)
}

// bounded reports whether the rights of whoever started the run are asked about
// an effect. What sources and Harrier itself start is bounded by what sources
// allow.
func (s *Session) bounded(effect harrier.Effect) bool {
	return s.e.cfg.Rights != nil && (effect == harrier.Contain || effect == harrier.Destroy) &&
		s.run.StartedBy != harrier.SystemPrincipal && !s.run.StartedBy.IsZero()
}

// rightful refuses an effect that whoever started the run may not cause, unless
// somebody who may has agreed to exactly it. The refusal is that of a guard:
// somebody is asked.
func (s *Session) rightful(ctx context.Context, tx harrier.Tx, b step.ActionIntended, trip guardTripped, effect harrier.Effect) error {
	if b.PastGuard || !b.Approval.IsZero() || !s.bounded(effect) {
		return nil
	}
	reason, err := s.e.cfg.Rights.MayNotCause(ctx, tx, s.run.Tenant, s.run.StartedBy, effect)
	if err != nil || reason == "" {
		return err
	}
	trip.reason = reason
	return &trip
}

// localRight refuses a built-in effect in the same way. Nobody is asked about it
// alone: it fails unless an approve step covers it.
func (s *Session) localRight(ctx context.Context, tx harrier.Tx, c step.Call) error {
	if !s.bounded(c.Spec.Effect) || s.m.Covered(c.Path) {
		return nil
	}
	reason, err := s.e.cfg.Rights.MayNotCause(ctx, tx, s.run.Tenant, s.run.StartedBy, c.Spec.Effect)
	if err != nil || reason == "" {
		return err
	}
	return harrier.Errorf(harrier.Denied, "%s", reason)
}
