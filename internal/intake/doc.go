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
// What products deliver goes through [Pipeline]: their events are committed as
// bytes and then confirmed, and begin again from there after a crash. An event
// ends once, as processed, suppressed or quarantined with a reason (G3). The
// newest state of an alert is kept whatever order its states come in; repeats of
// one kind fold into one alert, unless they are worse, about somebody new, hold
// something known to be bad, or suddenly become many. Alerts about one host, user
// or other thing are settled in the order in which they were taken (G14).
//
// It trusts nothing in a report but its size limits. Who may report, and how
// fast, is decided before it is called.
package intake
