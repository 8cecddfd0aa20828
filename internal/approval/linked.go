package approval

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/links"
	"github.com/harrier-soar/harrier/schema"
)

// LinkPurpose is the purpose of links to questions.
const LinkPurpose = "question"

// People knows principals as they are now.
type People interface {
	// Principal returns somebody with what they may do at this time; whoever is
	// gone, or locked out, is Denied or NotFound.
	Principal(ctx context.Context, tenant harrier.TenantID, id harrier.PrincipalID) (harrier.Principal, error)
}

// linked is what links to questions are for.
type linked struct {
	s      *Service
	people People
}

// Linked returns what shows questions behind links, and takes what people say there.
func (s *Service) Linked(people People) links.Purpose { return linked{s, people} }

// LinkTo is a link of somebody to a question, to be issued.
func LinkTo(a harrier.Approval, who harrier.Principal, over string, now time.Time) links.Link {
	const longest = 7 * 24 * time.Hour
	l := links.Link{
		Tenant: a.Tenant, Purpose: LinkPurpose, Subject: a.ID.String(), Seen: a.Hash, Principal: who.Self(), Person: who.Name,
		Over: over, CreatedAt: now, ExpiresAt: now.Add(longest),
	}
	if !a.ExpiresAt.IsZero() && a.ExpiresAt.Before(l.ExpiresAt) {
		l.ExpiresAt = a.ExpiresAt
	}
	return l
}

// Outside is somebody who is no principal and is asked by address. All they may
// do is to answer the question that names them.
func Outside(tenant harrier.TenantID, address string) harrier.Principal {
	return harrier.Principal{
		ID: harrier.DeriveID[harrier.PrincipalID]("outside", tenant.String(), strings.ToLower(address)), Tenant: tenant, Name: address,
		Grants: map[harrier.Permission]bool{harrier.ApprovalsAnswer: true},
	}
}

// who is whose a link is, and the question it is about.
func (p linked) who(ctx context.Context, l links.Link) (by harrier.Principal, v View, err error) {
	id, err := harrier.ParseID[harrier.ApprovalID](l.Subject)
	if err != nil {
		return by, v, harrier.Errorf(harrier.Internal, "a link names the question %q: %w", l.Subject, err)
	}
	if by = Outside(l.Tenant, l.Person); l.Principal != by.ID {
		if by, err = p.people.Principal(ctx, l.Tenant, l.Principal); err != nil {
			return by, v, err
		}
		by.Fresh = time.Time{} // whoever has the link has not proved who they are
	}
	if v, err = p.s.Show(ctx, by, id); err != nil {
		return by, v, err
	}
	if by.ID == Outside(l.Tenant, l.Person).ID && (v.Approval.Kind != harrier.FormQuestion || v.Approval.Assign != l.Person) {
		return by, v, harrier.Errorf(harrier.Denied, "this is not for %s to decide", l.Person)
	}
	if v.Approval.Hash != l.Seen {
		return by, v, harrier.Errorf(harrier.Conflict, "the question has changed since this link was made")
	}
	return by, v, nil
}

// Show implements [links.Purpose].
func (p linked) Show(ctx context.Context, l links.Link) (links.Page, error) {
	by, v, err := p.who(ctx, l)
	if err != nil {
		return links.Page{}, err
	}
	return pageOf(by, v, p.s.now()), nil
}

// Take implements [links.Purpose].
func (p linked) Take(ctx context.Context, l links.Link, in links.Given, use links.Use) (string, error) {
	by, v, err := p.who(ctx, l)
	if err != nil {
		return "", err
	}
	a := v.Approval
	switch in.Choice {
	case "approve", "deny":
		d := Decision{Approve: in.Choice == "approve", Hash: l.Seen, Comment: in.Values["comment"], Via: "link", With: use}
		if a, err = p.s.Decide(ctx, by, a.ID, d); err != nil {
			return "", err
		}
		if a.Status == harrier.ApprovalPending {
			return fmt.Sprintf("Your vote is noted. %d people have to agree.", a.Need), nil
		}
		return "It is " + string(a.Status) + ".", nil
	case "answer":
		values, err := typed(v, in.Values)
		if err != nil {
			return "", err
		}
		if _, err = p.s.Answer(ctx, by, a.ID, Answer{Hash: l.Seen, Values: values, Via: "link", With: use}); err != nil {
			return "", err
		}
		return "Your answer is noted.", nil
	}
	return "", harrier.Errorf(harrier.Invalid, "press one of the buttons")
}

// typed reads what was filled in as the fields want it; what cannot be read is
// left as it is, and the form says what is wrong with it.
func typed(v View, given map[string]string) (map[string]any, error) {
	values := map[string]any{}
	if v.Approval.Kind == harrier.OutcomeQuestion {
		return map[string]any{choiceField: given[choiceField]}, nil
	}
	for _, f := range v.Fields {
		text, ok := given[f.Name]
		if text = strings.TrimSpace(text); !ok || text == "" {
			continue
		}
		values[f.Name] = read(f.Type, text)
	}
	for name := range given {
		if !hasField(v.Fields, name) {
			return nil, harrier.Errorf(harrier.Invalid, "the form has no field %q", clip(name, 40))
		}
	}
	return values, nil
}

// read reads a text as a value of a type.
func read(t schema.Type, text string) any {
	switch {
	case t.Kind == schema.Boolean:
		if b, err := strconv.ParseBool(text); err == nil {
			return b
		}
	case t.Kind == schema.Integer:
		if n, err := strconv.ParseInt(text, 10, 64); err == nil {
			return n
		}
	case t.Kind == schema.Number:
		if n, err := strconv.ParseFloat(text, 64); err == nil {
			return n
		}
	case t.Kind == schema.List && t.Elem != nil:
		var list []any
		for part := range strings.SplitSeq(text, ",") {
			list = append(list, read(*t.Elem, strings.TrimSpace(part)))
		}
		return list
	}
	return text
}

func hasField(fields []schema.Field, name string) bool {
	for _, f := range fields {
		if f.Name == name {
			return true
		}
	}
	return false
}
