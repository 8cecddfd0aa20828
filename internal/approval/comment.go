package approval

import (
	"context"
	"strings"
	"time"

	"github.com/harrier-soar/harrier"
)

// Comment is what somebody says to a question without deciding it.
type Comment struct {
	Principal harrier.PrincipalID
	Name      string
	// Via is how it came, such as mail.
	Via, Text string
	At        time.Time
}

// maxComments bounds what is said to one question.
const maxComments = 200

// Comments keeps what people say to questions.
type Comments interface {
	// AddComment adds what somebody says to a question.
	AddComment(ctx context.Context, tx harrier.Tx, a harrier.Approval, c Comment) error
	// Comments returns what was said to a question, the first first.
	Comments(ctx context.Context, tenant harrier.TenantID, id harrier.ApprovalID) ([]Comment, error)
}

// Saying is what somebody wants to say.
type Saying struct {
	Text, Via string
	// Address is the mailbox that it came from; empty where it came by no mail. It
	// says nothing about what is about the one whose mailbox it is: an attacker who
	// has the account reads and writes there too.
	Address string
	// With is done in the same change, which fails with it; nil is nothing.
	With func(ctx context.Context, tx harrier.Tx) error
}

// Say adds a comment to a pending question of one who may decide it. It decides
// nothing.
func (s *Service) Say(ctx context.Context, by harrier.Principal, id harrier.ApprovalID, in Saying) error {
	text := strings.TrimSpace(in.Text)
	if text == "" || len(text) > maxComment {
		return harrier.Errorf(harrier.Invalid, "a comment has 1 to %d bytes", maxComment)
	}
	said, err := s.cfg.Store.Comments(ctx, by.Tenant, id)
	if err != nil {
		return err
	}
	if len(said) >= maxComments {
		return harrier.Errorf(harrier.Conflict, "%d comments were made on question %s, which is all that there can be", maxComments, id)
	}
	_, err = s.change(ctx, by, id, func(c change) error {
		v, err := viewOf(*c.a)
		if err != nil {
			return err
		}
		if in.Address != "" && Suspects(v, in.Address) {
			return harrier.Errorf(harrier.Denied, "this is about whoever owns the mailbox %s, so that nothing that comes from there counts; open Harrier and log in", in.Address)
		}
		if err := c.with(ctx, in.With); err != nil {
			return err
		}
		if err := s.cfg.Store.AddComment(ctx, c.tx, *c.a, Comment{Principal: by.Self(), Name: by.Name, Via: in.Via, Text: text, At: c.now}); err != nil {
			return err
		}
		return c.audit(ctx, "approval.comment", map[string]any{"hash": c.a.Hash, "kind": c.a.Kind, "via": in.Via})
	})
	return err
}

// Suspects reports whether a question is about the account or the mailbox of a
// mail address: what is done is done to it, or names it.
func Suspects(v View, address string) bool {
	about := func(text string) bool { return strings.Contains(strings.ToLower(text), strings.ToLower(address)) }
	for _, e := range v.Effects {
		if about(e.Target) {
			return true
		}
		for _, arg := range e.Args {
			if text := inline(arg); about(text) {
				return true
			}
		}
	}
	return false
}
