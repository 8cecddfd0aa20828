package api

import "context"

type playbooksIn struct{ Paged }

func (s *Server) playbooks(ctx context.Context, in *playbooksIn) (List[Playbook], error) {
	return full(s.cfg.Ports.Playbooks.Playbooks(ctx, principal(ctx), in.page()))
}

type playbookIn struct {
	ID string `path:"id" maxLength:"200"`
}

func (s *Server) playbook(ctx context.Context, in *playbookIn) (PlaybookDetail, error) {
	return s.cfg.Ports.Playbooks.Playbook(ctx, principal(ctx), in.ID)
}

type checkPlaybookIn struct{ Body CheckPlaybook }

func (s *Server) checkPlaybook(ctx context.Context, in *checkPlaybookIn) (PlaybookCheck, error) {
	c, err := s.cfg.Ports.Playbooks.CheckPlaybook(ctx, principal(ctx), in.Body)
	c.Problems = some(c.Problems)
	return c, err
}
