package app

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/organisation"
)

func TestOpen_refusesAnOrganisationThatIsWrong(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, organisation.FileName), []byte("harrier: 1\nown_domain: [corp.example]\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	_, err := Open(t.Context(), Options{Dir: dir})
	if harrier.KindOf(err) != harrier.Invalid || !strings.Contains(err.Error(), "organisation.yaml:2:1") || !strings.Contains(err.Error(), "own_domains") {
		t.Errorf("got %v, want what is wrong, where, and the fix", err)
	}
}

func TestLookups_gradeASourceAsTheOrganisationSays(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, organisation.FileName), []byte("harrier: 1\nreliability: {mine: D}\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	o := newOffice(t, Options{Dir: dir})
	l := &lookups{app: o.App}
	for _, tc := range []struct{ connection, product, provider, reliability string }{
		{"mine", "virustotal", "virustotal", "D"},
		{"virustotal", "virustotal", "virustotal", "B"},
		{"hunting", "urlhaus", "abuse.ch", "B"},
		{"files", "opnsense", "opnsense", "F"},
	} {
		provider, reliability := l.standing(tc.connection, tc.product)
		if provider != tc.provider || reliability != tc.reliability {
			t.Errorf("connection %s of %s: %s, %s; want %s, %s", tc.connection, tc.product, provider, reliability, tc.provider, tc.reliability)
		}
	}
}
