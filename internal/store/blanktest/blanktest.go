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
	name := store.DatabaseFile(dir)
	if _, err := os.Stat(name); err == nil {
		return
	}
	text, err := database()
	if err == nil {
		err = os.WriteFile(name, text, 0o600)
	}
	if err != nil {
		tb.Fatal(err)
	}
}

// database is a blank database, made once for all tests of a package.
var database = sync.OnceValues(func() (text []byte, err error) {
	dir, err := os.MkdirTemp("", "blank")
	if err != nil {
		return nil, err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	s, err := store.Open(context.Background(), store.Config{Dir: dir})
	if err != nil {
		return nil, err
	}
	if err := s.Close(); err != nil {
		return nil, err
	}
	return os.ReadFile(store.DatabaseFile(dir))
})
