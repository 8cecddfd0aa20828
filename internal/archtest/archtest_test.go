package archtest

import (
	"os"
	"testing"
)

func TestModule_keepsTheRules(t *testing.T) {
	t.Parallel()
	tree, err := Read(os.DirFS("../.."))
	if err != nil {
		t.Fatalf("read the module: %v", err)
	}
	if tree.Module != "github.com/harrier-soar/harrier" || len(tree.Files) < 10 {
		t.Fatalf("read module %q with %d Go files: this is not the whole of Harrier", tree.Module, len(tree.Files))
	}
	findings := Check(tree, Waivers())
	for _, f := range findings {
		t.Error(f)
	}
	t.Logf("%d Go files, %d other texts, %d rules, %d findings, %d waivers",
		len(tree.Files), len(tree.Texts), len(Rules()), len(findings), len(Waivers()))
}
