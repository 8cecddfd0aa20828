package store

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"strings"
	"time"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/indicator"
)

var _ indicator.Store = (*Store)(nil)

const indicatorColumns = `tenant_id, type, value, feed, external_id, name, verdict, partial, confidence, reliability, tlp, pap, tags, phases,
link, valid_from, valid_until, first_seen, last_seen, added_at, updated_at, ended_at, ended`

func scanIndicator(r harrier.Rows) (i indicator.Indicator, err error) {
	var tags, phases json.RawMessage
	err = r.Scan(&i.Tenant, &i.Type, &i.Value, &i.Feed, &i.ExternalID, &i.Name, &i.Verdict, &i.Partial, &i.Confidence, &i.Reliability, &i.TLP,
		&i.PAP, &tags, &phases, &i.Link, &i.ValidFrom, &i.ValidUntil, &i.FirstSeen, &i.LastSeen, &i.AddedAt, &i.UpdatedAt, &i.EndedAt, &i.Ended)
	if err != nil {
		return i, err
	}
	for _, field := range []struct {
		text json.RawMessage
		into *[]string
	}{{tags, &i.Tags}, {phases, &i.Phases}} {
		if len(field.text) > 0 {
			if err := json.Unmarshal(field.text, field.into); err != nil {
				return i, harrier.Errorf(harrier.Internal, "indicator %s is stored damaged: %w", i.Value, err)
			}
		}
	}
	return i, nil
}

// textsOf is a list as it is stored; an empty one is NULL.
func textsOf(list []string) (json.RawMessage, error) {
	if len(list) == 0 {
		return nil, nil
	}
	text, err := json.Marshal(list)
	if err != nil {
		return nil, harrier.Errorf(harrier.Internal, "encode a list: %w", err)
	}
	return text, nil
}

// PutIndicators implements [indicator.Indicators]. What is there and says the
// same is not written.
func (s *Store) PutIndicators(ctx context.Context, tx harrier.Tx, all []indicator.Indicator) ([]indicator.Change, error) {
	out := make([]indicator.Change, len(all))
	for n, i := range all {
		var err error
		if out[n], err = putIndicator(ctx, tx, i); err != nil {
			return nil, err
		}
	}
	return out, nil
}

func putIndicator(ctx context.Context, tx harrier.Tx, i indicator.Indicator) (c indicator.Change, err error) {
	const put = `INSERT INTO indicators (` + indicatorColumns + `)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, NULL, '')
ON CONFLICT (tenant_id, type, value, feed) DO UPDATE SET external_id = $5, name = $6, verdict = $7, partial = $8, confidence = $9,
reliability = $10, tlp = $11, pap = $12, tags = $13, phases = $14, link = $15, valid_from = $16, valid_until = $17, first_seen = $18,
last_seen = $19, updated_at = $21, ended_at = NULL, ended = '', added_at = CASE WHEN ended_at IS NULL THEN added_at ELSE $20 END
WHERE ended_at IS NOT NULL OR name <> $6 OR verdict <> $7 OR partial <> $8 OR confidence <> $9 OR reliability <> $10 OR tlp <> $11 OR
pap <> $12 OR tags IS NOT $13 OR link <> $15 OR valid_from IS NOT $16 OR valid_until IS NOT $17 OR first_seen IS NOT $18 OR last_seen IS NOT $19
RETURNING added_at`
	tags, err := textsOf(i.Tags)
	if err != nil {
		return c, err
	}
	phases, err := textsOf(i.Phases)
	if err != nil {
		return c, err
	}
	c.Changed, err = oneIn(ctx, tx, sqlf(put, i.Tenant[:], i.Type, i.Value, i.Feed, i.ExternalID, i.Name, i.Verdict, i.Partial, i.Confidence,
		i.Reliability, i.TLP, i.PAP, tags, phases, i.Link, i.ValidFrom, i.ValidUntil, i.FirstSeen, i.LastSeen, i.AddedAt, i.UpdatedAt), &c.AddedAt)
	c.New = c.Changed && c.AddedAt.Equal(i.AddedAt)
	return c, err
}

// EndIndicator implements [indicator.Indicators].
func (s *Store) EndIndicator(ctx context.Context, tx harrier.Tx, k indicator.Key, at time.Time, why string) (bool, error) {
	const end = `UPDATE indicators SET ended_at = $5, ended = $6, updated_at = $5
WHERE tenant_id = $1 AND type = $2 AND value = $3 AND feed = $4 AND ended_at IS NULL`
	n, err := tx.Exec(ctx, end, k.Tenant[:], k.Type, k.Value, k.Feed, at, why)
	return n > 0, err
}

