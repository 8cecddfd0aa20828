// Package imap is the connector for mail systems that speak IMAP, SMTP and
// ManageSieve, such as Dovecot with Postfix.
//
// One credential reaches every mailbox, as a master user of Dovecot does. Mail
// is moved (RFC 6851) and never written: what comes back is the message that
// was there, with its flags and the time when it was received. Servers without
// MOVE and UIDPLUS are refused for that reason.
//
// A copy is named by its place and by what stays the same when it moves (see
// copyID), so that an answer that was lost can be looked up.
package imap
