package access

import (
	"context"
	"slices"
	"time"

	"github.com/harrier-soar/harrier"
)

// lacks reports whether the person of an account needs a second factor and has
// none. Whoever logs in by a provider alone proves it there.
func (s *Service) lacks(a Account) bool {
	return a.Kind == Person && a.Password != "" && !a.SecondFactor && !a.Passkeys &&
		slices.ContainsFunc(a.Roles, func(r string) bool { return slices.Contains(s.demand, r) })
}

// due is until when the person of an account has to set a second factor up; zero
// where nothing is missing, or it was not said yet.
func (s *Service) due(a Account) time.Time {
	if !s.lacks(a) {
		return time.Time{}
	}
	return a.FactorDue
}

// dueIn is due of somebody who logs in, which is when the time begins. It never
// begins anew, so that nobody gains any by taking a factor off again.
func (s *Service) dueIn(ctx context.Context, tx harrier.Tx, a Account) (time.Time, error) {
	if !s.lacks(a) || !a.FactorDue.IsZero() {
		return s.due(a), nil
	}
	a.FactorDue = s.now().Add(s.limits.Factor)
	return a.FactorDue, s.store.SetFactorDue(ctx, tx, a)
}

// FactorNeeded is the error of somebody who should have a second factor by now.
type FactorNeeded struct{}

// Error implements [error].
func (FactorNeeded) Error() string {
	return "your role needs a second factor for this, and you have none; add a passkey: open /passkeys of this server in a browser; or set codes up: POST /v1/second-factor"
}

// Unwrap gives the error its kind.
func (f FactorNeeded) Unwrap() error { return &harrier.Error{Kind: harrier.Denied, Text: f.Error()} }

// Proven says why a principal cannot do what is dangerous: it has not proved a
// moment ago who it is, which why tells, or should have a second factor by now.
func Proven(p harrier.Principal, now time.Time, why string) error {
	switch {
	case !Fresh(p, now):
		return StepUp{Why: why}
	case !p.FactorDue.IsZero() && !now.Before(p.FactorDue):
		return FactorNeeded{}
	}
	return nil
}

// keyed returns the account of somebody who used a passkey of theirs, or the
// reason why they are refused. Accounts that others keep come by their provider,
// which says with every log-in what they may do.
func (s *Service) keyed(ctx context.Context, tx harrier.Tx, v Vouched) (Account, string, error) {
	a, err := s.store.AccountIn(ctx, tx, v.Tenant, v.Account)
	if harrier.KindOf(err) == harrier.NotFound {
		return a, "unknown", nil
	}
	if err != nil {
		return a, "", err
	}
	lives, err := s.store.PasskeyLives(ctx, tx, a, v.Passkey)
	switch {
	case err != nil:
		return a, "", err
	case !lives:
		return a, "removed", nil
	case a.Disabled():
		return a, "disabled", nil
	case a.Kind != Person || a.Origin != "":
		return a, "kept_elsewhere", nil
	}
	return a, "", nil
}
