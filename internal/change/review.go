package change

import (
	"context"
	"fmt"
	"slices"

	"github.com/harrier-soar/harrier"
)

// Decision is what a reviewer says.
type Decision struct {
	// Digest is of the change as it was looked at.
	Digest  string
	Comment string
}

// Submit puts a draft before a second person. One with problems stays a draft.
func (s *Service) Submit(ctx context.Context, by harrier.Principal, c Change) (Change, error) {
	if c.State != Draft {
		return c, harrier.Errorf(harrier.Conflict, "change %s is %s; only a draft is submitted", c.ID, c.State)
	}
	found, err := s.examine(ctx, c)
	if err == nil {
		err = found.Err()
	}
	if err != nil {
		return c, err
	}
	c.State, c.SubmittedAt = Submitted, s.now()
	if !slices.Contains(c.Hands, by.ID) {
		c.Hands = append(c.Hands, by.ID)
	}
	err = s.keep(ctx, by, note{action: "change.submit", change: c}, s.cfg.Store.UpdateChange)
	c.Rev++
	return c, err
}

// Reject sends a change back. Its author may change it and submit it again.
func (s *Service) Reject(ctx context.Context, by harrier.Principal, c Change, d Decision) (Change, error) {
	if c.State != Submitted && c.State != Draft {
		return c, harrier.Errorf(harrier.Conflict, "change %s is %s and cannot be rejected", c.ID, c.State)
	}
	if err := c.seen(d); err != nil {
		return c, err
	}
	c.State = Rejected
	s.signed(&c, by, d)
	err := s.keep(ctx, by, note{action: "change.reject", change: c}, s.cfg.Store.UpdateChange)
	c.Rev++
	return c, err
}

// Approve puts a change into force: in the store, then in this process.
func (s *Service) Approve(ctx context.Context, by harrier.Principal, c Change, d Decision) (Change, error) {
	if c.State != Submitted {
		return c, harrier.Errorf(harrier.Conflict, "change %s is %s; only what was submitted is approved", c.ID, c.State)
	}
	if err := c.seen(d); err != nil {
		return c, err
	}
	alone, err := s.fourEyes(ctx, by, c)
	if err != nil {
		return c, err
	}
	c.Alone = alone
	s.signed(&c, by, d)
	return s.enact(ctx, by, note{action: "change.approve", change: c})
}

// Signature is a commit's, of somebody whose signature counts as a review.
type Signature struct {
	Name, Fingerprint, Commit string
}

// ApproveSigned submits a draft and puts it into force on a signature in place
// of a review. The caller has verified the signature and that it counts.
func (s *Service) ApproveSigned(ctx context.Context, by harrier.Principal, c Change, sig Signature) (Change, error) {
	c, err := s.Submit(ctx, by, c)
	if err != nil {
		return c, err
	}
	c.ReviewerName, c.ReviewedAt = sig.Name+" (signature)", s.now()
	c.Comment = "commit " + sig.Commit + " is signed with " + sig.Fingerprint
	return s.enact(ctx, by, note{action: "change.approve", change: c, signature: &sig})
}

// seen checks that a decision is about the files as they are.
func (c Change) seen(d Decision) error {
	switch d.Digest {
	case c.Digest:
		return nil
	case "":
		return harrier.Errorf(harrier.Invalid, "name the digest of what you decide on, as it is shown with change %s", c.ID)
	}
	return harrier.Errorf(harrier.Conflict, "change %s is not what you looked at any more; look at it again", c.ID)
}

// signed notes who decided.
func (s *Service) signed(c *Change, by harrier.Principal, d Decision) {
	id := by.ID
	c.Reviewer, c.ReviewerName, c.ReviewedAt, c.Comment = &id, by.Name, s.now(), d.Comment
}

// fourEyes refuses whoever had a hand in a change, unless nobody else could
// approve it: then alone is true.
func (s *Service) fourEyes(ctx context.Context, by harrier.Principal, c Change) (alone bool, err error) {
	if !slices.Contains(c.Hands, by.ID) {
		return false, nil
	}
	others := false
	if s.cfg.Others != nil {
		if others, err = s.cfg.Others(ctx, c.Tenant, c.Hands); err != nil {
			return false, err
		}
	}
	if others {
		return false, harrier.Errorf(harrier.Denied, "%s had a hand in change %s, and somebody else has to approve it", by.Name, c.ID)
	}
	return true, nil
}

