package playbook

import (
	"maps"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestCheckAll_saysWhatCheckSaysOfEachAlone(t *testing.T) {
	t.Parallel()
	cat := testCatalog()
	docs := map[string]*Doc{}
	for _, folder := range []string{"good", "bad"} {
		names, err := filepath.Glob(filepath.Join("testdata", folder, "*.yaml"))
		if err != nil || len(names) == 0 {
			t.Fatalf("%v, %v", names, err)
		}
		for _, name := range names {
			source, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			if doc, _ := Parse(filepath.Base(name), source); doc != nil && doc.ID != "" {
				docs[doc.ID] = doc
			}
		}
	}
	maps.Copy(docs, cat.Playbooks)
	cat.Playbooks = docs
	all := CheckAll(cat)
	for id, doc := range docs {
		if doc == nil {
			continue
		}
		plan, problems := Check(doc, cat)
		if diff := cmp.Diff(problems.Error(), all[id].Problems.Error()); diff != "" {
			t.Errorf("%s: problems (-alone +with all):\n%s", id, diff)
		}
		if (plan == nil) != (all[id].Plan == nil) {
			t.Errorf("%s: a plan alone: %t, with all: %t", id, plan != nil, all[id].Plan != nil)
		}
	}
}
