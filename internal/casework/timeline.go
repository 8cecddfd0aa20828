package casework

import (
	"context"
	"encoding/json"
	"strings"
	"time"

	"github.com/harrier-soar/harrier"
)

// maxText bounds a line of a timeline and a summary, in bytes.
const maxText = 64 << 10

// The kinds of lines in a timeline.
const (
	entryOpened     = "opened"
	entryComment    = "comment"
	entryAlert      = "alert"
	entryRun        = "run"
	entryClosed     = "closed"
	entryLinked     = "linked"
	entryEdited     = "edited"
	entryStatus     = "status"
	entryTask       = "task"
	entryReopened   = "reopened"
	entryMissed     = "missed"
	entryEvidence   = "evidence"
	entryObservable = "observable"
	entryMember     = "member"
	entryGlass      = "glass"
	entryRestricted = "restricted"
	entryOpenToAll  = "unrestricted"
)

// line is something to add to a timeline.
type line struct {
	at           time.Time
	author, text string
	data         map[string]any
}

// add adds a line of a kind to the timeline of a case.
func (s *Service) add(ctx context.Context, tx harrier.Tx, c harrier.Case, kind string, l line) error {
	var data json.RawMessage
	if l.data != nil {
		text, err := json.Marshal(l.data)
		if err != nil {
			return harrier.Errorf(harrier.Internal, "encode a line of case %s: %w", c.ID, err)
		}
		data = text
	}
	_, err := s.store.AddEntry(ctx, tx, harrier.CaseEntry{
		Tenant: c.Tenant, Case: c.ID, At: l.at, Kind: kind, Text: l.text, Author: l.author, Data: data,
	})
	return err
}

// comment adds a comment.
func (s *Service) comment(ctx context.Context, tx harrier.Tx, c harrier.Case, l line) error {
	if strings.TrimSpace(l.text) == "" {
		return harrier.Errorf(harrier.Invalid, "the comment is empty; write something")
	}
	if err := fits("comment", l.text); err != nil {
		return err
	}
	return s.add(ctx, tx, c, entryComment, l)
}

// end closes a case for a machine, which skips what is open of its tasks and
// says by its verdict what it was.
func (s *Service) end(ctx context.Context, tx harrier.Tx, c harrier.Case, l line) (harrier.Case, error) {
	if err := fits("reason", l.text); err != nil {
		return c, err
	}
	m, err := memoryOf(c)
	if err != nil {
		return c, err
	}
	c.Status, c.UpdatedAt, c.ClosedAt, c.Disposition = Closed, l.at, l.at, ofVerdict(m.Verdict)
	if err := s.skipOpen(ctx, tx, c, l); err != nil {
		return c, err
	}
	if err := s.stand(ctx, tx, c, Standing{At: l.at, Reason: l.text, Name: l.author}); err != nil {
		return c, err
	}
	if err := s.windClocks(ctx, tx, &c); err != nil {
		return c, err
	}
	if err := s.store.UpdateCase(ctx, tx, c); err != nil {
		return c, err
	}
	c.Rev++
	return c, s.add(ctx, tx, c, entryClosed, l)
}

// fits refuses text that is too long for a case.
func fits(what, text string) error {
	if len(text) > maxText {
		return harrier.Errorf(harrier.Invalid, "the %s is longer than %d bytes; shorten it, and keep the whole as evidence", what, maxText)
	}
	return nil
}
