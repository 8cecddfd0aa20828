package store_test

import (
	"testing"

	"github.com/harrier-soar/harrier/internal/store/storetest"
)

func TestStore_meetsTheClaimsOfWhatKeepsNoiseFromPeople(t *testing.T) {
	t.Parallel()
	storetest.RunNoise(t, func(t *testing.T) storetest.Noise { return openStore(t) })
	storetest.RunReviews(t, func(t *testing.T) storetest.Reviewing { return openStore(t) })
}
