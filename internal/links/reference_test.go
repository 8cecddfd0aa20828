package links_test

import (
	"strings"
	"testing"

	"github.com/harrier-soar/harrier/internal/links"
)

func ignore(string, string) {}

// PRV-03: what is kept of a link is of no use to whoever reads it.
func TestReferences_areLinksOnlyForWhomTheyWereMade(t *testing.T) {
	t.Parallel()
	r := links.NewReferences([]byte("0123456789abcdef0123456789abcdef"))
	ref, token := r.New("run_a")
	kept := "Open https://h.example" + links.Path + ref + " now"
	if strings.Contains(kept, token) {
		t.Fatalf("%q holds what the link carries", kept)
	}
	if got, want := r.Resolve("run_a", kept, ignore), "Open https://h.example"+links.Path+token+" now"; got != want {
		t.Errorf("its own run sends %q; want %q", got, want)
	}
	if got := r.Resolve("run_b", kept, ignore); strings.Contains(got, token) {
		t.Errorf("another run gets the link: %q", got)
	}
	other := links.NewReferences([]byte("another key of thirty-two bytes."))
	if got := other.Resolve("run_a", kept, ignore); strings.Contains(got, token) {
		t.Errorf("another key makes the same link: %q", got)
	}
}
