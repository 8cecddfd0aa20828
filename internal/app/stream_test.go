package app

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"testing"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/api"
	"github.com/harrier-soar/harrier/internal/store/blanktest"
)

// watched reads what is told behind a place: so many happenings, or its end.
func watched(t *testing.T, seq iter.Seq2[api.Happening, error], n int) (got []api.Happening, end error) {
	t.Helper()
	for v, err := range seq {
		if err != nil {
			return got, err
		}
		if got = append(got, v); len(got) == n {
			break
		}
	}
	return got, nil
}

// A stream goes on behind the place that its reader had, across a restart of the
// reader; a place is worth nothing to another tenant, and one too far back says
// that something is lost.
func TestStream_goesOnBehindAPlace(t *testing.T) {
	t.Parallel()
	a, err := Open(t.Context(), Options{Dir: blanktest.Dir(t)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = a.Close() })
	by, s := harrier.Operator(), happenings{a}
	nouns := []string{"alerts", "cases"}
	watch := func(by harrier.Principal, place string) iter.Seq2[api.Happening, error] {
		t.Helper()
		seq, err := s.WatchAll(t.Context(), by, nouns, place)
		if err != nil {
			t.Fatal(err)
		}
		return seq
	}
	begun := watch(by, "")
	for i := range 3 {
		if _, err := (files{a}).CreateCase(t.Context(), by, api.CreateCase{Title: fmt.Sprint("case ", i)}); err != nil {
			t.Fatal(err)
		}
	}
	first, err := watched(t, begun, 2)
	if err != nil || len(first) != 2 || first[0].Number != 1 || first[0].Kind != "created" || first[1].Title != "case 1" {
		t.Fatalf("got %+v, %v", first, err)
	}
	rest, err := watched(t, watch(by, first[1].Place), 1)
	if err != nil || len(rest) != 1 || rest[0].Number != 3 {
		t.Fatalf("behind that place came %+v, %v", rest, err)
	}
	other := by
	other.Tenant = harrier.DeriveID[harrier.TenantID]("other")
	for who, place := range map[*harrier.Principal]string{&other: first[0].Place, &by: "nonsense"} {
		if _, err := s.WatchAll(t.Context(), *who, nouns, place); err == nil {
			t.Errorf("the place %q was taken from %s", place, who.Tenant)
		}
	}
	key, err := s.places(t.Context(), by.Tenant)
	if err != nil {
		t.Fatal(err)
	}
	_, err = watched(t, watch(by, key.seal(1<<40)), 1)
	lost, ok := errors.AsType[*api.LostError](err)
	if !ok {
		t.Fatalf("what cannot be told gave %v", err)
	}
	ctx, end := context.WithCancelCause(t.Context())
	seq, err := s.WatchAll(ctx, by, nouns, lost.Place)
	if err != nil {
		t.Fatal(err)
	}
	over := errors.New("over")
	end(over)
	if got, err := watched(t, seq, 1); len(got) != 0 || !errors.Is(err, over) {
		t.Errorf("the end gave %+v, %v", got, err)
	}
}

// FuzzPlace opens whatever is sent as a place.
func FuzzPlace(f *testing.F) {
	key := placeKey{noBlock{}}
	for _, seed := range []string{"", "AAAA", key.seal(7), key.seal(-1)} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if n, err := key.open(text); err == nil && key.seal(n) != text && n != 0 {
			if again, err := key.open(key.seal(n)); err != nil || again != n {
				t.Errorf("%q is %d, and that is %d, %v", text, n, again, err)
			}
		}
	})
}

// noBlock is a cipher that changes nothing.
type noBlock struct{}

func (noBlock) BlockSize() int          { return 16 }
func (noBlock) Encrypt(dst, src []byte) { copy(dst, src) }
func (noBlock) Decrypt(dst, src []byte) { copy(dst, src) }
