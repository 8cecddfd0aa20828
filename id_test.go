package harrier_test

import (
	"testing"
	"time"

	"github.com/harrier-soar/harrier"
)

func TestID_textRoundTrips(t *testing.T) {
	t.Parallel()
	now := time.Now()
	last := ""
	for range 1000 {
		id := harrier.NewID[harrier.RunID](now)
		text := id.String()
		if text <= last {
			t.Fatalf("ids do not increase: %s after %s", text, last)
		}
		last = text
		back, err := harrier.ParseID[harrier.RunID](text)
		if err != nil || back != id {
			t.Fatalf("ParseID(%s) = %v, %v; want %v", text, back, err, id)
		}
	}
}

func TestParseID_refusesAnotherKindAndBadText(t *testing.T) {
	t.Parallel()
	id := harrier.NewID[harrier.CaseID](time.Now()).String()
	for _, text := range []string{id, "", "run_", "run_" + id, "run_!!!!!!!!!!!!!!!!!!!!!!!!!!", "run_zzzzzzzzzzzzzzzzzzzzzzzzzz"} {
		if _, err := harrier.ParseID[harrier.RunID](text); harrier.KindOf(err) != harrier.Invalid {
			t.Errorf("ParseID(%q) = %v; want an invalid error", text, err)
		}
	}
}

func TestDeriveID_isStableAndTellsSeedsApart(t *testing.T) {
	t.Parallel()
	a, b := harrier.DeriveID[harrier.RunID]("a", "bc"), harrier.DeriveID[harrier.RunID]("ab", "c")
	if a == b || a != harrier.DeriveID[harrier.RunID]("a", "bc") {
		t.Errorf("DeriveID gave %v and %v", a, b)
	}
}
