package store

import (
	"context"
	"encoding/json"
	"time"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/mute"
)

var _ mute.Store = (*Store)(nil)

const muteColumns = `tenant_id, id, verb, fields, calendar, starts_at, ends_at, owner, reason, created_by, created_by_name,
created_at, ended_at, ended_by, renewed, hits, overruled, last_hit, rev`

func scanMute(r harrier.Rows) (m mute.Mute, err error) {
	var match, window json.RawMessage
	err = r.Scan(&m.Tenant, &m.ID, &m.Verb, &match, &window, &m.Start, &m.End, &m.Owner, &m.Reason, &m.CreatedBy, &m.CreatedByName,
		&m.CreatedAt, &m.EndedAt, &m.EndedBy, &m.Renewed, &m.Hits, &m.Overruled, &m.LastHit, &m.Rev)
	if err != nil {
		return m, err
	}
	if err := json.Unmarshal(match, &m.Match); err != nil {
		return m, harrier.Errorf(harrier.Internal, "read what mute %s matches: %w", m.ID, err)
	}
	if window != nil {
		m.Window = &mute.Window{}
		if err := json.Unmarshal(window, m.Window); err != nil {
			return m, harrier.Errorf(harrier.Internal, "read the window of mute %s: %w", m.ID, err)
		}
	}
	return m, nil
}

// AddMute implements [mute.Rows].
func (s *Store) AddMute(ctx context.Context, tx harrier.Tx, m mute.Mute) error {
	const text = `INSERT INTO mutes (` + muteColumns + `)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, 1)`
	match, err := json.Marshal(m.Match)
	if err != nil {
		return harrier.Errorf(harrier.Internal, "encode what mute %s matches: %w", m.ID, err)
	}
	var window json.RawMessage
	if m.Window != nil {
		if window, err = json.Marshal(m.Window); err != nil {
			return harrier.Errorf(harrier.Internal, "encode the window of mute %s: %w", m.ID, err)
		}
	}
	_, err = tx.Exec(ctx, text, m.Tenant[:], m.ID[:], string(m.Verb), string(match), window, m.Start, m.End, m.Owner, m.Reason,
		m.CreatedBy[:], m.CreatedByName, m.CreatedAt, m.EndedAt, m.EndedBy, m.Renewed, m.Hits, m.Overruled, m.LastHit)
	if duplicate(err) {
		return harrier.Errorf(harrier.Conflict, "mute %s exists already", m.ID)
	}
	return err
}

// UpdateMute implements [mute.Rows]. Only the end of a mute may change: what
// it matches, and why, is what people looked at.
func (s *Store) UpdateMute(ctx context.Context, tx harrier.Tx, m mute.Mute) error {
	const text = `UPDATE mutes SET ends_at = $4, ended_at = $5, ended_by = $6, renewed = $7, rev = rev + 1
WHERE tenant_id = $1 AND id = $2 AND rev = $3`
	n, err := tx.Exec(ctx, text, m.Tenant[:], m.ID[:], m.Rev, m.End, m.EndedAt, m.EndedBy, m.Renewed)
	if err != nil || n == 1 {
		return err
	}
	return changed(ctx, tx, sqlf(`SELECT 1 FROM mutes WHERE tenant_id = $1 AND id = $2`, m.Tenant[:], m.ID[:]), errNoMute(m.ID))
}

// CountMutes implements [mute.Rows]. Counting is no change that anybody has to
// look at again, so the rev stays.
func (s *Store) CountMutes(ctx context.Context, tx harrier.Tx, hits []mute.Hits) error {
	const text = `UPDATE mutes SET hits = hits + $3, overruled = overruled + $4, last_hit = nullif(max(coalesce(last_hit, 0), coalesce($5, 0)), 0)
WHERE tenant_id = $1 AND id = $2`
	for _, h := range hits {
		if _, err := tx.Exec(ctx, text, h.Tenant[:], h.Mute[:], h.Count, h.Overruled, h.Last); err != nil {
			return err
		}
	}
	return nil
}

// Mute implements [mute.Rows].
func (s *Store) Mute(ctx context.Context, tenant harrier.TenantID, id harrier.MuteID) (mute.Mute, error) {
	m, ok, err := first(ctx, s.readers, sqlf(`SELECT `+muteColumns+` FROM mutes WHERE tenant_id = $1 AND id = $2`, tenant[:], id[:]), scanMute)
	if err == nil && !ok {
		err = errNoMute(id)
	}
	return m, err
}

// Mutes implements [mute.Rows].
func (s *Store) Mutes(ctx context.Context, tenant harrier.TenantID, f mute.Filter, p harrier.Page) ([]mute.Mute, string, error) {
	now := micros(f.Now)
	l := newListing(muteColumns, "mutes", tenant).
		where("verb = $", f.Verb != "", f.Verb).
		where("owner = $", f.Owner != "", f.Owner).
		where("(ended_at IS NULL AND starts_at > $)", f.State == mute.StatePending, now).
		where("(ended_at IS NULL AND starts_at <= $ AND ends_at > $)", f.State == mute.StateActive, now).
		where("(ended_at IS NOT NULL AND $ > 0)", f.State == mute.StateEnded, now).
		where("(ended_at IS NULL AND ends_at <= $)", f.State == mute.StateExpired, now)
	if err := l.newest("created_at", p); err != nil {
		return nil, "", err
	}
	return page(ctx, s.readers, l, scanMute, func(m mute.Mute) place { return at(m.CreatedAt, m.ID) })
}

// MutesAfter implements [mute.Rows].
func (s *Store) MutesAfter(ctx context.Context, end time.Time) ([]mute.Mute, error) {
	return list(ctx, s.readers, sqlf(`SELECT `+muteColumns+` FROM mutes WHERE ends_at > $1 ORDER BY id`, end), scanMute)
}

func errNoMute(id harrier.MuteID) error {
	return harrier.Errorf(harrier.NotFound, "mute %s does not exist", id)
}
