package step_test

import (
	"encoding/json"
	"math"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/harrier-soar/harrier/internal/step"
)

func TestCanonical_givesTheFormOfTheJournalAndChangesNothingInPlace(t *testing.T) {
	t.Parallel()
	in := func() map[string]any {
		return map[string]any{
			"int": 3, "float": 4.0, "half": 0.5, "big": math.Pow(2, 60), "text": "x", "none": nil, "yes": true,
			"number": json.Number("7"), "huge": json.Number("12345678901234567890"), "bad": json.Number("x"),
			"list": []any{1.0, map[string]any{"n": json.Number("2.0")}}, "same": map[string]any{"n": int64(1)},
		}
	}
	given := in()
	got := step.Canonical(given)
	want := map[string]any{
		"int": int64(3), "float": int64(4), "half": 0.5, "big": math.Pow(2, 60), "text": "x", "none": nil, "yes": true,
		"number": int64(7), "huge": 12345678901234567890.0, "bad": "x",
		"list": []any{int64(1), map[string]any{"n": int64(2)}}, "same": map[string]any{"n": int64(1)},
	}
	if diff := cmp.Diff(any(want), got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(in(), given); diff != "" {
		t.Errorf("what was given has changed (-before +after):\n%s", diff)
	}
	again, _ := step.Canonical(got).(map[string]any)
	if diff := cmp.Diff(any(want), any(again)); diff != "" {
		t.Errorf("twice is not once (-want +got):\n%s", diff)
	}
}

func TestPlan_isTheSameAfterARunAndSharedByMany(t *testing.T) {
	t.Parallel()
	plan := scenario{steps: "\nsteps:\n  - id: l\n    for_each: '[{\"n\": 1.0}, {\"n\": 2.0}]'\n    as: o\n    steps:\n      - id: a\n        uses: box.read\n        with: {x: x, n: 3}\n      - id: v\n        set: {deep: {list: [1, 2.0, 3.5]}}\n"}.compile(t)
	for range 4 {
		t.Run("", func(t *testing.T) { // the race detector sees a plan that is changed
			t.Parallel()
			b := beginPlan(t, plan, scenario{})
			for len(b.calls) > 0 {
				b.succeed(b.calls[0].Path, nil)
			}
			b.ended("succeeded")
		})
	}
}
