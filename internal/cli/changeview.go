package cli

import (
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/internal/api"
)

// changeResult is a change to print.
func changeResult(d api.ChangeDetail, raw []byte) result {
	return result{
		raw: raw, names: []string{d.ID.String()}, head: []string{"STATE", "VERSION", "TITLE", "AUTHOR", "ID"},
		rows: [][]string{{string(d.State), versionText(d.Version), d.Title, d.Author, d.ID.String()}},
		text: func(w io.Writer, p paint) { changeText(w, p, d) },
	}
}

func changeText(w io.Writer, p paint, d api.ChangeDetail) {
	fmt.Fprintf(w, "%s  %s\n", p.bold(clean(d.Title)), d.ID)
	by := d.Reviewer
	if d.Alone {
		by += ", alone: nobody else could"
	}
	facts(w, p, [][2]string{
		{"state", string(d.State)}, {"version", versionText(d.Version)}, {"origin", string(d.Origin)}, {"author", d.Author}, {"reviewer", by},
		{"comment", d.Comment}, {"digest", d.Digest},
	})
	for _, f := range d.Files {
		fmt.Fprintln(w, " ", fileWord(f), clean(f.Path))
	}
	for _, group := range []struct {
		name string
		all  []string
	}{
		{"is started by", d.Reach.Triggers}, {"does", d.Reach.Effects}, {"calls", d.Reach.Actions}, {"uses the connection", d.Reach.Connections},
		{"reaches the host", d.Reach.Hosts}, {"runs the script", d.Reach.Scripts},
	} {
		for _, one := range group.all {
			fmt.Fprintln(w, p.bold("  new:"), group.name, clean(one))
		}
	}
	for _, path := range d.Stale {
		fmt.Fprintln(w, p.bad("✖"), clean(path), "was changed by somebody else meanwhile")
	}
	for _, one := range d.Problems {
		fmt.Fprintln(w, clean(strings.TrimRight(one.Text, "\n"))+"\n")
	}
	failed := 0
	for _, t := range d.Tests {
		if !t.OK {
			failed++
			fmt.Fprintln(w, p.bad("✖"), clean(t.File+": "+t.Name))
			for _, f := range t.Failures {
				fmt.Fprintln(w, "    "+clean(f))
			}
		}
	}
	if len(d.Tests) > 0 {
		fmt.Fprintf(w, "  %s, %d failed\n", plural(len(d.Tests), "test"), failed)
	}
}

// fileWord says what becomes of a file.
func fileWord(f api.ChangeFile) string {
	switch {
	case f.Remove:
		return "removes"
	case f.Base == "":
		return "adds   "
	}
	return "changes"
}

// contentFiles reads the files of a proposal.
func (s *shell) contentFiles(args []string, as string) (files []api.ChangeFile, err error) {
	for _, arg := range args {
		info, err := os.Stat(arg)
		if arg != "-" && err != nil {
			return nil, harrier.Errorf(harrier.NotFound, "there is no file %s", arg)
		}
		if arg != "-" && info.IsDir() {
			all, err := s.contentTree(arg)
			if err != nil {
				return nil, err
			}
			files = append(files, all...)
			continue
		}
		place := as
		if place == "" {
			place = placeOf(filepath.ToSlash(arg))
		}
		if place == "" || as != "" && len(args) > 1 {
			return nil, usagef("where does %s belong? Put it in a folder such as playbooks/, or say --as playbooks/NAME.playbook.yaml for the one file", arg)
		}
		text, err := s.readAll(arg, maxPlaybook+1)
		if err != nil {
			return nil, err
		}
		files = append(files, api.ChangeFile{Path: place, Text: string(text)})
	}
	return files, nil
}

// contentTree reads all files of a directory, hidden ones left out. Links are
// not followed.
func (s *shell) contentTree(dir string) (files []api.ChangeFile, err error) {
	err = filepath.WalkDir(dir, func(name string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case name != dir && strings.HasPrefix(d.Name(), ".") && d.IsDir():
			return fs.SkipDir
		case !d.Type().IsRegular() || strings.HasPrefix(d.Name(), "."):
			return nil
		}
		place, err := filepath.Rel(dir, name)
		if err != nil {
			return err
		}
		text, err := s.readAll(name, maxPlaybook+1)
		files = append(files, api.ChangeFile{Path: filepath.ToSlash(place), Text: string(text)})
		return err
	})
	return files, err
}

// placeOf says where a file belongs by its folder or its name, or nothing.
func placeOf(name string) string {
	parts := strings.Split(path.Clean(name), "/")
	for i := len(parts) - 2; i >= 0; i-- {
		if slices.Contains([]string{"playbooks", "triage", "mappings", "lists", "sources"}, parts[i]) {
			return strings.Join(parts[i:], "/")
		}
	}
	base := parts[len(parts)-1]
	switch {
	case strings.HasSuffix(base, playbookSuffix):
		return "playbooks/" + base
	case slices.Contains([]string{"organisation.yaml", "noise.yaml", "enrich.yaml", "guards.yaml"}, base):
		return base
	}
	return ""
}
