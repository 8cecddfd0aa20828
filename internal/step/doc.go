// Package step is the pure machine behind a run: a playbook's plan and the
// journal of what happened give the state, and the state gives what to do next.
//
// [Machine.Apply] folds one event. [Machine.Next] makes the decisions that the
// state asks for (which branch, which arguments, which items) and returns them
// as events to commit, with the commands to carry out after the commit. The
// machine has no I/O, clock, goroutine or randomness: time, connections and
// jitter come in with each call, and whatever came of them is in an event, so
// that replay never evaluates an expression.
//
// Decisions that lead to no event yet (the arguments of a read that is under
// way) are not part of the state: after a crash they are made again.
//
// A Machine is not safe for concurrent use.
package step
