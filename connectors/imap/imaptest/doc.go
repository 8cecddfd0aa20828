// Package imaptest runs a real mail system for tests: Postfix takes mail by
// SMTP, Dovecot keeps it and gives it out by IMAP, and ManageSieve changes the
// rules. Everything is private to the test: its own configuration, queue and
// mailboxes in a folder of its own, on ports of 127.0.0.1.
//
// What is in the mailboxes is read from the disk, so a test does not have to
// believe what it tests.
package imaptest
