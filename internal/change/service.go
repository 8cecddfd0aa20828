package change

import (
	"context"
	"errors"
	"io/fs"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/harrier-soar/harrier"
)

// Service keeps changes and puts them into force. It is safe for concurrent use.
type Service struct {
	cfg  Config
	live atomic.Pointer[Overlay]

	switching sync.Mutex // held from the last check of a change until it is in force
}

// New returns the service. It knows nothing that was changed before [Service.Load].
func New(cfg Config) *Service {
	if cfg.Hit == nil {
		cfg.Hit = func(string) {}
	}
	if cfg.Shipped == nil {
		cfg.Shipped = Overlay{}.Over(nothing{})
	}
	s := &Service{cfg: cfg}
	s.live.Store(&Overlay{})
	return s
}

// nothing is a tree without files.
type nothing struct{}

// Open implements [fs.FS].
func (nothing) Open(name string) (fs.File, error) {
	return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrNotExist}
}

// now is the time as it is stored.
func (s *Service) now() time.Time { return s.cfg.Now().UTC().Truncate(time.Microsecond) }

// Load reads what is in force. The files of an installation belong to the tenant
// that it was made with.
func (s *Service) Load(ctx context.Context) error {
	versions, err := s.cfg.Store.LiveVersions(ctx, harrier.DefaultTenant)
	if err != nil {
		return err
	}
	live := Overlay{}
	for _, v := range versions {
		if v.Removed() {
			live[v.Path] = nil
			continue
		}
		text, err := s.cfg.Store.FileText(ctx, harrier.DefaultTenant, v.Digest)
		if err != nil {
			return err
		}
		live[v.Path] = append([]byte{}, text...)
	}
	s.live.Store(&live)
	return nil
}

// Team is the team's files as they are in force at this moment.
func (s *Service) Team() fs.FS { return s.live.Load().Over(s.cfg.Team) }

// Base returns the text that is in force at a path: the team's, else what ships.
func (s *Service) Base(path string) (text []byte, there bool, err error) {
	for _, tree := range []fs.FS{s.Team(), s.cfg.Shipped} {
		text, err = fs.ReadFile(tree, path)
		if err == nil {
			return text, true, nil
		}
		if !errors.Is(err, fs.ErrNotExist) {
			return nil, false, harrier.Errorf(harrier.Unavailable, "read %s: %w", path, err)
		}
	}
	return nil, false, nil
}

// base is the digest of what is in force at a path, empty where nothing is.
func (s *Service) base(path string) (string, error) {
	text, there, err := s.Base(path)
	if !there {
		return "", err
	}
	return DigestOf(text), nil
}

// shipped is the digest of what ships at a path and its text, empty where nothing does.
func (s *Service) shipped(path string) (string, []byte) {
	text, err := fs.ReadFile(s.cfg.Shipped, path)
	if err != nil {
		return "", nil
	}
	return DigestOf(text), text
}

// Own refuses whoever belongs to another tenant than the content.
func Own(by harrier.Principal) error {
	if by.Tenant == harrier.DefaultTenant {
		return nil
	}
	return harrier.Errorf(harrier.Denied, "playbooks and rules belong to the whole installation; only its own people change them")
}

// Propose makes a draft. What checkers say of it comes with it; a draft may have problems.
func (s *Service) Propose(ctx context.Context, by harrier.Principal, p Proposal) (Change, Findings, error) {
	if err := Own(by); err != nil {
		return Change{}, Findings{}, err
	}
	if err := p.check(s.cfg.Kinds); err != nil {
		return Change{}, Findings{}, err
	}
	now := s.now()
	c := Change{
		Tenant: by.Tenant, ID: harrier.NewID[harrier.ChangeID](now), Title: p.Title, Origin: p.Origin, State: Draft,
		Author: by.ID, AuthorName: by.Name, Hands: []harrier.PrincipalID{by.ID}, CreatedAt: now, Rev: 1,
	}
	if err := s.fill(&c, p.Files); err != nil {
		return c, Findings{}, err
	}
	found, err := s.examine(ctx, c)
	if err != nil {
		return c, found, err
	}
	return c, found, s.keep(ctx, by, note{action: "change.propose", change: c}, s.cfg.Store.AddChange)
}

