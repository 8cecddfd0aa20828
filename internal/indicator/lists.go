package indicator

import (
	"bufio"
	"cmp"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/feed"
)

// Lists returns the lists of a tenant, by name.
func (s *Service) Lists(ctx context.Context, tenant harrier.TenantID) ([]List, error) {
	all, err := s.cfg.Store.Lists(ctx, tenant)
	for i, l := range all {
		all[i] = s.told(l)
	}
	return all, err
}

// List returns a list by its name.
func (s *Service) List(ctx context.Context, tenant harrier.TenantID, name string) (List, error) {
	all, err := s.Lists(ctx, tenant)
	if err != nil {
		return List{}, err
	}
	i := slices.IndexFunc(all, func(l List) bool { return l.Name == name })
	if i < 0 {
		return List{}, harrier.Errorf(harrier.NotFound, "list %s does not exist", name)
	}
	return all[i], nil
}

// SetList makes a list, or changes the description of the one of its name. Its
// kind stays.
func (s *Service) SetList(ctx context.Context, by harrier.Principal, l List) (List, error) {
	l.Tenant = by.Tenant
	switch {
	case !isName(l.Name):
		return List{}, harrier.Errorf(harrier.Invalid, "the name of a list has 1 to 63 lower-case letters, digits, dots, _ and -; %q has not", l.Name)
	case l.Kind != Block && l.Kind != Allow:
		return List{}, harrier.Errorf(harrier.Invalid, "a list is of the kind block or allow, not %q", l.Kind)
	}
	old, err := s.List(ctx, by.Tenant, l.Name)
	switch {
	case err == nil && old.Kind != l.Kind:
		return List{}, harrier.Errorf(harrier.Conflict, "list %s exists and is of the kind %s; choose another name", l.Name, old.Kind)
	case err != nil && harrier.KindOf(err) != harrier.NotFound:
		return List{}, err
	}
	if err := s.byHand(l); err != nil {
		return List{}, err
	}
	now := s.cfg.Now().UTC()
	l.Token, l.CreatedAt, l.UpdatedAt = old.Token, now, now
	return l, s.saveList(ctx, by, &l, "intel.list.set")
}

// saveList stores a list and tells memory.
func (s *Service) saveList(ctx context.Context, by harrier.Principal, l *List, action string) error {
	if err := s.Load(ctx); err != nil {
		return err
	}
	err := s.cfg.Store.Write(ctx, func(tx harrier.Tx) (err error) {
		if *l, err = s.cfg.Store.PutList(ctx, tx, *l); err != nil {
			return err
		}
		return s.audit(ctx, tx, by, deed{action, l.Name, map[string]any{"kind": l.Kind}})
	})
	if err == nil {
		s.knowList(*l)
	}
	return err
}

// NewToken gives a list a new token, by which firewalls pull it; what they had
// before is worth nothing from then on. It is told once.
func (s *Service) NewToken(ctx context.Context, by harrier.Principal, name string) (string, error) {
	l, err := s.List(ctx, by.Tenant, name)
	if err != nil {
		return "", err
	}
	var raw [24]byte
	_, _ = rand.Read(raw[:]) // never fails since Go 1.24
	token := base64.RawURLEncoding.EncodeToString(raw[:])
	sum := sha256.Sum256([]byte(token))
	l.Token, l.UpdatedAt = sum[:], s.cfg.Now().UTC()
	return token, s.saveList(ctx, by, &l, "intel.list.token")
}

// RemoveList removes a list with all its entries.
func (s *Service) RemoveList(ctx context.Context, by harrier.Principal, name string) error {
	l, err := s.List(ctx, by.Tenant, name)
	if err != nil {
		return err
	}
	if err := s.byHand(l); err != nil {
		return err
	}
	if err := s.Load(ctx); err != nil {
		return err
	}
	err = s.cfg.Store.Write(ctx, func(tx harrier.Tx) error {
		if err := s.cfg.Store.DropList(ctx, tx, l); err != nil {
			return err
		}
		return s.audit(ctx, tx, by, deed{"intel.list.remove", l.Name, nil})
	})
	if err != nil {
		return err
	}
	s.table.dropAll(listOrigin(l.Number))
	s.changePatterns(l.Tenant, func(all []pattern) []pattern {
		return slices.DeleteFunc(all, func(p pattern) bool { return p.list == listOrigin(l.Number) })
	})
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.origins, listOrigin(l.Number))
	return nil
}

// NewEntry is a value for a list as people give it.
type NewEntry struct {
	// Type is told by the looks of the value where it is empty.
	Type, Value string
	Reason      string
	// Owner is who answers for it; the one who adds it where it is empty.
	Owner     string
	ExpiresAt time.Time
}

