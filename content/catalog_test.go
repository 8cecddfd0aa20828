package content_test

import (
	"io/fs"
	"strings"
	"sync"
	"testing"

	"github.com/harrier-soar/harrier/connector/rest"
	"github.com/harrier-soar/harrier/connectors"
	"github.com/harrier-soar/harrier/content"
	"github.com/harrier-soar/harrier/document"
	"github.com/harrier-soar/harrier/internal/app"
	"github.com/harrier-soar/harrier/internal/rehearsal"
	"github.com/harrier-soar/harrier/playbook"
	"github.com/harrier-soar/harrier/schema"
)

// compiled is a playbook that ships, as the checker leaves it.
type compiled struct {
	plan     *playbook.Plan
	problems document.Problems
}

// compiledOnce holds all playbooks that ship, by id.
var compiledOnce = sync.OnceValues(compileAll)

// compileAll compiles every playbook that ships against all that ships.
func compileAll() (map[string]compiled, error) {
	cat, err := catalog()
	if err != nil {
		return nil, err
	}
	names, err := fs.Glob(content.FS, "playbooks/*.playbook.yaml")
	if err != nil {
		return nil, err
	}
	out := map[string]compiled{}
	for _, name := range names {
		source, err := fs.ReadFile(content.FS, name)
		if err != nil {
			return nil, err
		}
		plan, problems := playbook.Compile(name, source, cat)
		out[strings.TrimSuffix(strings.TrimPrefix(name, "playbooks/"), ".playbook.yaml")] = compiled{plan, problems}
	}
	return out, nil
}

// catalog is all that ships: the verbs, the connectors and what is built in.
func catalog() (playbook.Catalog, error) {
	cat := playbook.Catalog{
		Actions: map[string]schema.ActionSpec{}, Verbs: map[string]schema.Verb{}, Offers: map[string][]string{}, Playbooks: map[string]*playbook.Doc{},
	}
	for _, v := range schema.Verbs() {
		cat.Verbs[v.Name] = v
	}
	add := func(a schema.ActionSpec) {
		cat.Actions[a.Name] = a
		if a.Verb != "" {
			cat.Offers[a.Verb] = append(cat.Offers[a.Verb], a.Name)
		}
	}
	conns, problems := rest.LoadFS(connectors.FS)
	if err := problems.Err(); err != nil {
		return cat, err
	}
	for _, c := range conns {
		m := c.Manifest()
		for _, a := range m.Actions {
			a.Name, a.Connector = m.Name+"."+strings.TrimPrefix(a.Name, m.Name+"."), m.Name
			add(a)
		}
	}
	list, err := app.OwnActions()
	if err != nil {
		return cat, err
	}
	for _, a := range list {
		add(a)
	}
	return cat, callable(cat.Playbooks)
}

// callable adds every playbook that ships, for those that call it.
func callable(into map[string]*playbook.Doc) error {
	names, err := fs.Glob(content.FS, "playbooks/*.playbook.yaml")
	if err != nil {
		return err
	}
	for _, name := range names {
		source, err := fs.ReadFile(content.FS, name)
		if err != nil {
			return err
		}
		if doc, _ := playbook.Parse(name, source); doc != nil {
			into[doc.ID] = doc
		}
	}
	return nil
}

// shippedAll returns every playbook that ships.
func shippedAll(t *testing.T) map[string]compiled {
	t.Helper()
	all, err := compiledOnce()
	if err != nil || len(all) == 0 {
		t.Fatalf("playbooks %v, %v", all, err)
	}
	return all
}

// shipped returns the plan of a playbook that ships.
func shipped(t *testing.T, id string) *playbook.Plan {
	t.Helper()
	one := shippedAll(t)[id]
	if one.plan == nil {
		t.Fatalf("%s does not compile:\n%v", id, one.problems)
	}
	return one.plan
}

func TestPlaybooks_thatShipCompileWithoutAWarningAndCanRun(t *testing.T) {
	t.Parallel()
	for id, one := range shippedAll(t) {
		for _, p := range one.problems {
			t.Error(p.String())
		}
		if one.plan == nil || one.plan.ID != id || len(one.plan.Refusals) > 0 {
			t.Errorf("%s cannot be run: %+v", id, one.plan)
		}
	}
}

func TestPlaybooks_thatShipHaveTestsThatNameOnlyWhatIsThere(t *testing.T) {
	t.Parallel()
	for id := range shippedAll(t) {
		file := testsOf(t, id)
		for _, p := range file.Check(shipped(t, id)) {
			t.Error(p.String())
		}
		if file.Playbook != id || len(file.Cases) < 3 {
			t.Errorf("%s has %d cases about %s", id, len(file.Cases), file.Playbook)
		}
	}
}

// testsOf reads the tests beside a playbook that ships.
func testsOf(t *testing.T, id string) *playbook.TestFile {
	t.Helper()
	name := "playbooks/" + id + ".test.yaml"
	source, err := fs.ReadFile(content.FS, name)
	if err != nil {
		t.Fatal(err)
	}
	file, problems := playbook.ParseTest(name, source)
	for _, p := range problems {
		t.Error(p.String())
	}
	if file == nil {
		t.Fatalf("%s cannot be read", name)
	}
	return file
}

func TestPlaybooks_thatShipPassTheirTests(t *testing.T) {
	t.Parallel()
	for id := range shippedAll(t) {
		t.Run(id, func(t *testing.T) {
			t.Parallel()
			report := rehearse(t, id, testsOf(t, id))
			for _, c := range report.Cases {
				if !c.OK {
					t.Errorf("%s\n%s", c.Name, strings.Join(c.Failures, "\n"))
				}
			}
			t.Logf("%d cases take %d of %d ways; untaken: %q", len(report.Cases), report.Taken, report.Ways, report.Untaken)
			holdWays(t, report)
		})
	}
}

// rehearse runs the tests of a playbook that ships.
func rehearse(t *testing.T, id string, file *playbook.TestFile) rehearsal.Report {
	t.Helper()
	think, err := app.Thinkers()
	if err != nil {
		t.Fatal(err)
	}
	return rehearsal.Run(t.Context(), shipped(t, id), file, rehearsal.World{Think: think})
}
