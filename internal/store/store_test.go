package store_test

import (
	"testing"

	"github.com/harrier-soar/harrier/internal/store"
	"github.com/harrier-soar/harrier/internal/store/blanktest"
	"github.com/harrier-soar/harrier/internal/store/storetest"
)

func openStore(t *testing.T) *store.Store {
	t.Helper()
	s, err := store.Open(t.Context(), store.Config{Dir: blanktest.Dir(t)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

func TestStore_meetsTheClaimsOfEveryStore(t *testing.T) {
	t.Parallel()
	storetest.Run(t, func(t *testing.T) storetest.Stores { return openStore(t) })
}

func TestStore_meetsTheClaimsOfTheServices(t *testing.T) {
	t.Parallel()
	storetest.RunServices(t, func(t *testing.T) storetest.Services { return openStore(t) })
}
