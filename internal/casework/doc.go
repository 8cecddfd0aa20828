// Package casework keeps cases: the investigations that people see, with a
// number, a summary and a timeline of what happened.
//
// It guarantees that what a playbook does to a case and the result of its step
// are one transaction, and that a run has one case for each template however
// often it opens it: opening again brings the summary up to date, so that the
// steps of a playbook and its always part can both say case.open. Runs that say
// what a case is about, by a key, share it: the first opens it, the others join
// it and hear through it what it came to. Timelines only grow.
//
// People work on cases by [Service.Edit] and its like: each change is one
// transaction with its line of the timeline and its audit row, and of two
// changes of the same revision one wins. A restricted case is there for its
// members alone.
package casework