// entryFor is the entry of a list that a value makes. A name on an allow list
// stands for what is below it too.
func entryFor(l List, n NewEntry) (ListEntry, error) {
	kind, value, ok := feed.Guess(n.Value)
	if n.Type != "" {
		kind, value, ok = feed.Spell(n.Type, n.Value)
	}
	if !ok {
		return ListEntry{}, harrier.Errorf(harrier.Invalid, "%q is no address, network, name, link, hash or mail address that a list can hold; say its type, one of %v", n.Value, feed.Types())
	}
	p := feed.Pattern{How: feed.HowValue, Type: kind, Text: value}
	switch {
	case kind == "cidr":
		p = feed.Pattern{How: feed.HowCIDR, Text: value}
	case kind == "domain" && l.Kind == Allow:
		p = feed.Pattern{How: feed.HowBelow, Text: value}
	}
	return ListEntry{Tenant: l.Tenant, List: l.Number, Pattern: p, Reason: cut(n.Reason), Owner: cut(n.Owner), ExpiresAt: n.ExpiresAt}, nil
}

// cut bounds what people write.
func cut(text string) string {
	return strings.ToValidUTF8(text[:min(len(text), 500)], "")
}

// AddToList adds values to a list and returns how many were not on it, or said
// something else.
func (s *Service) AddToList(ctx context.Context, by harrier.Principal, name string, values []NewEntry) (int, error) {
	l, err := s.List(ctx, by.Tenant, name)
	if err != nil {
		return 0, err
	}
	if err := s.mayAdd(ctx, l); err != nil {
		return 0, err
	}
	entries := make([]ListEntry, len(values))
	for i, v := range values {
		v.Owner = cmp.Or(v.Owner, by.Name)
		if entries[i], err = entryFor(l, v); err != nil {
			return 0, err
		}
		if err := s.mayBlock(l, entries[i]); err != nil {
			return 0, err
		}
	}
	return s.putEntries(ctx, by, l, entries)
}

// mayAdd refuses to put something on a list without a review where that takes one.
func (s *Service) mayAdd(ctx context.Context, l List) error {
	if err := s.byHand(l); err != nil || l.Kind != Allow || s.cfg.Reviewed == nil {
		return err
	}
	reviewed, err := s.cfg.Reviewed(ctx, l.Tenant)
	if err != nil || !reviewed {
		return err
	}
	return harrier.Errorf(harrier.Conflict, "what an allow list holds hides behaviour from triage, and several people could look at it: write %s, and harrier change new %s; "+
		"or have organisation.yaml say allow_lists: direct", ListPath(l.Name), ListPath(l.Name))
}

// mayBlock refuses to block what is the organisation's own.
func (s *Service) mayBlock(l List, e ListEntry) error {
	if l.Kind != Block {
		return nil
	}
	o := harrier.Observable{Type: cmp.Or(e.Type, "ip"), Value: e.Text}
	if e.How == feed.HowCIDR {
		o.Value = e.Text[:strings.IndexByte(e.Text, '/')]
	}
	if s.Internal(o) {
		return harrier.Errorf(harrier.Denied, "%s is the organisation's own, and is not put on a block list", e.Text)
	}
	return nil
}

// putEntries stores entries in changes of a bounded size.
func (s *Service) putEntries(ctx context.Context, by harrier.Principal, l List, entries []ListEntry) (changed int, err error) {
	if err := s.Load(ctx); err != nil {
		return 0, err
	}
	for i := range entries {
		entries[i].AddedAt = s.cfg.Now().UTC()
	}
	for part := range slices.Chunk(entries, batchSize) {
		err := s.cfg.Store.Write(ctx, func(tx harrier.Tx) error {
			n, err := s.cfg.Store.PutListEntries(ctx, tx, part)
			if err != nil {
				return err
			}
			changed += n
			return s.audit(ctx, tx, by, deed{"intel.list.add", l.Name, map[string]any{"entries": len(part), "first": part[0].Text}})
		})
		if err != nil {
			return changed, err
		}
		for _, e := range part {
			s.addEntry(l, listOrigin(l.Number), e)
		}
	}
	return changed, nil
}

// RemoveFromList takes values off a list and returns how many were on it.
func (s *Service) RemoveFromList(ctx context.Context, by harrier.Principal, name string, values []NewEntry) (n int, err error) {
	l, err := s.List(ctx, by.Tenant, name)
	if err != nil {
		return 0, err
	}
	if err := s.byHand(l); err != nil {
		return 0, err
	}
	if err := s.Load(ctx); err != nil {
		return 0, err
	}
	entries := make([]ListEntry, len(values))
	for i, v := range values {
		if entries[i], err = entryFor(l, v); err != nil {
			return 0, err
		}
	}
	err = s.cfg.Store.Write(ctx, func(tx harrier.Tx) (err error) {
		if n, err = s.cfg.Store.DropListEntries(ctx, tx, entries); err != nil || len(entries) == 0 {
			return err
		}
		return s.audit(ctx, tx, by, deed{"intel.list.remove_entry", l.Name, map[string]any{"entries": len(entries), "first": entries[0].Text}})
	})
	if err != nil {
		return 0, err
	}
	for _, e := range entries {
		s.removeEntry(l, listOrigin(l.Number), e)
	}
	return n, nil
}