// Edit gives a draft other files, or a rejected change, which is a draft again.
func (s *Service) Edit(ctx context.Context, by harrier.Principal, c Change, p Proposal) (Change, Findings, error) {
	if c.State != Draft && c.State != Rejected {
		return c, Findings{}, harrier.Errorf(harrier.Conflict, "change %s is %s; only a draft is changed: reject it first, or make another", c.ID, c.State)
	}
	if err := p.check(s.cfg.Kinds); err != nil {
		return c, Findings{}, err
	}
	c.State, c.Title, c.SubmittedAt, c.Reviewer, c.ReviewerName, c.ReviewedAt, c.Comment = Draft, p.Title, time.Time{}, nil, "", time.Time{}, ""
	if !slices.Contains(c.Hands, by.ID) {
		c.Hands = append(c.Hands, by.ID)
	}
	if err := s.fill(&c, p.Files); err != nil {
		return c, Findings{}, err
	}
	found, err := s.examine(ctx, c)
	if err != nil {
		return c, found, err
	}
	err = s.keep(ctx, by, note{action: "change.edit", change: c}, s.cfg.Store.UpdateChange)
	c.Rev++
	return c, found, err
}

// fill sets the files of a change, as made from what is in force now.
func (s *Service) fill(c *Change, files []File) error {
	c.Files = nil
	for _, f := range files {
		text, there, err := s.Base(f.Path)
		if err != nil {
			return err
		}
		f.Base, f.BaseText = "", text
		if there {
			f.Base = DigestOf(text)
		}
		if f.Remove {
			if err := s.removable(f.Path); err != nil {
				return err
			}
		}
		if f.Base != f.Digest() {
			c.Files = append(c.Files, f)
		}
	}
	if len(c.Files) == 0 {
		return harrier.Errorf(harrier.Invalid, "nothing would change: the files are in force as they are")
	}
	c.Digest = digest(c.Files)
	return nil
}

// removable refuses to remove what the team does not have.
func (s *Service) removable(path string) error {
	_, err := fs.Stat(s.Team(), path)
	if err == nil {
		return nil
	}
	if digest, _ := s.shipped(path); digest != "" {
		return harrier.Errorf(harrier.Invalid, "%s ships with Harrier and cannot be removed; put a file of your own in its place", path)
	}
	return harrier.Errorf(harrier.NotFound, "there is no file %s to be removed", path)
}

// Change returns a change with its files.
func (s *Service) Change(ctx context.Context, by harrier.Principal, id harrier.ChangeID) (Change, error) {
	return s.cfg.Store.Change(ctx, by.Tenant, id)
}

// Changes lists changes without files, the newest first.
func (s *Service) Changes(ctx context.Context, by harrier.Principal, f Filter, p harrier.Page) ([]Change, string, error) {
	return s.cfg.Store.Changes(ctx, by.Tenant, f, p)
}

// Latest is the number of the version in force, zero where nothing was changed.
func (s *Service) Latest(ctx context.Context) (n int64, err error) {
	versions, err := s.cfg.Store.LiveVersions(ctx, harrier.DefaultTenant)
	for _, v := range versions {
		n = max(n, v.Version)
	}
	return n, err
}

// History lists the versions of a file, the newest first.
func (s *Service) History(ctx context.Context, by harrier.Principal, path string) ([]Version, error) {
	return s.cfg.Store.FileHistory(ctx, by.Tenant, path)
}

// note is what the audit trail says was done.
type note struct {
	action    string
	change    Change
	signature *Signature // in place of a review
}

// keep makes a change of a row durable together with its audit row.
func (s *Service) keep(ctx context.Context, by harrier.Principal, n note, row func(context.Context, harrier.Tx, Change) error) error {
	return s.cfg.Store.Write(ctx, func(tx harrier.Tx) error {
		if err := row(ctx, tx, n.change); err != nil {
			return err
		}
		return s.audit(ctx, tx, by, n)
	})
}

// audit notes what was done. It names files and digests, and quotes nothing.
func (s *Service) audit(ctx context.Context, tx harrier.Tx, by harrier.Principal, n note) error {
	c := n.change
	facts := map[string]any{"digest": c.Digest, "state": c.State, "origin": c.Origin, "files": paths(c.Files)}
	if c.Version > 0 {
		facts["version"] = c.Version
	}
	if c.Alone {
		facts["alone"] = true
	}
	if n.signature != nil {
		facts["signer"], facts["commit"] = n.signature.Fingerprint, n.signature.Commit
	}
	return harrier.Deed{Action: n.action, Target: c.ID.String(), About: facts, At: s.now()}.Record(ctx, tx, s.cfg.Store, by)
}

// paths lists the paths of files.
func paths(files []File) []string {
	all := make([]string, len(files))
	for i, f := range files {
		all[i] = f.Path
	}
	return all
}
