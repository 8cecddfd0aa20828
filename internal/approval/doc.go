// Package approval takes what people say to the questions of runs: whether a
// plan may be carried out, whether one action may pass a guard, the fields of a
// form, what became of an action whose outcome nobody knows.
//
// It guarantees that a decision names exactly what was shown (G9), is made
// once, by somebody who may, before the question expires; and that the
// decision, its audit row and the signal to the run are one change, so that no
// decision is lost and none counts without a trace (G10). Of two people who
// decide at the same time one wins and the other is told who.
//
// One no is enough to deny, however many must agree. It does not authenticate:
// whoever calls it knows who the principal is.
package approval
