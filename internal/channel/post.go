package channel

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/approval"
	"github.com/harrier-soar/harrier/internal/links"
	"github.com/harrier-soar/harrier/internal/rounds"
)

const (
	// look is how often what is to be posted is looked at, beside when it is told.
	look  = 5 * time.Second
	again = time.Minute
	batch = 50
	// maxPeople bounds the people that one question is sent to by one channel.
	maxPeople = 50
)

// Posted tells that there is something to post. It does not block.
func (s *Service) Posted() { rounds.Nudge(s.wake) }

// Run posts questions until ctx ends.
func (s *Service) Run(ctx context.Context) error {
	rounds.Until(ctx, s.wake, func(ctx context.Context) time.Duration {
		if err := s.Sweep(ctx); err != nil && ctx.Err() == nil {
			s.cfg.Log.Error("post questions", "err", err)
		}
		return look
	})
	return nil
}

// Sweep posts every question that is due.
func (s *Service) Sweep(ctx context.Context) error {
	due, err := s.cfg.Store.DuePosts(ctx, s.now(), batch)
	if err != nil {
		return err
	}
	for _, a := range due {
		next := time.Time{}
		told, err := s.post(ctx, a)
		if err == nil && !told && !a.EscalateAt.IsZero() {
			a.EscalateAt = s.now() // those who are asked too need not wait for somebody whom nothing reaches
		}
		if err != nil {
			if ctx.Err() != nil {
				return err
			}
			s.cfg.Log.Warn("a question was not posted and is posted again", "approval_id", a.ID, "err", err)
			next = s.now().Add(again)
		}
		a.PostAt = next
		if err := s.cfg.Store.Write(ctx, func(tx harrier.Tx) error { return s.cfg.Store.PostAt(ctx, tx, a) }); err != nil {
			return err
		}
	}
	return nil
}

// target is one post of a question.
type target struct {
	channel Channel
	address string
	// who is the one person that it goes to; nil where several read it.
	who *harrier.Principal
}

// post posts a question to everybody who was not told of it.
// told is false where no channel reaches anybody.
func (s *Service) post(ctx context.Context, a harrier.Approval) (told bool, err error) {
	live, err := s.cfg.Sender.Live(ctx, a.Tenant, a.Run)
	if err != nil || !live {
		return true, err
	}
	targets, err := s.targets(ctx, a)
	if err != nil {
		return false, err
	}
	if len(targets) == 0 {
		s.cfg.Log.Warn("nobody can be told of a question but on the web", "approval_id", a.ID, "over", a.Over)
		return false, nil
	}
	done, err := s.cfg.Store.PostsOf(ctx, a.Tenant, a.ID)
	if err != nil {
		return false, err
	}
	var errs []error
	for _, t := range targets {
		if !slices.ContainsFunc(done, func(p Post) bool { return p.Channel == t.channel.Name && p.Address == t.address }) {
			errs = append(errs, s.send(ctx, a, t))
		}
	}
	return true, errors.Join(errs...)
}

// targets lists where a question goes: a chat that several read where it is
// for several, and people one by one otherwise.
func (s *Service) targets(ctx context.Context, a harrier.Approval) ([]target, error) {
	all, err := s.cfg.Store.Channels(ctx, a.Tenant)
	if err != nil {
		return nil, err
	}
	var list []target
	for _, c := range all {
		if c.Connection == "" || !slices.Contains(a.Over, c.family()) {
			continue
		}
		if c.Place != "" && shared(a) && (c.Assign == "" || c.Assign == a.Assign || slices.Contains(a.Also, c.Assign)) {
			list = append(list, target{channel: c, address: c.Place})
			continue
		}
		people, err := s.cfg.Store.ChannelPeople(ctx, a.Tenant, c.Name)
		if err != nil {
			return nil, err
		}
		for _, p := range people {
			if who, ok := s.asked(ctx, a, c, p); ok && (c.Kind == Mail || personal(a, who)) && len(list) < maxPeople {
				list = append(list, target{c, p.Account, &who})
			}
		}
	}
	return list, nil
}

// shared reports whether a question is for more than one named person.
func shared(a harrier.Approval) bool {
	return slices.ContainsFunc(append([]string{a.Assign}, a.Also...), func(to string) bool {
		return to == "" || strings.HasPrefix(to, "role:") || strings.HasPrefix(to, "group:")
	})
}

// personal reports whether a question names a person.
func personal(a harrier.Approval, who harrier.Principal) bool {
	return slices.ContainsFunc(append([]string{a.Assign}, a.Also...), func(to string) bool {
		to = strings.TrimPrefix(to, "user:")
		return to == who.Name || to == who.Self().String()
	})
}

// asked returns whose an account is, where they are one who may decide. A mailbox
// that the question is about is asked nothing: somebody else may have it.
func (s *Service) asked(ctx context.Context, a harrier.Approval, c Channel, p Person) (harrier.Principal, bool) {
	who, err := s.person(ctx, p)
	if err != nil {
		return who, false
	}
	v, err := s.cfg.Questions.Show(ctx, who, a.ID)
	if err != nil || v.Barred != "" || c.Kind == Mail && approval.Suspects(v, p.Account) {
		return who, false
	}
	return who, !p.Principal.IsZero() || a.Assign == p.Name
}

// person is whose an account is, with the rights that they have now.
func (s *Service) person(ctx context.Context, p Person) (harrier.Principal, error) {
	if p.Principal.IsZero() {
		return approval.Outside(p.Tenant, p.Name), nil
	}
	who, err := s.cfg.Team.Principal(ctx, p.Tenant, p.Principal)
	who.Fresh = time.Time{} // an account elsewhere does not prove who somebody is here
	return who, err
}

