// Package expr compiles and evaluates the expressions of playbooks, manifests
// and triage rules: CEL with a few words of our own (30d, not, worst, cidr, …)
// and texts with ${{ }} in them.
//
// Expressions are typed before they run, do no I/O, see no secrets and cannot
// run away: a cost limit, a deadline and bounds on sizes stop them. What they
// return is plain data: nil, bool, int64, float64, string, []any and
// map[string]any. A value that came from data is never evaluated again.
package expr
