package api

import (
	"context"

	"github.com/danielgtaylor/huma/v2"
	"github.com/harrier-soar/harrier"
)

type noInput struct{}

func (s *Server) version(context.Context, *noInput) (Version, error) {
	v := s.cfg.Version
	v.API = "v1"
	return v, nil
}

func (s *Server) health(ctx context.Context, _ *noInput) (Health, error) {
	if err := s.cfg.Ports.System.Ready(ctx); err != nil {
		// Whoever asks need not be known, so that what is wrong is told to the log alone.
		return Health{}, &harrier.Error{Kind: harrier.Unavailable, Text: "the server cannot work now; its log says why", Cause: err}
	}
	return Health{Status: "ok"}, nil
}

func (s *Server) doctor(ctx context.Context, _ *noInput) (Diagnosis, error) {
	d, err := s.cfg.Ports.System.Doctor(ctx, principal(ctx))
	d.Checks = some(d.Checks)
	return d, err
}

func aboutOpenAPI(op *huma.Operation) {
	op.Responses["200"] = &huma.Response{Description: "This description", Content: map[string]*huma.MediaType{"application/openapi+json": {}}}
}
