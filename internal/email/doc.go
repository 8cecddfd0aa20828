// Package email reads mails that people reported: who sent them, which way they
// came, what the receiver found out about them, what they link to and carry.
//
// It guarantees that every sequence of bytes gives a [Message]: what is broken is
// read as mail programs read it, and what is over a limit is left out, each with
// a [Warning]. Time and memory are bounded by the [Limits], whatever the bytes say.
//
// A [Reading] is a mail as an [Organisation] reads it: which of the mails inside
// each other was reported, what of it one of our servers vouches for, and in
// whose name it may be written.
//
// Nothing is fetched or executed, and no header is believed: the
// topmost Authentication-Results stand for what the receiver said only where
// the receiver is known to write them. Mails are read in the form of RFC 5322 with
// MIME and in those of Outlook (.msg and TNEF), also inside each other. Links that
// gateways rewrote are unwrapped where that needs nobody else.
package email
