package links

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"time"

	"github.com/harrier-soar/harrier"
)

// Link is what somebody may do once. What it carries is not part of it.
type Link struct {
	Tenant harrier.TenantID
	// Purpose names who shows it and does it; Subject is what it is about, and
	// Seen the state of that when the link was made.
	Purpose, Subject, Seen string
	// Principal is whose it is; zero where the person is none, and is known by
	// Person alone.
	Principal harrier.PrincipalID
	Person    string
	// Over is by what it was sent.
	Over                         string
	CreatedAt, ExpiresAt, UsedAt time.Time
}

// Hash is how a link is found.
type Hash [sha256.Size]byte

// HashOf is the hash of what a link carries.
func HashOf(token string) Hash { return sha256.Sum256([]byte(token)) }

// Store keeps links.
type Store interface {
	// AddLink adds a link.
	AddLink(ctx context.Context, tx harrier.Tx, h Hash, l Link) error
	// Link returns a link, used or expired or not; NotFound where there is none.
	Link(ctx context.Context, h Hash) (Link, error)
	// UseLink uses a link up. One that was used, or has expired, is Conflict.
	UseLink(ctx context.Context, tx harrier.Tx, h Hash, now time.Time) error
}

// Issue makes a link in a change and returns what it carries, which is nowhere else.
func Issue(ctx context.Context, s Store, tx harrier.Tx, l Link) (token string, err error) {
	if l.Purpose == "" || l.Subject == "" || l.Person == "" || !l.ExpiresAt.After(l.CreatedAt) {
		return "", harrier.Errorf(harrier.Internal, "a link needs a purpose, a subject, a person and an end")
	}
	var random [32]byte
	_, _ = rand.Read(random[:]) // never fails
	token = base64.RawURLEncoding.EncodeToString(random[:])
	return token, s.AddLink(ctx, tx, HashOf(token), l)
}

// usable says why a link cannot be used any more.
func usable(l Link, now time.Time) error {
	switch {
	case !l.UsedAt.IsZero():
		return harrier.Errorf(harrier.Conflict, "this link was used at %s; it works once", l.UsedAt.Format(time.RFC3339))
	case !now.Before(l.ExpiresAt):
		return harrier.Errorf(harrier.Conflict, "this link ended at %s", l.ExpiresAt.Format(time.RFC3339))
	}
	return nil
}
