package judge

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/document"
)

// The ends of the names of files.
const (
	ruleSuffix = ".yaml"
	testSuffix = ".test.yaml"
)

// loader collects the rules of several trees.
type loader struct {
	problems document.Problems
	hash     io.Writer
	facts    map[string]*factDoc
	rules    []*ruleDoc
	byID     map[string]*ruleDoc
	disabled []*disabledDoc
}

// factDoc and ruleDoc are a fact and a rule as they are written.
type factDoc struct {
	name string
	tree int
	node *document.Node
	in   *reader
}

type ruleDoc struct {
	id, stage, owner string
	tree             int
	node             *document.Node
	in               *reader
}

type disabledDoc struct {
	node *document.Node
	in   *reader
}

// Load reads triage/*.yaml of several trees, tests left out. Facts and rules of
// a later tree take the place of those of the same name in an earlier one; new
// rules stand behind them in their stage. All that is wrong comes at once; the
// rules are nil where something of it is an error.
func Load(trees ...fs.FS) (*Rules, document.Problems) {
	sum := sha256.New()
	l := &loader{hash: sum, facts: map[string]*factDoc{}, byID: map[string]*ruleDoc{}}
	for i, tree := range trees {
		names, err := fs.Glob(tree, "triage/*"+ruleSuffix)
		if err != nil || len(names) > maxFiles {
			l.fail("triage", fmt.Sprintf("the directory cannot be read, or has more than %d files", maxFiles))
			continue
		}
		for _, name := range names {
			if strings.HasSuffix(name, testSuffix) {
				continue
			}
			source, err := readFile(tree, name)
			if err != nil {
				l.fail(name, "it cannot be read: "+err.Error())
				continue
			}
			l.file(i, name, source)
		}
	}
	l.disable()
	if len(l.rules) > maxRules || len(l.facts) > maxFacts {
		l.fail("triage", fmt.Sprintf("there are %d rules and %d facts, more than %d and %d", len(l.rules), len(l.facts), maxRules, maxFacts))
		return nil, l.problems
	}
	rules := l.compile()
	slices.SortStableFunc(l.problems, func(a, b document.Problem) int {
		return cmp.Or(strings.Compare(a.File, b.File), a.Pos.Line-b.Pos.Line, a.Pos.Column-b.Pos.Column)
	})
	if l.problems.Err() != nil {
		return nil, l.problems
	}
	rules.version = hex.EncodeToString(sum.Sum(nil))[:12]
	return rules, l.problems
}

// readFile reads a file of a tree, up to a little more than is allowed.
func readFile(tree fs.FS, name string) ([]byte, error) {
	f, err := tree.Open(name)
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }() // nothing was written
	return io.ReadAll(io.LimitReader(f, document.MaxBytes+1))
}

// fail notes a problem that has no place in a file.
func (l *loader) fail(name, message string) {
	l.problems = append(l.problems, unreadable(name, message))
}

// file reads one file.
func (l *loader) file(tree int, name string, source []byte) {
	fmt.Fprintf(l.hash, "%s %d\n", name, len(source))
	_, _ = l.hash.Write(source)
	r := read(name, source, fileFields())
	if r.file.Root != nil && r.problems.Err() == nil {
		l.collect(tree, r)
	}
	l.problems = append(l.problems, r.done()...)
}

// collect takes the facts and rules of a file.
func (l *loader) collect(tree int, r *reader) {
	root := r.file.Root
	if facts := root.Get("facts"); facts != nil {
		for _, e := range facts.Entries {
			l.fact(&factDoc{name: e.Key, tree: tree, node: e.Value, in: r}, e.KeyPos)
		}
	}
	for _, n := range items(root, "rules") {
		l.rule(&ruleDoc{id: text(n, "id"), stage: text(n, "stage"), owner: text(n, "owner"), tree: tree, node: n, in: r})
	}
	for _, n := range items(root, "disable") {
		l.disabled = append(l.disabled, &disabledDoc{n, r})
	}
}

// fact takes a fact.
func (l *loader) fact(f *factDoc, pos document.Pos) {
	say := func(code, message, fix string) {
		f.in.at(pos, len(f.name), document.Problem{Code: code, Message: message, Fix: fix})
	}
	was := l.facts[f.name]
	switch {
	case !regexp.MustCompile(`^[a-z][a-z0-9_]{0,63}$`).MatchString(f.name):
		say("name", fmt.Sprintf("%.70q cannot name a fact", f.name), "use lower-case letters, digits and _, beginning with a letter")
		return
	case slices.Contains([]string{"alert", "context", "known", "decision", "source"}, f.name):
		say("name", f.name+" means something else in expressions", "give the fact another name")
		return
	case was != nil && was.tree == f.tree:
		say("twice", fmt.Sprintf("%s is a fact in %s already", f.name, was.in.file.Name), "remove one of them")
		return
	}
	l.facts[f.name] = f
}

// rule takes a rule.
func (l *loader) rule(r *ruleDoc) {
	root := r.in.file.Root
	if r.stage == "" {
		r.stage = text(root, "stage")
	}
	if r.owner == "" {
		r.owner = text(root, "owner")
	}
	id := r.node.Get("id")
	was := l.byID[r.id]
	switch {
	case !regexp.MustCompile(`^[a-z][a-z0-9-]{0,63}$`).MatchString(r.id):
		r.in.say(id, "name", fmt.Sprintf("%.70q cannot name a rule", r.id), "use lower-case letters, digits and -, beginning with a letter")
		return
	case r.stage == "":
		r.in.say(id, "stage", r.id+" stands in no stage", "write stage: at the top of the file or in the rule, one of "+strings.Join(stages(), ", "))
		return
	case r.owner == "":
		r.in.say(id, "owner", "nobody answers for "+r.id, "write owner: at the top of the file or in the rule")
		return
	case was != nil && was.tree == r.tree:
		r.in.say(id, "twice", fmt.Sprintf("%s is a rule in %s already", r.id, was.in.file.Name), "give one of them another id")
		return
	case was != nil:
		*was = *r
		return
	}
	l.byID[r.id] = r
	l.rules = append(l.rules, r)
}

// disable leaves out the rules that do not hold here.
func (l *loader) disable() {
	for _, d := range l.disabled {
		n := d.node.Get("rule")
		was := l.byID[n.Text]
		before := len(d.in.problems)
		for _, key := range []string{"reason", "owner"} {
			if strings.TrimSpace(text(d.node, key)) == "" {
				d.in.say(d.node.Get(key), "empty", "a rule is not disabled without "+key, "say who answers for it, and why")
			}
		}
		if was == nil {
			fix := "remove the line"
			if near := harrier.Suggest(n.Text, slices.Collect(maps.Keys(l.byID))); near != "" {
				fix = "did you mean " + near + "?"
			}
			d.in.say(n, "unknown-rule", "there is no rule "+n.Text, fix)
		}
		l.problems = append(l.problems, d.in.problems[before:]...)
		l.rules = slices.DeleteFunc(l.rules, func(r *ruleDoc) bool { return was != nil && r.id == was.id })
	}
}
