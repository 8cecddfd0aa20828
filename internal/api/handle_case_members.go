package api

import (
	"context"
	"net/http"

	"github.com/harrier-soar/harrier"
)

// memberRoutes is the part of the table about who sees restricted cases.
func (s *Server) memberRoutes() []route {
	return []route{
		{"POST /v1/cases/{id}/restrict", harrier.CasesWrite, "restrictCase", "Hide a case from all but its members, or show it to all", call(s.restrictCase)},
		{"GET /v1/cases/{id}/members", harrier.CasesRead, "listCaseMembers", "List who may see a restricted case", call(s.caseMembers)},
		{"POST /v1/cases/{id}/members", harrier.CasesWrite, "addCaseMember", "Let somebody see a restricted case", call(s.addCaseMember)},
		{"POST /v1/cases/{id}/members/remove", harrier.CasesWrite, "removeCaseMember", "Take the sight of a restricted case from somebody", call(s.removeCaseMember)},
		{"GET /v1/break-glass", harrier.CasesBreak, "listBreakGlass", "List who asked to see restricted cases, the newest first", call(s.glasses)},
		{"POST /v1/break-glass", harrier.CasesBreak, "breakGlass", "Ask to see a restricted case; a second person decides", answering(http.StatusAccepted, s.breakGlass)},
		{"POST /v1/break-glass/{id}/decide", harrier.CasesBreak, "decideBreakGlass", "Grant or deny what another asked for", call(s.decideGlass)},
	}
}

type restrictIn struct {
	ID   string `path:"id" maxLength:"64" doc:"The id of the case, or its number."`
	Body RestrictCase
}

func (s *Server) restrictCase(ctx context.Context, in *restrictIn) (Case, error) {
	return s.cfg.Ports.CaseMembers.RestrictCase(ctx, principal(ctx), in.ID, in.Body)
}

func (s *Server) caseMembers(ctx context.Context, in *caseIn) (List[CaseMember], error) {
	list, err := s.cfg.Ports.CaseMembers.CaseMembers(ctx, principal(ctx), in.ID)
	return full(List[CaseMember]{Items: list}, err)
}

type addMemberIn struct {
	ID   string `path:"id" maxLength:"64" doc:"The id of the case, or its number."`
	Body AddCaseMember
}

func (s *Server) addCaseMember(ctx context.Context, in *addMemberIn) (done, error) {
	return done{true}, s.cfg.Ports.CaseMembers.AddCaseMember(ctx, principal(ctx), in.ID, in.Body)
}

type removeMemberIn struct {
	ID   string `path:"id" maxLength:"64" doc:"The id of the case, or its number."`
	Body struct {
		Principal harrier.PrincipalID `json:"principal"`
	}
}

func (s *Server) removeCaseMember(ctx context.Context, in *removeMemberIn) (done, error) {
	return done{true}, s.cfg.Ports.CaseMembers.RemoveCaseMember(ctx, principal(ctx), in.ID, in.Body.Principal)
}

type glassesIn struct{ Paged }

func (s *Server) glasses(ctx context.Context, in *glassesIn) (List[Glass], error) {
	return full(s.cfg.Ports.CaseMembers.Glasses(ctx, principal(ctx), in.page()))
}

type breakGlassIn struct{ Body BreakGlass }

func (s *Server) breakGlass(ctx context.Context, in *breakGlassIn) (*reply[Glass], error) {
	g, err := s.cfg.Ports.CaseMembers.BreakGlass(ctx, principal(ctx), in.Body)
	return &reply[Glass]{Body: g}, err
}

type decideGlassIn struct {
	ID   harrier.GlassID `path:"id"`
	Body struct {
		Grant bool `json:"grant" doc:"Whether the access is granted. It begins at once."`
	}
}

func (s *Server) decideGlass(ctx context.Context, in *decideGlassIn) (Glass, error) {
	return s.cfg.Ports.CaseMembers.DecideGlass(ctx, principal(ctx), in.ID, in.Body.Grant)
}
