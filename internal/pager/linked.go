package pager

import (
	"context"
	"strings"
	"time"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/links"
)

// LinkPurpose is the purpose of links that acknowledge.
const LinkPurpose = "notification"

// linkLife is how long a link works.
const linkLife = 24 * time.Hour

// link is what a message carries to be acknowledged by; nothing where nobody
// has said how browsers reach Harrier, or where nobody has to acknowledge. The
// address is kept with the run, so it only refers to what the link carries.
func (s *Service) link(n Notification, d Delivery) (address string, l links.Link, h links.Hash) {
	base := s.cfg.Settings(n.Tenant).Base
	if base == "" || !n.Route.asks() {
		return "", l, h
	}
	reference, token := s.cfg.Links.New(d.Run.String())
	now := s.now()
	l = links.Link{
		Tenant: n.Tenant, Purpose: LinkPurpose, Subject: n.ID.String(), Person: d.Recipient, Over: d.Channel, CreatedAt: now, ExpiresAt: now.Add(linkLife),
	}
	return base + links.Path + reference, l, links.HashOf(token)
}

// Linked shows notifications to whoever has a link, and acknowledges them.
func (s *Service) Linked() links.Purpose { return linked{s} }

type linked struct{ s *Service }

func (p linked) find(ctx context.Context, l links.Link) (Notification, error) {
	id, err := harrier.ParseID[harrier.NotificationID](l.Subject)
	if err != nil {
		return Notification{}, harrier.Errorf(harrier.Internal, "a link names the notification %q: %w", l.Subject, err)
	}
	return p.s.cfg.Store.Notification(ctx, l.Tenant, id)
}

// Show implements [links.Purpose].
func (p linked) Show(ctx context.Context, l links.Link) (links.Page, error) {
	n, err := p.find(ctx, l)
	if err != nil {
		return links.Page{}, err
	}
	page := links.Page{
		Title: n.Title, Lead: "Harrier asks whether somebody takes this on.", Facts: []links.Fact{{Label: "Severity", Lines: []string{n.Severity}}},
		Fields:  []links.Field{{Name: "note", Label: "What you do about it", Kind: "text"}},
		Choices: []links.Choice{{Value: "acknowledge", Label: "I take it on"}},
	}
	if n.Text != "" {
		page.Facts = append(page.Facts, links.Fact{Label: "What", Lines: strings.Split(n.Text, "\n")})
	}
	if n.Status == Acknowledged {
		page.Fields, page.Choices, page.Note = nil, nil, n.AckedBy+" has it already."
	}
	return page, nil
}

// Take implements [links.Purpose]. Whoever has the link acts as the person, or
// the channel, that it was sent to, and can do nothing but this.
func (p linked) Take(ctx context.Context, l links.Link, in links.Given, use links.Use) (string, error) {
	if in.Choice != "acknowledge" {
		return "", harrier.Errorf(harrier.Invalid, "press the button")
	}
	n, err := p.find(ctx, l)
	if err != nil {
		return "", err
	}
	if n.Status == Acknowledged {
		return "", harrier.Errorf(harrier.Conflict, "%s has it already", n.AckedBy)
	}
	name := l.Person
	if key, ok := strings.CutPrefix(l.Person, "person:"); ok {
		if name = p.s.cfg.Settings(l.Tenant).People[key].Login; name == "" {
			return "", harrier.Errorf(harrier.Denied, "nobody is called %s any more", key)
		}
	}
	by := harrier.Principal{ID: harrier.DeriveID[harrier.PrincipalID]("notified", l.Tenant.String(), l.Person), Tenant: l.Tenant, Name: name}
	if _, err := p.s.acknowledge(ctx, by, n.ID, acknowledgement{note: in.Values["note"], use: use}); err != nil {
		return "", err
	}
	return "You have it. Nobody else is told any more.", nil
}
