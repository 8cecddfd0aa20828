package change

import (
	"bytes"
	"context"
	"slices"

	"github.com/harrier-soar/harrier"
)

// Merge joins a change with what was put into force since it was made, file by
// file: what only one side changed is taken from it, line by line or key by key.
// Where both changed the same in different ways, both stand there between markers, checkers tell the
// place of each, and the change cannot be submitted before somebody chose. Its
// author, or whoever had a hand in it, takes it back from review so.
func (s *Service) Merge(ctx context.Context, by harrier.Principal, c Change) (Change, Findings, error) {
	switch {
	case c.State == Live:
		return c, Findings{}, harrier.Errorf(harrier.Conflict, "change %s is in force already", c.ID)
	case c.State == Submitted && !slices.Contains(c.Hands, by.ID):
		return c, Findings{}, harrier.Errorf(harrier.Conflict, "change %s is submitted; send it back first: harrier change reject", c.ID)
	}
	stale := false
	for i, f := range c.Files {
		now, there, err := s.Base(f.Path)
		if err != nil {
			return c, Findings{}, err
		}
		switch {
		case there && DigestOf(now) == f.Base || !there && f.Base == "":
			continue
		case f.Remove || !there || f.Base == "":
			return c, Findings{}, harrier.Errorf(harrier.Conflict, "%s was added or removed on one side and changed on the other; make the change again: harrier change edit", f.Path)
		}
		merged, _ := Join(f.Path, f.BaseText, now, f.Text)
		c.Files[i].Text, stale = labelled(merged), true
	}
	if !stale {
		return c, Findings{}, harrier.Errorf(harrier.Conflict, "change %s is made from what is in force; there is nothing to merge", c.ID)
	}
	c.State = Draft
	return s.Edit(ctx, by, c, Proposal{Title: c.Title, Origin: c.Origin, Files: c.Files})
}

// labelled says at the markers of a merge whose text is between them.
func labelled(text []byte) []byte {
	text = bytes.ReplaceAll(text, []byte(markBase+"\n"), []byte("||||||| before both\n"))
	return bytes.ReplaceAll(text, []byte(markTheirs+"\n"), []byte(">>>>>>> in this change\n"))
}
