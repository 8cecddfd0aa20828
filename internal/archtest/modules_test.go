package archtest

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// messages returns the findings' messages in order.
func messages(findings []Finding) (all []string) {
	for _, f := range findings {
		all = append(all, f.Message)
	}
	slices.Sort(all)
	return all
}

func TestModules_needReviewNoteAndUse(t *testing.T) {
	t.Parallel()
	m := tree(t, map[string]string{
		"docs/decisions/0004-dependencies.md": "| `example.org/big` | … |\n| `example.org/unused` |\n| `example.org/left` | … |\n",
		"internal/vault/a.go":                 "package vault\nimport (\n\"example.org/big/part\"\n\"example.org/other\"\n\"example.org/big/v2/x\"\n\"fmt\"\n)\n",
		"internal/vault/a_test.go":            "package vault\nimport \"example.org/nowhere/y\"\n",
	})
	got := messages(m.reviewModules([]module{
		{path: "example.org/big", note: "0004", tests: true},
		{path: "example.org/other", note: "0004"},
		{path: "example.org/unused", note: "0004"},
	}))
	want := []string{
		"decision note 0004 does not exist or does not name `example.org/other`",
		"example.org/big is reviewed for tests only",
		"example.org/big/v2 was not reviewed",
		"example.org/nowhere/y was not reviewed",
		"example.org/unused is reviewed but nothing imports it",
		"the row about example.org/left has no line in the reviewed list",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("findings (-want +got):\n%s", diff)
	}
}

func TestModules_areImportedInOnePlace(t *testing.T) {
	t.Parallel()
	m := tree(t, map[string]string{
		"internal/vault/a.go":           "package vault\nimport \"example.org/big/part\"\n",
		"internal/vault/b.go":           "package vault\nimport (\n\"example.org/big\"\n\"example.org/other\"\n)\n",
		"internal/vault/vaulttest/a.go": "package vaulttest\nimport \"example.org/other\"\n",
		"internal/notify/a.go":          "package notify\nimport (\n\"example.org/big\"\n\"example.org/big/v2\"\n)\n",
		"internal/auth/a.go":            "package auth\nimport \"example.org/big/v2\"\n",
		"internal/auth/a_test.go":       "package auth\nimport \"example.org/other\"\n",
	})
	got := messages(m.reviewSharing([]module{{path: "example.org/big/v2", shared: "as wide as the standard library"}}))
	if diff := cmp.Diff([]string{"example.org/big is imported by internal/notify, internal/vault"}, got); diff != "" {
		t.Errorf("findings (-want +got):\n%s", diff)
	}
}

func TestModules_listIsEmptyWithoutImports(t *testing.T) {
	t.Parallel()
	m := tree(t, map[string]string{"a.go": "package m\nimport \"example.com/m/schema\"\n"})
	if got := messages(m.reviewModules(nil)); got != nil {
		t.Errorf("got %v, want nothing", got)
	}
}
