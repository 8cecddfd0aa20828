package store

import (
	"context"
	"encoding/json"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/pull"
	"github.com/harrier-soar/harrier/internal/watch"
)

// Watched returns what is known of a source's feed; zero where nothing is.
func (s *Store) Watched(ctx context.Context, tenant harrier.TenantID, source harrier.SourceID) (watch.Feed, error) {
	f := watch.Feed{Tenant: tenant, Source: source, Open: map[watch.Kind]watch.Episode{}}
	const state = `SELECT state, updated_at FROM feed_states WHERE tenant_id = $1 AND source_id = $2`
	_, _, err := first(ctx, s.readers, sqlf(state, tenant[:], source[:]), func(r harrier.Rows) (watch.State, error) {
		var text json.RawMessage
		if err := r.Scan(&text, &f.At); err != nil {
			return f.State, err
		}
		if json.Unmarshal(text, &f.State) != nil {
			f.State = watch.State{} // what a newer version wrote is learned anew
		}
		return f.State, nil
	})
	if err != nil {
		return f, err
	}
	open, err := s.episodes(ctx, sqlf(`SELECT `+episodeColumns+` FROM feed_episodes WHERE tenant_id = $1 AND source_id = $2 AND closed_at IS NULL`, tenant[:], source[:]))
	for _, e := range open {
		f.Open[e.Kind] = e
	}
	if err != nil {
		return f, err
	}
	const poll = `SELECT polled_at, answered_at, failures, empties, error FROM feed_cursors WHERE tenant_id = $1 AND source_id = $2`
	_, _, err = first(ctx, s.readers, sqlf(poll, tenant[:], source[:]), func(r harrier.Rows) (watch.Poll, error) {
		return f.Poll, r.Scan(&f.Poll.At, &f.Poll.Answered, &f.Poll.Failures, &f.Poll.Empties, &f.Poll.Error)
	})
	return f, err
}

const episodeColumns = `tenant_id, source_id, kind, opened_at, closed_at, detail`

func (s *Store) episodes(ctx context.Context, q statementText) ([]watch.Episode, error) {
	return list(ctx, s.readers, q, func(r harrier.Rows) (e watch.Episode, err error) {
		err = r.Scan(&e.Tenant, &e.Source, &e.Kind, &e.OpenedAt, &e.ClosedAt, &e.Detail)
		return e, err
	})
}

// OpenEpisodes returns what is wrong with the feeds of a tenant now.
func (s *Store) OpenEpisodes(ctx context.Context, tenant harrier.TenantID) ([]watch.Episode, error) {
	return s.episodes(ctx, sqlf(`SELECT `+episodeColumns+` FROM feed_episodes WHERE tenant_id = $1 AND closed_at IS NULL ORDER BY source_id, kind`, tenant[:]))
}

// PutWatched keeps what is known of a source's feed.
func (s *Store) PutWatched(ctx context.Context, tx harrier.Tx, f watch.Feed) error {
	const text = `INSERT INTO feed_states (tenant_id, source_id, state, updated_at) VALUES ($1, $2, $3, $4)
ON CONFLICT (tenant_id, source_id) DO UPDATE SET state = excluded.state, updated_at = excluded.updated_at`
	state, err := json.Marshal(f.State)
	if err != nil {
		return harrier.Errorf(harrier.Internal, "encode the state of a feed: %w", err)
	}
	_, err = tx.Exec(ctx, text, f.Tenant[:], f.Source[:], string(state), f.At)
	return err
}

// PutEpisode adds an episode, or ends it.
func (s *Store) PutEpisode(ctx context.Context, tx harrier.Tx, e watch.Episode) error {
	const text = `INSERT INTO feed_episodes (` + episodeColumns + `) VALUES ($1, $2, $3, $4, $5, $6)
ON CONFLICT (tenant_id, source_id, kind, opened_at) DO UPDATE SET closed_at = excluded.closed_at`
	_, err := tx.Exec(ctx, text, e.Tenant[:], e.Source[:], string(e.Kind), e.OpenedAt, e.ClosedAt, e.Detail)
	return err
}

// Position returns how far a source was read; zero where it was not.
func (s *Store) Position(ctx context.Context, tenant harrier.TenantID, source harrier.SourceID) (pull.Position, error) {
	const text = `SELECT cursor, reached_at, polled_at, answered_at, failures, empties, error FROM feed_cursors WHERE tenant_id = $1 AND source_id = $2`
	p, _, err := first(ctx, s.readers, sqlf(text, tenant[:], source[:]), func(r harrier.Rows) (p pull.Position, err error) {
		var cursor json.RawMessage
		if err = r.Scan(&cursor, &p.Reached, &p.PolledAt, &p.AnsweredAt, &p.Failures, &p.Empties, &p.Error); err != nil {
			return p, err
		}
		if json.Unmarshal(cursor, &p.Window) != nil {
			p.Window = pull.Window{} // what a newer version wrote is asked for anew
		}
		return p, nil
	})
	p.Tenant, p.Source = tenant, source
	return p, err
}

// PutPosition keeps how far a source was read.
func (s *Store) PutPosition(ctx context.Context, tx harrier.Tx, p pull.Position) error {
	const text = `INSERT INTO feed_cursors (tenant_id, source_id, cursor, reached_at, polled_at, answered_at, failures, empties, error)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT (tenant_id, source_id) DO UPDATE SET cursor = excluded.cursor, reached_at = excluded.reached_at,
polled_at = excluded.polled_at, answered_at = excluded.answered_at, failures = excluded.failures, empties = excluded.empties, error = excluded.error`
	window, err := json.Marshal(p.Window)
	if err != nil {
		return harrier.Errorf(harrier.Internal, "encode a window: %w", err)
	}
	_, err = tx.Exec(ctx, text, p.Tenant[:], p.Source[:], string(window), p.Reached, p.PolledAt, p.AnsweredAt, p.Failures, p.Empties, p.Error)
	return err
}

// EventsAfter returns up to limit events of a tenant after an id, in the order
// of their commits, with the bytes of those of a source alone.
func (s *Store) EventsAfter(ctx context.Context, of pull.Position, after harrier.EventID, limit int) ([]harrier.RawEvent, error) {
	const text = `SELECT tenant_id, id, source_id, received_at, content, meta, CASE WHEN source_id = $2 THEN body ELSE x'' END, lane, backfill
FROM inbox WHERE tenant_id = $1 AND id > $3 ORDER BY id LIMIT $4`
	return list(ctx, s.readers, sqlf(text, of.Tenant[:], of.Source[:], after[:], limit), func(r harrier.Rows) (e harrier.RawEvent, err error) {
		err = r.Scan(&e.Tenant, &e.ID, &e.Source, &e.Received, &e.Content, &e.Meta, &e.Body, &e.Lane, &e.Backfill)
		return e, err
	})
}
