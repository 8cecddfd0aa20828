package api

import (
	"context"
	"net/http"

	"github.com/harrier-soar/harrier"
)

func (c Connection) revision() int64 { return c.Rev }

type connectorsIn struct{}

func (s *Server) connectors(ctx context.Context, _ *connectorsIn) (List[Connector], error) {
	list, err := s.cfg.Ports.Connections.Connectors(ctx, principal(ctx))
	return full(List[Connector]{Items: list}, err)
}

type connectionsIn struct{ Paged }

func (s *Server) connections(ctx context.Context, in *connectionsIn) (List[Connection], error) {
	return full(s.cfg.Ports.Connections.Connections(ctx, principal(ctx), in.page()))
}

type addConnectionIn struct{ Body AddConnection }

func (s *Server) addConnection(ctx context.Context, in *addConnectionIn) (*reply[Connection], error) {
	c, err := s.cfg.Ports.Connections.AddConnection(ctx, principal(ctx), in.Body)
	return &reply[Connection]{Body: c, Status: http.StatusCreated}, err
}

type testConnectionIn struct {
	Name string `path:"name" maxLength:"63"`
}

func (s *Server) testConnection(ctx context.Context, in *testConnectionIn) (CallResult, error) {
	return s.cfg.Ports.Connections.TestConnection(ctx, principal(ctx), in.Name)
}

type callConnectionIn struct {
	Name string `path:"name" maxLength:"63"`
	Body CallConnection
}

func (s *Server) callConnection(ctx context.Context, in *callConnectionIn) (CallResult, error) {
	by, conns := principal(ctx), s.cfg.Ports.Connections
	effect, err := conns.ActionEffect(ctx, by, in.Name, in.Body.Action)
	if err != nil {
		return CallResult{}, err
	}
	if effect != harrier.Read && !in.Body.Confirm {
		return CallResult{}, harrier.Errorf(harrier.Invalid, "%s of %s does more than read: its effect is %s; send confirm: true if that is what you want", in.Body.Action, in.Name, effect)
	}
	return conns.CallConnection(ctx, by, in.Name, in.Body)
}
