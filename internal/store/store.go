package store

import (
	"context"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"github.com/harrier-soar/harrier"
)

// Config says where the store is and what it may use.
type Config struct {
	// Dir is the data directory. It is made, with mode 0700, where it does not exist.
	Dir string
	// Log receives what an operator should know. Nil discards it.
	Log *slog.Logger
	// Now tells the time. Nil means the system's clock.
	Now func() time.Time
	// Hit is called at the failpoints store.before_commit and
	// store.after_commit, on the writer's goroutine. Nil means none.
	Hit func(name string)
}

const databaseFile = "harrier.db"

// DatabaseFile is the database of a data directory.
func DatabaseFile(dir string) string { return filepath.Join(dir, databaseFile) }

// Store is an open database. It is safe for concurrent use.
type Store struct {
	path    string
	log     *slog.Logger
	now     func() time.Time
	lock    *dirLock
	writer  *writer
	readers *readPool
	// searchers serve lists that people ask for, so that they never wait in the way
	// of work.
	searchers *readPool
	check     *checkpointer
	cancel    context.CancelFunc
	tasks     sync.WaitGroup
	once      sync.Once
	closed    error
	// wording is held by whoever reads words.
	wording sync.Mutex
	appends [eventsAtOnce + 1]string
	said    *sayings
	// connections are asked for by every call of a playbook.
	connections kept[connectionKey, harrier.Connection]
	// hooks are the programs that hear of changes.
	hooks hooks
}

// Open locks the data directory, brings the schema up to date and starts the
// writer. A directory that another process holds is Conflict.
func Open(ctx context.Context, c Config) (*Store, error) {
	if c.Dir == "" {
		return nil, harrier.Errorf(harrier.Invalid, "no data directory is given; name one")
	}
	if err := os.MkdirAll(c.Dir, 0o700); err != nil {
		return nil, harrier.Errorf(harrier.Invalid, "data directory %s cannot be made: %w", c.Dir, err)
	}
	lock, err := lockDir(c.Dir)
	if err != nil {
		return nil, err
	}
	s, err := open(ctx, c.withDefaults(), lock)
	if err != nil {
		lock.release()
		return nil, err
	}
	return s, nil
}

func (c Config) withDefaults() Config {
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Hit == nil {
		c.Hit = func(string) {}
	}
	return c
}

// open opens the database in a directory that is locked.
func open(ctx context.Context, c Config, lock *dirLock) (_ *Store, err error) {
	path := filepath.Join(c.Dir, databaseFile)
	if err := createPrivate(path); err != nil {
		return nil, err
	}
	if err := migrate(ctx, path, c.Log); err != nil {
		return nil, err
	}
	s := &Store{path: path, log: c.Log, now: c.Now, lock: lock, appends: appendTexts(), said: newSayings()}
	var opened []func()
	defer func() {
		for _, shut := range slices.Backward(opened) {
			if err != nil {
				shut()
			}
		}
	}()
	if s.readers, err = openReaders(ctx, path, readConns); err != nil {
		return nil, err
	}
	opened = append(opened, s.readers.close)
	if s.searchers, err = openReaders(ctx, path, searchConns); err != nil {
		return nil, err
	}
	opened = append(opened, s.searchers.close)
	if s.writer, err = openWriter(ctx, path, c); err != nil {
		return nil, err
	}
	opened = append(opened, s.writer.conn.close)
	if s.check, err = openCheckpointer(ctx, path, s.writer); err != nil {
		return nil, err
	}
	opened = append(opened, s.check.conn.close)
	if err := s.hooks.load(ctx, s.readers); err != nil {
		return nil, err
	}
	background, cancel := context.WithCancel(context.WithoutCancel(ctx))
	s.cancel = cancel
	s.tasks.Go(s.writer.run)
	s.tasks.Go(func() { s.check.run(background) })
	return s, nil
}

// createPrivate makes the database file before SQLite does, so that it and
// the files beside it, which take its mode, are the owner's alone.
func createPrivate(path string) error {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return harrier.Errorf(harrier.Unavailable, "database %s cannot be opened: %w", path, err)
	}
	defer func() { _ = f.Close() }()
	if err := f.Chmod(0o600); err != nil {
		return harrier.Errorf(harrier.Unavailable, "database %s cannot be made private: %w", path, err)
	}
	return nil
}

// Write runs change in a transaction and returns when it is durable; see the
// port's contract. A panic in change is Internal, a failed commit Unavailable.
// A change that calls Write waits for itself for ever.
func (s *Store) Write(ctx context.Context, change func(harrier.Tx) error) error {
	return s.writer.write(ctx, noting(ctx, change))
}

// Close finishes what was accepted, writes the log back into the database and
// releases the directory. Later calls are Unavailable.
func (s *Store) Close() error {
	s.once.Do(func() {
		s.writer.stop()
		s.cancel()
		s.tasks.Wait()
		s.readers.close()
		s.searchers.close()
		s.closed = s.check.finish()
		s.writer.conn.close()
		s.lock.release()
	})
	return s.closed
}
