package erasure

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"slices"
	"time"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/rounds"
)

// again is after what time an erasure looks again at what it had to leave.
const again = time.Hour

// Look makes Run look at once.
func (s *Service) Look() { rounds.Nudge(s.nudge) }

// Run erases what was agreed to, until ctx ends.
func (s *Service) Run(ctx context.Context) {
	rounds.Until(ctx, s.nudge, func(ctx context.Context) time.Duration {
		if err := s.Pass(ctx); err != nil && ctx.Err() == nil {
			s.cfg.Log.ErrorContext(ctx, "erase", "err", err)
			return time.Minute
		}
		return again / 4
	})
}

// Pass goes on with every erasure that is due.
func (s *Service) Pass(ctx context.Context) error {
	s.one.Lock()
	defer s.one.Unlock()
	list, err := s.cfg.Rows.Erasures(ctx, harrier.TenantID{})
	errs := []error{err}
	for _, e := range list {
		if e.State == Running || e.State == Waiting && !s.now().Before(e.Due) {
			errs = append(errs, s.erase(ctx, e))
		}
	}
	return errors.Join(append(errs, s.finish(ctx, false))...)
}

// Start ends what needs that nobody else uses the database: an erasure whose
// rebuilding was left for a start.
func (s *Service) Start(ctx context.Context) error { return s.finish(ctx, true) }

// erase makes one pass over all that is kept. A kill makes it begin its table again.
func (s *Service) erase(ctx context.Context, e Erasure) error {
	if e.State == Waiting {
		e.State, e.Table, e.Kept = Running, "", 0
	}
	f := s.finder(e)
	tables, err := s.cfg.Tables.ErasureTables(ctx)
	if err != nil {
		return err
	}
	if e.Table == "" {
		if e, err = s.files(ctx, e, f); err != nil {
			return err
		}
	}
	for _, name := range tables[max(0, slices.Index(tables, e.Table)):] {
		if e, err = s.table(ctx, e, f, name); err != nil || e.State == Waiting {
			return err
		}
	}
	e.Table = ""
	if e.Kept > 0 {
		e.State, e.Why, e.Due = Waiting, "something is held, or a run or a containment about them is still at work", s.now().Add(again)
		return s.store(ctx, e)
	}
	e.State, e.Why = Rebuild, ""
	return s.store(ctx, s.forget(e))
}

func (s *Service) store(ctx context.Context, e Erasure) error {
	return s.cfg.Rows.Write(ctx, func(tx harrier.Tx) error { return s.cfg.Rows.UpdateErasure(ctx, tx, e) })
}

// table erases from one table.
func (s *Service) table(ctx context.Context, e Erasure, f *Finder, name string) (Erasure, error) {
	e.Table = name
	for b := (Batch{Tenant: e.Tenant, Table: name}); ; {
		var err error
		if b, err = s.cfg.Tables.FindRows(ctx, f, b); err != nil {
			return e, err
		}
		if len(b.Keys) > 0 {
			if e, err = s.overwrite(ctx, e, f, b); err != nil || e.State == Waiting {
				return e, err
			}
		}
		if b.After == nil {
			return e, nil
		}
	}
}

// overwrite erases a batch, counts it, and looks at holds, in one change.
func (s *Service) overwrite(ctx context.Context, e Erasure, f *Finder, b Batch) (Erasure, error) {
	next := e
	err := s.cfg.Rows.Write(ctx, func(tx harrier.Tx) error {
		next = e
		held, err := s.cfg.Tables.HeldSubject(ctx, tx, e.Tenant, e.Subject)
		if err != nil {
			return err
		}
		if held != "" {
			next.State, next.Why, next.Due = Waiting, held, s.now().Add(again)
			return s.cfg.Rows.UpdateErasure(ctx, tx, next)
		}
		b.Digest = e.Digest
		done, err := s.cfg.Tables.EraseRows(ctx, tx, f, b)
		if err != nil {
			return err
		}
		next.Rows, next.Kept, next.Digest = e.Rows+done.Rows, e.Kept+done.Kept, done.Digest
		return s.cfg.Rows.UpdateErasure(ctx, tx, next)
	})
	return next, err
}

// files removes the files that name the person.
func (s *Service) files(ctx context.Context, e Erasure, f *Finder) (Erasure, error) {
	for after := (harrier.EvidenceID{}); ; {
		list, err := s.cfg.Files.FilesOf(ctx, e.Tenant, values(e.Subject), after)
		if err != nil || len(list) == 0 {
			return e, err
		}
		for _, file := range list {
			after = file.ID
			found := file.About
			if !found {
				if found, err = s.cfg.Files.Names(ctx, e.Tenant, file.SHA256, f); err != nil {
					return e, err
				}
			}
			if found {
				if e, err = s.remove(ctx, e, file); err != nil {
					return e, err
				}
			}
		}
	}
}

func (s *Service) remove(ctx context.Context, e Erasure, file File) (Erasure, error) {
	next := e
	err := s.cfg.Rows.Write(ctx, func(tx harrier.Tx) error {
		next = e
		held, err := s.cfg.Tables.HeldSubject(ctx, tx, e.Tenant, e.Subject)
		if err != nil {
			return err
		}
		kept := held != ""
		if !kept {
			if kept, err = s.cfg.Files.RemoveFile(ctx, tx, e.Tenant, file.ID); err != nil {
				return err
			}
		}
		if kept {
			next.Kept++
			return nil
		}
		sum := sha256.Sum256([]byte(e.Digest + file.ID.String()))
		next.Files, next.Digest = e.Files+1, hex.EncodeToString(sum[:])
		return s.cfg.Rows.UpdateErasure(ctx, tx, next)
	})
	return next, err
}

// finish rebuilds the database once for all that is overwritten, and certifies it.
func (s *Service) finish(ctx context.Context, atAnySize bool) error {
	list, err := s.cfg.Rows.Erasures(ctx, harrier.TenantID{})
	list = slices.DeleteFunc(list, func(e Erasure) bool { return e.State != Rebuild })
	if err != nil || len(list) == 0 {
		return err
	}
	large, err := s.cfg.Tables.Rebuild(ctx, atAnySize)
	if err != nil || large {
		return err
	}
	for _, e := range list {
		e.State, e.EndedAt = Done, s.now()
		by := harrier.Principal{ID: harrier.SystemPrincipal, Tenant: e.Tenant, Name: "system"}
		if err := s.cfg.Rows.Write(ctx, func(tx harrier.Tx) error {
			if err := s.cfg.Rows.UpdateErasure(ctx, tx, e); err != nil {
				return err
			}
			return s.record(ctx, tx, by, e, "erasure.certificate")
		}); err != nil {
			return err
		}
	}
	return nil
}