// enact puts a change into force. All of it is prepared before it is durable,
// and what is durable comes into force without anything that could fail: a
// process that dies between the two has the new content when it starts again.
func (s *Service) enact(ctx context.Context, by harrier.Principal, n note) (Change, error) {
	c := n.change
	s.switching.Lock()
	defer s.switching.Unlock()
	p, err := s.prepare(ctx, c)
	if err == nil {
		err = p.found.Err()
	}
	if err != nil {
		return c, err
	}
	s.cfg.Hit("change.prepared")
	c.State = Live
	err = s.cfg.Store.Write(ctx, func(tx harrier.Tx) (err error) {
		if c.Version, err = s.cfg.Store.NextVersion(ctx, tx, c.Tenant); err != nil {
			return err
		}
		if err := s.cfg.Store.UpdateChange(ctx, tx, c); err != nil {
			return err
		}
		if err := s.record(ctx, tx, c); err != nil {
			return err
		}
		if err := p.commit(ctx, tx); err != nil {
			return err
		}
		n.change = c
		return s.audit(ctx, tx, by, n)
	})
	if err != nil {
		c.State, c.Version = Submitted, 0
		return c, err
	}
	c.Rev++
	s.cfg.Hit("change.committed")
	s.live.Store(&p.overlay)
	for _, one := range p.parts {
		if one.Apply != nil {
			one.Apply()
		}
	}
	s.cfg.Hit("change.live")
	return c, nil
}

// record adds a change to the history of its files.
func (s *Service) record(ctx context.Context, tx harrier.Tx, c Change) error {
	versions := make([]Version, len(c.Files))
	var texts [][]byte
	for i, f := range c.Files {
		digest, text := s.shipped(f.Path)
		versions[i] = Version{Version: c.Version, Path: f.Path, Change: c.ID, Digest: f.Digest(), Shipped: digest, At: c.ReviewedAt}
		texts = append(texts, f.Text)
		if text != nil {
			texts = append(texts, text)
		}
	}
	return s.cfg.Store.AddVersions(ctx, tx, c.Tenant, versions, texts)
}

// Rollback proposes to undo a version: each of its files is to be as it was
// before it. The change is submitted at once.
func (s *Service) Rollback(ctx context.Context, by harrier.Principal, version int64) (Change, Findings, error) {
	if err := Own(by); err != nil {
		return Change{}, Findings{}, err
	}
	was, err := s.cfg.Store.ChangeByVersion(ctx, by.Tenant, version)
	if err != nil {
		return Change{}, Findings{}, err
	}
	p := Proposal{Title: fmt.Sprintf("Roll back version %d: %.150s", version, was.Title), Origin: RolledBack}
	for _, f := range was.Files {
		before, err := s.before(ctx, was, f)
		if err != nil {
			return Change{}, Findings{}, err
		}
		p.Files = append(p.Files, before)
	}
	c, found, err := s.Propose(ctx, by, p)
	if err != nil {
		return c, found, err
	}
	if err := found.Err(); err != nil {
		return c, found, err
	}
	c, err = s.Submit(ctx, by, c)
	return c, found, err
}

// before is a file as it was before a change. Where the team had none, its file
// is removed, and what ships holds again.
func (s *Service) before(ctx context.Context, c Change, f File) (File, error) {
	history, err := s.cfg.Store.FileHistory(ctx, c.Tenant, f.Path)
	if err != nil {
		return File{}, err
	}
	if len(history) == 0 || history[0].Version < c.Version {
		return File{}, harrier.Errorf(harrier.Internal, "%s has no version %d in its history", f.Path, c.Version)
	}
	if history[0].Version > c.Version {
		return File{}, harrier.Errorf(harrier.Conflict, "%s was changed again by version %d; roll that back first, or change the file", f.Path, history[0].Version)
	}
	if f.Base == "" || f.Base == history[0].Shipped {
		return File{Path: f.Path, Remove: true}, nil
	}
	return File{Path: f.Path, Text: f.BaseText}, nil
}
