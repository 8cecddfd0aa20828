package api

import (
	"context"

	"github.com/harrier-soar/harrier"
)

// Answered is an answer that was kept under an Idempotency-Key.
type Answered struct {
	Status int               `json:"-"`
	Head   map[string]string `json:"head,omitempty"`
	Body   []byte            `json:"body,omitempty"`
}

// Earlier is what is known of an Idempotency-Key.
type Earlier struct {
	// Done tells that something was done under it, and Same that it was the same request.
	Done, Same bool
	// Answer is what was answered; its status is 0 where a crash came between.
	Answer Answered
}

// OnceKey is an Idempotency-Key with what tells its request from others.
type OnceKey struct {
	Key   string
	Print [32]byte
}

// Once remembers what was done under Idempotency-Keys, each key of one principal.
type Once interface {
	// Earlier says what was done under a key.
	Earlier(ctx context.Context, by harrier.Principal, k OnceKey) (Earlier, error)
	// Under returns a context whose changes are noted under a key, in their own transactions.
	Under(ctx context.Context, by harrier.Principal, k OnceKey) context.Context
	// Keep keeps what was answered, for at least 24 hours. It is nothing where
	// nothing was done.
	Keep(ctx context.Context, by harrier.Principal, k OnceKey, a Answered) error
}
