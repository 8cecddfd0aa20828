package casework

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/harrier-soar/harrier"
)

// TLPs lists the labels of the Traffic Light Protocol 2.0, the widest audience
// first. A case may have none.
func TLPs() []string { return []string{"clear", "green", "amber", "amber+strict", "red"} }

// PAPs lists the labels of the Permissible Actions Protocol.
func PAPs() []string { return []string{"clear", "green", "amber", "red"} }

// Bounds of what people write.
const (
	maxTitle = 500
	maxTags  = 50
	maxTag   = 100
	maxPeer  = 100
)

// Draft is a case that a person opens.
type Draft struct {
	Title, Severity, Summary, Template, TLP, PAP string
	Tags                                         []string
	Owner                                        harrier.Person
	Restricted                                   bool
	Alerts                                       []harrier.AlertID
}

// Create opens a case for a person.
func (s *Service) Create(ctx context.Context, by harrier.Principal, d Draft) (harrier.Case, error) {
	t, known := s.templates[d.Template]
	if d.Template != "" && !known {
		return harrier.Case{}, harrier.Errorf(harrier.Invalid, "there is no template %s; %s", d.Template, s.templateHint(d.Template))
	}
	var c harrier.Case
	err := s.store.Write(ctx, func(tx harrier.Tx) (err error) {
		now := s.now()
		c = harrier.Case{
			Tenant: by.Tenant, ID: harrier.NewID[harrier.CaseID](now), Title: d.Title, Template: d.Template, Severity: cmp.Or(d.Severity, t.Severity, "medium"),
			Status: Open, Summary: d.Summary, TLP: cmp.Or(d.TLP, t.TLP), PAP: cmp.Or(d.PAP, t.PAP), Tags: tidy(slices.Concat(d.Tags, t.Tags)), Owner: d.Owner,
			Restricted: d.Restricted, CreatedAt: now, UpdatedAt: now,
		}
		if c.Data, err = (memory{}).encode(); err != nil {
			return err
		}
		if err := sound(c); err != nil {
			return err
		}
		if c, err = s.store.OpenCase(ctx, tx, c); err != nil {
			return err
		}
		if err := s.add(ctx, tx, c, entryOpened, line{at: now, author: by.Name, text: cmp.Or(c.Summary, c.Title)}); err != nil {
			return err
		}
		if c.Restricted {
			if err := s.store.PutMember(ctx, tx, Member{Tenant: c.Tenant, Case: c.ID, Principal: by.ID, Name: by.Name, AddedAt: now, AddedBy: by.ID}); err != nil {
				return err
			}
		}
		if _, err := s.takeAlerts(ctx, tx, by, &c, d.Alerts); err != nil {
			return err
		}
		if err := s.begin(ctx, tx, &c, actor{by.ID, by.Name}); err != nil {
			return err
		}
		return s.audit(ctx, tx, by, act{"case.create", c, now, nil})
	})
	if err != nil {
		return harrier.Case{}, err
	}
	return c, nil
}

// Edit is what a person changes of a case. A nil field stays.
type Edit struct {
	Title, Severity, Summary, TLP, PAP *string
	Tags                               *[]string
	// AddTags and RemoveTags change some of the tags.
	AddTags, RemoveTags []string
	// Owner that is empty takes the owner away.
	Owner    *harrier.Person
	Watchers *[]harrier.Person
	// Watch adds a watcher, Unwatch takes one away.
	Watch, Unwatch *harrier.Person
	Contained      *bool
}

// Edit changes a case as a person saw it at a revision; 0 does not look. A case
// that was changed meanwhile is [ErrStale].
func (s *Service) Edit(ctx context.Context, by harrier.Principal, id harrier.CaseID, rev int64, e Edit) (harrier.Case, error) {
	c, _, err := s.Apply(ctx, by, id, rev, Op{Edit: &e})
	return c, err
}

// editing is the change that edits a case.
func editing(e Edit) *change {
	ch := &change{action: "case.edit", kind: entryEdited, about: map[string]any{}}
	ch.do = func(ctx context.Context, tx harrier.Tx, c *harrier.Case, now time.Time) (bool, error) {
		names, texts, err := e.apply(c, now)
		if err != nil || len(names) == 0 {
			return false, err
		}
		ch.about["fields"], ch.text = names, strings.Join(texts, "\n")
		return true, sound(*c)
	}
	return ch
}

