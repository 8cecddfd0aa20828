// Package intake takes what sources report and makes alerts of it.
//
// It guarantees that what it confirms is committed (G1): the alert, its
// evidence and the runs that it triggers are one change, after the bytes of the
// evidence are stored. A source that reports the same external id again gets the
// same alert and its runs, and nothing new happens (G2). A playbook that cannot
// start, because it may not run or runs already for the same thing, keeps
// neither the alert nor other playbooks from it: the receipt and the audit trail
// tell.
//
// It trusts nothing in a report but its size limits. Who may report, and how
// fast, is decided before it is called.
package intake
