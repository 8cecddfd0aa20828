package api

import (
	"context"

	"github.com/harrier-soar/harrier"
)

func (a Approval) revision() int64 { return a.Rev }

type approvalsIn struct {
	Paged
	Status harrier.ApprovalStatus `query:"status" enum:"pending,approved,denied,answered,expired,void"`
	Run    harrier.RunID          `query:"run"`
}

func (s *Server) approvals(ctx context.Context, in *approvalsIn) (List[Approval], error) {
	f := harrier.ApprovalFilter{Viewer: principal(ctx).ID, Status: in.Status, Run: in.Run}
	return full(s.cfg.Ports.Approvals.Approvals(ctx, principal(ctx), f, in.page()))
}

type approvalIn struct {
	ID harrier.ApprovalID `path:"id"`
}

func (s *Server) approval(ctx context.Context, in *approvalIn) (Approval, error) {
	return s.cfg.Ports.Approvals.Approval(ctx, principal(ctx), in.ID)
}

type decideIn struct {
	ID   harrier.ApprovalID `path:"id"`
	Body Decision
}

func (s *Server) decide(ctx context.Context, in *decideIn) (Approval, error) {
	if err := s.asSeen(ctx, in.ID); err != nil {
		return Approval{}, err
	}
	return s.cfg.Ports.Approvals.Decide(ctx, principal(ctx), in.ID, in.Body)
}

type answerIn struct {
	ID   harrier.ApprovalID `path:"id"`
	Body Answer
}

func (s *Server) answer(ctx context.Context, in *answerIn) (Approval, error) {
	if err := s.asSeen(ctx, in.ID); err != nil {
		return Approval{}, err
	}
	return s.cfg.Ports.Approvals.Answer(ctx, principal(ctx), in.ID, in.Body)
}

type escalateIn struct {
	ID   harrier.ApprovalID `path:"id"`
	Body EscalateApproval
}

func (s *Server) escalate(ctx context.Context, in *escalateIn) (Approval, error) {
	if err := s.asSeen(ctx, in.ID); err != nil {
		return Approval{}, err
	}
	return s.cfg.Ports.Approvals.Escalate(ctx, principal(ctx), in.ID, in.Body)
}

func (s *Server) withdrawVote(ctx context.Context, in *approvalIn) (Approval, error) {
	return s.cfg.Ports.Approvals.WithdrawVote(ctx, principal(ctx), in.ID)
}

// asSeen holds If-Match against a question. It saves a person from deciding on
// what somebody else has touched; the hash is what binds the decision.
func (s *Server) asSeen(ctx context.Context, id harrier.ApprovalID) error {
	if requestOf(ctx).ifMatch == "" {
		return nil
	}
	a, err := s.cfg.Ports.Approvals.Approval(ctx, principal(ctx), id)
	if err != nil {
		return err
	}
	return unchanged(ctx, a)
}
