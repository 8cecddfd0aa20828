package archtest

import (
	"cmp"
	"fmt"
	"go/token"
	"slices"
)

// Finding is one place that breaks a rule.
type Finding struct {
	Pos token.Position
	// Rule is the number of the rule in docs/STYLE.md, such as "5".
	Rule string
	// Subject names what breaks it and stays when lines move: waivers use it.
	Subject string
	Message string
	// Fix says what to do instead.
	Fix string
}

// String returns the finding as the test prints it.
func (f Finding) String() string {
	return fmt.Sprintf("%s:%d: STYLE %s: %s. Fix: %s", f.Pos.Filename, f.Pos.Line, f.Rule, f.Message, f.Fix)
}

// Key identifies the finding in the table of waivers.
func (f Finding) Key() string { return f.Rule + " " + f.Pos.Filename + " " + f.Subject }

// Rule is one kind of check over the whole tree.
type Rule struct {
	Name  string
	Check func(*Tree) []Finding
}

// Rules lists every rule.
func Rules() []Rule {
	return []Rule{
		{"functions are short", longFunctions},
		{"files are short", longFiles},
		{"interfaces are small", largeInterfaces},
		{"parameters are few", manyParameters},
		{"packages have names of the product", packageNames},
		{"imports have no aliases", importAliases},
		{"arrows point to the root package", layers},
		{"core packages are pure", impureImports},
		{"core packages do not read the clock", clockReads},
		{"only the transport opens connections", egress},
		{"modules of others are reviewed", unknownModules},
		{"modules of others are used in one place", sharedModules},
		{"core packages use few modules", coreModules},
		{"public packages use no modules", publicModules},
		{"no init", initFunctions},
		{"no mutable package variables", packageVariables},
		{"exported names are documented", missingDocs},
		{"packages are documented", missingPackageDocs},
		{"to-dos have an owner", nakedTodos},
		{"tests do not sleep", sleepingTests},
		{"no paths of one machine", machinePaths},
		{"secrets are compared in constant time", guessable},
	}
}

// Check applies every rule and returns what is left after the waivers, in order of place.
// Waivers that match nothing are findings too.
func Check(t *Tree, waivers map[string]string) []Finding {
	used := make(map[string]bool)
	var left []Finding
	for _, rule := range Rules() {
		for _, f := range rule.Check(t) {
			if _, ok := waivers[f.Key()]; ok {
				used[f.Key()] = true
				continue
			}
			left = append(left, f)
		}
	}
	for key, reason := range waivers {
		if !used[key] {
			left = append(left, Finding{
				Pos: token.Position{Filename: "internal/archtest/waivers.go"}, Rule: "waiver", Subject: key,
				Message: fmt.Sprintf("nothing needs the waiver %q (%s) any more", key, reason),
				Fix:     "remove it",
			})
		}
	}
	slices.SortFunc(left, func(a, b Finding) int {
		return cmp.Or(cmp.Compare(a.Pos.Filename, b.Pos.Filename), cmp.Compare(a.Pos.Offset, b.Pos.Offset), cmp.Compare(a.Subject, b.Subject))
	})
	return left
}
