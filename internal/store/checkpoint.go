package store

import (
	"context"
	"log/slog"
	"time"
)

const (
	// pageSize is SQLite's default, which its log frames hold.
	pageSize = 4096
	// checkpointAt is how much of the log starts a checkpoint. The same pages
	// are written again and again, so a longer log costs less.
	checkpointAt = 32 << 20
	// checkpointAlarm is the size that somebody should hear of: something keeps
	// the log from restarting.
	checkpointAlarm = 256 << 20
	// checkpointEvery is how often the size is looked at while commits go on.
	checkpointEvery = 50 * time.Millisecond
	// alarmEvery is how often a lasting alarm is repeated.
	alarmEvery = time.Minute
)

// checkpointer moves the write-ahead log into the database beside the writer.
type checkpointer struct {
	conn    *conn
	writer  *writer
	log     *slog.Logger
	alarmed time.Time
}

// wal is how long the write-ahead log is and how much of it is in the database.
type wal struct{ bytes, copied int64 }

func openCheckpointer(ctx context.Context, path string, w *writer) (*checkpointer, error) {
	c, err := openConn(ctx, path, forCheckpoints)
	if err != nil {
		return nil, err
	}
	return &checkpointer{conn: c, writer: w, log: w.log}, nil
}

// run looks at the log after commits until ctx ends.
func (c *checkpointer) run(ctx context.Context) {
	tick := time.NewTicker(checkpointEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-c.writer.commits:
		}
		if err := c.look(context.WithoutCancel(ctx)); err != nil {
			c.log.ErrorContext(ctx, "a checkpoint failed", "err", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// look makes a checkpoint where the log is long enough: the bulk while the
// writer goes on, then the rest while it pauses, so that its next transaction
// begins the log anew instead of making it longer for ever.
func (c *checkpointer) look(ctx context.Context) error {
	size, err := c.pragma(ctx, "PRAGMA wal_checkpoint(NOOP)")
	if err != nil {
		return err
	}
	c.alarm(size)
	if size.bytes-size.copied < checkpointAt {
		return nil
	}
	if _, err := c.pragma(ctx, "PRAGMA wal_checkpoint(PASSIVE)"); err != nil {
		return err
	}
	c.writer.gate.Lock()
	defer c.writer.gate.Unlock()
	_, err = c.pragma(ctx, "PRAGMA wal_checkpoint(RESTART)")
	return err
}

func (c *checkpointer) alarm(size wal) {
	if size.bytes < checkpointAlarm || time.Since(c.alarmed) < alarmEvery {
		return
	}
	c.alarmed = time.Now()
	c.log.Warn("the write-ahead log does not shrink; look for a long read or a slow disk", "bytes", size.bytes)
}

// pragma runs a checkpoint of some kind and returns the state of the log.
func (c *checkpointer) pragma(ctx context.Context, text string) (wal, error) {
	found, err := c.conn.query(ctx, text, nil)
	if err != nil {
		return wal{}, fault(err)
	}
	defer func() { _ = found.Close() }()
	var busy, frames, copied int64
	if found.Next() {
		err = found.Scan(&busy, &frames, &copied)
	}
	if err != nil {
		return wal{}, err
	}
	return wal{bytes: frames * pageSize, copied: copied * pageSize}, found.Err()
}

// finish empties the log at the end, when nobody else uses the database.
func (c *checkpointer) finish() error {
	ctx := context.Background() //nolint:forbidigo // closing has none
	_, err := c.pragma(ctx, "PRAGMA wal_checkpoint(TRUNCATE)")
	c.conn.close()
	return err
}
