package store

import (
	"math"
	"strings"
	"testing"
	"time"

	"github.com/harrier-soar/harrier"
)

func FuzzParseCursor(f *testing.F) {
	for _, p := range []place{{}, {1, [16]byte{1}}, {-1, [16]byte{15: 255}}, {math.MaxInt64, [16]byte{}}, {math.MinInt64, [16]byte{}}} {
		f.Add(p.cursor())
	}
	f.Add("")
	f.Add("nonsense")
	f.Add(strings.Repeat("A", 33))
	f.Fuzz(func(t *testing.T, text string) {
		p, err := parseCursor(text)
		if err != nil {
			if harrier.KindOf(err) != harrier.Invalid {
				t.Fatalf("%q: got %v; want invalid", text, err)
			}
			return
		}
		if again, err := parseCursor(p.cursor()); err != nil || again != p {
			t.Fatalf("%q is %v, whose cursor is %v, %v", text, p, again, err)
		}
	})
}

// FuzzRoundTrip stores texts that come from outside and reads them back whole.
func FuzzRoundTrip(f *testing.F) {
	s, err := Open(f.Context(), Config{Dir: f.TempDir()})
	if err != nil {
		f.Fatal(err)
	}
	f.Cleanup(func() { _ = s.Close() })
	for _, text := range []string{"x", "'; DROP TABLE alerts; --", "$1 ? :a @b", "a\x00b", "\xff\xfe", "ﷺ\u202e", strings.Repeat("long", 5000)} {
		f.Add(text, text)
	}
	f.Fuzz(func(t *testing.T, external, title string) {
		tenant := harrier.NewID[harrier.TenantID](time.Now())
		a := harrier.Alert{Tenant: tenant, ID: harrier.NewID[harrier.AlertID](time.Now()), Source: LocalSource(), ExternalID: external, Title: title, CreatedAt: time.Now(), UpdatedAt: time.Now()}
		err := s.Write(t.Context(), func(tx harrier.Tx) error { _, _, err := s.Submit(t.Context(), tx, a); return err })
		if external == "" {
			if harrier.KindOf(err) != harrier.Invalid {
				t.Fatalf("got %v; want invalid", err)
			}
			return
		}
		if err != nil {
			t.Fatal(err)
		}
		got, err := s.Alert(t.Context(), tenant, a.ID)
		if err != nil || got.ExternalID != external || got.Title != title {
			t.Fatalf("got %q, %q, %v; want %q, %q", got.ExternalID, got.Title, err, external, title)
		}
		var existed bool
		err = s.Write(t.Context(), func(tx harrier.Tx) (err error) { _, existed, err = s.Submit(t.Context(), tx, a); return err })
		if err != nil || !existed {
			t.Fatalf("submitted again: %t, %v; want the same alert", existed, err)
		}
	})
}

func TestPositional_findsPlaceholdersOutsideOfTexts(t *testing.T) {
	t.Parallel()
	for query, want := range map[string]struct {
		text  string
		order []int
	}{
		"SELECT $1, $2":              {"SELECT ?, ?", []int{0, 1}},
		"SELECT $2, $1, $2":          {"SELECT ?, ?, ?", []int{1, 0, 1}},
		"SELECT '$1', $12, 'it''$2'": {"SELECT '$1', ?, 'it''$2'", []int{11}},
		"SELECT $a, 1 $":             {"SELECT $a, 1 $", nil},
	} {
		text, order := positional(query)
		if text != want.text || len(order) != len(want.order) {
			t.Errorf("%s: got %q, %v; want %q, %v", query, text, order, want.text, want.order)
			continue
		}
		for i := range order {
			if order[i] != want.order[i] {
				t.Errorf("%s: got order %v; want %v", query, order, want.order)
			}
		}
	}
}
