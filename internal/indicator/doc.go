// Package indicator knows what is known to be bad, and what is known to be
// harmless: indicators from feeds, block lists that firewalls pull, and allow
// lists.
//
// It guarantees that an allow list never hides an indicator: both are told. A
// feed that shrinks by more than half, or comes empty, keeps what it had and
// says so. Where the indicators are not loaded yet, whoever asks waits: not to
// know is not harmless. What a feed tells and how far it has been read are
// durable together: the cursor moves in the transaction after the last of its
// indicators, and reading the same again changes nothing.
//
// Indicators age. The score of one is its confidence, halved for every
// half-life of its type since it was last seen; at 50 and above it is
// malicious, at 10 and above suspicious, and below that it is told no more. One
// that its feed ends, or that is older than its type lasts, is not told either.
// See [Lifes].
//
// In memory there is a table of about 60 bytes for each indicator, without its
// text: a look-up compares keyed hashes of 64 bits, so that of 10¹³ values one
// may be taken for another.
package indicator
