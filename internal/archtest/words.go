package archtest

import (
	"fmt"
	"go/ast"
	"go/token"
	"path"
	"regexp"
	"strings"
)

// missingDocs finds exported names without a comment that starts with the
// name. Constants and variables of a group may share the group's comment.
func missingDocs(t *Tree) (found []Finding) {
	for f := range t.product() {
		if f.Syntax.Name.Name == "main" {
			continue
		}
		report := func(name *ast.Ident, subject string) {
			found = append(found, Finding{
				Pos: t.at(name), Rule: "53", Subject: subject,
				Message: fmt.Sprintf("exported %s has no comment that starts with %q", subject, name.Name),
				Fix:     fmt.Sprintf("write one sentence above it: // %s …", name.Name),
			})
		}
		for _, decl := range f.Syntax.Decls {
			switch d := decl.(type) {
			case *ast.FuncDecl:
				hidden := d.Recv != nil && !ast.IsExported(receiver(d))
				if d.Name.IsExported() && !hidden && !describes(d.Doc, d.Name.Name) {
					report(d.Name, funcName(d))
				}
			case *ast.GenDecl:
				undescribed(d, report)
			}
		}
	}
	return found
}

// undescribed reports the exported names of a declaration that lack a comment.
func undescribed(d *ast.GenDecl, report func(*ast.Ident, string)) {
	for _, spec := range d.Specs {
		switch s := spec.(type) {
		case *ast.TypeSpec:
			doc := s.Doc
			if doc == nil && !d.Lparen.IsValid() {
				doc = d.Doc
			}
			if s.Name.IsExported() && !describes(doc, s.Name.Name) {
				report(s.Name, s.Name.Name)
			}
		case *ast.ValueSpec:
			for _, name := range s.Names {
				if name.IsExported() && !valueDescribed(d, s, name.Name) {
					report(name, name.Name)
				}
			}
		}
	}
}

// valueDescribed tells whether a constant or variable has a comment: its own,
// which starts with its name, or else the one of its group.
func valueDescribed(d *ast.GenDecl, s *ast.ValueSpec, name string) bool {
	switch {
	case s.Doc != nil && len(s.Names) == 1:
		return describes(s.Doc, name)
	case d.Lparen.IsValid():
		return s.Doc != nil || d.Doc != nil
	}
	return describes(d.Doc, name)
}

// describes tells whether a comment's first word is the name.
func describes(doc *ast.CommentGroup, name string) bool {
	text := strings.TrimSpace(doc.Text())
	if rest, ok := strings.CutPrefix(text, name); ok {
		return rest == "" || !isWord(rest[0])
	}
	return false
}

func isWord(b byte) bool {
	return b == '_' || '0' <= b && b <= '9' || 'a' <= b && b <= 'z' || 'A' <= b && b <= 'Z'
}

// missingPackageDocs finds packages none of whose files says what the package is for.
func missingPackageDocs(t *Tree) (found []Finding) {
	documented := make(map[string]bool)
	for f := range t.product() {
		want := "Package " + f.Syntax.Name.Name + " "
		if f.Syntax.Name.Name == "main" {
			want = ""
		}
		if doc := f.Syntax.Doc.Text(); doc != "" && strings.HasPrefix(doc, want) {
			documented[f.Dir] = true
		}
	}
	for f := range t.product() {
		if !documented[f.Dir] {
			documented[f.Dir] = true
			found = append(found, Finding{
				Pos: t.at(f.Syntax.Name), Rule: "56", Subject: f.Syntax.Name.Name,
				Message: "package " + f.Syntax.Name.Name + " has no comment",
				Fix:     "say above one package clause: // Package " + f.Syntax.Name.Name + " …: purpose, guarantee, limits",
			})
		}
	}
	return found
}

// nakedTodos finds to-dos that name neither a person nor an issue.
func nakedTodos(t *Tree) (found []Finding) {
	word := regexp.MustCompile(`\b(TODO|FIXME|XXX)\b(\([\w#.-]+\):)?`)
	inText := regexp.MustCompile(`(?m)(?://|--|/\*|#)\s*((?:TODO|FIXME|XXX)\b(?:\([\w#.-]+\):)?)`)
	report := func(pos token.Position, match string) {
		if strings.HasPrefix(match, "TODO(") {
			return
		}
		found = append(found, Finding{
			Pos: pos, Rule: "57", Subject: match, Message: "naked " + match,
			Fix: "write TODO(name or #issue): what and when, or do it now",
		})
	}
	for f := range t.written() {
		for _, group := range f.Syntax.Comments {
			for _, c := range group.List {
				for _, m := range word.FindAllString(c.Text, -1) {
					report(t.at(c), m)
				}
			}
		}
	}
	for name, text := range t.Texts {
		if path.Ext(name) == ".md" || path.Ext(name) == ".json" {
			continue
		}
		for _, m := range inText.FindAllStringSubmatchIndex(text, -1) {
			report(lineOf(name, text, m[2]), text[m[2]:m[3]])
		}
	}
	return found
}

// sleepingTests finds tests that wait for time to pass.
func sleepingTests(t *Tree) (found []Finding) {
	for f := range t.written() {
		if !f.Test && !testSupport(f.Dir) {
			continue
		}
		for sel := range f.uses("time", "Sleep") {
			found = append(found, Finding{
				Pos: t.at(sel), Rule: "64", Subject: "time.Sleep", Message: "a test sleeps",
				Fix: "use testing/synctest, wait on a signal, or poll a condition with a ticker and a deadline",
			})
		}
	}
	return found
}

// machinePaths finds paths that exist on one machine only.
func machinePaths(t *Tree) (found []Finding) {
	// Written in two parts, so that this file does not find itself.
	const root = "/" + "work"
	local := regexp.MustCompile(`(?:^|[\s"'` + "`" + `(=,;:>])(` + root + `(?:/[\w.-]*|\b))`)
	search := func(name, text string) {
		if !strings.Contains(text, root) {
			return
		}
		for line := range strings.Lines(text) {
			if m := local.FindStringSubmatch(line); m != nil {
				at := strings.Index(text, line)
				found = append(found, Finding{
					Pos: lineOf(name, text, at), Rule: "1", Subject: m[1], Message: fmt.Sprintf("%s exists on one machine only", m[1]),
					Fix: "name it relative to the repository, or leave it out",
				})
			}
		}
	}
	for _, f := range t.Files {
		search(f.Path, f.Source)
	}
	for name, text := range t.Texts {
		search(name, text)
	}
	return found
}

// lineOf returns the position of an offset in a text.
func lineOf(name, text string, offset int) token.Position {
	return token.Position{Filename: name, Offset: offset, Line: strings.Count(text[:offset], "\n") + 1}
}
