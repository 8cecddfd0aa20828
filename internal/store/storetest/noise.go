package storetest

import (
	"testing"

	"github.com/harrier-soar/harrier/internal/engine"
	"github.com/harrier-soar/harrier/internal/mute"
)

// Noise is what keeping noise from people needs of a store.
type Noise interface {
	engine.Journal
	mute.Rows
}

// RunNoise proves every claim about the stores of what keeps noise from
// people, each on a fresh store.
func RunNoise(t *testing.T, open func(*testing.T) Noise) {
	prove(t, open, []claim[Noise]{
		{"Mutes change their end only, by rev, and are listed for their tenant (I12)", mutesChange},
		{"Hits of mutes add up and change nothing else", mutesCount},
	})
}
