package store

import (
	"context"
	"encoding/json"

	"github.com/harrier-soar/harrier"
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
