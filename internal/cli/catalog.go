package cli

import (
	"io/fs"
	"os"
	"path"
	"strings"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/content"
	"github.com/harrier-soar/harrier/internal/app"
	"github.com/harrier-soar/harrier/playbook"
	"github.com/harrier-soar/harrier/schema"
)

// catalog is what playbooks may use by this build alone, with connectors from
// further directories: no data directory is opened.
func catalog(extra []string) (playbook.Catalog, error) {
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
	var trees []fs.FS
	for _, dir := range extra {
		if _, err := os.Stat(dir); err != nil {
			return cat, harrier.Errorf(harrier.NotFound, "there is no directory %s with connectors", dir)
		}
		trees = append(trees, os.DirFS(dir))
	}
	conns, err := app.Connectors(trees...)
	if err != nil {
		return cat, harrier.Errorf(harrier.Invalid, "%w", err)
	}
	for _, c := range conns {
		m := c.Manifest()
		for _, a := range m.Actions {
			a.Name, a.Connector, a.ManifestHash = m.Name+"."+strings.TrimPrefix(a.Name, m.Name+"."), m.Name, m.Hash
			add(a)
		}
	}
	own, err := app.OwnActions()
	if err != nil {
		return cat, err
	}
	for _, a := range own {
		add(a)
	}
	return cat, shipped(cat.Playbooks)
}

// shipped adds the playbooks that ship, which others may call.
func shipped(into map[string]*playbook.Doc) error {
	names, err := fs.Glob(content.FS, "playbooks/*"+playbookSuffix)
	if err != nil {
		return err
	}
	for _, name := range names {
		source, err := fs.ReadFile(content.FS, name)
		if err != nil {
			return err
		}
		if doc, _ := playbook.Parse(path.Base(name), source); doc != nil {
			into[doc.ID] = doc
		}
	}
	return nil
}
