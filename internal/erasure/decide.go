package erasure

import (
	"context"
	"strings"

	"github.com/harrier-soar/harrier"
)

// Ask asks that a person's data is erased. What is held is refused.
func (s *Service) Ask(ctx context.Context, by harrier.Principal, subject []string, reason string) (e Erasure, err error) {
	if subject, err = Identifiers(subject); err != nil {
		return e, err
	}
	if reason = strings.TrimSpace(reason); reason == "" || len(reason) > 1000 {
		return e, harrier.Errorf(harrier.Invalid, "reason: say why it is erased, such as the request's number, in up to 1000 bytes")
	}
	now := s.now()
	e = Erasure{
		Tenant: by.Tenant, ID: harrier.NewID[harrier.ErasureID](now), State: Asked, Subject: subject, Reason: reason,
		AskedBy: by.Self(), AskedName: by.Name, AskedAt: now,
	}
	for _, id := range subject {
		e.Codes = append(e.Codes, s.cfg.Code(by.Tenant, strings.ToLower(Value(id))))
	}
	err = s.cfg.Rows.Write(ctx, func(tx harrier.Tx) error {
		if err := s.free(ctx, tx, e); err != nil {
			return err
		}
		if err := s.cfg.Rows.AddErasure(ctx, tx, e); err != nil {
			return err
		}
		return s.record(ctx, tx, by, e, "erasure.ask")
	})
	return e, err
}

// free is Denied where something about the person is held.
func (s *Service) free(ctx context.Context, tx harrier.Tx, e Erasure) error {
	why, err := s.cfg.Tables.HeldSubject(ctx, tx, e.Tenant, e.Subject)
	if err == nil && why != "" {
		err = harrier.Errorf(harrier.Denied, "nothing is erased while it is held: %s; lift the hold first", why)
	}
	return err
}

// Decide agrees to an erasure, or does not, as a second person where there is one.
func (s *Service) Decide(ctx context.Context, by harrier.Principal, id harrier.ErasureID, agree bool) (e Erasure, err error) {
	others := true
	if s.cfg.Others != nil {
		if others, err = s.cfg.Others(ctx, by.Tenant, []harrier.PrincipalID{by.Self()}); err != nil {
			return e, err
		}
	}
	err = s.cfg.Rows.Write(ctx, func(tx harrier.Tx) (err error) {
		if e, err = s.cfg.Rows.ErasureIn(ctx, tx, by.Tenant, id); err != nil {
			return err
		}
		switch {
		case e.State != Asked:
			return harrier.Errorf(harrier.Conflict, "erasure %s was decided already; it is %s", id, e.State)
		case agree && others && by.Self() == e.AskedBy:
			return harrier.Errorf(harrier.Denied, "you have asked for this erasure; a second person agrees to it")
		}
		if agree {
			if err := s.free(ctx, tx, e); err != nil {
				return err
			}
		}
		now := s.now()
		e.DecidedBy, e.DecidedName, e.DecidedAt, e.State = by.Self(), by.Name, now, Denied
		action := "erasure.deny"
		if agree {
			e.State, e.Due, action = Running, now, "erasure.approve"
			tx.OnCommit(s.Look)
		} else {
			e = s.forget(e)
			e.EndedAt = now
		}
		if err := s.cfg.Rows.UpdateErasure(ctx, tx, e); err != nil {
			return err
		}
		return s.record(ctx, tx, by, e, action)
	})
	return e, err
}

// forget drops who it was about.
func (s *Service) forget(e Erasure) Erasure {
	e.Reason = string(s.finder(e).Erase([]byte(e.Reason)))
	e.Subject = nil
	return e
}

// List lists the erasures of a tenant, the newest first.
func (s *Service) List(ctx context.Context, tenant harrier.TenantID) ([]Erasure, error) {
	return s.cfg.Rows.Erasures(ctx, tenant)
}

// Get returns one.
func (s *Service) Get(ctx context.Context, tenant harrier.TenantID, id harrier.ErasureID) (Erasure, error) {
	return s.cfg.Rows.Erasure(ctx, tenant, id)
}

// record writes an audit row: numbers and codes.
func (s *Service) record(ctx context.Context, tx harrier.Tx, by harrier.Principal, e Erasure, action string) error {
	facts := map[string]any{"state": e.State, "identifiers": len(e.Codes)}
	if action == "erasure.certificate" {
		facts["rows"], facts["files"], facts["kept"], facts["sha256"] = e.Rows, e.Files, e.Kept, e.Digest
	}
	return harrier.Deed{Action: action, Target: e.ID.String(), About: facts, At: s.now()}.Record(ctx, tx, s.cfg.Rows, by)
}
