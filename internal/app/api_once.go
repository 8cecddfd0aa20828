package app

import (
	"bytes"
	"context"
	"crypto/cipher"
	"encoding/json"
	"time"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/api"
	"github.com/harrier-soar/harrier/internal/store"
)

// remembering keeps what was done under Idempotency-Keys. Answers may hold
// secrets that are shown once, so that they are sealed with the tenant's key.
type remembering struct{ *App }

var _ api.Once = remembering{}

// onceFor is how long an answer is kept.
const onceFor = 24 * time.Hour

func storedKey(by harrier.Principal, k api.OnceKey) store.OnceKey {
	return store.OnceKey{Tenant: by.Tenant, Principal: by.ID, Key: k.Key}
}

// Earlier implements [api.Once].
func (r remembering) Earlier(ctx context.Context, by harrier.Principal, k api.OnceKey) (api.Earlier, error) {
	was, ok, err := r.store.Once(ctx, storedKey(by, k))
	if err != nil || !ok || r.opt.Now().Sub(was.At) > 2*onceFor {
		return api.Earlier{}, err
	}
	e := api.Earlier{Done: true, Same: bytes.Equal(was.Print, k.Print[:])}
	if !e.Same || was.Status == 0 {
		return e, nil
	}
	text, err := r.unsealed(ctx, by.Tenant, was.Answer)
	if err == nil {
		err = json.Unmarshal(text, &e.Answer)
	}
	e.Answer.Status = was.Status
	return e, err
}

// Under implements [api.Once].
func (r remembering) Under(ctx context.Context, by harrier.Principal, k api.OnceKey) context.Context {
	return store.WithOnce(ctx, store.Once{OnceKey: storedKey(by, k), Print: k.Print[:], At: r.opt.Now()})
}

// Keep implements [api.Once].
func (r remembering) Keep(ctx context.Context, by harrier.Principal, k api.OnceKey, a api.Answered) error {
	text, err := json.Marshal(a)
	if err != nil {
		return err
	}
	sealed, err := r.sealed(ctx, by.Tenant, text)
	if err != nil {
		return err
	}
	return r.store.KeepOnce(ctx, store.Once{OnceKey: storedKey(by, k), Status: a.Status, Answer: sealed})
}

// box seals a tenant's kept answers.
func (r remembering) box(ctx context.Context, tenant harrier.TenantID) (cipher.AEAD, error) {
	return r.vault.Box(ctx, tenant, "idempotency")
}

func (r remembering) sealed(ctx context.Context, tenant harrier.TenantID, text []byte) ([]byte, error) {
	box, err := r.box(ctx, tenant)
	if err != nil {
		return nil, err
	}
	return box.Seal(nil, nil, text, tenant[:]), nil
}

func (r remembering) unsealed(ctx context.Context, tenant harrier.TenantID, text []byte) ([]byte, error) {
	box, err := r.box(ctx, tenant)
	if err != nil {
		return nil, err
	}
	return box.Open(nil, nil, text, tenant[:])
}
