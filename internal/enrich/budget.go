package enrich

import (
	"context"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/connector"
	"github.com/harrier-soar/harrier/internal/builtin"
	"github.com/harrier-soar/harrier/internal/intel"
)

// consult makes one call, where the day has calls left for alerts so severe.
func (s *Service) consult(ctx context.Context, a *ask, lane int) (intel.Answer, *connector.Error) {
	if err := s.short(ctx, a, lane); err != nil {
		return intel.Answer{}, err
	}
	answer, err := s.cfg.Intel.Consult(ctx, builtin.Request{Tenant: a.tenant, Alert: a.alert, Mode: harrier.Live, Critical: lane == 0}, a.question)
	return answer, connector.AsError(err)
}

// short tells that the calls of a day are kept for more severe alerts. It is
// final: nobody waits for a day to end.
func (s *Service) short(ctx context.Context, a *ask, lane int) *connector.Error {
	if s.cfg.Quotas == nil {
		return nil
	}
	left, daily, ok := s.cfg.Quotas.Left(ctx, a.tenant, a.question.Source.Connection)
	if !ok || daily <= 0 {
		return nil
	}
	kept := s.settings.Load().Kept[[lanes]string{"critical", "high", "medium", "low"}[lane]]
	if left*100 > daily*kept {
		return nil
	}
	if left <= 0 {
		return connector.Errorf(connector.Denied, "its %d calls of today are used up", daily)
	}
	return connector.Errorf(connector.Denied, "%d of its %d calls of today are left, which are kept for more severe alerts", left, daily)
}
