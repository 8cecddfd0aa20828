package trigger

import (
	"maps"
	"slices"
	"strings"

	"github.com/harrier-soar/harrier"
	"github.com/harrier-soar/harrier/playbook"
	"github.com/harrier-soar/harrier/schema"
)

// Forbidden returns an action of a playbook, or of one that it calls, that a
// source does not allow to what it triggers, or nothing. A source that lists
// nothing allows everything. Reading, and what is done in Harrier itself, such
// as to the case, is always allowed.
//
// A playbook is held against the list as a whole, before it starts: one that
// stopped half-way would be worse than none.
func Forbidden(plan *playbook.Plan, allows []string) string {
	if len(allows) == 0 {
		return ""
	}
	for _, name := range slices.Sorted(maps.Keys(plan.Actions)) {
		if !allowed(plan.Actions[name], allows) {
			return name
		}
	}
	for _, id := range slices.Sorted(maps.Keys(plan.Children)) {
		if name := Forbidden(plan.Children[id], allows); name != "" {
			return name
		}
	}
	return ""
}

// allowed reports whether a list names an action: by its verb, by itself, or
// by a group of either, such as chat.*.
func allowed(a schema.ActionSpec, allows []string) bool {
	if a.Effect == harrier.Read || a.Builtin || a.Local {
		return true
	}
	return slices.ContainsFunc(allows, func(one string) bool {
		if group, ok := strings.CutSuffix(one, "*"); ok {
			return strings.HasPrefix(a.Verb, group) && a.Verb != "" || strings.HasPrefix(a.Name, group)
		}
		return one == a.Verb || one == a.Name
	})
}
