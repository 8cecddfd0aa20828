package passkey

import (
	"context"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/access"
)

// List lists the passkeys of an account: one's own where key is empty. Those of
// others are NotFound without the right to manage accounts.
func (s *Service) List(ctx context.Context, by harrier.Principal, key string) ([]Passkey, error) {
	of, err := s.cfg.People.Owner(ctx, by, key)
	if err != nil {
		return nil, err
	}
	return s.cfg.Store.Passkeys(ctx, by.Tenant, of)
}

// find returns a passkey that somebody may change: their own, or one of somebody
// whose account they may change.
func (s *Service) find(ctx context.Context, by harrier.Principal, id harrier.PasskeyID) (Passkey, error) {
	k, ok, err := s.cfg.Store.Passkey(ctx, by.Tenant, id)
	switch {
	case err != nil:
		return k, err
	case !ok, k.Account != by.ID && !by.May(harrier.AccountsManage):
		return k, errNone(id)
	case k.Account == by.ID:
		return k, nil
	}
	a, err := s.cfg.People.Find(ctx, by, k.Account.String())
	if err != nil || len(a.Roles) == 0 {
		return k, err
	}
	return k, access.MayGive(by, a.Roles)
}

func errNone(id harrier.PasskeyID) error {
	return harrier.Errorf(harrier.NotFound, "passkey %s does not exist", id)
}

// Rename calls a passkey something else.
func (s *Service) Rename(ctx context.Context, by harrier.Principal, id harrier.PasskeyID, name string) (Passkey, error) {
	k, err := s.find(ctx, by, id)
	if err != nil {
		return k, err
	}
	if name, err = named(name, k); err != nil {
		return k, err
	}
	err = s.cfg.Store.Write(ctx, func(tx harrier.Tx) error {
		now, ok, err := s.cfg.Store.PasskeyIn(ctx, tx, k)
		if err != nil {
			return err
		}
		if !ok {
			return errNone(id)
		}
		k, k.Name = now, name
		if err := s.cfg.Store.UpdatePasskey(ctx, tx, k); err != nil {
			return err
		}
		return s.audit(ctx, tx, by, record{"passkey.rename", k})
	})
	return k, err
}

// Remove removes a passkey, and ends the log-ins of its account but the one that
// asks.
func (s *Service) Remove(ctx context.Context, by harrier.Principal, id harrier.PasskeyID) error {
	k, err := s.find(ctx, by, id)
	if err != nil {
		return err
	}
	w := access.Whose{Tenant: k.Tenant, Principal: k.Account}
	if k.Account == by.ID {
		w.But = by.Session
	}
	return s.cfg.Store.Write(ctx, func(tx harrier.Tx) error {
		if err := s.cfg.Store.RemovePasskey(ctx, tx, k); err != nil {
			return err
		}
		if err := s.cfg.People.EndOthers(ctx, tx, w); err != nil {
			return err
		}
		return s.audit(ctx, tx, by, record{"passkey.remove", k})
	})
}
