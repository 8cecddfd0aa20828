package content_test

import (
	"maps"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/harrier-soar/harrier/internal/rehearsal"
)

// untaken lists the ways of playbooks that no test takes, each with the reason.
func untaken() map[string]map[string]string {
	const (
		guard   = "Its condition never holds: it is there so that the checker, and explain, see who allows the step that it covers."
		counted = "The branch around it is only taken where the list holds something."
		literal = "The list is written in the playbook."
	)
	return map[string]map[string]string{
		"mail-detonate": {"opened: fails": "What fails in an item does not end it, and setting values does not fail."},
		"mail-enrich":   {"second: empty": counted},
		"mail-contain": {
			"nobody: runs": guard, "nobody: approved": guard, "nobody: denied": guard, "nobody: expired": guard,
			"reset: empty": counted, "revoke: empty": counted, "quarantine_wider: empty": counted, "quarantine_fresh: empty": counted,
			"rounds: empty": literal,
		},
	}
}

// holdWays holds the ways that the tests of a playbook leave out against those that may be.
func holdWays(t *testing.T, r rehearsal.Report) {
	t.Helper()
	want := slices.Sorted(maps.Keys(untaken()[r.Playbook]))
	got := slices.Sorted(slices.Values(r.Untaken))
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("ways that no test takes (-listed with a reason +found); test them, or list them in untaken:\n%s", diff)
	}
}
