package harrier_test

import (
	"testing"

	"github.com/harrier-soar/harrier"
)

func TestSuggest_findsWhatWasMeant(t *testing.T) {
	t.Parallel()
	candidates := []string{"timeout", "retry", "on_error", "uses", "with"}
	for word, want := range map[string]string{"timout": "timeout", "retrys": "retry", "use": "uses", "wihth": "with", "onerror": "on_error", "completely": "", "": ""} {
		if got := harrier.Suggest(word, candidates); got != want {
			t.Errorf("%q: got %q, want %q", word, got, want)
		}
	}
}
