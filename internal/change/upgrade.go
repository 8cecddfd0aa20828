package change

import (
	"context"

	"github.com/harrier-soar/harrier"
)

// Upgrade compares what ships now with what shipped when the team last changed
// the same files. Where both changed, what is in force stays, and a change is
// proposed that joins the two: submitted where they could be joined and nothing
// is wrong, else a draft with both between markers. Each is proposed once.
func (s *Service) Upgrade(ctx context.Context) (proposed []Change, err error) {
	versions, err := s.cfg.Store.LiveVersions(ctx, harrier.DefaultTenant)
	if err != nil {
		return nil, err
	}
	for _, v := range versions {
		now, theirs := s.shipped(v.Path)
		if v.Removed() || v.Shipped == "" || now == "" || now == v.Shipped || now == v.Digest {
			continue
		}
		base, err := s.cfg.Store.FileText(ctx, harrier.DefaultTenant, v.Shipped)
		if err != nil {
			return proposed, err
		}
		ours, _, err := s.Base(v.Path)
		if err != nil {
			return proposed, err
		}
		merged, clean := Join(v.Path, base, ours, theirs)
		c, err := s.offer(ctx, v, File{Path: v.Path, Text: merged}, clean)
		switch {
		case err == nil:
			proposed = append(proposed, c)
		case harrier.KindOf(err) == harrier.Conflict: // it was proposed before
		case harrier.KindOf(err) == harrier.Invalid: // it is in force already
		default:
			return proposed, err
		}
	}
	return proposed, nil
}

// offer proposes what came of a merge, in the name of the system.
func (s *Service) offer(ctx context.Context, v Version, f File, clean bool) (Change, error) {
	by := harrier.Principal{ID: harrier.SystemPrincipal, Tenant: harrier.DefaultTenant, Name: "system"}
	shipped, _ := s.shipped(v.Path)
	c := Change{
		Tenant: by.Tenant, ID: harrier.DeriveID[harrier.ChangeID]("upgrade", v.Path, v.Digest, shipped), Title: "Join your " + v.Path + " with what ships now",
		Origin: Upgraded, State: Draft, Author: by.ID, AuthorName: by.Name, Hands: []harrier.PrincipalID{by.ID}, CreatedAt: s.now(), Rev: 1,
	}
	if err := s.fill(&c, []File{f}); err != nil {
		return c, err
	}
	if clean {
		found, err := s.examine(ctx, c)
		if err != nil {
			return c, err
		}
		if found.Err() == nil {
			c.State, c.SubmittedAt = Submitted, c.CreatedAt
		}
	}
	return c, s.keep(ctx, by, note{action: "change.propose", change: c}, s.cfg.Store.AddChange)
}
