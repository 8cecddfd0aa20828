// Package retention removes what is older than the organisation keeps it, and
// holds what must not be removed.
//
// It guarantees that a sweep removes a bounded number of things in small
// changes, each with a certificate in the audit trail that says of which class,
// how many and from when they were and which ids they had, committed with the
// removal itself; that what a legal hold is about stays; and that a hold which
// one person placed is lifted by two. What is open, waits or contains something
// is never removed, however old it is. Evidence leaves the disk an hour after
// its last row.
package retention
