package store

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"sync"
	"time"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/audit"
)

// sayings keeps what rows of the audit trail only name.
type sayings struct {
	words *audit.Words

	mu    sync.Mutex           // guards known
	known map[saying]time.Time // what is stored, and when a row last named it
}

type saying struct {
	tenant harrier.TenantID
	code   audit.Code
}

const (
	// maxKnown bounds what is remembered to be stored.
	maxKnown = 8192
	// sayingAge is how exactly is kept when a word was last named.
	sayingAge = 24 * time.Hour
)

// newSayings codes with a key of this process, until [Store.KeyAudit] brings the
// one that lasts.
func newSayings() *sayings {
	key := make([]byte, 32)
	_, _ = rand.Read(key) // never fails
	return &sayings{words: audit.NewWords(key), known: map[saying]time.Time{}}
}

// KeyAudit says by what key the words of audit rows are coded from now on. It
// comes before the first row of a process.
func (s *Store) KeyAudit(key []byte) { s.said.words = audit.NewWords(key) }

// keep stores the words of a row, in its transaction.
func (k *sayings) keep(ctx context.Context, tx harrier.Tx, e harrier.AuditEntry, words []audit.Word) error {
	const text = `INSERT INTO said (tenant_id, code, text, last_at) VALUES ($1, $2, $3, $4)
ON CONFLICT (tenant_id, code) DO UPDATE SET last_at = excluded.last_at WHERE excluded.last_at > last_at`
	for _, w := range words {
		s := saying{e.Tenant, w.Code}
		if k.fresh(s, e.At) {
			continue
		}
		if _, err := tx.Exec(ctx, text, e.Tenant[:], w.Code[:], w.Text, e.At); err != nil {
			return err
		}
		tx.OnCommit(func() { k.note(s, e.At) })
	}
	return nil
}

func (k *sayings) fresh(s saying, at time.Time) bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	last, ok := k.known[s]
	return ok && at.Sub(last) < sayingAge
}

func (k *sayings) note(s saying, at time.Time) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if len(k.known) >= maxKnown {
		clear(k.known)
	}
	k.known[s] = at
}

// forget is called where words were removed.
func (k *sayings) forget() {
	k.mu.Lock()
	defer k.mu.Unlock()
	clear(k.known)
}

// spoken puts back into rows what is still known of their words.
func (s *Store) spoken(ctx context.Context, tenant harrier.TenantID, rows []harrier.AuditEntry) ([]harrier.AuditEntry, error) {
	var codes []string
	for _, e := range rows {
		for _, c := range audit.Codes(e) {
			codes = append(codes, hex.EncodeToString(c[:]))
		}
	}
	if len(codes) == 0 {
		return rows, nil
	}
	const text = `SELECT code, text FROM said WHERE tenant_id = $1 AND code IN (SELECT unhex(value) FROM json_each($2))`
	found, err := list(ctx, s.readers, sqlf(text, tenant[:], listText(codes)), func(r harrier.Rows) (w audit.Word, err error) {
		var code []byte
		err = r.Scan(&code, &w.Text)
		copy(w.Code[:], code)
		return w, err
	})
	if err != nil {
		return nil, err
	}
	words := make(map[audit.Code]string, len(found))
	for _, w := range found {
		words[w.Code] = w.Text
	}
	for i := range rows {
		rows[i] = s.said.words.Put(rows[i], words)
	}
	return rows, nil
}

// pruneSaid removes words that only removed rows named.
func (s *Store) pruneSaid(ctx context.Context, tx harrier.Tx, tenant harrier.TenantID, before time.Time) error {
	n, err := tx.Exec(ctx, `DELETE FROM said WHERE tenant_id = $1 AND last_at < $2`, tenant[:], before.Add(-sayingAge))
	if n > 0 {
		tx.OnCommit(s.said.forget)
	}
	return err
}

// CodeOf is the code of a word of a tenant, as text.
func (s *Store) CodeOf(tenant harrier.TenantID, text string) string {
	return s.said.words.Code(tenant, text).String()
}
