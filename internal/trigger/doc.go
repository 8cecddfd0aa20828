// Package trigger starts playbooks by what happens beside the arrival of
// alerts: by the clock, when a case is opened or changes, when the verdict of
// an observable changes, and when new intelligence names something that an
// alert of before had.
//
// It guarantees that no cause starts a playbook twice and none is lost in a
// crash: a run's id follows from its cause, and how far the causes were seen to
// is committed together with the runs. What a source may not trigger does not
// start ([Forbidden]).
package trigger
