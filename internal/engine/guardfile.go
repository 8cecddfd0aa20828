package engine

import (
	"fmt"
	"slices"
	"time"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/document"
	"github.com/harrier-soar/harrier/schema"
)

// GuardFile is the file in which a team sets its budgets.
const GuardFile = "guards.yaml"

const (
	minWindow = time.Minute
	maxWindow = 30 * 24 * time.Hour
	maxCap    = 1_000_000
)

// ReadGuards reads a file of budgets. What it does not name stays as it ships.
// All problems come at once; the guards are nil where one of them is an error.
func ReadGuards(name string, source []byte) ([]Guard, document.Problems) {
	r := guardReader{document.Read(name, source)}
	root := r.File.Root
	if root == nil {
		return nil, r.Problems
	}
	r.keys(root, "the file", "harrier", "guards")
	if v := root.Get("harrier"); v == nil || v.Text != "1" {
		r.Say(root, "version", "the file does not say harrier: 1", "write harrier: 1 at its top")
	}
	guards := DefaultGuards()
	if list := root.Get("guards"); list == nil || list.Kind != document.List || len(list.Items) == 0 || len(list.Items) > 50 {
		r.Say(root, "guards", "the file has no list guards with 1 to 50 entries", "write guards: and below it - {effect: contain, window: 1h, cap: 100}")
	} else {
		named := map[harrier.Effect]bool{}
		for _, n := range list.Items {
			g := r.guard(n)
			if !named[g.Effect] {
				guards = slices.DeleteFunc(guards, func(old Guard) bool { return old.Effect == g.Effect })
			}
			named[g.Effect] = true
			guards = append(guards, g)
		}
	}
	if r.Problems.Err() != nil {
		return nil, r.Problems
	}
	return guards, r.Problems
}

// guardReader reads a file of budgets.
type guardReader struct{ *document.Reading }

// keys notes keys that are not known. What they hold is read after.
func (r guardReader) keys(n *document.Node, what string, names ...string) {
	known := document.Keyed{}
	for _, name := range names {
		known[name] = func(*document.Node) {}
	}
	r.Keys(n, what, known)
}

// guard reads one budget.
func (r guardReader) guard(n *document.Node) (g Guard) {
	r.keys(n, "a budget", "effect", "window", "cap")
	text := func(key string) string {
		if v := n.Get(key); v != nil {
			return v.Text
		}
		return ""
	}
	g.Effect = harrier.Effect(text("effect"))
	if !slices.Contains(harrier.Effects(), g.Effect) || !g.Effect.Writes() {
		r.Say(n, "effect", fmt.Sprintf("%.70q is no effect that leaves a trace", g.Effect), "use disclose, notify, record, contain or destroy")
	}
	var err error
	if g.Window, err = schema.ParseDuration(text("window")); err != nil || g.Window < minWindow || g.Window > maxWindow {
		r.Say(n, "window", "window is no length from 1m to 30d", "write window: 1h")
	}
	if g.Cap, err = wholeNumber(n.Get("cap")); err != nil {
		r.Say(n, "cap", err.Error(), "write cap: 100")
	}
	return g
}

// wholeNumber reads how many effects a window has.
func wholeNumber(n *document.Node) (int, error) {
	if n != nil {
		if v, ok := n.Value().(int64); ok && v >= 0 && v <= maxCap {
			return int(v), nil
		}
	}
	return 0, fmt.Errorf("cap is no whole number from 0 to %d", maxCap)
}
