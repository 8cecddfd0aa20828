package figures_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/casework"
	"github.com/harrier-soar/harrier/internal/figures"
)

// What is reckoned from a part stands for the whole, and says so.
func TestOfCases_ofAPartStandForAll(t *testing.T) {
	t.Parallel()
	ten := int64(10)
	s := figures.Sample[figures.Case]{Weight: 4, Rows: []figures.Case{{Severity: "low", Times: casework.Times{Detect: &ten}}, {Severity: "low", Status: casework.Closed, Disposition: casework.Undetermined}}}
	win, err := figures.Span(time.Now(), 1, time.UTC)
	if err != nil {
		t.Fatal(err)
	}
	all, groups := figures.OfCases(s, win, "severity")
	want := figures.CaseFigures{
		Opened: 8, Closed: 4, Dispositions: map[string]int64{casework.Undetermined: 4}, Times: map[string]figures.Spread{"detect": {Count: 4, Mean: 10, Median: 10, Ninth: 10}},
	}
	if d := cmp.Diff(want, all); d != "" || !s.Estimated() || len(groups) != 1 {
		t.Errorf("(-want +got):\n%s", d)
	}
}

// A window is whole days of its zone, and no longer than a year.
func TestWindow_isWholeDays(t *testing.T) {
	t.Parallel()
	for _, wrong := range [][2]string{{"2026-11-02", "2026-11-01"}, {"x", "2026-11-01"}, {"2026-11-01", ""}, {"2024-01-01", "2026-01-01"}} {
		if _, err := figures.Between(wrong[0], wrong[1], time.UTC); harrier.KindOf(err) != harrier.Invalid {
			t.Errorf("%v gave %v", wrong, err)
		}
	}
	for _, days := range []int{0, 367} {
		if _, err := figures.Span(time.Now(), days, time.UTC); harrier.KindOf(err) != harrier.Invalid {
			t.Errorf("%d days gave %v", days, err)
		}
	}
}
