package app

import (
	"context"
	"crypto/aes"
	"crypto/cipher"
	"encoding/base64"
	"encoding/binary"
	"iter"
	"time"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/api"
	"github.com/harrier-soar/harrier/internal/store"
)

// happenings tells the API what happens.
type happenings struct{ *App }

var _ api.Stream = happenings{}

// WatchAll implements [api.Stream].
func (h happenings) WatchAll(ctx context.Context, by harrier.Principal, nouns []string, place string) (iter.Seq2[api.Happening, error], error) {
	key, err := h.places(ctx, by.Tenant)
	if err != nil {
		return nil, err
	}
	from := store.Happened{Tenant: by.Tenant, Viewer: by.ID, Nouns: nouns}
	if place == "" {
		from.After, err = h.store.HappenedLast(ctx)
	} else {
		from.After, err = key.open(place)
	}
	if err != nil {
		return nil, err
	}
	return func(yield func(api.Happening, error) bool) {
		err := h.follow(ctx, key, from, func(v store.Happening) bool { return yield(key.happening(v), nil) })
		if err == nil {
			return
		}
		if ctx.Err() != nil {
			err = context.Cause(ctx) // whatever the end did to a read under way
		}
		yield(api.Happening{}, err)
	}, nil
}

// follow reads what happens until ctx is done, or tell wants no more.
func (h happenings) follow(ctx context.Context, key placeKey, from store.Happened, tell func(store.Happening) bool) error {
	ticker := time.NewTicker(watchEvery)
	defer ticker.Stop()
	for looked := false; ; {
		if !looked { // at first, and after each full read: whoever reads too slowly falls behind
			lost, err := h.store.HappenedLost(ctx, from.Tenant, from.After)
			if err != nil {
				return err
			}
			if lost {
				last, err := h.store.HappenedLast(ctx)
				if err != nil {
					return err
				}
				return &api.LostError{Place: key.seal(last)}
			}
		}
		found, last, err := h.store.Happened(ctx, from)
		if err != nil {
			return err
		}
		for _, v := range found {
			if !tell(v) {
				return nil
			}
		}
		if looked = last == from.After; !looked {
			from.After = last
			continue
		}
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-ticker.C:
		}
	}
}

// placeKey makes of places what tells nobody how much happens to others.
type placeKey struct{ block cipher.Block }

// places is the key of a tenant.
func (h happenings) places(ctx context.Context, tenant harrier.TenantID) (placeKey, error) {
	key, err := h.vault.DataKey(ctx, tenant, "stream")
	if err != nil {
		return placeKey{}, err
	}
	block, err := aes.NewCipher(key)
	return placeKey{block}, err
}

// seal is a place as text.
func (k placeKey) seal(seq int64) string {
	b := binary.BigEndian.AppendUint64(make([]byte, 0, aes.BlockSize), uint64(seq))
	b = b[:aes.BlockSize]
	k.block.Encrypt(b, b)
	return base64.RawURLEncoding.EncodeToString(b)
}

// open reads a place. Half of it is known, so that others are told from ours.
func (k placeKey) open(text string) (int64, error) {
	b, err := base64.RawURLEncoding.DecodeString(text)
	if err == nil && len(b) == aes.BlockSize {
		k.block.Decrypt(b, b)
		if binary.BigEndian.Uint64(b[8:]) == 0 {
			return int64(binary.BigEndian.Uint64(b)), nil
		}
	}
	return 0, harrier.Errorf(harrier.Invalid, "Last-Event-ID %q is none of this stream's; send the id of the last event that you got, or none", text)
}

// happening is a row as the API shows it.
func (k placeKey) happening(v store.Happening) api.Happening {
	out := api.Happening{Noun: v.Noun, Kind: v.Kind, Number: v.Number, Title: v.Title, Status: v.Status, Severity: v.Severity, Rev: v.Rev, At: v.At, Place: k.seal(v.Seq)}
	switch v.Noun {
	case "alerts":
		out.ID = harrier.AlertID(v.Thing).String()
	case "cases":
		out.ID = harrier.CaseID(v.Thing).String()
	case "notifications":
		out.ID = harrier.NotificationID(v.Thing).String()
	}
	return out
}
