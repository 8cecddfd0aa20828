package playbook

import "testing"

func TestCheck_warnsWhereACloseIsReachedWithAFailedLookup(t *testing.T) {
	t.Parallel()
	plan, problems := Compile("unheard.playbook.yaml", source(t, "testdata/unheard.playbook.yaml"), testCatalog())
	if plan == nil || problems.Err() != nil {
		t.Fatalf("a warning keeps the playbook from being used: %v", problems)
	}
	for _, p := range problems {
		if !p.Warning || p.Code != "unheard-failure" {
			t.Errorf("got %v", p)
		}
	}
	golden(t, "testdata/unheard.playbook.golden", problems.Error()+"\n")
}
