package store

import (
	"context"
	"time"

	"github.com/harrier-soar/harrier"
)

// OnceKey is whose Idempotency-Key, and which.
type OnceKey struct {
	Tenant    harrier.TenantID
	Principal harrier.PrincipalID
	Key       string
}

// Once is what was done under a key.
type Once struct {
	OnceKey
	// Print tells requests apart.
	Print []byte
	// Status is 0 where it was done and the answer never kept.
	Status int
	Answer []byte
	At     time.Time
}

// Once returns what was done under a key; ok is false where nothing was.
func (s *Store) Once(ctx context.Context, k OnceKey) (o Once, ok bool, err error) {
	const text = `SELECT print, status, answer, at FROM idempotency WHERE tenant_id = $1 AND principal_id = $2 AND key = $3`
	o.OnceKey = k
	ok, err = s.readers.one(ctx, sqlf(text, k.Tenant[:], k.Principal[:], k.Key), &o.Print, &o.Status, &o.Answer, &o.At)
	return o, ok, err
}

// KeepOnce keeps what was answered under a key.
func (s *Store) KeepOnce(ctx context.Context, o Once) error {
	const text = `UPDATE idempotency SET status = $4, answer = $5 WHERE tenant_id = $1 AND principal_id = $2 AND key = $3`
	return s.Write(ctx, func(tx harrier.Tx) error {
		_, err := tx.Exec(ctx, text, o.Tenant[:], o.Principal[:], o.Key, o.Status, o.Answer)
		return err
	})
}

// ForgetOnce forgets keys that were used before a time, up to a limit, and tells
// how many those were.
func (s *Store) ForgetOnce(ctx context.Context, tx harrier.Tx, before time.Time, limit int) (int64, error) {
	const text = `DELETE FROM idempotency WHERE rowid IN (SELECT rowid FROM idempotency WHERE at < $1 LIMIT $2)`
	return tx.Exec(ctx, text, before, limit)
}

type onceContext struct{}

// WithOnce returns a context in which every change also notes, in its own
// transaction, that something was done under a key: what was done and that it
// was done are one.
func WithOnce(ctx context.Context, o Once) context.Context {
	return context.WithValue(ctx, onceContext{}, o)
}

// noting is a change that notes the key of its context, if there is one.
func noting(ctx context.Context, change func(harrier.Tx) error) func(harrier.Tx) error {
	o, ok := ctx.Value(onceContext{}).(Once)
	if !ok {
		return change
	}
	const text = `INSERT INTO idempotency (tenant_id, principal_id, key, print, status, at) VALUES ($1, $2, $3, $4, 0, $5)
ON CONFLICT (tenant_id, principal_id, key) DO NOTHING`
	return func(tx harrier.Tx) error {
		if err := change(tx); err != nil {
			return err
		}
		_, err := tx.Exec(ctx, text, o.Tenant[:], o.Principal[:], o.Key, o.Print, o.At)
		return err
	}
}
