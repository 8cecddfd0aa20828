// Package blanktest gives tests data directories in which nothing has happened and
// whose database has its tables: making them anew costs more than most tests of
// what is kept in them. That they can be made is claimed beside package store.
package blanktest

import (
	"context"
	"os"
	"sync"
	"testing"

	"github.com/harrier-soar/harrier/internal/store"
)

// Dir returns a data directory for one test alone.
func Dir(tb testing.TB) string {
	tb.Helper()
	dir := tb.TempDir()
	Fill(tb, dir)
	return dir
}

// Fill puts a blank database into a data directory that has none.
func Fill(tb testing.TB, dir string) {
	tb.Helper()
	if err := Put(dir); err != nil {
		tb.Fatal(err)
	}
}

// Put is Fill where no test is at hand.
func Put(dir string) error {
	name := store.DatabaseFile(dir)
	if _, err := os.Stat(name); err == nil {
		return nil
	}
	text, err := database()
	if err != nil {
		return err
	}
	return os.WriteFile(name, text, 0o600)
}

// database is a blank database, made once for all tests of a package.
var database = sync.OnceValues(func() (text []byte, err error) {
	dir, err := os.MkdirTemp("", "blank")
	if err != nil {
		return nil, err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	s, err := store.Open(context.Background(), store.Config{Dir: dir}) //nolint:forbidigo // it is of no test, but of all
	if err != nil {
		return nil, err
	}
	if err := s.Close(); err != nil {
		return nil, err
	}
	return os.ReadFile(store.DatabaseFile(dir))
})
