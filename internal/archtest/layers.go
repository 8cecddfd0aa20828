package archtest

import (
	"fmt"
	"path"
	"slices"
	"strings"
)

// layer is a folder with all packages beneath it that have no layer of their own.
type layer struct {
	dir  string
	kind string
	// may lists the folders and the kinds that its product files may import, beside itself.
	may []string
}

// The kinds of layers.
const (
	core    = "core"    // pure: no I/O, no clock
	product = "product" // connectors: one folder per product
	service = "service" // does the work of one noun
	public  = "public"  // for programs of others: imports the root package and the standard library
	adapter = "adapter" // joins services to the outside: database, network, API, simulated vendors
	wiring  = "wiring"  // makes one program of everything
	apart   = "apart"   // nobody imports it
)

// layersTable lists the layers, a folder's parent before it. A folder under internal that is not here is a
// service; any other folder must be added with a thought.
func layersTable() []layer {
	return []layer{
		{".", core, nil},
		{"schema", core, []string{"."}},
		{"document", core, []string{"."}},
		{"expr", core, []string{".", "schema"}},
		{"playbook", core, []string{".", "schema", "expr", "document"}},
		{"connector", core, []string{".", "schema"}},
		{"connector/rest", core, []string{".", "schema", "expr", "document", "connector"}},
		{"connector/connectortest", core, []string{".", "schema", "expr", "document", "connector", "connector/rest"}},
		{"internal/step", core, []string{".", "schema", "expr", "playbook", "document"}},
		{"internal/wire", core, []string{"."}},
		{"connectors", product, nil},
		{"content", product, nil},
		{"web", adapter, []string{"."}},
		{"client", public, []string{"."}},
		{"internal/clientgen", apart, nil},
		{"internal/store", adapter, []string{core, service}},
		{"internal/transport", adapter, []string{core, service}},
		{"internal/api", adapter, []string{core, service}},
		{"internal/lab", adapter, []string{core}},
		{"internal/listen", adapter, []string{core, service}},
		{"internal/app", wiring, []string{core, product, service, adapter}},
		{"internal/sim", apart, []string{core, product, service, adapter, "internal/app"}},
		{"internal/cli", wiring, []string{core, product, service, "internal/app", "internal/api", "internal/lab", "client"}},
		{"internal/daemon", wiring, []string{".", "internal/failpoint", "internal/api", "internal/app", "internal/cli"}},
		{"internal/demo", wiring, []string{".", service, "internal/api", "internal/app", "internal/cli", "internal/daemon", "internal/lab"}},
		{"internal/archtest", apart, nil},
		{"internal/crash", apart, nil},
		{"cmd", apart, []string{".", "internal/airlock", "internal/failpoint", "internal/app", "internal/cli", "internal/daemon", "internal/demo"}},
		{"bench", apart, []string{core, product, service, adapter, "internal/app"}},
	}
}

// layerOf finds a folder's layer; ok is false where it has none.
func layerOf(dir string) (l layer, ok bool) {
	for _, one := range layersTable() {
		if dir == one.dir || one.dir != "." && strings.HasPrefix(dir, one.dir+"/") {
			l, ok = one, true
		}
	}
	words := strings.Split(dir, "/")
	switch {
	case l.dir == "connectors" && len(words) > 1:
		// Every product is a layer, so that connectors do not import each other.
		return layer{path.Join(words[:2]...), product, []string{".", "schema", "connector"}}, true
	case !ok && words[0] == "internal" && len(words) > 1:
		return layer{path.Join(words[:2]...), service, []string{core, service}}, true
	}
	return l, ok
}

// allows tells whether product files of one layer may import another.
func (l layer) allows(to layer) bool {
	return l.dir == to.dir || slices.Contains(l.may, to.dir) || slices.Contains(l.may, to.kind)
}

// layers holds the dependency direction. Tests may import what they like, and
// only they and their like import packages that exist for tests.
func layers(t *Tree) (found []Finding) {
	placed := make(map[string]bool)
	for f := range t.product() {
		from, ok := layerOf(f.Dir)
		if !ok {
			if !placed[f.Dir] {
				placed[f.Dir] = true
				found = append(found, Finding{
					Pos: t.at(f.Syntax.Name), Rule: "14", Subject: f.Dir,
					Message: fmt.Sprintf("folder %s has no place in the layers", f.Dir),
					Fix:     "move it under internal, or add it to layersTable in internal/archtest/layers.go",
				})
			}
			continue
		}
		for _, imp := range f.Syntax.Imports {
			dir, ours := t.ownDir(importPath(imp.Path.Value))
			if !ours {
				continue
			}
			to, ok := layerOf(dir)
			if ok && from.allows(to) && (testSupport(f.Dir) || !testSupport(dir)) {
				continue
			}
			found = append(found, Finding{
				Pos: t.at(imp), Rule: "14", Subject: dir,
				Message: fmt.Sprintf("%s (%s) imports %s (%s)", f.Dir, from.kind, dir, to.kind),
				Fix:     "declare the small interface it needs next to its use, and let internal/app pass the value in",
			})
		}
	}
	return found
}

// ownDir returns the folder of one of the module's own packages.
func (t *Tree) ownDir(imported string) (string, bool) {
	if imported == t.Module {
		return ".", true
	}
	return strings.CutPrefix(imported, t.Module+"/")
}
