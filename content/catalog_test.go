package content_test

import (
	"io/fs"
	"strings"
	"testing"

	"github.com/harrier-soar/harrier/connector/rest"
	"github.com/harrier-soar/harrier/connectors"
	"github.com/harrier-soar/harrier/content"
	"github.com/harrier-soar/harrier/internal/builtin"
	"github.com/harrier-soar/harrier/internal/casework"
	"github.com/harrier-soar/harrier/internal/email"
	"github.com/harrier-soar/harrier/internal/intel"
	"github.com/harrier-soar/harrier/internal/triage"
	"github.com/harrier-soar/harrier/playbook"
	"github.com/harrier-soar/harrier/schema"
)

// catalog is all that ships: the verbs, the connectors and what is built in.
func catalog(t *testing.T) playbook.Catalog {
	t.Helper()
	cat := playbook.Catalog{Actions: map[string]schema.ActionSpec{}, Verbs: map[string]schema.Verb{}, Offers: map[string][]string{}}
	for _, v := range schema.Verbs() {
		cat.Verbs[v.Name] = v
	}
	conns, problems := rest.LoadFS(connectors.FS)
	if problems.Err() != nil {
		t.Fatal(problems)
	}
	add := func(a schema.ActionSpec) {
		cat.Actions[a.Name] = a
		if a.Verb != "" {
			cat.Offers[a.Verb] = append(cat.Offers[a.Verb], a.Name)
		}
	}
	for _, c := range conns {
		m := c.Manifest()
		for _, a := range m.Actions {
			a.Name, a.Connector = m.Name+"."+strings.TrimPrefix(a.Name, m.Name+"."), m.Name
			add(a)
		}
	}
	for _, b := range builtins(t) {
		add(b.Spec)
	}
	return cat
}

// builtins returns the built-in actions, of which only the specifications are used.
func builtins(t *testing.T) []builtin.Action {
	t.Helper()
	parse, err := email.Action(nil, email.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	all := []builtin.Action{parse}
	all = append(all, casework.New(casework.Config{}).Actions()...)
	all = append(all, triage.New(nil).Actions()...)
	return append(all, intel.New(intel.Config{}).Actions()...)
}

// shipped compiles a playbook that ships.
func shipped(t *testing.T, id string) *playbook.Plan {
	t.Helper()
	name := "playbooks/" + id + ".playbook.yaml"
	source, err := fs.ReadFile(content.FS, name)
	if err != nil {
		t.Fatal(err)
	}
	plan, problems := playbook.Compile(name, source, catalog(t))
	for _, p := range problems {
		t.Error(p.String())
	}
	if plan == nil {
		t.Fatalf("%s does not compile", name)
	}
	return plan
}

func TestPlaybooks_thatShipCompileWithoutAWarningAndCanRun(t *testing.T) {
	t.Parallel()
	names, err := fs.Glob(content.FS, "playbooks/*.playbook.yaml")
	if err != nil || len(names) == 0 {
		t.Fatalf("playbooks: %v, %v", names, err)
	}
	for _, name := range names {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			id := strings.TrimSuffix(strings.TrimPrefix(name, "playbooks/"), ".playbook.yaml")
			plan := shipped(t, id)
			if plan.ID != id {
				t.Errorf("%s holds playbook %s", name, plan.ID)
			}
			if len(plan.Refusals) > 0 {
				t.Errorf("%s cannot be run: %v", name, plan.Refusals)
			}
		})
	}
}

func TestPlaybooks_thatShipHaveTestsThatNameOnlyWhatIsThere(t *testing.T) {
	t.Parallel()
	names, err := fs.Glob(content.FS, "playbooks/*.playbook.yaml")
	if err != nil || len(names) == 0 {
		t.Fatalf("playbooks: %v, %v", names, err)
	}
	for _, name := range names {
		id := strings.TrimSuffix(strings.TrimPrefix(name, "playbooks/"), ".playbook.yaml")
		file := testsOf(t, id)
		for _, p := range file.Check(shipped(t, id)) {
			t.Error(p.String())
		}
		if file.Playbook != id || len(file.Cases) < 3 {
			t.Errorf("%s has %d cases about %s", name, len(file.Cases), file.Playbook)
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