// ListImport is what came of filling a list from a file.
type ListImport struct {
	Title   string
	Added   int
	Skipped map[string]int
}

// ImportList fills a list from a file: a warning list of MISP, or one value a
// line.
func (s *Service) ImportList(ctx context.Context, by harrier.Principal, name string, r io.Reader) (ListImport, error) {
	l, err := s.List(ctx, by.Tenant, name)
	if err != nil {
		return ListImport{}, err
	}
	if err := s.mayAdd(ctx, l); err != nil {
		return ListImport{}, err
	}
	const peek = 4 << 10
	buf := bufio.NewReaderSize(r, peek)
	head, _ := buf.Peek(peek) // what is wrong is found when it is read
	if l.Kind == Allow && strings.HasPrefix(strings.TrimSpace(string(head)), "{") {
		return s.importWarnings(ctx, by, l, buf)
	}
	out := ListImport{Skipped: map[string]int{}}
	var entries []ListEntry
	report, err := feed.Read(buf, feed.Options{Records: 1_000_000}, func(rec feed.Record) error {
		e, err := entryFor(l, NewEntry{Type: rec.Type, Value: rec.Value, Reason: rec.Name, Owner: by.Name})
		if err == nil {
			err = s.mayBlock(l, e)
		}
		if err != nil {
			out.Skipped[err.Error()]++
			return nil //nolint:nilerr // it is told in the report
		}
		entries = append(entries, e)
		return nil
	})
	if err != nil {
		return out, err
	}
	for why, n := range report.Skipped {
		out.Skipped[why] += n
	}
	out.Title = report.Title
	out.Added, err = s.putEntries(ctx, by, l, entries)
	return out, err
}

func (s *Service) importWarnings(ctx context.Context, by harrier.Principal, l List, r io.Reader) (ListImport, error) {
	w, err := feed.ReadWarnings(r)
	if err != nil {
		return ListImport{}, err
	}
	entries := make([]ListEntry, len(w.Entries))
	for i, p := range w.Entries {
		entries[i] = ListEntry{Tenant: l.Tenant, List: l.Number, Pattern: p, Reason: w.Name, Owner: by.Name}
	}
	n, err := s.putEntries(ctx, by, l, entries)
	return ListImport{Title: w.Name, Added: n, Skipped: w.Skipped}, err
}

// ListEntries returns entries of a list, after one of them: those of the file
// that governs it, then the others, each in their order.
func (s *Service) ListEntries(ctx context.Context, l List, after ListEntry, limit int) ([]ListEntry, error) {
	out := s.filedEntries(l, after, limit)
	if len(out) == limit {
		return out, nil
	}
	if after.Filed {
		after = ListEntry{}
	}
	rest, err := s.cfg.Store.ListEntries(ctx, l, after, limit-len(out))
	idle := l.Kind == Allow && s.governing(l.Tenant, l.Name) != nil
	for i := range rest {
		rest[i].Idle = idle
	}
	return append(out, rest...), err
}

// Pulled is a list as firewalls get it.
type Pulled struct {
	Text []byte
	// Rev tells one state of the list from another. It changes by itself when an
	// entry ends.
	Rev string
}

// maxPulled bounds the entries that firewalls get.
const maxPulled = 500_000

// Pull returns a block list for whoever bears its token: one value a line,
// sorted, without what has ended. A list that does not exist and a wrong token
// are the same.
func (s *Service) Pull(ctx context.Context, name, token string) (Pulled, error) {
	all, err := s.cfg.Store.Lists(ctx, harrier.TenantID{})
	if err != nil {
		return Pulled{}, err
	}
	sum := sha256.Sum256([]byte(token))
	for _, l := range all {
		if l.Name == name && l.Kind == Block && len(l.Token) > 0 && subtle.ConstantTimeCompare(l.Token, sum[:]) == 1 {
			return s.pull(ctx, l)
		}
	}
	return Pulled{}, harrier.Errorf(harrier.Unauthenticated, "there is no list %s for this token; get one with: harrier list token %s", name, name)
}

func (s *Service) pull(ctx context.Context, l List) (Pulled, error) {
	now := s.cfg.Now()
	var lines []string
	for after := (ListEntry{}); ; {
		page, err := s.ListEntries(ctx, l, after, loadPage)
		if err != nil {
			return Pulled{}, err
		}
		for _, e := range page {
			if !e.Over(now) {
				lines = append(lines, e.Text)
			}
		}
		if len(lines) > maxPulled {
			return Pulled{}, harrier.Errorf(harrier.Invalid, "list %s has more than %d entries; split it", l.Name, maxPulled)
		}
		if len(page) < loadPage {
			break
		}
		after = page[len(page)-1]
	}
	slices.Sort(lines)
	lines = slices.Compact(lines)
	text := []byte(strings.Join(append(lines, ""), "\n"))
	sum := sha256.Sum256(text)
	return Pulled{Text: text, Rev: base64.RawURLEncoding.EncodeToString(sum[:12])}, nil
}
