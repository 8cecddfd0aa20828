package store

import (
	"context"
	"database/sql"
	"embed"
	"log/slog"
	"path"
	"time"

	"github.com/pressly/goose/v3"

	"github.com/harrier-soar/harrier"
)

//go:embed migrations/sqlite/*.sql
var migrations embed.FS

// migrate brings the schema up to date. A database that a newer Harrier
// changed is Conflict: this one would not know what it holds.
func migrate(ctx context.Context, path string, log *slog.Logger) error {
	connector, err := newConnector(path, forMigrating)
	if err != nil {
		return err
	}
	db := sql.OpenDB(connector)
	defer func() { _ = db.Close() }()
	db.SetMaxOpenConns(1)
	steps, err := readMigrations()
	if err != nil {
		return harrier.Errorf(harrier.Internal, "migrations are not embedded: %w", err)
	}
	provider, err := goose.NewProvider(goose.DialectSQLite3, db, nil, goose.WithDisableGlobalRegistry(true), goose.WithGoMigrations(steps...))
	if err != nil {
		return harrier.Errorf(harrier.Internal, "migrations cannot be read: %w", err)
	}
	if err := refuseNewer(ctx, provider); err != nil {
		return err
	}
	began := time.Now()
	done, err := provider.Up(ctx)
	if err != nil {
		return harrier.Errorf(harrier.Unavailable, "database %s cannot be brought up to date: %w", path, err)
	}
	if n := len(done); n > 0 {
		log.InfoContext(ctx, "database migrated", "version", done[n-1].Source.Version, "migrations", n, "duration", time.Since(began))
	}
	return nil
}

// readMigrations returns the migrations, each a whole text for SQLite, which knows
// itself where a statement ends: goose would take it apart twice, and keep 4 MB for each time.
func readMigrations() ([]*goose.Migration, error) {
	const dir = "migrations/sqlite"
	files, err := migrations.ReadDir(dir)
	if err != nil {
		return nil, err
	}
	steps := make([]*goose.Migration, len(files))
	for i, f := range files {
		version, err := goose.NumericComponent(f.Name())
		if err != nil {
			return nil, err
		}
		text, err := migrations.ReadFile(path.Join(dir, f.Name()))
		if err != nil {
			return nil, err
		}
		steps[i] = goose.NewGoMigration(version, &goose.GoFunc{RunTx: func(ctx context.Context, tx *sql.Tx) error {
			_, err := tx.ExecContext(ctx, string(text))
			return err
		}}, nil)
	}
	return steps, nil
}

func refuseNewer(ctx context.Context, provider *goose.Provider) error {
	current, target, err := provider.GetVersions(ctx)
	if err != nil {
		return harrier.Errorf(harrier.Unavailable, "the version of the database cannot be read: %w", err)
	}
	if current > target {
		return harrier.Errorf(harrier.Conflict,
			"the database has version %d and this Harrier knows %d; start the newer Harrier that made it", current, target)
	}
	return nil
}
