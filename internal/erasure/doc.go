// Package erasure finds what is stored about a person, gives it to them, and
// erases it.
//
// Everything that is kept of a tenant is gone through, table by table, as the
// schema says that they are: a table that is added later is not forgotten. What
// names the person by one of their identifiers is overwritten by a marker, the
// same for the same identifier, so that what belongs together still does. Files
// that hold one are removed. Then the database is rebuilt, so that no old copy
// of a row stays in it.
//
// What is under a legal hold, and what is still at work (runs under way,
// containments in force) stays until that is over; the erasure waits for it. It
// goes on after a kill, and its end is a row of the audit trail that says how
// much it erased. Backups and what others were sent are beyond it.
package erasure
