package casework_test

import (
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/casework"
	"github.com/harrier-soar/harrier/internal/query"
	"github.com/harrier-soar/harrier/internal/store"
)

// What is done to one of many cases is what is done to one, and a rehearsal says
// what that would be and leaves nothing.
func TestApply_doesWhatTheSingleOperationDoes(t *testing.T) {
	t.Parallel()
	d := open(t)
	by := harrier.Operator()
	me := harrier.Person{ID: by.ID, Name: by.Name}
	c := d.filed(casework.Draft{Title: "Lost laptop", Tags: []string{"Old", "keep"}})
	for _, st := range []struct {
		op   casework.Op
		want func(harrier.Case) any
		is   any
	}{
		{casework.Op{Edit: &casework.Edit{AddTags: []string{"new"}, RemoveTags: []string{"OLD"}}}, func(c harrier.Case) any { return c.Tags }, []string{"keep", "new"}},
		{casework.Op{Edit: &casework.Edit{Watch: &me}}, func(c harrier.Case) any { return c.Watchers }, []harrier.Person{me}},
		{casework.Op{Status: &casework.Turn{To: casework.InProgress}}, func(c harrier.Case) any { return c.Status }, casework.InProgress},
		{casework.Op{Close: &casework.Closing{Disposition: casework.BenignPositive, Reason: "found"}}, func(c harrier.Case) any { return c.Disposition }, casework.BenignPositive},
		{casework.Op{Reopen: &casework.Correction{Reason: "not found"}}, func(c harrier.Case) any { return c.Status }, casework.InProgress},
		{casework.Op{Edit: &casework.Edit{Unwatch: &me}}, func(c harrier.Case) any { return len(c.Watchers) }, 0},
	} {
		before := len(d.story(c.ID))
		would, changed, err := d.Rehearsal().Apply(t.Context(), by, c.ID, c.Rev, st.op)
		if err != nil || !changed || len(d.story(c.ID)) != before {
			t.Fatalf("the rehearsal of %+v gave %t, %v", st.op, changed, err)
		}
		got, changed, err := d.Apply(t.Context(), by, c.ID, c.Rev, st.op)
		if err != nil || !changed {
			t.Fatalf("%+v gave %t, %v", st.op, changed, err)
		}
		if diff := cmp.Diff(st.is, st.want(got)); diff != "" || would.Rev != got.Rev || len(d.story(c.ID)) == before {
			t.Errorf("%+v: rev %d, rehearsed %d (-want +got):\n%s", st.op, got.Rev, would.Rev, diff)
		}
		if _, _, err := d.Apply(t.Context(), by, c.ID, c.Rev, st.op); !errors.Is(err, casework.ErrStale) {
			t.Errorf("the version before gave %v", err)
		}
		c = got
	}
	if _, changed, err := d.Apply(t.Context(), by, c.ID, 0, casework.Op{Edit: &casework.Edit{Unwatch: &me}}); err != nil || changed {
		t.Errorf("what was so already gave %t, %v", changed, err)
	}
	if _, _, err := d.Apply(t.Context(), by, c.ID, 0, casework.Op{}); harrier.KindOf(err) != harrier.Invalid {
		t.Errorf("nothing to do gave %v", err)
	}
	for text, want := range map[string]int{"tag:new": 1, "tag:NEW": 1, "tag:old": 0, "tag:keep": 1} {
		q, err := query.Parse(query.Cases, text)
		if err != nil {
			t.Fatal(err)
		}
		found, err := d.store.AskCases(t.Context(), store.Asked{Tenant: harrier.DefaultTenant, Viewer: by.ID, Query: q})
		if err != nil || len(found.Items) != want {
			t.Errorf("%s finds %d, %v, want %d", text, len(found.Items), err, want)
		}
	}
}
