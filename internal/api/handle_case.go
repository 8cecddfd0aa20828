package api

import (
	"context"
	"strconv"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/query"
)

func (c Case) revision() int64 { return c.Rev }

type casesIn struct {
	Paged
	Queried
	Status   string              `query:"status" enum:"open,in_progress,waiting,closed"`
	Severity string              `query:"severity" enum:"critical,high,medium,low,info"`
	Alert    harrier.AlertID     `query:"alert"`
	Owner    harrier.PrincipalID `query:"owner"`
}

func (s *Server) cases(ctx context.Context, in *casesIn) (List[Case], error) {
	if in.asked() {
		w, err := in.wanted(query.Cases, in.Paged, *in != casesIn{Paged: in.Paged, Queried: in.Queried})
		if err != nil {
			return List[Case]{}, err
		}
		return full(s.cfg.Ports.Search.AskCases(ctx, principal(ctx), w))
	}
	f := harrier.CaseFilter{Viewer: principal(ctx).ID, Status: in.Status, Severity: in.Severity, Alert: in.Alert, Owner: in.Owner}
	return full(s.cfg.Ports.Cases.Cases(ctx, principal(ctx), f, in.page()))
}

type caseIn struct {
	ID string `path:"id" maxLength:"64" doc:"The id of the case, or its number."`
}

func (s *Server) caseOf(ctx context.Context, in *caseIn) (CaseDetail, error) {
	c, err := s.findCase(ctx, in.ID)
	c.Timeline = some(c.Timeline)
	return c, err
}

// findCase finds a case by its id or by its number.
func (s *Server) findCase(ctx context.Context, text string) (CaseDetail, error) {
	if number, err := strconv.ParseInt(text, 10, 64); err == nil {
		return s.cfg.Ports.Cases.CaseByNumber(ctx, principal(ctx), number)
	}
	id, err := harrier.ParseID[harrier.CaseID](text)
	if err != nil {
		return CaseDetail{}, err
	}
	return s.cfg.Ports.Cases.Case(ctx, principal(ctx), id)
}
