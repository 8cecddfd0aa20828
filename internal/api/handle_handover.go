package api

import (
	"context"
	"net/http"

	"github.com/harrier-soar/harrier"
)

func (h Handover) revision() int64 { return h.Rev }

// handoverRoutes is the part of the table about shifts.
func (s *Server) handoverRoutes() []route {
	return []route{
		{"GET /v1/handovers", harrier.OnCallRead, "listHandovers", "List hand-overs of shifts, the newest first", call(s.handovers)},
		{"POST /v1/handovers", harrier.OnCallAct, "giveHandover", "Hand over how things are now", answering(http.StatusCreated, s.giveHandover)},
		{"GET /v1/handovers/{id}", harrier.OnCallRead, "getHandover", "Show a hand-over, as things were", call(s.handover)},
		{"POST /v1/handovers/{id}/accept", harrier.OnCallAct, "acceptHandover", "Take a hand-over over, by name", call(s.acceptHandover)},
	}
}

type handoversIn struct{ Paged }

func (s *Server) handovers(ctx context.Context, in *handoversIn) (List[Handover], error) {
	return full(s.cfg.Ports.Handovers.Handovers(ctx, principal(ctx), in.page()))
}

type giveHandoverIn struct{ Body GiveHandover }

func (s *Server) giveHandover(ctx context.Context, in *giveHandoverIn) (*reply[HandoverDetail], error) {
	h, err := s.cfg.Ports.Handovers.GiveHandover(ctx, principal(ctx), in.Body)
	return &reply[HandoverDetail]{Body: h, Status: http.StatusCreated, Location: "/v1/handovers/" + h.ID.String()}, err
}

type handoverIn struct {
	ID harrier.HandoverID `path:"id"`
}

func (s *Server) handover(ctx context.Context, in *handoverIn) (HandoverDetail, error) {
	return s.cfg.Ports.Handovers.Handover(ctx, principal(ctx), in.ID)
}

func (s *Server) acceptHandover(ctx context.Context, in *handoverIn) (Handover, error) {
	return s.cfg.Ports.Handovers.AcceptHandover(ctx, principal(ctx), in.ID)
}
