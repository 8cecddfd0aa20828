package rehearsal

import (
	"strconv"
	"strings"

	"github.com/harrier-soar/harrier/playbook"
)

// place is where a step stands, in every form in which a test may name it.
type place struct {
	// full is the step path; in a child run, after that of the step that calls it.
	full string
	// plain is the same without the keys of items and rounds.
	plain string
	// short is the label; in a child run, after that of the step that calls it.
	short string
}

// inside returns the place of a path of the run that the step at p calls; p is
// zero for the run that is tested.
func (p place) inside(path string) place {
	plain := playbook.PlainPath(path)
	in := place{full: path, plain: plain, short: plain[strings.LastIndexByte(plain, '/')+1:]}
	if p.full == "" {
		return in
	}
	return place{full: p.full + "/" + in.full, plain: p.plain + "/" + in.plain, short: p.short + "/" + in.short}
}

// is reports whether a test that says name means the step.
func (p place) is(name string) bool { return name == p.full || name == p.plain || name == p.short }

// isTry reports whether a test that says name means this attempt at the step,
// as in hunt/try2.
func (p place) isTry(name string, attempt int) bool {
	step, ok := strings.CutSuffix(name, "/try"+strconv.Itoa(attempt))
	return ok && p.is(step)
}

// item reports whether it is an item of a loop over a single action: a round
// of the loop's own step rather than a step.
func (p place) item() bool { return strings.HasSuffix(p.full, "]") }

// label is the step's own label.
func (p place) label() string { return p.short[strings.LastIndexByte(p.short, '/')+1:] }

// lookup finds what a test says about a step: by its path first, then by its label.
func lookup[V any](said map[string]V, p place) (v V, ok bool) {
	for _, name := range []string{p.full, p.plain, p.short} {
		if v, ok = said[name]; ok {
			return v, true
		}
	}
	return v, false
}