// apply changes a case and tells which fields changed and how.
func (e Edit) apply(c *harrier.Case, now time.Time) (names, texts []string, err error) {
	note := func(name, text string) { names, texts = append(names, name), append(texts, text) }
	for _, f := range []struct {
		name string
		now  *string
		was  *string
	}{{"title", e.Title, &c.Title}, {"severity", e.Severity, &c.Severity}, {"tlp", e.TLP, &c.TLP}, {"pap", e.PAP, &c.PAP}, {"summary", e.Summary, &c.Summary}} {
		if f.now == nil || *f.now == *f.was {
			continue
		}
		text := fmt.Sprintf("%s: %s → %s", f.name, cmp.Or(*f.was, "none"), cmp.Or(*f.now, "none"))
		if f.name == "summary" {
			text = "summary: " + *f.now
		}
		note(f.name, text)
		*f.was = *f.now
	}
	if tags := e.tagged(c.Tags); !slices.Equal(tags, c.Tags) {
		note("tags", "tags: "+cmp.Or(strings.Join(tags, ", "), "none"))
		c.Tags = tags
	}
	if e.Owner != nil && *e.Owner != c.Owner {
		note("owner", fmt.Sprintf("owner: %s → %s", cmp.Or(c.Owner.Name, "nobody"), cmp.Or(e.Owner.Name, "nobody")))
		c.Owner = *e.Owner
	}
	if watchers := e.watching(c.Watchers); !slices.Equal(watchers, c.Watchers) {
		note("watchers", fmt.Sprintf("watchers: %d", len(watchers)))
		c.Watchers = watchers
	}
	if e.Contained == nil {
		return names, texts, nil
	}
	changed, err := contain(c, *e.Contained, now)
	if changed {
		note("contained", fmt.Sprintf("contained: %t", *e.Contained))
	}
	return names, texts, err
}

// tagged are the tags that there are after the edit.
func (e Edit) tagged(tags []string) []string {
	if e.Tags != nil {
		tags = tidy(*e.Tags)
	}
	return Retag(tags, e.AddTags, e.RemoveTags)
}

// watching are the watchers that there are after the edit.
func (e Edit) watching(all []harrier.Person) []harrier.Person {
	if e.Watchers != nil {
		all = *e.Watchers
	}
	without := func(p harrier.Person) []harrier.Person {
		return slices.DeleteFunc(slices.Clone(all), func(o harrier.Person) bool { return o.ID == p.ID })
	}
	if e.Watch != nil && len(without(*e.Watch)) == len(all) {
		all = append(slices.Clone(all), *e.Watch)
	}
	if e.Unwatch != nil {
		all = without(*e.Unwatch)
	}
	return all
}

// Retag adds tags to others and takes some away, in any case of letters.
func Retag(tags, add, remove []string) []string {
	if len(add) == 0 && len(remove) == 0 {
		return tags
	}
	has := func(list []string, t string) bool {
		return slices.ContainsFunc(list, func(o string) bool { return strings.EqualFold(strings.TrimSpace(o), t) })
	}
	out := slices.Clone(tags)
	for _, t := range tidy(add) {
		if !has(out, t) {
			out = append(out, t)
		}
	}
	return tidy(slices.DeleteFunc(out, func(t string) bool { return has(remove, t) }))
}

// contain notes whether what a case is about can do no more harm.
func contain(c *harrier.Case, contained bool, now time.Time) (changed bool, err error) {
	err = remember(c, func(m *memory) {
		changed = m.Contained != contained
		m.Contained = contained
	})
	switch {
	case !changed:
	case contained:
		c.ContainedAt = now
	default:
		c.ContainedAt = time.Time{}
	}
	return changed, err
}

// tidy sorts tags and drops what is there twice.
func tidy(tags []string) []string {
	var out []string
	for _, t := range tags {
		if t = strings.TrimSpace(t); t != "" {
			out = append(out, t)
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// sound refuses what a case cannot be.
func sound(c harrier.Case) error {
	switch {
	case strings.TrimSpace(c.Title) == "" || len(c.Title) > maxTitle:
		return harrier.Errorf(harrier.Invalid, "a case needs a title of 1 to %d bytes", maxTitle)
	case !slices.Contains(severities().Values, c.Severity):
		return harrier.Errorf(harrier.Invalid, "%q is no severity; use one of %s", c.Severity, strings.Join(severities().Values, ", "))
	case c.TLP != "" && !slices.Contains(TLPs(), c.TLP):
		return harrier.Errorf(harrier.Invalid, "%q is no label of TLP; use one of %s", c.TLP, strings.Join(TLPs(), ", "))
	case c.PAP != "" && !slices.Contains(PAPs(), c.PAP):
		return harrier.Errorf(harrier.Invalid, "%q is no label of PAP; use one of %s", c.PAP, strings.Join(PAPs(), ", "))
	case len(c.Watchers) > maxPeer:
		return harrier.Errorf(harrier.Invalid, "a case has %d watchers at most", maxPeer)
	}
	if err := CheckTags("a case", c.Tags); err != nil {
		return err
	}
	return fits("summary", c.Summary)
}

// CheckTags refuses more or longer tags than a thing may have. What names it for
// people.
func CheckTags(what string, tags []string) error {
	if len(tags) > maxTags || slices.ContainsFunc(tags, func(t string) bool { return len(t) > maxTag }) {
		return harrier.Errorf(harrier.Invalid, "%s has %d tags of %d bytes at most", what, maxTags, maxTag)
	}
	return nil
}