// liveColumns are those of an indicator that are matched; what only people read
// is left out, because a million are loaded when Harrier starts.
const liveColumns = `tenant_id, type, value, feed, name, verdict, partial, confidence, reliability, tlp, pap, valid_from, valid_until, first_seen,
last_seen, added_at`

func scanLive(r harrier.Rows) (i indicator.Indicator, err error) {
	err = r.Scan(&i.Tenant, &i.Type, &i.Value, &i.Feed, &i.Name, &i.Verdict, &i.Partial, &i.Confidence, &i.Reliability, &i.TLP, &i.PAP,
		&i.ValidFrom, &i.ValidUntil, &i.FirstSeen, &i.LastSeen, &i.AddedAt)
	return i, err
}

// LiveIndicators implements [indicator.Indicators].
func (s *Store) LiveIndicators(ctx context.Context, after indicator.Key, limit int) ([]indicator.Indicator, error) {
	const live = `SELECT ` + liveColumns + ` FROM indicators INDEXED BY indicators_feed
WHERE feed = $1 AND (type, value) > ($2, $3) AND ended_at IS NULL ORDER BY feed, type, value LIMIT $4`
	return list(ctx, s.readers, sqlf(live, after.Feed, after.Type, after.Value, limit), scanLive)
}

// EachIndicator implements [indicator.Indicators]. It reads in parts on a
// connection of its own, so that no snapshot is held for long.
func (s *Store) EachIndicator(ctx context.Context, f func(indicator.Indicator) error) error {
	const part = 20_000
	const some = `SELECT ` + liveColumns + ` FROM indicators WHERE (tenant_id, type, value, feed) > ($1, $2, $3, $4) AND ended_at IS NULL
ORDER BY tenant_id, type, value, feed LIMIT $5`
	c, err := openConn(ctx, s.path, forScanning)
	if err != nil {
		return err
	}
	defer c.close()
	var after indicator.Key
	for n := part; n == part; {
		found, err := c.query(ctx, some, []any{after.Tenant[:], after.Type, after.Value, after.Feed, part})
		if err != nil {
			return fault(err)
		}
		for n = 0; found.Next(); n++ {
			i, err := scanLive(found)
			if err == nil {
				err = f(i)
			}
			if err != nil {
				_ = found.Close()
				return err
			}
			after = i.Key
		}
		if err := found.Err(); err != nil {
			return err
		}
	}
	return nil
}

// Indicators implements [indicator.Indicators].
func (s *Store) Indicators(ctx context.Context, tenant harrier.TenantID, f indicator.Filter, p harrier.Page) ([]indicator.Indicator, string, error) {
	l := newListing(indicatorColumns, "indicators", tenant).
		where("feed = $", f.Feed != 0, f.Feed).
		where("type = $", f.Type != "", f.Type).
		where("value = $", f.Value != "", f.Value)
	if p.Cursor != "" {
		at, err := parseIndicatorCursor(p.Cursor)
		if err != nil {
			return nil, "", err
		}
		l.args = append(l.args, at.Type, at.Value, at.Feed)
		l.text.WriteString(" AND (type, value, feed) > (" + l.param(3) + ", " + l.param(2) + ", " + l.param(1) + ")")
	}
	limit := sizeOf(p)
	l.args = append(l.args, limit+1)
	l.text.WriteString(" ORDER BY type, value, feed LIMIT " + l.param(1))
	rows, err := list(ctx, s.readers, sqlf(l.text.String(), l.args...), scanIndicator)
	if err != nil || len(rows) <= limit {
		return rows, "", err
	}
	rows = rows[:limit]
	return rows, indicatorCursor(rows[limit-1].Key), nil
}

// indicatorCursor is a place in the list of indicators as text.
func indicatorCursor(k indicator.Key) string {
	text, err := json.Marshal([]any{k.Type, k.Value, k.Feed})
	if err != nil {
		return ""
	}
	return base64.RawURLEncoding.EncodeToString(text)
}

func parseIndicatorCursor(text string) (k indicator.Key, err error) {
	wrong := harrier.Errorf(harrier.Invalid, "the cursor %q is none of this list's; leave it out to begin again", text)
	raw, err := base64.RawURLEncoding.DecodeString(text)
	if err != nil {
		return k, wrong
	}
	parts := []any{&k.Type, &k.Value, &k.Feed}
	if err := json.Unmarshal(raw, &parts); err != nil || len(parts) != 3 || strings.TrimSpace(k.Type) == "" {
		return k, wrong
	}
	return k, nil
}
