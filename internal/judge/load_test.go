package judge_test

import (
	"testing"

	"github.com/harrier-soar/harrier/content"
	"github.com/harrier-soar/harrier/internal/judge"
)

func TestLoad_readsWhatShips(t *testing.T) {
	t.Parallel()
	rules, problems := judge.Load(content.FS)
	if len(problems) > 0 {
		t.Fatalf("the rules that ship have problems:\n%v", problems)
	}
	if n := len(rules.List()); n < 40 {
		t.Errorf("%d rules ship, want at least 40", n)
	}
}
