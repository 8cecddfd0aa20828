package store

import (
	"context"
	"os"

	"github.com/harrier-soar/harrier"
)

// Stats is what doctor tells about the database.
type Stats struct {
	Path          string
	DatabaseBytes int64
	// LogBytes is the length of the write-ahead log's file; it keeps its greatest length.
	LogBytes  int64
	FreePages int64
	// JournalMode is wal and Synchronous is 2 (full) or more where a commit survives a power cut.
	JournalMode   string
	Synchronous   int64
	SchemaVersion int64
	// Ready and Running count runs that want to be dispatched and that are owned;
	// Unsettled counts effects whose outcome is open or unknown; Asked counts
	// questions that people have not decided. They are of all tenants.
	Ready, Running, Unsettled, Asked int64
}

// Durable reports whether a commit survives a power cut, as far as settings can tell.
func (s Stats) Durable() bool { return s.JournalMode == "wal" && s.Synchronous >= 2 }

// Stats measures the database and reads the settings of the writer's own connection.
func (s *Store) Stats(ctx context.Context) (Stats, error) {
	st := Stats{Path: s.path, DatabaseBytes: fileSize(s.path), LogBytes: fileSize(s.path + "-wal")}
	err := s.Write(ctx, func(tx harrier.Tx) error {
		for _, v := range []struct {
			text string
			into any
		}{
			{"PRAGMA journal_mode", &st.JournalMode},
			{"PRAGMA synchronous", &st.Synchronous},
			{"PRAGMA freelist_count", &st.FreePages},
			{"SELECT max(version_id) FROM goose_db_version WHERE is_applied = 1", &st.SchemaVersion},
		} {
			if _, err := oneIn(ctx, tx, sqlf(v.text), v.into); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return st, err
	}
	return st, s.countOpen(ctx, &st)
}

// countOpen counts what partial indexes hold, so that it is quick in a large database.
func (s *Store) countOpen(ctx context.Context, st *Stats) error {
	const text = `SELECT (SELECT count(*) FROM runs WHERE ready_at IS NOT NULL),
(SELECT count(*) FROM runs WHERE status = 'running'),
(SELECT count(*) FROM intents WHERE state IN ('intent', 'unknown')),
(SELECT count(*) FROM approvals WHERE status = 'pending')`
	_, err := s.readers.one(ctx, sqlf(text), &st.Ready, &st.Running, &st.Unsettled, &st.Asked)
	return err
}

// Check lets SQLite look through the whole database and returns what is wrong
// with it. It takes as long as reading the file does, on a connection of its own.
func (s *Store) Check(ctx context.Context) ([]string, error) {
	c, err := openConn(ctx, s.path, forReading)
	if err != nil {
		return nil, err
	}
	defer c.close()
	found, err := c.query(ctx, "PRAGMA quick_check", nil)
	if err != nil {
		return nil, fault(err)
	}
	defer func() { _ = found.Close() }()
	var problems []string
	for found.Next() {
		var line string
		if err := found.Scan(&line); err != nil {
			return nil, err
		}
		if line != "ok" {
			problems = append(problems, line)
		}
	}
	return problems, found.Err()
}

func fileSize(path string) int64 {
	info, err := os.Stat(path)
	if err != nil {
		return 0
	}
	return info.Size()
}
