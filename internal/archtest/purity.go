package archtest

import (
	"fmt"
	"go/ast"
	"path"
	"slices"
	"strings"
)

// pure tells whether product files of the folder may do no I/O: the core, and
// the connectors, which get everything with the call.
func pure(dir string) bool {
	l, ok := layerOf(dir)
	return ok && (l.kind == core || l.kind == product) && !testSupport(dir)
}

// impureImports finds imports in pure packages of what reaches the machine.
func impureImports(t *Tree) (found []Finding) {
	io := []string{
		"os", "os/exec", "os/signal", "os/user", "syscall", "plugin", "database/sql", "log", "flag",
		"testing", "net/smtp", "net/rpc", "net/http/httptest",
	}
	network := []string{"net", "net/http", "crypto/tls"}
	chance := []string{"math/rand/v2", "crypto/rand"}
	for f := range t.product() {
		if !pure(f.Dir) {
			continue
		}
		forbidden := io
		if !strings.HasPrefix(f.Dir, "connector") { // the SDK's contract names net.Conn and http.Client
			forbidden = slices.Concat(forbidden, network)
		}
		if f.Dir != "." { // ids are made in the root package, with the time passed in
			forbidden = slices.Concat(forbidden, chance)
		}
		for _, imp := range f.Syntax.Imports {
			if name := importPath(imp.Path.Value); slices.Contains(forbidden, name) {
				found = append(found, Finding{
					Pos: t.at(imp), Rule: "14", Subject: name,
					Message: fmt.Sprintf("%s is pure and imports %s", f.Dir, name),
					Fix:     "pass in what is needed from outside, and do the I/O in a package under internal",
				})
			}
		}
	}
	return found
}

// clockReads finds uses of the machine's clock in pure packages, and
// goroutines in the step machine, whose state is a function of its journal.
func clockReads(t *Tree) (found []Finding) {
	for f := range t.product() {
		if !pure(f.Dir) {
			continue
		}
		for sel := range f.uses("time", "Now", "Since", "Until", "After", "AfterFunc", "NewTimer", "NewTicker", "Tick", "Sleep") {
			found = append(found, Finding{
				Pos: t.at(sel), Rule: "29", Subject: "time." + sel.Sel.Name,
				Message: fmt.Sprintf("%s is pure and uses time.%s", f.Dir, sel.Sel.Name),
				Fix:     "take the time as an argument, or now func() time.Time where it is needed often",
			})
		}
		if l, _ := layerOf(f.Dir); l.dir != "internal/step" {
			continue
		}
		ast.Inspect(f.Syntax, func(n ast.Node) bool {
			if g, ok := n.(*ast.GoStmt); ok {
				found = append(found, Finding{
					Pos: t.at(g), Rule: "29", Subject: "go", Message: "the step machine starts a goroutine",
					Fix: "return a command; the driver in internal/engine executes it",
				})
			}
			return true
		})
	}
	return found
}

// egress finds ways out of the process beside the transport. The command line
// and the client that it uses are allowed them, because they speak to our own
// server only, and the lab, because its client refuses all but loopback addresses.
func egress(t *Tree) (found []Finding) {
	for f := range t.product() {
		top, _ := layerOf(f.Dir)
		if slices.Contains([]string{"internal/transport", "client", "internal/cli", "internal/lab", "bench"}, top.dir) || testSupport(f.Dir) {
			continue
		}
		report := func(n ast.Node, name string) {
			found = append(found, Finding{
				Pos: t.at(n), Rule: "49", Subject: name,
				Message: fmt.Sprintf("%s opens connections with %s", f.Dir, name),
				Fix:     "use the client or dial function that internal/transport gives, or take one as an argument",
			})
		}
		for from, names := range dialers() {
			for sel := range f.uses(from, names...) {
				report(sel, path.Base(from)+"."+sel.Sel.Name)
			}
		}
		ast.Inspect(f.Syntax, func(n ast.Node) bool {
			if lit, ok := n.(*ast.CompositeLit); ok {
				for from, names := range clients() {
					if name, ok := f.selects(lit.Type, from, names); ok {
						report(lit, path.Base(from)+"."+name)
					}
				}
			}
			return true
		})
	}
	return found
}

// dialers lists, by package, the functions and values that connect.
func dialers() map[string][]string {
	return map[string][]string{
		"net/http": {"DefaultClient", "DefaultTransport", "Get", "Head", "Post", "PostForm"},
		"net": {
			"Dial", "DialTimeout", "DialIP", "DialTCP", "DialUDP", "DialUnix", "DefaultResolver", "LookupAddr", "LookupCNAME",
			"LookupHost", "LookupIP", "LookupMX", "LookupNS", "LookupPort", "LookupSRV", "LookupTXT",
		},
		"crypto/tls": {"Dial", "DialWithDialer"},
		"net/smtp":   {"Dial", "SendMail"},
		"net/rpc":    {"Dial", "DialHTTP", "DialHTTPPath"},
	}
}

// clients lists, by package, the types whose values connect.
func clients() map[string][]string {
	return map[string][]string{
		"net/http":   {"Client", "Transport"},
		"net":        {"Dialer", "Resolver"},
		"crypto/tls": {"Dialer"},
	}
}

// uses yields the places where a file names one of a package's identifiers.
func (f *File) uses(from string, names ...string) func(yield func(*ast.SelectorExpr) bool) {
	return func(yield func(*ast.SelectorExpr) bool) {
		if !f.imports(from) {
			return
		}
		stop := false
		ast.Inspect(f.Syntax, func(n ast.Node) bool {
			sel, ok := n.(*ast.SelectorExpr)
			if ok && !stop {
				if _, match := f.selects(sel, from, names); match {
					stop = !yield(sel)
				}
			}
			return !stop
		})
	}
}

// selects tells which of a package's names an expression is, if any.
func (f *File) selects(e ast.Expr, from string, names []string) (string, bool) {
	sel, ok := e.(*ast.SelectorExpr)
	if !ok || !slices.Contains(names, sel.Sel.Name) || !f.imports(from) {
		return "", false
	}
	return sel.Sel.Name, isSelector(sel, path.Base(from), sel.Sel.Name)
}

func (f *File) imports(from string) bool {
	return slices.ContainsFunc(f.Syntax.Imports, func(imp *ast.ImportSpec) bool { return importPath(imp.Path.Value) == from })
}
