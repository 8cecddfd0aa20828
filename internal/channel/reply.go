package channel

import (
	"context"
	"crypto/sha256"
	"regexp"
	"strings"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/approval"
	"github.com/harrier-soar/harrier/internal/links"
)

// This file takes what people answer to a question by mail. An answer is a
// comment: it never decides, because whoever has the mailbox can write it. The
// token in its subject names the question and the one person who was asked.

// replying is the purpose of the tokens of answers; they open no page.
const replying = "reply"

// Reply is a mail that may answer a question.
type Reply struct {
	Tenant harrier.TenantID
	// Token is what its subject carries, From its sender, Text what is new in it.
	Token, From, Text string
	// Proven tells that one of our own servers vouches for the sender, Forged that
	// one says the opposite.
	Proven, Forged bool
	// Automatic tells that a machine wrote it.
	Automatic bool
	// Raw are its bytes, by which it is known again.
	Raw []byte
}

func mark() *regexp.Regexp { return regexp.MustCompile(`\[hr:([A-Za-z0-9_-]{43})\]`) }

// TokenIn returns the token of an answer that a subject carries.
func TokenIn(subject string) (token string, ok bool) {
	if found := mark().FindStringSubmatch(subject); found != nil {
		return found[1], true
	}
	return "", false
}

// answerable marks a mail so that an answer to it is known.
func (s *Service) answerable(ctx context.Context, tx harrier.Tx, m *Message, l linking) error {
	token := approval.LinkTo(l.a, l.who, l.c.Name, s.now())
	token.Purpose = replying
	text, err := links.Issue(ctx, s.cfg.Store, tx, token)
	if err != nil {
		return err
	}
	m.Title = clip(strings.Join(strings.Fields(m.Title), " "), 150) + " [hr:" + text + "]"
	m.Text += "\n\nAn answer to this mail is kept beside the question for those who decide. It decides nothing."
	return nil
}

// Replied takes a mail as the answer to a question. taken is false where it is
// none: its token is nobody's, or it is not from the person who was asked. Then
// it is a mail like any other.
func (s *Service) Replied(ctx context.Context, r Reply) (taken bool, err error) {
	l, err := s.cfg.Store.Link(ctx, links.HashOf(r.Token))
	if err != nil {
		if harrier.KindOf(err) == harrier.NotFound {
			return false, nil
		}
		return false, err
	}
	if l.Purpose != replying || l.Tenant != r.Tenant || !s.now().Before(l.ExpiresAt) || r.Forged {
		return false, nil
	}
	p, ok, err := s.accountOf(ctx, l, r.From)
	if err != nil || !ok {
		return false, err
	}
	if r.Automatic {
		return true, nil // it says nothing
	}
	who, err := s.person(ctx, p)
	if err != nil {
		return s.unheard(l, err)
	}
	id, err := harrier.ParseID[harrier.ApprovalID](l.Subject)
	if err != nil {
		return false, harrier.Errorf(harrier.Internal, "a token names the question %q: %w", l.Subject, err)
	}
	via := Mail
	if !r.Proven {
		via = Mail + ", sender not proven"
	}
	digest := sha256.Sum256(append([]byte(r.Token), r.Raw...))
	err = s.cfg.Questions.Say(ctx, who, id, approval.Saying{Text: clip(strings.TrimSpace(r.Text), 3900), Via: via, Address: r.From, With: func(ctx context.Context, tx harrier.Tx) error {
		return s.cfg.Store.ClaimRequest(ctx, tx, digest, s.now())
	}})
	if err != nil {
		return s.unheard(l, err)
	}
	return true, nil
}

// unheard is an answer that was not kept, because it may not be, or the question
// is over; faults are errors.
func (s *Service) unheard(l links.Link, err error) (bool, error) {
	switch harrier.KindOf(err) {
	case harrier.NotFound, harrier.Conflict, harrier.Invalid, harrier.Denied:
		s.cfg.Log.Info("an answer by mail was not kept", "approval_id", l.Subject, "err", err)
		return true, nil
	case harrier.Internal, harrier.Unauthenticated, harrier.Unavailable, harrier.Limited:
	}
	return false, err
}

// accountOf is the account of a mail channel that a sender has, where it is that
// of the person whom a token is for.
func (s *Service) accountOf(ctx context.Context, l links.Link, from string) (Person, bool, error) {
	people, err := s.cfg.Store.ChannelPeople(ctx, l.Tenant, l.Over)
	if err != nil {
		return Person{}, false, err
	}
	for _, p := range people {
		mine := p.Principal == l.Principal || p.Principal.IsZero() && l.Principal == approval.Outside(l.Tenant, p.Name).ID
		if strings.EqualFold(p.Account, from) && mine {
			return p, true, nil
		}
	}
	return Person{}, false, nil
}
