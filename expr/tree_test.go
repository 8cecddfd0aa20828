package expr

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/harrier-soar/harrier/schema"
)

// tree builds {mode: strict, links: [${{ alert.category }}, plain]}.
func tree(t *testing.T, text string) *Tree {
	t.Helper()
	env, _ := sample(t)
	p, issues := env.CompileText(text)
	if len(issues) > 0 {
		t.Fatal(issues)
	}
	return MapTree([]string{"mode", "links"}, []*Tree{Const("strict"), ListTree([]*Tree{Dynamic(p), Const("plain")})})
}

func TestTree_evaluatesWhatIsInside(t *testing.T) {
	t.Parallel()
	_, vars := sample(t)
	got, err := tree(t, "${{ alert.category }}").Eval(t.Context(), vars, noon())
	want := map[string]any{"mode": "strict", "links": []any{"phishing", "plain"}}
	if diff := cmp.Diff(want, got); diff != "" || err != nil {
		t.Errorf("%v (-want +got):\n%s", err, diff)
	}
}

func TestTree_errorsNameThePlace(t *testing.T) {
	t.Parallel()
	_, vars := sample(t)
	_, err := tree(t, "${{ alert.nope }}").Eval(t.Context(), vars, noon())
	if err == nil || !strings.HasPrefix(err.Error(), "links: [0]: expression") {
		t.Errorf("got %v", err)
	}
}

func TestTree_isConstantWhereNothingIsComputed(t *testing.T) {
	t.Parallel()
	v, ok := tree(t, "text").Const()
	want := map[string]any{"mode": "strict", "links": []any{"text", "plain"}}
	if diff := cmp.Diff(want, v); diff != "" || !ok {
		t.Errorf("constant %v (-want +got):\n%s", ok, diff)
	}
	if _, ok := tree(t, "${{ alert.x }}").Const(); ok {
		t.Error("a computed tree says that it is constant")
	}
}

func TestTree_walksItsPrograms(t *testing.T) {
	t.Parallel()
	var got []string
	tree(t, "${{ alert.category }}").Walk(func(place string, p *Program) { got = append(got, place+" "+p.Text()) })
	if diff := cmp.Diff([]string{"links[0] ${{ alert.category }}"}, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestTree_knowsItsType(t *testing.T) {
	t.Parallel()
	typ := tree(t, "${{ alert.category }}").Type()
	links, ok := typ.Field("links")
	if !ok || typ.Kind != schema.Object || links.Type.String() != "list<any>" {
		t.Errorf("got %v with links %v", typ, links.Type)
	}
	if got := Const([]any{int64(1), int64(2)}).Type().String(); got != "list<integer>" {
		t.Errorf("got %s", got)
	}
}