// send posts a question to one place. That it does is in the audit trail before.
func (s *Service) send(ctx context.Context, a harrier.Approval, t target) error {
	by := harrier.Principal{Tenant: a.Tenant, Name: "everybody"} // what is not for everybody's eyes is not posted where several read
	if t.who != nil {
		by = *t.who
	}
	v, err := s.cfg.Questions.Show(ctx, by, a.ID)
	if harrier.KindOf(err) == harrier.NotFound && err != nil {
		return nil //nolint:nilerr // it is hidden from whoever reads there
	}
	if err != nil {
		return err
	}
	m := Message{Place: t.address, Title: v.Approval.Title, Key: keyOf(a, t)}
	err = s.cfg.Store.Write(ctx, func(tx harrier.Tx) (err error) {
		m.Text, m.Buttons = textOf(v), buttonsOf(v, t)
		if t.who != nil {
			l := linking{a, *t.who, t.channel}
			if err := s.linkTo(ctx, tx, &m, l); err != nil {
				return err
			}
			if t.channel.Kind == Mail {
				if err := s.answerable(ctx, tx, &m, l); err != nil {
					return err
				}
			}
		}
		return s.audit(ctx, tx, harrier.Principal{ID: harrier.SystemPrincipal, Tenant: a.Tenant, Name: "harrier"},
			entry{"approval.post", a.ID.String(), map[string]any{"channel": t.channel.ID, "personal": t.who != nil}})
	})
	if err != nil {
		return err
	}
	reference, err := s.cfg.Sender.Send(ctx, t.channel, m)
	if err != nil {
		return err
	}
	return s.cfg.Store.Write(ctx, func(tx harrier.Tx) error {
		return s.cfg.Store.Posted(ctx, tx, Post{Tenant: a.Tenant, Approval: a.ID, Channel: t.channel.Name, Address: t.address, At: s.now(), Reference: reference})
	})
}

// keyOf is the key of one post.
func keyOf(a harrier.Approval, t target) string {
	return harrier.DeriveID[harrier.ChannelID]("post", a.ID.String(), t.channel.ID.String(), t.address).String()
}

// linking is a link that somebody gets to a question.
type linking struct {
	a   harrier.Approval
	who harrier.Principal
	c   Channel
}

// linkTo adds somebody's own link to a message.
func (s *Service) linkTo(ctx context.Context, tx harrier.Tx, m *Message, l linking) error {
	if l.c.Settings.BaseURL == "" {
		m.Text += "\n\nOpen Harrier to decide."
		return nil
	}
	token, err := links.Issue(ctx, s.cfg.Store, tx, approval.LinkTo(l.a, l.who, l.c.Name, s.now()))
	if err != nil {
		return err
	}
	m.Text += "\n\nOpen this to look at it and to decide. The link is yours, works once, and decides nothing by being opened:\n" +
		strings.TrimSuffix(l.c.Settings.BaseURL, "/") + links.Path + token
	return nil
}

// textOf is a question as plain text.
func textOf(v approval.View) string {
	a := v.Approval
	var b strings.Builder
	fmt.Fprintln(&b, a.Title)
	if text := strings.TrimSpace(a.Message); text != "" {
		fmt.Fprintln(&b, "\n"+text)
	}
	for i, line := range v.Summary {
		if i == 0 {
			fmt.Fprintln(&b)
		}
		fmt.Fprintln(&b, "• "+line)
	}
	if v.Later != nil {
		for _, line := range v.Later.Summary {
			fmt.Fprintln(&b, "• later: "+line)
		}
	}
	if v.Destructive {
		fmt.Fprintln(&b, "\nThis cannot be undone. To approve it, open Harrier and log in.")
	}
	if a.Need > 1 {
		fmt.Fprintf(&b, "\n%d people have to agree; %d have.\n", a.Need, len(v.Votes))
	}
	if !a.ExpiresAt.IsZero() {
		fmt.Fprintf(&b, "\nUntil %s. Without a decision nothing is done.\n", a.ExpiresAt.UTC().Format("2006-01-02 15:04 UTC"))
	}
	fmt.Fprintf(&b, "%s, code %s", a.ID, codeOf(a))
	return clip(b.String(), 2800)
}

// codeOf is a short name of what a question shows, by which somebody who types
// says what they saw.
func codeOf(a harrier.Approval) string {
	hash := a.Hash[strings.LastIndexByte(a.Hash, ':')+1:]
	return hash[:min(len(hash), 10)]
}

// clip cuts a text after so many bytes, between characters.
func clip(s string, most int) string {
	if len(s) <= most {
		return s
	}
	for most > 0 && s[most]&0xC0 == 0x80 {
		most--
	}
	return s[:most] + "…"
}

// buttonsOf are what can be pressed beside a question. What cannot be undone is
// not approved by a button.
func buttonsOf(v approval.View, t target) []Button {
	value := v.Approval.ID.String() + " " + v.Approval.Hash
	var list []Button
	if k := v.Approval.Kind; k == harrier.PlanApproval || k == harrier.GuardApproval {
		if !v.Destructive {
			list = append(list, Button{"approve", value, "Approve"})
		}
		list = append(list, Button{"deny", value, "Deny"})
	}
	if t.channel.Settings.BaseURL != "" && t.who == nil {
		list = append(list, Button{"open", value, "Show me all of it"})
	}
	return list
}
