package change

import (
	"context"
	"slices"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/document"
)

// prepared is a change that was made ready.
type prepared struct {
	overlay Overlay
	parts   []Candidate
	found   Findings
}

// prepare makes ready what would be in force with a change, and checks it
// together with all that is in force.
func (s *Service) prepare(ctx context.Context, c Change) (prepared, error) {
	p := prepared{overlay: s.live.Load().with(c.Files)}
	for _, f := range c.Files {
		now, err := s.base(f.Path)
		if err != nil {
			return p, err
		}
		if now != f.Base {
			p.found.Stale = append(p.found.Stale, f.Path)
		}
	}
	team := p.overlay.Over(s.cfg.Team)
	for _, k := range s.cfg.Kinds {
		changed := slices.DeleteFunc(paths(c.Files), func(path string) bool { return kindOf(s.cfg.Kinds, path).Name != k.Name })
		if len(changed) == 0 {
			continue
		}
		one, err := k.Prepare(ctx, Next{Tenant: c.Tenant, Team: team, Changed: changed})
		if err != nil {
			return p, err
		}
		p.parts = append(p.parts, one)
		p.found.Problems = append(p.found.Problems, one.Problems...)
		p.found.Tests = append(p.found.Tests, one.Tests...)
		p.found.Reach = p.found.Reach.with(one.Reach)
	}
	return p, nil
}

// examine says what checkers and tests find in a change that is not live.
func (s *Service) examine(ctx context.Context, c Change) (Findings, error) {
	if c.State == Live {
		return Findings{}, nil
	}
	p, err := s.prepare(ctx, c)
	return p.found, err
}

// Examine says what checkers and tests find in a change now.
func (s *Service) Examine(ctx context.Context, c Change) (Findings, error) { return s.examine(ctx, c) }

// commit is the part of a change's transaction that belongs to its kinds.
func (p prepared) commit(ctx context.Context, tx harrier.Tx) error {
	for _, one := range p.parts {
		if one.Commit == nil {
			continue
		}
		if err := one.Commit(ctx, tx); err != nil {
			return err
		}
	}
	return nil
}

// Problem is a problem that has no place in a file.
func Problem(file, code, message, fix string) document.Problem {
	return document.Problem{File: file, Pos: document.Pos{Line: 1, Column: 1}, Width: 1, Code: code, Message: message, Fix: fix}
}
