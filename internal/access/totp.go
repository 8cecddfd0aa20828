package access

import (
	"context"
	"crypto/subtle"
	"strings"
	"time"

	"github.com/harrier-soar/harrier"
	"github.com/pquerna/otp"
	"github.com/pquerna/otp/totp"
)

// The seeds of second factors are in the vault, under the account's id.
const (
	seedField    = "totp"
	pendingField = "totp-pending"
	codePeriod   = 30 // seconds, which every authenticator knows
)

func seedName(a Account) string { return "account/" + a.ID.String() }

// Seed is a second factor that is to be set up.
type Seed struct {
	// URI is what authenticators read, as a text or a QR code; Secret is the
	// part of it that people type.
	URI, Secret harrier.Secret
}

// BeginSecondFactor makes a seed. It counts once a code of it was given; see
// [Service.ConfirmSecondFactor].
func (s *Service) BeginSecondFactor(ctx context.Context, by harrier.Principal) (Seed, error) {
	_, a, err := s.own(ctx, by)
	if err != nil {
		return Seed{}, err
	}
	made, err := totp.Generate(totp.GenerateOpts{Issuer: "Harrier", AccountName: a.Name, Period: codePeriod, SecretSize: 20})
	if err != nil {
		return Seed{}, harrier.Errorf(harrier.Internal, "make a seed: %w", err)
	}
	seed := Seed{URI: harrier.NewSecret(made.URL()), Secret: harrier.NewSecret(made.Secret())}
	return seed, s.vault.Put(ctx, a.Tenant, seedName(a), pendingField, seed.Secret)
}

// ConfirmSecondFactor sets the second factor up whose seed was made before. From
// now on its codes are asked for, and one's other sessions end.
func (s *Service) ConfirmSecondFactor(ctx context.Context, by harrier.Principal, code string) error {
	_, a, err := s.own(ctx, by)
	if err != nil {
		return err
	}
	trial, err := s.attempts.begin(s.now(), key{"second factor " + a.ID.String(), freeAttempts})
	if err != nil {
		return err
	}
	seed, err := s.vault.Reveal(ctx, a.Tenant, seedName(a), pendingField)
	if harrier.KindOf(err) == harrier.NotFound {
		return harrier.Errorf(harrier.Conflict, "no second factor is being set up; begin anew")
	}
	if err != nil {
		return err
	}
	step, ok := s.stepOf(seed, code)
	if !ok {
		return harrier.Errorf(harrier.Invalid, "this is not the code of now; see that the clock of the device is right")
	}
	trial.succeed()
	if err := s.vault.Put(ctx, a.Tenant, seedName(a), seedField, seed); err != nil {
		return err
	}
	a.SecondFactor = true
	err = s.store.Write(ctx, func(tx harrier.Tx) error {
		if err := s.store.UpdateAccount(ctx, tx, a); err != nil {
			return err
		}
		if _, err := s.store.UseCode(ctx, tx, a, step); err != nil {
			return err
		}
		if err := s.store.EndSessions(ctx, tx, Whose{Tenant: a.Tenant, Principal: a.ID, But: by.Session}); err != nil {
			return err
		}
		return s.audit(ctx, tx, by, record{"account.second_factor", a.ID.String(), map[string]any{"on": true}})
	})
	if err != nil {
		return err
	}
	return s.vault.Delete(ctx, a.Tenant, seedName(a), pendingField)
}

// RemoveSecondFactor takes one's own second factor off.
func (s *Service) RemoveSecondFactor(ctx context.Context, by harrier.Principal) error {
	_, a, err := s.own(ctx, by)
	if err != nil || !a.SecondFactor {
		return err
	}
	a.SecondFactor = false
	err = s.store.Write(ctx, func(tx harrier.Tx) error {
		if err := s.store.UpdateAccount(ctx, tx, a); err != nil {
			return err
		}
		return s.audit(ctx, tx, by, record{"account.second_factor", a.ID.String(), map[string]any{"on": false}})
	})
	if err != nil {
		return err
	}
	return s.vault.Delete(ctx, a.Tenant, seedName(a), seedField)
}

// checkCode reports whether a code is right and was not used before.
func (s *Service) checkCode(ctx context.Context, a Account, code string) (ok bool, err error) {
	seed, err := s.vault.Reveal(ctx, a.Tenant, seedName(a), seedField)
	if err != nil {
		return false, err
	}
	step, ok := s.stepOf(seed, code)
	if !ok {
		return false, nil
	}
	err = s.store.Write(ctx, func(tx harrier.Tx) error {
		ok, err = s.store.UseCode(ctx, tx, a, step)
		return err
	})
	return ok, err
}

// stepOf returns the step of a code: that of now, the one before or the next.
func (s *Service) stepOf(seed harrier.Secret, code string) (step int64, ok bool) {
	code = strings.ReplaceAll(strings.TrimSpace(code), " ", "")
	now := s.now().Unix() / codePeriod
	for _, n := range []int64{now - 1, now, now + 1} {
		want, err := totp.GenerateCodeCustom(seed.Reveal(), time.Unix(n*codePeriod, 0), totp.ValidateOpts{Period: codePeriod, Digits: otp.DigitsSix, Algorithm: otp.AlgorithmSHA1})
		if err == nil && subtle.ConstantTimeCompare([]byte(want), []byte(code)) == 1 {
			step, ok = n, true
		}
	}
	return step, ok
}
